//! What a new password must be, by NIST 800-63B: long enough, and none that everybody tries first. No composition rules.

use zxcvbn::zxcvbn;

/// Fewest and most characters.
pub const LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

/// A password that an attacker with the usual lists finds in fewer guesses is a common one. The longest of the lists has
/// 30,000 entries; whatever stands in one costs no more guesses than its place in it.
const COMMON: u64 = 100_000;

/// How much of a password is compared: the estimate's time grows with the square of the length, and a common beginning of
/// this length does not make a password common.
const COMPARED: usize = 60;

/// Whether a password may be chosen; `about` is what is known of the person (name, address, company) and comes first in
/// every guess.
pub fn judge(password: &str, about: &[&str]) -> Result<(), String> {
    let length = password.chars().count();
    if !LENGTH.contains(&length) {
        let (fewest, most) = (LENGTH.start(), LENGTH.end());
        return Err(format!("Use {fewest} to {most} characters; a few words are fine."));
    }
    if length > COMPARED {
        return Ok(());
    }
    let joined: Vec<String> = about.iter().map(|text| text.replace(['@', '.', ' '], "")).collect();
    let parts = about.iter().flat_map(|text| text.split(['@', '.', ' ']).chain([*text]));
    let parts = parts.chain(joined.iter().map(String::as_str));
    let known: Vec<&str> = parts.chain(["meridian"]).filter(|part| part.len() > 2).collect();
    if zxcvbn(password, &known).guesses() < COMMON {
        return Err("This is one of the first passwords that somebody would try. A few words that have nothing to do with each other are safe and easy to keep in mind.".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_and_own_passwords_are_refused_and_no_composition_is_asked() {
        for common in [
            "password",
            "12345678",
            "iloveyou",
            "Password1",
            "qwertyuiop",
            "letmein1",
            "aaaaaaaaaaaa",
            "abcdefgh",
            "ana.lima@acme.test",
            "AnaLima1",
            "meridian",
            "short",
        ] {
            assert!(judge(common, &["Ana Lima", "ana.lima@acme.test"]).is_err(), "{common}");
        }
        for fine in [
            "correct horse battery",
            "muito obrigado pela visita",
            "川の流れのように静かに",
            "zbqvkxwp",
            "meridian-demo",
        ] {
            assert_eq!(judge(fine, &["Ana Lima", "ana.lima@acme.test"]), Ok(()), "{fine}");
        }
        assert_eq!(judge(&"x".repeat(256), &[]), Ok(()));
        assert!(judge(&"x".repeat(257), &[]).is_err());
    }
}
