//! The health of the installation: what `meridian doctor` looks at, as far as the running program can see it, and what only it
//! can see.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::jobs::{Job, with_runs};
use crate::accounts::passwords::Passwords;
use crate::db::{APP_ROLE, Connections, Db};
use crate::error::{AppError, AppResult};
use crate::health::{self, DataDirectory, Finding, Level};
use crate::jobs::{Sweeps, store as runs};
use crate::mail::delivery::Delivery;
use crate::mail::store::{self as mail, Standing};
use crate::web::{Admin, Frame, Layout, Now, Routes, Section, page};
use crate::zones::DATA_VERSION;

/// A letter that waits so long is worth a look.
const PATIENCE: TimeDelta = TimeDelta::hours(1);

/// So many requests that wait for their password are worth a look: half of those that may.
const CROWD: usize = 16;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/admin/health", show);
}

#[derive(Template)]
#[template(path = "homes/health.html")]
struct HealthPage {
    layout: Layout,
    findings: Vec<Finding>,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl HealthPage {
    fn word(&self, finding: &Finding) -> (&'static str, &'static str) {
        match finding.level {
            Level::Good => ("ok", "Ok"),
            Level::Warning => ("wait", "Attention"),
            Level::Bad => ("bad", "Does not work"),
        }
    }

    fn attention(&self) -> usize {
        let bad = self.findings.iter().filter(|finding| finding.level != Level::Good);
        bad.count()
    }
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn show(
    _admin: Admin,
    db: web::ThinData<Db>,
    delivery: web::ThinData<Delivery>,
    passwords: web::ThinData<Passwords>,
    sweeps: web::ThinData<Sweeps>,
    data: web::ThinData<DataDirectory>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let connections = db.connections();
    let mut conn = db.conn().await?;
    let mut findings = vec![
        health::version(&mut conn).await?,
        own(&mut conn).await?,
        health::applied(&mut conn).await?,
        health::connections(&mut conn, connections.most).await?,
    ];
    let standing = mail::standing(&mut conn).await?;
    let jobs = with_runs(&sweeps, runs::runs(&mut conn).await?);
    drop(conn);
    findings.push(pool(connections));
    findings.push(route(delivery.carrier.carries(), delivery.breaker.closed_until(now.0)));
    findings.extend(letters(&standing, now.0));
    findings.push(late(&jobs, now.0));
    let directory = data.0.0.clone();
    let room = web::block(move || health::room(&directory)).await;
    findings.extend(room.map_err(AppError::internal)?);
    findings.push(health::zones(DATA_VERSION, now.0));
    findings.push(hashing(passwords.load()));
    page(&HealthPage {
        layout: frame.layout(Section::Admin),
        findings,
    })
}

/// The size of the database, and with which rights the program uses it.
async fn own(conn: &mut PgConnection) -> AppResult<Finding> {
    let (bytes, role) =
        sqlx::query!(r#"select pg_database_size(current_database()) as "bytes!", current_user::text as "role!""#)
            .fetch_one(conn)
            .await
            .map(|row| (row.bytes, row.role))?;
    let seen = format!("{} MB, used as {role}", bytes / 1_048_576);
    Ok(if role == APP_ROLE {
        Finding::good("size and role", seen)
    } else {
        let cure = "run `meridian doctor`: it says what an administrator of the database has to do";
        Finding::warning("size and role", format!("{seen}, which can rewrite the log"), cure)
    })
}

fn pool(connections: Connections) -> Finding {
    let Connections { open, idle, most } = connections;
    let seen = format!("{open} of {most} open, {idle} idle");
    if idle == 0 && open >= most {
        let cure = "raise MERIDIAN_POOL if it stays so, or look in the log for pages that take long";
        Finding::warning("pool", format!("{seen}: requests wait"), cure)
    } else {
        Finding::good("pool", seen)
    }
}

fn route(carries: bool, closed_until: Option<DateTime<Utc>>) -> Finding {
    match (carries, closed_until) {
        (false, _) => Finding::warning(
            "mail route",
            "letters wait in the outbox, none leaves",
            "set MERIDIAN_MAIL to a server, such as smtps://USER:PASSWORD@HOST, and start again",
        ),
        (true, Some(until)) => Finding::warning(
            "mail route",
            format!(
                "the server cannot be reached; the next try is at {}",
                until.format("%H:%M UTC")
            ),
            "look at MERIDIAN_MAIL and at the server; letters wait and nothing is lost",
        ),
        (true, None) => Finding::good("mail route", "letters leave"),
    }
}

fn letters(standing: &Standing, now: DateTime<Utc>) -> [Finding; 2] {
    let waiting = match standing.oldest {
        None => Finding::good("mail waiting", "nothing waits"),
        Some(oldest) => {
            let seen = format!(
                "{} waiting, the oldest since {}",
                standing.waiting,
                oldest.format("%-d %b, %H:%M UTC")
            );
            if now - oldest > PATIENCE {
                Finding::warning("mail waiting", seen, "look under Mail at what the other side said")
            } else {
                Finding::good("mail waiting", seen)
            }
        }
    };
    let dead = match standing.dead {
        0 => Finding::good("mail given up", "none"),
        many => Finding::warning(
            "mail given up",
            format!("{many}"),
            "look under Mail: mend the address, or send them once more",
        ),
    };
    [waiting, dead]
}

fn late(jobs: &[Job], now: DateTime<Utc>) -> Finding {
    let named = |names: Vec<&str>| names.join(", ");
    let late: Vec<&str> = jobs.iter().filter(|job| job.is_late(now)).map(Job::name).collect();
    let failed: Vec<&str> = jobs.iter().filter(|job| job.failed()).map(Job::name).collect();
    if !failed.is_empty() {
        let seen = format!("failed at the last run: {}", named(failed));
        Finding::bad("jobs", seen, "look under Jobs at what went wrong")
    } else if !late.is_empty() {
        let seen = format!("late, or never run: {}", named(late));
        let cure = "they run in `meridian serve` and `meridian demo`: look in its log, or run them under Jobs";
        Finding::warning("jobs", seen, cure)
    } else {
        Finding::good("jobs", format!("all {} on time", jobs.len()))
    }
}

fn hashing((computed, waiting): (usize, usize)) -> Finding {
    let seen = format!("{computed} being computed, {waiting} waiting");
    if waiting >= CROWD {
        let cure =
            "somebody floods the sign-in, or the machine is too small: look at the log and the network of the requests";
        Finding::warning("passwords", seen, cure)
    } else {
        Finding::good("passwords", seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_needs_a_look_says_what_to_do() {
        let now: DateTime<Utc> = "2026-11-23T15:00:00Z".parse().expect("an instant");
        let connections = |open, idle| pool(Connections { open, idle, most: 10 });
        let standing = |minutes: i64, dead| Standing {
            waiting: 1,
            dead,
            oldest: Some(now - TimeDelta::minutes(minutes)),
        };
        let all = [
            (connections(10, 0), Level::Warning),
            (connections(10, 1), Level::Good),
            (connections(9, 0), Level::Good),
            (route(false, None), Level::Warning),
            (route(true, Some(now)), Level::Warning),
            (route(true, None), Level::Good),
            (letters(&standing(61, 0), now)[0].clone(), Level::Warning),
            (letters(&standing(60, 0), now)[0].clone(), Level::Good),
            (letters(&standing(0, 2), now)[1].clone(), Level::Warning),
            (hashing((2, 16)), Level::Warning),
            (hashing((2, 15)), Level::Good),
        ];
        for (finding, level) in all {
            assert_eq!(finding.level, level, "{finding}");
            assert_eq!(finding.cure.is_empty(), level == Level::Good, "{finding}");
        }
    }
}
