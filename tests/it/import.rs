//! Import of people: the real file, and files that are broken in every way we know.

mod files;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use meridian::candidates::import::Mapping;
use meridian::candidates::{actions, store};
use meridian::clock::Clock;
use meridian::db::Db;
use meridian::events::Actor;
use meridian::ids::{CandidateId, ClaimId};
use meridian::tracks::seed;
use serde_json::Value;

use crate::support::cluster::{self, TestDatabase};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/stackoverflow-2025-sample.csv");
const SAMPLE_MAPPING: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/stackoverflow-2025.mapping.toml"
);

const MAPPING: &str = r#"
source = "sheet"
[file]
empty = ["NA"]
[fields]
external_id = { column = "Id" }
name = { column = "Name" }
email = { column = "E-mail" }
headline = { column = "Headline" }
[[skills]]
columns = ["Skills"]
separator = ";"
level_separator = ":"
"#;

/// A database, a directory, and the command as an operator types it.
struct Desk {
    database: TestDatabase,
    directory: tempfile::TempDir,
}

impl Desk {
    async fn open() -> Self {
        let desk = Self {
            database: cluster::database().await,
            directory: tempfile::tempdir().expect("a directory"),
        };
        desk.put("mapping.toml", MAPPING.as_bytes());
        desk
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    fn import(&self, file: &Path, mapping: &Path, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_meridian"))
            .args(["import", "candidates"])
            .arg(file)
            .arg("--mapping")
            .arg(mapping)
            .arg("--json")
            .args(more)
            .env("DATABASE_URL", self.database.url())
            .output()
            .expect("the command runs")
    }

    /// Imports by the small mapping: exit code and report (null when there is none).
    fn small(&self, name: &str) -> (i32, Value, String) {
        let output = self.import(
            &self.directory.path().join(name),
            &self.directory.path().join("mapping.toml"),
            &[],
        );
        answer(&output)
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&self.database.pool())
            .await
            .expect("a number")
    }

    async fn people(&self) -> i64 {
        self.count("select count(*) from candidates").await
    }
}

fn answer(output: &Output) -> (i32, Value, String) {
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().expect("a code"), report, words)
}

fn figures(report: &Value) -> [u64; 5] {
    ["read", "created", "updated", "unchanged", "rejected"].map(|key| report[key].as_u64().expect(key))
}

#[actix_web::test]
async fn the_real_file_comes_in_whole_and_a_second_time_changes_nothing() {
    let desk = Desk::open().await;
    let (sample, mapping) = (Path::new(SAMPLE), Path::new(SAMPLE_MAPPING));
    let (code, report, words) = answer(&desk.import(sample, mapping, &["--dry-run"]));
    assert_eq!((code, figures(&report)), (0, [1000, 1000, 0, 0, 0]), "{words}");
    assert_eq!(desk.people().await, 0, "a dry run keeps nothing");
    let (code, report, words) = answer(&desk.import(sample, mapping, &[]));
    assert_eq!((code, figures(&report)), (0, [1000, 1000, 0, 0, 0]), "{words}");
    assert!(report["errors_file"].is_null());
    assert_eq!(
        report["unknown_skills"],
        serde_json::json!({}),
        "every technology of the survey is a skill"
    );
    assert_eq!(report["unmentioned_columns"], serde_json::json!([]));
    let (code, report, _) = answer(&desk.import(sample, mapping, &[]));
    assert_eq!((code, figures(&report)), (0, [1000, 0, 0, 1000, 0]));
    // What the survey does not say is not there.
    for unsaid in [
        "select count(*) from candidates where pay_minor is not null or work_start is not null or available_from is not null",
        "select count(*) from candidates where name is not null or email is not null",
        "select count(*) from claims where kind = 'skill' and value is not null",
        "select count(*) from claims where kind in ('english_speaking', 'english_writing')",
        "select count(*) from candidates where zone is not null and country in ('Brazil', 'United States of America', 'Chile')",
        "select count(*) from claims where not current or source <> 'import'",
    ] {
        assert_eq!(desk.count(unsaid).await, 0, "{unsaid}");
    }
    assert_eq!(
        desk.count("select count(*) from candidates where seniority is null")
            .await,
        12,
        "WorkExp is NA"
    );
    assert_eq!(
        desk.count("select count(*) from candidates where zone = 'America/Bogota'")
            .await,
        4
    );
    assert_eq!(
        desk.count("select count(*) from claims k join skills s on s.id = k.skill_id where s.slug = 'rust'")
            .await,
        146
    );
    assert_eq!(
        desk.count("select count(*) from events where kind = 'candidate.created'")
            .await,
        1000
    );
}

#[actix_web::test]
async fn the_sample_names_only_what_the_mapping_and_the_taxonomy_know() {
    let mapping = Mapping::parse(&std::fs::read_to_string(SAMPLE_MAPPING).expect("there")).expect("a mapping");
    assert!(mapping.drop.contains(&"Age".to_owned()) && mapping.drop.contains(&"CompTotal".to_owned()));
    let taxonomy = seed::taxonomy();
    for name in [
        "C",
        "C++",
        "C#",
        "F#",
        "Visual Basic (.Net)",
        "Amazon Web Services (AWS)",
        "Bash/Shell (all shells)",
        "Neo4J",
    ] {
        assert!(taxonomy.find(name).is_some(), "{name}");
    }
}

#[actix_web::test]
async fn rejected_rows_can_be_mended_and_imported_again() {
    let desk = Desk::open().await;
    let file = "Id,Name,E-mail,Headline,Skills\n\
        1,Ana Paz,ana@people.test,\"=HYPERLINK(\"\"x\"\")\",rust:4;Actix Web:3;basket weaving\n\
        2,Rui,not an address,+55 11 99999,tokio:9\n\
        3,Bo\n\
        1,Ana again,other@people.test,,\n\
        5,Eva,ANA@people.test,,\n\
        6,N\0l,nul@people.test,,\n\
        ,Nobody,,,\n\
        8,Zoë,zoe@people.test,@home,actix\n";
    desk.put("people.csv", file.as_bytes());
    let (code, report, words) = desk.small("people.csv");
    assert_eq!((code, figures(&report)), (3, [8, 2, 0, 0, 6]), "{words}");
    assert_eq!(report["unknown_skills"], serde_json::json!({ "basket weaving": 1 }));
    assert_eq!(report["guessed_skills"], serde_json::json!({ "actix": "actix-web" }));
    let headline = "select count(*) from candidates where headline in ('=HYPERLINK(\"x\")', '@home')";
    assert_eq!(desk.count(headline).await, 2, "a formula is data");
    let errors = desk.directory.path().join("people.errors.csv");
    assert_eq!(report["errors_file"].as_str().map(Path::new), Some(errors.as_path()));
    let text = std::fs::read_to_string(&errors).expect("written");
    assert!(
        text.starts_with("\u{feff}import_error,Id,Name,E-mail,Headline,Skills\r\n"),
        "{text}"
    );
    for part in [
        "line 3, E-mail: \"\"not an address\"\" is no e-mail address",
        "line 3, Skills",
        "line 4: the row has 2 cells, the header 5",
        "line 5: the same external id stands on line 2 already",
        "line 6: the same e-mail stands on line 2 already",
        "line 7: the row holds a NUL character",
        "line 8: the row has neither an external id nor an e-mail",
        "'+55 11 99999",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // Unmended, it is rejected for the same reasons and stays the same; a duplicate is known by now.
    let mended = text
        .replace("not an address", "rui@people.test")
        .replace("tokio:9", "tokio:4")
        .replace(",3,Bo\r\n", ",3,Bo,bo@people.test,,\r\n")
        .replace("1,Ana again,other@people.test,,", "4,Ana again,other@people.test,,")
        .replace("ANA@people.test", "eva@people.test")
        .replace("N\0l", "Nul")
        .replace(",,Nobody,,,", ",7,Nobody,,,");
    desk.put("mended.csv", mended.as_bytes());
    let (code, report, words) = desk.small("mended.csv");
    assert_eq!((code, figures(&report)), (0, [6, 6, 0, 0, 0]), "{words}");
    assert_eq!(
        desk.count("select count(*) from candidates where headline = '+55 11 99999'")
            .await,
        1,
        "as it was"
    );
    assert_eq!(desk.people().await, 8);
    let (_, report, _) = desk.small("mended.csv");
    assert_eq!(figures(&report), [6, 0, 0, 6, 0]);
}

#[actix_web::test]
async fn people_are_found_again_by_address_or_external_id() {
    let desk = Desk::open().await;
    desk.put(
        "one.csv",
        b"Id;Name;E-mail;Headline;Skills\n1;Ana;ana@people.test;;rust:3\n;Rui;rui@people.test;;\n",
    );
    assert_eq!(figures(&desk.small("one.csv").1), [2, 2, 0, 0, 0]);
    desk.put(
        "two.csv",
        b"Id\tName\tE-mail\tHeadline\tSkills\n1\tAna Paz\t\t\trust:4\n2\tRui\tRUI@people.test\t\t\n3\tEve\tana@people.test\t\t\n",
    );
    let (code, report, words) = desk.small("two.csv");
    assert_eq!((code, figures(&report)), (3, [3, 0, 1, 1, 1]), "{words}");
    assert_eq!(desk.people().await, 2);
    assert_eq!(
        desk.count("select count(*) from candidates where external_id = '2' and name = 'Rui'")
            .await,
        1
    );
    assert_eq!(
        desk.count("select count(*) from candidates where name = 'Ana Paz' and email = 'ana@people.test'")
            .await,
        1
    );
    let levels = "select value::bigint from claims where current and kind = 'skill' limit 1";
    assert_eq!(desk.count(levels).await, 4, "the newer level counts");
    assert_eq!(
        desk.count("select count(*) from claims where kind = 'skill'").await,
        2,
        "the older one stays in the ledger"
    );
}

#[actix_web::test]
async fn a_file_that_cannot_be_read_whole_changes_nothing() {
    let desk = Desk::open().await;
    let header = "Id,Name,E-mail,Headline,Skills\n";
    let good = format!("{header}1,Ana,ana@people.test,,\n");
    let long = format!("{good}2,{}", "x".repeat(100 * 1024 * 1024));
    let open_quote = format!("{good}2,\"Rui,rui@people.test,,\n3,Bo,,,\n");
    let cases: [(&str, &[u8], &str); 7] = [
        ("empty.csv", b"", "empty"),
        ("header.csv", header.as_bytes(), "no rows"),
        ("workbook.csv", b"PK\x03\x04\x14\x00", "Excel workbook"),
        ("columns.csv", b"Id,Name\n1,Ana\n", "E-mail, Headline, Skills"),
        ("long.csv", long.as_bytes(), "line 3 is longer than 1 MB"),
        ("quote.csv", open_quote.as_bytes(), "line 3 is never closed"),
        (
            "twice.csv",
            b"Id,Id,Name,E-mail,Headline,Skills\n1,2,Ana,,,\n",
            "\"Id\" stands in the header twice",
        ),
    ];
    for (name, bytes, hint) in cases {
        desk.put(name, bytes);
        let (code, report, words) = desk.small(name);
        assert_eq!((code, figures(&report)), (1, [0; 5]), "{name}: {words}");
        let error = report["error"].as_str().expect("an error");
        assert!(words.contains(hint) && error.contains(hint), "{name}: {words}");
    }
    let (code, _, words) = desk.small("absent.csv");
    assert_eq!(code, 1);
    assert!(words.contains("cannot be read"), "{words}");
    assert_eq!(desk.people().await, 0);
    assert_eq!(
        desk.count("select count(*) from events where kind not in ('track.created', 'calendar.shipped') and data ->> 'followed' is distinct from 'track.created'")
            .await,
        0,
        "not even an event"
    );
}

#[actix_web::test]
async fn every_encoding_brings_the_same_names() {
    let desk = Desk::open().await;
    let text = "Id,Name,E-mail,Headline,Skills\n1,João Núñez,joao@people.test,Olá,rust\n";
    let utf16: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).expect("latin"))
        .collect();
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let expected = [[1, 1, 0, 0, 0], [1, 0, 0, 1, 0], [1, 0, 0, 1, 0], [1, 0, 0, 1, 0]];
    for (bytes, figures_expected) in [text.as_bytes(), &marked, &utf16, &latin].into_iter().zip(expected) {
        desk.put("people.csv", bytes);
        let (code, report, words) = desk.small("people.csv");
        assert_eq!((code, figures(&report)), (0, figures_expected), "{words}");
    }
    assert_eq!(
        desk.count("select count(*) from candidates where name = 'João Núñez'")
            .await,
        1
    );
}

#[actix_web::test]
async fn an_accent_in_the_very_last_byte_is_seen() {
    let desk = Desk::open().await;
    desk.put(
        "people.csv",
        b"Id,E-mail,Headline,Skills,Name\n1,jose@people.test,,,Jos\xe9",
    );
    let (code, report, words) = desk.small("people.csv");
    assert_eq!((code, figures(&report)), (0, [1, 1, 0, 0, 0]), "{words}");
    assert_eq!(
        desk.count("select count(*) from candidates where name = 'José'").await,
        1
    );
}

#[actix_web::test]
async fn what_people_changed_since_outlives_every_further_import() {
    let desk = Desk::open().await;
    let file = b"Id;Name;E-mail;Headline;Skills\n1;Ana;ana@people.test;From the file;rust:3\n";
    desk.put("one.csv", file);
    assert_eq!(figures(&desk.small("one.csv").1), [1, 1, 0, 0, 0]);
    let db = Db::from_pool(desk.database.pool());
    let now = Clock::system().now();
    let (id, code): (CandidateId, i32) = sqlx::query_as("select id, code from candidates")
        .fetch_one(db.pool())
        .await
        .expect("one person");
    let mut tx = db.begin().await.expect("a transaction");
    let held = store::load(&mut tx, id).await.expect("read").expect("a person");
    let mut details = held.details.clone();
    details.headline = "Seen in the interview".to_owned();
    actions::edit(&mut tx, &Actor::operator(), now, id, held.version, &details)
        .await
        .expect("edited");
    tx.commit().await.expect("committed");
    let headline = "select count(*) from candidates where headline = 'Seen in the interview'";
    let kept = |fields: &[&str]| serde_json::json!({ format!("M-{code}"): fields });

    // Twice: the import that keeps it is no reason for the next one to take it.
    for _ in 0..2 {
        let (_, report, words) = desk.small("one.csv");
        assert_eq!(figures(&report), [1, 0, 0, 1, 0], "{words}");
        assert_eq!(report["kept"], kept(&["Headline"]));
        assert_eq!(desk.count(headline).await, 1);
    }
    // What nobody touched follows the file.
    desk.put(
        "two.csv",
        b"Id;Name;E-mail;Headline;Skills\n1;Ana Paz;ana@people.test;Another one;rust:3\n",
    );
    assert_eq!(figures(&desk.small("two.csv").1), [1, 0, 1, 0, 0]);
    assert_eq!(
        desk.count("select count(*) from candidates where name = 'Ana Paz'")
            .await,
        1
    );
    assert_eq!(desk.count(headline).await, 1);

    // A claim that was taken out of the ledger stays out, until the file says something else.
    let claim: ClaimId = sqlx::query_scalar("select id from claims where current")
        .fetch_one(db.pool())
        .await
        .expect("a claim");
    let mut tx = db.begin().await.expect("a transaction");
    actions::withdraw_claim(&mut tx, &Actor::operator(), now, id, claim)
        .await
        .expect("taken back");
    tx.commit().await.expect("committed");
    let (_, report, words) = desk.small("two.csv");
    assert_eq!(figures(&report), [1, 0, 0, 1, 0], "{words}");
    assert_eq!(report["kept"], kept(&["Headline", "claims that were taken back"]));
    assert_eq!(desk.count("select count(*) from claims where current").await, 0);
    desk.put(
        "three.csv",
        b"Id;Name;E-mail;Headline;Skills\n1;Ana Paz;ana@people.test;;rust:4\n",
    );
    assert_eq!(figures(&desk.small("three.csv").1), [1, 0, 1, 0, 0]);
    assert_eq!(
        desk.count("select count(*) from claims where current and value = 4")
            .await,
        1
    );
}
