//! Each route asked by a stranger and by each role.

use actix_web::http::{Method, StatusCode};
use meridian::accounts::Role::{Admin, Candidate, Client};
use meridian::ids::OrganizationId;

use super::Who::{Everybody, Only};
use super::{ALL, MATRIX};
use crate::support::app::{App, Person};

/// The path with unknown ids, and a number where it wants one, in place of its parameters.
fn concrete(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{number}" => "1".to_owned(),
            part if part.starts_with('{') => "0190b1f0-0000-7000-8000-00000000dead".to_owned(),
            part => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

async fn ask(person: &Person, method: &str, path: &str) -> (StatusCode, Option<String>) {
    let answer = if method == "GET" {
        person.get(&concrete(path)).await
    } else {
        person.post(&concrete(path), &[]).await
    };
    (answer.status, answer.location)
}

#[actix_web::test]
async fn everybody_reaches_their_own_routes_and_no_others() {
    let app = App::start().await;
    let organization = organization(&app).await;
    let mut wrong = Vec::new();
    for (method, path, who) in MATRIX {
        let open = matches!(who, Everybody);
        let (status, location) = ask(&app.stranger(), method, path).await;
        let sent_to_login = location.is_some_and(|to| to.starts_with("/login?")) || status == StatusCode::UNAUTHORIZED;
        if sent_to_login == open || status.is_server_error() {
            wrong.push(format!("{method} {path} for a stranger: {status}"));
        }
    }
    for role in ALL {
        let email = format!("{}@matrix.test", role.label());
        app.user(*role, &email, (*role == Client).then_some(organization)).await;
        if *role == Candidate {
            candidate_record(&app, &email).await;
        }
        let mut person = app.sign_in(&email).await;
        for (method, path, who) in MATRIX {
            // The row that ends the session is asked with a session of its own.
            if ENDS.contains(path) {
                person = app.sign_in(&email).await;
            }
            let admitted = match who {
                Everybody => true,
                Only(roles) => roles.contains(role),
            };
            let (status, _) = ask(&person, method, path).await;
            if ENDS.contains(path) {
                person = app.sign_in(&email).await;
            }
            let stopped = matches!(status, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED);
            if stopped == admitted || status.is_server_error() {
                wrong.push(format!("{method} {path} for a {}: {status}", role.label()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What ends the session that asks.
const ENDS: [&str; 3] = ["/logout", "/account/sessions/end", "/account/sessions/end-all"];

async fn organization(app: &App) -> OrganizationId {
    let id = OrganizationId::new();
    sqlx::query(
        "insert into organizations (id, name, zone, created_at) values ($1, 'Matrix Ltd', 'America/New_York', $2)",
    )
    .bind(id.0)
    .bind(app.clock.now())
    .execute(app.db.pool())
    .await
    .expect("inserted");
    id
}

/// A bare profile for the candidate's account.
async fn candidate_record(app: &App, email: &str) {
    let track = meridian::ids::TrackId::new();
    sqlx::query("insert into tracks (id, slug, name, created_at) values ($1, 'matrix', 'Matrix', $2)")
        .bind(track.0)
        .bind(app.clock.now())
        .execute(app.db.pool())
        .await
        .expect("inserted");
    sqlx::query(
        "insert into candidates (id, user_id, track_id, source, created_at, updated_at)
         select $1, id, $2, 'apply', $3, $3 from users where email = $4",
    )
    .bind(meridian::ids::CandidateId::new().0)
    .bind(track.0)
    .bind(app.clock.now())
    .bind(email)
    .execute(app.db.pool())
    .await
    .expect("inserted");
}

#[actix_web::test]
async fn a_wrong_method_is_405_and_an_unknown_address_404() {
    let app = App::start().await;
    let recruiter = app.recruiter().await;
    let headers = [("sec-fetch-site", "same-origin")];
    assert_eq!(
        recruiter
            .send(Method::DELETE, "/desk", &headers, Vec::new())
            .await
            .status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(recruiter.get("/nowhere").await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn an_address_that_cannot_be_read_is_answered_with_a_page() {
    let app = App::start().await;
    let owner = app.admin().await;
    app.user(Candidate, "carla@matrix.test", None).await;
    candidate_record(&app, "carla@matrix.test").await;
    let carla = app.sign_in("carla@matrix.test").await;
    let some = "0190b1f0-0000-7000-8000-00000000dead";
    // Every address of an id, with something that is none.
    let addresses = MATRIX
        .iter()
        .filter(|(method, path, _)| *method == "GET" && path.contains("{id}"))
        .map(|(_, path, who)| {
            let is_hers = matches!(who, Only(roles) if !roles.contains(&Admin));
            let person = if is_hers { &carla } else { &owner };
            (person, path.replace("{id}", "xyz").replace('{', "x").replace('}', ""))
        });
    for (person, path) in addresses {
        let answer = person.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text());
        assert!(
            answer.has("<title>") && answer.has("no such page"),
            "{path}: {}",
            answer.text()
        );
    }
    for path in [
        "/placements?after=zz".to_owned(),
        format!("/requests/{some}/matches?seat=abc"),
        format!("/requests/{some}/matches/to-confirm?seat=-1"),
    ] {
        let answer = owner.get(&path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text());
        assert!(
            answer.has("<title>") && answer.has("cannot be read"),
            "{path}: {}",
            answer.text()
        );
    }
}
