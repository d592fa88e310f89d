//! The page of the long form.

use actix_web::HttpResponse;
use askama::Template;
use chrono::{DateTime, Utc};

use super::form::RequestForm;
use super::kept::{Note, words};
use crate::error::AppResult;
use crate::ids::{RequestId, TrackId};
use crate::money::{Currency, Period, display};
use crate::organizations::store::Organization;
use crate::requests::store::catalogue::{self, Catalogue, Comparator};
use crate::requests::{English, LEVELS, Seniority, Signal, WEIGHTS};
use crate::tracks::OpenTrack;
use crate::web::{FormErrors, Frame, Layout, Section, render};
use crate::zones::{Choice, DAYS, Zone};

/// What the form is filled in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A stranger's first request, with the account.
    Register,
    /// A client's further request.
    File,
    /// What a recruiter files for a client who phoned.
    ByPhone,
    /// A request that exists.
    Edit(RequestId),
}

#[derive(Template)]
#[template(path = "requests/intake.html")]
struct IntakePage {
    layout: Layout,
    occasion: Occasion,
    form: RequestForm,
    errors: FormErrors,
    tracks: Vec<OpenTrack>,
    catalogue: Catalogue,
    comparators: Vec<Comparator>,
    zones: Vec<Choice>,
    currencies: Words,
    periods: Words,
    levels: Words,
    kept: Option<Note>,
    client: Option<Organization>,
}

/// Codes and words of a select.
type Words = Vec<(String, String)>;

fn currencies() -> Words {
    let words = |currency: Currency| match currency.symbol().trim() {
        "" => currency.to_string(),
        symbol => format!("{currency} ({symbol})"),
    };
    Currency::all()
        .map(|currency| (currency.to_string(), words(currency)))
        .collect()
}

fn periods() -> Words {
    Period::ALL
        .into_iter()
        .map(|period| (period.word().to_owned(), period.word().to_owned()))
        .collect()
}

fn levels() -> Words {
    let asked = English::ALL
        .into_iter()
        .map(|level| (level.number().to_string(), format!("at least {}", level.label())));
    std::iter::once((String::new(), "not asked".to_owned()))
        .chain(asked)
        .collect()
}

impl IntakePage {
    fn heading(&self) -> &'static str {
        match self.occasion {
            Occasion::Register => "Say what you need",
            Occasion::File => "A further request",
            Occasion::ByPhone => "A request by phone",
            Occasion::Edit(_) => "Edit the request",
        }
    }

    fn registers(&self) -> bool {
        self.occasion == Occasion::Register
    }

    /// Whether staff fill it in for somebody else.
    fn is_by_phone(&self) -> bool {
        self.occasion == Occasion::ByPhone
    }

    /// Whether the company is made with the request.
    fn is_new_company(&self) -> bool {
        self.registers() || (self.is_by_phone() && self.client.is_none())
    }

    /// The days from and until which the form was kept that is filled in.
    fn found(&self) -> Option<(&str, &str)> {
        match &self.kept {
            Some(Note::Found(from, until)) => Some((from, until)),
            Some(Note::Kept(_)) | None => None,
        }
    }

    /// What stands beside the button that keeps the form.
    fn keeping(&self) -> String {
        match &self.kept {
            Some(Note::Kept(until) | Note::Found(_, until)) => words(until),
            None => "Needs no account: this browser finds the form again for 30 days, without the password.".to_owned(),
        }
    }

    /// One track is no choice, unless the one that was chosen is gone.
    fn chooses(&self) -> bool {
        self.tracks.len() > 1 || !self.errors.of("track").is_empty()
    }

    fn edits(&self) -> Option<RequestId> {
        match self.occasion {
            Occasion::Edit(id) => Some(id),
            Occasion::Register | Occasion::File | Occasion::ByPhone => None,
        }
    }

    fn action(&self) -> String {
        match self.occasion {
            Occasion::Register | Occasion::File => "/start".to_owned(),
            Occasion::ByPhone => "/requests/new".to_owned(),
            Occasion::Edit(id) => format!("/requests/{id}/edit"),
        }
    }

    /// The three bands: label, the fields' names, typed values, what such a person does.
    fn bands(&self) -> [Band<'_>; 3] {
        let f = &self.form;
        [
            Band::new(
                Seniority::Senior,
                ["seniors", "senior_budget"],
                [&f.seniors, &f.senior_budget],
                self,
            ),
            Band::new(Seniority::Mid, ["mids", "mid_budget"], [&f.mids, &f.mid_budget], self),
            Band::new(
                Seniority::Junior,
                ["juniors", "junior_budget"],
                [&f.juniors, &f.junior_budget],
                self,
            ),
        ]
    }
}

/// One line of the seats.
struct Band<'a> {
    label: &'static str,
    hint: &'static str,
    market: String,
    count_field: &'static str,
    count: &'a str,
    count_error: &'a str,
    budget_field: &'static str,
    budget: &'a str,
    budget_error: &'a str,
}

impl<'a> Band<'a> {
    fn new(seniority: Seniority, fields: [&'static str; 2], values: [&'a str; 2], page: &'a IntakePage) -> Self {
        let market = page
            .comparators
            .iter()
            .find(|known| known.seniority == seniority)
            .and_then(|known| {
                let currency: Currency = known.currency.parse().ok()?;
                let from = display(known.from_minor, currency);
                Some(known.to_minor.map_or_else(
                    || format!("{from} and above"),
                    |to| format!("{from} to {}", display(to, currency)),
                ))
            });
        Self {
            label: seniority.label(),
            hint: match seniority {
                Seniority::Senior => "leads the architecture, scales it, mentors",
                Seniority::Mid => "designs and builds services, has shipped",
                Seniority::Junior => "builds features with guidance",
            },
            market: market.unwrap_or_default(),
            count_field: fields[0],
            count: values[0],
            count_error: page.errors.of(fields[0]),
            budget_field: fields[1],
            budget: values[1],
            budget_error: page.errors.of(fields[1]),
        }
    }
}

/// What every occasion loads: the tracks, the taxonomy, the comparators, the zones.
pub struct Offer {
    /// The kinds of role to choose from.
    pub tracks: Vec<OpenTrack>,
    /// The skills.
    pub catalogue: Catalogue,
    /// What bands are paid.
    pub comparators: Vec<Comparator>,
    /// The places.
    pub zones: Vec<Choice>,
    /// What is kept for a stranger's browser.
    pub kept: Option<Note>,
    /// Whom staff file for; nothing: a new company.
    pub client: Option<Organization>,
}

/// Loads what every occasion needs; without a track there is nothing to compare with yet.
pub async fn offer(
    conn: &mut sqlx::PgConnection,
    tracks: Vec<OpenTrack>,
    chosen: Option<TrackId>,
    now: DateTime<Utc>,
) -> AppResult<Offer> {
    let catalogue = catalogue::skills(conn).await?;
    let comparators = match chosen {
        Some(track) => catalogue::comparators(conn, track).await?,
        None => Vec::new(),
    };
    Ok(Offer {
        tracks,
        catalogue,
        comparators,
        zones: Zone::choices(now),
        kept: None,
        client: None,
    })
}

/// The form as an answer; with errors it is one that cannot be taken.
pub fn answer(
    frame: Frame,
    occasion: Occasion,
    form: RequestForm,
    errors: FormErrors,
    offer: Offer,
) -> AppResult<HttpResponse> {
    let section = if occasion == Occasion::Register {
        Section::Start
    } else {
        Section::Requests
    };
    let status = errors.status();
    let Offer {
        tracks,
        catalogue,
        comparators,
        zones,
        kept,
        client,
    } = offer;
    let page = IntakePage {
        layout: frame.layout(section),
        occasion,
        form,
        errors,
        tracks,
        catalogue,
        comparators,
        zones,
        currencies: currencies(),
        periods: periods(),
        levels: levels(),
        kept,
        client,
    };
    render(status, &page)
}
