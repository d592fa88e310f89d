//! Instants and spans as the pages of this domain say them. Pure.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::zones::Zone;

/// The zone of that name; UTC when none is known or the name is of no present use.
pub fn zone_or_utc(name: Option<&str>) -> Zone {
    name.and_then(|name| Zone::parse(name).ok()).unwrap_or_else(Zone::utc)
}

/// "Tue 24 Nov, 18:00 Santiago".
pub fn local(at: DateTime<Utc>, zone: Option<&str>) -> String {
    let zone = zone_or_utc(zone);
    format!("{} {}", zone.local(at).format("%a %-d %b, %H:%M"), place(zone))
}

/// "21 Nov 2026, 14:02:11 Santiago": for receipts.
pub fn exact(at: DateTime<Utc>, zone: Option<&str>) -> String {
    let zone = zone_or_utc(zone);
    format!("{} {}", zone.local(at).format("%-d %b %Y, %H:%M:%S"), place(zone))
}

/// The city alone: "Buenos Aires" of "Buenos Aires, Argentina".
fn place(zone: Zone) -> String {
    let place = zone.place();
    place.split(',').next().unwrap_or(&place).to_owned()
}

/// For `datetime` attributes.
pub fn iso(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A span in its two largest parts, as people say it: "3 days 4 h", "5 h 12 min", "40 min", "less than a minute".
pub fn span(of: TimeDelta) -> String {
    let minutes = of.num_minutes().abs();
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, 0, _) => "1 day".to_owned(),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, 0, _) => format!("{days} days"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}

/// The deadline an invitation proposes: so many days on, at 18:00 where the candidate is.
pub fn proposed_deadline(now: DateTime<Utc>, days: i16, zone: Zone) -> (NaiveDate, NaiveTime) {
    let day = zone.local_date(now) + TimeDelta::days(i64::from(days));
    (day, NaiveTime::from_hms_opt(18, 0, 0).unwrap_or_default())
}

/// The instant of a wall time in a zone. One that does not exist moves on by the gap, one that comes twice is the first.
pub fn instant(day: NaiveDate, time: NaiveTime, zone: Zone) -> DateTime<Utc> {
    zone.instant(day.and_time(time)).resolve()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn instants_are_said_in_the_candidates_zone_and_in_utc_without_one() {
        let due = at("2026-11-24T21:00:00Z");
        assert_eq!(local(due, Some("America/Santiago")), "Tue 24 Nov, 18:00 Santiago");
        assert_eq!(local(due, None), "Tue 24 Nov, 21:00 UTC");
        assert_eq!(
            local(due, Some("America/Argentina/Buenos_Aires")),
            "Tue 24 Nov, 18:00 Buenos Aires"
        );
        assert_eq!(
            exact(at("2026-11-20T16:02:11Z"), Some("America/Santiago")),
            "20 Nov 2026, 13:02:11 Santiago"
        );
    }

    #[test]
    fn spans_have_two_parts_at_most() {
        for (minutes, words) in [
            (0, "less than a minute"),
            (59, "59 min"),
            (60, "1 h"),
            (312, "5 h 12 min"),
            (1_440, "1 day"),
            (1_500, "1 day 1 h"),
            (4_600, "3 days 4 h"),
            (-2_880, "2 days"),
        ] {
            assert_eq!(span(TimeDelta::minutes(minutes)), words);
        }
    }

    #[test]
    fn a_deadline_in_the_gap_of_santiagos_spring_moves_on() {
        let zone = Zone::parse("America/Santiago").expect("a zone");
        let day = NaiveDate::from_ymd_opt(2026, 9, 6).expect("a day");
        let midnight = NaiveTime::from_hms_opt(0, 30, 0).expect("a time");
        assert_eq!(instant(day, midnight, zone), at("2026-09-06T04:30:00Z"));
        let (day, time) = proposed_deadline(at("2026-11-21T02:00:00Z"), 5, zone);
        assert_eq!(
            (day.to_string(), time.to_string()),
            ("2026-11-25".to_owned(), "18:00:00".to_owned())
        );
    }
}
