//! Exchange rates and mark-ups: dated, never overwritten.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::day;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{MarkupId, OrganizationId, RateId, TrackId};
use crate::money::Currency;
use crate::tracks::actions::{self, SaveError};
use crate::tracks::store::money::{self, MarkupRow, NewMarkup, NewRate, RateRow};
use crate::tracks::{parse_percent, parse_rate, percent, rate_plain, store};
use crate::web::{Act, Admin, Form, FormErrors, Frame, Layout, Now, Proven, Section, form, render};

#[derive(Debug, Default, Deserialize)]
pub(super) struct PairQuery {
    #[serde(default)]
    base: String,
    #[serde(default)]
    quote: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct RateForm {
    #[serde(default)]
    base: String,
    #[serde(default)]
    quote: String,
    #[serde(default)]
    rate: String,
    #[serde(default)]
    valid_from: String,
    #[serde(default)]
    source: String,
}

#[derive(Template)]
#[template(path = "tracks/rates.html")]
struct RatesPage {
    layout: Layout,
    rows: Vec<RateRow>,
    pair: Option<(String, String)>,
    currencies: Vec<(String, String)>,
    input: RateForm,
    today: NaiveDate,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl RatesPage {
    fn rate(&self, row: &RateRow) -> String {
        rate_plain(row.rate_e9)
    }

    fn from(&self, row: &RateRow) -> String {
        day(row.valid_from)
    }

    fn is_later(&self, row: &RateRow) -> bool {
        row.valid_from > self.today
    }

    fn by(&self, row: &RateRow) -> String {
        row.set_by.clone().unwrap_or_else(|| "the system".to_owned())
    }
}

async fn rates_page(
    db: &Db,
    frame: Frame,
    now: Now,
    pair: Option<(String, String)>,
    input: RateForm,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let rows = match &pair {
        Some((base, quote)) => money::rate_history(&mut conn, base, quote).await?,
        None => money::rates(&mut conn).await?,
    };
    drop(conn);
    let currencies = Currency::all()
        .map(|currency| (currency.code().to_owned(), currency.code().to_owned()))
        .collect();
    let status = errors.status();
    let (layout, today) = (frame.layout(Section::Admin), now.0.date_naive());
    render(
        status,
        &RatesPage {
            layout,
            rows,
            pair,
            currencies,
            input,
            today,
            errors,
        },
    )
}

/// GET /admin/rates; with `base` and `quote` the history of the pair.
pub(super) async fn rates(
    _admin: Admin,
    db: web::ThinData<Db>,
    query: web::Query<PairQuery>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let known = |code: &str| code.parse::<Currency>().ok().map(|currency| currency.code().to_owned());
    let pair = known(&query.base).zip(known(&query.quote));
    let (base, quote) = pair.clone().unwrap_or_else(|| ("EUR".to_owned(), "USD".to_owned()));
    let input = RateForm {
        base,
        quote,
        valid_from: now.0.date_naive().to_string(),
        ..RateForm::default()
    };
    rates_page(&db, frame, now, pair, input, FormErrors::none()).await
}

fn rate_of(input: &RateForm, errors: &mut FormErrors) -> Option<NewRate> {
    let code = |text: &str| {
        text.parse::<Currency>()
            .map(|currency| currency.code().to_owned())
            .map_err(|_| "Choose a currency.")
    };
    let base = errors.take("base", code(&input.base));
    let quote = errors.take("quote", code(&input.quote));
    let rate_e9 = errors.take("rate", parse_rate(&input.rate));
    let valid_from = errors.take(
        "valid_from",
        match input.valid_from.trim() {
            "" => Err("Choose a day."),
            text => form::date(text),
        },
    );
    let source = errors.take(
        "source",
        form::line(&input.source, 200).map_err(|_| "Say in a line where the figure comes from."),
    );
    if base.is_some() && base == quote {
        errors.add("quote", "Choose two different currencies.");
    }
    let (base, quote, rate_e9, valid_from, source) = (base?, quote?, rate_e9?, valid_from?, source?);
    errors.is_empty().then_some(NewRate {
        id: RateId::new(),
        base,
        quote,
        rate_e9,
        valid_from,
        source,
    })
}

/// POST /admin/rates
pub(super) async fn add_rate(
    _admin: Admin,
    _proven: Proven,
    act: Act,
    frame: Frame,
    Form(input): Form<RateForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    if let Some(new) = rate_of(&input, &mut errors) {
        let mut tx = act.begin().await?;
        match actions::add_rate(&mut tx, &act.by, act.at, &new).await {
            Ok(()) => {
                let said = format!(
                    "1 {} is {} {} from {} on.",
                    new.base,
                    rate_plain(new.rate_e9),
                    new.quote,
                    day(new.valid_from)
                );
                return act
                    .done(tx, said, format!("/admin/rates?base={}&quote={}", new.base, new.quote))
                    .await;
            }
            Err(SaveError::Field(field, why)) => errors.add(field, why),
            Err(SaveError::Other(error)) => return Err(error),
        }
    }
    rates_page(&act.db, frame, act.now(), None, input, errors).await
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct MarkupForm {
    #[serde(default)]
    track: String,
    #[serde(default)]
    organization: String,
    #[serde(default)]
    percent: String,
    #[serde(default)]
    valid_from: String,
}

#[derive(Template)]
#[template(path = "tracks/markups.html")]
struct MarkupsPage {
    layout: Layout,
    rows: Vec<MarkupRow>,
    tracks: Vec<(String, String)>,
    organizations: Vec<(String, String)>,
    input: MarkupForm,
    today: NaiveDate,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl MarkupsPage {
    fn percent(&self, row: &MarkupRow) -> String {
        percent(row.basis_points)
    }

    fn from(&self, row: &MarkupRow) -> String {
        day(row.valid_from)
    }

    fn by(&self, row: &MarkupRow) -> String {
        row.set_by.clone().unwrap_or_else(|| "the system".to_owned())
    }

    fn standing(&self, row: &MarkupRow) -> (&'static str, &'static str) {
        if row.holds {
            ("ok", "Holds")
        } else if row.valid_from > self.today {
            ("wait", "Later")
        } else {
            ("soft", "Replaced")
        }
    }
}

async fn markups_page(
    db: &Db,
    frame: Frame,
    now: Now,
    input: MarkupForm,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let today = now.0.date_naive();
    let mut conn = db.conn().await?;
    let rows = money::markups(&mut conn, today).await?;
    let mut tracks = vec![(String::new(), "Choose".to_owned())];
    tracks.extend(
        store::choices(&mut conn)
            .await?
            .into_iter()
            .map(|(id, name)| (id.to_string(), name)),
    );
    let mut organizations = vec![(String::new(), "Every client without one of its own".to_owned())];
    organizations.extend(
        money::organizations(&mut conn)
            .await?
            .into_iter()
            .map(|(id, name)| (id.to_string(), name)),
    );
    drop(conn);
    let status = errors.status();
    let layout = frame.layout(Section::Admin);
    render(
        status,
        &MarkupsPage {
            layout,
            rows,
            tracks,
            organizations,
            input,
            today,
            errors,
        },
    )
}

/// GET /admin/markups
pub(super) async fn markups(_admin: Admin, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    let input = MarkupForm {
        valid_from: now.0.date_naive().to_string(),
        ..MarkupForm::default()
    };
    markups_page(&db, frame, now, input, FormErrors::none()).await
}

fn markup_of(input: &MarkupForm, errors: &mut FormErrors) -> Option<NewMarkup> {
    let track = errors.take("track", input.track.parse::<TrackId>().map_err(|_| "Choose a track."));
    let organization = match input.organization.as_str() {
        "" => Some(None),
        text => errors.take(
            "organization",
            text.parse::<OrganizationId>()
                .map(Some)
                .map_err(|_| "Choose a client of the list."),
        ),
    };
    let basis_points = errors.take("percent", parse_percent(&input.percent));
    let valid_from = errors.take(
        "valid_from",
        match input.valid_from.trim() {
            "" => Err("Choose a day."),
            text => form::date(text),
        },
    );
    Some(NewMarkup {
        id: MarkupId::new(),
        track: track?,
        organization: organization?,
        basis_points: basis_points?,
        valid_from: valid_from?,
    })
}

/// POST /admin/markups
pub(super) async fn add_markup(
    _admin: Admin,
    _proven: Proven,
    act: Act,
    frame: Frame,
    Form(input): Form<MarkupForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    if let Some(new) = markup_of(&input, &mut errors) {
        let mut tx = act.begin().await?;
        match actions::add_markup(&mut tx, &act.by, act.at, &new).await {
            Ok(()) => {
                let said = format!(
                    "{} on pay from {} on. Terms already accepted keep theirs.",
                    percent(new.basis_points),
                    day(new.valid_from)
                );
                return act.done(tx, said, "/admin/markups").await;
            }
            Err(SaveError::Field(field, why)) => errors.add(field, why),
            Err(SaveError::Other(AppError::Refused { .. })) => return Err(AppError::overtaken()),
            Err(SaveError::Other(error)) => return Err(error),
        }
    }
    markups_page(&act.db, frame, act.now(), input, errors).await
}
