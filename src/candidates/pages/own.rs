//! What a developer keeps up to date: the own profile, hours, skills and English, and whether to be proposed at all.
//! Claims made here are the person's own word; what somebody verified stays as it is.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use sqlx::PgConnection;

use crate::candidates::State;
use crate::candidates::actions::{self, Saved, Subject};
use crate::candidates::ledger::{Kind, Source};
use crate::candidates::pages::form::{DAYS, ProfileForm, Scope};
use crate::candidates::store::{self, Candidate, Claim, Skills};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::money::{Currency, Period};
use crate::tracks::levels::English;
use crate::web::layout::flash;
use crate::web::{CandidateUser, Form, FormErrors, Frame, Layout, Now, Routes, Section, form, page, render, see_other};
use crate::zones::{Choice, Zone};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/me/profile", profile_page);
    r.post("/me/profile", save_profile);
    r.get("/me/hours", hours_page);
    r.post("/me/hours", save_hours);
    r.get("/me/skills", skills_page);
    r.post("/me/skills", save_skills);
    r.post("/me/state", change_state);
}

/// The levels of a skill, in words: the same scale in every form.
pub const LEVELS: [(&str, &str); 6] = [
    ("", "level not stated"),
    ("1", "1 beginner"),
    ("2", "2 with help"),
    ("3", "3 on my own"),
    ("4", "4 in production, years"),
    ("5", "5 others ask me"),
];

/// Lines for skills that an empty form offers besides the ones that are there.
const SPARE: usize = 4;
/// Skills one person may state: nobody knows more, and the form stays small.
const MOST_SKILLS: usize = 120;

async fn own(conn: &mut PgConnection, me: &CandidateUser) -> AppResult<Candidate> {
    store::load(conn, me.candidate).await?.ok_or(AppError::NotFound)
}

#[derive(Template)]
#[template(path = "candidates/own_profile.html")]
struct ProfilePage {
    layout: Layout,
    form: ProfileForm,
    errors: FormErrors,
    state: State,
    state_reason: String,
    currencies: Vec<(String, String)>,
    periods: Vec<(String, String)>,
}

impl ProfilePage {
    fn new(frame: Frame, form: ProfileForm, errors: FormErrors, it: &Candidate) -> Self {
        Self {
            layout: frame.layout(Section::Profile),
            form,
            errors,
            state: it.state,
            state_reason: it.state_reason.clone(),
            currencies: Currency::all()
                .map(|currency| (currency.to_string(), currency.to_string()))
                .collect(),
            periods: Period::ALL
                .iter()
                .map(|period| (period.to_string(), format!("a {period}")))
                .collect(),
        }
    }
}

async fn profile_page(me: CandidateUser, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    let it = own(&mut *db.conn().await?, &me).await?;
    let form = ProfileForm::of(&it.details, it.version);
    page(&ProfilePage::new(frame, form, FormErrors::none(), &it))
}

async fn save_profile(
    me: CandidateUser,
    db: web::ThinData<Db>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(form): Form<ProfileForm>,
) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    let it = own(&mut tx, &me).await?;
    let mut errors = FormErrors::none();
    let details = form.read(Scope::Own, &it.details, &mut errors);
    if errors.is_empty() {
        match actions::edit(&mut tx, &actor, now.0, me.candidate, form.version(), &details).await? {
            Saved::Done | Saved::Unchanged => {
                tx.commit().await?;
                flash(&req, "Your profile is saved.");
                return Ok(see_other("/me"));
            }
            Saved::Overtaken(newer) => return profile_again(frame, form, &newer),
            Saved::EmailTaken => errors.add("name", actions::EMAIL_TAKEN),
        }
    }
    render(
        StatusCode::UNPROCESSABLE_ENTITY,
        &ProfilePage::new(frame, form, errors, &it),
    )
}

/// Somebody else saved meanwhile: what was typed stays, and the newer version is said; sending again overwrites it.
fn profile_again(frame: Frame, mut form: ProfileForm, newer: &Candidate) -> AppResult<HttpResponse> {
    let theirs = ProfileForm::of(&newer.details, newer.version);
    let mut errors = FormErrors::none();
    let pairs = [
        ("name", "The name", &form.name, &theirs.name),
        ("headline", "The headline", &form.headline, &theirs.headline),
        ("pay", "The pay", &form.pay, &theirs.pay),
        (
            "available_from",
            "The first free day",
            &form.available_from,
            &theirs.available_from,
        ),
        ("wishes", "Your wishes", &form.wishes, &theirs.wishes),
        ("links", "The links", &form.links, &theirs.links),
    ];
    for (field, words, mine, other) in pairs {
        if mine != other {
            errors.add(
                field,
                format!("{words} was changed meanwhile to \"{other}\". Save again to keep what stands here."),
            );
        }
    }
    if errors.is_empty() {
        errors.add(
            "name",
            "Your profile was changed meanwhile, in another field. Save again to keep what stands here.",
        );
    }
    form.version = theirs.version;
    render(StatusCode::CONFLICT, &ProfilePage::new(frame, form, errors, newer))
}

#[derive(Template)]
#[template(path = "candidates/own_hours.html")]
struct HoursPage {
    layout: Layout,
    form: ProfileForm,
    errors: FormErrors,
    zones: Vec<Choice>,
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl HoursPage {
    fn days(&self) -> [(&'static str, &'static str); 7] {
        DAYS
    }
}

async fn hours_page(me: CandidateUser, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    let it = own(&mut *db.conn().await?, &me).await?;
    let form = ProfileForm::of(&it.details, it.version);
    let zones = Zone::choices(now.0);
    page(&HoursPage {
        layout: frame.layout(Section::Profile),
        form,
        errors: FormErrors::none(),
        zones,
    })
}

async fn save_hours(
    me: CandidateUser,
    db: web::ThinData<Db>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(mut form): Form<ProfileForm>,
) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    let it = own(&mut tx, &me).await?;
    let mut errors = FormErrors::none();
    let details = form.read(Scope::Hours, &it.details, &mut errors);
    if details.hours.is_some() && details.zone.is_none() && errors.is_empty() {
        errors.add("zone", "Hours mean nothing without a place: choose where you work.");
    }
    if errors.is_empty() {
        let saved = actions::edit(&mut tx, &actor, now.0, me.candidate, form.version(), &details).await?;
        if let Saved::Overtaken(newer) = saved {
            form.version = newer.version.to_string();
            errors.add(
                "zone",
                "Your profile was changed meanwhile. Save again to keep what stands here.",
            );
        } else {
            tx.commit().await?;
            flash(&req, "Your hours are saved.");
            return Ok(see_other("/me"));
        }
    }
    let (layout, zones) = (frame.layout(Section::Profile), Zone::choices(now.0));
    render(
        StatusCode::UNPROCESSABLE_ENTITY,
        &HoursPage {
            layout,
            form,
            errors,
            zones,
        },
    )
}

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
    let ledger = store::ledger(&mut conn, me.candidate).await?;
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
    db: web::ThinData<Db>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(form): Form<SkillsForm>,
) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    let skills = store::skills(&mut tx).await?;
    let mut errors = FormErrors::none();
    let wanted = form.read(&skills, &mut errors);
    if !errors.is_empty() {
        let ledger = store::ledger(&mut tx, me.candidate).await?;
        return render(
            StatusCode::UNPROCESSABLE_ENTITY,
            &skills_answer(frame, form, errors, &skills, ledger),
        );
    }
    let scope = [Kind::Skill, Kind::EnglishSpeaking, Kind::EnglishWriting, Kind::Years];
    actions::set_own_word(&mut tx, &actor, now.0, me.candidate, &scope, &wanted).await?;
    tx.commit().await?;
    flash(&req, "Your skills are saved. What somebody verified keeps its level.");
    Ok(see_other("/me"))
}

#[derive(Deserialize)]
struct StateForm {
    #[serde(default)]
    state: String,
    #[serde(default)]
    reason: String,
}

async fn change_state(
    me: CandidateUser,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
    Form(input): Form<StateForm>,
) -> AppResult<HttpResponse> {
    let next = State::parse(&input.state).ok_or(AppError::Invalid("Choose pause, withdraw or come back.".into()))?;
    let reason = form::optional_line(&input.reason, 500).map_err(|message| AppError::Invalid(message.into()))?;
    let reason = if reason.is_empty() {
        "said by the person".to_owned()
    } else {
        reason
    };
    let mut tx = db.begin().await?;
    actions::change_state(&mut tx, &actor, now.0, me.candidate, next, &reason).await?;
    tx.commit().await?;
    flash(
        &req,
        match next {
            State::Active => "Welcome back: you can be proposed again.",
            State::Paused => "Paused: nobody proposes you until you come back.",
            State::Withdrawn => "You have withdrawn. You can come back whenever you like.",
        },
    );
    Ok(see_other("/me"))
}
