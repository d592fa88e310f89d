//! Two applicants in the middle of their vetting: a check judged by the cards of two assessors, one whose card is to be filled, and
//! something about an identity that somebody looks into. And the views of the pipeline that the recruiter keeps.

use sqlx::PgConnection;

use super::ACCOUNTS;
use super::agency::{Stage, user};
use crate::candidates::cv::{self, store::NewFile};
use crate::candidates::store::skills;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{CandidateId, SkillId, UserId};
use crate::tracks::levels::English;
use crate::tracks::store::kits;
use crate::vetting::cards::{Answer, Content, Recommendation, SkillRating};
use crate::vetting::identity::{Identity, Same};
use crate::vetting::pipeline::actions as views;
use crate::vetting::{Decision, Kind, Outcome, State, actions, store, today};

/// What an assessor of the demo says.
struct Word {
    recommendation: Recommendation,
    ratings: [i16; 3],
    skills: Vec<SkillRating>,
    english: Option<(English, English)>,
    note: &'static str,
    payout_country: &'static str,
}

/// The whole of it: `advanced` is judged in part, `early` has an appointment.
pub(super) async fn checks(
    tx: &mut PgConnection,
    stage: &Stage,
    advanced: CandidateId,
    early: CandidateId,
) -> AppResult<()> {
    let owner = user(tx, ACCOUNTS[0]).await?;
    let recruiter = user(tx, ACCOUNTS[1]).await?;
    let (by, day) = (Actor::user(recruiter), |days| stage.days_ago(days));
    let known = skills(tx).await?;
    let level = |slug: &str, level| known.by_slug(slug).map(|skill: SkillId| SkillRating { skill, level });

    let review = actions::invite(tx, &by, day(6), advanced, Kind::CodeReview).await?;
    actions::schedule(tx, &by, day(6), advanced, review, day(4)).await?;
    for assessor in [owner, recruiter] {
        actions::cards::assign(tx, &by, day(6), advanced, review, assessor).await?;
    }
    actions::step(tx, &by, day(4), advanced, review, State::Waiting).await?;
    let words = [
        Word {
            recommendation: Recommendation::StrongYes,
            ratings: [4, 3, 4],
            skills: [level("rust", 4), level("actix-web", 4)]
                .into_iter()
                .flatten()
                .collect(),
            english: None,
            note: "Her own scheduler, read line by line. Knows what each clone costs.",
            payout_country: "",
        },
        Word {
            recommendation: Recommendation::Yes,
            ratings: [3, 3, 2],
            skills: [level("rust", 3), level("postgresql", 3)]
                .into_iter()
                .flatten()
                .collect(),
            english: None,
            note: "Solid. Would ask about timeouts once more.",
            payout_country: "",
        },
    ];
    for (assessor, word) in [owner, recruiter].into_iter().zip(words) {
        hand_in(
            tx,
            stage,
            &Actor::user(assessor),
            (advanced, review, Kind::CodeReview),
            word,
        )
        .await?;
    }
    let text = "Read on the call: her scheduler, 900 lines.\r\nOne owner a queue, no lock over an await, one unwrap in a test.\r\n";
    let begun = stage.blobs.begin_file(stage.now, cv::LIMIT).await;
    let mut intake = begun.map_err(AppError::internal)?;
    intake.write(text.as_bytes()).await.map_err(AppError::internal)?;
    let stored = intake.finish_file().await.map_err(AppError::internal)?;
    let file = NewFile {
        name: "what-we-read.txt",
        kind: cv::Kind::Txt,
        bytes: i64::try_from(stored.size).map_err(AppError::internal)?,
        sha256: stored.digest.bytes(),
    };
    actions::files::keep(tx, &Actor::user(owner), day(3), advanced, review, &file).await?;
    let passed = Decision {
        outcome: Outcome::Passed,
        decided_on: today(day(3)),
        expires_on: None,
        score_bp: None,
        note: String::new(),
        reason: String::new(),
    };
    actions::decide(tx, &Actor::user(owner), day(3), advanced, review, &passed).await?;

    let screen = actions::invite(tx, &by, day(3), advanced, Kind::English).await?;
    actions::cards::assign(tx, &by, day(3), advanced, screen, owner).await?;
    let word = Word {
        recommendation: Recommendation::Yes,
        ratings: [3, 4, 3],
        skills: Vec::new(),
        english: Some((English::C1, English::B2)),
        note: "Warm, exact, asks back.",
        payout_country: "Portugal",
    };
    hand_in(tx, stage, &Actor::user(owner), (advanced, screen, Kind::English), word).await?;
    actions::step(tx, &by, day(2), advanced, screen, State::Waiting).await?;

    let interview = actions::invite(tx, &by, day(2), early, Kind::TechnicalInterview).await?;
    let starts_at = stage.now + chrono::Duration::days(2);
    actions::schedule(tx, &by, day(1), early, interview, starts_at).await?;
    actions::cards::assign(tx, &by, day(1), early, interview, recruiter).await?;
    let track = store::track_of(tx, early).await?;
    let kit = kits::kit(tx, track, Kind::TechnicalInterview.key()).await?;
    // Read before the talk: what to ask first.
    let first = kit.into_iter().next().ok_or(AppError::NotFound)?;
    let typed = [
        ("question", first.question.as_str()),
        ("rating", ""),
        ("answer", "Ask about the scheduler of his upload here."),
    ];
    let typed = typed.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    actions::cards::save(tx, &by, day(1), early, interview, &typed).await?;
    actions::invite(tx, &by, day(1), early, Kind::English).await?;
    keep_views(tx, stage, recruiter).await
}

/// The views of the pipeline that the recruiter opens every day.
async fn keep_views(tx: &mut PgConnection, stage: &Stage, recruiter: UserId) -> AppResult<()> {
    for (name, query) in [
        ("To judge", "track=rust-actix&view=table&state=waiting"),
        ("I assess", "track=rust-actix&view=board&mine=yes"),
    ] {
        views::save_view(tx, recruiter, stage.days_ago(1), name, query).await?;
    }
    Ok(())
}

async fn hand_in(
    tx: &mut PgConnection,
    stage: &Stage,
    by: &Actor,
    (candidate, check, kind): (CandidateId, crate::ids::CheckId, Kind),
    word: Word,
) -> AppResult<()> {
    let track = store::track_of(tx, candidate).await?;
    let kit = kits::kit(tx, track, kind.key()).await?;
    let answer = |(question, rating): (kits::Question, i16)| Answer {
        question: question.question,
        rating: Some(rating),
        note: String::new(),
    };
    let content = Content {
        recommendation: word.recommendation,
        answers: kit.into_iter().zip(word.ratings).map(answer).collect(),
        skills: word.skills,
        speaking: word.english.map(|(speaking, _)| speaking.number()),
        writing: word.english.map(|(_, writing)| writing.number()),
        red_flags: String::new(),
        note: word.note.to_owned(),
        identity: Identity {
            same: Some(Same::Yes),
            document: "passport".to_owned(),
            code: Some(true),
            clock: Some(true),
            payout_country: word.payout_country.to_owned(),
        },
    };
    actions::cards::hand_in(tx, by, stage.days_ago(3), candidate, check, &content).await
}
