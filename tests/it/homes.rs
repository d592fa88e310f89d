//! The homes: what comes next for a candidate, what waits on whom, who is there at a client, the jobs and the health.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use meridian::accounts::Role;
use meridian::homes::{jobs, store};

use crate::support::app::App;
use crate::support::clients;
use crate::support::hires::{Scene, scene};

#[actix_web::test]
async fn a_candidates_home_says_what_comes_next_and_how_to_get_out() {
    let it = scene(1).await;
    it.agree().await;
    let me = &it.developers[0].person;
    let path = it.propose(0, 0).await;
    let out = format!("{path}#no");
    let home = me.page("/me").await;
    assert!(
        home.contains("Until you say yes the client does not know of you.") && home.contains(&out),
        "{home}"
    );
    me.post(&format!("{path}/consent"), &[]).await.to();
    let home = me.page("/me").await;
    assert!(home.contains("They ask for an interview, hire, or say no.") && home.contains(&out));
    assert!(me.page(&path).await.contains("id=\"no\""), "the link leads somewhere");
    it.client.post(&format!("{path}/interview"), &[]).await.to();
    assert!(me.page("/me").await.contains("The agency arranges the time with you."));
    it.client.post(&format!("{path}/hire"), &[]).await.to();
    let home = me.page("/me").await;
    assert!(
        home.contains("The agency sends you an offer to answer.") && !home.contains(&out),
        "an offer is answered"
    );
    it.recruiter
        .post(&format!("/candidates/{}/takehome", it.developers[0].id), &[])
        .await
        .to();
    let home = me.page("/me").await;
    assert!(home.contains("Hand in by ") && home.contains("#withdraw"), "{home}");
    assert!(
        home.contains("18:00 Recife; late is accepted"),
        "on the person's own clock: {home}"
    );
}

#[actix_web::test]
async fn links_are_https_five_at_most_and_staff_follow_them_safely() {
    let it = scene(1).await;
    let me = &it.developers[0].person;
    let version = clients::version(me, "/me/profile").await;
    let fields = |links: &'static str| {
        [
            ("version", version.clone()),
            ("name", "Ana".to_owned()),
            ("links", links.to_owned()),
        ]
    };
    for wrong in [
        "http://ana.dev",
        "javascript:alert(1)",
        "https://a.dev/1\nhttps://a.dev/2\nhttps://a.dev/3\nhttps://a.dev/4\nhttps://a.dev/5\nhttps://a.dev/6",
    ] {
        let fields = fields(wrong);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = me.post("/me/profile", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(
            answer.has("e-links") && answer.has(wrong.lines().next().expect("a line")),
            "{wrong}"
        );
    }
    let fields = fields("https://github.com/ana?tab=\"><b>\n");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(me.post("/me/profile", &fields).await.to(), "/me");
    let page = it.recruiter.page(&format!("/candidates/{}", it.developers[0].id)).await;
    assert!(
        page.contains("rel=\"noopener noreferrer nofollow\"") && page.contains("?tab=%22%3E%3Cb%3E\""),
        "{page}"
    );
    // What came from a file stays text until somebody mends it.
    sqlx::query("update candidates set links = 'see my site' where id = $1")
        .bind(it.developers[0].id)
        .execute(it.app.db.pool())
        .await
        .expect("changed");
    let page = it.recruiter.page(&format!("/candidates/{}", it.developers[0].id)).await;
    assert!(page.contains("<li>see my site</li>"), "{page}");
}

/// Moves a letter to the client to where its sending ended.
async fn letter(it: &Scene, state: &str) {
    let sql = match state {
        "dead" => {
            "update outbox set state = 'sending', leased_until = queued_at where recipient = 'clara@halyard.test';
             update outbox set state = 'dead', leased_until = null where recipient = 'clara@halyard.test'"
        }
        _ => "update outbox set state = 'queued' where recipient = 'clara@halyard.test'",
    };
    sqlx::raw_sql(sql).execute(it.app.db.pool()).await.expect(sql);
}

#[actix_web::test]
async fn the_desk_has_every_kind_oldest_first_and_letters_that_reached_nobody() {
    let it = scene(3).await;
    it.agree().await;
    let (mut at, hour) = (it.app.clock.now(), TimeDelta::hours(1));
    let mut later = || {
        at += hour;
        it.app.clock.set(at);
    };
    later();
    it.introduce(0, 0).await;
    later();
    it.propose(1, 1).await;
    later();
    it.choose(2, 2).await;
    later();
    clients::client(&it.app, "Somebody Else", "else@else.test").await;
    later();
    it.recruiter
        .post(&format!("/candidates/{}/takehome", it.developers[0].id), &[])
        .await
        .to();
    letter(&it, "dead").await;
    let mut conn = it.app.db.conn().await.expect("a connection");
    let rows = store::waiting(&mut conn, it.app.clock.now(), None).await.expect("rows");
    for side in ["agency", "client", "candidate"] {
        let since: Vec<_> = rows.iter().filter(|row| row.on == side).map(|row| row.since).collect();
        assert!(since.len() > 1 || side == "client", "{side}: {rows:?}");
        assert!(since.is_sorted(), "{side}: {rows:?}");
    }
    let ours: Vec<&str> = rows
        .iter()
        .filter(|row| row.on == "agency")
        .map(|row| row.what.as_str())
        .collect();
    let place = |word: &str| {
        ours.iter()
            .position(|what| what.contains(word))
            .unwrap_or_else(|| panic!("{word}: {ours:?}"))
    };
    assert!(place("Reach them another way") < place("Make the offer"), "{ours:?}");
    assert!(place("Make the offer") < place("Open it or ask"), "{ours:?}");
    let page = it.recruiter.page("/desk").await;
    let company = format!("/organizations/{}\"", it.organization);
    assert!(
        page.contains("could not be delivered") && page.contains(&company),
        "{page}"
    );
    assert!(page.contains("since 23 Nov 2026"));
    letter(&it, "queued").await;
    assert!(!it.recruiter.page("/desk").await.contains("could not be delivered"));
}

#[actix_web::test]
async fn a_clients_home_counts_the_colleagues_and_shows_the_agreement() {
    let it = scene(1).await;
    let home = it.client.page("/client").await;
    assert!(home.contains("You are the only one of your company") && home.contains("waits for your word"));
    it.agree().await;
    it.app
        .user(Role::Client, "second@halyard.test", Some(it.organization))
        .await;
    let home = it.client.page("/client").await;
    assert!(
        home.contains("2 people of your company can sign in") && home.contains("second"),
        "{home}"
    );
    assert!(
        home.contains("Version 1 holds") && home.contains("23 Nov 2026"),
        "{home}"
    );
}

#[actix_web::test]
async fn each_job_is_named_runs_at_a_click_and_tells_of_its_last_failure() {
    let app = App::start().await;
    let owner = app.admin().await;
    let uploads = meridian::app::uploads(&app.parts).expect("the folder");
    let all = meridian::app::jobs(&app.parts, &uploads);
    let page = owner.page("/admin/jobs").await;
    for name in all.names() {
        let (does, _) = jobs::about(name).unwrap_or_else(|| panic!("{name} has no words"));
        assert!(page.contains(name) && page.contains(does), "{name}");
    }
    assert_eq!(page.matches("Has not run yet").count(), all.names().count());
    let health = owner.page("/admin/health").await;
    assert!(health.contains("late, or never run: sessions"), "{health}");

    for name in all.names() {
        let path = format!("/admin/jobs/{}/run", name.replace(' ', "%20"));
        assert_eq!(owner.post(&path, &[]).await.to(), "/admin/jobs", "{name}");
    }
    assert_eq!(
        owner.post("/admin/jobs/nothing/run", &[]).await.status,
        StatusCode::NOT_FOUND
    );
    let page = owner.page("/admin/jobs").await;
    assert!(!page.contains("Has not run yet") && !page.contains("Failed"), "{page}");
    let on_time = format!("all {} on time", all.names().count());
    assert!(owner.page("/admin/health").await.contains(&on_time));

    let rename = async |sql: &'static str| {
        sqlx::raw_sql(sql).execute(app.db.pool()).await.expect(sql);
    };
    rename("alter table asked_resets rename to away").await;
    let path = "/admin/jobs/reset%20letters/run";
    assert_eq!(owner.post(path, &[]).await.status, StatusCode::CONFLICT);
    let page = owner.page("/admin/jobs").await;
    assert!(page.contains("Failed") && page.contains("asked_resets"), "{page}");
    assert!(
        owner
            .page("/admin/health")
            .await
            .contains("failed at the last run: reset letters")
    );
    rename("alter table away rename to asked_resets").await;
    owner.post(path, &[]).await.to();
    let page = owner.page("/admin/jobs").await;
    assert!(
        !page.contains("Failed") && page.contains("asked_resets"),
        "the last failure stays in sight"
    );
    let (runs, result): (i64, Option<i64>) =
        sqlx::query_as("select runs, result from job_runs where name = 'reset letters'")
            .fetch_one(app.db.pool())
            .await
            .expect("a row");
    assert_eq!((runs, result), (3, Some(0)));
}

#[actix_web::test]
async fn health_says_what_to_do() {
    let it = scene(1).await;
    let owner = it.app.admin().await;
    let page = owner.page("/admin/health").await;
    for what in [
        "PostgreSQL",
        "used as meridian_app",
        "all ",
        "letters leave",
        "connections",
        "MB free where the data is",
        "rules of 20",
        "0 being computed, 0 waiting",
        "never run",
    ] {
        assert!(page.contains(what), "{what}: {page}");
    }
    letter(&it, "dead").await;
    let page = owner.page("/admin/health").await;
    assert!(page.contains("To do: look under Mail: mend the address"), "{page}");
    assert_eq!(it.recruiter.get("/admin/health").await.status, StatusCode::FORBIDDEN);
}
