//! The files beside the table: rejected rows, and the mapping.

use std::path::Path;

use meridian::candidates::import::Mapping;
use serde_json::Value;

use super::{Desk, MAPPING, answer, figures};

/// Two rows, of which the second is rejected.
const HALF: &str = "Id,Name,E-mail,Headline,Skills\n1,Ana,ana@people.test,,\n2,Rui,no address,,\n";

#[actix_web::test]
async fn the_errors_file_never_takes_the_place_of_what_is_read() {
    let desk = Desk::open().await;
    let input = desk.put("people.csv", HALF.as_bytes());
    let mapping = desk.directory.path().join("mapping.toml");
    let (link, twin) = (
        desk.directory.path().join("link.csv"),
        desk.directory.path().join("twin.csv"),
    );
    std::os::unix::fs::symlink(&input, &link).expect("a symbolic link");
    std::fs::hard_link(&input, &twin).expect("a hard link");
    for errors in [&input, &link, &twin, &mapping] {
        let errors = errors.to_string_lossy();
        let (code, report, words) = answer(&desk.import(&input, &mapping, &["--errors", &errors]));
        assert_eq!((code, figures(&report)), (1, [0; 5]), "{errors}: {words}");
        assert!(words.contains("--errors"), "{errors}: {words}");
    }
    // Neither is the file that it is while it is written.
    let part = desk.put("x.csv.part", HALF.as_bytes());
    let unfinished = desk.directory.path().join("x.csv").to_string_lossy().into_owned();
    let (code, _, words) = answer(&desk.import(&part, &mapping, &["--errors", &unfinished]));
    assert_eq!(code, 1, "{words}");
    for path in [input, part] {
        assert_eq!(std::fs::read_to_string(path).expect("there"), HALF);
    }
    assert_eq!(std::fs::read_to_string(mapping).expect("there"), MAPPING);
    assert_eq!(desk.people().await, 0);
}

#[actix_web::test]
async fn a_dry_run_writes_no_file_and_says_why_rows_would_be_rejected() {
    let desk = Desk::open().await;
    let input = desk.put("people.csv", HALF.as_bytes());
    let mapping = desk.directory.path().join("mapping.toml");
    let errors = desk.directory.path().join("why.csv");
    let named = errors.to_string_lossy();
    for more in [&["--dry-run"][..], &["--dry-run", "--errors", &named]] {
        let (code, report, words) = answer(&desk.import(&input, &mapping, more));
        assert_eq!((code, figures(&report)), (3, [2, 1, 0, 0, 1]), "{words}");
        assert!(report["errors_file"].is_null());
        assert!(
            report["reasons"][0]
                .as_str()
                .expect("a reason")
                .contains("line 3, E-mail"),
            "{report}"
        );
    }
    assert!(!errors.exists() && !desk.directory.path().join("people.errors.csv").exists());
}

#[actix_web::test]
async fn an_earlier_errors_file_is_kept() {
    let desk = Desk::open().await;
    let errors = desk.put("people.errors.csv", b"mended, and not imported yet");
    let kept = desk.directory.path().join("people.errors.1.csv");
    // Nothing rejected: it is no file of this import, and stays where it is.
    desk.put("people.csv", HALF.replace("no address", "rui@people.test").as_bytes());
    let (code, report, words) = desk.small("people.csv");
    assert_eq!((code, &report["errors_file"]), (0, &Value::Null), "{words}");
    assert!(errors.exists() && !kept.exists());

    desk.put("people.csv", HALF.as_bytes());
    for _again in 0..2 {
        let (code, report, words) = desk.small("people.csv");
        assert_eq!(code, 3, "{words}");
        assert_eq!(report["errors_file"].as_str().map(Path::new), Some(errors.as_path()));
        assert_eq!(std::fs::read(&kept).expect("kept"), b"mended, and not imported yet");
        assert!(
            std::fs::read_to_string(&errors)
                .expect("written")
                .contains("no address")
        );
    }
    let second = desk.directory.path().join("people.errors.2.csv");
    assert!(!second.exists(), "the same again needs no second file");
}

#[actix_web::test]
async fn the_example_of_the_readme_is_a_mapping() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("there");
    let example = readme
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("an example");
    Mapping::parse(example).expect("a mapping");
    let desk = Desk::open().await;
    let mapping = desk.put("example.toml", example.as_bytes());
    let people = desk.put(
        "people.csv",
        "No.,First name,Last name,E-mail,Country,Languages,Age\n7,Ana,Paz,ana@people.test,Colombia,rust:4;go:2,33\n"
            .as_bytes(),
    );
    let (code, report, words) = answer(&desk.import(&people, &mapping, &[]));
    assert_eq!((code, figures(&report)), (0, [1, 1, 0, 0, 0]), "{words}");
    assert_eq!(report["unmentioned_columns"], serde_json::json!([]));
    assert_eq!(
        desk.count("select count(*) from candidates where name = 'Ana Paz' and zone = 'America/Bogota'")
            .await,
        1
    );
}
