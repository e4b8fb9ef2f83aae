//! Small private files that are there whole or not at all.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::VaultError;

/// Reads a file of at most so many bytes; `None` when there is none.
pub(crate) fn read(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, VaultError> {
    let told = |source| VaultError::reading(path, source);
    // Looked at before it is opened: opening a pipe would wait for ever.
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(told(error)),
    };
    if !is_ours(&found) {
        return Err(VaultError::OtherUser {
            path: path.to_owned(),
        });
    }
    if !found.is_file() || found.len() > bytes_max {
        return Err(VaultError::Damaged {
            path: path.to_owned(),
            reason: "it is no small file",
        });
    }
    let file = fs::File::open(path).map_err(told)?;
    tighten(&file, &found).map_err(told)?;
    let mut bytes = Vec::new();
    file.take(bytes_max).read_to_end(&mut bytes).map_err(told)?;
    Ok(Some(bytes))
}

/// Puts a file in the place of another, or where none was, and brings it to the disk.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let draft = draft_of(path);
    let written = write_new(&draft, bytes)
        .and_then(|()| fs::rename(&draft, path))
        .and_then(|()| sync_folder_of(path));
    written.map_err(|source| {
        let _ = fs::remove_file(&draft);
        VaultError::writing(path, source)
    })
}

/// Makes a file that is not there yet, whole or not at all, and brings it to the disk.
///
/// It is written under another name and then linked, which fails when `path` is there already. Where the
/// file system knows no links, it is renamed.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let draft = draft_of(path);
    let written = write_new(&draft, bytes)
        .and_then(|()| place_new(&draft, path))
        .and_then(|()| sync_folder_of(path));
    let _ = fs::remove_file(&draft);
    written.map_err(|source| match (source.kind(), path.parent()) {
        (io::ErrorKind::AlreadyExists, Some(folder)) => VaultError::Exists {
            folder: folder.to_owned(),
        },
        _ => VaultError::writing(path, source),
    })
}

/// Gives a file its name, which nothing may have yet. The old name may stay.
pub(crate) fn place_new(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(draft, path),
        Ok(()) => Ok(()),
    }
}

/// A name beside the file that nobody else uses.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(format!(".{:016x}.new", rand::random::<u64>()));
    PathBuf::from(name)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Creates a file that is not there yet, for this user only.
pub(crate) fn create_private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Brings the name of a file to the disk.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let here = Path::new(".");
        let folder = if folder.as_os_str().is_empty() {
            here
        } else {
            folder
        };
        match fs::File::open(folder)?.sync_all() {
            // Some file systems, on memory sticks and over the network, cannot do this to a folder.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
                ) => {}
            other => return other,
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Overwrites a file and removes it; one that is not there is no error.
///
/// On a disk with wear levelling the old bytes can survive elsewhere on the medium; what makes them
/// useless is that the file was encrypted.
pub(crate) fn shred(path: &Path) -> Result<(), VaultError> {
    let told = |source| VaultError::writing(path, source);
    let length = match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => found.len(),
        Ok(_) => 0,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(told(error)),
    };
    if length > 0 {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(told)?;
        let noise = vec![0; usize::try_from(length).unwrap_or(0)];
        file.write_all(&noise)
            .and_then(|()| file.sync_all())
            .map_err(told)?;
    }
    fs::remove_file(path)
        .and_then(|()| sync_folder_of(path))
        .map_err(told)
}

#[cfg(unix)]
fn is_ours(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(found) == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_ours(_found: &fs::Metadata) -> bool {
    true
}

/// Takes the rights of others away.
fn tighten(file: &fs::File, found: &fs::Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if found.permissions().mode() & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (file, found);
    Ok(())
}
