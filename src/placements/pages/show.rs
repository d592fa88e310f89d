//! One placement: the day, the guarantee line, the checklist.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};

use super::head::Head;
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::PlacementId;
use crate::introductions::State as IntroductionState;
use crate::introductions::pages::{local_text, place};
use crate::introductions::policy::{self, Field, Scope};
use crate::money::Rate;
use crate::placements::guarantee::{
    Calendar, Cause, DatedKind, LineKind, MilestoneKind, State as GuaranteeState, Verdict, day_text,
};
use crate::placements::standing::Judged;
use crate::placements::store::hires::Detail;
use crate::placements::{ClaimState, State};
use crate::web::marks::{GuaranteeLine, LineMark};
use crate::web::{Frame, Layout, Now, Routes, Section, SignedIn, page};

/// Mounts the routes.
pub(super) fn routes(r: &mut Routes) {
    r.get("/placements/{id}", show);
}

/// Number of a line's clause on the page of terms.
fn clause(kind: LineKind) -> String {
    let at = LineKind::ALL.iter().position(|line| *line == kind).unwrap_or(0) + 1;
    format!("terms {at}")
}

#[derive(Template)]
#[template(path = "placements/show.html")]
struct ShowPage {
    layout: Layout,
    tab: &'static str,
    head: Head,
    line: Option<GuaranteeLine>,
}

impl ShowPage {
    fn calendar(&self) -> Option<&Calendar> {
        self.head.standing.calendar.as_ref()
    }

    /// The large words: ("Day 12", "of 30").
    fn big(&self) -> (String, String) {
        let Some(calendar) = self.calendar() else {
            return ("Not covered".to_owned(), String::new());
        };
        let ended = self.head.it.state == State::Ended;
        match (calendar.state, calendar.day) {
            (_, Some(_)) if ended => (self.ended_word(), left_on(&self.head.it, calendar)),
            (_, Some(day)) => (format!("Day {day}"), format!("of {}", calendar.days)),
            (GuaranteeState::Pending, _) => (
                format!("{} days", calendar.days),
                "from the first day of paid work".to_owned(),
            ),
            (GuaranteeState::Paused, _) => ("Paused".to_owned(), format!("of {} days", calendar.days)),
            (GuaranteeState::ClaimOpen, _) if self.head.is_candidate() => {
                (self.ended_word(), left_on(&self.head.it, calendar))
            }
            (GuaranteeState::ClaimOpen, _) => ("Guarantee claim open:".to_owned(), left_on(&self.head.it, calendar)),
            (GuaranteeState::Satisfied, _) => ("Completed".to_owned(), format!("all {} days", calendar.days)),
            (GuaranteeState::Voided | GuaranteeState::Waived | GuaranteeState::Running, _) => {
                ("Ended".to_owned(), left_on(&self.head.it, calendar))
            }
        }
    }

    fn ended_word(&self) -> String {
        if self.head.leaves_later() { "Ends" } else { "Ended" }.to_owned()
    }

    fn covered(&self) -> String {
        self.calendar()
            .map(|calendar| {
                format!(
                    "{}, 24:00 {}",
                    calendar.last_covered.format("%a %-d %b %Y"),
                    place(&self.head.it.zone)
                )
            })
            .unwrap_or_default()
    }

    /// The end of the cover as the other side's clock shows it.
    fn covered_there(&self) -> String {
        let other = self
            .head
            .it
            .person_zone
            .as_deref()
            .filter(|zone| *zone != self.head.it.zone);
        match (self.calendar(), other) {
            (Some(calendar), Some(zone)) => local_text(calendar.ends_at, zone),
            _ => String::new(),
        }
    }

    fn next(&self) -> String {
        // Nothing of the calendar matters any more once somebody has left; the state says who is waited on.
        if self.head.it.state == State::Ended {
            return String::new();
        }
        let Some(next) = self
            .calendar()
            .and_then(|calendar| calendar.next_milestone(self.head.now))
        else {
            return String::new();
        };
        let what = match next.kind {
            MilestoneKind::CheckIn => format!("check-in on day {}", next.day.unwrap_or_default()),
            kind => kind.words().to_owned(),
        };
        format!("Next: {what}, {}", day_text(next.date))
    }

    fn money(&self, minor: i64) -> String {
        let it = &self.head.it;
        it.currency.parse().map_or_else(
            |_| String::new(),
            |currency| {
                Rate {
                    minor,
                    currency,
                    period: it.period,
                }
                .to_string()
            },
        )
    }

    fn pay(&self) -> Option<String> {
        policy::may_see(self.head.audience, IntroductionState::Hired, Field::Pay)
            .then(|| self.money(self.head.it.pay_minor))
    }

    fn bill(&self) -> Option<String> {
        policy::may_see(self.head.audience, IntroductionState::Hired, Field::BillRate)
            .then(|| self.money(self.head.it.bill_minor))
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn clause(&self, judged: &Judged) -> String {
        clause(judged.line.line)
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn sign(&self, judged: &Judged) -> &'static str {
        match judged.verdict() {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::NotApplicable | Verdict::Pending => "open",
        }
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn evidence(&self, judged: &Judged) -> String {
        match &judged.overridden {
            None => judged.line.evidence.clone(),
            Some(by_hand) => format!(
                "{} (judged by hand, otherwise {}: {})",
                by_hand.reason,
                judged.line.verdict.words(),
                judged.line.evidence
            ),
        }
    }

    fn claim_cause(&self) -> &'static str {
        let cause = self.head.it.claim_cause.as_deref().and_then(Cause::parse);
        cause.map(Cause::words).unwrap_or_default()
    }

    fn claim_told(&self) -> String {
        let who = self.head.it.claim_by.as_deref().unwrap_or_default();
        self.head
            .it
            .claim_at
            .map(|at| format!("{}, by {who}", local_text(at, &self.head.it.zone)))
            .unwrap_or_default()
    }

    fn claim_day(&self) -> String {
        self.head.it.claim_day.map(day_text).unwrap_or_default()
    }

    fn claim_decided(&self) -> String {
        let who = self.head.it.claim_decided_by.as_deref().unwrap_or_default();
        self.head
            .it
            .claim_decided_at
            .map(|at| format!("{}, by {who}", local_text(at, &self.head.it.zone)))
            .unwrap_or_default()
    }

    fn searching(&self) -> bool {
        self.head.it.claim_state == Some(ClaimState::ReplacementSearch)
    }
}

fn left_on(it: &Detail, calendar: &Calendar) -> String {
    match it.last_working_day {
        Some(day) => match calendar.day_of(day) {
            Some(number) => format!("last working day is day {number} of {}", calendar.days),
            None => format!("last working day {}", day_text(day)),
        },
        None => it.state.words().1.to_lowercase(),
    }
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// One cell a date: the guarantee line of the page.
fn line_of(calendar: &Calendar, now: DateTime<Utc>) -> GuaranteeLine {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let days = count(calendar.dates.len());
    let at = |date: NaiveDate| {
        calendar
            .dates
            .iter()
            .position(|dated| dated.date == date)
            .map(|index| count(index) + 1)
    };
    let today = if now < calendar.starts_at {
        None
    } else if now >= calendar.ends_at {
        Some(days + 1)
    } else {
        at(calendar.today)
    };
    let first = calendar
        .dates
        .first()
        .map(|dated| dated.date.format("%-d %b").to_string())
        .unwrap_or_default();
    let marks = calendar
        .milestones
        .iter()
        .filter(|milestone| milestone.kind == MilestoneKind::CheckIn)
        .filter_map(|milestone| {
            Some(LineMark {
                day: at(milestone.date)?,
                label: "check-in".to_owned(),
            })
        })
        .collect();
    GuaranteeLine::new(
        days,
        today,
        format!("{first} start"),
        format!("{} last day", calendar.last_covered.format("%-d %b")),
    )
    .rest_days(
        calendar
            .dates
            .iter()
            .map(|dated| dated.kind != DatedKind::Counted || is_weekend(dated.date))
            .collect(),
    )
    .marks(marks)
}

async fn show(
    viewer: SignedIn,
    id: web::Path<PlacementId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let head = Head::load(&mut *db.conn().await?, *id, Scope::of(&viewer.0), now.0).await?;
    let line = head.standing.calendar.as_ref().map(|calendar| line_of(calendar, now.0));
    page(&ShowPage {
        layout: frame.layout(Section::Placements),
        tab: "guarantee",
        head,
        line,
    })
}
