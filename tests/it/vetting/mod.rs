//! Vetting checks and what follows from them.

mod blind;
mod cards;
mod desk;
mod files;
mod forms;
mod hostile;
mod person;
mod pipeline;
mod random;
mod references;
mod refused;
mod room;
mod steps;
mod whole;

use chrono::{NaiveDate, TimeDelta};
use meridian::error::AppError;
use meridian::events::Actor;
use meridian::ids::{CandidateId, CheckId, TrackId, UserId};
use meridian::vetting::{Decision, Kind, Outcome, State, actions, store};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::models::vetting::{Row, vetted};
use crate::support::app::{App, monday};

/// A track that requires `kinds`, and one person of it.
async fn person(app: &App, kinds: &[Kind]) -> CandidateId {
    let (track, candidate) = (TrackId::new(), CandidateId::new());
    let run = |sql: &'static str| sqlx::query(sql);
    run("insert into tracks (id, slug, name, created_at) values ($1, $1::text, 'T', $2)")
        .bind(track.0)
        .bind(monday())
        .execute(app.db.pool())
        .await
        .expect("a track");
    for (position, kind) in kinds.iter().enumerate() {
        run("insert into track_checks (track_id, kind, position, valid_months) values ($1, $2, $3, 12)")
            .bind(track.0)
            .bind(kind.key())
            .bind(i32::try_from(position).expect("few"))
            .execute(app.db.pool())
            .await
            .expect("a requirement");
    }
    run("insert into candidates (id, track_id, source, state, created_at, updated_at) values ($1, $2, 'staff', 'active', $3, $3)")
        .bind(candidate.0)
        .bind(track.0)
        .bind(monday())
        .execute(app.db.pool())
        .await
        .expect("a person");
    candidate
}

fn decision(outcome: Outcome, on: NaiveDate) -> Decision {
    Decision {
        outcome,
        decided_on: on,
        expires_on: None,
        score_bp: None,
        note: String::new(),
        reason: "because".to_owned(),
    }
}

async fn assessor(app: &App) -> (UserId, Actor) {
    let user = app
        .user(meridian::accounts::Role::Recruiter, "assessor@agency.test", None)
        .await;
    (user, Actor::user(user))
}

#[actix_web::test]
async fn whoever_needs_no_check_is_vetted_and_one_requirement_ends_it() {
    let app = App::start().await;
    let candidate = person(&app, &[]).await;
    let today = monday().date_naive();
    let standing = async || {
        store::standing(&mut app.db.conn().await.expect("a connection"), candidate, today)
            .await
            .expect("a standing")
    };
    let free = standing().await;
    assert_eq!((free.required, free.met, free.vetted, free.failed), (0, 0, true, false));
    sqlx::query("insert into track_checks (track_id, kind, position) select track_id, 'english', 0 from candidates")
        .execute(app.db.pool())
        .await
        .expect("a requirement");
    let bound = standing().await;
    assert_eq!((bound.required, bound.met, bound.vetted), (1, 0, false));
}

#[actix_web::test]
async fn vetted_begins_with_the_last_pass_and_ends_with_the_first_expiry() {
    let app = App::start().await;
    let (_, by) = assessor(&app).await;
    let candidate = person(&app, &[Kind::English, Kind::Identity]).await;
    let today = monday().date_naive();
    let standing = async |day| {
        store::standing(&mut app.db.conn().await.expect("a connection"), candidate, day)
            .await
            .expect("a standing")
    };
    assert!(!standing(today).await.vetted);
    for kind in [Kind::English, Kind::Identity] {
        let mut tx = app.db.begin().await.expect("a transaction");
        actions::record(
            &mut tx,
            &by,
            monday(),
            candidate,
            kind,
            &decision(Outcome::Passed, today),
        )
        .await
        .expect("recorded");
        tx.commit().await.expect("committed");
    }
    let now = standing(today).await;
    assert!(now.vetted && now.met == 2 && now.required == 2);
    let expiry = NaiveDate::from_ymd_opt(2027, 11, 23).expect("a date");
    assert_eq!(now.first_expiry, Some(expiry));
    assert!(
        standing(expiry.pred_opt().expect("a date")).await.vetted,
        "the day before the expiry still counts"
    );
    assert!(!standing(expiry).await.vetted, "the day of the expiry does not");
}

#[actix_web::test]
async fn a_later_failure_takes_the_standing_away_and_a_waiver_needs_a_reason() {
    let app = App::start().await;
    let (_, by) = assessor(&app).await;
    let candidate = person(&app, &[Kind::English]).await;
    let today = monday().date_naive();
    let mut tx = app.db.begin().await.expect("a transaction");
    let bare = Decision {
        reason: " ".to_owned(),
        ..decision(Outcome::Waived, today)
    };
    let refused = actions::record(&mut tx, &by, monday(), candidate, Kind::English, &bare).await;
    assert!(matches!(refused, Err(AppError::Refused { .. })));
    let future = decision(Outcome::Passed, today.succ_opt().expect("a date"));
    let refused = actions::record(&mut tx, &by, monday(), candidate, Kind::English, &future).await;
    assert!(matches!(refused, Err(AppError::Refused { .. })));
    actions::record(
        &mut tx,
        &by,
        monday(),
        candidate,
        Kind::English,
        &decision(Outcome::Waived, today),
    )
    .await
    .expect("waived");
    assert!(
        store::standing(&mut tx, candidate, today)
            .await
            .expect("a standing")
            .vetted
    );
    actions::record(
        &mut tx,
        &by,
        monday(),
        candidate,
        Kind::English,
        &decision(Outcome::Failed, today),
    )
    .await
    .expect("failed");
    let standing = store::standing(&mut tx, candidate, today).await.expect("a standing");
    assert!(!standing.vetted && standing.failed);
}

#[actix_web::test]
async fn the_state_machine_of_the_code_is_the_one_of_the_database() {
    let app = App::start().await;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select from_state, to_state from state_transitions where machine = 'vetting_check' and from_state <> ''",
    )
    .fetch_all(app.db.pool())
    .await
    .expect("rows");
    for from in State::ALL {
        for to in State::ALL {
            let known = rows.iter().any(|(a, b)| a == from.key() && b == to.key());
            assert_eq!(from.can_become(to), known, "{} -> {}", from.key(), to.key());
        }
    }
}

#[actix_web::test]
async fn of_two_simultaneous_judgements_one_wins() {
    let app = App::start().await;
    let (_, by) = assessor(&app).await;
    let candidate = person(&app, &[Kind::English]).await;
    let today = monday().date_naive();
    for _ in 0..10 {
        let mut tx = app.db.begin().await.expect("a transaction");
        let check = actions::begin(&mut tx, &by, monday(), candidate, Kind::English)
            .await
            .expect("begun");
        tx.commit().await.expect("committed");
        let judge = async |outcome: Outcome, check: CheckId| {
            let mut tx = app.db.begin().await.expect("a transaction");
            actions::decide(&mut tx, &by, monday(), candidate, check, &decision(outcome, today)).await?;
            tx.commit().await.map_err(AppError::from)
        };
        let (a, b) = tokio::join!(judge(Outcome::Passed, check), judge(Outcome::Failed, check));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    }
}

/// An answer to "vetted?": required kinds, rows, day.
type Answer = fn(&[&str], &[Row], i64) -> bool;

/// The same questions to the database and to an answer; the number of disagreements.
fn disagreements(
    cases: &[(Vec<&'static str>, Vec<Row>, i64, bool)],
    answer: impl Fn(&[&str], &[Row], i64) -> bool,
) -> usize {
    cases
        .iter()
        .filter(|(required, rows, today, said)| answer(required, rows, *today) != *said)
        .count()
}

#[actix_web::test]
async fn vetted_agrees_with_a_slow_model_over_random_histories() {
    let app = App::start().await;
    let (user, _) = assessor(&app).await;
    let mut random = StdRng::seed_from_u64(20_261_121);
    let kinds = [Kind::English, Kind::TakeHome, Kind::Identity, Kind::References];
    let start = monday().date_naive();
    let mut cases = Vec::new();
    for _ in 0..60 {
        let required: Vec<Kind> = kinds.iter().copied().filter(|_| random.random_bool(0.6)).collect();
        let candidate = person(&app, &required).await;
        let mut rows = Vec::new();
        for entered in 0..random.random_range(0..9_usize) {
            let kind = kinds[random.random_range(0..kinds.len())];
            let state = [State::Passed, State::Failed, State::Waived][random.random_range(0..3_usize)];
            let decided = random.random_range(0..12_i64);
            let expires = random.random_bool(0.6).then(|| decided + random.random_range(1..8_i64));
            sqlx::query(
                "insert into vetting_checks (id, candidate_id, track_id, kind, state, assessor_id, decided_on, expires_on, reason, created_at)
                 select $1, id, track_id, $3, $4, $5, $6, $7, 'because', $8 from candidates where id = $2",
            )
            .bind(CheckId::new().0)
            .bind(candidate.0)
            .bind(kind.key())
            .bind(state.key())
            .bind(user.0)
            .bind(start + TimeDelta::days(decided))
            .bind(expires.map(|day| start + TimeDelta::days(day)))
            .bind(monday())
            .execute(app.db.pool())
            .await
            .expect("a check");
            rows.push(Row {
                kind: kind.key(),
                result: state.key(),
                decided: Some(decided),
                expires,
                entered,
            });
        }
        let required: Vec<&'static str> = required.iter().map(|kind| kind.key()).collect();
        let mut conn = app.db.conn().await.expect("a connection");
        for day in [0, 3, 5, 8, 11, 15, 22] {
            let said = store::standing(&mut conn, candidate, start + TimeDelta::days(day))
                .await
                .expect("a standing")
                .vetted;
            cases.push((required.clone(), rows.clone(), day, said));
        }
    }
    assert!(
        cases.iter().any(|case| case.3) && cases.iter().any(|case| !case.3),
        "both answers occur"
    );
    assert_eq!(disagreements(&cases, vetted), 0);
    // The comparison can fail: four seeded mistakes are each found.
    let mistakes: [(&str, Answer); 4] = [
        ("counts the day of the expiry", |required, rows, today| {
            let later: Vec<Row> = rows
                .iter()
                .map(|row| Row {
                    expires: row.expires.map(|day| day + 1),
                    ..row.clone()
                })
                .collect();
            vetted(required, &later, today)
        }),
        ("takes any pass, not the latest result", |required, rows, today| {
            let passes: Vec<Row> = rows.iter().filter(|row| row.result != "failed").cloned().collect();
            vetted(required, &passes, today)
        }),
        ("counts results of the future", |required, rows, today| {
            let early: Vec<Row> = rows
                .iter()
                .map(|row| Row {
                    decided: Some(0),
                    ..row.clone()
                })
                .collect();
            vetted(required, &early, today)
        }),
        ("waits for a check where none is required", |required, rows, today| {
            !required.is_empty() && vetted(required, rows, today)
        }),
    ];
    for (name, mistake) in mistakes {
        assert!(disagreements(&cases, mistake) > 0, "nobody noticed: {name}");
    }
}
