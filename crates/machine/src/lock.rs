//! The lock on a data folder: two hubs never run on one.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Held by the one hub that runs on a data folder. Let go when dropped, or when the process dies.
#[derive(Debug)]
pub struct DataFolderLock {
    _file: File,
}

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// A hub runs on this folder already.
    #[error("another HAI-Net{} is using the data folder {}", by(*.pid), folder.display())]
    Taken {
        /// The folder.
        folder: PathBuf,
        /// The process that holds it, where that can be told.
        pid: Option<u32>,
    },
    /// The lock file cannot be opened or written.
    #[error("the lock file {} cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

fn by(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})"))
        .unwrap_or_default()
}

/// More digits than any process id has.
const PID_DIGITS_MAX: u64 = 20;

impl DataFolderLock {
    /// Takes the lock of `folder`, which must exist. Does not wait.
    ///
    /// # Errors
    /// Another process holds it, or the file cannot be used.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join("lock");
        let io_error = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        let mut options = OpenOptions::new();
        // Not truncated on opening: the file tells who holds the lock.
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(io_error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = read_pid(&mut file);
                return Err(LockError::Taken {
                    folder: folder.to_path_buf(),
                    pid,
                });
            }
            Err(TryLockError::Error(error)) => return Err(io_error(error)),
        }
        file.set_len(0).map_err(io_error)?;
        file.seek(SeekFrom::Start(0)).map_err(io_error)?;
        writeln!(file, "{}", std::process::id()).map_err(io_error)?;
        Ok(Self { _file: file })
    }

    /// Whether a hub runs on `folder`. Only looks: nothing is created or written, since the folder may
    /// be somebody else's.
    #[must_use]
    pub fn is_taken(folder: &Path) -> bool {
        let file = OpenOptions::new().read(true).open(folder.join("lock"));
        // A lock that is got here is let go at once, when the file is closed.
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(PID_DIGITS_MAX).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_hub_on_a_folder_is_told_which_process_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let _first = DataFolderLock::take(folder.path()).unwrap();
        let refused = DataFolderLock::take(folder.path()).expect_err("it is taken");
        let LockError::Taken { pid, .. } = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(pid, Some(std::process::id()));
    }

    #[test]
    fn looking_whether_a_folder_is_taken_puts_nothing_into_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!DataFolderLock::is_taken(folder.path()));
        assert_eq!(
            folder.path().read_dir().unwrap().count(),
            0,
            "nothing was created"
        );
        let held = DataFolderLock::take(folder.path()).unwrap();
        assert!(DataFolderLock::is_taken(folder.path()));
        drop(held);
        assert!(!DataFolderLock::is_taken(folder.path()));
    }

    #[test]
    fn lock_is_free_again_after_its_holder_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        drop(DataFolderLock::take(folder.path()).unwrap());
        DataFolderLock::take(folder.path()).expect("the first holder let go");
    }

    #[test]
    fn missing_folder_is_an_error_and_not_a_taken_lock() {
        let folder = tempfile::tempdir().unwrap();
        let refused = DataFolderLock::take(&folder.path().join("missing"));
        assert!(matches!(refused, Err(LockError::Io { .. })), "{refused:?}");
    }
}
