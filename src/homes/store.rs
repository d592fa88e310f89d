//! SQL of the homes: reads over all domains, writes nothing.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;

/// Rows a list of the desk shows at most; the full lists are one link away.
pub const ROWS: i64 = 15;

/// One thing that waits on somebody.
#[derive(Debug)]
pub struct Waiting {
    /// "agency", "client" or "candidate": whose turn it is.
    pub on: String,
    /// What is waited for, in words.
    pub what: String,
    /// The page on which the act is done.
    pub href: String,
    /// The record's own name.
    pub title: String,
    /// Whom it is about, or for.
    pub whom: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// How many wait on the same side, this one included.
    pub of: i64,
}

/// What waits on whom, oldest first, at most [`ROWS`] of each side.
pub async fn waiting(conn: &mut PgConnection) -> AppResult<Vec<Waiting>> {
    Ok(sqlx::query_as!(
        Waiting,
        r#"with items as (
             select case when r.state = 'submitted' then 'agency' else 'client' end as "on",
                    case when r.state = 'submitted' then 'Open it or ask' else 'Answer our question' end as what,
                    '/requests/' || r.id as href, r.title, o.name as whom, r.state_at as since
             from role_requests r join organizations o on o.id = r.organization_id
             where r.state in ('submitted', 'needs_info')
             union all
             select case i.state when 'proposed' then 'candidate' when 'chosen' then 'agency' else 'client' end,
                    case i.state when 'proposed' then 'Say yes or no' when 'chosen' then 'Make the offer'
                                 when 'interview' then 'Decide after the interview' else 'Look at the person and decide' end,
                    '/introductions/' || i.id, coalesce(c.name, 'M-' || c.code), o.name || ', ' || r.title, i.state_at
             from introductions i join candidates c on c.id = i.candidate_id join role_requests r on r.id = i.request_id
                  join organizations o on o.id = i.organization_id
             where i.state in ('proposed', 'consented', 'interview', 'chosen')
               and not exists (select 1 from offers f where f.introduction_id = i.id and f.state = 'sent')
             union all
             select 'candidate', 'Answer the offer', '/introductions/' || f.introduction_id, coalesce(c.name, 'M-' || c.code),
                    o.name || ', ' || r.title, f.sent_at
             from offers f join candidates c on c.id = f.candidate_id join seats s on s.id = f.seat_id
                  join role_requests r on r.id = s.request_id join organizations o on o.id = r.organization_id
             where f.state = 'sent'
             union all
             select case when a.state = 'submitted' then 'agency' else 'candidate' end,
                    case when a.state = 'submitted' then 'Grade the challenge' else 'Solve the challenge' end,
                    '/takehome/' || a.id, coalesce(c.name, 'M-' || c.code), 'take-home challenge', a.invited_at
             from assignments a join candidates c on c.id = a.candidate_id where a.state in ('invited', 'submitted')
             union all
             select 'agency', case g.state when 'replacement_search' then 'Find the replacement' else 'Decide the guarantee claim' end,
                    '/placements/' || g.placement_id, coalesce(c.name, 'M-' || c.code), o.name, g.notified_at
             from guarantee_claims g join placements p on p.id = g.placement_id join candidates c on c.id = p.candidate_id
                  join organizations o on o.id = p.organization_id
             where g.state in ('notified', 'under_review', 'eligible', 'replacement_search')
             union all
             select 'agency', 'Begin the vetting', '/candidates/' || c.id, coalesce(c.name, 'M-' || c.code), 'new application', c.created_at
             from candidates c
             where c.source = 'apply' and c.state = 'active' and not exists (select 1 from vetting_checks v where v.candidate_id = c.id)
           ), numbered as (
             select *, row_number() over (partition by "on" order by since, href) as place, count(*) over (partition by "on") as of from items
           )
           select "on" as "on!", what as "what!", href as "href!", title as "title!", whom as "whom!", since as "since!", of as "of!"
           from numbered where place <= $1 order by "on", since, href"#,
        ROWS,
    )
    .fetch_all(conn)
    .await?)
}

/// A placement that has been agreed and is not over.
#[derive(Debug)]
pub struct LivePlacement {
    /// The page.
    pub href: String,
    /// Who.
    pub title: String,
    /// For whom.
    pub organization: String,
    /// First day of paid work.
    pub start_on: NaiveDate,
    /// Whose days the guarantee counts.
    pub zone: String,
    /// `placements::guarantee::Terms`.
    pub terms: serde_json::Value,
}

/// Placements that are scheduled or active, the one that started last first, at most [`ROWS`].
pub async fn live_placements(conn: &mut PgConnection) -> AppResult<Vec<LivePlacement>> {
    Ok(sqlx::query_as!(
        LivePlacement,
        r#"select '/placements/' || p.id as "href!", coalesce(c.name, 'M-' || c.code) as "title!", o.name as organization,
                  p.start_on, p.zone, p.terms
           from placements p join candidates c on c.id = p.candidate_id join organizations o on o.id = p.organization_id
           where p.state in ('accepted', 'scheduled', 'active') order by p.start_on desc, p.id limit $1"#,
        ROWS,
    )
    .fetch_all(conn)
    .await?)
}

/// A request of one client that is not over.
#[derive(Debug)]
pub struct ClientRequest {
    /// The page.
    pub href: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: crate::requests::State,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Seats that are wanted.
    pub seats: i64,
    /// Of these, filled.
    pub filled: i64,
    /// How many such requests there are.
    pub of: i64,
}

/// The client's requests that are not over, what waits on the client first, at most [`ROWS`].
pub async fn client_requests(
    conn: &mut PgConnection,
    organization: crate::ids::OrganizationId,
) -> AppResult<Vec<ClientRequest>> {
    Ok(sqlx::query_as!(
        ClientRequest,
        r#"select '/requests/' || r.id as "href!", r.title, r.state as "state: crate::requests::State", r.state_at as since,
                  (select count(*) from seats s where s.request_id = r.id and s.state <> 'cancelled') as "seats!",
                  (select count(*) from seats s where s.request_id = r.id and s.state = 'filled') as "filled!",
                  count(*) over () as "of!"
           from role_requests r
           where r.organization_id = $1 and r.state not in ('filled', 'cancelled')
           order by r.state in ('draft', 'needs_info') desc, r.state_at desc limit $2"#,
        organization as crate::ids::OrganizationId,
        ROWS,
    )
    .fetch_all(conn)
    .await?)
}

/// Somebody whom the client decides on. A name stands here only once an interview is agreed.
#[derive(Debug)]
pub struct ToDecide {
    /// The page.
    pub href: String,
    /// The name, or the code before names are shown.
    pub title: String,
    /// The request.
    pub request: String,
    /// Whether an interview was agreed.
    pub interviewed: bool,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// How many there are.
    pub of: i64,
}

impl ToDecide {
    /// What the client does next.
    pub fn next(&self) -> &'static str {
        if self.interviewed {
            "Decide after the interview"
        } else {
            "Look and decide"
        }
    }
}

/// The people who said yes and wait for the client's word, oldest first, at most [`ROWS`].
pub async fn client_decisions(
    conn: &mut PgConnection,
    organization: crate::ids::OrganizationId,
) -> AppResult<Vec<ToDecide>> {
    Ok(sqlx::query_as!(
        ToDecide,
        r#"select '/introductions/' || i.id as "href!",
                  case when i.state = 'interview' then coalesce(c.name, 'M-' || c.code) else 'M-' || c.code end as "title!",
                  r.title as request, i.state = 'interview' as "interviewed!", i.state_at as since, count(*) over () as "of!"
           from introductions i join candidates c on c.id = i.candidate_id join role_requests r on r.id = i.request_id
           where i.organization_id = $1 and i.state in ('consented', 'interview') order by i.state_at, i.id limit $2"#,
        organization as crate::ids::OrganizationId,
        ROWS,
    )
    .fetch_all(conn)
    .await?)
}

/// The client's placements that are agreed and not over, at most [`ROWS`].
pub async fn client_placements(
    conn: &mut PgConnection,
    organization: crate::ids::OrganizationId,
) -> AppResult<Vec<LivePlacement>> {
    Ok(sqlx::query_as!(
        LivePlacement,
        r#"select '/placements/' || p.id as "href!", coalesce(c.name, 'M-' || c.code) as "title!", r.title as organization,
                  p.start_on, p.zone, p.terms
           from placements p join candidates c on c.id = p.candidate_id join role_requests r on r.id = p.request_id
           where p.organization_id = $1 and p.state in ('accepted', 'scheduled', 'active') order by p.start_on desc, p.id limit $2"#,
        organization as crate::ids::OrganizationId,
        ROWS,
    )
    .fetch_all(conn)
    .await?)
}

/// The version of the client's agreement in force, if one was accepted.
pub async fn client_agreement(
    conn: &mut PgConnection,
    organization: crate::ids::OrganizationId,
) -> AppResult<Option<i32>> {
    Ok(sqlx::query_scalar!(
        "select max(number) from agreements where organization_id = $1",
        organization as crate::ids::OrganizationId,
    )
    .fetch_one(conn)
    .await?)
}
