//! Where the project begins: at the top, or in the one top folder. Pure.

use super::{Refusal, Word};
use crate::takehome::evidence::plain;

/// The prefix of the project's files: nothing, or the one top folder with its slash.
pub fn find<'n>(files: impl Iterator<Item = &'n str> + Clone) -> Result<String, Refusal> {
    if files.clone().any(|name| name == "Cargo.toml") {
        return Ok(String::new());
    }
    let manifests: Vec<&str> = files
        .clone()
        .filter(|name| name.rsplit('/').next() == Some("Cargo.toml"))
        .collect();
    let mut tops: Vec<&str> = files.map(|name| name.split('/').next().unwrap_or_default()).collect();
    tops.sort_unstable();
    tops.dedup();
    let why = match (manifests.as_slice(), tops.as_slice()) {
        ([], _) => "there is no Cargo.toml. Pack the folder that has it.".to_owned(),
        (found, [top]) if found.iter().any(|name| name.len() == top.len() + "/Cargo.toml".len()) => {
            return Ok(format!("{top}/"));
        }
        ([first, ..], _) => format!(
            "{} is neither at the top nor in the only top folder. Pack the folder that has the project's Cargo.toml, alone.",
            plain::name(first)
        ),
    };
    Err(Refusal::new(Word::NoCargoToml, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_top_folder_is_allowed() {
        let found = |names: &[&str]| find(names.iter().copied()).ok();
        assert_eq!(found(&["src/main.rs", "Cargo.toml"]).as_deref(), Some(""));
        assert_eq!(found(&["app/src/main.rs", "app/Cargo.toml"]).as_deref(), Some("app/"));
        assert_eq!(
            found(&["app/Cargo.toml", "app/member/Cargo.toml"]).as_deref(),
            Some("app/")
        );
        assert_eq!(
            found(&["Cargo.toml", "app/Cargo.toml", "lib/Cargo.toml"]).as_deref(),
            Some("")
        );
        for refused in [
            &["src/main.rs"][..],
            &["cargo.toml"],
            &["a/b/Cargo.toml", "a/b/src/main.rs"],
            &["a/Cargo.toml", "b/Cargo.toml"],
            &["a/Cargo.toml", "README.md"],
            &["Cargo.toml.bak"],
            &[],
        ] {
            assert_eq!(found(refused), None, "{refused:?}");
        }
    }
}
