//! The guarantee: its terms, its calendar and its checklist. Pure: no database, no clock, no words of a page.
//!
//! Reading order: `organizations::terms` (what was promised), `calendar` (where the promise stands at an instant), `checklist` (what a
//! guarantee claim is judged by). Dates are dates of the client's zone; an instant is derived from a date as the first instant
//! whose local date is that day, so a day without a midnight needs no special case.
//!
//! 2026-11-21: a guarantee runs over *counted* dates. A calendar-day promise counts every date, a business-day promise Monday to
//! Friday without holidays, and neither counts a paused date. The last covered date is the date on which the count is full;
//! it never rolls on weekends. Only the deadline for notice rolls, because only that asks somebody to act.

mod calendar;
mod checklist;

pub use crate::organizations::terms::{
    Cause, DayKind, ExclusivityRule, PausePolicy, PaymentRule, Remedy, Restart, StartRule, Terms, TermsError, Tier,
};
pub use calendar::{
    Boundary, Calendar, CalendarError, Closing, Course, Dated, DatedKind, Departure, Milestone, MilestoneKind, Pause,
    Span, State, replacement_span,
};
pub use checklist::{
    Evidence, Exclusivity, Line, LineKind, Payment, Specification, Started, Verdict, checklist, day_text, notice_window,
};
