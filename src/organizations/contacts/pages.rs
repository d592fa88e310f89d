//! /client/colleagues, and the same acts by staff on a client's page.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::actions::{self, NewContact};
use super::store::{self, Contact, Invited};
use crate::accounts::{Viewer, limits};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{InvitationId, OrganizationId, UserId};
use crate::network;
use crate::organizations::pages::shown;
use crate::organizations::store as organizations;
use crate::throttle;
use crate::tokens::Tokens;
use crate::web::{
    Act, ClientContact, Form, FormErrors, Frame, Layout, Now, Proven, Recruiter, Routes, Section, form, render,
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

/// Where a contact sees the colleagues.
const OWN_PAGE: &str = "/client/colleagues";

/// Where staff see the contacts of a client.
fn page_of(client: OrganizationId) -> String {
    format!("/organizations/{client}")
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
    let place = (OWN_PAGE.to_owned(), contact.viewer.user);
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
    act: &Act,
    tokens: &Tokens,
    viewer: &Viewer,
    client: OrganizationId,
    input: &InviteForm,
) -> AppResult<FormErrors> {
    let mut errors = FormErrors::none();
    let name = errors.take("name", form::optional_line(&input.name, 200));
    let email = errors.take("email", form::email(&input.email));
    let client = organizations::find(&mut *act.db.conn().await?, client)
        .await?
        .ok_or(AppError::NotFound)?;
    let (Some(name), Some(email)) = (name, email) else {
        return Ok(errors);
    };
    // Counted whatever comes of it: the answer says who is registered.
    let mut tx = act.begin().await?;
    let charges = limits::letters(tokens, &email, network::of(&act.req));
    throttle::charge(&mut tx, act.at, &charges).await?;
    tx.commit().await?;
    let mut tx = act.begin().await?;
    let who = NewContact { name, email };
    match actions::invite(&mut tx, &act.by, act.at, tokens, &client, &who, &viewer.name).await? {
        Ok(_) => tx.commit().await?,
        Err(words) => errors.add("email", words),
    }
    Ok(errors)
}

const ON_ITS_WAY: &str = "The letter is on its way. Its link works once and for seven days.";

async fn invite_colleague(
    contact: ClientContact,
    _proven: Proven,
    act: Act,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    Form(input): Form<InviteForm>,
) -> AppResult<HttpResponse> {
    let errors = invite(&act, &tokens, &contact.viewer, contact.organization, &input).await?;
    if !errors.is_empty() {
        return own(&act.db, &contact, frame, act.now(), (input, errors)).await;
    }
    Ok(act.lead_on(ON_ITS_WAY, OWN_PAGE))
}

async fn invite_contact(
    staff: Recruiter,
    _proven: Proven,
    id: web::Path<OrganizationId>,
    act: Act,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    Form(input): Form<InviteForm>,
) -> AppResult<HttpResponse> {
    let errors = invite(&act, &tokens, &staff.0, *id, &input).await?;
    if !errors.is_empty() {
        return shown(&act.db, &staff, *id, frame, act.now(), (input, errors)).await;
    }
    Ok(act.lead_on(ON_ITS_WAY, page_of(*id)))
}

async fn end_invitation(
    act: &Act,
    client: OrganizationId,
    id: InvitationId,
    to: impl AsRef<str>,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    actions::end_invitation(&mut tx, &act.by, act.at, client, id).await?;
    act.done(tx, "The link does not work any more.", to).await
}

async fn end_own(contact: ClientContact, id: web::Path<InvitationId>, act: Act) -> AppResult<HttpResponse> {
    end_invitation(&act, contact.organization, *id, OWN_PAGE).await
}

async fn end(_staff: Recruiter, path: web::Path<(OrganizationId, InvitationId)>, act: Act) -> AppResult<HttpResponse> {
    let (client, id) = *path;
    end_invitation(&act, client, id, page_of(client)).await
}

async fn keep_out(act: &Act, client: OrganizationId, id: UserId, to: impl AsRef<str>) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    actions::deactivate(&mut tx, &act.by, act.at, client, id).await?;
    let said = "They are signed out everywhere and cannot sign in.";
    act.done(tx, said, to).await
}

async fn deactivate_colleague(
    contact: ClientContact,
    _proven: Proven,
    id: web::Path<UserId>,
    act: Act,
) -> AppResult<HttpResponse> {
    keep_out(&act, contact.organization, *id, OWN_PAGE).await
}

async fn deactivate(
    _staff: Recruiter,
    _proven: Proven,
    path: web::Path<(OrganizationId, UserId)>,
    act: Act,
) -> AppResult<HttpResponse> {
    let (client, id) = *path;
    keep_out(&act, client, id, page_of(client)).await
}
