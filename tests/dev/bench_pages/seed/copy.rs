//! Rows for `COPY`, in PostgreSQL's text format.

use std::fmt::{Display, Write as _};

use sqlx::PgConnection;

use crate::client::Trouble;

/// Sent in pieces of about this many bytes.
const PIECE: usize = 1 << 20;

/// Rows of one table.
pub struct Rows {
    statement: String,
    text: String,
}

/// One row in the making.
pub struct Row<'a> {
    text: &'a mut String,
    first: bool,
}

impl Rows {
    /// For these columns of a table.
    pub fn of(table: &str, columns: &str) -> Self {
        Self {
            statement: format!("copy {table} ({columns}) from stdin"),
            text: String::new(),
        }
    }

    /// Begins a row; it ends when it is dropped.
    pub fn row(&mut self) -> Row<'_> {
        Row {
            text: &mut self.text,
            first: true,
        }
    }

    /// Sends what was gathered.
    pub async fn send(self, conn: &mut PgConnection) -> Result<u64, Trouble> {
        let mut copy = conn.copy_in_raw(&self.statement).await?;
        for piece in self.text.as_bytes().chunks(PIECE) {
            copy.send(piece).await?;
        }
        Ok(copy.finish().await?)
    }
}

impl Row<'_> {
    /// The next column.
    pub fn put(mut self, value: impl Display) -> Self {
        self.separate();
        let start = self.text.len();
        let _ = write!(self.text, "{value}");
        if self.text[start..].contains(['\\', '\t', '\n', '\r']) {
            let raw = self.text.split_off(start);
            for letter in raw.chars() {
                match letter {
                    '\\' => self.text.push_str("\\\\"),
                    '\t' => self.text.push_str("\\t"),
                    '\n' => self.text.push_str("\\n"),
                    '\r' => self.text.push_str("\\r"),
                    other => self.text.push(other),
                }
            }
        }
        self
    }

    /// The next column, null for nothing.
    pub fn maybe(mut self, value: Option<impl Display>) -> Self {
        let Some(value) = value else {
            self.separate();
            self.text.push_str("\\N");
            return self;
        };
        self.put(value)
    }

    fn separate(&mut self) {
        if !self.first {
            self.text.push('\t');
        }
        self.first = false;
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_column_is_written_otherwise() {
        let mut rows = Rows::of("t", "a, b, c");
        rows.row().put("one\ttwo\nthree\\").maybe(None::<i32>).put(7);
        rows.row().put("é").maybe(Some("x")).put(true);
        assert_eq!(rows.statement, "copy t (a, b, c) from stdin");
        assert_eq!(rows.text, "one\\ttwo\\nthree\\\\\t\\N\t7\né\tx\ttrue\n");
    }
}
