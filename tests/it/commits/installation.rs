//! The app's process, on a copy of a database, behind a wire that ends it.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgPool};

use crate::support::cluster::TestDatabase;
use crate::support::process::{Meridian, blocking};
use crate::support::wire::{Side, Wire};

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
        // After a departure the seat stays filled until the claim is judged.
        "a filled seat that nobody was placed on, or an open one with a live placement",
        "select count(*) from seats s left join lateral (select bool_or(p.state in ('accepted', 'scheduled', 'active')) as live, count(*) as placed from placements p where p.seat_id = s.id) p on true where (s.state = 'filled' and p.placed = 0) or (s.state = 'open' and p.live)",
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

/// The installation: the app's process on one of the databases.
pub struct Installation {
    server: PgConnectOptions,
    pub database: String,
    wire: Option<Wire>,
    running: Running,
    address: String,
    data: tempfile::TempDir,
    /// For looking at the database behind the app's back.
    looking: Option<PgPool>,
}

/// What the running program writes of itself or sweeps away, statement by statement: nothing of an act is among it.
const NOTES: [&str; 6] = [
    "insert into job_runs",
    "into instances",
    "delete from instances",
    "delete from sign_ins where seen_at",
    "delete from throttles where free_at",
    "delete from start_drafts where expires_at",
];

impl Installation {
    pub fn new(database: &TestDatabase) -> Self {
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

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs SQL on the server's own database.
    pub async fn order(&self, statement: String) {
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
    pub async fn copy_of(&mut self, from: &str, name: &str) {
        self.stop().await;
        self.order(format!("drop database if exists {name} with (force)")).await;
        self.order(format!("create database {name} template {from} strategy file_copy"))
            .await;
        name.clone_into(&mut self.database);
    }

    pub async fn stop(&mut self) {
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
    pub async fn start(&mut self) {
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
    pub fn arm(&self, nth: usize, side: Side) {
        let (running, mut met) = (Arc::clone(&self.running), 0);
        self.wire.as_ref().expect("a wire").at_commit(move |statement| {
            // What the machine notes of itself comes between the commits of an act at times of its own.
            let own = NOTES.iter().any(|note| statement.contains(note));
            if own {
                return None;
            }
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

    pub fn is_dead(&self) -> bool {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    pub fn look(&mut self) -> PgPool {
        let options = self.server.clone().database(&self.database).disable_statement_logging();
        self.looking
            .get_or_insert_with(|| PgPoolOptions::new().max_connections(1).connect_lazy_with(options))
            .clone()
    }

    pub async fn holds(&mut self, question: &'static str) -> bool {
        let pool = self.look();
        sqlx::query_scalar(question)
            .fetch_one(&pool)
            .await
            .unwrap_or_else(|error| panic!("{question}: {error}"))
    }

    pub async fn id(&mut self, question: &'static str) -> Result<String, String> {
        let pool = self.look();
        let id: Option<uuid::Uuid> = sqlx::query_scalar(question)
            .fetch_optional(&pool)
            .await
            .map_err(|error| error.to_string())?;
        id.map(|id| id.to_string())
            .ok_or_else(|| format!("nothing there: {question}"))
    }

    /// What is half-done.
    pub async fn halves(&mut self) -> Vec<String> {
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
