//! The directory of a zip, as strictly as it can be read.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use super::super::{Refusal, Stop, Word, meter};
use crate::takehome::evidence::{Limits, plain};

/// Bytes of an end record without its comment.
const END: usize = 22;
/// Bytes of the pointer to a zip64 end record, which stands before the end record.
const LOCATOR: u64 = 20;
/// Bytes of the zip64 end record itself, at least.
const END64: u64 = 56;
/// Bytes of an entry of the directory without its name and extras.
const ENTRY: usize = 46;
/// The largest directory that is read: 3,000 entries with long names and extras take a third of it.
const DIRECTORY: u64 = 4 * 1024 * 1024;

/// Little-endian numbers at known places; the caller has looked at the length.
pub fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// The same of four bytes.
pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The same of eight bytes.
pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// What an entry is packed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Not at all.
    Stored,
    /// Deflate.
    Deflated,
    /// Something that is not taken, by its number.
    Other(u16),
}

/// An entry of the directory.
#[derive(Debug)]
pub struct Entry {
    /// Its name as it stands there, or as its own extra field has it in UTF-8.
    pub name: Vec<u8>,
    /// The name field itself, to compare with the entry's.
    pub raw_name: Vec<u8>,
    /// General purpose bits.
    pub flags: u16,
    /// How it is packed.
    pub method: Method,
    /// CRC-32 of what it unpacks to.
    pub crc: u32,
    /// Packed bytes.
    pub packed: u64,
    /// Unpacked bytes.
    pub unpacked: u64,
    /// Where its local header is.
    pub offset: u64,
    /// Host-dependent attributes: Unix keeps the mode in the upper half.
    attributes: u32,
    /// It has sizes or an offset of 64 bits.
    is_zip64: bool,
}

impl Entry {
    /// Its name for a sentence.
    pub fn shown(&self) -> String {
        plain::name_of_bytes(&self.name)
    }

    /// A directory, by its name or its attributes.
    pub fn is_directory(&self) -> bool {
        let by_attributes = self.mode() == 0o04_0000 || (self.mode() == 0 && self.attributes & 0x10 != 0);
        self.name.ends_with(b"/") || (by_attributes && self.unpacked == 0)
    }

    fn mode(&self) -> u32 {
        (self.attributes >> 16) & 0o17_0000
    }

    /// Whether it is of a kind that is taken at all. The mode counts whatever system the zip says it comes from.
    pub fn permitted(&self) -> Result<(), Refusal> {
        let refuse = |word, what: &str| Err(Refusal::new(word, format!("{} {what}", self.shown())));
        // Bit 0: encrypted; 6: strongly; 13: the directory too.
        if self.flags & 0x2041 != 0 || matches!(self.method, Method::Other(99)) {
            return refuse(Word::Encrypted, "is encrypted. Pack it without a password.");
        }
        match self.mode() {
            0 | 0o10_0000 | 0o04_0000 => {}
            0o12_0000 => return refuse(Word::Symlink, "is a symbolic link. Put the file itself there."),
            0o01_0000 => return refuse(Word::Fifo, "is a named pipe (FIFO). Leave it out."),
            0o02_0000 | 0o06_0000 => return refuse(Word::Device, "is a device. Leave it out."),
            _ => return refuse(Word::Special, "is neither a file nor a directory. Leave it out."),
        }
        if self.is_directory() && self.unpacked > 0 {
            return refuse(
                Word::FileAsDirectory,
                "is a directory and has content like a file. Pack the folder anew.",
            );
        }
        Ok(())
    }

    /// Whether it is packed in a way that is taken.
    pub fn readable(&self) -> Result<(), Refusal> {
        if let Method::Other(number) = self.method {
            let why = format!(
                "{} is packed with method {number}. Pack with ordinary compression (deflate).",
                self.shown()
            );
            return Err(Refusal::new(Word::Method, why));
        }
        if self.method == Method::Stored && self.packed != self.unpacked {
            let why = format!(
                "{} is not packed and yet has two sizes. Pack the folder anew.",
                self.shown()
            );
            return Err(Refusal::new(Word::LyingSize, why));
        }
        Ok(())
    }
}

/// The directory, and where it stands.
#[derive(Debug)]
pub struct Directory {
    /// Its entries, in its own order.
    pub entries: Vec<Entry>,
    /// Where it begins, which is where entries end.
    pub start: u64,
    /// There is a zip64 end record.
    has_end64: bool,
}

impl Directory {
    /// Reads it from the end of the archive.
    pub fn read(archive: &File, length: u64, limits: &Limits) -> Result<Self, Stop> {
        let (end_at, end) = find_end(archive, length)?;
        if [u16_at(&end, 4), u16_at(&end, 6)] != [0, 0] {
            let why = "the zip is split over several files. Pack it as one.";
            return Err(Refusal::new(Word::Split, why).into());
        }
        let (here, number) = (u16_at(&end, 8), u16_at(&end, 10));
        let (size, start) = (u32_at(&end, 12), u32_at(&end, 16));
        let has_end64 = has_locator(archive, end_at)?;
        if number == u16::MAX || size == u32::MAX || start == u32::MAX {
            return Err(zip64().into());
        }
        if here != number {
            return Err(lying_count().into());
        }
        let (size, start) = (u64::from(size), u64::from(start));
        let after = start + size;
        let expected = if has_end64 { after + END64 + LOCATOR } else { after };
        if expected > end_at {
            return Err(truncated("bytes are missing between its entries and its end").into());
        }
        if expected < end_at && !has_end64 {
            return Err(hidden("there are bytes that belong to no entry beside its directory").into());
        }
        if number == 0 {
            return Err(if size == 0 {
                Refusal::new(Word::Empty, "the zip has no entries. Pack the project's folder.").into()
            } else {
                lying_count().into()
            });
        }
        meter::entries(limits, u64::from(number))?;
        if size > DIRECTORY {
            let why = "the directory of the zip is larger than 4 MiB. Pack the folder anew.";
            return Err(Refusal::new(Word::TooManyEntries, why).into());
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        archive.read_exact_at(&mut bytes, start)?;
        Ok(Self {
            entries: parse(&bytes, number)?,
            start,
            has_end64,
        })
    }

    /// Zip64 is for archives that are too large anyway. Asked after the sizes: what is too large is refused as that.
    pub fn plain_zip(&self) -> Result<(), Refusal> {
        if self.has_end64 || self.entries.iter().any(|entry| entry.is_zip64) {
            return Err(zip64());
        }
        Ok(())
    }
}

fn zip64() -> Refusal {
    let why = "the zip has a zip64 directory, which is for archives over 4 GiB. Pack it as an ordinary zip.";
    Refusal::new(Word::Zip64, why)
}

fn lying_count() -> Refusal {
    let why = "the zip's end record counts other entries than its directory has. Pack the folder anew.";
    Refusal::new(Word::LyingCount, why)
}

fn truncated(what: &str) -> Refusal {
    Refusal::new(
        Word::Truncated,
        format!("the zip is cut short: {what}. Upload it again."),
    )
}

/// Bytes that some readers take for entries and others do not see.
pub fn hidden(what: &str) -> Refusal {
    Refusal::new(Word::Hidden, format!("{what}. Pack the folder anew."))
}

/// The end record: the one whose comment reaches to the very end.
fn find_end(archive: &File, length: u64) -> Result<(u64, Vec<u8>), Stop> {
    let most = length.min(END as u64 + u64::from(u16::MAX));
    let from = length - most;
    let mut tail = vec![0; usize::try_from(most).unwrap_or_default()];
    archive.read_exact_at(&mut tail, from)?;
    let mut found = Vec::new();
    let mut trailing = false;
    for at in (0..=tail.len().saturating_sub(END)).rev() {
        if !tail[at..].starts_with(b"PK\x05\x06") || tail.len() < at + END {
            continue;
        }
        let end = at + END + usize::from(u16_at(&tail, at + 20));
        let directory_end = u64::from(u32_at(&tail, at + 12)) + u64::from(u32_at(&tail, at + 16));
        if end == tail.len() {
            found.push(at);
        } else if end < tail.len() && directory_end == from + at as u64 {
            trailing = true;
        }
    }
    match found.as_slice() {
        [at] => Ok((from + *at as u64, tail.split_off(*at))),
        [] if trailing => Err(hidden("there are bytes behind the end of the zip").into()),
        [] => Err(truncated("its end record is missing").into()),
        _ => Err(hidden("the zip has two end records").into()),
    }
}

fn has_locator(archive: &File, end_at: u64) -> io::Result<bool> {
    let Some(at) = end_at.checked_sub(LOCATOR) else {
        return Ok(false);
    };
    let mut head = [0; 4];
    archive.read_exact_at(&mut head, at)?;
    Ok(head == *b"PK\x06\x07")
}

fn parse(bytes: &[u8], number: u16) -> Result<Vec<Entry>, Refusal> {
    let damaged = || Refusal::new(Word::Damaged, "the zip's directory cannot be read. Upload it again.");
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        if rest.len() < ENTRY || !rest.starts_with(b"PK\x01\x02") {
            return Err(damaged());
        }
        if entries.len() == usize::from(number) {
            return Err(lying_count());
        }
        let [name, extra, comment] = [28, 30, 32].map(|at| usize::from(u16_at(rest, at)));
        let length = ENTRY + name + extra + comment;
        if rest.len() < length {
            return Err(damaged());
        }
        let fields = &rest[..ENTRY];
        let raw_name = rest[ENTRY..ENTRY + name].to_vec();
        let extra = &rest[ENTRY + name..ENTRY + name + extra];
        entries.push(entry(fields, raw_name, extra).ok_or_else(damaged)?);
        rest = &rest[length..];
    }
    if entries.len() == usize::from(number) {
        Ok(entries)
    } else {
        Err(lying_count())
    }
}

fn entry(fields: &[u8], raw_name: Vec<u8>, extra: &[u8]) -> Option<Entry> {
    let flags = u16_at(fields, 8);
    let mut entry = Entry {
        name: unicode_name(extra, &raw_name, flags).unwrap_or_else(|| raw_name.clone()),
        raw_name,
        flags,
        method: match u16_at(fields, 10) {
            0 => Method::Stored,
            8 => Method::Deflated,
            other => Method::Other(other),
        },
        crc: u32_at(fields, 16),
        packed: u64::from(u32_at(fields, 20)),
        unpacked: u64::from(u32_at(fields, 24)),
        attributes: u32_at(fields, 38),
        offset: u64::from(u32_at(fields, 42)),
        is_zip64: false,
    };
    if let Some(mut wide) = extra_field(extra, 1) {
        entry.is_zip64 = true;
        // In this order, each only when its own field is full.
        for field in [&mut entry.unpacked, &mut entry.packed, &mut entry.offset] {
            if *field == u64::from(u32::MAX) {
                *field = u64_at(wide.get(..8)?, 0);
                wide = &wide[8..];
            }
        }
    }
    Some(entry)
}

/// The content of an extra field, by its number.
pub fn extra_field(mut extra: &[u8], wanted: u16) -> Option<&[u8]> {
    while extra.len() >= 4 {
        let (number, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let content = extra.get(4..4 + length)?;
        if number == wanted {
            return Some(content);
        }
        extra = &extra[4 + length..];
    }
    None
}

/// The name in UTF-8 that some programs put beside one in the letters of their system; it counts when it is about that name.
fn unicode_name(extra: &[u8], raw_name: &[u8], flags: u16) -> Option<Vec<u8>> {
    let content = extra_field(extra, 0x7075)?;
    let is_utf8 = flags & 0x800 != 0;
    if is_utf8 || content.len() < 5 || content[0] != 1 {
        return None;
    }
    let mut crc = flate2::Crc::new();
    crc.update(raw_name);
    (u32_at(content, 1) == crc.sum()).then(|| content[5..].to_vec())
}
