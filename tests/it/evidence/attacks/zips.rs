//! Hostile zips.

use super::super::archives::{Entry, dense, project, zip, zip_counting, zip_with};
use super::Attack;

fn file(name: impl AsRef<[u8]>) -> Vec<u8> {
    zip_with([Entry::file(name, b"// evil\n")])
}

fn changed(change: impl FnOnce(&mut Entry)) -> Vec<u8> {
    let mut entry = Entry::file("src/evil.rs", &dense(5_000, 7));
    change(&mut entry);
    zip_with([entry])
}

pub fn names() -> Vec<Attack> {
    let deep = format!("{}f.rs", "d/".repeat(12));
    let wide = ["a"; 3].map(|part| part.repeat(90)).join("/");
    vec![
        ("zip: slip", file("../evil.rs"), "slip"),
        ("zip: slip inside", file("src/../../evil.rs"), "slip"),
        ("zip: absolute", file("/tmp/evil.rs"), "absolute"),
        ("zip: drive", file("C:/evil.rs"), "drive"),
        ("zip: backslash", file("..\\evil.rs"), "backslash"),
        ("zip: control", file("src/\x1b[31m.rs"), "control"),
        ("zip: nul", file("src/a.rs\0.txt"), "nul"),
        ("zip: bidi", file("src/\u{202e}sr.a"), "bidi"),
        ("zip: not utf-8", file(b"src/\xff.rs"), "non-utf8"),
        ("zip: long part", file("a".repeat(101)), "name-too-long"),
        ("zip: long name", file(wide), "name-too-long"),
        ("zip: deep", file(deep), "too-deep"),
        ("zip: twice", file("src/main.rs"), "collision"),
        ("zip: case", file("SRC/other.rs"), "collision"),
        ("zip: case of a file", file("src/Main.rs"), "collision"),
        (
            "zip: composed letters",
            zip_with([Entry::file("src/\u{e9}.rs", b"1"), Entry::file("src/e\u{301}.rs", b"2")]),
            "collision",
        ),
        (
            "zip: file as directory",
            file("src/main.rs/evil.rs"),
            "file-as-directory",
        ),
        ("zip: directory as file", file("src"), "file-as-directory"),
    ]
}

pub fn kinds() -> Vec<Attack> {
    let mode = |mode: u32| changed(|entry| entry.mode = mode);
    vec![
        ("zip: symlink", mode(0o12_0777), "symlink"),
        ("zip: fifo", mode(0o01_0644), "fifo"),
        ("zip: character device", mode(0o02_0644), "device"),
        ("zip: block device", mode(0o06_0644), "device"),
        ("zip: socket", mode(0o14_0644), "special"),
        ("zip: encrypted", changed(|entry| entry.flags |= 1), "encrypted"),
        (
            "zip: strongly encrypted",
            changed(|entry| entry.method = 99),
            "encrypted",
        ),
        ("zip: bzip2", changed(|entry| entry.method = 12), "method"),
    ]
}

/// The data of one entry reaches over the whole of another, as in the bombs that quote headers.
fn quoted_headers() -> Vec<u8> {
    let inner = zip(&[Entry::stored("src/b.rs", b"// b\n")]);
    let local = inner.len() - 22 - 46 - "src/b.rs".len();
    let outer = Entry::stored("src/a.rs", &inner[..local]);
    let at = {
        let before = zip(&project());
        let directory: usize = project().iter().map(|entry| 46 + entry.name.len()).sum();
        before.len() - 22 - directory + 30 + "src/a.rs".len()
    };
    let quoted = Entry {
        offset: Some(u32::try_from(at).unwrap()),
        data: Vec::new(),
        local_name: Vec::new(),
        is_listed: true,
        ..Entry::stored("src/b.rs", b"// b\n")
    };
    let mut overlapping = zip_with([outer, quoted]);
    // The entry in the directory is enough: its own header behind the others would be bytes of nobody.
    let own = 30;
    let directory: usize = project().iter().map(|entry| 46 + entry.name.len()).sum::<usize>() + 2 * (46 + 8);
    let start = overlapping.len() - 22 - directory;
    overlapping.drain(start - own..start);
    let end = overlapping.len() - 22;
    let moved = u32::try_from(start - own).unwrap();
    overlapping[end + 16..end + 20].copy_from_slice(&moved.to_le_bytes());
    overlapping
}

pub fn lies() -> Vec<Attack> {
    let whole = zip(&project());
    let listed = project();
    let mut hidden = project();
    hidden.insert(
        0,
        Entry {
            is_listed: false,
            ..Entry::file("src/evil.rs", b"// evil\n")
        },
    );
    let mut between = project();
    between.insert(
        1,
        Entry {
            is_listed: false,
            ..Entry::file("src/evil.rs", b"// evil\n")
        },
    );
    let same_place = Entry {
        offset: Some(0),
        ..Entry::file("src/evil.rs", b"// evil\n")
    };
    let mut middle = zip_with([Entry::file("src/big.rs", &dense(50_000, 3))]);
    middle.drain(1_000..2_000);
    let two_ends = {
        let end = whole[whole.len() - 22..].to_vec();
        zip_counting(&listed, 2, &end)
    };
    vec![
        ("zip: one place for two", zip_with([same_place]), "overlap"),
        ("zip: quoted headers", quoted_headers(), "overlap"),
        (
            "zip: larger than it says",
            changed(|entry| entry.unpacked = 100),
            "lying-size",
        ),
        (
            "zip: smaller than it says",
            changed(|entry| entry.unpacked = 6_000),
            "lying-size",
        ),
        (
            "zip: two sizes",
            changed(|entry| entry.local_sizes = Some((entry.crc, entry.packed, 100))),
            "lying-size",
        ),
        (
            "zip: packed bytes left",
            changed(|entry| {
                entry.data.extend_from_slice(b"more");
                entry.packed += 4;
            }),
            "lying-size",
        ),
        (
            "zip: two names",
            changed(|entry| entry.local_name = b"src/good.rs".to_vec()),
            "lying-name",
        ),
        ("zip: counts fewer", zip_counting(&listed, 1, b""), "lying-count"),
        ("zip: counts more", zip_counting(&listed, 3, b""), "lying-count"),
        ("zip: unlisted first", zip(&hidden), "hidden"),
        ("zip: unlisted between", zip(&between), "hidden"),
        ("zip: bytes behind", [&whole[..], b"evil"].concat(), "hidden"),
        ("zip: two ends", two_ends, "hidden"),
        ("zip: cut by a byte", whole[..whole.len() - 1].to_vec(), "truncated"),
        ("zip: cut in half", whole[..whole.len() / 2].to_vec(), "truncated"),
        ("zip: cut in the middle", middle, "truncated"),
        ("zip: wrong check sum", changed(|entry| entry.crc ^= 1), "damaged"),
        (
            "zip: no deflate",
            changed(|entry| entry.data.iter_mut().for_each(|byte| *byte = 0xff)),
            "damaged",
        ),
        ("zip: zip64 directory", zip64(), "zip64"),
        (
            "zip: zip64 sizes",
            changed(|entry| {
                entry.extra = [&[1, 0, 8, 0][..], &u64::from(entry.unpacked).to_le_bytes()].concat();
                entry.local_sizes = Some((entry.crc, entry.packed, entry.unpacked));
                entry.unpacked = u32::MAX;
            }),
            "zip64",
        ),
    ]
}

/// A project with the end record of large archives before its own.
fn zip64() -> Vec<u8> {
    let mut all = zip(&project());
    let end = all.split_off(all.len() - 22);
    let at = all.len() as u64;
    all.extend_from_slice(b"PK\x06\x06");
    all.extend_from_slice(&44_u64.to_le_bytes());
    all.extend_from_slice(&[0; 44]);
    all.extend_from_slice(b"PK\x06\x07\0\0\0\0");
    all.extend_from_slice(&at.to_le_bytes());
    all.extend_from_slice(&1_u32.to_le_bytes());
    all.extend_from_slice(&end);
    all
}
