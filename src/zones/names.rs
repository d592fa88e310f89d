//! Zones as people look for them: by city.

use chrono::{DateTime, Utc};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Zone;

/// The parts of the world that a list of places to choose from is made of.
const REGIONS: [&str; 9] = [
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// Names inside those regions that the data keeps only for old files: former spellings and merged places.
const FORMER: &str = "Africa/Asmera Africa/Timbuktu America/Argentina/ComodRivadavia America/Atka America/Buenos_Aires \
    America/Catamarca America/Coral_Harbour America/Cordoba America/Ensenada America/Fort_Wayne America/Godthab \
    America/Indianapolis America/Jujuy America/Knox_IN America/Louisville America/Mendoza America/Montreal \
    America/Nipigon America/Pangnirtung America/Porto_Acre America/Rainy_River America/Rosario America/Santa_Isabel \
    America/Shiprock America/Thunder_Bay America/Virgin America/Yellowknife Antarctica/South_Pole Asia/Ashkhabad \
    Asia/Calcutta Asia/Choibalsan Asia/Chongqing Asia/Chungking Asia/Dacca Asia/Harbin Asia/Istanbul Asia/Kashgar \
    Asia/Katmandu Asia/Macao Asia/Rangoon Asia/Saigon Asia/Tel_Aviv Asia/Thimbu Asia/Ujung_Pandang Asia/Ulan_Bator \
    Atlantic/Faeroe Atlantic/Jan_Mayen Australia/ACT Australia/Canberra Australia/Currie Australia/LHI Australia/NSW \
    Australia/North Australia/Queensland Australia/South Australia/Tasmania Australia/Victoria Australia/West \
    Australia/Yancowinna Europe/Belfast Europe/Kiev Europe/Nicosia Europe/Tiraspol Europe/Uzhgorod Europe/Zaporozhye \
    Pacific/Enderbury Pacific/Johnston Pacific/Ponape Pacific/Samoa Pacific/Truk Pacific/Yap";

/// One line of a list of zones to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The zone itself; its name is the value to send.
    pub zone: Zone,
    /// The part of the world, for grouping: `America`.
    pub region: &'static str,
    /// For people: `Sao Paulo (UTC-3)`.
    pub label: String,
}

impl Zone {
    /// The zones a person chooses from: every place under its present name, and UTC; links and old spellings left out.
    pub fn canonical() -> impl Iterator<Item = Self> {
        Self::all().filter(|zone| zone.is_canonical())
    }

    fn is_canonical(self) -> bool {
        let name = self.name();
        name == "UTC"
            || (REGIONS.contains(&self.region()) && !FORMER.split_ascii_whitespace().any(|former| former == name))
    }

    /// The part of the world the name starts with, or nothing for `UTC` and its like.
    pub fn region(self) -> &'static str {
        self.name().split_once('/').map_or("", |(region, _)| region)
    }

    /// The place for people: `Sao Paulo`, `Buenos Aires, Argentina`.
    pub fn place(self) -> String {
        let mut parts = self.name().split('/');
        let region = parts.next().unwrap_or_default();
        match (parts.next(), parts.next()) {
            (Some(wider), Some(city)) => format!("{}, {}", spaced(city), spaced(wider)),
            (Some(city), None) => spaced(city),
            (None, _) => spaced(region),
        }
    }

    /// The place and its distance from UTC in the year after `at`: `New York (UTC-5/-4)`.
    pub fn label(self, at: DateTime<Utc>) -> String {
        format!("{} ({})", self.place(), self.offset_label(at))
    }

    /// The list for a form, by region and place. `at` decides the offsets in the labels.
    pub fn choices(at: DateTime<Utc>) -> Vec<Choice> {
        let mut choices: Vec<Choice> = Self::canonical()
            .map(|zone| Choice {
                zone,
                region: zone.region(),
                label: zone.label(at),
            })
            .collect();
        choices.sort_by(|a, b| (a.region, &a.label).cmp(&(b.region, &b.label)));
        choices
    }

    /// The zone a person means: an IANA name, a place, or a line of [`Zone::choices`], whatever the capitals, accents
    /// and underscores. Nothing when no zone or more than one answers to it.
    pub fn find(text: &str) -> Option<Self> {
        let typed = text.split_once('(').map_or(text, |(place, _)| place).trim();
        let exact = || Self::parse(&typed.replace(' ', "_")).ok();
        let wanted = folded(typed);
        if wanted.is_empty() {
            return None;
        }
        if typed.contains('/') {
            return exact();
        }
        let whole = |zone: &Self| folded(&zone.place()) == wanted;
        let city = |zone: &Self| {
            zone.name()
                .rsplit('/')
                .next()
                .is_some_and(|city| folded(city) == wanted)
        };
        // Places first: "Jamaica" is also the name of an old link, and nobody means that.
        only(Self::canonical().filter(whole))
            .or_else(|| only(Self::canonical().filter(city)))
            .or_else(exact)
    }
}

fn only(mut zones: impl Iterator<Item = Zone>) -> Option<Zone> {
    let first = zones.next()?;
    zones.next().is_none().then_some(first)
}

fn spaced(part: &str) -> String {
    part.replace('_', " ")
}

/// Letters and digits in small form without accents: `São_Paulo` and `sao paulo` are the same.
fn folded(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c) && c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
