//! Somebody who is checked, and the people who check them.

use meridian::accounts::Role;
use meridian::ids::CandidateId;

use crate::support::app::{App, Person};
use crate::support::clients::seed;

/// An agency with the shipped track, a recruiter, two assessors, and a developer with an account.
pub struct Room {
    pub app: App,
    pub recruiter: Person,
    pub ana: Person,
    pub ben: Person,
    pub developer: Person,
    pub id: CandidateId,
    /// "/candidates/ID".
    pub home: String,
}

/// Where the developer gets letters.
pub const DEVELOPER: &str = "rafaela@dev.test";

impl Room {
    pub async fn open() -> Self {
        let app = App::start().await;
        seed(&app).await;
        let recruiter = app.recruiter().await;
        let ana = app.person(Role::Recruiter, "ana@agency.test", None).await;
        // An admin: the pages of the log are open to him too.
        let ben = app.person(Role::Admin, "ben@agency.test", None).await;
        let developer = app.person(Role::Candidate, DEVELOPER, None).await;
        let id = CandidateId::new();
        sqlx::query(
            "insert into candidates (id, user_id, track_id, name, email, source, country, zone, created_at, updated_at)
             select $1, u.id, t.id, 'Rafaela Nascimento', u.email, 'apply', 'Brazil', 'America/Recife', $2, $2
             from tracks t, users u where u.email = $3",
        )
        .bind(id)
        .bind(app.clock.now())
        .bind(DEVELOPER)
        .execute(app.db.pool())
        .await
        .expect("a candidate");
        // What is on the person's pages changed past the application, and is said so in the log; the rest of the test is not.
        let developer = developer_again(&app, developer).await;
        let home = format!("/candidates/{id}");
        Self {
            app,
            recruiter,
            ana,
            ben,
            developer,
            id,
            home,
        }
    }

    /// Begins a check of a kind ("invite" or "begin"); the path of its page.
    pub async fn begin(&self, kind: &str, how: &str) -> String {
        let form = [("kind", kind), ("result", how)];
        self.recruiter.post(&format!("{}/checks", self.home), &form).await.to();
        let id: uuid::Uuid = self
            .one(&format!(
                "select id from vetting_checks where kind = '{kind}' order by id desc limit 1"
            ))
            .await;
        format!("{}/checks/{id}", self.home)
    }

    /// One value out of the database.
    pub async fn one<T>(&self, sql: &str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()))
            .fetch_one(self.app.db.pool())
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Gives somebody the scorecard of a check.
    pub async fn assign(&self, check: &str, email: &str) {
        let user: uuid::Uuid = self.one(&format!("select id from users where email = '{email}'")).await;
        let form = [("assessor", user.to_string())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.recruiter.post(&format!("{check}/assessors"), &form).await.to();
    }

    /// The id of a skill.
    pub async fn skill(&self, slug: &str) -> String {
        let id: uuid::Uuid = self.one(&format!("select id from skills where slug = '{slug}'")).await;
        id.to_string()
    }

    pub async fn count(&self, from: &str) -> i64 {
        self.one(&format!("select count(*) from {from}")).await
    }
}

/// The session knew of no profile yet.
async fn developer_again(app: &App, old: Person) -> Person {
    drop(old);
    app.sign_in(DEVELOPER).await
}
