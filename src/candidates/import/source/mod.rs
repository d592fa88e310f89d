//! From bytes to records: encoding, separator, quotes.
//!
//! How the encoding is found, in this order: a byte order mark; a regular pattern of zero bytes near the start (UTF-16
//! without a mark); bytes that are valid UTF-8 throughout; a file in which UTF-8 sequences outnumber broken bytes is
//! damaged UTF-8, and the rows with a broken byte are rejected one by one; everything else is Windows-1252, which contains
//! ISO-8859-1's letters. A mapping can name the encoding instead.
//!
//! Memory is bounded: a record is at most one megabyte, whatever the file holds.

mod detect;
mod records;

use std::io::{self, Read};

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::{Deserialize, Serialize};

use detect::{find_encoding, find_separator};
pub use records::Records;

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
    Ok(Shape {
        encoding,
        separator,
        rows,
    })
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
        let marked = if mark {
            format!("\u{feff}{text}")
        } else {
            text.to_owned()
        };
        marked
            .encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    #[test]
    fn every_encoding_gives_the_same_words() {
        let text = "name,city\nJoão Añez,Bogotá\n";
        let latin: Vec<u8> = text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).expect("latin"))
            .collect();
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
        assert_eq!(
            old_mac[2],
            Record {
                line: 3,
                cells: vec!["3".into(), "4".into()]
            }
        );
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
        assert!(
            endless.0 < 2 * MOST_RECORD_BYTES as u64,
            "{} bytes were read",
            endless.0
        );
    }
}
