//! Frozen terms in words, one clause a line of the checklist. Pure.

use super::guarantee::notice_window;
use crate::organizations::terms::{Cause, DayKind, ExclusivityRule, PausePolicy, PaymentRule, Remedy, Restart, Terms};

/// The clauses, in the order of the checklist's lines.
pub fn clauses(terms: &Terms) -> [(&'static str, String); 9] {
    [
        (
            "Start",
            "The first day of paid work is day 1, in the client's time zone.".to_owned(),
        ),
        ("Window", window(terms)),
        ("Covered", causes(&terms.covered_causes)),
        ("Excluded", causes(&terms.exclusions)),
        (
            "Notice",
            format!("Within {} of the last working day.", notice_window(terms)),
        ),
        ("Payment rule", payment(terms.payment_rule).to_owned()),
        ("Replacements", remedies(terms)),
        ("Exclusivity", exclusivity(terms.exclusivity).to_owned()),
        (
            "Specification",
            "Replacements are owed for the work as it was specified when the placement was made.".to_owned(),
        ),
    ]
}

fn window(terms: &Terms) -> String {
    let kind = match terms.day_kind {
        DayKind::Calendar => "calendar",
        DayKind::Business => "business",
    };
    let pauses = match terms.pauses {
        PausePolicy::Extend => "agreed pauses do not count",
        PausePolicy::None => "pauses do not stop the days",
    };
    let days: Vec<String> = terms.check_in_days.iter().map(ToString::to_string).collect();
    let check_ins = if days.is_empty() {
        "none".to_owned()
    } else {
        format!("on days {}", days.join(", "))
    };
    format!("{} {kind} days; {pauses}. Check-ins: {check_ins}.", terms.days)
}

fn causes(all: &[Cause]) -> String {
    let words: Vec<&str> = all.iter().map(|cause| cause.words()).collect();
    if words.is_empty() {
        "none named".to_owned()
    } else {
        words.join(", ")
    }
}

const fn payment(rule: PaymentRule) -> &'static str {
    match rule {
        PaymentRule::None => "none",
        PaymentRule::PaidAtNotice => "every invoice due is paid when notice is given",
    }
}

const fn exclusivity(rule: ExclusivityRule) -> &'static str {
    match rule {
        ExclusivityRule::None => "not asked for",
        ExclusivityRule::Required => "asked for",
    }
}

fn remedies(terms: &Terms) -> String {
    let restart = match terms.restart {
        Restart::None => "the guarantee does not restart",
        Restart::RemainingDays => "the remaining days pass to the replacement",
        Restart::Full => "the guarantee starts again in full",
    };
    let words = |remedy: &Remedy| match remedy {
        Remedy::Replacement => "replacement at no cost",
        Remedy::Refund => "refund",
        Remedy::Credit => "credit",
    };
    let order: Vec<&str> = terms.remedies.iter().map(words).collect();
    format!(
        "{} in all; {restart}. Remedies in order: {}.",
        terms.most_replacements,
        order.join(", ")
    )
}
