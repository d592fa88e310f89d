//! Pages of introductions: staff's list, the candidate's question, the client's comparison and decisions.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;

use super::actions::{self, InterviewTime, Shortlist};
use super::compare::{self, Column};
use super::policy::{self, Audience, Field, Scope};
use super::store::compare::{self as compare_store, SeatHead};
use super::store::{self, Detail, ListRow, RequestHead};
use super::{Refusal, State, Withdrawal, reason_words};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{CandidateId, IntroductionId, RequestId};
use crate::web::form::{self, Form, FormErrors};
use crate::web::layout::flash;
use crate::web::marks::OverlapStrip;
use crate::web::{
    CandidateUser, ClientContact, Frame, Layout, Now, Recruiter, Routes, Section, SignedIn, page, render, see_other,
};
use crate::zones::{Weekdays, Zone, clock_text};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.post("/requests/{id}/shortlist", shortlist);
    r.get("/requests/{id}/introductions", list);
    r.get("/requests/{id}/people", people);
    r.get("/introductions/{id}", detail);
    r.post("/introductions/{id}/consent", consent);
    r.post("/introductions/{id}/decline", decline);
    r.post("/introductions/{id}/interview", interview);
    r.post("/introductions/{id}/refuse", refuse);
    r.post("/introductions/{id}/hire", hire);
    r.post("/introductions/{id}/withdraw", withdraw);
}

/// An instant as somebody in that zone reads it: "Thu 19 Nov 2026, 10:00 New York".
pub(crate) fn local_text(at: DateTime<Utc>, zone: &str) -> String {
    match Zone::parse(zone) {
        Ok(known) => format!("{} {}", known.local(at).format("%a %-d %b %Y, %H:%M"), place(zone)),
        Err(_) => format!("{} UTC", at.format("%a %-d %b %Y, %H:%M")),
    }
}

/// The town of a zone's name.
pub(crate) fn place(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

/// A day as people read it.
fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

#[derive(Deserialize)]
struct ShortlistForm {
    #[serde(default)]
    seat: String,
    #[serde(default)]
    candidate: Vec<String>,
    #[serde(default)]
    run: String,
    #[serde(default)]
    pitch: String,
    #[serde(default)]
    ask_about: String,
}

impl ShortlistForm {
    fn read(&self, request: RequestId) -> AppResult<Shortlist> {
        let wrong = |what: &str| AppError::Invalid(format!("The {what} could not be read.").into());
        let run = match self.run.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| wrong("match run"))?),
        };
        let mut candidates: Vec<CandidateId> = Vec::new();
        for text in &self.candidate {
            let id = text.parse().map_err(|_| wrong("list of people"))?;
            if !candidates.contains(&id) {
                candidates.push(id);
            }
        }
        Ok(Shortlist {
            request,
            seat: self.seat.trim().parse().map_err(|_| wrong("seat"))?,
            run,
            candidates,
            pitch: form::text(&self.pitch, 500).map_err(|message| AppError::Invalid(message.into()))?,
            ask_about: form::text(&self.ask_about, 500).map_err(|message| AppError::Invalid(message.into()))?,
        })
    }
}

async fn shortlist(
    _staff: Recruiter,
    id: web::Path<RequestId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
    Form(input): Form<ShortlistForm>,
) -> AppResult<HttpResponse> {
    let id = id.into_inner();
    let list = input.read(id)?;
    let mut tx = db.begin().await?;
    let new = actions::shortlist(&mut tx, &actor, now.0, &list).await?;
    tx.commit().await?;
    let text = match new {
        0 => "They stood on this seat's list already.".to_owned(),
        1 => "One person was proposed; the client sees them after their yes.".to_owned(),
        n => format!("{n} people were proposed; the client sees each after their yes."),
    };
    flash(&req, text);
    Ok(see_other(format!("/requests/{id}/introductions")))
}

/// One line of the list, as its audience reads it.
struct Line {
    href: String,
    person: String,
    sub: String,
    seat: i16,
    points: String,
    kind: &'static str,
    word: &'static str,
    since: String,
    why: String,
}

impl Line {
    fn of(row: ListRow, audience: Audience) -> Self {
        let (kind, word) = row.state.words(audience);
        let reasoned = match row.state {
            State::Refused => policy::may_see(audience, row.state, Field::ClientReason),
            _ => policy::may_see(audience, row.state, Field::InnerReason),
        };
        let points = row
            .points
            .filter(|_| policy::may_see(audience, row.state, Field::Workings));
        Self {
            href: format!("/introductions/{}", row.id),
            person: policy::person(audience, row.state, row.name.as_deref(), row.code),
            sub: [row.seniority, row.country]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · "),
            seat: row.seat_number,
            points: points
                .and_then(|p| u32::try_from(p).ok())
                .map(crate::web::marks::thousands)
                .unwrap_or_default(),
            kind,
            word,
            since: day(row.state_at),
            why: if reasoned {
                why(&row.reason_kind, &row.reason)
            } else {
                String::new()
            },
        }
    }
}

fn why(kind: &str, text: &str) -> String {
    match (reason_words(kind), text) {
        ("", text) => text.to_owned(),
        (words, "") => words.to_owned(),
        (words, text) => format!("{words}: {text}"),
    }
}

#[derive(Template)]
#[template(path = "introductions/list.html")]
struct ListPage {
    layout: Layout,
    head: RequestHead,
    audience: Audience,
    lines: Vec<Line>,
}

impl ListPage {
    fn is_staff(&self) -> bool {
        self.audience == Audience::Staff
    }
}

async fn list(
    viewer: SignedIn,
    id: web::Path<RequestId>,
    db: web::ThinData<Db>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&viewer.0);
    if scope.audience == Audience::Candidate {
        return Err(AppError::Forbidden(
            "This page is for the client and the agency.".into(),
        ));
    }
    let mut conn = db.conn().await?;
    let head = store::request_head(&mut conn, *id, scope)
        .await?
        .ok_or(AppError::NotFound)?;
    let rows = store::of_request(&mut conn, *id, scope).await?;
    page(&ListPage {
        layout: frame.layout(Section::Requests),
        head,
        audience: scope.audience,
        lines: rows.into_iter().map(|row| Line::of(row, scope.audience)).collect(),
    })
}

#[derive(Deserialize)]
struct SeatQuery {
    #[serde(default)]
    seat: Option<i16>,
}

#[derive(Template)]
#[template(path = "introductions/people.html")]
struct PeoplePage {
    layout: Layout,
    request: RequestId,
    head: SeatHead,
    audience: Audience,
    musts: Vec<compare_store::MustRow>,
    columns: Vec<Column>,
    proposed_by: String,
    waiting_since: Option<DateTime<Utc>>,
    checked: String,
}

impl PeoplePage {
    fn is_client(&self) -> bool {
        self.audience == Audience::Client
    }

    fn title(&self) -> String {
        match self.columns.len() {
            0 => "Nobody yet".to_owned(),
            1 => "One person we would hire ourselves".to_owned(),
            n => format!("{} people we would hire ourselves", number_word(n)),
        }
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn strip(&self, hours: &compare::Hours) -> OverlapStrip {
        OverlapStrip::new(hours.client, hours.candidate, hours.words.clone())
    }

    fn waiting(&self) -> String {
        self.waiting_since
            .map(|at| {
                format!(
                    "Waiting on {} since {}",
                    if self.is_client() { "you" } else { "the client" },
                    at.format("%A, %-d %b")
                )
            })
            .unwrap_or_default()
    }

    fn state_of(&self, column: &Column) -> (&'static str, &'static str) {
        column.state.words(self.audience)
    }
}

fn number_word(n: usize) -> String {
    ["Nobody", "One", "Two", "Three", "Four", "Five", "Six"]
        .get(n)
        .map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// Kinds of checks in words, for "Checked for each".
fn check_words(kind: &str) -> &str {
    match kind {
        "english" => "English",
        "code_review" => "code review",
        "technical_interview" => "technical interview",
        "take_home" => "take-home challenge",
        "background" => "background",
        other => other,
    }
}

async fn people(
    viewer: SignedIn,
    id: web::Path<RequestId>,
    query: web::Query<SeatQuery>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&viewer.0);
    if scope.audience == Audience::Candidate {
        return Err(AppError::Forbidden(
            "This page is for the client and the agency.".into(),
        ));
    }
    let mut conn = db.conn().await?;
    let head = compare_store::head(&mut conn, *id, query.seat, scope)
        .await?
        .ok_or(AppError::NotFound)?;
    let rows = compare_store::people(&mut conn, head.seat, now.0.date_naive()).await?;
    let musts = compare_store::musts(&mut conn, *id).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.candidate).collect();
    let skills: Vec<_> = musts.iter().map(|must| must.skill.0).collect();
    let claims = compare_store::claims(&mut conn, &ids, &skills).await?;
    let common = rows.first().map(|first| {
        let shared = first
            .checks
            .iter()
            .filter(|kind| rows.iter().all(|row| row.checks.contains(kind)));
        shared.map(|kind| check_words(kind)).collect::<Vec<_>>().join(", ")
    });
    page(&PeoplePage {
        layout: frame.layout(Section::Requests),
        request: *id,
        audience: scope.audience,
        columns: compare::columns(scope.audience, &head, &musts, &rows, &claims, now.0),
        head,
        musts,
        proposed_by: rows.first().map(|row| row.proposed_by.clone()).unwrap_or_default(),
        waiting_since: rows
            .iter()
            .filter(|row| row.state == State::Consented)
            .filter_map(|row| row.consented_at)
            .min(),
        checked: common.unwrap_or_default(),
    })
}

#[derive(Deserialize, Default)]
struct DecisionForm {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    on: String,
    #[serde(default)]
    at: String,
}

#[derive(Template)]
#[template(path = "introductions/detail.html")]
struct DetailPage {
    layout: Layout,
    it: Detail,
    audience: Audience,
    input: DecisionForm,
    errors: FormErrors,
    refusals: Choices,
    withdrawals: Choices,
}

impl DetailPage {
    fn is_staff(&self) -> bool {
        self.audience == Audience::Staff
    }

    fn is_client(&self) -> bool {
        self.audience == Audience::Client
    }

    fn is_candidate(&self) -> bool {
        self.audience == Audience::Candidate
    }

    fn person(&self) -> String {
        policy::person(self.audience, self.it.state, self.it.name.as_deref(), self.it.code)
    }

    fn heading(&self) -> String {
        if self.is_candidate() {
            format!("{}, {}", self.it.title, self.it.organization)
        } else {
            self.person()
        }
    }

    fn name_hidden(&self) -> bool {
        !policy::may_see(self.audience, self.it.state, Field::Name)
    }

    fn state(&self) -> (&'static str, &'static str) {
        self.it.state.words(self.audience)
    }

    fn since(&self) -> String {
        day(self.it.state_at)
    }

    fn act(&self, verb: &str) -> String {
        format!("/introductions/{}/{verb}", self.it.id)
    }

    fn is(&self, state: &str) -> bool {
        serde_json::to_value(self.it.state).is_ok_and(|value| value == state)
    }

    fn may_decide(&self) -> bool {
        self.is_client() && matches!(self.it.state, State::Consented | State::Interview | State::Chosen)
    }

    fn may_hire(&self) -> bool {
        self.is_client() && self.it.state.may_become(State::Chosen) && self.it.seat_open
    }

    fn may_withdraw(&self) -> bool {
        self.is_staff() && self.it.state.may_become(State::Withdrawn)
    }

    fn workings(&self) -> bool {
        policy::may_see(self.audience, self.it.state, Field::Workings)
    }

    fn points(&self) -> String {
        self.it
            .points
            .and_then(|points| u32::try_from(points).ok())
            .map(crate::web::marks::thousands)
            .unwrap_or_default()
    }

    fn why(&self) -> String {
        let field = if self.it.state == State::Refused {
            Field::ClientReason
        } else {
            Field::InnerReason
        };
        if policy::may_see(self.audience, self.it.state, field) {
            why(&self.it.reason_kind, &self.it.reason)
        } else {
            String::new()
        }
    }

    fn interview(&self) -> String {
        let (Some(at), Some(zone)) = (self.it.interview_at, self.it.interview_zone.as_deref()) else {
            return String::new();
        };
        let here = local_text(at, zone);
        match self.it.person_zone.as_deref().filter(|other| *other != zone) {
            Some(other) => format!("{here} ({})", local_text(at, other)),
            None => here,
        }
    }

    fn hours(&self) -> String {
        let minute = |value: i16| u16::try_from(value).unwrap_or(0);
        let days = Weekdays::from_bits(u8::try_from(self.it.work_days).unwrap_or(0));
        format!(
            "{}–{} {}, {days}",
            clock_text(minute(self.it.work_start)),
            clock_text(minute(self.it.work_end)),
            place(&self.it.zone)
        )
    }

    fn place(&self) -> String {
        place(&self.it.zone)
    }

    fn start(&self) -> String {
        self.it
            .start_on
            .map(|start| start.format("%-d %b %Y").to_string())
            .unwrap_or_default()
    }

    fn length(&self) -> String {
        self.it
            .length_months
            .map_or_else(|| "open-ended".to_owned(), |months| format!("{months} months"))
    }
}

/// A choice without a default, as form::select takes it.
pub(crate) type Choices = Vec<(&'static str, &'static str)>;

fn choices(reasons: impl Iterator<Item = (&'static str, &'static str)>) -> Choices {
    std::iter::once(("", "Choose a reason")).chain(reasons).collect()
}

async fn show(
    db: &Db,
    frame: Frame,
    id: IntroductionId,
    scope: Scope,
    input: DecisionForm,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let it = store::detail(&mut *db.conn().await?, id, scope)
        .await?
        .ok_or(AppError::NotFound)?;
    let section = if scope.audience == Audience::Candidate {
        Section::Home
    } else {
        Section::Requests
    };
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = DetailPage {
        layout: frame.layout(section),
        it,
        audience: scope.audience,
        input,
        errors,
        refusals: choices(Refusal::ALL.iter().map(|reason| (reason.code(), reason.words()))),
        withdrawals: choices(Withdrawal::ALL.iter().map(|reason| (reason.code(), reason.words()))),
    };
    render(status, &page)
}

async fn detail(
    viewer: SignedIn,
    id: web::Path<IntroductionId>,
    db: web::ThinData<Db>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    show(
        &db,
        frame,
        *id,
        Scope::of(&viewer.0),
        DecisionForm::default(),
        FormErrors::none(),
    )
    .await
}

fn back(id: IntroductionId) -> HttpResponse {
    see_other(format!("/introductions/{id}"))
}

async fn consent(
    person: CandidateUser,
    id: web::Path<IntroductionId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    actions::consent(&mut tx, &actor, now.0, *id, Scope::of(&person.viewer)).await?;
    tx.commit().await?;
    flash(
        &req,
        "Thank you. The client now sees your profile, without your contact details.",
    );
    Ok(back(*id))
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn decline(
    person: CandidateUser,
    id: web::Path<IntroductionId>,
    db: web::ThinData<Db>,
    frame: Frame,
    req: HttpRequest,
    actor: Actor,
    now: Now,
    Form(input): Form<DecisionForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&person.viewer);
    let mut errors = FormErrors::none();
    let Some(note) = errors.take("note", form::text(&input.note, 500)) else {
        return show(&db, frame, *id, scope, input, errors).await;
    };
    let mut tx = db.begin().await?;
    actions::decline(&mut tx, &actor, now.0, *id, scope, &note).await?;
    tx.commit().await?;
    flash(&req, "Noted. The client never learns that you were asked.");
    Ok(back(*id))
}

/// The proposed time: both fields, or neither.
fn interview_time(
    input: &DecisionForm,
    zone: &str,
    now: DateTime<Utc>,
    errors: &mut FormErrors,
) -> Option<InterviewTime> {
    if input.on.trim().is_empty() && input.at.trim().is_empty() {
        return None;
    }
    let on = errors.take(
        "on",
        input
            .on
            .parse::<NaiveDate>()
            .map_err(|_| "Give the date as well, or leave both empty."),
    );
    let at = errors.take(
        "at",
        NaiveTime::parse_from_str(input.at.trim(), "%H:%M").map_err(|_| "Give the time as well, or leave both empty."),
    );
    let time = InterviewTime {
        local: on?.and_time(at?),
        zone: Zone::parse(zone).ok()?,
    };
    if time.zone.instant(time.local).resolve() <= now {
        errors.add("on", "That moment has passed. Choose one in the future.");
    }
    Some(time)
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn interview(
    contact: ClientContact,
    id: web::Path<IntroductionId>,
    db: web::ThinData<Db>,
    frame: Frame,
    req: HttpRequest,
    actor: Actor,
    now: Now,
    Form(input): Form<DecisionForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&contact.viewer);
    let mut tx = db.begin().await?;
    let zone = store::detail(&mut tx, *id, scope)
        .await?
        .ok_or(AppError::NotFound)?
        .zone;
    let mut errors = FormErrors::none();
    let time = interview_time(&input, &zone, now.0, &mut errors);
    if !errors.is_empty() {
        drop(tx);
        return show(&db, frame, *id, scope, input, errors).await;
    }
    actions::interview(&mut tx, &actor, now.0, *id, scope, time).await?;
    tx.commit().await?;
    flash(
        &req,
        "Interview asked for. You now see the name; the agency arranges the rest.",
    );
    Ok(back(*id))
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn refuse(
    contact: ClientContact,
    id: web::Path<IntroductionId>,
    db: web::ThinData<Db>,
    frame: Frame,
    req: HttpRequest,
    actor: Actor,
    now: Now,
    Form(input): Form<DecisionForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&contact.viewer);
    let mut errors = FormErrors::none();
    let reason = errors.take(
        "reason",
        Refusal::parse(&input.reason).ok_or("Choose a reason: it makes the next proposal better."),
    );
    let note = errors.take("note", form::text(&input.note, 500));
    let (Some(reason), Some(note)) = (reason, note) else {
        return show(&db, frame, *id, scope, input, errors).await;
    };
    let mut tx = db.begin().await?;
    actions::refuse(&mut tx, &actor, now.0, *id, scope, (reason, &note)).await?;
    tx.commit().await?;
    flash(&req, "Noted. The agency takes your reason into the next proposal.");
    Ok(back(*id))
}

async fn hire(
    contact: ClientContact,
    id: web::Path<IntroductionId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    actions::choose(&mut tx, &actor, now.0, *id, Scope::of(&contact.viewer)).await?;
    tx.commit().await?;
    flash(
        &req,
        "Chosen. The agency now makes the offer; the seat is filled when it is accepted.",
    );
    Ok(back(*id))
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn withdraw(
    staff: Recruiter,
    id: web::Path<IntroductionId>,
    db: web::ThinData<Db>,
    frame: Frame,
    req: HttpRequest,
    actor: Actor,
    now: Now,
    Form(input): Form<DecisionForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&staff.0);
    let mut errors = FormErrors::none();
    let reason = errors.take("reason", Withdrawal::parse(&input.reason).ok_or("Choose a reason."));
    let note = errors.take("note", form::text(&input.note, 500));
    let (Some(reason), Some(note)) = (reason, note) else {
        return show(&db, frame, *id, scope, input, errors).await;
    };
    let mut tx = db.begin().await?;
    actions::withdraw(&mut tx, &actor, now.0, *id, scope, (reason, &note)).await?;
    tx.commit().await?;
    flash(&req, "The introduction was withdrawn.");
    Ok(back(*id))
}
