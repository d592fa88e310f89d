//! /me/references: the person names who may be asked, and sees whether answers came.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::typed::RefereeForm;
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::{CandidateId, ReferenceId};
use crate::vetting::references::actions::{self, NotEntered};
use crate::vetting::references::store::{self, Agreed, Line};
use crate::vetting::references::{Relation, Standing, State, WANTED, counted, standing};
use crate::web::{Act, CandidateUser, Form, FormErrors, Frame, Layout, Now, Section, render};

const HERE: &str = "/me/references";

#[derive(Template)]
#[template(path = "vetting/references/own.html")]
struct OwnPage {
    layout: Layout,
    lines: Vec<Line>,
    now: DateTime<Utc>,
    typed: RefereeForm,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl OwnPage {
    fn state(&self, line: &Line) -> (&'static str, &'static str) {
        standing(line.state, line.expires_at, self.now).words_for_the_person()
    }

    /// Nobody has written yet: the person can still take the name back.
    fn can_be_removed(&self, line: &Line) -> bool {
        standing(line.state, line.expires_at, self.now) == Standing::Is(State::Named)
    }

    fn summary(&self) -> String {
        let asked = self.lines.iter().filter(|line| line.asked_at.is_some());
        let answered = self.lines.iter().filter(|line| line.state == State::Answered);
        counted(answered.count(), asked.count())
    }

    fn relations(&self) -> Vec<(&'static str, &'static str)> {
        let own = |relation: Relation| (relation.key(), relation.label_of_mine());
        std::iter::once(("", "Choose")).chain(Relation::ALL.map(own)).collect()
    }

    fn relation(&self, line: &Line) -> &'static str {
        line.relation.label_of_mine()
    }

    fn wanted(&self) -> i64 {
        WANTED
    }
}

pub(super) async fn list(me: CandidateUser, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    show(
        &db,
        me.candidate,
        frame,
        now,
        RefereeForm::default(),
        FormErrors::none(),
    )
    .await
}

async fn show(
    db: &Db,
    candidate: CandidateId,
    frame: Frame,
    now: Now,
    typed: RefereeForm,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let mut lines = store::lines(&mut conn, candidate, None).await?;
    drop(conn);
    // Taken back before anybody was written to: as if it had not been.
    lines.retain(|line| line.asked_at.is_some() || line.state == State::Named);
    let page = OwnPage {
        layout: frame.layout(Section::Profile),
        lines,
        now: now.0,
        typed,
        errors,
    };
    render(page.errors.status(), &page)
}

pub(super) async fn name(
    me: CandidateUser,
    act: Act,
    frame: Frame,
    Form(typed): Form<RefereeForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    if let Some(referee) = typed.read(&mut errors) {
        let mut tx = act.begin().await?;
        match actions::enter(&mut tx, &act.by, act.at, me.candidate, &referee, Agreed::Named).await {
            Ok(_) => {
                let said =
                    "Noted. The agency writes to them when your references are due; tell them that a letter comes.";
                return act.done(tx, said, HERE).await;
            }
            Err(NotEntered::Field(field, words)) => errors.add(field, words),
            Err(NotEntered::Other(error)) => return Err(error),
        }
    }
    show(&act.db, me.candidate, frame, act.now(), typed, errors).await
}

pub(super) async fn remove(me: CandidateUser, id: web::Path<ReferenceId>, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    actions::withdraw(&mut tx, &act.by, act.at, me.candidate, *id, "").await?;
    act.done(tx, "Taken off your list. Nobody was written to.", HERE).await
}
