//! The encrypted SQLite store: conversations, settings, tokens, kept responses, logs and search; what
//! agents know, may do and did; and the audit chain.
//!
//! What for: everything that the house remembers lies in one file, `hai-net.db`, encrypted page by
//! page with a 32-byte key (SQLCipher). Acknowledged means on disk: when a writing function has
//! returned `Ok`, its rows survive a crash and a power cut.
//!
//! Who calls it: the hub, and nobody else. It turns these rows into what front ends see.
//!
//! What it never does: it reads no clock, draws no random number but the key, decides nothing, and
//! opens no connection to anywhere.
//!
//! How it works: one thread owns the only connection that writes. Jobs wait in a bounded channel;
//! the thread takes all that wait, runs them in one transaction, each in a savepoint of its own,
//! commits, and only then answers. Reading uses a few read-only connections on blocking threads,
//! which see the last commit and never wait for the writer.

mod agents;
mod audit;
mod columns;
mod conversations;
mod documents;
mod door;
mod erase;
mod error;
mod feed;
mod files;
mod hybrid;
mod identity;
mod in_place;
mod key;
mod logs;
mod memories;
mod messages;
mod model_servers;
mod notes;
mod open;
mod paging;
mod permissions;
mod readers;
mod rekey;
mod reminders;
mod responses;
mod schema;
mod search;
mod servers;
mod settings;
mod snapshot;
mod tail;
mod tokens;
mod transaction;
mod usage;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

pub use agents::{
    AgentEvent, EVENTS_MAX, EventFound, JournalAppend, JournalAppended, Performed, TreeId, TreeRow,
};
pub use audit::{
    AUDIT_ACTOR_BYTES_MAX, AUDIT_DETAIL_BYTES_MAX, AUDIT_DETAILS_MAX, AUDIT_PAGE, AUDIT_ROWS_MAX,
    AUDIT_SUBJECT_BYTES_MAX, AuditEntry, AuditExport, AuditFault, AuditFilter, AuditFlaw,
    AuditHead, AuditKind, AuditLink, AuditReport, AuditRow, AuditValue, SignedHead,
};
pub use conversations::{
    CONVERSATIONS_MAX, ConversationFilter, ConversationFound, ConversationRow,
};
pub use documents::{Chunk, ChunkFound, DocumentRow};
pub use erase::{EraseError, erase, file_names};
pub use error::{OpenError, StoreError};
pub use feed::{FEED_MAX, FeedEntry, FeedFilter, FeedRow};
pub use hybrid::{EMBEDDING_NUMBERS_MAX, Embedding, Fit, HITS_MAX, HybridSearch};
pub use identity::{CertificateRow, Mark, RotationRow};
pub use in_place::in_place;
pub use key::{KEY_FILE, KeyError, StoreKey, remove_key_file};
pub use logs::{LOGS_MAX, LogFilter, LogFound, LogRow};
pub use memories::{MEMORIES_MAX, MemoryFilter, MemoryFound, MemoryRow, MemorySource};
pub use messages::{AnswerUpdate, MessageRow, MessageState, Role, Usage};
pub use model_servers::{MODEL_SERVERS_MAX, ModelServerKind, ModelServerRow};
pub use notes::{NOTES_MAX, NoteFilter, NoteRow};
pub use open::DATABASE_FILE;
pub use permissions::{FolderAccess, GrantedFolder, Permission, PermissionRow};
pub use rekey::{opens_with, rekey};
pub use reminders::{REMINDERS_MAX, ReminderFilter, ReminderRow};
pub use responses::{RESPONSES_MAX, ResponseRow};
pub use search::{MARK_END, MARK_START};
pub use servers::McpServerRow;
pub use snapshot::SnapshotInfo;
pub use tokens::TokenRow;
pub use transaction::Transaction;
pub use usage::{UsageFigures, UsageKey};
pub use writer::WriterCounts;

use door::Door;
use error::JobError;
use open::Place;

/// The store of one data folder, open or locked. Cheap to clone; all clones are one store.
///
/// Open, it has one writer thread and one pool of readers. Dropping the
/// last clone waits until the writer has finished what it was given and has closed the file.
/// [`Store::close`] does the same and tells what became of it.
#[derive(Clone)]
pub struct Store {
    folder: Arc<Path>,
    path: Arc<PathBuf>,
    door: Arc<Door>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .field("door", &self.door)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens `hai-net.db` in `folder`, or creates it, and brings its schema up to date.
    ///
    /// It blocks (a few milliseconds, longer after a crash) and needs no async runtime.
    ///
    /// # Errors
    ///
    /// Each cause has its own [`OpenError`]. A database that is refused is left as it was.
    pub fn open(folder: &Path, key: StoreKey) -> Result<Self, OpenError> {
        let store = Self::locked(folder);
        store.unlock(key)?;
        Ok(store)
    }

    /// The store of `folder`, locked. Touches no file, and there need not be any.
    #[must_use]
    pub fn locked(folder: &Path) -> Self {
        Self {
            folder: folder.into(),
            path: Arc::new(folder.join(DATABASE_FILE)),
            door: Arc::new(Door::locked()),
        }
    }

    /// Opens a locked store, as [`Self::open`] does, for all its clones.
    ///
    /// It blocks as [`Self::open`] does and needs no async runtime; from async code it belongs on a
    /// blocking thread. Others who use the store meanwhile do not wait: they find it locked.
    ///
    /// # Errors
    ///
    /// [`OpenError::AlreadyOpen`] when it is open: the key was not tried, and the store goes on.
    /// [`OpenError::Locking`] while a [`Self::lock`] is under way, and [`OpenError::Closed`] after
    /// [`Self::close`]. Else as [`Self::open`]; the store stays locked.
    pub fn unlock(&self, key: StoreKey) -> Result<(), OpenError> {
        self.door.open(|| Place::prepare(&self.folder, key))
    }

    /// Finishes what was asked, folds the write-ahead log into the database, closes all connections
    /// and wipes the key. What is asked from now on gets [`StoreError::Locked`].
    ///
    /// It needs a tokio runtime, and it waits for those who read and write, a snapshot included. A
    /// caller that stops waiting does not stop the locking. Locking a store that is locked or closed
    /// is harmless; while another call locks it, this one waits too and has the same outcome.
    ///
    /// # Errors
    ///
    /// Says why the write-ahead log could not be folded in. The store is locked all the same, and
    /// nothing is lost: the next opening reads it.
    pub async fn lock(&self) -> Result<(), StoreError> {
        self.door.shut(false).await
    }

    /// Whether the store is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.door.is_open()
    }

    /// Opens a store that is not encrypted, for measuring what encryption costs.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    #[cfg(feature = "bench-plain")]
    #[doc(hidden)]
    pub fn open_plain(folder: &Path) -> Result<Self, OpenError> {
        let store = Self::locked(folder);
        store.door.open(|| Place::prepare_plain(folder))?;
        Ok(store)
    }

    /// Where the database file lies, or would lie.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How much the writer has done since this store was made, over all times that it was open.
    #[must_use]
    pub fn writer_counts(&self) -> WriterCounts {
        self.door.tally().counts()
    }

    /// As [`Self::lock`], but for good: what is asked afterwards gets [`StoreError::Gone`].
    ///
    /// A store that is locked can be closed too. Closing twice is harmless.
    ///
    /// # Errors
    ///
    /// Says why the write-ahead log could not be folded in. Nothing is lost then: the next opening
    /// reads it.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.door.shut(true).await
    }

    /// Looks at every page and every reference, and returns the problems found; none means sound.
    ///
    /// It reads the whole database, so it takes about a second for each few hundred megabytes. It
    /// looks through a connection of its own: SQLite's check of the words for searching goes by what
    /// a connection remembers of them from its last search, and takes newer ones for damage.
    ///
    /// # Errors
    ///
    /// When the check itself could not be done. Damage is a result, not an error.
    pub async fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        const DOING: &str = "checking the database";
        let looked = self.door.copy(DOING, |place| {
            let connection = place.connect_reader()?;
            readers::in_one_moment(&connection, check)
        });
        match looked.await {
            Err(StoreError::Corrupt { source, .. }) => {
                Ok(vec![format!("a page could not be read: {source}")])
            }
            other => other,
        }
    }

    /// Runs `job` in the writer's next transaction; `Ok` means that it is on disk.
    ///
    /// `job` may run twice: when a transaction of many jobs is lost (a full disk), each of them is
    /// tried again alone. A caller that no longer waits does not undo its job.
    pub(crate) async fn write<T, F>(&self, doing: &'static str, job: F) -> Result<T, StoreError>
    where
        F: Fn(&Connection) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        self.door.write(doing, job).await
    }

    /// Runs `work` on a read-only connection; all it reads is of one moment.
    pub(crate) async fn read<T, F>(&self, doing: &'static str, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        self.door.read(doing, work).await
    }
}

/// What SQLite says about its pages, indices and references.
fn check(connection: &Connection) -> Result<Vec<String>, JobError> {
    let mut problems: Vec<String> = connection
        .prepare("PRAGMA integrity_check")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    problems.retain(|line| line != "ok");
    let mut dangling = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = dangling.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        problems.push(format!(
            "a row of {table} refers to a missing row of {parent}"
        ));
    }
    Ok(problems)
}
