//! The encrypted SQLite store: conversations, settings, tokens, logs and search.
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

mod columns;
mod conversations;
mod error;
mod identity;
mod key;
mod logs;
mod messages;
mod open;
mod readers;
mod rekey;
mod schema;
mod search;
mod settings;
mod snapshot;
mod tokens;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::Connection;

pub use conversations::{
    CONVERSATIONS_MAX, ConversationFilter, ConversationFound, ConversationRow,
};
pub use error::{OpenError, StoreError};
pub use identity::{CertificateRow, Mark, RotationRow};
pub use key::{KEY_FILE, KeyError, StoreKey, remove_key_file};
pub use logs::{LOGS_MAX, LogFilter, LogFound, LogRow};
pub use messages::{AnswerUpdate, MessageRow, MessageState, Role, Usage};
pub use open::DATABASE_FILE;
pub use rekey::{EraseError, erase, rekey};
pub use search::{MARK_END, MARK_START};
pub use tokens::TokenRow;
pub use writer::WriterCounts;

use error::JobError;
use readers::Readers;
use writer::Writer;

/// The store of one data folder, open or locked. Cheap to clone; all clones are in the same state and
/// share one writer thread and one pool of readers.
///
/// When the last clone is dropped, the writer finishes what it was given and closes the file.
/// [`Store::close`] does the same and waits for it.
#[derive(Clone)]
pub struct Store {
    folder: Arc<Path>,
    path: Arc<PathBuf>,
    door: Arc<RwLock<Door>>,
}

/// Whether the store can be used.
enum Door {
    Open(Room),
    Locked,
    Closed,
}

/// What there is while the store is open.
#[derive(Clone)]
struct Room {
    writer: Writer,
    readers: Arc<Readers>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
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

    /// The store of a folder, locked. Touches no file.
    #[must_use]
    pub fn locked(folder: &Path) -> Self {
        Self {
            folder: folder.into(),
            path: Arc::new(folder.join(DATABASE_FILE)),
            door: Arc::new(RwLock::new(Door::Locked)),
        }
    }

    /// Opens a locked store, as [`Self::open`] does. A store that is open stays as it is, and one that
    /// was closed for good stays closed.
    ///
    /// # Errors
    ///
    /// As [`Self::open`]; the store stays locked.
    pub fn unlock(&self, key: StoreKey) -> Result<(), OpenError> {
        let mut door = self.door.write().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*door, Door::Locked) {
            return Ok(());
        }
        let place = Arc::new(open::Place::prepare(&self.folder, key)?);
        let connection = place.connect_writer()?;
        let again = Arc::clone(&place);
        let writer =
            Writer::start(connection, move || again.connect_writer().ok()).map_err(|source| {
                OpenError::Thread {
                    source: Arc::new(source),
                }
            })?;
        *door = Door::Open(Room {
            writer,
            readers: Arc::new(Readers::new(place)),
        });
        Ok(())
    }

    /// Finishes what was asked, folds the write-ahead log in, closes the file and forgets the key.
    /// What is asked afterwards gets [`StoreError::Locked`]. Locking a locked store is harmless.
    ///
    /// # Errors
    ///
    /// Says why the write-ahead log could not be folded in. The store is locked all the same, and
    /// nothing is lost: the next opening reads it.
    pub async fn lock(&self) -> Result<(), StoreError> {
        match self.leave(Door::Locked) {
            Some(room) => room.close().await,
            None => Ok(()),
        }
    }

    /// Whether the store is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let door = self.door.read().unwrap_or_else(PoisonError::into_inner);
        matches!(*door, Door::Open(_))
    }

    /// Shuts the door; the room behind it where it was open. A closed door stays closed.
    fn leave(&self, to: Door) -> Option<Room> {
        let mut door = self.door.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(*door, Door::Closed) {
            return None;
        }
        match std::mem::replace(&mut *door, to) {
            Door::Open(room) => Some(room),
            Door::Locked | Door::Closed => None,
        }
    }

    fn room(&self, doing: &'static str) -> Result<Room, StoreError> {
        let door = self.door.read().unwrap_or_else(PoisonError::into_inner);
        match &*door {
            Door::Open(room) => Ok(room.clone()),
            Door::Locked => Err(StoreError::Locked { doing }),
            Door::Closed => Err(StoreError::Gone { doing }),
        }
    }

    /// Where the database file lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How much the writer has done since the store was opened; nothing while it is locked.
    #[must_use]
    pub fn writer_counts(&self) -> WriterCounts {
        self.room("counting")
            .map_or_else(|_| WriterCounts::default(), |room| room.writer.counts())
    }

    /// Waits for all reading and writing that was asked, then closes the file.
    ///
    /// The write-ahead log is folded into the database first. Closing twice is harmless; what is
    /// asked afterwards gets [`StoreError::Gone`].
    ///
    /// # Errors
    ///
    /// Says why the write-ahead log could not be folded in. Nothing is lost then: the next opening
    /// reads it.
    pub async fn close(&self) -> Result<(), StoreError> {
        match self.leave(Door::Closed) {
            Some(room) => room.close().await,
            None => Ok(()),
        }
    }

    /// Looks at every page and every reference, and returns the problems found; none means sound.
    ///
    /// It reads the whole database, so it takes about a second for each few hundred megabytes.
    ///
    /// # Errors
    ///
    /// When the check itself could not be done. Damage is a result, not an error.
    pub async fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        const DOING: &str = "checking the database";
        match self.read(DOING, check).await {
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
        self.room(doing)?.writer.write(doing, job).await
    }

    /// Runs `work` on a read-only connection; all it reads is of one moment.
    pub(crate) async fn read<T, F>(&self, doing: &'static str, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        Readers::read(&self.room(doing)?.readers, doing, work).await
    }

    /// As [`Self::read`], for a statement that cannot be part of a transaction.
    pub(crate) async fn read_alone<T, F>(
        &self,
        doing: &'static str,
        work: F,
    ) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        Readers::read_alone(&self.room(doing)?.readers, doing, work).await
    }
}

impl Room {
    async fn close(&self) -> Result<(), StoreError> {
        self.readers.close().await;
        self.writer.close().await
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
