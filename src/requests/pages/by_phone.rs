//! /requests/new: a recruiter files what a client said on the phone, with the client's own form and checks.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::fields::named;
use super::form::RequestForm;
use super::intake::{blank, checked};
use super::intake_page::{Occasion, Offer, answer, offer};
use super::role;
use crate::accounts::limits;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{OrganizationId, RequestId, TrackId};
use crate::network;
use crate::organizations::actions::{FoundError, found};
use crate::organizations::contacts::actions::{NewContact, invite};
use crate::organizations::store::{self as organizations, ListRow, Organization};
use crate::requests::Brief;
use crate::requests::actions::{self, Filing};
use crate::throttle;
use crate::tokens::Tokens;
use crate::tracks::choose;
use crate::web::layout::flash;
use crate::web::{Form, FormErrors, Frame, Layout, Now, Recruiter, Section, form, page, see_other};

/// Clients that a search shows at most.
const SHOWN: usize = 20;

/// In place of a client's id: one that is not there yet.
const NEW: &str = "new";

/// For whom, and in which kind of role.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewQuery {
    client: String,
    search: String,
    track: String,
}

#[derive(Template)]
#[template(path = "requests/choose_client.html")]
struct ChoosePage {
    layout: Layout,
    search: String,
    rows: Vec<ListRow>,
    more: bool,
}

/// Whose request it is: first the client is chosen, then the form is filled in.
pub async fn new_page(
    _staff: Recruiter,
    query: web::Query<NewQuery>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    if query.client.is_empty() {
        let search: String = query.search.trim().chars().take(100).collect();
        let mut rows = organizations::list(&mut conn, &search, "").await?;
        let more = rows.len() > SHOWN;
        rows.truncate(SHOWN);
        return page(&ChoosePage {
            layout: frame.layout(Section::Requests),
            search,
            rows,
            more,
        });
    }
    let client = client(&mut conn, &query.client).await?;
    let tracks = role::open(&mut conn).await?;
    let chosen = choose(&tracks, &query.track)
        .or_else(|_| choose(&tracks, ""))
        .ok()
        .cloned();
    let zone = client.as_ref().map(|client| client.zone);
    let mut form = blank(&mut conn, chosen.as_ref(), zone, now).await?;
    form.client.clone_from(&query.client);
    let mut offer = offer(&mut conn, tracks, chosen.map(|track| track.id), now.0).await?;
    offer.client = client;
    answer(frame, Occasion::ByPhone, form, FormErrors::none(), offer)
}

/// The client that the form is for; nothing when it is a new one.
async fn client(conn: &mut sqlx::PgConnection, typed: &str) -> AppResult<Option<Organization>> {
    if typed == NEW {
        return Ok(None);
    }
    let id: OrganizationId = typed.parse().map_err(|_| AppError::NotFound)?;
    let found = organizations::find(conn, id).await?.ok_or(AppError::NotFound)?;
    Ok(Some(found))
}

/// A company that is new, with its contact.
struct Company {
    name: String,
    contact: NewContact,
}

fn company(input: &RequestForm, errors: &mut FormErrors) -> Option<Company> {
    let name = errors.take("organization", named(&input.organization, "Write the company's name."));
    let contact = errors.take("name", named(&input.name, "Write the name of whoever phoned."));
    let email = errors.take("email", form::email(&input.email));
    Some(Company {
        name: name?,
        contact: NewContact {
            name: contact?,
            email: email?,
        },
    })
}

/// Files it.
#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
pub async fn file(
    staff: Recruiter,
    db: web::ThinData<Db>,
    tokens: web::ThinData<Tokens>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(mut input): Form<RequestForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let (track, offer) = read(&db, &mut input, now, &mut errors).await?;
    let wants_filing = input.asks_to_keep();
    let brief = if wants_filing || input.act == "check" {
        checked(&input, &offer.catalogue, Filing::ByPhone, now.0, &mut errors)
    } else {
        None
    };
    let company = match offer.client {
        None if wants_filing => company(&input, &mut errors),
        _ => None,
    };
    if let (Some(brief), Some(track), true) = (brief, track, wants_filing && errors.is_empty()) {
        let source = (&req, &actor, &*tokens, now);
        let whose = (offer.client.as_ref(), company);
        if let Some(id) = filed(&db, source, &staff, whose, (&brief, track), &mut errors).await? {
            flash(
                &req,
                "The request is filed for the client; its history says that you did it.",
            );
            return Ok(see_other(format!("/requests/{id}")));
        }
    }
    answer(frame, Occasion::ByPhone, input, errors, offer)
}

async fn read(
    db: &Db,
    input: &mut RequestForm,
    now: Now,
    errors: &mut FormErrors,
) -> AppResult<(Option<TrackId>, Offer)> {
    let mut conn = db.conn().await?;
    let client = client(&mut conn, &input.client).await?;
    let tracks = role::open(&mut conn).await?;
    let (track, mut offer) = role::read(&mut conn, input, tracks, now.0, errors).await?;
    offer.client = client;
    Ok((track, offer))
}

/// Files the brief for the client; a new one is founded with it and its contact invited. `None` with the error beside the
/// field.
async fn filed(
    db: &Db,
    (req, actor, tokens, now): (&HttpRequest, &Actor, &Tokens, Now),
    staff: &Recruiter,
    (client, company): (Option<&Organization>, Option<Company>),
    (brief, track): (&Brief, TrackId),
    errors: &mut FormErrors,
) -> AppResult<Option<RequestId>> {
    let mut tx = db.begin().await?;
    let whose = match (client, company) {
        (Some(client), _) => client.id,
        (None, None) => return Ok(None),
        (None, Some(company)) => {
            let id = match found(&mut tx, actor, now.0, &company.name, brief.week.zone).await {
                Ok(id) => id,
                Err(FoundError::NameTaken) => {
                    errors.add(
                        "organization",
                        "There is a client of this name. Choose it from the list instead.",
                    );
                    return Ok(None);
                }
                Err(FoundError::Other(error)) => return Err(error),
            };
            let founded = organizations::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
            let charges = limits::letters(tokens, &company.contact.email, network::of(req));
            throttle::charge(&mut tx, now.0, &charges).await?;
            let invited = invite(&mut tx, actor, now.0, tokens, &founded, &company.contact, &staff.0.name).await?;
            if let Err(words) = invited {
                errors.add("email", words);
                return Ok(None);
            }
            id
        }
    };
    let id = actions::file(&mut tx, actor, now.0, (whose, track), brief, Filing::ByPhone).await?;
    tx.commit().await?;
    Ok(Some(id))
}
