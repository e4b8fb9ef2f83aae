//! What goes wrong with grants and files.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why folders cannot be granted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The folder is not there, is no folder, or may not be opened.
    #[error("the folder {} cannot be opened", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The folder is the whole disk or belongs to the system: nobody means to grant that.
    #[error("{} cannot be granted: it is not a folder of a person", path.display())]
    System {
        /// The folder.
        path: PathBuf,
    },
    /// One folder lies in another: which of the two rights counts would depend on the way to a file.
    #[error("{} lies in {}, which is granted too", inner.display(), outer.display())]
    Nested {
        /// The folder inside.
        inner: PathBuf,
        /// The folder around it, or the same one.
        outer: PathBuf,
    },
    /// The folder has no name that can be shown.
    #[error("the name of {} is not text", path.display())]
    Name {
        /// The folder.
        path: PathBuf,
    },
}

/// Why something with a file did not happen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// The path cannot be one: empty where a file is needed, too long, or with a zero byte.
    #[error("this is not a path to a file")]
    BadPath,
    /// The path leads out of the granted folders, or into a part of them that is not for agents.
    #[error("the path leads out of the granted folders")]
    Outside,
    /// There is nothing.
    #[error("there is no such file or folder")]
    NotFound,
    /// The folder was granted for reading only.
    #[error("the folder may be read, not changed")]
    ReadOnly,
    /// It is a folder, a link, a device or a pipe where a file is needed.
    #[error("it is not a plain file")]
    NotAFile,
    /// It is a file where a folder is needed.
    #[error("it is not a folder")]
    NotAFolder,
    /// The file holds something else than text.
    #[error("the file holds no text")]
    NotText,
    /// The file or the text for it is larger than it may be.
    #[error("it has {bytes} bytes; at most {max} are read or written")]
    TooLarge {
        /// How large it is.
        bytes: u64,
        /// How large it may be.
        max: u64,
    },
    /// There is a file of this name already.
    #[error("there is a file of this name already")]
    Taken,
    /// The system said no.
    #[error("the system refused while {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl FileError {
    /// For `map_err`: what an error of the system means.
    pub(crate) fn of(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::NotADirectory => Self::NotAFolder,
            io::ErrorKind::IsADirectory => Self::NotAFile,
            // The one without a number does not come from the system: a path wanted to leave.
            io::ErrorKind::PermissionDenied if source.raw_os_error().is_none() => Self::Outside,
            _ => Self::Io { doing, source },
        }
    }
}
