//! Where files live: the data folder, the model folder and the control socket.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Bytes that the path of a Unix socket may have, its closing zero included (108 on Linux, 104 on
/// macOS; the smaller is kept everywhere).
const SOCKET_PATH_BYTES_MAX: usize = 104;

/// The folders and the socket of one hub.
///
/// - **Data folder**: conversations, settings, keys. The one that the caller names, else the
///   user's: `${XDG_DATA_HOME:-~/.local/share}/hai-net` on Linux. Each has a hub of its own.
/// - **Model folder**: one for all data folders of a user, since models are large and no secret:
///   `HAI_NET_MODEL_DIR`, else `models` in the user's own data folder, also when the data folder is
///   elsewhere.
/// - **Control socket**: in `$XDG_RUNTIME_DIR/hai-net` where that exists, else in the data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    data: PathBuf,
    models: PathBuf,
    runtime: Option<PathBuf>,
    is_default_data: bool,
}

/// Why no paths can be named.
#[derive(Debug, thiserror::Error)]
pub enum PathsError {
    /// The user has no home folder.
    #[error("this user has no home folder: name a data folder with --data-dir or HAI_NET_DATA_DIR")]
    NoHome,
    /// The data folder's path cannot be made absolute.
    #[error("the data folder {0} cannot be found from here", path.display())]
    NotAbsolute {
        /// As it was given.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// No place is left where the socket's path is short enough.
    #[error(
        "the path of the control socket is too long ({} bytes, {} allowed): choose a shorter data folder",
        path.as_os_str().len(), SOCKET_PATH_BYTES_MAX - 1
    )]
    SocketPathTooLong {
        /// The path that was too long.
        path: PathBuf,
    },
}

impl Paths {
    /// The paths of the hub on `data_dir`, or on the user's own data folder. Creates nothing.
    ///
    /// # Errors
    /// The user has no home folder and names none.
    pub fn new(data_dir: Option<PathBuf>) -> Result<Self, PathsError> {
        Self::from_surroundings(data_dir, user_data_folder(), |name| std::env::var_os(name))
    }

    fn from_surroundings(
        data_dir: Option<PathBuf>,
        user_folder: Option<PathBuf>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, PathsError> {
        let user_folder = user_folder.map(|folder| settle(&folder));
        let data = match data_dir.filter(|path| !path.as_os_str().is_empty()) {
            Some(path) => {
                let absolute = std::path::absolute(&path)
                    .map_err(|source| PathsError::NotAbsolute { path, source })?;
                settle(&absolute)
            }
            None => user_folder.clone().ok_or(PathsError::NoHome)?,
        };
        let folder = |name| {
            variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let models = folder("HAI_NET_MODEL_DIR")
            .or_else(|| user_folder.as_ref().map(|user| user.join("models")))
            .unwrap_or_else(|| data.join("models"));
        let runtime = folder("XDG_RUNTIME_DIR").filter(|path| path.is_dir() && is_ours(path));
        let is_default_data = user_folder.as_ref() == Some(&data);
        Ok(Self {
            data,
            models,
            runtime,
            is_default_data,
        })
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The one folder where models lie.
    #[must_use]
    pub fn models(&self) -> &Path {
        &self.models
    }

    /// The folder of the control socket.
    #[must_use]
    pub fn runtime(&self) -> PathBuf {
        self.runtime
            .as_ref()
            .map_or_else(|| self.data.clone(), |path| path.join("hai-net"))
    }

    /// Where the hub of this data folder listens: `hub.sock` for the user's own data folder, else
    /// `hub-<16 hex digits of its path>.sock`, so that each data folder has its hub.
    ///
    /// # Errors
    /// No path is short enough for a socket.
    pub fn socket(&self) -> Result<PathBuf, PathsError> {
        let name = if self.is_default_data {
            "hub.sock".to_owned()
        } else {
            let digest = Sha256::digest(self.data.as_os_str().as_encoded_bytes());
            let hex: String = digest[..8]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("hub-{hex}.sock")
        };
        let path = self.runtime().join(name);
        if path.as_os_str().len() < SOCKET_PATH_BYTES_MAX {
            Ok(path)
        } else {
            Err(PathsError::SocketPathTooLong { path })
        }
    }

    /// Creates the data folder, the model folder and the folder of the socket, for this user only.
    ///
    /// # Errors
    /// A folder cannot be created, or it belongs to another user.
    pub fn create(&self) -> Result<(), FolderError> {
        make_private_folder(&self.data)?;
        make_private_folder(&self.runtime())?;
        // Models are no secret and may be shared by several users of a machine: any folder will do.
        if !self.models.is_dir() {
            make_private_folder(&self.models)?;
        }
        Ok(())
    }
}

/// The user's own data folder.
fn user_data_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "hai-net").map(|found| found.data_dir().to_path_buf())
}

/// The path without links in the part of it that exists, so that one folder has one name.
fn settle(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let Ok(real) = ancestor.canonicalize() {
            let rest = path.strip_prefix(ancestor).unwrap_or(Path::new(""));
            return if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            };
        }
    }
    path.to_path_buf()
}

/// Why a private folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be created or looked at.
    #[error("the folder {} cannot be created or read", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// There is a file of that name.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// Somebody else owns it.
    #[error(
        "the folder {} belongs to another user: choose another one, or become that user",
        path.display()
    )]
    BelongsToAnother {
        /// The folder.
        path: PathBuf,
        /// The owner's number.
        owner: u32,
    },
    /// Others may write into it.
    #[error("other users may write into {}: run `chmod go-w` on it", path.display())]
    WritableByOthers {
        /// The folder.
        path: PathBuf,
    },
}

/// Makes sure that `path` is a folder which only this user can change.
///
/// A new folder is closed to all others (0700), and so is an empty one. One that has files already
/// keeps its permissions, since it may be a folder that the person shares for reading; it is refused
/// only where others could write.
///
/// # Errors
/// It cannot be created, is no folder, belongs to another user, or others may write into it.
pub fn make_private_folder(path: &Path) -> Result<(), FolderError> {
    let io_error = |source| FolderError::Io {
        path: path.to_path_buf(),
        source,
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(FolderError::NotAFolder {
                path: path.to_path_buf(),
            });
        }
        Err(error) => return Err(io_error(error)),
    }
    let metadata = path.metadata().map_err(io_error)?;
    if !metadata.is_dir() {
        return Err(FolderError::NotAFolder {
            path: path.to_path_buf(),
        });
    }
    check_privacy(path, &metadata)
}

#[cfg(unix)]
fn check_privacy(path: &Path, metadata: &std::fs::Metadata) -> Result<(), FolderError> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let io_error = |source| FolderError::Io {
        path: path.to_path_buf(),
        source,
    };
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        let owner = metadata.uid();
        return Err(FolderError::BelongsToAnother {
            path: path.to_path_buf(),
            owner,
        });
    }
    let mode = metadata.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let is_empty = path.read_dir().map_err(io_error)?.next().is_none();
    if is_empty {
        let private = std::fs::Permissions::from_mode(0o700);
        return std::fs::set_permissions(path, private).map_err(io_error);
    }
    if mode & 0o022 != 0 {
        return Err(FolderError::WritableByOthers {
            path: path.to_path_buf(),
        });
    }
    Ok(())
}

/// Elsewhere the user's profile is closed to others by the operating system's own access lists.
#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the same signature on all systems"
)]
fn check_privacy(_path: &Path, _metadata: &std::fs::Metadata) -> Result<(), FolderError> {
    Ok(())
}

#[cfg(unix)]
fn is_ours(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    path.metadata()
        .is_ok_and(|found| found.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_ours(_path: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests;
