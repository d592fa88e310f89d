//! Two at once: whoever comes first is seen by the other, and no order leads to an offer in the hands of somebody rejected.

use actix_web::http::StatusCode;
use futures_util::future::{join, join_all};

use super::{no, state};
use crate::support::hires::{Scene, scene};

/// No forbidden state: nobody rejected has an offer, a placement or an open introduction, and state and rejection agree.
async fn sound(it: &Scene) {
    let wrong: i64 = sqlx::query_scalar(
        "select count(*) from candidates c where (c.state = 'rejected') <> exists (select from rejections r where r.candidate_id = c.id and r.ended_at is null)
            or (c.state = 'rejected' and (exists (select from offers o where o.candidate_id = c.id and o.state = 'sent')
                or exists (select from placements p where p.candidate_id = c.id and p.state in ('accepted', 'scheduled', 'active'))
                or exists (select from introductions i where i.candidate_id = c.id and i.state in ('proposed', 'consented', 'interview', 'chosen'))))",
    )
    .fetch_one(it.app.db.pool())
    .await
    .expect("a number");
    assert_eq!(wrong, 0);
}

const NO: [(&str, &str); 4] = [
    ("reason", "skills"),
    ("message", "Thank you, and not now."),
    ("may_apply_on", "2026-11-23"),
    ("note", ""),
];

/// Statuses that an act which comes second may be answered with.
fn answered(status: StatusCode) -> bool {
    [StatusCode::SEE_OTHER, StatusCode::CONFLICT].contains(&status)
}

#[actix_web::test]
async fn a_no_and_an_offer_at_once_are_never_both() {
    for _ in 0..4 {
        let it = scene(1).await;
        it.agree().await;
        let chosen = it.choose(0, 0).await;
        let path = format!("/candidates/{}/reject", it.developers[0].id);
        let fields = Scene::offer_fields("2026-12-02");
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let offer = format!("{chosen}/offer");
        let (a, b) = join(it.recruiter.post(&path, &NO), it.recruiter.post(&offer, &fields)).await;
        assert!(answered(a.status) && answered(b.status), "{} {}", a.text(), b.text());
        assert!(
            (a.status == StatusCode::SEE_OTHER) != (b.status == StatusCode::SEE_OTHER),
            "one of the two: {} {}",
            a.status,
            b.status
        );
        sound(&it).await;
    }
}

#[actix_web::test]
async fn a_no_and_a_proposal_or_a_yes_at_once_leave_nothing_open() {
    for _ in 0..4 {
        let it = scene(1).await;
        it.agree().await;
        let id = it.developers[0].id;
        let asked = it.propose(0, 0).await;
        let path = format!("/candidates/{id}/reject");
        let (seat, text) = ("2".to_owned(), id.to_string());
        let fields = [("seat", seat.as_str()), ("candidate", text.as_str())];
        let (shortlist, consent) = (format!("{}/shortlist", it.request), format!("{asked}/consent"));
        let all = [
            it.recruiter.post(&path, &NO),
            it.recruiter.post(&shortlist, &fields),
            it.developers[0].person.post(&consent, &[]),
        ];
        let answers = join_all(all).await;
        for answer in &answers {
            assert!(answered(answer.status), "{}: {}", answer.status, answer.text());
        }
        sound(&it).await;
    }
}

#[actix_web::test]
async fn a_no_a_withdrawal_a_pause_and_another_no_at_once_end_in_one_state() {
    for _ in 0..4 {
        let it = scene(1).await;
        let id = it.developers[0].id;
        let (reject, change) = (format!("/candidates/{id}/reject"), format!("/candidates/{id}/state"));
        let message = no("pay", "Another no", "2027-01-01");
        let (withdrawn, paused) = ([("state", "withdrawn")], [("state", "paused"), ("reason", "later")]);
        let answers = join_all([
            it.recruiter.post(&reject, &NO),
            it.recruiter.post(&reject, &message),
            it.developers[0].person.post("/me/state", &withdrawn),
            it.recruiter.post(&change, &paused),
        ])
        .await;
        for answer in &answers {
            assert!(answered(answer.status), "{}: {}", answer.status, answer.text());
        }
        let rejections: i64 = sqlx::query_scalar("select count(*) from rejections")
            .fetch_one(it.app.db.pool())
            .await
            .expect("a number");
        assert!(rejections <= 1);
        assert!(["rejected", "withdrawn"].contains(&state(&it.app, id).await.as_str()));
        sound(&it).await;
    }
}

#[actix_web::test]
async fn applying_again_and_taking_back_at_once_end_a_no_once() {
    for _ in 0..4 {
        let it = scene(1).await;
        let id = it.developers[0].id;
        it.recruiter.post(&format!("/candidates/{id}/reject"), &NO).await.to();
        let back = format!("/candidates/{id}/reject/take-back");
        let person = &it.developers[0].person;
        let why = [("back_reason", "a mistake")];
        let answers = join_all([
            person.post("/me/apply-again", &[]),
            person.post("/me/apply-again", &[]),
            it.recruiter.post(&back, &why),
        ])
        .await;
        let won = answers
            .iter()
            .filter(|answer| answer.status == StatusCode::SEE_OTHER)
            .count();
        assert_eq!(
            won,
            1,
            "{:?}",
            answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
        );
        assert_eq!(state(&it.app, id).await, "active");
        sound(&it).await;
        let open: i64 =
            sqlx::query_scalar("select count(*) from promises where kept_at is null and what = 'application'")
                .fetch_one(it.app.db.pool())
                .await
                .expect("a number");
        assert!(open <= 1);
    }
}
