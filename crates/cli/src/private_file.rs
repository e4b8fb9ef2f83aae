//! A new file that only this user can read.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A place that is taken before there is something to put there: what is to be written can be had only
/// once. If nothing is written, the place is free again.
#[derive(Debug)]
pub(crate) struct PrivateFile {
    path: PathBuf,
    file: File,
    written: bool,
}

impl PrivateFile {
    /// Takes the place. A file that is there is never replaced.
    pub(crate) fn claim(path: &Path) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(file) => Ok(Self {
                path: path.to_owned(),
                file,
                written: false,
            }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let message = format!("{} is there already, and stays.", path.display());
                Err(Failure::usage(message))
            }
            Err(error) => Err(Failure::file("written", path, &error)),
        }
    }

    /// Writes, and returns when it is on the disk.
    pub(crate) fn write(mut self, text: &str) -> Result<PathBuf, Failure> {
        let written = self
            .file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_all());
        written.map_err(|error| Failure::file("written", &self.path, &error))?;
        self.written = true;
        Ok(self.path.clone())
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if !self.written {
            // What stays is empty or half a file that was told to be none.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn file_is_private_from_the_first_moment_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words");
        let claimed = PrivateFile::claim(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(PrivateFile::claim(&path).is_err(), "the place is taken");
        claimed.write("one two\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one two\n");
        assert!(PrivateFile::claim(&path).is_err(), "what is there stays");
    }

    #[test]
    fn place_that_was_not_used_is_free_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words");
        drop(PrivateFile::claim(&path).unwrap());
        assert!(!path.exists());
    }
}
