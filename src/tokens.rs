//! The tokens of one-time links.
//!
//! A token has 128 bits and is the keyed hash (HMAC-SHA-256, cut) of the link's random id under the installation's secret.
//! So a letter that waits in the outbox, a backup of the database and the log hold no working link: the token is made
//! when the letter is written out, and only its hash stands beside the link. Rejected: the token in the waiting letter
//! itself, which a copy of the table would give away.

use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::ids::LinkId;

/// Bytes of a token.
const BYTES: usize = 16;

/// Makes tokens; cheap to clone.
#[derive(Clone)]
pub struct Tokens(Arc<[u8]>);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// Tokens of the installation with this secret.
    pub fn new(secret: &[u8]) -> Self {
        // A key of its own, so that it says nothing about the cookies' key.
        Self(keyed(secret, b"meridian one-time links").into())
    }

    /// The token of a link, as 32 hexadecimal digits. The id must be a random one ([`LinkId::random`]).
    pub fn of(&self, link: LinkId) -> String {
        use std::fmt::Write as _;
        let tag = keyed(&self.0, link.0.as_bytes());
        tag.iter().take(BYTES).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl Tokens {
    /// A keyed hash of `value` for one `purpose`: it finds the value again and does not give it away, also when there are
    /// few possible values (addresses, networks, codes). 32 bytes.
    pub fn fingerprint(&self, purpose: &'static str, value: &[u8]) -> Vec<u8> {
        // The purpose has a key of its own, so no value of one can pass for a value of another, or for a link's id.
        keyed(&keyed(&self.0, purpose.as_bytes()), value)
    }
}

fn keyed(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length, so there is no second arm in truth.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// What is stored of a token.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_one_link_and_one_installation() {
        let (one, other) = (Tokens::new(b"one secret"), Tokens::new(b"another secret"));
        let link = LinkId::random();
        assert_eq!(one.of(link), one.of(link));
        assert_eq!(one.of(link).len(), 2 * BYTES);
        assert_ne!(one.of(link), one.of(LinkId::random()));
        assert_ne!(one.of(link), other.of(link));
    }
}
