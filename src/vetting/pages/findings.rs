//! Findings about who somebody is: as lines of pages, and what people say of them.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::list::{Attempt, show};
use crate::candidates::pages::head::moment;
use crate::error::AppResult;
use crate::ids::{CandidateId, FindingId, UserId};
use crate::vetting::actions;
use crate::vetting::identity::FindingState;
use crate::vetting::store::identity::Finding;
use crate::web::{Act, Form, FormErrors, Frame, Recruiter, form};

/// A finding about the identity, and what was typed of it.
pub(super) struct FindingLine {
    pub it: Finding,
    pub to: String,
    pub owner: String,
    pub reason: String,
    pub refused: bool,
}

impl FindingLine {
    pub fn raised(&self) -> String {
        moment(self.it.raised_at)
    }

    pub fn is_open(&self) -> bool {
        self.it.state == FindingState::Open
    }

    /// Whether this form of the finding ("give" or "decide") was sent and could not be taken.
    pub fn is_refused(&self, form: &str) -> bool {
        self.refused && (self.to == "give") == (form == "give")
    }

    /// The id of a field without its prefix: the summary of errors links to the refused one by its plain name.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand out references")]
    pub fn at(&self, field: &str, refused: &bool) -> String {
        if *refused {
            field.to_owned()
        } else {
            format!("{field}-{}", self.it.id)
        }
    }

    /// The message beside a field of the refused form.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand out references")]
    pub fn problem<'a>(&self, errors: &'a FormErrors, field: &str, refused: &bool) -> &'a str {
        if *refused { errors.of(field) } else { "" }
    }

    /// Whether this is the choice of the owner's list.
    pub fn is_owner(&self, user: &UserId) -> bool {
        if self.owner.is_empty() {
            self.it.owner == *user
        } else {
            self.owner == user.to_string()
        }
    }
}

/// The findings as lines; `sent` is what could not be taken.
pub(super) fn finding_lines(found: Vec<Finding>, sent: Option<&(FindingId, FindingForm)>) -> Vec<FindingLine> {
    let line = |it: Finding| {
        let form = sent.filter(|(id, _)| *id == it.id).map(|(_, form)| form);
        let text = |of: fn(&FindingForm) -> &String| form.map(|form| of(form).clone()).unwrap_or_default();
        FindingLine {
            to: text(|form| &form.to),
            owner: text(|form| &form.owner),
            reason: text(|form| &form.found),
            refused: form.is_some(),
            it,
        }
    };
    found.into_iter().map(line).collect()
}

/// What became of a finding, or who looks into it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct FindingForm {
    /// "explained", "confirmed", or "give".
    to: String,
    owner: String,
    found: String,
}

pub(super) async fn finding(
    _staff: Recruiter,
    path: web::Path<(CandidateId, FindingId)>,
    act: Act,
    frame: Frame,
    Form(typed): Form<FindingForm>,
) -> AppResult<HttpResponse> {
    let (id, finding) = *path;
    let here = format!("/candidates/{id}/vetting");
    let mut errors = FormErrors::none();
    let mut tx = act.begin().await?;
    if typed.to == "give" {
        if let Some(owner) = errors.take("owner", typed.owner.parse().map_err(|_| "Choose who looks into it.")) {
            actions::identity::give(&mut tx, &act.by, act.at, id, finding, owner).await?;
            return act.done(tx, "Somebody else looks into it now.", here).await;
        }
    } else {
        let to = FindingState::parse(&typed.to)
            .filter(|to| *to != FindingState::Open)
            .ok_or("Choose what became of it.");
        let (to, reason) = (
            errors.take("to", to),
            errors.take("found", form::line(&typed.found, 400)),
        );
        if let (Some(to), Some(reason)) = (to, reason) {
            actions::identity::decide(&mut tx, &act.by, act.at, id, finding, (to, &reason)).await?;
            return act.done(tx, "Noted, in your name.", here).await;
        }
    }
    drop(tx);
    show(&act.db, frame, act.now(), id, Attempt::Finding(finding, typed), errors).await
}
