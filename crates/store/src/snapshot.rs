//! A copy of the whole database at one moment, for backups.

use std::path::{Path, PathBuf};

use crate::Store;
use crate::error::{JobError, StoreError};

impl Store {
    /// Writes a copy of the database as it is now to `to`, encrypted with the same key and readable by
    /// this user only. Others go on reading and writing meanwhile. The copy needs no other file beside it.
    ///
    /// # Errors
    ///
    /// [`StoreError::FileExists`], or as every reading. A copy that is not whole is removed.
    pub async fn snapshot(&self, to: &Path) -> Result<(), StoreError> {
        const DOING: &str = "copying the database";
        let to: PathBuf = to.to_owned();
        let copied = to.clone();
        let outcome = self
            .read_alone(DOING, move |connection| {
                make_private(&copied)?;
                // SQLite writes into a file that is there only when it is empty. SQLCipher gives the
                // new database the key of this one.
                connection.execute("VACUUM INTO ?1", [copied.to_string_lossy()])?;
                Ok(())
            })
            .await;
        match outcome {
            Err(StoreError::FileExists { path }) => Err(StoreError::FileExists { path }),
            Err(error) => {
                let _ = std::fs::remove_file(&to);
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }
}

/// An empty file for this user only.
fn make_private(path: &Path) -> Result<(), JobError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::FileExists {
                path: path.to_owned(),
            }
            .into())
        }
        Err(error) if error.kind() == std::io::ErrorKind::StorageFull => Err(StoreError::Full {
            doing: "copying the database",
        }
        .into()),
        Err(_) => Err(StoreError::NotWritable {
            doing: "copying the database",
        }
        .into()),
    }
}
