//! A zip made in code: what the demo's candidates upload is a real archive that anybody's tools open.
//!
//! Entries are stored, not deflated: some small source files need no compressor, and so no dependency.

/// The only moment the entries know, 1 January 2026 at midnight in MS-DOS words: the same bytes on every machine.
const DOS_DATE: u16 = (46 << 9) | (1 << 5) | 1;

/// An archive of these files, by path and content.
pub(super) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (path, content) in files {
        let offset = body.len();
        let entry = entry(path, content.as_bytes());
        body.extend_from_slice(b"PK\x03\x04");
        body.extend_from_slice(&entry);
        body.extend_from_slice(path.as_bytes());
        body.extend_from_slice(content.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&entry);
        // No comment, the first disk, text, no attributes of a file system.
        directory.extend_from_slice(&[0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
        directory.extend_from_slice(&long(offset));
        directory.extend_from_slice(path.as_bytes());
    }
    let (start, length) = (body.len(), directory.len());
    let count = short(files.len());
    body.append(&mut directory);
    body.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    body.extend_from_slice(&count);
    body.extend_from_slice(&count);
    body.extend_from_slice(&long(length));
    body.extend_from_slice(&long(start));
    body.extend_from_slice(&[0, 0]);
    body
}

/// What the file's own header and the directory say alike: version 2.0, names in UTF-8, stored, time, checksum, sizes.
fn entry(path: &str, content: &[u8]) -> Vec<u8> {
    let size = long(content.len());
    [
        &[0x14, 0, 0, 0x08, 0, 0, 0, 0][..],
        &DOS_DATE.to_le_bytes(),
        &crc32(content).to_le_bytes(),
        &size,
        &size,
        &short(path.len()),
        &[0, 0],
    ]
    .concat()
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).expect("a few short paths").to_le_bytes()
}

fn long(number: usize) -> [u8; 4] {
    u32::try_from(number).expect("some kilobytes").to_le_bytes()
}

/// CRC-32 as zip has it, bit by bit: the demo checks a few kilobytes once.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn the_end_points_at_the_directory_and_the_directory_at_each_file() {
        let archive = zip(&[("a.txt", "one"), ("b/c.txt", "two, longer")]);
        let number = |at: usize| {
            let bytes: [u8; 4] = archive[at..at + 4].try_into().expect("four bytes");
            usize::try_from(u32::from_le_bytes(bytes)).expect("small")
        };
        let end = archive.len() - 22;
        assert_eq!(archive[end..end + 4], *b"PK\x05\x06");
        let start = number(end + 16);
        assert_eq!(start + number(end + 12), end, "the directory ends where the end begins");
        let second = start + 46 + "a.txt".len();
        for (record, name, content) in [(start, "a.txt", "one"), (second, "b/c.txt", "two, longer")] {
            assert_eq!(archive[record..record + 4], *b"PK\x01\x02");
            let file = number(record + 42);
            assert_eq!(archive[file..file + 4], *b"PK\x03\x04");
            let text = file + 30;
            assert_eq!(archive[text..text + name.len()], *name.as_bytes());
            let text = text + name.len();
            assert_eq!(archive[text..text + content.len()], *content.as_bytes());
        }
    }
}
