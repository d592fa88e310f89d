//! Keyset paging: a page is "the rows after this one", so it costs the same at the end of a long list as at its start and
//! does not skip or repeat rows that move meanwhile.

use serde::Deserialize;

/// Which page of a list is asked for: `?after=CURSOR` or `?before=CURSOR`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PageQuery {
    /// Rows after this cursor.
    #[serde(default)]
    pub after: Option<String>,
    /// Rows before this cursor.
    #[serde(default)]
    pub before: Option<String>,
}

/// Whether rows are fetched forwards or backwards from the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// In the list's order.
    Forward,
    /// Against it; [`Paged::from_fetched`] turns the rows round.
    Backward,
}

impl PageQuery {
    /// The cursor and its direction; no cursor is the first page.
    pub fn cursor(&self) -> (Option<&str>, Direction) {
        match (&self.after, &self.before) {
            (Some(after), _) => (Some(after.as_str()), Direction::Forward),
            (None, Some(before)) => (Some(before.as_str()), Direction::Backward),
            (None, None) => (None, Direction::Forward),
        }
    }
}

/// One page of rows with the cursors of its neighbours.
#[derive(Debug, Clone)]
pub struct Paged<T> {
    /// The rows, in the list's order.
    pub rows: Vec<T>,
    /// Cursor for `?before=`, if there are rows before.
    pub previous: Option<String>,
    /// Cursor for `?after=`, if there are rows after.
    pub next: Option<String>,
}

impl<T> Paged<T> {
    /// Makes a page of rows fetched with `limit + 1` from the cursor in `query`'s direction.
    pub fn from_fetched(mut rows: Vec<T>, limit: usize, query: &PageQuery, cursor: impl Fn(&T) -> String) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let (from, direction) = query.cursor();
        let has_cursor = from.is_some();
        let (before, after) = match direction {
            Direction::Forward => (has_cursor, more),
            Direction::Backward => {
                rows.reverse();
                (more, has_cursor)
            }
        };
        let previous = if before { rows.first().map(&cursor) } else { None };
        let next = if after { rows.last().map(&cursor) } else { None };
        Self { rows, previous, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: &[u32], after: Option<&str>, before: Option<&str>) -> Paged<u32> {
        let query = PageQuery {
            after: after.map(str::to_owned),
            before: before.map(str::to_owned),
        };
        Paged::from_fetched(rows.to_vec(), 2, &query, ToString::to_string)
    }

    #[test]
    fn cursors_lead_to_where_there_is_more() {
        let first = page(&[1, 2, 3], None, None);
        assert_eq!(
            (first.rows, first.previous, first.next.as_deref()),
            (vec![1, 2], None, Some("2"))
        );
        let last = page(&[3, 4], Some("2"), None);
        assert_eq!(
            (last.rows, last.previous.as_deref(), last.next),
            (vec![3, 4], Some("3"), None)
        );
        let back = page(&[2, 1], None, Some("3"));
        assert_eq!(
            (back.rows, back.previous, back.next.as_deref()),
            (vec![1, 2], None, Some("2"))
        );
    }
}
