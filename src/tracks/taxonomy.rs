//! The taxonomy as lists show it: names by number, kept in memory until it changes.
//!
//! A line of a list shows a person's best skills. The ledger's current skills stand with the person as numbers
//! (`candidates.skills`), and what they are called is the same for everybody, so it is read once: whoever reads people reads
//! `taxonomy_version` with them, and the names again when that has moved on. Two servers agree, because the version is
//! part of the transaction that changes the taxonomy. The checks that a track asks for are kept in the same way.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::TrackId;

/// Names and places of skills, and the checks of tracks.
#[derive(Debug, Default)]
pub struct Taxonomy {
    version: i64,
    names: HashMap<i32, String>,
    /// Where a skill stands among those a track asks for.
    places: HashMap<(TrackId, i32), i32>,
    /// The checks a track asks for, by their number.
    checks: HashMap<TrackId, Vec<i32>>,
}

/// The taxonomy that was read last, for one server.
#[derive(Debug, Clone, Default)]
pub struct Taxonomies(Arc<RwLock<Arc<Taxonomy>>>);

/// A current skill of somebody, for a chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// Name of the skill.
    pub name: String,
    /// Level, if known.
    pub value: Option<i32>,
    /// Whether somebody checked it.
    pub verified: bool,
}

impl Taxonomies {
    /// The taxonomy of this version, or the present one if it has changed meanwhile.
    pub async fn at(&self, conn: &mut PgConnection, version: i64) -> AppResult<Arc<Taxonomy>> {
        let held = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        if held.version == version {
            return Ok(held);
        }
        let read = Arc::new(read(conn).await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&read);
        Ok(read)
    }
}

/// One statement, so that names and version belong together.
async fn read(conn: &mut PgConnection) -> AppResult<Taxonomy> {
    let rows = sqlx::query!(
        r#"select v.version as "version!", s.number as "skill?", s.name as "name?", ts.track_id as "track?: TrackId",
                  ts.position as "position?", null::int as "check?"
           from taxonomy_version v left join skills s on true left join track_skills ts on ts.skill_id = s.id
           union all
           select v.version, null, null, tc.track_id, null, check_number(tc.kind) from taxonomy_version v cross join track_checks tc"#
    )
    .fetch_all(conn)
    .await?;
    let mut taxonomy = Taxonomy::default();
    for row in rows {
        taxonomy.version = row.version;
        if let (Some(track), Some(check)) = (row.track, row.check) {
            taxonomy.checks.entry(track).or_default().push(check);
        }
        let Some(skill) = row.skill else { continue };
        if let (Some(track), Some(position)) = (row.track, row.position) {
            taxonomy.places.insert((track, skill), position);
        }
        taxonomy.names.insert(skill, row.name.unwrap_or_default());
    }
    Ok(taxonomy)
}

impl Taxonomy {
    /// Numbers of the checks that a track asks for.
    pub fn checks(&self, track: TrackId) -> &[i32] {
        self.checks.get(&track).map_or(&[], Vec::as_slice)
    }

    /// The best `most` of somebody's skills: those the track asks for first, then verified ones, then by level, place in the
    /// track and name.
    pub fn best(&self, track: TrackId, skills: &[i32], most: usize) -> Vec<Chip> {
        let mut ranked: Vec<_> = skills
            .iter()
            .map(|packed| {
                let (number, value, verified) = unpack(*packed);
                let place = self.places.get(&(track, number)).copied();
                let name = self.names.get(&number).map_or("", String::as_str);
                let rank = (place.is_none(), !verified, std::cmp::Reverse(value), place, name);
                (rank, value, verified)
            })
            .collect();
        ranked.sort_unstable();
        let chips = ranked.into_iter().take(most).map(|(rank, value, verified)| Chip {
            name: rank.4.to_owned(),
            value,
            verified,
        });
        chips.collect()
    }
}

/// The same skills without the levels that somebody verified, for whoever may not read these.
pub fn unverified(skills: &[i32]) -> Vec<i32> {
    let named = |packed: &i32| if unpack(*packed).2 { *packed >> 4 << 4 } else { *packed };
    skills.iter().map(named).collect()
}

/// Number, level and whether it was verified, as the trigger on the ledger packs them.
fn unpack(packed: i32) -> (i32, Option<i32>, bool) {
    let level = packed >> 1 & 7;
    (packed >> 4, (level > 0).then_some(level), packed & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_those_the_track_asks_for_then_verified_then_high() {
        let track = TrackId::new();
        let taxonomy = Taxonomy {
            version: 1,
            names: [(1, "Rust"), (2, "SQL"), (3, "Java"), (4, "Actix")]
                .map(|(number, name)| (number, name.to_owned()))
                .into(),
            places: [((track, 1), 0), ((track, 4), 1)].into(),
            checks: HashMap::new(),
        };
        let pack = |number: i32, level: i32, verified: i32| number * 16 + level * 2 + verified;
        let skills = [pack(2, 5, 0), pack(3, 1, 1), pack(4, 0, 0), pack(1, 3, 0)];
        let names = |track| -> Vec<String> {
            let best = taxonomy.best(track, &skills, 3);
            best.iter()
                .map(|chip| format!("{} {:?} {}", chip.name, chip.value, chip.verified))
                .collect()
        };
        assert_eq!(
            names(track),
            ["Rust Some(3) false", "Actix None false", "Java Some(1) true"]
        );
        assert_eq!(
            names(TrackId::new()),
            ["Java Some(1) true", "SQL Some(5) false", "Rust Some(3) false"]
        );
        let hidden: Vec<_> = unverified(&skills).into_iter().map(unpack).collect();
        assert_eq!(hidden[1], (3, None, false), "named, no more");
        assert_eq!(hidden[3], (1, Some(3), false), "an own word is no secret");
    }
}
