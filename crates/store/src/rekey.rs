//! Bringing a database under another key.
//!
//! Not with `PRAGMA rekey`, which writes every page in place: while it runs, and after a crash in it,
//! the file holds pages under both keys, and which key opens it is up to a journal that may or may not
//! have been played back. Instead the pages are copied into a new file under the new key, and that
//! file takes the place of the old one by being renamed, which a file system does whole or not at all.
//! So at every moment `hai-net.db` is a whole database under exactly one key:
//!
//! 1. The tail of the agents' journal and the write-ahead log are folded in, and the database leaves the
//!    mode that uses a log, under an exclusive lock. The tail, the log and the journal of that change are
//!    under the old key, and would be applied to whatever database lies beside them. So their names must
//!    be gone from the disk, also after a power cut, before another file takes the name of the database.
//! 2. The pages are copied, read once more against their checksums, and brought to the disk.
//! 3. The copy is renamed, and the new name brought to the disk.
//!
//! A crash before the third step leaves the old database as it was, and perhaps a draft that the next
//! attempt removes. The old file's blocks are only freed: what a flash disk keeps of them is under the
//! old key, which is to be forgotten.

use std::fs;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::error::OpenError;
use crate::files::{beside, create_new, remove, sync_folder_of};
use crate::key::StoreKey;
use crate::open::{DATABASE_FILE, PAGE_BYTES, Place, connect, give_key, refused, set_up};
use crate::tail::TAIL_SUFFIX;

/// What stands behind the name of the database in the name of the copy under the new key.
pub(crate) const DRAFT_SUFFIX: &str = "-rekey";

/// Brings the database of a folder from one key under another.
///
/// A kill or a power cut at any moment leaves a database that opens with exactly one of the two keys.
/// It can simply be asked for again: a database that is under the new key already is left alone, and
/// so is a folder without one. Afterwards the old key opens nothing, and no file of the store holds a
/// page under it. It blocks for about a second for each few hundred megabytes, and needs as much space
/// again as the database takes.
///
/// The store must not be open.
///
/// # Errors
///
/// [`OpenError::WrongKey`] when neither key opens it; [`OpenError::Busy`] when it is open somewhere;
/// else each cause has its own [`OpenError`]. The database is under the old key then, or it is not and
/// only the disk did not confirm it: asking again tells.
pub fn rekey(folder: &Path, old: &StoreKey, new: &StoreKey) -> Result<(), OpenError> {
    let database = folder.join(DATABASE_FILE);
    if length_of(folder, &database)? == 0 {
        return Ok(());
    }
    let draft = beside(&database, DRAFT_SUFFIX);
    let clear = || remove(&draft).map_err(|source| refused(folder, &draft, source));
    clear()?;
    if opens_with(folder, new)? {
        return Ok(());
    }
    let place = Place::prepare(folder, old.clone())?;
    close_tail(&database, &place)?;
    let source = place.connect_rekeyer()?;
    let copied = leave_log(folder, &database, &source)
        .and_then(|()| copy(folder, &source, &draft, new))
        // Not before the copy is whole: it is this connection that keeps others from writing.
        .and_then(|()| close(&database, source))
        .and_then(|()| put_in_place(folder, &draft, &database));
    if copied.is_err() {
        // What went wrong first is what is told.
        let _ = clear();
    }
    copied
}

/// Whether this key opens the database of a folder. It reads the first page and changes nothing.
///
/// `false` also when there is no database. Only where a crash has left a rollback journal, that one is
/// played back first, as by any opening and whatever the key: until then the first page may be half of
/// one and half of another. The store may be open.
///
/// # Errors
///
/// The database could not be looked at, or is damaged in a way that is no matter of keys.
pub fn opens_with(folder: &Path, key: &StoreKey) -> Result<bool, OpenError> {
    let database = folder.join(DATABASE_FILE);
    let length = length_of(folder, &database)?;
    if length == 0 {
        return Ok(false);
    }
    let journal = beside(&database, "-journal").exists();
    if length < PAGE_BYTES && !journal {
        return Err(OpenError::Corrupt {
            path: database,
            source: None,
        });
    }
    let outcome = match try_first_page(&database, key) {
        Err(OpenError::WrongKey { .. } | OpenError::Corrupt { .. }) if journal => {
            let place = Place::prepare(folder, key.clone())?;
            place.connect_rekeyer().map(|_| ())
        }
        other => other,
    };
    match outcome {
        Ok(()) => Ok(true),
        Err(OpenError::WrongKey { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The length of the database; 0 also where there is none.
fn length_of(folder: &Path, database: &Path) -> Result<u64, OpenError> {
    match fs::metadata(database) {
        Ok(found) => Ok(found.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(source) => Err(refused(folder, database, source)),
    }
}

/// Reads the first page, which holds the file's salt and is sealed like every other.
fn try_first_page(database: &Path, key: &StoreKey) -> Result<(), OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let look = || {
        let connection = connect(immutable(database), flags)?;
        give_key(&connection, key)?;
        // The one question that is answered from the first page alone.
        connection.query_row("PRAGMA user_version", [], |_| Ok(()))
    };
    look().map_err(|error| OpenError::from_sql(database, error))
}

/// The name under which SQLite reads a file without looking for a log, a journal or locks, and so
/// without making or changing any.
fn immutable(database: &Path) -> String {
    use std::fmt::Write;
    let mut name = String::from("file:");
    let bytes = database.as_os_str().as_encoded_bytes();
    if cfg!(windows) {
        name.push('/');
    }
    for byte in bytes {
        match byte {
            b'\\' if cfg!(windows) => name.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b':' => {
                name.push(char::from(*byte));
            }
            _ => write!(name, "%{byte:02X}").expect("writing to a text never fails"),
        }
    }
    name.push_str("?immutable=1");
    name
}

/// Folds in what a crash has left in the tail of the agents' journal, and removes it: it is under the old key.
fn close_tail(database: &Path, place: &Place) -> Result<(), OpenError> {
    if fs::symlink_metadata(beside(database, TAIL_SUFFIX)).is_err() {
        return Ok(());
    }
    let told = |error| OpenError::from_sql(database, error);
    let connection = place.connect_writer()?;
    place
        .open_tail(&connection)?
        .close(&connection)
        .map_err(told)?;
    close(database, connection)
}

/// Folds the log in, removes it, and holds the database so that nobody writes to it meanwhile.
fn leave_log(folder: &Path, database: &Path, source: &Connection) -> Result<(), OpenError> {
    let told = |error| OpenError::from_sql(database, error);
    source
        .execute_batch("PRAGMA synchronous = EXTRA;")
        .map_err(told)?;
    let mode: String = source
        .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
        .map_err(told)?;
    source
        .query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))
        .and_then(|()| source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())))
        .map_err(told)?;
    if mode != "delete" {
        return Err(busy(database));
    }
    refuse_leftovers(database)?;
    sync_folder_of(database).map_err(|source| refused(folder, database, source))
}

/// Refuses a log, journal or tail that would be applied to the next database of this name.
fn refuse_leftovers(database: &Path) -> Result<(), OpenError> {
    for suffix in ["-wal", "-journal", TAIL_SUFFIX] {
        if fs::symlink_metadata(beside(database, suffix)).is_ok() {
            return Err(busy(database));
        }
    }
    Ok(())
}

fn busy(database: &Path) -> OpenError {
    OpenError::Busy {
        path: database.to_path_buf(),
    }
}

/// Copies all pages into a new file under another key, and reads that file once more.
fn copy(folder: &Path, source: &Connection, draft: &Path, key: &StoreKey) -> Result<(), OpenError> {
    let file_told = |error| refused(folder, draft, error);
    drop(create_new(draft).map_err(file_told)?);
    let problems =
        copy_pages(source, draft, key).map_err(|error| OpenError::from_sql(draft, error))?;
    if problems > 0 {
        return Err(OpenError::Corrupt {
            path: draft.to_path_buf(),
            source: None,
        });
    }
    let file = fs::OpenOptions::new()
        .write(true)
        .open(draft)
        .map_err(file_told)?;
    file.sync_all().map_err(file_told)
}

/// Returns how much is wrong with the copy.
fn copy_pages(source: &Connection, draft: &Path, key: &StoreKey) -> rusqlite::Result<usize> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = connect(draft, flags)?;
    give_key(&target, key)?;
    set_up(&target)?;
    // A draft that is not whole is thrown away; one that is whole is brought to the disk at once.
    target.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
    target.execute_batch("PRAGMA synchronous = OFF;")?;
    let outcome = Backup::new(source, &mut target)?.step(-1)?;
    if !matches!(outcome, StepResult::Done) {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            None,
        ));
    }
    let pages = |connection: &Connection| {
        connection.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0))
    };
    let mut problems = usize::from(pages(source)? != pages(&target)?);
    let mut check = target.prepare("PRAGMA cipher_integrity_check")?;
    let mut rows = check.query([])?;
    while rows.next()?.is_some() {
        problems += 1;
    }
    Ok(problems)
}

fn close(database: &Path, source: Connection) -> Result<(), OpenError> {
    source
        .close()
        .map_err(|(_connection, error)| OpenError::from_sql(database, error))
}

fn put_in_place(folder: &Path, draft: &Path, database: &Path) -> Result<(), OpenError> {
    refuse_leftovers(database)?;
    fs::rename(draft, database)
        .and_then(|()| sync_folder_of(database))
        .map_err(|source| refused(folder, database, source))
}
