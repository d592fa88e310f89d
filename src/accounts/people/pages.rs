//! /admin/people: the list, acts on one person, invitations.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::actions;
use super::store::{self, Filter, OpenInvitation, PersonRow};
use crate::accounts::links::letters;
use crate::accounts::{Role, actions as accounts};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{InvitationId, UserId};
use crate::mail;
use crate::tokens::Tokens;
use crate::web::paging::{PageQuery, Paged};
use crate::web::{Act, Admin, Form, FormErrors, Frame, Layout, Now, Proven, Routes, Section, SiteUrl, form, render};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/admin/people", list);
    r.post("/admin/people/invitations", invite);
    r.post("/admin/people/invitations/{id}/end", end_invitation);
    r.post("/admin/people/{id}/role", set_role);
    r.post("/admin/people/{id}/reactivate", reactivate);
    r.post("/admin/people/{id}/sign-out", sign_out);
    r.post("/admin/people/{id}/second-factor/off", take_second_factor);
}

/// Rows of a page.
const ROWS: usize = 40;

/// One more than a page, so that it shows whether there is another.
const FETCH: i64 = 41;

#[derive(Debug, Default, Deserialize)]
struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    before: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct InviteForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
}

#[derive(Template)]
#[template(path = "accounts/people.html")]
struct PeoplePage {
    layout: Layout,
    me: UserId,
    q: String,
    role: String,
    roles: Vec<(&'static str, &'static str)>,
    rows: Vec<PersonRow>,
    invitations: Vec<OpenInvitation>,
    /// Shown once: who is invited and the link.
    link: Option<(String, String)>,
    input: InviteForm,
    previous: String,
    next: String,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl PeoplePage {
    fn is_me(&self, row: &PersonRow) -> bool {
        row.id == self.me
    }

    fn chosen(&self, role: &str) -> bool {
        self.input.role == role
    }

    fn staff_roles(&self) -> [(&'static str, &'static str); 2] {
        [
            ("recruiter", "Recruiter: the pool, requests, vetting, placements"),
            ("admin", "Admin: all of it, people and settings too"),
        ]
    }

    fn day(&self, at: &DateTime<Utc>) -> String {
        at.format("%-d %b %Y").to_string()
    }

    fn other_role(&self, row: &PersonRow) -> Option<Role> {
        match row.role {
            Role::Admin => Some(Role::Recruiter),
            Role::Recruiter => Some(Role::Admin),
            Role::Client | Role::Candidate => None,
        }
    }
}

fn role_of(text: &str) -> Option<Role> {
    Role::ALL.into_iter().find(|role| role.label() == text)
}

/// What the page says besides the list.
#[derive(Default)]
struct Aside {
    link: Option<(String, String)>,
    input: InviteForm,
    errors: FormErrors,
}

async fn shown(db: &Db, me: UserId, query: ListQuery, frame: Frame, now: Now, aside: Aside) -> AppResult<HttpResponse> {
    let cursor = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    let after = cursor(&query.after);
    let filter = Filter {
        text: query.q.trim().chars().filter(|c| !c.is_control()).take(100).collect(),
        role: role_of(&query.role),
        before: if after.is_none() { cursor(&query.before) } else { None },
        after,
    };
    let mut conn = db.conn().await?;
    let rows = store::people(&mut conn, &filter, now.0, FETCH).await?;
    let invitations = store::open_invitations(&mut conn, now.0).await?;
    drop(conn);
    let paging = PageQuery {
        after: query.after,
        before: query.before,
    };
    let paged = Paged::from_fetched(rows, ROWS, &paging, |row| row.id.to_string());
    let href = |side: &str, cursor: Option<String>| {
        let parts = cursor.map(|cursor| {
            serde_html_form::to_string([
                ("q", query.q.as_str()),
                ("role", query.role.as_str()),
                (side, cursor.as_str()),
            ])
        });
        parts
            .and_then(Result::ok)
            .map(|parts| format!("/admin/people?{parts}"))
            .unwrap_or_default()
    };
    let (previous, next) = (href("before", paged.previous), href("after", paged.next));
    let status = aside.errors.status();
    let shown = PeoplePage {
        layout: frame.layout(Section::Admin),
        me,
        q: query.q,
        role: query.role,
        roles: std::iter::once(("", "every role"))
            .chain(Role::ALL.map(|role| (role.label(), role.label())))
            .collect(),
        rows: paged.rows,
        invitations,
        link: aside.link,
        input: aside.input,
        previous,
        next,
        errors: aside.errors,
    };
    render(status, &shown)
}

async fn list(
    admin: Admin,
    db: web::ThinData<Db>,
    query: web::Query<ListQuery>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    shown(&db, admin.0.user, query.into_inner(), frame, now, Aside::default()).await
}

async fn invite(
    admin: Admin,
    _proven: Proven,
    act: Act,
    site: web::ThinData<SiteUrl>,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    Form(input): Form<InviteForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let email = errors.take("email", form::email(&input.email));
    let role = errors.take(
        "role",
        role_of(&input.role)
            .filter(|role| role.is_staff())
            .ok_or("Choose what they become."),
    );
    let aside = match (email, role) {
        (Some(email), Some(role)) => {
            let mut tx = act.begin().await?;
            let (id, token) = accounts::invite(&mut tx, &act.by, act.at, &tokens, role, &email).await?;
            let letter = letters::staff_invitation(&email, role, &admin.0.name, id);
            mail::post(&mut tx, act.at, letter).await?;
            tx.commit().await?;
            // Not a redirect: besides the letter the link is shown once, here, for a mailbox that swallows it.
            Aside {
                link: Some((email, format!("{}/invitations/{token}", site.0.0))),
                ..Aside::default()
            }
        }
        _ => Aside {
            input,
            errors,
            link: None,
        },
    };
    shown(&act.db, admin.0.user, ListQuery::default(), frame, act.now(), aside).await
}

async fn end_invitation(_admin: Admin, path: web::Path<InvitationId>, act: Act) -> AppResult<HttpResponse> {
    let id = path.into_inner();
    let mut tx = act.begin().await?;
    actions::end_invitation(&mut tx, &act.by, act.at, id).await?;
    act.done(tx, "The link does not work any more.", "/admin/people").await
}

#[derive(Debug, Deserialize)]
struct RoleForm {
    #[serde(default)]
    role: String,
}

async fn set_role(
    _admin: Admin,
    _proven: Proven,
    path: web::Path<UserId>,
    act: Act,
    Form(input): Form<RoleForm>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let role = role_of(&input.role).ok_or(AppError::Invalid("There is no such role.".into()))?;
    let mut tx = act.begin().await?;
    actions::set_role(&mut tx, &act.by, act.at, id, role).await?;
    let said = "The role was changed; it counts from the next page they open.";
    act.done(tx, said, "/admin/people").await
}

async fn reactivate(_admin: Admin, _proven: Proven, path: web::Path<UserId>, act: Act) -> AppResult<HttpResponse> {
    let id = *path;
    let mut tx = act.begin().await?;
    actions::reactivate(&mut tx, &act.by, act.at, id).await?;
    act.done(tx, "They can sign in again.", "/admin/people").await
}

async fn take_second_factor(
    _admin: Admin,
    _proven: Proven,
    path: web::Path<UserId>,
    act: Act,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    actions::take_second_factor(&mut tx, &act.by, act.at, *path).await?;
    let said = "Their password alone opens the account now. They got a letter about it.";
    act.done(tx, said, "/admin/people").await
}

async fn sign_out(_admin: Admin, path: web::Path<UserId>, act: Act) -> AppResult<HttpResponse> {
    let id = *path;
    let mut tx = act.begin().await?;
    let ended = actions::sign_out(&mut tx, &act.by, act.at, id).await?;
    let said = format!(
        "Signed out of {ended} {}.",
        if ended == 1 { "browser" } else { "browsers" }
    );
    act.done(tx, said, "/admin/people").await
}
