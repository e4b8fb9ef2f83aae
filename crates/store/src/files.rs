//! Files and folders as this crate leaves them: for this user only, and on the disk when it says so.

use std::fs;
use std::path::{Path, PathBuf};

/// A file that SQLite keeps beside the database.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// Creates a folder that only this user can enter; one that is there is left as it is.
pub(crate) fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Creates the database file for this user only, or takes rights of others away from it, and
/// returns its length. SQLite gives the same rights to the files that it puts beside it.
pub(crate) fn make_file(path: &Path) -> std::io::Result<u64> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let found = file.metadata()?;
    tighten(&file, &found)?;
    if found.len() == 0 {
        sync_folder_of(path)?;
    }
    Ok(found.len())
}

/// Creates a file for this user only; one that is there is an error.
pub(crate) fn create_new(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Removes a file; `false` when there is none.
pub(crate) fn remove(path: &Path) -> std::io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Takes the rights of others away from a file of this user.
pub(crate) fn tighten(file: &fs::File, found: &fs::Metadata) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if found.permissions().mode() & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (file, found);
    Ok(())
}

/// Brings a new file's name to the disk, so that it is still there after a power cut.
pub(crate) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        fs::File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The owner's number where it is not this user; `None` where it is.
#[cfg(unix)]
pub(crate) fn other_owner(found: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    (found.uid() != rustix::process::geteuid().as_raw()).then(|| found.uid())
}

/// The owner's number where it is not this user; Windows keeps user folders apart by itself.
#[cfg(not(unix))]
pub(crate) fn other_owner(_found: &fs::Metadata) -> Option<u32> {
    None
}
