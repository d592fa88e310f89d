//! The address of the pipeline: which track, as what, narrowed to whom.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use crate::candidates::State;
use crate::candidates::blind::Eyes;
use crate::candidates::store::{Filter, find_skill};
use crate::error::AppResult;
use crate::tracks::levels::Seniority;
use crate::vetting::pipeline::store::{Narrowed, Sort};
use crate::vetting::pipeline::{Pipeline, Progress};
use crate::web::paging::PageQuery;

/// What the address says, as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PipelineQuery {
    pub track: String,
    pub view: String,
    pub stage: String,
    pub state: String,
    pub mine: String,
    pub days: String,
    pub q: String,
    pub skill: String,
    pub seniority: String,
    pub place: String,
    pub people: String,
    pub sort: String,
    /// The column that a narrow screen shows.
    pub column: String,
    /// "all": the boxes are ticked.
    pub pick: String,
    pub after: Option<String>,
    pub before: Option<String>,
}

/// Most days that somebody is looked for by.
const LONGEST: i64 = 3_650;

impl PipelineQuery {
    /// Reads an address of ours; anything else is none.
    pub fn read(address: &str) -> Option<Self> {
        let query = match address.strip_prefix("/pipeline")? {
            "" => "",
            rest => rest.strip_prefix('?')?,
        };
        serde_html_form::from_str(query).ok()
    }

    fn pairs(&self) -> [(&'static str, &str); 16] {
        [
            ("track", &self.track),
            ("view", &self.view),
            ("stage", &self.stage),
            ("state", &self.state),
            ("mine", &self.mine),
            ("days", &self.days),
            ("q", &self.q),
            ("skill", &self.skill),
            ("seniority", &self.seniority),
            ("place", &self.place),
            ("people", &self.people),
            ("sort", &self.sort),
            ("column", &self.column),
            ("pick", &self.pick),
            ("after", self.after.as_deref().unwrap_or_default()),
            ("before", self.before.as_deref().unwrap_or_default()),
        ]
    }

    /// The part of the address behind the question mark, with other values for some of its words; what is empty is left out.
    pub fn with(&self, other: &[(&str, &str)]) -> String {
        let value = |(key, value): (&'static str, &str)| {
            let other = other.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
            (key, other.unwrap_or(value).trim().to_owned())
        };
        let pairs: Vec<_> = self
            .pairs()
            .into_iter()
            .map(value)
            .filter(|(_, value)| !value.is_empty())
            .collect();
        serde_html_form::to_string(&pairs).unwrap_or_default()
    }

    /// The same with other values, as an address. Another page of it starts at its beginning.
    pub fn href(&self, other: &[(&str, &str)]) -> String {
        let mut all = vec![("after", ""), ("before", ""), ("pick", "")];
        all.retain(|(key, _)| !other.iter().any(|(known, _)| known == key));
        all.extend_from_slice(other);
        format!("/pipeline?{}", self.with(&all))
    }

    /// What a saved view keeps.
    pub fn kept(&self) -> String {
        self.with(&[("after", ""), ("before", ""), ("pick", ""), ("column", "")])
    }

    pub fn is_table(&self) -> bool {
        self.view == "table" || self.outside() != State::Active
    }

    pub fn sort(&self) -> Sort {
        Sort::parse(&self.sort)
    }

    pub fn cursors(&self) -> PageQuery {
        PageQuery {
            after: self.after.clone(),
            before: self.before.clone(),
        }
    }

    /// Whom it shows: the active, unless others are asked for.
    fn outside(&self) -> State {
        State::parse(&self.people).unwrap_or(State::Active)
    }

    pub fn is_narrowed(&self) -> bool {
        let first = [&self.mine, &self.days, &self.q];
        self.has_more() || first.iter().any(|value| !value.trim().is_empty())
    }

    /// Something is asked for by the filters that are folded away otherwise.
    pub fn has_more(&self) -> bool {
        let all = [
            &self.stage,
            &self.state,
            &self.skill,
            &self.seniority,
            &self.place,
            &self.people,
        ];
        all.iter().any(|value| !value.trim().is_empty())
    }

    /// The typed words as values; whether the skill is one that the taxonomy lacks.
    pub async fn narrowed(
        &self,
        conn: &mut PgConnection,
        pipeline: &Pipeline,
        eyes: Eyes,
        now: DateTime<Utc>,
    ) -> AppResult<(Narrowed, bool)> {
        // An address can hold what no field can, and PostgreSQL's text cannot hold all of it.
        let clean = |text: &str| -> String { text.trim().chars().filter(|c| !c.is_control()).take(200).collect() };
        let named = clean(&self.skill);
        let skill = if named.is_empty() {
            None
        } else {
            find_skill(conn, &named).await?
        };
        let person = Filter {
            text: clean(&self.q),
            skill,
            seniority: Seniority::parse(&self.seniority),
            place: clean(&self.place),
            eyes,
            ..Filter::default()
        };
        let days = self
            .days
            .trim()
            .parse()
            .ok()
            .filter(|days| (1..=LONGEST).contains(days));
        let by_person =
            !person.text.is_empty() || skill.is_some() || person.seniority.is_some() || !person.place.is_empty();
        let narrowed = Narrowed {
            track: pipeline.track,
            state: self.outside(),
            stage: pipeline.stage(&self.stage),
            progress: Progress::parse(&self.state),
            assessor: if self.mine.is_empty() { None } else { eyes.id() },
            before: days.map(|days| now.date_naive() - TimeDelta::days(days)),
            person,
            by_person,
        };
        Ok((narrowed, skill.is_none() && !named.is_empty()))
    }
}

/// The page of the pipeline that an act was asked for on, if it is one: acts lead back there.
pub(super) fn back(from: &str) -> String {
    let plain = from.len() <= 1_500 && from.bytes().all(|byte| byte.is_ascii_graphic());
    let read = if plain { PipelineQuery::read(from) } else { None };
    match read.map(|query| query.with(&[("pick", "")])) {
        Some(query) if !query.is_empty() => format!("/pipeline?{query}"),
        _ => "/pipeline".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_pipeline_are_a_way_back() {
        for (from, to) in [
            ("/pipeline?track=rust&column=new", "/pipeline?track=rust&column=new"),
            ("/pipeline?track=rust&pick=all&unknown=1", "/pipeline?track=rust"),
            ("/pipeline", "/pipeline"),
            ("/pipelines?track=x", "/pipeline"),
            ("//evil.test/pipeline", "/pipeline"),
            ("https://evil.test/", "/pipeline"),
            ("/pipeline/../admin", "/pipeline"),
            ("/pipeline?track=%0d%0aX: y", "/pipeline"),
            ("", "/pipeline"),
        ] {
            assert_eq!(back(from), to, "{from}");
        }
    }
}
