//! Sources on which the parser overflows its stack end a child and nothing else.

use meridian::takehome::evidence::{Check, Limits, Wanted};

use super::Bench;
use super::archives::{Entry, zip_with};

/// Eleven shapes, each far deeper than any stack.
fn bombs() -> Vec<(&'static str, String)> {
    let body = |code: String| format!("fn f() {{ let x = {code}; }}\n");
    // These overflow the stack of the parser; those, of whoever walks what it makes of them.
    let (n, m) = (100_000, 10_000);
    vec![
        ("parens", body(format!("{}1{}", "(".repeat(n), ")".repeat(n)))),
        ("not", body(format!("{}x", "!".repeat(n)))),
        ("minus", body(format!("{}x", "-".repeat(n)))),
        ("references", body(format!("{}x", "& ".repeat(n)))),
        ("sum", body(format!("1{}", "+1".repeat(m)))),
        ("returns", body("return ".repeat(n / 2))),
        ("methods", body(format!("x{}", ".a()".repeat(m)))),
        ("closures", body(format!("{}1", "|| ".repeat(n)))),
        ("else if", format!("fn f() {{ {} {{}} }}\n", "if a {} else ".repeat(m))),
        ("types", format!("type T = {}u8;\n", "&".repeat(n))),
        ("assignments", body(format!("{}1", "a = ".repeat(m)))),
    ]
}

/// Time for a build that is not optimised.
fn patient() -> Bench {
    Bench::with(Limits {
        analysis_seconds: 60,
        ..Limits::STANDARD
    })
}

#[test]
fn eleven_bombs_each_leave_a_row_and_the_others_are_looked_into() {
    let bombs = bombs();
    let mut entries = vec![Entry::file("src/last.rs", b"fn z() { unsafe { f() } }\n")];
    for (name, text) in &bombs {
        entries.push(Entry::file(format!("src/{name}.rs"), text.as_bytes()));
    }
    let evidence = patient().look(&zip_with(entries));
    assert!(evidence.accepted);
    let mut told: Vec<&str> = Vec::new();
    for finding in &evidence.findings {
        let file = finding.file.as_deref().expect("a file");
        if finding.check == Check::Unsafe {
            assert_eq!((file, finding.line, finding.column), ("src/last.rs", Some(1), Some(10)));
            continue;
        }
        assert_eq!(finding.check, Check::NotAnalysed, "{file}");
        assert!(
            finding.result.starts_with("not analysed: nesting"),
            "{file}: {}",
            finding.result
        );
        told.push(file);
    }
    let mut expected: Vec<String> = bombs.iter().map(|(name, _)| format!("src/{name}.rs")).collect();
    expected.sort();
    assert_eq!(told, expected);
    assert_eq!(evidence.findings.len(), bombs.len() + 1);
}

#[test]
fn fingerprints_of_bombs_end_nothing() {
    let mut entries = Vec::new();
    for (name, text) in bombs() {
        entries.push(Entry::file(format!("src/{name}.rs"), text.as_bytes()));
    }
    assert!(
        patient()
            .examine(&zip_with(entries), &[Wanted::Fingerprints])
            .evidence
            .accepted
    );
}

#[test]
fn deep_and_honest_code_is_looked_into() {
    let deep = format!(
        "fn f() {{ let x = {}unsafe {{ 1 }}{}; }}\n",
        "(".repeat(150),
        ")".repeat(150)
    );
    let chain = format!("fn f() {{ x{}.unwrap(); }}\n", ".a()".repeat(150));
    let evidence = Bench::new().look(&zip_with([
        Entry::file("src/chain.rs", chain.as_bytes()),
        Entry::file("src/deep.rs", deep.as_bytes()),
    ]));
    let checks: Vec<Check> = evidence.findings.iter().map(|finding| finding.check).collect();
    assert_eq!(checks, [Check::PanicUnwrap, Check::Unsafe]);
}

#[test]
fn what_cannot_be_read_is_told_with_the_reason() {
    let evidence = Bench::new().look(&zip_with([
        Entry::file("src/large.rs", &b"fn f() {}\n".repeat(60_000)),
        Entry::file("src/latin.rs", b"// \xe9\n"),
        Entry::file("src/broken.rs", b"fn f() {\n    let = ;\n}\n"),
        Entry::file("src/many.rs", &b"unsafe fn f() {}\n".repeat(1_000)),
        Entry::file("member/Cargo.toml", b"[package\n"),
    ]));
    let told: Vec<(&str, &str, Option<u32>)> = evidence
        .findings
        .iter()
        .filter(|finding| finding.check == Check::NotAnalysed)
        .map(|finding| {
            (
                finding.file.as_deref().unwrap_or_default(),
                &*finding.result,
                finding.line,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("member/Cargo.toml", "not analysed: syntax", Some(1)),
            ("src/broken.rs", "not analysed: syntax", Some(2)),
            ("src/large.rs", "not analysed: size", None),
            ("src/latin.rs", "not analysed: not UTF-8", None),
            ("src/many.rs", "not analysed: too many findings", None),
        ]
    );
}

#[test]
fn what_takes_too_long_is_told_and_the_rest_is_told_as_not_reached() {
    let slow: Vec<Entry> = (0..40)
        .map(|at| {
            Entry::file(
                format!("src/f{at}.rs"),
                &b"fn f() { g(1 + 2, [3, 4]); }\n".repeat(2_000),
            )
        })
        .collect();
    let hurried = Bench::with(Limits {
        analysis_seconds: 1,
        ..Limits::STANDARD
    });
    let evidence = hurried.look(&zip_with(slow));
    assert!(evidence.accepted);
    let late = evidence
        .findings
        .iter()
        .filter(|finding| finding.result == "not analysed: time")
        .count();
    assert!(late >= 1, "{:?}", evidence.findings.first());
}
