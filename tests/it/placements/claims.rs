//! Departures, the checklist both sides read, replacements.

use actix_web::http::StatusCode;
use meridian::introductions::policy::{Audience, Scope};
use meridian::organizations::terms::{PaymentRule, Restart, Terms};
use meridian::placements::actions::settle;
use meridian::placements::store::hires::detail;

use super::departure;
use crate::support::app::Person;
use crate::support::clients::{brief_with, version};
use crate::support::hires::{Scene, id_of, placement_of, scene};

/// The checklist of a page: the text between its list's tags.
async fn checklist(person: &Person, path: &str) -> String {
    let page = person.page(path).await;
    let from = page
        .find("<ul class=\"checks\">")
        .unwrap_or_else(|| panic!("a checklist: {page}"));
    let to = page[from..].find("</ul>").expect("its end");
    page[from..from + to].to_owned()
}

#[actix_web::test]
async fn a_corrected_title_is_the_same_work_and_another_must_have_is_not() {
    let it = scene(1).await;
    it.agree().await;
    let path = it.hire(0, 0, "2026-12-02").await;
    let edit = async |changes: &[(&'static str, &'static str)]| {
        let seen = version(&it.recruiter, &it.request).await;
        let mut fields = brief_with(changes);
        fields.push(("version", seen.as_str()));
        let answer = it.recruiter.post(&format!("{}/edit", it.request), &fields).await;
        assert_eq!(answer.to(), it.request);
        let staff = Scope {
            organization: None,
            candidate: None,
            audience: Audience::Staff,
        };
        let mut conn = it.app.db.conn().await.unwrap();
        let placement = detail(&mut conn, placement_of(&path), staff).await.unwrap();
        placement.expect("the placement").same_specification
    };
    let corrected = [
        ("title", "Ledger service"),
        ("nice_skill", "docker"),
        ("nice_weight", "5"),
        ("senior_budget", "9,000"),
    ];
    assert!(edit(&corrected).await, "a name, a wish and a budget");
    for other_work in [
        &[
            ("must_skill", "Rust"),
            ("must_level", "5"),
            ("must_skill", "actix web"),
            ("must_level", "3"),
        ][..],
        &[("must_skill", "Rust"), ("must_level", "4")],
        &[("zone", "los angeles")],
        &[("work_end", "20:00")],
        &[("overlap", "6")],
        &[("speaking", "5")],
    ] {
        assert!(!edit(other_work).await, "{other_work:?}");
        assert!(edit(&[]).await, "as it was");
    }
    edit(&corrected).await;
    it.at("2026-12-14T15:00:00Z").await;
    departure(&it, &path, "2026-12-11", "resigned").await.to();
    it.recruiter.post(&format!("{path}/claim"), &[]).await.to();
    assert_eq!(it.state("guarantee_claims", &path).await, "replacement_search");
}

#[actix_web::test]
async fn a_departure_inside_the_window_leads_to_a_replacement() {
    let it = scene(2).await;
    it.agree().await;
    let first = it.hire(0, 0, "2026-12-02").await;
    it.hire(1, 1, "2026-12-02").await;
    it.at("2026-12-14T15:00:00Z").await;
    assert_eq!(departure(&it, &first, "2026-12-11", "resigned").await.to(), first);
    assert_eq!(it.state("guarantees", &first).await, "claim_open");
    let seen = checklist(&it.client, &first).await;
    assert_eq!(
        seen,
        checklist(&it.recruiter, &first).await,
        "both sides read the same lines"
    );
    assert!(
        seen.contains("last working day 11 Dec 2026, day 10 of 30") && seen.contains("1 of 1 left"),
        "{seen}"
    );
    let own = it.developers[0].person.page(&first).await;
    assert!(
        !own.contains("class=\"checks\"") && !own.contains("Guarantee claim"),
        "a matter of client and agency"
    );

    assert_eq!(it.recruiter.post(&format!("{first}/claim"), &[]).await.to(), first);
    assert_eq!(it.state("guarantee_claims", &first).await, "replacement_search");
    assert_eq!(it.state("role_requests", &it.request).await, "open");
    // The person who left is not proposed again; another one is, and the chain is kept.
    let id = it.developers[0].id.to_string();
    let again = it
        .recruiter
        .post(
            &format!("{}/shortlist", it.request),
            &[("seat", "1"), ("candidate", id.as_str())],
        )
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT);

    let second_placement = placement_of(&replacement(&it, &first, "2026-12-20").await);
    let row: (uuid::Uuid, uuid::Uuid, i16, String) = sqlx::query_as(
        "select p.replaces_id, p.root_id, p.replacement_number, g.state from placements p
         join guarantees g on g.placement_id = p.id where p.id = $1",
    )
    .bind(second_placement)
    .fetch_one(it.app.db.pool())
    .await
    .unwrap();
    assert_eq!(row, (id_of(&first), id_of(&first), 1, "pending".to_owned()));
    assert_eq!(it.state("guarantee_claims", &first).await, "replaced");
    it.at("2026-12-21T15:00:00Z").await;
    let page = it.client.page(&format!("/placements/{second_placement}")).await;
    assert!(
        page.contains("Day 2 <span class=\"soft\">of 12"),
        "the promise does not restart: {page}"
    );
    assert!(page.contains("Thu 31 Dec 2026, 24:00 New York") && page.contains("number 1 in the chain"));
    assert!(page.contains("none left of 1"), "a second replacement is not owed");
}

/// A third developer takes the seat that became free.
async fn replacement(it: &Scene, left: &str, start: &str) -> String {
    let answer = it.recruiter.page(left).await;
    assert!(answer.contains("Find a replacement for seat 1"), "{answer}");
    let extra = crate::support::hires::another(it, "dora@dev.test").await;
    let introduction = it.propose_person(&extra, 0).await;
    extra.person.post(&format!("{introduction}/consent"), &[]).await.to();
    it.client.post(&format!("{introduction}/hire"), &[]).await.to();
    let offer = it.offer_on(&introduction, start).await;
    extra.person.post(&format!("{offer}/accept"), &[]).await.to().to_owned()
}

#[actix_web::test]
async fn everybody_reads_the_same_day_of_a_replacement() {
    let it = scene(1).await;
    it.agree_to(&Terms {
        restart: Restart::RemainingDays,
        ..Terms::default_promise()
    })
    .await;
    let first = it.hire(0, 0, "2026-12-02").await;
    it.at("2026-12-14T15:00:00Z").await;
    departure(&it, &first, "2026-12-11", "resigned").await.to();
    it.recruiter.post(&format!("{first}/claim"), &[]).await.to();
    let second = replacement(&it, &first, "2026-12-20").await;
    let seen = async |words: [&str; 2], covered: &str| {
        for (person, path, words) in [
            (&it.client, second.as_str(), words[1]),
            (&it.recruiter, second.as_str(), words[1]),
            (&it.client, "/client", words[0]),
            (&it.recruiter, "/desk", words[0]),
        ] {
            let page = person.page(path).await;
            assert!(page.contains(words) && page.contains(covered), "{path}: {page}");
        }
    };
    seen(["starts 20 Dec 2026", "20 days"], "8 Jan 2027").await;
    it.at("2026-12-21T15:00:00Z").await;
    // Ten of the thirty days were used by the one who left.
    seen(["day 2 of 20", "Day 2 <span class=\"soft\">of 20"], "8 Jan 2027").await;
    it.at("2027-01-09T05:00:00Z").await;
    seen(["completed", "Completed"], "8 Jan 2027").await;
}

#[actix_web::test]
async fn a_claim_that_fails_a_line_ends_unless_staff_say_why_not() {
    let it = scene(2).await;
    it.agree_to(&Terms {
        payment_rule: PaymentRule::PaidAtNotice,
        ..Terms::default_promise()
    })
    .await;
    let path = it.hire(0, 0, "2026-12-02").await;
    it.at("2026-12-14T15:00:00Z").await;
    departure(&it, &path, "2026-12-11", "layoff").await.to();
    let open = it.recruiter.post(&format!("{path}/claim"), &[]).await;
    assert_eq!(
        open.to(),
        path,
        "an excluded cause decides before the open payment line"
    );
    assert_eq!(
        (
            it.state("guarantee_claims", &path).await,
            it.state("guarantees", &path).await
        ),
        ("ineligible".into(), "voided".into())
    );
    let seen = checklist(&it.client, &path).await;
    assert!(seen.contains("excluded: layoff"), "{seen}");
    assert_eq!(seen, checklist(&it.recruiter, &path).await);

    let other = it.hire(1, 1, "2026-12-15").await;
    it.at("2026-12-18T15:00:00Z").await;
    departure(&it, &other, "2026-12-17", "resigned").await.to();
    let claim = format!("{other}/claim");
    let waiting = it.recruiter.post(&claim, &[]).await;
    assert_eq!(waiting.status, StatusCode::CONFLICT, "the payments are not judged");
    let by_hand = [
        ("line", "payment_rule"),
        ("verdict", "pass"),
        ("why", ""),
        ("reason", "kept words"),
    ];
    let unexplained = it.recruiter.post(&claim, &by_hand).await;
    assert_eq!(unexplained.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unexplained.has("give the reason") && unexplained.has("kept words"));
    let by_hand = [
        ("line", "payment_rule"),
        ("verdict", "pass"),
        ("why", "November is paid, seen on the account"),
    ];
    assert_eq!(it.recruiter.post(&claim, &by_hand).await.to(), other);
    assert_eq!(it.state("guarantee_claims", &other).await, "replacement_search");
    assert!(
        checklist(&it.client, &other)
            .await
            .contains("November is paid, seen on the account")
    );
}

#[actix_web::test]
async fn a_notice_after_the_last_day_counts_inside_the_window_only() {
    let it = scene(2).await;
    it.agree().await;
    // Covered through Thursday 31 December; five business days end on Thursday 7 January.
    let early = it.hire(0, 0, "2026-12-02").await;
    let late = it.hire(1, 1, "2026-12-02").await;
    it.at("2027-01-02T12:00:00Z").await;
    it.recruiter.page(&early).await;
    let mut tx = it.app.db.begin().await.unwrap();
    settle(&mut tx, it.app.clock.now(), None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(it.state("guarantees", &early).await, "satisfied");
    it.at("2027-01-08T04:59:59Z").await;
    departure(&it, &early, "2026-12-31", "resigned").await.to();
    assert_eq!(it.state("guarantees", &early).await, "claim_open");
    it.at("2027-01-08T05:00:00Z").await;
    departure(&it, &late, "2026-12-31", "resigned").await.to();
    assert_eq!(it.state("guarantees", &late).await, "satisfied");
    it.recruiter.post(&format!("{late}/claim"), &[]).await.to();
    assert_eq!(it.state("guarantee_claims", &late).await, "ineligible");
    let kinds: Vec<String> = sqlx::query_scalar("select kind from events where subject_id = $1 order by id")
        .bind(id_of(&early))
        .fetch_all(it.app.db.pool())
        .await
        .unwrap();
    let history = [
        "placement.made",
        "placement.started",
        "guarantee.running",
        "guarantee.satisfied",
        "placement.ended",
        "guarantee_claim.notified",
    ];
    assert_eq!(kinds, history, "history keeps both");
}
