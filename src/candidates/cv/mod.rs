//! The CV as a file: kept as it came, handed out as an attachment to the person and to staff, and read by nothing here.
//!
//! 21 November 2026. No client gets the file, before a yes or after it: it carries the name, the address and the employer's
//! own names, and what a client may see of a person is decided field by field (`introductions::policy`). What staff read in it
//! goes into the ledger with its source.

pub mod actions;
pub mod pages;
pub mod store;

/// The largest file, in bytes: 5 MB of 1,048,576 bytes, as the schema has it.
pub const LIMIT: u64 = 5 * 1024 * 1024;

/// Files of one person that are kept at the same time.
pub const MOST: i64 = 20;

/// Bytes that tell the kind.
pub const HEAD: usize = 512;

/// What a CV may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// PDF.
    Pdf,
    /// `OpenDocument` text.
    Odt,
    /// Word.
    Docx,
    /// Plain text.
    Txt,
}

impl Kind {
    /// All.
    pub const ALL: [Self; 4] = [Self::Pdf, Self::Odt, Self::Docx, Self::Txt];

    /// The ending of its name.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Odt => "odt",
            Self::Docx => "docx",
            Self::Txt => "txt",
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pdf => "a PDF",
            Self::Odt => "an OpenDocument text",
            Self::Docx => "a Word document",
            Self::Txt => "plain text",
        }
    }

    /// The media type of a download.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Txt => "text/plain",
        }
    }

    /// What a file of that name says it is.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        Self::ALL
            .into_iter()
            .find(|kind| ending.eq_ignore_ascii_case(kind.ending()))
    }

    /// What a file is by its first bytes ([`HEAD`] of them, or all). Office files are zips that tell themselves by their first entry.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"%PDF-") {
            return Some(Self::Pdf);
        }
        if head.starts_with(b"PK\x03\x04") {
            return office(head);
        }
        let is_text = !head.is_empty()
            && !head.starts_with(b"{\\rtf")
            && head
                .iter()
                .all(|byte| *byte >= 0x20 && *byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c));
        is_text.then_some(Self::Txt)
    }

    /// Whether the content is what the name says; if not, what is wrong and how to mend it.
    pub fn check(self, name: &str, head: &[u8]) -> Result<(), String> {
        match Self::sniff(head) {
            Some(found) if found == self => Ok(()),
            Some(found) => Err(format!(
                "{name} is {} by its content and not {}. Give it the ending .{} and send it again, or save it as a PDF.",
                found.words(),
                self.words(),
                found.ending()
            )),
            None => Err(format!(
                "{name} is not {} by its content. Open it in the program you wrote it with, save it as a PDF, and send that.",
                self.words()
            )),
        }
    }
}

/// Which of the two zips it is, by the name of its first entry and, for `OpenDocument`, what that entry holds.
fn office(head: &[u8]) -> Option<Kind> {
    let number = |at: usize| Some(usize::from(u16::from_le_bytes([*head.get(at)?, *head.get(at + 1)?])));
    let (name_length, extra_length) = (number(26)?, number(28)?);
    let name = head.get(30..30 + name_length)?;
    let content = head.get(30 + name_length + extra_length..)?;
    if name == b"mimetype" {
        let odt = content.starts_with(Kind::Odt.media_type().as_bytes());
        return odt.then_some(Kind::Odt);
    }
    let of_word: [&[u8]; 5] = [b"[Content_Types].xml", b"_rels/", b"word/", b"docProps/", b"customXml/"];
    of_word
        .iter()
        .any(|beginning| name.starts_with(beginning))
        .then_some(Kind::Docx)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip(name: &str, content: &str) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.resize(26, 0);
        bytes.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(name.as_bytes());
        bytes.extend(content.as_bytes());
        bytes
    }

    #[test]
    fn the_kind_is_told_by_the_content() {
        for (head, kind) in [
            (b"%PDF-1.7\n%\xe2\xe3".to_vec(), Some(Kind::Pdf)),
            (zip("mimetype", "application/vnd.oasis.opendocument.text"), Some(Kind::Odt)),
            (zip("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), None),
            (zip("[Content_Types].xml", "x"), Some(Kind::Docx)),
            (zip("word/document.xml", "x"), Some(Kind::Docx)),
            (zip("Cargo.toml", "[package]"), None),
            (b"PK\x03\x04".to_vec(), None),
            (b"PK\x03\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(), None),
            ("Ana, Medell\u{ed}n\r\n\tRust".as_bytes().to_vec(), Some(Kind::Txt)),
            (b"Jos\xe9 in Latin 1".to_vec(), Some(Kind::Txt)),
            (b"\xff\xfeA\0n\0a\0".to_vec(), None),
            (b"\x7fELF\x02".to_vec(), None),
            (b"{\\rtf1 x}".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(Kind::sniff(&head), kind, "{}", String::from_utf8_lossy(&head));
        }
    }

    #[test]
    fn a_name_says_a_kind_and_a_refusal_says_what_to_do() {
        assert_eq!(Kind::of_name("Ana.CV.PDF"), Some(Kind::Pdf));
        for none in ["cv", "cv.exe", "cv.pdf.exe", "pdf", ""] {
            assert_eq!(Kind::of_name(none), None, "{none}");
        }
        assert_eq!(Kind::Pdf.check("cv.pdf", b"%PDF-1.4"), Ok(()));
        let wrong = Kind::Pdf.check("cv.pdf", &zip("word/x", "")).expect_err("not a PDF");
        assert!(wrong.contains("a Word document") && wrong.contains(".docx"), "{wrong}");
        let wrong = Kind::Docx.check("cv.docx", b"\x7fELF").expect_err("nothing known");
        assert!(wrong.contains("save it as a PDF"), "{wrong}");
    }
}
