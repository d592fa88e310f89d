//! What waits on somebody: an offer on the demo's candidate, a choice of the client's on its offer, a solution on its grade;
//! and one that has its grade.

use chrono::{DateTime, Days, Duration, TimeDelta, Utc};
use sqlx::PgConnection;

use super::ACCOUNTS;
use super::agency::{Stage, user};
use super::archive::zip;
use super::people::agency_day;
use super::steps::{
    Client, apply, brief, candidate_of, choose, client_of, demo_if_free, first_free, matches, offer, open,
};
use super::story::BOREALIS;
use crate::accounts::documents::actions::accept_current;
use crate::accounts::links::actions::{Owner, ask_to_confirm};
use crate::accounts::links::letters::staff_invitation;
use crate::accounts::signing_in::FIRST_EPOCH;
use crate::accounts::{Role, actions as accounts};
use crate::candidates::cv;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{AssignmentId, CandidateId, IntroductionId};
use crate::mail;
use crate::requests::Brief;
use crate::takehome::actions::{self as takehome, Graded};
use crate::takehome::rubric::{Entry, Mark};
use crate::takehome::store as assignments;
use crate::tracks::levels::Seniority;

/// Days between the filing of the two requests and now.
const FILED: i64 = 12;

/// The whole chapter.
pub(super) async fn waiting(tx: &mut PgConnection, stage: &Stage) -> AppResult<()> {
    let start = agency_day(stage) + Days::new(28);
    let borealis = client_of(tx, BOREALIS).await?;
    let routes = brief(tx, "Route planner", "America/Chicago", &[(Seniority::Senior, 1)], start).await?;
    let chosen = chosen(tx, stage, &borealis, &routes, Whom::DemoFirst).await?;
    offer(tx, &routes, chosen, stage.days_ago(1)).await?;

    let halyard = client_of(tx, ACCOUNTS[2]).await?;
    let refunds = brief(tx, "Refund service", "America/New_York", &[(Seniority::Mid, 1)], start).await?;
    self::chosen(tx, stage, &halyard, &refunds, Whom::Another).await?;

    solutions(tx, stage).await?;
    letters(tx, stage).await
}

/// What the demo accounts find among their letters: each is asked to confirm its address, and the owner invites a colleague.
async fn letters(tx: &mut PgConnection, stage: &Stage) -> AppResult<()> {
    for email in ACCOUNTS {
        let user = user(tx, email).await?;
        let name = &crate::accounts::store::owner(tx, user, FIRST_EPOCH)
            .await?
            .ok_or(AppError::NotFound)?
            .name;
        accept_current(tx, &Actor::user(user), stage.days_ago(1), user).await?;
        let owner = Owner { user, email, name };
        ask_to_confirm(tx, stage.days_ago(1), &stage.tokens, owner).await?;
    }
    let by = Actor::user(user(tx, ACCOUNTS[0]).await?);
    let (email, role) = ("new-colleague@meridian.test", Role::Recruiter);
    let (id, _) = accounts::invite(tx, &by, stage.days_ago(1), &stage.tokens, role, email).await?;
    let letter = staff_invitation(email, role, "Olivia Owner", id);
    mail::post(tx, stage.days_ago(1), letter).await?;
    let halyard = client_of(tx, ACCOUNTS[2]).await?;
    let to = (halyard.organization, "Halyard Payments");
    let who = ("finance@halyard.meridian.test", "Iris Chen");
    accounts::invite_contact(
        tx,
        &halyard.actor(),
        stage.days_ago(1),
        &stage.tokens,
        to,
        who,
        "Hannah Porter",
    )
    .await?;
    Ok(())
}

/// Whom the recruiter proposes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whom {
    /// The demo's candidate where they match, so that whoever signs in as them has an offer to answer.
    DemoFirst,
    /// The best of the others.
    Another,
}

/// A request whose client has chosen somebody; the last word was spoken two days ago.
async fn chosen(
    tx: &mut PgConnection,
    stage: &Stage,
    client: &Client,
    brief: &Brief,
    whom: Whom,
) -> AppResult<IntroductionId> {
    let recruiter = Actor::user(user(tx, ACCOUNTS[1]).await?);
    let request = open(tx, stage, client, brief, FILED).await?;
    let day = |later: i64| stage.days_ago(FILED - later) + TimeDelta::hours(1);
    let (run, best) = matches(tx, &recruiter, day(3), request, 1).await?;
    let demo = match whom {
        Whom::DemoFirst => demo_if_free(tx, &best).await?,
        Whom::Another => None,
    };
    let who = match demo {
        Some(demo) => demo,
        None => first_free(tx, &best).await?,
    };
    choose(tx, client, (request, run), who, day).await
}

/// Two people who applied some weeks ago and have uploaded their solutions: one is graded, one waits.
async fn solutions(tx: &mut PgConnection, stage: &Stage) -> AppResult<()> {
    let recruiter = Actor::user(user(tx, ACCOUNTS[1]).await?);
    let marta = ("marta.applicant@people.test", "Marta Applicant");
    let (graded, by) = apply(tx, stage, marta, ("Uruguay", "America/Montevideo"), stage.days_ago(16)).await?;
    let due = stage.days_ago(6);
    let id = takehome::invite(tx, &recruiter, stage.days_ago(14), graded, due).await?;
    let files = [("messages/Cargo.toml", CARGO), ("messages/src/main.rs", WITH_ACTORS)];
    upload(tx, stage, &by, (id, graded), &files, stage.days_ago(7)).await?;
    grade(tx, &recruiter, id, stage.days_ago(5)).await?;
    cv(tx, stage, &by, graded, stage.days_ago(15)).await?;

    let diego = ("diego.applicant@people.test", "Diego Applicant");
    let (waits, by) = apply(tx, stage, diego, ("Mexico", "America/Mexico_City"), stage.days_ago(10)).await?;
    let due = stage.now + Duration::days(1);
    let id = takehome::invite(tx, &recruiter, stage.days_ago(9), waits, due).await?;
    let files = [("messages/Cargo.toml", CARGO), ("messages/src/main.rs", WITH_A_LOCK)];
    upload(tx, stage, &by, (id, waits), &files, stage.days_ago(2)).await?;
    cv(tx, stage, &by, waits, stage.days_ago(10)).await?;
    super::checks::checks(tx, stage, graded, waits).await?;
    super::references::references(tx, stage).await?;
    let demo = user(tx, ACCOUNTS[3]).await?;
    match candidate_of(tx, demo).await? {
        Some(candidate) => cv(tx, stage, &Actor::user(demo), candidate, stage.days_ago(20)).await,
        None => Ok(()),
    }
}

/// A page of plain text, sent by the person.
async fn cv(tx: &mut PgConnection, stage: &Stage, by: &Actor, own: CandidateId, at: DateTime<Utc>) -> AppResult<()> {
    let text = "Ten years of back ends, the last four in Rust.\r\n\r\n2022 to now: ledger and settlement services, actix-web and PostgreSQL.\r\n";
    let begun = stage.blobs.begin_file(stage.now, cv::LIMIT).await;
    let mut intake = begun.map_err(AppError::internal)?;
    intake.write(text.as_bytes()).await.map_err(AppError::internal)?;
    let stored = intake.finish_file().await.map_err(AppError::internal)?;
    let file = ("cv.txt", cv::Kind::Txt);
    cv::actions::keep(tx, by, at, own, file, (stored.digest, stored.size)).await
}

/// As the page does it: stored on disk first, then referred to.
async fn upload(
    tx: &mut PgConnection,
    stage: &Stage,
    by: &Actor,
    (id, own): (AssignmentId, CandidateId),
    files: &[(&str, &str)],
    at: DateTime<Utc>,
) -> AppResult<()> {
    // Begun now and not then: by the age of its blob the sweep knows an upload under way.
    let mut intake = stage.blobs.begin(stage.now).await.map_err(AppError::internal)?;
    intake.write(&zip(files)).await.map_err(AppError::internal)?;
    let stored = intake.finish().await.map_err(AppError::internal)?;
    takehome::receive(tx, by, at, id, own, "messages.zip", stored)
        .await
        .map(drop)
}

/// Marks for the five criteria of the first track, in their order.
const MARKS: [(&str, &str); 5] = [
    ("3", "Owned values, no needless clones."),
    ("3", ""),
    (
        "4",
        "One actor that owns the list, and a sentence on why a lock would do as well.",
    ),
    ("2", "Broken JSON is answered; a full mailbox is not."),
    ("4", "Both endpoints answer as asked, also under load."),
];

async fn grade(tx: &mut PgConnection, by: &Actor, id: AssignmentId, at: DateTime<Utc>) -> AppResult<()> {
    let assignment = assignments::assignment(tx, id, None).await?;
    let submission = assignments::submissions(tx, id)
        .await?
        .first()
        .map(|last| last.id)
        .ok_or(AppError::NotFound)?;
    // An admin may have given the rubric more criteria since: those were not assessed.
    let marks = MARKS.into_iter().chain(std::iter::repeat(("na", "")));
    let entries: Vec<Entry> = marks
        .take(assignment.criteria.len())
        .map(|(mark, comment)| Entry {
            mark: Mark::parse(mark),
            comment: comment.to_owned(),
        })
        .collect();
    let graded = Graded {
        submission,
        entries: &entries,
        passed: true,
        feedback: "A clear service, and the reasons for its shape are written down. Next time answer a full queue with 503 \
                   instead of letting the sender wait.",
    };
    takehome::grade(tx, by, at, id, &graded).await
}

const CARGO: &str = r#"[package]
name = "messages"
version = "0.1.0"
edition = "2024"

[dependencies]
actix-web = "4"
serde = { version = "1", features = ["derive"] }
tokio = { version = "1", features = ["sync"] }
"#;

const WITH_A_LOCK: &str = r#"use std::sync::RwLock;

use actix_web::{App, HttpResponse, HttpServer, get, post, web};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Message {
    text: String,
}

// Readers do not wait for each other and nothing is awaited under the lock: an actor would be one queue more.
type Messages = web::Data<RwLock<Vec<Message>>>;

#[get("/messages")]
async fn list(messages: Messages) -> HttpResponse {
    match messages.read() {
        Ok(messages) => HttpResponse::Ok().json(&*messages),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

#[post("/messages")]
async fn add(messages: Messages, new: web::Json<Message>) -> HttpResponse {
    let new = new.into_inner();
    if new.text.trim().is_empty() {
        return HttpResponse::UnprocessableEntity().body("text is empty");
    }
    match messages.write() {
        Ok(mut messages) => messages.push(new.clone()),
        Err(_) => return HttpResponse::InternalServerError().finish(),
    }
    HttpResponse::Created().json(new)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let first = vec![Message { text: "hello".to_owned() }];
    let messages: Messages = web::Data::new(RwLock::new(first));
    HttpServer::new(move || App::new().app_data(messages.clone()).service(list).service(add))
        .bind(("127.0.0.1", 8080))?
        .run()
        .await
}
"#;

const WITH_ACTORS: &str = r#"use actix_web::{App, HttpResponse, HttpServer, get, post, web};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

#[derive(Clone, Serialize, Deserialize)]
struct Message {
    text: String,
}

// One task owns the list. A lock would do as well; this shape stays when the list moves behind a database.
enum Ask {
    All(oneshot::Sender<Vec<Message>>),
    Keep(Message, oneshot::Sender<Message>),
}

async fn keeper(mut asked: mpsc::Receiver<Ask>) {
    let mut kept = vec![Message { text: "hello".to_owned() }];
    while let Some(ask) = asked.recv().await {
        match ask {
            Ask::All(answer) => drop(answer.send(kept.clone())),
            Ask::Keep(new, answer) => {
                kept.push(new.clone());
                drop(answer.send(new));
            }
        }
    }
}

#[get("/messages")]
async fn list(keeper: web::Data<mpsc::Sender<Ask>>) -> HttpResponse {
    let (answer, all) = oneshot::channel();
    match (keeper.send(Ask::All(answer)).await, all.await) {
        (Ok(()), Ok(all)) => HttpResponse::Ok().json(all),
        _ => HttpResponse::ServiceUnavailable().finish(),
    }
}

#[post("/messages")]
async fn add(keeper: web::Data<mpsc::Sender<Ask>>, new: web::Json<Message>) -> HttpResponse {
    let (answer, kept) = oneshot::channel();
    match (keeper.send(Ask::Keep(new.into_inner(), answer)).await, kept.await) {
        (Ok(()), Ok(kept)) => HttpResponse::Created().json(kept),
        _ => HttpResponse::ServiceUnavailable().finish(),
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let (sender, receiver) = mpsc::channel(64);
    actix_web::rt::spawn(keeper(receiver));
    HttpServer::new(move || App::new().app_data(web::Data::new(sender.clone())).service(list).service(add))
        .bind(("127.0.0.1", 8080))?
        .run()
        .await
}
"#;
