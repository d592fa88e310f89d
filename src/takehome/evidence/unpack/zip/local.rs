//! What stands before each entry's bytes, held against the directory, and that no byte belongs to two entries or to none.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use super::super::{Refusal, Stop, Word};
use super::directory::{Directory, Entry, extra_field, hidden, u16_at, u32_at, u64_at};

/// Bytes of a local header without name and extras.
const HEADER: usize = 30;
/// General purpose bit 3: sizes follow the data.
const DESCRIPTOR: u16 = 8;

struct Local {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    unpacked: u64,
    name: Vec<u8>,
    /// Where the packed bytes begin.
    data: u64,
}

/// Checks all entries; where the packed bytes of each begin.
pub fn check(archive: &File, directory: &Directory) -> Result<Vec<u64>, Stop> {
    let entries = &directory.entries;
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&at| entries[at].offset);
    for pair in order.windows(2) {
        if entries[pair[0]].offset == entries[pair[1]].offset {
            return Err(overlap(&entries[pair[0]], &entries[pair[1]]).into());
        }
    }
    let mut locals = Vec::with_capacity(entries.len());
    for entry in entries {
        let local = read(archive, entry, directory.start)?;
        same_sizes(entry, &local)?;
        locals.push(local);
    }
    let mut before: Option<usize> = None;
    for &at in &order {
        let start = entries[at].offset;
        let end = before.map_or(0, |before| locals[before].data.saturating_add(entries[before].packed));
        if start < end {
            let other = before.map_or(&entries[at], |before| &entries[before]);
            return Err(overlap(other, &entries[at]).into());
        }
        gap(
            archive,
            before.map(|before| (&entries[before], &locals[before])),
            end,
            start,
        )?;
        before = Some(at);
    }
    if let Some(last) = before {
        let end = locals[last].data.saturating_add(entries[last].packed);
        if end > directory.start {
            let why = format!(
                "{} reaches into the directory of the zip. Pack the folder anew.",
                entries[last].shown()
            );
            return Err(Refusal::new(Word::Overlap, why).into());
        }
        gap(archive, Some((&entries[last], &locals[last])), end, directory.start)?;
    }
    for (entry, local) in entries.iter().zip(&locals) {
        if local.name != entry.raw_name {
            let why = format!(
                "{} is called {} elsewhere in the zip. Pack the folder anew.",
                entry.shown(),
                crate::takehome::evidence::plain::name_of_bytes(&local.name)
            );
            return Err(Refusal::new(Word::LyingName, why).into());
        }
    }
    Ok(locals.into_iter().map(|local| local.data).collect())
}

fn overlap(one: &Entry, other: &Entry) -> Refusal {
    let why = format!(
        "{} and {} overlap in the zip. Pack the folder anew.",
        one.shown(),
        other.shown()
    );
    Refusal::new(Word::Overlap, why)
}

fn read(archive: &File, entry: &Entry, directory: u64) -> Result<Local, Stop> {
    let lost = || {
        let why = format!("{} is not where the zip says. Upload the archive again.", entry.shown());
        Refusal::new(Word::Damaged, why)
    };
    if entry.offset.saturating_add(HEADER as u64) > directory {
        return Err(lost().into());
    }
    let mut head = [0; HEADER];
    archive.read_exact_at(&mut head, entry.offset)?;
    if !head.starts_with(b"PK\x03\x04") {
        return Err(lost().into());
    }
    let (name, extra) = (u16_at(&head, 26), u16_at(&head, 28));
    let data = entry.offset + HEADER as u64 + u64::from(name) + u64::from(extra);
    if data > directory {
        return Err(lost().into());
    }
    let mut behind = vec![0; usize::from(name) + usize::from(extra)];
    archive.read_exact_at(&mut behind, entry.offset + HEADER as u64)?;
    let extra = behind.split_off(usize::from(name));
    let (mut packed, mut unpacked) = (u64::from(u32_at(&head, 18)), u64::from(u32_at(&head, 22)));
    // Programs that do not know a size beforehand reserve room for a large one here and need it seldom.
    if let Some(wide) = extra_field(&extra, 1)
        && packed == u64::from(u32::MAX)
        && unpacked == u64::from(u32::MAX)
        && wide.len() >= 16
    {
        (unpacked, packed) = (u64_at(wide, 0), u64_at(wide, 8));
    }
    Ok(Local {
        flags: u16_at(&head, 6),
        method: u16_at(&head, 8),
        crc: u32_at(&head, 14),
        packed,
        unpacked,
        name: behind,
        data,
    })
}

fn same_sizes(entry: &Entry, local: &Local) -> Result<(), Refusal> {
    if local.flags & 0x2041 != 0 {
        let why = format!("{} is encrypted. Pack it without a password.", entry.shown());
        return Err(Refusal::new(Word::Encrypted, why));
    }
    let later = local.flags & DESCRIPTOR != 0;
    let here = (local.crc, local.packed, local.unpacked);
    let said = (entry.crc, entry.packed, entry.unpacked);
    let unset =
        later && [0, said.0].contains(&here.0) && [0, said.1].contains(&here.1) && [0, said.2].contains(&here.2);
    let method = match entry.method {
        super::directory::Method::Stored => 0,
        super::directory::Method::Deflated => 8,
        super::directory::Method::Other(number) => number,
    };
    if (here != said && !unset) || local.method != method || (entry.flags ^ local.flags) & DESCRIPTOR != 0 {
        let why = format!(
            "{} has another size, check sum or packing at its own place than in the directory of the zip. Pack the folder anew.",
            entry.shown()
        );
        return Err(Refusal::new(Word::LyingSize, why));
    }
    Ok(())
}

/// Between two entries there is nothing, or the sizes of the first.
fn gap(archive: &File, before: Option<(&Entry, &Local)>, from: u64, to: u64) -> Result<(), Stop> {
    let length = to - from;
    let Some((entry, local)) = before else {
        return if length == 0 {
            Ok(())
        } else {
            Err(hidden("there are bytes before the first entry that the zip's directory does not list").into())
        };
    };
    if local.flags & DESCRIPTOR == 0 {
        return if length == 0 {
            Ok(())
        } else {
            let what = format!(
                "behind {} there are bytes that the zip's directory does not list",
                entry.shown()
            );
            Err(hidden(&what).into())
        };
    }
    if is_descriptor(archive, entry, from, length)? {
        return Ok(());
    }
    let why = format!(
        "the sizes behind {} are not those of the directory. Pack the folder anew.",
        entry.shown()
    );
    Err(Refusal::new(Word::LyingSize, why).into())
}

/// With or without its signature, with sizes of four or eight bytes: programs differ.
fn is_descriptor(archive: &File, entry: &Entry, from: u64, length: u64) -> io::Result<bool> {
    if !matches!(length, 12 | 16 | 20 | 24) {
        return Ok(false);
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    archive.read_exact_at(&mut bytes, from)?;
    let body = if matches!(length, 16 | 24) {
        if !bytes.starts_with(b"PK\x07\x08") {
            return Ok(false);
        }
        &bytes[4..]
    } else {
        &bytes[..]
    };
    let (packed, unpacked) = if body.len() == 12 {
        (u64::from(u32_at(body, 4)), u64::from(u32_at(body, 8)))
    } else {
        (u64_at(body, 4), u64_at(body, 12))
    };
    Ok((u32_at(body, 0), packed, unpacked) == (entry.crc, entry.packed, entry.unpacked))
}
