//! What a client learns of a person, and when nothing goes on any more.

use actix_web::http::StatusCode;

use crate::support::hires::{id_of, scene};

#[actix_web::test]
async fn nothing_goes_on_while_the_request_rests() {
    let it = scene(3).await;
    it.agree().await;
    let (proposed, consented) = (it.propose(0, 0).await, it.introduce(1, 1).await);
    sqlx::query("update role_requests set state = 'on_hold'")
        .execute(it.app.db.pool())
        .await
        .unwrap();
    let person = &it.developers[0].person;
    let acts = [
        person.post(&format!("{proposed}/consent"), &[]).await,
        it.client.post(&format!("{consented}/interview"), &[]).await,
        it.client.post(&format!("{consented}/hire"), &[]).await,
    ];
    for answer in acts {
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.has("does not look for anybody"), "{}", answer.text());
    }
    let chosen = "update introductions set state = 'chosen' where id = $1";
    assert_eq!(
        it.refused_by(chosen, id_of(&consented)).await,
        "introductions_need_an_open_request"
    );
}

#[actix_web::test]
async fn whoever_withdraws_is_out_of_every_clients_sight_and_acts() {
    let it = scene(3).await;
    it.agree().await;
    let path = it.introduce(0, 0).await;
    let code = format!("M-{}", it.developers[0].code);
    let offer = it.offer(1, 1, "2027-01-04").await;
    for (developer, state) in [(0, "withdrawn"), (1, "paused")] {
        let person = &it.developers[developer].person;
        assert_eq!(person.post("/me/state", &[("state", state)]).await.to(), "/me");
    }
    assert_eq!(it.state("introductions", &path).await, "withdrawn");
    assert_eq!(it.state("offers", &offer).await, "withdrawn");
    assert_eq!(it.client.get(&path).await.status, StatusCode::NOT_FOUND);
    let (list, people) = (
        format!("{}/introductions", it.request),
        format!("{}/people?seat=1", it.request),
    );
    for page in [list.as_str(), people.as_str(), "/client"] {
        let text = it.client.page(page).await;
        assert!(!text.contains(&code) && !text.contains(it.developers[1].name), "{page}");
    }
    let told: i64 = sqlx::query_scalar("select count(*) from events where kind = 'introduction.withdrawn'")
        .fetch_one(it.app.db.pool())
        .await
        .unwrap();
    assert_eq!(told, 2);

    // Round the app: somebody who was paused by hand.
    let left = it.introduce(2, 2).await;
    sqlx::query("update candidates set state = 'paused' where id = $1")
        .bind(it.developers[2].id)
        .execute(it.app.db.pool())
        .await
        .unwrap();
    assert_eq!(
        it.client.post(&format!("{left}/hire"), &[]).await.status,
        StatusCode::NOT_FOUND
    );
    let interview = "update introductions set state = 'interview' where id = $1";
    assert_eq!(
        it.refused_by(interview, id_of(&left)).await,
        "introductions_need_an_active_person"
    );
}

#[actix_web::test]
async fn a_headline_that_gives_its_writer_away_never_reaches_the_client() {
    let it = scene(2).await;
    let headlines = ["Rafaela N., call +55 81 5550 0199", "Carried a ledger through an audit"];
    for (developer, headline) in it.developers.iter().zip(headlines) {
        sqlx::query("update candidates set headline = $2 where id = $1")
            .bind(developer.id)
            .bind(headline)
            .execute(it.app.db.pool())
            .await
            .unwrap();
    }
    let paths = [it.introduce(0, 0).await, it.introduce(1, 0).await];
    // What was said yes to stays; a line typed later does not slip in.
    sqlx::query("update candidates set headline = 'mail me@dev.test'")
        .execute(it.app.db.pool())
        .await
        .unwrap();
    let people = it.client.page(&format!("{}/people?seat=1", it.request)).await;
    for page in [
        &people,
        &it.client.page(&paths[0]).await,
        &it.client.page(&paths[1]).await,
    ] {
        assert!(
            !page.contains("Rafaela") && !page.contains("5550") && !page.contains("me@dev"),
            "{page}"
        );
        assert!(
            page.contains("nothing written yet") || page.contains(headlines[1]),
            "{page}"
        );
    }
    assert!(people.contains(headlines[1]));
}

#[actix_web::test]
async fn a_client_reads_a_rounded_rate_and_staff_the_exact_one() {
    let it = scene(1).await;
    sqlx::query("delete from markups")
        .execute(it.app.db.pool())
        .await
        .unwrap();
    sqlx::query(
        "insert into markups (id, track_id, basis_points, valid_from, set_at)
         select gen_random_uuid(), track_id, 3500, '2020-01-01', created_at from candidates where id = $1",
    )
    .bind(it.developers[0].id)
    .execute(it.app.db.pool())
    .await
    .unwrap();
    it.introduce(0, 0).await;
    let people = format!("{}/people?seat=1", it.request);
    let shown = it.client.page(&people).await;
    assert!(shown.contains("about $5,850") && !shown.contains("5,833"), "{shown}");
    assert!(it.recruiter.page(&people).await.contains("$5,833.35"));
}
