//! How the vetting of people stands, for lists and heads of pages.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::CandidateId;
use crate::promises::store::Due;

/// How the vetting of somebody stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vetting {
    /// Checks the track asks for.
    pub required: i32,
    /// Of these, passed and not expired.
    pub met: i32,
    /// All of them.
    pub vetted: bool,
    /// The latest decision of one of them is a failure.
    pub failed: bool,
}

/// How the vetting of these people stands on `today`.
pub async fn vetting(
    conn: &mut PgConnection,
    people: &[CandidateId],
    today: NaiveDate,
) -> AppResult<HashMap<CandidateId, Vetting>> {
    let people: Vec<uuid::Uuid> = people.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select candidate_id as "candidate!: CandidateId", required as "required!", met as "met!", vetted as "vetted!", failed as "failed!"
           from vetting_standing_of($1, $2)"#,
        &people,
        today,
    )
    .fetch_all(conn)
    .await?;
    let vetting = rows.into_iter().map(|row| {
        let vetting = Vetting {
            required: row.required,
            met: row.met,
            vetted: row.vetted,
            failed: row.failed,
        };
        (row.candidate, vetting)
    });
    Ok(vetting.collect())
}

/// What is owed to and asked about somebody, for the page of the profile.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    candidate: CandidateId,
    due_on: Option<NaiveDate>,
    due_before: Option<DateTime<Utc>>,
    /// Referees who were asked.
    pub asked: i64,
    /// Of these, how many have answered.
    pub answered: i64,
}

impl Open {
    /// By when they were promised a word.
    pub fn due(&self) -> Option<Due> {
        Some(Due {
            candidate: self.candidate,
            on: self.due_on?,
            before: self.due_before?,
        })
    }
}

/// What is open with a person.
pub async fn open(conn: &mut PgConnection, id: CandidateId) -> AppResult<Open> {
    Ok(sqlx::query_as!(
        Open,
        r#"select c.id as "candidate: CandidateId", p.due_on as "due_on?", p.due_before as "due_before?", r.answered as "answered!", r.asked as "asked!"
           from candidates c
           cross join lateral (select count(*) filter (where state = 'answered') as answered, count(*) as asked
                               from reference_requests where candidate_id = c.id and asked_at is not null) r
           left join lateral (select due_on, due_before from promises where candidate_id = c.id and kept_at is null
                              order by due_before, id limit 1) p on true
           where c.id = $1"#,
        id as CandidateId,
    )
    .fetch_one(conn)
    .await?)
}

impl Vetting {
    /// How it stands on `today`, no day before the latest decision, by the decisions that stand with a person (migration 0123 says
    /// how they are packed) and the numbers of the checks that their track asks for. `vetting_standing_of` computes the same.
    pub fn of(checks: &[i32], required: &[i32], today: NaiveDate) -> Self {
        const NEVER: i32 = (1 << 26) - 1;
        let today = today
            .signed_duration_since(NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default())
            .num_days();
        let (mut met, mut failed) = (0, false);
        for check in checks.iter().filter(|check| required.contains(&(**check >> 27))) {
            let ends = check & NEVER;
            if check >> 26 & 1 == 1 {
                failed = true;
            } else if ends == NEVER || i64::from(ends) > today {
                met += 1;
            }
        }
        let required = i32::try_from(required.len()).unwrap_or(i32::MAX);
        Self {
            required,
            met,
            vetted: met == required,
            failed,
        }
    }

    /// The dot and the word of the vetting.
    pub fn words(self) -> (&'static str, String) {
        vetting_state(self.vetted, self.failed, self.met, self.required)
    }
}

/// The decisions about the checks of one person, as they stand beside the person, with what the person's track asks for.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    /// See [`Vetting::of`].
    pub checks: Vec<i32>,
    /// The day of the latest one.
    pub latest: Option<NaiveDate>,
    /// The numbers of the checks of the track.
    pub required: Vec<i32>,
}

impl Decisions {
    /// How the vetting stands on `today`; `None` on a day before the latest decision, on which the checks themselves are to be asked.
    pub fn vetting(&self, today: NaiveDate) -> Option<Vetting> {
        let known = self.latest.is_none_or(|latest| latest <= today);
        known.then(|| Vetting::of(&self.checks, &self.required, today))
    }
}

fn vetting_state(vetted: bool, failed: bool, met: i32, required: i32) -> (&'static str, String) {
    match (vetted, failed, met) {
        (true, _, _) => ("ok", "Vetted".to_owned()),
        (_, true, _) => ("bad", "A check failed".to_owned()),
        (_, _, 0) => ("soft", "Not vetted".to_owned()),
        _ => ("wait", format!("{met} of {required} checks")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_decisions_are_read_by_day() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
        let pack = |kind: i32, failed: i32, ends: i32| kind << 27 | failed << 26 | ends;
        let ends =
            i32::try_from((day(21) - NaiveDate::from_ymd_opt(2000, 1, 1).expect("a day")).num_days()).expect("days");
        let checks = [pack(1, 0, (1 << 26) - 1), pack(2, 0, ends), pack(8, 1, ends)];
        let read = |required: &[i32], today| {
            let read = Vetting::of(&checks, required, today);
            (read.required, read.met, read.vetted, read.failed)
        };
        assert_eq!(read(&[1, 2], day(20)), (2, 2, true, false));
        assert_eq!(
            read(&[1, 2], day(21)),
            (2, 1, false, false),
            "the day of the end counts no more"
        );
        assert_eq!(read(&[1, 8], day(20)), (2, 1, false, true));
        assert_eq!(read(&[1, 3], day(20)), (2, 1, false, false));
        assert_eq!(read(&[], day(20)), (0, 0, true, false));
    }
}
