//! What every page of one placement shows at its top.

use chrono::{DateTime, Utc};

use crate::error::{AppError, AppResult};
use crate::ids::PlacementId;
use crate::introductions::State as IntroductionState;
use crate::introductions::policy::{self, Audience, Scope};
use crate::placements::guarantee::{State as GuaranteeState, day_text};
use crate::placements::standing::{Judged, Standing, judge, standing};
use crate::placements::store::hires::{self as store, Detail};
use crate::placements::{ClaimState, Engagement, State};

/// The head that every page of a placement shares.
pub(super) struct Head {
    pub(super) it: Detail,
    pub(super) audience: Audience,
    pub(super) now: DateTime<Utc>,
    pub(super) standing: Standing,
}

impl Head {
    pub(super) async fn load(
        conn: &mut sqlx::PgConnection,
        id: PlacementId,
        scope: Scope,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        let it = store::detail(conn, id, scope).await?.ok_or(AppError::NotFound)?;
        let standing = standing(&it, now)?;
        Ok(Self {
            it,
            audience: scope.audience,
            now,
            standing,
        })
    }

    pub(super) fn is_staff(&self) -> bool {
        self.audience == Audience::Staff
    }

    pub(super) fn is_candidate(&self) -> bool {
        self.audience == Audience::Candidate
    }

    /// The address of the placement, or of a part of it ("/terms").
    pub(super) fn href(&self, part: &str) -> String {
        format!("/placements/{}{part}", self.it.id)
    }

    pub(super) fn heading(&self) -> String {
        let person = policy::person(
            self.audience,
            IntroductionState::Hired,
            self.it.name.as_deref(),
            self.it.code,
        );
        format!("{person}, {}", self.it.title)
    }

    /// The state at this instant, whether or not the sweep has been here.
    fn present(&self) -> State {
        let begun = self.now >= self.standing.zone.start_of_day(self.it.start_on);
        if self.it.state == State::Scheduled && begun {
            State::Active
        } else {
            self.it.state
        }
    }

    pub(super) fn state(&self) -> (&'static str, String) {
        let (kind, word) = self.present().words();
        match self.it.last_working_day {
            // Told in advance: the person is still at work.
            Some(day) if self.leaves_later() => ("wait", format!("Leaves on {}", day_text(day))),
            _ => (kind, word.to_owned()),
        }
    }

    /// A departure was told in advance, and the last working day is not over.
    pub(super) fn leaves_later(&self) -> bool {
        let today = self.standing.zone.local_date(self.now);
        self.it.last_working_day.is_some_and(|day| day >= today)
    }

    pub(super) fn start_line(&self) -> (&'static str, String) {
        let word = if matches!(self.present(), State::Active | State::Ended) {
            "started"
        } else {
            "starts"
        };
        (word, self.it.start_on.format("%a %-d %b %Y").to_string())
    }

    pub(super) fn engagement(&self) -> &'static str {
        Engagement::words(self.it.engagement)
    }

    pub(super) fn may_depart(&self) -> bool {
        !self.is_candidate() && self.present() == State::Active
    }

    pub(super) fn may_cancel(&self) -> bool {
        self.is_staff() && self.present() == State::Scheduled
    }

    /// Somebody whose guarantee has run its course did come.
    pub(super) fn may_no_show(&self) -> bool {
        let begins = self.standing.calendar.as_ref();
        let over = begins.is_some_and(|calendar| calendar.state == GuaranteeState::Satisfied);
        self.is_staff() && self.present() == State::Active && !over
    }

    /// The claim, for those it concerns.
    pub(super) fn claim(&self) -> Option<(&'static str, &'static str)> {
        self.it
            .claim_state
            .filter(|_| !self.is_candidate())
            .map(ClaimState::words)
    }

    pub(super) fn may_decide(&self) -> bool {
        self.is_staff() && self.it.claim_state.is_some_and(ClaimState::waits_for_judgement)
    }

    /// The checklist: as judged, or as it would be judged now.
    pub(super) fn checks(&self) -> Vec<Judged> {
        let stored = self
            .it
            .claim_checklist
            .as_ref()
            .filter(|_| self.it.claim_decided_at.is_some());
        stored
            .and_then(|lines| serde_json::from_value(lines.clone()).ok())
            .unwrap_or_else(|| judge(self.standing.lines.clone(), &[]))
    }
}
