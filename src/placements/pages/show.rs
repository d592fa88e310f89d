//! The list of placements, one placement with its guarantee, its terms and its history.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use serde::Deserialize;

use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::store::{HistoryLine, history};
use crate::ids::PlacementId;
use crate::introductions::State as IntroductionState;
use crate::introductions::pages::{local_text, place};
use crate::introductions::policy::{self, Audience, Field, Scope};
use crate::money::Rate;
use crate::placements::guarantee::{
    Calendar, DatedKind, DayKind, LineKind, MilestoneKind, PausePolicy, PaymentRule, Remedy, Restart,
    State as GuaranteeState, Terms, Verdict, day_text,
};
use crate::placements::standing::{Judged, Standing, calendar_of, judge, standing};
use crate::placements::store::hires::{self as store, Detail, ListRow, Which};
use crate::placements::{Engagement, State};
use crate::web::marks::{GuaranteeLine, LineMark};
use crate::web::{Frame, Layout, Now, Routes, Section, SignedIn, page};

/// Rows of a page of the list.
const ROWS: usize = 50;

/// Mounts the routes.
pub(super) fn routes(r: &mut Routes) {
    r.get("/placements", list);
    r.get("/placements/{id}", show);
    r.get("/placements/{id}/terms", terms);
    r.get("/placements/{id}/history", history_page);
}

/// One line of the list.
struct Row {
    href: String,
    person: String,
    title: String,
    organization: String,
    start: String,
    kind: &'static str,
    word: &'static str,
    standing: String,
    covered: String,
}

impl Row {
    fn of(row: &ListRow, audience: Audience, now: DateTime<Utc>) -> AppResult<Self> {
        let calendar = calendar_of(row, now)?;
        let (kind, word) = match row
            .claim_state
            .filter(|claim| claim.is_open() && audience != Audience::Candidate)
        {
            Some(claim) => claim.words(),
            // The sweep may be a minute late; the calendar is not.
            None if row.state == State::Scheduled && calendar.as_ref().is_some_and(|c| now >= c.starts_at) => {
                State::Active.words()
            }
            None => row.state.words(),
        };
        Ok(Self {
            href: format!("/placements/{}", row.id),
            person: policy::person(audience, IntroductionState::Hired, row.name.as_deref(), row.code),
            title: row.title.clone(),
            organization: row.organization.clone(),
            start: day_text(row.start_on),
            kind,
            word,
            standing: standing_text(row.state, calendar.as_ref()),
            covered: calendar
                .map(|calendar| day_text(calendar.last_covered))
                .unwrap_or_default(),
        })
    }
}

fn standing_text(state: State, calendar: Option<&Calendar>) -> String {
    match (state, calendar) {
        (State::NoShow | State::CancelledBeforeStart, _) => "no guarantee".to_owned(),
        (State::Ended, _) => "left".to_owned(),
        (_, None) => "not covered".to_owned(),
        (_, Some(calendar)) => match (calendar.state, calendar.day) {
            (_, Some(day)) => format!("day {day} of {}", calendar.days),
            (GuaranteeState::Pending, _) => format!("{} days from the start", calendar.days),
            _ => "completed".to_owned(),
        },
    }
}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    after: Option<PlacementId>,
    #[serde(default)]
    running: Option<String>,
}

#[derive(Template)]
#[template(path = "placements/list.html")]
struct ListPage {
    layout: Layout,
    audience: Audience,
    running: bool,
    rows: Vec<Row>,
    next: String,
}

impl ListPage {
    fn is_staff(&self) -> bool {
        self.audience == Audience::Staff
    }

    fn is_candidate(&self) -> bool {
        self.audience == Audience::Candidate
    }
}

async fn list(
    viewer: SignedIn,
    query: web::Query<ListQuery>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&viewer.0);
    let running = query.running.is_some();
    let which = if running { Which::Running(now.0) } else { Which::All };
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut found = store::list(&mut *db.conn().await?, scope, which, query.after, limit).await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let suffix = if running { "&running=yes" } else { "" };
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| format!("/placements?after={}{suffix}", last.id))
        .unwrap_or_default();
    page(&ListPage {
        layout: frame.layout(Section::Placements),
        audience: scope.audience,
        running,
        rows: found
            .iter()
            .map(|row| Row::of(row, scope.audience, now.0))
            .collect::<AppResult<_>>()?,
        next,
    })
}

/// The head that every page of a placement shares.
pub(super) struct Head {
    pub(super) it: Detail,
    pub(super) audience: Audience,
    pub(super) now: DateTime<Utc>,
    pub(super) standing: Standing,
}

impl Head {
    pub(super) async fn load(
        conn: &mut sqlx::PgConnection,
        id: PlacementId,
        scope: Scope,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        let it = store::detail(conn, id, scope).await?.ok_or(AppError::NotFound)?;
        let standing = standing(&it, now)?;
        Ok(Self {
            it,
            audience: scope.audience,
            now,
            standing,
        })
    }

    pub(super) fn is_staff(&self) -> bool {
        self.audience == Audience::Staff
    }

    pub(super) fn is_candidate(&self) -> bool {
        self.audience == Audience::Candidate
    }

    /// The address of the placement, or of a part of it ("/terms").
    pub(super) fn href(&self, part: &str) -> String {
        format!("/placements/{}{part}", self.it.id)
    }

    pub(super) fn heading(&self) -> String {
        let person = policy::person(
            self.audience,
            IntroductionState::Hired,
            self.it.name.as_deref(),
            self.it.code,
        );
        format!("{person}, {}", self.it.title)
    }

    /// The state at this instant, whether or not the sweep has been here.
    fn present(&self) -> State {
        let begun = self.now >= self.standing.zone.start_of_day(self.it.start_on);
        if self.it.state == State::Scheduled && begun {
            State::Active
        } else {
            self.it.state
        }
    }

    pub(super) fn state(&self) -> (&'static str, &'static str) {
        self.present().words()
    }

    pub(super) fn start_line(&self) -> (&'static str, String) {
        let word = if matches!(self.present(), State::Active | State::Ended) {
            "started"
        } else {
            "starts"
        };
        (word, self.it.start_on.format("%a %-d %b %Y").to_string())
    }

    pub(super) fn engagement(&self) -> &'static str {
        Engagement::words(self.it.engagement)
    }

    pub(super) fn may_depart(&self) -> bool {
        !self.is_candidate() && self.present() == State::Active
    }

    pub(super) fn may_cancel(&self) -> bool {
        self.is_staff() && self.present() == State::Scheduled
    }

    pub(super) fn may_no_show(&self) -> bool {
        self.is_staff() && self.present() == State::Active
    }

    /// The claim, for those it concerns.
    pub(super) fn claim(&self) -> Option<(&'static str, &'static str)> {
        self.it
            .claim_state
            .filter(|_| !self.is_candidate())
            .map(super::super::ClaimState::words)
    }

    pub(super) fn may_decide(&self) -> bool {
        self.is_staff()
            && self
                .it
                .claim_state
                .is_some_and(super::super::ClaimState::waits_for_judgement)
    }

    /// The checklist: as judged, or as it would be judged now.
    pub(super) fn checks(&self) -> Vec<Judged> {
        let stored = self
            .it
            .claim_checklist
            .as_ref()
            .filter(|_| self.it.claim_decided_at.is_some());
        stored
            .and_then(|lines| serde_json::from_value(lines.clone()).ok())
            .unwrap_or_else(|| judge(self.standing.lines.clone(), &[]))
    }
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
    head: Head,
    line: Option<GuaranteeLine>,
}

impl ShowPage {
    fn tab(&self) -> &'static str {
        "guarantee"
    }

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
            (_, Some(_)) if ended => ("Ended".to_owned(), left_on(&self.head.it, calendar)),
            (_, Some(day)) => (format!("Day {day}"), format!("of {}", calendar.days)),
            (GuaranteeState::Pending, _) => (
                format!("{} days", calendar.days),
                "from the first day of paid work".to_owned(),
            ),
            (GuaranteeState::Paused, _) => ("Paused".to_owned(), format!("of {} days", calendar.days)),
            (GuaranteeState::ClaimOpen, _) => ("Claim".to_owned(), left_on(&self.head.it, calendar)),
            (GuaranteeState::Satisfied, _) => ("Completed".to_owned(), format!("all {} days", calendar.days)),
            (GuaranteeState::Voided | GuaranteeState::Waived | GuaranteeState::Running, _) => {
                ("Ended".to_owned(), left_on(&self.head.it, calendar))
            }
        }
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
        let Some(next) = self
            .calendar()
            .and_then(|calendar| calendar.next_milestone(self.head.now))
        else {
            return String::new();
        };
        let what = match next.kind {
            MilestoneKind::Start => "first paid day".to_owned(),
            MilestoneKind::CheckIn => format!("check-in on day {}", next.day.unwrap_or_default()),
            MilestoneKind::Reminder => "the day before the last covered one".to_owned(),
            MilestoneKind::LastCovered => "last covered day".to_owned(),
            MilestoneKind::End => "cover ends".to_owned(),
            MilestoneKind::NoticeCloses => "notice window closes".to_owned(),
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
        let cause = self
            .head
            .it
            .claim_cause
            .as_deref()
            .and_then(crate::placements::guarantee::Cause::parse);
        cause
            .map(crate::placements::guarantee::Cause::words)
            .unwrap_or_default()
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
        self.head.it.claim_state == Some(super::super::ClaimState::ReplacementSearch)
    }
}

fn left_on(it: &Detail, calendar: &Calendar) -> String {
    match it.last_working_day {
        Some(day) => match calendar.day_of(day) {
            Some(number) => format!("left on day {number} of {}", calendar.days),
            None => format!("left {}", day_text(day)),
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
        head,
        line,
    })
}

#[derive(Template)]
#[template(path = "placements/terms.html")]
struct TermsPage {
    layout: Layout,
    head: Head,
    clauses: Vec<(&'static str, String)>,
}

impl TermsPage {
    fn tab(&self) -> &'static str {
        "terms"
    }
}

/// The terms in the order of the checklist's lines, in words.
fn clauses(terms: &Terms) -> Vec<(&'static str, String)> {
    let causes = |all: &[crate::placements::guarantee::Cause]| {
        let words: Vec<&str> = all.iter().map(|cause| cause.words()).collect();
        if words.is_empty() {
            "none named".to_owned()
        } else {
            words.join(", ")
        }
    };
    let kind = if terms.day_kind == DayKind::Calendar {
        "calendar"
    } else {
        "business"
    };
    let restart = match terms.restart {
        Restart::None => "the guarantee does not restart",
        Restart::RemainingDays => "the remaining days pass to the replacement",
        Restart::Full => "the guarantee starts again in full",
    };
    let remedies: Vec<&str> = terms
        .remedies
        .iter()
        .map(|remedy| match remedy {
            Remedy::Replacement => "replacement at no cost",
            Remedy::Refund => "refund",
            Remedy::Credit => "credit",
        })
        .collect();
    let pauses = if terms.pauses == PausePolicy::Extend {
        "agreed pauses do not count"
    } else {
        "pauses do not stop the days"
    };
    let payment = if terms.payment_rule == PaymentRule::None {
        "none"
    } else {
        "every invoice due is paid when notice is given"
    };
    let days: Vec<String> = terms.check_in_days.iter().map(ToString::to_string).collect();
    vec![
        (
            "Start",
            "The first day of paid work is day 1, in the client's time zone.".to_owned(),
        ),
        (
            "Window",
            format!(
                "{} {kind} days; {pauses}. Check-ins on days {}.",
                terms.days,
                days.join(", ")
            ),
        ),
        ("Covered", causes(&terms.covered_causes)),
        ("Excluded", causes(&terms.exclusions)),
        (
            "Notice",
            format!(
                "Within {} business days of the last working day.",
                terms.notice_business_days
            ),
        ),
        ("Payment rule", payment.to_owned()),
        (
            "Replacements",
            format!(
                "{} in all; {restart}. Remedies in order: {}.",
                terms.most_replacements,
                remedies.join(", ")
            ),
        ),
        (
            "Exclusivity",
            if terms.exclusivity == crate::placements::guarantee::ExclusivityRule::None {
                "not asked for"
            } else {
                "asked for"
            }
            .to_owned(),
        ),
        (
            "Specification",
            "A replacement is owed for the work as it was specified when the placement was made.".to_owned(),
        ),
    ]
}

async fn terms(
    viewer: SignedIn,
    id: web::Path<PlacementId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let head = Head::load(&mut *db.conn().await?, *id, Scope::of(&viewer.0), now.0).await?;
    let clauses = clauses(&head.standing.terms);
    page(&TermsPage {
        layout: frame.layout(Section::Placements),
        head,
        clauses,
    })
}

#[derive(Template)]
#[template(path = "placements/history.html")]
struct HistoryPage {
    layout: Layout,
    head: Head,
    lines: Vec<HistoryLine>,
}

impl HistoryPage {
    fn tab(&self) -> &'static str {
        "history"
    }

    fn when(&self, line: &HistoryLine) -> String {
        local_text(line.at, &self.head.it.zone)
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn iso(&self, line: &HistoryLine) -> String {
        line.at.to_rfc3339()
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn who(&self, line: &HistoryLine) -> String {
        if line.actor == "system" {
            String::new()
        } else {
            line.actor.clone()
        }
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn what(&self, line: &HistoryLine) -> String {
        match line.kind.as_str() {
            "placement.made" => "Offer accepted, terms frozen",
            "placement.started" => "First paid day",
            "guarantee.running" => "The guarantee began to run",
            "guarantee.satisfied" => "The last covered day passed",
            "placement.ended" => "A departure was recorded",
            "placement.no_show" => "Recorded: never started",
            "placement.cancelled" => "Cancelled before the start",
            "guarantee_claim.notified" => "Guarantee claim notified",
            "guarantee_claim.decided" => "Guarantee claim judged",
            "guarantee_claim.remedy" => "Remedy opened",
            "guarantee_claim.replaced" => "Replaced",
            other => other,
        }
        .to_owned()
    }
}

async fn history_page(
    viewer: SignedIn,
    id: web::Path<PlacementId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let head = Head::load(&mut conn, *id, Scope::of(&viewer.0), now.0).await?;
    let mut lines = history(&mut conn, ("placement", id.0), 100).await?;
    if head.is_candidate() {
        lines.retain(|line| !line.kind.starts_with("guarantee_claim"));
    }
    page(&HistoryPage {
        layout: frame.layout(Section::Placements),
        head,
        lines,
    })
}
