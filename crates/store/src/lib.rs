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
mod key;
mod logs;
mod messages;
mod open;
mod readers;
mod schema;
mod search;
mod settings;
mod tokens;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

pub use conversations::{
    CONVERSATIONS_MAX, ConversationFilter, ConversationFound, ConversationRow,
};
pub use error::{OpenError, StoreError};
pub use key::{KEY_FILE, KeyError, StoreKey};
pub use logs::{LOGS_MAX, LogFilter, LogFound, LogRow};
pub use messages::{AnswerUpdate, MessageRow, MessageState, Role, Usage};
pub use open::DATABASE_FILE;
pub use search::{MARK_END, MARK_START};
pub use tokens::TokenRow;
pub use writer::WriterCounts;

use error::JobError;
use readers::Readers;
use writer::Writer;

/// The open store. Cheap to clone; all clones share one writer thread and one pool of readers.
///
/// When the last clone is dropped, the writer finishes what it was given and closes the file.
/// [`Store::close`] does the same and waits for it.
#[derive(Clone)]
pub struct Store {
    path: Arc<PathBuf>,
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
        let place = Arc::new(open::Place::prepare(folder, key)?);
        let connection = place.connect_writer()?;
        let path = Arc::new(place.path().to_path_buf());
        let again = Arc::clone(&place);
        let writer =
            Writer::start(connection, move || again.connect_writer().ok()).map_err(|source| {
                OpenError::Thread {
                    source: Arc::new(source),
                }
            })?;
        Ok(Self {
            path,
            writer,
            readers: Arc::new(Readers::new(place)),
        })
    }

    /// Where the database file lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How much the writer has done since the store was opened.
    #[must_use]
    pub fn writer_counts(&self) -> WriterCounts {
        self.writer.counts()
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
        self.readers.close().await;
        self.writer.close().await
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
        self.writer.write(doing, job).await
    }

    /// Runs `work` on a read-only connection; all it reads is of one moment.
    pub(crate) async fn read<T, F>(&self, doing: &'static str, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        Readers::read(&self.readers, doing, work).await
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
