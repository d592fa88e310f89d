//! /privacy, /terms, their earlier versions, and /account/documents: what one accepted, and what there is to accept.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::store::{self, Accepted, Version};
use super::{Document, Part, actions, parts};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::web::{Act, Form, Frame, Layout, Routes, Section, SignedIn, page};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/privacy", privacy);
    r.get("/privacy/{number}", privacy_version);
    r.get("/terms", terms);
    r.get("/terms/{number}", terms_version);
    r.get("/account/documents", own);
    r.post("/account/documents", accept);
}

#[derive(Template)]
#[template(path = "documents/document.html")]
struct DocumentPage {
    layout: Layout,
    it: Version,
    versions: Vec<(i32, NaiveDate)>,
}

impl DocumentPage {
    fn parts(&self) -> Vec<Part<'_>> {
        parts(&self.it.body)
    }

    fn is_newest(&self) -> bool {
        self.versions
            .first()
            .is_none_or(|(newest, _)| *newest == self.it.version)
    }
}

async fn shown(db: &Db, frame: Frame, document: Document, number: Option<i32>) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let it = store::version(&mut conn, document, number)
        .await?
        .ok_or(AppError::NotFound)?;
    let versions = store::versions(&mut conn, document).await?;
    drop(conn);
    page(&DocumentPage {
        layout: frame.layout(Section::Other),
        it,
        versions,
    })
}

async fn privacy(db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    shown(&db, frame, Document::Privacy, None).await
}

async fn privacy_version(number: web::Path<i32>, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    shown(&db, frame, Document::Privacy, Some(*number)).await
}

async fn terms(db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    shown(&db, frame, Document::Terms, None).await
}

async fn terms_version(number: web::Path<i32>, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    shown(&db, frame, Document::Terms, Some(*number)).await
}

#[derive(Template)]
#[template(path = "documents/own.html")]
struct OwnPage {
    layout: Layout,
    pending: Vec<(Document, i32)>,
    accepted: Vec<Accepted>,
}

async fn own(signed_in: SignedIn, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    let user = signed_in.0.user;
    let mut conn = db.conn().await?;
    let pending = store::pending(&mut conn, user).await?;
    let accepted = store::accepted(&mut conn, user).await?;
    drop(conn);
    page(&OwnPage {
        layout: frame.layout(Section::Other),
        pending,
        accepted,
    })
}

/// The versions that were looked at: a newer one that came meanwhile is not accepted unseen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AcceptForm {
    privacy: Option<i32>,
    terms: Option<i32>,
}

async fn accept(signed_in: SignedIn, act: Act, Form(input): Form<AcceptForm>) -> AppResult<HttpResponse> {
    let user = signed_in.0.user;
    let looked_at = [(Document::Privacy, input.privacy), (Document::Terms, input.terms)];
    let mut tx = act.begin().await?;
    for what in store::pending(&mut tx, user).await? {
        if !looked_at.contains(&(what.0, Some(what.1))) {
            return Err(AppError::overtaken());
        }
        actions::accept(&mut tx, &act.by, act.at, user, what).await?;
    }
    let said = "Thank you. This page shows what you accepted, and when.";
    act.done(tx, said, "/account/documents").await
}
