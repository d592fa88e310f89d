//! Tests of role requests.

mod intake;
mod role;
mod states;

use meridian::ids::RequestId;
use meridian::requests::State;

use crate::support::app::{Answer, App, Person};
use crate::support::clients::{seed, version};

pub async fn app() -> App {
    let app = App::start().await;
    seed(&app).await;
    app
}

pub fn id_of(path: &str) -> RequestId {
    path.rsplit('/').next().unwrap().parse().expect("a request's path")
}

pub async fn state_of(app: &App, id: RequestId) -> State {
    let text: String = sqlx::query_scalar("select state from role_requests where id = $1")
        .bind(id.0)
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    State::parse(&text).unwrap()
}

pub async fn act(person: &Person, path: &str, verb: &str, reason: &str) -> Answer {
    let version = version(person, path).await;
    person
        .post(&format!("{path}/{verb}"), &[("version", &version), ("reason", reason)])
        .await
}
