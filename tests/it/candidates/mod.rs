//! The pool: ledger, profile, list.

mod apply;
mod at_size;
mod claimed;
mod edit;
mod keys;
mod list;
mod states;

use std::collections::HashMap;

use actix_web::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use meridian::accounts::Role;
use meridian::candidates::actions::{self, Standing, Statement};
use meridian::candidates::blind::Eyes;
use meridian::candidates::ledger::{Kind, Source};
use meridian::candidates::profile::Details;
use meridian::candidates::{Origin, State, store};
use meridian::db::Db;
use meridian::events::Actor;
use meridian::ids::{CandidateId, ClaimId};
use meridian::tracks::seed;
use meridian::tracks::store::open;

use crate::models::ledger::{self, Line};
use crate::support::app::{App, Person, monday};

/// Loads the shipped tracks.
async fn seeded(app: &App) {
    let mut tx = app.db.begin().await.expect("a transaction");
    seed::load(&mut tx, &Actor::operator(), monday()).await.expect("loaded");
    tx.commit().await.expect("committed");
}

async fn candidate(app: &App, name: &str) -> CandidateId {
    let mut tx = app.db.begin().await.expect("a transaction");
    let track = open::open(&mut tx).await.expect("tracks")[0].id;
    let details = Details {
        name: Some(name.to_owned()),
        ..Details::default()
    };
    let id = actions::create(
        &mut tx,
        &Actor::operator(),
        app.clock.now(),
        track,
        Origin::Staff,
        None,
        &details,
    )
    .await
    .expect("created")
    .expect("no address");
    tx.commit().await.expect("committed");
    id
}

#[derive(sqlx::FromRow)]
struct Row {
    id: uuid::Uuid,
    subject: String,
    value: Option<i16>,
    stated_at: DateTime<Utc>,
    verified_at: Option<DateTime<Utc>>,
    withdrawn: bool,
    current: bool,
}

async fn agrees_with_the_model(db: &Db, candidate: CandidateId) -> Vec<Row> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, kind || coalesce(skill_id::text, '') as subject, value, stated_at, verified_at,
                withdrawn_at is not null as withdrawn, current
         from claims where candidate_id = $1 order by id",
    )
    .bind(candidate)
    .fetch_all(db.pool())
    .await
    .expect("the ledger");
    let lines: Vec<Line> = rows
        .iter()
        .map(|row| Line {
            id: row.id,
            subject: row.subject.clone(),
            value: row.value,
            stated_at: row.stated_at,
            verified_at: row.verified_at,
            withdrawn: row.withdrawn,
        })
        .collect();
    let mut held: Vec<uuid::Uuid> = rows.iter().filter(|row| row.current).map(|row| row.id).collect();
    held.sort();
    assert_eq!(held, ledger::current(&lines), "{lines:#?}");
    rows
}

/// Numbers without a pattern, the same ones each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

#[actix_web::test]
async fn the_current_claim_is_the_models_after_every_act() {
    let app = App::start().await;
    seeded(&app).await;
    let staff = Actor::user(app.user(Role::Recruiter, "renata@agency.test", None).await);
    let id = candidate(&app, "Ana Paz").await;
    let skills = store::skills(&mut app.db.conn().await.expect("a connection"))
        .await
        .expect("skills");
    let subjects = ["rust", "tokio"].map(|name| skills.find(name).expect("known").0);
    let mut dice = Dice(7);
    for _ in 0..120 {
        app.clock
            .advance(TimeDelta::seconds(i64::try_from(dice.below(2)).expect("small")));
        let now = app.clock.now();
        let rows = agrees_with_the_model(&app.db, id).await;
        let mut tx = app.db.begin().await.expect("a transaction");
        let some = |dice: &mut Dice| rows.get(usize::try_from(dice.below(rows.len().max(1) as u64)).expect("small"));
        match (dice.below(6), some(&mut dice)) {
            (0, Some(row)) => drop(actions::verify_claim(&mut tx, &staff, now, id, ClaimId(row.id)).await),
            (1, Some(row)) => drop(actions::withdraw_claim(&mut tx, &staff, now, id, ClaimId(row.id)).await),
            (2, _) => {
                let level = (dice.below(3) > 0).then(|| 1 + i16::try_from(dice.below(5)).expect("small"));
                let mut word = HashMap::new();
                word.insert(
                    (
                        Kind::Skill,
                        Some(subjects[usize::try_from(dice.below(2)).expect("small")]),
                    ),
                    level,
                );
                actions::set_own_word(&mut tx, &staff, now, id, &[Kind::Skill], &word)
                    .await
                    .expect("said");
            }
            _ => {
                let level = (dice.below(4) > 0).then(|| 1 + i16::try_from(dice.below(5)).expect("small"));
                let standing = if dice.below(3) == 0 {
                    Standing::Verified
                } else {
                    Standing::Stated
                };
                let skill = Some(subjects[usize::try_from(dice.below(2)).expect("small")]);
                let statement = Statement {
                    kind: Kind::Skill,
                    skill,
                    value: level,
                    source: Source::Interview,
                    note: String::new(),
                    standing,
                };
                actions::state_claim(&mut tx, &staff, now, id, &statement)
                    .await
                    .expect("stated");
            }
        }
        tx.commit().await.expect("committed");
    }
    let rows = agrees_with_the_model(&app.db, id).await;
    assert!(
        rows.len() > 60 && rows.iter().any(|row| row.withdrawn) && rows.iter().any(|row| row.verified_at.is_some())
    );
}

#[actix_web::test]
async fn ones_own_word_cannot_touch_what_was_verified_nor_verify_itself() {
    let app = App::start().await;
    seeded(&app).await;
    let staff = Actor::user(app.user(Role::Recruiter, "renata@agency.test", None).await);
    let id = candidate(&app, "Ana Paz").await;
    let mut tx = app.db.begin().await.expect("a transaction");
    let rust = store::find_skill(&mut tx, "Rust").await.expect("asked").expect("known");
    let statement = Statement {
        kind: Kind::Skill,
        skill: Some(rust),
        value: Some(3),
        source: Source::Interview,
        note: "Explained lifetimes well".to_owned(),
        standing: Standing::Verified,
    };
    actions::state_claim(&mut tx, &staff, monday(), id, &statement)
        .await
        .expect("stated");
    let word = HashMap::from([((Kind::Skill, Some(rust)), Some(5))]);
    let later = monday() + TimeDelta::days(9);
    assert_eq!(
        actions::set_own_word(&mut tx, &staff, later, id, &[Kind::Skill], &word)
            .await
            .expect("said"),
        1
    );
    assert_eq!(
        actions::set_own_word(&mut tx, &staff, later, id, &[Kind::Skill], &word)
            .await
            .expect("said"),
        0
    );
    let lines = store::ledger(&mut tx, id, Eyes::OWN).await.expect("the ledger");
    let current: Vec<_> = lines.iter().filter(|line| line.current).collect();
    assert_eq!(
        (current.len(), current[0].value),
        (1, Some(3)),
        "verified outranks claimed, however new"
    );
    let own = lines.iter().find(|line| line.source == Source::Own).expect("there");
    assert!(actions::verify_claim(&mut tx, &staff, later, id, own.id).await.is_err());
    assert_eq!(
        actions::set_own_word(&mut tx, &staff, later, id, &[Kind::Skill], &HashMap::new())
            .await
            .expect("said"),
        1
    );
    assert_eq!(
        store::ledger(&mut tx, id, Eyes::OWN).await.expect("the ledger").len(),
        2,
        "nothing is ever removed"
    );
    tx.commit().await.expect("committed");
    agrees_with_the_model(&app.db, id).await;
    // Round the app: the database refuses as well.
    let refused = sqlx::query(
        "update claims set verified_by = (select id from users where role = 'recruiter' limit 1), verified_at = stated_at
         where source = 'self'",
    )
    .execute(app.db.pool())
    .await;
    assert!(
        refused
            .expect_err("refused")
            .to_string()
            .contains("claims_self_is_unverified")
    );
}

#[actix_web::test]
async fn the_states_in_code_are_the_databases() {
    let app = App::start().await;
    let moves: Vec<(String, String)> = sqlx::query_as(
        "select from_state, to_state from state_transitions where machine = 'candidate' and from_state <> ''",
    )
    .fetch_all(app.db.pool())
    .await
    .expect("moves");
    for from in State::ALL {
        for to in State::ALL {
            let known = moves.contains(&(from.code().to_owned(), to.code().to_owned()));
            assert_eq!(from.may_become(to), known, "{from:?} to {to:?}");
        }
    }
}
