//! The same act for several people: asked for once, with whom it leaves out and why, and answered one by one.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::query::back;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::UserId;
use crate::requests::store::charge;
use crate::vetting::pipeline::Pipeline;
use crate::vetting::pipeline::actions::{self, Bulk, BulkKind, MOST, fits};
use crate::vetting::pipeline::store::{self, Asked};
use crate::vetting::today;
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Recruiter, Section, form, page, render, see_other};

/// Who is ticked and what for; one card's menu comes through the same form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BulkForm {
    act: String,
    who: Vec<String>,
    #[serde(rename = "move")]
    move_on: String,
    from: String,
    assessor: String,
    note: String,
}

#[derive(Template)]
#[template(path = "vetting/pipeline/bulk.html")]
struct BulkPage {
    layout: Layout,
    act: BulkKind,
    /// With the check that it concerns.
    fitting: Vec<(Asked, String)>,
    others: Vec<(Asked, &'static str)>,
    staff: Vec<(String, String)>,
    sent: BulkForm,
    errors: FormErrors,
}

impl BulkPage {
    fn title(&self) -> String {
        let people = match self.fitting.len() {
            1 => "1 person".to_owned(),
            number => format!("{number} people"),
        };
        match self.act {
            BulkKind::Invite => format!("Invite {people} to their next check"),
            BulkKind::Assign => format!("Assign an assessor to {people}"),
            BulkKind::Note => format!("Write a note about {people}"),
        }
    }

    fn is(&self, key: &str) -> bool {
        self.act.key() == key
    }

    fn back(&self) -> String {
        back(&self.sent.from)
    }
}

#[derive(Template)]
#[template(path = "vetting/pipeline/done.html")]
struct DonePage {
    layout: Layout,
    done: Vec<Asked>,
    refused: Vec<(Asked, String)>,
    back: String,
}

/// The codes that were ticked, each once.
fn codes(typed: &[String]) -> AppResult<Vec<i32>> {
    let codes: BTreeSet<i32> = typed.iter().filter_map(|code| code.parse().ok()).collect();
    if codes.is_empty() {
        return Err(AppError::refused(
            "Nobody is chosen",
            "Go back, tick the boxes of the people whom it is about, and choose the act again.",
        ));
    }
    if codes.len() > MOST {
        return Err(AppError::refused(
            "Too many at once",
            format!("Choose at most {MOST} people, and the others afterwards."),
        ));
    }
    Ok(codes.into_iter().collect())
}

fn kind(typed: &BulkForm) -> AppResult<BulkKind> {
    BulkKind::parse(&typed.act).ok_or_else(|| AppError::Invalid("Which act?".into()))
}

fn pipeline_of<'p>(pipelines: &'p [Pipeline], who: &Asked) -> Option<&'p Pipeline> {
    pipelines.iter().find(|one| one.track == who.track)
}

pub(super) async fn ask(
    _staff: Recruiter,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
    req: actix_web::HttpRequest,
) -> AppResult<HttpResponse> {
    // Boxes repeat their name, which the framework's own reader of addresses refuses.
    let typed: BulkForm =
        serde_html_form::from_str(req.query_string()).map_err(|_| AppError::Invalid("Which people?".into()))?;
    if !typed.move_on.is_empty() {
        let query = serde_html_form::to_string([("who", &typed.move_on), ("from", &back(&typed.from))]);
        return Ok(see_other(format!("/pipeline/move?{}", query.unwrap_or_default())));
    }
    show(&db, frame, now, typed, FormErrors::none()).await
}

async fn show(db: &Db, frame: Frame, now: Now, sent: BulkForm, errors: FormErrors) -> AppResult<HttpResponse> {
    let act = kind(&sent)?;
    let codes = codes(&sent.who)?;
    let mut conn = db.conn().await?;
    store::roll(&mut conn, today(now.0)).await?;
    let pipelines = store::pipelines(&mut conn).await?;
    let people = store::asked(&mut conn, &codes).await?;
    let staff = if act == BulkKind::Assign {
        charge::staff(&mut conn).await?
    } else {
        Vec::new()
    };
    drop(conn);
    let (mut fitting, mut others) = (Vec::new(), Vec::new());
    for who in people {
        let pipeline = pipeline_of(&pipelines, &who);
        let next = pipeline.and_then(|one| one.next(who.stage));
        match fits(act, &who, next) {
            Ok(check) => {
                let stage = check.and_then(|check| pipeline?.stage(check.key()));
                let label = stage.and_then(|stage| Some(pipeline?.label(stage).to_owned()));
                fitting.push((who, label.unwrap_or_default()));
            }
            Err(words) => others.push((who, words)),
        }
    }
    let choose = std::iter::once((String::new(), "Choose".to_owned()));
    let status = errors.status();
    let page = BulkPage {
        layout: frame.layout(Section::Pipeline),
        act,
        fitting,
        others,
        staff: choose
            .chain(staff.into_iter().map(|(id, name)| (id.to_string(), name)))
            .collect(),
        sent,
        errors,
    };
    render(status, &page)
}

fn read(typed: &BulkForm, act: BulkKind, errors: &mut FormErrors) -> Option<Bulk> {
    match act {
        BulkKind::Invite => Some(Bulk::Invite),
        BulkKind::Assign => {
            let chosen = typed.assessor.parse::<UserId>().map_err(|_| "Choose who assesses.");
            errors.take("assessor", chosen).map(Bulk::Assign)
        }
        BulkKind::Note => {
            let body = form::text(&typed.note, 4_000);
            let body = errors.take("note", body)?;
            if body.is_empty() {
                errors.add("note", "Write what is to be kept.");
                return None;
            }
            Some(Bulk::Note(body))
        }
    }
}

pub(super) async fn carry_out(
    _staff: Recruiter,
    act: Act,
    frame: Frame,
    Form(typed): Form<BulkForm>,
) -> AppResult<HttpResponse> {
    let asked = kind(&typed)?;
    let codes = codes(&typed.who)?;
    let mut errors = FormErrors::none();
    let Some(bulk) = read(&typed, asked, &mut errors) else {
        return show(&act.db, frame, act.now(), typed, errors).await;
    };
    let people = {
        let mut tx = act.begin().await?;
        store::roll(&mut tx, today(act.at)).await?;
        let people = store::asked(&mut tx, &codes).await?;
        tx.commit().await?;
        people
    };
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for who in people {
        let mut tx = act.begin().await?;
        match actions::one_of_many(&mut tx, &act.by, act.at, &who, &bulk).await {
            Ok(()) => {
                tx.commit().await?;
                done.push(who);
            }
            Err(AppError::Refused { title, way_on }) => {
                tx.rollback().await?;
                refused.push((who, format!("{title} {way_on}").trim().to_owned()));
            }
            // What is done is done, each by itself; a fault in between is said of whom it met, and the others go on.
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an act on one of several people failed"
                );
                refused.push((who, "It could not be done: a fault of ours. Try it again.".to_owned()));
            }
        }
    }
    page(&DonePage {
        layout: frame.layout(Section::Pipeline),
        done,
        refused,
        back: back(&typed.from),
    })
}
