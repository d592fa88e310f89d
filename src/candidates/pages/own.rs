//! What a developer keeps up to date: the own profile, the hours, and whether to be proposed at all. Skills and English
//! are in `own_skills`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use sqlx::PgConnection;

use crate::candidates::State;
use crate::candidates::actions::{self, Saved};
use crate::candidates::pages::form::{ProfileForm, Scope, holiday_countries};
use crate::candidates::store::{self, Candidate};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::money::{Currency, Period};
use crate::web::{Act, CandidateUser, Form, FormErrors, Frame, Layout, Now, Routes, Section, form, page, render};
use crate::zones::{Choice, DAYS, Zone};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/me/profile", profile_page);
    r.post("/me/profile", save_profile);
    r.get("/me/hours", hours_page);
    r.post("/me/hours", save_hours);
    r.post("/me/state", change_state);
}

async fn own(conn: &mut PgConnection, me: &CandidateUser) -> AppResult<Candidate> {
    store::load(conn, me.candidate).await?.ok_or(AppError::NotFound)
}

#[derive(Template)]
#[template(path = "candidates/own_profile.html")]
struct ProfilePage {
    layout: Layout,
    form: ProfileForm,
    errors: FormErrors,
    state: State,
    state_reason: String,
    currencies: Vec<(String, String)>,
    countries: Vec<(&'static str, String)>,
    periods: Vec<(String, String)>,
}

impl ProfilePage {
    fn new(frame: Frame, form: ProfileForm, errors: FormErrors, it: &Candidate) -> Self {
        Self {
            layout: frame.layout(Section::Profile),
            form,
            errors,
            state: it.state,
            state_reason: it.state_reason.clone(),
            countries: holiday_countries(it.details.zone),
            currencies: Currency::all()
                .map(|currency| (currency.to_string(), currency.to_string()))
                .collect(),
            periods: Period::ALL
                .iter()
                .map(|period| {
                    (
                        period.to_string(),
                        format!("{} {period}", if *period == Period::Hour { "an" } else { "a" }),
                    )
                })
                .collect(),
        }
    }
}

async fn profile_page(me: CandidateUser, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    let it = own(&mut *db.conn().await?, &me).await?;
    let form = ProfileForm::of(&it.details, it.version);
    page(&ProfilePage::new(frame, form, FormErrors::none(), &it))
}

async fn save_profile(
    me: CandidateUser,
    act: Act,
    frame: Frame,
    Form(form): Form<ProfileForm>,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let it = own(&mut tx, &me).await?;
    let mut errors = FormErrors::none();
    let details = form.read(Scope::Own, &it.details, &mut errors);
    if errors.is_empty() {
        match actions::edit(&mut tx, &act.by, act.at, me.candidate, form.version(), &details).await? {
            Saved::Done | Saved::Unchanged => {
                return act.done(tx, "Your profile is saved.", "/me").await;
            }
            Saved::Overtaken(newer) => return profile_again(frame, form, &newer),
            Saved::EmailTaken => errors.add("name", actions::EMAIL_TAKEN),
        }
    }
    render(
        StatusCode::UNPROCESSABLE_ENTITY,
        &ProfilePage::new(frame, form, errors, &it),
    )
}

/// Somebody else saved meanwhile: what was typed stays, and the newer version is said; sending again overwrites it.
fn profile_again(frame: Frame, mut form: ProfileForm, newer: &Candidate) -> AppResult<HttpResponse> {
    let theirs = ProfileForm::of(&newer.details, newer.version);
    let mut errors = FormErrors::none();
    let pairs = [
        ("name", "The name", &form.name, &theirs.name),
        ("headline", "The headline", &form.headline, &theirs.headline),
        ("pay", "The pay", &form.pay, &theirs.pay),
        (
            "available_from",
            "The first free day",
            &form.available_from,
            &theirs.available_from,
        ),
        ("wishes", "Your wishes", &form.wishes, &theirs.wishes),
        ("links", "The links", &form.links, &theirs.links),
    ];
    for (field, words, mine, other) in pairs {
        if mine != other {
            errors.add(
                field,
                format!("{words} was changed meanwhile to \"{other}\". Save again to keep what stands here."),
            );
        }
    }
    if errors.is_empty() {
        errors.add(
            "name",
            "Your profile was changed meanwhile, in another field. Save again to keep what stands here.",
        );
    }
    form.version = theirs.version;
    render(StatusCode::CONFLICT, &ProfilePage::new(frame, form, errors, newer))
}

#[derive(Template)]
#[template(path = "candidates/own_hours.html")]
struct HoursPage {
    layout: Layout,
    form: ProfileForm,
    errors: FormErrors,
    zones: Vec<Choice>,
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl HoursPage {
    fn days(&self) -> [(&'static str, &'static str); 7] {
        DAYS
    }
}

async fn hours_page(me: CandidateUser, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    let it = own(&mut *db.conn().await?, &me).await?;
    let form = ProfileForm::of(&it.details, it.version);
    let zones = Zone::choices(now.0);
    page(&HoursPage {
        layout: frame.layout(Section::Profile),
        form,
        errors: FormErrors::none(),
        zones,
    })
}

async fn save_hours(
    me: CandidateUser,
    act: Act,
    frame: Frame,
    Form(mut form): Form<ProfileForm>,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let it = own(&mut tx, &me).await?;
    let mut errors = FormErrors::none();
    let details = form.read(Scope::Hours, &it.details, &mut errors);
    if details.hours.is_some() && details.zone.is_none() && errors.is_empty() {
        errors.add("zone", "Hours mean nothing without a place: choose where you work.");
    }
    if errors.is_empty() {
        let saved = actions::edit(&mut tx, &act.by, act.at, me.candidate, form.version(), &details).await?;
        if let Saved::Overtaken(newer) = saved {
            form.version = newer.version.to_string();
            errors.add(
                "zone",
                "Your profile was changed meanwhile. Save again to keep what stands here.",
            );
        } else {
            return act.done(tx, "Your hours are saved.", "/me").await;
        }
    }
    let (layout, zones) = (frame.layout(Section::Profile), Zone::choices(act.at));
    render(
        StatusCode::UNPROCESSABLE_ENTITY,
        &HoursPage {
            layout,
            form,
            errors,
            zones,
        },
    )
}

#[derive(Deserialize)]
struct StateForm {
    #[serde(default)]
    state: String,
    #[serde(default)]
    reason: String,
}

async fn change_state(me: CandidateUser, act: Act, Form(input): Form<StateForm>) -> AppResult<HttpResponse> {
    let next = State::parse(&input.state).ok_or(AppError::Invalid("Choose pause, withdraw or come back.".into()))?;
    let reason = form::optional_line(&input.reason, 500).map_err(|message| AppError::Invalid(message.into()))?;
    let reason = if reason.is_empty() {
        "said by the person".to_owned()
    } else {
        reason
    };
    let mut tx = act.begin().await?;
    actions::change_state(&mut tx, &act.by, act.at, me.candidate, next, &reason).await?;
    let said = match next {
        State::Active => "Welcome back: you can be proposed again. Your home says what comes next.",
        State::Paused => "Paused: nobody proposes you until you come back.",
        State::Withdrawn | State::Rejected => "You have withdrawn. You can come back whenever you like.",
    };
    act.done(tx, said, "/me").await
}
