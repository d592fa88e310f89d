//! The second factor: six digits of an authenticator app (RFC 6238), and recovery codes for the day the phone is gone.
//!
//! The secret that app and server share is the keyed hash of a random salt under the installation's secret; the database
//! keeps the salt. So a stolen copy of the database makes no codes, and no encryption has to be kept. A code counts once
//! (its time step only grows, in the database too), a recovery code as well.

pub mod actions;
pub mod pages;
pub mod store;

use chrono::{DateTime, Utc};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

use crate::tokens::Tokens;

/// How many recovery codes somebody gets.
pub const RECOVERY_CODES: usize = 10;

/// Characters of a recovery code: 120 bits, so that a keyed hash is enough (ASVS 6.5.2); no letters that are taken for digits.
const RECOVERY_LENGTH: usize = 24;
const RECOVERY_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstvwxyz0123456789";

/// Bytes of the shared secret: what RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// Makes and reads the codes of one account.
pub struct Codes {
    secret: Vec<u8>,
}

impl Codes {
    /// The codes that belong to a salt.
    pub fn new(tokens: &Tokens, salt: Uuid) -> Self {
        let mut secret = tokens.fingerprint("second factor", salt.as_bytes());
        secret.truncate(SECRET_BYTES);
        Self { secret }
    }

    fn totp(&self) -> Totp {
        // SHA-1, six digits, 30 seconds, one step to either side: what every app knows, and the library's defaults.
        Builder::new().with_secret(self.secret.clone()).build_noncompliant()
    }

    /// The time step of a right code, for [`store::use_step`]. Blanks are left out; anything else makes it wrong.
    pub fn step(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let six_digits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = u64::try_from(now.timestamp()).ok()?;
        let step = six_digits.then(|| self.totp().check(&code, seconds)).flatten()?;
        i64::try_from(step).ok()
    }

    /// The secret as people type it into an app: base 32, in groups of four.
    pub fn key(&self) -> String {
        let key = Secret::from(self.secret.clone()).to_base32();
        let groups: Vec<&str> = key
            .as_bytes()
            .chunks(4)
            .filter_map(|group| str::from_utf8(group).ok())
            .collect();
        groups.join(" ")
    }

    /// The address that apps read from the picture.
    pub fn address(&self, site: &str, email: &str) -> String {
        let escaped = |text: &str| {
            url::form_urlencoded::byte_serialize(text.as_bytes())
                .collect::<String>()
                .replace('+', "%20")
        };
        let (site, email) = (escaped(site), escaped(email));
        let key = Secret::from(self.secret.clone()).to_base32();
        format!("otpauth://totp/{site}:{email}?secret={key}&issuer={site}&algorithm=SHA1&digits=6&period=30")
    }
}

/// A picture of `text` for a camera: its side in modules with the quiet border, and the path of the dark ones.
pub fn picture(text: &str) -> Option<(i32, String)> {
    use std::fmt::Write as _;
    const BORDER: i32 = 4;
    let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let from = x;
            while code.get_module(x, y) {
                x += 1;
            }
            if x > from {
                let _ = write!(path, "M{} {}h{}v1h-{}z", from + BORDER, y + BORDER, x - from, x - from);
            }
            x += 1;
        }
    }
    Some((code.size() + 2 * BORDER, path))
}

/// New recovery codes, as they are shown once.
fn recovery_codes() -> Vec<String> {
    use rand::RngExt as _;
    let mut rng = rand::rng();
    let mut one = || -> String {
        (0..RECOVERY_LENGTH)
            .map(|_| char::from(RECOVERY_ALPHABET[rng.random_range(0..RECOVERY_ALPHABET.len())]))
            .collect()
    };
    (0..RECOVERY_CODES)
        .map(|_| {
            let code = one();
            let groups: Vec<&str> = code
                .as_bytes()
                .chunks(6)
                .filter_map(|group| str::from_utf8(group).ok())
                .collect();
            groups.join("-")
        })
        .collect()
}

/// What is stored of a recovery code; none when the text cannot be one.
fn recovery_hash(tokens: &Tokens, code: &str) -> Option<Vec<u8>> {
    let plain: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let fits = plain.len() == RECOVERY_LENGTH && plain.bytes().all(|byte| RECOVERY_ALPHABET.contains(&byte));
    fits.then(|| tokens.fingerprint("recovery code", plain.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("in range")
    }

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, SHA-1, the last six of eight digits.
        let codes = Codes {
            secret: b"12345678901234567890".to_vec(),
        };
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(codes.step(code, at(seconds)), Some(seconds / 30), "{code}");
            assert_eq!(codes.step(code, at(seconds + 30)), Some(seconds / 30), "a slow clock");
            assert_eq!(codes.step(code, at(seconds + 61)), None, "too late");
        }
        for wrong in ["", "28708", "287 082 ", "2870822", "abcdef", "２８７０８２"] {
            let found = codes.step(wrong, at(59));
            assert_eq!(found.is_some(), wrong == "287 082 ", "{wrong}");
        }
        assert_eq!(codes.key(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }

    #[test]
    fn two_salts_and_two_installations_have_nothing_in_common() {
        let (one, other) = (Tokens::new(b"one"), Tokens::new(b"another"));
        let salt = Uuid::from_u128(7);
        assert_ne!(Codes::new(&one, salt).secret, Codes::new(&other, salt).secret);
        assert_ne!(
            Codes::new(&one, salt).secret,
            Codes::new(&one, Uuid::from_u128(8)).secret
        );
        assert_eq!(Codes::new(&one, salt).secret.len(), SECRET_BYTES);
    }

    #[test]
    fn a_recovery_code_is_read_as_people_type_it() {
        let tokens = Tokens::new(b"one");
        let codes = recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let typed = codes[0].replace('-', " ").to_uppercase();
        assert_eq!(recovery_hash(&tokens, &typed), recovery_hash(&tokens, &codes[0]));
        assert!(recovery_hash(&tokens, &codes[0]).is_some());
        assert!(recovery_hash(&tokens, "123456").is_none());
        assert_ne!(codes[0], codes[1]);
    }

    #[test]
    fn the_picture_is_a_square_with_a_border() {
        let codes = Codes::new(&Tokens::new(b"one"), Uuid::from_u128(7));
        let address = codes.address("Meridian", "ana+x@y.test");
        assert!(
            address.starts_with("otpauth://totp/Meridian:ana%2Bx%40y.test?secret="),
            "{address}"
        );
        let (side, path) = picture(&address).expect("it fits");
        assert!((29..90).contains(&side), "{side}");
        assert!(path.starts_with("M4 4h7v1h-7z"));
    }
}
