//! Characters, cells, records.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder};

use super::detect::declared_separator;
use super::{CHUNK, Encoding, MOST_RECORD_BYTES, Record, Refusal};

/// The characters of a file, decoded piece by piece.
pub(super) struct Characters<R> {
    bytes: R,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    at: usize,
    ended: bool,
    pub(super) taken: usize,
}

impl<R: Read> Characters<R> {
    pub(super) fn new(bytes: R, encoding: Encoding) -> Self {
        Self {
            bytes,
            // Removes the mark of this encoding only.
            decoder: encoding.table().new_decoder_with_bom_removal(),
            raw: vec![0; CHUNK],
            text: String::with_capacity(CHUNK * 4),
            at: 0,
            ended: false,
            taken: 0,
        }
    }

    fn peek(&mut self) -> io::Result<Option<char>> {
        while self.at >= self.text.len() {
            if self.ended {
                return Ok(None);
            }
            self.refill()?;
        }
        Ok(self.text.get(self.at..).and_then(|rest| rest.chars().next()))
    }

    pub(super) fn take(&mut self) -> io::Result<Option<char>> {
        let next = self.peek()?;
        if let Some(c) = next {
            self.at += c.len_utf8();
            self.taken += c.len_utf8();
        }
        Ok(next)
    }

    fn refill(&mut self) -> io::Result<()> {
        let read = self.bytes.read(&mut self.raw)?;
        self.ended = read == 0;
        self.text.clear();
        self.at = 0;
        let mut source = &self.raw[..read];
        loop {
            let (result, used, _) = self.decoder.decode_to_string(source, &mut self.text, self.ended);
            source = &source[used..];
            match result {
                CoderResult::InputEmpty => return Ok(()),
                CoderResult::OutputFull => self.text.reserve(CHUNK),
            }
        }
    }
}

/// The records of a file, one at a time.
pub struct Records<R> {
    characters: Characters<R>,
    separator: char,
    line: u64,
}

impl<R: Read> Records<R> {
    /// From the start of the file.
    pub fn new(bytes: R, encoding: Encoding, separator: char) -> Self {
        Self {
            characters: Characters::new(bytes, encoding),
            separator,
            line: 1,
        }
    }

    /// The next record; blank lines and Excel's `sep=` line are passed over.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator cannot give the refusal and the end apart"
    )]
    pub fn next(&mut self) -> Result<Option<Record>, Refusal> {
        loop {
            let first = self.line == 1;
            let Some(record) = self.one()? else { return Ok(None) };
            let hint = first && self.is_hint(&record.cells);
            if !hint && record.cells.iter().any(|cell| !cell.is_empty()) {
                return Ok(Some(record));
            }
        }
    }

    /// `sep=;` is one cell, or two when the separator itself cut it.
    fn is_hint(&self, cells: &[String]) -> bool {
        match cells {
            [one] => declared_separator(one).is_some(),
            [start, end] => start == "sep=" && end.is_empty() && self.separator != '=',
            _ => false,
        }
    }

    fn one(&mut self) -> Result<Option<Record>, Refusal> {
        if self.characters.peek()?.is_none() {
            return Ok(None);
        }
        let line = self.line;
        let limit = self.characters.taken + MOST_RECORD_BYTES;
        let mut cells = Vec::new();
        loop {
            let (cell, end) = self.cell(line, limit)?;
            cells.push(cell);
            if matches!(end, End::Record) {
                return Ok(Some(Record { line, cells }));
            }
        }
    }

    fn cell(&mut self, line: u64, limit: usize) -> Result<(String, End), Refusal> {
        let mut cell = String::new();
        if self.characters.peek()? == Some('"') {
            self.characters.take()?;
            self.quoted(&mut cell, line, limit)?;
        }
        loop {
            let Some(c) = self.characters.take()? else {
                return Ok((cell, End::Record));
            };
            match c {
                '\r' | '\n' => {
                    self.line_end(c)?;
                    return Ok((cell, End::Record));
                }
                _ if c == self.separator => return Ok((cell, End::Cell)),
                // A quote inside an unquoted cell is a character like others.
                _ => cell.push(c),
            }
            if self.characters.taken > limit {
                return Err(Refusal::TooLong(line));
            }
        }
    }

    fn quoted(&mut self, cell: &mut String, line: u64, limit: usize) -> Result<(), Refusal> {
        let opened_on = self.line;
        loop {
            let Some(c) = self.characters.take()? else {
                return Err(Refusal::OpenQuote(opened_on));
            };
            match c {
                '"' if self.characters.peek()? == Some('"') => {
                    self.characters.take()?;
                    cell.push('"');
                }
                '"' => return Ok(()),
                '\r' | '\n' => {
                    self.line_end(c)?;
                    cell.push('\n');
                }
                _ => cell.push(c),
            }
            if self.characters.taken > limit {
                return Err(Refusal::TooLong(line));
            }
        }
    }

    /// Counts a line end of any system, `\r\n` as one.
    fn line_end(&mut self, c: char) -> Result<(), Refusal> {
        if c == '\r' && self.characters.peek()? == Some('\n') {
            self.characters.take()?;
        }
        self.line += 1;
        Ok(())
    }
}

/// What came after a cell.
enum End {
    Cell,
    Record,
}
