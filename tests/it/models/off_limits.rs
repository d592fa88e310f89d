//! Whether a rule keeps two apart on a day, by living through every day from the one on which it was made.

use chrono::{Days, NaiveDate};

/// A rule between the person and the client of these numbers.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub person: usize,
    pub client: usize,
    pub made: NaiveDate,
    /// The last day, if one was set.
    pub last: Option<NaiveDate>,
    /// The day on which somebody ended it.
    pub ended: Option<NaiveDate>,
}

fn holds(rule: &Rule, asked: NaiveDate) -> bool {
    let mut day = rule.made;
    loop {
        if day > asked {
            return false; // made later
        }
        let over = rule.ended == Some(day) || rule.last.is_some_and(|last| day == last.succ_opt().unwrap());
        if over {
            return false;
        }
        if day == asked {
            return true;
        }
        day = day.checked_add_days(Days::new(1)).unwrap();
    }
}

/// Whether any rule keeps the two apart on that day.
pub fn apart(rules: &[Rule], person: usize, client: usize, day: NaiveDate) -> bool {
    let mut found = false;
    for rule in rules {
        if rule.person == person && rule.client == client && holds(rule, day) {
            found = true;
        }
    }
    found
}
