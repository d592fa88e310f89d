//! Random acts by random people at once never reach a forbidden state, and "vetted" is what a slow model says of the rows and the
//! clock, at each moment.

use chrono::{NaiveDate, TimeDelta};
use meridian::accounts::Role;
use meridian::error::AppError;
use meridian::events::Actor;
use meridian::ids::{CandidateId, CardId, CheckId, UserId};
use meridian::vetting::cards::{Content, Recommendation, SkillRating};
use meridian::vetting::identity::{Identity, Same};
use meridian::vetting::{Kind, Outcome, State, actions, store};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use uuid::Uuid;

use super::{decision, person};
use crate::models::vetting::{Row, vetted};
use crate::support::app::{App, monday};

const KINDS: [Kind; 3] = [Kind::English, Kind::CodeReview, Kind::Identity];

/// One random act of somebody. What is refused is refused by the app in words: never by a constraint that nobody foresaw.
async fn act(app: &App, staff: &[UserId], people: &[CandidateId], random: &mut StdRng) -> bool {
    let pick = |random: &mut StdRng, most: usize| random.random_range(0..most);
    let by = Actor::user(staff[pick(random, staff.len())]);
    let other = staff[pick(random, staff.len())];
    let candidate = people[pick(random, people.len())];
    let kind = KINDS[pick(random, KINDS.len())];
    let (choice, day) = (pick(random, 12), random.random_range(0..4_i64));
    let outcome = [Outcome::Passed, Outcome::Failed, Outcome::Waived][pick(random, 3)];
    let now = app.clock.now();
    let mut tx = app.db.begin().await.expect("a transaction");
    let open = store::open(&mut tx, candidate, kind).await.expect("a look");
    let check = open.unwrap_or_else(CheckId::new);
    let done: Result<(), AppError> = match choice {
        0 => actions::begin(&mut tx, &by, now, candidate, kind).await.map(drop),
        1 => actions::invite(&mut tx, &by, now, candidate, kind).await.map(drop),
        2 => actions::schedule(&mut tx, &by, now, candidate, check, now + TimeDelta::hours(day + 1)).await,
        3 => actions::step(&mut tx, &by, now, candidate, check, State::Waiting).await,
        4 => actions::step(&mut tx, &by, now, candidate, check, State::Invited).await,
        5 | 6 => actions::cards::assign(&mut tx, &by, now, candidate, check, other)
            .await
            .map(drop),
        7 | 8 => actions::cards::hand_in(&mut tx, &by, now, candidate, check, &card(random)).await,
        9 => {
            let owed: Option<Uuid> =
                sqlx::query_scalar("select id from scorecards where check_id = $1 and state = 'owed' limit 1")
                    .bind(check)
                    .fetch_optional(&mut *tx)
                    .await
                    .expect("a look");
            let card = owed.map_or_else(CardId::new, CardId);
            actions::cards::release(&mut tx, &by, now, candidate, check, card, "ill").await
        }
        10 => actions::cancel(&mut tx, &by, now, candidate, check, "moved away").await,
        _ => {
            let mut decision = decision(outcome, now.date_naive() - TimeDelta::days(day));
            decision.expires_on = (day == 3).then(|| now.date_naive() + TimeDelta::days(2));
            actions::decide(&mut tx, &by, now, candidate, check, &decision).await
        }
    };
    match done {
        Ok(()) => {
            tx.commit()
                .await
                .expect("what the app did holds at the end of the transaction");
            true
        }
        Err(AppError::Refused { .. } | AppError::NotFound) => false,
        Err(error) => panic!("{choice}: {error:?}"),
    }
}

fn card(random: &mut StdRng) -> Content {
    Content {
        recommendation: Recommendation::ALL[random.random_range(0..4)],
        answers: Vec::new(),
        skills: Vec::<SkillRating>::new(),
        speaking: Some(random.random_range(1..8)),
        writing: None,
        red_flags: String::new(),
        note: String::new(),
        identity: Identity {
            same: Some(if random.random_bool(0.8) { Same::Yes } else { Same::No }),
            ..Identity::default()
        },
    }
}

/// How many rows break a rule, whoever wrote them.
const FORBIDDEN: [(&str, &str); 8] = [
    (
        "two open checks of a kind",
        "select count(*) from (select from vetting_checks where state in ('invited', 'scheduled', 'waiting') group by candidate_id, track_id, kind having count(*) > 1) x",
    ),
    (
        "an appointment without an instant",
        "select count(*) from vetting_checks where state = 'scheduled' and starts_at is null",
    ),
    (
        "a result without a judge or a day",
        "select count(*) from vetting_checks where state in ('passed', 'failed', 'waived') and (assessor_id is null or decided_on is null)",
    ),
    (
        "a card owed of a check that is over",
        "select count(*) from scorecards s join vetting_checks k on k.id = s.check_id where s.state = 'owed' and k.state not in ('invited', 'scheduled', 'waiting')",
    ),
    (
        "two cards of one assessor",
        "select count(*) from (select from scorecards group by check_id, assessor_id having count(*) > 1) x",
    ),
    (
        "somebody owes whom the row does not name",
        "select count(*) from candidates c where c.owed_by is distinct from coalesce((select array_agg(distinct s.assessor_id) from scorecards s where s.candidate_id = c.id and s.state = 'owed'), '{}')",
    ),
    (
        "a level of a check that nobody judged",
        "select count(*) from claims l join vetting_checks k on k.id = l.check_id where k.state not in ('passed', 'failed')",
    ),
    (
        "packed checks that do not follow from the rows",
        "select count(*) from candidates c cross join lateral packed_checks(c.id, c.track_id) p where c.checks is distinct from p.checks or c.checks_on is distinct from p.checks_on",
    ),
];

/// The rows of somebody as the model sees them, days counted from the start.
async fn rows(app: &App, candidate: CandidateId, start: NaiveDate) -> Vec<Row> {
    let stored: Vec<(String, String, Option<NaiveDate>, Option<NaiveDate>)> = sqlx::query_as(
        "select kind, state, decided_on, expires_on from vetting_checks where candidate_id = $1 order by id",
    )
    .bind(candidate)
    .fetch_all(app.db.pool())
    .await
    .expect("rows");
    let days = |day: NaiveDate| (day - start).num_days();
    let row = |(entered, (kind, state, decided, expires)): (
        usize,
        (String, String, Option<NaiveDate>, Option<NaiveDate>),
    )| Row {
        kind: Kind::parse(&kind).expect("a kind").key(),
        result: State::ALL
            .into_iter()
            .find(|one| one.key() == state)
            .expect("a state")
            .key(),
        decided: decided.map(days),
        expires: expires.map(days),
        entered,
    };
    stored.into_iter().enumerate().map(row).collect()
}

#[actix_web::test]
async fn random_acts_of_many_at_once_never_reach_a_forbidden_state() {
    let app = App::start().await;
    let start = monday().date_naive();
    let mut staff = Vec::new();
    for email in ["one@agency.test", "two@agency.test", "three@agency.test"] {
        staff.push(app.user(Role::Recruiter, email, None).await);
    }
    let mut people = Vec::new();
    for required in [&KINDS[..1], &KINDS[..2]] {
        people.push(person(&app, required).await);
    }
    let (mut done, mut answers) = (0_usize, [0_usize; 2]);
    // A mistake of the rule that the comparison has to notice: taking any pass for the latest result.
    let mut noticed = 0_usize;
    let mut seeds = StdRng::seed_from_u64(20_261_122);
    for round in 0..40 {
        let round_of = |seed: u64| {
            let (app, staff, people) = (&app, &staff, &people);
            async move {
                let mut random = StdRng::seed_from_u64(seed);
                let mut done = 0;
                for _ in 0..6 {
                    done += usize::from(act(app, staff, people, &mut random).await);
                }
                done
            }
        };
        let tasks = [seeds.random(), seeds.random(), seeds.random(), seeds.random()].map(round_of);
        done += futures_util::future::join_all(tasks).await.into_iter().sum::<usize>();
        for (what, sql) in FORBIDDEN {
            let broken: i64 = sqlx::query_scalar(sql).fetch_one(app.db.pool()).await.expect(sql);
            assert_eq!(broken, 0, "round {round}: {what}");
        }
        if round % 3 == 0 {
            app.clock.advance(TimeDelta::days(1));
        }
        let today = app.clock.now().date_naive();
        for (candidate, required) in people.iter().zip([&KINDS[..1], &KINDS[..2]]) {
            let required: Vec<&str> = required.iter().map(|kind| kind.key()).collect();
            let rows = rows(&app, *candidate, start).await;
            for ahead in [0, 1, 2, 400] {
                let day = today + TimeDelta::days(ahead);
                let mut conn = app.db.conn().await.expect("a connection");
                let said = store::standing(&mut conn, *candidate, day)
                    .await
                    .expect("a standing")
                    .vetted;
                let days = (day - start).num_days();
                assert_eq!(
                    said,
                    vetted(&required, &rows, days),
                    "round {round}, {ahead} days ahead: {rows:?}"
                );
                answers[usize::from(said)] += 1;
                let passes: Vec<Row> = rows.iter().filter(|row| row.result != "failed").cloned().collect();
                noticed += usize::from(vetted(&required, &passes, days) != said);
            }
        }
    }
    assert!(done > 150, "{done} acts were carried out");
    assert!(
        answers.iter().all(|count| *count > 10),
        "both answers occur: {answers:?}"
    );
    assert!(noticed > 0, "nobody would notice a rule that forgets failures");
    for state in [
        "invited",
        "scheduled",
        "waiting",
        "passed",
        "failed",
        "waived",
        "cancelled",
    ] {
        let reached: i64 = sqlx::query_scalar("select count(*) from events where data ->> 'to' = $1")
            .bind(state)
            .fetch_one(app.db.pool())
            .await
            .expect("a number");
        assert!(reached > 0, "nobody reached {state}");
    }
}
