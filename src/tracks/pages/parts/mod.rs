//! The parts of a track as forms: raw lines that come back as typed, and what they mean. Pure.

pub mod kits;
pub mod texts;

use std::collections::{HashMap, HashSet};

use super::{Pairs, cell, many, one};
use crate::ids::SkillId;
use crate::money::{self, Currency};
use crate::tracks::skills::fold;
use crate::tracks::store::{Band, RequiredCheck, TrackSkill};
use crate::tracks::{CHECK_KINDS, SENIORITIES};
use crate::web::{FormErrors, form};

/// A row of the role template.
#[derive(Debug, Clone, Default)]
pub struct SkillLine {
    pub name: String,
    pub need: String,
    pub value: String,
}

impl SkillLine {
    pub fn of(skill: &TrackSkill) -> Self {
        let need = if skill.level.is_some() { "must" } else { "nice" };
        let value = skill
            .level
            .or(skill.weight)
            .map(|value| value.to_string())
            .unwrap_or_default();
        Self {
            name: skill.name.clone(),
            need: need.to_owned(),
            value,
        }
    }

    pub fn read(pairs: &Pairs) -> Vec<Self> {
        let (names, needs, values) = (many(pairs, "skill"), many(pairs, "need"), many(pairs, "value"));
        let at = |list: &[String], index: usize| list.get(index).cloned().unwrap_or_default();
        names
            .iter()
            .enumerate()
            .map(|(index, name)| Self {
                name: name.trim().to_owned(),
                need: at(&needs, index),
                value: at(&values, index),
            })
            .filter(|line| !line.name.is_empty())
            .collect()
    }
}

/// The role template that the lines mean. `known` are the skills by folded name and alias.
pub fn skills(lines: &[SkillLine], known: &HashMap<String, SkillId>, errors: &mut FormErrors) -> Vec<TrackSkill> {
    let mut seen = HashSet::new();
    let mut meant = Vec::new();
    for line in lines {
        let Some(skill) = known.get(&fold(&line.name)).copied() else {
            errors.add(
                "skill",
                format!("There is no skill \"{}\". Add it to the taxonomy first.", line.name),
            );
            continue;
        };
        let value = line
            .value
            .trim()
            .parse::<i16>()
            .ok()
            .filter(|value| (1..=5).contains(value));
        let Some(value) = value else {
            errors.add("skill", format!("{}: give a number from 1 to 5.", line.name));
            continue;
        };
        if !seen.insert(skill) {
            errors.add("skill", format!("{} stands there twice.", line.name));
        }
        let must = line.need == "must";
        meant.push(TrackSkill {
            skill,
            name: line.name.clone(),
            level: must.then_some(value),
            weight: (!must).then_some(value),
        });
    }
    meant
}

/// A row of the bands.
#[derive(Debug, Clone, Default)]
pub struct BandLine {
    pub region: String,
    pub seniority: String,
    pub years_from: String,
    pub years_to: String,
    pub currency: String,
    pub from: String,
    pub to: String,
    pub source: String,
    pub source_on: String,
    pub hint: String,
}

impl BandLine {
    pub fn of(band: &Band) -> Self {
        let currency: Option<Currency> = band.currency.as_deref().and_then(|code| code.parse().ok());
        let amount = |minor: Option<i64>| match (minor, currency) {
            (Some(minor), Some(currency)) => money::plain(minor, currency),
            _ => String::new(),
        };
        Self {
            region: band.region.clone(),
            seniority: band.seniority.clone(),
            years_from: band.years_from.to_string(),
            years_to: band.years_to.map(|years| years.to_string()).unwrap_or_default(),
            currency: band.currency.clone().unwrap_or_default(),
            from: amount(band.yearly_from_minor),
            to: amount(band.yearly_to_minor),
            source: band.source.clone(),
            source_on: band.source_on.map(|day| day.to_string()).unwrap_or_default(),
            hint: band.hint.clone(),
        }
    }

    pub fn read(pairs: &Pairs) -> Vec<Self> {
        let column = |name: &str| many(pairs, name);
        let columns = [
            "region",
            "seniority",
            "years_from",
            "years_to",
            "currency",
            "from",
            "to",
            "source",
            "source_on",
            "hint",
        ]
        .map(column);
        let at = |column: usize, row| cell(&columns[column], row);
        (0..columns[0].len())
            .map(|row| Self {
                region: at(0, row),
                seniority: at(1, row),
                years_from: at(2, row),
                years_to: at(3, row),
                currency: at(4, row),
                from: at(5, row),
                to: at(6, row),
                source: at(7, row),
                source_on: at(8, row),
                hint: at(9, row),
            })
            .filter(|line| !line.region.is_empty())
            .collect()
    }

    fn title(&self) -> String {
        format!("{} {}", self.region, self.seniority)
    }

    fn band(&self) -> Result<Band, &'static str> {
        let years = |text: &str| text.parse::<i16>().ok().filter(|years| (0..=60).contains(years));
        if !SENIORITIES.iter().any(|(key, _)| *key == self.seniority) {
            return Err("choose junior, mid or senior");
        }
        let years_from = years(&self.years_from).ok_or("write from how many years on")?;
        let years_to = match self.years_to.as_str() {
            "" => None,
            text => Some(
                years(text)
                    .filter(|to| *to >= years_from)
                    .ok_or("the years end before they begin")?,
            ),
        };
        let has_money = !self.from.is_empty() || !self.to.is_empty();
        let currency: Option<Currency> = match self.currency.as_str() {
            "" if has_money => return Err("choose a currency for the figures"),
            "" => None,
            code => Some(code.parse().map_err(|_| "choose a currency of the list")?),
        };
        let amount = |text: &str| match currency {
            Some(currency) if !text.is_empty() => money::parse(text, currency).map(Some),
            _ => Ok(None),
        };
        let (from, to) = (amount(&self.from)?, amount(&self.to)?);
        if has_money && self.source.is_empty() {
            return Err("say where the figures come from");
        }
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err("the figures end before they begin");
        }
        let source_on = match self.source_on.as_str() {
            "" => None,
            text => Some(form::date(text).map_err(|_| "choose the day of the source")?),
        };
        Ok(Band {
            seniority: self.seniority.clone(),
            years_from,
            years_to,
            hint: form::optional_line(&self.hint, 300).map_err(|_| "keep the hint on one line of 300 characters")?,
            region: form::line(&self.region, 40).map_err(|_| "name the region in 40 characters")?,
            currency: currency.map(|currency| currency.code().to_owned()),
            yearly_from_minor: from,
            yearly_to_minor: to,
            source: form::optional_line(&self.source, 300)
                .map_err(|_| "keep the source on one line of 300 characters")?,
            source_on,
        })
    }
}

/// The bands that the lines mean.
pub fn bands(lines: &[BandLine], errors: &mut FormErrors) -> Vec<Band> {
    let mut seen = HashSet::new();
    let mut meant = Vec::new();
    for line in lines {
        match line.band() {
            Ok(band) if seen.insert((band.region.clone(), band.seniority.clone())) => meant.push(band),
            Ok(_) => errors.add("region", format!("{} stands there twice.", line.title())),
            Err(why) => errors.add("region", format!("{}: {why}.", line.title())),
        }
    }
    meant
}

/// A kind of check, its place in the order (empty: not required) and its validity.
#[derive(Debug, Clone, Default)]
pub struct CheckLine {
    pub kind: String,
    pub label: String,
    pub title: String,
    pub position: String,
    pub months: String,
}

impl CheckLine {
    pub fn of(checks: &[RequiredCheck]) -> Vec<Self> {
        let line = |(kind, label): (&str, &str)| {
            let at = checks.iter().position(|check| check.kind == kind);
            Self {
                kind: kind.to_owned(),
                label: label.to_owned(),
                title: at.map(|at| checks[at].title.clone()).unwrap_or_default(),
                position: at.map(|at| (at + 1).to_string()).unwrap_or_default(),
                months: at
                    .and_then(|at| checks[at].valid_months)
                    .map(|months| months.to_string())
                    .unwrap_or_default(),
            }
        };
        let mut lines: Vec<Self> = CHECK_KINDS.into_iter().map(line).collect();
        lines.sort_by_key(|line| line.position.parse::<usize>().unwrap_or(usize::MAX));
        lines
    }

    pub fn read(pairs: &Pairs) -> Vec<Self> {
        let line = |(kind, label): (&str, &str)| Self {
            kind: kind.to_owned(),
            label: label.to_owned(),
            title: one(pairs, &format!("title_{kind}")).trim().to_owned(),
            position: one(pairs, &format!("position_{kind}")).trim().to_owned(),
            months: one(pairs, &format!("months_{kind}")).trim().to_owned(),
        };
        CHECK_KINDS.into_iter().map(line).collect()
    }
}

/// The checks that the lines mean, in their order.
pub fn checks(lines: &[CheckLine], errors: &mut FormErrors) -> Vec<RequiredCheck> {
    let mut meant = Vec::new();
    for line in lines
        .iter()
        .filter(|line| line.position.is_empty() && !line.title.is_empty())
    {
        errors.add(
            format!("position_{}", line.kind),
            format!("{}: number it, or clear its title.", line.label),
        );
    }
    for line in lines.iter().filter(|line| !line.position.is_empty()) {
        let Ok(position) = line.position.parse::<u8>() else {
            errors.add(
                format!("position_{}", line.kind),
                format!("{}: write its place in the order as a number.", line.label),
            );
            continue;
        };
        let months = line
            .months
            .parse::<i16>()
            .ok()
            .filter(|months| (1..=120).contains(months));
        if months.is_none() && !line.months.is_empty() {
            errors.add(
                format!("months_{}", line.kind),
                format!("{}: 1 to 120 months, or nothing.", line.label),
            );
            continue;
        }
        let title = errors.take(format!("title_{}", line.kind), form::optional_line(&line.title, 120));
        meant.push((
            position,
            RequiredCheck {
                kind: line.kind.clone(),
                title: title.unwrap_or_default(),
                valid_months: months,
            },
        ));
    }
    meant.sort_by_key(|(position, _)| *position);
    meant.into_iter().map(|(_, check)| check).collect()
}
