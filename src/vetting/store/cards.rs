//! SQL of scorecards.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::candidates::blind::Eyes;
use crate::error::AppResult;
use crate::ids::{CandidateId, CardId, CheckId, UserId};
use crate::vetting::cards::{Answer, CardState, Content, Rated, Recommendation, SkillRating};
use crate::vetting::identity::Same;

/// A form as it was typed: names and values in their order.
pub type Typed = Vec<(String, String)>;

/// A card as the page of its check shows it.
#[derive(Debug, Clone)]
pub struct Card {
    /// Id.
    pub id: CardId,
    /// Whose.
    pub assessor: UserId,
    /// Their name.
    pub name: String,
    /// Where it stands.
    pub state: CardState,
    /// When it was handed in.
    pub handed_in_at: Option<DateTime<Utc>>,
    /// Why nobody waits for it any more.
    pub release_reason: String,
    /// Whether whoever looks may read it; what follows is empty otherwise.
    pub readable: bool,
    /// In one word.
    pub recommendation: Option<Recommendation>,
    /// To the kit's questions.
    pub answers: Json<Vec<Answer>>,
    /// Skills that were assessed, with their names.
    pub skills: Json<Vec<NamedRating>>,
    /// Spoken English.
    pub speaking: Option<i16>,
    /// Written English.
    pub writing: Option<i16>,
    /// Words.
    pub red_flags: String,
    /// Private to staff.
    pub note: String,
    /// Whether it was the same person.
    pub same: Option<Same>,
    /// Seen by which document.
    pub document: String,
}

/// A rating with the skill's name.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct NamedRating {
    /// The skill.
    pub name: String,
    /// 1 to 5.
    pub level: i16,
}

/// The cards of a check, in the order in which they were assigned. A card is read by its author; while the check is open, by
/// assessors of it who handed theirs in; afterwards by the staff. Eyes that are closed to the person read their own alone.
pub async fn cards(conn: &mut PgConnection, check: CheckId, eyes: Eyes) -> AppResult<Vec<Card>> {
    Ok(sqlx::query_as!(
        Card,
        r#"select s.id as "id: CardId", s.assessor_id as "assessor: UserId", u.name, s.state as "state: CardState", s.handed_in_at,
                  s.release_reason, may.read as "readable!",
                  case when may.read then s.recommendation end as "recommendation: Recommendation",
                  case when may.read then s.answers else '[]' end as "answers!: Json<Vec<Answer>>",
                  case when may.read then coalesce((
                      select jsonb_agg(jsonb_build_object('name', k.name, 'level', (r ->> 'level')::int) order by k.name)
                      from jsonb_array_elements(s.skills) r join skills k on k.id = (r ->> 'skill')::uuid), '[]')
                  else '[]' end as "skills!: Json<Vec<NamedRating>>",
                  case when may.read then s.speaking end as speaking, case when may.read then s.writing end as writing,
                  case when may.read then s.red_flags else '' end as "red_flags!", case when may.read then s.note else '' end as "note!",
                  case when may.read then s.same_person end as "same: Same",
                  case when may.read then s.document_seen else '' end as "document!"
           from scorecards s
           join users u on u.id = s.assessor_id
           join vetting_checks k on k.id = s.check_id
           join candidates c on c.id = s.candidate_id
           cross join lateral (select s.state = 'in' and coalesce(s.assessor_id = $2::uuid
               or (not $2::uuid = any(c.owed_by)
                   and (k.state not in ('invited', 'scheduled', 'waiting')
                        or exists (select from scorecards m where m.check_id = k.id and m.assessor_id = $2 and m.state = 'in'))),
               false) as read) may
           where s.check_id = $1 order by s.assigned_at, s.id"#,
        check as CheckId,
        eyes.id() as Option<UserId>,
    )
    .fetch_all(conn)
    .await?)
}

/// Assigns somebody; the database refuses a second card, a decided check and people who are not of the staff.
pub async fn insert(
    conn: &mut PgConnection,
    (id, assessor): (CardId, UserId),
    (candidate, check): (CandidateId, CheckId),
    by: UserId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into scorecards (id, check_id, candidate_id, assessor_id, state, assigned_by, assigned_at)
         values ($1, $2, $3, $4, 'owed', $5, $6)",
        id as CardId,
        check as CheckId,
        candidate as CandidateId,
        assessor as UserId,
        by as UserId,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Somebody's own card of a check.
#[derive(Debug, Clone)]
pub struct Own {
    /// Id.
    pub id: CardId,
    /// Where it stands.
    pub state: CardState,
    /// What was typed and not handed in.
    pub typed: Option<Json<Typed>>,
    /// When that was kept.
    pub saved_at: Option<DateTime<Utc>>,
}

/// The card of `assessor` with its draft.
pub async fn own(conn: &mut PgConnection, check: CheckId, assessor: UserId) -> AppResult<Option<Own>> {
    Ok(sqlx::query_as!(
        Own,
        r#"select s.id as "id: CardId", s.state as "state: CardState", d.typed as "typed?: Json<Typed>", d.saved_at as "saved_at?"
           from scorecards s left join scorecard_drafts d on d.card_id = s.id
           where s.check_id = $1 and s.assessor_id = $2"#,
        check as CheckId,
        assessor as UserId,
    )
    .fetch_optional(conn)
    .await?)
}

/// Keeps what was typed, whatever it is.
pub async fn save_draft(conn: &mut PgConnection, card: CardId, typed: &Typed, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "insert into scorecard_drafts (card_id, typed, saved_at) values ($1, $2, $3)
         on conflict (card_id) do update set typed = excluded.typed, saved_at = excluded.saved_at",
        card as CardId,
        Json(typed) as _,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Hands a card in, and forgets its draft.
pub async fn hand_in(conn: &mut PgConnection, card: CardId, said: &Content, now: DateTime<Utc>) -> AppResult<()> {
    let yes_no = |answer: Option<bool>| answer.map(|yes| if yes { "yes" } else { "no" });
    sqlx::query!(
        "update scorecards set state = 'in', recommendation = $2, answers = $3, skills = $4, speaking = $5, writing = $6,
                red_flags = $7, note = $8, same_person = $9, document_seen = $10, code_heard = $11, clock_fits = $12,
                payout_country = $13, handed_in_at = $14
         where id = $1",
        card as CardId,
        said.recommendation as Recommendation,
        Json(&said.answers) as _,
        Json(&said.skills) as _,
        said.speaking,
        said.writing,
        said.red_flags,
        said.note,
        said.identity.same as Option<Same>,
        said.identity.document,
        yes_no(said.identity.code),
        yes_no(said.identity.clock),
        said.identity.payout_country,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from scorecard_drafts where card_id = $1", card as CardId)
        .execute(conn)
        .await?;
    Ok(())
}

/// Releases one card of a check that is owed, or all of them; how many.
pub async fn release(
    conn: &mut PgConnection,
    check: CheckId,
    card: Option<CardId>,
    (by, now): (Option<UserId>, DateTime<Utc>),
    reason: &str,
) -> AppResult<u64> {
    let done = sqlx::query!(
        "update scorecards set state = 'released', released_by = $3, released_at = $4, release_reason = $5
         where check_id = $1 and ($2::uuid is null or id = $2) and state = 'owed'",
        check as CheckId,
        card as Option<CardId>,
        by as Option<UserId>,
        now,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Names of those whose cards of a check are still out.
pub async fn owing(conn: &mut PgConnection, check: CheckId) -> AppResult<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select u.name from scorecards s join users u on u.id = s.assessor_id
         where s.check_id = $1 and s.state = 'owed' order by s.assigned_at, s.id",
        check as CheckId,
    )
    .fetch_all(conn)
    .await?)
}

/// What the cards of a check that are in have rated, in the order in which they came in.
pub async fn rated(conn: &mut PgConnection, check: CheckId) -> AppResult<Vec<Rated>> {
    let rows = sqlx::query!(
        r#"select assessor_id as "assessor: UserId", skills as "skills: Json<Vec<SkillRating>>", speaking, writing
           from scorecards where check_id = $1 and state = 'in' order by handed_in_at, id"#,
        check as CheckId,
    )
    .fetch_all(conn)
    .await?;
    let card = |row: Vec<SkillRating>, assessor, speaking, writing| Rated {
        assessor,
        skills: row,
        speaking,
        writing,
    };
    Ok(rows
        .into_iter()
        .map(|row| card(row.skills.0, row.assessor, row.speaking, row.writing))
        .collect())
}

/// A card that somebody leaves behind.
#[derive(Debug, Clone, Copy)]
pub struct LeftBehind {
    /// The card.
    pub card: CardId,
    /// Of which check.
    pub check: CheckId,
    /// About whom.
    pub candidate: CandidateId,
    /// Whether the successor has a card of that check already.
    pub has_one: bool,
}

/// The cards that `from` owes, locked.
pub async fn left_behind(conn: &mut PgConnection, from: UserId, to: UserId) -> AppResult<Vec<LeftBehind>> {
    Ok(sqlx::query_as!(
        LeftBehind,
        r#"select s.id as "card: CardId", s.check_id as "check: CheckId", s.candidate_id as "candidate: CandidateId",
                  exists (select from scorecards o where o.check_id = s.check_id and o.assessor_id = $2) as "has_one!"
           from scorecards s where s.assessor_id = $1 and s.state = 'owed' order by s.id for update"#,
        from as UserId,
        to as UserId,
    )
    .fetch_all(conn)
    .await?)
}
