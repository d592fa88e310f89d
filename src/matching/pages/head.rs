//! What stands above every page of one seat: where, what is asked, tabs with counts.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::scored::Scored;
use crate::ids::{OrganizationId, RequestId};
use crate::matching::pool::Pool;
use crate::matching::raw::RawSeat;
use crate::matching::score::explain::{Words as _, hours};
use crate::requests::Scope;
use crate::zones::{Zone, clock_text};

/// Which seat, which page of the list, whose explanation.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct SeatQuery {
    /// Number of the seat, from 1.
    #[serde(default)]
    pub seat: Option<u32>,
    /// Place of the first row, from 1.
    #[serde(default)]
    pub from: Option<usize>,
    /// Whose points are explained.
    #[serde(default)]
    pub candidate: Option<uuid::Uuid>,
}

impl SeatQuery {
    /// The seat asked for; the first one if none is named.
    pub fn number(&self) -> u32 {
        self.seat.unwrap_or(1)
    }
}

/// One tab.
pub struct Tab {
    /// Where it leads.
    pub href: String,
    /// Its word.
    pub label: &'static str,
    /// Whether this page is it.
    pub current: bool,
    /// What it holds; empty = not counted.
    pub count: String,
}

/// The parts of a request that staff move between.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Matches.
    Matches,
    /// To confirm.
    ToConfirm,
    /// Stored runs.
    Runs,
}

/// The tabs of a request; counts of matches and of people to confirm where they are known.
pub fn tabs(request: RequestId, seat: u32, current: Part, counts: Option<(usize, usize)>) -> Vec<Tab> {
    let count = |n: Option<usize>| n.map(thousands).unwrap_or_default();
    let tab = |part, label, href: String, n| Tab {
        href,
        label,
        current: part == Some(current),
        count: count(n),
    };
    vec![
        tab(None, "Brief", format!("/requests/{request}"), None),
        tab(
            Some(Part::Matches),
            "Matches",
            format!("/requests/{request}/matches?seat={seat}"),
            counts.map(|(matched, _)| matched),
        ),
        tab(
            Some(Part::ToConfirm),
            "To confirm",
            format!("/requests/{request}/matches/to-confirm?seat={seat}"),
            counts.map(|(_, open)| open),
        ),
        tab(
            None,
            "Introductions",
            format!("/requests/{request}/introductions"),
            None,
        ),
        tab(Some(Part::Runs), "Runs", format!("/requests/{request}/runs"), None),
    ]
}

/// Thousands apart.
pub fn thousands(n: usize) -> String {
    crate::web::marks::thousands(u32::try_from(n).unwrap_or(u32::MAX))
}

/// An instant as people of that zone read it: "21 Nov 2026, 09:14 New York".
pub fn moment(at: DateTime<Utc>, zone: &str) -> String {
    let zone = Zone::parse(zone).unwrap_or_else(|_| Zone::utc());
    format!("{} {}", zone.local(at).format("%-d %b %Y, %H:%M"), zone.place())
}

/// The head of a page of one seat.
pub struct SeatHead {
    /// The request.
    pub request: RequestId,
    /// The seat shown.
    pub number: u32,
    /// "Ledger services, seat 1 of 3".
    pub title: String,
    /// The request's title.
    pub request_title: String,
    /// The client.
    pub organization_id: OrganizationId,
    /// The client's name.
    pub organization: String,
    /// The request's state: the colour word of its dot, and who is waited on.
    pub state: (&'static str, String),
    /// What is asked: a word and its value.
    pub facts: Vec<(&'static str, String)>,
    /// Links to the seats, with whether it is this one; empty for a single seat.
    pub seats: Vec<(u32, String, bool)>,
    /// Tabs.
    pub tabs: Vec<Tab>,
}

impl SeatHead {
    /// The head for a scored pool.
    pub fn new(scored: &Scored, current: Part) -> Self {
        let header = &scored.header;
        let number = scored.computed.raw.seat.number;
        let seats = header.numbers.len();
        let title = if seats > 1 {
            format!("{}, seat {number} of {seats}", header.title)
        } else {
            header.title.clone()
        };
        let counts = (scored.matched, scored.to_confirm);
        let tabs = tabs(header.request, number, current, Some(counts));
        let here = tabs
            .iter()
            .find(|tab| tab.current)
            .map(|tab| tab.href.clone())
            .unwrap_or_default();
        let path = here.split('?').next().unwrap_or_default().to_owned();
        let link = |n: &i16| {
            let n = u32::try_from(*n).unwrap_or(1);
            (n, format!("{path}?seat={n}"), n == number)
        };
        Self {
            request: header.request,
            number,
            title,
            request_title: header.title.clone(),
            organization_id: header.organization,
            organization: header.organization_name.clone(),
            state: (header.state.kind(), header.state.words(Scope::Staff)),
            facts: scored.facts.clone(),
            seats: if seats > 1 {
                header.numbers.iter().map(link).collect()
            } else {
                Vec::new()
            },
            tabs,
        }
    }
}

/// What the seat asks for, in the order in which people ask.
pub fn facts(pool: &Pool) -> Vec<(&'static str, String)> {
    let seat: &RawSeat = &pool.raw.seat;
    let mut facts = Vec::new();
    if let Some(band) = seat.seniority {
        facts.push(("", super::rows::capital(band.name())));
    }
    let hours_of_day = format!(
        "{}\u{2013}{}",
        clock_text(seat.week.start_minute),
        clock_text(seat.week.end_minute)
    );
    let days = seat.week.days.to_string().replace('-', "\u{2013}");
    facts.push((
        "hours",
        format!("{hours_of_day} {}, {days}", place(seat.week.zone.name())),
    ));
    if let Some(minutes) = seat.least_overlap_minutes.filter(|minutes| *minutes > 0) {
        facts.push(("overlap", format!("\u{2265} {}", hours(minutes))));
    }
    let english = match (seat.english_speaking, seat.english_writing) {
        (Some(spoken), Some(written)) if spoken == written => Some(spoken.name().to_owned()),
        (Some(spoken), Some(written)) => Some(format!("{} spoken, {} written", spoken.name(), written.name())),
        (Some(spoken), None) => Some(format!("{} spoken", spoken.name())),
        (None, Some(written)) => Some(format!("{} written", written.name())),
        (None, None) => None,
    };
    facts.extend(english.map(|english| ("English", english)));
    if let (Some(budget), Some(period)) = (seat.budget_minor, seat.period) {
        facts.push(("budget", format!("{} / {period}", pool.words.money(budget))));
    }
    if let Some(start) = seat.start {
        facts.push(("start", pool.words.day(start)));
    }
    facts.push((
        "length",
        seat.months
            .map_or("open-ended".to_owned(), |months| format!("{months} months")),
    ));
    facts
}

/// The last part of a zone's name: "New York".
pub fn place(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}
