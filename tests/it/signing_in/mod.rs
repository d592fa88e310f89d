//! What stands between an account and a stranger: limits, the second factor, sessions, and the proof before grave acts.

mod limits;
mod passwords;
mod second_factor;
mod seen;
mod sessions;

use actix_web::http::StatusCode;
use chrono::Utc;

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

async fn seed_track(app: &App) {
    sqlx::query("insert into tracks (id, slug, name, created_at) values ($1, 'only', 'Only', $2)")
        .bind(uuid::Uuid::now_v7())
        .bind(app.clock.now())
        .execute(app.db.pool())
        .await
        .expect("a track");
}
