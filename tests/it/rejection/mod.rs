//! The agency's no: a person's act with a reason, a message and a date; taken back; applying again.

mod never;
mod races;
mod refused;

use actix_web::http::StatusCode;
use meridian::ids::CandidateId;

use crate::support::app::{App, Person};
use crate::support::hires::scene;

/// What the form of a rejection is sent with.
pub fn no<'a>(reason: &'a str, message: &'a str, date: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("reason", reason),
        ("message", message),
        ("may_apply_on", date),
        ("note", "Ask again when the team grows"),
    ]
}

pub async fn reject(by: &Person, candidate: CandidateId) {
    let path = format!("/candidates/{candidate}/reject");
    let fields = no("english", "Not this time, and thank you.", "2027-05-23");
    assert_eq!(by.post(&path, &fields).await.to(), format!("/candidates/{candidate}"));
}

pub async fn state(app: &App, candidate: CandidateId) -> String {
    sqlx::query_scalar("select state from candidates where id = $1")
        .bind(candidate)
        .fetch_one(app.db.pool())
        .await
        .expect("a state")
}

#[actix_web::test]
async fn from_a_no_to_the_next_application() {
    let it = scene(1).await;
    let developer = &it.developers[0];
    let checks = format!("/candidates/{}/checks", developer.id);
    it.recruiter
        .post(&checks, &[("kind", "identity"), ("result", "passed")])
        .await
        .to();
    let introduction = it.introduce(0, 0).await;
    it.recruiter
        .post(&checks, &[("kind", "english"), ("result", "failed"), ("reason", "B1")])
        .await
        .to();
    let path = format!("/candidates/{}/reject", developer.id);
    // First the reason, then the words that begin with it.
    let first = it.recruiter.page(&path).await;
    assert!(
        first.contains("English below what roles need") && !first.contains("<textarea"),
        "{first}"
    );
    let second = it.recruiter.page(&format!("{path}?reason=english")).await;
    assert!(
        second.contains("work in English all day") && second.contains("value=\"2027-05-23\""),
        "{second}"
    );
    assert!(second.contains("One open introduction is taken back"), "{second}");
    reject(&it.recruiter, developer.id).await;

    assert_eq!(state(&it.app, developer.id).await, "rejected");
    assert_eq!(it.state("introductions", &introduction).await, "withdrawn");
    let home = developer.person.page("/me").await;
    assert!(
        home.contains("Not this time, and thank you.") && home.contains("23 May 2027"),
        "{home}"
    );
    assert!(
        !home.contains("Apply again</button>") && !home.contains("You hear from us"),
        "{home}"
    );
    assert!(
        !home.contains("when the team grows") && !home.contains("below what roles"),
        "private: {home}"
    );
    it.app.drain().await;
    assert!(
        it.app
            .letters(developer.email)
            .join("")
            .contains("Not this time, and thank you.")
    );
    // Out of the lists by default, found when asked for.
    assert!(!it.recruiter.page("/candidates").await.contains(developer.name));
    assert!(
        it.recruiter
            .page("/candidates?state=rejected")
            .await
            .contains(developer.name)
    );
    assert!(
        it.recruiter
            .page("/candidates?q=Rafaela")
            .await
            .contains(developer.name)
    );
    assert!(
        !it.recruiter
            .page(&format!("{}/matches/to-confirm", it.request))
            .await
            .contains(developer.name)
    );
    let staff = it.recruiter.page(&path).await;
    assert!(
        staff.contains("when the team grows") && staff.contains("English below what roles need"),
        "{staff}"
    );

    // Neither early, nor by the way back of somebody who paused.
    for instant in ["2027-05-23T02:59:59Z"] {
        it.at(instant).await;
        assert_eq!(
            developer.person.post("/me/apply-again", &[]).await.status,
            StatusCode::CONFLICT
        );
    }
    for back in ["active", "paused", "withdrawn", "rejected"] {
        let answer = developer.person.post("/me/state", &[("state", back)]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{back}");
        let fields = [("state", back), ("reason", "because")];
        let answer = it
            .recruiter
            .post(&format!("/candidates/{}/state", developer.id), &fields)
            .await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{back}");
    }
    // From the first instant of the day where they work.
    it.at("2027-05-23T03:00:00Z").await;
    assert!(developer.person.page("/me").await.contains("Apply again</button>"));
    assert_eq!(developer.person.post("/me/apply-again", &[]).await.to(), "/me");
    assert_eq!(state(&it.app, developer.id).await, "active");
    let home = developer.person.page("/me").await;
    assert!(home.contains("You hear from us by Fri 28 May"), "{home}");
    let again = developer.person.post("/me/apply-again", &[]).await;
    assert!(again.status == StatusCode::CONFLICT && again.has("You are in the pool already"));
    let counts: i64 = sqlx::query_scalar(
        "select count(*) from vetting_checks where candidate_id = $1 and kind = 'identity' and state = 'passed'",
    )
    .bind(developer.id)
    .fetch_one(it.app.db.pool())
    .await
    .expect("a number");
    assert_eq!(counts, 1, "what was passed stays");
    let history = it
        .recruiter
        .page(&format!("/candidates/{}/history", developer.id))
        .await;
    for said in [
        "Rejected",
        "Applied again",
        "Rejected: English below what roles need",
        "Active: applied again",
    ] {
        assert!(history.contains(said), "{said}: {history}");
    }
}

#[actix_web::test]
async fn a_no_is_taken_back_by_staff_with_a_reason() {
    let it = scene(1).await;
    let developer = &it.developers[0];
    reject(&it.recruiter, developer.id).await;
    let path = format!("/candidates/{}/reject", developer.id);
    let back = format!("{path}/take-back");
    let answer = it.recruiter.post(&back, &[("back_reason", " ")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.has("Please fill this in.") && answer.has("<details class=\"confirm\" open>"),
        "{}",
        answer.text()
    );
    assert_eq!(
        developer.person.post(&back, &[("back_reason", "mine")]).await.status,
        StatusCode::FORBIDDEN
    );
    it.recruiter
        .post(&back, &[("back_reason", "Mixed up with somebody else")])
        .await
        .to();
    assert_eq!(state(&it.app, developer.id).await, "active");
    assert!(
        developer
            .person
            .page("/me/messages")
            .await
            .contains("You are in the pool again")
    );
    let again = it.recruiter.post(&back, &[("back_reason", "twice")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let history = it
        .recruiter
        .page(&format!("/candidates/{}/history", developer.id))
        .await;
    assert!(history.contains("Active: Mixed up with somebody else"), "{history}");
    assert!(it.recruiter.page(&path).await.contains("Why is this person told no?"));
}

#[actix_web::test]
async fn mistakes_come_back_filled_in_and_hostile_words_are_stored_as_typed() {
    let it = scene(1).await;
    let developer = &it.developers[0];
    let path = format!("/candidates/{}/reject", developer.id);
    for (reason, message, date, said) in [
        ("other", "Kind words", "2027-05-23", "Please fill this in."),
        ("skills", "", "2027-05-23", "Write what the person reads."),
        ("skills", "Kind words", "2026-11-22", "This day has passed."),
        ("skills", "Kind words", "2028-11-24", "At most two years ahead"),
        ("skills", "Kind words", "never", "Write a date such as"),
        ("a number", "Kind words", "2027-05-23", "Choose a reason."),
    ] {
        let answer = it.recruiter.post(&path, &no(reason, message, date)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason} {date}");
        assert!(answer.has(said), "{said}: {}", answer.text());
        if reason != "a number" {
            assert!(
                answer.has(message) && answer.has(&format!("value=\"{date}\"")),
                "{}",
                answer.text()
            );
            assert!(answer.has("Ask again when the team grows"), "{}", answer.text());
        }
    }
    assert_eq!(state(&it.app, developer.id).await, "active");
    let words = "</textarea><script>alert(1)</script>\n{{7*7}} ' or 1=1 -- \u{202e}";
    it.recruiter
        .post(&path, &no("no_roles", words, "2026-11-23"))
        .await
        .to();
    let stored: String = sqlx::query_scalar("select body from candidate_messages")
        .fetch_one(it.app.db.pool())
        .await
        .expect("a message");
    assert_eq!(stored, words);
    for page in [developer.person.page("/me").await, it.recruiter.page(&path).await] {
        assert!(
            page.contains("&#60;script&#62;alert(1)") && !page.contains("<script>alert"),
            "{page}"
        );
    }
    // From today on: at once.
    assert!(developer.person.page("/me").await.contains("Apply again</button>"));
}

#[actix_web::test]
async fn applying_with_a_known_address_tells_nothing_new() {
    let it = scene(2).await;
    reject(&it.recruiter, it.developers[0].id).await;
    let apply = async |email: &'static str| {
        let fields = [
            ("name", "Somebody"),
            ("email", email),
            ("password", "a long test password of mine"),
            ("consent", "yes"),
        ];
        let answer = it.app.stranger().post("/apply", &fields).await;
        (answer.status, answer.text().replace(email, "ADDRESS"))
    };
    let (rejected, other) = (apply(it.developers[0].email).await, apply(it.developers[1].email).await);
    assert_eq!(rejected, other);
    assert_eq!(rejected.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(state(&it.app, it.developers[0].id).await, "rejected");
}
