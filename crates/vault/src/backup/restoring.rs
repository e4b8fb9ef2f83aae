//! Putting a backup into an empty data folder.
//!
//! Nothing takes its place before the whole backup was found good: the database waits under another
//! name, and so does the new vault. Then the database gets its name, and after it the vault. Where that
//! is cut off in between, a database is left without a vault beside a vault that waits: the next attempt
//! knows this and begins anew.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use base::Timestamp;

use super::{DATABASE, reading};
use crate::error::BackupError;
use crate::open::{OpenVault, VAULT_FILE};
use crate::passphrase::Passphrase;
use crate::{Key, files};

/// What stands behind the name of a file that waits for its place.
const WAITING: &str = ".restoring";

/// The key file of a hub without an owner. Where there is one, the database belongs to it.
const PLAIN_KEY_FILE: &str = "hai-net.key";

/// Puts a backup into a data folder that has neither a vault nor a database.
///
/// An attempt that was cut off can be tried again.
///
/// # Errors
/// Each cause has its own [`BackupError`]; the folder is as it was then.
pub fn restore(
    path: &Path,
    key: &Key<'_>,
    folder: &Path,
    passphrase: &Passphrase,
    device_label: &str,
    now: Timestamp,
    progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<OpenVault, BackupError> {
    let place = Place::of(folder);
    place.take_back()?;
    place.refuse_taken()?;
    place.clear();
    let restored = reading::read(path, key, progress, Some(&place.waiting_database)).and_then(
        |(_, contents)| {
            let open = OpenVault::from_backup(folder, contents, passphrase, device_label, now)?;
            files::create(&place.waiting_vault, &open.sealed()?)?;
            place.settle()?;
            Ok(open)
        },
    );
    place.clear();
    restored
}

/// The names of the files of one data folder.
struct Place {
    database: PathBuf,
    vault: PathBuf,
    waiting_database: PathBuf,
    waiting_vault: PathBuf,
    plain_key: PathBuf,
}

impl Place {
    fn of(folder: &Path) -> Self {
        Self {
            database: folder.join(DATABASE),
            vault: folder.join(VAULT_FILE),
            waiting_database: folder.join(format!("{DATABASE}{WAITING}")),
            waiting_vault: folder.join(format!("{VAULT_FILE}{WAITING}")),
            plain_key: folder.join(PLAIN_KEY_FILE),
        }
    }

    /// Takes back the name that an attempt gave to its database before it was cut off.
    fn take_back(&self) -> Result<(), BackupError> {
        let was_cut_off = exists(&self.waiting_vault)
            && exists(&self.database)
            && !exists(&self.vault)
            && !exists(&self.plain_key);
        if was_cut_off {
            rename(&self.database, &self.waiting_database)?;
        }
        Ok(())
    }

    /// Gives both files their names; on failure neither has it.
    fn settle(&self) -> Result<(), BackupError> {
        self.refuse_taken()?;
        rename(&self.waiting_database, &self.database)?;
        if let Err(error) = rename(&self.waiting_vault, &self.vault) {
            // It is still in the backup, and of no use without the vault.
            let _ = std::fs::remove_file(&self.database);
            return Err(error);
        }
        Ok(())
    }

    fn refuse_taken(&self) -> Result<(), BackupError> {
        match self.database.parent() {
            Some(folder) if exists(&self.database) || exists(&self.vault) => {
                Err(BackupError::NotEmpty {
                    folder: folder.to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Removes what waits. The database goes first: the vault that waits is what tells of an attempt.
    fn clear(&self) {
        for path in [&self.waiting_database, &self.waiting_vault] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!("{} could not be removed: {error}", path.display());
                }
                _ => {}
            }
        }
    }
}

/// Gives a file another name, on the disk too.
fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    std::fs::rename(from, to)
        .and_then(|()| files::sync_folder_of(to))
        .map_err(|error| BackupError::writing(to, error))
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
