//! From raw inputs to what the formula reads: overlap over the engagement, bill rates in the seat's money. Pure.

use std::sync::Arc;

use chrono::NaiveDate;

use super::overlap::{Overlap, Overlaps, engagement};
use super::raw::{RawCandidate, RawRun, RawSeat};
use super::score::{Candidate, Seat};
use crate::money::Rate;

/// The seat of the formula.
pub fn seat(raw: &RawSeat) -> Seat {
    Seat {
        request: raw.request,
        number: raw.number,
        must: raw.must.clone(),
        nice: raw.nice.clone(),
        credits: raw.credits.clone(),
        challenge: raw.challenge,
        seniority: raw.seniority,
        overlap_minutes: raw.least_overlap_minutes,
        day_minutes: raw.week.minutes_a_day().into(),
        budget_minor: raw.budget_minor,
        currency: raw.currency.map(|currency| currency.code().to_owned()),
        period: raw.period.map(|period| period.word().to_owned()),
        start: raw.start,
        months: raw.months,
        english_speaking: raw.english_speaking,
        english_writing: raw.english_writing,
    }
}

/// Everybody of the run, in its order.
pub fn candidates(run: &RawRun) -> Vec<Candidate> {
    let mut overlaps = overlaps(&run.seat);
    run.candidates
        .iter()
        .map(|raw| {
            let overlap = overlap(&mut overlaps, raw).map(|overlap| overlap.least_minutes.into());
            candidate(run, raw, overlap)
        })
        .collect()
}

/// The overlaps of the seat's client with anybody, over the engagement.
pub fn overlaps(seat: &RawSeat) -> Overlaps {
    overlaps_from(seat, seat.window_from)
}

/// The same for an engagement of that length from another day.
pub fn overlaps_from(seat: &RawSeat, start: NaiveDate) -> Overlaps {
    let (from, until) = engagement(start, seat.months);
    Overlaps::new(seat.week, from, until)
}

/// One person's overlap; none if zone or hours are not stated.
pub fn overlap(overlaps: &mut Overlaps, raw: &RawCandidate) -> Option<Arc<Overlap>> {
    raw.week.as_ref().map(|week| overlaps.with(week))
}

/// The bill rate in the seat's currency and period: pay plus mark-up, then converted. None without a pay, a mark-up or a
/// rate between the currencies.
pub fn bill(run: &RawRun, raw: &RawCandidate) -> Option<Rate> {
    let billed = raw.pay?.with_markup(run.markup?)?;
    billed.convert(run.seat.currency?, run.seat.period?, &run.rates)
}

fn candidate(run: &RawRun, raw: &RawCandidate, overlap_minutes: Option<u32>) -> Candidate {
    Candidate {
        id: raw.id,
        skills: raw.skills.clone(),
        vetting: raw.vetting,
        active: raw.active,
        off_limits: raw.off_limits,
        rubric: raw.rubric,
        seniority: raw.seniority,
        overlap_minutes,
        bill_minor: bill(run, raw).and_then(|rate| u64::try_from(rate.minor).ok()),
        free_from: raw.free_from,
        least_months: raw.least_months,
        most_months: raw.most_months,
        english_speaking: raw.english_speaking,
        english_writing: raw.english_writing,
    }
}
