//! Words that do not belong into a finished project.

use super::File;

/// Notes about work that is not done. Put together here, so that this file does not find itself.
const OPEN: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("HA", "CK"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];

/// Hosts of package registries: a package is known by its name.
const HOSTS: &[&str] = &[
    concat!("crates", ".io"),
    concat!("npmjs", "."),
    concat!("py", "pi.org"),
    concat!("python", "hosted."),
    concat!("deb", ".debian"),
    concat!("static.", "rust-lang"),
];

/// Work left open.
pub fn left_open(files: &[File]) -> Vec<String> {
    let mut offences = find(files, OPEN);
    for file in files.iter().filter(|file| file.is("rs")) {
        let off = file
            .code()
            .filter(|(_, text)| text.trim_start().starts_with(concat!("#[", "ignore")));
        offences.extend(off.map(|(line, _)| file.at(line, "a test that nobody runs")));
    }
    offences
}

/// Package registries named by their hosts.
pub fn registries(files: &[File]) -> Vec<String> {
    find(files, HOSTS)
}

fn find(files: &[File], words: &[&str]) -> Vec<String> {
    let mut offences = Vec::new();
    for file in files {
        for (line, text) in file.lines() {
            for word in words {
                // Not inside another word.
                let alone = text
                    .match_indices(word)
                    .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
                if alone {
                    offences.push(file.at(line, word));
                }
            }
        }
    }
    offences
}

#[test]
fn open_work_is_seen() {
    let planted = [
        File::new(
            "src/a.rs",
            concat!("// TO", "DO later\nfn f() { todo", "!() }\n#[", "ignore]\n#[test]\n"),
        ),
        File::new("templates/a.html", concat!("<!-- FIX", "ME -->\n<p>METHODOLOGY</p>\n")),
    ];
    let expected = [
        concat!("src/a.rs:1: TO", "DO"),
        concat!("src/a.rs:2: todo", "!("),
        concat!("templates/a.html:1: FIX", "ME"),
        "src/a.rs:3: a test that nobody runs",
    ];
    assert_eq!(left_open(&planted), expected);
}

#[test]
fn a_registry_is_seen() {
    let planted = [
        File::new("README.md", concat!("see https://crates", ".io/x\n")),
        File::new("Cargo.toml", "crates\n"),
    ];
    assert_eq!(registries(&planted), [concat!("README.md:1: crates", ".io")]);
}
