//! Proposals, consent and the client's decisions; the same rules shown in the database.

mod asked;
mod disclosed;

use actix_web::http::StatusCode;
use meridian::introductions::State;
use meridian::introductions::policy::{Audience, Field, may_see, person};

use crate::support::hires::{Scene, id_of, scene};

#[actix_web::test]
async fn the_enum_and_the_database_know_the_same_moves() {
    let it = scene(0).await;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select from_state, to_state from state_transitions where machine = 'introduction' and from_state <> ''",
    )
    .fetch_all(it.app.db.pool())
    .await
    .unwrap();
    let name = |state: State| serde_json::to_value(state).unwrap().as_str().unwrap().to_owned();
    for from in State::ALL {
        for to in State::ALL {
            let stored = rows.contains(&(name(from), name(to)));
            assert_eq!(from.may_become(to), stored, "{from:?} to {to:?}");
        }
    }
}

#[test]
fn a_client_never_sees_contact_pay_or_workings_and_the_name_only_when_an_interview_is_agreed() {
    for state in State::ALL {
        for field in [Field::Contact, Field::Pay, Field::Workings, Field::InnerReason] {
            assert!(!may_see(Audience::Client, state, field), "{state:?} {field:?}");
        }
        assert!(!may_see(Audience::Candidate, state, Field::BillRate));
        let named = matches!(state, State::Interview | State::Chosen | State::Hired);
        let shown = if named { "Ana Diaz" } else { "Candidate M-1001" };
        assert_eq!(person(Audience::Client, state, Some("Ana Diaz"), 1001), shown);
        assert_eq!(person(Audience::Staff, state, Some("Ana Diaz"), 1001), "Ana Diaz");
    }
    assert_eq!(person(Audience::Staff, State::Hired, None, 7), "Candidate M-7");
}

/// Everything about the developer that a client may not read.
fn assert_no_contact(page: &str, what: &str) {
    for secret in ["@dev.test", "+55 81", "4,321", "432100", "4321"] {
        assert!(!page.contains(secret), "{what} shows {secret}");
    }
}

#[actix_web::test]
async fn nothing_reaches_the_client_before_the_candidates_yes() {
    let it = scene(1).await;
    let path = it.propose(0, 0).await;
    let (list, people) = (
        format!("{}/introductions", it.request),
        format!("{}/people?seat=1", it.request),
    );
    let code = format!("M-{}", it.developers[0].code);
    let pages = [list.as_str(), people.as_str(), it.request.as_str()];
    for page in pages {
        let text = it.client.page(page).await;
        assert!(
            !text.contains(&code) && !text.contains(it.developers[0].name),
            "{page} before the yes"
        );
    }
    assert_eq!(it.client.get(&path).await.status, StatusCode::NOT_FOUND);
    for act in ["interview", "refuse", "hire"] {
        let answer = it.client.post(&format!("{path}/{act}"), &[("reason", "skills")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{act}");
    }

    let developer = &it.developers[0];
    let question = developer.person.page(&path).await;
    assert!(
        question.contains("May we introduce you?") && question.contains("Books every payment."),
        "{question}"
    );
    developer.person.post(&format!("{path}/consent"), &[]).await;
    let compare = it.client.page(&people).await;
    assert!(
        compare.contains(&code)
            && compare.contains("Cut p99 of a payments API")
            && compare.contains("Has led two people")
    );
    assert!(
        !compare.contains(developer.name),
        "no name before an interview is agreed"
    );
    assert_no_contact(&compare, "the comparison");
    assert!(
        compare.contains("7.0 h") || compare.contains("6.0 h"),
        "the overlap is told"
    );

    let fields = [("on", "2026-11-30"), ("at", "10:00")];
    assert_eq!(it.client.post(&format!("{path}/interview"), &fields).await.to(), path);
    let page = it.client.page(&path).await;
    assert!(page.contains(developer.name), "the name after");
    assert!(
        page.contains("Mon 30 Nov 2026, 10:00 New York (Mon 30 Nov 2026, 12:00 Recife)"),
        "{page}"
    );
    assert_no_contact(&page, "the introduction");
    assert_no_contact(&it.client.page(&list).await, "the list");
}

#[actix_web::test]
async fn a_no_of_the_candidate_never_reaches_the_client() {
    let it = scene(1).await;
    let path = it.propose(0, 0).await;
    let developer = &it.developers[0].person;
    let answer = developer
        .post(&format!("{path}/decline"), &[("note", "Too far from my field")])
        .await;
    assert_eq!(answer.to(), path);
    assert_eq!(it.state("introductions", &path).await, "declined");
    assert!(it.recruiter.page(&path).await.contains("Too far from my field"));
    assert_eq!(it.client.get(&path).await.status, StatusCode::NOT_FOUND);
    let again = developer.post(&format!("{path}/consent"), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "a no is not turned round");
}

#[actix_web::test]
async fn not_this_time_needs_a_reason_and_keeps_what_was_typed() {
    let it = scene(1).await;
    let path = it.introduce(0, 0).await;
    let answer = it
        .client
        .post(&format!("{path}/refuse"), &[("note", "Kind, but <b>no</b>")])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.has("Choose a reason") && answer.has("Kind, but &#60;b&#62;no&#60;/b&#62;"),
        "{}",
        answer.text()
    );
    let fields = [("reason", "hours"), ("note", "Kind, but no")];
    assert_eq!(it.client.post(&format!("{path}/refuse"), &fields).await.to(), path);
    assert!(
        it.recruiter
            .page(&path)
            .await
            .contains("Working hours do not overlap enough: Kind, but no")
    );
    let own = it.developers[0].person.page(&path).await;
    assert!(
        !own.contains("overlap enough") && !own.contains("Kind, but no"),
        "the client's words stay with the agency"
    );
    // The same person is not proposed for another seat of this request.
    let id = it.developers[0].id.to_string();
    let fields = [("seat", "2"), ("candidate", id.as_str())];
    let answer = it.recruiter.post(&format!("{}/shortlist", it.request), &fields).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn a_hire_needs_the_accepted_promise_and_says_where() {
    let it = scene(1).await;
    let path = it.introduce(0, 0).await;
    let answer = it.client.post(&format!("{path}/hire"), &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(
        answer.has("accepted the promise") && answer.has("Agreement"),
        "{}",
        answer.text()
    );
    assert!(it.client.page(&path).await.contains("href=\"/agreement\""));
    it.agree().await;
    assert_eq!(it.client.post(&format!("{path}/hire"), &[]).await.to(), path);
    assert_eq!(it.state("introductions", &path).await, "chosen");
}

#[actix_web::test]
async fn one_person_at_a_time_is_chosen_for_a_seat() {
    let it = scene(2).await;
    it.agree().await;
    let first = it.choose(0, 0).await;
    let second = it.introduce(1, 0).await;
    let answer = it.client.post(&format!("{second}/hire"), &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.has("Somebody else is chosen"));
    it.client
        .post(&format!("{first}/refuse"), &[("reason", "another_person")])
        .await;
    assert_eq!(it.client.post(&format!("{second}/hire"), &[]).await.to(), second);
}

#[actix_web::test]
async fn round_the_app_the_database_refuses_the_same() {
    let it = scene(2).await;
    let proposed = id_of(&it.propose(0, 0).await);
    let rules = [
        (
            "update introductions set state = 'interview' where id = $1",
            "introduction_transition",
        ),
        (
            "update introductions set state = 'chosen' where id = $1",
            "introduction_transition",
        ),
        (
            "update introductions set state = 'consented' where id = $1",
            "introductions_consent_first",
        ),
        (
            "update introductions set state = 'consented', consented_at = proposed_at, consented_by = proposed_by where id = $1",
            "introductions_consent_own",
        ),
        (
            "update introductions set state = 'withdrawn' where id = $1",
            "introductions_reason_given",
        ),
    ];
    for (sql, rule) in rules {
        assert_eq!(it.refused_by(sql, proposed).await, rule, "{sql}");
    }
    let consented = id_of(&it.introduce(1, 0).await);
    let hired = "update introductions set state = 'hired' where id = $1";
    assert_eq!(it.refused_by(hired, consented).await, "introduction_transition");
    let twice = "insert into introductions (id, request_id, seat_id, organization_id, candidate_id, state, proposed_by, proposed_at, state_at)
                 select gen_random_uuid(), request_id, seat_id, organization_id, candidate_id, 'proposed', proposed_by, proposed_at, state_at
                 from introductions where id = $1";
    assert_eq!(it.refused_by(twice, consented).await, "introductions_once_per_seat");
    let born = "insert into introductions (id, request_id, seat_id, organization_id, candidate_id, state, proposed_by, proposed_at, state_at,
                                           consented_at, consented_by)
                select gen_random_uuid(), request_id, (select s.id from seats s where s.request_id = i.request_id and s.number = 2),
                       organization_id, candidate_id, 'chosen', proposed_by, proposed_at, state_at, consented_at, consented_by
                from introductions i where id = $1";
    assert_eq!(it.refused_by(born, consented).await, "introduction_transition");
}

/// Two answers of which exactly one may be a 303.
fn one_wins(a: &crate::support::app::Answer, b: &crate::support::app::Answer, what: &str) {
    let won = [a, b]
        .iter()
        .filter(|answer| answer.status == StatusCode::SEE_OTHER)
        .count();
    let lost = [a, b]
        .iter()
        .filter(|answer| answer.status == StatusCode::CONFLICT)
        .count();
    assert_eq!((won, lost), (1, 1), "{what}: {} and {}", a.status, b.status);
}

async fn other_seat(it: &Scene, developer: usize, seat: usize) -> String {
    it.introduce(developer, seat).await
}

#[actix_web::test]
async fn two_decisions_at_once_cannot_both_win() {
    let it = scene(3).await;
    it.agree().await;
    // The client says no while staff withdraw.
    for seat in 0..3 {
        let path = other_seat(&it, seat, seat).await;
        let (refuse, withdraw) = (format!("{path}/refuse"), format!("{path}/withdraw"));
        let (a, b) = futures_util::future::join(
            it.client.post(&refuse, &[("reason", "skills")]),
            it.recruiter.post(&withdraw, &[("reason", "not_available")]),
        )
        .await;
        one_wins(&a, &b, "no against withdrawal");
    }
}

#[actix_web::test]
async fn a_hire_and_a_withdrawal_at_once_end_in_one_story() {
    let it = scene(3).await;
    it.agree().await;
    for seat in 0..3 {
        let path = it.introduce(seat, seat).await;
        let (hire, withdraw) = (format!("{path}/hire"), format!("{path}/withdraw"));
        let (a, b) = futures_util::future::join(
            it.client.post(&hire, &[]),
            it.recruiter.post(&withdraw, &[("reason", "asked_by_person")]),
        )
        .await;
        // Hire then withdrawal is legal in that order; the other order is not.
        assert_eq!(b.status, StatusCode::SEE_OTHER, "{}", b.text());
        assert!(
            matches!(a.status, StatusCode::SEE_OTHER | StatusCode::CONFLICT),
            "{}",
            a.text()
        );
        assert_eq!(it.state("introductions", &path).await, "withdrawn");
    }
}

#[actix_web::test]
async fn a_yes_can_be_taken_back_until_the_client_has_chosen() {
    let it = scene(2).await;
    it.agree().await;
    let path = it.introduce(0, 0).await;
    assert!(it.client.page(&path).await.contains("Cut p99"));
    let own = &it.developers[0].person;
    assert!(own.page(&path).await.contains("Take your yes back"));
    own.post(&format!("{path}/decline"), &[("note", "A new child")])
        .await
        .to();
    assert_eq!(it.state("introductions", &path).await, "declined");
    let code = format!("M-{}", it.developers[0].code);
    for page in [
        format!("{}/introductions", it.request),
        format!("{}/people?seat=1", it.request),
        "/client".to_owned(),
    ] {
        assert!(!it.client.page(&page).await.contains(&code), "{page}");
    }
    assert_eq!(it.client.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        it.client.post(&format!("{path}/interview"), &[]).await.status,
        StatusCode::NOT_FOUND
    );
    let chosen = it.choose(1, 0).await;
    let late = it.developers[1].person.post(&format!("{chosen}/decline"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "then there is an offer to answer");
}

#[actix_web::test]
async fn a_yes_taken_back_and_an_interview_at_once_end_in_one_story() {
    let it = scene(3).await;
    for seat in 0..3 {
        let path = it.introduce(seat, seat).await;
        let (back, interview) = (format!("{path}/decline"), format!("{path}/interview"));
        let (a, b) = futures_util::future::join(
            it.developers[seat].person.post(&back, &[]),
            it.client.post(&interview, &[]),
        )
        .await;
        assert_eq!(a.status, StatusCode::SEE_OTHER, "{}", a.text());
        assert!(
            matches!(b.status, StatusCode::SEE_OTHER | StatusCode::NOT_FOUND),
            "{}",
            b.text()
        );
        assert_eq!(it.state("introductions", &path).await, "declined");
    }
}

#[actix_web::test]
async fn the_agency_sets_the_time_of_an_interview_and_nobody_is_waited_on_before_it() {
    let it = scene(1).await;
    let path = it.introduce(0, 0).await;
    it.client.post(&format!("{path}/interview"), &[]).await.to();
    assert!(it.recruiter.page("/desk").await.contains("Arrange the interview"));
    let set = format!("{path}/interview-time");
    let empty = it.recruiter.post(&set, &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("on", "2026-11-30"), ("at", "10:00")];
    assert_eq!(it.recruiter.post(&set, &fields).await.to(), path);
    assert_eq!(it.client.post(&set, &fields).await.status, StatusCode::FORBIDDEN);
    let said = "Mon 30 Nov 2026, 10:00 New York";
    assert!(it.client.page(&path).await.contains(said));
    assert!(it.developers[0].person.page(&path).await.contains(said));
    assert!(!it.recruiter.page("/desk").await.contains(&path), "nobody is waited on");
    assert!(!it.client.page("/client").await.contains(&path));
    it.at("2026-11-30T15:00:01Z").await;
    assert!(it.recruiter.page("/desk").await.contains("Decide after the interview"));
    assert!(it.client.page("/client").await.contains(&path));
}

#[actix_web::test]
async fn a_filled_seat_waits_for_nobody() {
    let it = scene(2).await;
    it.agree().await;
    let rests = it.introduce(1, 0).await;
    it.hire(0, 0, "2026-12-02").await;
    let page = it.client.page(&rests).await;
    assert!(page.contains("the seat is filled"), "{page}");
    assert!(
        !page.contains("Ask for an interview") && !page.contains("/hire\""),
        "{page}"
    );
    assert!(!it.client.page("/client").await.contains(&rests));
    assert!(!it.recruiter.page("/desk").await.contains(&rests));
}

#[actix_web::test]
async fn whoever_was_withdrawn_by_mistake_can_be_proposed_again() {
    let it = scene(1).await;
    let first = it.propose(0, 0).await;
    it.recruiter
        .post(&format!("{first}/withdraw"), &[("reason", "mistake")])
        .await
        .to();
    let id = it.developers[0].id.to_string();
    let fields = [("seat", "1"), ("candidate", id.as_str())];
    it.recruiter
        .post(&format!("{}/shortlist", it.request), &fields)
        .await
        .to();
    let standing: Vec<String> = sqlx::query_scalar("select state from introductions order by id")
        .fetch_all(it.app.db.pool())
        .await
        .unwrap();
    assert_eq!(standing, ["withdrawn", "proposed"]);
}
