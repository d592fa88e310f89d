//! What works on the database: servers, their clocks, and the letters that wait for them.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::Finding;
use crate::jobs::heart::{self, Seen};

/// Clocks may differ by this much, in milliseconds: codes of the second factor change every 30 s.
const DRIFT: i64 = 5_000;

/// A letter that was due so long ago is one that nobody sends.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// A letter that waits so long has a mail server in its way.
const LONG: TimeDelta = TimeDelta::hours(1);

/// Servers, clocks and letters at `now`, by this machine's clock.
pub async fn running(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Finding>, sqlx::Error> {
    let mut findings = Vec::new();
    match heart::ahead(conn, now).await {
        Ok(ahead) => findings.push(clock("this machine's clock", ahead.num_milliseconds())),
        Err(error) => findings.push(Finding::bad(
            "clock",
            crate::cli::words(&error),
            "see what the database server's log says",
        )),
    }
    let mut known = Vec::new();
    match heart::servers(conn).await {
        Ok(seen) => {
            findings.extend(servers(&seen, now));
            known = seen;
        }
        Err(error) => findings.push(Finding::bad(
            "servers",
            crate::cli::words(&error),
            "run `meridian migrate`",
        )),
    }
    findings.extend(letters(conn, now, at_work_since(&known, now)).await?);
    Ok(findings)
}

fn clock(whose: &str, ahead: i64) -> Finding {
    let what = "clock";
    let by = format!("{}.{} s", ahead.abs() / 1000, ahead.abs() % 1000 / 100);
    if ahead.abs() <= DRIFT {
        return Finding::good(what, format!("{whose} and the database server's agree"));
    }
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    Finding::bad(
        what,
        format!("{whose} is {by} {side} the database server's"),
        "set both by the network (timedatectl set-ntp true): codes of the second factor fail, and links and sessions end at the wrong time",
    )
}

fn servers(known: &[Seen], now: DateTime<Utc>) -> Vec<Finding> {
    let what = "servers";
    let (working, silent): (Vec<&Seen>, Vec<&Seen>) = known.iter().partition(|seen| seen.is_at_work(now));
    let mut findings = vec![match (working.first(), silent.first()) {
        (None, None) => Finding::good(what, "none has left work undone"),
        (None, Some(last)) => Finding::bad(
            what,
            format!(
                "none has worked since {}, and the last one did not end in good order",
                last.seen_at.format("%-d %B %Y, %H:%M UTC")
            ),
            "start `meridian serve`; the log of the service manager says why it ended or hangs",
        ),
        (Some(_), None) => Finding::good(what, format!("{} at work", working.len())),
        (Some(_), Some(last)) => Finding::good(
            what,
            format!(
                "{} at work; another one was last seen on {}",
                working.len(),
                last.seen_at.format("%-d %B %Y, %H:%M UTC")
            ),
        ),
    }];
    let mut versions: Vec<&str> = working.iter().map(|seen| &*seen.version).collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.len() > 1 {
        findings.push(Finding::warning(
            what,
            format!("work with different versions: {}", versions.join(", ")),
            "finish the upgrade: stop the older ones",
        ));
    }
    let astray = working.iter().filter(|seen| seen.ahead_ms.abs() > DRIFT);
    findings.extend(astray.map(|seen| clock("the clock of a server at work", seen.ahead_ms)));
    findings
}

/// Since when a server has been at work without a break; none where none is.
fn at_work_since(known: &[Seen], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    known
        .iter()
        .filter(|seen| seen.is_at_work(now))
        .map(|seen| seen.started_at)
        .min()
}

/// What waits is late only where somebody had the time to send it: a server that started a moment ago finds the letters of
/// the hours before it, and sends them.
async fn letters(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    at_work_since: Option<DateTime<Utc>>,
) -> Result<Vec<Finding>, sqlx::Error> {
    let what = "letters";
    let just_started = at_work_since.filter(|since| (now - *since).abs() < LATE);
    let (late, waiting, oldest, given_up, refused): (i64, i64, Option<DateTime<Utc>>, i64, i64) = sqlx::query_as(
        "select count(*) filter (where o.state <> 'dead' and o.due_at < $1), count(*) filter (where o.state <> 'dead'),
                min(o.queued_at) filter (where o.state <> 'dead'),
                count(*) filter (where o.state = 'dead' and a.outcome is distinct from 'refused'),
                count(*) filter (where o.state = 'dead' and a.outcome = 'refused')
         from outbox o left join mail_attempts a on a.mail_id = o.id and a.number = o.attempts
         where o.state in ('queued', 'sending', 'dead')",
    )
    .bind(now - LATE)
    .fetch_one(conn)
    .await?;
    let since = oldest.map_or_else(String::new, |at| at.format("%-d %B %Y, %H:%M UTC").to_string());
    let mut findings = Vec::new();
    if let Some(started) = just_started.filter(|_| late > 0) {
        findings.push(Finding::good(
            what,
            format!(
                "{waiting} wait, the oldest since {since}; the server that started at {} sends them",
                started.format("%H:%M UTC")
            ),
        ));
    } else if late > 0 {
        findings.push(Finding::bad(
            what,
            format!(
                "{late} should have left more than {} minutes ago, the oldest waits since {since}",
                LATE.num_minutes()
            ),
            "see that `meridian serve` runs and that MERIDIAN_MAIL is set",
        ));
    } else if oldest.is_some_and(|at| now - at > LONG) {
        findings.push(Finding::warning(
            what,
            format!("{waiting} wait, the oldest since {since}"),
            "the mail server puts them off: /admin/mail shows its answers",
        ));
    }
    if given_up > 0 {
        findings.push(Finding::bad(
            what,
            format!("{given_up} were given up because the mail server could not be reached for days"),
            "mend MERIDIAN_MAIL or the mail server, then send them again on /admin/mail",
        ));
    }
    if refused > 0 {
        findings.push(Finding::warning(
            what,
            format!("{refused} were refused for good by the other side"),
            "/admin/mail shows its answers: mend the addresses, or send again",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good(what, format!("{waiting} wait, none too long")));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use crate::jobs::heart::SILENT;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn seen(version: &str, instant: &str, ahead_ms: i64) -> Seen {
        Seen {
            version: version.to_owned(),
            started_at: at(instant) - TimeDelta::minutes(7),
            seen_at: at(instant),
            ahead_ms,
        }
    }

    #[test]
    fn servers_are_judged_by_their_last_sign() {
        let now = at("2026-11-23T15:00:00Z");
        let levels = |known: &[Seen]| -> Vec<Level> { servers(known, now).iter().map(|found| found.level).collect() };
        let (alive, dead) = (
            seen("1", "2026-11-23T14:58:00Z", 12),
            seen("1", "2026-11-23T14:50:00Z", 12),
        );
        assert_eq!(levels(&[]), [Level::Good]);
        assert_eq!(levels(std::slice::from_ref(&alive)), [Level::Good]);
        assert_eq!(levels(std::slice::from_ref(&dead)), [Level::Bad]);
        assert_eq!(levels(&[alive.clone(), dead]), [Level::Good]);
        assert_eq!(
            levels(&[alive.clone(), seen("2", "2026-11-23T15:00:00Z", 0)]),
            [Level::Good, Level::Warning]
        );
        assert_eq!(
            levels(&[alive, seen("1", "2026-11-23T15:00:00Z", -600_000)]),
            [Level::Good, Level::Bad]
        );
        let jumped = seen("1", "2027-11-23T15:00:00Z", 0);
        assert_eq!(levels(&[jumped]), [Level::Bad], "by a clock that was set back since");
        assert_eq!(SILENT, TimeDelta::minutes(5));
    }

    #[test]
    fn whoever_is_silent_is_not_at_work_since_then() {
        let now = at("2026-11-23T15:00:00Z");
        let (alive, dead) = (
            seen("1", "2026-11-23T14:58:00Z", 12),
            seen("1", "2026-11-23T14:50:00Z", 12),
        );
        assert_eq!(at_work_since(&[], now), None);
        assert_eq!(at_work_since(std::slice::from_ref(&dead), now), None);
        assert_eq!(at_work_since(&[alive, dead], now), Some(at("2026-11-23T14:51:00Z")));
    }

    #[test]
    fn a_clock_is_off_beyond_five_seconds() {
        assert_eq!(clock("it", 5_000).level, Level::Good);
        let behind = clock("it", -5_100);
        assert!(
            behind.level == Level::Bad && behind.seen.contains("5.1 s behind"),
            "{behind}"
        );
    }
}
