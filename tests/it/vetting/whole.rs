//! The whole way in a real browser: from an application to "vetted", and from "vetted" to expired. A developer, a recruiter, three
//! assessors, a referee and an admin sit down at it in turn, and each finds what waits on them.

use meridian::accounts::Role;
use uuid::Uuid;

use crate::support::app::{App, PASSWORD};
use crate::support::browser::{Browser, Settings};
use crate::support::clients;

const DEVELOPER: &str = "rafaela@dev.test";
const REFEREE: &str = "iris@halyard.test";
const RECRUITER: &str = "recruiter@agency.test";

/// One chair for everybody.
struct Chair {
    app: App,
    browser: Browser,
    /// "/candidates/ID", once there is somebody.
    home: String,
    /// "/requests/ID": an open request of a client.
    request: String,
}

impl Chair {
    async fn open() -> Option<Self> {
        let browser = Browser::start(Settings::default()).await?;
        let app = App::start().await;
        clients::seed(&app).await;
        let (client, request) = clients::client(&app, "Halyard Payments", "clara@halyard.test").await;
        let recruiter = app.recruiter().await;
        let version = clients::version(&client, &request).await;
        let form = [("version", version.as_str()), ("reason", "complete")];
        recruiter.post(&format!("{request}/open"), &form).await.to();
        for assessor in ["ana@agency.test", "ben@agency.test", "cyd@agency.test"] {
            app.user(Role::Recruiter, assessor, None).await;
        }
        app.user(Role::Admin, "owner@agency.test", None).await;
        Some(Self {
            app,
            browser,
            home: String::new(),
            request,
        })
    }

    async fn goto(&self, path: &str) {
        self.browser.goto(format!("{}{path}", self.app.url)).await;
    }

    /// Whoever sat there is gone; this person signs in.
    async fn sits_down(&self, email: &str) {
        self.browser.forget().await;
        self.goto("/login").await;
        self.browser.fill("E-mail", email).await;
        self.browser.fill("Password", PASSWORD).await;
        self.browser.submit().await;
        self.browser.leaves("/login").await;
    }

    /// The page of the newest check of a kind.
    async fn check(&self, kind: &str) -> String {
        let newest = "select id from vetting_checks where kind = $1 order by id desc limit 1";
        let id: Uuid = sqlx::query_scalar(newest)
            .bind(kind)
            .fetch_one(self.app.db.pool())
            .await
            .expect("a check");
        format!("{}/checks/{id}", self.home)
    }

    /// The recruiter invites to a check and gives it to assessors.
    async fn invite(&self, kind: &str, assessors: &[&str]) {
        self.sits_down(RECRUITER).await;
        self.goto(&format!("{}/vetting", self.home)).await;
        let form = format!("form:has([name=kind][value={kind}]):has([name=result][value=invite]) button");
        self.browser.click(&form).await;
        self.browser.sees("invited; the person gets a letter.").await;
        self.goto(&self.check(kind).await).await;
        for assessor in assessors {
            self.browser.fill("assessor", assessor).await;
            self.browser.click_text("Assign").await;
            self.browser.sees("Assigned.").await;
        }
    }

    /// An assessor finds the card on their desk, fills it in and hands it in.
    async fn card(&self, email: &str, kind: &str, fields: &[(&str, &str)]) {
        self.sits_down(email).await;
        let card = format!("{}/card", self.check(kind).await);
        self.goto("/desk?whose=mine").await;
        self.browser.click(&format!("a[href='{card}']")).await;
        self.browser.arrives(&card).await;
        if kind != "references" {
            self.browser.fill("same", "yes").await;
        }
        for (field, value) in fields {
            self.browser.fill(field, value).await;
        }
        self.browser.click_text("Hand it in").await;
        self.browser.sees("Handed in.").await;
    }

    /// The recruiter judges a check in their own name.
    async fn pass(&self, kind: &str, until: &str) {
        self.sits_down(RECRUITER).await;
        self.goto(&self.check(kind).await).await;
        self.browser.fill("result", "Passed").await;
        if !until.is_empty() {
            self.browser.fill("Counts until", until).await;
        }
        self.browser.click_text("Record it in my name").await;
        self.browser.sees("Judged, in your name.").await;
    }

    /// Whether the seat's matches have the person.
    async fn is_matched(&self) -> bool {
        self.goto(&format!("{}/matches?seat=1", self.request)).await;
        self.browser.sees("Ledger services").await;
        let id = self.home.trim_start_matches("/candidates/");
        self.browser.source().await.contains(&format!("value=\"{id}\""))
    }

    async fn applies(&mut self) {
        let browser = &self.browser;
        self.goto("/apply").await;
        for (field, value) in [
            ("name", "Rafaela Nascimento"),
            ("email", DEVELOPER),
            ("password", PASSWORD),
            ("country", "Brazil"),
            ("zone", "America/Recife"),
            ("consent", "on"),
        ] {
            browser.fill(field, value).await;
        }
        browser.submit().await;
        browser.sees("Applied, the agency begins the vetting next").await;
        browser.sees("You hear from us by").await;
        self.goto("/me/hours").await;
        browser.fill("You begin at", "09:00").await;
        browser.fill("You end at", "18:00").await;
        for day in ["Mon", "Tue", "Wed", "Thu", "Fri"] {
            browser.tick(day).await;
        }
        browser.click_text("Save the hours").await;
        browser.leaves("/me/hours").await;
        self.goto("/me/profile").await;
        browser.fill("Amount", "4,500").await;
        browser.fill("pay_currency", "USD").await;
        browser.fill("pay_period", "month").await;
        browser.fill("Free from", "2026-11-30").await;
        browser.click_text("Save the profile").await;
        browser.leaves("/me/profile").await;
        let id: Uuid = sqlx::query_scalar("select id from candidates where email = $1")
            .bind(DEVELOPER)
            .fetch_one(self.app.db.pool())
            .await
            .expect("an application");
        self.home = format!("/candidates/{id}");
    }

    /// The recruiter names a referee with the person's word; the referee answers by the link.
    async fn reference(&self) {
        let browser = &self.browser;
        self.sits_down(RECRUITER).await;
        self.goto(&format!("{}/references", self.home)).await;
        for (field, value) in [
            ("Their name", "Iris Chen"),
            ("Their address", REFEREE),
            ("Relation", "Was their manager"),
            ("Where they worked together", "Halyard Payments"),
            ("When", "2021 to 2023"),
            ("They told us that we may ask this person.", "on"),
        ] {
            browser.fill(field, value).await;
        }
        browser.click_text("Send the letter").await;
        browser.sees("Asked. The letter is on its way.").await;
        self.app.drain().await;
        browser.forget().await;
        self.goto(&self.app.link(REFEREE, "/reference/")).await;
        browser.sees("A reference for Rafaela Nascimento").await;
        browser.fill("Your role at the time", "Head of payments").await;
        browser.fill("Your company at the time", "Halyard Payments").await;
        browser.fill("How you know them", "She reported to me.").await;
        browser.tick("I am Iris Chen, and these are my own words.").await;
        browser.click_text("Go on to the questions").await;
        browser.sees("You answer as Iris Chen").await;
        browser.sees("I led them, or they led me").await;
        assert!(!browser.has("Weak").await, "a referee gives no marks");
        for number in 1..=4 {
            browser
                .click(&format!("input[name=question_{number}][value=strong]"))
                .await;
        }
        browser.fill("words_1", "Two years in one team.").await;
        browser.click("input[name=again][value=yes]").await;
        browser.click_text("Send my answer").await;
        browser.sees("Thank you, Iris Chen").await;
    }

    /// Two assessors review the same code: the second one reads nothing of the first before their own card is in.
    async fn is_reviewed_blind(&self) {
        let browser = &self.browser;
        self.invite("code_review", &["ana", "ben"]).await;
        let first = [
            ("Rust", "5 - others ask"),
            ("recommendation", "Strong yes"),
            ("Private note", "NOTE-OF-ANA"),
        ];
        self.card("ana@agency.test", "code_review", &first).await;
        browser.sees("NOTE-OF-ANA").await;
        self.sits_down("ben@agency.test").await;
        let check = self.check("code_review").await;
        for path in [
            check.as_str(),
            &self.home,
            &format!("{}/ledger", self.home),
            &format!("{}/history", self.home),
        ] {
            self.goto(path).await;
            browser.sees("Rafaela Nascimento").await;
            for hidden in ["NOTE-OF-ANA", "Strong yes", "5 - others ask"] {
                assert!(!browser.has(hidden).await, "{path} shows {hidden} too early");
            }
        }
        let second = [("Rust", "4 - deep"), ("recommendation", "Yes")];
        self.card("ben@agency.test", "code_review", &second).await;
        browser.sees("NOTE-OF-ANA").await;
        browser.sees("Strong yes").await;
        self.pass("code_review", "").await;
    }
}

#[actix_web::test]
async fn from_an_application_to_vetted_and_from_vetted_to_expired() {
    let Some(mut chair) = Chair::open().await else {
        return;
    };
    chair.applies().await;
    let browser = &chair.browser;
    chair.sits_down(RECRUITER).await;
    chair.goto(&format!("{}/edit", chair.home)).await;
    browser.fill("Seniority", "Senior").await;
    browser.click_text("Save the profile").await;
    browser.leaves(&format!("{}/edit", chair.home)).await;
    assert!(!chair.is_matched().await, "nothing is checked yet");

    // Who it is. The result counts for a week, so that this way does not take two years.
    chair.invite("identity", &["ana"]).await;
    let seen = [
        ("document", "passport"),
        ("code", "yes"),
        ("clock", "yes"),
        ("recommendation", "Yes"),
    ];
    chair.card("ana@agency.test", "identity", &seen).await;
    chair.pass("identity", "2026-12-01").await;

    chair.invite("english", &["ben"]).await;
    let heard = [("Speaking", "C1"), ("Writing", "C1"), ("recommendation", "Strong yes")];
    chair.card("ben@agency.test", "english", &heard).await;
    chair.pass("english", "").await;

    // The challenge has a way of its own, in a browser of its own; here the recruiter waives it.
    chair.goto(&format!("{}/vetting", chair.home)).await;
    let row = "details:has([name=kind][value=take_home])";
    browser.click(&format!("{row} summary")).await;
    browser.click(&format!("{row} [name=result][value=waived]")).await;
    browser.click("#f-reason-take_home").await;
    browser.keys("Reviewed in production code").await;
    browser.click(&format!("{row} button")).await;
    browser.sees("Take-home challenge: waived.").await;

    chair.is_reviewed_blind().await;

    chair.invite("technical_interview", &["cyd"]).await;
    let rated = [
        ("Rust", "4 - deep"),
        ("actix-web", "4 - deep"),
        ("recommendation", "Yes"),
    ];
    chair.card("cyd@agency.test", "technical_interview", &rated).await;
    chair.pass("technical_interview", "").await;
    assert!(!chair.is_matched().await, "the references are missing");

    // Asking begins the check by itself.
    chair.reference().await;
    chair.sits_down(RECRUITER).await;
    chair.goto(&format!("{}/references", chair.home)).await;
    browser.sees("Two years in one team.").await;
    chair.pass("references", "").await;
    chair.goto(&format!("{}/vetting", chair.home)).await;
    browser
        .sees("6 of 6 checks met; the first one counts until 1 Dec 2026")
        .await;
    chair.goto("/desk").await;
    browser.sees("Renew a check: it counts until 1 Dec 2026").await;
    assert!(chair.is_matched().await, "{}", browser.text().await);

    chair.sits_down(DEVELOPER).await;
    browser.sees("Vetted").await;
    browser.sees("6 of 6 checks.").await;
    chair.sits_down("owner@agency.test").await;
    let id = chair.home.trim_start_matches("/candidates/");
    chair.goto(&format!("/admin/events?subject=candidate&id={id}")).await;
    browser.sees("Check decided").await;
    browser.sees("Scorecard handed in").await;

    // The last minute, and the first one after it. No job has run since the letter to the referee.
    let at = |instant: &str| instant.parse().expect("an instant");
    chair.app.clock.set(at("2026-11-30T23:59:59Z"));
    chair.sits_down(RECRUITER).await;
    assert!(chair.is_matched().await, "the last second counts");
    chair.app.clock.set(at("2026-12-01T00:00:00Z"));
    assert!(!chair.is_matched().await, "the first second after it does not");
    chair.goto(&format!("{}/vetting", chair.home)).await;
    browser.sees("Expired").await;
    browser.sees("5 of 6 checks met").await;
    chair.goto("/pipeline?view=table&stage=identity").await;
    browser.sees("Rafaela Nascimento").await;
    browser.sees("Expired").await;
    chair.sits_down(DEVELOPER).await;
    browser.sees("Vetting under way").await;
    chair.sits_down("owner@agency.test").await;
    chair.goto("/pipeline?view=table&stage=vetted").await;
    assert!(!browser.has("Rafaela Nascimento").await);
}
