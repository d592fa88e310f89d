//! /client/colleagues, and the same acts by staff on a client's page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::actions::{self, NewContact};
use super::store::{self, Contact, Invited};
use crate::accounts::{Viewer, limits};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{InvitationId, OrganizationId, UserId};
use crate::network;
use crate::organizations::pages::shown;
use crate::organizations::store as organizations;
use crate::throttle;
use crate::tokens::Tokens;
use crate::web::layout::flash;
use crate::web::{
    ClientContact, Form, FormErrors, Frame, Layout, Now, Proven, Recruiter, Routes, Section, form, render, see_other,
};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/client/colleagues", colleagues);
    r.post("/client/colleagues", invite_colleague);
    r.post("/client/colleagues/invitations/{invitation}/end", end_own);
    r.post("/client/colleagues/{contact}/deactivate", deactivate_colleague);
    r.post("/organizations/{id}/contacts", invite_contact);
    r.post("/organizations/{id}/contacts/invitations/{invitation}/end", end);
    r.post("/organizations/{id}/contacts/{contact}/deactivate", deactivate);
}

/// What is typed to invite somebody.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct InviteForm {
    /// May stay empty.
    pub name: String,
    /// Where the letter goes.
    pub email: String,
}

/// The people of a client as both pages show them.
pub struct People {
    /// Where the acts are sent to.
    pub base: String,
    /// Who looks: nobody acts on themselves.
    pub me: UserId,
    /// Who is there.
    pub contacts: Vec<Contact>,
    /// Who may come.
    pub invited: Vec<Invited>,
    /// What was typed.
    pub form: InviteForm,
    /// What was wrong with it.
    pub errors: FormErrors,
}

impl People {
    /// The people of this client, with a form that came back or an empty one.
    pub async fn load(
        conn: &mut sqlx::PgConnection,
        client: OrganizationId,
        (base, me): (String, UserId),
        now: DateTime<Utc>,
        (form, errors): (InviteForm, FormErrors),
    ) -> AppResult<Self> {
        Ok(Self {
            base,
            me,
            contacts: store::contacts(conn, client, now).await?,
            invited: store::invited(conn, client, now).await?,
            form,
            errors,
        })
    }

    /// The status of the page that shows them.
    pub fn status(&self) -> StatusCode {
        self.errors.status()
    }

    fn is_last(&self, contact: &Contact) -> bool {
        let mut others = self.contacts.iter().filter(|other| other.id != contact.id);
        !others.any(|other| other.deactivated_at.is_none())
    }

    /// Whether this is who looks.
    pub fn is_me(&self, contact: &Contact) -> bool {
        contact.id == self.me
    }

    /// Whether the viewer may keep this contact out.
    pub fn may_be_kept_out(&self, contact: &Contact) -> bool {
        contact.deactivated_at.is_none() && contact.id != self.me && !self.is_last(contact)
    }

    /// A day as pages write it.
    pub fn day(&self, at: &DateTime<Utc>) -> String {
        at.format("%-d %b %Y").to_string()
    }
}

#[derive(Template)]
#[template(path = "organizations/colleagues.html")]
struct ColleaguesPage {
    layout: Layout,
    company: String,
    people: People,
}

async fn own(
    db: &Db,
    contact: &ClientContact,
    frame: Frame,
    now: Now,
    typed: (InviteForm, FormErrors),
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let company = organizations::find(&mut conn, contact.organization)
        .await?
        .ok_or(AppError::NotFound)?;
    let place = ("/client/colleagues".to_owned(), contact.viewer.user);
    let people = People::load(&mut conn, contact.organization, place, now.0, typed).await?;
    drop(conn);
    let status = people.status();
    let shown = ColleaguesPage {
        layout: frame.layout(Section::Colleagues),
        company: company.name,
        people,
    };
    render(status, &shown)
}

async fn colleagues(contact: ClientContact, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    own(&db, &contact, frame, now, (InviteForm::default(), FormErrors::none())).await
}

/// Checks and invites; the errors are empty when the letter is on its way.
async fn invite(
    (db, tokens, req): (&Db, &Tokens, &HttpRequest),
    (by, viewer): (&Actor, &Viewer),
    now: Now,
    client: OrganizationId,
    input: &InviteForm,
) -> AppResult<FormErrors> {
    let mut errors = FormErrors::none();
    let name = errors.take("name", form::optional_line(&input.name, 200));
    let email = errors.take("email", form::email(&input.email));
    let client = organizations::find(&mut *db.conn().await?, client)
        .await?
        .ok_or(AppError::NotFound)?;
    let (Some(name), Some(email)) = (name, email) else {
        return Ok(errors);
    };
    // Counted whatever comes of it: the answer says who is registered.
    let mut tx = db.begin().await?;
    throttle::charge(&mut tx, now.0, &limits::letters(tokens, &email, network::of(req))).await?;
    tx.commit().await?;
    let mut tx = db.begin().await?;
    let who = NewContact { name, email };
    match actions::invite(&mut tx, by, now.0, tokens, &client, &who, &viewer.name).await? {
        Ok(_) => tx.commit().await?,
        Err(words) => errors.add("email", words),
    }
    Ok(errors)
}

const ON_ITS_WAY: &str = "The letter is on its way. Its link works once and for seven days.";
const ENDED: &str = "The link does not work any more.";
const OUT: &str = "They are signed out everywhere and cannot sign in.";

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn invite_colleague(
    contact: ClientContact,
    _proven: Proven,
    db: web::ThinData<Db>,
    tokens: web::ThinData<Tokens>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(input): Form<InviteForm>,
) -> AppResult<HttpResponse> {
    let by = (&actor, &contact.viewer);
    let errors = invite((&db, &tokens, &req), by, now, contact.organization, &input).await?;
    if !errors.is_empty() {
        return own(&db, &contact, frame, now, (input, errors)).await;
    }
    flash(&req, ON_ITS_WAY);
    Ok(see_other("/client/colleagues"))
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn invite_contact(
    staff: Recruiter,
    _proven: Proven,
    id: web::Path<OrganizationId>,
    db: web::ThinData<Db>,
    tokens: web::ThinData<Tokens>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(input): Form<InviteForm>,
) -> AppResult<HttpResponse> {
    let errors = invite((&db, &tokens, &req), (&actor, &staff.0), now, *id, &input).await?;
    if !errors.is_empty() {
        return shown(&db, &staff, *id, frame, now, (input, errors)).await;
    }
    flash(&req, ON_ITS_WAY);
    Ok(see_other(format!("/organizations/{id}")))
}

async fn end_own(
    contact: ClientContact,
    id: web::Path<InvitationId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    actions::end_invitation(&mut tx, &actor, now.0, contact.organization, *id).await?;
    tx.commit().await?;
    flash(&req, ENDED);
    Ok(see_other("/client/colleagues"))
}

async fn end(
    _staff: Recruiter,
    path: web::Path<(OrganizationId, InvitationId)>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let (client, id) = path.into_inner();
    let mut tx = db.begin().await?;
    actions::end_invitation(&mut tx, &actor, now.0, client, id).await?;
    tx.commit().await?;
    flash(&req, ENDED);
    Ok(see_other(format!("/organizations/{client}")))
}

async fn deactivate_colleague(
    contact: ClientContact,
    _proven: Proven,
    id: web::Path<UserId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    actions::deactivate(&mut tx, &actor, now.0, contact.organization, *id).await?;
    tx.commit().await?;
    flash(&req, OUT);
    Ok(see_other("/client/colleagues"))
}

async fn deactivate(
    _staff: Recruiter,
    _proven: Proven,
    path: web::Path<(OrganizationId, UserId)>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let (client, id) = path.into_inner();
    let mut tx = db.begin().await?;
    actions::deactivate(&mut tx, &actor, now.0, client, id).await?;
    tx.commit().await?;
    flash(&req, OUT);
    Ok(see_other(format!("/organizations/{client}")))
}
