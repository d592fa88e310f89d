//! An installation as in earnest: `meridian serve` on a durable server of its own, which a test can kill as a whole.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use meridian::db::Db;
use meridian::postgres::{Cluster, Mode};

use super::process::{Meridian, blocking, server_pid, signal};

/// As `openssl rand -hex 64` makes one, but for the randomness.
pub const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz";

/// The app, its database server and their directory.
pub struct Installation {
    listen: SocketAddr,
    place: tempfile::TempDir,
    cluster: Option<Cluster>,
    app: Option<Meridian>,
}

impl Installation {
    /// Starts it on an empty server: the app makes what it needs.
    pub async fn start() -> Self {
        let place = tempfile::Builder::new()
            .prefix("meridian-installation")
            .tempdir()
            .expect("a directory");
        // `serve` cannot be asked for any free port: its site URL is a setting. The port of a listener just closed is free.
        let listen = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port");
        let mut installation = Self {
            listen,
            place,
            cluster: None,
            app: None,
        };
        installation.start_database().await;
        installation.start_app().await;
        installation
    }

    /// Where people reach it; the same after every restart.
    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// What operators put into `DATABASE_URL`; the same after every restart.
    pub fn database_url(&self) -> String {
        self.cluster.as_ref().expect("a running server").url("postgres")
    }

    /// A pool of the test's own, to look behind the pages.
    pub async fn db(&self) -> Db {
        let cluster = self.cluster.as_ref().expect("a running server");
        Db::connect(cluster.connect_options("postgres"), 2)
            .await
            .expect("a pool")
    }

    /// What the app wrote to stderr since its last start.
    pub fn errors(&self) -> String {
        self.app.as_ref().map(Meridian::errors).unwrap_or_default()
    }

    /// Runs a command of the operator to its end; its output.
    pub async fn command(&self, arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (database, site) = (self.database_url(), self.url());
        blocking(move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let variables = [("DATABASE_URL", &*database), ("MERIDIAN_SITE_URL", &*site)];
            let mut command = Meridian::start(&arguments, &variables);
            let (status, _) = command.end(Duration::from_mins(1));
            assert!(status.success(), "{arguments:?}: {}", command.errors());
            command.output()
        })
        .await
    }

    /// The power goes: app and database server are killed where they stand, then started again.
    pub async fn crash(&mut self) {
        let app = self.app.take().expect("a running app");
        let cluster = self.cluster.take().expect("a running server");
        let server = server_pid(&self.home()).expect("a server");
        blocking(move || {
            signal("-KILL", server);
            // Killed by being dropped, so that it gets no chance to say goodbye.
            drop(app);
            cluster.stop();
        })
        .await;
        self.start_database().await;
        self.start_app().await;
    }

    /// Stops the database server in good order; the app runs on without it.
    pub async fn stop_database(&mut self) {
        let cluster = self.cluster.take().expect("a running server");
        blocking(move || cluster.stop()).await;
    }

    /// Starts the database server again, on the same data and socket.
    pub async fn start_database(&mut self) {
        let home = self.home();
        let opened = blocking(move || Cluster::open(&home, Mode::Durable)).await;
        self.cluster = Some(opened.unwrap_or_else(|error| panic!("{error}")));
    }

    /// Stops everything in good order.
    pub async fn stop(mut self) {
        let mut app = self.app.take().expect("a running app");
        app.terminate();
        let (status, _) = blocking(move || app.end(Duration::from_secs(12))).await;
        assert!(status.success(), "{status}");
        self.stop_database().await;
    }

    async fn start_app(&mut self) {
        let (database, site, listen) = (self.database_url(), self.url(), self.listen.to_string());
        let data = self.place.path().join("data").to_string_lossy().into_owned();
        let app = blocking(move || {
            let variables = [
                ("DATABASE_URL", &*database),
                ("MERIDIAN_DATA", &*data),
                ("MERIDIAN_SECRET", SECRET),
                ("MERIDIAN_LISTEN", &*listen),
                ("MERIDIAN_SITE_URL", &*site),
            ];
            let app = Meridian::start(&["serve"], &variables);
            app.ready();
            app
        })
        .await;
        self.app = Some(app);
    }

    fn home(&self) -> PathBuf {
        self.place.path().join("c")
    }
}
