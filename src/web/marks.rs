//! The drawings of our own, as plain geometry: points bar, overlap strip, guarantee line.
//!
//! They know no domain: a page turns its facts into them, `templates/ui/marks.html` draws them as SVG with attributes
//! (the content policy refuses style attributes), and each one says in `words()` what it shows.

use std::fmt::Write as _;

/// How many part colours the styles have (`.p1` to `.p8`).
const COLOURS: usize = 8;

/// Thousands apart: 8600 -> "8,600".
pub fn thousands(n: u32) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// One criterion of a points bar.
#[derive(Debug, Clone)]
pub struct PointsPart {
    /// "Must-have skills".
    pub label: String,
    /// Points earned.
    pub points: u32,
    /// Points that could be earned.
    pub of: u32,
    /// Why it earned them; may be empty.
    pub note: String,
    /// 1 to 8, set by [`PointsBar::new`] from the position, so that a criterion keeps its colour.
    pub colour: usize,
}

impl PointsPart {
    /// A part; its colour comes from its place in the bar.
    pub fn new(label: impl Into<String>, points: u32, of: u32, note: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            points,
            of,
            note: note.into(),
            colour: 1,
        }
    }

    /// Points with thousands apart.
    pub fn points_text(&self) -> String {
        thousands(self.points)
    }

    /// The most points with thousands apart.
    pub fn of_text(&self) -> String {
        thousands(self.of)
    }
}

/// A coloured stretch of the bar, in points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Where it starts.
    pub x: u32,
    /// How long it is.
    pub width: u32,
    /// 1 to 8.
    pub colour: usize,
}

/// Points out of a total, with the parts they come from.
#[derive(Debug, Clone)]
pub struct PointsBar {
    /// Sum of the parts' points.
    pub total: u32,
    /// The most there is, 10,000 for a match.
    pub of: u32,
    /// In the order of the published formula, the same for every candidate.
    pub parts: Vec<PointsPart>,
}

impl PointsBar {
    /// A bar of `of` points; the total is the sum of the parts.
    pub fn new(of: u32, mut parts: Vec<PointsPart>) -> Self {
        for (i, part) in parts.iter_mut().enumerate() {
            part.colour = i % COLOURS + 1;
        }
        Self {
            total: parts.iter().map(|part| part.points).sum(),
            of,
            parts,
        }
    }

    /// The total with thousands apart.
    pub fn total_text(&self) -> String {
        thousands(self.total)
    }

    /// The most there is with thousands apart.
    pub fn of_text(&self) -> String {
        thousands(self.of)
    }

    /// The parts that earned something, one behind the other.
    pub fn segments(&self) -> Vec<Segment> {
        let mut x = 0;
        let mut segments = Vec::with_capacity(self.parts.len());
        for part in self.parts.iter().filter(|part| part.points > 0) {
            segments.push(Segment {
                x,
                width: part.points,
                colour: part.colour,
            });
            x += part.points;
        }
        segments
    }

    /// "8,600 of 10,000 points: Must-have skills 2,500 of 2,500, ...".
    pub fn words(&self) -> String {
        let mut text = format!("{} of {} points", thousands(self.total), thousands(self.of));
        for (i, part) in self.parts.iter().enumerate() {
            let sign = if i == 0 { ": " } else { ", " };
            let _ = write!(
                text,
                "{sign}{} {} of {}",
                part.label,
                part.points_text(),
                part.of_text()
            );
        }
        text
    }
}

/// Minutes in a day.
const DAY: i32 = 1440;

/// A stretch of one day, in minutes from midnight: 0 <= from < to <= 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First minute.
    pub from: i32,
    /// The minute after the last.
    pub to: i32,
}

impl Span {
    /// Its length.
    pub fn minutes(&self) -> i32 {
        self.to - self.from
    }
}

/// A stretch that starts on any day and lasts at most a day, folded onto one day: two pieces when it crosses midnight.
fn fold(from: i32, minutes: i32) -> Vec<Span> {
    let minutes = minutes.clamp(0, DAY);
    if minutes == 0 {
        return Vec::new();
    }
    let start = from.rem_euclid(DAY);
    let end = start + minutes;
    if end <= DAY {
        vec![Span { from: start, to: end }]
    } else {
        vec![Span { from: 0, to: end - DAY }, Span { from: start, to: DAY }]
    }
}

fn wall(minute: i32) -> String {
    let minute = minute.rem_euclid(DAY);
    format!("{}:{:02}", minute / 60, minute % 60)
}

/// Two working days on the client's 24 hours.
#[derive(Debug, Clone)]
pub struct OverlapStrip {
    client: (i32, i32),
    candidate: (i32, i32),
    /// What stands under the strip: "7.0 h". The page computes it: the gate's least hours, not this picture's.
    pub caption: String,
}

impl OverlapStrip {
    /// Both days as (start, length), minutes of the client's wall clock; a start may lie before 0 or beyond 1440.
    pub fn new(client: (i32, i32), candidate: (i32, i32), caption: impl Into<String>) -> Self {
        Self {
            client,
            candidate,
            caption: caption.into(),
        }
    }

    /// The client's working day.
    pub fn client(&self) -> Vec<Span> {
        fold(self.client.0, self.client.1)
    }

    /// The candidate's working day, on the client's clock.
    pub fn candidate(&self) -> Vec<Span> {
        fold(self.candidate.0, self.candidate.1)
    }

    /// The stretches in which both work.
    pub fn shared(&self) -> Vec<Span> {
        let theirs = self.candidate();
        let mut shared = Vec::new();
        for a in self.client() {
            for b in &theirs {
                let (from, to) = (a.from.max(b.from), a.to.min(b.to));
                if from < to {
                    shared.push(Span { from, to });
                }
            }
        }
        shared
    }

    /// The same as the picture, for those who hear it.
    pub fn words(&self) -> String {
        let minutes: i32 = self.shared().iter().map(Span::minutes).sum();
        format!(
            "On the client's clock: client {} to {}, candidate {} to {}; {} h {:02} min shared",
            wall(self.client.0),
            wall(self.client.0 + self.client.1),
            wall(self.candidate.0),
            wall(self.candidate.0 + self.candidate.1),
            minutes / 60,
            minutes % 60
        )
    }
}

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
            if !near(&labels, mark.day) {
                labels.push(label(mark.day, true, false, &mark.label));
            }
        }
        labels
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (10_000, "10,000"),
            (1_234_567, "1,234,567"),
        ];
        for (n, text) in cases {
            assert_eq!(thousands(n), text);
        }
    }

    #[test]
    fn a_bar_has_no_gap_and_ends_at_its_total() {
        let bar = PointsBar::new(
            10_000,
            vec![
                PointsPart::new("a", 2500, 2500, ""),
                PointsPart::new("b", 0, 500, ""),
                PointsPart::new("c", 700, 700, ""),
            ],
        );
        assert_eq!(bar.total, 3200);
        assert_eq!(
            bar.segments(),
            vec![
                Segment {
                    x: 0,
                    width: 2500,
                    colour: 1
                },
                Segment {
                    x: 2500,
                    width: 700,
                    colour: 3
                }
            ]
        );
        assert!(
            bar.words()
                .starts_with("3,200 of 10,000 points: a 2,500 of 2,500, b 0 of 500")
        );
    }

    #[test]
    fn a_night_shift_is_two_pieces_of_the_day() {
        let strip = OverlapStrip::new((9 * 60, 8 * 60), (22 * 60, 12 * 60), "1.0 h");
        assert_eq!(
            strip.candidate(),
            vec![Span { from: 0, to: 600 }, Span { from: 1320, to: 1440 }]
        );
        assert_eq!(strip.shared(), vec![Span { from: 540, to: 600 }]);
        assert!(strip.words().ends_with("1 h 00 min shared"), "{}", strip.words());
        let before = OverlapStrip::new((540, 480), (-60, 660), "");
        assert_eq!(before.shared(), vec![Span { from: 540, to: 600 }]);
    }

    #[test]
    fn the_line_has_a_cell_a_day_and_says_where_it_is() {
        let line = GuaranteeLine::new(30, Some(12), "2 Nov start", "1 Dec last day")
            .rest_days((1..=30).map(|day| day % 7 > 5).collect())
            .marks(vec![
                LineMark {
                    day: 7,
                    label: "check-in".to_owned(),
                },
                LineMark {
                    day: 12,
                    label: "check-in".to_owned(),
                },
            ]);
        let cells = line.cells();
        assert_eq!(cells.len(), 30);
        assert_eq!(cells[10].class(), "past");
        assert_eq!(cells[11].class(), "today marked");
        assert_eq!(cells[12].class(), "ahead rest");
        assert_eq!(cells[3].x(), "10.000");
        assert_eq!(line.labels()[2].class(), "now", "day 12 has room for its word");
        let late = GuaranteeLine::new(30, Some(25), "2 Nov start", "1 Dec last day").labels();
        assert_eq!(late[2].class(), "now minor", "day 25 has none on a narrow screen");
        let words: Vec<_> = line.labels().into_iter().map(|label| label.text).collect();
        assert_eq!(
            words,
            ["2 Nov start", "1 Dec last day", "today", "check-in"],
            "the one on today's cell gives way"
        );
        assert_eq!(
            line.words(),
            "Day 12 of 30. 2 Nov start; 1 Dec last day; check-in on day 7; check-in on day 12"
        );
    }
}
