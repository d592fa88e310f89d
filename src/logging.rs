//! Logs: structured lines on standard error, for people or as JSON.
//!
//! Lines go through a bounded queue to a thread of their own, so that a slow terminal or collector never slows a request; when
//! the queue is full, lines are dropped rather than requests held (one write per line costs more than the request itself).
//!
//! No personal data belongs in a line: ids instead of names and addresses, the pattern of a route instead of its path and
//! query, and never the value of a form field.

use std::fmt;
use std::str::FromStr;

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The filter when none is configured. Without it every slow statement would be a line.
pub const DEFAULT_FILTER: &str = "info,sqlx=warn";

/// Lines that wait for the writer before new ones are dropped; a line is some 300 bytes.
const QUEUE: usize = 16_384;

/// How a line looks (`MERIDIAN_LOG`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Compact text, for a terminal.
    #[default]
    Human,
    /// One JSON object a line, for a collector.
    Json,
}

impl FromStr for LogFormat {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(LogError::Format),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Human => "human",
            Self::Json => "json",
        })
    }
}

/// Why logging cannot start. The text completes "`MERIDIAN_LOG` ..." or "`MERIDIAN_LOG_FILTER` ...".
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Neither `human` nor `json`.
    #[error("must be human or json")]
    Format,
    /// Not a list of directives such as `info,meridian=debug`.
    #[error("is not a level or a list such as info,meridian=debug: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// A subscriber was installed before.
    #[error("logging was already set up")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Starts logging for the whole process. Keep the guard until the end of `main`: dropping it writes what is still queued.
pub fn start(format: LogFormat, filter: &str) -> Result<WorkerGuard, LogError> {
    let filter = EnvFilter::try_new(filter)?;
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(QUEUE)
        .lossy(true)
        .thread_name("log")
        .finish(std::io::stderr());
    subscriber(format, filter, writer).try_init()?;
    Ok(guard)
}

fn subscriber(format: LogFormat, filter: EnvFilter, writer: NonBlocking) -> Box<dyn tracing::Subscriber + Send + Sync> {
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_target(true);
    match format {
        LogFormat::Human => Box::new(
            registry.with(
                layer
                    .compact()
                    .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())),
            ),
        ),
        // The span's fields hold the request id; a list of all spans would say it twice.
        LogFormat::Json => Box::new(
            registry.with(
                layer
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(false),
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic while writing").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines(format: LogFormat, filter: &str, act: impl FnOnce()) -> String {
        let memory = Memory::default();
        let (writer, guard) = NonBlockingBuilder::default().finish(memory.clone());
        tracing::subscriber::with_default(subscriber(format, EnvFilter::new(filter), writer), act);
        drop(guard);
        let bytes = memory.0.lock().expect("no panic while writing").clone();
        String::from_utf8(bytes).expect("text")
    }

    fn act() {
        let span = tracing::info_span!("request", id = "r-1");
        let _in = span.enter();
        tracing::info!(status = 200, "served");
        tracing::debug!("detail");
    }

    #[test]
    fn json_lines_carry_the_request_and_the_fields() {
        let text = lines(LogFormat::Json, "info", act);
        let line: serde_json::Value = serde_json::from_str(text.trim()).expect("one line of JSON");
        assert_eq!(line["span"]["id"], "r-1");
        assert_eq!(line["status"], 200);
        assert_eq!(line["message"], "served");
    }

    #[test]
    fn the_filter_decides_the_level() {
        assert!(!lines(LogFormat::Human, "info", act).contains("detail"));
        let all = lines(LogFormat::Human, "debug", act);
        assert!(all.contains("detail") && all.contains("r-1"), "{all}");
    }

    #[test]
    fn formats_read_back_and_others_are_refused() {
        for format in [LogFormat::Human, LogFormat::Json] {
            assert!(matches!(format.to_string().parse::<LogFormat>(), Ok(same) if same == format));
        }
        assert!("JSON".parse::<LogFormat>().is_err());
    }
}
