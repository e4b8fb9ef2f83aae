//! From a folder and a key to connections, and to one clear reason where that cannot be.
//!
//! The first look at a database changes nothing: the key and the schema version are checked before
//! anything is written, and until then not even a write-ahead log left by a crash is folded in.

use std::ffi::c_int;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};

use crate::error::OpenError;
use crate::files::{beside, make_file, make_folder, other_owner};
use crate::key::StoreKey;
use crate::schema;
use crate::tail::{TAIL_SUFFIX, Tail, TailError};

/// The name of the database file in the data folder.
///
/// Of a store that was closed or locked in order, this one file is all there is. A copy that
/// [`snapshot`](crate::Store::snapshot) has made becomes the store of another folder by being moved
/// there under this name: it needs no `-wal`, `-journal` or `-tail` beside it, and there must be none, since
/// what is left of another database could be taken for the latest changes of this one.
pub const DATABASE_FILE: &str = "hai-net.db";

/// How many prepared statements a connection keeps: all that the busiest writing uses in turn. One takes a
/// few kilobytes.
const STATEMENTS_KEPT: usize = 64;

/// How long a connection waits while another program holds the database.
///
/// One hub owns the file, so only a back-up program can be in the way, and that briefly.
const BUSY_PATIENCE: Duration = Duration::from_secs(5);

/// The size of a page, as SQLCipher makes it; a database has at least one.
pub(crate) const PAGE_BYTES: u64 = 4_096;

/// How much of the database a connection may hold decrypted in memory.
///
/// A page that is read again is decrypted and checked again, which takes longer than reading it from
/// the system's own cache. With SQLite's usual 2 MB a search over 20,000 messages takes eight times
/// as long as without encryption, and inserting two and a half times; with the words and most of the
/// texts of that many in memory it takes as long. Only what was read is held: a small database, and a
/// connection that is not used, take nothing.
const CACHE_KIB: u32 = 16_000;

/// The write-ahead log is cut down to this size after it was folded into the database.
const LOG_BYTES_KEPT: u32 = 16 * 1024 * 1024;

/// Where the database lies and what opens it.
pub(crate) struct Place {
    path: PathBuf,
    /// `None` when the store was locked: no connection is opened any more.
    key: Mutex<Option<StoreKey>>,
    #[cfg(feature = "bench-plain")]
    plain: bool,
}

impl Place {
    /// Makes the folder and an empty database file, both for this user only, where missing.
    pub(crate) fn prepare(folder: &Path, key: StoreKey) -> Result<Self, OpenError> {
        make_folder(folder).map_err(|source| refused(folder, folder, source))?;
        refuse_other_user(folder)?;
        let path = folder.join(DATABASE_FILE);
        let length = make_file(&path).map_err(|source| refused(folder, &path, source))?;
        // SQLite takes a file without one whole page for a new database, and throws its
        // write-ahead log away. A journal is there when the very first commit was cut off.
        let unfinished = beside(&path, "-journal").exists();
        let log = beside(&path, "-wal")
            .metadata()
            .map_or(0, |found| found.len());
        if (length == 0 && log > 0) || (0 < length && length < PAGE_BYTES && !unfinished) {
            return Err(OpenError::Corrupt { path, source: None });
        }
        Ok(Self {
            path,
            key: Mutex::new(Some(key)),
            #[cfg(feature = "bench-plain")]
            plain: false,
        })
    }

    /// As [`Self::prepare`], for a database that is not encrypted.
    #[cfg(feature = "bench-plain")]
    pub(crate) fn prepare_plain(folder: &Path) -> Result<Self, OpenError> {
        Ok(Self {
            plain: true,
            ..Self::prepare(folder, StoreKey::from_bytes([0; 32]))?
        })
    }

    /// Wipes the key. The connections that are open go on.
    pub(crate) fn forget(&self) {
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Opens the one connection that writes, and brings the schema up to date.
    pub(crate) fn connect_writer(&self) -> Result<Connection, OpenError> {
        let mut connection = self.look().map_err(|error| error.at(&self.path))?;
        make_durable(&connection).map_err(|source| OpenError::from_sql(&self.path, source))?;
        schema::MIGRATIONS
            .to_latest(&mut connection)
            .map_err(|error| match error {
                rusqlite_migration::Error::RusqliteError { err, .. } => {
                    OpenError::from_sql(&self.path, err)
                }
                other => OpenError::Migrate {
                    path: self.path.clone(),
                    source: Arc::new(other),
                },
            })?;
        Ok(connection)
    }

    /// The tail of the agents' journal, with what a crash has left in it.
    pub(crate) fn open_tail(&self, connection: &Connection) -> Result<Tail, OpenError> {
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key.as_ref().expect("a store is locked after it was opened");
        Tail::open(&self.path, key, connection).map_err(|error| match error {
            TailError::File(source) => {
                let folder = self.path.parent().unwrap_or(&self.path);
                refused(folder, &beside(&self.path, TAIL_SUFFIX), source)
            }
            TailError::Database(source) => OpenError::from_sql(&self.path, source),
        })
    }

    /// Opens a connection that can only read.
    pub(crate) fn connect_reader(&self) -> rusqlite::Result<Connection> {
        let connection = self.connect_copier()?;
        connection.execute_batch("PRAGMA query_only = ON;")?;
        Ok(connection)
    }

    /// Opens a connection that can read this database and write to others.
    pub(crate) fn connect_copier(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = connect(&self.path, flags)?;
        self.unlock(&connection)?;
        Ok(connection)
    }

    /// Opens the connection under which a database is brought from key to key.
    pub(crate) fn connect_rekeyer(&self) -> Result<Connection, OpenError> {
        self.look().map_err(|error| error.at(&self.path))
    }

    /// Opens the file and checks encryption, key and version; changes nothing.
    fn look(&self) -> Result<Connection, Look> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = connect(&self.path, flags)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        self.unlock(&connection)?;
        let cipher = connection
            .query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0))
            .unwrap_or_default();
        if cipher.is_empty() && self.is_encrypted() {
            return Err(Look::Refused(OpenError::NoEncryption));
        }
        // Reading the first page is what tries the key.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found > schema::KNOWN {
            return Err(Look::Refused(OpenError::Newer {
                found,
                known: schema::KNOWN,
            }));
        }
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok(connection)
    }

    /// Gives a connection the key and the settings that do not touch the file.
    fn unlock(&self, connection: &Connection) -> rusqlite::Result<()> {
        if self.is_encrypted() {
            let key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
            let key = key.as_ref().ok_or_else(|| failure(ffi::SQLITE_MISUSE))?;
            give_key(connection, key)?;
        }
        set_up(connection)
    }

    /// Whether a key is needed: always but in measurements.
    fn is_encrypted(&self) -> bool {
        #[cfg(feature = "bench-plain")]
        if self.plain {
            return false;
        }
        true
    }
}

/// Opens a connection.
///
/// Before the first one, OpenSSL is told to leave its memory alone at exit: it would free what threads
/// that are just ending still use, and the process would fall at its end.
pub(crate) fn connect(path: impl AsRef<Path>, flags: OpenFlags) -> rusqlite::Result<Connection> {
    openssl_sys::init();
    Connection::open_with_flags(path, flags)
}

/// Gives a connection the key.
///
/// Not as `PRAGMA key`: SQLite copies the text of statements to where nothing wipes it, while this
/// call keeps the key only where SQLCipher wipes it when the connection is closed.
#[expect(
    unsafe_code,
    reason = "rusqlite has no safe function for `sqlite3_key_v2`"
)]
pub(crate) fn give_key(connection: &Connection, key: &StoreKey) -> rusqlite::Result<()> {
    // SQLCipher would write to the terminal what this crate returns as an error.
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    let words = key.as_sqlcipher_wants_it();
    let length = c_int::try_from(words.len()).expect("67 characters");
    // SAFETY: the handle is that of an open connection, which no other thread can use meanwhile;
    // `words` lives longer than the call, and SQLCipher copies it.
    let code = unsafe {
        ffi::sqlite3_key_v2(
            connection.handle(),
            c"main".as_ptr(),
            words.as_ptr().cast(),
            length,
        )
    };
    if code == ffi::SQLITE_OK {
        Ok(())
    } else {
        Err(failure(code))
    }
}

/// The settings of every connection that do not touch the file.
pub(crate) fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.execute_batch(&format!(
        "PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA cache_size = -{CACHE_KIB};"
    ))
}

fn failure(code: c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
}

/// Why a first look ended.
enum Look {
    Sql(rusqlite::Error),
    Refused(OpenError),
}

impl Look {
    fn at(self, path: &Path) -> OpenError {
        match self {
            Self::Sql(source) => OpenError::from_sql(path, source),
            Self::Refused(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Look {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Makes a commit mean "on disk", also after a power cut.
fn make_durable(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA journal_size_limit = {LOG_BYTES_KEPT};"
    ))
}

fn refuse_other_user(folder: &Path) -> Result<(), OpenError> {
    let found = fs::metadata(folder).map_err(|source| refused(folder, folder, source))?;
    match other_owner(&found) {
        Some(owner) => Err(OpenError::OtherUser {
            folder: folder.to_path_buf(),
            owner,
        }),
        None => Ok(()),
    }
}

/// Sorts what the operating system said about `path` in `folder`.
pub(crate) fn refused(folder: &Path, path: &Path, source: std::io::Error) -> OpenError {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, StorageFull};
    match source.kind() {
        PermissionDenied | ReadOnlyFilesystem => OpenError::NotWritable {
            path: path.to_path_buf(),
        },
        StorageFull => OpenError::Full {
            path: path.to_path_buf(),
        },
        _ => OpenError::Folder {
            folder: folder.to_path_buf(),
            source: Arc::new(source),
        },
    }
}
