//! kill -9 at every commit of the main job: from a client's request to a claim under the guarantee, on the real binary.
//!
//! The wire between the app and its database kills the app at a commit: before the server hears of it, or after the server
//! has done it and before the app hears of that. Then the app starts again on what is there. Every act that was answered
//! must be there, the act that was cut off must be there whole or not at all, and it must be possible to do it again.
//! Each act is cut at its first commit, then at its second, and so on until it passes without meeting another one, each
//! time from a copy of the database as it was before the act. A statement that writes outside a transaction is a commit.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::{Method, StatusCode};
use meridian::accounts::Role;
use meridian::accounts::actions::{self, Registration};
use meridian::accounts::passwords::Passwords;
use meridian::clock::Clock;
use meridian::db::Db;
use meridian::events::Actor;
use meridian::tracks::seed;
use meridian::zones::Zone;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgPool};

use crate::support::app::{PASSWORD, Person};
use crate::support::clients::{account, brief};
use crate::support::cluster::{self, TestDatabase};
use crate::support::process::{Meridian, blocking};
use crate::support::wire::{Side, Wire};

const RECRUITER: &str = "recruiter@agency.test";
const CANDIDATE: &str = "ana@example.test";
const CLIENT: &str = "clara@client.test";
/// The client's zone, whose days the guarantee counts.
const ZONE: &str = "America/New_York";

/// One act of the main job; most are one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
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

const JOB: &[Act] = &[
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
    const fn done(self) -> &'static str {
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

/// What must never be found, whatever was cut off: a name and SQL that counts it.
const HALVES: &[(&str, &str)] = &[
    (
        "a request without seats",
        "select count(*) from role_requests r where not exists (select from seats s where s.request_id = r.id)",
    ),
    (
        "a request whose history ends elsewhere",
        "select count(*) from role_requests r where r.state is distinct from (select to_state from role_request_states s where s.request_id = r.id order by s.id desc limit 1)",
    ),
    (
        "a request in a state without an event",
        "select count(*) from role_requests r where not exists (select from events e where e.at = r.state_at)",
    ),
    (
        "a user without an event",
        "select count(*) from users u where not exists (select from events e where e.subject_id = u.id)",
    ),
    (
        "an organization without people",
        "select count(*) from organizations o where not exists (select from users u where u.organization_id = o.id)",
    ),
    (
        "an agreement without an event",
        "select count(*) from agreements a where not exists (select from events e where e.at = a.accepted_at)",
    ),
    (
        "an introduction in a state without an event",
        "select count(*) from introductions i where not exists (select from events e where e.at = i.state_at)",
    ),
    (
        "an offer without an event",
        "select count(*) from offers o where not exists (select from events e where e.at = coalesce(o.answered_at, o.sent_at))",
    ),
    (
        "an accepted offer without a placement, or the other way round",
        "select count(*) from offers o full join placements p on p.offer_id = o.id where (o.state = 'accepted') is distinct from (p.id is not null)",
    ),
    (
        "a hire without a placement, or the other way round",
        "select count(*) from introductions i left join placements p on p.introduction_id = i.id where (i.state = 'hired') <> (p.id is not null)",
    ),
    (
        "a filled seat without a live placement, or the other way round",
        "select count(*) from seats s where (s.state = 'filled') <> exists (select from placements p where p.seat_id = s.id and p.state in ('accepted', 'scheduled', 'active'))",
    ),
    (
        "a placement without an event",
        "select count(*) from placements p where not exists (select from events e where e.at = p.accepted_at)",
    ),
    (
        "a departure without its claim",
        "select count(*) from placements p where p.state = 'ended' and not exists (select from guarantee_claims c where c.placement_id = p.id)",
    ),
    (
        "a claim without an event",
        "select count(*) from guarantee_claims c where not exists (select from events e where e.at = coalesce(c.decided_at, c.notified_at))",
    ),
    (
        "two claims for a placement",
        "select count(*) - count(distinct placement_id) from guarantee_claims",
    ),
    (
        "two introductions of a person",
        "select count(*) - count(distinct (seat_id, candidate_id)) from introductions",
    ),
    ("two requests", "select greatest(count(*) - 1, 0) from role_requests"),
    ("two offers", "select greatest(count(*) - 1, 0) from offers"),
    ("two agreements", "select greatest(count(*) - 1, 0) from agreements"),
];

type Running = Arc<Mutex<Option<Meridian>>>;

/// The people, where they are in their browsers.
#[derive(Clone)]
struct People {
    client: Person,
    recruiter: Person,
    candidate: Person,
}

impl People {
    fn at(url: &str) -> Self {
        Self {
            client: Person::at(url),
            recruiter: Person::at(url),
            candidate: Person::at(url),
        }
    }
}

/// The installation: the app's process on one of the databases.
struct Installation {
    server: PgConnectOptions,
    database: String,
    wire: Option<Wire>,
    running: Running,
    address: String,
    data: tempfile::TempDir,
    /// For looking at the database behind the app's back.
    looking: Option<PgPool>,
}

impl Installation {
    fn new(database: &TestDatabase) -> Self {
        let server = database.connect_options();
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a free port")
            .port();
        Self {
            database: server.get_database().expect("a name").to_owned(),
            server,
            wire: None,
            running: Arc::default(),
            address: format!("127.0.0.1:{port}"),
            data: tempfile::tempdir().expect("a directory"),
            looking: None,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs SQL on the server's own database.
    async fn order(&self, statement: String) {
        let mut conn =
            PgConnection::connect_with(&self.server.clone().database("postgres").disable_statement_logging())
                .await
                .expect("the server");
        sqlx::query(AssertSqlSafe(statement.clone()))
            .execute(&mut conn)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
        let _ = conn.close().await;
    }

    /// Ends the app and goes over to a copy of the database `from`.
    async fn copy_of(&mut self, from: &str, name: &str) {
        self.stop().await;
        self.order(format!("drop database if exists {name} with (force)")).await;
        self.order(format!("create database {name} template {from} strategy file_copy"))
            .await;
        name.clone_into(&mut self.database);
    }

    async fn stop(&mut self) {
        if let Some(mut running) = take(&self.running) {
            running.kill();
        }
        self.wire = None;
        if let Some(looking) = self.looking.take() {
            looking.close().await;
        }
        // What the killed app left connected would be in the way of a copy.
        let database = &self.database;
        self.order(format!(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}' and pid <> pg_backend_pid()"
        ))
        .await;
    }

    /// Starts the app on the current database.
    async fn start(&mut self) {
        let options = self.server.clone().database(&self.database);
        let wire = self.wire.get_or_insert_with(|| Wire::to(&options));
        wire.mend();
        let (database, site, data) = (wire.url(), self.url(), self.data.path().to_string_lossy().into_owned());
        let address = self.address.clone();
        let app = blocking(move || {
            let variables = [
                ("DATABASE_URL", database.as_str()),
                ("MERIDIAN_SITE_URL", &site),
                ("MERIDIAN_LISTEN", &address),
                (
                    "MERIDIAN_SECRET",
                    "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz",
                ),
                ("MERIDIAN_DATA", &data),
            ];
            let app = Meridian::start(&["serve"], &variables);
            app.ready();
            app
        })
        .await;
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(app);
    }

    /// Arms the wire: the app dies at its `nth` commit from now.
    fn arm(&self, nth: usize, side: Side) {
        let (running, mut met) = (Arc::clone(&self.running), 0);
        self.wire.as_ref().expect("a wire").at_commit(move |_| {
            met += 1;
            let running = Arc::clone(&running);
            (met == nth).then(|| {
                let kill = move || {
                    if let Some(mut app) = take(&running) {
                        app.kill();
                    }
                };
                (side, Box::new(kill) as _)
            })
        });
    }

    fn is_dead(&self) -> bool {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn look(&mut self) -> PgPool {
        let options = self.server.clone().database(&self.database).disable_statement_logging();
        self.looking
            .get_or_insert_with(|| PgPoolOptions::new().max_connections(1).connect_lazy_with(options))
            .clone()
    }

    async fn holds(&mut self, question: &'static str) -> bool {
        let pool = self.look();
        sqlx::query_scalar(question)
            .fetch_one(&pool)
            .await
            .unwrap_or_else(|error| panic!("{question}: {error}"))
    }

    async fn id(&mut self, question: &'static str) -> Result<String, String> {
        let pool = self.look();
        let id: Option<uuid::Uuid> = sqlx::query_scalar(question)
            .fetch_optional(&pool)
            .await
            .map_err(|error| error.to_string())?;
        id.map(|id| id.to_string())
            .ok_or_else(|| format!("nothing there: {question}"))
    }

    /// What is half-done.
    async fn halves(&mut self) -> Vec<String> {
        let pool = self.look();
        let mut found = Vec::new();
        for (name, count) in HALVES {
            let number: i64 = sqlx::query_scalar(*count)
                .fetch_one(&pool)
                .await
                .unwrap_or_else(|error| panic!("{count}: {error}"));
            if number != 0 {
                found.push(format!("{number} x {name}"));
            }
        }
        found
    }
}

fn take(running: &Running) -> Option<Meridian> {
    running.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// What exists before the job begins: the shipped track, a recruiter, a candidate with an account.
async fn prepare(pool: &PgPool) {
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
async fn act(it: &mut Installation, people: &People, act: Act) -> Result<(), String> {
    let today = Zone::parse(ZONE)
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
            fields.retain(|(name, _)| *name != "start_on");
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

#[actix_web::test]
async fn no_commit_of_the_main_job_is_lost_or_halved() {
    let database = cluster::database().await;
    prepare(&database.pool()).await;
    database.pool().close().await;
    let mut it = Installation::new(&database);
    let original = it.database.clone();
    let names = ["a", "b", "c"].map(|letter| format!("{original}_{letter}"));
    let mut people = People::at(&it.url());
    // The database as it is before the act; two names, so that the next is made while this one is still there.
    let mut base = original.clone();
    let (mut acknowledged, mut cuts) = (Vec::new(), Vec::new());
    for (number, this) in JOB.iter().copied().enumerate() {
        let mut points = 0;
        'points: loop {
            points += 1;
            for side in [Side::Before, Side::After] {
                it.copy_of(&base, &names[2]).await;
                it.start().await;
                it.arm(points, side);
                let now = people.clone();
                let said = act(&mut it, &now, this).await;
                if !it.is_dead() {
                    // It met fewer commits than that: it is done, and the job goes on from here.
                    said.unwrap_or_else(|error| panic!("{this:?} is refused: {error}"));
                    assert!(it.holds(this.done()).await, "{this:?} was answered and is not there");
                    people = now;
                    break 'points;
                }
                it.start().await;
                let place = format!("{this:?}, cut {side:?} commit {points}");
                check(&mut it, &acknowledged, &place).await;
                let done = it.holds(this.done()).await;
                let again = act(&mut it, &now, this).await;
                let refused = again.as_ref().err().is_some_and(|error| !done || error.contains(": 5"));
                assert!(!refused, "{place}: it cannot be done again: {again:?}");
                assert!(
                    it.holds(this.done()).await,
                    "{place}: it was done again and is not there"
                );
                check(&mut it, &acknowledged, &format!("{place}, and done again")).await;
                cuts.push(place);
            }
        }
        acknowledged.push(this);
        let next = names[number % 2].clone();
        let from = it.database.clone();
        it.copy_of(&from, &next).await;
        base = next;
    }
    it.stop().await;
    for name in names {
        it.order(format!("drop database if exists {name} with (force)")).await;
    }
    println!("{} cuts:\n{}", cuts.len(), cuts.join("\n"));
    // Each act that writes was cut on both sides of at least one commit.
    for this in JOB.iter().filter(|this| **this != Act::Guarantee) {
        let cut = cuts
            .iter()
            .filter(|place| place.starts_with(&format!("{this:?},")))
            .count();
        assert!(cut >= 2, "{this:?} was cut {cut} times");
    }
}

/// Everything that was answered is there, and nothing is half-done.
async fn check(it: &mut Installation, acknowledged: &[Act], place: &str) {
    for earlier in acknowledged {
        assert!(it.holds(earlier.done()).await, "{place}: {earlier:?} is lost");
    }
    let halves = it.halves().await;
    assert!(halves.is_empty(), "{place}: {halves:?}");
}
