//! Who reads no scores of a person at the moment: the one rule of blindness.
//!
//! Whoever owes a scorecard about a person reads nothing that another assessor has said of that person in numbers or in
//! judgements (cards, ratings, recommendations, grades, levels of the ledger that came of a check, and all of these in the log)
//! until theirs is in or somebody has released them. That a check passed or failed is no score, and stays visible.
//!
//! Who owes one stands with the person (`candidates.owed_by`, written by triggers on the scorecards), so each query that reads a
//! score asks it of the row it has anyway. A query takes [`Eyes`] and leaves scores out itself: no page has them to hide.
//!
//! 2026-11-30. Where a list is ordered by scores, whose are hidden stand behind the others, in an order that says nothing: a place
//! is a score too. There is no export of the pool or of the log from a page; `meridian match --json` prints every point, and is for
//! whoever operates the installation and could read the database itself.

use crate::ids::UserId;

/// Through whose eyes a query reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Eyes(Option<UserId>);

impl Eyes {
    /// The person's own, or the program's: nobody who assesses anything.
    pub const OWN: Self = Self(None);

    /// Of whoever looks at a page of the staff.
    pub fn of(viewer: Option<UserId>) -> Self {
        Self(viewer)
    }

    /// For a query: null owes nothing to anybody.
    pub fn id(self) -> Option<UserId> {
        self.0
    }

    /// Whether scores of a person whose cards these owe are out of sight.
    pub fn are_closed(self, owed_by: &[UserId]) -> bool {
        self.0.is_some_and(|user| owed_by.contains(&user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_owes_a_card_is_blind() {
        let (one, other) = (UserId::new(), UserId::new());
        assert!(Eyes::of(Some(one)).are_closed(&[other, one]));
        assert!(!Eyes::of(Some(one)).are_closed(&[other]));
        assert!(!Eyes::of(Some(one)).are_closed(&[]));
        assert!(!Eyes::OWN.are_closed(&[one]));
    }
}
