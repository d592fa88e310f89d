//! The drawings of our own, as plain geometry: points bar, overlap strip, guarantee line.
//!
//! They know no domain: a page turns its facts into them, `templates/ui/marks.html` draws them as SVG with attributes
//! (the content policy refuses style attributes), and each one says in `words()` what it shows.

mod guarantee;

use std::fmt::Write as _;

pub use guarantee::{DayCell, GuaranteeLine, LineLabel, LineMark};

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
