//! /reference/{token}: what a referee opens from a letter. Opening changes nothing, however often and by whom; buttons do.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::{PgConnection, Postgres, Transaction};

use super::typed::{AnswerForm, IdentityForm};
use crate::accounts::{Viewer, limits};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::network;
use crate::throttle;
use crate::tokens::Tokens;
use crate::vetting::references::actions::{self, Opened};
use crate::vetting::references::store::{self, Request, Typed};
use crate::vetting::references::{Again, Identity};
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Section, Visitor, form, render, see_other};

/// Most that a form may be: nobody types as much.
const MOST: usize = 60_000;

#[derive(Template)]
#[template(path = "vetting/references/who.html")]
struct WhoPage {
    layout: Layout,
    token: String,
    it: Request,
    typed: IdentityForm,
    declining: Declining,
    errors: FormErrors,
}

#[derive(Template)]
#[template(path = "vetting/references/answer.html")]
struct AnswerPage {
    layout: Layout,
    token: String,
    it: Request,
    who: Identity,
    typed: AnswerForm,
    /// Who they said they are, to be corrected until the answer is sent.
    identity: IdentityForm,
    /// When the draft was kept; empty: it was not yet.
    saved: String,
    declining: Declining,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl AnswerPage {
    fn agains(&self) -> [Again; 3] {
        Again::ALL
    }
}

/// What the form of a refusal holds.
#[derive(Debug, Default)]
struct Declining {
    reason: String,
    error: String,
}

#[derive(Template)]
#[template(path = "vetting/references/over.html")]
struct OverPage {
    layout: Layout,
    title: String,
    words: Vec<String>,
}

/// "14 Dec 2026".
fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

impl Request {
    /// Until when the link works.
    fn end(&self) -> String {
        self.expires_at.map(day).unwrap_or_default()
    }

    /// Who asks.
    fn asks(&self) -> &str {
        self.asker.as_deref().unwrap_or("The agency")
    }

    /// Who says that the referee may be asked.
    fn why(&self) -> String {
        format!(
            "{} says that you have worked together, and agreed that we ask you.",
            self.person()
        )
    }
}

/// The answer is for one pair of eyes: nothing keeps it.
fn unkept(mut response: HttpResponse) -> HttpResponse {
    let never = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, never);
    response
}

fn over(frame: Frame, status: StatusCode, title: impl Into<String>, words: &[String]) -> AppResult<HttpResponse> {
    let page = OverPage {
        layout: frame.layout(Section::Other),
        title: title.into(),
        words: words.to_vec(),
    };
    Ok(unkept(render(status, &page)?))
}

/// What was asked of the link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// To look.
    Look,
    /// To change something.
    Act,
}

/// The open request of a token, or the page that says why there is none.
async fn opened(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    token: &str,
    wish: Wish,
) -> AppResult<Result<Request, Closed>> {
    let looks = wish == Wish::Look;
    Ok(match actions::open(tx, now, token).await? {
        Opened::Open(request) => Ok(request),
        Opened::Answered(request) if looks => Err(Closed::new(
            StatusCode::OK,
            format!("Thank you, {}", request.name),
            &[
                format!(
                    "Your answer about {} is in. It stays as you sent it, and you can close this page.",
                    request.person()
                ),
                "If there is something to add or to correct, write to whoever asked you.".to_owned(),
            ],
        )),
        Opened::Answered(_) => Err(Closed::new(
            StatusCode::CONFLICT,
            "Your answer is in already",
            &["The answer that was sent first counts; nothing was changed now.".to_owned()],
        )),
        Opened::Declined(request) => Err(Closed::new(
            if looks { StatusCode::OK } else { StatusCode::CONFLICT },
            "You declined",
            &[format!(
                "Thank you for saying so. Nobody writes to you about {} again.",
                request.person()
            )],
        )),
        Opened::Withdrawn(_) => Err(Closed::new(
            StatusCode::GONE,
            "This request was taken back",
            &[
                "The agency does not need your answer any more. Nothing was sent, and what you had typed was deleted."
                    .to_owned(),
            ],
        )),
        Opened::Over(request) => Err(Closed::over(&request)),
        Opened::Unknown => Err(Closed::unknown()),
    })
}

/// Why a link shows no form.
struct Closed {
    status: StatusCode,
    title: String,
    words: Vec<String>,
}

impl Closed {
    fn new(status: StatusCode, title: impl Into<String>, words: &[String]) -> Self {
        Self {
            status,
            title: title.into(),
            words: words.to_vec(),
        }
    }

    fn over(request: &Request) -> Self {
        let mut words = vec![format!("It worked until {}. Nothing was sent.", request.end())];
        if request.reminded_at.is_none() {
            words.push("If you still want to answer, write to whoever asked you: they can send the link once more, and what you had saved is still there then.".to_owned());
        }
        Self::new(StatusCode::GONE, "The time of this link is over", &words)
    }

    fn unknown() -> Self {
        let words = "Perhaps the mail program broke it: open it from the letter again, or copy the whole line into the address bar.";
        Self::new(StatusCode::NOT_FOUND, "This link opens nothing", &[words.to_owned()])
    }

    /// The page that says so. A link that nobody was given is counted for the network it came from.
    async fn answer(
        self,
        (db, tokens): (&Db, &Tokens),
        req: &HttpRequest,
        now: DateTime<Utc>,
        frame: Frame,
    ) -> AppResult<HttpResponse> {
        if self.status == StatusCode::NOT_FOUND
            && let Some(charge) = limits::guessed_links(tokens, network::of(req))
        {
            let mut tx = db.begin().await?;
            throttle::charge(&mut tx, now, &[charge]).await?;
            tx.commit().await?;
        }
        over(frame, self.status, self.title, &self.words)
    }
}

/// Whoever is signed in as the person, or as somebody who assesses them, does not answer for the referee.
fn is_a_party(viewer: Option<&Viewer>, request: &Request) -> bool {
    viewer.is_some_and(|viewer| viewer.role.is_staff() || request.person_user == Some(viewer.user))
}

fn not_yours(frame: Frame) -> AppResult<HttpResponse> {
    let words = "You are signed in, and only the referee can send this. If you are the referee, sign out first and open the link again.";
    over(
        frame,
        StatusCode::FORBIDDEN,
        "This page is for the referee",
        &[words.to_owned()],
    )
}

pub(super) async fn open(
    token: web::Path<String>,
    db: web::ThinData<Db>,
    tokens: web::ThinData<Tokens>,
    req: HttpRequest,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let token = token.into_inner();
    // The lock of the query ends with this transaction, which writes nothing.
    let mut tx = db.begin().await?;
    let request = match opened(&mut tx, now.0, &token, Wish::Look).await? {
        Ok(request) => request,
        Err(closed) => {
            tx.rollback().await?;
            return closed.answer((&db.0, &tokens.0), &req, now.0, frame).await;
        }
    };
    let response = form_page(&mut tx, frame, token, request, Declining::default()).await?;
    tx.rollback().await?;
    Ok(response)
}

/// The step that the referee is at, with what they typed before.
async fn form_page(
    tx: &mut PgConnection,
    frame: Frame,
    token: String,
    it: Request,
    declining: Declining,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    if !declining.error.is_empty() {
        errors.add("reason", declining.error.clone());
    }
    let Some(who) = store::identity(tx, it.id).await? else {
        let typed = IdentityForm {
            name: it.name.clone(),
            ..IdentityForm::default()
        };
        return who_page(frame, token, it, typed, declining, errors);
    };
    let (typed, saved) = store::draft(tx, it.id).await?.unzip();
    let typed = AnswerForm::of(it.questions(), &typed.unwrap_or_default());
    answer_page(frame, (token, it, who), (typed, saved), declining, errors)
}

fn who_page(
    frame: Frame,
    token: String,
    it: Request,
    typed: IdentityForm,
    declining: Declining,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let page = WhoPage {
        layout: frame.layout(Section::Other),
        token,
        it,
        typed,
        declining,
        errors,
    };
    Ok(unkept(render(page.errors.status(), &page)?))
}

fn answer_page(
    frame: Frame,
    (token, it, who): (String, Request, Identity),
    (typed, saved): (AnswerForm, Option<DateTime<Utc>>),
    declining: Declining,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let page = AnswerPage {
        layout: frame.layout(Section::Other),
        token,
        it,
        identity: IdentityForm::of(&who),
        who,
        typed,
        saved: saved
            .map(|at| at.format("%-d %b, %H:%M UTC").to_string())
            .unwrap_or_default(),
        declining,
        errors,
    };
    Ok(unkept(render(page.errors.status(), &page)?))
}

/// An act behind a link that is open to whoever acts: its transaction and the request. Otherwise the page that says why not.
async fn begun(
    token: &str,
    visitor: &Visitor,
    tokens: &Tokens,
    act: &Act,
    frame: Frame,
) -> AppResult<Result<(Transaction<'static, Postgres>, Request, Frame), HttpResponse>> {
    let mut tx = act.begin().await?;
    match opened(&mut tx, act.at, token, Wish::Act).await? {
        Ok(request) if is_a_party(visitor.0.as_ref(), &request) => not_yours(frame).map(Err),
        Ok(request) => Ok(Ok((tx, request, frame))),
        Err(closed) => {
            tx.rollback().await?;
            closed.answer((&act.db, tokens), &act.req, act.at, frame).await.map(Err)
        }
    }
}

pub(super) async fn confirm(
    token: web::Path<String>,
    visitor: Visitor,
    tokens: web::ThinData<Tokens>,
    act: Act,
    frame: Frame,
    Form(typed): Form<IdentityForm>,
) -> AppResult<HttpResponse> {
    let token = token.into_inner();
    let (mut tx, request, frame) = match begun(&token, &visitor, &tokens.0, &act, frame).await? {
        Ok(begun) => begun,
        Err(answer) => return Ok(answer),
    };
    let mut errors = FormErrors::none();
    let Some(who) = typed.read(&request.name, &mut errors) else {
        return who_page(frame, token, request, typed, Declining::default(), errors);
    };
    actions::confirm(&mut tx, &act.by, act.at, &request, &who).await?;
    tx.commit().await?;
    Ok(unkept(see_other(format!("/reference/{token}"))))
}

pub(super) async fn answer(
    token: web::Path<String>,
    visitor: Visitor,
    tokens: web::ThinData<Tokens>,
    act: Act,
    frame: Frame,
    Form(typed): Form<Typed>,
) -> AppResult<HttpResponse> {
    let token = token.into_inner();
    if typed
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum::<usize>()
        > MOST
    {
        return Err(AppError::TooLarge(
            "An answer has at most 60,000 letters. Shorten the longest text.".into(),
        ));
    }
    let (mut tx, request, frame) = match begun(&token, &visitor, &tokens.0, &act, frame).await? {
        Ok(begun) => begun,
        Err(answer) => return Ok(answer),
    };
    let here = format!("/reference/{token}");
    let Some(who) = store::identity(&mut tx, request.id).await? else {
        // Not said yet who they are: that comes first, and nothing is sent.
        return Ok(unkept(see_other(here)));
    };
    let sent = typed.iter().any(|(name, value)| name == "act" && value == "send");
    let read = AnswerForm::of(request.questions(), &typed);
    let mut errors = FormErrors::none();
    let said = if sent { read.read(&mut errors) } else { None };
    let Some(said) = said else {
        // Whatever is wrong with it: what was typed is kept.
        actions::save(&mut tx, act.at, &request, &typed).await?;
        tx.commit().await?;
        if sent {
            return answer_page(
                frame,
                (token, request, who),
                (read, Some(act.at)),
                Declining::default(),
                errors,
            );
        }
        return Ok(unkept(see_other(format!("{here}#saved"))));
    };
    actions::answer(&mut tx, &act.by, act.at, &request, &said).await?;
    tx.commit().await?;
    Ok(unkept(see_other(here)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DeclineForm {
    reason: String,
}

pub(super) async fn decline(
    token: web::Path<String>,
    visitor: Visitor,
    tokens: web::ThinData<Tokens>,
    act: Act,
    frame: Frame,
    Form(typed): Form<DeclineForm>,
) -> AppResult<HttpResponse> {
    let token = token.into_inner();
    let (mut tx, request, frame) = match begun(&token, &visitor, &tokens.0, &act, frame).await? {
        Ok(begun) => begun,
        Err(answer) => return Ok(answer),
    };
    let reason = match form::text(&typed.reason, 1000) {
        Ok(reason) => reason,
        Err(error) => {
            let declining = Declining {
                reason: typed.reason,
                error,
            };
            return form_page(&mut tx, frame, token, request, declining).await;
        }
    };
    actions::decline(&mut tx, &act.by, act.at, &request, &reason).await?;
    tx.commit().await?;
    Ok(unkept(see_other(format!("/reference/{token}"))))
}
