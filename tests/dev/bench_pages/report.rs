//! What was found, as JSON and as a table.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

/// A page that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Page {
    /// The sign-in form, for a stranger.
    Login,
    /// The recruiter's desk.
    Home,
    /// The pool, unfiltered.
    List,
    /// The pool, searched by the first three letters of a name.
    Search,
    /// A person.
    Candidate,
    /// The pipeline of a track.
    Board,
    /// The same people as a table.
    Table,
    /// A role request.
    Request,
    /// The matches of a seat.
    Matches,
    /// A placement with its guarantee.
    Placement,
}

impl Page {
    /// All, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Login,
        Self::Home,
        Self::List,
        Self::Search,
        Self::Candidate,
        Self::Board,
        Self::Table,
        Self::Request,
        Self::Matches,
        Self::Placement,
    ];

    /// As the JSON writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Home => "home",
            Self::List => "list",
            Self::Search => "search",
            Self::Candidate => "candidate",
            Self::Board => "board",
            Self::Table => "table",
            Self::Request => "request",
            Self::Matches => "matches",
            Self::Placement => "placement",
        }
    }

    /// How many times the reference it may take, where that is agreed.
    pub fn most(self) -> Option<f64> {
        match self {
            Self::Login => Some(2.0),
            Self::List | Self::Search | Self::Candidate | Self::Placement => Some(4.0),
            Self::Board | Self::Table => Some(8.0),
            Self::Home | Self::Request | Self::Matches => None,
        }
    }
}

/// Statements of a page, the session's included.
pub const MOST_STATEMENTS: usize = 8;
/// How much more a page may take with ten times the candidates.
const FLAT: f64 = 1.2;

/// One page at one size.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Which.
    pub page: Page,
    /// How many candidates there are.
    pub candidates: usize,
    /// Processor time of a request, application and database together, in milliseconds.
    pub cpu_ms: f64,
    /// Over that of the reference.
    pub ratio: f64,
    /// Sent to the database, without the begin and end of transactions.
    pub statements: usize,
    /// Of the body, not compressed.
    pub bytes: usize,
    /// At 64 connections: the middle and the 99th of a hundred.
    #[serde(skip)]
    pub latency: Option<(Duration, Duration)>,
}

/// One array of all rows.
pub fn json(rows: &[Row]) -> serde_json::Result<String> {
    let rounded: Vec<Row> = rows
        .iter()
        .map(|row| Row {
            cpu_ms: round(row.cpu_ms, 1_000.0),
            ratio: round(row.ratio, 100.0),
            ..row.clone()
        })
        .collect();
    serde_json::to_string_pretty(&rounded)
}

fn round(value: f64, to: f64) -> f64 {
    (value * to).round() / to
}

/// The rows as the README has them.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| page | candidates | CPU ms | ratio | statements | bytes | p50 ms | p99 ms | |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n",
    );
    for row in rows {
        let latency = |pick: fn((Duration, Duration)) -> Duration| {
            row.latency.map_or("not measured".to_owned(), |both| {
                format!("{:.1}", pick(both).as_secs_f64() * 1_000.0)
            })
        };
        let _ = writeln!(
            text,
            "| {} | {} | {:.3} | {:.2} | {} | {} | {} | {} | {} |",
            row.page.name(),
            row.candidates,
            row.cpu_ms,
            row.ratio,
            row.statements,
            row.bytes,
            latency(|both| both.0),
            latency(|both| both.1),
            misses(row, rows).join(", "),
        );
    }
    text
}

/// Which targets a row misses.
fn misses(row: &Row, rows: &[Row]) -> Vec<String> {
    let mut missed = Vec::new();
    if let Some(most) = row.page.most() {
        if row.ratio > most {
            missed.push(format!("over {most}x"));
        }
        let smallest = rows
            .iter()
            .filter(|other| other.page == row.page)
            .min_by_key(|other| other.candidates);
        if let Some(small) = smallest.filter(|small| row.cpu_ms > small.cpu_ms * FLAT) {
            missed.push(format!("{:.0}% of the smaller", row.cpu_ms / small.cpu_ms * 100.0));
        }
    }
    if row.statements > MOST_STATEMENTS {
        missed.push(format!("over {MOST_STATEMENTS} statements"));
    }
    missed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(page: Page, candidates: usize, cpu_ms: f64, ratio: f64) -> Row {
        Row {
            page,
            candidates,
            cpu_ms,
            ratio,
            statements: 5,
            bytes: 40_000,
            latency: Some((Duration::from_millis(3), Duration::from_millis(12))),
        }
    }

    #[test]
    fn the_json_has_six_keys_and_ten_names() {
        let rows: Vec<Row> = Page::ALL
            .into_iter()
            .map(|page| row(page, 10_000, 0.123_456, 1.005_4))
            .collect();
        let value: serde_json::Value = serde_json::from_str(&json(&rows).expect("JSON")).expect("JSON");
        let rows = value.as_array().expect("an array");
        let names: Vec<&str> = rows.iter().filter_map(|row| row["page"].as_str()).collect();
        let expected = [
            "login",
            "home",
            "list",
            "search",
            "candidate",
            "board",
            "table",
            "request",
            "matches",
            "placement",
        ];
        assert_eq!(names, expected);
        assert_eq!(names, Page::ALL.map(Page::name));
        let one = rows[0].as_object().expect("an object");
        let mut keys: Vec<&str> = one.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["bytes", "candidates", "cpu_ms", "page", "ratio", "statements"]);
        assert_eq!(one["cpu_ms"], 0.123);
        assert_eq!(one["ratio"], 1.01);
        assert_eq!(one["candidates"], 10_000);
    }

    #[test]
    fn the_table_says_what_is_missed() {
        let mut heavy = row(Page::Home, 10_000, 9.0, 20.0);
        heavy.statements = 9;
        heavy.latency = None;
        let rows = [
            row(Page::List, 10_000, 1.0, 3.9),
            row(Page::List, 100_000, 1.21, 4.7),
            row(Page::Login, 10_000, 0.1, 1.9),
            row(Page::Login, 100_000, 0.119, 2.0),
            heavy,
        ];
        let text = table(&rows);
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(lines[0], "| list | 10000 | 1.000 | 3.90 | 5 | 40000 | 3.0 | 12.0 |  |");
        assert!(lines[1].ends_with("| over 4x, 121% of the smaller |"), "{}", lines[1]);
        assert!(lines[3].ends_with("|  |"), "{}", lines[3]);
        assert!(
            lines[4].ends_with("| not measured | not measured | over 8 statements |"),
            "{}",
            lines[4]
        );
    }
}
