//! Who cannot be rejected, and what the database refuses past the app.

use actix_web::http::StatusCode;

use super::{no, reject};
use crate::support::hires::scene;

#[actix_web::test]
async fn nobody_is_rejected_with_an_offer_out_or_a_placement_that_runs() {
    let it = scene(1).await;
    it.agree().await;
    let path = format!("/candidates/{}/reject", it.developers[0].id);
    let fields = no("skills", "No", "2027-05-23");
    let offer = it.offer(0, 0, "2026-12-02").await;
    assert!(
        it.recruiter
            .page(&path)
            .await
            .contains("An offer waits for this person&#39;s answer")
    );
    let answer = it.recruiter.post(&path, &fields).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.has("Take the offer back on its page first"), "{}", answer.text());
    assert_eq!(it.state("offers", &offer).await, "sent");
    it.developers[0].person.post(&format!("{offer}/accept"), &[]).await.to();
    assert!(
        it.recruiter
            .page(&path)
            .await
            .contains("This person is placed with a client")
    );
    let answer = it.recruiter.post(&path, &fields).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(
        answer.has("End or cancel the placement on its page first"),
        "{}",
        answer.text()
    );
}

#[actix_web::test]
async fn the_database_refuses_a_no_that_is_nobodys() {
    let it = scene(2).await;
    it.agree().await;
    let (one, other) = (it.developers[0].id.0, it.developers[1].id.0);
    // A state without a rejection, and a rejection without the state.
    assert_eq!(
        it.refused_by("update candidates set state = 'rejected' where id = $1", one)
            .await,
        "candidates_rejected_by_a_person"
    );
    reject(&it.recruiter, it.developers[0].id).await;
    for (sql, rule) in [
        ("update candidates set state = 'active' where id = $1", "candidates_rejected_by_a_person"),
        ("update candidates set state = 'withdrawn' where id = $1", "candidate_transition"),
        (
            "insert into rejections (id, candidate_id, reason, words, note, message_id, rejected_by, rejected_at, rejected_on, may_apply_on)
             select gen_random_uuid(), candidate_id, reason, words, note, message_id, rejected_by, rejected_at, rejected_on, may_apply_on
             from rejections where candidate_id = $1",
            "rejections_one_open",
        ),
        (
            "insert into rejections (id, candidate_id, reason, words, note, message_id, rejected_by, rejected_at, rejected_on, may_apply_on)
             select gen_random_uuid(), candidate_id, reason, words, note, message_id, (select user_id from candidates where id = $1), rejected_at,
                    rejected_on, may_apply_on from rejections",
            "rejections_by_staff",
        ),
        (
            "insert into rejections (id, candidate_id, reason, words, note, message_id, rejected_by, rejected_at, rejected_on, may_apply_on)
             select gen_random_uuid(), candidate_id, 'other', ' ', note, message_id, rejected_by, rejected_at, rejected_on, may_apply_on
             from rejections where candidate_id = $1",
            "rejections_other_said",
        ),
        ("update rejections set may_apply_on = rejected_on where candidate_id = $1", "rejections_unchanged"),
        ("update rejections set reason = 'pay' where candidate_id = $1", "rejections_unchanged"),
        ("update rejections set note = 'other words' where candidate_id = $1", "rejections_unchanged"),
        ("delete from rejections where candidate_id = $1", "rejections_never_removed"),
        (
            "update rejections set ended_at = rejected_at, ended_on = rejected_on, ended_by = rejected_by, ended_how = 'taken_back'
             where candidate_id = $1",
            "rejections_taken_back_by_staff",
        ),
        (
            "update rejections set ended_at = rejected_at, ended_on = rejected_on, ended_by = rejected_by, ended_how = 'applied_again'
             where candidate_id = $1",
            "rejections_not_before_the_date",
        ),
        ("update rejections set ended_on = rejected_on where candidate_id = $1", "rejections_end_whole"),
        (
            "update rejections set ended_at = rejected_at, ended_on = may_apply_on, ended_by = rejected_by, ended_how = 'applied_again'
             where candidate_id = $1",
            "candidates_rejected_by_a_person",
        ),
        (
            "insert into introductions (id, request_id, seat_id, organization_id, candidate_id, state, proposed_by, proposed_at, state_at)
             select gen_random_uuid(), r.id, s.id, r.organization_id, $1, 'proposed', x.rejected_by, x.rejected_at, x.rejected_at
             from rejections x, role_requests r join seats s on s.request_id = r.id limit 1",
            "introductions_not_to_rejected",
        ),
    ] {
        assert_eq!(it.refused_by(sql, one).await, rule, "{sql}");
    }
    let offered = it.offer(1, 0, "2026-12-02").await;
    assert_eq!(it.state("offers", &offered).await, "sent");
    let around = "with said as (
            insert into candidate_messages (id, candidate_id, occasion, subject, body, by_letter, sent_by, sent_at)
            select gen_random_uuid(), $1, 'rejection', 'x', 'x', false, rejected_by, rejected_at from rejections returning *
        ), put as (
            insert into rejections (id, candidate_id, reason, words, note, message_id, rejected_by, rejected_at, rejected_on, may_apply_on)
            select gen_random_uuid(), $1, 'pay', '', '', id, sent_by, sent_at, '2026-11-23', '2027-05-23' from said)
        update candidates set state = 'rejected' where id = $1";
    assert_eq!(it.refused_by(around, other).await, "candidates_rejected_free");
}
