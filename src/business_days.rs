//! Business days: Monday to Friday, without the holidays of any calendar that is asked. Pure.
//!
//! Calendars come as lists of dates, in any order. A day counts when it is a business day of every one of them, so that a
//! promise between two countries never falls on a day on which one side does not work.

use chrono::{Datelike as _, NaiveDate, Weekday};

/// More dates than this are not looked through: twenty years without a business day are a mistake in the calendars.
const MOST_DATES: usize = 7_320;

/// Whether the day counts.
pub fn is_business_day(day: NaiveDate, calendars: &[&[NaiveDate]]) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !calendars.iter().any(|holidays| holidays.contains(&day))
}

/// The `number`th business day after that day; the day itself for none. `None`: there is no such day within twenty years.
pub fn nth_after(day: NaiveDate, number: u32, calendars: &[&[NaiveDate]]) -> Option<NaiveDate> {
    let Some(skipped) = usize::try_from(number).ok()?.checked_sub(1) else {
        return Some(day);
    };
    day.iter_days()
        .skip(1)
        .take(MOST_DATES)
        .filter(|day| is_business_day(*day, calendars))
        .nth(skipped)
}

/// Business days after the first day and up to the second one, which counts; none when that is no later.
pub fn between(after: NaiveDate, until: NaiveDate, calendars: &[&[NaiveDate]]) -> usize {
    after
        .iter_days()
        .skip(1)
        .take(MOST_DATES)
        .take_while(|day| *day <= until)
        .filter(|day| is_business_day(*day, calendars))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn thirty_business_days_that_begin_on_the_second_of_december_end_on_the_twelfth_of_january() {
        assert_eq!(nth_after(day("2026-12-01"), 30, &[]), Some(day("2027-01-12")));
        assert_eq!(between(day("2026-12-01"), day("2027-01-12"), &[]), 30);
    }

    #[test]
    fn a_holiday_of_either_side_does_not_count() {
        let (thanksgiving, early_may): (&[_], &[_]) = (&[day("2026-11-26")], &[day("2026-11-27")]);
        assert_eq!(nth_after(day("2026-11-23"), 3, &[]), Some(day("2026-11-26")));
        assert_eq!(
            nth_after(day("2026-11-23"), 3, &[thanksgiving]),
            Some(day("2026-11-27"))
        );
        assert_eq!(
            nth_after(day("2026-11-23"), 3, &[early_may, thanksgiving]),
            Some(day("2026-11-30"))
        );
    }

    #[test]
    fn none_after_a_day_is_the_day_and_no_days_lie_between_a_day_and_an_earlier_one() {
        let saturday = day("2026-11-21");
        assert_eq!(nth_after(saturday, 0, &[]), Some(saturday));
        assert_eq!(between(saturday, day("2026-11-20"), &[]), 0);
        assert_eq!(between(saturday, saturday, &[]), 0);
    }

    #[test]
    fn the_end_of_the_calendar_is_no_day() {
        assert_eq!(nth_after(NaiveDate::MAX, 1, &[]), None);
        assert_eq!(between(NaiveDate::MAX, NaiveDate::MAX, &[]), 0);
        let every: Vec<NaiveDate> = day("2026-01-01").iter_days().take(3).collect();
        assert_eq!(
            nth_after(day("2025-12-31"), 1, &[&every]),
            Some(day("2026-01-05")),
            "the weekend follows"
        );
    }
}
