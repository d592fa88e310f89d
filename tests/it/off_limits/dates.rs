//! The days on which a rule holds, against a slow model.

use chrono::{Days, NaiveDate};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::models::off_limits::{Rule, apart};
use crate::support::clients;
use crate::support::hires::{Scene, scene};

struct Dice(u64);

impl Dice {
    fn under(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
const SPAN: u64 = 40;

fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).expect("a day")
}

/// Up to four rules for each two, all but the last of them ended.
fn random_rules(dice: &mut Dice) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (person, client) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)] {
        let many = dice.under(5);
        for number in 0..many {
            let made = later(FIRST, dice.under(SPAN));
            let is_last = number + 1 == many;
            rules.push(Rule {
                person,
                client,
                made,
                last: (dice.under(2) == 0).then(|| later(made, dice.under(20))),
                ended: (!is_last || dice.under(2) == 0).then(|| later(made, dice.under(15))),
            });
        }
    }
    rules
}

/// The days on which the database and the model differ about some two.
async fn differences(it: &Scene, rules: &[Rule], people: &[Uuid], companies: &[Uuid]) -> Vec<String> {
    let mut found = Vec::new();
    for offset in 0..SPAN + 20 {
        let day = later(FIRST, offset);
        for (person, candidate) in people.iter().enumerate() {
            for (client, organization) in companies.iter().enumerate() {
                let (says, lists): (bool, bool) = sqlx::query_as(
                    "select is_off_limits($1, $2, $3), exists (select 1 from barred($2, $4, $3) b where b.candidate_id = $1 and b.why = 'rule')",
                )
                .bind(candidate)
                .bind(organization)
                .bind(day)
                .bind(it.seats[0].0)
                .fetch_one(it.app.db.pool())
                .await
                .expect("an answer");
                let model = apart(rules, person, client, day);
                if (says, lists) != (model, model) {
                    found.push(format!(
                        "{day}: person {person}, client {client}: {says}, {lists}; the model: {model}"
                    ));
                }
            }
        }
    }
    found
}

#[actix_web::test]
async fn the_dates_of_rules_are_those_of_the_slow_model_and_a_slip_is_seen() {
    let it = scene(3).await;
    clients::client(&it.app, "Somebody Else", "else@else.test").await;
    let people: Vec<Uuid> = it.developers.iter().map(|developer| developer.id.0).collect();
    let companies: Vec<Uuid> = sqlx::query_scalar("select id from organizations order by id")
        .fetch_all(it.app.db.pool())
        .await
        .expect("clients");
    let mut dice = Dice(20_261_121);
    let mut rules = Vec::new();
    for round in 0..4 {
        sqlx::raw_sql("alter table off_limits disable trigger user; delete from off_limits; alter table off_limits enable trigger user")
            .execute(it.app.db.pool())
            .await
            .expect("emptied");
        rules = random_rules(&mut dice);
        for rule in &rules {
            sqlx::query(
                "insert into off_limits (id, candidate_id, organization_id, reason, ends_on, made_by, made_at, ended_by, ended_at, end_reason)
                 select gen_random_uuid(), $1, $2, 'why', $3, u.id, ($4::date + time '23:30') at time zone 'UTC',
                        case when $5::date is not null then u.id end, ($5::date + time '23:45') at time zone 'UTC',
                        case when $5::date is not null then 'over' end
                 from users u where u.role = 'recruiter' limit 1",
            )
            .bind(people[rule.person])
            .bind(companies[rule.client])
            .bind(rule.last)
            .bind(rule.made)
            .bind(rule.ended)
            .execute(it.app.db.pool())
            .await
            .expect("a rule");
        }
        let found = differences(&it, &rules, &people, &companies).await;
        assert!(found.is_empty(), "round {round}, {rules:?}: {found:#?}");
    }
    // A slip in any of the three dates is seen.
    let body: String = sqlx::query_scalar("select pg_get_functiondef('off_limits_on'::regproc)")
        .fetch_one(it.app.db.pool())
        .await
        .expect("the function");
    for (right, wrong) in [
        ("r.ends_on >= on_day", "r.ends_on > on_day"),
        ("::date <= on_day", "::date < on_day"),
        ("::date > on_day", "::date >= on_day"),
    ] {
        assert!(body.contains(right), "{body}");
        for text in [body.replace(right, wrong), body.clone()] {
            sqlx::raw_sql(AssertSqlSafe(text.clone()))
                .execute(it.app.db.pool())
                .await
                .expect("replaced");
            let found = differences(&it, &rules, &people, &companies).await;
            assert_eq!(found.is_empty(), text == body, "{wrong}: {found:#?}");
        }
    }
}
