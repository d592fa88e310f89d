//! What an act of a page comes with: who does it, when, from which browser, on which database.
//!
//! 21 November 2026. One argument instead of four, in handlers that change something; the guard stays an argument of its own,
//! so that it can be read off the handler. A function that takes the act as a closure and wraps the transaction around it was
//! considered: most handlers look at the form, or at the record, in the same transaction and leave early, which a closure
//! has to hand out as one more kind of answer.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};

use super::layout::flash;
use super::{Now, see_other};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;

/// An act that somebody asked for with a form.
#[derive(Debug, Clone)]
pub struct Act {
    /// Where it is written down.
    pub db: Db,
    /// The request that asks for it.
    pub req: HttpRequest,
    /// Who does it.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

impl Act {
    /// When, for a page that is shown instead of the act.
    pub fn now(&self) -> Now {
        Now(self.at)
    }

    /// The transaction in which all of it happens, or nothing.
    pub async fn begin(&self) -> AppResult<Transaction<'static, Postgres>> {
        self.db.begin().await
    }

    /// It is done: commits, and leads on to a page that says so once.
    pub async fn done(
        &self,
        tx: Transaction<'static, Postgres>,
        said: impl Into<String>,
        to: impl AsRef<str>,
    ) -> AppResult<HttpResponse> {
        tx.commit().await?;
        Ok(self.lead_on(said, to))
    }

    /// Leads on to a page that says so once, when what was done is committed already.
    pub fn lead_on(&self, said: impl Into<String>, to: impl AsRef<str>) -> HttpResponse {
        flash(&self.req, said);
        see_other(to)
    }
}

impl FromRequest for Act {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let db = req
                .app_data::<web::ThinData<Db>>()
                .ok_or_else(|| AppError::internal("no database is mounted"))?;
            let db = db.0.clone();
            let by = Actor::from_request(&req, &mut Payload::None).await?;
            let Now(at) = Now::from_request(&req, &mut Payload::None).await?;
            Ok(Self { db, req, by, at })
        })
    }
}
