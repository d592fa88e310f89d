//! Guards: who may call a handler stands in its arguments. A handler that takes `Recruiter` cannot be reached by
//! anybody else, and one that takes no guard has no viewer to load data for.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use actix_session::SessionExt as _;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use super::{Now, see_other};
use crate::accounts::{Role, Viewer, sessions, signing_in, store};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::{Actor, Agent};
use crate::ids::{CandidateId, OrganizationId, UserId};
use crate::network;
use crate::web::request_id;

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, actix_web::Error>>>>;

/// The viewer of a request, loaded once. The extractors of a handler run side by side: the first one that asks loads, and
/// the others wait for it.
#[derive(Clone, Default)]
struct Loaded(Rc<OnceCell<Option<Viewer>>>);

/// Loads the viewer behind the session, if any.
pub(super) async fn viewer_of(req: &HttpRequest) -> AppResult<Option<Viewer>> {
    let known = req.extensions().get::<Loaded>().cloned();
    let loaded = known.unwrap_or_else(|| {
        let empty = Loaded::default();
        req.extensions_mut().insert(empty.clone());
        empty
    });
    loaded.0.get_or_try_init(|| load(req)).await.cloned()
}

/// Whether the answer to this request was made for somebody who is signed in.
pub(super) fn has_viewer(req: &HttpRequest) -> bool {
    let loaded = req.extensions().get::<Loaded>().cloned();
    loaded.is_some_and(|loaded| loaded.0.get().is_some_and(Option::is_some))
}

async fn load(req: &HttpRequest) -> AppResult<Option<Viewer>> {
    let session = req.get_session();
    let user: Option<UserId> = session.get(sessions::USER).unwrap_or_default();
    let (Some(user), Some(sign_in)) = (user, signing_in::current(&session)) else {
        return Ok(None);
    };
    let db = req
        .app_data::<web::ThinData<Db>>()
        .ok_or_else(|| AppError::internal("no database is mounted"))?;
    // A session from before the numbers has none; everybody's first is 0.
    let epoch: i32 = session.get(sessions::EPOCH).ok().flatten().unwrap_or_default();
    let now = now_of(req)?;
    let viewer = match sessions::read_with_the_session(user, epoch, sign_in) {
        Some(viewer) => Some(viewer),
        // Signed in by this very request, or the session was read before it.
        None => store::viewer(&mut *db.conn().await?, user, epoch, sign_in, now).await?,
    };
    if let Some(viewer) = viewer
        .as_ref()
        .filter(|viewer| signing_in::is_worth_noting(viewer.seen_at, now))
    {
        let network = network::of(req).map(|address| address.to_string());
        signing_in::store::seen(&mut *db.conn().await?, viewer.sign_in, now, network.as_deref()).await?;
    }
    Ok(viewer)
}

fn now_of(req: &HttpRequest) -> AppResult<DateTime<Utc>> {
    // An extractor without a wait: the instant is taken once for the request, whoever asks first.
    Now::from_request(req, &mut Payload::None).into_inner().map(|now| now.0)
}

/// Demands a viewer: a stranger who asks for a page is sent to the login and comes back.
async fn demand(req: &HttpRequest) -> Result<Viewer, actix_web::Error> {
    match viewer_of(req).await? {
        Some(viewer) => Ok(viewer),
        None if req.method() == Method::GET || req.method() == Method::HEAD => {
            let wanted = req.uri().path_and_query().map_or("/", |path| path.as_str());
            let query = serde_html_form::to_string([("next", wanted)]).unwrap_or_default();
            Err(InternalError::from_response("sign-in needed", see_other(format!("/login?{query}"))).into())
        }
        None => Err(AppError::SignInNeeded.into()),
    }
}

fn forbidden(needed: &str) -> actix_web::Error {
    AppError::Forbidden(format!("This page is for {needed}.").into()).into()
}

/// The agency asks its staff for a second factor: until they have one, only their account is open to them.
fn second_factor_first(req: &HttpRequest) -> actix_web::Error {
    if req.method() == Method::GET || req.method() == Method::HEAD {
        return InternalError::from_response("second factor needed", see_other("/account/second-factor")).into();
    }
    AppError::refused(
        "Set up your second factor first",
        "The agency asks its staff for one. You find it under your name, in Account; nothing was changed.",
    )
    .into()
}

/// The viewer proved who they are a short while ago ([`signing_in::PROOF_MINUTES`]): asked for beside the guard of the role
/// by what moves money, roles, exports and the way into accounts. A page asked for leads to the proof and back; a form
/// is answered by a page that says how to send it again.
#[derive(Debug, Clone, Copy)]
pub struct Proven;

impl FromRequest for Proven {
    type Error = actix_web::Error;
    type Future = Extracting<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let viewer = demand(&req).await?;
            if signing_in::is_fresh(viewer.proved_at, now_of(&req)?) {
                return Ok(Self);
            }
            if req.method() != Method::GET && req.method() != Method::HEAD {
                return Err(AppError::ProofNeeded.into());
            }
            let wanted = req.uri().path_and_query().map_or("/", |path| path.as_str());
            let query = serde_html_form::to_string([("next", wanted)]).unwrap_or_default();
            Err(InternalError::from_response("proof needed", see_other(format!("/account/prove?{query}"))).into())
        })
    }
}

/// Defines a guard by a function from the viewer to itself.
macro_rules! guard {
    ($(#[$doc:meta])* $name:ident, $needed:literal, $admit:expr) => {
        impl FromRequest for $name {
            type Error = actix_web::Error;
            type Future = Extracting<Self>;

            fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
                let req = req.clone();
                Box::pin(async move {
                    let admit: fn(Viewer) -> Option<$name> = $admit;
                    let viewer = demand(&req).await?;
                    let lacks = viewer.lacks_second_factor() && !req.path().starts_with("/account");
                    let admitted = admit(viewer).ok_or_else(|| forbidden($needed))?;
                    if lacks {
                        return Err(second_factor_first(&req));
                    }
                    Ok(admitted)
                })
            }
        }
    };
}

/// Anybody who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Viewer);
guard!(SignedIn, "people who are signed in", |viewer| Some(SignedIn(viewer)));

/// The agency's owner.
#[derive(Debug, Clone)]
pub struct Admin(pub Viewer);
guard!(Admin, "admins", |viewer| (viewer.role == Role::Admin)
    .then_some(Admin(viewer)));

/// Agency staff: a recruiter or an admin.
#[derive(Debug, Clone)]
pub struct Recruiter(pub Viewer);
guard!(Recruiter, "the agency's staff", |viewer| viewer
    .role
    .is_staff()
    .then_some(Recruiter(viewer)));

/// A contact of a client.
#[derive(Debug, Clone)]
pub struct ClientContact {
    /// The person.
    pub viewer: Viewer,
    /// Their company: the scope of everything they see.
    pub organization: OrganizationId,
}
guard!(ClientContact, "clients", |viewer| {
    viewer
        .organization
        .map(|organization| ClientContact { viewer, organization })
});

/// A developer with a profile.
#[derive(Debug, Clone)]
pub struct CandidateUser {
    /// The person.
    pub viewer: Viewer,
    /// Their own record: the scope of everything they see.
    pub candidate: CandidateId,
}
guard!(CandidateUser, "candidates", |viewer| {
    viewer.candidate.map(|candidate| CandidateUser { viewer, candidate })
});

/// Anybody at all.
#[derive(Debug, Clone)]
pub struct Visitor(pub Option<Viewer>);

impl FromRequest for Visitor {
    type Error = actix_web::Error;
    type Future = Extracting<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { Ok(Self(viewer_of(&req).await?)) })
    }
}

impl FromRequest for Actor {
    type Error = actix_web::Error;
    type Future = Extracting<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let agent = viewer_of(&req)
                .await?
                .map_or(Agent::Visitor, |viewer| Agent::User(viewer.user));
            let network = network::of(&req).map(|address| address.to_string());
            Ok(Self {
                agent,
                network,
                request_id: request_id::current().map(|id| id.to_string()),
            })
        })
    }
}
