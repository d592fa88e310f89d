//! What surrounds every page: the viewer, the navigation, messages shown once.

use std::future::Future;
use std::pin::Pin;

use actix_session::SessionExt as _;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::guards::viewer_of;
use crate::accounts::{Role, Viewer};
use crate::ids::UserId;
use crate::zones::Zone;

/// A message shown once, on the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// "ok", "wait" or "bad".
    pub kind: String,
    /// One sentence.
    pub text: String,
}

const FLASH: &str = "flash";

/// Says `text` on the next page this browser opens.
pub fn flash(req: &HttpRequest, text: impl Into<String>) {
    flash_as(req, "ok", text);
}

/// The same about something that is not done: "wait" or "bad".
pub fn flash_as(req: &HttpRequest, kind: &str, text: impl Into<String>) {
    let session = req.get_session();
    let mut all: Vec<Flash> = session.get(FLASH).ok().flatten().unwrap_or_default();
    all.push(Flash {
        kind: kind.to_owned(),
        text: text.into(),
    });
    // A message that cannot be kept is not worth failing the act that it praises.
    if let Err(error) = session.insert(FLASH, all) {
        tracing::warn!(%error, "a message could not be kept for the next page");
    }
}

/// The parts of the app that the navigation names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Staff: what waits on whom. Others: their home.
    Home,
    /// Role requests.
    Requests,
    /// The pool.
    Candidates,
    /// The way to "vetted".
    Pipeline,
    /// Challenges.
    Takehome,
    /// Placements and guarantees.
    Placements,
    /// Clients.
    Organizations,
    /// The agency's settings.
    Admin,
    /// The own profile.
    Profile,
    /// The own agreement.
    Agreement,
    /// The contacts of the own company.
    Colleagues,
    /// Public: how people are checked.
    HowWeVet,
    /// Public: the default guarantee.
    Promise,
    /// Public: a company's first request.
    Start,
    /// Public: a developer's application.
    Apply,
    /// No item is current.
    Other,
}

/// One item of the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    /// Where it leads.
    pub href: &'static str,
    /// Its word.
    pub label: &'static str,
    /// Whether the page belongs to it.
    pub current: bool,
}

/// Everything a layout template needs.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Who looks.
    pub viewer: Option<Viewer>,
    /// The bar at the top.
    pub nav: Vec<NavItem>,
    /// Messages to show once.
    pub flash: Vec<Flash>,
    /// The agency's name.
    pub site_name: String,
    /// The path of the page.
    pub path: String,
    /// The list that somebody came from, see [`super::came_from::list`].
    pub from: Option<String>,
}

impl Layout {
    /// A layout without a viewer, for error pages.
    pub fn bare() -> Self {
        Self {
            viewer: None,
            nav: Vec::new(),
            flash: Vec::new(),
            site_name: SITE_NAME.to_owned(),
            path: String::new(),
            from: None,
        }
    }

    /// What an address of the same record adds, so that the list one came from stays at hand.
    pub fn carried(&self) -> String {
        let carried = self.from.as_deref().map(super::came_from::carried);
        carried.map(|list| format!("?{list}")).unwrap_or_default()
    }

    /// The address of a static file with its content's hash, so that it can be cached for ever.
    pub fn asset(&self, path: &str) -> String {
        super::assets::url(path)
    }

    /// An instant on the viewer's own clock: "21 Nov 2026, 09:14 Bogota"; UTC for who has none.
    pub fn moment(&self, at: &DateTime<Utc>) -> String {
        let named = self.viewer.as_ref().and_then(|viewer| viewer.zone.as_deref());
        let zone = named.and_then(|name| Zone::parse(name).ok()).unwrap_or_else(Zone::utc);
        let place = zone.place();
        let town = place.split(',').next().unwrap_or(&place);
        format!("{} {town}", zone.local(*at).format("%-d %b %Y, %H:%M"))
    }

    /// Where the viewer's name leads.
    pub fn home(&self) -> &'static str {
        self.viewer.as_ref().map_or("/", |viewer| viewer.role.home())
    }
}

const SITE_NAME: &str = "Meridian";

/// The raw material of a [`Layout`], taken from the request.
#[derive(Debug, Clone)]
pub struct Frame {
    viewer: Option<Viewer>,
    flash: Vec<Flash>,
    path: String,
    from: Option<String>,
}

impl Frame {
    /// Who looks, if they are signed in.
    pub fn user(&self) -> Option<UserId> {
        self.viewer.as_ref().map(|viewer| viewer.user)
    }

    /// The layout of a page of `section`.
    pub fn layout(self, section: Section) -> Layout {
        let nav = navigation(self.viewer.as_ref().map(|viewer| viewer.role), section);
        Layout {
            viewer: self.viewer,
            nav,
            flash: self.flash,
            site_name: SITE_NAME.to_owned(),
            path: self.path,
            from: self.from,
        }
    }
}

impl FromRequest for Frame {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let viewer = viewer_of(&req).await?;
            let session = req.get_session();
            let flash: Vec<Flash> = session.get(FLASH).ok().flatten().unwrap_or_default();
            if !flash.is_empty() {
                session.remove(FLASH);
            }
            Ok(Self {
                viewer,
                flash,
                path: req.path().to_owned(),
                from: super::came_from::list(req.query_string()),
            })
        })
    }
}

const STAFF: [(Section, &str, &str); 8] = [
    (Section::Home, "/desk", "Desk"),
    (Section::Requests, "/requests", "Requests"),
    (Section::Candidates, "/candidates", "Candidates"),
    (Section::Pipeline, "/pipeline", "Pipeline"),
    (Section::Takehome, "/takehome", "Take-home"),
    (Section::Placements, "/placements", "Placements"),
    (Section::Organizations, "/organizations", "Clients"),
    (Section::Admin, "/admin", "Admin"),
];

fn navigation(role: Option<Role>, current: Section) -> Vec<NavItem> {
    let items: &[(Section, &str, &str)] = match role {
        Some(Role::Admin) => &STAFF,
        // The last area is the owner's.
        Some(Role::Recruiter) => &STAFF[..STAFF.len() - 1],
        Some(Role::Client) => &[
            (Section::Home, "/client", "Home"),
            (Section::Requests, "/requests", "Requests"),
            (Section::Placements, "/placements", "Placements"),
            (Section::Agreement, "/agreement", "Agreement"),
            (Section::Colleagues, "/client/colleagues", "Colleagues"),
        ],
        Some(Role::Candidate) => &[
            (Section::Home, "/me", "Home"),
            (Section::Profile, "/me/profile", "Profile"),
            (Section::Takehome, "/takehome", "Challenges"),
            (Section::Placements, "/placements", "Placements"),
        ],
        None => &[
            (Section::HowWeVet, "/how-we-vet", "How we vet"),
            (Section::Promise, "/guarantee", "The guarantee"),
            (Section::Start, "/start", "Hire"),
            (Section::Apply, "/apply", "Apply"),
        ],
    };
    items
        .iter()
        .map(|&(section, href, label)| NavItem {
            href,
            label,
            current: section == current,
        })
        .collect()
}
