//! Bringing a database under another key, and removing one.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::OpenError;
use crate::key::{StoreKey, remove_key_file};
use crate::open::{DATABASE_FILE, Place, sync_folder_of};

/// Brings the database of a folder from one key under another. The store must not be open.
///
/// A database that is under the new key already is left alone, so that a change which was cut off can
/// simply be asked for again. The write-ahead log is folded in and left first, since what lies in it
/// would stay under the old key. The change itself is one transaction with a rollback journal: a crash
/// at any moment leaves the database under one of the two keys, whole.
///
/// # Errors
///
/// [`OpenError::WrongKey`] when neither key opens it; else each cause has its own [`OpenError`].
pub fn rekey(folder: &Path, old: &StoreKey, new: &StoreKey) -> Result<(), OpenError> {
    if !folder.join(DATABASE_FILE).exists() {
        return Ok(());
    }
    match Place::prepare(folder, new.clone())?.connect_writer() {
        Ok(_under_the_new_key) => return Ok(()),
        Err(OpenError::WrongKey { .. }) => {}
        Err(error) => return Err(error),
    }
    let place = Place::prepare(folder, old.clone())?;
    let connection = place.connect_writer()?;
    let told = |error| OpenError::from_sql(place.path(), error);
    connection
        .execute_batch(
            "PRAGMA wal_checkpoint(TRUNCATE);
             PRAGMA journal_mode = DELETE;
             PRAGMA synchronous = FULL;",
        )
        .map_err(told)?;
    let statement = zeroize::Zeroizing::new(format!("PRAGMA rekey = \"x'{}'\";", new.hex().as_str()));
    connection.execute_batch(&statement).map_err(told)?;
    connection.close().map_err(|(_, error)| told(error))?;
    // Who trusts the change removes the old key next: look before saying that it is done.
    Place::prepare(folder, new.clone())?.connect_writer().map(|_| ())
}

/// A file of the store could not be removed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{} could not be removed", path.display())]
pub struct EraseError {
    /// The file.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: Arc<io::Error>,
}

/// Removes the database of a folder, with all that SQLite keeps beside it, and its key file. The store
/// must not be open. What is not there is no error.
///
/// # Errors
///
/// A file could not be removed; those before it are gone.
pub fn erase(folder: &Path) -> Result<(), EraseError> {
    // The key first: without it the rest is noise.
    remove_key_file(folder).map_err(|source| EraseError {
        path: folder.join(crate::KEY_FILE),
        source: Arc::new(source),
    })?;
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let path = folder.join(format!("{DATABASE_FILE}{suffix}"));
        let removed = match std::fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other,
        };
        removed
            .and_then(|()| sync_folder_of(&path))
            .map_err(|source| EraseError {
                path,
                source: Arc::new(source),
            })?;
    }
    Ok(())
}
