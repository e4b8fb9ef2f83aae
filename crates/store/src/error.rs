//! What can go wrong: one enum for opening, one for using the open store.

use std::path::PathBuf;
use std::sync::Arc;

use base::{ConversationId, DocumentId, MessageId};
use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_ERROR, SQLITE_NOMEM};

/// Why the store could not be opened, or not be brought under another key. The database is as it was
/// before.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder belongs to another user of this machine.
    #[error("the data folder {} belongs to another user (number {owner})", folder.display())]
    OtherUser {
        /// The folder that was to be used.
        folder: PathBuf,
        /// The owner's number on this machine.
        owner: u32,
    },
    /// The folder could not be made or looked at.
    #[error("could not prepare the data folder {}", folder.display())]
    Folder {
        /// The folder that was to be used.
        folder: PathBuf,
        /// What the operating system said.
        source: Arc<std::io::Error>,
    },
    /// This user may not write there, or the disk is read-only.
    #[error("no permission to write to {}", path.display())]
    NotWritable {
        /// The file or folder that cannot be written.
        path: PathBuf,
    },
    /// The key does not fit, or the first page is damaged: encryption makes both look alike.
    #[error(
        "the key does not open the database {}, or the beginning of the file is damaged",
        path.display()
    )]
    WrongKey {
        /// The database file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("the database {} is damaged", path.display())]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What SQLite said, where it got that far.
        source: Option<Arc<rusqlite::Error>>,
    },
    /// A newer program has written this database.
    #[error(
        "the database has schema version {found}, but this program knows only up to {known}: \
         use the newer program"
    )]
    Newer {
        /// The version that the file has.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// No space is left to create or update the database.
    #[error("the disk was full while opening the database {}", path.display())]
    Full {
        /// The database file.
        path: PathBuf,
    },
    /// Another program holds the database.
    #[error("another program holds the database {}", path.display())]
    Busy {
        /// The database file.
        path: PathBuf,
    },
    /// Reading or writing the file failed.
    #[error("could not open the database {}", path.display())]
    Disk {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: Arc<rusqlite::Error>,
    },
    /// The schema could not be brought up to date.
    #[error("could not bring the database {} up to date", path.display())]
    Migrate {
        /// The database file.
        path: PathBuf,
        /// The migration that failed.
        source: Arc<rusqlite_migration::Error>,
    },
    /// The program was built without encryption; nothing is written then.
    #[error("this program was built without SQLCipher, so it cannot encrypt its database")]
    NoEncryption,
    /// The store is open already.
    #[error("the store is open already")]
    AlreadyOpen,
    /// The store is just being locked: what was asked before is still being finished.
    #[error("the store is just being locked")]
    Locking,
    /// The store was closed for good.
    #[error("the store was closed")]
    Closed,
    /// The writer thread could not be started.
    #[error("could not start the thread that writes to the database")]
    Thread {
        /// What the operating system said.
        source: Arc<std::io::Error>,
    },
}

impl OpenError {
    /// Sorts what SQLite said while the database at `path` was opened.
    pub(crate) fn from_sql(path: &std::path::Path, source: rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        match Cause::of(&source) {
            Cause::Full => Self::Full { path },
            Cause::NotADatabase => Self::WrongKey { path },
            Cause::Corrupt => Self::Corrupt {
                path,
                source: Some(Arc::new(source)),
            },
            Cause::Busy => Self::Busy { path },
            Cause::NotWritable => Self::NotWritable { path },
            Cause::Disk | Cause::Other => Self::Disk {
                path,
                source: Arc::new(source),
            },
        }
    }
}

/// Why the open store could not do what was asked. Nothing of what was asked has been written.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No space is left. The store keeps working: reading goes on, and writing as soon as there is
    /// space again.
    #[error("the disk was full while {doing}")]
    Full {
        /// What was being done.
        doing: &'static str,
    },
    /// The file is damaged.
    #[error("the database was found damaged while {doing}")]
    Corrupt {
        /// What was being done.
        doing: &'static str,
        /// What SQLite said.
        source: Arc<rusqlite::Error>,
    },
    /// The store is locked.
    #[error("the store was locked before or while {doing}")]
    Locked {
        /// What was being done.
        doing: &'static str,
    },
    /// The file to write is there already, and is not overwritten.
    #[error("{} is there already", path.display())]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// A file outside the store could not be written.
    #[error("could not write {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<std::io::Error>,
    },
    /// The store has been closed.
    #[error("the store was closed before or while {doing}")]
    Gone {
        /// What was being done.
        doing: &'static str,
    },
    /// Another program held the database for longer than the store waits.
    #[error("another program held the database while {doing}")]
    Busy {
        /// What was being done.
        doing: &'static str,
    },
    /// The file became read-only.
    #[error("no permission to write to the database while {doing}")]
    NotWritable {
        /// What was being done.
        doing: &'static str,
    },
    /// The disk did not do what it was told, or SQLite refused.
    #[error("the database failed while {doing}")]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// What SQLite said.
        source: Arc<rusqlite::Error>,
    },
    /// There is no such conversation.
    #[error("there is no conversation {0}")]
    UnknownConversation(ConversationId),
    /// There is no such message, or it belongs to another conversation.
    #[error("there is no message {0} in this conversation")]
    UnknownMessage(MessageId),
    /// The audit chain has no such row with this hash.
    #[error("the audit chain has no row {0} with this hash")]
    UnknownAuditRow(u64),
    /// There is no such document.
    #[error("there is no document {0}")]
    UnknownDocument(DocumentId),
    /// More than one row may hold.
    #[error("more {what} than {most}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        most: usize,
    },
    /// An embedding that is empty, too long, all zeros, or holds what is no number.
    #[error("an embedding has no direction")]
    NoDirection,
    /// A row with the same id (or the same token hash) is there already.
    #[error("such a row is there already; found while {doing}")]
    AlreadyThere {
        /// What was being done.
        doing: &'static str,
    },
}

/// Why a job did not succeed, before it is known what the job was for.
#[derive(Debug)]
pub(crate) enum JobError {
    /// SQLite said no.
    Sql(rusqlite::Error),
    /// The job itself found a reason.
    Refused(StoreError),
}

impl From<rusqlite::Error> for JobError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl JobError {
    /// Adds what was being done.
    pub(crate) fn while_doing(self, doing: &'static str) -> StoreError {
        let source = match self {
            Self::Refused(error) => return error,
            Self::Sql(source) => source,
        };
        if is_duplicate(&source) {
            return StoreError::AlreadyThere { doing };
        }
        match Cause::of(&source) {
            Cause::Full => StoreError::Full { doing },
            Cause::Corrupt | Cause::NotADatabase => StoreError::Corrupt {
                doing,
                source: Arc::new(source),
            },
            Cause::Busy => StoreError::Busy { doing },
            Cause::NotWritable => StoreError::NotWritable { doing },
            Cause::Disk | Cause::Other => StoreError::Failed {
                doing,
                source: Arc::new(source),
            },
        }
    }
}

/// The kinds of failure that a person can do something different about.
enum Cause {
    Full,
    Corrupt,
    NotADatabase,
    Busy,
    NotWritable,
    Disk,
    Other,
}

impl Cause {
    fn of(error: &rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, _) = error else {
            return Self::Other;
        };
        // A full disk shows itself in this way when SQLite cannot enlarge its shared memory file.
        if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE {
            return Self::Full;
        }
        // SQLCipher tells of a page that it cannot decrypt in these two ways; the statements of
        // this crate are fixed and tested, so they do not fail so by themselves.
        if matches!(failure.extended_code, SQLITE_ERROR | SQLITE_NOMEM) {
            return Self::Corrupt;
        }
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::DatabaseCorrupt => Self::Corrupt,
            ErrorCode::NotADatabase => Self::NotADatabase,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                Self::NotWritable
            }
            ErrorCode::SystemIoFailure => Self::Disk,
            _ => Self::Other,
        }
    }
}

/// True when a row with the same key is there already.
fn is_duplicate(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    matches!(
        error,
        rusqlite::Error::SqliteFailure(failure, _)
            if failure.extended_code == SQLITE_CONSTRAINT_PRIMARYKEY
                || failure.extended_code == SQLITE_CONSTRAINT_UNIQUE
    )
}
