//! What can go wrong with a vault and with a backup.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Why a vault was not opened, made or written. Its file is as it was before.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is none.
    #[error("there is no vault in {}", folder.display())]
    Absent {
        /// The folder.
        folder: PathBuf,
    },
    /// There is one already, and it is never overwritten.
    #[error("there is a vault in {} already", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// The file is not whole.
    #[error("the vault {} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A newer program has written it.
    #[error(
        "the vault has format {found}, and this program knows up to {known}: use the newer program"
    )]
    Newer {
        /// The format of the file.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
    /// The passphrase or the words do not open it.
    #[error("this does not open the vault")]
    WrongKey,
    /// Trying a passphrase would cost too little or absurdly much.
    #[error("the vault asks for {memory_kib} KiB and {passes} passes, which no vault of ours does")]
    CostRefused {
        /// Memory that it asks for.
        memory_kib: u32,
        /// Passes that it asks for.
        passes: u32,
    },
    /// After wrong passphrases the next has to wait.
    #[error("the next passphrase can be tried in {} seconds", seconds(*wait))]
    BackOff {
        /// For how long.
        wait: Duration,
    },
    /// The name or a detail is too long.
    #[error("the name or a personal detail is too long")]
    TooLong,
    /// A statement could not be signed.
    #[error("the certificate of this device cannot be made")]
    Statement(#[from] crate::StatementError),
    /// The file belongs to another user, who could know or change it.
    #[error("{} belongs to another user", path.display())]
    OtherUser {
        /// The file.
        path: PathBuf,
    },
    /// This user may not write there, or the disk is read-only.
    #[error("no permission to write {}", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
    },
    /// No space is left.
    #[error("the disk was full while {} was written", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read or written.
    #[error("{} could not be {done}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        done: &'static str,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
}

fn seconds(wait: Duration) -> u64 {
    wait.as_millis()
        .div_ceil(1_000)
        .try_into()
        .unwrap_or(u64::MAX)
}

impl VaultError {
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        Self::io(path, "read", source)
    }

    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full {
                path: path.to_owned(),
            },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable {
                    path: path.to_owned(),
                }
            }
            _ => Self::io(path, "written", source),
        }
    }

    fn io(path: &Path, done: &'static str, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            done,
            source: Arc::new(source),
        }
    }
}

/// Why the keychain did not help.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KeychainError {
    /// This computer has no keychain, or none that runs.
    #[error("this computer has no keychain that runs")]
    Missing,
    /// The keychain has nothing from us for this data folder.
    #[error("the keychain has no key for this data folder")]
    NoItem,
    /// The keychain is locked.
    #[error("the keychain is locked")]
    Locked,
    /// The keychain does not answer.
    #[error("the keychain did not answer within {} seconds", crate::keychain::PATIENCE.as_secs())]
    Hanging,
    /// What is in the keychain is not what was put there.
    #[error("what the keychain holds for this data folder is damaged")]
    Garbled,
    /// The keys of other services are longer together than an item may be.
    #[error("the keys are longer together than the keychain takes")]
    TooMany,
    /// What is in the keychain is of another vault.
    #[error("the keychain holds the key of another vault")]
    OtherVault,
    /// The keychain gave the key, and the vault cannot be used.
    #[error("the keychain gave the key, and the vault cannot be used")]
    Vault(#[source] VaultError),
    /// The keychain refused.
    #[error("the keychain refused: {reason}")]
    Failed {
        /// What it said.
        reason: String,
    },
}

/// Why a backup was not made, read or restored.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is a file of this name, and it is not overwritten.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("there is no file {}", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// The folder to restore into is not empty.
    #[error("{} has a vault or a database already", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// It is no backup, or it is not whole.
    #[error("the backup is not whole: {reason}")]
    Damaged {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A newer program has made it.
    #[error("the backup was made by a newer version of HAI-Net: use that one")]
    Newer,
    /// The passphrase or the words do not open it.
    #[error("this does not open the backup")]
    WrongKey,
    /// A person stopped it.
    #[error("it was stopped")]
    Cancelled,
    /// This user may not write there, or the disk is read-only.
    #[error("no permission to write {}", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
    },
    /// No space is left.
    #[error("the disk was full while {} was written", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The vault could not be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A file could not be read or written.
    #[error("{} could not be {done}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        done: &'static str,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
}

impl BackupError {
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            done: "read",
            source: Arc::new(source),
        }
    }

    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable { path }
            }
            _ => Self::Io {
                path,
                done: "written",
                source: Arc::new(source),
            },
        }
    }
}
