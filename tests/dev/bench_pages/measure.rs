//! The measurement itself.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use meridian::clock::Clock;
use meridian::db::Db;
use meridian::postgres::Cluster;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

use super::Arguments;
use super::client::{Trouble, Visitor};
use super::launch::{self, Server};
use super::math::{each, enough, median, percentile};
use super::report::{Page, Row};
use super::seed::{PASSWORD, RECRUITER, Seed};
use super::usage::Snapshot;
use super::wire::Wire;

const DATABASE: &str = "bench";
/// Processor time of one measurement: a tick of 10 ms is 1% of it.
const A_TURN: Duration = Duration::from_secs(1);
/// A measurement does not take longer than this by the clock on the wall.
const LONGEST: Duration = Duration::from_secs(12);
/// Connections of a measurement of processor time.
const CONNECTIONS: usize = 4;
/// Connections at which latencies are taken.
const MANY: usize = 64;
/// Statements are counted so many times, and the middle number counts: a sweep may come in between.
const COUNTED: usize = 5;
/// Different records of a page.
const RECORDS: usize = 100;
/// How long the database is watched at rest.
const REST: Duration = Duration::from_secs(3);

/// One thing that is asked for again and again.
struct Target {
    page: Option<Page>,
    visitor: Visitor,
    paths: Arc<[String]>,
    /// The process besides the database.
    pid: u32,
    /// Of one measurement.
    requests: usize,
    /// Milliseconds of a request, one for each turn.
    found: Vec<f64>,
}

/// Fills, starts, measures.
pub async fn run(cluster: &Cluster, arguments: &Arguments) -> Result<Vec<Row>, Trouble> {
    PgConnection::connect_with(&cluster.connect_options("postgres"))
        .await?
        .execute("create database bench")
        .await?;
    let db = Db::connect(cluster.connect_options(DATABASE), 2).await?;
    db.migrate().await?;
    let mut seed = Seed::begin(&db, arguments.seed, Clock::system().now()).await?;
    db.pool().close().await;
    let data = tempfile::tempdir()?;
    let smallest = arguments.candidates.iter().min().copied().unwrap_or_default();
    let mut rows = Vec::new();
    for candidates in arguments.candidates.iter().copied() {
        let begun = Instant::now();
        // With limits of its own: an app's connection gives up after ten seconds.
        let mut conn = PgConnection::connect_with(&cluster.connect_options(DATABASE)).await?;
        seed.grow(&mut conn, candidates).await?;
        conn.close().await?;
        eprintln!("{candidates} candidates after {:.0} s", begun.elapsed().as_secs_f64());
        if arguments.hold {
            if Some(&candidates) == arguments.candidates.last() {
                hold(cluster, data.path()).await?;
            }
            continue;
        }
        let paths = |page| paths(page, &seed, smallest);
        let app = launch::app(&cluster.url(DATABASE), data.path()).await?;
        let reference = launch::reference(&cluster.url(DATABASE)).await?;
        let statements = statements(cluster, data.path(), &paths).await?;
        let measured = turns(cluster, arguments.rounds, (&app, &reference), &paths).await?;
        for ((target, ratio), (statements, bytes)) in measured.into_iter().zip(statements) {
            let Some(page) = target.page else { continue };
            rows.push(Row {
                page,
                candidates,
                cpu_ms: median(&target.found).ok_or("nothing was measured")?,
                ratio,
                statements,
                bytes,
                latency: latency(&target).await,
            });
        }
    }
    Ok(rows)
}

/// Lets somebody look at the filled database, and at the app on it, until the program is stopped.
async fn hold(cluster: &Cluster, data: &std::path::Path) -> Result<(), Trouble> {
    let app = launch::app(&cluster.url(DATABASE), data).await?;
    eprintln!(
        "app http://{} for {RECRUITER}, password: {PASSWORD}",
        app.visitor.server
    );
    eprintln!("psql '{}'", cluster.url(DATABASE));
    std::future::pending().await
}

/// The middle and the 99th of a hundred at many connections; nothing of a page that does not answer all of them. After as many
/// requests that are not counted: the app opens its connections to the database when it first needs so many, which would be
/// nearly all of the slowest hundredth of a run of a second.
async fn latency(target: &Target) -> Option<(Duration, Duration)> {
    let requests = target.requests.clamp(MANY * 4, 4_000);
    let measured = async {
        target.visitor.pages(&target.paths, requests, MANY).await?;
        target.visitor.pages(&target.paths, requests, MANY).await
    };
    match measured.await {
        Ok(took) => percentile(&took, 50).zip(percentile(&took, 99)),
        Err(error) => {
            // An app that has more to do than it can says so with a 503. It ends what it has begun, before the next page.
            eprintln!("at {MANY} connections: {error}");
            tokio::time::sleep(LONGEST).await;
            None
        }
    }
}

/// What is asked for: records of the smallest size, so that a larger one is asked for the same.
fn paths(page: Page, seed: &Seed, of: usize) -> Vec<String> {
    let all = |prefix: &str, ids: &[uuid::Uuid], suffix: &str, number: usize| -> Vec<String> {
        ids.iter()
            .take(number)
            .map(|id| format!("{prefix}{id}{suffix}"))
            .collect()
    };
    match page {
        Page::Login => vec!["/login".to_owned()],
        Page::Home => vec!["/desk".to_owned()],
        Page::List => vec!["/candidates".to_owned()],
        Page::Search => {
            let query = |text| serde_html_form::to_string([("q", text)]).unwrap_or_default();
            let searches = seed.searches(RECORDS, of);
            searches
                .iter()
                .map(|text| format!("/candidates?{}", query(text)))
                .collect()
        }
        Page::Candidate => all("/candidates/", &seed.some_people(RECORDS, of), "", RECORDS),
        Page::Board => vec!["/pipeline?view=board".to_owned()],
        Page::Table => vec!["/pipeline?view=table".to_owned()],
        Page::Request => all("/requests/", &seed.requests, "", RECORDS.min(of / 500)),
        Page::Matches => all("/requests/", &seed.requests, "/matches", 1),
        Page::Placement => all("/placements/", &seed.placements, "", RECORDS.min(of / 500)),
    }
}

/// Statements and bytes of each page, by an app that talks to the database through a wire.
async fn statements(
    cluster: &Cluster,
    data: &std::path::Path,
    paths: &impl Fn(Page) -> Vec<String>,
) -> Result<Vec<(usize, usize)>, Trouble> {
    let wire = Wire::to(&cluster.connect_options(DATABASE));
    let elsewhere = data.join("wire");
    fs::create_dir_all(&elsewhere)?;
    let counted = launch::app(&wire.url(), &elsewhere).await?;
    let recruiter = counted.visitor.sign_in(RECRUITER, PASSWORD).await?;
    let mut found = Vec::new();
    for page in Page::ALL {
        let visitor = if page == Page::Login {
            &counted.visitor
        } else {
            &recruiter
        };
        let paths = paths(page);
        let first = paths
            .first()
            .ok_or_else(|| format!("there is nothing to show on {}", page.name()))?;
        visitor.page(first).await?;
        let (mut numbers, mut bytes) = (Vec::new(), Vec::new());
        for turn in 0..COUNTED {
            drop(wire.statements());
            bytes.push(visitor.page(&paths[turn % paths.len()]).await?);
            numbers.push(wire.statements().len());
        }
        numbers.sort_unstable();
        bytes.sort_unstable();
        found.push((numbers[COUNTED / 2], bytes[COUNTED / 2]));
    }
    Ok(found)
}

/// Every page in turns, with its ratio.
async fn turns(
    cluster: &Cluster,
    rounds: usize,
    (app, reference): (&Server, &Server),
    paths: &impl Fn(Page) -> Vec<String>,
) -> Result<Vec<(Target, f64)>, Trouble> {
    let database = postmaster(cluster)?;
    let recruiter = app.visitor.sign_in(RECRUITER, PASSWORD).await?;
    let target = |page: Option<Page>| Target {
        page,
        visitor: match page {
            None => reference.visitor.clone(),
            Some(Page::Login) => app.visitor.clone(),
            Some(_) => recruiter.clone(),
        },
        paths: page.map_or_else(|| vec!["/".to_owned()], paths).into(),
        pid: if page.is_none() { reference.pid } else { app.pid },
        requests: 1,
        found: Vec::new(),
    };
    let mut targets: Vec<Target> = std::iter::once(None).chain(Page::ALL.map(Some)).map(target).collect();
    // What the database does while nobody asks for anything.
    let before = Snapshot::of(&[database, app.pid, reference.pid])?;
    tokio::time::sleep(REST).await;
    let rest = Snapshot::of(&[database, app.pid, reference.pid])?
        .since(&before)
        .div_f64(REST.as_secs_f64());
    for target in &mut targets {
        calibrate(target, database).await?;
    }
    for _ in 0..rounds {
        for target in &mut targets {
            let (used, took) = turn(target, database).await?;
            let used = used.saturating_sub(rest.mul_f64(took.as_secs_f64()));
            target.found.push(each(used, target.requests));
        }
    }
    let reference = targets.remove(0);
    let ratio = |target: &Target| {
        let ratios: Vec<f64> = target
            .found
            .iter()
            .zip(&reference.found)
            .map(|(page, bare)| page / bare)
            .collect();
        median(&ratios)
            .filter(|ratio| ratio.is_finite())
            .ok_or("the reference took no time that could be measured")
    };
    eprintln!(
        "reference {:.3} ms, at rest {:.1} ms a second",
        median(&reference.found).unwrap_or_default(),
        rest.as_secs_f64() * 1_000.0
    );
    let mut measured = Vec::new();
    for target in targets {
        let ratio = ratio(&target)?;
        measured.push((target, ratio));
    }
    Ok(measured)
}

/// Warms a page up, each of its records, and finds out how many requests are enough.
async fn calibrate(target: &mut Target, database: u32) -> Result<(), Trouble> {
    target.requests = target.paths.len();
    turn(target, database).await?;
    loop {
        let (used, took) = turn(target, database).await?;
        let wanted = enough(A_TURN, used, target.requests);
        let possible = enough(LONGEST, took, target.requests);
        let next = wanted.min(possible);
        if next <= target.requests.saturating_mul(3) {
            target.requests = next;
            return Ok(());
        }
        target.requests = next;
    }
}

/// Processor time and time on the wall of one measurement.
async fn turn(target: &Target, database: u32) -> Result<(Duration, Duration), Trouble> {
    let all = [database, target.pid];
    let begun = Instant::now();
    let before = Snapshot::of(&all)?;
    target
        .visitor
        .pages(&target.paths, target.requests, CONNECTIONS)
        .await?;
    let used = Snapshot::of(&all)?.since(&before);
    Ok((used, begun.elapsed()))
}

/// The number of the database server's first process, whose children are all others.
fn postmaster(cluster: &Cluster) -> Result<u32, Trouble> {
    let file = fs::read_to_string(cluster.home().join("pgdata/postmaster.pid"))?;
    let first = file.lines().next().ok_or("the database server has no number")?;
    Ok(first.trim().parse()?)
}
