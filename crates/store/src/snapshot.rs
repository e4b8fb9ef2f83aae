//! A copy of the whole database at one moment, for backups.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Store;
use crate::error::{JobError, StoreError};
use crate::files::{beside, create_new, remove, sync_folder_of};
use crate::open::Place;

/// What is being done, in errors.
const DOING: &str = "copying the database";

/// What a snapshot has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// The length of the file.
    pub bytes: u64,
}

impl Store {
    /// Writes a copy of the database as it is at one moment to the new file `to`.
    ///
    /// The copy has the same key and needs no other file beside it; it is readable by this user only
    /// and on the disk when this returns. It holds no deleted rows. Others go on reading and writing:
    /// the copy takes one of the seats of the readers, and the write-ahead log cannot shrink until it
    /// is done.
    ///
    /// # Errors
    ///
    /// [`StoreError::FileExists`]: `to` is never overwritten. [`StoreError::Full`] when the copy does
    /// not fit; [`StoreError::File`] when it cannot be written; else as every reading. A copy that is
    /// not whole is removed.
    pub async fn snapshot(&self, to: &Path) -> Result<SnapshotInfo, StoreError> {
        let to = to.to_path_buf();
        self.door.fold_tail(DOING).await?;
        self.door.copy(DOING, move |place| copy(place, &to)).await
    }
}

fn copy(place: &Place, to: &Path) -> Result<SnapshotInfo, JobError> {
    let told = |source: std::io::Error| JobError::from(of_file(to, source));
    let name = to.to_str().ok_or_else(|| {
        let what = "the name of the copy must be Unicode";
        told(std::io::Error::new(
            std::io::ErrorKind::InvalidFilename,
            what,
        ))
    })?;
    let connection = place.connect_copier()?;
    // SQLite takes an empty file for a new one. It would make one by itself, but with the rights
    // that the umask leaves; and from here on the file is ours, to be removed if need be.
    let file = create_new(to).map_err(told)?;
    let outcome = connection
        .execute("VACUUM INTO ?1", [name])
        .map_err(JobError::from)
        .and_then(|_| {
            file.sync_all().map_err(told)?;
            sync_folder_of(to).map_err(told)?;
            file.metadata().map_err(told)
        });
    match outcome {
        Ok(found) => Ok(SnapshotInfo { bytes: found.len() }),
        Err(error) => {
            drop(file);
            for half_made in [to.to_path_buf(), beside(to, "-journal")] {
                if let Err(error) = remove(&half_made) {
                    tracing::warn!(%error, "could not remove a copy that is not whole");
                }
            }
            Err(error)
        }
    }
}

/// Sorts what the operating system said about the copy.
fn of_file(path: &Path, source: std::io::Error) -> StoreError {
    let path: PathBuf = path.to_path_buf();
    match source.kind() {
        std::io::ErrorKind::AlreadyExists => StoreError::FileExists { path },
        std::io::ErrorKind::StorageFull => StoreError::Full { doing: DOING },
        _ => StoreError::File {
            path,
            source: Arc::new(source),
        },
    }
}
