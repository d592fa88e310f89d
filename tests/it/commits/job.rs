//! The acts of the main job, each as its person does it.

use std::sync::OnceLock;

use actix_web::http::{Method, StatusCode};
use chrono::Timelike as _;
use meridian::accounts::Role;
use meridian::accounts::actions::{self, Registration};
use meridian::accounts::passwords::Passwords;
use meridian::clock::Clock;
use meridian::db::Db;
use meridian::events::Actor;
use meridian::tracks::seed;
use meridian::zones::Zone;
use sqlx::PgPool;

use super::installation::Installation;
use crate::support::app::{PASSWORD, Person};
use crate::support::clients::{account, brief};

const RECRUITER: &str = "recruiter@agency.test";
const CANDIDATE: &str = "ana@example.test";
const CLIENT: &str = "clara@client.test";
/// The client's zone, whose days the guarantee counts: one in which no midnight comes for hours, because the acts take the real
/// clock, and day 1 of a guarantee must still be day 1 at the last of them.
fn zone() -> &'static str {
    static ZONE: OnceLock<&str> = OnceLock::new();
    ZONE.get_or_init(|| match Clock::system().now().hour() {
        1..=7 => "Asia/Tokyo", // 10:00 to 16:59 there; 20:00 to 3:59 in New York
        _ => "America/New_York",
    })
}

/// One act of the main job; most are one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Start,
    EnterRecruiter,
    Open,
    Match,
    Agree,
    Shortlist,
    EnterCandidate,
    Consent,
    Hire,
    Offer,
    Accept,
    Guarantee,
    Depart,
    Decide,
}

pub const JOB: &[Act] = &[
    Act::Start,
    Act::EnterRecruiter,
    Act::Open,
    Act::Match,
    Act::Agree,
    Act::Shortlist,
    Act::EnterCandidate,
    Act::Consent,
    Act::Hire,
    Act::Offer,
    Act::Accept,
    Act::Guarantee,
    Act::Depart,
    Act::Decide,
];

impl Act {
    /// SQL that is true from the moment the act is done, for ever.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Start => {
                "select exists (select from role_request_states where to_state = 'submitted') and exists (select from users where role = 'client')"
            }
            // Signing in leaves a row that the next sign-in replaces; what counts is that the person is in.
            Self::EnterRecruiter | Self::EnterCandidate | Self::Guarantee => "select true",
            Self::Open => "select exists (select from role_request_states where to_state = 'open')",
            Self::Match => "select exists (select from match_runs)",
            Self::Agree => "select exists (select from agreements)",
            Self::Shortlist => "select exists (select from introductions)",
            Self::Consent => "select exists (select from introductions where consented_at is not null)",
            Self::Hire => "select exists (select from introductions where state in ('chosen', 'hired'))",
            Self::Offer => "select exists (select from offers)",
            Self::Accept => "select exists (select from placements)",
            Self::Depart => "select exists (select from guarantee_claims)",
            Self::Decide => "select exists (select from guarantee_claims where decided_at is not null)",
        }
    }
}

/// The people, where they are in their browsers.
#[derive(Clone)]
pub struct People {
    pub client: Person,
    pub recruiter: Person,
    pub candidate: Person,
}

impl People {
    pub fn at(url: &str) -> Self {
        Self {
            client: Person::at(url),
            recruiter: Person::at(url),
            candidate: Person::at(url),
        }
    }
}

/// What exists before the job begins: the shipped track, a recruiter, a candidate with an account.
pub async fn prepare(pool: &PgPool) {
    let db = Db::from_pool(pool.clone());
    let now = Clock::system().now();
    let mut tx = db.begin().await.expect("a transaction");
    seed::load(&mut tx, &Actor::operator(), now).await.expect("seeded");
    let password_hash = &Passwords::with_memory(64)
        .hash(PASSWORD.to_owned())
        .await
        .expect("hashed");
    for (email, role) in [(RECRUITER, Role::Recruiter), (CANDIDATE, Role::Candidate)] {
        let registration = Registration {
            email,
            name: "Somebody",
            password_hash,
            role,
            organization: None,
        };
        actions::register(&mut tx, &Actor::operator(), now, &registration)
            .await
            .expect("registered");
    }
    sqlx::query(
        "insert into candidates (id, user_id, track_id, name, source, created_at, updated_at)
         select $1, u.id, (select id from tracks order by slug limit 1), 'Ana', 'apply', $2, $2 from users u where u.email = $3",
    )
    .bind(meridian::ids::CandidateId::new().0)
    .bind(now)
    .bind(CANDIDATE)
    .execute(&mut *tx)
    .await
    .expect("inserted");
    tx.commit().await.expect("committed");
}

/// The hidden fields of the page's form with this action, then `fields`.
fn filled(html: &str, action: &str, fields: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
    let mark = format!("action=\"{action}\"");
    let form = html
        .split("<form")
        .find(|form| form.contains(&mark))
        .ok_or_else(|| format!("no form for {action}:\n{html}"))?;
    let form = form.split("</form>").next().unwrap_or_default();
    let value = |tag: &str, name: &str| Some(tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?.to_owned());
    let hidden = form
        .split("<input")
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .filter(|tag| tag.contains("type=\"hidden\""));
    let mut all: Vec<(String, String)> = hidden
        .filter_map(|tag| Some((value(tag, " name")?, value(tag, " value")?)))
        .collect();
    all.extend(
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    Ok(all)
}

/// Opens a page, which must be there.
async fn open(person: &Person, path: &str) -> Result<String, String> {
    let answer = person.try_send(Method::GET, path, &[], Vec::new()).await?;
    if answer.status == StatusCode::OK {
        Ok(answer.text())
    } else {
        Err(format!("{path}: {}", answer.status))
    }
}

/// Opens the page, sends its form, and is answered with a way on.
async fn send(person: &Person, page: &str, action: &str, fields: &[(&str, &str)]) -> Result<(), String> {
    let html = open(person, page).await?;
    post(person, action, &filled(&html, action, fields)?).await
}

async fn post<F: serde::Serialize>(person: &Person, action: &str, fields: &F) -> Result<(), String> {
    let body = serde_html_form::to_string(fields).expect("a form").into_bytes();
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    let answer = person.try_send(Method::POST, action, &headers, body).await?;
    if answer.status == StatusCode::SEE_OTHER {
        Ok(())
    } else {
        Err(format!("{action}: {}\n{}", answer.status, answer.text()))
    }
}

/// Does an act; an error is a refusal, or the app's death.
pub async fn act(it: &mut Installation, people: &People, act: Act) -> Result<(), String> {
    let today = Zone::parse(zone())
        .expect("a zone")
        .local_date(Clock::system().now())
        .to_string();
    let People {
        client,
        recruiter,
        candidate,
    } = people;
    let request = "select id from role_requests";
    let introduction = "select id from introductions";
    match act {
        Act::Start => {
            let mut fields = brief();
            fields.retain(|(name, _)| !["start_on", "zone"].contains(name));
            fields.push(("zone", zone()));
            fields.extend(account("Client & Co", CLIENT));
            post(client, "/start", &fields).await
        }
        Act::EnterRecruiter => post(recruiter, "/login", &[("email", RECRUITER), ("password", PASSWORD)]).await,
        Act::EnterCandidate => post(candidate, "/login", &[("email", CANDIDATE), ("password", PASSWORD)]).await,
        Act::Open => {
            let page = format!("/requests/{}", it.id(request).await?);
            send(recruiter, &page, &format!("{page}/open"), &[]).await
        }
        Act::Match => {
            let page = format!("/requests/{}/matches", it.id(request).await?);
            open(recruiter, &page).await.map(drop)
        }
        Act::Agree => {
            let fields = [("accepted_name", "Clara Client"), ("agreed", "yes")];
            send(client, "/agreement", "/agreement", &fields).await
        }
        Act::Shortlist => {
            let request = it.id(request).await?;
            let person = it.id("select id from candidates").await?;

            let run = it.id("select id from match_runs order by id limit 1").await?;
            let fields = [
                ("seat", "1"),
                ("run", run.as_str()),
                ("candidate", &person),
                ("pitch", "Ships."),
                ("ask_about", ""),
            ];
            post(recruiter, &format!("/requests/{request}/shortlist"), &fields).await
        }
        Act::Consent | Act::Hire => {
            let page = format!("/introductions/{}", it.id(introduction).await?);
            let (person, verb) = if act == Act::Consent {
                (candidate, "consent")
            } else {
                (client, "hire")
            };
            send(person, &page, &format!("{page}/{verb}"), &[]).await
        }
        Act::Offer => {
            let page = format!("/introductions/{}/offer", it.id(introduction).await?);
            let fields = [
                ("pay", "6000"),
                ("bill", "8000"),
                ("currency", "USD"),
                ("period", "month"),
                ("engagement", "contractor"),
                ("start", today.as_str()),
                ("months", "12"),
            ];
            send(recruiter, &page, &page, &fields).await
        }
        Act::Accept => {
            let page = format!("/offers/{}", it.id("select id from offers").await?);
            send(candidate, &page, &format!("{page}/accept"), &[]).await
        }
        Act::Guarantee => {
            let html = open(
                client,
                &format!("/placements/{}", it.id("select id from placements").await?),
            )
            .await?;
            if html.contains("day 1 of 30") || html.contains("Day 1 of 30") {
                Ok(())
            } else {
                Err(format!("no day 1 of 30:\n{html}"))
            }
        }
        Act::Depart => {
            let page = format!("/placements/{}/departure", it.id("select id from placements").await?);
            let fields = [
                ("last_day", today.as_str()),
                ("cause", "resigned"),
                ("note", "Left for another job."),
            ];
            send(client, &page, &page, &fields).await
        }
        Act::Decide => {
            let page = format!("/placements/{}/claim", it.id("select id from placements").await?);
            send(recruiter, &page, &page, &[("reason", "Judged by the checklist.")]).await
        }
    }
}
