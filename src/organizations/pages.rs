//! Pages of organizations: staff see the clients; a contact accepts the agency's promise.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::actions;
use super::contacts::pages::{InviteForm, People};
use super::store::{self, Agreement, ListRow, Organization, PAGE};
use super::terms::{Cause, DayKind, PaymentRule, Restart, Terms};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::OrganizationId;
use crate::web::{
    Act, ClientContact, Form, FormErrors, Frame, Layout, Now, Recruiter, Routes, Section, form, page, render,
};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/organizations", list);
    r.get("/organizations/{id}", show);
    r.get("/agreement", agreement_page);
    r.post("/agreement", accept);
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    search: String,
    after: String,
}

#[derive(Template)]
#[template(path = "organizations/list.html")]
struct ListPage {
    layout: Layout,
    search: String,
    rows: Vec<ListRow>,
    next: String,
}

async fn list(
    _staff: Recruiter,
    query: web::Query<ListQuery>,
    db: web::ThinData<Db>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let search = query.search.trim().chars().take(100).collect::<String>();
    let mut rows = store::list(&mut *db.conn().await?, &search, &query.after).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = match rows.last() {
        Some(last) if more => {
            let pairs = [("search", search.as_str()), ("after", &last.name.to_lowercase())];
            format!(
                "/organizations?{}",
                serde_html_form::to_string(pairs).map_err(AppError::internal)?
            )
        }
        _ => String::new(),
    };
    page(&ListPage {
        layout: frame.layout(Section::Organizations),
        search,
        rows,
        next,
    })
}

#[derive(Template)]
#[template(path = "organizations/show.html")]
struct ShowPage {
    layout: Layout,
    organization: Organization,
    people: People,
    agreements: Vec<Agreement>,
}

async fn show(
    staff: Recruiter,
    id: web::Path<OrganizationId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    shown(
        &db,
        &staff,
        *id,
        frame,
        now,
        (InviteForm::default(), FormErrors::none()),
    )
    .await
}

/// A client's page, with the invitation as it was typed when it came back.
pub(super) async fn shown(
    db: &Db,
    staff: &Recruiter,
    id: OrganizationId,
    frame: Frame,
    now: Now,
    typed: (InviteForm, FormErrors),
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let organization = store::find(&mut conn, id).await?.ok_or(AppError::NotFound)?;
    let place = (format!("/organizations/{id}/contacts"), staff.0.user);
    let people = People::load(&mut conn, id, place, now.0, typed).await?;
    let agreements = store::agreements(&mut conn, id).await?;
    drop(conn);
    let status = people.status();
    let shown = ShowPage {
        layout: frame.layout(Section::Organizations),
        organization,
        people,
        agreements,
    };
    render(status, &shown)
}

#[derive(Template)]
#[template(path = "organizations/agreement.html")]
struct AgreementPage {
    layout: Layout,
    organization: Organization,
    /// What is in force, or what is offered.
    terms: Terms,
    accepted: Vec<Agreement>,
    accepted_name: String,
    errors: FormErrors,
}

impl AgreementPage {
    /// The promise line by line: what it is about, and what it says.
    fn clauses(&self) -> Vec<(&'static str, String)> {
        let terms = &self.terms;
        let kind = |kind| match kind {
            DayKind::Calendar => "calendar days",
            DayKind::Business => "business days",
        };
        let days = kind(terms.day_kind);
        let list =
            |causes: &[Cause]| sentence(&causes.iter().map(|cause| cause.words()).collect::<Vec<_>>().join("; "));
        let times = match terms.most_replacements {
            1 => "One free replacement.".to_owned(),
            n => format!("Up to {n} free replacements."),
        };
        let again = match terms.restart {
            Restart::None => "A replacement does not start the days again.",
            Restart::RemainingDays => "A replacement has the days that were left.",
            Restart::Full => "A replacement starts the days again.",
        };
        let payment = match terms.payment_rule {
            PaymentRule::None => "No payment has to be made first for the promise to hold.",
            PaymentRule::PaidAtNotice => "Every invoice that is due is paid when you give notice.",
        };
        let zone = self.organization.zone.place();
        vec![
            (
                "Length",
                format!("{} {days}. The first day of paid work is day 1.", terms.days),
            ),
            ("Whose days", format!("Days begin and end in your zone, {zone}.")),
            ("What you get", format!("{times} {again}")),
            ("Covered", list(&terms.covered_causes)),
            ("Not covered", list(&terms.exclusions)),
            (
                "Notice",
                format!(
                    "Tell us within {} {} of the last working day.",
                    terms.notice_business_days,
                    kind(terms.notice_day_kind)
                ),
            ),
            ("Payment", payment.to_owned()),
        ]
    }
}

/// With a capital and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), letters.as_str())
    })
}

async fn agreement_data(db: &Db, contact: &ClientContact) -> AppResult<(Organization, Vec<Agreement>, Terms)> {
    let mut conn = db.conn().await?;
    let organization = store::find(&mut conn, contact.organization)
        .await?
        .ok_or(AppError::NotFound)?;
    let accepted = store::agreements(&mut conn, contact.organization).await?;
    let terms = match accepted.first() {
        Some(agreement) => serde_json::from_value(agreement.terms.clone())?,
        None => Terms::default_promise(),
    };
    Ok((organization, accepted, terms))
}

async fn agreement_page(contact: ClientContact, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    let (organization, accepted, terms) = agreement_data(&db, &contact).await?;
    page(&AgreementPage {
        layout: frame.layout(Section::Agreement),
        organization,
        terms,
        accepted,
        accepted_name: contact.viewer.name,
        errors: FormErrors::none(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AcceptForm {
    accepted_name: String,
    agreed: String,
}

async fn accept(
    contact: ClientContact,
    act: Act,
    frame: Frame,
    Form(input): Form<AcceptForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let name = errors.take("accepted_name", form::line(&input.accepted_name, 200));
    if input.agreed != "yes" {
        errors.add("agreed", "Tick that you accept for your company.");
    }
    let (organization, accepted, terms) = agreement_data(&act.db, &contact).await?;
    let (Some(name), true) = (name, errors.is_empty()) else {
        return render(
            StatusCode::UNPROCESSABLE_ENTITY,
            &AgreementPage {
                layout: frame.layout(Section::Agreement),
                organization,
                terms,
                accepted,
                accepted_name: input.accepted_name,
                errors,
            },
        );
    };
    let mut tx = act.begin().await?;
    let user = contact.viewer.user;
    actions::accept_agreement(&mut tx, &act.by, act.at, contact.organization, user, &name, &terms).await?;
    let said = "The promise is accepted. It is copied into every placement and does not change under one that runs.";
    act.done(tx, said, "/agreement").await
}
