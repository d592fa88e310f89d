//! Shipped tracks, skills and rates.

mod kits;
mod second;

use meridian::events::Actor;
use meridian::tracks::seed;

use crate::support::app::{App, monday};

async fn count(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(app.db.pool())
        .await
        .expect("a number")
}

#[actix_web::test]
async fn shipped_data_is_loaded_once_and_leaves_an_edit_alone() {
    let app = App::start().await;
    for _ in 0..2 {
        let mut tx = app.db.begin().await.expect("a transaction");
        seed::load(&mut tx, &Actor::operator(), monday()).await.expect("loaded");
        seed::load_demo_rates(&mut tx, monday()).await.expect("loaded");
        tx.commit().await.expect("committed");
        sqlx::query("update skills set name = 'Rust (edited)', folded = 'rustedited' where slug = 'rust'")
            .execute(app.db.pool())
            .await
            .expect("edited");
    }
    let shipped = seed::areas().iter().map(|area| area.skills.len()).sum::<usize>();
    assert_eq!(
        count(&app, "select count(*) from skills").await,
        i64::try_from(shipped).expect("small")
    );
    assert_eq!(
        count(&app, "select count(*) from skills where name = 'Rust (edited)'").await,
        1
    );
    assert_eq!(
        count(&app, "select count(*) from tracks where slug = 'rust-actix'").await,
        1
    );
    assert_eq!(count(&app, "select count(*) from track_skills").await, 9);
    assert_eq!(count(&app, "select count(*) from track_checks").await, 6);
    assert_eq!(count(&app, "select count(*) from challenges").await, 1);
    assert_eq!(
        count(&app, "select count(*) from skill_aliases where low_confidence").await,
        1
    );
    let credit: i32 = sqlx::query_scalar(
        "select credit_percent from skill_adjacency a join skills s on s.id = a.skill_id
         join skills i on i.id = a.stands_in_id where s.slug = 'rust' and i.slug = 'cpp'",
    )
    .fetch_one(app.db.pool())
    .await
    .expect("a credit");
    assert_eq!(credit, 35);
}

/// The shipped data and an admin.
async fn agency() -> (App, crate::support::app::Person) {
    let app = App::start().await;
    let mut tx = app.db.begin().await.expect("a transaction");
    seed::load(&mut tx, &Actor::operator(), monday()).await.expect("loaded");
    tx.commit().await.expect("committed");
    let owner = app.admin().await;
    (app, owner)
}

async fn track(app: &App) -> String {
    let id: uuid::Uuid = sqlx::query_scalar("select id from tracks")
        .fetch_one(app.db.pool())
        .await
        .expect("a track");
    id.to_string()
}

#[actix_web::test]
async fn every_admin_page_answers_and_is_small() {
    let (app, owner) = agency().await;
    let track = track(&app).await;
    let skill: uuid::Uuid = sqlx::query_scalar("select id from skills where slug = 'rust'")
        .fetch_one(app.db.pool())
        .await
        .expect("an id");
    let mut pages = vec![
        "/admin".to_owned(),
        "/admin/people".to_owned(),
        "/admin/tracks".to_owned(),
        "/admin/tracks/new".to_owned(),
        "/admin/skills".to_owned(),
        "/admin/skills?q=async".to_owned(),
        "/admin/skills/new".to_owned(),
        format!("/admin/skills/{skill}"),
        "/admin/rates".to_owned(),
        "/admin/rates?base=EUR&quote=USD".to_owned(),
        "/admin/markups".to_owned(),
        "/admin/events".to_owned(),
        "/admin/events?kind=user&actor=owner".to_owned(),
        format!("/admin/tracks/{track}"),
    ];
    pages.extend(
        [
            "skills",
            "bands",
            "checks",
            "kits",
            "kit-english",
            "challenge",
            "rubric",
        ]
        .map(|part| format!("/admin/tracks/{track}/{part}")),
    );
    for path in pages {
        let page = owner.page(&path).await;
        assert!(page.len() < 60_000, "{path}: {}", page.len());
    }
    assert_eq!(owner.get(&format!("/admin/tracks/{track}/nothing")).await.status, 404);
}

#[actix_web::test]
async fn a_track_is_made_and_its_parts_are_kept() {
    let (app, owner) = agency().await;
    let again = owner
        .post("/admin/tracks", &[("name", "rust actix"), ("summary", "kept")])
        .await;
    assert_eq!(again.status, 422);
    assert!(again.has("There is a track of that name") && again.has("kept"));
    let path = owner
        .post("/admin/tracks", &[("name", "Go back end"), ("summary", "")])
        .await
        .to()
        .to_owned();
    let rows = [
        ("version", "1"),
        ("skill", "ACTIX web"),
        ("need", "must"),
        ("value", "4"),
        ("skill", "Tokio"),
        ("need", "nice"),
        ("value", "2"),
        ("skill", ""),
        ("need", "nice"),
        ("value", ""),
    ];
    owner.post(&format!("{path}/skills"), &rows).await.to();
    let kept: Vec<(String, String)> = sqlx::query_as(
        "select k.slug, s.need from track_skills s join skills k on k.id = s.skill_id join tracks t on t.id = s.track_id where t.slug = 'go-back-end' order by s.need",
    )
    .fetch_all(app.db.pool())
    .await
    .expect("skills");
    assert_eq!(
        kept,
        [
            ("actix-web".to_owned(), "must".to_owned()),
            ("tokio".to_owned(), "nice".to_owned())
        ]
    );
    // An unknown skill: nothing is saved, everything typed is there.
    let wrong = owner
        .post(
            &format!("{path}/skills"),
            &[
                ("version", "2"),
                ("skill", "Cobol 2000"),
                ("need", "must"),
                ("value", "3"),
            ],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("There is no skill") && wrong.has("value=\"Cobol 2000\""));
    // The form of somebody who looked before: refused, and what was typed stays.
    let stale = owner
        .post(&path, &[("version", "1"), ("name", "Golang"), ("summary", "mine")])
        .await;
    assert_eq!(stale.status, 422);
    assert!(stale.has("Somebody changed this track meanwhile") && stale.has("value=\"Golang\""));
    owner
        .post(
            &path,
            &[
                ("version", "2"),
                ("name", "Golang"),
                ("summary", "mine"),
                ("red_flags", "one\r\n\r\ntwo"),
            ],
        )
        .await
        .to();
    let checks = [
        ("version", "3"),
        ("position_references", "2"),
        ("months_references", ""),
        ("position_english", "1"),
        ("months_english", "24"),
    ];
    owner.post(&format!("{path}/checks"), &checks).await.to();
    let order: Vec<String> = sqlx::query_scalar("select kind from track_checks c join tracks t on t.id = c.track_id where t.slug = 'go-back-end' order by position").fetch_all(app.db.pool()).await.expect("checks");
    assert_eq!(order, ["english", "references"]);
    let band = [
        ("version", "4"),
        ("region", "LATAM"),
        ("seniority", "senior"),
        ("years_from", "5"),
        ("years_to", ""),
        ("currency", "USD"),
        ("from", "60,000"),
        ("to", "90,000"),
        ("source", ""),
        ("source_on", ""),
        ("hint", ""),
    ];
    let unsourced = owner.post(&format!("{path}/bands"), &band).await;
    assert_eq!(unsourced.status, 422);
    assert!(unsourced.has("say where the figures come from"));
    let mut sourced = band;
    sourced[8] = ("source", "own placements");
    owner.post(&format!("{path}/bands"), &sourced).await.to();
    assert_eq!(count(&app, "select yearly_from_minor from track_bands b join tracks t on t.id = b.track_id where t.slug = 'go-back-end'").await, 6_000_000);
    let half = [
        ("version", "5"),
        ("key", ""),
        ("name", "Works"),
        ("weight", "60"),
        ("a0", "no"),
        ("a2", "half"),
        ("a4", "yes"),
    ];
    assert!(
        owner
            .post(&format!("{path}/rubric"), &half)
            .await
            .has("The weights must add up to 100")
    );
    let whole: Vec<(&str, &str)> = half
        .iter()
        .copied()
        .chain([
            ("key", ""),
            ("name", "Reads well"),
            ("weight", "40"),
            ("a0", "no"),
            ("a2", "half"),
            ("a4", "yes"),
        ])
        .collect();
    owner.post(&format!("{path}/rubric"), &whole).await.to();
    owner.post(&format!("{path}/archive"), &[("version", "6")]).await.to();
    assert_eq!(
        count(
            &app,
            "select count(*) from events where subject_kind = 'track' and kind like 'track.%' and actor_id is not null"
        )
        .await,
        7
    );
}

#[actix_web::test]
async fn a_spelling_means_one_skill() {
    let (app, owner) = agency().await;
    for name in ["ACTIX_web", "actixweb", "Rust-Lang"] {
        let taken = owner.post("/admin/skills", &[("name", name), ("area", "Core")]).await;
        assert_eq!(taken.status, 422, "{name}");
        assert!(taken.has("already (case and punctuation do not count)"), "{name}");
    }
    let alias = owner
        .post("/admin/skills", &[("name", "Leptos"), ("aliases", "leptos-rs\nTokio")])
        .await;
    assert!(alias.status == 422 && alias.has("belongs to Tokio already") && alias.has("leptos-rs"));
    let made = [
        ("name", "Leptos"),
        ("aliases", "leptos-rs, Leptos RS"),
        ("stand_in", "wasm"),
        ("credit", "40"),
        ("stand_in", ""),
        ("credit", ""),
    ];
    let path = owner.post("/admin/skills", &made).await.to().to_owned();
    assert_eq!(
        count(
            &app,
            "select count(*) from skill_aliases a join skills k on k.id = a.skill_id where k.slug = 'leptos'"
        )
        .await,
        1
    );
    assert!(owner.page("/admin/skills?q=LEPTOS+rs").await.contains(&path));
    let itself = owner
        .post(
            &path,
            &[
                ("version", "1"),
                ("name", "Leptos"),
                ("stand_in", "Leptos"),
                ("credit", "40"),
            ],
        )
        .await;
    assert!(itself.status == 422 && itself.has("does not stand in for itself"));
    let stale = owner.post(&path, &[("version", "0"), ("name", "Leptos 2")]).await;
    assert!(stale.status == 422 && stale.has("Somebody changed this skill meanwhile") && stale.has("Leptos 2"));
    owner.post(&format!("{path}/retire"), &[]).await.to();
    assert!(owner.page(&path).await.contains("Retired"));
}

#[actix_web::test]
async fn rates_and_markups_are_dated_and_never_overwritten() {
    let (app, owner) = agency().await;
    let rate = [
        ("base", "EUR"),
        ("quote", "USD"),
        ("rate", "1.1525"),
        ("valid_from", "2026-11-20"),
        ("source", "ECB"),
    ];
    owner.post("/admin/rates", &rate).await.to();
    let twice = owner.post("/admin/rates", &rate).await;
    assert!(twice.status == 422 && twice.has("There is a rate of this pair from that day on") && twice.has("1.1525"));
    let same = owner
        .post(
            "/admin/rates",
            &[
                ("base", "EUR"),
                ("quote", "EUR"),
                ("rate", "1"),
                ("valid_from", "2026-11-20"),
                ("source", "x"),
            ],
        )
        .await;
    assert!(same.has("Choose two different currencies"));
    let mut later = rate;
    later[3] = ("valid_from", "2026-12-01");
    owner.post("/admin/rates", &later).await.to();
    let history = owner.page("/admin/rates?base=EUR&quote=USD").await;
    assert!(history.contains("20 Nov 2026") && history.contains("1 Dec 2026") && history.contains("not yet"));
    assert_eq!(
        count(&app, "select rate_e9 from exchange_rates limit 1").await,
        1_152_500_000
    );
    let track = track(&app).await;
    let markup = [
        ("track", track.as_str()),
        ("organization", ""),
        ("percent", "32.5"),
        ("valid_from", "2026-11-22"),
    ];
    owner.post("/admin/markups", &markup).await.to();
    assert!(
        owner
            .post("/admin/markups", &markup)
            .await
            .has("There is one from that day on already")
    );
    let wrong = owner
        .post(
            "/admin/markups",
            &[("track", track.as_str()), ("percent", "lots"), ("valid_from", "soon")],
        )
        .await;
    assert!(wrong.status == 422 && wrong.has("value=\"lots\"") && wrong.has("Write a date such as"));
    let page = owner.page("/admin/markups").await;
    assert!(page.contains("32.5 %") && page.contains("Replaced") && page.contains("Holds"));
}

#[actix_web::test]
async fn a_skill_of_the_agencys_own_stands_for_the_shipped_one_of_its_name() {
    let app = App::start().await;
    let own = meridian::ids::SkillId::new().0;
    sqlx::query("insert into skills (id, slug, name, folded, area) values ($1, 'our-rust', 'RUST', 'rust', 'Ours')")
        .bind(own)
        .execute(app.db.pool())
        .await
        .expect("an admin's skill");
    let mut tx = app.db.begin().await.expect("a transaction");
    seed::load(&mut tx, &Actor::operator(), monday()).await.expect("loaded");
    tx.commit().await.expect("committed");
    let must: i64 = sqlx::query_scalar("select count(*) from track_skills where skill_id = $1 and need = 'must'")
        .bind(own)
        .fetch_one(app.db.pool())
        .await
        .expect("a number");
    assert_eq!(must, 1);
    assert_eq!(count(&app, "select count(*) from skills where slug = 'rust'").await, 0);
}
