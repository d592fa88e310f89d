//! One transaction of an import: who each row means, what is new.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::run::{Report, Setting};
use super::store::{self as import_store, Known, Said};
use super::{ImportedCandidate, RowError};
use crate::candidates::ledger::{Kind, Source};
use crate::candidates::profile::{Details, Hours};
use crate::candidates::store::{self, NewCandidate, NewClaim};
use crate::candidates::{Origin, actions::Subject, code_label};
use crate::error::AppResult;
use crate::events::{self, Actor};
use crate::ids::{CandidateId, ClaimId};
use crate::money::Rate;
use crate::tracks::skills::{Confidence, fold};

/// One transaction's worth of rows.
pub(super) struct Batch<'a> {
    pub tx: &'a mut PgConnection,
    pub by: &'a Actor,
    pub now: DateTime<Utc>,
    pub setting: &'a Setting,
    pub report: &'a mut Report,
    pub rejected: &'a mut Vec<(Vec<String>, Vec<RowError>)>,
}

impl Batch<'_> {
    pub async fn write(&mut self, rows: Vec<(ImportedCandidate, Vec<String>)>) -> AppResult<()> {
        import_store::wait_for_turn(self.tx).await?;
        let known = self.known(&rows).await?;
        let mut people = Vec::with_capacity(rows.len());
        for (row, cells) in rows {
            match who(&known, &self.setting.source, &row) {
                Ok(found) => people.push((row, found)),
                Err(reason) => {
                    let reasons = vec![RowError {
                        line: row.line,
                        column: None,
                        reason,
                    }];
                    self.rejected.push((cells, reasons));
                }
            }
        }
        let ids: Vec<CandidateId> = people
            .iter()
            .filter_map(|(_, found)| found.as_ref().map(|known| known.id))
            .collect();
        store::lock(self.tx, &ids).await?;
        let held: HashMap<CandidateId, store::Candidate> = store::load_all(self.tx, &ids)
            .await?
            .into_iter()
            .map(|held| (held.id, held))
            .collect();
        let past = Past::load(self.tx, &ids).await?;
        let mut claims = Vec::new();
        for (row, found) in &people {
            match found.as_ref().and_then(|known| held.get(&known.id)) {
                Some(held) => self.refresh(row, held, &past, &mut claims).await?,
                None => self.add(row, &mut claims).await?,
            }
        }
        store::insert_claims(self.tx, &claims, self.now).await?;
        let mut touched: Vec<CandidateId> = claims.iter().map(|claim| claim.candidate).collect();
        touched.dedup();
        store::settle(self.tx, &touched).await
    }

    async fn known(&mut self, rows: &[(ImportedCandidate, Vec<String>)]) -> AppResult<Vec<Known>> {
        let ids: Vec<String> = rows.iter().filter_map(|(row, _)| row.external_id.clone()).collect();
        let emails: Vec<String> = rows.iter().filter_map(|(row, _)| row.email.clone()).collect();
        import_store::find_known(self.tx, &self.setting.source, &ids, &emails).await
    }

    async fn add(&mut self, row: &ImportedCandidate, claims: &mut Vec<NewClaim>) -> AppResult<()> {
        let id = CandidateId::new();
        let details = merged(&Details::default(), row);
        let external = row.external_id.as_deref().map(|id| (self.setting.source.as_str(), id));
        let new = NewCandidate {
            id,
            user: None,
            track: self.setting.track,
            origin: Origin::Import,
            external,
            details: &details,
        };
        store::insert(self.tx, &new, self.now).await?;
        for (subject, value) in self.subjects(row) {
            claims.push(self.claim(id, subject, value));
        }
        self.report.created += 1;
        let data = json!({ "origin": Origin::Import, "source": self.setting.source });
        events::record(
            self.tx,
            self.by,
            self.now,
            "candidate.created",
            ("candidate", id.0),
            data,
        )
        .await
    }

    async fn refresh(
        &mut self,
        row: &ImportedCandidate,
        held: &store::Candidate,
        past: &Past,
        claims: &mut Vec<NewClaim>,
    ) -> AppResult<()> {
        let mut details = merged(&held.details, row);
        let mut kept: Vec<&'static str> = Vec::new();
        for field in held.details.changed(&details) {
            if past.by_hand.contains(&(held.id, field.to_owned())) {
                details.take(field, &held.details);
                kept.push(field);
            }
        }
        let changed = held.details.changed(&details);
        let before = claims.len();
        for (subject, value) in self.subjects(row) {
            match past.said.get(&(held.id, subject)) {
                Some(said) if said.value == value && !said.taken_back => {}
                // Somebody looked at this very line and took it out; the file says nothing new.
                Some(said) if said.value == value => kept.push(TAKEN_BACK),
                _ => claims.push(self.claim(held.id, subject, value)),
            }
        }
        kept.dedup();
        if !kept.is_empty() {
            self.report.kept.insert(code_label(held.code), kept);
        }
        let stated = claims.len() - before;
        if let (Some(external), None) = (&row.external_id, &held.external) {
            import_store::adopt(self.tx, held.id, &self.setting.source, external).await?;
        }
        if changed.is_empty() && stated == 0 {
            self.report.unchanged += 1;
            return Ok(());
        }
        if changed.is_empty() {
            store::touch(self.tx, &[held.id], self.now).await?;
        } else {
            store::update(self.tx, held.id, held.version, &details, self.now).await?;
        }
        self.report.updated += 1;
        let data = json!({ "source": self.setting.source, "fields": changed, "claims": stated });
        events::record(
            self.tx,
            self.by,
            self.now,
            "candidate.imported_again",
            ("candidate", held.id.0),
            data,
        )
        .await
    }

    fn claim(&self, candidate: CandidateId, (kind, skill): Subject, value: Option<i16>) -> NewClaim {
        NewClaim {
            id: ClaimId::new(),
            candidate,
            kind,
            skill,
            value,
            source: Source::Import,
            note: String::new(),
            stated_by: self.by.user_id(),
            verified_by: None,
            check: None,
        }
    }

    /// What the row claims; names that the taxonomy does not know are counted instead.
    fn subjects(&mut self, row: &ImportedCandidate) -> Vec<(Subject, Option<i16>)> {
        let plain = [
            (Kind::EnglishSpeaking, row.english_speaking),
            (Kind::EnglishWriting, row.english_writing),
            (Kind::Years, row.years),
        ];
        let mut subjects: Vec<(Subject, Option<i16>)> = plain
            .into_iter()
            .filter(|(_, value)| value.is_some())
            .map(|(kind, value)| ((kind, None), value))
            .collect();
        for skill in &row.skills {
            let found = match &skill.slug {
                Some(slug) => self.setting.skills.by_slug(slug).map(|id| (id, Confidence::Sure)),
                None => self.setting.skills.find(&skill.name),
            };
            let Some((id, confidence)) = found else {
                *self.report.unknown_skills.entry(skill.name.clone()).or_default() += 1;
                continue;
            };
            if confidence == Confidence::Guess {
                let slug = self
                    .setting
                    .skills
                    .taxonomy
                    .find(&skill.name)
                    .map(|(slug, _)| slug.to_owned());
                self.report
                    .guessed_skills
                    .insert(fold(&skill.name), slug.unwrap_or_default());
            }
            let subject = (Kind::Skill, Some(id));
            match subjects.iter_mut().find(|(known, _)| *known == subject) {
                Some((_, level)) => *level = (*level).max(skill.level),
                None => subjects.push((subject, skill.level)),
            }
        }
        subjects
    }
}

/// What is kept where somebody took an imported claim out of the ledger.
const TAKEN_BACK: &str = "claims that were taken back";

/// What became of people since earlier imports.
struct Past {
    /// Fields that a person wrote last.
    by_hand: HashSet<(CandidateId, String)>,
    said: HashMap<(CandidateId, Subject), Said>,
}

impl Past {
    async fn load(tx: &mut PgConnection, ids: &[CandidateId]) -> AppResult<Self> {
        let by_hand = import_store::written_by_hand(tx, ids).await?;
        let said = import_store::said(tx, ids).await?;
        Ok(Self {
            by_hand: by_hand.into_iter().collect(),
            said: said
                .into_iter()
                .map(|said| ((said.candidate, (said.kind, said.skill)), said))
                .collect(),
        })
    }
}

/// Whom a row means; none: somebody new.
fn who(known: &[Known], source: &str, row: &ImportedCandidate) -> Result<Option<Known>, String> {
    let of_source = |k: &&Known| k.external_source.as_deref() == Some(source);
    let by_id = row.external_id.as_ref().and_then(|id| {
        known
            .iter()
            .find(|k| of_source(k) && k.external_id.as_ref() == Some(id))
    });
    let by_email = row
        .email
        .as_ref()
        .and_then(|email| known.iter().find(|k| k.email.as_ref() == Some(email)));
    match (by_id, by_email) {
        (Some(one), Some(other)) if one.id != other.id => Err(format!(
            "the external id is M-{}'s, but the e-mail is M-{}'s; correct one of them",
            one.code, other.code
        )),
        (None, Some(other)) if row.external_id.is_some() && of_source(&other) => Err(format!(
            "the e-mail is M-{}'s, who has another external id in this source",
            other.code
        )),
        (found, other) => Ok(found.or(other).cloned()),
    }
}

/// The profile with what the row states; what it does not state stays as it was. What a person wrote since is put back by the
/// caller.
fn merged(held: &Details, row: &ImportedCandidate) -> Details {
    let or = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
    Details {
        name: or(&row.name, &held.name),
        email: or(&row.email, &held.email),
        phone: or(&row.phone, &held.phone),
        country: or(&row.country, &held.country),
        works_in: held.works_in,
        city: or(&row.city, &held.city),
        zone: row.zone.or(held.zone),
        hours: row
            .hours
            .map(|(start, end, days)| Hours { start, end, days })
            .or(held.hours),
        seniority: row.seniority.or(held.seniority),
        pay: row
            .pay
            .map(|(minor, currency, period)| Rate {
                minor,
                currency,
                period,
            })
            .or(held.pay),
        available_from: row.available_from.or(held.available_from),
        least_months: row.least_months.or(held.least_months),
        most_months: row.most_months.or(held.most_months),
        wishes: row.wishes.clone().unwrap_or_else(|| held.wishes.clone()),
        headline: row.headline.clone().unwrap_or_else(|| held.headline.clone()),
        links: row.links.clone().unwrap_or_else(|| held.links.clone()),
    }
}
