//! /admin/holidays: the days off by country and year, and what the agency chose about its own days.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::Deserialize;

use super::store::{self, Kept, KnownYear};
use super::{Choices, Holiday, MOST_PROMISE_DAYS, actions};
use crate::business_days::is_business_day;
use crate::countries::{self, Country};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::HolidayId;
use crate::web::{Act, Admin, Form, FormErrors, Frame, Layout, Now, Routes, Section, form, render};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/admin/holidays", list);
    r.post("/admin/holidays", add);
    r.post("/admin/holidays/copy", copy);
    r.post("/admin/holidays/choices", choose);
    r.get("/admin/holidays/{id}", day);
    r.post("/admin/holidays/{id}", rename);
    r.post("/admin/holidays/{id}/remove", remove);
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Which {
    country: String,
    year: String,
}

impl Which {
    /// The country and year asked for; the agency's and this one where nothing, or nonsense, is.
    fn read(&self, choices: Choices, now: DateTime<Utc>) -> (Option<Country>, i32) {
        let year = self.year.trim().parse().ok().filter(|year| (2000..2100).contains(year));
        (
            Country::parse(&self.country).or(choices.country),
            year.unwrap_or(now.year()),
        )
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DayForm {
    country: String,
    day: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ChoicesForm {
    agency_country: String,
    promise_days: String,
}

#[derive(Template)]
#[template(path = "holidays/list.html")]
struct ListPage {
    layout: Layout,
    country: Option<Country>,
    year: i32,
    known: Option<KnownYear>,
    days: Vec<Holiday>,
    /// Days of the year before, of a year that is not known.
    to_copy: usize,
    kept: Vec<Kept>,
    options: Vec<(&'static str, &'static str)>,
    typed: DayForm,
    chosen: ChoicesForm,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl ListPage {
    fn code(&self) -> &'static str {
        self.country.map(Country::code).unwrap_or_default()
    }

    /// The country that a day is added to.
    fn adding(&self) -> &str {
        if self.typed.country.is_empty() {
            self.code()
        } else {
            &self.typed.country
        }
    }

    fn options(&self) -> Vec<(&'static str, &'static str)> {
        let known = |code: &str| self.kept.iter().any(|kept| kept.country == code);
        let (mut first, rest): (Vec<_>, Vec<_>) = self.options.iter().partition(|(code, _)| known(code));
        first.extend(rest);
        first
    }

    fn with_none(&self, words: &'static str) -> Vec<(&'static str, &'static str)> {
        std::iter::once(("", words)).chain(self.options()).collect()
    }

    fn name(&self, kept: &Kept) -> String {
        Country::parse(&kept.country).map_or_else(|| kept.country.clone(), |country| country.name().to_owned())
    }

    fn years(&self, kept: &Kept) -> String {
        if kept.first == kept.last {
            kept.first.to_string()
        } else {
            format!("{} to {}", kept.first, kept.last)
        }
    }

    /// The year whose days are shown when somebody comes from the list of countries.
    fn nearest(&self, kept: &Kept) -> i32 {
        self.year.clamp(kept.first, kept.last)
    }

    fn date(&self, held: &Holiday) -> String {
        held.day.format("%a %-d %b").to_string()
    }

    fn falls_on_a_weekend(&self, held: &Holiday) -> bool {
        !is_business_day(held.day, &[])
    }
}

async fn draw(
    db: &Db,
    (frame, now): (Frame, Now),
    which: &Which,
    (typed, chosen, errors): (DayForm, Option<ChoicesForm>, FormErrors),
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let choices = store::choices(&mut conn).await?;
    let (country, year) = which.read(choices, now.0);
    let kept = store::kept(&mut conn).await?;
    let (mut known, mut days, mut to_copy) = (None, Vec::new(), 0);
    if let Some(country) = country {
        known = store::year(&mut conn, country, year).await?;
        days = store::of_year(&mut conn, country, year).await?;
        if known.is_none() {
            to_copy = store::of_year(&mut conn, country, year - 1).await?.len();
        }
    }
    drop(conn);
    let as_kept = || ChoicesForm {
        agency_country: choices.country.map(Country::code).unwrap_or_default().to_owned(),
        promise_days: choices.promise_days.to_string(),
    };
    let page = ListPage {
        layout: frame.layout(Section::Admin),
        country,
        year,
        known,
        days,
        to_copy,
        kept,
        options: countries::options(),
        typed,
        chosen: chosen.unwrap_or_else(as_kept),
        errors,
    };
    render(page.errors.status(), &page)
}

async fn list(
    _admin: Admin,
    which: web::Query<Which>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let nothing = (DayForm::default(), None, FormErrors::none());
    draw(&db, (frame, now), &which, nothing).await
}

fn path(country: Country, year: i32) -> String {
    format!("/admin/holidays?country={}&year={year}", country.code())
}

fn long(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

async fn add(_admin: Admin, act: Act, frame: Frame, Form(typed): Form<DayForm>) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let country = errors.take("country", Country::parse(&typed.country).ok_or("Choose a country."));
    let day = errors.take("day", form::date(&typed.day));
    let name = errors.take("name", form::line(&typed.name, 100));
    if let (Some(country), Some(day), Some(name)) = (country, day, name) {
        let mut tx = act.begin().await?;
        if actions::add(&mut tx, &act.by, act.at, country, day, &name)
            .await?
            .is_some()
        {
            let said = format!("{}: {} is a holiday.", country.name(), long(day));
            return act.done(tx, said, path(country, day.year())).await;
        }
        errors.add("day", "This day is a holiday there already.");
    }
    let which = Which {
        country: typed.country.clone(),
        year: typed.day.get(..4).unwrap_or_default().to_owned(),
    };
    draw(&act.db, (frame, act.now()), &which, (typed, None, errors)).await
}

async fn copy(_admin: Admin, act: Act, Form(which): Form<Which>) -> AppResult<HttpResponse> {
    let country = Country::parse(&which.country).ok_or(AppError::Invalid("Which country?".into()))?;
    let year = which
        .year
        .trim()
        .parse()
        .ok()
        .filter(|year| (2001..2100).contains(year));
    let year = year.ok_or(AppError::Invalid("Which year?".into()))?;
    let mut tx = act.begin().await?;
    let days = actions::copy(&mut tx, &act.by, act.at, country, year).await?;
    let said = format!("{days} days copied. Look at those that follow Easter or move to a Monday: their dates differ.");
    act.done(tx, said, path(country, year)).await
}

async fn choose(_admin: Admin, act: Act, frame: Frame, Form(chosen): Form<ChoicesForm>) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let country = match chosen.agency_country.trim() {
        "" => Some(None),
        code => errors
            .take("agency_country", Country::parse(code).ok_or("Choose a country."))
            .map(Some),
    };
    let days = chosen.promise_days.trim().parse().ok();
    let days = days.filter(|days| (1..=MOST_PROMISE_DAYS).contains(days));
    let days = errors.take("promise_days", days.ok_or("A whole number of days, 1 to 20."));
    if let (Some(country), Some(promise_days)) = (country, days) {
        let mut tx = act.begin().await?;
        let wanted = Choices { country, promise_days };
        actions::choose(&mut tx, &act.by, act.at, wanted).await?;
        return act
            .done(
                tx,
                "Saved. It holds for what is promised from now on.",
                "/admin/holidays",
            )
            .await;
    }
    let nothing = (DayForm::default(), Some(chosen), errors);
    draw(&act.db, (frame, act.now()), &Which::default(), nothing).await
}

#[derive(Template)]
#[template(path = "holidays/day.html")]
struct DayPage {
    layout: Layout,
    held: Holiday,
    name: String,
    errors: FormErrors,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NameForm {
    name: String,
}

impl DayPage {
    fn date(&self) -> String {
        self.held.day.format("%A, %-d %B %Y").to_string()
    }

    fn list(&self) -> String {
        path(self.held.country, self.held.day.year())
    }
}

async fn draw_day(
    db: &Db,
    frame: Frame,
    id: HolidayId,
    attempt: Option<(String, FormErrors)>,
) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    let (held, _) = store::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    drop(tx);
    let (name, errors) = attempt.unwrap_or((held.name.clone(), FormErrors::none()));
    let page = DayPage {
        layout: frame.layout(Section::Admin),
        held,
        name,
        errors,
    };
    render(page.errors.status(), &page)
}

async fn day(_admin: Admin, id: web::Path<HolidayId>, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    draw_day(&db, frame, *id, None).await
}

async fn rename(
    _admin: Admin,
    id: web::Path<HolidayId>,
    act: Act,
    frame: Frame,
    Form(typed): Form<NameForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let Some(name) = errors.take("name", form::line(&typed.name, 100)) else {
        return draw_day(&act.db, frame, *id, Some((typed.name, errors))).await;
    };
    let mut tx = act.begin().await?;
    let held = actions::rename(&mut tx, &act.by, act.at, *id, &name).await?;
    act.done(tx, "The name is saved.", path(held.country, held.day.year()))
        .await
}

async fn remove(_admin: Admin, id: web::Path<HolidayId>, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let held = actions::remove(&mut tx, &act.by, act.at, *id).await?;
    let said = format!("{}: {} is no holiday any more.", held.country.name(), long(held.day));
    act.done(tx, said, path(held.country, held.day.year())).await
}
