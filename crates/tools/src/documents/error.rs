//! Why a document cannot be read.

use std::time::Duration;

use thiserror::Error;

/// Why a document cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// It is larger than documents are.
    #[error("the document has {bytes} bytes; at most {max} are read")]
    TooLarge {
        /// How large it is.
        bytes: usize,
        /// How large it may be.
        max: usize,
    },
    /// It is a picture, a program or something else that holds no text.
    #[error("this kind of document is not read")]
    UnknownKind,
    /// There are no words in it, such as in a scanned PDF.
    #[error("there is no text in the document")]
    Empty,
    /// It is encrypted with a password.
    #[error("the document is locked with a password")]
    Locked,
    /// It took too long.
    #[error("the document was not read within {} s", after.as_secs())]
    TookTooLong {
        /// How long it was tried.
        after: Duration,
    },
    /// A PDF that would take far more memory than a document needs.
    #[error("the document holds more than a document would")]
    HoldsTooMuch,
    /// The PDF is broken, or made to break its readers.
    #[error("the document is damaged")]
    Damaged(#[source] Option<Box<lopdf::Error>>),
    /// No thread could be started for it.
    #[error("the reader could not be started")]
    Thread(#[source] std::io::Error),
}
