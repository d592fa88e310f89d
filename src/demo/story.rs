//! Two invented clients, what they asked for, and how it went.

use chrono::{Days, Duration};
use sqlx::PgConnection;

use super::ACCOUNTS;
use super::agency::{Stage, user};
use super::people::{agency_day, track};
use super::steps::{
    advance, apply, brief, candidate_of, client, client_of, consent, hire, introduction, matches, open, shortlist,
};
use crate::candidates::{
    self,
    about::About,
    notes,
    off_limits::{self, actions::UnderWay},
    rejection::{self, Reason},
};
use crate::error::AppResult;
use crate::events::Actor;
use crate::introductions::actions as introducing;
use crate::organizations::terms::Cause;
use crate::placements::actions as placing;
use crate::promises;
use crate::requests::actions::{self as requesting, Filing};
use crate::requests::{Move, SkillNeed};
use crate::takehome;
use crate::tracks::levels::Seniority;

/// The contact of the second client.
pub(super) const BOREALIS: &str = "borealis@clients.test";

/// What came before: a hire whose guarantee runs, and one who left inside it.
pub(super) async fn history(tx: &mut PgConnection, stage: &Stage) -> AppResult<()> {
    let halyard = client(
        tx,
        stage,
        ("Halyard Payments", "America/New_York"),
        (ACCOUNTS[2], "Hannah Porter"),
        76,
    )
    .await?;
    let gateway = brief(
        tx,
        "Payment gateway",
        "America/New_York",
        &[(Seniority::Senior, 1)],
        agency_day(stage) - Days::new(11),
    )
    .await?;
    hire(tx, stage, &halyard, &gateway, 74).await?;

    let borealis = client(
        tx,
        stage,
        ("Borealis Freight", "America/Chicago"),
        (BOREALIS, "Ben Okafor"),
        70,
    )
    .await?;
    let tracker = brief(
        tx,
        "Shipment tracker",
        "America/Chicago",
        &[(Seniority::Mid, 1)],
        agency_day(stage) - Days::new(24),
    )
    .await?;
    let left = hire(tx, stage, &borealis, &tracker, 68).await?;
    let departed = placing::Departed {
        last_working_day: agency_day(stage) - Days::new(3),
        cause: Cause::Resigned,
        note: "Took a place closer to home.".to_owned(),
    };
    placing::depart(
        tx,
        &borealis.actor(),
        stage.days_ago(2),
        left,
        borealis.seen(),
        &departed,
    )
    .await?;
    Ok(())
}

/// What is under way: an open request with people at every stage, one to open, one that waits for an answer, two new
/// applications, and a challenge for the demo's candidate.
pub(super) async fn today(tx: &mut PgConnection, stage: &Stage) -> AppResult<()> {
    let recruiter = Actor::user(user(tx, ACCOUNTS[1]).await?);
    let halyard = client_of(tx, ACCOUNTS[2]).await?;
    let start = agency_day(stage) + Days::new(21);
    let seats = [(Seniority::Senior, 1), (Seniority::Mid, 2)];
    let mut ledger = brief(tx, "Ledger services", "America/New_York", &seats, start).await?;
    // Rust alone is asked for, so that the survey's people, whose other answers are missing, stand "to confirm" here.
    let others = ledger.must.split_off(1);
    ledger
        .nice
        .extend(others.into_iter().map(|need| SkillNeed { degree: 5, ..need }));
    let request = open(tx, stage, &halyard, &ledger, 9).await?;
    let (run, mut best) = matches(tx, &recruiter, stage.days_ago(6), request, 1).await?;
    let own = candidates::store::load_all(tx, &best).await?;
    let demo_user = user(tx, ACCOUNTS[3]).await?;
    // The demo's candidate is proposed too, wherever in the list.
    let demo = own
        .iter()
        .find(|person| person.user == Some(demo_user))
        .map(|person| person.id);
    best.retain(|id| Some(*id) != demo);
    best.truncate(4);
    best.extend(demo);
    shortlist(tx, &recruiter, stage.days_ago(6), request, 1, run, &best).await?;
    for (place, candidate) in best.iter().enumerate().take(3) {
        let id = introduction(tx, request, 1, *candidate).await?;
        consent(tx, *candidate, id, stage.days_ago(5)).await?;
        if place == 2 {
            introducing::interview(tx, &halyard.actor(), stage.days_ago(3), id, halyard.seen(), None).await?;
        }
    }
    let fraud = brief(
        tx,
        "Fraud scoring",
        "America/New_York",
        &[(Seniority::Mid, 1)],
        start + Days::new(30),
    )
    .await?;
    let track_id = track(tx).await?;
    requesting::file(
        tx,
        &halyard.actor(),
        stage.days_ago(1),
        (halyard.organization, track_id),
        &fraud,
        Filing::Submit,
    )
    .await?;

    let borealis = client_of(tx, BOREALIS).await?;
    let customs = brief(
        tx,
        "Customs documents",
        "America/Chicago",
        &[(Seniority::Senior, 1)],
        start,
    )
    .await?;
    let track_id = track(tx).await?;
    let by = borealis.actor();
    let asked = requesting::file(
        tx,
        &by,
        stage.days_ago(4),
        (borealis.organization, track_id),
        &customs,
        Filing::Submit,
    )
    .await?;
    let question = "How many documents a minute, and who runs the queue today?";
    advance(tx, &recruiter, stage.days_ago(3), asked, Move::Ask, question).await?;

    applications(tx, stage).await?;
    if let Some(candidate) = candidate_of(tx, demo_user).await? {
        let due = stage.now + Duration::days(5);
        takehome::actions::invite(tx, &recruiter, stage.days_ago(1), candidate, due).await?;
    }
    Ok(())
}

/// Two people who applied this week and wait for their vetting.
async fn applications(tx: &mut PgConnection, stage: &Stage) -> AppResult<()> {
    let irene = ("irene.applicant@people.test", "Irene Applicant");
    let (irene, _) = apply(tx, stage, irene, ("Colombia", "America/Bogota"), stage.days_ago(2)).await?;
    let recruiter = Actor::user(user(tx, ACCOUNTS[1]).await?);
    let rule = off_limits::store::NewRule {
        candidate: irene,
        organization: client_of(tx, BOREALIS).await?.organization,
        reason: "Worked there until the spring and asked not to be proposed to them for a year.",
        ends_on: Some(agency_day(stage) + Days::new(180)),
    };
    off_limits::actions::make(tx, &recruiter, stage.days_ago(1), &rule, UnderWay::Ask).await?;
    let irene_id = irene;
    let (irene, borealis) = (About::Candidate(irene), About::Organization(rule.organization));
    let note = "Called on the phone: friendly, precise, reads her own compiler errors. Free for a first interview after six, her time.";
    notes::actions::add(tx, &recruiter, stage.days_ago(1), irene, note).await?;
    let words = "It was good to talk to you today.\n\nThe next step is the English screen, some 20 minutes by video. I send you three times to choose from on Monday.";
    let words = ("After our call", words);
    promises::actions::write(tx, &recruiter, stage.days_ago(1), irene_id, words).await?;
    let note = "Ben decides alone and quickly, and wants people by their first name. Invoices go to the accountant, not to him.";
    let note = notes::actions::add(tx, &recruiter, stage.days_ago(60), borealis, note).await?;
    notes::actions::turn_pin(tx, &recruiter, stage.days_ago(60), note).await?;
    let tomas = ("tomas.applicant@people.test", "Tomás Applicant");
    apply(tx, stage, tomas, ("Brazil", "America/Recife"), stage.days_ago(1)).await?;
    answers(tx, stage, &recruiter).await
}

/// One who was promised an answer two weeks ago and has heard nothing, and one who was told no.
async fn answers(tx: &mut PgConnection, stage: &Stage, recruiter: &Actor) -> AppResult<()> {
    let lucia = ("lucia.applicant@people.test", "Lucía Applicant");
    apply(tx, stage, lucia, ("Uruguay", "America/Montevideo"), stage.days_ago(16)).await?;
    let mateo = ("mateo.applicant@people.test", "Mateo Applicant");
    let (mateo, _) = apply(tx, stage, mateo, ("Chile", "America/Santiago"), stage.days_ago(40)).await?;
    let told = stage.days_ago(36);
    let no = rejection::actions::No {
        reason: Reason::Skills,
        words: String::new(),
        note: "Bright, and honest about what he has not done yet. Worth a second look when he has run something of his own.".to_owned(),
        message: "Thank you for the hour, and for walking us through your scheduler: the way you explained its tests was a pleasure.\n\nThe roles we have ask for somebody who has run a service with several moving parts under load, and you said yourself that this is what comes next for you. When it has, apply again: what you showed us counts.".to_owned(),
        may_apply_on: rejection::usual_date(told.date_naive()),
    };
    rejection::actions::reject(tx, recruiter, told, mateo, &no)
        .await
        .map(drop)
}
