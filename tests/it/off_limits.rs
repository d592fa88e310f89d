//! Rules that keep a person and a client apart: what they stop and who sees them.

mod dates;

use actix_web::http::StatusCode;
use uuid::Uuid;

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
