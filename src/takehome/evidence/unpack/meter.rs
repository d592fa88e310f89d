//! How much may come of how little. Pure.

use super::{Refusal, Word};
use crate::takehome::evidence::Limits;
use crate::takehome::evidence::limits::MIB;

/// Whether so many bytes of one entry may come of so many. Entry by entry: sources that repeat themselves are small together
/// and no bomb, and what they unpack to has an end by [`total`].
pub fn ratio(limits: &Limits, what: &str, unpacked: u64, packed: u64) -> Result<(), Refusal> {
    if unpacked > limits.free && unpacked > packed.saturating_mul(limits.ratio) {
        let why = format!(
            "{what} unpacks to more than {} times its size, as a decompression bomb does. Leave out generated data.",
            limits.ratio
        );
        return Err(Refusal::new(Word::Bomb, why));
    }
    Ok(())
}

/// Whether a file may be so large.
pub fn file(limits: &Limits, name: &str, bytes: u64) -> Result<(), Refusal> {
    if bytes > limits.file {
        let why = format!(
            "{name} is larger than {} MiB. Leave it out, or say in the README where it comes from.",
            limits.file / MIB
        );
        return Err(Refusal::new(Word::FileTooLarge, why));
    }
    Ok(())
}

/// Whether all may be so large together, of so many packed bytes.
pub fn total(limits: &Limits, name: &str, bytes: u64, packed: u64) -> Result<(), Refusal> {
    if bytes > limits.total {
        ratio(limits, "the archive", bytes, packed)?;
        let why = format!(
            "with {name} the archive unpacks to more than {} MiB. Leave out target/ and other generated files.",
            limits.total / MIB
        );
        return Err(Refusal::new(Word::TooLarge, why));
    }
    Ok(())
}

/// Whether there may be so many entries.
pub fn entries(limits: &Limits, number: u64) -> Result<(), Refusal> {
    if number > limits.entries {
        let why = format!(
            "there are more than {} entries. Leave out target/, .git/ and other generated files.",
            limits.entries
        );
        return Err(Refusal::new(Word::TooManyEntries, why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mebibyte_is_free_and_then_the_ratio_holds() {
        let limits = Limits::STANDARD;
        let word = |unpacked, packed| ratio(&limits, "x", unpacked, packed).err().map(|refusal| refusal.word);
        assert_eq!(word(limits.free, 1), None);
        assert_eq!(word(limits.free + 1, 1), Some(Word::Bomb));
        assert_eq!(word(2_000_000, 10_000), None);
        assert_eq!(word(2_000_001, 10_000), Some(Word::Bomb));
        assert_eq!(word(u64::MAX, u64::MAX / 100), None);
    }

    #[test]
    fn limits_are_the_last_that_is_taken() {
        let limits = Limits::STANDARD;
        assert!(file(&limits, "x", limits.file).is_ok() && file(&limits, "x", limits.file + 1).is_err());
        let word = |bytes, packed| total(&limits, "x", bytes, packed).err().map(|refusal| refusal.word);
        assert_eq!(word(limits.total, 1), None);
        assert_eq!(word(limits.total + 1, MIB), Some(Word::TooLarge));
        assert_eq!(word(limits.total + 1, 1_000), Some(Word::Bomb));
        assert!(entries(&limits, limits.entries).is_ok() && entries(&limits, limits.entries + 1).is_err());
    }
}
