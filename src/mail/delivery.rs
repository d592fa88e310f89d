//! Sends what is due.
//!
//! A round takes a few letters at a time, each under a lease, and ends when nothing is due. When the server cannot be
//! reached the round stops and nobody knocks for a while: letters that were not tried keep their place, so a dead server
//! costs a try a minute and not one per letter.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt as _;
use lettre::message::Mailbox;

use super::backoff::{self, Next};
use super::carrier::Carrier;
use super::store::{self, Tried, Waiting};
use super::{Outcome, State, masked, render};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::AppResult;
use crate::jobs::Alarm;
use crate::tokens::Tokens;

/// Letters sent side by side.
const AT_ONCE: usize = 4;
/// The same, as SQL counts.
const BATCH: i64 = 4;
/// How long a worker has a letter for itself: a try takes three minutes at most (three answers of up to 60 s), and the clocks
/// of two servers may differ by [`SKEW`] less that; so nobody takes a letter from a worker that is alive.
pub const LEASE: TimeDelta = TimeDelta::minutes(15);
/// What lies further ahead than a clock could have put it, by more than this, was put there by a clock that was set back since.
const SKEW: TimeDelta = TimeDelta::minutes(15);
/// How often a worker asks without being woken.
const EVERY: Duration = Duration::from_secs(10);
/// Most characters of an answer that are kept.
const ANSWER: usize = 480;

/// Sends letters; cheap to clone, clones share what is known of the server.
#[derive(Clone)]
pub struct Delivery {
    /// The pool.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Who carries.
    pub carrier: Carrier,
    /// Who writes.
    pub from: Mailbox,
    /// The site, without a slash at its end.
    pub site: Arc<str>,
    /// Makes the links' tokens.
    pub tokens: Tokens,
    /// What is known of the server.
    pub breaker: Breaker,
}

/// Keeps a server that cannot be reached from being knocked at by every letter.
#[derive(Debug, Clone, Default)]
pub struct Breaker(Arc<Mutex<(u32, Option<DateTime<Utc>>)>>);

impl Breaker {
    /// Until when nobody knocks, if it is later than `now`.
    pub fn closed_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .1
            // A clock that was set back by hours does not keep mail back for hours.
            .filter(|until| *until > now && *until - now <= backoff::pause(u32::MAX))
    }

    fn note(&self, outcome: Outcome, now: DateTime<Utc>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = match outcome {
            Outcome::Unreachable => {
                let failures = known.0.saturating_add(1);
                (failures, Some(now + backoff::pause(failures)))
            }
            _ => (0, None),
        };
    }
}

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Letters taken by the other side.
    pub sent: u64,
    /// Letters to be tried again.
    pub later: u64,
    /// Letters given up.
    pub dead: u64,
}

impl Delivery {
    /// Sends rounds until the future is dropped: when woken, and every few seconds.
    pub async fn run(self) {
        let mut alarm = Alarm::set(&self.db, store::CHANNEL).await;
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a round of mail failed");
            }
            alarm.wait(&self.db, EVERY).await;
        }
    }

    /// Sends everything that is due at the Clock's now, or until the server cannot be reached.
    pub async fn round(&self) -> AppResult<Round> {
        let mut round = Round::default();
        if !self.carrier.carries() {
            return Ok(round);
        }
        loop {
            let now = self.clock.now();
            if self.breaker.closed_until(now).is_some() {
                return Ok(round);
            }
            let limits = store::Limits {
                lease: now + LEASE,
                queued: now + SKEW,
                due: now + backoff::longest() + SKEW,
                leased: now + LEASE + SKEW,
            };
            let taken = store::take(&mut *self.db.conn().await?, now, limits, BATCH).await?;
            if taken.is_empty() {
                return Ok(round);
            }
            let mut tries =
                futures_util::stream::iter(taken.iter().map(|mail| self.try_one(mail))).buffer_unordered(AT_ONCE);
            while let Some(state) = tries.next().await {
                match state? {
                    State::Sent => round.sent += 1,
                    State::Dead => round.dead += 1,
                    State::Queued | State::Sending => round.later += 1,
                }
            }
        }
    }

    /// One try of one letter, and what it comes to.
    async fn try_one(&self, mail: &Waiting) -> AppResult<State> {
        let (outcome, answer) = match render::message(mail, &self.from, &self.site, &self.tokens) {
            Ok(message) => self.carrier.carry(mail.id, message).await,
            Err(error) => (Outcome::Refused, format!("the letter cannot be written out: {error:?}")),
        };
        let now = self.clock.now();
        self.breaker.note(outcome, now);
        let next = backoff::next(outcome, mail.attempts, mail.queued_at, now);
        let (state, due_at) = match next {
            Next::Done => (State::Sent, None),
            Next::Again(at) => (State::Queued, Some(at)),
            Next::Never => (State::Dead, None),
        };
        let answer = super::one_line(&answer, ANSWER);
        let tried = Tried {
            id: mail.id,
            number: mail.attempts,
            at: now,
            outcome,
            answer: &answer,
            state,
            due_at,
        };
        let mut tx = self.db.begin().await?;
        let ours = store::finish(&mut tx, &tried).await?;
        tx.commit().await?;
        let to = masked(&mail.recipient);
        match state {
            State::Dead => {
                tracing::error!(mail = %mail.id, occasion = mail.occasion, to, attempts = mail.attempts, "a letter was given up");
            }
            State::Queued => {
                tracing::warn!(mail = %mail.id, occasion = mail.occasion, to, attempts = mail.attempts, ?outcome, "a letter could not be sent yet");
            }
            State::Sent | State::Sending => {
                tracing::info!(mail = %mail.id, occasion = mail.occasion, to, ours, "a letter was sent");
            }
        }
        Ok(state)
    }
}
