//! The tail of the agents' journal: a file beside the database that takes the latest events at once.
//!
//! A transaction of SQLite writes whole pages, each encrypted and sealed, and makes the log longer, which the
//! file system has to note as well; on a good disk that takes as long as the disk itself. Here an event is
//! sealed by itself and written into a file that has its length already, so that there is nothing to wait for
//! but the disk.
//!
//! The database stays the one place where events lie:
//!
//! - What lies in the tail is in memory too. The next transaction, of whatever kind, begins by folding it in,
//!   and whoever reads the journal asks for such a transaction first.
//! - Events have the numbers here that they get there. After a crash an entry of the file counts when its
//!   number is the next one, so that what was folded in counts no more, and nothing has to be marked.
//! - An entry that is not whole, and what follows it, was never acknowledged.
//!
//! Only who writes uses it, one at a time. A store that was closed in order has none.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand::TryRngCore as _;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::agents::events;
use crate::agents::lines::{Lines, write_from};
use crate::files::{beside, make_file, remove, sync_folder_of};
use crate::key::StoreKey;

/// What stands behind the name of the database in the name of the tail.
pub(crate) const TAIL_SUFFIX: &str = "-tail";

/// The length of the file.
///
/// Room for some four hundred events: that many are folded in within a few milliseconds, and each then has
/// only a small part in what that takes.
const TAIL_BYTES: usize = 128 * 1024;

/// What the key of the tail is derived for (HKDF-SHA-256, RFC 5869), and what an entry is sealed with: an
/// entry of another form is none.
const PURPOSE: &[u8] = b"hai-net journal tail 1";

/// An entry: its length without these four bytes (little-endian), its nonce, and what is sealed.
const LENGTH_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;

/// The tail of a store that is open.
pub(crate) struct Tail {
    path: PathBuf,
    /// In one place on the heap: a tail that is handed on leaves no copies of it.
    key: Box<Zeroizing<[u8; 32]>>,
    /// Open from the first event on, and of its whole length.
    file: Option<File>,
    /// Where the next entry goes.
    end: usize,
    /// What lies in the file and not yet in the database.
    held: Vec<Arc<Lines>>,
    /// The numbers of those events; empty where there are none.
    numbers: Range<u64>,
    /// A write came to nothing: nobody knows what the file takes any more.
    is_broken: bool,
    holds_any: Arc<AtomicBool>,
}

impl Tail {
    /// The tail beside a database, with what a crash has left in it. Changes nothing.
    pub(crate) fn open(
        database: &Path,
        key: &StoreKey,
        connection: &Connection,
    ) -> Result<Self, TailError> {
        let mut derived = Box::new(Zeroizing::new([0; 32]));
        Hkdf::<Sha256>::new(None, key.as_bytes())
            .expand(PURPOSE, derived.as_mut_slice())
            .expect("32 bytes are a short output");
        let path = beside(database, TAIL_SUFFIX);
        let mut tail = Self {
            key: derived,
            file: None,
            end: 0,
            held: Vec::new(),
            numbers: 0..0,
            is_broken: false,
            holds_any: Arc::default(),
            path,
        };
        if let Some(bytes) = tail.read()? {
            tail.take_up(&bytes, events::last(connection)?);
        }
        Ok(tail)
    }

    /// Tells others whether something lies here that is not in the database.
    pub(crate) fn holds_any(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.holds_any)
    }

    /// Brings lines to the disk together, and returns the number of their first event.
    ///
    /// `None` where they must go into the database: there is no room, or the file cannot be written.
    pub(crate) fn append(&mut self, connection: &Connection, all: &[Arc<Lines>]) -> Option<u64> {
        if self.is_broken {
            return None;
        }
        let first = if self.numbers.is_empty() {
            events::last(connection).ok()? + 1
        } else {
            self.numbers.end
        };
        let entry = self.seal(first, all)?;
        if self.end + entry.len() > TAIL_BYTES {
            return None;
        }
        if let Err(error) = self.write(&entry) {
            // The transaction that follows says what a person can do about the disk.
            tracing::warn!(%error, "could not write the tail of the journal; it goes without");
            self.is_broken = true;
            return None;
        }
        self.hold(first, all.iter().cloned());
        self.end += entry.len();
        Some(first)
    }

    /// Writes what lies here into the database, inside a transaction.
    pub(crate) fn fold_in(&self, connection: &Connection) -> rusqlite::Result<()> {
        if self.numbers.is_empty() {
            return Ok(());
        }
        write_from(
            connection,
            self.numbers.start,
            self.held.iter().map(Arc::as_ref),
        )
    }

    /// A transaction was committed. What it began with is in the database, and there may be more.
    pub(crate) fn folded(&mut self) {
        self.held.clear();
        self.numbers = 0..0;
        self.holds_any.store(false, Ordering::Release);
        self.end = 0;
    }

    /// Folds in what lies here, in a transaction of its own, and removes the file.
    pub(crate) fn close(self, connection: &Connection) -> rusqlite::Result<()> {
        if !self.numbers.is_empty() {
            let together = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
            self.fold_in(&together)?;
            together.commit()?;
        }
        drop(self.file);
        if let Err(error) = remove(&self.path) {
            // What lies in it counts no more.
            tracing::warn!(%error, "could not remove the tail of the journal");
        }
        Ok(())
    }

    /// The whole file; `None` when there is none.
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::with_capacity(TAIL_BYTES);
        file.take(TAIL_BYTES as u64).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Takes the entries that follow on the event of number `last`.
    fn take_up(&mut self, bytes: &[u8], last: u64) {
        self.numbers = last + 1..last + 1;
        while let Some((first, all, length)) = self.unseal(&bytes[self.end..]) {
            if first != self.numbers.end || all.is_empty() {
                break;
            }
            self.hold(first, all.into_iter().map(Arc::new));
            self.end += length;
        }
        if !self.numbers.is_empty() {
            tracing::info!(
                events = self.numbers.end - self.numbers.start,
                "took up what the last run left in the tail of the journal"
            );
        }
    }

    fn hold(&mut self, first: u64, all: impl Iterator<Item = Arc<Lines>>) {
        if self.numbers.is_empty() {
            self.numbers = first..first;
        }
        for lines in all {
            self.numbers.end += lines.count();
            self.held.push(lines);
        }
        self.holds_any.store(true, Ordering::Release);
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.as_slice().into())
    }

    /// An entry; `None` when the system gives no random number.
    fn seal(&self, first: u64, all: &[Arc<Lines>]) -> Option<Vec<u8>> {
        let all: Vec<&Lines> = all.iter().map(Arc::as_ref).collect();
        let words = postcard::to_stdvec(&(first, all)).ok()?;
        let mut nonce = [0; NONCE_BYTES];
        rand::rngs::OsRng.try_fill_bytes(&mut nonce).ok()?;
        let payload = Payload {
            msg: &words,
            aad: PURPOSE,
        };
        let sealed = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), payload)
            .ok()?;
        let length = u32::try_from(NONCE_BYTES + sealed.len()).ok()?;
        let mut entry = length.to_le_bytes().to_vec();
        entry.extend_from_slice(&nonce);
        entry.extend_from_slice(&sealed);
        Some(entry)
    }

    /// The number, the lines and the length of the entry that the bytes begin with.
    fn unseal(&self, bytes: &[u8]) -> Option<(u64, Vec<Lines>, usize)> {
        let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (nonce, sealed) = rest.get(..length)?.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: sealed,
            aad: PURPOSE,
        };
        let words = self
            .cipher()
            .decrypt(XNonce::from_slice(nonce), payload)
            .ok()?;
        let (first, all) = postcard::from_bytes(&words).ok()?;
        Some((first, all, LENGTH_BYTES + length))
    }

    /// Brings an entry to the disk, behind the ones before it.
    fn write(&mut self, entry: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open_whole(&self.path, self.end)?),
        };
        file.seek(SeekFrom::Start(self.end as u64))?;
        file.write_all(entry)?;
        file.sync_data()
    }
}

/// Opens the file for writing, with its whole length on the disk, so that nothing but what is written is
/// waited for. What lies in it before `end` is kept.
fn open_whole(path: &Path, end: usize) -> io::Result<File> {
    make_file(path)?;
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(end as u64))?;
    file.write_all(&vec![0; TAIL_BYTES - end])?;
    file.sync_all()?;
    sync_folder_of(path)?;
    Ok(file)
}

/// Why there is no tail.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TailError {
    /// The file could not be read.
    #[error("could not read the tail of the journal")]
    File(#[from] io::Error),
    /// The database could not be asked for its last event.
    #[error("could not look for the last event")]
    Database(#[from] rusqlite::Error),
}
