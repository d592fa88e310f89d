//! /account/sessions: the browsers of an account, and their ends.

use actix_session::{Session, SessionExt as _};
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::super::store::{self, Open};
use super::super::{device, sign_in};
use crate::accounts::store as users;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{SignInId, UserId};
use crate::web::{Act, Frame, Layout, Now, Proven, Section, SignedIn, page, see_other};

#[derive(Template)]
#[template(path = "accounts/sessions.html")]
struct SessionsPage {
    layout: Layout,
    this: SignInId,
    open: Vec<Open>,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl SessionsPage {
    fn is_this(&self, row: &Open) -> bool {
        row.id == self.this
    }

    fn device(&self, row: &Open) -> String {
        device(&row.agent)
    }
}

/// GET /account/sessions
pub(super) async fn list(
    signed_in: SignedIn,
    _proven: Proven,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let open = store::open_of(&mut *db.conn().await?, signed_in.0.user, now.0).await?;
    page(&SessionsPage {
        layout: frame.layout(Section::Other),
        this: signed_in.0.sign_in,
        open,
    })
}

/// POST /account/sessions/{id}/end
pub(super) async fn end_one(
    signed_in: SignedIn,
    _proven: Proven,
    path: web::Path<SignInId>,
    act: Act,
) -> AppResult<HttpResponse> {
    let user = signed_in.0.user;
    let mut tx = act.begin().await?;
    if !store::end_own(&mut tx, user, *path, act.at).await? {
        return Err(AppError::NotFound);
    }
    let data = serde_json::json!({ "ended": 1 });
    events::record(&mut tx, &act.by, act.at, "user.sessions_ended", ("user", user.0), data).await?;
    tx.commit().await?;
    if *path == signed_in.0.sign_in {
        act.req.get_session().purge();
        return Ok(see_other("/"));
    }
    Ok(act.lead_on("That browser is signed out.", "/account/sessions"))
}

/// Ends every session of the viewer; the epoch for one that begins now.
async fn end_everywhere(
    tx: &mut sqlx::PgConnection,
    actor: &Actor,
    now: DateTime<Utc>,
    user: UserId,
) -> AppResult<i32> {
    let ended = users::end_sessions(tx, user, now).await?;
    let data = serde_json::json!({ "ended": ended });
    events::record(tx, actor, now, "user.sessions_ended", ("user", user.0), data).await?;
    users::session_epoch(tx, user).await
}

/// POST /account/sessions/end
pub(super) async fn end_others(signed_in: SignedIn, _proven: Proven, act: Act) -> AppResult<HttpResponse> {
    let user = signed_in.0.user;
    let mut tx = act.begin().await?;
    let epoch = end_everywhere(&mut tx, &act.by, act.at, user).await?;
    sign_in(&mut tx, &act.req, &act.by, act.at, user, epoch).await?;
    act.done(tx, "Every other session was ended.", "/account/sessions")
        .await
}

/// POST /account/sessions/end-all
pub(super) async fn end_all(
    signed_in: SignedIn,
    _proven: Proven,
    act: Act,
    session: Session,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    end_everywhere(&mut tx, &act.by, act.at, signed_in.0.user).await?;
    tx.commit().await?;
    session.purge();
    Ok(see_other("/login"))
}
