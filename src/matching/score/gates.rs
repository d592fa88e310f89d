//! The other gates and criteria, each from the facts of one candidate and one seat. Pure.

use super::skills::{depth_200, must_share, must_verdict, nice_share};
use super::weights::{
    BANDS_APART, BUDGET_PERCENT, Criterion, FREE_WITHIN_DAYS, Gate, ONE_BAND_OFF_PERCENT, OPEN_ENDED_MONTHS,
    OVERLAP_RANGE, POINTS, TOP_CEFR,
};
use super::{Candidate, Cefr, English, Seat, Vetting};

/// The answer of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Met,
    /// No, for certain.
    Failed,
    /// Nobody has stated or checked what it takes to say.
    Unknown,
}

/// A share of a criterion's weight, between 0 and 1, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    numerator: u128,
    denominator: u128,
}

impl Share {
    const NONE: Self = Self {
        numerator: 0,
        denominator: 1,
    };
    const FULL: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    pub(super) fn new(numerator: impl Into<u128>, denominator: impl Into<u128>) -> Self {
        Self {
            numerator: numerator.into(),
            denominator: denominator.into(),
        }
    }

    /// Points out of `weight`: rounded down once, here and nowhere else.
    pub fn of(self, weight: u32) -> u32 {
        if self.denominator == 0 {
            return 0;
        }
        let points = u128::from(weight) * self.numerator / self.denominator;
        u32::try_from(points).unwrap_or(weight).min(weight)
    }
}

/// No if any is no, else unknown if any is unknown, else yes.
pub(super) fn combine(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    verdicts.fold(Verdict::Met, |all, one| match (all, one) {
        (Verdict::Failed, _) | (_, Verdict::Failed) => Verdict::Failed,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        (Verdict::Met, Verdict::Met) => Verdict::Met,
    })
}

fn met_if(met: bool) -> Verdict {
    if met { Verdict::Met } else { Verdict::Failed }
}

/// The answer of one gate.
pub fn verdict(gate: Gate, seat: &Seat, candidate: &Candidate) -> Verdict {
    match gate {
        Gate::MustHave => must_verdict(seat, candidate),
        Gate::Vetting => match candidate.vetting {
            Vetting::Vetted => Verdict::Met,
            Vetting::Unfinished => Verdict::Unknown,
            Vetting::Failed => Verdict::Failed,
        },
        Gate::Standing => met_if(candidate.active && !candidate.off_limits),
        Gate::Seniority => seat.seniority.map_or(Verdict::Met, |asked| {
            candidate
                .seniority
                .map_or(Verdict::Unknown, |have| met_if(asked.apart(have) <= BANDS_APART))
        }),
        Gate::Overlap => asked_overlap(seat).map_or(Verdict::Met, |asked| {
            candidate
                .overlap_minutes
                .map_or(Verdict::Unknown, |have| met_if(have >= asked))
        }),
        Gate::Budget => seat.budget_minor.map_or(Verdict::Met, |budget| {
            candidate
                .bill_minor
                .map_or(Verdict::Unknown, |bill| met_if(within_budget(bill, budget)))
        }),
        Gate::Availability => combine([free_verdict(seat, candidate), length_verdict(seat, candidate)].into_iter()),
        Gate::English => combine(
            english_parts(seat, candidate)
                .map(|(asked, have)| have.map_or(Verdict::Unknown, |have| met_if(have.level.rank() >= asked.rank()))),
        ),
    }
}

/// The share that one criterion earns. Unknown, and what fails its gate, earns nothing.
pub fn share(criterion: Criterion, seat: &Seat, candidate: &Candidate) -> Share {
    match criterion {
        Criterion::MustHave => must_share(seat, candidate),
        Criterion::NiceToHave => nice_share(seat, candidate),
        Criterion::Vetting => candidate
            .rubric
            .map_or(Share::NONE, |rubric| Share::new(rubric.min(POINTS), POINTS)),
        Criterion::Seniority => seniority_share(seat, candidate),
        Criterion::Overlap => overlap_share(seat, candidate),
        Criterion::Budget => budget_share(seat, candidate),
        Criterion::Availability => availability_share(seat, candidate),
        Criterion::English => english_share(seat, candidate),
    }
}

fn seniority_share(seat: &Seat, candidate: &Candidate) -> Share {
    match (seat.seniority, candidate.seniority) {
        (Some(asked), Some(have)) if asked == have => Share::FULL,
        (Some(asked), Some(have)) if asked.apart(have) == 1 => Share::new(ONE_BAND_OFF_PERCENT, 100_u32),
        _ => Share::NONE,
    }
}

/// The least overlap, when one is asked for.
pub(super) fn asked_overlap(seat: &Seat) -> Option<u32> {
    seat.overlap_minutes.filter(|minutes| *minutes > 0)
}

/// Minutes of overlap that earn everything.
pub(super) fn overlap_ceiling(seat: &Seat, asked: u32) -> u32 {
    (asked + OVERLAP_RANGE).min(seat.day_minutes)
}

fn overlap_share(seat: &Seat, candidate: &Candidate) -> Share {
    let (Some(asked), Some(have)) = (asked_overlap(seat), candidate.overlap_minutes) else {
        return Share::NONE;
    };
    if have < asked {
        return Share::NONE;
    }
    let ceiling = overlap_ceiling(seat, asked);
    if ceiling <= asked {
        return Share::FULL;
    }
    Share::new(have.min(ceiling) - asked, ceiling - asked)
}

fn within_budget(bill: u64, budget: u64) -> bool {
    u128::from(bill) * 100 <= u128::from(budget) * u128::from(BUDGET_PERCENT)
}

fn budget_share(seat: &Seat, candidate: &Candidate) -> Share {
    let (Some(budget), Some(bill)) = (seat.budget_minor, candidate.bill_minor) else {
        return Share::NONE;
    };
    if bill <= budget {
        return Share::FULL;
    }
    if !within_budget(bill, budget) {
        return Share::NONE;
    }
    let limit = u128::from(budget) * u128::from(BUDGET_PERCENT);
    Share::new(
        limit - u128::from(bill) * 100,
        u128::from(budget) * u128::from(BUDGET_PERCENT - 100),
    )
}

/// Days after the start on which the person becomes free; negative before it.
pub(super) fn days_late(seat: &Seat, candidate: &Candidate) -> Option<i64> {
    Some(candidate.free_from?.signed_duration_since(seat.start?).num_days())
}

fn free_verdict(seat: &Seat, candidate: &Candidate) -> Verdict {
    if seat.start.is_none() {
        return Verdict::Met;
    }
    days_late(seat, candidate).map_or(Verdict::Unknown, |late| met_if(late <= FREE_WITHIN_DAYS))
}

fn length_verdict(seat: &Seat, candidate: &Candidate) -> Verdict {
    let months = seat.months.unwrap_or(OPEN_ENDED_MONTHS);
    met_if(
        candidate.least_months.is_none_or(|least| months >= least)
            && candidate.most_months.is_none_or(|most| months <= most),
    )
}

fn availability_share(seat: &Seat, candidate: &Candidate) -> Share {
    let Some(late) = days_late(seat, candidate) else {
        return Share::NONE;
    };
    let left = (FREE_WITHIN_DAYS - late.max(0)).max(0);
    Share::new(left.unsigned_abs(), FREE_WITHIN_DAYS.unsigned_abs())
}

/// The parts of English that the seat asks for, with what the candidate has.
fn english_parts(seat: &Seat, candidate: &Candidate) -> impl Iterator<Item = (Cefr, Option<English>)> {
    [
        (seat.english_speaking, candidate.english_speaking),
        (seat.english_writing, candidate.english_writing),
    ]
    .into_iter()
    .filter_map(|(asked, have)| Some((asked?, have)))
}

fn english_share(seat: &Seat, candidate: &Candidate) -> Share {
    let mut asked_parts = 0_u64;
    let mut sum = 0;
    for (asked, have) in english_parts(seat, candidate) {
        asked_parts += 1;
        if let Some(have) = have.filter(|have| have.level.rank() >= asked.rank()) {
            sum += depth_200(asked.rank(), have.level.rank(), TOP_CEFR, have.verified);
        }
    }
    Share::new(sum, 200 * asked_parts)
}
