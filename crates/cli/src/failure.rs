//! Why a verb did not do its work.

use std::error::Error;
use std::io;

use contract::{Code, Fault};
use control::{AskError, ConnectError, ServeError};

use crate::exit::Exit;

/// Why a verb did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It is to be told.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It was told already; only the exit code is left.
    #[error("told already")]
    Told(Exit),
    /// Whoever reads our output has enough: `hai-net logs | head -1`. No failure.
    #[error("nobody reads")]
    ReaderGone,
}

impl Failure {
    /// The command itself is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Fault(Fault::refused(Code::InvalidAsk, message))
    }

    /// There is no such thing.
    pub(crate) fn not_found(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Fault(Fault::refused(Code::NotFound, message).advising(advice))
    }

    /// No hub runs.
    pub(crate) fn no_hub() -> Self {
        Self::Fault(Fault::refused(Code::NoHub, "HAI-Net is not running."))
    }

    /// The hub ended while it was talked to.
    pub(crate) fn lost() -> Self {
        let message = "The hub ended while this was going on.";
        Self::Fault(
            Fault::broken(
                Code::Interrupted,
                message,
                "the connection to the hub was lost",
            )
            .advising("Look at `hai-net status` and try again."),
        )
    }

    /// Interrupted with Ctrl-C, which the person knows.
    pub(crate) fn interrupted() -> Self {
        Self::Told(Exit::Interrupted)
    }

    /// The program's own fault, or the machine's.
    pub(crate) fn internal(error: &(dyn Error + 'static)) -> Self {
        Self::Fault(
            Fault::broken(Code::Internal, sentence(&error.to_string()), causes(error))
                .advising("Look at the details; `hai-net doctor` may know more."),
        )
    }

    /// Output that could not be written.
    pub(crate) fn output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::internal(error),
        }
    }

    /// A file that could not be read or written.
    pub(crate) fn file(what: &str, path: &std::path::Path, error: &io::Error) -> Self {
        let message = format!("{} cannot be {what}: {error}.", path.display());
        Self::Fault(
            Fault::refused(Code::InvalidAsk, message).advising("Choose another file or folder."),
        )
    }
}

/// An error as a sentence: errors have no full stop, what a person is told has one.
pub(crate) fn sentence(error: &str) -> String {
    let end = if error.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    let mut letters = error.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}{end}", letters.as_str())
}

/// The whole chain of causes, in one line.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Fault(fault) => Self::Fault(fault),
            AskError::Lost => Self::lost(),
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::NotRunning => Self::no_hub(),
            ConnectError::NotOurs => Self::Fault(
                Fault::refused(Code::NotAllowed, sentence(&error.to_string()))
                    .advising("Choose another data folder with --data-dir."),
            ),
            ConnectError::Socket(_) => Self::internal(&error),
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::AnotherHub { .. } => Self::Fault(
                Fault::refused(Code::Busy, sentence(&error.to_string()))
                    .advising("Use the running one, or end it with `hai-net stop`."),
            ),
            ServeError::Folder(_) | ServeError::NotASocket { .. } | ServeError::Socket { .. } => {
                Self::internal(&error)
            }
        }
    }
}

impl From<machine::PathsError> for Failure {
    fn from(error: machine::PathsError) -> Self {
        Self::Fault(
            Fault::refused(Code::InvalidAsk, sentence(&error.to_string()))
                .advising("Name a data folder with --data-dir or HAI_NET_DATA_DIR."),
        )
    }
}
