//! The taxonomy: search, edit, aliases, stand-ins.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{Pairs, many, one};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::store as log;
use crate::ids::SkillId;
use crate::tracks::actions::{self, SKILL, SaveError, SkillInput};
use crate::tracks::skills::fold;
use crate::tracks::store::skills::{self, SkillRow};
use crate::web::paging::{PageQuery, Paged};
use crate::web::{Act, Admin, Form, FormErrors, Frame, Layout, Section, form, page, render};

/// Rows of a page.
const ROWS: usize = 60;

/// One more than a page, so that it shows whether there is another.
const FETCH: i64 = 61;

/// Empty rows for more stand-ins.
const SPARE: usize = 2;

#[derive(Debug, Default, Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "tracks/skills.html")]
struct SkillsPage {
    layout: Layout,
    q: String,
    rows: Vec<SkillRow>,
    previous: String,
    next: String,
}

/// GET /admin/skills
pub(super) async fn list(
    _admin: Admin,
    db: web::ThinData<Db>,
    query: web::Query<ListQuery>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let query = query.into_inner();
    // PostgreSQL's text holds no NUL; folding drops it with the other signs.
    let wanted = fold(&query.q);
    let paging = PageQuery {
        after: query.after.map(|text| fold(&text)),
        before: query.before.map(|text| fold(&text)),
    };
    let before = if paging.after.is_none() {
        paging.before.as_deref()
    } else {
        None
    };
    let mut conn = db.conn().await?;
    let rows = skills::search(&mut conn, &wanted, paging.after.as_deref(), before, FETCH).await?;
    drop(conn);
    let paged = Paged::from_fetched(rows, ROWS, &paging, |row| row.folded.clone());
    let href = |side: &str, cursor: Option<String>| {
        let query = cursor.map(|cursor| serde_html_form::to_string([("q", query.q.as_str()), (side, cursor.as_str())]));
        query
            .and_then(Result::ok)
            .map(|query| format!("/admin/skills?{query}"))
            .unwrap_or_default()
    };
    let (previous, next) = (href("before", paged.previous), href("after", paged.next));
    page(&SkillsPage {
        layout: frame.layout(Section::Admin),
        q: query.q,
        rows: paged.rows,
        previous,
        next,
    })
}

/// A skill as the form has it.
#[derive(Debug, Clone, Default)]
struct Typed {
    name: String,
    area: String,
    aliases: String,
    guesses: String,
    stand_ins: Vec<(String, String)>,
    version: String,
}

impl Typed {
    fn read(pairs: &Pairs) -> Self {
        let (names, credits) = (many(pairs, "stand_in"), many(pairs, "credit"));
        let credit = |at: usize| credits.get(at).map(|text| text.trim().to_owned()).unwrap_or_default();
        Self {
            name: one(pairs, "name"),
            area: one(pairs, "area"),
            aliases: one(pairs, "aliases"),
            guesses: one(pairs, "guesses"),
            stand_ins: names
                .iter()
                .enumerate()
                .map(|(at, name)| (name.trim().to_owned(), credit(at)))
                .filter(|(name, _)| !name.is_empty())
                .collect(),
            version: one(pairs, "version"),
        }
    }
}

#[derive(Template)]
#[template(path = "tracks/skill.html")]
struct SkillPage {
    layout: Layout,
    existing: Option<skills::Skill>,
    typed: Typed,
    names: Vec<String>,
    history: Vec<log::EventRow>,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl SkillPage {
    fn title(&self) -> String {
        self.existing
            .as_ref()
            .map_or_else(|| "New skill".to_owned(), |skill| skill.name.clone())
    }

    fn action(&self) -> String {
        self.existing.as_ref().map_or_else(
            || "/admin/skills".to_owned(),
            |skill| format!("/admin/skills/{}", skill.id),
        )
    }

    fn said(&self, at: &DateTime<Utc>) -> String {
        at.format("%-d %b %Y, %H:%M UTC").to_string()
    }

    fn what(&self, line: &log::EventRow) -> &'static str {
        match line.kind.as_str() {
            "skill.made" => "Made",
            "skill.retired" => "Retired",
            "skill.restored" => "Offered again",
            _ => "Changed",
        }
    }
}

async fn shown(
    conn: &mut PgConnection,
    id: Option<SkillId>,
    frame: Frame,
    typed: Option<Typed>,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let names = skills::choices(conn).await?.into_iter().map(|(_, name)| name).collect();
    let (mut existing, mut history, mut stored) = (None, Vec::new(), Typed::default());
    if let Some(id) = id {
        let skill = skills::skill(conn, id).await?;
        if typed.is_none() {
            stored = load(conn, &skill).await?;
        }
        history = log::history(conn, &[(SKILL, id.0)], None, 20).await?;
        existing = Some(skill);
    }
    let mut typed = typed.unwrap_or(stored);
    typed.stand_ins.extend(vec![(String::new(), String::new()); SPARE]);
    let status = errors.status();
    let layout = frame.layout(Section::Admin);
    render(
        status,
        &SkillPage {
            layout,
            existing,
            typed,
            names,
            history,
            errors,
        },
    )
}

async fn load(conn: &mut PgConnection, skill: &skills::Skill) -> AppResult<Typed> {
    let aliases = skills::aliases(conn, skill.id).await?;
    let lines = |unsure: bool| {
        let kept: Vec<&str> = aliases
            .iter()
            .filter(|alias| alias.1 == unsure)
            .map(|alias| alias.0.as_str())
            .collect();
        kept.join("\n")
    };
    let stand_ins = skills::stand_ins(conn, skill.id).await?;
    Ok(Typed {
        name: skill.name.clone(),
        area: skill.area.clone(),
        aliases: lines(false),
        guesses: lines(true),
        stand_ins: stand_ins
            .into_iter()
            .map(|other| (other.name, other.credit_percent.to_string()))
            .collect(),
        version: skill.version.to_string(),
    })
}

/// GET /admin/skills/new
pub(super) async fn new(_admin: Admin, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    shown(&mut *db.conn().await?, None, frame, None, FormErrors::none()).await
}

/// GET /admin/skills/{id}
pub(super) async fn edit(
    _admin: Admin,
    path: web::Path<SkillId>,
    db: web::ThinData<Db>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let id = *path;
    shown(&mut *db.conn().await?, Some(id), frame, None, FormErrors::none()).await
}

/// What the form means.
async fn meant(
    conn: &mut PgConnection,
    id: Option<SkillId>,
    typed: &Typed,
    errors: &mut FormErrors,
) -> AppResult<Option<SkillInput>> {
    let name = errors.take("name", form::line(&typed.name, 80));
    let area = errors.take("area", form::optional_line(&typed.area, 80));
    let spelled = |text: &str| -> Vec<String> {
        let parts = text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| part.chars().filter(|c| !c.is_control()).take(80).collect())
            .collect()
    };
    let known: std::collections::HashMap<String, SkillId> = skills::spellings(conn)
        .await?
        .into_iter()
        .map(|(spelled, id)| (fold(&spelled), id))
        .collect();
    let mut stand_ins: Vec<(SkillId, i32)> = Vec::new();
    for (other, credit) in &typed.stand_ins {
        let Some(skill) = known.get(&fold(other)).copied() else {
            errors.add("stand_in", format!("There is no skill \"{other}\"."));
            continue;
        };
        let Some(credit) = credit.parse::<i32>().ok().filter(|credit| (1..=100).contains(credit)) else {
            errors.add("stand_in", format!("{other}: a credit of 1 to 100 percent."));
            continue;
        };
        if Some(skill) == id {
            errors.add("stand_in", "A skill does not stand in for itself.");
        } else if stand_ins.iter().any(|(known, _)| *known == skill) {
            errors.add("stand_in", format!("{other} stands there twice."));
        } else {
            stand_ins.push((skill, credit));
        }
    }
    let (Some(name), Some(area), true) = (name, area, errors.is_empty()) else {
        return Ok(None);
    };
    Ok(Some(SkillInput {
        name,
        area,
        aliases: spelled(&typed.aliases),
        guesses: spelled(&typed.guesses),
        stand_ins,
    }))
}

/// POST /admin/skills
pub(super) async fn create(_admin: Admin, act: Act, frame: Frame, Form(pairs): Form<Pairs>) -> AppResult<HttpResponse> {
    keep(&act, None, frame, &pairs).await
}

/// POST /admin/skills/{id}
pub(super) async fn save(
    _admin: Admin,
    path: web::Path<SkillId>,
    act: Act,
    frame: Frame,
    Form(pairs): Form<Pairs>,
) -> AppResult<HttpResponse> {
    keep(&act, Some(*path), frame, &pairs).await
}

async fn keep(act: &Act, id: Option<SkillId>, frame: Frame, pairs: &Pairs) -> AppResult<HttpResponse> {
    let typed = Typed::read(pairs);
    let mut errors = FormErrors::none();
    let mut tx = act.begin().await?;
    if let Some(id) = id {
        skills::skill(&mut tx, id).await?;
    }
    let Some(input) = meant(&mut tx, id, &typed, &mut errors).await? else {
        return shown(&mut tx, id, frame, Some(typed), errors).await;
    };
    let existing = id.map(|id| (id, typed.version.parse().unwrap_or(0)));
    match actions::save_skill(&mut tx, &act.by, act.at, existing, &input).await {
        Ok(saved) => {
            let said = format!("{} was saved.", input.name);
            return act.done(tx, said, format!("/admin/skills/{saved}")).await;
        }
        Err(SaveError::Field(field, why)) => errors.add(field, why),
        Err(SaveError::Other(AppError::Refused { .. })) => {
            errors.add(
                "version",
                "Somebody changed this skill meanwhile. Compare, then save again: what you see here is yours.",
            );
        }
        Err(SaveError::Other(error)) => return Err(error),
    }
    tx.rollback().await?;
    let mut typed = typed;
    let mut conn = act.db.conn().await?;
    if let Some(id) = id {
        typed.version = skills::skill(&mut conn, id).await?.version.to_string();
    }
    shown(&mut conn, id, frame, Some(typed), errors).await
}

/// POST /admin/skills/{id}/retire
pub(super) async fn retire(_admin: Admin, path: web::Path<SkillId>, act: Act) -> AppResult<HttpResponse> {
    let id = *path;
    let mut tx = act.begin().await?;
    actions::set_retired(&mut tx, &act.by, act.at, id, Some(act.at)).await?;
    let said = "Retired: it is not offered in forms any more. What people claim stays.";
    act.done(tx, said, format!("/admin/skills/{id}")).await
}

/// POST /admin/skills/{id}/restore
pub(super) async fn restore(_admin: Admin, path: web::Path<SkillId>, act: Act) -> AppResult<HttpResponse> {
    let id = *path;
    let mut tx = act.begin().await?;
    actions::set_retired(&mut tx, &act.by, act.at, id, None).await?;
    let said = "The skill is offered again.";
    act.done(tx, said, format!("/admin/skills/{id}")).await
}
