//! Rules that keep a person and a client apart: what they stop, who sees them, and the dates, against a slow model.

use actix_web::http::StatusCode;
use chrono::{Days, NaiveDate};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::models::off_limits::{Rule, apart};
use crate::support::clients;
use crate::support::hires::{Scene, id_of, scene};

const STOPPED: &str = "This introduction does not move on at present";

/// Makes a rule from the person's page, and gives the answer's status.
async fn make(it: &Scene, developer: usize, further: &[(&str, &str)]) -> StatusCode {
    let client = it.organization.to_string();
    let mut fields = vec![
        ("other", client.as_str()),
        ("reason", "Left them in anger.\r\nAsked us <b>not</b> to."),
    ];
    fields.extend(further);
    let path = format!("/candidates/{}/off-limits", it.developers[developer].id);
    it.recruiter.post(&path, &fields).await.status
}

async fn rule(it: &Scene) -> String {
    let id: Uuid = sqlx::query_scalar("select id from off_limits order by id desc limit 1")
        .fetch_one(it.app.db.pool())
        .await
        .expect("a rule");
    id.to_string()
}

async fn end(it: &Scene, developer: usize) {
    let path = format!(
        "/candidates/{}/off-limits/{}/end",
        it.developers[developer].id,
        rule(it).await
    );
    it.recruiter
        .post(&path, &[("end_reason", "They made peace")])
        .await
        .to();
}

async fn shortlist(it: &Scene, developer: usize) -> crate::support::app::Answer {
    let id = it.developers[developer].id.to_string();
    let fields = [("seat", "1"), ("candidate", id.as_str())];
    it.recruiter.post(&format!("{}/shortlist", it.request), &fields).await
}

#[actix_web::test]
async fn a_rule_stops_a_proposal_and_its_end_allows_it() {
    let it = scene(1).await;
    assert_eq!(make(&it, 0, &[]).await, StatusCode::SEE_OTHER);
    let answer = shortlist(&it, 0).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.has("by a rule of the agency"), "{}", answer.text());
    // Round the app, and from both sides' pages.
    let propose = "insert into introductions (id, request_id, seat_id, organization_id, candidate_id, state, proposed_by, proposed_at, state_at)
                   select gen_random_uuid(), s.request_id, s.id, r.organization_id, $1, 'proposed', u.id, '2026-11-23T15:00:00Z', '2026-11-23T15:00:00Z'
                   from seats s join role_requests r on r.id = s.request_id, users u where u.role = 'recruiter' limit 1";
    assert_eq!(
        it.refused_by(propose, it.developers[0].id.0).await,
        "introductions_not_off_limits"
    );
    let person = format!("/candidates/{}/off-limits", it.developers[0].id);
    let client = format!("/organizations/{}/off-limits", it.organization);
    let page = it.recruiter.page(&person).await;
    assert!(
        page.contains("Halyard Payments") && page.contains("&#60;b&#62;not") && !page.contains("<b>not"),
        "{page}"
    );
    assert!(it.recruiter.page(&client).await.contains(it.developers[0].name));
    // A second one about the same two is refused, by the form and by the database.
    assert_eq!(make(&it, 0, &[]).await, StatusCode::UNPROCESSABLE_ENTITY);
    let twice = "insert into off_limits (id, candidate_id, organization_id, reason, made_by, made_at)
                 select gen_random_uuid(), candidate_id, organization_id, reason, made_by, made_at from off_limits where candidate_id = $1";
    assert_eq!(it.refused_by(twice, it.developers[0].id.0).await, "off_limits_one_live");
    for (sql, name) in [
        (
            "update off_limits set reason = 'x' where candidate_id = $1",
            "off_limits_unchanged",
        ),
        (
            "update off_limits set ended_at = made_at where candidate_id = $1",
            "off_limits_end_whole",
        ),
        (
            "delete from off_limits where candidate_id = $1",
            "off_limits_never_removed",
        ),
    ] {
        assert_eq!(it.refused_by(sql, it.developers[0].id.0).await, name, "{sql}");
    }
    // Ending needs a reason, which comes back beside the field; somebody else's page does not end it.
    let path = format!("{person}/{}/end", rule(&it).await);
    let empty = it.recruiter.post(&path, &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.has("Say why") && empty.has("e-end_reason"));
    let elsewhere = path.replace(&it.developers[0].id.to_string(), "0190b1f0-0000-7000-8000-00000000dead");
    assert_eq!(
        it.recruiter.post(&elsewhere, &[("end_reason", "x")]).await.status,
        StatusCode::NOT_FOUND
    );
    end(&it, 0).await;
    assert_eq!(
        it.recruiter.post(&path, &[("end_reason", "again")]).await.status,
        StatusCode::CONFLICT
    );
    shortlist(&it, 0).await.to();
    assert!(it.recruiter.page(&person).await.contains("They made peace"));
    let kinds: Vec<String> = sqlx::query_scalar("select kind from events where kind like '%off_limits%' order by id")
        .fetch_all(it.app.db.pool())
        .await
        .expect("events");
    assert_eq!(kinds, ["candidate.off_limits_set", "candidate.off_limits_ended"]);
}

#[actix_web::test]
async fn what_is_under_way_is_shown_and_asked_about() {
    let it = scene(2).await;
    let path = it.introduce(0, 0).await;
    let fields = [
        ("other", it.organization.to_string()),
        ("reason", "A conflict".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = format!("/candidates/{}/off-limits", it.developers[0].id);
    let with_search: Vec<(&str, &str)> = fields.iter().copied().chain([("search", "halyard")]).collect();
    let asked = it.recruiter.post(&page, &with_search).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.has(&path) && asked.has("What becomes of what is under way?") && asked.has("A conflict"));
    let made: i64 = sqlx::query_scalar("select count(*) from off_limits")
        .fetch_one(it.app.db.pool())
        .await
        .expect("a number");
    assert_eq!(made, 0, "asking makes no rule");

    // Left where it is: the client's yes is stopped and does not say by what; a no is possible.
    assert_eq!(make(&it, 0, &[("under_way", "stop")]).await, StatusCode::SEE_OTHER);
    assert_eq!(it.state("introductions", &path).await, "consented");
    let answer = it.client.post(&format!("{path}/interview"), &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.has(STOPPED) && !answer.has("off limits"), "{}", answer.text());
    let sql = "update introductions set state = 'interview' where id = $1";
    assert_eq!(it.refused_by(sql, id_of(&path)).await, "introductions_not_off_limits");
    end(&it, 0).await;
    it.client.post(&format!("{path}/interview"), &[]).await.to();
    assert_eq!(make(&it, 0, &[("under_way", "stop")]).await, StatusCode::SEE_OTHER);
    it.developers[0].person.post(&format!("{path}/decline"), &[]).await.to();

    // Taken back.
    let other = it.propose(1, 0).await;
    assert_eq!(make(&it, 1, &[("under_way", "withdraw")]).await, StatusCode::SEE_OTHER);
    assert_eq!(it.state("introductions", &other).await, "withdrawn");
    let told = it.developers[1].person.page(&other).await;
    assert!(!told.to_lowercase().contains("off limits"), "the person is not told");
}

#[actix_web::test]
async fn no_yes_and_no_offer_while_a_rule_holds() {
    let it = scene(2).await;
    it.agree().await;
    let waiting = it.propose(1, 1).await;
    assert_eq!(make(&it, 1, &[("under_way", "stop")]).await, StatusCode::SEE_OTHER);
    let answer = it.developers[1].person.post(&format!("{waiting}/consent"), &[]).await;
    assert!(
        answer.status == StatusCode::CONFLICT && answer.has(STOPPED),
        "{}",
        answer.text()
    );

    let chosen = it.choose(0, 0).await;
    assert_eq!(
        make(&it, 0, &[("under_way", "stop"), ("ends_on", "2026-11-24")]).await,
        StatusCode::SEE_OTHER
    );
    let fields = Scene::offer_fields("2026-12-02");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = it.recruiter.post(&format!("{chosen}/offer"), &fields).await;
    assert!(
        answer.status == StatusCode::CONFLICT && answer.has(STOPPED),
        "{}",
        answer.text()
    );
    // Its last day still counts; the day after does not.
    it.at("2026-11-24T23:59:59Z").await;
    let answer = it.recruiter.post(&format!("{chosen}/offer"), &fields).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    it.at("2026-11-25T00:00:00Z").await;
    let offer = it.offer_on(&chosen, "2026-12-02").await;
    // A rule whose last day has passed gives way to a new one, which stops the answer.
    assert_eq!(make(&it, 0, &[("under_way", "stop")]).await, StatusCode::SEE_OTHER);
    let answer = it.developers[0].person.post(&format!("{offer}/accept"), &[]).await;
    assert!(
        answer.status == StatusCode::CONFLICT && answer.has(STOPPED),
        "{}",
        answer.text()
    );
    let sql = "update offers set state = 'accepted', answered_at = '2026-11-25T00:00:00Z' where id = $1";
    assert_eq!(it.refused_by(sql, id_of(&offer)).await, "offers_not_off_limits");
    end(&it, 0).await;
    it.developers[0].person.post(&format!("{offer}/accept"), &[]).await.to();
}

#[actix_web::test]
async fn a_no_of_the_client_holds_for_its_other_requests() {
    let it = scene(1).await;
    let path = it.introduce(0, 0).await;
    it.client
        .post(&format!("{path}/refuse"), &[("reason", "another_person")])
        .await
        .to();
    let fields = clients::brief_with(&[("title", "Another one")]);
    let request = it.client.post("/start", &fields).await.to().to_owned();
    let version = clients::version(&it.client, &request).await;
    it.recruiter
        .post(
            &format!("{request}/open"),
            &[("version", version.as_str()), ("reason", "complete")],
        )
        .await
        .to();
    let id = it.developers[0].id.to_string();
    let answer = it
        .recruiter
        .post(
            &format!("{request}/shortlist"),
            &[("seat", "1"), ("candidate", id.as_str())],
        )
        .await;
    assert!(
        answer.status == StatusCode::CONFLICT && answer.has("refused by this client before"),
        "{}",
        answer.text()
    );
    let again = "insert into introductions (id, request_id, seat_id, organization_id, candidate_id, state, proposed_by, proposed_at, state_at)
                 select gen_random_uuid(), s.request_id, s.id, r.organization_id, $1, 'proposed', u.id, '2026-11-23T15:00:00Z', '2026-11-23T15:00:00Z'
                 from seats s join role_requests r on r.id = s.request_id, users u
                 where u.role = 'recruiter' and r.title = 'Another one' limit 1";
    assert_eq!(
        it.refused_by(again, it.developers[0].id.0).await,
        "introductions_not_refused_before"
    );
    let page = it.recruiter.page(&format!("/candidates/{id}/off-limits")).await;
    assert!(
        page.contains("Refused by the client") && page.contains("23 Nov 2026"),
        "{page}"
    );
}

#[actix_web::test]
async fn a_wrong_rule_comes_back_as_it_was_typed() {
    let it = scene(1).await;
    let path = format!("/organizations/{}/off-limits", it.organization);
    let found = it.recruiter.page(&format!("{path}?search=rafaela")).await;
    assert!(found.contains(&it.developers[0].id.to_string()) && found.contains("Keep them apart"));
    let code = format!("{path}?search=M-{}", it.developers[0].code);
    assert!(it.recruiter.page(&code).await.contains(it.developers[0].name));
    assert!(
        it.recruiter
            .page(&format!("{path}?search=%25"))
            .await
            .contains("Nobody found")
    );
    let id = it.developers[0].id.to_string();
    let long = "x".repeat(2001);
    for (field, value, message) in [
        ("reason", " ", "Say why"),
        ("reason", long.as_str(), "At most 2000 characters"),
        ("ends_on", "2026-11-22", "That day has passed"),
        ("ends_on", "9999-12-31", "Write a date"),
        ("other", "nobody", "Search, and choose"),
    ] {
        let mut fields = vec![
            ("search", "rafaela"),
            ("other", id.as_str()),
            ("reason", "Knows <i>them</i>"),
            ("ends_on", "2027-01-31"),
        ];
        for one in &mut fields {
            if one.0 == field {
                one.1 = value;
            }
        }
        let answer = it.recruiter.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(answer.has(message), "{field}: {}", answer.text());
        assert!(field == "ends_on" || answer.has("2027-01-31"), "{field}");
        assert!(field == "reason" || answer.has("Knows &#60;i&#62;them"), "{field}");
    }
    let unknown = [("other", "0190b1f0-0000-7000-8000-00000000dead"), ("reason", "x")];
    assert_eq!(it.recruiter.post(&path, &unknown).await.status, StatusCode::NOT_FOUND);
}

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
