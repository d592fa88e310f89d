//! Making an offer and answering it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::offer_form::OfferForm;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{IntroductionId, OfferId};
use crate::introductions::policy::{self, Audience, Field, Scope};
use crate::introductions::{self, State as IntroductionState};
use crate::money::{Currency, Period, Rate};
use crate::placements::actions;
use crate::placements::store::offers as store;
use crate::placements::{Engagement, OfferState};
use crate::web::form::{self, Form, FormErrors};
use crate::web::{Act, CandidateUser, Frame, Layout, Now, Recruiter, Routes, Section, SignedIn, page, render};
use crate::zones::Zone;

/// Mounts the routes.
pub(super) fn routes(r: &mut Routes) {
    r.get("/introductions/{id}/offer", form_page);
    r.post("/introductions/{id}/offer", send);
    r.get("/offers/{id}", show);
    r.post("/offers/{id}/accept", accept);
    r.post("/offers/{id}/decline", decline);
    r.post("/offers/{id}/withdraw", withdraw);
}

#[derive(Template)]
#[template(path = "placements/offer_form.html")]
struct OfferFormPage {
    layout: Layout,
    it: introductions::store::Detail,
    input: OfferForm,
    errors: FormErrors,
    currencies: Vec<(String, String)>,
    periods: Vec<(&'static str, &'static str)>,
    engagements: Vec<(&'static str, &'static str)>,
}

impl OfferFormPage {
    fn new(layout: Layout, it: introductions::store::Detail, input: OfferForm, errors: FormErrors) -> Self {
        let engagements = Engagement::ALL.into_iter().map(|kind| (kind.code(), kind.words()));
        Self {
            layout,
            it,
            input,
            errors,
            currencies: Currency::all()
                .map(|currency| (currency.code().to_owned(), currency.code().to_owned()))
                .collect(),
            periods: Period::ALL
                .into_iter()
                .map(|period| (period.word(), period.word()))
                .collect(),
            engagements: std::iter::once(("", "Choose")).chain(engagements).collect(),
        }
    }

    fn person(&self) -> String {
        policy::person(Audience::Staff, self.it.state, self.it.name.as_deref(), self.it.code)
    }
}

/// Today where the client is.
fn today(zone: &str, now: DateTime<Utc>) -> AppResult<NaiveDate> {
    Ok(Zone::parse(zone).map_err(AppError::internal)?.local_date(now))
}

async fn form_page(
    staff: Recruiter,
    id: web::Path<IntroductionId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let it = introductions::store::detail(&mut conn, *id, Scope::of(&staff.0))
        .await?
        .ok_or(AppError::NotFound)?;
    if it.state != IntroductionState::Chosen {
        return Err(AppError::refused(
            "The client has not chosen this person",
            "An offer goes to the person the client chose. Look at the introduction for who is waited on.",
        ));
    }
    let input = OfferForm::suggested(&store::suggestion(&mut conn, *id, now.0.date_naive()).await?);
    page(&OfferFormPage::new(
        frame.layout(Section::Requests),
        it,
        input,
        FormErrors::none(),
    ))
}

async fn send(
    staff: Recruiter,
    id: web::Path<IntroductionId>,
    act: Act,
    frame: Frame,
    Form(input): Form<OfferForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&staff.0);
    let mut tx = act.begin().await?;
    let it = introductions::store::detail(&mut tx, *id, scope)
        .await?
        .ok_or(AppError::NotFound)?;
    let mut errors = FormErrors::none();
    let Some(terms) = input.read(today(&it.zone, act.at)?, &mut errors) else {
        let page = OfferFormPage::new(frame.layout(Section::Requests), it, input, errors);
        return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let offer = actions::offer(&mut tx, &act.by, act.at, *id, scope, &terms).await?;
    let said = "The offer is out; it waits on the candidate.";
    act.done(tx, said, format!("/offers/{offer}")).await
}

#[derive(Template)]
#[template(path = "placements/offer.html")]
struct OfferPage {
    layout: Layout,
    it: store::Detail,
    audience: Audience,
    note: String,
    errors: FormErrors,
}

impl OfferPage {
    /// What the person says yes to, in one sentence.
    fn accept_summary(&self) -> String {
        let pay = self.pay().map(|pay| format!(" for {pay}")).unwrap_or_default();
        format!(
            "You start on {} with {}{pay}, {}, {}.",
            self.start(),
            self.it.organization,
            self.it.engagement.words(),
            self.length()
        )
    }

    fn is_candidate(&self) -> bool {
        self.audience == Audience::Candidate
    }

    fn heading(&self) -> String {
        if self.is_candidate() {
            format!("Offer: {}, {}", self.it.title, self.it.organization)
        } else {
            format!(
                "Offer to {}",
                policy::person(
                    self.audience,
                    IntroductionState::Chosen,
                    self.it.name.as_deref(),
                    self.it.code
                )
            )
        }
    }

    fn state(&self) -> (&'static str, &'static str) {
        match (self.it.state, self.is_candidate()) {
            (OfferState::Sent, true) => ("wait", "Waiting on you: yes or no"),
            (OfferState::Sent, false) => ("wait", "Waiting on the candidate"),
            (OfferState::Accepted, _) => ("ok", "Accepted"),
            (OfferState::Declined, _) => ("soft", "Declined"),
            (OfferState::Withdrawn, _) => ("soft", "Taken back"),
        }
    }

    fn waits(&self) -> bool {
        self.it.state == OfferState::Sent
    }

    fn money(&self, minor: i64) -> String {
        self.it.currency.parse().map_or_else(
            |_| String::new(),
            |currency| {
                Rate {
                    minor,
                    currency,
                    period: self.it.period,
                }
                .to_string()
            },
        )
    }

    fn pay(&self) -> Option<String> {
        policy::may_see(self.audience, IntroductionState::Chosen, Field::Pay).then(|| self.money(self.it.pay_minor))
    }

    fn bill(&self) -> Option<String> {
        policy::may_see(self.audience, IntroductionState::Chosen, Field::BillRate)
            .then(|| self.money(self.it.bill_minor))
    }

    fn start(&self) -> String {
        self.it.start_on.format("%a %-d %b %Y").to_string()
    }

    fn length(&self) -> String {
        self.it
            .length_months
            .map_or_else(|| "open-ended".to_owned(), |months| format!("{months} months"))
    }

    fn sent(&self) -> String {
        self.it.sent_at.format("%-d %b %Y").to_string()
    }

    fn act(&self, verb: &str) -> String {
        format!("/offers/{}/{verb}", self.it.id)
    }
}

async fn show(
    viewer: SignedIn,
    id: web::Path<OfferId>,
    db: web::ThinData<Db>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    draw(&db, frame, *id, Scope::of(&viewer.0), String::new(), FormErrors::none()).await
}

/// The page, filled in again when something was wrong with the note.
async fn draw(
    db: &Db,
    frame: Frame,
    id: OfferId,
    scope: Scope,
    note: String,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    if scope.audience == Audience::Client {
        return Err(AppError::Forbidden(
            "This page is for the candidate and the agency.".into(),
        ));
    }
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
    let page = OfferPage {
        layout: frame.layout(section),
        it,
        audience: scope.audience,
        note,
        errors,
    };
    render(status, &page)
}

async fn accept(person: CandidateUser, id: web::Path<OfferId>, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let placement = actions::accept(&mut tx, &act.by, act.at, *id, Scope::of(&person.viewer)).await?;
    let said = "Accepted. Congratulations!";
    act.done(tx, said, format!("/placements/{placement}")).await
}

#[derive(Deserialize)]
struct NoteForm {
    #[serde(default)]
    note: String,
}

async fn decline(
    person: CandidateUser,
    id: web::Path<OfferId>,
    act: Act,
    frame: Frame,
    Form(input): Form<NoteForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&person.viewer);
    let mut errors = FormErrors::none();
    let Some(note) = errors.take("note", form::text(&input.note, 500)) else {
        return draw(&act.db, frame, *id, scope, input.note, errors).await;
    };
    let mut tx = act.begin().await?;
    actions::decline(&mut tx, &act.by, act.at, *id, scope, &note).await?;
    let said = "You declined the offer. The agency has been told.";
    act.done(tx, said, format!("/offers/{id}")).await
}

async fn withdraw(
    staff: Recruiter,
    id: web::Path<OfferId>,
    act: Act,
    frame: Frame,
    Form(input): Form<NoteForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&staff.0);
    let mut errors = FormErrors::none();
    let Some(note) = errors.take("note", form::text(&input.note, 500)) else {
        return draw(&act.db, frame, *id, scope, input.note, errors).await;
    };
    let mut tx = act.begin().await?;
    actions::withdraw(&mut tx, &act.by, act.at, *id, scope, &note).await?;
    act.done(tx, "The offer was taken back.", format!("/offers/{id}")).await
}
