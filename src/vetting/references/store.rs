//! SQL of references. What referees said leaves this file only through [`sight`].

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{Again, Answer, Identity, Question, Reader, Relation, Said, Sight, State, sight};
use crate::candidates::blind::Eyes;
use crate::candidates::code_label;
use crate::error::AppResult;
use crate::ids::{CandidateId, LinkId, ReferenceId, UserId};

/// Names and values of a form, as they were typed.
pub type Typed = Vec<(String, String)>;

/// Whom to ask about a person.
#[derive(Debug, Clone)]
pub struct Referee {
    /// Their name.
    pub name: String,
    /// Their address; folded.
    pub email: String,
    /// How they worked together.
    pub relation: Relation,
    /// Where.
    pub company: String,
    /// When, in the words of whoever entered it.
    pub worked: String,
}

/// Who says that the referee may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreed {
    /// The person entered them.
    Named,
    /// The person told somebody of the staff.
    Told,
}

/// Enters somebody who may be asked; the constraints refuse who may not.
pub async fn insert(
    conn: &mut PgConnection,
    id: ReferenceId,
    candidate: CandidateId,
    referee: &Referee,
    agreed: Agreed,
    (by, now): (UserId, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    let agreed = match agreed {
        Agreed::Named => "named",
        Agreed::Told => "told",
    };
    sqlx::query!(
        "insert into reference_requests (id, candidate_id, track_id, state, name, email, relation, company, worked, agreed, added_by, added_at)
         select $1, c.id, c.track_id, 'named', $3, $4, $5, $6, $7, $8, $9, $10 from candidates c where c.id = $2",
        id as ReferenceId,
        candidate as CandidateId,
        referee.name,
        referee.email,
        referee.relation as Relation,
        referee.company,
        referee.worked,
        agreed,
        by as UserId,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A request, for acts.
#[derive(Debug)]
pub struct Request {
    /// Id.
    pub id: ReferenceId,
    /// About whom.
    pub candidate: CandidateId,
    /// Where it stands.
    pub state: State,
    /// The referee's name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Who said that they may be asked: the person at home.
    pub is_named: bool,
    /// Who asks.
    pub asked_by: Option<UserId>,
    /// Their name.
    pub asker: Option<String>,
    /// Their address, as long as they can sign in.
    pub asker_email: Option<String>,
    /// Until when the link works.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was reminded.
    pub reminded_at: Option<DateTime<Utc>>,
    /// The link.
    pub link: Option<LinkId>,
    /// Questions as they were when the letter left.
    pub questions: Option<Json<Vec<Question>>>,
    /// Name of the person.
    pub person_name: Option<String>,
    /// Their number.
    pub code: i32,
    /// Their account.
    pub person_user: Option<UserId>,
    /// For which kind of role.
    pub track: String,
}

impl Request {
    /// What the person is called to a referee.
    pub fn person(&self) -> String {
        self.person_name.clone().unwrap_or_else(|| code_label(self.code))
    }

    /// What is asked.
    pub fn questions(&self) -> &[Question] {
        self.questions.as_ref().map_or(&[], |list| list.0.as_slice())
    }
}

/// The request of a token, whatever became of it.
pub async fn of_token(conn: &mut PgConnection, token_hash: &[u8]) -> AppResult<Option<(CandidateId, ReferenceId)>> {
    let row = sqlx::query!(
        r#"select id as "id: ReferenceId", candidate_id as "candidate: CandidateId" from reference_requests where token_hash = $1"#,
        token_hash,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.candidate, row.id)))
}

/// One request of one person; locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, candidate: CandidateId, id: ReferenceId) -> AppResult<Option<Request>> {
    Ok(sqlx::query_as!(
        Request,
        r#"select r.id as "id: ReferenceId", r.candidate_id as "candidate: CandidateId", r.state as "state: State", r.name, r.email,
                  r.agreed = 'named' as "is_named!", r.asked_by as "asked_by: UserId", u.name as "asker?",
                  case when u.deactivated_at is null then u.email end as "asker_email?", r.expires_at, r.reminded_at,
                  r.link_id as "link: LinkId", r.questions as "questions: Json<Vec<Question>>",
                  c.name as person_name, c.code, c.user_id as "person_user: UserId", t.name as track
           from reference_requests r
           join candidates c on c.id = r.candidate_id
           join tracks t on t.id = r.track_id
           left join users u on u.id = r.asked_by
           where r.candidate_id = $1 and r.id = $2
           for update of r"#,
        candidate as CandidateId,
        id as ReferenceId,
    )
    .fetch_optional(conn)
    .await?)
}

/// The name of somebody who signs in.
pub async fn name_of(conn: &mut PgConnection, user: UserId) -> AppResult<String> {
    Ok(
        sqlx::query_scalar!("select name from users where id = $1", user as UserId)
            .fetch_one(conn)
            .await?,
    )
}

/// The letter leaves: the link, its end, and the questions of the track's kit as they are now.
pub async fn send(
    conn: &mut PgConnection,
    id: ReferenceId,
    (link, token_hash): (LinkId, &[u8]),
    (by, now): (UserId, DateTime<Utc>),
    end: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reference_requests r
         set state = 'asked', link_id = $2, token_hash = $3, asked_by = $4, asked_at = $5, expires_at = $6,
             questions = coalesce((
                 select jsonb_agg(jsonb_build_object('question', q.question, 'weak', q.weak, 'solid', q.solid, 'strong', q.strong) order by q.position)
                 from check_questions q where q.track_id = r.track_id and q.kind = 'references'), '[]')
         where r.id = $1",
        id as ReferenceId,
        link as LinkId,
        token_hash,
        by as UserId,
        now,
        end,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The one reminder, and the end that comes with it.
pub async fn remind(
    conn: &mut PgConnection,
    id: ReferenceId,
    now: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reference_requests set reminded_at = $2, expires_at = $3 where id = $1",
        id as ReferenceId,
        now,
        end,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a request without an answer; `by` withdrew it.
pub async fn close(
    conn: &mut PgConnection,
    id: ReferenceId,
    state: State,
    (by, now): (Option<UserId>, DateTime<Utc>),
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reference_requests set state = $2, closed_by = $3, closed_at = $4, reason = $5 where id = $1",
        id as ReferenceId,
        state as State,
        by as Option<UserId>,
        now,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Who the referee says they are; said again, it replaces what was said before the answer.
pub async fn identify(
    conn: &mut PgConnection,
    request: &Request,
    who: &Identity,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reference_identities (request_id, candidate_id, name, role, company, knows, email, confirmed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (request_id) do update
         set name = $3, role = $4, company = $5, knows = $6, email = $7, confirmed_at = $8",
        request.id as ReferenceId,
        request.candidate as CandidateId,
        who.name,
        who.role,
        who.company,
        who.knows,
        who.email,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Who the referee said they are.
pub async fn identity(conn: &mut PgConnection, id: ReferenceId) -> AppResult<Option<Identity>> {
    Ok(sqlx::query_as!(
        Identity,
        "select name, role, company, knows, email from reference_identities where request_id = $1",
        id as ReferenceId,
    )
    .fetch_optional(conn)
    .await?)
}

/// What was typed and not sent, and when it was kept.
pub async fn draft(conn: &mut PgConnection, id: ReferenceId) -> AppResult<Option<(Typed, DateTime<Utc>)>> {
    let row = sqlx::query!(
        r#"select typed as "typed: Json<Typed>", saved_at from reference_drafts where request_id = $1"#,
        id as ReferenceId,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.typed.0, row.saved_at)))
}

/// Keeps what was typed, whether it makes sense or not.
pub async fn save_draft(
    conn: &mut PgConnection,
    id: ReferenceId,
    typed: &Typed,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reference_drafts (request_id, typed, saved_at) values ($1, $2, $3)
         on conflict (request_id) do update set typed = $2, saved_at = $3",
        id as ReferenceId,
        Json(typed) as Json<&Typed>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The answer. The database closes its request with it.
pub async fn answer(
    conn: &mut PgConnection,
    request: &Request,
    said: &Said,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reference_answers (request_id, candidate_id, answers, again, further, may_read, answered_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        request.id as ReferenceId,
        request.candidate as CandidateId,
        Json(&said.answers) as Json<&Vec<Answer>>,
        said.again as Again,
        said.further,
        said.may_read,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A request as a page shows it to somebody.
#[derive(Debug)]
pub struct Line {
    /// Id.
    pub id: ReferenceId,
    /// Where it stands.
    pub state: State,
    /// The referee's name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// How they worked together.
    pub relation: Relation,
    /// Where.
    pub company: String,
    /// When.
    pub worked: String,
    /// The person entered them at home.
    pub is_named: bool,
    /// Who entered them.
    pub added_by: String,
    /// When.
    pub added_at: DateTime<Utc>,
    /// Who asked them.
    pub asker: Option<String>,
    /// When.
    pub asked_at: Option<DateTime<Utc>>,
    /// Until when the link works.
    pub expires_at: Option<DateTime<Utc>>,
    /// When they were reminded.
    pub reminded_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// Why, where somebody said so; for the staff alone.
    pub reason: String,
    /// Who they say they are; for the staff alone.
    pub who: Option<Identity>,
    /// What they said, if the reader may read it.
    pub said: Option<Said>,
    /// There are words that the reader may not read.
    pub is_closed: bool,
}

/// Everybody who was named or asked about a person, the newest first, as somebody sees it: the staff through their [`Eyes`], or,
/// without any, the person.
pub async fn lines(conn: &mut PgConnection, candidate: CandidateId, staff: Option<Eyes>) -> AppResult<Vec<Line>> {
    let eyes = staff.and_then(Eyes::id);
    let rows = sqlx::query!(
        r#"select r.id as "id: ReferenceId", r.state as "state: State", r.name, r.email, r.relation as "relation: Relation", r.company, r.worked,
                  r.agreed = 'named' as "is_named!", b.name as added_by, r.added_at, u.name as "asker?", r.asked_at, r.expires_at,
                  r.reminded_at, r.closed_at, r.reason, i.name as "who?", i.role as "role?", i.company as "its_company?",
                  i.knows as "knows?", i.email as "its_email?", a.answers as "answers?: Json<Vec<Answer>>",
                  a.again as "again?: Again", a.further as "further?", a.may_read as "may_read?",
                  exists (select from scorecards s join vetting_checks k on k.id = s.check_id
                          where s.candidate_id = r.candidate_id and s.assessor_id = $2 and s.state = 'owed'
                            and k.kind <> 'references') as "owes_a_card!"
           from reference_requests r
           join users b on b.id = r.added_by
           left join users u on u.id = r.asked_by
           left join reference_identities i on i.request_id = r.id
           left join reference_answers a on a.request_id = r.id
           where r.candidate_id = $1
           order by r.id desc"#,
        candidate as CandidateId,
        eyes as Option<UserId>,
    )
    .fetch_all(conn)
    .await?;
    let lines = rows.into_iter().map(|row| {
        let reader = match staff {
            Some(_) => Reader::Staff {
                owes_a_card: row.owes_a_card,
            },
            None => Reader::Person,
        };
        let sees = sight(reader, row.may_read.unwrap_or_default());
        let said = match (row.answers, row.again, row.further, row.may_read) {
            (Some(answers), Some(again), Some(further), Some(may_read)) => Some(Said {
                answers: answers.0,
                again,
                further,
                may_read,
            }),
            _ => None,
        };
        let who = match (row.who, row.role, row.its_company, row.knows, row.its_email) {
            (Some(name), Some(role), Some(company), Some(knows), Some(email)) => Some(Identity {
                name,
                role,
                company,
                knows,
                email,
            }),
            _ => None,
        };
        let reads = sees == Sight::Words;
        Line {
            id: row.id,
            state: row.state,
            name: row.name,
            email: row.email,
            relation: row.relation,
            company: row.company,
            worked: row.worked,
            is_named: row.is_named,
            added_by: row.added_by,
            added_at: row.added_at,
            asker: row.asker,
            asked_at: row.asked_at,
            expires_at: row.expires_at,
            reminded_at: row.reminded_at,
            closed_at: row.closed_at,
            reason: if staff.is_some() && reads {
                row.reason
            } else {
                String::new()
            },
            who: who.filter(|_| staff.is_some() && reads),
            is_closed: said.is_some() && !reads,
            said: said.filter(|_| reads),
        }
    });
    Ok(lines.collect())
}
