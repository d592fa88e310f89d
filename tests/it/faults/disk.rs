//! Full disks: the database's and that of letters. (Uploads: `takehome/full_disk.rs`.)

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use meridian::mail::carrier::Carrier;
use meridian::mail::delivery::{Breaker, Delivery};
use meridian::mail::{self, Letter, Recipient};

use crate::support::app::App;
use crate::support::clients::{account, brief, seed};
use crate::support::small_disk::SmallDisk;

#[actix_web::test]
async fn a_database_without_room_says_so_and_keeps_nothing_of_the_form() {
    let app = App::start().await;
    seed(&app).await;
    let run = async |sql: &'static str| {
        sqlx::raw_sql(sql).execute(app.db.pool()).await.expect("done");
    };
    // As the server says it when the disk ends under an insert, in the middle of the act.
    run("create function no_room() returns trigger language plpgsql as
         $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
         create trigger no_room before insert on seats for each row execute function no_room()")
    .await;
    let mut fields = brief();
    fields.extend(account("Halyard Payments", "clara@halyard.test"));
    let clara = app.stranger();
    let answer = clara.post("/start", &fields).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
    assert!(
        answer.has("The database has no room left") && answer.has("Nothing was saved"),
        "{}",
        answer.text()
    );
    assert_eq!(answer.headers["retry-after"], "60");
    assert!(!answer.has("extend file"), "causes go to the log only");
    let there: i64 = sqlx::query_scalar("select (select count(*) from users) + (select count(*) from role_requests)")
        .fetch_one(app.db.pool())
        .await
        .expect("a number");
    assert_eq!(there, 0);
    clara.page("/").await;
    clara.page("/readyz").await;
    run("drop trigger no_room on seats").await;
    clara.post("/start", &fields).await.to();
}

#[actix_web::test]
async fn a_letter_waits_for_room_and_leaves_whole() {
    let app = App::start().await;
    let place = tempfile::tempdir().expect("a directory");
    let Some(disk) = SmallDisk::over(place.path(), 64) else {
        return;
    };
    let delivery = Delivery {
        carrier: Carrier::Files(place.path().into()),
        breaker: Breaker::default(),
        ..app.delivery.clone()
    };
    let to = Recipient {
        user: None,
        address: "ana@people.test",
        name: "Ana Lima",
    };
    let letter = Letter::new(to, "test.said", &1, "Something was said").say("It was said today.");
    let mut tx = app.db.begin().await.expect("a transaction");
    let id = mail::post(&mut tx, app.clock.now(), letter)
        .await
        .expect("posted")
        .expect("new");
    tx.commit().await.expect("committed");

    disk.fill();
    let names = || -> Vec<String> {
        let all = std::fs::read_dir(place.path()).expect("a directory").flatten();
        all.map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    };
    for _ in 0..3 {
        let round = delivery.round().await.expect("a round");
        assert_eq!((round.sent, round.later, round.dead), (0, 1, 0));
        assert_eq!(names(), ["filler"], "nothing half-written");
        app.clock.advance(TimeDelta::hours(1));
    }
    let answer: String =
        sqlx::query_scalar("select answer from mail_attempts where mail_id = $1 order by number desc limit 1")
            .bind(id)
            .fetch_one(app.db.pool())
            .await
            .expect("a try");
    assert!(answer.to_lowercase().contains("no space"), "{answer}");
    disk.make_room();
    assert_eq!(delivery.round().await.expect("a round").sent, 1);
    let text = std::fs::read_to_string(place.path().join(format!("{id}.eml"))).expect("the letter");
    assert!(
        text.contains("It was said today.") && text.contains(&id.to_string()),
        "{text}"
    );
}
