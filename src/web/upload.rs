//! Files that come in by a form and go out as attachments: never whole in memory, never opened in the browser.

use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use futures_util::{Stream, StreamExt as _, stream};

use crate::blobs::{BlobError, Intake, StoredFile, next_chunk};
use crate::error::{AppError, AppResult};

/// A client that sends nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(30);

/// Bytes of a download that are in memory at a time.
const CHUNK: usize = 64 * 1024;

/// The longest file name that is kept, in characters.
const NAME: usize = 120;

/// What is said when a body ends too early.
const BROKEN: &str = "The upload did not arrive whole. Please try again.";

/// The next item of a stream, unless the other side has fallen silent.
async fn next<S: Stream + Unpin>(stream: &mut S) -> Result<Option<S::Item>, String> {
    let gone = |_| "The connection fell silent before the file was whole. Please try again.".to_owned();
    tokio::time::timeout(SILENCE, stream.next()).await.map_err(gone)
}

/// The parts of a form that was sent, in the order in which they come.
pub struct Parts(Option<Multipart>);

impl From<Multipart> for Parts {
    fn from(parts: Multipart) -> Self {
        Self(Some(parts))
    }
}

impl Parts {
    /// The next one, unless the other side has fallen silent.
    async fn next(&mut self) -> Result<Option<Result<Field, MultipartError>>, String> {
        let Some(parts) = &mut self.0 else { return Ok(None) };
        let found = next(parts).await?;
        if matches!(found, Some(Err(_))) {
            // It panics when it is asked once more.
            self.0 = None;
        }
        Ok(found)
    }
}

/// The field of that name; what stands before it is read away. The outer error is a body that is no form, the inner one for
/// the person.
pub async fn find(parts: &mut Parts, name: &str) -> AppResult<Result<Option<Field>, String>> {
    let mut left = HEARD;
    loop {
        let field = match parts.next().await {
            Ok(Some(field)) => field,
            Ok(None) => return Ok(Ok(None)),
            Err(why) => return Ok(Err(why)),
        };
        let mut field = field.map_err(|_| AppError::Invalid("The upload could not be read.".into()))?;
        if field.name() == Some(name) {
            return Ok(Ok(Some(field)));
        }
        if !read_away(&mut field, &mut left).await {
            return Ok(Err(BROKEN.to_owned()));
        }
    }
}

/// Reads a field to its end; `false` when more came than is `left`.
async fn read_away(field: &mut Field, left: &mut u64) -> bool {
    while let Ok(Some(Ok(chunk))) = next(field).await {
        *left = left.saturating_sub(chunk.len() as u64);
        if *left == 0 {
            return false;
        }
    }
    true
}

/// The name the file came with, fit to be shown; none where no file was chosen.
pub fn file_name(field: &Field) -> Option<String> {
    let named = field
        .content_disposition()
        .and_then(header::ContentDisposition::get_filename)?;
    let name = clean(named, "");
    (!name.is_empty()).then_some(name)
}

/// A file name fit to be shown: the last part of a path, without control or direction-changing characters.
pub fn clean(name: &str, otherwise: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String = last.chars().filter(|c| !hidden(*c)).take(NAME).collect();
    if kept.trim().is_empty() {
        otherwise.to_owned()
    } else {
        kept.trim().to_owned()
    }
}

/// The first bytes of a field.
#[derive(Debug, Default)]
pub struct Head {
    /// They.
    pub bytes: Vec<u8>,
    /// There are no others: the field has ended and must not be asked again.
    pub is_whole: bool,
}

/// The first bytes of a field: at least `least`, or all there are.
pub async fn head(field: &mut Field, least: usize) -> Result<Head, String> {
    let mut head = Head::default();
    while head.bytes.len() < least {
        match next(field).await? {
            Some(Ok(chunk)) => head.bytes.extend_from_slice(&chunk),
            Some(Err(_)) => return Err(BROKEN.to_owned()),
            None => {
                head.is_whole = true;
                break;
            }
        }
    }
    Ok(head)
}

/// Writes what was read already and the rest of the field.
pub async fn store(
    field: &mut Field,
    head: &Head,
    mut intake: Intake,
) -> Result<Result<StoredFile, BlobError>, String> {
    if let Err(error) = write_all(field, head, &mut intake).await? {
        return Ok(Err(error));
    }
    Ok(intake.finish_file().await)
}

/// The same without naming the blob yet.
pub async fn write_all(field: &mut Field, head: &Head, intake: &mut Intake) -> Result<Result<(), BlobError>, String> {
    if let Err(error) = intake.write(&head.bytes).await {
        return Ok(Err(error));
    }
    if head.is_whole {
        return Ok(Ok(()));
    }
    while let Some(chunk) = next(field).await? {
        let chunk = chunk.map_err(|_| BROKEN.to_owned())?;
        if let Err(error) = intake.write(&chunk).await {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// So much of an upload that is not kept is read, in bytes. A project that was packed with all it built has hundreds of MB.
const HEARD: u64 = 256 * 1024 * 1024;

/// An upload that was not kept: what the form says about it, and with which status it comes back.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For the person, beside the field.
    pub why: String,
    status: StatusCode,
    retry_after: Option<i64>,
}

impl From<String> for Refusal {
    /// A file that is not what is asked for.
    fn from(why: String) -> Self {
        Self {
            why,
            status: StatusCode::UNPROCESSABLE_ENTITY,
            retry_after: None,
        }
    }
}

impl Refusal {
    /// What the form says about `error`. What the person may not know of, and a fault of ours, stay what they are.
    pub fn of(error: AppError) -> AppResult<Self> {
        let why = match &error {
            AppError::Refused { title, way_on } => format!("{title}. {way_on}"),
            AppError::Invalid(why) => format!("{why} Choose the file once more."),
            AppError::TooLarge(why) => why.to_string(),
            AppError::TooMany { wait } => {
                format!("That was too often. Try again in {}.", super::errors::spell_wait(*wait))
            }
            AppError::Busy(why) => format!("{why} Try again in a few seconds."),
            AppError::NoRoom(why) => format!(
                "{why} Nothing was saved, and the agency's log says why. Keep what you have and try again in some minutes; if this goes on, tell the agency."
            ),
            AppError::NotFound
            | AppError::SignInNeeded
            | AppError::Forbidden(_)
            | AppError::ProofNeeded
            | AppError::Internal(_) => return Err(error),
        };
        Ok(Self {
            why,
            status: error.status(),
            retry_after: error.retry_after(),
        })
    }

    /// The form's page as the answer to the upload.
    #[must_use]
    pub fn answer(&self, mut page: HttpResponse) -> HttpResponse {
        *page.status_mut() = self.status;
        if let Some(seconds) = self.retry_after {
            page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        page
    }
}

/// Reads a refused upload to its end: a browser shows the answer only once it could send everything. What is endless is bounded
/// by a count.
pub async fn drain(parts: &mut Parts) {
    let mut left = HEARD;
    while let Ok(Some(Ok(mut field))) = parts.next().await {
        if !read_away(&mut field, &mut left).await {
            return;
        }
    }
}

/// "18.4 KB".
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{}.{} KB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A file on its way out.
#[derive(Debug)]
pub struct Attachment {
    /// Our own name for it.
    pub name: String,
    /// What it is.
    pub media_type: &'static str,
    /// Its length.
    pub bytes: u64,
}

impl Attachment {
    /// The answer: saved and not shown, whatever the file holds.
    pub fn answer(self, content: tokio::fs::File) -> HttpResponse {
        let chunks = stream::try_unfold(content, |file| async move {
            let (chunk, file) = next_chunk(file, CHUNK).await?;
            Ok::<_, std::io::Error>((!chunk.is_empty()).then(|| (web::Bytes::from(chunk), file)))
        });
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        HttpResponse::build(StatusCode::OK)
            .content_type(self.media_type)
            .insert_header((header::CONTENT_DISPOSITION, disposition))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            // Archives and documents are compressed already.
            .insert_header((header::CONTENT_ENCODING, "identity"))
            .no_chunking(self.bytes)
            .streaming(chunks)
    }
}

#[cfg(test)]
mod tests {
    use super::{clean, size};

    #[test]
    fn file_names_are_fit_to_be_shown() {
        for (sent, shown) in [
            ("messages.zip", "messages.zip"),
            ("C:\\Users\\ana\\my work.zip", "my work.zip"),
            ("../../etc/passwd", "passwd"),
            ("a\u{202e}piz.exe\n", "apiz.exe"),
            ("", "solution"),
            ("/", "solution"),
            ("<script>.zip", "<script>.zip"),
        ] {
            assert_eq!(clean(sent, "solution"), shown);
        }
        assert_eq!(clean(&"x".repeat(500), "").len(), 120);
    }

    #[test]
    fn sizes_are_decimal() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(18_432), "18.4 KB");
        assert_eq!(size(20_971_520), "20.9 MB");
    }
}
