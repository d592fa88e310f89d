//! What accounts write to their owners.

use super::Purpose;
use crate::accounts::Role;
use crate::ids::{InvitationId, LinkId, UserId};
use crate::mail::{Letter, Recipient};

fn to<'a>(user: UserId, address: &'a str, name: &'a str) -> Recipient<'a> {
    Recipient {
        user: Some(user),
        address,
        name,
    }
}

/// To a new account.
pub fn confirm<'a>(user: UserId, email: &'a str, name: &'a str, link: LinkId) -> Letter<'a> {
    Letter::new(to(user, email, name), "user.confirm", &link, "Confirm your address")
        .say(format!("Hello {name},"))
        .say("an account was made with this address. Confirm that it is yours, so that news about your requests and introductions reaches you.")
        .one_time("Confirm the address", Purpose::Confirm.path(), link)
        .say("The link works for seven days. If you did not make the account, do nothing: nobody can use your mailbox without this link.")
}

/// To the address somebody wants to have instead.
pub fn new_address<'a>(user: UserId, email: &'a str, name: &'a str, link: LinkId) -> Letter<'a> {
    let mut to = to(user, email, name);
    // The letter is not the account's own yet: whoever reads /outbox there must not confirm somebody else's mailbox.
    to.user = None;
    Letter::new(to, "user.new_address", &link, "Confirm your new address")
        .say(format!("Hello {name},"))
        .say("you asked to use this address from now on.")
        .one_time("Use this address", Purpose::Address.path(), link)
        .say("The link works for a day. If you did not ask, do nothing: the account keeps its address.")
}

/// To the address an account had.
pub fn address_changed<'a>(user: UserId, old: &'a str, name: &'a str, link: LinkId) -> Letter<'a> {
    let mut to = to(user, old, name);
    to.user = None;
    Letter::new(to, "user.address_changed", &link, "Your address was changed")
        .say(format!("Hello {name},"))
        .say("your account is now used with another address; this one does not open it any more.")
        .say("If this was not you, write to the agency at once: somebody who knows your password has taken the account over.")
}

/// To somebody who forgot the password.
pub fn reset<'a>(user: UserId, email: &'a str, name: &'a str, link: LinkId) -> Letter<'a> {
    Letter::new(to(user, email, name), "user.reset", &link, "Choose a new password")
        .say(format!("Hello {name},"))
        .say("somebody asked for a new password for your account.")
        .one_time("Choose a new password", Purpose::Reset.path(), link)
        .say("The link works for one hour. If it was not you, do nothing: your password stays as it is.")
}

/// After the password changed.
pub fn password_changed<'a>(user: UserId, email: &'a str, name: &'a str, about: LinkId) -> Letter<'a> {
    Letter::new(
        to(user, email, name),
        "user.password_changed",
        &about,
        "Your password was changed",
    )
    .say(format!("Hello {name},"))
    .say("the password of your account was changed, and every browser was signed out.")
    .page("Choose another one, if it was not you", "/forgot")
}

/// To somebody who shall join the agency.
pub fn staff_invitation<'a>(email: &'a str, role: Role, by: &str, invitation: InvitationId) -> Letter<'a> {
    let to = Recipient {
        user: None,
        address: email,
        name: "",
    };
    Letter::new(
        to,
        "invitation.staff",
        &invitation,
        "You are invited to join the agency",
    )
    .say(format!("{by} invites you to work with Meridian as {}.", role.label()))
    .one_time("Accept the invitation", "/invitations/", LinkId(invitation.0))
    .say("The link works once and for seven days.")
}

/// To a developer whose profile the agency has from a file or from a talk.
pub fn candidate_invitation(email: &str, invitation: InvitationId) -> Letter<'_> {
    let to = Recipient {
        user: None,
        address: email,
        name: "",
    };
    Letter::new(to, "invitation.candidate", &invitation, "Your profile at the agency")
        .say("The agency keeps a profile of you. With an account it is yours: you see it, correct it, and say yes or no to each introduction.")
        .one_time("Take the profile over", "/invitations/", LinkId(invitation.0))
        .say("The link works once and for seven days. Nothing reaches a client before your yes.")
}

/// To somebody who shall join a client as a contact. `by` and `company` are who invites, and where to.
pub fn contact_invitation<'a>(
    email: &'a str,
    name: &'a str,
    (by, company): (&str, &str),
    invitation: InvitationId,
) -> Letter<'a> {
    let to = Recipient {
        user: None,
        address: email,
        name,
    };
    Letter::new(
        to,
        "invitation.client",
        &invitation,
        "You are invited to your company's page",
    )
    .say(format!(
        "{by} invites you to follow the requests, people and placements of {company} with us."
    ))
    .one_time("Join your colleagues", "/invitations/", LinkId(invitation.0))
    .say("The link works once and for seven days. If you do not know what this is about, do nothing.")
}

/// What changed in how an account is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A second factor is asked for from now on.
    SecondFactorOn,
    /// It is not asked for any more.
    SecondFactorOff,
    /// Somebody signed in by a recovery code.
    RecoveryCodeUsed {
        /// Codes that are left.
        left: i64,
    },
}

/// Tells the owner of an account that the way into it changed.
pub fn notice<'a>(user: UserId, email: &'a str, name: &'a str, about: LinkId, what: Notice) -> Letter<'a> {
    let (occasion, subject, words) = match what {
        Notice::SecondFactorOn => (
            "user.second_factor_on",
            "Your account asks for a code now",
            "from now on signing in to your account takes your password and a code of your app.".to_owned(),
        ),
        Notice::SecondFactorOff => (
            "user.second_factor_off",
            "Your account asks for no code any more",
            "the second factor of your account was taken away; the password alone opens it.".to_owned(),
        ),
        Notice::RecoveryCodeUsed { left } => (
            "user.recovery_code_used",
            "A recovery code was used",
            format!("somebody signed in to your account with one of your recovery codes; {left} are left."),
        ),
    };
    Letter::new(to(user, email, name), occasion, &about, subject)
        .say(format!("Hello {name},"))
        .say(words)
        .page("If this was not you, choose another password", "/forgot")
}

/// What a letter is about, in words for whoever looks after the mail; an unknown code stands for itself.
pub fn occasion(code: &str) -> &str {
    match code {
        "user.confirm" => "Confirm an address",
        "user.new_address" => "Confirm a new address",
        "user.address_changed" => "An address was changed",
        "user.reset" => "A new password",
        "user.password_changed" => "A password was changed",
        "user.second_factor_on" => "Second factor on",
        "user.second_factor_off" => "Second factor off",
        "user.recovery_code_used" => "A recovery code was used",
        "invitation.staff" => "Invitation to the staff",
        "invitation.client" => "Invitation of a contact",
        "invitation.candidate" => "Invitation to a profile",
        "reference.asked" => "Somebody is asked for a reference",
        "reference.reminder" => "Reminder of a reference",
        "reference.came_in" => "A reference came in",
        other => other,
    }
}
