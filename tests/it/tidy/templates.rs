//! Pages under a content policy without `unsafe-inline`, and text that nobody escapes.

use super::File;

fn templates(files: &[File]) -> impl Iterator<Item = &File> {
    files
        .iter()
        .filter(|file| file.path.starts_with("templates/") && file.is("html"))
}

/// Styles and scripts inside the markup, which the content policy refuses.
pub fn inline(files: &[File]) -> Vec<String> {
    let mut offences = Vec::new();
    for file in templates(files) {
        for (line, text) in file.lines() {
            let text = text.to_lowercase();
            let script = text.match_indices("<script").any(|(at, _)| {
                let tag = text[at..].split('>').next().unwrap_or_default();
                !tag.contains(" src=")
            });
            let found = [
                (text.contains(" style="), "a style attribute"),
                (text.contains("<style"), "a style element"),
                (script, "a script inside the page"),
                (text.contains("javascript:"), "a script in an address"),
                (handler(&text), "a script in an attribute"),
            ];
            offences.extend(
                found
                    .iter()
                    .filter(|(there, _)| *there)
                    .map(|(_, what)| file.at(line, what)),
            );
        }
    }
    offences
}

/// ` onclick=` and its kind.
fn handler(text: &str) -> bool {
    text.match_indices(" on").any(|(at, _)| {
        let rest = &text[at + 3..];
        let name = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        name > 2 && (rest[name..].starts_with("=\"") || rest[name..].starts_with("='"))
    })
}

/// Text that goes into the page as it is. The line, or the one before it, has to say why: `{# safe: ... #}`.
pub fn trusted(files: &[File]) -> Vec<String> {
    let mut offences = Vec::new();
    for file in templates(files) {
        let mut before = "";
        for (line, text) in file.lines() {
            let spaced = text.replace(' ', "");
            let reason = text.contains("{# safe:") || before.contains("{# safe:");
            if spaced.contains("|safe") && !reason {
                offences.push(file.at(line, "|safe without a reason: {# safe: ... #}"));
            }
            before = text;
        }
    }
    for file in files
        .iter()
        .filter(|file| file.path.starts_with("src/") && file.is("rs"))
    {
        for (line, text) in file.code() {
            if text.contains("escape = \"none\"") {
                offences.push(file.at(line, "a template that escapes nothing"));
            }
        }
    }
    offences
}

/// Domains whose pages have no folder of templates, and folders of templates that belong to nobody.
pub fn folders(files: &[File]) -> Vec<String> {
    let top = |path: &str, above: &str| Some(path.strip_prefix(above)?.split_once('/')?.0.to_owned());
    let shared = ["layouts", "ui", "mail"];
    let mut offences = Vec::new();
    for file in files {
        let pages = file.path.ends_with("/pages.rs") || file.path.ends_with("/pages/mod.rs");
        let shows = pages && (file.text.contains("template(") || file.text.contains("#[template"));
        if let (true, Some(domain)) = (shows, top(&file.path, "src/")) {
            let folder = format!("templates/{domain}/");
            if !files.iter().any(|other| other.path.starts_with(&folder)) {
                offences.push(file.at(1, format_args!("pages without {folder}")));
            }
        }
    }
    for file in templates(files) {
        let Some(folder) = top(&file.path, "templates/") else {
            continue;
        };
        // A domain, or a room of one: templates/public belongs to src/web/public.rs.
        let owned = files
            .iter()
            .filter(|other| other.path.starts_with("src/"))
            .any(|other| {
                let mut parts = other.path.trim_end_matches(".rs").split('/');
                parts.any(|part| part == folder)
            });
        if !shared.contains(&folder.as_str()) && !owned {
            offences.push(file.at(1, format_args!("nothing in src is called {folder}")));
        }
    }
    offences
}

#[test]
fn inline_styles_and_scripts_are_seen() {
    let planted = [File::new(
        "templates/x/a.html",
        "<p style=\"color: red\">\n<script>1</script>\n<script src=\"/static/app.js\" defer></script>\n<a href=\"javascript:x()\">\n<b onclick=\"x()\">once=\n<style>\n<p data-x=\"1\" only=\n",
    )];
    let expected = [
        "templates/x/a.html:1: a style attribute",
        "templates/x/a.html:2: a script inside the page",
        "templates/x/a.html:4: a script in an address",
        "templates/x/a.html:5: a script in an attribute",
        "templates/x/a.html:6: a style element",
    ];
    assert_eq!(inline(&planted), expected);
}

#[test]
fn trust_without_a_reason_is_seen() {
    let planted = [
        File::new(
            "templates/x/a.html",
            "{{ a|safe }}\n{# safe: numbers only #}\n{{ b | safe }}\n{{ c | safe }}\n",
        ),
        File::new("src/a.rs", "#[template(path = \"x.html\", escape = \"none\")]\n"),
    ];
    let what = "|safe without a reason: {# safe: ... #}";
    let expected = [
        format!("templates/x/a.html:1: {what}"),
        format!("templates/x/a.html:4: {what}"),
        "src/a.rs:1: a template that escapes nothing".to_owned(),
    ];
    assert_eq!(trusted(&planted), expected);
}

#[test]
fn missing_and_homeless_folders_are_seen() {
    let planted = [
        File::new("src/a/pages.rs", "#[template(path = \"a/b.html\")]\n"),
        File::new("src/b/pages.rs", "#[template(path = \"b/b.html\")]\n"),
        File::new("templates/b/b.html", ""),
        File::new("templates/c/b.html", ""),
        File::new("templates/ui/form.html", ""),
    ];
    assert_eq!(
        folders(&planted),
        [
            "src/a/pages.rs:1: pages without templates/a/",
            "templates/c/b.html:1: nothing in src is called c"
        ]
    );
}
