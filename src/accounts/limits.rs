//! How often somebody may try: sign-ins, codes, letters.
//!
//! A stranger who fails ten times at an address keeps other strangers away from it for a while, but not its owner: a browser
//! in which the address signed in before carries a mark ([`Marks`]) and is counted by that.

use std::net::IpAddr;

use crate::ids::UserId;
use crate::network;
use crate::throttle::{Charge, Limit};
use crate::tokens::Tokens;

const QUARTER_HOUR: i64 = 15 * 60;
const HOUR: i64 = 60 * 60;

/// Failed sign-ins for one address typed, whether or not it has an account.
const SIGN_IN_ADDRESS: Limit = Limit {
    name: "sign-in address",
    times: 10,
    seconds: QUARTER_HOUR,
};

/// Failed sign-ins from one network.
const SIGN_IN_NETWORK: Limit = Limit {
    name: "sign-in network",
    times: 50,
    seconds: QUARTER_HOUR,
};

/// Wrong codes of the second factor for one account: a million codes, three of them right at a time.
const CODE: Limit = Limit {
    name: "code",
    times: 5,
    seconds: QUARTER_HOUR,
};

/// Wrong present passwords of somebody who is signed in.
const PROOF: Limit = Limit {
    name: "proof",
    times: 10,
    seconds: QUARTER_HOUR,
};

/// Letters to one address that a stranger can cause.
const LETTERS_ADDRESS: Limit = Limit {
    name: "letters address",
    times: 5,
    seconds: HOUR,
};

/// Letters that one network can cause.
const LETTERS_NETWORK: Limit = Limit {
    name: "letters network",
    times: 30,
    seconds: HOUR,
};

/// Registrations from one network that hit an address or a company that is known: those answers say who is registered.
const TAKEN: Limit = Limit {
    name: "taken",
    times: 20,
    seconds: HOUR,
};

/// Forms of strangers that are kept anew for one network.
const KEPT_FORMS: Limit = Limit {
    name: "kept forms network",
    times: 30,
    seconds: HOUR,
};

/// Links asked for by one network that open nothing. A token has 128 bits, so this is not what keeps a guess from being right: it
/// keeps the log and the database from being filled by somebody who tries. Links that open something are never counted.
const GUESSED_LINKS: Limit = Limit {
    name: "guessed links network",
    times: 30,
    seconds: HOUR,
};

fn charge(tokens: &Tokens, limit: Limit, value: &[u8]) -> Charge {
    Charge {
        limit,
        key: tokens.fingerprint(limit.name, value),
    }
}

fn of_network(tokens: &Tokens, limit: Limit, from: Option<IpAddr>) -> Option<Charge> {
    from.map(|address| charge(tokens, limit, network::block(address).as_bytes()))
}

/// What a sign-in costs until it succeeds. `email` is folded; `known` is the mark of a browser that signed in before.
pub fn sign_in(tokens: &Tokens, email: &str, known: Option<&str>, from: Option<IpAddr>) -> Vec<Charge> {
    let value = known.map_or_else(
        || email.as_bytes().to_vec(),
        |mark| format!("{email}\n{mark}").into_bytes(),
    );
    let address = charge(tokens, SIGN_IN_ADDRESS, &value);
    std::iter::once(address)
        .chain(of_network(tokens, SIGN_IN_NETWORK, from))
        .collect()
}

/// What a code costs until it is right.
pub fn code(tokens: &Tokens, user: UserId) -> Vec<Charge> {
    vec![charge(tokens, CODE, user.0.as_bytes())]
}

/// What the present password costs until it is right.
pub fn proof(tokens: &Tokens, user: UserId) -> Vec<Charge> {
    vec![charge(tokens, PROOF, user.0.as_bytes())]
}

/// What a letter to an address costs.
pub fn letters(tokens: &Tokens, email: &str, from: Option<IpAddr>) -> Vec<Charge> {
    let address = charge(tokens, LETTERS_ADDRESS, email.as_bytes());
    std::iter::once(address)
        .chain(of_network(tokens, LETTERS_NETWORK, from))
        .collect()
}

/// What an answer costs that says who is registered; nothing where the network is not known.
pub fn taken(tokens: &Tokens, from: Option<IpAddr>) -> Option<Charge> {
    of_network(tokens, TAKEN, from)
}

/// What it costs to keep another stranger's form; nothing where the network is not known.
pub fn kept_forms(tokens: &Tokens, from: Option<IpAddr>) -> Option<Charge> {
    of_network(tokens, KEPT_FORMS, from)
}

/// What a link costs that opens nothing; nothing where the network is not known.
pub fn guessed_links(tokens: &Tokens, from: Option<IpAddr>) -> Option<Charge> {
    of_network(tokens, GUESSED_LINKS, from)
}

/// The mark of a browser in which an address has signed in: a random number and its keyed hash with the address.
pub struct Marks<'a>(pub &'a Tokens);

impl Marks<'_> {
    /// Name of the cookie.
    pub const COOKIE: &'static str = "meridian_known";

    /// How long it is kept.
    pub const DAYS: i64 = 180;

    /// A new mark for `email` from 16 random bytes.
    pub fn make(&self, email: &str, random: uuid::Uuid) -> String {
        format!("{}.{}", random.simple(), self.seal(&random.simple().to_string(), email))
    }

    /// The random part of a mark, if it was made for `email` by this installation.
    pub fn read<'m>(&self, email: &str, mark: &'m str) -> Option<&'m str> {
        let (random, seal) = mark.split_once('.')?;
        (seal.len() == 64 && self.seal(random, email) == seal).then_some(random)
    }

    fn seal(&self, random: &str, email: &str) -> String {
        use std::fmt::Write as _;
        let tag = self
            .0
            .fingerprint("known browser", format!("{random}\n{email}").as_bytes());
        tag.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_belongs_to_one_address_and_one_installation() {
        let (ours, theirs) = (Tokens::new(b"one"), Tokens::new(b"another"));
        let mark = Marks(&ours).make("ana@x.test", uuid::Uuid::from_u128(7));
        assert!(Marks(&ours).read("ana@x.test", &mark).is_some());
        assert!(Marks(&ours).read("bea@x.test", &mark).is_none());
        assert!(Marks(&theirs).read("ana@x.test", &mark).is_none());
        assert!(Marks(&ours).read("ana@x.test", "nonsense").is_none());
    }

    #[test]
    fn an_address_is_counted_apart_from_a_known_browser_and_a_network() {
        let tokens = Tokens::new(b"one");
        let from = "203.0.113.9".parse().ok();
        let stranger = sign_in(&tokens, "ana@x.test", None, from);
        let known = sign_in(&tokens, "ana@x.test", Some("7"), from);
        assert_ne!(stranger[0], known[0]);
        assert_eq!(stranger[1], known[1]);
        assert_eq!(sign_in(&tokens, "ana@x.test", None, None).len(), 1);
    }
}
