//! Removing a store from the disk.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::{beside, remove, sync_folder_of};
use crate::key::{KEY_FILE, KeyError, remove_key_file};
use crate::open::DATABASE_FILE;
use crate::rekey::DRAFT_SUFFIX;
use crate::tail::TAIL_SUFFIX;

/// What stands behind the name of the database in the names of all files of a store.
const SUFFIXES: [&str; 6] = ["", "-wal", "-shm", "-journal", DRAFT_SUFFIX, TAIL_SUFFIX];

/// Why a store could not be removed. What was removed before is gone.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum EraseError {
    /// The key file could not be overwritten and removed; nothing else was touched.
    #[error("the key of the store is still there")]
    Key {
        /// Why.
        source: KeyError,
    },
    /// A file could not be removed.
    #[error("could not remove {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
}

/// The names of all files that a store may have in its folder.
pub fn file_names() -> impl Iterator<Item = String> {
    let beside = SUFFIXES.map(|suffix| format!("{DATABASE_FILE}{suffix}"));
    beside.into_iter().chain([KEY_FILE.to_owned()])
}

/// Removes the database of a folder, all that lies beside it, and the key file.
///
/// The key file goes first and is overwritten, as [`remove_key_file`] says: without the key the rest
/// is noise. Where the key lies elsewhere, that must be forgotten too. Where nothing is there it does
/// nothing. The store must be locked or closed: on most systems an open one would go on in files that
/// have no name any more.
///
/// # Errors
///
/// Each cause has its own [`EraseError`]. All files are tried, and the first failure is told.
pub fn erase(folder: &Path) -> Result<(), EraseError> {
    remove_key_file(folder).map_err(|source| EraseError::Key { source })?;
    let database = folder.join(DATABASE_FILE);
    let mut outcome = Ok(());
    let mut removed_any = false;
    for suffix in SUFFIXES {
        let path = beside(&database, suffix);
        match remove(&path) {
            Ok(removed) => removed_any |= removed,
            Err(source) => outcome = outcome.and(Err(told(path, source))),
        }
    }
    if removed_any && let Err(source) = sync_folder_of(&database) {
        outcome = outcome.and(Err(told(folder.to_path_buf(), source)));
    }
    outcome
}

fn told(path: PathBuf, source: io::Error) -> EraseError {
    EraseError::File {
        path,
        source: Arc::new(source),
    }
}
