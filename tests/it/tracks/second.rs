//! A second track, made by an admin through the pages alone, carries somebody from the application through every kind of check to
//! the matches of a seat.

use meridian::vetting::Kind;
use uuid::Uuid;

use super::agency;
use crate::support::app::{App, PASSWORD, Person};
use crate::support::clients::{account, brief_with, version};

/// The kinds in an order of this track's own, and how long each counts.
const CHECKS: [(Kind, &str); 8] = [
    (Kind::English, "24"),
    (Kind::Identity, ""),
    (Kind::TechnicalInterview, "12"),
    (Kind::TakeHome, "18"),
    (Kind::Debugging, "12"),
    (Kind::CodeReview, "18"),
    (Kind::References, "24"),
    (Kind::Background, "6"),
];

async fn save(owner: &Person, path: &str, part: &str, fields: &[(&str, &str)]) {
    let seen = version(owner, path).await;
    let mut form = vec![("version", seen.as_str())];
    form.extend_from_slice(fields);
    owner.post(&format!("{path}{part}"), &form).await.to();
}

/// "Go back end", with all that a track has.
async fn made(owner: &Person) -> String {
    let named = [("name", "Go back end"), ("summary", "Services in Go")];
    let path = owner.post("/admin/tracks", &named).await.to().to_owned();
    save(
        owner,
        &path,
        "/skills",
        &[("skill", "golang"), ("need", "must"), ("value", "3")],
    )
    .await;
    let mut asked = Vec::new();
    for (place, (kind, months)) in (1..).zip(CHECKS) {
        asked.push((format!("position_{}", kind.key()), format!("{place}")));
        asked.push((format!("months_{}", kind.key()), months.to_owned()));
    }
    let asked: Vec<(&str, &str)> = asked
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    save(owner, &path, "/checks", &asked).await;
    let question = [
        ("order", "1"),
        ("question", "Who closes a channel?"),
        ("weak", ""),
        ("solid", ""),
        ("strong", ""),
    ];
    save(owner, &path, "/kit-technical_interview", &question).await;
    let challenge = [
        ("title", "A queue"),
        ("body", "Write a queue with a bound, in Go."),
        ("hours", "3"),
        ("days", "5"),
    ];
    save(owner, &path, "/challenge", &challenge).await;
    let rubric = [
        ("key", ""),
        ("name", "Works"),
        ("weight", "100"),
        ("a0", "no"),
        ("a2", "half"),
        ("a4", "yes"),
    ];
    save(owner, &path, "/rubric", &rubric).await;
    let id = path.rsplit('/').next().expect("an id");
    let markup = [
        ("track", id),
        ("organization", ""),
        ("percent", "30"),
        ("valid_from", "2026-11-20"),
    ];
    owner.post("/admin/markups", &markup).await.to();
    path
}

/// Somebody applies for it, and says what a match has to know.
async fn applied(app: &App) -> (Person, String) {
    let stranger = app.stranger();
    let page = stranger.page("/apply").await;
    assert!(
        page.contains("Go back end") && page.contains("Rust / Actix back end"),
        "{page}"
    );
    let form = [
        ("name", "Gabriela Moura"),
        ("email", "gabriela@dev.test"),
        ("password", PASSWORD),
        ("track", "go-back-end"),
        ("zone", "America/Recife"),
        ("consent", "yes"),
    ];
    stranger.post("/apply", &form).await.to();
    let id: Uuid = sqlx::query_scalar(
        "update candidates set work_start = 540, work_end = 1080, work_days = 31, seniority = 'senior', pay_minor = 450000,
                pay_currency = 'USD', pay_period = 'month', available_from = '2026-11-30' where email = 'gabriela@dev.test' returning id",
    )
    .fetch_one(app.db.pool())
    .await
    .expect("an application");
    (stranger, format!("/candidates/{id}"))
}

#[actix_web::test]
async fn somebody_of_a_second_track_is_vetted_by_it_and_found_for_its_seats() {
    let (app, owner) = agency().await;
    made(&owner).await;
    let recruiter = app.recruiter().await;
    let (developer, home) = applied(&app).await;

    let mut brief = brief_with(&[
        ("track", "go-back-end"),
        ("must_skill", "Go"),
        ("must_level", "3"),
        ("nice_skill", ""),
        ("nice_weight", "2"),
    ]);
    brief.extend(account("Halyard Payments", "clara@halyard.test"));
    let client = app.stranger();
    let request = client.post("/start", &brief).await.to().to_owned();
    let seen = version(&client, &request).await;
    let opened = [("version", seen.as_str()), ("reason", "complete")];
    recruiter.post(&format!("{request}/open"), &opened).await.to();
    let matches = format!("{request}/matches?seat=1");
    let ticked = format!("value=\"{}\"", home.trim_start_matches("/candidates/"));

    // The board of this track has its columns, in its order.
    let board = recruiter.page("/pipeline?track=go-back-end&view=board").await;
    let places: Vec<usize> = CHECKS
        .iter()
        .map(|(kind, _)| {
            board
                .find(&format!("data-stage=\"{}\"", kind.key()))
                .unwrap_or_else(|| panic!("{kind:?}: {board}"))
        })
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(board.contains("Gabriela Moura"));

    // The challenge of the track reaches the person.
    let assignment = recruiter.post(&format!("{home}/takehome"), &[]).await.to().to_owned();
    assert!(
        developer
            .page(&assignment)
            .await
            .contains("Write a queue with a bound, in Go.")
    );

    let go: Uuid = sqlx::query_scalar("select id from skills where slug = 'go'")
        .fetch_one(app.db.pool())
        .await
        .expect("a skill");
    for (kind, _) in CHECKS {
        assert!(!recruiter.page(&matches).await.contains(&ticked), "before {kind:?}");
        let key = kind.key();
        if kind == Kind::TakeHome {
            let waived = [
                ("kind", key),
                ("result", "waived"),
                ("decided_on", "2026-11-23"),
                ("reason", "Seen elsewhere"),
            ];
            recruiter.post(&format!("{home}/checks"), &waived).await.to();
            continue;
        }
        recruiter
            .post(&format!("{home}/checks"), &[("kind", key), ("result", "begin")])
            .await
            .to();
        let (check, owner_id): (Uuid, Uuid) = sqlx::query_as(
            "select k.id, u.id from vetting_checks k, users u where k.kind = $1 and u.email = 'owner@agency.test'",
        )
        .bind(key)
        .fetch_one(app.db.pool())
        .await
        .expect("a check");
        let page = format!("{home}/checks/{check}");
        recruiter
            .post(&format!("{page}/assessors"), &[("assessor", &owner_id.to_string())])
            .await
            .to();
        let card = owner.page(&format!("{page}/card")).await;
        assert_eq!(
            card.contains("Who closes a channel?"),
            kind == Kind::TechnicalInterview,
            "{kind:?}"
        );
        assert_eq!(card.contains(&go.to_string()), kind.rates_skills(), "{kind:?}");
        let mut filled = vec![("recommendation", "yes"), ("same", "yes"), ("act", "in")];
        let skill = go.to_string();
        if kind.rates_skills() {
            filled.extend([("skill", skill.as_str()), ("level", "4")]);
        }
        if kind.rates_english() {
            filled.extend([("speaking", "C1"), ("writing", "C1")]);
        }
        owner.post(&format!("{page}/card"), &filled).await.to();
        let judged = [("result", "passed"), ("decided_on", "2026-11-23")];
        recruiter.post(&format!("{page}/decide"), &judged).await.to();
    }
    let page = recruiter.page(&matches).await;
    assert!(page.contains(&ticked), "{page}");
    let vetting = recruiter.page(&format!("{home}/vetting")).await;
    assert!(
        vetting.contains("8 of 8 checks met; the first one counts until 23 May 2027"),
        "{vetting}"
    );
    assert!(developer.page("/me").await.contains("8 of 8 checks."));
    // Nobody of the first track is looked at for it, and the other way round.
    let first = recruiter.page("/pipeline?track=rust-actix&stage=vetted").await;
    assert!(!first.contains("Gabriela Moura"));
}
