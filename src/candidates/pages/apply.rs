//! /apply: a developer makes an account and the beginnings of a profile in one step.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::accounts::Role;
use crate::accounts::actions::Registration;
use crate::accounts::documents::actions::accept_current;
use crate::accounts::pages::{count_found, few_found, register_with};
use crate::accounts::passwords::Passwords;
use crate::accounts::signing_in::{FIRST_EPOCH, sign_in};
use crate::candidates::profile::Details;
use crate::candidates::{Origin, actions};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::TrackId;
use crate::tokens::Tokens;
use crate::tracks::store::open;
use crate::tracks::{OpenTrack, choose};
use crate::web::layout::flash;
use crate::web::{Form, FormErrors, Frame, Layout, Now, Routes, Section, Visitor, form, page, render, see_other};
use crate::zones::{Choice, Zone};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/apply", apply_page);
    r.post("/apply", apply);
}

/// What an applicant types.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ApplyForm {
    name: String,
    email: String,
    password: String,
    country: String,
    zone: String,
    track: String,
    headline: String,
    consent: String,
}

/// A form that says everything that is needed.
struct Application {
    name: String,
    email: String,
    password: String,
    track: TrackId,
    details: Details,
}

impl ApplyForm {
    /// The typed application; `None` with the errors that say why.
    fn read(&self, tracks: &[OpenTrack], errors: &mut FormErrors) -> Option<Application> {
        let name = errors.take("name", form::line(&self.name, 200));
        let email = errors.take("email", form::email(&self.email));
        let password = errors.take("password", form::password(&self.password, &[&self.name, &self.email]));
        let country = errors.take("country", form::optional_line(&self.country, 100));
        let headline = errors.take("headline", form::optional_line(&self.headline, 200));
        let zone = if self.zone.trim().is_empty() {
            None
        } else {
            let zone = Zone::find(&self.zone).ok_or("Choose a place of the list, such as Bogota or America/Bogota.");
            errors.take("zone", zone)
        };
        let track = errors.take("track", choose(tracks, &self.track));
        if self.consent.is_empty() {
            errors.add(
                "consent",
                "Tick this to apply: without your consent the agency may not keep your data.",
            );
        }
        if !errors.is_empty() {
            return None;
        }
        let (name, email) = (name?, email?);
        let details = Details {
            name: Some(name.clone()),
            email: Some(email.clone()),
            country: country.filter(|text| !text.is_empty()),
            headline: headline.unwrap_or_default(),
            zone,
            ..Details::default()
        };
        Some(Application {
            name,
            email,
            password: password?,
            track: track?.id,
            details,
        })
    }
}

#[derive(Template)]
#[template(path = "candidates/apply.html")]
struct ApplyPage {
    layout: Layout,
    form: ApplyForm,
    errors: FormErrors,
    tracks: Vec<OpenTrack>,
    zones: Vec<Choice>,
}

impl ApplyPage {
    /// One track is no choice, unless the one that was chosen is gone.
    fn chooses(&self) -> bool {
        self.tracks.len() > 1 || !self.errors.of("track").is_empty()
    }
}

async fn apply_page(visitor: Visitor, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    if let Some(viewer) = visitor.0 {
        return Ok(see_other(viewer.role.home()));
    }
    let empty = apply_again(&db, frame, now, ApplyForm::default(), FormErrors::none()).await?;
    if empty.tracks.is_empty() {
        return Err(AppError::refused(
            "The agency takes no applications yet",
            "It has not said yet which roles it hires for. Please come back later.",
        ));
    }
    page(&empty)
}

async fn apply_again(db: &Db, frame: Frame, now: Now, mut form: ApplyForm, errors: FormErrors) -> AppResult<ApplyPage> {
    let tracks = open::open(&mut *db.conn().await?).await?;
    form.password = String::new();
    Ok(ApplyPage {
        layout: frame.layout(Section::Apply),
        form,
        errors,
        tracks,
        zones: Zone::choices(now.0),
    })
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn apply(
    visitor: Visitor,
    db: web::ThinData<Db>,
    passwords: web::ThinData<Passwords>,
    tokens: web::ThinData<Tokens>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(form): Form<ApplyForm>,
) -> AppResult<HttpResponse> {
    if visitor.0.is_some() {
        return Err(AppError::refused(
            "You are signed in already",
            "Sign out first to apply as somebody else.",
        ));
    }
    let tracks = open::open(&mut *db.conn().await?).await?;
    let mut errors = FormErrors::none();
    if let Some(new) = form.read(&tracks, &mut errors) {
        few_found(&db, &tokens, &req, now).await?;
        let hash = passwords.hash(new.password).await?;
        let registration = Registration {
            email: &new.email,
            name: &new.name,
            password_hash: &hash,
            role: Role::Candidate,
            organization: None,
        };
        let mut tx = db.begin().await?;
        if let Some(user) = register_with(&mut tx, &actor, now, &tokens, &registration, &mut errors).await? {
            let by = actor.now_user(user);
            let made = actions::create(&mut tx, &by, now.0, new.track, Origin::Apply, Some(user), &new.details).await?;
            if made.is_some() {
                accept_current(&mut tx, &by, now.0, user).await?;
                sign_in(&mut tx, &req, &by, now.0, user, FIRST_EPOCH).await?;
                tx.commit().await?;
                flash(&req, "Welcome. Say next which hours you work and what you can do.");
                return Ok(see_other("/me"));
            }
            // The pool knows the address from a file or from staff; the account would show that record to whoever
            // types the address, so a person has to look at it.
            errors.add(
                "email",
                "The agency has a profile with this address already. Ask the agency to invite you to it.",
            );
        }
        drop(tx);
        count_found(&db, &tokens, &req, now).await?;
    }
    render(
        StatusCode::UNPROCESSABLE_ENTITY,
        &apply_again(&db, frame, now, form, errors).await?,
    )
}
