//! A thousand hostile strings through every field of every form that the demo agency shows to anybody.
//!
//! The forms are read from the pages themselves, so a new one is tested without being listed. Each form is sent with a hostile
//! string in every field at once, another one in each, and then with one field hostile and the others as the page fills them
//! in. No answer is a fault, nothing comes back as markup, no header is forged, and a refusal says why.
//!
//! All thousand through each form (65,760 requests, 2026-11-21) take 18 minutes beside other work. They run with `MERIDIAN_EVERY_STRING=1`; without it each
//! form meets every twentieth, beginning anywhere, so that the forms together still meet them all.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;

use super::{Agency, people, walk};
use crate::support::app::{Answer, Person};

const STRINGS: usize = 1000;

/// How many strings each field meets alone, with the others as the page fills them in.
const ALONE: usize = 4;

/// How many a form meets that nothing can be typed into: choices and hidden values, which only a hand-made request changes.
const UNTYPED: usize = 100;

/// The controls that take free text or something near it.
const FREE: [&str; 9] = [
    "text", "email", "password", "search", "url", "tel", "number", "date", "time",
];

/// What begins every piece of markup among the strings; no page may hold it unescaped.
pub const MARK: &str = "<hx-";

/// Never sent: they only end the session of whoever asks.
const ENDS: [&str; 3] = ["/logout", "/account/sessions/end", "/account/sessions/end-all"];

/// The strings: eight families of hostility, none like another. U+0000 is sent by a test of its own.
#[expect(clippy::too_many_lines, reason = "a list: one family after the other")]
pub fn strings() -> Vec<String> {
    let controls: Vec<char> = ('\u{1}'..='\u{1f}').chain('\u{7f}'..='\u{9f}').collect();
    let bidi = [
        '\u{202a}', '\u{202b}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}', '\u{200e}',
        '\u{200f}', '\u{61c}',
    ];
    let odd = [
        "\u{feff}",
        "\u{fffd}",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{e000}",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "e\u{301}\u{301}\u{301}",
        "ﷺ",
        "İı",
        "ß",
        "ǆ",
        "\u{2028}",
        "\u{2029}",
        "\u{200b}",
        "\u{3000}",
        "𝕬𝖓𝖆",
        "١٢٣",
        "ＡＤＭＩＮ",
        "\u{1d173}",
        "\u{e0041}",
    ];
    let markup = [
        "<script>alert(N)</script>",
        "\"><img src=x onerror=alert(N)>",
        "' onfocus=alert(N) autofocus='",
        "</textarea><svg onload=alert(N)>",
        "<!--N-->",
        "]]>N",
        "{{N*7}}",
        "{% raw %}N",
        "${N}",
        "javascript:alert(N)",
        "data:text/html,N",
        "&lt;N&gt;",
        "&#60;N",
        "<a href=\"javascript:N\">",
        "</title>N",
        "<style>*{N}</style>",
    ];
    let sql = [
        "' or '1'='N",
        "'; drop table users; --N",
        "\\'; select pg_sleep(N)--",
        "$$N$$",
        "1); delete from events where N",
        "%' and N=N --",
        "N%%_\\",
        "\" or \"N",
        "/*N*/",
        "\\x27N",
    ];
    let lines = [
        "N\r\nBcc: victim@x.test",
        "N\nSet-Cookie: meridian=N",
        "N\r\nX-Hx: N",
        "N\r\n\r\n<html>",
        "N\u{b}N",
        "N\u{c}N",
        "N\u{85}N",
    ];
    let numbers = [
        "-N",
        "NaN",
        "1e309",
        "999999999999999999N",
        "0x7fffffffN",
        "-0",
        "1,5N",
        "2027-02-29",
        "9999-12-31",
        "+262142-12-31",
        "24:00",
        "00:60",
        "0.1e-N",
        "٣",
        "1_000",
        "∞",
    ];
    let paths = [
        "../../../../etc/passwdN",
        "..\\..\\N",
        "/dev/null/N",
        "file:///N",
        "%2e%2e%2fN",
        "https://evil.example/N",
        "//evil.example/N",
        "CON",
        "a/./b/../N",
        "N;ls",
        "$(N)",
        "`N`",
        "|N",
        "=cmd|' /C calc'!N",
        "@SUM(N)",
        "+N",
    ];
    let letter = |n: usize| char::from_u32(0x4e00 + u32::try_from(n * 7 % 20_000).unwrap_or_default()).unwrap_or('x');
    let fill = |pattern: &str, n: usize| pattern.replace('N', &n.to_string());
    (0..STRINGS)
        .map(|n| match n % 8 {
            0 => format!("a{}b{n}", controls[n / 8 % controls.len()]),
            1 => format!("{}ana{}{n}", bidi[n / 8 % bidi.len()], bidi[n / 16 % bidi.len()]),
            2 => format!("{}{n}{}", odd[n / 8 % odd.len()], letter(n)),
            3 => format!("{}{MARK}{n} x>", fill(markup[n / 8 % markup.len()], n)),
            4 => fill(sql[n / 8 % sql.len()], n),
            5 => fill(lines[n / 8 % lines.len()], n),
            // Bare in the first round, where a number stands behind them in the later ones.
            6 if n / 8 < numbers.len() => fill(numbers[n / 8], n),
            6 => format!("{} {n}", fill(numbers[n / 8 % numbers.len()], n)),
            _ if n.is_multiple_of(5) => letter(n).to_string().repeat(1 + n * 13 % 12_000),
            _ => fill(paths[n / 8 % paths.len()], n),
        })
        .collect()
}

#[test]
fn there_are_a_thousand_and_none_is_like_another() {
    let all = strings();
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!(different.len(), STRINGS);
    assert!(all.iter().all(|text| !text.contains('\0')));
}

/// A form as its page fills it in.
#[derive(Debug, Clone)]
struct Sheet {
    action: String,
    fields: Vec<(String, String)>,
    /// Whether something can be typed into it.
    is_free: bool,
}

fn unescaped(text: &str) -> String {
    ["&lt;", "&#60;"]
        .iter()
        .fold(text.to_owned(), |text, name| text.replace(name, "<"))
        .replace("&#62;", ">")
        .replace("&gt;", ">")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    Some(unescaped(tag[start..].split('"').next()?))
}

fn has(tag: &str, word: &str) -> bool {
    tag.split([' ', '>', '/']).any(|part| part == word)
}

/// The forms of a page that post.
fn sheets(html: &str, path: &str) -> Vec<Sheet> {
    let mut found = Vec::new();
    for piece in html.split("<form").skip(1) {
        let (tag, rest) = piece.split_once('>').unwrap_or_default();
        if attribute(tag, "method").as_deref() != Some("post") || tag.contains("multipart") {
            continue;
        }
        let body = rest.split("</form>").next().unwrap_or_default();
        let action = attribute(tag, "action").unwrap_or_else(|| path.to_owned());
        let fields = fields(body);
        let is_free = body.contains("<textarea") || FREE.iter().any(|kind| body.contains(&format!("type=\"{kind}\"")));
        if !fields.is_empty() && !ENDS.contains(&action.as_str()) {
            found.push(Sheet {
                action,
                fields,
                is_free,
            });
        }
    }
    found
}

fn fields(body: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let Some(name) = attribute(tag, "name") else { continue };
        if tag.starts_with("input") {
            let kind = attribute(tag, "type").unwrap_or_default();
            let ticked = !["radio", "checkbox"].contains(&kind.as_str()) || has(tag, "checked");
            if ticked {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        } else if tag.starts_with("textarea") {
            fields.push((name, unescaped(text)));
        } else if tag.starts_with("select") {
            let at = body.find(&format!("<{tag}>")).unwrap_or_default();
            let options = body[at..].split("</select>").next().unwrap_or_default();
            let chosen = options
                .split("<option")
                .skip(1)
                .find(|option| has(option.split('>').next().unwrap_or_default(), "selected"));
            let chosen = chosen.or_else(|| options.split("<option").nth(1));
            fields.push((
                name,
                chosen.and_then(|option| attribute(option, "value")).unwrap_or_default(),
            ));
        } else if tag.starts_with("button") {
            fields.push((name, attribute(tag, "value").unwrap_or_default()));
        }
    }
    fields
}

/// What is wrong with an answer to a hostile form.
pub fn judge(answer: &Answer) -> Option<String> {
    let text = answer.text();
    if answer.status.is_server_error() {
        return Some(format!("{}", answer.status));
    }
    if text.contains(MARK) {
        let at = text.find(MARK).unwrap_or_default();
        let around: String = text[..at]
            .chars()
            .rev()
            .take(60)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        return Some(format!("markup comes back as markup after {around}"));
    }
    if answer.headers.contains_key("x-hx") {
        return Some("a header is forged".to_owned());
    }
    if text.contains("href=\"javascript:") || text.contains("href=\"data:") {
        return Some("a link runs what was typed".to_owned());
    }
    let refused = answer.status.is_client_error();
    (refused && !text.contains("<h1")).then(|| format!("{} without a word", answer.status))
}

/// One person's forms and what came of them.
struct Barrage<'a> {
    agency: &'a Agency,
    email: Option<&'static str>,
    person: Person,
    strings: Vec<String>,
    sent: usize,
    wrong: BTreeMap<String, String>,
}

impl Barrage<'_> {
    async fn send(&mut self, sheet: &Sheet, fields: &[(&str, &str)], what: &str) {
        // The limits have tests of their own; here they would hide the forms behind them.
        if self.sent.is_multiple_of(4)
            && ["/login", "/forgot", "/account", "/start", "/apply"]
                .iter()
                .any(|path| sheet.action.starts_with(path))
        {
            sqlx::query("delete from throttles")
                .execute(self.agency.app.db.pool())
                .await
                .expect("forgotten");
        }
        let answer = self.person.post(&sheet.action, fields).await;
        self.sent += 1;
        if let Some(what_is_wrong) = judge(&answer) {
            let place = format!(
                "{} as {}: {what_is_wrong}",
                sheet.action,
                self.email.unwrap_or("a stranger")
            );
            self.wrong
                .entry(place)
                .or_insert_with(|| what.chars().take(80).collect());
        }
        let turned_away = answer.location.as_deref().is_some_and(|to| to.starts_with("/login"));
        if self.email.is_some() && (turned_away || answer.status == StatusCode::UNAUTHORIZED)
            || self.email.is_none() && answer.status == StatusCode::SEE_OTHER
        {
            self.person = self.agency.enter(self.email).await.0;
        }
    }

    async fn form(&mut self, sheet: &Sheet) {
        let count = sheet.fields.len();
        let strings = self.strings.clone();
        // A step that has no factor in common with a thousand, so that a few are of every family.
        let most = if sheet.is_free { STRINGS } else { UNTYPED };
        let rounds = if std::env::var_os("MERIDIAN_EVERY_STRING").is_some() {
            most
        } else {
            most / 20
        };
        let first = self.sent;
        for round in (0..rounds).map(|round| (first + round * 7) % STRINGS) {
            let fields: Vec<(&str, &str)> = sheet
                .fields
                .iter()
                .enumerate()
                .map(|(place, (name, _))| (name.as_str(), strings[(round + place * 37) % STRINGS].as_str()))
                .collect();
            self.send(sheet, &fields, &strings[round]).await;
        }
        for place in 0..count {
            for round in 0..ALONE {
                let text = self.strings[(place * 101 + round * 83) % STRINGS].clone();
                let fields: Vec<(&str, &str)> = sheet
                    .fields
                    .iter()
                    .enumerate()
                    .map(|(at, (name, value))| {
                        (name.as_str(), if at == place { text.as_str() } else { value.as_str() })
                    })
                    .collect();
                self.send(sheet, &fields, &text).await;
            }
        }
    }
}

#[actix_web::test]
async fn a_thousand_hostile_strings_through_every_field_of_every_form() {
    let agency = Agency::open().await;
    let mut wrong = BTreeMap::new();
    let (mut forms, mut fields, mut sent) = (0, 0, 0);
    let mut tried: BTreeSet<String> = BTreeSet::new();
    let mut order: Vec<Option<&'static str>> = people().collect();
    // Strangers first, the admin last: what an admin does to accounts would keep the others out.
    order.sort_by_key(|email| email.is_some_and(|email| email.starts_with("demo-admin")));
    for email in order {
        let pages = walk(&agency, email, &mut Vec::new()).await;
        let mut barrage = Barrage {
            agency: &agency,
            email,
            person: agency.enter(email).await.0,
            strings: strings(),
            sent: 0,
            wrong: BTreeMap::new(),
        };
        for page in &pages {
            for sheet in sheets(&page.html, &page.path) {
                let names: BTreeSet<&str> = sheet.fields.iter().map(|(name, _)| name.as_str()).collect();
                let act: String = sheet
                    .action
                    .split('/')
                    .filter(|part| part.parse::<uuid::Uuid>().is_err())
                    .collect::<Vec<_>>()
                    .join("/");
                if tried.insert(format!("{act} {names:?} {}", email.is_none())) {
                    forms += 1;
                    fields += names.len();
                    barrage.form(&sheet).await;
                }
            }
        }
        sent += barrage.sent;
        wrong.extend(barrage.wrong);
    }
    // What was taken in is shown everywhere as the text it is.
    for email in people() {
        let mut on_the_way = Vec::new();
        for page in walk(&agency, email, &mut on_the_way).await {
            if page.html.contains(MARK) {
                wrong.insert(
                    format!("{} as {email:?}", page.path),
                    "shows markup of a form as markup".to_owned(),
                );
            }
        }
        let faults = on_the_way.into_iter().filter(|line| line.contains("answers 5"));
        wrong.extend(faults.map(|line| (line, String::new())));
    }
    println!("{forms} forms, {fields} fields, {sent} requests");
    assert!(
        forms > 40 && fields > 150,
        "{forms} forms, {fields} fields: the pages show more"
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}
