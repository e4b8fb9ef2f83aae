//! From a folder and a key to connections, and to one clear reason where that cannot be.
//!
//! The first look at a database changes nothing: the key and the schema version are checked before
//! anything is written, and until then not even a write-ahead log left by a crash is folded in.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::error::OpenError;
use crate::key::StoreKey;
use crate::schema;

/// The name of the database file in the data folder.
pub const DATABASE_FILE: &str = "hai-net.db";

/// How long a connection waits while another program holds the database.
///
/// One hub owns the file, so only a back-up program can be in the way, and that briefly.
const BUSY_PATIENCE: Duration = Duration::from_secs(5);

/// The size of a page, as SQLCipher makes it; a database has at least one.
const PAGE_BYTES: u64 = 4_096;

/// The write-ahead log is cut down to this size after it was folded into the database.
const LOG_BYTES_KEPT: u32 = 16 * 1024 * 1024;

/// Where the database lies and what opens it.
pub(crate) struct Place {
    path: PathBuf,
    key: StoreKey,
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
        Ok(Self { path, key })
    }

    /// The database file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the one connection that writes, and brings the schema up to date.
    pub(crate) fn connect_writer(&self) -> Result<Connection, OpenError> {
        let mut connection = self.look().map_err(|error| match error {
            Look::Sql(source) => OpenError::from_sql(&self.path, source),
            Look::Refused(error) => error,
        })?;
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

    /// Opens a connection that can only read.
    pub(crate) fn connect_reader(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        self.unlock(&connection)?;
        connection.execute_batch("PRAGMA query_only = ON;")?;
        Ok(connection)
    }

    /// Opens the file and checks encryption, key and version; changes nothing.
    fn look(&self) -> Result<Connection, Look> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        self.unlock(&connection)?;
        let cipher = connection
            .query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0))
            .unwrap_or_default();
        if cipher.is_empty() {
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
        connection.busy_timeout(BUSY_PATIENCE)?;
        // SQLCipher would write to the terminal what this crate returns as an error.
        connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
        let hex: Zeroizing<String> = self.key.hex();
        let statement = Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", hex.as_str()));
        connection.execute_batch(&statement)?;
        connection.execute_batch(
            "PRAGMA foreign_keys = ON;
             PRAGMA temp_store = MEMORY;
             PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON;",
        )
    }
}

/// Why a first look ended.
enum Look {
    Sql(rusqlite::Error),
    Refused(OpenError),
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

/// A file that SQLite keeps beside the database.
fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// Creates a folder that only this user can enter; one that is there is left as it is.
pub(crate) fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Creates the database file for this user only, or takes rights of others away from it, and
/// returns its length. SQLite gives the same rights to the files that it puts beside it.
fn make_file(path: &Path) -> std::io::Result<u64> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let found = file.metadata()?;
    tighten(&file, &found)?;
    if found.len() == 0 {
        sync_folder_of(path)?;
    }
    Ok(found.len())
}

/// Takes the rights of others away from a file of this user.
pub(crate) fn tighten(file: &fs::File, found: &fs::Metadata) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if found.permissions().mode() & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (file, found);
    Ok(())
}

/// Brings a new file's name to the disk, so that it is still there after a power cut.
pub(crate) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        fs::File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The owner's number where it is not this user; `None` where it is.
#[cfg(unix)]
pub(crate) fn other_owner(found: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    (found.uid() != rustix::process::geteuid().as_raw()).then(|| found.uid())
}

/// The owner's number where it is not this user; Windows keeps user folders apart by itself.
#[cfg(not(unix))]
pub(crate) fn other_owner(_found: &fs::Metadata) -> Option<u32> {
    None
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
fn refused(folder: &Path, path: &Path, source: std::io::Error) -> OpenError {
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
