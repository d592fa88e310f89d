//! The pool of a seat: rows of the database made raw inputs, in four statements whatever its size.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::raw::{RawCandidate, RawRun, RawSeat};
use super::score::{Cefr, Credit, English, Must, Nice, Seniority, SkillLevel, Vetting, explain};
use super::store::{self, Band, CandidateRow, ClaimKind, ClaimRow, HeaderRow, SkillRow};
use crate::error::{AppError, AppResult};
use crate::ids::{CandidateId, RequestId, SkillId, UserId};
use crate::money::{self, Currency, Rate, RateTable};
use crate::zones::{Weekdays, WorkingWeek, Zone};

/// A seat and its pool, as loaded.
#[derive(Debug)]
pub struct Pool {
    /// The seat, its request and its client.
    pub header: HeaderRow,
    /// The raw inputs of a run.
    pub raw: RawRun,
    /// What pages show of each person besides.
    pub people: HashMap<Uuid, Face>,
    /// How skills and money are written.
    pub words: PoolWords,
}

/// What a page shows of a person and the formula never sees.
#[derive(Debug, Clone)]
pub struct Face {
    /// The record.
    pub id: CandidateId,
    /// The name, or "M-1001" of an anonymous profile.
    pub name: String,
    /// Where, if stated.
    pub city: Option<String>,
    /// Already introduced for this seat.
    pub introduced: bool,
    /// Who owes a scorecard about them, and sees no points of theirs until it is in.
    pub owed_by: Vec<UserId>,
}

/// Words for explanations: names of the skills and money in the seat's currency.
#[derive(Debug, Clone)]
pub struct PoolWords {
    skills: HashMap<String, String>,
    currency: Option<Currency>,
}

impl explain::Words for PoolWords {
    fn skill(&self, slug: &str) -> String {
        self.skills.get(slug).cloned().unwrap_or_else(|| slug.to_owned())
    }

    fn money(&self, minor: u64) -> String {
        match (self.currency, i64::try_from(minor)) {
            (Some(currency), Ok(minor)) => money::display(minor, currency),
            _ => minor.to_string(),
        }
    }

    fn day(&self, day: NaiveDate) -> String {
        day.format("%-d %b %Y").to_string()
    }
}

/// What a seat (numbered from 1) asks for at `now`, the skills included that count towards those it names. The day of a run is
/// that of UTC: the one all dated facts of the agency are compared with.
pub async fn asked(
    conn: &mut PgConnection,
    request: RequestId,
    number: u32,
    now: DateTime<Utc>,
) -> AppResult<(HeaderRow, Vec<SkillRow>)> {
    let number = i16::try_from(number).map_err(|_| AppError::NotFound)?;
    let header = store::header(conn, request, number, now.date_naive())
        .await?
        .ok_or(AppError::NotFound)?;
    let skills = store::skills(conn, request).await?;
    Ok((header, skills))
}

/// Loads a seat and its pool as they are at `now`.
pub async fn load(conn: &mut PgConnection, request: RequestId, number: u32, now: DateTime<Utc>) -> AppResult<Pool> {
    let (header, skills) = asked(conn, request, number, now).await?;
    of(conn, header, &skills, now).await
}

/// Loads the pool of a seat that was read.
pub async fn of(
    conn: &mut PgConnection,
    header: HeaderRow,
    skills: &[SkillRow],
    now: DateTime<Utc>,
) -> AppResult<Pool> {
    let day = now.date_naive();
    let rows = store::candidates(conn, &header, day).await?;
    let mut ids: Vec<SkillId> = skills.iter().map(|skill| skill.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let claims = store::claims(conn, header.track, &ids).await?;
    assemble(header, skills, rows, claims, day)
}

fn assemble(
    header: HeaderRow,
    skills: &[SkillRow],
    rows: Vec<CandidateRow>,
    claims: Vec<ClaimRow>,
    day: NaiveDate,
) -> Result<Pool, AppError> {
    let seat = raw_seat(&header, skills, day)?;
    let words = PoolWords {
        skills: skills
            .iter()
            .map(|skill| (skill.slug.clone(), skill.name.clone()))
            .collect(),
        currency: seat.currency,
    };
    let mut by_candidate: HashMap<CandidateId, Vec<ClaimRow>> = HashMap::new();
    for claim in claims {
        by_candidate.entry(claim.candidate).or_default().push(claim);
    }
    let mut people = HashMap::with_capacity(rows.len());
    let mut candidates = Vec::with_capacity(rows.len());
    for row in rows {
        candidates.push(raw_candidate(
            &row,
            by_candidate.get(&row.id).map(Vec::as_slice).unwrap_or_default(),
        ));
        let name = row.name.unwrap_or_else(|| format!("M-{}", row.code));
        people.insert(
            row.id.0,
            Face {
                id: row.id,
                name,
                city: row.city,
                introduced: row.introduced,
                owed_by: row.owed_by,
            },
        );
    }
    let rates = RateTable::on(day, &store::rates(&header.rates));
    let raw = RawRun::new(seat, rates, header.markup, candidates);
    Ok(Pool {
        header,
        raw,
        people,
        words,
    })
}

fn raw_seat(header: &HeaderRow, skills: &[SkillRow], day: NaiveDate) -> Result<RawSeat, AppError> {
    let week = week(&header.zone, header.work_start, header.work_end, header.work_days)
        .ok_or_else(|| AppError::internal(format!("request {} has no readable working week", header.request)))?;
    Ok(RawSeat {
        request: header.request.0,
        number: unsigned(header.number).unwrap_or(0),
        must: skills.iter().filter_map(must).collect(),
        nice: skills.iter().filter_map(nice).collect(),
        credits: skills.iter().filter_map(credit).collect(),
        challenge: header.challenge,
        seniority: header.seniority.map(seniority),
        least_overlap_minutes: header.least_overlap_minutes.and_then(unsigned),
        week,
        budget_minor: header.budget_minor.and_then(|minor| u64::try_from(minor).ok()),
        currency: header.budget_currency.as_deref().and_then(|code| code.parse().ok()),
        period: header.budget_period,
        start: header.start_on,
        window_from: header.start_on.unwrap_or(day),
        months: header.length_months.and_then(unsigned),
        english_speaking: header.english_speaking.and_then(cefr),
        english_writing: header.english_writing.and_then(cefr),
    })
}

fn must(row: &SkillRow) -> Option<Must> {
    Some(Must {
        skill: row.slug.clone(),
        level: u8::try_from(row.level?).ok()?,
    })
}

fn nice(row: &SkillRow) -> Option<Nice> {
    Some(Nice {
        skill: row.slug.clone(),
        weight: unsigned(row.weight?)?,
    })
}

fn credit(row: &SkillRow) -> Option<Credit> {
    let percent = u32::try_from(row.percent?).ok()?;
    Some(Credit {
        skill: row.towards.clone()?,
        stands_in: row.slug.clone(),
        percent,
    })
}

fn raw_candidate(row: &CandidateRow, claims: &[ClaimRow]) -> RawCandidate {
    let skill = |claim: &ClaimRow| {
        Some(SkillLevel {
            skill: claim.slug.clone()?,
            level: claim.value.and_then(|level| u8::try_from(level).ok()),
            verified: claim.verified,
        })
    };
    let english = |kind| {
        let claim = claims.iter().find(|claim| claim.kind == kind)?;
        Some(English {
            level: cefr(claim.value?)?,
            verified: claim.verified,
        })
    };
    RawCandidate {
        id: row.id.0,
        skills: claims.iter().filter_map(skill).collect(),
        vetting: match (row.vetted, row.failed) {
            (true, _) => Vetting::Vetted,
            (false, true) => Vetting::Failed,
            (false, false) => Vetting::Unfinished,
        },
        active: row.active,
        off_limits: row.off_limits,
        rubric: row.rubric.and_then(|score| u32::try_from(score).ok()),
        seniority: row.seniority.map(seniority),
        week: candidate_week(row),
        pay: pay(row),
        free_from: row.available_from,
        least_months: row.least_months.and_then(unsigned),
        most_months: row.most_months.and_then(unsigned),
        english_speaking: english(ClaimKind::EnglishSpeaking),
        english_writing: english(ClaimKind::EnglishWriting),
    }
}

fn candidate_week(row: &CandidateRow) -> Option<WorkingWeek> {
    week(row.zone.as_deref()?, row.work_start?, row.work_end?, row.work_days?)
}

fn week(zone: &str, start: i16, end: i16, days: i16) -> Option<WorkingWeek> {
    let days = Weekdays::from_bits(u8::try_from(days).ok()?);
    WorkingWeek::new(
        Zone::parse(zone).ok()?,
        u16::try_from(start).ok()?,
        u16::try_from(end).ok()?,
        days,
    )
    .ok()
}

fn pay(row: &CandidateRow) -> Option<Rate> {
    let currency = row.pay_currency.as_deref()?.parse().ok()?;
    Some(Rate {
        minor: row.pay_minor?,
        currency,
        period: row.pay_period?,
    })
}

fn unsigned(n: i16) -> Option<u32> {
    u32::try_from(n).ok()
}

fn seniority(band: Band) -> Seniority {
    match band {
        Band::Junior => Seniority::Junior,
        Band::Mid => Seniority::Mid,
        Band::Senior => Seniority::Senior,
    }
}

/// The stored number: 1 = A1 to 6 = C2, 7 = native.
fn cefr(number: i16) -> Option<Cefr> {
    let levels = [Cefr::A1, Cefr::A2, Cefr::B1, Cefr::B2, Cefr::C1, Cefr::C2, Cefr::Native];
    levels.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
}
