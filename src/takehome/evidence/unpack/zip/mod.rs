//! A zip: its directory at the end, then each entry where the directory says.
//!
//! Every byte of the archive must belong to exactly one thing that the directory lists, and everything that is said twice must
//! be said alike: what one reader of the same archive would find and another would not has no place in an upload.

mod directory;
mod local;

use std::fs::File;
use std::io::{self, BufReader, Read, Write as _};
use std::os::unix::fs::FileExt as _;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::names::{self, Kind, Name};
use super::write::{Plan, Tree};
use super::{Refusal, Stop, Unpacked, Word, meter};
use crate::takehome::evidence::plain;
use directory::{Directory, Entry, Method};

/// Unpacks the archive of this length.
pub fn unpack(archive: &File, length: u64, mut tree: Tree) -> Result<Unpacked, Stop> {
    let directory = Directory::read(archive, length, &tree.limits)?;
    let mut names = Vec::with_capacity(directory.entries.len());
    for entry in &directory.entries {
        tree.count()?;
        entry.permitted()?;
        names.push(Name::parse(&entry.name, &tree.limits)?);
    }
    let data = local::check(archive, &directory)?;
    sizes(&directory.entries, &names, &tree)?;
    directory.plain_zip()?;
    let mut plans = Vec::with_capacity(names.len());
    for (entry, name) in directory.entries.iter().zip(names) {
        entry.readable()?;
        let kind = if entry.is_directory() {
            Kind::Directory
        } else {
            Kind::File
        };
        plans.push(tree.plan(name, kind)?);
    }
    for ((entry, plan), at) in directory.entries.iter().zip(plans).zip(data) {
        if let Plan::Write(name) = plan {
            let packed = Part {
                file: archive,
                at,
                left: entry.packed,
            };
            write_out(entry, name, packed, &mut tree)?;
        }
    }
    Ok(tree.finish()?)
}

/// What the directory declares, before a byte is unpacked.
fn sizes(entries: &[Entry], names: &[Option<Name>], tree: &Tree) -> Result<(), Refusal> {
    let limits = &tree.limits;
    let (mut unpacked, mut packed) = (0_u64, 0_u64);
    for (entry, name) in entries.iter().zip(names) {
        let shown = entry.shown();
        unpacked = unpacked.saturating_add(entry.unpacked);
        packed = packed.saturating_add(entry.packed);
        meter::ratio(limits, &shown, entry.unpacked, entry.packed)?;
        // Left out and never unpacked: only the total counts.
        if !name.as_ref().is_some_and(names::is_skipped) {
            meter::file(limits, &shown, entry.unpacked)?;
        }
        meter::total(limits, &shown, unpacked, packed)?;
    }
    Ok(())
}

/// Unpacks one entry, and holds it to everything that was declared of it.
fn write_out(entry: &Entry, name: Name, packed: Part<'_>, tree: &mut Tree) -> Result<(), Stop> {
    let shown = plain::name(&name.text);
    let lies = |what: &str| {
        let why = format!("{shown} {what}, as a bomb or a damaged archive does. Pack the folder anew.");
        Refusal::new(Word::LyingSize, why)
    };
    let mut reader = match entry.method {
        Method::Deflated => Reader::Deflated(DeflateDecoder::new(BufReader::with_capacity(32 * 1024, packed))),
        _ => Reader::Stored { part: packed, read: 0 },
    };
    let mut chunk = vec![0; 64 * 1024];
    let mut crc = Crc::new();
    let mut file = None;
    loop {
        let got = match fill(&mut reader, &mut chunk) {
            Ok(got) => got,
            Err(error) => return Err(broken(error, &shown)),
        };
        crc.update(&chunk[..got]);
        if u64::from(crc.amount()) > entry.unpacked {
            return Err(lies("is larger than it says").into());
        }
        let file = match &mut file {
            Some(file) => file,
            None if names::is_foreign(&chunk[..got]) => {
                tree.skip(&name);
                return Ok(());
            }
            None => file.insert(tree.open(&name)?),
        };
        file.write_all(&chunk[..got])?;
        if got < chunk.len() {
            break;
        }
    }
    if u64::from(crc.amount()) < entry.unpacked {
        return Err(lies("is smaller than it says").into());
    }
    if reader.consumed() != entry.packed {
        return Err(lies("has more packed bytes than it needs").into());
    }
    if crc.sum() != entry.crc {
        let why = format!("the check sum of {shown} is wrong. Upload the archive again.");
        return Err(Refusal::new(Word::Damaged, why).into());
    }
    tree.written(name, entry.unpacked);
    Ok(())
}

/// Reads until the buffer is full or the end is there.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match reader.read(&mut buffer[got..])? {
            0 => break,
            more => got += more,
        }
    }
    Ok(got)
}

fn broken(error: io::Error, shown: &str) -> Stop {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            let why = format!("{shown} cannot be unpacked. Upload the archive again.");
            Refusal::new(Word::Damaged, why).into()
        }
        _ => error.into(),
    }
}

enum Reader<'f> {
    Stored { part: Part<'f>, read: u64 },
    Deflated(DeflateDecoder<BufReader<Part<'f>>>),
}

impl Reader<'_> {
    /// Packed bytes that were needed.
    fn consumed(&self) -> u64 {
        match self {
            Self::Stored { read, .. } => *read,
            Self::Deflated(decoder) => decoder.total_in(),
        }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored { part, read } => {
                let got = part.read(buffer)?;
                *read += got as u64;
                Ok(got)
            }
            Self::Deflated(decoder) => decoder.read(buffer),
        }
    }
}

/// The packed bytes of an entry.
struct Part<'f> {
    file: &'f File,
    at: u64,
    left: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let got = self.file.read_at(&mut buffer[..most], self.at)?;
        self.at += got as u64;
        self.left -= got as u64;
        Ok(got)
    }
}
