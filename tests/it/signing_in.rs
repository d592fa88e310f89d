//! What stands between an account and a stranger: limits, the second factor, sessions, and the proof before grave acts.

use actix_web::http::StatusCode;
use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use meridian::accounts::Role;
use meridian::accounts::second_factor::Codes;

use crate::support::app::{Answer, App, PASSWORD, Person};

const ANA: &str = "recruiter@agency.test";

async fn guess(person: &Person, email: &str) -> Answer {
    person
        .post("/login", &[("email", email), ("password", "wrong guess")])
        .await
}

fn seconds(answer: &Answer) -> i64 {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.text());
    answer.headers["retry-after"].parse().expect("seconds")
}

#[actix_web::test]
async fn ten_guesses_at_an_address_are_enough_on_every_server_and_after_a_restart() {
    let app = App::start().await;
    app.user(Role::Recruiter, ANA, None).await;
    let twin = app.twin("").await;
    // Known and unknown alike, and neither spelling nor server makes another address of it.
    for email in [ANA, "nobody@agency.test"] {
        for number in 0..10 {
            let at = if number % 2 == 0 { &app.url } else { &twin };
            let spelled = if number % 3 == 0 {
                email.to_uppercase()
            } else {
                format!(" {email}")
            };
            let answer = guess(&app.stranger_at(at), &spelled).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
        }
        let eleventh = guess(&app.stranger_at(&twin), email).await;
        assert_eq!(seconds(&eleventh), 90);
        assert!(eleventh.has(email) && eleventh.has("90 seconds"), "{}", eleventh.text());
    }
    // The right password is no way round, a server that starts now knows it too, and others are not touched.
    let right = [("email", ANA), ("password", PASSWORD)];
    let fresh = app.twin("").await;
    seconds(&app.stranger_at(&fresh).post("/login", &right).await);
    assert_eq!(
        guess(&app.stranger(), "other@agency.test").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    app.clock.advance(TimeDelta::seconds(90));
    assert_eq!(app.stranger().post("/login", &right).await.to(), "/desk");
    // A success costs nothing: one guess is free again, not two.
    assert_eq!(
        guess(&app.stranger(), ANA).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    seconds(&guess(&app.stranger(), ANA).await);
    app.clock.advance(TimeDelta::minutes(15));
    for _ in 0..10 {
        assert_eq!(
            guess(&app.stranger(), ANA).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    seconds(&guess(&app.stranger(), ANA).await);
    // The log says who was tried, and holds no address that nobody has.
    let failed: Vec<(String, i64)> = sqlx::query_as(
        "select subject_kind, count(*) from events where kind = 'user.sign_in_failed' group by 1 order by 1",
    )
    .fetch_all(app.db.pool())
    .await
    .expect("events");
    assert_eq!(failed, [("address".to_owned(), 11), ("user".to_owned(), 21)]);
}

#[actix_web::test]
async fn guesses_side_by_side_are_counted_before_they_are_judged() {
    let app = App::start().await;
    app.user(Role::Recruiter, ANA, None).await;
    let twin = app.twin("").await;
    let all = (0..40).map(|number| {
        let person = app.stranger_at(if number % 2 == 0 { &app.url } else { &twin });
        async move { guess(&person, ANA).await.status }
    });
    let answers = join_all(all).await;
    let judged = answers
        .iter()
        .filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY)
        .count();
    let refused = answers
        .iter()
        .filter(|status| **status == StatusCode::TOO_MANY_REQUESTS)
        .count();
    assert_eq!((judged, refused), (10, 30), "{answers:?}");
}

#[actix_web::test]
async fn a_stranger_does_not_lock_the_owner_out_of_a_browser_that_is_known() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    ana.post("/logout", &[]).await.to();
    while guess(&app.stranger(), ANA).await.status != StatusCode::TOO_MANY_REQUESTS {}
    let right = [("email", ANA), ("password", PASSWORD)];
    seconds(&app.stranger().post("/login", &right).await);
    assert_eq!(ana.post("/login", &right).await.to(), "/desk");
    // The mark is worth ten guesses as well, and nothing at another address.
    ana.post("/logout", &[]).await.to();
    for _ in 0..10 {
        assert_eq!(guess(&ana, ANA).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    seconds(&guess(&ana, ANA).await);
}

#[actix_web::test]
async fn one_password_tried_at_many_addresses_ends_at_the_network() {
    let app = App::start().await;
    let behind = app.twin("127.0.0.1").await;
    let spray = async |url: &str, number: usize, address: &str| {
        let email = format!("person{number}@company.test");
        app.stranger_at(url)
            .post_with(
                "/login",
                &[("email", &email), ("password", "Summer2026!")],
                &[("x-forwarded-for", address)],
            )
            .await
            .status
    };
    // Behind a trusted proxy each browser counts for itself.
    for number in 0..50 {
        assert_eq!(
            spray(&behind, number, "203.0.113.7").await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{number}"
        );
    }
    assert_eq!(spray(&behind, 50, "203.0.113.7").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        spray(&behind, 50, "10.9.9.9, 203.0.113.7").await,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(
        spray(&behind, 50, "203.0.113.8").await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // Without a trusted proxy the header is only what a stranger wrote: they are all one network.
    for number in 0..50 {
        let claimed = format!("198.51.100.{number}");
        assert_eq!(
            spray(&app.url, 100 + number, &claimed).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{number}"
        );
    }
    assert_eq!(
        spray(&app.url, 200, "198.51.100.200").await,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[actix_web::test]
async fn a_clock_that_was_set_back_keeps_nobody_out_for_long() {
    let app = App::start().await;
    app.user(Role::Recruiter, ANA, None).await;
    app.clock.advance(TimeDelta::days(400));
    while guess(&app.stranger(), ANA).await.status != StatusCode::TOO_MANY_REQUESTS {}
    // By a little, as two servers differ: the limit holds. By much: what was counted is no measure any more.
    app.clock.advance(TimeDelta::minutes(-10));
    let wait = seconds(&guess(&app.stranger(), ANA).await);
    assert!(wait <= 25 * 60, "{wait}");
    app.clock.advance(TimeDelta::days(-400));
    let right = [("email", ANA), ("password", PASSWORD)];
    assert_eq!(app.stranger().post("/login", &right).await.to(), "/desk");
    for _ in 0..10 {
        assert_eq!(
            guess(&app.stranger(), ANA).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    seconds(&guess(&app.stranger(), ANA).await);
}

#[actix_web::test]
async fn whoever_asks_which_addresses_are_known_is_stopped() {
    let app = App::start().await;
    app.user(Role::Candidate, "carla@dev.test", None).await;
    seed_track(&app).await;
    let apply = async |email: &str| {
        let fields = [
            ("email", email),
            ("name", "Carla"),
            ("password", PASSWORD),
            ("zone", "America/Bogota"),
            ("country", "CO"),
            ("consent", "yes"),
        ];
        app.stranger().post("/apply", &fields).await
    };
    let first = apply("carla@dev.test").await;
    assert!(first.has("There is an account with this address"), "{}", first.text());
    for _ in 0..19 {
        assert_eq!(apply("carla@dev.test").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    seconds(&apply("new@dev.test").await);
    app.clock.advance(TimeDelta::minutes(3));
    assert_eq!(apply("new@dev.test").await.to(), "/me");
}

async fn seed_track(app: &App) {
    sqlx::query("insert into tracks (id, slug, name, created_at) values ($1, 'only', 'Only', $2)")
        .bind(uuid::Uuid::now_v7())
        .bind(app.clock.now())
        .execute(app.db.pool())
        .await
        .expect("a track");
}

/// The codes of an account, as its phone makes them.
struct Phone {
    key: String,
}

impl Phone {
    /// Reads the key from the page, as somebody without a camera does.
    async fn set_up(app: &App, person: &Person) -> (Self, Vec<String>) {
        person.post("/account/second-factor/begin", &[]).await.to();
        let page = person.page("/account/second-factor").await;
        let (_, rest) = page
            .split_once("Type this key: <span class=\"mono\">")
            .expect("the key");
        let phone = Self {
            key: rest.split('<').next().unwrap_or_default().replace(' ', ""),
        };
        let code = phone.code(app.clock.now());
        let answer = person.post("/account/second-factor/confirm", &[("code", &code)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let text = answer.text();
        let (_, list) = text.split_once("codes mono\">").expect("recovery codes");
        let codes: Vec<String> = list
            .split("</ul>")
            .next()
            .unwrap_or_default()
            .split("<li>")
            .filter_map(|item| item.strip_suffix("</li>").map(str::to_owned))
            .collect();
        assert_eq!(codes.len(), 10);
        (phone, codes)
    }

    fn code(&self, now: chrono::DateTime<Utc>) -> String {
        let secret = totp_rs::Secret::try_from_base32(&self.key).expect("base 32");
        let totp = totp_rs::Builder::new().with_secret(secret).build().expect("a secret");
        totp.generate(u64::try_from(now.timestamp()).expect("after 1970"))
            .to_string()
    }
}

async fn password(person: &Person) -> Answer {
    person.post("/login", &[("email", ANA), ("password", PASSWORD)]).await
}

#[actix_web::test]
async fn a_second_factor_is_asked_for_after_the_password_and_each_code_counts_once() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    let (phone, recovery) = Phone::set_up(&app, &ana).await;
    app.clock.advance(TimeDelta::seconds(60));
    let now = app.clock.now();
    let person = app.stranger();
    assert_eq!(password(&person).await.to(), "/login/code");
    // The password alone opens nothing.
    assert_eq!(person.get("/desk").await.to(), "/login?next=%2Fdesk");
    let wrong = person.post("/login/code", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = phone.code(now);
    assert_eq!(person.post("/login/code", &[("code", &code)]).await.to(), "/desk");
    person.page("/desk").await;
    // Read over a shoulder: the same code, and an earlier one, are worth nothing.
    let thief = app.stranger();
    password(&thief).await.to();
    for used in [code, phone.code(now - TimeDelta::seconds(30))] {
        let again = thief.post("/login/code", &[("code", &used)]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // A recovery code, as typed by hand, once.
    let typed = recovery[3].replace('-', " ").to_uppercase();
    assert_eq!(thief.post("/login/code", &[("code", &typed)]).await.to(), "/desk");
    let other = app.stranger();
    password(&other).await.to();
    let again = other.post("/login/code", &[("code", &recovery[3])]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Too late after the password, and never without it.
    app.clock.advance(TimeDelta::minutes(11));
    let late = other
        .post("/login/code", &[("code", &phone.code(app.clock.now()))])
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let nobody = app
        .stranger()
        .post("/login/code", &[("code", &phone.code(app.clock.now()))])
        .await;
    assert_eq!(nobody.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn codes_cannot_be_tried_out_and_a_letter_is_no_way_round() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    let (phone, _) = Phone::set_up(&app, &ana).await;
    app.clock.advance(TimeDelta::seconds(60));
    let mut people = Vec::new();
    for _ in 0..12 {
        let person = app.stranger();
        password(&person).await.to();
        people.push(person);
    }
    let guesses = people.iter().enumerate().map(|(number, person)| async move {
        person
            .post("/login/code", &[("code", &format!("{number:06}"))])
            .await
            .status
    });
    let answers = join_all(guesses).await;
    let judged = answers
        .iter()
        .filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY)
        .count();
    assert_eq!(judged, 5, "{answers:?}");
    app.clock.advance(TimeDelta::minutes(15));
    // A new password by letter: whoever reads the mailbox stands before the code as well.
    let stranger = app.stranger();
    stranger.post("/forgot", &[("email", ANA)]).await;
    app.drain().await;
    let path = app.link(ANA, "/reset/");
    let answer = stranger.post(&path, &[("password", "another long one")]).await;
    assert_eq!(answer.to(), "/login/code");
    assert_eq!(stranger.get("/desk").await.to(), "/login?next=%2Fdesk");
    let code = phone.code(app.clock.now());
    assert_eq!(stranger.post("/login/code", &[("code", &code)]).await.to(), "/desk");
}

#[actix_web::test]
async fn an_admin_asks_the_staff_for_it_and_helps_who_lost_the_phone() {
    let app = App::start().await;
    let (admin, ana) = (app.admin().await, app.recruiter().await);
    let demand = async |person: &Person, answer: &str| {
        person
            .post("/admin/settings/second-factor", &[("demand", answer)])
            .await
            .status
    };
    // Whoever demands has one.
    assert_eq!(demand(&admin, "yes").await, StatusCode::CONFLICT);
    Phone::set_up(&app, &admin).await;
    assert_eq!(demand(&admin, "yes").await, StatusCode::SEE_OTHER);
    // The staff without one reach their account and nothing else, by any route.
    assert_eq!(ana.get("/desk").await.to(), "/account/second-factor");
    assert_eq!(ana.get("/candidates").await.to(), "/account/second-factor");
    assert_eq!(ana.post("/candidates", &[]).await.status, StatusCode::CONFLICT);
    assert!(ana.page("/account/second-factor").await.contains("Waiting on you"));
    Phone::set_up(&app, &ana).await;
    ana.page("/desk").await;
    assert_eq!(
        ana.post("/account/second-factor/off", &[]).await.status,
        StatusCode::CONFLICT
    );
    // Phone and codes lost: an admin takes it away, everybody is told, the sessions end.
    let id: uuid::Uuid = sqlx::query_scalar("select id from users where email = $1")
        .bind(ANA)
        .fetch_one(app.db.pool())
        .await
        .expect("the user");
    admin
        .post(&format!("/admin/people/{id}/second-factor/off"), &[])
        .await
        .to();
    assert_eq!(ana.get("/account").await.to(), "/login?next=%2Faccount");
    app.drain().await;
    let told = app.letters(ANA);
    assert!(
        told.last()
            .is_some_and(|letter| letter.contains("asks for no code any more")),
        "{told:?}"
    );
    assert_eq!(demand(&admin, "no").await, StatusCode::SEE_OTHER);
    password(&ana).await.to();
    ana.page("/desk").await;
}

#[actix_web::test]
async fn money_roles_and_the_way_in_ask_for_a_fresh_proof() {
    let app = App::start().await;
    let admin = app.admin().await;
    let id = app.user(Role::Recruiter, ANA, None).await;
    let acts = [
        "/admin/rates".to_owned(),
        "/admin/markups".to_owned(),
        "/admin/people/invitations".to_owned(),
        "/admin/settings/second-factor".to_owned(),
        "/account/second-factor/begin".to_owned(),
        format!("/admin/people/{id}/role"),
        format!("/admin/people/{id}/deactivate"),
        format!("/admin/people/{id}/second-factor/off"),
    ];
    app.clock.advance(TimeDelta::minutes(31));
    for path in &acts {
        let answer = admin.post(path, &[("role", "admin")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.has("href=\"/account/prove\""), "{path}");
    }
    let role: String = sqlx::query_scalar("select role from users where id = $1")
        .bind(id.0)
        .fetch_one(app.db.pool())
        .await
        .expect("the user");
    assert_eq!(role, "recruiter");
    for _ in 0..10 {
        let wrong = admin.post("/account/prove", &[("password", "wrong guess")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = [("password", PASSWORD), ("next", "/admin/people")];
    seconds(&admin.post("/account/prove", &right).await);
    app.clock.advance(TimeDelta::minutes(15));
    assert_eq!(admin.post("/account/prove", &right).await.to(), "/admin/people");
    // The form that waited beside is sent again.
    let again = admin
        .post(&format!("/admin/people/{id}/role"), &[("role", "admin")])
        .await;
    assert_eq!(again.to(), "/admin/people");
    // Somebody with a second factor proves it by a code; the password is not asked for.
    let (phone, _) = Phone::set_up(&app, &admin).await;
    app.clock.advance(TimeDelta::minutes(40));
    let by_password = admin.post("/account/prove", &right).await;
    assert_eq!(by_password.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = phone.code(app.clock.now());
    let by_code = admin
        .post("/account/prove", &[("code", &code), ("next", "//evil.example")])
        .await;
    assert_eq!(by_code.status, StatusCode::OK);
    assert!(by_code.has("Thank you") && !by_code.has("evil"));
}

#[actix_web::test]
async fn somebody_sees_and_ends_the_own_sessions_and_nobody_elses() {
    let app = App::start().await;
    let here = app.recruiter().await;
    let there = app.sign_in(ANA).await;
    let admin = app.admin().await;
    let page = here.page("/account/sessions").await;
    let ends: Vec<&str> = page
        .match_indices("/end\"")
        .map(|(at, _)| &page[at - 36..at])
        .filter(|id| id.parse::<uuid::Uuid>().is_ok())
        .collect();
    assert_eq!(ends.len(), 1, "one other browser: {page}");
    let path = format!("/account/sessions/{}/end", ends[0]);
    assert_eq!(admin.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    there.page("/desk").await;
    assert_eq!(here.post(&path, &[]).await.to(), "/account/sessions");
    assert_eq!(there.get("/desk").await.to(), "/login?next=%2Fdesk");
    assert_eq!(here.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    let third = app.sign_in(ANA).await;
    assert_eq!(here.post("/account/sessions/end-all", &[]).await.to(), "/login");
    for person in [&here, &third] {
        assert_eq!(person.get("/desk").await.to(), "/login?next=%2Fdesk");
    }
    admin.page("/desk").await;
}

#[actix_web::test]
async fn a_session_ends_when_it_is_not_used_and_after_a_month_in_any_case() {
    let app = App::start().await;
    let (idle, busy) = (app.recruiter().await, app.sign_in(ANA).await);
    for _ in 0..29 {
        app.clock.advance(TimeDelta::days(1));
        busy.page("/desk").await;
    }
    assert_eq!(idle.get("/desk").await.to(), "/login?next=%2Fdesk");
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(busy.get("/desk").await.to(), "/login?next=%2Fdesk");
    // Nothing is kept of it for ever.
    app.clock.advance(TimeDelta::days(31));
    app.drain().await;
    let left: i64 = sqlx::query_scalar("select count(*) from sign_ins")
        .fetch_one(app.db.pool())
        .await
        .expect("a number");
    assert_eq!(left, 0);
}

#[actix_web::test]
async fn the_database_refuses_what_the_app_would_not_do() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    Phone::set_up(&app, &ana).await;
    let refused = async |statement: &str| {
        let error = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
            .execute(app.db.pool())
            .await
            .expect_err(statement);
        meridian::db::constraint_of(&error).unwrap_or_default().to_owned()
    };
    assert_eq!(
        refused("update second_factors set last_step = last_step - 1").await,
        "second_factors_code_once"
    );
    sqlx::query("update recovery_codes set used_at = '2026-11-23'")
        .execute(app.db.pool())
        .await
        .expect("used");
    assert_eq!(
        refused("update recovery_codes set used_at = null").await,
        "recovery_codes_used_once"
    );
    assert_eq!(
        refused(
            "insert into settings (name, value, changed_at) values ('staff_second_factor', '\"yes\"', '2026-11-23')"
        )
        .await,
        "settings_staff_second_factor"
    );
    assert_eq!(
        refused("insert into settings (name, value, changed_at) values ('other', 'true', '2026-11-23')").await,
        "settings_known"
    );
    // The secret is nowhere in the database: only what it is made from.
    let salt: uuid::Uuid = sqlx::query_scalar("select salt from second_factors")
        .fetch_one(app.db.pool())
        .await
        .expect("a salt");
    let foreign = meridian::tokens::Tokens::new(b"the secret of another installation");
    let now = app.clock.now();
    assert_ne!(
        Codes::new(&app.parts.tokens, salt).key(),
        Codes::new(&foreign, salt).key()
    );
    assert!(Codes::new(&app.parts.tokens, salt).step("000000", now).is_none());
}
