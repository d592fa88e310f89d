//! The long form: raw text as people typed it, turned into a [`Brief`] or into errors beside the fields.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{english, minute, months, named, optional_date, overlap_minutes, people, positive};
use super::skill_rows::{SkillLine, forget, lines, needs};
use crate::money::{self, Currency, Period};
use crate::requests::brief::{NO_MUST, NO_PEOPLE, NO_SYSTEM};
use crate::requests::store::catalogue::{Catalogue, TemplateSkill};
use crate::requests::store::{RequestRow, SeatRow, SkillRow};
use crate::requests::{Brief, SeatGroup, Seniority, Signal};
use crate::web::{FormErrors, form};
use crate::zones::{DAYS, Weekdays, WorkingWeek, Zone, clock_text};

/// Empty rows offered below the filled ones.
const SPARE_ROWS: usize = 2;

/// The request as typed. The account part is used by /start for strangers only.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestForm {
    /// "more" asks for further rows, "role" for the skills of the chosen role, "check" for what is wrong so far, "keep" leaves it with
    /// the browser, "draft" keeps it with the account, anything else hands it in.
    #[serde(skip_serializing)]
    pub act: String,
    /// The slug of the track.
    pub track: String,
    /// The track whose usual skills the form was filled with.
    pub filled_for: String,
    /// For staff: whose request it is, by id, or "new".
    #[serde(skip_serializing)]
    pub client: String,
    /// What the person looked at, when editing.
    #[serde(skip_serializing)]
    pub version: String,
    pub title: String,
    pub system: String,
    pub performance_targets: String,
    pub concurrency: String,
    pub infrastructure: String,
    pub team_structure: String,
    pub why_technology: String,
    pub signals: Vec<String>,
    pub must_skill: Vec<String>,
    pub must_level: Vec<String>,
    pub nice_skill: Vec<String>,
    pub nice_weight: Vec<String>,
    pub seniors: String,
    pub mids: String,
    pub juniors: String,
    pub senior_budget: String,
    pub mid_budget: String,
    pub junior_budget: String,
    pub currency: String,
    pub period: String,
    pub zone: String,
    pub work_start: String,
    pub work_end: String,
    pub days: Vec<String>,
    pub overlap: String,
    pub speaking: String,
    pub writing: String,
    pub start_on: String,
    pub length_months: String,
    pub organization: String,
    pub name: String,
    pub email: String,
    /// Never written anywhere.
    #[serde(skip_serializing)]
    pub password: String,
}

/// What the form starts from.
pub fn fresh(template: &[TemplateSkill], zone: Option<Zone>, now: DateTime<Utc>) -> RequestForm {
    let mut blank = RequestForm {
        seniors: "1".to_owned(),
        currency: "USD".to_owned(),
        period: "month".to_owned(),
        zone: zone.map_or_else(String::new, |zone| zone.label(now)),
        work_start: "09:00".to_owned(),
        work_end: "17:00".to_owned(),
        days: DAYS[..5].iter().map(|(code, _)| (*code).to_owned()).collect(),
        // The usual need: daily calls in English, half a day together.
        overlap: "4".to_owned(),
        speaking: "4".to_owned(),
        writing: "4".to_owned(),
        ..RequestForm::default()
    };
    blank.add_skills(template);
    blank
}

/// The form of a request that exists.
pub fn of_request(row: &RequestRow, skills: &[SkillRow], seats: &[SeatRow], now: DateTime<Utc>) -> RequestForm {
    let number = |value: Option<i16>| value.map_or_else(String::new, |value| value.to_string());
    let currency: Option<Currency> = row.budget_currency.as_deref().and_then(|code| code.parse().ok());
    let people = |wanted: Seniority| {
        seats
            .iter()
            .filter(|seat| seat.seniority == Some(wanted))
            .count()
            .to_string()
    };
    let budget = |wanted: Seniority| {
        let minor = seats
            .iter()
            .find(|seat| seat.seniority == Some(wanted))
            .and_then(|seat| seat.budget_minor);
        minor
            .zip(currency)
            .map_or_else(String::new, |(minor, currency)| money::plain(minor, currency))
    };
    let clock = |minute: i16| clock_text(u16::try_from(minute).unwrap_or_default());
    let days = Weekdays::from_bits(u8::try_from(row.work_days).unwrap_or_default());
    let mut form = RequestForm {
        version: row.version.to_string(),
        title: row.title.clone(),
        system: row.system.clone(),
        performance_targets: row.performance_targets.clone(),
        concurrency: row.concurrency.clone(),
        infrastructure: row.infrastructure.clone(),
        team_structure: row.team_structure.clone(),
        why_technology: row.why_technology.clone(),
        signals: row.signals.clone(),
        seniors: people(Seniority::Senior),
        mids: people(Seniority::Mid),
        juniors: people(Seniority::Junior),
        senior_budget: budget(Seniority::Senior),
        mid_budget: budget(Seniority::Mid),
        junior_budget: budget(Seniority::Junior),
        currency: row.budget_currency.clone().unwrap_or_else(|| "USD".to_owned()),
        period: row.budget_period.map_or("month", Period::word).to_owned(),
        zone: row.zone.label(now),
        work_start: clock(row.work_start),
        work_end: clock(row.work_end),
        days: days
            .days()
            .map(|day| DAYS[day.num_days_from_monday() as usize].0.to_owned())
            .collect(),
        overlap: row.least_overlap_minutes.map_or_else(String::new, hours_plain),
        speaking: number(row.english_speaking),
        writing: number(row.english_writing),
        start_on: row.start_on.map_or_else(String::new, |date| date.to_string()),
        length_months: number(row.length_months),
        ..RequestForm::default()
    };
    for skill in skills {
        form.push_skill(&skill.name, skill.level, skill.weight);
    }
    form
}

/// Minutes as hours of a form field: 270 is "4.5".
fn hours_plain(minutes: i16) -> String {
    let text = format!("{:.2}", f64::from(minutes) / 60.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl RequestForm {
    fn push_skill(&mut self, name: &str, level: Option<i16>, weight: Option<i16>) {
        match (level, weight) {
            (Some(level), _) => {
                self.must_skill.push(name.to_owned());
                self.must_level.push(level.to_string());
            }
            (None, Some(weight)) => {
                self.nice_skill.push(name.to_owned());
                self.nice_weight.push(weight.to_string());
            }
            (None, None) => {}
        }
    }

    /// Sets the track, whose usual skills the rows are.
    pub fn role(&mut self, slug: String) {
        self.filled_for.clone_from(&slug);
        self.track = slug;
    }

    /// Whether it is sent to be kept, and not for a changed form.
    pub fn asks_to_keep(&self) -> bool {
        !matches!(self.act.as_str(), "more" | "role" | "check" | "keep")
    }

    /// Whether the person typed anything that the form did not come with.
    pub fn has_own_words(&self) -> bool {
        let texts = [
            &self.title,
            &self.system,
            &self.performance_targets,
            &self.concurrency,
            &self.infrastructure,
            &self.team_structure,
            &self.why_technology,
            &self.zone,
            &self.organization,
            &self.name,
            &self.email,
        ];
        texts.iter().any(|text| !text.trim().is_empty())
    }

    /// Whether no row names a skill.
    pub fn has_no_skills(&self) -> bool {
        let mut names = self.must_skill.iter().chain(&self.nice_skill);
        names.all(|name| name.trim().is_empty())
    }

    /// Adds a track's usual skills, without those that a row names already.
    pub fn add_skills(&mut self, template: &[TemplateSkill]) {
        for skill in template {
            let mut names = self.must_skill.iter().chain(&self.nice_skill);
            if !names.any(|name| name.trim().eq_ignore_ascii_case(&skill.name)) {
                self.push_skill(&skill.name, skill.level, skill.weight);
            }
        }
    }

    /// Takes away the rows that are still as `template` filled them; whether there were any.
    pub fn forget_skills(&mut self, template: &[TemplateSkill]) -> bool {
        let must = |skill: &TemplateSkill| Some((skill.name.clone(), skill.level?.to_string()));
        let nice = |skill: &TemplateSkill| Some((skill.name.clone(), skill.weight?.to_string()));
        let must: Vec<_> = template.iter().filter_map(must).collect();
        let nice: Vec<_> = template.iter().filter_map(nice).collect();
        let musts = forget(&mut self.must_skill, &mut self.must_level, &must);
        let nices = forget(&mut self.nice_skill, &mut self.nice_weight, &nice);
        musts || nices
    }

    /// The rows of must-haves with spare ones.
    pub fn must_lines(&self, errors: &FormErrors) -> Vec<SkillLine> {
        lines("must_skill", &self.must_skill, &self.must_level, self.spare(), errors)
    }

    /// The rows of nice-to-haves with spare ones.
    pub fn nice_lines(&self, errors: &FormErrors) -> Vec<SkillLine> {
        lines("nice_skill", &self.nice_skill, &self.nice_weight, self.spare(), errors)
    }

    fn spare(&self) -> usize {
        if self.act == "more" { SPARE_ROWS + 4 } else { SPARE_ROWS }
    }

    pub fn has_day(&self, code: &str) -> bool {
        self.days.iter().any(|day| day == code)
    }

    pub fn has_signal(&self, signal: Signal) -> bool {
        self.signals.iter().any(|code| code == signal.code())
    }

    /// The typed brief; `None` with the errors that say why.
    pub fn brief(&self, catalogue: &Catalogue, errors: &mut FormErrors) -> Option<Brief> {
        let long = |errors: &mut FormErrors, field: &'static str, value: &str| {
            errors.take(field, form::text(value, 5_000)).unwrap_or_default()
        };
        let title = errors.take("title", named(&self.title, "Say what you call it."));
        let system = long(errors, "system", &self.system);
        let performance_targets = long(errors, "performance_targets", &self.performance_targets);
        let concurrency = long(errors, "concurrency", &self.concurrency);
        let infrastructure = long(errors, "infrastructure", &self.infrastructure);
        let team_structure = long(errors, "team_structure", &self.team_structure);
        let why_technology = long(errors, "why_technology", &self.why_technology);
        let must = needs(
            catalogue,
            ("must_skill", &self.must_skill, &self.must_level),
            &[],
            errors,
        );
        let nice = needs(
            catalogue,
            ("nice_skill", &self.nice_skill, &self.nice_weight),
            &must,
            errors,
        );
        let budget = self.budget(errors);
        let seats = self.seats(budget, errors);
        let week = self.week(errors);
        let least_overlap = errors.take("overlap", overlap_minutes(&self.overlap));
        if let (Some(Some(least)), Some(week)) = (least_overlap, &week)
            && u16::try_from(least).unwrap_or_default() > week.minutes_a_day()
        {
            errors.add(
                "overlap",
                "This is longer than your working day: nobody could share so many hours.",
            );
        }
        let speaking = errors.take("speaking", english(&self.speaking));
        let writing = errors.take("writing", english(&self.writing));
        let start_on = errors.take("start_on", optional_date(&self.start_on));
        let length_months = errors.take("length_months", months(&self.length_months));
        if !errors.is_empty() {
            return None;
        }
        Some(Brief {
            title: title?,
            system,
            performance_targets,
            concurrency,
            infrastructure,
            team_structure,
            why_technology,
            signals: self.signals.iter().filter_map(|code| Signal::parse(code)).collect(),
            must,
            nice,
            week: week?,
            least_overlap: least_overlap?,
            speaking: speaking?,
            writing: writing?,
            budget: budget.filter(|_| seats.iter().any(|group| group.budget_minor.is_some())),
            seats,
            start_on: start_on?,
            length_months: length_months?,
        })
    }

    /// Says which fields are empty that a request needs, where nothing else is said of them.
    pub fn add_gaps(&self, errors: &mut FormErrors) {
        let none = |texts: &[&str]| texts.iter().all(|text| matches!(text.trim(), "" | "0"));
        let must: Vec<&str> = self.must_skill.iter().map(String::as_str).collect();
        for (is_empty, (field, words)) in [
            (none(&[&self.system]), NO_SYSTEM),
            (none(&must), NO_MUST),
            (none(&[&self.seniors, &self.mids, &self.juniors]), NO_PEOPLE),
        ] {
            if is_empty && errors.of(field).is_empty() {
                errors.add(field, words);
            }
        }
    }

    fn budget(&self, errors: &mut FormErrors) -> Option<(Currency, Period)> {
        let currency = errors.take("currency", self.currency.parse::<Currency>().map_err(|e| e.to_string()));
        let period = errors.take("period", self.period.parse::<Period>());
        currency.zip(period)
    }

    /// The three bands with their numbers and budgets.
    fn seats(&self, budget: Option<(Currency, Period)>, errors: &mut FormErrors) -> Vec<SeatGroup> {
        let bands = [
            (
                Seniority::Senior,
                "seniors",
                &self.seniors,
                "senior_budget",
                &self.senior_budget,
            ),
            (Seniority::Mid, "mids", &self.mids, "mid_budget", &self.mid_budget),
            (
                Seniority::Junior,
                "juniors",
                &self.juniors,
                "junior_budget",
                &self.junior_budget,
            ),
        ];
        let mut groups = Vec::with_capacity(bands.len());
        for (seniority, people_field, people_text, budget_field, budget_text) in bands {
            let count = errors.take(people_field, people(people_text)).unwrap_or_default();
            let budget_minor = match (budget, budget_text.trim()) {
                (_, "") | (None, _) => None,
                (Some((currency, _)), text) => errors.take(budget_field, positive(text, currency)),
            };
            groups.push(SeatGroup {
                seniority,
                count,
                budget_minor,
            });
        }
        groups
    }

    fn week(&self, errors: &mut FormErrors) -> Option<WorkingWeek> {
        const UNKNOWN: &str = "Choose a place from the list, such as New York; its clock changes are known then.";
        let zone = errors.take("zone", Zone::find(&self.zone).ok_or(UNKNOWN));
        let start = errors.take("work_start", minute(&self.work_start));
        let end = errors.take("work_end", minute(&self.work_end));
        let days: Weekdays = DAYS
            .iter()
            .zip(Weekdays::ORDER)
            .filter(|((code, _), _)| self.has_day(code))
            .map(|(_, day)| day)
            .collect();
        if days.is_empty() {
            errors.add("days", "Choose at least one working day.");
        }
        errors.take(
            "work_start",
            WorkingWeek::new(zone?, start?, end?, days).map_err(|error| error.to_string()),
        )
    }
}

/// A day that has not passed at the client's place.
pub fn check_start(brief: &Brief, now: DateTime<Utc>, errors: &mut FormErrors) {
    let today = brief.week.zone.local_date(now);
    if brief.start_on.is_some_and(|start| start < today) {
        errors.add(
            "start_on",
            "This day has passed. Choose today or a later day, or leave it empty.",
        );
    }
}
