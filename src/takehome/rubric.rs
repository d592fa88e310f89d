//! The rubric: what a grader may enter, and the one number that comes of it. Pure.
//!
//! A criterion is marked 0 to 4 or "not assessed". A mark of 0, 1 or 4 needs a comment: the ends of the scale are what
//! a candidate asks about. The score is in basis points (0..=10,000) and is computed in integers only:
//!
//! ```text
//! score = 10,000 * sum(weight * points) / (4 * sum(weight)), over the assessed criteria, halves rounded up
//! ```
//!
//! The weight of a criterion that was not assessed therefore goes to the others in proportion to their own weights. When
//! nothing was assessed, or only criteria of weight nought, there is no score: unknown is not zero.

use std::fmt;

/// The highest mark of the scale; the lowest is 0.
pub const TOP: u8 = 4;

/// Full marks, in basis points.
pub const FULL: u32 = 10_000;

/// The longest comment or feedback that is kept, in characters.
pub const COMMENT_LIMIT: usize = 4_000;

/// A mark on the scale, 0 to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(u8);

impl Points {
    /// A mark, if it is on the scale.
    pub fn new(points: u8) -> Option<Self> {
        (points <= TOP).then_some(Self(points))
    }

    /// The mark as a number, 0 to 4.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// What a grader says about one criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Looked at, and there was nothing to judge by.
    NotAssessed,
    /// A mark on the scale.
    Points(Points),
}

impl Mark {
    /// Reads the value of a form field or of a stored draft: `na`, or a digit of the scale.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "na" => Some(Self::NotAssessed),
            digit => digit.parse().ok().and_then(Points::new).map(Self::Points),
        }
    }

    /// The mark on the scale, when there is one.
    pub fn points(self) -> Option<Points> {
        match self {
            Self::NotAssessed => None,
            Self::Points(points) => Some(points),
        }
    }

    /// Whether the grader has to say why.
    pub fn needs_comment(self) -> bool {
        self.points().is_some_and(|points| matches!(points.get(), 0 | 1 | TOP))
    }
}

/// As [`Mark::parse`] reads it.
impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAssessed => f.write_str("na"),
            Self::Points(points) => write!(f, "{}", points.get()),
        }
    }
}

/// What a grader has entered for one criterion so far; a draft may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The mark, when one has been chosen.
    pub mark: Option<Mark>,
    /// Why, as typed.
    pub comment: String,
}

/// Why an entry cannot be handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Neither a mark nor "not assessed".
    NoMark,
    /// 0, 1 and 4 need a comment.
    NoComment,
    /// More than [`COMMENT_LIMIT`] characters.
    CommentTooLong,
}

/// The sentence a grader reads.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMark => "Choose a mark, or say that it was not assessed.",
            Self::NoComment => "Say why: a mark of 0, 1 or 4 needs a comment.",
            Self::CommentTooLong => "Keep the comment under 4,000 characters.",
        })
    }
}

/// Everything that stands in the way of handing the entries in, with the position of each criterion.
pub fn problems(entries: &[Entry]) -> Vec<(usize, Problem)> {
    entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| problem(entry).map(|found| (at, found)))
        .collect()
}

fn problem(entry: &Entry) -> Option<Problem> {
    if entry.comment.chars().count() > COMMENT_LIMIT {
        return Some(Problem::CommentTooLong);
    }
    match entry.mark {
        None => Some(Problem::NoMark),
        Some(mark) if mark.needs_comment() && entry.comment.trim().is_empty() => Some(Problem::NoComment),
        Some(_) => None,
    }
}

/// The weighted score in basis points, from pairs of weight and mark; `None` when nothing that weighs was assessed.
pub fn score(marks: &[(u32, Mark)]) -> Option<u32> {
    let (mut weights, mut earned) = (0_u64, 0_u64);
    for &(weight, mark) in marks {
        if let Some(points) = mark.points() {
            weights += u64::from(weight);
            earned += u64::from(weight) * u64::from(points.get());
        }
    }
    let most = weights * u64::from(TOP);
    if most == 0 {
        return None;
    }
    // Halves up: (2a + b) / 2b is a/b rounded, without a fraction. u64 holds it for 2^32 criteria of any weight a track may have.
    let doubled = earned * u64::from(FULL) * 2 + most;
    u32::try_from(doubled / (most * 2)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(points: u8) -> Mark {
        Mark::Points(Points::new(points).expect("a mark of the scale"))
    }

    #[test]
    fn the_shipped_weights_give_the_figures_worked_out_by_hand() {
        let weights = [25, 20, 15, 20, 20];
        let graded = |marks: [Mark; 5]| score(&weights.into_iter().zip(marks).collect::<Vec<_>>());
        assert_eq!(graded([mark(4); 5]), Some(10_000));
        assert_eq!(graded([mark(0); 5]), Some(0));
        assert_eq!(graded([mark(2); 5]), Some(5_000));
        // 25*3 + 20*4 + 15*2 + 20*1 + 20*4 = 285 of 400.
        assert_eq!(graded([mark(3), mark(4), mark(2), mark(1), mark(4)]), Some(7_125));
        // Without the third: 255 of 340 = 0.75.
        assert_eq!(
            graded([mark(3), mark(4), Mark::NotAssessed, mark(1), mark(4)]),
            Some(7_500)
        );
        assert_eq!(graded([Mark::NotAssessed; 5]), None);
    }

    #[test]
    fn halves_go_up() {
        // 1 of 4 * 5,000 weights: 10,000 / 20,000 is a half of a basis point.
        assert_eq!(score(&[(1, mark(1)), (4_999, mark(0))]), Some(1));
        assert_eq!(score(&[(1, mark(1)), (5_000, mark(0))]), Some(0));
    }

    #[test]
    fn a_criterion_of_no_weight_is_no_score() {
        assert_eq!(score(&[(0, mark(4)), (20, Mark::NotAssessed)]), None);
        assert_eq!(score(&[]), None);
    }

    /// The slow way: hand each lost weight out criterion by criterion as an exact fraction, then search the score that is
    /// nearest, from the top, so that a tie is found at the upper side.
    fn slow(marks: &[(u32, Mark)]) -> Option<u32> {
        let kept: Vec<(i128, i128)> = marks
            .iter()
            .filter_map(|&(weight, mark)| {
                mark.points()
                    .map(|points| (i128::from(weight), i128::from(points.get())))
            })
            .collect();
        let kept_weight: i128 = kept.iter().map(|&(weight, _)| weight).sum();
        if kept_weight == 0 {
            return None;
        }
        let total: i128 = marks.iter().map(|&(weight, _)| i128::from(weight)).sum();
        let lost = total - kept_weight;
        // Each kept criterion has weight + lost * weight / kept_weight, here times kept_weight to stay whole.
        let earned: i128 = kept
            .iter()
            .map(|&(weight, points)| (weight * kept_weight + lost * weight) * points)
            .sum();
        let most = total * kept_weight * 4;
        (0..=10_000_i128)
            .rev()
            .min_by_key(|guess| (guess * most - earned * 10_000).abs())
            .and_then(|guess| u32::try_from(guess).ok())
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_slow_way(raw in proptest::collection::vec((0_u32..=100, 0_u8..=5), 0..7)) {
            let marks: Vec<(u32, Mark)> =
                raw.into_iter().map(|(weight, points)| (weight, Points::new(points).map_or(Mark::NotAssessed, Mark::Points))).collect();
            proptest::prop_assert_eq!(score(&marks), slow(&marks));
        }
    }

    #[test]
    fn the_ends_of_the_scale_need_a_comment() {
        let entry = |text: &str, comment: &str| Entry {
            mark: Mark::parse(text),
            comment: comment.into(),
        };
        let entries = [
            entry("0", ""),
            entry("1", "  "),
            entry("2", ""),
            entry("3", ""),
            entry("4", ""),
            entry("na", ""),
            entry("", ""),
            entry("4", "neat"),
        ];
        assert_eq!(
            problems(&entries),
            [
                (0, Problem::NoComment),
                (1, Problem::NoComment),
                (4, Problem::NoComment),
                (6, Problem::NoMark)
            ]
        );
        assert_eq!(
            problems(&[entry("2", &"x".repeat(4_001))]),
            [(0, Problem::CommentTooLong)]
        );
        assert_eq!(problems(&[entry("2", &"é".repeat(4_000))]), []);
    }

    #[test]
    fn marks_read_back_as_written_and_nothing_else_is_a_mark() {
        for text in ["na", "0", "1", "2", "3", "4"] {
            assert_eq!(Mark::parse(text).map(|mark| mark.to_string()).as_deref(), Some(text));
        }
        for text in ["", "5", "-1", "NA", "3.5", "256"] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
    }
}
