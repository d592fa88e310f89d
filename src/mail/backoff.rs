//! When a letter is tried again, and when it is given up: pure.

use chrono::{DateTime, TimeDelta, Utc};

use super::Outcome;

/// Minutes until the next try, by how many there were; the last one repeats.
const MINUTES: [i64; 8] = [1, 5, 15, 30, 60, 120, 240, 480];

/// A letter that nobody took for so long is given up (RFC 5321, 4.5.4.1, asks for at least four days).
const GIVE_UP: TimeDelta = TimeDelta::days(4);

/// Nor before so many tries: a clock that jumped makes every letter look old.
const TRIES: i32 = 12;

/// What comes after a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It has arrived.
    Done,
    /// Again, at that instant.
    Again(DateTime<Utc>),
    /// Never, unless a person says so.
    Never,
}

/// After the `attempts`-th try (from 1) of a letter that waits since `queued_at`.
pub fn next(outcome: Outcome, attempts: i32, queued_at: DateTime<Utc>, now: DateTime<Utc>) -> Next {
    match outcome {
        Outcome::Sent => Next::Done,
        Outcome::Refused => Next::Never,
        Outcome::Later | Outcome::Unreachable | Outcome::Lost => {
            let place = usize::try_from(attempts - 1).unwrap_or(0).min(MINUTES.len() - 1);
            let at = now + TimeDelta::minutes(MINUTES[place]);
            if at - queued_at > GIVE_UP && attempts >= TRIES {
                Next::Never
            } else {
                Next::Again(at)
            }
        }
    }
}

/// The longest wait between two tries.
pub fn longest() -> TimeDelta {
    TimeDelta::minutes(MINUTES[MINUTES.len() - 1])
}

/// How long nobody is bothered after the server could not be reached `failures` times in a row: a minute at most, so that
/// mail flows soon after it is back.
pub fn pause(failures: u32) -> TimeDelta {
    TimeDelta::seconds(5 << failures.saturating_sub(1).min(4)).min(TimeDelta::minutes(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_server_is_tried_for_four_days_and_not_longer() {
        let start = DateTime::from_timestamp(1_790_000_000, 0).expect("an instant");
        let (mut now, mut tries) = (start, 0);
        loop {
            tries += 1;
            match next(Outcome::Unreachable, tries, start, now) {
                Next::Again(at) => now = at,
                Next::Never => break,
                Next::Done => unreachable!("nothing was sent"),
            }
        }
        assert!(
            now - start > TimeDelta::days(3) && now - start <= TimeDelta::days(4),
            "{}",
            now - start
        );
        assert!((15..25).contains(&tries), "{tries}");
    }

    #[test]
    fn a_clock_that_jumped_a_year_gives_nothing_up() {
        let queued = DateTime::from_timestamp(1_790_000_000, 0).expect("an instant");
        let jumped = queued + TimeDelta::days(365);
        assert_eq!(
            next(Outcome::Unreachable, 1, queued, jumped),
            Next::Again(jumped + TimeDelta::minutes(1))
        );
    }

    #[test]
    fn a_clear_no_is_final() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).expect("an instant");
        assert_eq!(next(Outcome::Refused, 1, now, now), Next::Never);
        assert_eq!(pause(1), TimeDelta::seconds(5));
        assert_eq!(pause(40), TimeDelta::minutes(1));
    }
}
