//! /start and the edit of a request: one form, three occasions.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::fields::named;
use super::form::{self as request_form, RequestForm};
use super::intake_page::{Occasion, Offer, answer, offer};
use super::{kept, role};
use crate::accounts::actions::Registration;
use crate::accounts::documents::actions::accept_current;
use crate::accounts::pages::{count_found, few_found, register_with};
use crate::accounts::passwords::Passwords;
use crate::accounts::signing_in::{FIRST_EPOCH, sign_in};
use crate::accounts::{Role, Viewer};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{OrganizationId, RequestId, TrackId, UserId};
use crate::organizations::{self, actions::FoundError};
use crate::requests::actions::{self, Filing};
use crate::requests::store::catalogue::{self, Catalogue};
use crate::requests::{Brief, Scope, store};
use crate::tokens::Tokens;
use crate::tracks::{OpenTrack, choose};
use crate::web::layout::flash;
use crate::web::{Act, Form, FormErrors, Frame, Now, SignedIn, Visitor, form, see_other};
use crate::zones::Zone;

/// Who may file: strangers with an account of their own, and clients.
fn occasion_for(viewer: Option<&Viewer>) -> AppResult<(Occasion, Option<OrganizationId>)> {
    match viewer {
        None => Ok((Occasion::Register, None)),
        Some(Viewer {
            organization: Some(organization),
            ..
        }) => Ok((Occasion::File, Some(*organization))),
        Some(_) => Err(AppError::refused(
            "Requests are filed by clients",
            "You are signed in with another kind of account. Sign out to register a company, or ask the client to file it.",
        )),
    }
}

/// A link may name the kind of role.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StartQuery {
    track: String,
}

/// The form: empty, or as this browser left it.
pub async fn start_page(
    visitor: Visitor,
    query: web::Query<StartQuery>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    if let Some(viewer) = visitor.0.as_ref().filter(|viewer| viewer.organization.is_none()) {
        return Ok(see_other(viewer.role.home()));
    }
    let (occasion, organization) = occasion_for(visitor.0.as_ref())?;
    if occasion == Occasion::Register
        && let Some(left) = as_left(&db, &req, &frame, now).await?
    {
        return Ok(left);
    }
    let mut conn = db.conn().await?;
    let tracks = role::open(&mut conn).await?;
    // An old link, to a track that is closed, is as good as none.
    let chosen = choose(&tracks, &query.track)
        .or_else(|_| choose(&tracks, ""))
        .ok()
        .cloned();
    let zone = match organization {
        Some(id) => organizations::store::find(&mut conn, id)
            .await?
            .map(|organization| organization.zone),
        None => None,
    };
    let form = blank(&mut conn, chosen.as_ref(), zone, now).await?;
    let offer = offer(&mut conn, tracks, chosen.map(|track| track.id), now.0).await?;
    answer(frame, occasion, form, FormErrors::none(), offer)
}

/// The form with the usual skills of a track.
pub(super) async fn blank(
    conn: &mut sqlx::PgConnection,
    track: Option<&OpenTrack>,
    zone: Option<Zone>,
    now: Now,
) -> AppResult<RequestForm> {
    let template = match track {
        Some(track) => catalogue::template(conn, track.id).await?,
        None => Vec::new(),
    };
    let mut form = request_form::fresh(&template, zone, now.0);
    form.role(track.map(|track| track.slug.clone()).unwrap_or_default());
    Ok(form)
}

/// The form as a stranger's browser left it, if it did.
async fn as_left(db: &Db, req: &HttpRequest, frame: &Frame, now: Now) -> AppResult<Option<HttpResponse>> {
    let mut conn = db.conn().await?;
    let Some((form, note)) = kept::found(&mut conn, req, now).await? else {
        return Ok(None);
    };
    let tracks = role::open(&mut conn).await?;
    let chosen = choose(&tracks, &form.track).ok().map(|track| track.id);
    let mut offer = offer(&mut conn, tracks, chosen, now.0).await?;
    offer.kept = Some(note);
    let mut response = answer(frame.clone(), Occasion::Register, form, FormErrors::none(), offer)?;
    kept::unshared(&mut response);
    Ok(Some(response))
}

/// Files the request; a stranger becomes a client with it.
#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
pub async fn start(
    visitor: Visitor,
    db: web::ThinData<Db>,
    passwords: web::ThinData<Passwords>,
    tokens: web::ThinData<Tokens>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(mut input): Form<RequestForm>,
) -> AppResult<HttpResponse> {
    let (occasion, organization) = occasion_for(visitor.0.as_ref())?;
    let password = std::mem::take(&mut input.password);
    let mut errors = FormErrors::none();
    let (track, offer) = {
        let mut conn = db.conn().await?;
        let tracks = role::open(&mut conn).await?;
        role::read(&mut conn, &mut input, tracks, now.0, &mut errors).await?
    };
    if input.act == "check" {
        checked(&input, &offer.catalogue, Filing::Submit, now.0, &mut errors);
    }
    if !input.asks_to_keep() {
        return again((&db, &tokens, &req, now), frame, occasion, input, errors, offer).await;
    }
    let filing = filing_of(&input);
    let brief = checked(&input, &offer.catalogue, filing, now.0, &mut errors);
    let account = match organization {
        Some(_) => None,
        None => account(&passwords, &input, password, brief.is_some(), &mut errors).await?,
    };
    if let (Some(brief), Some(track), true) = (brief, track, errors.is_empty()) {
        if account.is_some() {
            few_found(&db, &tokens, &req, now).await?;
        }
        let source = (&req, &actor, &*tokens, now);
        if let Some(id) = file(
            &db,
            source,
            (organization, account),
            (&brief, track, filing),
            &mut errors,
        )
        .await?
        {
            flash(&req, thanks(filing));
            let mut response = see_other(format!("/requests/{id}"));
            kept::let_go(&req, &mut response)?;
            return Ok(response);
        }
        count_found(&db, &tokens, &req, now).await?;
    }
    again((&db, &tokens, &req, now), frame, occasion, input, errors, offer).await
}

/// Files the brief; a stranger becomes a client with it. `None` with the error beside the field.
async fn file(
    db: &Db,
    (req, actor, tokens, now): (&HttpRequest, &Actor, &Tokens, Now),
    (organization, account): (Option<OrganizationId>, Option<Account>),
    (brief, track, filing): (&Brief, TrackId, Filing),
    errors: &mut FormErrors,
) -> AppResult<Option<RequestId>> {
    let mut tx = db.begin().await?;
    let filer = match (organization, account) {
        (Some(organization), _) => Some((organization, None)),
        (None, Some(account)) => register(&mut tx, actor, now, tokens, &account, brief.week.zone, errors).await?,
        (None, None) => None,
    };
    let Some((organization, user)) = filer else {
        return Ok(None);
    };
    let by = user.map_or_else(|| actor.clone(), |user| actor.now_user(user));
    let id = actions::file(&mut tx, &by, now.0, (organization, track), brief, filing).await?;
    if let Some(user) = user {
        accept_current(&mut tx, &by, now.0, user).await?;
        sign_in(&mut tx, req, &by, now.0, user, FIRST_EPOCH).await?;
    }
    kept::forget(&mut tx, req).await?;
    tx.commit().await?;
    Ok(Some(id))
}

/// The form once more. What a stranger typed is kept for their browser, whatever is wrong with it.
async fn again(
    (db, tokens, req, now): (&Db, &Tokens, &HttpRequest, Now),
    frame: Frame,
    occasion: Occasion,
    input: RequestForm,
    mut errors: FormErrors,
    mut offer: Offer,
) -> AppResult<HttpResponse> {
    if occasion != Occasion::Register {
        return answer(frame, occasion, input, errors, offer);
    }
    let outcome = kept::keep(db, tokens, req, now, &input).await?;
    offer.kept = kept::note(outcome.as_ref());
    let mut response = match kept::refusal(outcome.as_ref()) {
        None if input.act == "keep" => see_other("/start"),
        Some(words) if input.act == "keep" => {
            errors.add("keep", words);
            answer(frame, occasion, input, errors, offer)?
        }
        _ => answer(frame, occasion, input, errors, offer)?,
    };
    kept::remember(req, &mut response, outcome)?;
    Ok(response)
}

fn filing_of(input: &RequestForm) -> Filing {
    match input.act.as_str() {
        "draft" => Filing::Draft,
        _ => Filing::Submit,
    }
}

fn thanks(filing: Filing) -> &'static str {
    match filing {
        Filing::Draft => "Your draft is kept. Nobody but you sees it until you hand it in.",
        Filing::Submit | Filing::ByPhone => {
            "We have your request. A recruiter reads it next; this page shows where it stands."
        }
    }
}

/// The brief, if the form can be filed that way.
pub(super) fn checked(
    input: &RequestForm,
    catalogue: &Catalogue,
    filing: Filing,
    now: DateTime<Utc>,
    errors: &mut FormErrors,
) -> Option<Brief> {
    let Some(brief) = input.brief(catalogue, errors) else {
        // What is missing is said together with what is wrong, not after it.
        if filing != Filing::Draft {
            input.add_gaps(errors);
        }
        return None;
    };
    request_form::check_start(&brief, now, errors);
    add_gaps(&brief, filing, errors);
    errors.is_empty().then_some(brief)
}

fn add_gaps(brief: &Brief, filing: Filing, errors: &mut FormErrors) {
    if filing != Filing::Draft {
        for (field, words) in brief.gaps() {
            errors.add(field, words);
        }
    }
}

/// A checked account, the password hashed.
struct Account {
    organization: String,
    name: String,
    email: String,
    password_hash: String,
}

/// Hashing is slow, so it is done only when everything else is right, and before the transaction.
async fn account(
    passwords: &Passwords,
    input: &RequestForm,
    password: String,
    rest_is_right: bool,
    errors: &mut FormErrors,
) -> AppResult<Option<Account>> {
    let organization = errors.take("organization", named(&input.organization, "Write your company's name."));
    let name = errors.take("name", named(&input.name, "Write your own name."));
    let email = errors.take("email", form::email(&input.email));
    let password = errors.take(
        "password",
        form::password(&password, &[&input.name, &input.email, &input.organization]),
    );
    match (organization, name, email, password) {
        (Some(organization), Some(name), Some(email), Some(password)) if rest_is_right => {
            let password_hash = passwords.hash(password).await?;
            Ok(Some(Account {
                organization,
                name,
                email,
                password_hash,
            }))
        }
        _ => Ok(None),
    }
}

/// Makes the organization and its first contact; `None` with the error beside the field.
async fn register(
    tx: &mut sqlx::PgConnection,
    by: &Actor,
    now: Now,
    tokens: &Tokens,
    account: &Account,
    zone: Zone,
    errors: &mut FormErrors,
) -> AppResult<Option<(OrganizationId, Option<UserId>)>> {
    let organization = match organizations::actions::found(tx, by, now.0, &account.organization, zone).await {
        Ok(organization) => organization,
        Err(FoundError::NameTaken) => {
            errors.add("organization", organizations::actions::NAME_TAKEN);
            return Ok(None);
        }
        Err(FoundError::Other(error)) => return Err(error),
    };
    let registration = Registration {
        email: &account.email,
        name: &account.name,
        password_hash: &account.password_hash,
        role: Role::Client,
        organization: Some(organization),
    };
    let user = register_with(tx, by, now, tokens, &registration, errors).await?;
    Ok(user.map(|user| (organization, Some(user))))
}

/// The form of a request that exists.
pub async fn edit_page(
    signed_in: SignedIn,
    id: web::Path<RequestId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&signed_in.0)?;
    let mut conn = db.conn().await?;
    let row = store::find(&mut conn, *id, scope).await?.ok_or(AppError::NotFound)?;
    if !row.state.may_edit(scope) {
        return Ok(see_other(format!("/requests/{id}")));
    }
    let skills = store::skills(&mut conn, row.id).await?;
    let seats = store::seats(&mut conn, row.id).await?;
    let (track, tracks) = role::of_request(&mut conn, &row).await?;
    let offer = offer(&mut conn, tracks, Some(track.id), now.0).await?;
    let mut form = request_form::of_request(&row, &skills, &seats, now.0);
    form.role(track.slug);
    answer(frame, Occasion::Edit(row.id), form, FormErrors::none(), offer)
}

/// Saves the changed brief.
pub async fn edit(
    signed_in: SignedIn,
    id: web::Path<RequestId>,
    act: Act,
    frame: Frame,
    Form(mut input): Form<RequestForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&signed_in.0)?;
    let mut tx = act.begin().await?;
    let row = store::find(&mut tx, *id, scope).await?.ok_or(AppError::NotFound)?;
    let mut errors = FormErrors::none();
    let (_, tracks) = role::of_request(&mut tx, &row).await?;
    let (track, offer) = role::read(&mut tx, &mut input, tracks, act.at, &mut errors).await?;
    let occasion = Occasion::Edit(row.id);
    if !input.asks_to_keep() {
        return answer(frame, occasion, input, errors, offer);
    }
    // A draft may keep its gaps; what the agency has seen may not get any.
    let filing = if row.state == crate::requests::State::Draft {
        Filing::Draft
    } else {
        Filing::Submit
    };
    let brief = input.brief(&offer.catalogue, &mut errors).filter(|brief| {
        add_gaps(brief, filing, &mut errors);
        errors.is_empty()
    });
    let (Some(brief), Some(track)) = (brief, track) else {
        return answer(frame, occasion, input, errors, offer);
    };
    let seen = input.version.parse().unwrap_or_default();
    actions::edit(&mut tx, &act.by, act.at, scope, (row.id, seen), (&brief, track)).await?;
    let said = "The request was changed.";
    act.done(tx, said, format!("/requests/{id}")).await
}
