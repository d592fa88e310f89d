//! The side-by-side comparison as the client sees it: rows of one seat turned into columns, by the field policy.

use chrono::{DateTime, NaiveDate, Utc};

use super::policy::{self, Audience, Field};
use super::store::compare::{ClaimRow, MustRow, PersonRow, SeatHead};
use crate::ids::IntroductionId;
use crate::introductions::State;
use crate::matching::overlap::{Overlap, engagement, overlap, start_on_client_clock};
use crate::money::{ExchangeRate, Rate, RateTable};
use crate::tracks::store::money::RateRow;
use crate::zones::{Weekdays, WorkingWeek, Zone};

/// A must-have skill in one column.
#[derive(Debug, Clone)]
pub struct SkillCell {
    /// 1 to 5, when stated.
    pub level: Option<i16>,
    /// "verified", "stated" or "absent": the kind of the chip.
    pub kind: &'static str,
    /// "verified in challenge".
    pub words: String,
}

/// Both working days on one axis.
#[derive(Debug, Clone)]
pub struct Hours {
    /// The client's day: start and length, minutes of the client's clock.
    pub client: (i32, i32),
    /// The person's day on the client's clock.
    pub candidate: (i32, i32),
    /// "8.0 h until 14 March 2027, 7.0 h after".
    pub words: String,
}

/// One person.
#[derive(Debug, Clone)]
pub struct Column {
    /// The introduction.
    pub id: IntroductionId,
    /// What the audience calls the person.
    pub person: String,
    /// "Senior · Colombia".
    pub sub: String,
    /// Where the introduction stands.
    pub state: State,
    /// Where it stands in words.
    pub standing: (&'static str, &'static str),
    /// Working hours, when both are known.
    pub hours: Option<Hours>,
    /// By must-have skill, in the order of the rows.
    pub skills: Vec<SkillCell>,
    /// "C1 spoken, B2 written".
    pub english: String,
    /// "interview, 3 Sep 2026".
    pub english_note: String,
    /// "88 of 100".
    pub challenge: String,
    /// One line of evidence.
    pub strength: String,
    /// What to ask about.
    pub ask_about: String,
    /// "$7,800".
    pub bill: String,
    /// "a month, all in".
    pub bill_note: String,
    /// "free now", "free from 1 Dec 2026".
    pub free: String,
}

/// What an assessor reads who owes a scorecard about the person.
const HIDDEN: &str = "Hidden until your scorecard is in";

/// CEFR steps as the ledger counts them.
const CEFR: [&str; 7] = ["A1", "A2", "B1", "B2", "C1", "C2", "native"];

/// The columns of a seat.
pub fn columns(
    audience: Audience,
    head: &SeatHead,
    musts: &[MustRow],
    people: &[PersonRow],
    claims: &[ClaimRow],
    rates: &RateTable,
    now: DateTime<Utc>,
) -> Vec<Column> {
    people
        .iter()
        .map(|person| {
            let own: Vec<&ClaimRow> = claims
                .iter()
                .filter(|claim| claim.candidate == person.candidate)
                .collect();
            let (english, english_note) = english(&own);
            let (bill, bill_note) = bill(audience, head, person, rates);
            Column {
                id: person.id,
                person: policy::person(audience, person.state, person.name.as_deref(), person.code),
                sub: [person.seniority.as_deref().map(capital), person.country.clone()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" · "),
                state: person.state,
                standing: person.state.words_at(audience, person.interview_at, now),
                hours: hours(head, person, now),
                skills: musts.iter().map(|must| skill(must, &own)).collect(),
                english,
                english_note,
                challenge: match person.rubric {
                    _ if person.is_hidden => HIDDEN.to_owned(),
                    Some(points) => format!("{} of 100", points / 100),
                    None => String::new(),
                },
                strength: person.pitch.clone(),
                ask_about: person.ask_about.clone(),
                bill,
                bill_note,
                free: free(person.available_from, now.date_naive()),
            }
        })
        .collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn free(from: Option<NaiveDate>, today: NaiveDate) -> String {
    match from {
        None => String::new(),
        Some(day) if day <= today => "free now".to_owned(),
        Some(day) => format!("free from {}", day.format("%-d %b %Y")),
    }
}

fn skill(must: &MustRow, own: &[&ClaimRow]) -> SkillCell {
    match own.iter().find(|claim| claim.skill == Some(must.skill)) {
        None => SkillCell {
            level: None,
            kind: "absent",
            words: "not stated".to_owned(),
        },
        Some(claim) if claim.is_hidden => SkillCell {
            level: None,
            kind: "absent",
            words: HIDDEN.to_owned(),
        },
        Some(claim) if claim.verified_at.is_some() => SkillCell {
            level: claim.value,
            kind: "verified",
            words: format!("verified in {}", source(&claim.source)),
        },
        Some(claim) => {
            let words = if claim.value.is_some() {
                "stated"
            } else {
                "named, no level"
            };
            SkillCell {
                level: claim.value,
                kind: "stated",
                words: format!("{words}, {}", source(&claim.source)),
            }
        }
    }
}

fn source(code: &str) -> &str {
    if code == "self" { "by the person" } else { code }
}

fn english(own: &[&ClaimRow]) -> (String, String) {
    let step = |kind: &str| own.iter().find(|claim| claim.kind == kind).copied();
    let name = |claim: &ClaimRow| {
        let index = claim.value.and_then(|value| usize::try_from(value - 1).ok());
        index.and_then(|index| CEFR.get(index)).copied()
    };
    let parts: Vec<String> = [("english_speaking", "spoken"), ("english_writing", "written")]
        .into_iter()
        .filter_map(|(kind, word)| step(kind).and_then(name).map(|level| format!("{level} {word}")))
        .collect();
    let note = step("english_speaking")
        .or_else(|| step("english_writing"))
        .map_or_else(String::new, |claim| match claim.verified_at {
            Some(at) => format!("{}, {}", source(&claim.source), at.format("%-d %b %Y")),
            None => format!("stated, {}", source(&claim.source)),
        });
    if own.iter().any(|claim| claim.is_hidden && claim.skill.is_none()) {
        (HIDDEN.to_owned(), String::new())
    } else if parts.is_empty() {
        ("not known yet".to_owned(), String::new())
    } else {
        (parts.join(", "), note)
    }
}

/// The rates that hold on that day.
pub fn rate_table(rows: &[RateRow], day: NaiveDate) -> RateTable {
    let known: Vec<ExchangeRate> = rows
        .iter()
        .filter_map(|row| {
            Some(ExchangeRate {
                base: row.base.parse().ok()?,
                quote: row.quote.parse().ok()?,
                rate_e9: row.rate_e9,
                valid_from: row.valid_from,
            })
        })
        .collect();
    RateTable::on(day, &known)
}

/// What the client would pay: expected pay with the client's mark-up, in the request's currency and period; in the candidate's where
/// no rate is known. The pay itself never leaves this function, and a client reads a rounded rate: the exact one is what they will agree to.
fn bill(audience: Audience, head: &SeatHead, person: &PersonRow, rates: &RateTable) -> (String, String) {
    let rate = (|| {
        let currency = person.pay_currency.as_deref()?.parse().ok()?;
        let pay = Rate {
            minor: person.pay_minor?,
            currency,
            period: person.pay_period?,
        };
        let bill = pay.with_markup(person.markup?)?;
        let wanted = head
            .budget_currency
            .as_deref()
            .and_then(|code| code.parse().ok())
            .zip(head.budget_period);
        let converted = wanted.and_then(|(currency, period)| bill.convert(currency, period, rates));
        Some(converted.unwrap_or(bill))
    })();
    match rate {
        Some(rate) if audience == Audience::Client => match rate.rounded_up() {
            Some(rate) => (format!("about {}", rate.amount()), format!("a {}, billed", rate.period)),
            None => ("to be agreed".to_owned(), String::new()),
        },
        Some(rate) if policy::may_see(audience, person.state, Field::BillRate) => {
            (rate.amount(), format!("a {}, billed", rate.period))
        }
        _ => ("to be agreed".to_owned(), String::new()),
    }
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

fn hours(head: &SeatHead, person: &PersonRow, now: DateTime<Utc>) -> Option<Hours> {
    let client = week(&head.zone, head.work_start, head.work_end, head.work_days)?;
    let theirs = week(
        person.zone.as_deref()?,
        person.work_start?,
        person.work_end?,
        person.work_days?,
    )?;
    let start = head.start_on.unwrap_or_else(|| client.zone.local_date(now));
    let months = head.length_months.and_then(|months| u32::try_from(months).ok());
    let (from, until) = engagement(start, months);
    let found: Overlap = overlap(&client, &theirs, from, until);
    let first = found.regimes.first().or_else(|| found.short_regimes.first())?;
    Some(Hours {
        client: (i32::from(client.start_minute), i32::from(client.minutes_a_day())),
        candidate: (
            i32::from(start_on_client_clock(&theirs, first.difference)),
            i32::from(theirs.minutes_a_day()),
        ),
        words: found.explanation(),
    })
}
