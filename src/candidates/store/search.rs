//! The search among people by the beginnings of words: the patterns of what was typed, and the ways that find the first page
//! without looking at everybody.

use sqlx::{FromRow as _, PgConnection, Postgres, QueryBuilder, Row as _};

use super::list::{COLUMNS, Cut, Filter, Listed, Sort};
use crate::error::AppResult;

/// As many of the latest people are looked through for words, before an index of trigrams is asked. Words that many people
/// have are found so among the first ones, however many people there are; few have the others.
const WALK: i64 = 4_000;

/// As many of the latest people who have a word with the same first three letters.
const WALK_BY_KEY: i64 = 1_000;

impl Filter {
    /// The number of "M-1001"; none has -1.
    pub(super) fn code(&self) -> i32 {
        let digits = self.text.trim_start_matches(['m', 'M']).trim_start_matches('-');
        digits.parse().unwrap_or(-1)
    }

    /// Appends the patterns of the words as a table `asked`.
    pub(super) fn ask(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("asked as materialized (select ");
        if self.text.is_ascii() {
            sql.push_bind(ascii_patterns(&self.text)).push("::text[]");
        } else {
            sql.push("search_patterns(").push_bind(self.text.clone()).push(")");
        }
        sql.push(" as patterns)");
    }

    /// Whether a word may be long enough to have a key of its own (`word_keys` decides, this only saves a look).
    pub(super) fn has_key(&self) -> bool {
        self.text
            .split(|letter: char| letter.is_whitespace() || letter.is_ascii_punctuation())
            .any(|word| word.chars().count() >= 3)
    }
}

/// What `search_patterns` of the schema makes of a text of ASCII (a test compares them), so that what most people type need not
/// be taken apart by the database's regular expressions. Nothing of a text without words.
pub fn ascii_patterns(text: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = text
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    (!words.is_empty()).then(|| words.into_iter().map(|word| format!("% {word}%")).collect())
}

/// The same page, out of the next [`WALK_BY_KEY`] people who have a word that begins like the longest one, and whether these are
/// all whom the words can find from there on: then the page is whole although it is not full. Asked by itself only of a page with
/// nobody on it.
pub(super) async fn walk_by_key(conn: &mut PgConnection, filter: &Filter, cut: Cut) -> AppResult<(Vec<Listed>, bool)> {
    let order = cut.order(Sort::Updated);
    let mut sql = QueryBuilder::new("with ");
    filter.ask(&mut sql);
    // Looked up one by one in this order, until the page is full; a CTE of its own would forget the order and be sorted whole.
    sql.push(", page as materialized (")
        .push(COLUMNS)
        .push(" from candidates c join (select w.candidate_id, w.updated_at");
    way_by_key(&mut sql, cut);
    sql.push(") m on m.candidate_id = c.id where c.words like all ((select patterns from asked)::text[])");
    sql.push(format!(
        " order by m.updated_at {order}, m.candidate_id {order} limit {limit})
          select page.*, case when (select count(*) from page) < {limit} then ",
        limit = cut.limit
    ));
    saw_all(&mut sql, cut);
    sql.push(format!(
        " end as saw_all from page order by page.updated_at {order}, page.id {order}"
    ));
    let rows = sql.build().fetch_all(&mut *conn).await?;
    let listed = rows.iter().map(Listed::from_row).collect::<Result<_, _>>()?;
    let saw_all: Option<bool> = if let Some(row) = rows.first() {
        row.try_get("saw_all")?
    } else {
        let mut sql = QueryBuilder::new("with ");
        filter.ask(&mut sql);
        sql.push(" select ");
        self::saw_all(&mut sql, cut);
        sql.build_query_scalar().fetch_one(conn).await?
    };
    Ok((listed, saw_all.unwrap_or(false)))
}

/// Whether the way has an end within reach. The longest word may turn out to have no key; then nobody was looked up.
fn saw_all(sql: &mut QueryBuilder<Postgres>, cut: Cut) {
    sql.push("(char_length((select patterns[1] from asked)) >= 6 and (select count(*) from (select");
    way_by_key(sql, cut);
    sql.push(format!(") w) < {WALK_BY_KEY})"));
}

/// The next [`WALK_BY_KEY`] people, `w`, with a word that begins like the longest one of `asked`.
fn way_by_key(sql: &mut QueryBuilder<Postgres>, cut: Cut) {
    let order = cut.order(Sort::Updated);
    sql.push(" from candidate_words w where w.key = (select substr(patterns[1], 3, 3) from asked)");
    if let Some(from) = cut.from {
        let sign = if order == "desc" { "<" } else { ">" };
        sql.push(format!(
            " and (w.updated_at, w.candidate_id) {sign} (select c.updated_at, c.id from candidates c where c.id = "
        ));
        sql.push_bind(from).push(")");
    }
    sql.push(format!(
        " order by w.updated_at {order}, w.candidate_id {order} limit {WALK_BY_KEY}"
    ));
}

/// The same page, out of the next [`WALK`] people: whole if it is full.
pub(super) async fn walk(conn: &mut PgConnection, filter: &Filter, cut: Cut) -> AppResult<Vec<Listed>> {
    let sort = Sort::Updated;
    let mut sql = QueryBuilder::new("with ");
    filter.ask(&mut sql);
    sql.push(
        ", page as materialized (select c.id from (select c.id, c.updated_at, c.words_start from candidates c where true",
    );
    cut.begin(&mut sql, sort);
    cut.end(&mut sql, sort, WALK);
    sql.push(
        ") c where c.words_start like all ((select patterns from asked)::text[])
            or (char_length(c.words_start) = 600 and exists (select 1 from candidates l where l.id = c.id
                and l.words like all ((select patterns from asked)::text[])))",
    );
    cut.end(&mut sql, sort, cut.limit);
    sql.push(") ")
        .push(COLUMNS)
        .push(" from candidates c join page p on p.id = c.id");
    cut.end(&mut sql, sort, cut.limit);
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_letters_in_a_row_may_have_a_key() {
        let has = |text: &str| {
            let filter = Filter {
                text: text.to_owned(),
                ..Filter::default()
            };
            filter.has_key()
        };
        assert!(has("mar") && has("a-Ñúñ") && has("ann@"));
        assert!(!has("ma") && !has("m-a.r") && !has("%%%"));
    }
}
