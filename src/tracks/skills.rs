//! Skill names: how they are folded, and the taxonomy that finds a skill by any of its spellings.
//!
//! Pure. The taxonomy is built from rows of the database ([`Taxonomy::new`]) or from the shipped data
//! (`super::seed::taxonomy`).

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Folds a name so that spellings of one skill become equal: case, accents, spaces and punctuation do not count
/// ("actix-web" = "Actix Web" = "`actix_web`").
///
/// Three signs do count, because names differ by nothing else: `+` and `#` (C, C++, C#, F#), and a dot that starts a word
/// (.NET is not "net"). They become words, so that the result is letters and digits only.
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut inside_word = false;
    for c in name.to_lowercase().nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            '+' => folded.push_str("plus"),
            '#' | '♯' => folded.push_str("sharp"),
            '.' if !inside_word => folded.push_str("dot"),
            _ if c.is_alphanumeric() => folded.extend(c.to_lowercase()),
            _ => {}
        }
        inside_word = c.is_alphanumeric();
    }
    // A sentence's full stop is not a name: dots alone fold to nothing.
    if folded.chars().any(char::is_alphanumeric) && !folded.replace("dot", "").is_empty() {
        folded
    } else {
        String::new()
    }
}

/// How sure a found skill is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// The name, an alias or the slug.
    Sure,
    /// Probably this one ("actix" alone usually means actix-web); a person should look.
    Guess,
}

/// One skill as the taxonomy needs it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// What the skill is called in data.
    pub slug: &'a str,
    /// What people read.
    pub name: &'a str,
}

/// Finds skills by name.
#[derive(Debug, Clone, Default)]
pub struct Taxonomy {
    slugs: Vec<String>,
    by_name: HashMap<String, (usize, Confidence)>,
    by_folded_slug: HashMap<String, usize>,
}

impl Taxonomy {
    /// Builds it from skills and their aliases, each alias with the slug it belongs to. The first claimant of a spelling
    /// keeps it; the database's unique keys see to it that there is one only.
    pub fn new<'a>(
        skills: impl IntoIterator<Item = Entry<'a>>,
        aliases: impl IntoIterator<Item = (&'a str, &'a str, Confidence)>,
    ) -> Self {
        let mut taxonomy = Self::default();
        let mut index = HashMap::new();
        for skill in skills {
            let at = taxonomy.slugs.len();
            taxonomy.slugs.push(skill.slug.to_owned());
            index.insert(skill.slug.to_owned(), at);
            taxonomy
                .by_name
                .entry(fold(skill.name))
                .or_insert((at, Confidence::Sure));
            taxonomy.by_folded_slug.entry(fold(skill.slug)).or_insert(at);
        }
        for (alias, slug, confidence) in aliases {
            if let Some(&at) = index.get(slug) {
                taxonomy.by_name.entry(fold(alias)).or_insert((at, confidence));
            }
        }
        taxonomy.by_name.remove("");
        taxonomy
    }

    /// The skill that `name` means. A name or an alias outranks a slug: "actix" is a guess at actix-web, although the
    /// actors' skill has that slug.
    pub fn find(&self, name: &str) -> Option<(&str, Confidence)> {
        let folded = fold(name);
        self.by_name
            .get(&folded)
            .copied()
            .or_else(|| self.by_folded_slug.get(&folded).map(|at| (*at, Confidence::Sure)))
            .and_then(|(at, confidence)| Some((self.slugs.get(at)?.as_str(), confidence)))
    }

    /// Whether this is exactly a slug, as mappings and the API write it.
    pub fn has_slug(&self, slug: &str) -> bool {
        self.by_folded_slug
            .get(&fold(slug))
            .is_some_and(|at| self.slugs.get(*at).is_some_and(|held| held == slug))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_fold_together_and_others_stay_apart() {
        for spelling in [
            "actix-web",
            "Actix Web",
            "actix_web",
            "ACTIX  WEB",
            "actix.web",
            "áctix–web",
        ] {
            assert_eq!(fold(spelling), "actixweb", "{spelling}");
        }
        let apart = [
            "C",
            "C++",
            "C#",
            "F",
            "F#",
            ".NET",
            "NET",
            "R",
            "Go",
            "ASP.NET",
            "ASP.NET Core",
        ];
        for (at, one) in apart.iter().enumerate() {
            for other in &apart[at + 1..] {
                assert_ne!(fold(one), fold(other), "{one} and {other}");
            }
        }
        assert_eq!(fold("Node.js"), fold("NodeJS"));
        assert_eq!(fold("Visual Basic (.Net)"), fold("visual basic .NET"));
        assert_eq!(fold("C♯"), fold("C#"));
        assert_eq!(fold("Programación"), "programacion");
        for nothing in ["", " ", "...", "-", "—"] {
            assert_eq!(fold(nothing), "", "{nothing:?}");
        }
    }

    #[test]
    fn a_bare_actix_is_a_guess_at_actix_web() {
        let taxonomy = crate::tracks::seed::taxonomy();
        assert_eq!(taxonomy.find("Actix"), Some(("actix-web", Confidence::Guess)));
        assert_eq!(taxonomy.find("actix actors"), Some(("actix", Confidence::Sure)));
        assert_eq!(taxonomy.find("actix web"), Some(("actix-web", Confidence::Sure)));
        assert_eq!(taxonomy.find("C++"), Some(("cpp", Confidence::Sure)));
        assert_eq!(taxonomy.find("cpp"), Some(("cpp", Confidence::Sure)));
        assert_eq!(taxonomy.find("C/C++"), None, "two languages are not one");
        assert_eq!(taxonomy.find("basket weaving"), None);
        assert!(taxonomy.has_slug("actix") && !taxonomy.has_slug("Actix"));
    }
}
