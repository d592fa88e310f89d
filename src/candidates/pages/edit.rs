//! New profile, changes with an optimistic lock, pause and return.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::form::{ProfileForm, Scope, holiday_countries};
use super::show::{Pausing, not_paused};
use crate::candidates::actions::{self, EMAIL_TAKEN, Saved};
use crate::candidates::profile::Details;
use crate::candidates::store;
use crate::candidates::{Origin, State};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::CandidateId;
use crate::money::{Currency, Period};
use crate::tracks::levels::Seniority;
use crate::tracks::store::open;
use crate::tracks::{OpenTrack, choose};
use crate::web::{Act, Form, FormErrors, Frame, Layout, Recruiter, Section, form as fields, page, render};
use crate::zones::{DAYS, Zone};

#[derive(Template)]
#[template(path = "candidates/edit.html")]
struct EditPage {
    layout: Layout,
    /// None: a new person.
    id: Option<CandidateId>,
    title: String,
    typed: ProfileForm,
    errors: FormErrors,
    /// What a new person can be entered for.
    tracks: Vec<OpenTrack>,
    /// Where what was typed differs from what somebody else saved meanwhile: field, typed, saved.
    clash: Vec<(&'static str, String, String)>,
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl EditPage {
    /// One track is no choice, unless the one that was chosen is gone.
    fn chooses(&self) -> bool {
        self.id.is_none() && (self.tracks.len() > 1 || !self.errors.of("track").is_empty())
    }

    fn choices(&self) -> Vec<(&str, &str)> {
        let tracks = self
            .tracks
            .iter()
            .map(|track| (track.slug.as_str(), track.name.as_str()));
        std::iter::once(("", "Choose")).chain(tracks).collect()
    }

    fn days(&self) -> [(&'static str, &'static str, bool); 7] {
        DAYS.map(|(code, name)| (code, name, self.typed.works(code)))
    }

    fn bands(&self) -> Vec<(&'static str, &'static str)> {
        std::iter::once(("", "Not judged yet"))
            .chain(Seniority::ALL.map(|band| (band.key(), band.label())))
            .collect()
    }

    fn currencies(&self) -> Vec<(String, String)> {
        Currency::all()
            .map(|currency| (currency.to_string(), currency.to_string()))
            .collect()
    }

    fn countries(&self) -> Vec<(&'static str, String)> {
        holiday_countries(Zone::find(&self.typed.zone))
    }

    fn periods(&self) -> Vec<(&'static str, &'static str)> {
        Period::ALL.map(|period| (period.word(), period.word())).to_vec()
    }

    fn zones(&self) -> Vec<&'static str> {
        Zone::canonical()
            .map(Zone::name)
            .filter(|name| name.starts_with("America/"))
            .collect()
    }

    fn back(&self) -> String {
        self.id
            .map_or_else(|| "/candidates".to_owned(), |id| format!("/candidates/{id}"))
    }

    fn action(&self) -> String {
        self.id
            .map_or_else(|| "/candidates".to_owned(), |id| format!("/candidates/{id}/edit"))
    }
}

/// The tracks that somebody can be entered for.
async fn tracks(conn: &mut sqlx::PgConnection) -> AppResult<Vec<OpenTrack>> {
    let tracks = open::open(conn).await?;
    if tracks.is_empty() {
        return Err(AppError::refused(
            "There is no track yet",
            "An admin adds the first one under Admin, Tracks.",
        ));
    }
    Ok(tracks)
}

pub(super) async fn new(_staff: Recruiter, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    let tracks = tracks(&mut *db.conn().await?).await?;
    page(&EditPage {
        tracks,
        layout: frame.layout(Section::Candidates),
        id: None,
        title: "New candidate".to_owned(),
        typed: ProfileForm::of(&Details::default(), 0),
        errors: FormErrors::none(),
        clash: Vec::new(),
    })
}

pub(super) async fn create(
    _staff: Recruiter,
    act: Act,
    frame: Frame,
    Form(typed): Form<ProfileForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let details = typed.read(Scope::Whole, &Details::default(), &mut errors);
    if details.name.is_none() && errors.of("name").is_empty() {
        errors.add("name", "Give the person a name.");
    }
    let mut tx = act.begin().await?;
    let tracks = tracks(&mut tx).await?;
    let track = errors
        .take("track", choose(&tracks, &typed.track))
        .map(|track| track.id);
    if let (Some(track), true) = (track, errors.is_empty()) {
        match actions::create(&mut tx, &act.by, act.at, track, Origin::Staff, None, &details).await? {
            Some(id) => {
                let said = "The profile was created. Next: what is known of the person's skills.";
                return act.done(tx, said, format!("/candidates/{id}")).await;
            }
            None => errors.add("email", EMAIL_TAKEN),
        }
    }
    render(
        StatusCode::UNPROCESSABLE_ENTITY,
        &EditPage {
            layout: frame.layout(Section::Candidates),
            id: None,
            title: "New candidate".to_owned(),
            tracks,
            typed,
            errors,
            clash: Vec::new(),
        },
    )
}

pub(super) async fn form(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    db: web::ThinData<Db>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let held = store::load(&mut *db.conn().await?, *path)
        .await?
        .ok_or(AppError::NotFound)?;
    page(&EditPage {
        layout: frame.layout(Section::Candidates),
        id: Some(held.id),
        title: held.display(),
        tracks: Vec::new(),
        typed: ProfileForm::of(&held.details, held.version),
        errors: FormErrors::none(),
        clash: Vec::new(),
    })
}

pub(super) async fn save(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    act: Act,
    frame: Frame,
    Form(mut typed): Form<ProfileForm>,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let held = store::load(&mut tx, *path).await?.ok_or(AppError::NotFound)?;
    let mut errors = FormErrors::none();
    let details = typed.read(Scope::Whole, &held.details, &mut errors);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut clash = Vec::new();
    if errors.is_empty() {
        match actions::edit(&mut tx, &act.by, act.at, held.id, typed.version(), &details).await? {
            Saved::Done | Saved::Unchanged => {
                let said = "The profile was saved.";
                return act.done(tx, said, format!("/candidates/{}", held.id)).await;
            }
            Saved::EmailTaken => errors.add("email", EMAIL_TAKEN),
            Saved::Overtaken(newer) => {
                // Saving again, having seen both, is a decision: the form now carries the newer version's number.
                typed.version = newer.version.to_string();
                clash = details.differences(&newer.details);
                status = StatusCode::CONFLICT;
            }
        }
    }
    render(
        status,
        &EditPage {
            layout: frame.layout(Section::Candidates),
            id: Some(held.id),
            title: held.display(),
            tracks: Vec::new(),
            typed,
            errors,
            clash,
        },
    )
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StateForm {
    state: String,
    reason: String,
}

pub(super) async fn change_state(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    act: Act,
    frame: Frame,
    Form(typed): Form<StateForm>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let next = State::parse(&typed.state).ok_or(AppError::Invalid("Choose a state.".into()))?;
    let mut errors = FormErrors::none();
    let reason = match next {
        State::Active => fields::optional_line(&typed.reason, 200),
        State::Paused | State::Withdrawn | State::Rejected => fields::line(&typed.reason, 200),
    };
    let Some(reason) = errors.take("reason", reason) else {
        let pausing = Pausing {
            reason: typed.reason,
            errors,
        };
        return not_paused(&act.db, id, frame, act.now(), pausing).await;
    };
    let mut tx = act.begin().await?;
    actions::change_state(&mut tx, &act.by, act.at, id, next, &reason).await?;
    let said = format!("The profile is {} now.", next.label().to_lowercase());
    act.done(tx, said, format!("/candidates/{id}")).await
}
