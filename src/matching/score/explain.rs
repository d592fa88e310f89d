//! The words for every point, from the same functions that gave it. Pure.

use super::gates::{asked_overlap, days_late, overlap_ceiling};
use super::skills::{Used, must, nice, trust};
use super::weights::{BUDGET_PERCENT, Criterion, FREE_WITHIN_DAYS, Gate};
use super::{Candidate, Cefr, English, Seat, Verdict, Vetting, gates};

/// Words that only the page knows: names of skills, and money as it is written.
pub trait Words {
    /// The name of a skill.
    fn skill(&self, slug: &str) -> String;
    /// An amount in the seat's currency and period.
    fn money(&self, minor: u64) -> String;
    /// A day.
    fn day(&self, day: chrono::NaiveDate) -> String;
}

/// Minutes as hours with one decimal, rounded down so that a gate is never said to be met when it is not.
pub fn hours(minutes: u32) -> String {
    format!("{}.{} h", minutes / 60, minutes % 60 / 6)
}

/// Why a criterion gave what it gave, in one line.
pub fn reason(criterion: Criterion, seat: &Seat, candidate: &Candidate, words: &dyn Words) -> String {
    if !criterion.asked_by(seat) {
        return "not asked for; its weight went to the others".into();
    }
    match criterion {
        Criterion::MustHave => must_reason(seat, candidate, words),
        Criterion::NiceToHave => nice_reason(seat, candidate, words),
        Criterion::Vetting => candidate.rubric.map_or_else(
            || "no graded take-home yet: earns nothing".into(),
            |rubric| format!("take-home {}.{:02} of 100", rubric / 100, rubric % 100),
        ),
        Criterion::Seniority => match (seat.seniority, candidate.seniority) {
            (Some(asked), Some(have)) if asked == have => format!("{}, as asked", have.name()),
            (Some(asked), Some(have)) => format!("{}, asked {}", have.name(), asked.name()),
            _ => "band not stated".into(),
        },
        Criterion::Overlap => overlap_reason(seat, candidate),
        Criterion::Budget => budget_reason(seat, candidate, words),
        Criterion::Availability => availability_reason(seat, candidate, words),
        Criterion::English => english_reason(seat, candidate),
    }
}

/// A skill put to use: "tokio 4 (verified)", "axum 5 stands in at 70% = 3 (claimed, counts 80%)".
fn used_words(used: &Used<'_>, words: &dyn Words) -> String {
    let name = words.skill(&used.skill.skill);
    let Some(level) = used.skill.level else {
        return format!("{name}, level not stated");
    };
    let trusted = if used.skill.verified {
        "verified".to_owned()
    } else {
        format!("claimed, counts {}%", trust(false))
    };
    format!("{name} {level} ({trusted})")
}

fn must_reason(seat: &Seat, candidate: &Candidate, words: &dyn Words) -> String {
    let line = |asked: &super::Must| {
        let found = must(seat, candidate, asked);
        let wanted = format!("asked {} {}", words.skill(&asked.skill), asked.level);
        match found.used {
            None => format!("{wanted}: not named"),
            Some(used) if used.credit < 100 => {
                let stands = used
                    .stands_for()
                    .map_or_else(|| "?".to_owned(), |level| level.to_string());
                format!(
                    "{wanted}: {} stands in at {}% = {stands}",
                    used_words(&used, words),
                    used.credit
                )
            }
            Some(used) => format!("{}, asked {}", used_words(&used, words), asked.level),
        }
    };
    seat.must.iter().map(line).collect::<Vec<_>>().join("; ")
}

fn nice_reason(seat: &Seat, candidate: &Candidate, words: &dyn Words) -> String {
    let line = |asked: &super::Nice| {
        let used = nice(seat, candidate, asked);
        match used {
            None => format!("{}: none", words.skill(&asked.skill)),
            Some(used) if used.credit < 100 => format!(
                "{} counts {}% towards {}",
                used_words(&used, words),
                used.credit,
                words.skill(&asked.skill)
            ),
            Some(used) => used_words(&used, words),
        }
    };
    seat.nice.iter().map(line).collect::<Vec<_>>().join("; ")
}

fn overlap_reason(seat: &Seat, candidate: &Candidate) -> String {
    let (Some(asked), Some(have)) = (asked_overlap(seat), candidate.overlap_minutes) else {
        return "zone or working hours not stated".into();
    };
    let ceiling = overlap_ceiling(seat, asked).max(asked);
    format!(
        "{} in the least week, asked {}, full at {}",
        hours(have),
        hours(asked),
        hours(ceiling)
    )
}

fn budget_reason(seat: &Seat, candidate: &Candidate, words: &dyn Words) -> String {
    let (Some(budget), Some(bill)) = (seat.budget_minor, candidate.bill_minor) else {
        return "bill rate not known".into();
    };
    let billed = format!("{} billed, budget {}", words.money(bill), words.money(budget));
    if bill <= budget {
        billed
    } else {
        format!("{billed}; nothing is left at {BUDGET_PERCENT}%")
    }
}

fn availability_reason(seat: &Seat, candidate: &Candidate, words: &dyn Words) -> String {
    let (Some(late), Some(free)) = (days_late(seat, candidate), candidate.free_from) else {
        return "first free day not stated".into();
    };
    if late <= 0 {
        return "free by the start".into();
    }
    format!(
        "free {}, {late} days after the start; nothing is left at {FREE_WITHIN_DAYS}",
        words.day(free)
    )
}

fn english_reason(seat: &Seat, candidate: &Candidate) -> String {
    let line = |(name, asked, have): (&str, Option<Cefr>, Option<English>)| {
        let asked = asked?;
        Some(have.map_or_else(
            || format!("{name} not stated, asked {}", asked.name()),
            |have| {
                let trusted = if have.verified {
                    "verified".to_owned()
                } else {
                    format!("claimed, counts {}%", trust(false))
                };
                format!("{name} {} ({trusted}), asked {}", have.level.name(), asked.name())
            },
        ))
    };
    [
        ("speaking", seat.english_speaking, candidate.english_speaking),
        ("writing", seat.english_writing, candidate.english_writing),
    ]
    .into_iter()
    .filter_map(line)
    .collect::<Vec<_>>()
    .join("; ")
}

/// The questions that would answer an unknown gate.
pub fn questions(gate: Gate, seat: &Seat, candidate: &Candidate, words: &dyn Words) -> Vec<String> {
    if gates::verdict(gate, seat, candidate) != Verdict::Unknown {
        return Vec::new();
    }
    match gate {
        Gate::MustHave => skill_questions(seat, candidate, words),
        Gate::Vetting => match candidate.vetting {
            Vetting::Unfinished => vec!["Vetting checks of the track".into()],
            Vetting::Vetted | Vetting::Failed => Vec::new(),
        },
        Gate::Standing => Vec::new(),
        Gate::Seniority => vec!["Seniority band?".into()],
        Gate::Overlap => vec!["Zone and working hours?".into()],
        Gate::Budget => vec!["Expected pay, in a currency with a rate?".into()],
        Gate::Availability => vec!["Free from which day?".into()],
        Gate::English => [
            ("Spoken", seat.english_speaking, candidate.english_speaking),
            ("Written", seat.english_writing, candidate.english_writing),
        ]
        .into_iter()
        .filter(|(_, asked, have)| asked.is_some() && have.is_none())
        .map(|(name, asked, _)| format!("{name} English {} or better?", asked.map_or("", Cefr::name)))
        .collect(),
    }
}

fn skill_questions(seat: &Seat, candidate: &Candidate, words: &dyn Words) -> Vec<String> {
    let question = |asked: &super::Must| {
        let found = must(seat, candidate, asked);
        if found.verdict != Verdict::Unknown {
            return None;
        }
        let used = found.used?;
        let name = words.skill(&used.skill.skill);
        if used.credit == 100 {
            return Some(format!("Level in {name}? (asked {})", asked.level));
        }
        Some(format!(
            "Level in {name}? (stands in for {} at {}%, asked {})",
            words.skill(&asked.skill),
            used.credit,
            asked.level
        ))
    };
    seat.must.iter().filter_map(question).collect()
}
