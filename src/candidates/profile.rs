//! What a profile says, apart from the ledger: one value, compared field by field.

use chrono::NaiveDate;

use crate::countries::Country;
use crate::money::Rate;
use crate::tracks::levels::Seniority;
use crate::zones::{Weekdays, Zone, clock_text};

/// The fields that people edit. `None` and "" are unknown, and stay so until somebody states a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Display name; none: an anonymous profile, shown by its code.
    pub name: Option<String>,
    /// Folded address.
    pub email: Option<String>,
    /// As written.
    pub phone: Option<String>,
    /// Display only.
    pub country: Option<String>,
    /// Whose holidays they keep, because they work there; `None`: as the zone says. Counts business days and nothing else.
    pub works_in: Option<Country>,
    /// Display only.
    pub city: Option<String>,
    /// Where the wall clock hangs.
    pub zone: Option<Zone>,
    /// Working hours on that clock.
    pub hours: Option<Hours>,
    /// A hint.
    pub seniority: Option<Seniority>,
    /// Expected pay. Never shown to clients.
    pub pay: Option<Rate>,
    /// Free from this day.
    pub available_from: Option<NaiveDate>,
    /// Shortest engagement wanted.
    pub least_months: Option<i16>,
    /// Longest engagement wanted.
    pub most_months: Option<i16>,
    /// Free text.
    pub wishes: String,
    /// One line of evidence for a client.
    pub headline: String,
    /// Free text.
    pub links: String,
}

/// Working hours and days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// Minutes after local midnight.
    pub start: i16,
    /// Minutes after local midnight; at or before `start`: the next day.
    pub end: i16,
    /// Bit 0 = Monday.
    pub days: i16,
}

impl Hours {
    /// Length of the working day in minutes.
    pub fn minutes(self) -> i16 {
        match (self.end - self.start).rem_euclid(24 * 60) {
            0 => 24 * 60,
            minutes => minutes,
        }
    }

    /// The days as a set.
    pub fn weekdays(self) -> Weekdays {
        Weekdays::from_bits(u8::try_from(self.days).unwrap_or_default())
    }

    /// "09:00-18:00, Mon-Fri".
    pub fn label(self) -> String {
        format!("{}, {}", self.times(), self.weekdays())
    }

    /// "09:00-18:00".
    pub fn times(self) -> String {
        format!("{}-{}", clock(self.start), clock(self.end))
    }
}

/// "09:00" for 540.
pub fn clock(minute: i16) -> String {
    clock_text(u16::try_from(minute).unwrap_or_default())
}

impl Details {
    /// The fields as (name, words), in the order of the form. One list serves the differences, the events and the page that
    /// shows two versions.
    pub fn lines(&self) -> [(&'static str, String); 16] {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let number = |value: Option<i16>| value.map(|n| n.to_string()).unwrap_or_default();
        [
            ("Name", text(&self.name)),
            ("E-mail", text(&self.email)),
            ("Phone", text(&self.phone)),
            ("Country", text(&self.country)),
            (
                "Holidays of",
                self.works_in
                    .map(|country| country.name().to_owned())
                    .unwrap_or_default(),
            ),
            ("City", text(&self.city)),
            (
                "Time zone",
                self.zone.map(|zone| zone.name().to_owned()).unwrap_or_default(),
            ),
            ("Working hours", self.hours.map(Hours::label).unwrap_or_default()),
            (
                "Seniority",
                self.seniority.map(|band| band.label().to_owned()).unwrap_or_default(),
            ),
            ("Expected pay", self.pay.map(|pay| pay.to_string()).unwrap_or_default()),
            (
                "Free from",
                self.available_from.map(|day| day.to_string()).unwrap_or_default(),
            ),
            ("Shortest engagement", number(self.least_months)),
            ("Longest engagement", number(self.most_months)),
            ("Headline", self.headline.clone()),
            ("Wishes", self.wishes.clone()),
            ("Links", self.links.clone()),
        ]
    }

    /// The names of the fields in which two versions differ. Only names: values do not belong into the event log.
    pub fn changed(&self, other: &Self) -> Vec<&'static str> {
        self.differences(other).into_iter().map(|(name, _, _)| name).collect()
    }

    /// Where two versions differ: field, this one's words, the other's.
    pub fn differences(&self, other: &Self) -> Vec<(&'static str, String, String)> {
        self.lines()
            .into_iter()
            .zip(other.lines())
            .filter(|((_, mine), (_, theirs))| mine != theirs)
            .map(|((name, mine), (_, theirs))| (name, mine, theirs))
            .collect()
    }

    /// Takes one field, by its name in [`Self::lines`], from another version.
    pub fn take(&mut self, field: &str, from: &Self) {
        match field {
            "Name" => self.name.clone_from(&from.name),
            "E-mail" => self.email.clone_from(&from.email),
            "Phone" => self.phone.clone_from(&from.phone),
            "Country" => self.country.clone_from(&from.country),
            "Holidays of" => self.works_in = from.works_in,
            "City" => self.city.clone_from(&from.city),
            "Time zone" => self.zone = from.zone,
            "Working hours" => self.hours = from.hours,
            "Seniority" => self.seniority = from.seniority,
            "Expected pay" => self.pay = from.pay,
            "Free from" => self.available_from = from.available_from,
            "Shortest engagement" => self.least_months = from.least_months,
            "Longest engagement" => self.most_months = from.most_months,
            "Headline" => self.headline.clone_from(&from.headline),
            "Wishes" => self.wishes.clone_from(&from.wishes),
            "Links" => self.links.clone_from(&from.links),
            _ => {}
        }
    }

    /// The questions to ask before somebody can be matched.
    pub fn unknown(&self) -> Vec<&'static str> {
        let asked = [
            ("time zone", self.zone.is_none()),
            ("working hours", self.hours.is_none()),
            ("seniority", self.seniority.is_none()),
            ("expected pay", self.pay.is_none()),
            ("availability", self.available_from.is_none()),
        ];
        asked
            .into_iter()
            .filter(|(_, unknown)| *unknown)
            .map(|(name, _)| name)
            .collect()
    }
}

/// Addresses that a profile may have at most.
pub const LINKS: usize = 5;

/// Reads the links of a profile: one address a line, https, at most [`LINKS`]. Written as the browser would write them.
pub fn read_links(text: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > LINKS {
        return Err(format!("At most {LINKS} addresses, please: the ones that show most."));
    }
    let mut read: Vec<String> = Vec::new();
    for line in lines {
        let address = link(line).ok_or_else(|| {
            let shown: String = line.chars().take(60).collect();
            format!("\"{shown}\" is no address that starts with https://, such as https://github.com/ana.")
        })?;
        if !read.contains(&address) {
            read.push(address);
        }
    }
    Ok(read.join("\n"))
}

/// An https address with a host and nothing that could mislead whoever follows it.
fn link(text: &str) -> Option<String> {
    if text.len() > 300 {
        return None;
    }
    let address = url::Url::parse(text).ok()?;
    let plain = address.scheme() == "https"
        && address.host_str().is_some_and(|host| host.contains('.'))
        && address.username().is_empty()
        && address.password().is_none();
    plain.then(|| address.to_string())
}

/// The lines of stored links: each as an address that may be followed, or as text. What came from a file is text until the
/// person or staff write it as an address.
pub fn shown_links(links: &str) -> Vec<(String, bool)> {
    let written = links.lines().map(str::trim).filter(|line| !line.is_empty());
    written
        .map(|line| link(line).map_or_else(|| (line.to_owned(), false), |link| (link, true)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_addresses_that_may_be_followed() {
        assert_eq!(
            read_links(" https://github.com/ana \n\nHTTPS://Ana.dev/x?y=1#z\nhttps://github.com/ana"),
            Ok("https://github.com/ana\nhttps://ana.dev/x?y=1#z".to_owned())
        );
        assert_eq!(read_links(""), Ok(String::new()));
        for wrong in [
            "http://ana.dev",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://github.com@evil.test/",
            "https://user:pass@ana.dev/",
            "https://localhost/",
            "github.com/ana",
            "https://",
            "//ana.dev",
            "\"><script>",
        ] {
            let said = read_links(wrong).expect_err(wrong);
            assert!(said.contains("https://"), "{said}");
            assert!(shown_links(wrong).iter().all(|(_, follow)| !follow), "{wrong}");
        }
        let six = (0..6)
            .map(|n| format!("https://ana.dev/{n}"))
            .collect::<Vec<_>>()
            .join("\n");
        assert!(read_links(&six).is_err_and(|said| said.contains("At most 5")));
        assert!(read_links(&format!("https://ana.dev/{}", "x".repeat(300))).is_err());
    }
}
