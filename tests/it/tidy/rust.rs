//! What Rust and SQL of this house look like.

use super::File;

/// Lines of code a file may have: not counted are empty lines and those that hold only a comment. Beyond that a file
/// becomes a folder of that name.
const FILE: usize = 400;
/// Lines of a handler from `fn` to its closing brace, comments included. Aim at twenty.
const HANDLER: usize = 60;

/// Files that are too long: Rust of the crate and of its tests, templates, styles.
pub fn long_files(files: &[File]) -> Vec<String> {
    let judged = |file: &&File| {
        ["src/", "tests/", "templates/", "static/css/"]
            .iter()
            .any(|top| file.path.starts_with(top))
            && ["rs", "html", "css"].iter().any(|ending| file.is(ending))
    };
    let length = |file: &File| {
        if file.is("rs") {
            file.code().count()
        } else {
            file.lines().filter(|(_, line)| !line.trim().is_empty()).count()
        }
    };
    let long = files.iter().filter(judged).filter(|file| length(file) > FILE);
    long.map(|file| file.at(1, format_args!("{} lines of code, at most {FILE}", length(file))))
        .collect()
}

/// Handlers (the asynchronous functions of pages) that are too long, told apart by rustfmt's layout: a function ends at the brace below its start.
pub fn long_handlers(files: &[File]) -> Vec<String> {
    let pages = |file: &&File| {
        file.is("rs")
            && (file.path.contains("/pages")
                || file.path.starts_with("src/homes/")
                || file.path.starts_with("src/web/"))
    };
    let mut offences = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("src/")).filter(pages) {
        let mut open: Option<(usize, String, String)> = None;
        for (number, line) in file.lines() {
            let indentation = &line[..line.len() - line.trim_start().len()];
            match &open {
                None if starts_function(line.trim_start())
                    && !line.trim_end().ends_with('}')
                    && !line.trim_end().ends_with(';') =>
                {
                    let name = line.split("fn ").nth(1).unwrap_or_default();
                    let name = name.split(['(', '<']).next().unwrap_or_default();
                    open = Some((number, format!("{indentation}}}"), name.to_owned()));
                }
                Some((start, end, name)) if line == end => {
                    let length = number - start + 1;
                    if length > HANDLER {
                        offences.push(file.at(*start, format_args!("{name} has {length} lines, at most {HANDLER}")));
                    }
                    open = None;
                }
                _ => {}
            }
        }
    }
    offences
}

fn starts_function(line: &str) -> bool {
    let words = line.split('(').next().unwrap_or_default();
    words
        .split_whitespace()
        .take_while(|word| ["pub", "async", "const", "fn"].contains(word))
        .any(|word| word == "async")
        || words.starts_with("pub(") && words.contains(" async fn ")
}

/// Readings of the machine's clock outside `src/clock.rs`.
pub fn clocks(files: &[File]) -> Vec<String> {
    let clocks = [
        "Utc::now",
        "Local::now",
        "SystemTime::now",
        "Zoned::now",
        "Timestamp::now",
    ];
    // How old a lock or a log file is has nothing to do with the app's time.
    let exempt = |path: &str| path == "src/clock.rs" || path.starts_with("src/postgres/");
    let mut offences = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.path.starts_with("src/") && file.is("rs") && !exempt(&file.path))
    {
        for (line, text) in file.code() {
            for clock in clocks.iter().filter(|clock| text.contains(**clock)) {
                offences.push(file.at(line, format_args!("{clock}: take the instant from Clock")));
            }
        }
    }
    offences
}

/// SQL that asks the server what time it is. A line of a migration may say that it is about what is done past the application,
/// where no request has an instant; a statement, that the server's own clock is what it wants to know.
pub fn clocks_in_sql(files: &[File]) -> Vec<String> {
    let words = [
        "now()",
        "current_timestamp",
        "current_date",
        "current_time",
        "localtimestamp",
        "clock_timestamp()",
        "statement_timestamp()",
    ];
    let mut offences = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.path.starts_with("src/") || file.path.starts_with("migrations/"))
    {
        if !file.is("rs") && !file.is("sql") {
            continue;
        }
        let comment = if file.is("sql") { "--" } else { "//" };
        for (line, text) in file.lines() {
            if file.is("sql") && text.ends_with("-- past the application") || text.contains("-- the server's own clock")
            {
                continue;
            }
            let text = text.split(comment).next().unwrap_or_default().to_lowercase();
            for word in words {
                // `clock.now()` and `Instant::now()` are Rust.
                let sql = text.match_indices(word).any(|(at, _)| {
                    !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == ':')
                        && !text[at + word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
                });
                if sql && !text.contains("fn now()") {
                    offences.push(file.at(line, format_args!("{word} in SQL: bind the instant of the request")));
                }
            }
        }
    }
    offences
}

/// Comparisons of a state, status or role with a string, in Rust and in templates: the enum is what the compiler checks.
pub fn status_as_text(files: &[File]) -> Vec<String> {
    let mut offences = Vec::new();
    for file in files {
        if !((file.path.starts_with("src/") && file.is("rs"))
            || (file.path.starts_with("templates/") && file.is("html")))
        {
            continue;
        }
        for (line, text) in file.lines().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for operator in ["== ", "!= "] {
                for (at, _) in text.match_indices(operator) {
                    let (left, right) = (text[..at].trim_end(), text[at + operator.len()..].trim_start());
                    let literal = |side: &str, quote: bool| {
                        if quote {
                            side.starts_with('"')
                        } else {
                            side.ends_with('"')
                        }
                    };
                    if (literal(right, true) && is_status(last_path(left)))
                        || (literal(left, false) && is_status(first_path(right)))
                    {
                        offences.push(file.at(line, "a status compared with a string: compare with the enum"));
                    }
                }
            }
        }
    }
    offences
}

fn last_path(text: &str) -> &str {
    let allowed = |c: char| c.is_alphanumeric() || "_.:()".contains(c);
    let start = text.rfind(|c: char| !allowed(c)).map_or(0, |at| at + 1);
    &text[start..]
}

fn first_path(text: &str) -> &str {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || "_.:()".contains(c)))
        .unwrap_or(text.len());
    &text[..end]
}

fn is_status(path: &str) -> bool {
    let names: Vec<&str> = path
        .split(['.', ':'])
        .filter(|part| !part.is_empty() && !part.ends_with(')'))
        .collect();
    names.last().is_some_and(|name| {
        ["state", "status", "role"]
            .iter()
            .any(|word| name == word || name.ends_with(&format!("_{word}")))
    })
}

#[test]
fn long_files_and_handlers_are_seen() {
    let lines = |number: usize| "let x = 1;\n".repeat(number);
    let comments = "\n// why\n".repeat(300);
    let planted = [
        File::new("src/long.rs", &lines(401)),
        File::new("src/well.rs", &format!("{}{comments}", lines(400))),
        File::new("templates/x/long.html", &"<p>\n".repeat(401)),
    ];
    assert_eq!(
        long_files(&planted),
        [
            "src/long.rs:1: 401 lines of code, at most 400",
            "templates/x/long.html:1: 401 lines of code, at most 400"
        ]
    );

    let handler = |name: &str, number: usize| {
        format!(
            "pub async fn {name}(\n    db: Db,\n) -> AppResult<HttpResponse> {{\n{}}}\n",
            "    x();\n".repeat(number)
        )
    };
    let pages = File::new(
        "src/requests/pages.rs",
        &format!("{}{}", handler("long", 57), handler("short", 56)),
    );
    assert_eq!(
        long_handlers(&[pages]),
        ["src/requests/pages.rs:1: long has 61 lines, at most 60"]
    );
}

#[test]
fn clocks_are_seen_in_rust_and_sql() {
    let planted = [
        File::new(
            "src/a.rs",
            "// Utc::now\nlet x = Utc::now();\nlet y = clock.now();\nlet z = std::time::Instant::now();\n",
        ),
        File::new("src/clock.rs", "Utc::now()\n"),
    ];
    assert_eq!(clocks(&planted), ["src/a.rs:2: Utc::now: take the instant from Clock"]);
    let planted = [
        File::new(
            "migrations/0001_x.sql",
            "-- never now()\ncreate table x (at timestamptz default now());\nselect CURRENT_DATE;\nselect now() -- past the application\nselect now() -- past it\n",
        ),
        File::new(
            "src/a.rs",
            "query!(\"select now()\");\nlet at = clock.now();\nfn now() {}\n",
        ),
    ];
    let expected = [
        "migrations/0001_x.sql:2: now() in SQL: bind the instant of the request",
        "migrations/0001_x.sql:3: current_date in SQL: bind the instant of the request",
        "migrations/0001_x.sql:5: now() in SQL: bind the instant of the request",
        "src/a.rs:1: now() in SQL: bind the instant of the request",
    ];
    assert_eq!(clocks_in_sql(&planted), expected);
}

#[test]
fn a_status_as_text_is_seen() {
    let planted = [
        File::new(
            "src/a.rs",
            "if request.state == \"open\" {}\nif \"open\" != self.new_status.as_str() {}\nif name == \"open\" {}\nif state == State::Open {}\n",
        ),
        File::new("templates/a/b.html", "{% if viewer.role == \"admin\" %}\n"),
    ];
    let what = "a status compared with a string: compare with the enum";
    assert_eq!(
        status_as_text(&planted),
        [
            format!("src/a.rs:1: {what}"),
            format!("src/a.rs:2: {what}"),
            format!("templates/a/b.html:1: {what}")
        ]
    );
}
