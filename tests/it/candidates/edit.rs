//! The forms of staff: two editors, claims, checks, states.

use super::*;

/// The form of the edit page, as the page offers it.
fn form_of(page: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for input in page.split("<input ").skip(1) {
        let tag = input.split('>').next().unwrap_or_default();
        let of = |name: &str| {
            tag.split(&format!("{name}=\""))
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or_default()
        };
        let ticked = !tag.contains("type=\"checkbox\"") || tag.contains(" checked");
        if !of("name").is_empty() && ticked {
            fields.push((of("name").to_owned(), of("value").to_owned()));
        }
    }
    fields.push(("pay_currency".to_owned(), "USD".to_owned()));
    fields.push(("pay_period".to_owned(), "month".to_owned()));
    fields
}

async fn send(
    person: &Person,
    path: &str,
    fields: &[(String, String)],
    change: &[(&str, &str)],
) -> crate::support::app::Answer {
    let mut all: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !change.iter().any(|(changed, _)| changed == name))
        .collect();
    all.extend(change);
    person.post(path, &all).await
}

/// Staff enter Ana; the path of her profile.
async fn ana(staff: &Person, email: &str) -> String {
    let fields = [("name", "Ana Paz"), ("email", email), ("zone", "Bogota")];
    staff.post("/candidates", &fields).await.to().to_owned()
}

#[actix_web::test]
async fn two_editors_both_keep_what_they_wrote() {
    let app = App::start().await;
    seeded(&app).await;
    let staff = app.recruiter().await;
    let home = ana(&staff, "ANA@people.test").await;
    let edit = format!("{home}/edit");
    let first = form_of(&staff.page(&edit).await);
    let second = first.clone();
    let saved = send(
        &staff,
        &edit,
        &first,
        &[
            ("city", "Medellín"),
            ("pay", "7,500"),
            ("work_start", "09:00"),
            ("work_end", "18:00"),
        ],
    )
    .await;
    assert_eq!(saved.to(), home);
    let clash = send(
        &staff,
        &edit,
        &second,
        &[("city", "Cali"), ("headline", "Wrote a broker")],
    )
    .await;
    assert_eq!(clash.status, StatusCode::CONFLICT);
    for words in [
        "value=\"Cali\"",
        "Wrote a broker",
        "Medellín",
        "$7,500 / month",
        "Save mine over theirs",
    ] {
        assert!(clash.has(words), "{words}: {}", clash.text());
    }
    let again = send(&staff, &edit, &form_of(&clash.text()), &[]).await;
    assert_eq!(again.to(), home);
    let page = staff.page(&home).await;
    for words in ["Cali", "Wrote a broker", "Ana Paz", "Bogota"] {
        assert!(page.contains(words), "{words}");
    }
    // A wrong form comes back as it was typed.
    let wrong = send(
        &staff,
        &edit,
        &second,
        &[("pay", "a lot"), ("zone", "Atlantis"), ("name", "Ana <Paz>")],
    )
    .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "value=\"a lot\"",
        "value=\"Atlantis\"",
        "Ana &#60;Paz&#62;",
        "Choose a place from the list",
    ] {
        assert!(wrong.has(words), "{words}: {}", wrong.text());
    }
    let twin = staff
        .post("/candidates", &[("name", "Twin"), ("email", "ana@people.test")])
        .await;
    assert_eq!(twin.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twin.has("Another profile has this address"));
    let history = staff.page(&format!("{home}/history")).await;
    assert!(history.contains("Profile changed") && history.contains("fields ") && history.contains("Profile created"));
    assert!(!history.contains("7,500"), "what is kept of pay is its minor units");
}

#[actix_web::test]
async fn claims_checks_and_states_are_entered_by_staff() {
    let app = App::start().await;
    seeded(&app).await;
    let staff = app.recruiter().await;
    let home = staff.post("/candidates", &[("name", "Rui")]).await.to().to_owned();
    let ledger = format!("{home}/ledger");
    let unknown = staff
        .post(
            &ledger,
            &[
                ("kind", "skill"),
                ("skill", "basket weaving"),
                ("value", "9"),
                ("source", "resume"),
            ],
        )
        .await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unknown.has("value=\"basket weaving\"") && unknown.has("A level from 1 to 5"));
    for fields in [
        [
            ("kind", "skill"),
            ("skill", "Actix Web"),
            ("value", "4"),
            ("source", "interview"),
            ("checked", "yes"),
        ],
        [
            ("kind", "speaking"),
            ("skill", ""),
            ("value", "b2"),
            ("source", "interview"),
            ("checked", ""),
        ],
        [
            ("kind", "skill"),
            ("skill", "tokio"),
            ("value", ""),
            ("source", "resume"),
            ("checked", ""),
        ],
    ] {
        assert_eq!(staff.post(&ledger, &fields).await.to(), ledger);
    }
    let page = staff.page(&home).await;
    for words in ["actix-web <span class=\"lvl\">4", "B2", "Tokio", "to confirm"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = staff.page(&ledger).await;
    let tokio = page
        .split("name=\"verify\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a line to verify");
    assert_eq!(
        staff.post(&format!("{ledger}/act"), &[("verify", tokio)]).await.to(),
        ledger
    );
    assert_eq!(
        staff.post(&format!("{ledger}/act"), &[("verify", tokio)]).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        staff.post(&format!("{ledger}/act"), &[("withdraw", tokio)]).await.to(),
        ledger
    );
    // Vetting: every check of the track, then vetted; expired a year later.
    let checks = format!("{home}/checks");
    for kind in [
        "identity",
        "english",
        "take_home",
        "code_review",
        "technical_interview",
        "references",
    ] {
        assert!(!staff.page(&home).await.contains(">Vetted<"), "before {kind}");
        assert_eq!(
            staff.post(&checks, &[("kind", kind), ("result", "passed")]).await.to(),
            format!("{home}/vetting")
        );
    }
    assert!(staff.page(&home).await.contains(">Vetted<"));
    assert!(staff.page("/candidates?vetted=yes").await.contains("Rui"));
    app.clock.advance(TimeDelta::days(366));
    let staff = app.sign_in("recruiter@agency.test").await;
    assert!(
        staff.page(&format!("{home}/vetting")).await.contains("Expired"),
        "the interview counts for a year"
    );
    assert!(!staff.page("/candidates?vetted=yes").await.contains("Rui"));
    let failed = staff
        .post(&checks, &[("kind", "references"), ("result", "failed")])
        .await;
    assert_eq!(
        failed.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a failure needs a reason"
    );
    // Pause needs a reason; the wrong order is refused.
    let state = format!("{home}/state");
    let long = "x".repeat(201);
    for reason in ["", long.as_str()] {
        let again = staff.post(&state, &[("state", "paused"), ("reason", reason)]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            again.has("Pause this profile") && again.has("e-reason") && again.has(reason),
            "the profile comes back with what was typed"
        );
    }
    assert_eq!(
        staff
            .post(&state, &[("state", "paused"), ("reason", "on leave")])
            .await
            .to(),
        home
    );
    assert!(staff.page(&home).await.contains("Paused: on leave"));
    assert_eq!(
        staff
            .post(&state, &[("state", "paused"), ("reason", "again")])
            .await
            .status,
        StatusCode::CONFLICT
    );
    assert_eq!(staff.post(&state, &[("state", "active")]).await.to(), home);
}

#[actix_web::test]
async fn a_claim_is_about_a_skill_that_is_offered_and_surely_meant() {
    let app = App::start().await;
    seeded(&app).await;
    let staff = app.recruiter().await;
    let home = staff.post("/candidates", &[("name", "Rui")]).await.to().to_owned();
    let ledger = format!("{home}/ledger");
    sqlx::query(
        "insert into skill_aliases (folded, alias, skill_id, low_confidence)
         select 'webthing', 'webthing', id, true from skills where slug = 'actix-web'",
    )
    .execute(app.db.pool())
    .await
    .expect("a guess");
    sqlx::query("update skills set retired_at = $1 where slug = 'tokio'")
        .bind(app.clock.now())
        .execute(app.db.pool())
        .await
        .expect("retired");
    for (skill, taken) in [("Actix Web", true), ("webthing", false), ("tokio", false)] {
        let fields = [
            ("kind", "skill"),
            ("skill", skill),
            ("value", "3"),
            ("source", "resume"),
        ];
        let answer = staff.post(&ledger, &fields).await;
        let expected = if taken {
            StatusCode::SEE_OTHER
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        assert_eq!(answer.status, expected, "{skill}");
    }
}

#[actix_web::test]
async fn a_day_that_cannot_be_meant_is_said_beside_its_field() {
    let app = App::start().await;
    seeded(&app).await;
    let staff = app.recruiter().await;
    let home = ana(&staff, "ana@people.test").await;
    let edit = format!("{home}/edit");
    let form = form_of(&staff.page(&edit).await);
    for day in ["+262142-12-31", "9999-12-31", "-4712-01-01"] {
        let answer = send(&staff, &edit, &form, &[("available_from", day)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
        assert!(
            answer.has("Write a date such as") && answer.has(day),
            "{}",
            answer.text()
        );
    }
}
