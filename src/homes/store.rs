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
