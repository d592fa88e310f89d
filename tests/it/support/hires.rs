//! A client with an open request, developers who can be hired, and the steps from a proposal to a placement, taken the way
//! people take them.

use chrono::{DateTime, Utc};
use meridian::accounts::Role;
use meridian::events::Actor;
use meridian::ids::{CandidateId, IntroductionId, OrganizationId, PlacementId, SeatId};
use meridian::organizations::actions::accept_agreement;
use meridian::placements::guarantee::Terms;

use super::app::{App, PASSWORD, Person};
use super::clients;

/// What a developer gets and what the client pays: figures that stand nowhere else on any page.
pub const PAY: &str = "4,321";
pub const BILL: &str = "5,678";

/// A developer with an account.
pub struct Developer {
    pub person: Person,
    pub id: CandidateId,
    pub code: i32,
    pub name: &'static str,
    pub email: &'static str,
}

/// The agency, a client with an open request of three seats, and developers.
pub struct Scene {
    pub app: App,
    pub recruiter: Person,
    pub client: Person,
    pub organization: OrganizationId,
    /// "/requests/ID".
    pub request: String,
    pub seats: Vec<SeatId>,
    pub developers: Vec<Developer>,
}

const PEOPLE: [(&str, &str); 3] = [
    ("Rafaela Nascimento Test", "rafaela@dev.test"),
    ("Bruno Quintana Test", "bruno@dev.test"),
    ("Carla Yamamoto Test", "carla@dev.test"),
];

/// A scene with that many developers; the client has not accepted anything.
pub async fn scene(developers: usize) -> Scene {
    let app = App::start().await;
    clients::seed(&app).await;
    let (client, request) = clients::client(&app, "Halyard Payments", "clara@halyard.test").await;
    let recruiter = app.recruiter().await;
    let version = clients::version(&client, &request).await;
    let opened = recruiter
        .post(
            &format!("{request}/open"),
            &[("version", version.as_str()), ("reason", "complete")],
        )
        .await;
    assert_eq!(opened.to(), request, "the request is open");
    let id: uuid::Uuid = request.trim_start_matches("/requests/").parse().expect("an id");
    let organization = sqlx::query_scalar("select organization_id from role_requests where id = $1")
        .bind(id)
        .fetch_one(app.db.pool())
        .await
        .expect("the client");
    let seats = sqlx::query_scalar("select id from seats where request_id = $1 order by number")
        .bind(id)
        .fetch_all(app.db.pool())
        .await
        .expect("seats");
    let mut made = Vec::new();
    for (name, email) in PEOPLE.into_iter().take(developers) {
        made.push(developer(&app, name, email).await);
    }
    Scene {
        app,
        recruiter,
        client,
        organization,
        request,
        seats,
        developers: made,
    }
}

async fn developer(app: &App, name: &'static str, email: &'static str) -> Developer {
    let user = app.user(Role::Candidate, email, None).await;
    let id = CandidateId::new();
    let code: i32 = sqlx::query_scalar(
        "insert into candidates (id, user_id, track_id, name, email, phone, source, country, zone, work_start, work_end, work_days,
                                 seniority, pay_minor, pay_currency, pay_period, headline, created_at, updated_at)
         select $1, $2, t.id, $3, $4, '+55 81 5550 0199', 'apply', 'Brazil', 'America/Recife', 540, 1080, 31,
                'senior', 432100, 'USD', 'month', 'Cut p99 of a payments API from 180 to 22 ms', $5, $5
         from tracks t order by t.slug limit 1 returning code",
    )
    .bind(id)
    .bind(user)
    .bind(name)
    .bind(email)
    .bind(app.clock.now())
    .fetch_one(app.db.pool())
    .await
    .expect("a candidate");
    Developer {
        person: app.sign_in(email).await,
        id,
        code,
        name,
        email,
    }
}

/// One more developer, for a seat that became free.
pub async fn another(scene: &Scene, email: &'static str) -> Developer {
    developer(&scene.app, "Dora Another Test", email).await
}

impl Scene {
    /// A contact accepts the default promise.
    pub async fn agree(&self) {
        self.agree_to(&Terms::default_promise()).await;
    }

    /// A contact accepts these terms.
    pub async fn agree_to(&self, terms: &Terms) {
        let mut tx = self.app.db.begin().await.expect("a transaction");
        let user = sqlx::query_scalar("select id from users where organization_id = $1 limit 1")
            .bind(self.organization)
            .fetch_one(&mut *tx)
            .await
            .expect("a contact");
        let now = self.app.clock.now();
        accept_agreement(
            &mut tx,
            &Actor::user(user),
            now,
            self.organization,
            user,
            "Clara Client",
            terms,
        )
        .await
        .expect("accepted");
        tx.commit().await.expect("committed");
    }

    /// Staff propose a developer for a seat; returns the introduction's path.
    pub async fn propose(&self, developer: usize, seat: usize) -> String {
        self.propose_person(&self.developers[developer], seat).await
    }

    /// The same for anybody.
    pub async fn propose_person(&self, developer: &Developer, seat: usize) -> String {
        let number = (seat + 1).to_string();
        let id = developer.id.to_string();
        let fields = [
            ("seat", number.as_str()),
            ("candidate", id.as_str()),
            ("ask_about", "Has led two people"),
        ];
        let answer = self
            .recruiter
            .post(&format!("{}/shortlist", self.request), &fields)
            .await;
        assert_eq!(answer.to(), format!("{}/introductions", self.request));
        let id: IntroductionId =
            sqlx::query_scalar("select id from introductions where seat_id = $1 and candidate_id = $2")
                .bind(self.seats[seat])
                .bind(developer.id)
                .fetch_one(self.app.db.pool())
                .await
                .expect("introduced");
        format!("/introductions/{id}")
    }

    /// Proposed and consented to.
    pub async fn introduce(&self, developer: usize, seat: usize) -> String {
        let path = self.propose(developer, seat).await;
        let answer = self.developers[developer]
            .person
            .post(&format!("{path}/consent"), &[])
            .await;
        assert_eq!(answer.to(), path);
        path
    }

    /// Introduced and chosen by the client.
    pub async fn choose(&self, developer: usize, seat: usize) -> String {
        let path = self.introduce(developer, seat).await;
        assert_eq!(self.client.post(&format!("{path}/hire"), &[]).await.to(), path);
        path
    }

    /// The fields of an offer that starts on that day.
    pub fn offer_fields(start: &str) -> Vec<(&'static str, String)> {
        [
            ("pay", PAY),
            ("bill", BILL),
            ("currency", "USD"),
            ("period", "month"),
            ("engagement", "contractor"),
            ("start", start),
            ("months", "12"),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.to_owned()))
        .collect()
    }

    /// Chosen and offered; the offer's path.
    pub async fn offer(&self, developer: usize, seat: usize, start: &str) -> String {
        let path = self.choose(developer, seat).await;
        self.offer_on(&path, start).await
    }

    /// Staff make the offer of a chosen introduction.
    pub async fn offer_on(&self, introduction: &str, start: &str) -> String {
        let fields = Self::offer_fields(start);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.recruiter.post(&format!("{introduction}/offer"), &fields).await;
        answer.to().to_owned()
    }

    /// Hired: the placement's path.
    pub async fn hire(&self, developer: usize, seat: usize, start: &str) -> String {
        let offer = self.offer(developer, seat, start).await;
        let answer = self.developers[developer]
            .person
            .post(&format!("{offer}/accept"), &[])
            .await;
        answer.to().to_owned()
    }

    /// Moves the clock; everybody signs in again, because a session ends after fourteen days.
    pub async fn at(&self, instant: &str) {
        let at: DateTime<Utc> = instant.parse().expect("an instant");
        self.app.clock.set(at);
        let staff = [
            (&self.recruiter, "recruiter@agency.test"),
            (&self.client, "clara@halyard.test"),
        ];
        let developers = self
            .developers
            .iter()
            .map(|developer| (&developer.person, developer.email));
        for (person, email) in staff.into_iter().chain(developers) {
            person
                .post("/login", &[("email", email), ("password", PASSWORD)])
                .await
                .to();
        }
    }

    /// The state of a row, as the database has it.
    pub async fn state(&self, table: &'static str, path: &str) -> String {
        let id: uuid::Uuid = id_of(path);
        let sql = match table {
            "introductions" => "select state from introductions where id = $1",
            "offers" => "select state from offers where id = $1",
            "placements" => "select state from placements where id = $1",
            "guarantees" => "select state from guarantees where placement_id = $1",
            "guarantee_claims" => "select state from guarantee_claims where placement_id = $1 order by id desc limit 1",
            "role_requests" => "select state from role_requests where id = $1",
            other => panic!("{other} has no state here"),
        };
        sqlx::query_scalar(sql)
            .bind(id)
            .fetch_one(self.app.db.pool())
            .await
            .expect("a state")
    }

    /// The constraint that refuses a statement sent round the app.
    pub async fn refused_by(&self, sql: &'static str, id: uuid::Uuid) -> String {
        let error = sqlx::query(sql)
            .bind(id)
            .execute(self.app.db.pool())
            .await
            .expect_err(sql);
        let error = error.as_database_error().unwrap_or_else(|| panic!("{sql}: {error}"));
        error
            .constraint()
            .unwrap_or_else(|| panic!("{sql}: {error}"))
            .to_owned()
    }
}

/// The id at the end of a path.
pub fn id_of(path: &str) -> uuid::Uuid {
    path.rsplit('/')
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("{path} ends in an id"))
}

/// The same, as a placement's id.
pub fn placement_of(path: &str) -> PlacementId {
    PlacementId(id_of(path))
}
