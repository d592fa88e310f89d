//! SQL of the homes: reads over all domains, writes nothing.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::AppResult;
use crate::ids::{AssignmentId, CandidateId, IntroductionId, OrganizationId, RequestId, TrackId, UserId};
use crate::vetting;

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
    /// Who at the agency answers for the request, where there is one.
    pub recruiter: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// How many wait on the same side, this one included; exact below [`COUNTED`].
    pub of: i64,
}

/// Of each kind of waiting thing, and of each state of it, so many are counted at most: nobody clears a desk by the difference between two larger
/// numbers, and reading them all would make it slower with every person in the pool.
pub const COUNTED: i64 = 50;

/// What waits on whom, oldest first, at most [`ROWS`] of each side; of the requests that `mine` answers for, or everything.
/// What a candidate whose account is closed cannot answer waits on the agency.
pub async fn waiting(conn: &mut PgConnection, now: DateTime<Utc>, mine: Option<UserId>) -> AppResult<Vec<Waiting>> {
    Ok(sqlx::query_as!(
        Waiting,
        r#"select side as "on!", what as "what!", href as "href!", title as "title!", whom as "whom!", since as "since!", of as "of!", recruiter
           from desk_lines($1, $2, $3, $4)"#,
        now,
        mine as Option<UserId>,
        COUNTED,
        ROWS,
    )
    .fetch_all(conn)
    .await?)
}

/// The first instant after `now` at which [`waiting`] or a line of a guarantee says something else although nobody changed anything.
pub async fn waiting_until(conn: &mut PgConnection, now: DateTime<Utc>) -> AppResult<DateTime<Utc>> {
    Ok(sqlx::query_scalar!(r#"select desk_until($1) as "until!""#, now)
        .fetch_one(conn)
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
    now: DateTime<Utc>,
) -> AppResult<Vec<ToDecide>> {
    Ok(sqlx::query_as!(
        ToDecide,
        r#"select '/introductions/' || i.id as "href!",
                  case when i.state = 'interview' then coalesce(c.name, 'M-' || c.code) else 'M-' || c.code end as "title!",
                  r.title as request, i.state = 'interview' as "interviewed!", i.state_at as since, count(*) over () as "of!"
           from introductions i join candidates c on c.id = i.candidate_id join role_requests r on r.id = i.request_id
                join seats s on s.id = i.seat_id and s.state = 'open'
           where i.organization_id = $1 and c.state = 'active' and (i.state = 'consented' or (i.state = 'interview' and i.interview_at <= $3)) order by i.state_at, i.id limit $2"#,
        organization as crate::ids::OrganizationId,
        ROWS,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// A guarantee claim that the agency still works on.
#[derive(Debug)]
pub struct OpenClaim {
    /// The placement's page.
    pub href: String,
    /// Who left.
    pub title: String,
    /// The request.
    pub request: String,
    /// Where it stands.
    pub state: crate::placements::ClaimState,
}

/// The client's open guarantee claims, oldest first, at most [`ROWS`].
pub async fn client_claims(
    conn: &mut PgConnection,
    organization: crate::ids::OrganizationId,
) -> AppResult<Vec<OpenClaim>> {
    Ok(sqlx::query_as!(
        OpenClaim,
        r#"select '/placements/' || p.id as "href!", coalesce(c.name, 'M-' || c.code) as "title!", r.title as request,
                  g.state as "state: crate::placements::ClaimState"
           from guarantee_claims g join placements p on p.id = g.placement_id join candidates c on c.id = p.candidate_id
                join role_requests r on r.id = p.request_id
           where p.organization_id = $1 and g.state in ('draft', 'notified', 'under_review', 'eligible', 'replacement_search', 'refund_due')
           order by g.notified_at, g.id limit $2"#,
        organization as crate::ids::OrganizationId,
        ROWS,
    )
    .fetch_all(conn)
    .await?)
}

/// What holds for the client's company as a whole.
#[derive(Debug)]
pub struct Company {
    /// The version of its agreement in force, if one was accepted.
    pub agreement: Option<i32>,
    /// When that was.
    pub agreed_at: Option<DateTime<Utc>>,
    /// Names of those who can sign in, the first one first, at most [`ROWS`].
    pub colleagues: Vec<String>,
    /// How many they are.
    pub count: i64,
}

/// The client's agreement and colleagues.
pub async fn company(conn: &mut PgConnection, organization: crate::ids::OrganizationId) -> AppResult<Company> {
    Ok(sqlx::query_as!(
        Company,
        r#"select (select max(number) from agreements where organization_id = $1) as agreement,
                  (select max(accepted_at) from agreements where organization_id = $1) as agreed_at,
                  array(select name from users where organization_id = $1 and deactivated_at is null order by id limit $2) as "colleagues!",
                  (select count(*) from users where organization_id = $1 and deactivated_at is null) as "count!""#,
        organization as crate::ids::OrganizationId,
        ROWS,
    )
    .fetch_one(conn)
    .await?)
}

/// Something of a candidate's own that has a page: an introduction, a challenge, an offer, a placement.
#[derive(Debug)]
pub struct Mine {
    /// The page.
    pub href: String,
    /// "Introduction", "Challenge", "Offer", "Placement".
    pub what: String,
    /// To whom or what.
    pub title: String,
    /// Where it stands, in the person's words.
    pub state: String,
    /// What comes next; empty where nothing does.
    pub next: String,
    /// Where the person takes their part in it back; empty where they cannot.
    pub back: String,
    /// Whether the person is asked to act.
    pub my_turn: bool,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when something is to be handed in.
    pub due: Option<DateTime<Utc>>,
}

/// Everything of one candidate, what waits on them first, then the newest, at most 60.
pub async fn mine(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<Vec<Mine>> {
    Ok(sqlx::query_as!(
        Mine,
        r#"with items as (
             select '/introductions/' || i.id as href, 'Introduction' as what, o.name || ', ' || r.title as title,
                    case i.state when 'proposed' then 'Say yes or no' when 'consented' then 'The client looks at your profile'
                         when 'interview' then 'The client wants to talk to you' when 'chosen' then case when exists (select 1 from offers f where f.introduction_id = i.id and f.state = 'sent')
                                             then 'The client has chosen you; your offer is here' else 'The client has chosen you; the offer comes next' end
                         when 'hired' then 'Hired' when 'declined' then 'You said no' when 'refused' then 'The client chose not to go on'
                         else 'Taken back by the agency' end as state,
                    case when i.state = 'proposed' then 'Until you say yes the client does not know of you.'
                         when i.state = 'consented' then 'They ask for an interview, hire, or say no.'
                         when i.state = 'interview' and i.interview_at is null then 'The agency arranges the time with you.'
                         when i.state = 'interview' then 'After the interview the client decides.'
                         when i.state = 'chosen' and exists (select 1 from offers f where f.introduction_id = i.id and f.state = 'sent')
                              then 'Your answer to the offer decides it.'
                         when i.state = 'chosen' then 'The agency sends you an offer to answer.' else '' end as next,
                    case when i.state in ('proposed', 'consented', 'interview') then '/introductions/' || i.id || '#no' else '' end as back,
                    i.state = 'proposed' as my_turn, i.state_at as since, null::timestamptz as due
             from introductions i join role_requests r on r.id = i.request_id join organizations o on o.id = i.organization_id
             where i.candidate_id = $1
             union all
             select '/offers/' || f.id, 'Offer', o.name || ', ' || r.title,
                    case f.state when 'sent' then 'Read it and answer' when 'accepted' then 'You accepted' when 'declined' then 'You declined'
                         else 'Taken back by the agency' end,
                    case f.state when 'sent' then 'Your yes makes the placement and ends your other introductions.' else '' end, '',
                    f.state = 'sent', coalesce(f.answered_at, f.sent_at), null
             from offers f join seats s on s.id = f.seat_id join role_requests r on r.id = s.request_id join organizations o on o.id = r.organization_id
             where f.candidate_id = $1
             union all
             select '/takehome/' || a.id, 'Challenge', c.title,
                    case a.state when 'invited' then 'Solve it and upload your solution' when 'submitted' then 'Received; the agency grades it'
                         when 'graded' then 'Graded' else 'Called off' end,
                    case a.state when 'submitted' then 'A person grades it; you read the feedback here.'
                         when 'graded' then 'The result counts in your vetting.' else '' end,
                    case when a.state in ('invited', 'submitted') then '/takehome/' || a.id || '#withdraw' else '' end,
                    a.state = 'invited', a.invited_at, case when a.state = 'invited' then a.due_at end
             from assignments a join challenges c on c.id = a.challenge_id where a.candidate_id = $1
             union all
             select '/placements/' || p.id, 'Placement', o.name,
                    case p.state when 'accepted' then 'Agreed' when 'scheduled' then 'Starts ' || to_char(p.start_on, 'FMDD Mon YYYY')
                         when 'active' then 'At work' when 'ended' then 'Ended' when 'no_show' then 'Never started' else 'Cancelled before the start' end,
                    case when p.state in ('accepted', 'scheduled') then 'Your first paid day, ' || to_char(p.start_on, 'FMDD Mon YYYY') || ', comes next.' else '' end, '',
                    false, p.accepted_at, null
             from placements p join organizations o on o.id = p.organization_id where p.candidate_id = $1
           )
           select href as "href!", what as "what!", title as "title!", state as "state!", next as "next!", back as "back!",
                  my_turn as "my_turn!", since as "since!", due
           from items order by my_turn desc, since desc, href limit 60"#,
        candidate.0,
    )
    .fetch_all(conn)
    .await?)
}

/// How many skills somebody has in the ledger, and whether both parts of English are stated.
pub async fn stated(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<(i64, bool)> {
    let row = sqlx::query!(
        r#"select count(*) filter (where kind = 'skill') as "skills!", count(*) filter (where kind like 'english%') = 2 as "english!"
           from claims where candidate_id = $1 and current"#,
        candidate.0,
    )
    .fetch_one(conn)
    .await?;
    Ok((row.skills, row.english))
}

/// A check as the person sees it: no notes, no scores.
#[derive(Debug, Clone)]
pub struct MyCheck {
    /// What is checked.
    pub kind: vetting::Kind,
    /// What the track calls it; empty: what its kind is called.
    pub title: String,
    /// Whether it counts today.
    pub counts: bool,
    /// The latest result, and until when it counts.
    pub result: Option<vetting::State>,
    /// See `result`.
    pub expires_on: Option<NaiveDate>,
    /// The step of the one that is under way.
    pub open: Option<vetting::State>,
    /// When the appointment is.
    pub starts_at: Option<DateTime<Utc>>,
    /// What to read aloud there.
    pub code: Option<String>,
}

/// The checks that the track requires and those that are under way besides.
pub async fn my_checks(conn: &mut PgConnection, candidate: CandidateId, today: NaiveDate) -> AppResult<Vec<MyCheck>> {
    Ok(sqlx::query_as!(
        MyCheck,
        r#"select a.kind as "kind!: vetting::Kind", a.title as "title!",
                  coalesce(k.state in ('passed', 'waived') and (k.expires_on is null or k.expires_on > $2), false) as "counts!",
                  k.state as "result?: vetting::State", k.expires_on as "expires_on?", o.state as "open?: vetting::State",
                  o.starts_at as "starts_at?", o.spoken_code as "code?"
           from candidates c
           cross join lateral (
               select tc.kind, tc.title, tc.position from track_checks tc where tc.track_id = c.track_id
               union all
               select w.kind, '', 1000 from vetting_checks w
               where w.candidate_id = c.id and w.track_id = c.track_id and w.state in ('invited', 'scheduled', 'waiting')
                 and not exists (select from track_checks tc where tc.track_id = c.track_id and tc.kind = w.kind)) a
           left join vetting_checks o on o.candidate_id = c.id and o.track_id = c.track_id and o.kind = a.kind
                and o.state in ('invited', 'scheduled', 'waiting')
           left join lateral (select v.state, v.expires_on from vetting_checks v
                              where v.candidate_id = c.id and v.track_id = c.track_id and v.kind = a.kind
                                and v.state in ('passed', 'failed', 'waived') and v.decided_on <= $2
                              order by v.decided_on desc, v.id desc limit 1) k on true
           where c.id = $1 order by a.position, a.kind"#,
        candidate.0,
        today,
    )
    .fetch_all(conn)
    .await?)
}

/// What a record is called, and the records that are part of it.
#[derive(Debug, Clone)]
pub struct Titled {
    /// For a heading.
    pub title: String,
    /// Kinds of its parts,
    pub kinds: Vec<String>,
    /// and their ids.
    pub ids: Vec<Uuid>,
}

/// A request that was handed in, with its seats.
pub async fn request(conn: &mut PgConnection, id: RequestId) -> AppResult<Option<Titled>> {
    Ok(sqlx::query_as!(
        Titled,
        r#"select title as "title!", coalesce((select array_agg('seat'::text) from seats where request_id = r.id), '{}') as "kinds!",
                  coalesce((select array_agg(s.id) from seats s where s.request_id = r.id), '{}') as "ids!"
           from role_requests r where id = $1 and state <> 'draft'"#,
        id as RequestId,
    )
    .fetch_optional(conn)
    .await?)
}

/// A client, with its agreements and its own mark-ups.
pub async fn organization(conn: &mut PgConnection, id: OrganizationId) -> AppResult<Option<Titled>> {
    Ok(sqlx::query_as!(
        Titled,
        r#"with parts as (
               select 'agreement'::text as kind, id from agreements where organization_id = $1
               union all select 'markup', id from markups where organization_id = $1)
           select name as "title!", coalesce((select array_agg(kind order by id) from parts), '{}') as "kinds!",
                  coalesce((select array_agg(p.id order by p.id) from parts p), '{}') as "ids!"
           from organizations where id = $1"#,
        id as OrganizationId,
    )
    .fetch_optional(conn)
    .await?)
}

/// An introduction, with its offers.
pub async fn introduction(conn: &mut PgConnection, id: IntroductionId) -> AppResult<Option<Titled>> {
    Ok(sqlx::query_as!(
        Titled,
        r#"select coalesce(c.name, 'M-' || c.code) || ' for ' || r.title as "title!",
                  coalesce((select array_agg('offer'::text) from offers where introduction_id = i.id), '{}') as "kinds!",
                  coalesce((select array_agg(o.id) from offers o where o.introduction_id = i.id), '{}') as "ids!"
           from introductions i join candidates c on c.id = i.candidate_id join role_requests r on r.id = i.request_id
           where i.id = $1"#,
        id as IntroductionId,
    )
    .fetch_optional(conn)
    .await?)
}

/// A take-home.
pub async fn assignment(conn: &mut PgConnection, id: AssignmentId) -> AppResult<Option<Titled>> {
    Ok(sqlx::query_as!(
        Titled,
        r#"select coalesce(c.name, 'M-' || c.code) || ', ' || h.title as "title!", '{}'::text[] as "kinds!", '{}'::uuid[] as "ids!"
           from assignments a join candidates c on c.id = a.candidate_id join challenges h on h.id = a.challenge_id where a.id = $1"#,
        id as AssignmentId,
    )
    .fetch_optional(conn)
    .await?)
}

/// An account.
pub async fn user(conn: &mut PgConnection, id: UserId) -> AppResult<Option<Titled>> {
    Ok(sqlx::query_as!(
        Titled,
        r#"select u.name as "title!", '{}'::text[] as "kinds!", '{}'::uuid[] as "ids!" from users u where u.id = $1"#,
        id as UserId,
    )
    .fetch_optional(conn)
    .await?)
}

/// A track, with its mark-ups.
pub async fn track(conn: &mut PgConnection, id: TrackId) -> AppResult<Option<Titled>> {
    Ok(sqlx::query_as!(
        Titled,
        r#"select t.name as "title!", coalesce((select array_agg('markup'::text) from markups where track_id = t.id), '{}') as "kinds!",
                  coalesce((select array_agg(m.id) from markups m where m.track_id = t.id), '{}') as "ids!"
           from tracks t where t.id = $1"#,
        id as TrackId,
    )
    .fetch_optional(conn)
    .await?)
}
