//! Countries by their ISO 3166-1 alpha-2 codes, and the one that a time zone lies in. Both are tables of the IANA time zone data
//! (`iso3166.tab` and `zone.tab`, in the public domain), refreshed with it.
//!
//! A country here says whose holidays count, and nothing else: it is neither a nationality nor an input to any score.

use std::fmt;
use std::sync::LazyLock;

use crate::zones::Zone;

/// A country. As cheap to copy as a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Country {
    code: &'static str,
}

/// Code and name, by code.
static NAMES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| table(include_str!("names.tsv")));

/// Zone and code, by zone.
static ZONES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| table(include_str!("zones.tsv")));

fn table(text: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut rows: Vec<_> = text.lines().filter_map(|line| line.split_once('\t')).collect();
    rows.sort_unstable();
    rows
}

fn find(rows: &[(&'static str, &'static str)], key: &str) -> Option<(&'static str, &'static str)> {
    let at = rows.binary_search_by_key(&key, |(key, _)| key).ok()?;
    Some(rows[at])
}

impl Country {
    /// The country of that code, in whatever letters.
    pub fn parse(code: &str) -> Option<Self> {
        find(&NAMES, &code.trim().to_ascii_uppercase()).map(|(code, _)| Self { code })
    }

    /// Every country, by its name.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = NAMES.iter().map(|(code, _)| Self { code }).collect();
        all.sort_by_key(|country| country.name());
        all
    }

    /// The country a zone lies in; none for `UTC` and for names from before the present ones.
    pub fn of_zone(zone: Zone) -> Option<Self> {
        find(&ZONES, zone.name()).and_then(|(_, code)| Self::parse(code))
    }

    /// "BR".
    pub fn code(self) -> &'static str {
        self.code
    }

    /// For people.
    pub fn name(self) -> &'static str {
        find(&NAMES, self.code).map_or(self.code, |(_, name)| name)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The options of a form: code and name.
pub fn options() -> Vec<(&'static str, &'static str)> {
    Country::all()
        .into_iter()
        .map(|country| (country.code(), country.name()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_and_anything_else_is_none() {
        assert_eq!(Country::parse(" br ").map(Country::name), Some("Brazil"));
        for wrong in ["", "B", "BRA", "ZZ", "Brazil", "B\u{0}", "İİ"] {
            assert_eq!(Country::parse(wrong), None, "{wrong}");
        }
        assert!(Country::all().len() > 240);
        assert!(Country::all().is_sorted_by_key(|country| country.name()));
    }

    #[test]
    fn every_place_of_the_americas_that_can_be_chosen_lies_in_a_country() {
        for zone in Zone::canonical().filter(|zone| zone.region() == "America") {
            assert!(Country::of_zone(zone).is_some(), "{}", zone.name());
        }
        let of = |name| Zone::parse(name).ok().and_then(Country::of_zone).map(Country::code);
        assert_eq!(of("America/Sao_Paulo"), Some("BR"));
        assert_eq!(of("America/Tijuana"), Some("MX"));
        assert_eq!(of("America/Argentina/Ushuaia"), Some("AR"));
        assert_eq!(of("UTC"), None);
    }

    #[test]
    fn every_zone_of_the_table_has_a_country() {
        assert!(ZONES.len() > 400);
        assert!(ZONES.iter().all(|(_, code)| Country::parse(code).is_some()));
    }
}
