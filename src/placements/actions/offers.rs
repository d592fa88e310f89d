//! Offers: made by staff, answered by the person.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::refusal;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{IntroductionId, OfferId, PlacementId};
use crate::introductions::actions::person;
use crate::introductions::policy::Scope;
use crate::introductions::{self, State as IntroductionState};
use crate::money::Rate;
use crate::placements::guarantee::{Calendar, Span, Terms, replacement_span};
use crate::placements::standing::{plain, reached};
use crate::placements::store::hires::{self, Dates, NewPlacement, Search};
use crate::placements::store::{claims, offers};
use crate::placements::{ClaimState, Engagement, OfferState};
use crate::promises::{self, How};
use crate::requests;
use crate::zones::Zone;

/// What is offered.
#[derive(Debug, Clone)]
pub struct NewTerms {
    /// What the person gets.
    pub pay: Rate,
    /// What the client pays, in the same currency and period.
    pub bill_minor: i64,
    /// Who employs.
    pub engagement: Engagement,
    /// First day of paid work.
    pub start_on: NaiveDate,
    /// Months; `None` is open-ended.
    pub length_months: Option<i16>,
}

/// Makes an offer to the person the client chose.
pub async fn offer(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    introduction: IntroductionId,
    scope: Scope,
    terms: &NewTerms,
) -> AppResult<OfferId> {
    let user = person(by)?;
    let locked = introductions::store::lock(tx, introduction, scope)
        .await?
        .ok_or(AppError::NotFound)?;
    let agreement = introductions::store::agreement(tx, locked.organization)
        .await?
        .ok_or_else(|| {
            AppError::refused(
                "The client has not accepted the promise",
                "A placement freezes the accepted terms. Ask a contact of the client to open Agreement and accept it.",
            )
        })?;
    let new = offers::NewOffer {
        id: OfferId::new(),
        introduction,
        seat: locked.seat,
        candidate: locked.candidate,
        pay_minor: terms.pay.minor,
        bill_minor: terms.bill_minor,
        currency: terms.pay.currency.code().to_owned(),
        period: terms.pay.period,
        engagement: terms.engagement,
        start_on: terms.start_on,
        length_months: terms.length_months,
        agreement,
        by: user,
        at: now,
    };
    offers::insert(tx, &new).await.map_err(refusal)?;
    // After the insert, which waits for a departure under way: the claim it opened is seen here.
    if claims::undecided_on(tx, locked.seat).await? {
        return Err(AppError::refused(
            "A guarantee claim about this seat is not decided",
            "The decision says whether whoever comes is a replacement under the guarantee or a new hire. Decide the claim, then make the offer.",
        ));
    }
    if introductions::store::is_placed(tx, locked.candidate).await? {
        return Err(introductions::actions::placed_already());
    }
    let data = json!({"introduction": introduction, "start_on": terms.start_on, "engagement": terms.engagement});
    events::record(tx, by, now, "offer.sent", ("offer", new.id.0), data).await?;
    promises::actions::keep(tx, by, now, locked.candidate, How::Offer).await?;
    Ok(new.id)
}

/// Locks the introduction and then the offer, and checks the move.
async fn step(tx: &mut PgConnection, id: OfferId, scope: Scope, next: OfferState) -> AppResult<offers::Locked> {
    let introduction = offers::introduction_of(tx, id, scope)
        .await?
        .ok_or(AppError::NotFound)?;
    introductions::store::lock(tx, introduction, scope)
        .await?
        .ok_or(AppError::NotFound)?;
    let locked = offers::lock(tx, id).await?;
    if locked.state.may_become(next) {
        Ok(locked)
    } else {
        Err(AppError::overtaken())
    }
}

/// The person's no.
pub async fn decline(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: OfferId,
    scope: Scope,
    reason: &str,
) -> AppResult<()> {
    person(by)?;
    step(tx, id, scope, OfferState::Declined).await?;
    offers::set_state(tx, id, OfferState::Declined, reason, now).await?;
    events::record(tx, by, now, "offer.declined", ("offer", id.0), json!({})).await
}

/// Staff take an offer back.
pub async fn withdraw(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: OfferId,
    scope: Scope,
    reason: &str,
) -> AppResult<()> {
    person(by)?;
    step(tx, id, scope, OfferState::Withdrawn).await?;
    offers::set_state(tx, id, OfferState::Withdrawn, reason, now).await?;
    events::record(tx, by, now, "offer.withdrawn", ("offer", id.0), json!({})).await
}

/// The person's yes: a placement with frozen terms, a filled seat, and the guarantee with its dates.
pub async fn accept(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: OfferId,
    scope: Scope,
) -> AppResult<PlacementId> {
    person(by)?;
    // The person first: two acceptances of theirs, of two offers, come one after the other.
    let candidate = offers::candidate_of(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    introductions::store::lock_person(tx, candidate).await?;
    if introductions::store::is_placed(tx, candidate).await? {
        return Err(AppError::refused(
            "You are placed already",
            "One placement at a time: the first one has to end before another one begins. Ask the agency if it has.",
        ));
    }
    let offer = step(tx, id, scope, OfferState::Accepted).await?;
    let zone = Zone::parse(&offer.zone).map_err(AppError::internal)?;
    if offer.start_on < zone.local_date(now) {
        return Err(AppError::refused(
            "The first day of this offer has passed",
            "Nobody can start in the past. Ask the agency for an offer with a new first day.",
        ));
    }
    offers::set_state(tx, id, OfferState::Accepted, "", now)
        .await
        .map_err(refusal)?;
    let search = hires::search_on(tx, offer.seat).await?;
    let placement = PlacementId::new();
    // A replacement is owed under the promise it fulfils: the chain keeps the terms it began with.
    let terms = search
        .as_ref()
        .map_or_else(|| offer.terms.clone(), |search| search.terms.clone());
    let new = NewPlacement {
        id: placement,
        offer: id,
        request: offer.request,
        organization: offer.organization,
        zone: offer.zone.clone(),
        terms,
        run: offer.run,
        replaces: search
            .as_ref()
            .map(|search| (search.placement, search.root, search.next_number)),
        at: now,
    };
    hires::insert(tx, &new).await.map_err(refusal)?;
    guarantee(tx, &new, &offer, search.as_ref(), now).await?;
    introductions::store::set_state(tx, offer.introduction, IntroductionState::Hired, "", "", now).await?;
    introductions::actions::taken(tx, by, now, candidate, offer.introduction).await?;
    requests::actions::seat_filled(tx, by, now, offer.seat).await?;
    if let Some(search) = &search {
        claims::set_state(tx, search.claim, ClaimState::Replaced, Some(placement)).await?;
        hires::set_guarantee(tx, search.placement, "satisfied", now).await?;
        let data = json!({"by": placement});
        events::record(
            tx,
            by,
            now,
            "guarantee_claim.replaced",
            ("placement", search.placement.0),
            data,
        )
        .await?;
    }
    let data = json!({"offer": id, "seat": offer.seat, "start_on": offer.start_on, "replaces": search.map(|search| search.placement)});
    events::record(
        tx,
        by,
        now,
        "offer.accepted",
        ("offer", id.0),
        json!({"placement": placement}),
    )
    .await?;
    events::record(tx, by, now, "placement.made", ("placement", placement.0), data).await?;
    super::settle(tx, now, Some(placement)).await?;
    Ok(placement)
}

/// Writes the guarantee's row: the terms' span, or what the restart policy leaves to a replacement.
async fn guarantee(
    tx: &mut PgConnection,
    new: &NewPlacement,
    offer: &offers::Locked,
    search: Option<&Search>,
    now: DateTime<Utc>,
) -> AppResult<()> {
    let terms: Terms = serde_json::from_value(new.terms.clone())?;
    let zone = Zone::parse(&new.zone).map_err(AppError::internal)?;
    let span = match search {
        None => Span::Terms,
        Some(search) => {
            let before: Span = serde_json::from_value(search.span.clone())?;
            let old_zone = Zone::parse(&search.zone).map_err(AppError::internal)?;
            let replaced = reached(Calendar::at(&terms, &plain(search.start_on, before, old_zone), now))?;
            replaced.map_or(before, |calendar| {
                replacement_span(&terms, &calendar, search.last_working_day)
            })
        }
    };
    let calendar = reached(Calendar::at(&terms, &plain(offer.start_on, span, zone), now))?;
    let dates = calendar.map(|calendar| Dates {
        last_covered: calendar.last_covered,
        starts_at: calendar.starts_at,
        ends_at: calendar.ends_at,
        notice_before: calendar.last_notice.before,
    });
    let starts_at = zone.start_of_day(offer.start_on);
    hires::insert_guarantee(tx, new.id, &serde_json::to_value(span)?, starts_at, dates, now).await
}
