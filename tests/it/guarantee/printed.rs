//! `meridian guarantee`, as an auditor runs it: the real program, without a database.

use std::io::Write as _;
use std::process::Command;

use meridian::placements::guarantee::Terms;
use serde_json::{Value, json};

/// Standard output, standard error and the exit code.
fn ran(arguments: &[&str]) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_meridian"))
        .arg("guarantee")
        .args(arguments)
        // No database is there, and none is looked for.
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nowhere")
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code().expect("a code"),
    )
}

/// The JSON for a command line in one string.
fn printed(line: &str) -> Value {
    let mut arguments: Vec<&str> = line.split_whitespace().collect();
    arguments.push("--json");
    let (text, errors, code) = ran(&arguments);
    assert_eq!(code, 0, "{line}: {errors}");
    serde_json::from_str(&text).expect("JSON")
}

fn terms(json: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(json.as_bytes()).expect("written");
    file
}

fn verdict(printed: &Value, line: &str) -> String {
    let lines = printed["checklist"].as_array().expect("lines");
    let found = lines.iter().find(|one| one["line"] == line).expect("the line");
    found["verdict"].as_str().expect("a verdict").to_owned()
}

#[test]
fn the_whole_of_it_has_the_published_shape() {
    let found = printed("--start 2026-08-07 --zone America/Santiago --at 2026-08-18T12:00:00Z");
    let keys: Vec<&String> = found.as_object().expect("an object").keys().collect();
    let mut wanted = [
        "state",
        "day",
        "days",
        "last_covered",
        "starts_at",
        "ends_at",
        "milestones",
        "checklist",
    ];
    wanted.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, wanted);
    assert_eq!(
        (&found["state"], &found["day"], &found["days"]),
        (&json!("running"), &json!(12), &json!(30))
    );
    assert_eq!(found["last_covered"], "2026-09-05");
    assert_eq!(found["starts_at"], "2026-08-07T04:00:00Z");
    assert_eq!(found["ends_at"], "2026-09-06T04:00:00Z", "no midnight on that day");
    assert_eq!(
        found["milestones"],
        json!([
            { "kind": "start", "day": null, "date": "2026-08-07", "at": "2026-08-07T04:00:00Z" },
            { "kind": "check_in", "day": 7, "date": "2026-08-13", "at": "2026-08-13T04:00:00Z" },
            { "kind": "check_in", "day": 15, "date": "2026-08-21", "at": "2026-08-21T04:00:00Z" },
            { "kind": "check_in", "day": 25, "date": "2026-08-31", "at": "2026-08-31T04:00:00Z" },
            { "kind": "reminder", "day": null, "date": "2026-09-04", "at": "2026-09-04T04:00:00Z" },
            { "kind": "last_covered", "day": null, "date": "2026-09-05", "at": "2026-09-05T04:00:00Z" },
            { "kind": "end", "day": null, "date": "2026-09-06", "at": "2026-09-06T04:00:00Z", "through": "2026-09-05" },
            // A Saturday; five business days end on Friday the 11th, in summer time.
            { "kind": "notice_closes", "day": null, "date": "2026-09-12", "at": "2026-09-12T03:00:00Z", "through": "2026-09-11" },
        ])
    );
    let lines: Vec<&str> = found["checklist"]
        .as_array()
        .expect("lines")
        .iter()
        .filter_map(|line| line["line"].as_str())
        .collect();
    assert_eq!(
        lines,
        [
            "started",
            "departure_inside",
            "cause_covered",
            "no_exclusion",
            "notice_in_time",
            "payment_rule",
            "replacements_left",
            "exclusivity",
            "same_specification"
        ]
    );
}

#[test]
fn the_day_is_there_only_while_one_is_under_way() {
    let at = |now: &str| {
        let found = printed(&format!("--start 2026-12-02 --zone America/New_York --at {now}"));
        (
            found["state"].as_str().expect("a state").to_owned(),
            found["day"].clone(),
        )
    };
    assert_eq!(at("2026-12-02T04:59:59Z"), ("pending".to_owned(), Value::Null));
    assert_eq!(at("2026-12-02T00:00:00-05:00"), ("running".to_owned(), json!(1)));
    assert_eq!(at("2026-12-31T23:59:59.999-05:00"), ("running".to_owned(), json!(30)));
    assert_eq!(at("2027-01-01T05:00:00Z"), ("satisfied".to_owned(), Value::Null));
    let paused = printed(
        "--start 2026-12-02 --zone America/New_York --pause 2026-12-24..2026-12-26 --pause 2026-12-26..2026-12-27 --at 2026-12-27T12:00:00Z",
    );
    assert_eq!(
        (&paused["state"], &paused["day"], &paused["last_covered"]),
        (&json!("paused"), &Value::Null, &json!("2027-01-04"))
    );
}

#[test]
fn a_notice_on_the_last_second_is_inside_and_the_next_one_is_not() {
    // Covered through Thursday 31 December; five business days end on Thursday 7 January.
    let with = |notice: &str| {
        let found = printed(&format!(
            "--start 2026-12-02 --zone America/New_York --departed 2026-12-31 --cause resigned --notice {notice} --at 2027-01-20T00:00:00Z"
        ));
        let state = found["state"].as_str().expect("a state").to_owned();
        (
            state,
            verdict(&found, "notice_in_time"),
            verdict(&found, "cause_covered"),
        )
    };
    let told = |state: &str, verdict: &str| (state.to_owned(), verdict.to_owned(), "pass".to_owned());
    assert_eq!(with("2027-01-07T23:59:59-05:00"), told("claim_open", "pass"));
    assert_eq!(with("2027-01-08T00:00:00-05:00"), told("satisfied", "fail"));
}

#[test]
fn terms_are_read_by_their_own_names_and_by_those_of_the_promise() {
    let at = "--start 2026-12-02 --zone America/New_York --at 2026-12-02T12:00:00Z --terms";
    let business = terms(r#"{"kind": "business"}"#);
    assert_eq!(
        printed(&format!("{at} {}", business.path().display()))["last_covered"],
        "2027-01-12"
    );
    let with_holidays = terms(r#"{"day_kind": "business", "holidays": ["us"]}"#);
    assert_eq!(
        printed(&format!("{at} {}", with_holidays.path().display()))["last_covered"],
        "2027-01-14",
        "without Christmas and New Year"
    );
    let whole = terms(
        r#"{"days": 90, "kind": "calendar", "start": "first_paid_day", "covered_causes": ["resigned"],
            "exclusions": ["layoff", "scope_change", "relocation", "client_breach"], "notice_window": 3, "payment_rule": "paid_at_notice",
            "remedy_order": ["replacement", "refund", "credit"], "prorating_tiers": [{"through_day": 30, "percent": 100}, {"through_day": 90, "percent": 50}],
            "most_replacements": 2, "restart_policy": "remaining", "pause_policy": "none", "check_in_days": [10, 80]}"#,
    );
    let found = printed(&format!(
        "{at} {} --pause 2026-12-10..2026-12-20",
        whole.path().display()
    ));
    assert_eq!(
        (&found["days"], &found["last_covered"]),
        (&json!(90), &json!("2027-03-01"))
    );
    let check_ins: Vec<&Value> = found["milestones"]
        .as_array()
        .expect("milestones")
        .iter()
        .filter(|one| one["kind"] == "check_in")
        .map(|one| &one["date"])
        .collect();
    assert_eq!(check_ins, ["2026-12-11", "2027-02-19"]);
    assert_eq!(verdict(&found, "payment_rule"), "pending");
}

#[test]
fn what_is_wrong_is_refused_with_words_and_the_code_of_wrong_use() {
    let good = [
        "--start",
        "2026-12-02",
        "--zone",
        "America/New_York",
        "--at",
        "2026-12-02T12:00:00Z",
    ];
    let with = |more: &[&str]| {
        let mut all = good.to_vec();
        all.extend(more);
        ran(&all)
    };
    let refused = |(text, errors, code): (String, String, i32), words: &str| {
        assert_eq!((text.as_str(), code), ("", 2), "{errors}");
        assert!(errors.contains(words), "{errors}");
    };
    for (json, words) in [
        (r#"{"dayz": 30}"#, "unknown field `dayz`"),
        (r#"{"days": 29}"#, "30 to 365 days"),
        (r#"{"days": 366}"#, "30 to 365 days"),
        (r#"{"days": "thirty"}"#, "invalid type"),
        (r#"{"kind": "lunar"}"#, "unknown variant `lunar`"),
        (r#"{"kind": "business", "day_kind": "business"}"#, "duplicate field"),
        (r#"{"holidays": ["XX"]}"#, "two-letter country codes"),
        (r#"{"holidays": ["FR"]}"#, "no holidays are known for FR"),
        (r#"{"check_in_days": [31]}"#, "check-in days"),
        (
            r#"{"prorating_tiers": [{"through_day": 10, "percent": 101}]}"#,
            "100 per cent",
        ),
        (r#"{"covered_causes": ["layoff"]}"#, "once, as covered or as excluded"),
        ("[]x", "are not understood"),
    ] {
        let file = terms(json);
        refused(with(&["--terms", &file.path().display().to_string()]), words);
    }
    refused(with(&["--terms", "/nowhere/terms.json"]), "cannot be read");
    refused(with(&["--pause", "2026-12-12..2026-12-10"]), "ends before it begins");
    refused(with(&["--pause", "2026-12-12"]), "both ends");
    refused(with(&["--pause", "2026-12-12..9999-12-31"]), "ten years");
    refused(with(&["--departed", "2027-02-29"]), "not a date");
    refused(with(&["--departed", "2026-12-9"]), "not a date");
    refused(with(&["--notice", "2026-12-09T12:00:00Z"]), "--departed");
    refused(
        with(&["--departed", "2026-12-09", "--notice", "2026-12-09T12:00"]),
        "not an instant",
    );
    refused(
        with(&["--departed", "2026-12-09", "--cause", "boredom"]),
        "one of resigned",
    );
    let (_, errors, code) = ran(&[
        "--start",
        "2026-12-02",
        "--zone",
        "America/Springfield",
        "--at",
        "2026-12-02T12:00:00Z",
    ]);
    assert_eq!(code, 2);
    assert!(errors.contains("is not a time zone"), "{errors}");
}

#[test]
fn without_json_it_is_said_in_words() {
    let (text, _, code) = ran(&[
        "--start",
        "2026-12-02",
        "--zone",
        "America/New_York",
        "--at",
        "2026-12-13T12:00:00Z",
    ]);
    assert_eq!(code, 0);
    assert!(
        text.starts_with("running, day 12 of 30\nlast covered 2026-12-31 in America/New_York\n"),
        "{text}"
    );
    assert!(
        text.contains("2026-12-16 2026-12-16T05:00:00Z  check-in on day 15"),
        "{text}"
    );
}

#[test]
fn the_readme_shows_every_term_with_its_default() {
    let readme = include_str!("../../../README.md");
    let (_, after) = readme
        .split_once("here every name with its default:")
        .expect("the passage");
    let json = after.split("```").nth(1).expect("a block").trim_start_matches("json");
    let shown: Value = serde_json::from_str(json).expect("JSON");
    let terms: Terms = serde_json::from_value(shown.clone()).expect("terms");
    assert_eq!(terms, Terms::default_promise());
    let names = serde_json::to_value(&terms).expect("JSON");
    assert_eq!(
        shown.as_object().expect("an object").len(),
        names.as_object().expect("an object").len()
    );
}
