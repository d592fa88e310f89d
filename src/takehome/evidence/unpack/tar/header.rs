//! The header of an entry of a tar, and what may be said about it before. Pure.

use super::super::{Refusal, Word};
use crate::takehome::evidence::plain;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A hard link.
    Hardlink,
    /// A named pipe.
    Fifo,
    /// A device of either kind.
    Device,
    /// A sparse file.
    Sparse,
    /// GNU's long name of the next entry.
    LongName,
    /// GNU's long target of the next entry.
    LongLink,
    /// POSIX's records about the next entry.
    Extended,
    /// POSIX's records about all entries.
    Global,
    /// Something else.
    Other,
}

impl Type {
    /// Whether it only says something about other entries.
    pub fn is_extension(self) -> bool {
        matches!(self, Self::LongName | Self::LongLink | Self::Extended | Self::Global)
    }
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name, as bytes.
    pub name: Vec<u8>,
    /// Its length.
    pub size: u64,
    /// What it is.
    pub kind: Type,
}

impl Header {
    /// Of a block, when its check sum is right.
    pub fn parse(block: &[u8; 512]) -> Option<Self> {
        let sum: u64 = block
            .iter()
            .enumerate()
            .map(|(at, &byte)| u64::from(if (148..156).contains(&at) { b' ' } else { byte }))
            .sum();
        if number(&block[148..156])? != sum {
            return None;
        }
        let is_posix = block[257..263] == *b"ustar\0";
        let prefix = if is_posix { until_nul(&block[345..500]) } else { &[] };
        let mut name = prefix.to_vec();
        if !name.is_empty() {
            name.push(b'/');
        }
        name.extend_from_slice(until_nul(&block[..100]));
        let kind = match block[156] {
            // Before POSIX a directory was a file whose name ends so.
            b'0' | 0 | b'7' if name.ends_with(b"/") => Type::Directory,
            b'0' | 0 | b'7' => Type::File,
            b'1' => Type::Hardlink,
            b'2' => Type::Symlink,
            b'3' | b'4' => Type::Device,
            b'5' => Type::Directory,
            b'6' => Type::Fifo,
            b'S' => Type::Sparse,
            b'L' => Type::LongName,
            b'K' => Type::LongLink,
            b'x' | b'X' => Type::Extended,
            b'g' => Type::Global,
            _ => Type::Other,
        };
        Some(Self {
            name,
            size: number(&block[124..136])?,
            kind,
        })
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    &field[..end]
}

/// Octal digits between spaces and NULs, or GNU's binary form for what is larger.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let (low, high) = (&field[field.len() - 8..], &field[..field.len().saturating_sub(8)]);
        // A negative one, or one of more than 64 bits, is as good as none.
        let is_small = high
            .iter()
            .enumerate()
            .all(|(at, &byte)| byte == if at == 0 { 0x80 } else { 0 });
        let bytes: [u8; 8] = low.try_into().ok()?;
        return is_small.then(|| u64::from_be_bytes(bytes));
    }
    let digits = until_nul(field);
    let digits = std::str::from_utf8(digits).ok()?.trim_matches(' ');
    if digits.is_empty() {
        return Some(0);
    }
    u64::from_str_radix(digits, 8).ok()
}

/// What has been said about the next entry.
#[derive(Debug, Default)]
pub struct Extended {
    long_name: Option<Vec<u8>>,
    path: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

impl Extended {
    /// Reads an extension's content.
    pub fn read(&mut self, kind: Type, content: &[u8]) -> Result<(), Refusal> {
        match kind {
            Type::LongName => {
                let name = content.strip_suffix(b"\0").unwrap_or(content);
                self.long_name = Some(name.to_vec());
                Ok(())
            }
            Type::Extended | Type::Global => self.records(kind, content),
            // A link is refused whatever its target.
            _ => Ok(()),
        }
    }

    fn records(&mut self, kind: Type, content: &[u8]) -> Result<(), Refusal> {
        let damaged = || {
            let why = "an extended header of the tar cannot be read. Pack the folder anew.";
            Refusal::new(Word::Damaged, why)
        };
        let mut rest = content;
        while !rest.is_empty() && rest[0] != 0 {
            let space = rest.iter().position(|&byte| byte == b' ').ok_or_else(damaged)?;
            let length: usize = std::str::from_utf8(&rest[..space])
                .ok()
                .and_then(|digits| digits.parse().ok())
                .ok_or_else(damaged)?;
            let record = rest
                .get(space + 1..length)
                .and_then(|record| record.strip_suffix(b"\n"));
            let record = record.ok_or_else(damaged)?;
            let equals = record.iter().position(|&byte| byte == b'=').ok_or_else(damaged)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            if kind == Type::Global && matches!(key, b"path" | b"size" | b"linkpath") {
                let why = "the tar names all its entries alike. Pack the folder anew.";
                return Err(Refusal::new(Word::LyingName, why));
            }
            match key {
                b"path" => self.path = (!value.is_empty()).then(|| value.to_vec()),
                b"size" => {
                    let size = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
                    self.size = Some(size.ok_or_else(damaged)?);
                }
                _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
            rest = &rest[length..];
        }
        Ok(())
    }

    /// The entry that follows, as it is to be taken.
    pub fn apply(self, header: Header) -> Result<Header, Refusal> {
        if let (Some(one), Some(other)) = (&self.long_name, &self.path)
            && one != other
        {
            let why = format!(
                "{} is called {} elsewhere in the tar. Pack the folder anew.",
                plain::name_of_bytes(one),
                plain::name_of_bytes(other)
            );
            return Err(Refusal::new(Word::LyingName, why));
        }
        let name = self.path.or(self.long_name).unwrap_or(header.name);
        let kind = match header.kind {
            Type::File if self.sparse => Type::Sparse,
            Type::File if name.ends_with(b"/") => Type::Directory,
            kind => kind,
        };
        Ok(Header {
            name,
            size: self.size.unwrap_or(header.size),
            kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        assert_eq!(number(b"00000000017\0"), Some(15));
        assert_eq!(number(b"     17 \0\0\0\0"), Some(15));
        assert_eq!(number(b"\0\0\0\0\0\0\0\0\0\0\0\0"), Some(0));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x02\x80\0\0\0"), Some(10 << 30));
        assert_eq!(number(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(number(b"0000000009z\0"), None);
    }

    #[test]
    fn records_are_read_and_broken_ones_refused() {
        let read = |content: &[u8]| {
            let mut extended = Extended::default();
            extended
                .read(Type::Extended, content)
                .map(|()| (extended.path, extended.size, extended.sparse))
        };
        assert_eq!(
            read(b"12 path=abc\n10 size=7\n"),
            Ok((Some(b"abc".to_vec()), Some(7), false))
        );
        assert_eq!(read(b"22 GNU.sparse.major=1\n"), Ok((None, None, true)));
        for broken in [
            &b"12 path=abc"[..],
            b"99 path=abc\n",
            b"path\n",
            b"2 x\n",
            b"0 a=b\n",
            b"10 sizes7\n",
            b"18446744073709551615 a=b\n",
        ] {
            assert_eq!(read(broken).unwrap_err().word, Word::Damaged, "{broken:?}");
        }
    }
}
