//! SQL of what somebody would leave behind.

use sqlx::PgConnection;

use crate::accounts::Role;
use crate::error::AppResult;
use crate::ids::UserId;

/// Somebody who may leave, and what hangs on them.
#[derive(Debug, Clone)]
pub struct Leaving {
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// What they are.
    pub role: Role,
    /// Whether they can sign in.
    pub is_active: bool,
    /// Requests they answer for that are not over.
    pub requests: i64,
    /// Checks assigned to them and not decided.
    pub checks: i64,
    /// Scorecards they owe.
    pub cards: i64,
    /// Findings about identities that they look into.
    pub findings: i64,
    /// Grades they began.
    pub drafts: i64,
    /// Colleagues of a contact who can sign in.
    pub colleagues: i64,
    /// Requests of a contact's company that are not over.
    pub company_requests: i64,
    /// A candidate's introductions and offers under way.
    pub introductions: i64,
}

impl Leaving {
    /// Whether a successor is needed.
    pub fn owns(&self) -> bool {
        self.requests + self.checks + self.cards + self.findings + self.drafts > 0
    }
}

/// The person with what hangs on them.
pub async fn leaving(conn: &mut PgConnection, id: UserId) -> AppResult<Option<Leaving>> {
    Ok(sqlx::query_as!(
        Leaving,
        r#"select u.name, u.email, u.role as "role: Role", u.deactivated_at is null as "is_active!",
                  (select count(*) from role_requests r
                   where r.recruiter_id = u.id and r.state not in ('draft', 'filled', 'cancelled')) as "requests!",
                  (select count(*) from vetting_checks k where k.assessor_id = u.id
                   and k.state in ('invited', 'scheduled', 'waiting')) as "checks!",
                  (select count(*) from scorecards s where s.assessor_id = u.id and s.state = 'owed') as "cards!",
                  (select count(*) from identity_findings f where f.owner_id = u.id and f.state = 'open') as "findings!",
                  (select count(*) from grade_drafts g where g.grader_id = u.id) as "drafts!",
                  (select count(*) from users o where o.organization_id = u.organization_id and o.id <> u.id
                   and o.deactivated_at is null) as "colleagues!",
                  (select count(*) from role_requests r where r.organization_id = u.organization_id
                   and r.state not in ('filled', 'cancelled')) as "company_requests!",
                  (select count(*) from introductions i join candidates c on c.id = i.candidate_id
                   where c.user_id = u.id and i.state in ('proposed', 'consented', 'interview', 'chosen')) as "introductions!"
           from users u where u.id = $1"#,
        id as UserId,
    )
    .fetch_optional(conn)
    .await?)
}
