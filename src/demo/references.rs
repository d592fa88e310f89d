//! Two people who worked with the demo's candidate: one has answered and lets them read it, one has not answered yet.

use sqlx::PgConnection;

use super::ACCOUNTS;
use super::agency::{Stage, user};
use super::steps::candidate_of;
use crate::error::{AppError, AppResult};
use crate::events::{Actor, Agent};
use crate::vetting::references::actions::{self, NotEntered, Opened};
use crate::vetting::references::store::{Agreed, Referee, lock};
use crate::vetting::references::{Again, Answer, Identity, Rating, Relation, Said};

fn entered<T>(done: Result<T, NotEntered>) -> AppResult<T> {
    done.map_err(|refused| match refused {
        NotEntered::Field(_, words) => AppError::internal(words),
        NotEntered::Other(error) => error,
    })
}

/// The whole of it.
pub(super) async fn references(tx: &mut PgConnection, stage: &Stage) -> AppResult<()> {
    let own = user(tx, ACCOUNTS[3]).await?;
    let Some(candidate) = candidate_of(tx, own).await? else {
        return Ok(());
    };
    let (me, by) = (Actor::user(own), Actor::user(user(tx, ACCOUNTS[1]).await?));
    let day = |days| stage.days_ago(days);
    let manager = Referee {
        name: "Teresa Aguilar".to_owned(),
        email: "teresa.aguilar@cauda.test".to_owned(),
        relation: Relation::Manager,
        company: "Cauda Pagos".to_owned(),
        worked: "2021 to 2024".to_owned(),
    };
    let colleague = Referee {
        name: "Samuel Ferreira".to_owned(),
        email: "samuel.ferreira@cauda.test".to_owned(),
        relation: Relation::Colleague,
        company: "Cauda Pagos".to_owned(),
        worked: "2022 to 2024".to_owned(),
    };
    let first = entered(actions::enter(tx, &me, day(9), candidate, &manager, Agreed::Named).await)?;
    entered(actions::send(tx, &by, day(8), &stage.tokens, candidate, first).await)?;
    let second = entered(actions::enter(tx, &me, day(9), candidate, &colleague, Agreed::Named).await)?;
    entered(actions::send(tx, &by, day(4), &stage.tokens, candidate, second).await)?;

    // As if she had opened the letter: she has no account.
    let request = lock(tx, candidate, first).await?.ok_or(AppError::NotFound)?;
    let token = request.link.map(|link| stage.tokens.of(link)).unwrap_or_default();
    let Opened::Open(request) = actions::open(tx, day(6), &token).await? else {
        return Err(AppError::internal("the demo's referee has no open request"));
    };
    let referee = Actor {
        agent: Agent::Visitor,
        network: None,
        request_id: None,
    };
    let who = Identity {
        name: manager.name,
        role: "Head of payments".to_owned(),
        company: manager.company,
        knows: "Reported to me for three years; we rebuilt the ledger together.".to_owned(),
        email: String::new(),
    };
    actions::confirm(tx, &referee, day(6), &request, &who).await?;
    let words = [
        (
            Some(Rating::Strong),
            "Three years, the whole ledger team reported to me.",
        ),
        (
            Some(Rating::Strong),
            "The settlement service. When a batch ran twice they told me before anybody noticed, and wrote the test the same night.",
        ),
        (
            Some(Rating::Solid),
            "We argued about actors for a week; a benchmark ended it.",
        ),
        (None, ""),
    ];
    let answer = |(question, (rating, text)): (&crate::vetting::references::Question, (Option<Rating>, &str))| Answer {
        question: question.question.clone(),
        rating,
        anchor: rating
            .map(|rating| question.anchor(rating).to_owned())
            .unwrap_or_default(),
        text: text.to_owned(),
    };
    let said = Said {
        answers: request.questions().iter().zip(words).map(answer).collect(),
        again: Again::Yes,
        further: String::new(),
        may_read: true,
    };
    actions::answer(tx, &referee, day(6), &request, &said).await
}
