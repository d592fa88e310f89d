//! Moving somebody: the acts that lead to where they were dragged, or words that say why there are none.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, NaiveTime, Utc};
use serde::Deserialize;

use super::query::back;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::requests::store::charge;
use crate::vetting::pipeline::actions::{self, Move};
use crate::vetting::pipeline::store::{self, Asked};
use crate::vetting::pipeline::{Pipeline, Progress, Stage, Step, steps};
use crate::vetting::{Kind, today};
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Recruiter, Section, form, render};
use crate::zones::Zone;

/// Whom, and to which column.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asking {
    who: String,
    to: String,
    from: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MoveForm {
    who: String,
    kind: String,
    act: String,
    on: String,
    at: String,
    assessor: String,
    from: String,
}

#[derive(Template)]
#[template(path = "vetting/pipeline/move.html")]
struct MovePage {
    layout: Layout,
    who: Asked,
    at: Pipeline,
    /// Why the column cannot be reached; empty: it can, or none was named.
    refused: String,
    /// The check in which acts lead on.
    kind: Option<Kind>,
    staff: Vec<(String, String)>,
    sent: MoveForm,
    errors: FormErrors,
    days: i64,
}

impl MovePage {
    fn has(&self, key: &str) -> bool {
        let step = Step::parse(key);
        let all = self.kind.map(|kind| steps(kind, self.who.progress)).unwrap_or_default();
        step.is_some_and(|step| all.contains(&step))
    }

    fn check(&self) -> &str {
        let named = self.kind.and_then(|kind| self.at.stage(kind.key()));
        named.map_or("", |stage| self.at.label(stage))
    }

    fn stage(&self) -> &str {
        self.at.label(self.who.stage)
    }

    fn is_check(&self) -> bool {
        matches!(self.who.stage, Stage::Check(..))
    }

    fn zone(&self) -> &str {
        self.who.zone.as_deref().unwrap_or("UTC")
    }

    fn back(&self) -> String {
        back(&self.sent.from)
    }

    /// The page of the open check, on which it is judged.
    fn judge(&self) -> Option<String> {
        self.who
            .check
            .map(|check| format!("/candidates/{}/checks/{check}", self.who.id))
    }
}

pub(super) async fn ask(
    _staff: Recruiter,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
    asking: web::Query<Asking>,
) -> AppResult<HttpResponse> {
    let asking = asking.into_inner();
    let sent = MoveForm {
        who: asking.who,
        from: asking.from,
        ..MoveForm::default()
    };
    show(&db, frame, now.0, sent, &asking.to, FormErrors::none()).await
}

async fn show(
    db: &Db,
    frame: Frame,
    now: DateTime<Utc>,
    sent: MoveForm,
    to: &str,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let code: i32 = sent.who.parse().map_err(|_| AppError::NotFound)?;
    let mut conn = db.conn().await?;
    store::roll(&mut conn, today(now)).await?;
    let who = store::asked(&mut conn, &[code])
        .await?
        .pop()
        .ok_or(AppError::NotFound)?;
    let mut pipelines = store::pipelines(&mut conn).await?;
    let at = pipelines.iter().position(|one| one.track == who.track);
    let at = at.map(|at| pipelines.swap_remove(at)).ok_or_else(|| {
        AppError::refused(
            "This track is archived",
            "Nobody is moved along it any more. The person's own page still has their checks.",
        )
    })?;
    let staff = charge::staff(&mut conn).await?;
    drop(conn);
    let active = who.state == crate::candidates::State::Active;
    let refused = match at.stage(to) {
        _ if !active => "They are paused, withdrawn or rejected, and so not in the pipeline.".to_owned(),
        Some(stage) => at.way(who.stage, stage).err().unwrap_or_default(),
        None => String::new(),
    };
    let kind = at.next(who.stage).filter(|_| active);
    let choose = std::iter::once((String::new(), "Choose".to_owned()));
    let status = errors.status();
    let page = MovePage {
        layout: frame.layout(Section::Pipeline),
        days: (today(now) - who.since).num_days(),
        who,
        at,
        refused,
        kind,
        staff: choose
            .chain(staff.into_iter().map(|(id, name)| (id.to_string(), name)))
            .collect(),
        sent,
        errors,
    };
    render(status, &page)
}

/// What the form asks for; what is missing is said beside its field.
fn read(typed: &MoveForm, zone: Zone, now: DateTime<Utc>, errors: &mut FormErrors) -> Option<Move> {
    match Step::parse(&typed.act) {
        Some(Step::Invite) => Some(Move::Invite),
        Some(Step::Wait) => Some(Move::Wait),
        Some(Step::Schedule) => {
            let on = errors.take("on", form::date_near(&typed.on, today(now)));
            let at = NaiveTime::parse_from_str(typed.at.trim(), "%H:%M").map_err(|_| "Write a time such as 15:30.");
            let at = errors.take("at", at);
            let starts_at = zone.instant(on?.and_time(at?)).resolve();
            if starts_at <= now {
                errors.add("on", "That moment has passed. Choose one in the future.");
                return None;
            }
            Some(Move::Schedule(starts_at))
        }
        Some(Step::Assign) => {
            let chosen = typed.assessor.parse().map_err(|_| "Choose who assesses.");
            errors.take("assessor", chosen).map(Move::Assign)
        }
        None => {
            errors.add("act", "Choose what to do.");
            None
        }
    }
}

pub(super) async fn carry_out(
    _staff: Recruiter,
    act: Act,
    frame: Frame,
    Form(typed): Form<MoveForm>,
) -> AppResult<HttpResponse> {
    let code: i32 = typed.who.parse().map_err(|_| AppError::NotFound)?;
    let kind = Kind::parse(&typed.kind).ok_or_else(|| AppError::Invalid("Which check?".into()))?;
    let mut tx = act.begin().await?;
    let who = store::asked(&mut tx, &[code]).await?.pop().ok_or(AppError::NotFound)?;
    let zone = who.zone.as_deref().and_then(Zone::find).unwrap_or_else(Zone::utc);
    let mut errors = FormErrors::none();
    let Some(how) = read(&typed, zone, act.at, &mut errors) else {
        drop(tx);
        return show(&act.db, frame, act.at, typed, "", errors).await;
    };
    actions::lead_on(&mut tx, &act.by, act.at, code, kind, how).await?;
    let said = match how {
        Move::Invite => format!("{} is invited, with a letter.", who.title()),
        Move::Schedule(_) => format!("The appointment of {} is made, with a letter.", who.title()),
        Move::Wait => format!("The check of {} waits to be judged.", who.title()),
        Move::Assign(_) => format!("The check of {} is handed over.", who.title()),
    };
    act.done(tx, said, back(&typed.from)).await
}
