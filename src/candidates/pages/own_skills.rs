//! What a developer says of the own skills, English and years. It is the person's own word; what somebody verified stays
//! as it is.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::candidates::actions::{self, Subject};
use crate::candidates::blind::Eyes;
use crate::candidates::ledger::{Kind, Source};
use crate::candidates::store::{self, Claim, Skills};
use crate::db::Db;
use crate::error::AppResult;
use crate::tracks::levels::English;
use crate::web::{Act, CandidateUser, Form, FormErrors, Frame, Layout, Routes, Section, page, render};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/me/skills", skills_page);
    r.post("/me/skills", save_skills);
}

/// The levels of a skill as a person says them of themselves; `requests::LEVELS` are the same five as a client asks for them.
pub const LEVELS: [(&str, &str); 6] = [
    ("", "level not stated"),
    ("1", "1 beginner"),
    ("2", "2 with help"),
    ("3", "3 on my own"),
    ("4", "4 in depth"),
    ("5", "5 others ask me"),
];

/// Lines for skills that an empty form offers besides the ones that are there.
const SPARE: usize = 4;
/// Skills one person may state: nobody knows more, and the form stays small.
const MOST_SKILLS: usize = 120;

/// Skills and English as typed: one `skill` and one `level` a line.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SkillsForm {
    skill: Vec<String>,
    level: Vec<String>,
    english_speaking: String,
    english_writing: String,
    years: String,
}

/// One line of the form.
struct SkillLine {
    at: usize,
    skill: String,
    level: String,
    error: String,
}

#[derive(Template)]
#[template(path = "candidates/own_skills.html")]
struct SkillsPage {
    layout: Layout,
    lines: Vec<SkillLine>,
    form: SkillsForm,
    errors: FormErrors,
    names: Vec<String>,
    english: Vec<(String, String)>,
    /// Current claims that somebody verified: what the person cannot change here.
    verified: Vec<Claim>,
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl SkillsPage {
    fn levels(&self) -> [(&'static str, &'static str); 6] {
        LEVELS
    }

    fn value(&self, claim: &Claim) -> String {
        claim.kind.value_label(claim.value)
    }

    fn is(&self, one: &str, other: &str) -> bool {
        one == other
    }
}

impl SkillsForm {
    /// The person's own word as it stands.
    fn of(ledger: &[Claim]) -> Self {
        let mut form = Self::default();
        for claim in ledger
            .iter()
            .filter(|claim| claim.source == Source::Own && claim.withdrawn_at.is_none())
        {
            let english = |value: Option<i16>| {
                value
                    .and_then(English::of)
                    .map(English::label)
                    .unwrap_or_default()
                    .to_owned()
            };
            match claim.kind {
                Kind::Skill => {
                    form.skill.push(claim.skill_name.clone().unwrap_or_default());
                    form.level
                        .push(claim.value.map(|level| level.to_string()).unwrap_or_default());
                }
                Kind::EnglishSpeaking => form.english_speaking = english(claim.value),
                Kind::EnglishWriting => form.english_writing = english(claim.value),
                Kind::Years => form.years = claim.value.map(|years| years.to_string()).unwrap_or_default(),
            }
        }
        form
    }

    fn read(&self, skills: &Skills, errors: &mut FormErrors) -> HashMap<Subject, Option<i16>> {
        let mut wanted = HashMap::new();
        for (at, name) in self
            .skill
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.trim().is_empty())
        {
            let level = self
                .level
                .get(at)
                .and_then(|level| level.trim().parse::<i16>().ok())
                .filter(|n| (1..=5).contains(n));
            match skills.find(name) {
                Some((id, _)) => {
                    // Named twice: the higher level counts.
                    let held = wanted.entry((Kind::Skill, Some(id))).or_insert(level);
                    *held = (*held).max(level);
                }
                None => errors.add(
                    format!("skill-{at}"),
                    format!(
                        "\"{}\" is not in the list of skills: choose one of its names.",
                        name.trim()
                    ),
                ),
            }
        }
        if wanted.len() > MOST_SKILLS {
            errors.add(
                "skill-0",
                format!("At most {MOST_SKILLS} skills, please: keep the ones you would be asked about."),
            );
        }
        for (field, kind, text) in [
            ("english_speaking", Kind::EnglishSpeaking, &self.english_speaking),
            ("english_writing", Kind::EnglishWriting, &self.english_writing),
        ] {
            if !text.trim().is_empty()
                && let Some(value) = errors.take(
                    field,
                    English::parse(text)
                        .map(English::number)
                        .ok_or("Choose a level of the list."),
                )
            {
                wanted.insert((kind, None), Some(value));
            }
        }
        if !self.years.trim().is_empty() {
            let years = self
                .years
                .trim()
                .parse::<i16>()
                .ok()
                .filter(|years| (0..=60).contains(years));
            if let Some(years) = errors.take("years", years.ok_or("Whole years from 0 to 60.")) {
                wanted.insert((Kind::Years, None), Some(years));
            }
        }
        wanted
    }

    fn lines(&self, errors: &FormErrors) -> Vec<SkillLine> {
        let filled = self.skill.iter().filter(|name| !name.trim().is_empty()).count();
        let count = self.skill.len().max(filled + SPARE).min(MOST_SKILLS + SPARE);
        let text = |list: &[String], at: usize| list.get(at).cloned().unwrap_or_default();
        (0..count)
            .map(|at| SkillLine {
                at,
                skill: text(&self.skill, at),
                level: text(&self.level, at),
                error: errors.of(&format!("skill-{at}")).to_owned(),
            })
            .collect()
    }
}

fn english_options() -> Vec<(String, String)> {
    let none = (String::new(), "not stated".to_owned());
    std::iter::once(none)
        .chain(
            English::ALL
                .iter()
                .map(|level| (level.label().to_owned(), level.label().to_owned())),
        )
        .collect()
}

fn skills_answer(
    frame: Frame,
    form: SkillsForm,
    errors: FormErrors,
    skills: &Skills,
    ledger: Vec<Claim>,
) -> SkillsPage {
    SkillsPage {
        layout: frame.layout(Section::Profile),
        lines: form.lines(&errors),
        form,
        errors,
        english: english_options(),
        names: skills.all.iter().map(|(_, _, name)| name.clone()).collect(),
        verified: ledger
            .into_iter()
            .filter(|claim| claim.current && claim.verified_at.is_some())
            .collect(),
    }
}

async fn skills_page(me: CandidateUser, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let ledger = store::ledger(&mut conn, me.candidate, Eyes::OWN).await?;
    let skills = store::skills(&mut conn).await?;
    page(&skills_answer(
        frame,
        SkillsForm::of(&ledger),
        FormErrors::none(),
        &skills,
        ledger,
    ))
}

async fn save_skills(
    me: CandidateUser,
    act: Act,
    frame: Frame,
    Form(form): Form<SkillsForm>,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let skills = store::skills(&mut tx).await?;
    let mut errors = FormErrors::none();
    let wanted = form.read(&skills, &mut errors);
    if !errors.is_empty() {
        let ledger = store::ledger(&mut tx, me.candidate, Eyes::OWN).await?;
        return render(
            StatusCode::UNPROCESSABLE_ENTITY,
            &skills_answer(frame, form, errors, &skills, ledger),
        );
    }
    let scope = [Kind::Skill, Kind::EnglishSpeaking, Kind::EnglishWriting, Kind::Years];
    actions::set_own_word(&mut tx, &act.by, act.at, me.candidate, &scope, &wanted).await?;
    let said = "Your skills are saved. What somebody verified keeps its level.";
    act.done(tx, said, "/me").await
}
