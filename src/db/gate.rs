//! Who may go to the database at this moment: a bounded waiting room, and a breaker for a database that is away.
//!
//! A request that finds no free connection waits for one. Without a bound, everybody who comes while the database is slow
//! waits as well, and the memory and the patience of all are spent on answers that nobody reads any more; so whoever comes
//! to a full waiting room is told at once to come back. And when the database cannot be reached, one request in a while goes
//! and looks; the others are answered at once instead of each finding out for itself.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Pressure;

/// Requests that may wait for each connection of the pool: at some milliseconds a request, the last one's turn comes well
/// within a second.
const WAITING_EACH: usize = 32;

/// How long nobody knocks after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest of these pauses: so soon after its return the database is used again.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Stands before a pool.
#[derive(Debug)]
pub(super) struct Gate {
    most: usize,
    inside: AtomicUsize,
    turned_away: AtomicU64,
    breaker: Mutex<Breaker>,
}

/// Somebody on the way to a connection; leaves by being dropped, also when the request is given up.
#[derive(Debug)]
pub(super) struct Place<'a>(&'a Gate);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The one who looks whether the database is there. Given up without an answer, the next one looks.
#[derive(Debug)]
pub(super) struct Probe<'a>(&'a Gate);

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        self.0.breaker().probing = false;
    }
}

/// What somebody on the way is told.
#[derive(Debug)]
pub(super) enum Way<'a> {
    /// Go on.
    Open,
    /// Look first whether the database is there.
    Look(Probe<'a>),
    /// Not now.
    Shut,
}

impl Gate {
    /// Before a pool of this size.
    pub(super) fn before(size: u32) -> Self {
        Self {
            most: WAITING_EACH * usize::try_from(size).unwrap_or(1).max(1),
            inside: AtomicUsize::new(0),
            turned_away: AtomicU64::new(0),
            breaker: Mutex::default(),
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place in the waiting room, unless it is full.
    pub(super) fn enter(&self) -> Option<Place<'_>> {
        let place = Place(self);
        if self.inside.fetch_add(1, Ordering::SeqCst) >= self.most {
            self.turned_away.fetch_add(1, Ordering::SeqCst);
            return None;
        }
        Some(place)
    }

    /// Whether to go on.
    pub(super) fn way(&self, now: Instant) -> Way<'_> {
        match self.breaker().step(now) {
            Step::Open => Way::Open,
            Step::Look => Way::Look(Probe(self)),
            Step::Shut => {
                self.turned_away.fetch_add(1, Ordering::SeqCst);
                Way::Shut
            }
        }
    }

    /// Somebody waited in vain: they look whether the database is there, unless another one does so already.
    pub(super) fn doubt(&self) -> Option<Probe<'_>> {
        let mut breaker = self.breaker();
        let first = !std::mem::replace(&mut breaker.probing, true);
        first.then(|| Probe(self))
    }

    /// The database answered.
    pub(super) fn well(&self) {
        self.breaker().well();
    }

    /// It did not.
    pub(super) fn failed(&self, now: Instant) {
        self.breaker().failed(now);
    }

    pub(super) fn pressure(&self) -> Pressure {
        Pressure {
            waiting: self.inside.load(Ordering::SeqCst),
            most: self.most,
            turned_away: self.turned_away.load(Ordering::SeqCst),
            away: self.breaker().shut_until.is_some(),
        }
    }
}

/// What is known of the database; time comes as an argument.
#[derive(Debug, Default)]
struct Breaker {
    failures: u32,
    shut_until: Option<Instant>,
    probing: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Open,
    Look,
    Shut,
}

impl Breaker {
    fn step(&mut self, now: Instant) -> Step {
        match self.shut_until {
            None => Step::Open,
            Some(until) if self.probing || now < until => Step::Shut,
            Some(_) => {
                self.probing = true;
                Step::Look
            }
        }
    }

    fn well(&mut self) {
        self.failures = 0;
        self.shut_until = None;
    }

    fn failed(&mut self, now: Instant) {
        let doubled = FIRST_PAUSE * 2_u32.saturating_pow(self.failures.min(8));
        self.failures = self.failures.saturating_add(1);
        self.shut_until = Some(now + doubled.min(LONGEST_PAUSE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_the_database_is_away_one_looks_and_the_others_do_not_wait() {
        let gate = Gate::before(2);
        let start = Instant::now();
        assert!(matches!(gate.way(start), Way::Open));
        gate.failed(start);
        assert!(matches!(gate.way(start), Way::Shut), "at once");
        let later = start + FIRST_PAUSE;
        let Way::Look(probe) = gate.way(later) else {
            panic!("somebody looks after the pause")
        };
        assert!(
            matches!(gate.way(later + LONGEST_PAUSE), Way::Shut),
            "one looks, however long it takes"
        );
        drop(probe);
        let Way::Look(probe) = gate.way(later) else {
            panic!("the next one looks when the first was given up")
        };
        gate.failed(later);
        drop(probe);
        assert!(matches!(gate.way(later + FIRST_PAUSE), Way::Shut), "the pause grows");
        for _ in 0..100 {
            gate.failed(later);
        }
        let Way::Look(probe) = gate.way(later + LONGEST_PAUSE) else {
            panic!("and has an end")
        };
        gate.well();
        drop(probe);
        assert!(matches!(gate.way(later), Way::Open));
        assert_eq!(gate.pressure().turned_away, 3);
    }

    #[test]
    fn the_waiting_room_is_bounded_and_empties() {
        let gate = Gate::before(2);
        let mut places: Vec<Place<'_>> = std::iter::from_fn(|| gate.enter()).collect();
        assert_eq!(places.len(), 2 * WAITING_EACH);
        assert_eq!((gate.pressure().waiting, gate.pressure().turned_away), (64, 1));
        places.pop();
        assert!(gate.enter().is_some(), "a place that was left is free");
        places.clear();
        assert_eq!(gate.pressure().waiting, 0);
    }
}
