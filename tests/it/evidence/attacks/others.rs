//! Hostile tars, bombs, and what is too large or no project.

use super::super::MANIFEST;
use super::super::archives::{
    Entry, dense, gz, gz_of, project, record, tar_entry, tar_header, tar_project, tgz_with, zeros, zip, zip_with,
};
use super::Attack;

pub fn sizes() -> Vec<Attack> {
    let many = (0..2_999).map(|at| Entry::stored(format!("src/f{at}"), b""));
    let large = |number: u64| (0..number).map(|at| Entry::file(format!("src/f{at}"), &dense(7_900_000, at)));
    let mut over = zip(&project());
    over.resize(20 * 1024 * 1024 + 1, 0);
    let mut folders = tar_project();
    for at in 0..3_000 {
        folders.extend(tar_entry(format!("d{at}/").as_bytes(), b'5', b""));
    }
    vec![
        ("zip: too many entries", zip_with(many), "too-many-entries"),
        ("tar: too many entries", gz(&folders), "too-many-entries"),
        ("zip: large in all", zip_with(large(9)), "too-large"),
        (
            "zip: a large file",
            zip_with([Entry::file("data.txt", &dense(8 * 1024 * 1024 + 1, 1))]),
            "file-too-large",
        ),
        (
            "tar: a large file",
            tgz_with(&tar_entry(b"data.txt", b'0', &dense(8 * 1024 * 1024 + 1, 1))),
            "file-too-large",
        ),
        ("zip: a large upload", over, "upload-too-large"),
        ("no bytes", Vec::new(), "empty"),
        ("zip: no entries", zip(&[]), "empty"),
        ("tar: no entries", gz(&[0; 1024]), "empty"),
        ("a text", b"fn main() {}".to_vec(), "not-an-archive"),
        ("a tar without gzip", tar_project(), "not-an-archive"),
        ("gzip of a text", gz(b"fn main() {}"), "not-an-archive"),
        (
            "gzip of a long text",
            gz(&b"fn main() {}\n".repeat(100)),
            "not-an-archive",
        ),
        (
            "zip: no manifest",
            zip(&[Entry::file("src/main.rs", b"")]),
            "no-cargo-toml",
        ),
        (
            "zip: two folders down",
            zip(&[Entry::file("a/b/Cargo.toml", MANIFEST.as_bytes())]),
            "no-cargo-toml",
        ),
        (
            "zip: manifest of another case",
            zip(&[Entry::file("cargo.toml", MANIFEST.as_bytes())]),
            "no-cargo-toml",
        ),
    ]
}

pub fn tars() -> Vec<Attack> {
    let entry = |name: &[u8], kind: u8| tgz_with(&tar_entry(name, kind, b""));
    let named = |name: &[u8]| tgz_with(&tar_entry(name, b'0', b"// evil\n"));
    let pax = |records: &[u8]| {
        let mut blocks = tar_entry(b"pax", b'x', records);
        blocks.extend(tar_entry(b"src/evil.rs", b'0', b"// evil\n"));
        tgz_with(&blocks)
    };
    let long = |name: &[u8]| {
        let mut blocks = tar_entry(b"././@LongLink", b'L', name);
        blocks.extend(tar_entry(b"src/evil.rs", b'0', b"// evil\n"));
        tgz_with(&blocks)
    };
    let whole = tgz_with(b"");
    let mut broken = tar_project();
    let mut second = tar_entry(b"src/evil.rs", b'0', b"// evil\n");
    second[0] = b'z';
    broken.extend(second);
    let mut damaged = whole.clone();
    let sum = damaged.len() - 8;
    damaged[sum] ^= 1;
    let mut behind = tar_project();
    behind.resize(behind.len() + 1024, 0);
    behind.extend(tar_entry(b"src/evil.rs", b'0', b"// evil\n"));
    let mut short = tar_project();
    short.extend(tar_header(b"src/evil.rs", b'0', 100_000));
    short.resize(short.len() + 1024, 0);
    let huge_name = {
        let mut blocks = tar_header(b"././@LongLink", b'L', 1 << 30);
        blocks.resize(blocks.len() + 1_000_000, b'a');
        tgz_with(&blocks)
    };
    let huge_record = {
        let mut blocks = tar_header(b"pax", b'x', 1 << 30);
        blocks.extend_from_slice(b"1073741824 path=");
        blocks.resize(blocks.len() + 1_000_000, b'a');
        tgz_with(&blocks)
    };
    vec![
        ("tar: slip", named(b"../evil.rs"), "slip"),
        ("tar: absolute", named(b"/tmp/evil.rs"), "absolute"),
        ("tar: slip by a record", pax(&record("path", b"../../evil.rs")), "slip"),
        ("tar: slip by a long name", long(b"../evil.rs\0"), "slip"),
        ("tar: nul by a record", pax(&record("path", b"a\0b")), "nul"),
        ("tar: bidi", named("src/\u{2066}.rs".as_bytes()), "bidi"),
        ("tar: not utf-8", named(b"src/\xff.rs"), "non-utf8"),
        ("tar: backslash", named(b"a\\b"), "backslash"),
        ("tar: symlink", entry(b"src/link.rs", b'2'), "symlink"),
        ("tar: hard link", entry(b"src/link.rs", b'1'), "hardlink"),
        ("tar: fifo", entry(b"src/pipe", b'6'), "fifo"),
        ("tar: character device", entry(b"src/null", b'3'), "device"),
        ("tar: block device", entry(b"src/disk", b'4'), "device"),
        ("tar: sparse", entry(b"src/holes", b'S'), "sparse"),
        (
            "tar: sparse by a record",
            pax(&record("GNU.sparse.major", b"1")),
            "sparse",
        ),
        ("tar: volume", entry(b"volume", b'V'), "special"),
        ("tar: a name of 1 GiB", huge_name, "name-too-long"),
        ("tar: a record of 1 GiB", huge_record, "name-too-long"),
        ("tar: long name", long(&[b'a'; 101]), "name-too-long"),
        (
            "tar: all entries named alike",
            tgz_with(&tar_entry(b"pax", b'g', &record("path", b"src/evil.rs"))),
            "lying-name",
        ),
        ("tar: twice", named(b"src/main.rs"), "collision"),
        ("tar: case", named(b"src/MAIN.rs"), "collision"),
        (
            "tar: file as directory",
            named(b"src/main.rs/evil.rs"),
            "file-as-directory",
        ),
        ("tar: gzip cut short", whole[..whole.len() - 20].to_vec(), "truncated"),
        ("tar: no end mark", gz(&tar_project()), "truncated"),
        ("tar: shorter than it says", gz(&short), "truncated"),
        ("tar: wrong check sum of a header", gz(&broken), "damaged"),
        ("tar: wrong check sum of the gzip", damaged, "damaged"),
        ("tar: entries behind the end", gz(&behind), "hidden"),
        (
            "tar: bytes behind the gzip",
            [&whole[..], b"evil evil evil"].concat(),
            "damaged",
        ),
    ]
}

/// Ten gibibytes each, of some ten mebibytes.
pub fn bombs() -> Vec<Attack> {
    let whole = zeros(160);
    let part = zeros(16);
    let of = |name: String, data: &[u8], unpacked: u32| Entry {
        method: 8,
        packed: u32::try_from(data.len()).unwrap(),
        unpacked,
        data: data.to_vec(),
        ..Entry::stored(name, b"")
    };
    let honest = Entry {
        extra: [&[1, 0, 8, 0][..], &(10_u64 << 30).to_le_bytes()].concat(),
        local_sizes: Some((0, u32::try_from(whole.len()).unwrap(), u32::MAX)),
        ..of("data.bin".into(), &whole, u32::MAX)
    };
    let mut honest = honest;
    honest.local_extra = [
        &[1, 0, 16, 0][..],
        &(10_u64 << 30).to_le_bytes(),
        &u64::from(honest.packed).to_le_bytes(),
    ]
    .concat();
    honest.local_sizes = Some((0, u32::MAX, u32::MAX));
    // A tar whose one entry is of zeros: its header in a block of its own, then the stream.
    let in_tar = {
        let mut head = tar_project();
        head.extend(tar_header(b"data.bin", b'0', 10 << 30));
        let mut encoder = flate2::Compress::new(flate2::Compression::best(), false);
        let mut stream = Vec::with_capacity(head.len() + 1024);
        encoder
            .compress_vec(&head, &mut stream, flate2::FlushCompress::Full)
            .unwrap();
        stream.extend_from_slice(&whole);
        gz_of(&stream)
    };
    vec![
        ("zip: one file of 10 GiB", zip_with([honest]), "bomb"),
        (
            "zip: ten files of 1 GiB",
            zip_with((0..10).map(|at| of(format!("data{at}.bin"), &part, 1 << 30))),
            "bomb",
        ),
        (
            "zip: 10 GiB that say 100 bytes",
            zip_with([of("data.bin".into(), &whole, 100)]),
            "lying-size",
        ),
        (
            "zip: 10 GiB that say 8 MiB",
            zip_with([of("data.bin".into(), &whole, 8 * 1024 * 1024)]),
            "lying-size",
        ),
        ("tar: one file of 10 GiB", in_tar, "bomb"),
        ("gzip of 10 GiB of zeros", gz_of(&whole), "bomb"),
        (
            "zip: many small files",
            zip_with((0..2_900).map(|at| Entry::file(format!("src/f{at}"), &vec![0; 30_000]))),
            "bomb",
        ),
    ]
}
