//! People: profiles, accounts, ledgers, checks, events.

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::chance::Weighted;
use super::copy::Rows;
use super::people::{self, Names};
use super::{Person, Seed};
use crate::client::Trouble;

/// The tables of a piece, in the order in which they refer to each other.
struct Tables {
    users: Rows,
    candidates: Rows,
    claims: Rows,
    checks: Rows,
    events: Rows,
    /// Who is moved to which state.
    states: Vec<(Uuid, &'static str, &'static str)>,
}

/// What people are drawn from.
struct Sources {
    names: Names,
    places: Weighted,
    skills: Weighted,
    how_many: Weighted,
}

/// Adds `number` people.
pub(super) async fn grow(seed: &mut Seed, conn: &mut PgConnection, number: usize) -> Result<(), Trouble> {
    let sources = Sources {
        names: Names::new(),
        places: people::places(),
        skills: Weighted::zipf(u32::try_from(seed.skills.len())?),
        how_many: Weighted::skills(),
    };
    let mut tables = Tables {
        users: Rows::of("users", "id, email, name, password_hash, role, created_at"),
        candidates: Rows::of(
            "candidates",
            "id, user_id, track_id, name, email, phone, source, external_source, external_id, country, city, zone, work_start, \
             work_end, work_days, seniority, pay_minor, pay_currency, pay_period, available_from, least_months, most_months, \
             wishes, headline, links, created_at, updated_at",
        ),
        claims: Rows::of(
            "claims",
            "id, candidate_id, kind, skill_id, value, source, note, stated_by, stated_at, verified_by, verified_at, current",
        ),
        checks: Rows::of(
            "vetting_checks",
            "id, candidate_id, track_id, kind, state, assessor_id, decided_on, expires_on, score_bp, reason, created_at",
        ),
        events: Rows::of(
            "events",
            "id, at, actor_id, actor_kind, kind, subject_kind, subject_id, data",
        ),
        states: Vec::new(),
    };
    for _ in 0..number {
        let (person, came) = profile(seed, &sources, &mut tables);
        ledger(seed, &sources, &mut tables, &person, came);
        checks(seed, &mut tables, &person, came);
        seed.people.push(person);
    }
    for rows in [
        tables.users,
        tables.candidates,
        tables.claims,
        tables.checks,
        tables.events,
    ] {
        rows.send(conn).await?;
    }
    let (ids, (states, reasons)): (Vec<_>, (Vec<_>, Vec<_>)) = tables
        .states
        .into_iter()
        .map(|(id, state, reason)| (id, (state, reason)))
        .unzip();
    sqlx::query(
        "update candidates c set state = m.state, state_reason = m.reason, version = version + 1
         from unnest($1::uuid[], $2::text[], $3::text[]) m (id, state, reason) where c.id = m.id",
    )
    .bind(ids)
    .bind(states)
    .bind(reasons)
    .execute(conn)
    .await?;
    Ok(())
}

fn event(seed: &mut Seed, tables: &mut Tables, at: DateTime<Utc>, kind: &str, subject: Uuid, data: &serde_json::Value) {
    let id = seed.id_at(at);
    let row = tables.events.row().put(id).put(at.to_rfc3339()).put(seed.staff);
    row.put("user").put(kind).put("candidate").put(subject).put(data);
}

#[expect(clippy::too_many_lines, reason = "a column a line")]
fn profile(seed: &mut Seed, sources: &Sources, tables: &mut Tables) -> (Person, DateTime<Utc>) {
    let number = seed.people.len() + 1;
    let came = seed.days_ago(1, 1_100);
    let days = (seed.now - came).num_days().max(1);
    let changed = seed.days_ago(0, days).max(came);
    let id = seed.id_at(came);
    let name = seed.chance.happens(0.92).then(|| sources.names.name(&mut seed.chance));
    let (origin, external) = match seed.chance.share() {
        ..0.6 => ("import", Some(format!("No. {number}"))),
        0.6..0.8 => ("apply", None),
        _ => ("staff", None),
    };
    let user = (name.is_some() && seed.chance.happens(0.3)).then(|| seed.id_at(came));
    let written = name.clone().unwrap_or_default();
    let email = (user.is_some() || seed.chance.happens(0.7)).then(|| people::address(&written, number));
    if let Some(user) = user {
        let row = tables.users.row().put(user).maybe(email.as_deref()).put(&written);
        row.put("no password").put("candidate").put(came.to_rfc3339());
    }
    let place = seed
        .chance
        .happens(0.85)
        .then(|| people::place(&sources.places, &mut seed.chance));
    let zone = place.filter(|_| seed.chance.happens(0.95));
    let hours = zone
        .filter(|_| seed.chance.happens(0.85))
        .map(|_| 60 * seed.chance.between(7, 12));
    let band = seed
        .chance
        .happens(0.85)
        .then(|| seed.chance.pick(&["junior", "mid", "mid", "senior", "senior"]));
    let pay = seed.chance.happens(0.7).then(|| seed.chance.between(12, 95) * 100);
    let free = seed
        .chance
        .happens(0.6)
        .then(|| seed.now.date_naive() + TimeDelta::days(seed.chance.between(-200, 120)));
    let least = seed.chance.happens(0.3).then(|| seed.chance.between(1, 7));
    let headline = if seed.chance.happens(0.6) {
        people::headline(&mut seed.chance)
    } else {
        String::new()
    };
    let wishes = if seed.chance.happens(0.2) {
        "A team that reviews.\nNo on-call at night.\n".repeat(4)
    } else {
        String::new()
    };
    let links = if seed.chance.happens(0.25) {
        format!("https://code.test/p{number}")
    } else {
        String::new()
    };
    tables
        .candidates
        .row()
        .put(id)
        .maybe(user)
        .put(seed.track)
        .maybe(name.as_deref())
        .maybe(email.as_deref())
        .maybe(seed.chance.happens(0.3).then(|| format!("+57 300 {number:07}")))
        .put(origin)
        .maybe(external.as_ref().map(|_| "talent-sheet"))
        .maybe(external.as_deref())
        .maybe(place.map(|place| place.0))
        .maybe(place.map(|place| place.1))
        .maybe(zone.map(|place| place.2))
        .maybe(hours)
        .maybe(hours.map(|start| start + 540))
        .maybe(hours.map(|_| 31))
        .maybe(band)
        .maybe(pay)
        .maybe(pay.map(|_| "USD"))
        .maybe(pay.map(|_| "hour"))
        .maybe(free)
        .maybe(least)
        .maybe(least.filter(|_| number.is_multiple_of(3)).map(|least| least + 12))
        .put(wishes)
        .put(headline)
        .put(links)
        .put(came.to_rfc3339())
        .put(changed.to_rfc3339());
    event(seed, tables, came, "candidate.created", id, &json!({"origin": origin}));
    for _ in 0..seed.chance.between(0, 4) {
        let at = seed.days_ago(0, days).max(came);
        event(
            seed,
            tables,
            at,
            "candidate.edited",
            id,
            &json!({"fields": ["headline", "pay"]}),
        );
    }
    let active = match seed.chance.share() {
        ..0.88 => true,
        0.88..0.97 => {
            tables.states.push((id, "paused", "Has a job at present."));
            false
        }
        _ => {
            tables.states.push((id, "withdrawn", ""));
            false
        }
    };
    (Person { id, name, user, active }, came)
}

fn ledger(seed: &mut Seed, sources: &Sources, tables: &mut Tables, person: &Person, came: DateTime<Utc>) {
    let how_many = sources.how_many.draw(&mut seed.chance);
    for skill in sources.skills.draw_different(&mut seed.chance, how_many) {
        let level = seed.chance.happens(0.75).then(|| seed.chance.between(1, 6));
        let skill = seed.skills[skill];
        if seed.chance.happens(0.1) {
            claim(seed, tables, person, came, ("skill", Some(skill), Some(1), false));
        }
        claim(seed, tables, person, came, ("skill", Some(skill), level, true));
    }
    for (kind, share, low, high) in [
        ("english_speaking", 0.7, 2, 8),
        ("english_writing", 0.6, 2, 8),
        ("years", 0.6, 0, 25),
    ] {
        if seed.chance.happens(share) {
            let value = seed.chance.between(low, high);
            claim(seed, tables, person, came, (kind, None, Some(value), true));
        }
    }
}

/// One line of the ledger: kind, skill, value, whether it counts.
fn claim(
    seed: &mut Seed,
    tables: &mut Tables,
    person: &Person,
    came: DateTime<Utc>,
    (kind, skill, value, current): (&str, Option<Uuid>, Option<i64>, bool),
) {
    let id = seed.id_at(came);
    let sources = [
        "self",
        "self",
        "resume",
        "resume",
        "import",
        "import",
        "interview",
        "reference",
        "challenge",
    ];
    let source = seed.chance.pick(&sources);
    let own = source == "self";
    let verified = current && !own && value.is_some() && seed.chance.happens(0.3);
    let stated_by = if own { person.user } else { Some(seed.staff) };
    let row = tables
        .claims
        .row()
        .put(id)
        .put(person.id)
        .put(kind)
        .maybe(skill)
        .maybe(value)
        .put(source);
    row.put("")
        .maybe(stated_by)
        .put(came.to_rfc3339())
        .maybe(verified.then_some(seed.staff))
        .maybe(verified.then(|| seed.now.min(came + TimeDelta::days(9)).to_rfc3339()))
        .put(current);
    if verified {
        let data = json!({"claim": id});
        event(
            seed,
            tables,
            seed.now.min(came + TimeDelta::days(9)),
            "claim.verified",
            person.id,
            &data,
        );
    }
}

/// Nothing for many, everything for some; a few failed, a few ran out.
fn checks(seed: &mut Seed, tables: &mut Tables, person: &Person, came: DateTime<Utc>) {
    let share = match seed.chance.share() {
        ..0.5 => return,
        0.5..0.75 => 1.0,
        _ => 0.5,
    };
    let today = seed.now.date_naive();
    for (kind, months) in seed.checks.clone() {
        if !seed.chance.happens(share) {
            continue;
        }
        let at = came + TimeDelta::days(seed.chance.between(0, 60));
        let decided: NaiveDate = at.date_naive().min(today);
        let expires = months.map(|months| decided + Months::new(u32::from(months.unsigned_abs())));
        let state = match seed.chance.share() {
            ..0.88 => "passed",
            0.88..0.92 => "failed",
            0.92..0.95 => "waived",
            _ => "waiting",
        };
        let (waits, passed) = (state == "waiting", state == "passed");
        let id = seed.id_at(at.min(seed.now));
        let score = (kind == "take_home" && !waits).then(|| seed.chance.between(3_000, 10_001));
        let row = tables
            .checks
            .row()
            .put(id)
            .put(person.id)
            .put(seed.track)
            .put(&kind)
            .put(state);
        row.maybe((!waits).then_some(seed.staff))
            .maybe((!waits).then_some(decided))
            .maybe(expires.filter(|_| passed))
            .maybe(score)
            .put(if state == "waived" {
                "Known from an earlier placement."
            } else {
                ""
            })
            .put(at.min(seed.now).to_rfc3339());
        if !waits {
            let data = json!({"kind": kind, "to": state});
            event(seed, tables, at.min(seed.now), "check.decided", person.id, &data);
        }
    }
}
