//! A tar in a gzip, read in one go from front to back. Nothing of it is kept in memory but names and one chunk.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Write as _};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;

use super::names::{self, Kind, Name};
use super::write::{Plan, Tree};
use super::{Refusal, Stop, Unpacked, Word, meter};
use crate::takehome::evidence::plain;

mod header;

use header::{Extended, Header, Type};

const BLOCK: usize = 512;
/// How much of the archive is read at once.
const AHEAD: usize = 4 * 1024;
/// The largest extended header that is read. Names are far shorter; attributes of files may be long.
const EXTENDED: u64 = 1024 * 1024;

/// Unpacks the archive.
pub fn unpack(archive: &File, mut tree: Tree) -> Result<Unpacked, Stop> {
    let mut stream = Stream::new(archive.try_clone()?, &tree);
    let mut next = Extended::default();
    let mut first = true;
    loop {
        let mut block = [0; BLOCK];
        match stream.read(&mut block)? {
            BLOCK => {}
            _ if first => return Err(no_tar().into()),
            0 => return Err(truncated("its end mark is missing").into()),
            _ => return Err(truncated("it ends within a block").into()),
        }
        if block.iter().all(|&byte| byte == 0) {
            break;
        }
        let Some(header) = Header::parse(&block) else {
            // What unpacks to far more than it is is a bomb, whatever else it is not.
            stream.pass_over(u64::MAX)?;
            let refusal = if first {
                no_tar()
            } else {
                damaged("a header's check sum is wrong")
            };
            return Err(refusal.into());
        };
        first = false;
        if header.kind.is_extension() {
            extension(&mut stream, &header, &mut next)?;
            continue;
        }
        tree.count()?;
        let entry = std::mem::take(&mut next).apply(header)?;
        take(&mut stream, &entry, &mut tree)?;
    }
    // Whatever follows the end mark: zeros, or entries that only some programs see. The check sum stands at the very end.
    let mut block = [0; BLOCK];
    while stream.read(&mut block)? > 0 {
        if block.iter().any(|&byte| byte != 0) {
            stream.pass_over(u64::MAX)?;
            let why = "there are bytes behind the end of the tar. Pack the folder anew.";
            return Err(Refusal::new(Word::Hidden, why).into());
        }
    }
    if tree.is_empty() {
        let why = "the archive has no entries. Pack the project's folder.";
        return Err(Refusal::new(Word::Empty, why).into());
    }
    Ok(tree.finish()?)
}

fn no_tar() -> Refusal {
    let why = "the gzip holds no tar. Pack the project's folder as .zip or .tar.gz.";
    Refusal::new(Word::NotAnArchive, why)
}

fn truncated(what: &str) -> Refusal {
    Refusal::new(
        Word::Truncated,
        format!("the archive is cut short: {what}. Upload it again."),
    )
}

fn damaged(what: &str) -> Refusal {
    Refusal::new(
        Word::Damaged,
        format!("the archive is damaged: {what}. Upload it again."),
    )
}

/// Reads what is said about the entry that follows.
fn extension(stream: &mut Stream, header: &Header, next: &mut Extended) -> Result<(), Stop> {
    let is_name = matches!(header.kind, Type::LongName | Type::LongLink);
    if header.size > EXTENDED {
        let mut head = [0; 64];
        let names_path = is_name || {
            stream.read(&mut head)?;
            String::from_utf8_lossy(&head).contains("path=")
        };
        let what = "an extended header of the tar is longer than 1 MiB";
        return Err(if names_path {
            Refusal::new(
                Word::NameTooLong,
                format!("{what}, and so is a name in it. Rename the file."),
            )
            .into()
        } else {
            damaged(what).into()
        });
    }
    let mut content = vec![0; usize::try_from(header.size).unwrap_or_default()];
    if stream.read(&mut content)? < content.len() {
        return Err(truncated("it ends within a header").into());
    }
    stream.padding(header.size)?;
    next.read(header.kind, &content)?;
    Ok(())
}

/// Takes up one entry.
fn take(stream: &mut Stream, entry: &Header, tree: &mut Tree) -> Result<(), Stop> {
    let parsed = Name::parse(&entry.name, &tree.limits)?;
    let shown = plain::name_of_bytes(&entry.name);
    stream.begin(&shown);
    let left_out = parsed.as_ref().is_some_and(names::is_skipped);
    let refuse = |word, what: &str| Err(Stop::from(Refusal::new(word, format!("{shown} {what}"))));
    let kind = match entry.kind {
        Type::File => Kind::File,
        Type::Directory => Kind::Directory,
        // Never made, so it does no harm where it is left out: build directories have hard links.
        Type::Symlink | Type::Hardlink if left_out => Kind::File,
        Type::Symlink => return refuse(Word::Symlink, "is a symbolic link. Put the file itself there."),
        Type::Hardlink => return refuse(Word::Hardlink, "is a hard link. Put the file itself there."),
        Type::Fifo => return refuse(Word::Fifo, "is a named pipe (FIFO). Leave it out."),
        Type::Device => return refuse(Word::Device, "is a device. Leave it out."),
        Type::Sparse => return refuse(Word::Sparse, "is a sparse file. Pack it without that option."),
        _ => return refuse(Word::Special, "is neither a file nor a directory. Leave it out."),
    };
    if kind == Kind::Directory && entry.size > 0 {
        return refuse(
            Word::FileAsDirectory,
            "is a directory and has content like a file. Pack the folder anew.",
        );
    }
    let plan = tree.plan(parsed, kind)?;
    if let Plan::Write(_) = plan
        && let Err(too_large) = meter::file(&tree.limits, &shown, entry.size)
    {
        // Whether it is a bomb shows only when it is read.
        stream.pass_over(entry.size)?;
        return Err(too_large.into());
    }
    match plan {
        Plan::Write(name) => {
            write_out(stream, name, entry.size, tree)?;
        }
        Plan::Skip | Plan::Nothing => {
            if !stream.pass_over(entry.size)? {
                return Err(truncated(&format!("it ends within {shown}")).into());
            }
        }
    }
    stream.padding(entry.size)
}

fn write_out(stream: &mut Stream, name: Name, size: u64, tree: &mut Tree) -> Result<(), Stop> {
    let mut chunk = vec![0; 64 * 1024];
    let mut left = size;
    let mut file = None;
    loop {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
        let got = stream.read(&mut chunk[..most])?;
        if got < most {
            return Err(truncated(&format!("it ends within {}", plain::name(&name.text))).into());
        }
        left -= got as u64;
        let file = match &mut file {
            Some(file) => file,
            None if names::is_foreign(&chunk[..got]) => {
                stream.pass_over(left)?;
                tree.skip(&name);
                return Ok(());
            }
            None => file.insert(tree.open(&name)?),
        };
        file.write_all(&chunk[..got])?;
        if left == 0 {
            break;
        }
    }
    tree.written(name, size);
    Ok(())
}

/// Counts what is read of the archive.
struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.file.read(buffer)?;
        self.read.set(self.read.get() + got as u64);
        Ok(got)
    }
}

/// What comes out of the gzip, as long as it is within the limits.
struct Stream {
    decoder: MultiGzDecoder<BufReader<Counted>>,
    packed: Rc<Cell<u64>>,
    unpacked: u64,
    /// What had been packed and unpacked when the entry began.
    before: (u64, u64),
    limits: crate::takehome::evidence::Limits,
    what: String,
}

impl Stream {
    fn new(file: File, tree: &Tree) -> Self {
        let packed = Rc::new(Cell::new(0));
        let counted = Counted {
            file,
            read: Rc::clone(&packed),
        };
        Self {
            decoder: MultiGzDecoder::new(BufReader::with_capacity(AHEAD, counted)),
            packed,
            unpacked: 0,
            before: (0, 0),
            limits: tree.limits,
            what: "the archive".to_owned(),
        }
    }

    /// An entry begins.
    fn begin(&mut self, shown: &str) {
        self.before = (self.packed.get(), self.unpacked);
        shown.clone_into(&mut self.what);
    }

    /// Fills the buffer; fewer bytes are the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Stop> {
        let mut got = 0;
        while got < buffer.len() {
            let more = match self.decoder.read(&mut buffer[got..]) {
                Ok(0) => break,
                Ok(more) => more,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(truncated("the gzip ends too early").into());
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
                    return Err(damaged("the gzip cannot be unpacked, or its check sum is wrong").into());
                }
                Err(error) => return Err(error.into()),
            };
            got += more;
            self.unpacked += more as u64;
            let packed = self.packed.get();
            // Of the entry's packed bytes so many may have been read with the entry before.
            let own = packed - self.before.0 + AHEAD as u64;
            meter::ratio(&self.limits, &self.what, self.unpacked - self.before.1, own)?;
            meter::total(&self.limits, &self.what, self.unpacked, packed)?;
        }
        Ok(got)
    }

    /// Reads so many bytes and forgets them; false when there are fewer.
    fn pass_over(&mut self, bytes: u64) -> Result<bool, Stop> {
        let mut chunk = vec![0; 64 * 1024];
        let mut left = bytes;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
            let got = self.read(&mut chunk[..most])?;
            left -= got as u64;
            if got < most {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rest of an entry's last block.
    fn padding(&mut self, size: u64) -> Result<(), Stop> {
        let over = size % BLOCK as u64;
        if over > 0 && !self.pass_over(BLOCK as u64 - over)? {
            return Err(truncated("it ends within a block").into());
        }
        Ok(())
    }
}
