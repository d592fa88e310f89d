//! Typed identifiers: a newtype per record over UUID v7.
//!
//! Version 7 puts the milliseconds first, so ids sort by birth and serve as keyset-paging cursors. They are made here and
//! not by the database, because `PostgreSQL` 15 is the floor and has no `uuidv7()`.

/// Defines one id type.
macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new id, never seen before.
            #[expect(clippy::new_without_default, reason = "a default that differs each time would surprise")]
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

id! {
    /// A person who signs in.
    UserId,
    /// A client company.
    OrganizationId,
    /// An accepted version of a client's terms.
    AgreementId,
    /// A kind of role the agency hires for.
    TrackId,
    /// An entry of the taxonomy.
    SkillId,
    /// A version of a track's challenge.
    ChallengeId,
    /// A version of a track's rubric.
    RubricId,
    /// A dated exchange rate.
    RateId,
    /// A dated mark-up.
    MarkupId,
    /// A developer.
    CandidateId,
    /// What somebody looks for in the pipeline again and again.
    SavedViewId,
    /// A rule that keeps a developer and a client apart.
    OffLimitsId,
    /// What staff wrote down about somebody.
    NoteId,
    /// A CV as a file.
    CvId,
    /// An entry of the claim ledger.
    ClaimId,
    /// A vetting check of one candidate.
    CheckId,
    /// What one assessor says about a check.
    CardId,
    /// A file of a check.
    CheckFileId,
    /// Something that does not fit about who somebody is.
    FindingId,
    /// Somebody who is asked about a person.
    ReferenceId,
    /// What a client needs.
    RequestId,
    /// One person to hire for a request.
    SeatId,
    /// A stored match computation.
    RunId,
    /// One candidate proposed to one client for one seat.
    IntroductionId,
    /// Terms offered to a chosen candidate.
    OfferId,
    /// A hire and its guarantee.
    PlacementId,
    /// A client's call on the guarantee.
    GuaranteeClaimId,
    /// A challenge given to one candidate.
    AssignmentId,
    /// An upload to an assignment.
    SubmissionId,
    /// A grade of an assignment.
    GradeId,
    /// A one-time link to become a user.
    InvitationId,
    /// A browser in which somebody is signed in.
    SignInId,
    /// A letter to be sent.
    MailId,
    /// A one-time link in a letter.
    LinkId,
    /// A year of a country whose holidays are known.
    HolidayYearId,
    /// A holiday of a country.
    HolidayId,
    /// A date by which somebody hears from the agency.
    PromiseId,
    /// A letter of the agency that the person also reads at home.
    MessageId,
    /// The agency's no to somebody who applied.
    RejectionId,
    /// An entry of the append-only log.
    EventId,
}

impl LinkId {
    /// An id of 122 random bits: a token is made from it, and a version 7 would give away its first half.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4())
    }
}
