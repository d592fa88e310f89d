//! Which encoding, which separator.

use std::io::Read;

use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE};

use super::records::Characters;
use super::{CHUNK, Encoding, MOST_RECORD_BYTES, Refusal};

/// Files that people send instead of a CSV, by their first bytes.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xD0\xCF\x11\xE0", "an old Excel workbook"),
    (b"\x1F\x8B", "a compressed file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
];

pub(super) fn find_encoding(mut bytes: impl Read) -> Result<Encoding, Refusal> {
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
            tally.finish();
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
        Self {
            decoder,
            scratch: String::with_capacity(CHUNK * 3),
            good: 0,
            broken: 0,
            line: 1,
            since_line_end: 0,
        }
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
        self.decode(&mut bytes, false);
        Ok(())
    }

    /// A character that the file's end cuts off is a broken one.
    fn finish(&mut self) {
        self.decode(&mut &[][..], true);
    }

    fn decode(&mut self, bytes: &mut &[u8], last: bool) {
        loop {
            self.scratch.clear();
            let (result, read) = self
                .decoder
                .decode_to_string_without_replacement(bytes, &mut self.scratch, last);
            self.good += self.scratch.chars().filter(|c| !c.is_ascii()).count() as u64;
            *bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.broken += 1,
            }
        }
    }

    fn verdict(&self) -> Encoding {
        if self.broken == 0 || self.good > self.broken {
            Encoding::Utf8
        } else {
            Encoding::Windows1252
        }
    }
}

/// The candidate that stands most often in the header, outside quotes; a comma when none does.
pub(super) fn find_separator(bytes: impl Read, encoding: Encoding) -> Result<char, Refusal> {
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

pub(super) fn declared_separator(line: &str) -> Option<char> {
    let mut rest = line.strip_prefix("sep=")?.chars();
    let separator = rest.next()?;
    rest.next().is_none().then_some(separator)
}
