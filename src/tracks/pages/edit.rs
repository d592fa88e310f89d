//! The pages of one track, a part each: words, skills, bands, checks, interview kits, challenge, rubric.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use sqlx::PgConnection;

use super::parts::kits::{self, QuestionLine};
use super::parts::texts::{self, ChallengeLine, RubricLine};
use super::parts::{self, BandLine, CheckLine, SkillLine};
use super::{Pairs, one};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::store as log;
use crate::ids::{SkillId, TrackId};
use crate::money::Currency;
use crate::tracks::actions::{self, TRACK, TrackChange};
use crate::tracks::skills::fold;
use crate::tracks::store::{self, Challenge, Track};
use crate::tracks::{CHECK_KINDS, SENIORITIES};
use crate::web::{Act, Admin, Form, FormErrors, Frame, Layout, Section, form, render};

/// What of a track a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Words,
    Skills,
    Bands,
    Checks,
    /// The list of kits.
    Kits,
    /// The kit of one kind of check.
    Kit(&'static str),
    Challenge,
    Rubric,
}

impl Part {
    const ALL: [Self; 7] = [
        Self::Words,
        Self::Skills,
        Self::Bands,
        Self::Checks,
        Self::Kits,
        Self::Challenge,
        Self::Rubric,
    ];

    /// What the address ends with.
    fn tail(self) -> String {
        match self {
            Self::Words => String::new(),
            Self::Skills => "/skills".to_owned(),
            Self::Bands => "/bands".to_owned(),
            Self::Checks => "/checks".to_owned(),
            Self::Kits => "/kits".to_owned(),
            Self::Kit(kind) => format!("/kit-{kind}"),
            Self::Challenge => "/challenge".to_owned(),
            Self::Rubric => "/rubric".to_owned(),
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Words => "Track",
            Self::Skills => "Skills",
            Self::Bands => "Bands",
            Self::Checks => "Checks",
            Self::Kits | Self::Kit(_) => "Kits",
            Self::Challenge => "Challenge",
            Self::Rubric => "Rubric",
        }
    }

    fn parse(word: &str) -> AppResult<Self> {
        let kinds = CHECK_KINDS.into_iter().map(|(kind, _)| Self::Kit(kind));
        let known = Self::ALL.into_iter().skip(1).chain(kinds);
        known
            .into_iter()
            .find(|part| part.tail().strip_prefix('/') == Some(word))
            .ok_or(AppError::NotFound)
    }
}

/// What a page's form holds; only the part in question is filled.
#[derive(Default)]
struct Lines {
    name: String,
    summary: String,
    red_flags: String,
    skills: Vec<SkillLine>,
    bands: Vec<BandLine>,
    checks: Vec<CheckLine>,
    kit: Vec<QuestionLine>,
    challenge: ChallengeLine,
    rubric: Vec<RubricLine>,
}

impl Lines {
    fn read(part: Part, pairs: &Pairs) -> Self {
        let mut lines = Self::default();
        match part {
            Part::Words => {
                lines.name = one(pairs, "name");
                lines.summary = one(pairs, "summary");
                lines.red_flags = one(pairs, "red_flags");
            }
            Part::Skills => lines.skills = SkillLine::read(pairs),
            Part::Bands => lines.bands = BandLine::read(pairs),
            Part::Checks => lines.checks = CheckLine::read(pairs),
            Part::Kits => {}
            Part::Kit(_) => lines.kit = QuestionLine::read(pairs),
            Part::Challenge => lines.challenge = ChallengeLine::read(pairs),
            Part::Rubric => lines.rubric = RubricLine::read(pairs),
        }
        lines
    }
}

/// A kit in the list of them.
struct KitLine {
    kind: &'static str,
    label: &'static str,
    /// What the track calls the check, where it has a title of its own.
    title: String,
    /// Its place among the required checks; 0: not required.
    place: usize,
    questions: i64,
}

#[derive(Template)]
#[template(path = "tracks/edit.html")]
struct EditPage {
    layout: Layout,
    t: Track,
    part: Part,
    lines: Lines,
    kits: Vec<KitLine>,
    versions: Vec<Challenge>,
    rubric_number: Option<i32>,
    names: Vec<String>,
    history: Vec<log::EventRow>,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl EditPage {
    fn tabs(&self) -> Vec<(String, &'static str, bool)> {
        let tab = |part: Part| {
            let href = format!("/admin/tracks/{}{}", self.t.id, part.tail());
            (href, part.label(), part.label() == self.part.label())
        };
        Part::ALL.into_iter().map(tab).collect()
    }

    fn action(&self) -> String {
        format!("/admin/tracks/{}{}", self.t.id, self.part.tail())
    }

    /// What the kit on the page is of.
    fn kit_label(&self) -> &'static str {
        let Part::Kit(of) = self.part else { return "" };
        label_of(of)
    }

    /// Whether people outside the agency answer the kit's questions themselves.
    fn is_read_by_referees(&self) -> bool {
        self.part == Part::Kit("references")
    }

    fn currencies(&self) -> Vec<String> {
        Currency::all().map(|currency| currency.code().to_owned()).collect()
    }

    fn same(&self, one: &str, other: &str) -> bool {
        one == other
    }

    fn said(&self, at: &chrono::DateTime<chrono::Utc>) -> String {
        at.format("%-d %b %Y, %H:%M UTC").to_string()
    }

    fn what(&self, line: &log::EventRow) -> String {
        let version = line
            .data
            .get("version")
            .and_then(serde_json::Value::as_i64)
            .unwrap_or_default();
        match line.kind.as_str() {
            "track.made" => "Made".to_owned(),
            "track.completed" => "Shipped kits and titles added".to_owned(),
            "track.created" => "Shipped with the installation".to_owned(),
            "track.described" => "Words changed".to_owned(),
            "track.skills_set" => "Skills changed".to_owned(),
            "track.bands_set" => "Bands changed".to_owned(),
            "track.checks_set" => "Required checks changed".to_owned(),
            "track.kit_set" => format!(
                "Interview kit changed: {}",
                line.data["check"].as_str().map(label_of).unwrap_or_default()
            ),
            "track.challenge_added" => format!("Challenge version {version}"),
            "track.rubric_added" => format!("Rubric version {version}"),
            "track.archived" => "Archived".to_owned(),
            "track.restored" => "Offered again".to_owned(),
            other => other.to_owned(),
        }
    }
}

fn label_of(kind: &str) -> &'static str {
    CHECK_KINDS
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or("", |(_, label)| label)
}

/// Every kind of check with the size of its kit: the required ones in their order first.
async fn kits_of(conn: &mut PgConnection, id: TrackId) -> AppResult<Vec<KitLine>> {
    let (required, sizes) = (store::checks(conn, id).await?, store::kits::sizes(conn, id).await?);
    let line = |(kind, label): (&'static str, &'static str)| {
        let at = required.iter().position(|check| check.kind == kind);
        KitLine {
            kind,
            label,
            title: at.map(|at| required[at].title.clone()).unwrap_or_default(),
            place: at.map_or(0, |at| at + 1),
            questions: sizes.get(kind).copied().unwrap_or_default(),
        }
    };
    let mut kits: Vec<KitLine> = CHECK_KINDS.into_iter().map(line).collect();
    kits.sort_by_key(|kit| if kit.place == 0 { usize::MAX } else { kit.place });
    Ok(kits)
}

/// Loads the part; `typed` replaces what is stored after an error.
async fn shown(
    conn: &mut PgConnection,
    id: TrackId,
    part: Part,
    frame: Frame,
    typed: Option<Lines>,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let t = store::track(conn, id).await?;
    let mut stored = Lines::default();
    let (mut versions, mut rubric_number, mut names, mut history) = (Vec::new(), None, Vec::new(), Vec::new());
    let mut kits = Vec::new();
    match part {
        Part::Words => {
            (stored.name, stored.summary) = (t.name.clone(), t.summary.clone());
            stored.red_flags = t.red_flags.join("\n");
            history = log::history(conn, &[(TRACK, id.0)], None, 30).await?;
        }
        Part::Skills => {
            stored.skills = store::track_skills(conn, id).await?.iter().map(SkillLine::of).collect();
            names = store::skills::choices(conn)
                .await?
                .into_iter()
                .map(|(_, name)| name)
                .collect();
        }
        Part::Bands => stored.bands = store::bands(conn, id).await?.iter().map(BandLine::of).collect(),
        Part::Checks => stored.checks = CheckLine::of(&store::checks(conn, id).await?),
        Part::Kits => kits = kits_of(conn, id).await?,
        Part::Kit(kind) => stored.kit = QuestionLine::of(&store::kits::kit(conn, id, kind).await?),
        Part::Challenge => {
            versions = store::challenges(conn, id).await?;
            stored.challenge = ChallengeLine::of(versions.first());
        }
        Part::Rubric => {
            let newest = store::rubric(conn, id).await?;
            rubric_number = newest.as_ref().map(|rubric| rubric.number);
            stored.rubric = RubricLine::of(newest.as_ref());
        }
    }
    let lines = typed.unwrap_or(stored);
    let status = errors.status();
    let layout = frame.layout(Section::Admin);
    render(
        status,
        &EditPage {
            layout,
            t,
            part,
            lines,
            kits,
            versions,
            rubric_number,
            names,
            history,
            errors,
        },
    )
}

/// GET /admin/tracks/{id}
pub(super) async fn words(
    _admin: Admin,
    path: web::Path<TrackId>,
    db: web::ThinData<Db>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let id = *path;
    shown(&mut *db.conn().await?, id, Part::Words, frame, None, FormErrors::none()).await
}

/// GET /admin/tracks/{id}/{part}
pub(super) async fn part(
    _admin: Admin,
    path: web::Path<(TrackId, String)>,
    db: web::ThinData<Db>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let (id, part) = (path.0, Part::parse(&path.1)?);
    shown(&mut *db.conn().await?, id, part, frame, None, FormErrors::none()).await
}

/// POST /admin/tracks/{id}
pub(super) async fn save_words(
    _admin: Admin,
    path: web::Path<TrackId>,
    act: Act,
    frame: Frame,
    Form(pairs): Form<Pairs>,
) -> AppResult<HttpResponse> {
    save(&act, *path, Part::Words, frame, &pairs).await
}

/// POST /admin/tracks/{id}/{part}
pub(super) async fn save_part(
    _admin: Admin,
    path: web::Path<(TrackId, String)>,
    act: Act,
    frame: Frame,
    Form(pairs): Form<Pairs>,
) -> AppResult<HttpResponse> {
    let part = Part::parse(&path.1).unwrap_or(Part::Words);
    if part == Part::Words && !matches!(path.1.as_str(), "archive" | "restore") {
        return Err(AppError::NotFound);
    }
    let change = match path.1.as_str() {
        "archive" => Some((
            TrackChange::Archive,
            "Archived: it is not offered any more. What was made with it stays.",
        )),
        "restore" => Some((TrackChange::Restore, "The track is offered again.")),
        _ => None,
    };
    let id = path.0;
    let Some((change, words)) = change else {
        return save(&act, id, part, frame, &pairs).await;
    };
    let mut tx = act.begin().await?;
    actions::change_track(&mut tx, &act.by, act.at, id, seen(&pairs), change).await?;
    act.done(tx, words, format!("/admin/tracks/{id}")).await
}

/// The version the form was made from; one that is missing is older than any.
fn seen(pairs: &Pairs) -> i32 {
    one(pairs, "version").parse().unwrap_or(0)
}

/// Every spelling of the taxonomy.
async fn spellings(conn: &mut PgConnection) -> AppResult<HashMap<String, SkillId>> {
    Ok(store::skills::spellings(conn)
        .await?
        .into_iter()
        .map(|(spelled, id)| (fold(&spelled), id))
        .collect())
}

async fn save(act: &Act, id: TrackId, part: Part, frame: Frame, pairs: &Pairs) -> AppResult<HttpResponse> {
    let lines = Lines::read(part, pairs);
    let mut errors = FormErrors::none();
    let mut tx = act.begin().await?;
    store::track(&mut tx, id).await?;
    let change = match part {
        Part::Words => words_of(&lines, &mut errors),
        Part::Skills => {
            let known = spellings(&mut tx).await?;
            Some(TrackChange::Skills(parts::skills(&lines.skills, &known, &mut errors)))
        }
        Part::Bands => Some(TrackChange::Bands(parts::bands(&lines.bands, &mut errors))),
        Part::Checks => Some(TrackChange::Checks(parts::checks(&lines.checks, &mut errors))),
        // The list of kits has no form of its own.
        Part::Kits => return Err(AppError::NotFound),
        Part::Kit(kind) => Some(TrackChange::Kit(kind, kits::kit(&lines.kit, &mut errors))),
        Part::Challenge => texts::challenge(&lines.challenge, act.at, &mut errors).map(TrackChange::Challenge),
        Part::Rubric => Some(TrackChange::Rubric(texts::rubric(&lines.rubric, &mut errors))),
    };
    let (Some(change), true) = (change, errors.is_empty()) else {
        return shown(&mut tx, id, part, frame, Some(lines), errors).await;
    };
    match actions::change_track(&mut tx, &act.by, act.at, id, seen(pairs), change).await {
        Ok(()) => {}
        // What was typed stays on the page; it shows the present version, so sending it again is a decision.
        Err(AppError::Refused { .. }) => {
            errors.add(
                "version",
                "Somebody changed this track meanwhile. Compare, then save again: what you see here is yours.",
            );
            return shown(&mut tx, id, part, frame, Some(lines), errors).await;
        }
        Err(error) => return Err(error),
    }
    let said = if matches!(part, Part::Challenge | Part::Rubric) {
        "Saved as a new version; what is under way keeps the old one."
    } else {
        "Saved."
    };
    act.done(tx, said, format!("/admin/tracks/{id}{}", part.tail())).await
}

fn words_of(lines: &Lines, errors: &mut FormErrors) -> Option<TrackChange> {
    let name = errors.take("name", form::line(&lines.name, 120));
    let summary = errors.take("summary", form::text(&lines.summary, 2_000));
    let flags = errors.take("red_flags", form::text(&lines.red_flags, 2_000));
    let red_flags = flags?
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    Some(TrackChange::Words {
        name: name?,
        summary: summary?,
        red_flags,
    })
}
