//! Must-have and nice-to-have skills: direct levels, and adjacent skills that stand in. Pure.

use super::gates::{Share, Verdict, combine};
use super::weights::{CLAIMED_PERCENT, CREDIT_CAP, HEADROOM, STAND_IN_PERCENT, TOP_LEVEL};
use super::{Candidate, Must, Nice, Seat, SkillLevel};

/// One skill of a candidate put to use for one that the seat asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used<'a> {
    /// The candidate's skill.
    pub skill: &'a SkillLevel,
    /// Percent of its level that counts: 100 = the asked skill itself.
    pub credit: u32,
}

/// How a must-have skill stands.
#[derive(Clone, Copy, Debug)]
pub struct MustUse<'a> {
    /// Met, failed or unknown.
    pub verdict: Verdict,
    /// What counts when met; the nearest when not; the skill without a level when unknown.
    pub used: Option<Used<'a>>,
    /// In two-hundredths of the skill's share.
    share_200: u64,
}

/// The percentage that a level earns of a verified one.
pub fn trust(verified: bool) -> u32 {
    if verified { 100 } else { CLAIMED_PERCENT }
}

/// Steps above `asked`, against the room above it, in two-hundredths, discounted when only claimed. Callers have
/// checked `level >= asked`.
pub fn depth_200(asked: u8, level: u8, top: u8, verified: bool) -> u64 {
    let headroom = HEADROOM.min(top.saturating_sub(asked));
    let percent = u64::from(trust(verified));
    if headroom == 0 {
        return 2 * percent;
    }
    let steps = level.saturating_sub(asked).min(headroom);
    u64::from(steps) * (2 / u64::from(headroom)) * percent
}

impl Used<'_> {
    /// The level it stands for: floor(level x credit).
    pub fn stands_for(&self) -> Option<u8> {
        self.skill.level.map(|level| self.at(level))
    }

    fn at(&self, level: u8) -> u8 {
        u8::try_from(u32::from(level) * self.credit / 100).unwrap_or(u8::MAX)
    }

    /// Level x credit x trust, of 5 x 100 x 100.
    fn value(&self) -> u64 {
        self.skill.level.map_or(0, |level| {
            u64::from(level) * u64::from(self.credit) * u64::from(trust(self.skill.verified))
        })
    }
}

/// Every skill of the candidate that counts towards `wanted`, with its credit.
fn usable<'a>(seat: &'a Seat, candidate: &'a Candidate, wanted: &'a str) -> impl Iterator<Item = Used<'a>> {
    candidate.skills.iter().filter_map(move |skill| {
        if skill.skill == wanted {
            return Some(Used { skill, credit: 100 });
        }
        seat.credits
            .iter()
            .filter(|credit| credit.skill == wanted && credit.stands_in == skill.skill)
            .map(|credit| credit.percent.min(CREDIT_CAP))
            .max()
            .map(|credit| Used { skill, credit })
    })
}

/// How one must-have skill stands: the best of the skill itself and its stand-ins.
pub fn must<'a>(seat: &'a Seat, candidate: &'a Candidate, asked: &'a Must) -> MustUse<'a> {
    let options = || usable(seat, candidate, &asked.skill).filter(|used| used.credit >= STAND_IN_PERCENT);
    let met = options()
        .filter_map(|used| Some((used, used.stands_for()?)))
        .filter(|(_, level)| *level >= asked.level)
        .map(|(used, level)| (depth_200(asked.level, level, TOP_LEVEL, used.skill.verified), used))
        .max_by_key(|(share, used)| (*share, used.credit));
    if let Some((share_200, used)) = met {
        return MustUse {
            verdict: Verdict::Met,
            used: Some(used),
            share_200,
        };
    }
    let open = options().filter(|used| used.skill.level.is_none() && used.at(TOP_LEVEL) >= asked.level);
    if let Some(used) = open.max_by_key(|used| used.credit) {
        return MustUse {
            verdict: Verdict::Unknown,
            used: Some(used),
            share_200: 0,
        };
    }
    let nearest = options().max_by_key(|used| (used.stands_for(), used.credit));
    MustUse {
        verdict: Verdict::Failed,
        used: nearest,
        share_200: 0,
    }
}

/// The must-have gate.
pub fn must_verdict(seat: &Seat, candidate: &Candidate) -> Verdict {
    combine(seat.must.iter().map(|asked| must(seat, candidate, asked).verdict))
}

/// Mean over the must-have skills of depth against headroom.
pub fn must_share(seat: &Seat, candidate: &Candidate) -> Share {
    let sum: u64 = seat
        .must
        .iter()
        .map(|asked| must(seat, candidate, asked).share_200)
        .sum();
    Share::new(sum, 200 * seat.must.len() as u64)
}

/// What counts towards one nice-to-have skill: the best single one, never a sum.
pub fn nice<'a>(seat: &'a Seat, candidate: &'a Candidate, asked: &'a Nice) -> Option<Used<'a>> {
    usable(seat, candidate, &asked.skill)
        .filter(|used| used.skill.level.is_some())
        .max_by_key(|used| (used.value(), used.credit))
}

/// Weighted mean of level against the top level.
pub fn nice_share(seat: &Seat, candidate: &Candidate) -> Share {
    let sum = |of: &dyn Fn(&Nice) -> u64| seat.nice.iter().map(of).sum::<u64>();
    let earned = sum(&|asked| u64::from(asked.weight) * nice(seat, candidate, asked).map_or(0, |used| used.value()));
    let most = sum(&|asked| u64::from(asked.weight)) * u64::from(TOP_LEVEL) * 100 * 100;
    Share::new(earned, most)
}
