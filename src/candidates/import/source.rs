//! From bytes to records: encoding, separator, quotes.
//!
//! How the encoding is found, in this order: a byte order mark; a regular pattern of zero bytes near the start (UTF-16
//! without a mark); bytes that are valid UTF-8 throughout; a file in which UTF-8 sequences outnumber broken bytes is
//! damaged UTF-8, and the rows with a broken byte are rejected one by one; everything else is Windows-1252, which contains
//! ISO-8859-1's letters. A mapping can name the encoding instead.
//!
//! Memory is bounded: a record is at most one megabyte, whatever the file holds.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::{Deserialize, Serialize};

/// Largest record, in bytes of UTF-8. A longer one is no table, or a quote that never ends.
pub const MOST_RECORD_BYTES: usize = 1024 * 1024;

/// How much is read at once.
const CHUNK: usize = 32 * 1024;

/// The encodings an import reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// With or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Little endian.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// Big endian.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Western European, as Excel on Windows writes it; also ISO-8859-1.
    #[serde(rename = "windows-1252", alias = "iso-8859-1", alias = "latin1")]
    Windows1252,
}

impl Encoding {
    /// Its usual name.
    pub fn name(self) -> &'static str {
        self.table().name()
    }

    fn table(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
        }
    }
}

/// Why a whole file is not read. Nothing has been written when one is given.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The operating system said no.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Not text.
    #[error("the file is {0}, not text; save the table as CSV (UTF-8) and import that")]
    NotText(&'static str),
    /// Nothing in it.
    #[error("the file is empty: a header line with the names of the columns is needed")]
    Empty,
    /// No rows.
    #[error("the file has a header and no rows")]
    NoRows,
    /// A record over the limit.
    #[error(
        "line {0} is longer than 1 MB; probably a quotation mark is opened and never closed, or the line ends are missing"
    )]
    TooLong(u64),
    /// The file ends inside a quoted cell.
    #[error("the quotation mark opened on line {0} is never closed")]
    OpenQuote(u64),
    /// The mapping names columns that the file lacks.
    #[error("the mapping names columns that the file does not have: {}. The file has: {}", .missing.join(", "), .present.join(", "))]
    MissingColumns {
        /// What is missing.
        missing: Vec<String>,
        /// What the file has.
        present: Vec<String>,
    },
    /// One name, two columns, and the mapping uses it.
    #[error("the column \"{0}\" stands in the header twice; rename one of them")]
    AmbiguousColumn(String),
}

/// What the first reading of a file found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Encoding of the text.
    pub encoding: Encoding,
    /// What stands between cells.
    pub separator: char,
    /// The rows below the header.
    pub rows: u64,
}

/// One row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line on which it starts, from 1.
    pub line: u64,
    /// Its cells, quotes removed.
    pub cells: Vec<String>,
}

/// Reads a file once: finds encoding and separator and proves that every record can be read.
///
/// `open` gives the bytes from the start; it is called for each pass.
pub fn inspect<R: Read>(
    mut open: impl FnMut() -> io::Result<R>,
    encoding: Option<Encoding>,
    separator: Option<char>,
) -> Result<Shape, Refusal> {
    let encoding = match encoding {
        Some(encoding) => encoding,
        None => find_encoding(open()?)?,
    };
    let separator = match separator {
        Some(separator) => separator,
        None => find_separator(open()?, encoding)?,
    };
    let mut records = Records::new(open()?, encoding, separator);
    if records.next()?.is_none() {
        return Err(Refusal::Empty);
    }
    let mut rows = 0;
    while records.next()?.is_some() {
        rows += 1;
    }
    Ok(Shape { encoding, separator, rows })
}

/// Files that people send instead of a CSV, by their first bytes.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xD0\xCF\x11\xE0", "an old Excel workbook"),
    (b"\x1F\x8B", "a compressed file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
];

fn find_encoding(mut bytes: impl Read) -> Result<Encoding, Refusal> {
    let mut chunk = vec![0; CHUNK];
    let mut start = Vec::with_capacity(CHUNK);
    (&mut bytes).take(CHUNK as u64).read_to_end(&mut start)?;
    if start.is_empty() {
        return Err(Refusal::Empty);
    }
    if let Some((_, what)) = SIGNATURES.iter().find(|(signature, _)| start.starts_with(signature)) {
        return Err(Refusal::NotText(what));
    }
    if let Some((found, _)) = encoding_rs::Encoding::for_bom(&start) {
        return Ok(match found {
            e if e == UTF_16LE => Encoding::Utf16Le,
            e if e == UTF_16BE => Encoding::Utf16Be,
            _ => Encoding::Utf8,
        });
    }
    if let Some(utf16) = unmarked_utf16(&start) {
        return Ok(utf16);
    }
    let mut tally = Tally::new();
    tally.add(&start)?;
    loop {
        let read = bytes.read(&mut chunk)?;
        if read == 0 {
            return Ok(tally.verdict());
        }
        tally.add(&chunk[..read])?;
    }
}

/// Text of Western languages in UTF-16 has a zero in every second byte.
fn unmarked_utf16(start: &[u8]) -> Option<Encoding> {
    let sample = &start[..start.len().min(1024) & !1];
    let units = sample.len() / 2;
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if units >= 2 && odd * 2 > units && even * 8 < odd {
        Some(Encoding::Utf16Le)
    } else if units >= 2 && even * 2 > units && odd * 8 < even {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// Counts what speaks for UTF-8 and what against, and stops at a line that no table has.
struct Tally {
    decoder: Decoder,
    scratch: String,
    good: u64,
    broken: u64,
    line: u64,
    since_line_end: usize,
}

impl Tally {
    fn new() -> Self {
        let decoder = UTF_8.new_decoder_without_bom_handling();
        Self { decoder, scratch: String::with_capacity(CHUNK * 3), good: 0, broken: 0, line: 1, since_line_end: 0 }
    }

    fn add(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        for &byte in bytes {
            if byte == b'\n' || byte == b'\r' {
                self.line += u64::from(byte == b'\n');
                self.since_line_end = 0;
            } else {
                self.since_line_end += 1;
                if self.since_line_end > MOST_RECORD_BYTES {
                    return Err(Refusal::TooLong(self.line));
                }
            }
        }
        loop {
            self.scratch.clear();
            let (result, read) = self.decoder.decode_to_string_without_replacement(bytes, &mut self.scratch, false);
            self.good += self.scratch.chars().filter(|c| !c.is_ascii()).count() as u64;
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.broken += 1,
            }
        }
    }

    fn verdict(&self) -> Encoding {
        if self.broken == 0 || self.good > self.broken { Encoding::Utf8 } else { Encoding::Windows1252 }
    }
}

/// The candidate that stands most often in the header, outside quotes; a comma when none does.
fn find_separator(bytes: impl Read, encoding: Encoding) -> Result<char, Refusal> {
    const CANDIDATES: [char; 4] = [',', ';', '\t', '|'];
    let mut counts = [0usize; CANDIDATES.len()];
    let mut quoted = false;
    let mut characters = Characters::new(bytes, encoding);
    let mut first_line = String::new();
    while let Some(c) = characters.take()? {
        match c {
            '"' => quoted = !quoted,
            '\n' | '\r' if !quoted => {
                // Excel's own hint, which is a line of its own.
                if let Some(hint) = declared_separator(&first_line) {
                    return Ok(hint);
                }
                break;
            }
            _ if !quoted => {
                if let Some(at) = CANDIDATES.iter().position(|candidate| *candidate == c) {
                    counts[at] += 1;
                }
            }
            _ => {}
        }
        if first_line.len() < 16 {
            first_line.push(c);
        }
        if characters.taken > MOST_RECORD_BYTES {
            return Err(Refusal::TooLong(1));
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let at = counts.iter().position(|count| *count == most).unwrap_or_default();
    Ok(if most == 0 { ',' } else { CANDIDATES[at] })
}

fn declared_separator(line: &str) -> Option<char> {
    let mut rest = line.strip_prefix("sep=")?.chars();
    let separator = rest.next()?;
    rest.next().is_none().then_some(separator)
}

/// The characters of a file, decoded piece by piece.
struct Characters<R> {
    bytes: R,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    at: usize,
    ended: bool,
    taken: usize,
}

impl<R: Read> Characters<R> {
    fn new(bytes: R, encoding: Encoding) -> Self {
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

    fn take(&mut self) -> io::Result<Option<char>> {
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
        Self { characters: Characters::new(bytes, encoding), separator, line: 1 }
    }

    /// The next record; blank lines and Excel's `sep=` line are passed over.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot give the refusal and the end apart")]
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
            let Some(c) = self.characters.take()? else { return Ok((cell, End::Record)) };
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
            let Some(c) = self.characters.take()? else { return Err(Refusal::OpenQuote(opened_on)) };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Shape, Vec<Record>), Refusal> {
        let shape = inspect(|| Ok(bytes), None, None)?;
        let mut records = Records::new(bytes, shape.encoding, shape.separator);
        let mut all = Vec::new();
        while let Some(record) = records.next()? {
            all.push(record);
        }
        Ok((shape, all))
    }

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let marked = if mark { format!("\u{feff}{text}") } else { text.to_owned() };
        marked.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_words() {
        let text = "name,city\nJoão Añez,Bogotá\n";
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("latin")).collect();
        let files = [
            (Encoding::Utf8, text.as_bytes().to_vec()),
            (Encoding::Utf8, [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat()),
            (Encoding::Utf16Le, utf16(text, false, true)),
            (Encoding::Utf16Be, utf16(text, true, true)),
            (Encoding::Utf16Le, utf16(text, false, false)),
            (Encoding::Utf16Be, utf16(text, true, false)),
            (Encoding::Windows1252, latin),
        ];
        for (encoding, bytes) in files {
            let (shape, records) = read(&bytes).expect("readable");
            assert_eq!(shape.encoding, encoding);
            assert_eq!(shape.rows, 1);
            assert_eq!(records[0].cells, ["name", "city"], "{encoding:?}");
            assert_eq!(records[1].cells, ["João Añez", "Bogotá"], "{encoding:?}");
        }
    }

    #[test]
    fn one_broken_byte_does_not_turn_a_utf8_file_into_another_one() {
        let (shape, records) = read(b"name,city\nJo\xC3\xA3o,Bogot\xC3\xA1\nB\xFFd,x\n").expect("readable");
        assert_eq!(shape.encoding, Encoding::Utf8);
        assert_eq!(records[1].cells, ["João", "Bogotá"]);
        assert!(records[2].cells[0].contains('\u{fffd}'), "the damage stays visible");
    }

    #[test]
    fn separators_quotes_and_line_ends_of_all_kinds() {
        for separator in [",", ";", "\t", "|"] {
            let text = format!("a{separator}b\r\n\"x{separator}\"\"y\"\"\nz\"{separator}2\r\n\r\n3{separator}4\"5");
            let (_, records) = read(text.as_bytes()).expect("readable");
            assert_eq!(records.len(), 3, "{separator:?}");
            assert_eq!(records[1].cells, [format!("x{separator}\"y\"\nz"), "2".to_owned()]);
            assert_eq!((records[1].line, records[2].line), (2, 5));
            assert_eq!(records[2].cells, ["3", "4\"5"]);
        }
        let (_, old_mac) = read(b"a,b\r1,2\r3,4\r").expect("readable");
        assert_eq!(old_mac[2], Record { line: 3, cells: vec!["3".into(), "4".into()] });
        let (shape, hinted) = read(b"sep=;\na;b,c,d\n1;2\n").expect("readable");
        assert_eq!((shape.separator, hinted[0].cells.len()), (';', 2));
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        assert!(matches!(read(b""), Err(Refusal::Empty)));
        assert!(matches!(read(b"PK\x03\x04rest"), Err(Refusal::NotText(_))));
        assert!(matches!(read(b"a,b\n1,2\n\"open,3\n4,5\n"), Err(Refusal::OpenQuote(3))));
        let long = [b"a,b\n1,2\n".as_slice(), &vec![b'x'; MOST_RECORD_BYTES + 2], b"\n3,4\n"].concat();
        assert!(matches!(read(&long), Err(Refusal::TooLong(3))));
        // Many short lines inside one quoted cell.
        let quoted = [b"a,b\n\"".as_slice(), "line\n".repeat(300_000).as_bytes(), b"\",1\n"].concat();
        assert!(matches!(read(&quoted), Err(Refusal::TooLong(2))));
    }

    /// Endless bytes: what is read of them is counted.
    struct Endless(u64);

    impl Read for &mut Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b'x');
            self.0 += buffer.len() as u64;
            Ok(buffer.len())
        }
    }

    #[test]
    fn an_endless_line_is_given_up_after_a_megabyte() {
        let mut endless = Endless(0);
        assert!(matches!(find_encoding(&mut endless), Err(Refusal::TooLong(1))));
        assert!(endless.0 < 2 * MOST_RECORD_BYTES as u64, "{} bytes were read", endless.0);
    }
}
