//! Every claim about a person, and the acts of staff on them.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::head::{Head, Part};
use super::show::provenance;
use crate::candidates::actions::{self, Standing, Statement};
use crate::candidates::blind::Eyes;
use crate::candidates::ledger::{Kind, Source};
use crate::candidates::store::{self, Claim};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::CandidateId;
use crate::tracks::levels::English;
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Recruiter, Section, form, render};

/// Lines of a page. Of a thousand real people one names 103 technologies; nothing is left out silently.
const LINES: usize = 60;

#[derive(Template)]
#[template(path = "candidates/ledger.html")]
struct LedgerPage {
    layout: Layout,
    head: Head,
    lines: Vec<Line>,
    total: usize,
    previous: String,
    next: String,
    skills: Vec<String>,
    typed: ClaimForm,
    errors: FormErrors,
}

/// A claim and what can be done with it.
struct Line {
    claim: Claim,
    provenance: String,
}

impl Line {
    fn can_be_verified(&self) -> bool {
        self.claim.withdrawn_at.is_none() && self.claim.verified_at.is_none() && self.claim.source != Source::Own
    }

    fn standing(&self) -> (&'static str, &'static str) {
        match (self.claim.withdrawn_at, self.claim.current) {
            (Some(_), _) => ("soft", "Taken back"),
            (None, true) => ("ok", "Counts"),
            (None, false) => ("soft", "Superseded"),
        }
    }
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl LedgerPage {
    fn kinds(&self) -> [(&'static str, &'static str); 4] {
        [
            ("skill", "A skill"),
            ("speaking", "English, speaking"),
            ("writing", "English, writing"),
            ("years", "Years of work"),
        ]
    }

    fn sources(&self) -> Vec<(&'static str, &'static str)> {
        Source::STAFF.map(|source| (source.code(), source.label())).to_vec()
    }
}

/// Where the lines start.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LinesQuery {
    from: usize,
}

pub(super) async fn ledger(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
    query: web::Query<LinesQuery>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let typed = ClaimForm {
        kind: "skill".to_owned(),
        source: "interview".to_owned(),
        ..ClaimForm::default()
    };
    show(&db, frame, now, id, query.from, typed, FormErrors::none()).await
}

async fn show(
    db: &Db,
    frame: Frame,
    now: Now,
    id: CandidateId,
    from: usize,
    typed: ClaimForm,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let (_, head) = Head::load(&mut conn, id, Part::Ledger, now.0).await?;
    let claims = store::ledger(&mut conn, id, Eyes::of(frame.user())).await?;
    let skills = store::skill_names(&mut conn).await?;
    drop(conn);
    let total = claims.len();
    let link = |from: usize| format!("/candidates/{id}/ledger?from={from}");
    let status = errors.status();
    render(
        status,
        &LedgerPage {
            layout: frame.layout(Section::Candidates),
            head,
            previous: if from > 0 {
                link(from.saturating_sub(LINES))
            } else {
                String::new()
            },
            next: if from + LINES < total {
                link(from + LINES)
            } else {
                String::new()
            },
            lines: claims
                .into_iter()
                .skip(from)
                .take(LINES)
                .map(|claim| Line {
                    provenance: provenance(&claim),
                    claim,
                })
                .collect(),
            total,
            skills,
            typed,
            errors,
        },
    )
}

/// A claim as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ClaimForm {
    kind: String,
    skill: String,
    value: String,
    source: String,
    note: String,
    checked: String,
}

impl ClaimForm {
    async fn read(&self, conn: &mut sqlx::PgConnection, errors: &mut FormErrors) -> AppResult<Option<Statement>> {
        let kind = match self.kind.as_str() {
            "speaking" => Kind::EnglishSpeaking,
            "writing" => Kind::EnglishWriting,
            "years" => Kind::Years,
            _ => Kind::Skill,
        };
        let value = errors.take("value", self.number(kind));
        let source = errors.take(
            "source",
            Source::parse_staff(&self.source).ok_or("Say where it comes from."),
        );
        let note = errors.take("note", form::text(&self.note, 2_000));
        let mut skill = None;
        if kind == Kind::Skill {
            skill = store::find_skill(conn, &self.skill).await?;
            if skill.is_none() {
                errors.add(
                    "skill",
                    "No skill of the taxonomy has this name. An admin can add it, or an alias.",
                );
            }
        }
        let (Some(value), Some(source), Some(note), true) = (value, source, note, errors.is_empty()) else {
            return Ok(None);
        };
        let standing = if self.checked.is_empty() {
            Standing::Stated
        } else {
            Standing::Verified
        };
        Ok(Some(Statement {
            kind,
            skill,
            value,
            source,
            note,
            standing,
        }))
    }

    fn number(&self, kind: Kind) -> Result<Option<i16>, &'static str> {
        let text = self.value.trim();
        let number = text.parse::<i16>().ok().filter(|number| kind.range().contains(number));
        match kind {
            Kind::Skill if text.is_empty() => Ok(None),
            Kind::Skill => number.map(Some).ok_or("A level from 1 to 5, or nothing."),
            Kind::Years => number.map(Some).ok_or("Whole years, 0 to 60."),
            Kind::EnglishSpeaking | Kind::EnglishWriting => English::parse(text)
                .map(|level| Some(level.number()))
                .ok_or("One of A1, A2, B1, B2, C1, C2, native."),
        }
    }
}

pub(super) async fn add(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    act: Act,
    frame: Frame,
    Form(typed): Form<ClaimForm>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let mut errors = FormErrors::none();
    let mut tx = act.begin().await?;
    store::load(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if let Some(statement) = typed.read(&mut tx, &mut errors).await? {
        actions::state_claim(&mut tx, &act.by, act.at, id, &statement).await?;
        let said = "The claim is in the ledger.";
        return act.done(tx, said, format!("/candidates/{id}/ledger")).await;
    }
    tx.rollback().await?;
    show(&act.db, frame, act.now(), id, 0, typed, errors).await
}

/// Which line, and what: one of the two is given by the button that was pressed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ActForm {
    verify: String,
    withdraw: String,
}

pub(super) async fn act(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    act: Act,
    Form(typed): Form<ActForm>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let mut tx = act.begin().await?;
    store::load(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    let said = match (typed.verify.parse(), typed.withdraw.parse()) {
        (Ok(claim), _) => {
            actions::verify_claim(&mut tx, &act.by, act.at, id, claim).await?;
            "The claim is verified, in your name."
        }
        (_, Ok(claim)) => {
            actions::withdraw_claim(&mut tx, &act.by, act.at, id, claim).await?;
            "The claim was taken back; it stays in the ledger."
        }
        _ => return Err(AppError::Invalid("Which claim?".into())),
    };
    act.done(tx, said, format!("/candidates/{id}/ledger")).await
}
