//! The guarantee line: a cell a day, today, the days with something to do, the boundary.

use std::fmt::Write as _;

/// A named day of the guarantee line: a check-in, a pause, a notice.
#[derive(Debug, Clone)]
pub struct LineMark {
    /// Day of the guarantee, from 1.
    pub day: u32,
    /// "check-in", "check-in done".
    pub label: String,
}

/// One day of the line.
#[derive(Debug, Clone, Copy)]
pub struct DayCell {
    day: u32,
    days: u32,
    today: Option<u32>,
    rest: bool,
    ring: bool,
}

/// Percent of the line, with three decimals, without floats.
fn percent(part: u32, whole: u32) -> String {
    let thousandths = u64::from(part) * 100_000 / u64::from(whole.max(1));
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

impl DayCell {
    /// Left edge in percent of the line.
    pub fn x(&self) -> String {
        percent((self.day - 1) * 100, self.days * 100)
    }

    /// Width in percent: a gap of 8% of a day stays between two cells.
    pub fn width(&self) -> String {
        percent(92, self.days * 100)
    }

    /// Classes: past, today or ahead; rest on days without work; ring where something is due.
    pub fn class(&self) -> String {
        let when = match self.today {
            Some(today) if self.day < today => "past",
            Some(today) if self.day == today => "today",
            _ => "ahead",
        };
        let rest = if self.rest { " rest" } else { "" };
        let ring = if self.ring { " marked" } else { "" };
        format!("{when}{rest}{ring}")
    }
}

/// A word under the line.
#[derive(Debug, Clone)]
pub struct LineLabel {
    day: u32,
    days: u32,
    minor: bool,
    now: bool,
    /// What it says.
    pub text: String,
}

impl LineLabel {
    /// Where it hangs, in percent of the line.
    pub fn x(&self) -> String {
        match self.day {
            1 => "0".to_owned(),
            day if day >= self.days => "99.7".to_owned(),
            day => percent((day - 1) * 100 + 46, self.days * 100),
        }
    }

    /// The first hangs from its left end, the last from its right end.
    pub fn anchor(&self) -> &'static str {
        match self.day {
            1 => "start",
            day if day >= self.days => "end",
            _ => "middle",
        }
    }

    /// minor = hidden on narrow screens (the words say it all the same).
    pub fn class(&self) -> &'static str {
        match (self.now, self.minor) {
            (true, true) => "now minor",
            (true, false) => "now",
            (false, true) => "minor",
            (false, false) => "end",
        }
    }
}

/// The days of a guarantee: one cell each, today, named days, the last day.
#[derive(Debug, Clone)]
pub struct GuaranteeLine {
    days: u32,
    today: Option<u32>,
    start_label: String,
    end_label: String,
    rest: Vec<bool>,
    marks: Vec<LineMark>,
}

impl GuaranteeLine {
    /// `days` cells; `today` counts from 1, is `None` before the start, and lies beyond `days` when it is over. The
    /// labels stand under the first and the last day: "2 Nov start", "1 Dec last day".
    pub fn new(days: u32, today: Option<u32>, start_label: impl Into<String>, end_label: impl Into<String>) -> Self {
        Self {
            days: days.max(1),
            today,
            start_label: start_label.into(),
            end_label: end_label.into(),
            rest: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Which days are without work (index 0 = day 1); they are drawn paler.
    #[must_use]
    pub fn rest_days(mut self, rest: Vec<bool>) -> Self {
        self.rest = rest;
        self
    }

    /// Names days under the line.
    #[must_use]
    pub fn marks(mut self, marks: Vec<LineMark>) -> Self {
        self.marks = marks;
        self
    }

    /// One cell a day.
    pub fn cells(&self) -> Vec<DayCell> {
        let rest = |day: u32| {
            usize::try_from(day - 1)
                .ok()
                .and_then(|i| self.rest.get(i))
                .copied()
                .unwrap_or(false)
        };
        (1..=self.days)
            .map(|day| DayCell {
                day,
                days: self.days,
                today: self.today,
                rest: rest(day),
                ring: self.marks.iter().any(|mark| mark.day == day),
            })
            .collect()
    }

    /// The words under the line: start, today, the named days, the last day. A word too near to a more important one
    /// is left out (it stays in [`Self::words`]).
    pub fn labels(&self) -> Vec<LineLabel> {
        let (days, label) = (self.days, |day, minor, now, text: &str| LineLabel {
            day,
            days: self.days,
            minor,
            now,
            text: text.to_owned(),
        });
        let mut labels = vec![
            label(1, false, false, &self.start_label),
            label(days, false, false, &self.end_label),
        ];
        let near = |labels: &[LineLabel], day: u32| labels.iter().any(|other| other.day.abs_diff(day) * 100 < days * 9);
        if let Some(today) = self.today.filter(|today| *today <= days && *today > 0)
            && !near(&labels, today)
        {
            // On a narrow screen the words at both ends reach far into the line.
            let beside_an_end = (today - 1).min(days - today) * 100 < days * 34;
            labels.push(label(today, beside_an_end, true, "today"));
        }
        for mark in self.marks.iter().filter(|mark| mark.day >= 1 && mark.day <= days) {
            if !near(&labels, mark.day) && !self.is_under_an_end(mark) {
                labels.push(label(mark.day, true, false, &mark.label));
            }
        }
        labels
    }

    /// Whether the words at an end of the line reach to those of a mark, where the line is as narrow as beside a text: there a
    /// letter takes some three quarters of a percent.
    fn is_under_an_end(&self, mark: &LineMark) -> bool {
        let letters = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX / 200);
        let reach = |end: &str| letters(end) * 75 + letters(&mark.label) * 40;
        let apart = |days: u32| days * 10_000 / self.days;
        apart(mark.day.saturating_sub(1)) < reach(&self.start_label)
            || apart(self.days.saturating_sub(mark.day)) < reach(&self.end_label)
    }

    /// The same as the picture, for those who hear it.
    pub fn words(&self) -> String {
        let mut text = match self.today {
            None => format!("{} days, not started", self.days),
            Some(today) if today > self.days => format!("{} days, all of them over", self.days),
            Some(today) => format!("Day {today} of {}", self.days),
        };
        let _ = write!(text, ". {}; {}", self.start_label, self.end_label);
        for mark in &self.marks {
            let _ = write!(text, "; {} on day {}", mark.label, mark.day);
        }
        text
    }
}
