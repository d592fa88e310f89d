//! What honest programs make is accepted, and what is no source is listed.

use meridian::takehome::evidence::{FileEntry, Wanted};

use super::archives::{Entry, dense, gz, project, record, tar_entry, tgz_with, zip, zip_counting, zip_with};
use super::{Bench, MAIN, MANIFEST};

/// Names of the files, when it is accepted.
fn files(archive: &[u8]) -> Vec<String> {
    let evidence = Bench::new().look(archive);
    assert_eq!(evidence.reason, None);
    assert!(evidence.accepted);
    evidence.files.into_iter().map(|file| file.name).collect()
}

#[test]
fn zips_of_several_makers() {
    let plain = ["Cargo.toml", "src/main.rs"];
    let folders = [
        Entry {
            mode: 0o04_0755,
            ..Entry::stored("src/", b"")
        },
        Entry::file("src/lib.rs", b""),
    ];
    assert_eq!(files(&zip(&project())), plain);
    assert_eq!(files(&zip_with(folders)), ["Cargo.toml", "src/lib.rs", "src/main.rs"]);
    // Sizes behind the data, and no attributes at all.
    let streamed = [
        Entry::streamed("Cargo.toml", MANIFEST.as_bytes()),
        Entry {
            mode: 0,
            ..Entry::streamed("src/main.rs", MAIN.as_bytes())
        },
    ];
    assert_eq!(files(&zip(&streamed)), plain);
    // Room for a size of 64 bits that was not needed, a comment, and a name in UTF-8 without the flag.
    let mut roomy = project();
    for entry in &mut roomy {
        entry.local_extra = [
            &[1, 0, 16, 0][..],
            &u64::from(entry.unpacked).to_le_bytes(),
            &u64::from(entry.packed).to_le_bytes(),
        ]
        .concat();
        entry.local_sizes = Some((entry.crc, u32::MAX, u32::MAX));
    }
    roomy.push(Entry {
        flags: 0,
        ..Entry::stored("notas-ñ.md", b"hola")
    });
    assert_eq!(
        files(&zip_counting(&roomy, 3, b"a comment")),
        ["Cargo.toml", "notas-ñ.md", "src/main.rs"]
    );
}

#[test]
fn tars_of_several_makers() {
    let long = format!("src/{}/{}.rs", "m".repeat(90), "n".repeat(60));
    let mut all = tar_entry(b"pax_global_header", b'g', &record("comment", b"0123456789abcdef"));
    all.extend(tar_entry(b"./", b'5', b""));
    all.extend(tar_entry(b"./Cargo.toml", b'0', MANIFEST.as_bytes()));
    all.extend(tar_entry(b"./src/", b'5', b""));
    all.extend(tar_entry(b"./src/main.rs", 0, MAIN.as_bytes()));
    // The same long name once as GNU and once as POSIX writes it.
    all.extend(tar_entry(b"././@LongLink", b'L', format!("{long}\0").as_bytes()));
    all.extend(tar_entry(&long.as_bytes()[..100], b'0', b"// a\n"));
    let other = long.replace('n', "o");
    all.extend(tar_entry(
        b"PaxHeader",
        b'x',
        &[record("mtime", b"1.5"), record("path", other.as_bytes())].concat(),
    ));
    all.extend(tar_entry(b"short", b'0', b"// b\n"));
    all.resize(all.len() + 10_240, 0);
    assert_eq!(files(&gz(&all)), ["Cargo.toml", "src/main.rs", &long, &other]);
    // A gzip in two members.
    let (one, two) = all.split_at(700);
    assert_eq!(files(&[gz(one), gz(two)].concat()).len(), 4);
}

#[test]
fn one_top_folder_is_taken_off() {
    let evidence = Bench::new().look(&zip(&[
        Entry::file("jane-doe/Cargo.toml", MANIFEST.as_bytes()),
        Entry::file("jane-doe/src/main.rs", b"fn main() { unsafe {} }\n"),
        Entry::file("jane-doe/target/debug/solution", b"x"),
        Entry::file("__MACOSX/jane-doe/._Cargo.toml", b"x"),
    ]));
    let names: Vec<&str> = evidence.files.iter().map(|file| &*file.name).collect();
    assert_eq!(names, ["Cargo.toml", "src/main.rs"]);
    assert_eq!(
        evidence.skipped,
        ["target/debug/solution", "__MACOSX/jane-doe/._Cargo.toml"]
    );
    assert_eq!(evidence.findings[0].file.as_deref(), Some("src/main.rs"));
}

#[test]
fn junk_is_listed_and_not_unpacked() {
    let junk = [
        "target/debug/app",
        "target/bomb.txt",
        ".git/config",
        "__MACOSX/._main.rs",
        ".cargo/config.toml",
        "rust-toolchain.toml",
        "rust-toolchain",
        "inner.zip",
        "inner.tar.gz",
        "libx.so",
        "setup.exe",
        ".DS_Store",
    ];
    let mut entries: Vec<Entry> = junk.map(|name| Entry::file(name, b"junk")).to_vec();
    // Programs and archives under another name.
    entries.push(Entry::file("src/data.txt", b"\x7fELF\x02\x01\x01\0"));
    entries.push(Entry::file("src/notes.md", &zip(&project())));
    let mut expected: Vec<&str> = junk.to_vec();
    expected.extend(["src/data.txt", "src/notes.md"]);

    let evidence = Bench::new().look(&zip_with(entries));
    assert!(evidence.accepted, "{:?}", evidence.reason);
    assert_eq!(evidence.skipped, expected);
    assert_eq!(evidence.files.len(), 2);

    let mut tar = Vec::new();
    for name in junk {
        tar.extend(tar_entry(name.as_bytes(), b'0', b"junk"));
    }
    // A build directory has hard links; a folder itself is listed too.
    tar.extend(tar_entry(b"target/debug/", b'5', b""));
    tar.extend(tar_entry(b"target/debug/deps/app", b'1', b""));
    tar.extend(tar_entry(b"src/data.txt", b'0', b"MZ\x90\0\x03\0"));
    let evidence = Bench::new().look(&tgz_with(&tar));
    let mut expected: Vec<&str> = junk.to_vec();
    expected.extend(["target/debug/", "target/debug/deps/app", "src/data.txt"]);
    assert_eq!(evidence.skipped, expected);
    assert_eq!(evidence.files.len(), 2);
}

#[test]
fn sizes_at_the_limit_are_taken() {
    let bench = Bench::new();
    let deep = format!("{}f.rs", "d/".repeat(11));
    let evidence = bench.look(&zip_with([
        Entry::file(&deep, b""),
        Entry::file("a".repeat(100), b""),
        Entry::file("large.txt", &dense(8 * 1024 * 1024, 1)),
        Entry::file("zeros.txt", &vec![0; 1_000_000]),
    ]));
    assert_eq!(evidence.reason, None);
    let large = FileEntry {
        name: "large.txt".into(),
        bytes: 8 * 1024 * 1024,
    };
    assert!(evidence.files.contains(&large));
    let many = (0..2_998).map(|at| Entry::stored(format!("src/f{at}"), b""));
    assert_eq!(bench.look(&zip_with(many)).files.len(), 3_000);
}

#[test]
fn texts_are_told_and_only_texts() {
    let sources = Bench::new()
        .examine(
            &zip_with([
                Entry::file("README.md", "Olá <script>\u{202e}".as_bytes()),
                Entry::file("picture.png", b"\x89PNG\r\n\x1a\n\xff"),
                Entry::file("long.txt", &dense(600_000, 5)),
            ]),
            &[Wanted::Sources],
        )
        .sources;
    let told: Vec<(&str, u64, Option<&str>)> = sources
        .iter()
        .map(|source| (&*source.name, source.bytes, source.text.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("Cargo.toml", MANIFEST.len() as u64, Some(MANIFEST)),
            ("README.md", 16, Some("Olá <script>\u{202e}")),
            ("long.txt", 600_000, None),
            ("picture.png", 9, None),
            ("src/main.rs", MAIN.len() as u64, Some(MAIN)),
        ]
    );
}

#[test]
fn one_unpacking_answers_all_questions() {
    let examined = Bench::new().examine(
        &zip(&[
            Entry::file("Cargo.toml", MANIFEST.as_bytes()),
            Entry::file("src/main.rs", super::similar::MUTEX.as_bytes()),
        ]),
        &[Wanted::Facts, Wanted::Sources, Wanted::Fingerprints],
    );
    assert!(examined.evidence.accepted && !examined.evidence.findings.is_empty());
    assert_eq!(examined.sources.len(), 2);
    assert!(examined.fingerprints.len() > 40);
}
