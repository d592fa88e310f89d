//! Acts asked for in the pipeline: each is one of a check's own, after a look at where the person stands.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::store::{self, Asked, views};
use super::{Progress, Stage, Step};
use crate::candidates::about::About;
use crate::candidates::{State, notes};
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{CheckId, SavedViewId, UserId};
use crate::requests::store::charge;
use crate::vetting::{self, Kind};

/// What a step needs beside the person.
#[derive(Debug, Clone, Copy)]
pub enum Move {
    /// Ask the person to it, or take an appointment back.
    Invite,
    /// Make an appointment, or move it.
    Schedule(DateTime<Utc>),
    /// It waits on the agency's judgement.
    Wait,
    /// Hand it to an assessor.
    Assign(UserId),
}

impl Move {
    fn step(self) -> Step {
        match self {
            Self::Invite => Step::Invite,
            Self::Schedule(_) => Step::Schedule,
            Self::Wait => Step::Wait,
            Self::Assign(_) => Step::Assign,
        }
    }
}

/// Leads somebody on in the check of a kind, which has to be the first that they miss: before and afterwards, so that an act that
/// overtook this one is seen.
pub async fn lead_on(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    code: i32,
    kind: Kind,
    how: Move,
) -> AppResult<()> {
    // Before anything of the person is locked: a departure locks who leaves first and then what they own.
    if let Move::Assign(assessor) = how
        && !charge::hold_staff(tx, assessor).await?
    {
        return Err(AppError::refused(
            "This person cannot assess",
            "Choose somebody of the staff who can sign in.",
        ));
    }
    store::roll(tx, vetting::today(now)).await?;
    let who = one(tx, code).await?;
    if who.state != State::Active {
        return Err(AppError::refused(
            "This person is not in the pipeline",
            "They are paused, withdrawn or rejected. Their own page says which, and how they come back.",
        ));
    }
    if next(tx, &who).await? != Some(kind) || !super::steps(kind, who.progress).contains(&how.step()) {
        return Err(AppError::overtaken());
    }
    carry_out(tx, by, now, &who, kind, how).await?;
    let after = one(tx, code).await?;
    match after.stage {
        Stage::Check(_, at) if at == kind && after.progress.is_open() => Ok(()),
        _ => Err(AppError::overtaken()),
    }
}

async fn carry_out(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    who: &Asked,
    kind: Kind,
    how: Move,
) -> AppResult<()> {
    use vetting::actions;
    // An appointment is a letter of its own: somebody who gets one at once is not invited beforehand.
    let open = async |tx: &mut PgConnection| -> AppResult<CheckId> {
        match who.check {
            Some(check) => Ok(check),
            None => actions::begin(tx, by, now, who.id, kind).await,
        }
    };
    match (how, who.check) {
        (Move::Invite, None) => actions::invite(tx, by, now, who.id, kind).await.map(drop),
        (Move::Invite, Some(check)) => actions::step(tx, by, now, who.id, check, vetting::State::Invited).await,
        (Move::Wait, None) => actions::begin(tx, by, now, who.id, kind).await.map(drop),
        (Move::Wait, Some(check)) => actions::step(tx, by, now, who.id, check, vetting::State::Waiting).await,
        (Move::Schedule(at), _) => {
            let check = open(tx).await?;
            actions::schedule(tx, by, now, who.id, check, at).await
        }
        (Move::Assign(assessor), _) => {
            let check = open(tx).await?;
            actions::cards::assign(tx, by, now, who.id, check, assessor)
                .await
                .map(drop)
        }
    }
}

async fn one(tx: &mut PgConnection, code: i32) -> AppResult<Asked> {
    store::asked(tx, &[code]).await?.pop().ok_or(AppError::NotFound)
}

/// The check that somebody misses first.
async fn next(tx: &mut PgConnection, who: &Asked) -> AppResult<Option<Kind>> {
    match who.stage {
        Stage::Check(_, kind) => Ok(Some(kind)),
        Stage::Vetted => Ok(None),
        Stage::New => {
            let required = vetting::store::required(tx, who.track).await?;
            Ok(required.first().map(|asked| asked.kind))
        }
    }
}

/// An act on several people at once. None of them rejects anybody.
#[derive(Debug, Clone)]
pub enum Bulk {
    /// Ask each to the check that is next for them.
    Invite,
    /// Hand the check that is next for each to this assessor.
    Assign(UserId),
    /// Write the same note about each.
    Note(String),
}

/// Why an act on several people leaves this one out; the check that it concerns otherwise, where it concerns one.
pub fn fits(act: BulkKind, who: &Asked, next: Option<Kind>) -> Result<Option<Kind>, &'static str> {
    if act == BulkKind::Note {
        return Ok(None);
    }
    if who.state != State::Active {
        return Err("Not in the pipeline: paused, withdrawn or rejected.");
    }
    let Some(kind) = next else {
        return Err("Vetted: no check is missing.");
    };
    if !kind.has_cards() {
        return Err("The take-home comes next: it is sent from the person's own page, and graded by its rubric.");
    }
    match (act, who.progress) {
        (BulkKind::Assign, _) => Ok(Some(kind)),
        (_, Progress::Invited) => Err("Invited already."),
        (_, Progress::Scheduled) => Err("Has an appointment already."),
        (_, Progress::Waiting) => Err("The check waits to be judged already."),
        _ => Ok(Some(kind)),
    }
}

/// Which act on several people is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkKind {
    /// See [`Bulk::Invite`].
    Invite,
    /// See [`Bulk::Assign`].
    Assign,
    /// See [`Bulk::Note`].
    Note,
}

impl BulkKind {
    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        match key {
            "invite" => Some(Self::Invite),
            "assign" => Some(Self::Assign),
            "note" => Some(Self::Note),
            _ => None,
        }
    }

    /// The value of forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Assign => "assign",
            Self::Note => "note",
        }
    }
}

/// Most people of one act.
pub const MOST: usize = 200;

/// The act on one of several people, in a transaction of its own. What the page said before is looked at again.
pub async fn one_of_many(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    who: &Asked,
    act: &Bulk,
) -> AppResult<()> {
    let (kind, how) = match act {
        Bulk::Note(body) => {
            return notes::actions::add(tx, by, now, About::Candidate(who.id), body)
                .await
                .map(drop);
        }
        Bulk::Invite => (BulkKind::Invite, Move::Invite),
        Bulk::Assign(assessor) => (BulkKind::Assign, Move::Assign(*assessor)),
    };
    let missing = next(tx, who).await?;
    match fits(kind, who, missing) {
        Ok(Some(check)) => lead_on(tx, by, now, who.code, check, how).await,
        Ok(None) => Err(AppError::overtaken()),
        Err(words) => Err(AppError::refused(words, "")),
    }
}

/// Most views that somebody keeps.
const VIEWS: i64 = 20;

/// Keeps a view under a name. No event: it is about nobody but its owner.
pub async fn save_view(
    tx: &mut PgConnection,
    user: UserId,
    now: DateTime<Utc>,
    name: &str,
    query: &str,
) -> AppResult<SavedViewId> {
    if views::held(tx, user).await? >= VIEWS {
        return Err(AppError::refused(
            "Twenty views are kept",
            "Delete one that you do not use any more, and save this one again.",
        ));
    }
    let id = SavedViewId::new();
    views::insert(tx, id, user, (name, query), now).await.map_err(twice)?;
    Ok(id)
}

fn twice(error: sqlx::Error) -> AppError {
    match constraint_of(&error) {
        Some("saved_views_name_once") => AppError::refused(
            "You have a view of this name already",
            "Choose another name, or delete the other view first.",
        ),
        _ => error.into(),
    }
}

/// What is done to a view.
#[derive(Debug, Clone)]
pub enum ViewAct {
    /// It gets another name.
    Rename(String),
    /// The pipeline opens with it.
    Default,
    /// The pipeline opens with none.
    NoDefault,
    /// It is forgotten.
    Delete,
}

/// Changes one's own view; anybody else's is not found.
pub async fn change_view(tx: &mut PgConnection, user: UserId, id: SavedViewId, act: &ViewAct) -> AppResult<()> {
    views::held(tx, user).await?;
    let found = match act {
        ViewAct::Rename(name) => views::rename(tx, id, user, name).await.map_err(twice)?,
        ViewAct::Default => views::choose(tx, id, user, Some(id)).await?,
        ViewAct::NoDefault => views::choose(tx, id, user, None).await?,
        ViewAct::Delete => views::forget(tx, id, user).await?,
    };
    found.then_some(()).ok_or(AppError::NotFound)
}
