//! The only file that knows every domain: mounts routes, registers jobs, starts the server.

use std::net::TcpListener;

use actix_session::SessionMiddleware;
use actix_session::config::PersistentSession;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Key, SameSite};
use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpResponse, HttpServer, web};

use crate::accounts;
use crate::accounts::passwords::Passwords;
use crate::accounts::sessions::{self, PgSessions};
use crate::blobs::{self, Blobs};
use crate::candidates::store::Crowd;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Db};
use crate::error::{AppError, AppResult};
use crate::health::DataDirectory;
use crate::homes::desk::Desks;
use crate::jobs::{Sweep, Sweeps};
use crate::mail::carrier::Carrier;
use crate::mail::delivery::{Breaker, Delivery};
use crate::matching::pages::Pools;
use crate::throttle;
use crate::tokens::Tokens;
use crate::tracks::taxonomy::Taxonomies;
use crate::web::came_from::came_from;
use crate::web::request_id::request_id;
use crate::web::security::{self, SiteOrigin};
use crate::web::{Routes, SiteUrl, assets};

/// Everything a server needs besides its configuration.
#[derive(Clone)]
pub struct Parts {
    /// The pool.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The hasher.
    pub passwords: Passwords,
    /// Makes the tokens of one-time links.
    pub tokens: Tokens,
    /// Directory of what is kept outside the database: uploads.
    pub data: std::path::PathBuf,
}

/// How long a session lives at most; how long without being used is the sign-in's matter.
const SESSION_DAYS: i64 = crate::accounts::signing_in::LONGEST_DAYS;

/// How long requests that are in flight when the server is stopped may take, in seconds: half of what the whole stop may
/// (`cli::STOP`), the rest is for the pool and the database server.
pub const IN_FLIGHT_SECONDS: u64 = 5;

/// The routes of every domain.
pub fn routes() -> Routes {
    let mut r = Routes::default();
    crate::web::public::routes(&mut r);
    crate::accounts::pages::routes(&mut r);
    crate::accounts::signing_in::pages::routes(&mut r);
    crate::accounts::second_factor::pages::routes(&mut r);
    crate::accounts::joining::routes(&mut r);
    crate::accounts::links::pages::routes(&mut r);
    crate::accounts::people::pages::routes(&mut r);
    crate::accounts::documents::pages::routes(&mut r);
    crate::organizations::pages::routes(&mut r);
    crate::organizations::contacts::pages::routes(&mut r);
    crate::tracks::pages::routes(&mut r);
    crate::holidays::pages::routes(&mut r);
    crate::promises::pages::routes(&mut r);
    crate::candidates::pages::routes(&mut r);
    crate::candidates::pages::apply::routes(&mut r);
    crate::candidates::pages::own::routes(&mut r);
    crate::candidates::pages::own_skills::routes(&mut r);
    crate::requests::pages::routes(&mut r);
    crate::vetting::pages::routes(&mut r);
    crate::vetting::references::pages::routes(&mut r);
    crate::takehome::pages::routes(&mut r);
    crate::matching::pages::routes(&mut r);
    crate::introductions::pages::routes(&mut r);
    crate::placements::pages::routes(&mut r);
    crate::homes::pages::routes(&mut r);
    r
}

/// The periodic work of every domain.
pub fn sweeps(parts: &Parts) -> Vec<(&'static str, Sweep)> {
    let tokens = parts.tokens.clone();
    vec![
        (
            "sessions",
            Box::new(|db, now| {
                Box::pin(async move { accounts::store::sweep_sessions(&mut *db.conn().await?, now).await })
            }),
        ),
        (
            "sign-ins",
            Box::new(|db, now| {
                Box::pin(async move { accounts::signing_in::store::sweep(&mut *db.conn().await?, now).await })
            }),
        ),
        (
            "limits",
            Box::new(|db, now| Box::pin(async move { throttle::sweep(&mut *db.conn().await?, now).await })),
        ),
        (
            "kept forms",
            Box::new(|db, now| {
                Box::pin(async move { crate::requests::store::kept::sweep(&mut *db.conn().await?, now).await })
            }),
        ),
        (
            "reset letters",
            Box::new(move |db, now| {
                let tokens = tokens.clone();
                Box::pin(async move {
                    let mut tx = db.begin().await?;
                    let answered = accounts::links::actions::answer_resets(&mut tx, now, &tokens).await?;
                    tx.commit().await?;
                    Ok(answered)
                })
            }),
        ),
        (
            "stages",
            Box::new(|db, now| {
                Box::pin(async move {
                    let mut tx = db.begin().await?;
                    let rolled = crate::vetting::pipeline::store::roll(&mut tx, now.date_naive()).await?;
                    crate::vetting::pipeline::store::fold(&mut tx).await?;
                    tx.commit().await?;
                    Ok(rolled)
                })
            }),
        ),
        (
            "placements",
            Box::new(|db, now| {
                Box::pin(async move {
                    let mut tx = db.begin().await?;
                    let moved = crate::placements::actions::settle(&mut tx, now, None).await?;
                    tx.commit().await?;
                    Ok(moved)
                })
            }),
        ),
    ]
}

/// The job that takes uploads off the disk that nothing refers to, once an hour.
pub fn uploads_sweep(blobs: Blobs) -> (&'static str, Sweep) {
    let sweep: Sweep = Box::new(move |db, now| {
        let blobs = blobs.clone();
        Box::pin(async move {
            let files = blobs::tidy::sweep(db, &blobs, now).await?;
            Ok(u64::try_from(files).unwrap_or(u64::MAX))
        })
    });
    ("uploads", sweep)
}

/// Every job, for the page that shows them.
pub fn jobs(parts: &Parts, blobs: &Blobs) -> Sweeps {
    let mut all = sweeps(parts);
    all.push(uploads_sweep(blobs.clone()));
    Sweeps::new(all)
}

/// The process lives: no dependency is asked.
async fn healthz() -> &'static str {
    "ok"
}

/// The process can serve: the database answers, and files can be stored. The page says which of them is in the way.
async fn readyz(
    db: web::ThinData<Db>,
    blobs: web::ThinData<Blobs>,
    clock: web::ThinData<Clock>,
) -> AppResult<HttpResponse> {
    db::ping(&mut *db.conn().await?).await?;
    if !blobs.can_store(clock.now()).await {
        return Err(AppError::NoRoom("Uploads cannot be stored.".into()));
    }
    Ok(HttpResponse::Ok().body("ready"))
}

async fn not_found() -> AppResult<HttpResponse> {
    Err(AppError::NotFound)
}

/// The uploads of the installation, under its data directory.
pub fn uploads(parts: &Parts) -> std::io::Result<Blobs> {
    Blobs::open(parts.data.join("uploads"), blobs::LIMIT)
}

/// How letters leave this installation.
pub fn delivery(config: &Config, parts: &Parts) -> std::io::Result<Delivery> {
    Ok(Delivery {
        db: parts.db.clone(),
        clock: parts.clock.clone(),
        carrier: Carrier::open(&config.mail).map_err(std::io::Error::other)?,
        from: config.mail_from.parse().map_err(std::io::Error::other)?,
        site: config.site_url.as_str().into(),
        tokens: parts.tokens.clone(),
        breaker: Breaker::default(),
    })
}

/// Starts the web server on a listener that is open already. The returned future runs until the server is stopped;
/// stopping waits up to [`IN_FLIGHT_SECONDS`] for requests in flight.
pub fn serve(
    config: &Config,
    parts: &Parts,
    delivery: &Delivery,
    listener: TcpListener,
    workers: usize,
) -> std::io::Result<Server> {
    let key = Key::derive_from(&config.secret);
    let site = SiteUrl(config.site_url.as_str().into());
    let origin = SiteOrigin::of(&config.site_url)
        .ok_or_else(|| std::io::Error::other("MERIDIAN_SITE_URL is not an http address"))?;
    let secure = config.secure_cookies;
    let blobs = uploads(parts)?;
    let taxonomies = Taxonomies::default();
    let (pools, desks, crowd) = (Pools::default(), Desks::default(), Crowd::default());
    let (parts, delivery, purpose) = (parts.clone(), delivery.clone(), config.purpose);
    let proxies = config.proxies.clone();
    let share = (config.pool / u32::try_from(workers).unwrap_or(u32::MAX)).max(1);
    let server = HttpServer::new(move || {
        // Called by each thread that serves pages, for itself. With one of them the pool is its own already.
        let db = if workers > 1 {
            parts.db.near(share)
        } else {
            parts.db.clone()
        };
        let with_session = SessionMiddleware::builder(PgSessions::new(db.clone(), parts.clock.clone()), key.clone())
            .cookie_name("meridian".to_owned())
            .cookie_secure(secure)
            .cookie_same_site(SameSite::Lax)
            .session_lifecycle(PersistentSession::default().session_ttl(CookieDuration::days(SESSION_DAYS)))
            .build();
        App::new()
            .app_data(web::ThinData(db))
            .app_data(web::ThinData(parts.clock.clone()))
            .app_data(web::ThinData(parts.passwords.clone()))
            .app_data(web::ThinData(parts.tokens.clone()))
            .app_data(web::ThinData(delivery.clone()))
            .app_data(web::ThinData(proxies.clone()))
            .app_data(web::ThinData(purpose))
            .app_data(web::ThinData(jobs(&parts, &blobs)))
            .app_data(web::ThinData(DataDirectory(parts.data.clone())))
            .app_data(web::ThinData(blobs.clone()))
            .app_data(web::ThinData(taxonomies.clone()))
            .app_data(web::ThinData(pools.clone()))
            .app_data(web::ThinData(desks.clone()))
            .app_data(web::ThinData(crowd.clone()))
            .app_data(web::ThinData(site.clone()))
            .app_data(web::ThinData(origin.clone()))
            .configure(security::limits)
            .configure(assets::mount)
            .route("/healthz", web::get().to(healthz))
            .route("/readyz", web::get().to(readyz))
            .service(
                web::scope("")
                    .wrap(with_session)
                    .wrap(from_fn(sessions::trouble))
                    .configure(|config| routes().mount(config))
                    .default_service(web::to(not_found)),
            )
            .wrap(from_fn(came_from))
            .wrap(from_fn(security::same_site))
            .wrap(from_fn(security::patience))
            .wrap(from_fn(security::headers))
            .wrap(Compress::default())
            .wrap(from_fn(request_id))
    })
    .listen(listener)?
    .workers(workers)
    .shutdown_timeout(IN_FLIGHT_SECONDS)
    .client_request_timeout(security::HEAD_TIMEOUT)
    .client_disconnect_timeout(security::DISCONNECT_TIMEOUT)
    .keep_alive(security::KEEP_ALIVE)
    .max_connections(security::MAX_CONNECTIONS)
    .disable_signals();
    Ok(server.run())
}
