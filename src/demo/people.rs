//! The invented part of the demo's pool: about 60 complete, vetted people. Names, figures and deeds are made up.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use sqlx::PgConnection;

use super::agency::{Stage, account, user};
use super::{ACCOUNTS, agency};
use crate::accounts::Role;
use crate::candidates::actions::{self, Standing, Statement};
use crate::candidates::ledger::{Kind, Source};
use crate::candidates::profile::{Details, Hours};
use crate::candidates::store::Skills;
use crate::candidates::{Origin, store};
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{CandidateId, TrackId};
use crate::money::{self, Currency, Period, Rate};
use crate::promises;
use crate::tracks::levels::{English, Seniority};
use crate::tracks::store::open;
use crate::vetting::{self, Decision, Outcome};
use crate::zones::Zone;

/// One row of people.csv, as written.
#[derive(Debug, serde::Deserialize)]
struct Row {
    name: String,
    email: String,
    city: String,
    country: String,
    zone: String,
    work_start: String,
    work_end: String,
    seniority: String,
    years: i16,
    pay: String,
    currency: String,
    period: String,
    /// 0: free for a while already.
    free_in_days: u64,
    least_months: i16,
    english_speaking: String,
    english_writing: String,
    /// "rust:4v;tokio:3": slug, level, v = verified.
    skills: String,
    take_home_bp: i32,
    headline: String,
}

fn rows() -> AppResult<Vec<Row>> {
    csv::Reader::from_reader(include_bytes!("people.csv").as_slice())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(AppError::internal)
}

fn minute(text: &str) -> i16 {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    hours.parse::<i16>().unwrap_or(9) * 60 + minutes.parse::<i16>().unwrap_or(0)
}

impl Row {
    fn details(&self, today: NaiveDate) -> AppResult<Details> {
        let currency: Currency = self.currency.parse().map_err(AppError::internal)?;
        let period: Period = self.period.parse().map_err(|text: String| AppError::internal(text))?;
        let minor = money::parse(&self.pay, currency).map_err(AppError::internal)?;
        let free = if self.free_in_days == 0 {
            today - Days::new(90)
        } else {
            today + Days::new(self.free_in_days)
        };
        Ok(Details {
            name: Some(self.name.clone()),
            email: Some(self.email.clone()),
            country: Some(self.country.clone()),
            city: Some(self.city.clone()),
            zone: Some(Zone::parse(&self.zone).map_err(AppError::internal)?),
            hours: Some(Hours {
                start: minute(&self.work_start),
                end: minute(&self.work_end),
                days: 0b1_1111,
            }),
            seniority: Seniority::parse(&self.seniority),
            pay: Some(Rate {
                minor,
                currency,
                period,
            }),
            available_from: Some(free),
            least_months: Some(self.least_months),
            headline: self.headline.clone(),
            ..Details::default()
        })
    }
}

/// Everybody of people.csv registers, states what they can do, and is vetted by the demo's recruiter; the demo's own
/// candidate is one of them.
pub(super) async fn invented(tx: &mut PgConnection, stage: &Stage) -> AppResult<()> {
    let recruiter = Actor::user(user(tx, ACCOUNTS[1]).await?);
    let skills = store::skills(tx).await?;
    let track = track(tx).await?;
    for row in rows()? {
        person(tx, stage, &recruiter, &skills, track, &row, &row.email).await?;
    }
    let own = Row {
        name: "Joaquín Demo Ríos".to_owned(),
        email: ACCOUNTS[3].to_owned(),
        english_speaking: "C1".to_owned(),
        english_writing: "C1".to_owned(),
        free_in_days: 0,
        headline: "Kept a ticketing service up through its busiest hour of the year".to_owned(),
        ..rows()?.swap_remove(0)
    };
    person(tx, stage, &recruiter, &skills, track, &own, ACCOUNTS[3])
        .await
        .map(drop)
}

/// The first track of the seed.
pub(super) async fn track(tx: &mut PgConnection) -> AppResult<TrackId> {
    open::open(tx)
        .await?
        .first()
        .map(|track| track.id)
        .ok_or(AppError::NotFound)
}

async fn person(
    tx: &mut PgConnection,
    stage: &Stage,
    recruiter: &Actor,
    skills: &Skills,
    track: TrackId,
    row: &Row,
    email: &str,
) -> AppResult<CandidateId> {
    let joined = stage.days_ago(95);
    let own = account(tx, stage, (email, &row.name, Role::Candidate), None, joined).await?;
    let details = row.details(agency_day(stage))?;
    let id = actions::create(tx, &Actor::user(own), joined, track, Origin::Demo, Some(own), &details)
        .await?
        .ok_or_else(|| AppError::internal(format!("{email} is in the pool already")))?;
    let mut own_word = HashMap::new();
    let mut verified = Vec::new();
    for part in row.skills.split(';') {
        let (slug, level) = part.split_once(':').unwrap_or((part, ""));
        let skill = skills
            .by_slug(slug)
            .ok_or_else(|| AppError::internal(format!("unknown skill {slug}")))?;
        let value = level.trim_end_matches('v').parse::<i16>().ok();
        own_word.insert((Kind::Skill, Some(skill)), value);
        if level.ends_with('v') {
            verified.push((Kind::Skill, Some(skill), value));
        }
    }
    own_word.insert((Kind::Years, None), Some(row.years));
    for (kind, text) in [
        (Kind::EnglishSpeaking, &row.english_speaking),
        (Kind::EnglishWriting, &row.english_writing),
    ] {
        verified.push((kind, None, English::parse(text).map(English::number)));
    }
    let scope = [Kind::Skill, Kind::Years];
    actions::set_own_word(tx, &Actor::user(own), joined, id, &scope, &own_word).await?;
    let checked = stage.days_ago(80);
    for (kind, skill, value) in verified {
        let source = Source::Interview;
        let statement = Statement {
            kind,
            skill,
            value,
            source,
            note: String::new(),
            standing: Standing::Verified,
        };
        actions::state_claim(tx, recruiter, checked, id, &statement).await?;
    }
    for asked in vetting::store::required(tx, track).await? {
        let kind = asked.kind;
        let score_bp = (kind == vetting::Kind::TakeHome).then_some(row.take_home_bp);
        let decision = Decision {
            outcome: Outcome::Passed,
            decided_on: vetting::today(checked),
            expires_on: None,
            score_bp,
            note: String::new(),
            reason: String::new(),
        };
        vetting::actions::record(tx, recruiter, checked, id, kind, &decision).await?;
    }
    let words = "All checks are done, and you passed every one of them.\n\nFrom now on we propose you to clients, each time only after you have said yes. Keep your hours and your first free day up to date: they decide who is asked first.";
    let words = ("You are vetted", words);
    promises::actions::write(tx, recruiter, stage.days_ago(79), id, words).await?;
    Ok(id)
}

/// The day of this start.
pub(super) fn agency_day(stage: &agency::Stage) -> NaiveDate {
    stage.now.date_naive()
}
