//! The one place that reads the clock.
//!
//! Everything that asks "when" gets a [`Clock`] or an instant taken from one, so that a test can stand in any moment and
//! a rule gives the same answer in the page, the job and the replay. SQL binds the instant; it never calls `now()`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// A source of instants; cheap to clone, clones share the source.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    /// Microseconds since the epoch: the resolution `PostgreSQL` keeps, so a stored instant compares equal to its origin.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock, in whole microseconds.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is told to move.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(at.timestamp_micros()))))
    }

    /// The current instant, in whole microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is the one place")]
            Source::System => Utc::now().timestamp_micros(),
            Source::Fixed(micros) => micros.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Moves a fixed clock to `at`; the system clock does not listen.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Source::Fixed(micros) = &self.0 {
            micros.store(at.timestamp_micros(), Ordering::SeqCst);
        }
    }

    /// Moves a fixed clock by `by`; the system clock does not listen.
    pub fn advance(&self, by: TimeDelta) {
        self.set(self.now() + by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_still_and_moves_on_command() {
        let start = DateTime::from_timestamp(1_790_000_000, 0).expect("in range");
        let clock = Clock::fixed(start);
        let copy = clock.clone();
        assert_eq!(clock.now(), start);
        clock.advance(TimeDelta::hours(3));
        assert_eq!(copy.now(), start + TimeDelta::hours(3));
    }
}
