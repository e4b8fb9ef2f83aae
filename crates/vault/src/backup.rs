//! Backups: everything of a hub in one encrypted file, made, checked and restored as a stream.
//!
//! The file is an envelope like the vault's, so that passphrase and recovery words open it, with a tar
//! archive inside: `vault.cbor`, `settings.json`, `hai-net.db` (still encrypted with the store's key)
//! and last `manifest.json` with the SHA-256 of each. With the identity that [`age_identity`] gives, the
//! plain `age` and `tar` programs open it.

mod making;
mod reading;
mod restoring;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use base::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::Key;
use crate::did::Did;
use crate::envelope::{self, OpenError};
use crate::error::BackupError;

pub use making::create;
pub use reading::verify;
pub use restoring::restore;

/// What a backup is called inside, before the number of its format.
const FORMAT_NAME: &str = "hai-net-backup/";

/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;

const VAULT: &str = "vault.cbor";
const SETTINGS: &str = "settings.json";
const DATABASE: &str = "hai-net.db";
const MANIFEST: &str = "manifest.json";

/// The most bytes of the settings and of the manifest.
const SMALL_BYTES_MAX: usize = 1024 * 1024;

/// How much is copied between two looks at whether to go on.
const STEP_BYTES: usize = 256 * 1024;

/// What stands at the end of a backup.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: String,
    made_ms: u64,
    /// The version of the program.
    version: String,
    /// Whose it is, for whoever opens it without this program.
    did: String,
    name: String,
    files: Vec<Entry>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    name: String,
    bytes: u64,
    sha256: String,
}

/// What a backup is, after it was read to its end and found whole.
#[derive(Debug, Clone)]
pub struct Report {
    /// Whose it is.
    pub did: Did,
    /// The owner's name.
    pub name: String,
    /// When it was made.
    pub made: Timestamp,
    /// The size of the file.
    pub bytes: u64,
}

/// The identity that opens the backup or vault in `path` with the plain `age` program.
///
/// # Errors
/// The key does not open it, or it cannot be read.
pub fn age_identity(path: &Path, key: &Key<'_>) -> Result<Zeroizing<String>, BackupError> {
    let file = open_file(path)?;
    Ok(envelope::open(BufReader::new(file), key)
        .map_err(|error| sorted(path, error))?
        .secret)
}

fn open_file(path: &Path) -> Result<File, BackupError> {
    // Looked at before it is opened: opening a pipe would wait for ever.
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => {
            return Err(BackupError::Damaged {
                reason: "it is no file",
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BackupError::NoFile {
                path: path.to_owned(),
            });
        }
        Err(error) => return Err(BackupError::reading(path, error)),
    }
    File::open(path).map_err(|error| BackupError::reading(path, error))
}

/// How far the work is.
struct Steps<F> {
    progress: F,
    done: u64,
    total: u64,
    cancelled: bool,
}

/// Takes the digest of what passes, tells how far it is, and stops when asked to.
struct Hashing<'a, R, F> {
    inner: R,
    hash: Sha256,
    steps: &'a mut Steps<F>,
}

impl<R: Read, F: FnMut(u64, u64) -> ControlFlow<()>> Read for Hashing<'_, R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let steps = &mut *self.steps;
        if (steps.progress)(steps.done, steps.total).is_break() {
            steps.cancelled = true;
            return Err(io::Error::other("stopped"));
        }
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        steps.done += read as u64;
        Ok(read)
    }
}

fn entry(name: &str, bytes: u64, digest: impl AsRef<[u8]>) -> Entry {
    use std::fmt::Write as _;
    let sha256 = digest
        .as_ref()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
    Entry {
        name: name.to_owned(),
        bytes,
        sha256,
    }
}

fn sorted(path: &Path, error: OpenError) -> BackupError {
    match error {
        OpenError::Damaged(reason) => BackupError::Damaged { reason },
        OpenError::Newer(_) => BackupError::Newer,
        OpenError::Cost(_) => BackupError::Damaged {
            reason: "it asks for a cost that no backup of ours asks for",
        },
        OpenError::WrongKey => BackupError::WrongKey,
        OpenError::Io(source) => BackupError::reading(path, source),
    }
}
