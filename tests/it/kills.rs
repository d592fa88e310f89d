//! The whole installation is killed after every answer that said "done", by a loop: nothing that was said is lost, and
//! nobody is signed out.

use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use meridian::clock::Clock;

use crate::support::app::{Answer, PASSWORD, Person};
use crate::support::clients::{account, brief_with, version};
use crate::support::installation::Installation;

/// The people of the main job, with what they have found out so far.
struct Job {
    installation: Installation,
    recruiter: Person,
    client: Person,
    request: String,
}

/// One act of somebody, and what must be seen after the crash that follows it.
struct Step {
    name: &'static str,
    act: for<'a> fn(&'a mut Job) -> Work<'a>,
    seen: for<'a> fn(&'a mut Job) -> Work<'a>,
}

type Work<'a> = futures_util::future::LocalBoxFuture<'a, ()>;

const STEPS: &[Step] = &[
    Step {
        name: "the operator invites a recruiter, who accepts",
        act: |job| {
            Box::pin(async {
                let said = job
                    .installation
                    .command(&["invite", "--role", "recruiter", "ana@agency.test"])
                    .await;
                let link = said
                    .lines()
                    .find(|line| line.contains("/invitations/"))
                    .expect("a link")
                    .to_owned();
                job.installation.crash().await;
                let path = link.trim_start_matches(&job.installation.url()).to_owned();
                let fields = [("name", "Ana"), ("password", PASSWORD)];
                done(&job.recruiter.post(&path, &fields).await);
            })
        },
        seen: |job| Box::pin(async { drop(job.recruiter.page("/desk").await) }),
    },
    Step {
        name: "a client registers with a request",
        act: |job| {
            Box::pin(async {
                let start = (Clock::system().now() + chrono::TimeDelta::days(30))
                    .format("%Y-%m-%d")
                    .to_string();
                let mut fields = brief_with(&[("start_on", start.leak())]);
                fields.extend(account("Halyard Payments", "clara@halyard.test"));
                let answer = job.client.post("/start", &fields).await;
                done(&answer);
                answer.to().clone_into(&mut job.request);
            })
        },
        seen: |job| {
            Box::pin(async {
                let page = job.client.page(&job.request).await;
                assert!(
                    page.contains("Ledger services") && page.contains("0 of 3 filled"),
                    "{page}"
                );
                job.recruiter.page(&job.request).await;
            })
        },
    },
    Step {
        name: "the client accepts the promise",
        act: |job| {
            Box::pin(async {
                let fields = [("accepted_name", "Clara Client"), ("agreed", "yes")];
                done(&job.client.post("/agreement", &fields).await);
            })
        },
        seen: |job| {
            Box::pin(async {
                let page = job.client.page("/agreement").await;
                assert!(page.contains("Clara Client"), "{page}");
            })
        },
    },
    Step {
        name: "the recruiter asks, the client answers",
        act: |job| {
            Box::pin(async {
                act(&job.recruiter, &job.request, "ask", "Which queue is it?").await;
                job.installation.crash().await;
                act(&job.client, &job.request, "answer", "A queue of our own").await;
            })
        },
        seen: |job| {
            Box::pin(async {
                let page = job.recruiter.page(&job.request).await;
                assert!(page.contains("A queue of our own"), "{page}");
            })
        },
    },
    Step {
        name: "the recruiter opens the request",
        act: |job| Box::pin(async { act(&job.recruiter, &job.request, "open", "complete").await }),
        seen: |job| {
            Box::pin(async {
                assert_eq!(state(job).await, "open");
                job.recruiter.page(&format!("{}/matches", job.request)).await;
            })
        },
    },
];

async fn act(person: &Person, request: &str, verb: &str, reason: &str) {
    let version = version(person, request).await;
    let fields = [("version", &*version), ("reason", reason)];
    done(&person.post(&format!("{request}/{verb}"), &fields).await);
}

fn done(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

async fn state(job: &Job) -> String {
    let id = job.request.rsplit('/').next().expect("an id");
    let db = job.installation.db().await;
    sqlx::query_scalar("select state from role_requests where id = $1::uuid")
        .bind(id)
        .fetch_one(db.pool())
        .await
        .expect("the request")
}

/// Everything committed so far, counted: a crash adds nothing and takes nothing away.
async fn committed(installation: &Installation) -> Vec<i64> {
    let db = installation.db().await;
    let counts = "select array[(select count(*) from events), (select count(*) from users),
        (select count(*) from role_requests), (select count(*) from seats), (select count(*) from sessions)]";
    let counts = sqlx::query_scalar(counts).fetch_one(db.pool()).await.expect("counts");
    db.pool().close().await;
    counts
}

#[actix_web::test]
async fn kill_9_after_every_answer_loses_no_committed_step() {
    let installation = Installation::start().await;
    let url = installation.url();
    let mut job = Job {
        installation,
        recruiter: Person::at(&url),
        client: Person::at(&url),
        request: String::new(),
    };
    for step in STEPS {
        println!("{}", step.name);
        (step.act)(&mut job).await;
        let before = committed(&job.installation).await;
        job.installation.crash().await;
        assert_eq!(before, committed(&job.installation).await, "{}", step.name);
        (step.seen)(&mut job).await;
    }
    job.installation.stop().await;
}

#[actix_web::test]
async fn a_request_killed_at_any_moment_is_there_as_a_whole_or_not_at_all() {
    const ROUNDS: u32 = 8;
    let mut installation = Installation::start().await;
    let (mut whole, mut usual) = (0, Duration::ZERO);
    for round in 0..=ROUNDS {
        let before = committed(&installation).await;
        let email = format!("client{round}@halyard.test").leak();
        let company = format!("Halyard {round}").leak();
        let mut fields = brief_with(&[("start_on", "")]);
        fields.extend(account(company, email));
        let person = Person::at(&installation.url());
        // The first one is let through and tells how long it takes: the others are killed between its beginning (the
        // password's hash) and its end (commit, session, answer).
        let began = Instant::now();
        let moment = if round == 0 {
            Duration::from_mins(1)
        } else {
            usual * round / ROUNDS
        };
        let answer = tokio::time::timeout(moment, person.try_post("/start", &fields)).await;
        let answered = answer.is_ok_and(|status| status == Some(StatusCode::SEE_OTHER));
        if round == 0 {
            usual = began.elapsed();
            assert!(answered, "the request itself is right");
        }
        installation.crash().await;
        let after = committed(&installation).await;
        // Users, requests, seats: one, one and three, or none of them. Sessions and events come with them.
        let grown: Vec<i64> = after
            .iter()
            .zip(&before)
            .map(|(after, before)| after - before)
            .collect();
        let made = grown[1] == 1;
        assert_eq!(
            grown[1..4],
            if made { [1, 1, 3] } else { [0, 0, 0] },
            "round {round}: {grown:?}"
        );
        assert_eq!(grown[0] > 0, made, "round {round}: its events {grown:?}");
        assert!(made || !answered, "round {round}: said to be done, and lost");
        whole += u32::from(made);
    }
    println!("{whole} of {} were committed before the kill", ROUNDS + 1);
    installation.stop().await;
}
