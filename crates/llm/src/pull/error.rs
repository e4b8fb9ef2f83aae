//! Why a model did not arrive, and what to do about it.

use std::io;
use std::path::PathBuf;

use base::ByteCount;

use super::SourceError;
use crate::shelf::ShelfError;

/// Why a model did not arrive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// It is not clear what to fetch.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The model folder cannot be used.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// A file of that name came from somewhere else.
    #[error(
        "another model lies at {} already: run `hai-net models rm {name}` first to replace it",
        path.display()
    )]
    NameTaken {
        /// The name of the model that is there.
        name: String,
        /// Its file.
        path: PathBuf,
    },
    /// The same model is being fetched by somebody else.
    #[error("this model is being downloaded already")]
    AlreadyRunning,
    /// The person stopped it.
    #[error("the download was stopped; the next one continues where it ended")]
    Cancelled,
    /// The server cannot be reached, or the connection broke and kept breaking.
    #[error("the connection to {host} broke: check the network; the next download continues")]
    Connection {
        /// The server.
        host: String,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// The server sent nothing for too long, or less than it promised.
    #[error("{host} stopped sending after {}: the next download continues", ByteCount(*bytes))]
    BrokeOff {
        /// The server.
        host: String,
        /// How many bytes have arrived.
        bytes: u64,
    },
    /// The server has no such file.
    #[error("{host} has no such file: check the address")]
    NotFound {
        /// The server.
        host: String,
    },
    /// The server wants an account.
    #[error(
        "{host} gives this file only to people who signed in or accepted its terms: download it in \
         a browser, then run `hai-net models pull <file>`"
    )]
    Forbidden {
        /// The server.
        host: String,
    },
    /// The server is overloaded.
    #[error("{host} is busy (HTTP status {status}): try again later")]
    Busy {
        /// The server.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server answered in a way that makes no sense here.
    #[error("{host} answered with HTTP status {status}: check the address")]
    Status {
        /// The server.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server sends the download on and on.
    #[error("{host} redirects in circles: check the address")]
    TooManyRedirects {
        /// The server that was asked first.
        host: String,
    },
    /// The server sends the download on to a place that is not safe.
    #[error("{host} redirects to an address that is not https: {location}")]
    UnsafeRedirect {
        /// The server.
        host: String,
        /// Where it points.
        location: String,
    },
    /// The address leads to a page to read.
    #[error(
        "{host} answered with a web page instead of a model: use the address of the file itself \
         (on a model hub, the one of the download button)"
    )]
    WebPage {
        /// The server.
        host: String,
    },
    /// The size is not the one of the catalogue.
    #[error(
        "the file has {} instead of {}: it is not the one that was recommended",
        ByteCount(*found), ByteCount(*expected)
    )]
    WrongSize {
        /// The catalogue's size.
        expected: u64,
        /// The server's size.
        found: u64,
    },
    /// The checksum is wrong.
    #[error(
        "the file is damaged or not the right one, and was deleted: its sha256 is {found}, but {} \
         {expected}",
        if *pinned { "the catalogue says" } else { "the server announced" }
    )]
    WrongChecksum {
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
        /// Whether the catalogue says so; else the server.
        pinned: bool,
    },
    /// It is not a model that the engine can use.
    #[error("what arrived is not a usable model, and was deleted")]
    NotAModel(#[source] gguf::GgufError),
    /// The disk has no room.
    #[error(
        "the disk has too little room: {} needed, {} free; free some and pull again, what has \
         arrived is kept",
        ByteCount(*needed), ByteCount(*free)
    )]
    DiskFull {
        /// Bytes that are still to be written.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// A file cannot be read or written.
    #[error("the file {} cannot be read or written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The network code could not be started.
    #[error("the network cannot be used")]
    Network(#[source] reqwest::Error),
    /// A piece of the work failed in itself.
    #[error("the download was interrupted inside HAI-Net; pull again")]
    Interrupted,
}

impl PullError {
    /// Whether the same may go well in a moment.
    pub(crate) fn is_worth_a_retry(&self) -> bool {
        matches!(
            self,
            Self::Connection { .. } | Self::BrokeOff { .. } | Self::Busy { .. }
        )
    }
}
