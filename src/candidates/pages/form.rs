//! The profile as a form: raw text, so that nothing a person typed is lost, and its reading into [`Details`].

use serde::Deserialize;

use crate::candidates::profile::{Details, Hours, clock, read_links};
use crate::countries::Country;
use crate::money::{self, Currency, Period, Rate};
use crate::tracks::levels::Seniority;
use crate::web::{FormErrors, form};
use crate::zones::{DAYS, Weekdays, Zone};

/// The fields of a profile as typed. A field that a form does not offer stays as the record has it (see [`Scope`]).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of Details")]
pub struct ProfileForm {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub country: String,
    pub works_in: String,
    pub city: String,
    pub zone: String,
    pub work_start: String,
    pub work_end: String,
    pub day: Vec<String>,
    pub seniority: String,
    pub pay: String,
    pub pay_currency: String,
    pub pay_period: String,
    pub available_from: String,
    pub least_months: String,
    pub most_months: String,
    pub headline: String,
    pub wishes: String,
    pub links: String,
    /// Slug of the track; only a new profile asks.
    pub track: String,
    /// The version that was read.
    pub version: String,
}

/// Which part of the profile a form offers; the rest is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything: staff.
    Whole,
    /// What the person may say of themselves, without address (that is the account's), hours and seniority (a judgement).
    Own,
    /// Zone, working hours and days.
    Hours,
}

impl ProfileForm {
    /// The form of a record.
    pub fn of(details: &Details, version: i32) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let number = |value: Option<i16>| value.map(|n| n.to_string()).unwrap_or_default();
        let days = details.hours.map_or(Weekdays::MONDAY_TO_FRIDAY, Hours::weekdays);
        Self {
            name: text(&details.name),
            email: text(&details.email),
            phone: text(&details.phone),
            country: text(&details.country),
            works_in: details
                .works_in
                .map(|country| country.code().to_owned())
                .unwrap_or_default(),
            city: text(&details.city),
            zone: details.zone.map(|zone| zone.name().to_owned()).unwrap_or_default(),
            work_start: details.hours.map(|hours| clock(hours.start)).unwrap_or_default(),
            work_end: details.hours.map(|hours| clock(hours.end)).unwrap_or_default(),
            day: Weekdays::ORDER
                .iter()
                .zip(DAYS)
                .filter(|(day, _)| days.contains(**day))
                .map(|(_, (code, _))| code.to_owned())
                .collect(),
            seniority: details.seniority.map(|band| band.key().to_owned()).unwrap_or_default(),
            pay: details
                .pay
                .map(|pay| money::plain(pay.minor, pay.currency))
                .unwrap_or_default(),
            pay_currency: details
                .pay
                .map_or_else(|| "USD".to_owned(), |pay| pay.currency.to_string()),
            pay_period: details
                .pay
                .map_or_else(|| "month".to_owned(), |pay| pay.period.word().to_owned()),
            available_from: details.available_from.map(|day| day.to_string()).unwrap_or_default(),
            least_months: number(details.least_months),
            most_months: number(details.most_months),
            headline: details.headline.clone(),
            wishes: details.wishes.clone(),
            links: details.links.clone(),
            track: String::new(),
            version: version.to_string(),
        }
    }

    /// Whether a day's box is ticked.
    pub fn works(&self, day: &str) -> bool {
        self.day.iter().any(|ticked| ticked == day)
    }

    /// The version that was read; a form without one is never the newest.
    pub fn version(&self) -> i32 {
        self.version.trim().parse().unwrap_or(-1)
    }

    /// Reads what `scope` offers over `held`; what is wrong goes to `errors`.
    pub fn read(&self, scope: Scope, held: &Details, errors: &mut FormErrors) -> Details {
        let mut details = held.clone();
        if scope != Scope::Hours {
            self.person(&mut details, errors);
            self.terms(&mut details, errors);
        }
        if scope == Scope::Whole {
            details.email = optional(&self.email, |text| errors.take("email", form::email(text)));
            details.seniority = Seniority::parse(&self.seniority);
        }
        if scope != Scope::Own {
            self.week(&mut details, errors);
        }
        details
    }

    fn person(&self, details: &mut Details, errors: &mut FormErrors) {
        let mut line = |field: &'static str, text: &str| {
            errors
                .take(field, form::optional_line(text, 200))
                .filter(|text| !text.is_empty())
        };
        details.name = line("name", &self.name);
        details.phone = line("phone", &self.phone);
        details.country = line("country", &self.country);
        details.city = line("city", &self.city);
        details.headline = line("headline", &self.headline).unwrap_or_default();
        details.works_in = optional(&self.works_in, |text| {
            errors.take(
                "works_in",
                Country::parse(text).ok_or("Choose a country of the list, or none."),
            )
        });
        details.wishes = errors
            .take("wishes", form::text(&self.wishes, 4_000))
            .unwrap_or_default();
        let links = errors.take("links", form::text(&self.links, 2_000)).unwrap_or_default();
        // What came from a file stays as it is until somebody touches it.
        if links != details.links {
            details.links = errors.take("links", read_links(&links)).unwrap_or_default();
        }
    }

    fn terms(&self, details: &mut Details, errors: &mut FormErrors) {
        details.pay = optional(&self.pay, |text| errors.take("pay", self.rate(text)));
        details.available_from = optional(&self.available_from, |text| {
            errors.take("available_from", form::date(text))
        });
        let mut months = |field: &'static str, text: &str| {
            optional(text, |text| {
                let number = text.parse::<i16>().ok().filter(|months| (1..=120).contains(months));
                errors.take(field, number.ok_or("Whole months from 1 to 120, or nothing."))
            })
        };
        details.least_months = months("least_months", &self.least_months);
        details.most_months = months("most_months", &self.most_months);
        if details
            .least_months
            .zip(details.most_months)
            .is_some_and(|(least, most)| least > most)
        {
            errors.add("most_months", "The longest engagement is shorter than the shortest.");
        }
    }

    fn rate(&self, amount: &str) -> Result<Rate, String> {
        let currency: Currency = self.pay_currency.parse().map_err(|_| "Choose a currency.".to_owned())?;
        let period: Period = self
            .pay_period
            .parse()
            .map_err(|_| "Choose hour, month or year.".to_owned())?;
        let minor = money::parse(amount, currency).map_err(str::to_owned)?;
        if minor > 0 {
            Ok(Rate {
                minor,
                currency,
                period,
            })
        } else {
            Err("An amount above zero, or nothing.".to_owned())
        }
    }

    fn week(&self, details: &mut Details, errors: &mut FormErrors) {
        details.zone = optional(&self.zone, |text| {
            let zone = Zone::find(text).ok_or("Choose a place from the list, such as Bogota or America/Bogota.");
            errors.take("zone", zone)
        });
        let times = [("work_start", &self.work_start), ("work_end", &self.work_end)];
        if times.iter().all(|(_, text)| text.trim().is_empty()) {
            details.hours = None;
            return;
        }
        let [start, end] = times.map(|(field, text)| errors.take(field, minute(text)));
        let days = DAYS
            .iter()
            .zip(0..)
            .filter(|((code, _), _)| self.works(code))
            .fold(0i16, |bits, (_, at)| bits | 1 << at);
        if days == 0 {
            errors.add("day", "Choose at least one working day.");
        }
        details.hours = start
            .zip(end)
            .filter(|_| days > 0)
            .map(|(start, end)| Hours { start, end, days });
    }
}

/// Whose holidays somebody may keep: first those of the country their zone lies in, without saying so.
pub(super) fn holiday_countries(zone: Option<Zone>) -> Vec<(&'static str, String)> {
    let guess = zone.and_then(Country::of_zone);
    let first = guess.map_or_else(
        || "Not known: only weekends".to_owned(),
        |country| format!("{}, by the time zone", country.name()),
    );
    let all = Country::all().into_iter();
    std::iter::once(("", first))
        .chain(all.map(|country| (country.code(), country.name().to_owned())))
        .collect()
}

/// Empty is unknown, anything else is read.
fn optional<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    let text = text.trim();
    if text.is_empty() { None } else { read(text) }
}

/// "09:00", as a time field sends it; seconds are ignored, "24:00" is midnight.
fn minute(text: &str) -> Result<i16, &'static str> {
    let mut parts = text.trim().split(':').map(str::parse::<i16>);
    match (parts.next(), parts.next()) {
        (Some(Ok(24)), Some(Ok(0))) => Ok(0),
        (Some(Ok(hours @ 0..=23)), Some(Ok(minutes @ 0..=59))) => Ok(hours * 60 + minutes),
        _ => Err("Write a time such as 09:00."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_goes_through_its_form_unchanged() {
        let details = Details {
            name: Some("Ana Paz".to_owned()),
            works_in: Country::parse("VE"),
            zone: Zone::find("America/Bogota"),
            hours: Some(Hours {
                start: 540,
                end: 0,
                days: 0b100_1111,
            }),
            seniority: Some(Seniority::Mid),
            pay: Some(Rate {
                minor: 750_050,
                currency: Currency::USD,
                period: Period::Month,
            }),
            available_from: "2026-12-01".parse().ok(),
            least_months: Some(3),
            wishes: "Long\nlines".to_owned(),
            ..Details::default()
        };
        let mut errors = FormErrors::none();
        let read = ProfileForm::of(&details, 4).read(Scope::Whole, &Details::default(), &mut errors);
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(read, details);
        let own = ProfileForm::default().read(Scope::Own, &details, &mut errors);
        assert_eq!(
            (own.zone, own.hours, own.seniority),
            (details.zone, details.hours, details.seniority),
            "not offered, kept"
        );
        assert_eq!(own.name, None);
    }

    #[test]
    fn every_fault_has_its_field() {
        let form = ProfileForm {
            email: "nobody".to_owned(),
            works_in: "Atlantis".to_owned(),
            zone: "Atlantis".to_owned(),
            work_start: "25:00".to_owned(),
            pay: "much".to_owned(),
            available_from: "soon".to_owned(),
            least_months: "9".to_owned(),
            most_months: "3".to_owned(),
            ..ProfileForm::default()
        };
        let mut errors = FormErrors::none();
        form.read(Scope::Whole, &Details::default(), &mut errors);
        for field in [
            "email",
            "works_in",
            "zone",
            "work_start",
            "work_end",
            "day",
            "pay",
            "available_from",
            "most_months",
        ] {
            assert!(!errors.of(field).is_empty(), "{field}: {errors:?}");
        }
    }
}
