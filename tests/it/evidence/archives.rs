//! Archives by hand: what no honest program writes cannot be made with one.

use std::io::Write as _;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

use super::{MAIN, MANIFEST};

pub fn crc(data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(data);
    crc.sum()
}

pub fn deflated(data: &[u8]) -> Vec<u8> {
    let level = if data.len() < 100_000 {
        Compression::best()
    } else {
        Compression::fast()
    };
    let mut encoder = DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub fn gz(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// The deflate stream of so many times 64 MiB of zeros, made from one.
pub fn zeros(times: usize) -> Vec<u8> {
    let mut encoder = flate2::Compress::new(Compression::best(), false);
    let block = vec![0; 64 * 1024 * 1024];
    let mut once = Vec::with_capacity(256 * 1024);
    encoder
        .compress_vec(&block, &mut once, flate2::FlushCompress::Full)
        .unwrap();
    assert_eq!(encoder.total_in(), block.len() as u64);
    let mut stream = once.repeat(times);
    // An empty last block.
    stream.extend_from_slice(&[3, 0]);
    stream
}

/// A gzip around a deflate stream, with a check sum that nobody gets to see.
pub fn gz_of(stream: &[u8]) -> Vec<u8> {
    let mut all = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    all.extend_from_slice(stream);
    all.extend_from_slice(&[0; 8]);
    all
}

/// Text that deflate makes some seven times smaller and no more.
pub fn dense(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            b'a' + u8::try_from(state & 1).unwrap()
        })
        .collect()
}

/// An entry of a zip: what its two headers say, and its bytes.
#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    pub local_name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub packed: u32,
    pub unpacked: u32,
    pub local_sizes: Option<(u32, u32, u32)>,
    pub mode: u32,
    pub extra: Vec<u8>,
    pub local_extra: Vec<u8>,
    pub data: Vec<u8>,
    pub behind: Vec<u8>,
    /// In the directory at the place of another one.
    pub offset: Option<u32>,
    pub is_listed: bool,
}

impl Entry {
    pub fn file(name: impl AsRef<[u8]>, content: &[u8]) -> Self {
        let data = deflated(content);
        Self {
            method: 8,
            packed: u32::try_from(data.len()).unwrap(),
            data,
            ..Self::stored(name, content)
        }
    }

    pub fn stored(name: impl AsRef<[u8]>, content: &[u8]) -> Self {
        let length = u32::try_from(content.len()).unwrap();
        Self {
            name: name.as_ref().to_vec(),
            local_name: name.as_ref().to_vec(),
            flags: 0x800,
            method: 0,
            crc: crc(content),
            packed: length,
            unpacked: length,
            local_sizes: None,
            mode: 0o10_0644,
            extra: Vec::new(),
            local_extra: Vec::new(),
            data: content.to_vec(),
            behind: Vec::new(),
            offset: None,
            is_listed: true,
        }
    }

    /// With sizes behind the data, as programs write that cannot go back.
    pub fn streamed(name: &str, content: &[u8]) -> Self {
        let mut entry = Self::file(name, content);
        entry.flags |= 8;
        entry.local_sizes = Some((0, 0, 0));
        entry.behind = b"PK\x07\x08".to_vec();
        for number in [entry.crc, entry.packed, entry.unpacked] {
            entry.behind.extend_from_slice(&number.to_le_bytes());
        }
        entry
    }
}

/// A zip of these entries, and how many its end record counts.
pub fn zip_counting(entries: &[Entry], count: u16, comment: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let at = u32::try_from(out.len()).unwrap();
        let (crc, packed, unpacked) = entry.local_sizes.unwrap_or((entry.crc, entry.packed, entry.unpacked));
        out.extend_from_slice(b"PK\x03\x04");
        for number in [20, entry.flags, entry.method, 0, 0x21] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for number in [crc, packed, unpacked] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for length in [entry.local_name.len(), entry.local_extra.len()] {
            out.extend_from_slice(&u16::try_from(length).unwrap().to_le_bytes());
        }
        for part in [&entry.local_name, &entry.local_extra, &entry.data, &entry.behind] {
            out.extend_from_slice(part);
        }
        if !entry.is_listed {
            continue;
        }
        directory.extend_from_slice(b"PK\x01\x02");
        for number in [0x0314, 20, entry.flags, entry.method, 0, 0x21] {
            directory.extend_from_slice(&number.to_le_bytes());
        }
        for number in [entry.crc, entry.packed, entry.unpacked] {
            directory.extend_from_slice(&number.to_le_bytes());
        }
        for length in [entry.name.len(), entry.extra.len(), 0, 0, 0] {
            directory.extend_from_slice(&u16::try_from(length).unwrap().to_le_bytes());
        }
        directory.extend_from_slice(&(entry.mode << 16).to_le_bytes());
        directory.extend_from_slice(&entry.offset.unwrap_or(at).to_le_bytes());
        directory.extend_from_slice(&entry.name);
        directory.extend_from_slice(&entry.extra);
    }
    let (start, size) = (out.len(), directory.len());
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    for number in [size, start] {
        out.extend_from_slice(&u32::try_from(number).unwrap().to_le_bytes());
    }
    out.extend_from_slice(&u16::try_from(comment.len()).unwrap().to_le_bytes());
    out.extend_from_slice(comment);
    out
}

pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let listed = entries.iter().filter(|entry| entry.is_listed).count();
    zip_counting(entries, u16::try_from(listed).unwrap(), b"")
}

/// A valid project and these entries.
pub fn zip_with(more: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    let mut entries = project();
    entries.extend(more);
    zip(&entries)
}

pub fn project() -> Vec<Entry> {
    vec![
        Entry::file("Cargo.toml", MANIFEST.as_bytes()),
        Entry::file("src/main.rs", MAIN.as_bytes()),
    ]
}

/// An entry of a tar: its header, and its content to the end of the block.
pub fn tar_entry(name: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let mut entry = tar_header(name, kind, content.len() as u64);
    entry.extend_from_slice(content);
    entry.resize(entry.len().div_ceil(512) * 512, 0);
    entry
}

pub fn tar_header(name: &[u8], kind: u8, size: u64) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len().min(100)].copy_from_slice(&name[..name.len().min(100)]);
    block[100..107].copy_from_slice(b"0000644");
    if size < 1 << 33 {
        block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    } else {
        block[124] = 0x80;
        block[128..136].copy_from_slice(&size.to_be_bytes());
    }
    block[156] = kind;
    if matches!(kind, b'1' | b'2') {
        block[157..167].copy_from_slice(b"Cargo.toml");
    }
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// A record of an extended header.
pub fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    let mut record = format!("{length} {key}=").into_bytes();
    record.extend_from_slice(value);
    record.push(b'\n');
    record
}

pub fn tar_project() -> Vec<u8> {
    let mut all = tar_entry(b"Cargo.toml", b'0', MANIFEST.as_bytes());
    all.extend(tar_entry(b"src/main.rs", b'0', MAIN.as_bytes()));
    all
}

/// A valid project and these blocks, ended and packed.
pub fn tgz_with(more: &[u8]) -> Vec<u8> {
    let mut all = tar_project();
    all.extend_from_slice(more);
    all.resize(all.len() + 1024, 0);
    gz(&all)
}
