//! Who is not to be proposed to which client: rules that staff make, with a reason and perhaps an end, and the facts that have
//! the same effect.
//!
//! 21 November 2026. The definition is SQL (migration 0115): `off_limits_on(day)` says which rules hold, `barred(client, seat, day)`
//! adds the facts. The pool of a match run, the shortlist, a candidate's yes, the client's acts and the offer all ask these
//! functions, and triggers ask them again. A stored run keeps the answer among its inputs, so it replays whatever becomes of the
//! rule.
//!
//! 21 November 2026. A client's no holds for all its requests: the pool said so and the published formula says so, while the
//! shortlist once looked at the same request only, so that somebody could be proposed who stood on no list of matches. The wider
//! rule is the safer one. The pages here show each such no with its date and reason, so that a recruiter who thinks that it was
//! about one seat can talk to the client, who may ask for the person.
//!
//! Neither the client nor the person learns of a rule: what it stops "does not move on at present".

pub mod actions;
pub mod pages;
pub mod store;

/// Why somebody is not to be proposed to a client, or for one of its seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Bar {
    /// A rule of the agency.
    Rule,
    /// The client said no to the person.
    Refused,
    /// Was placed there, and left over the work or conduct.
    LeftClient,
    /// Was hired for this seat and left it.
    LeftSeat,
    /// Said no to this seat.
    Declined,
}

impl Bar {
    /// For staff, in a sentence about the person.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Rule => "off limits for this client by a rule of the agency, which stands under Off limits",
            Self::Refused => "refused by this client before",
            Self::LeftClient => "left this client over the work or conduct",
            Self::LeftSeat => "left this very seat",
            Self::Declined => "said no to this seat",
        }
    }
}
