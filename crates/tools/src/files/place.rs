//! Reaching a file or folder inside a grant.

use cap_std::fs::{Dir, File, OpenOptions};

use super::error::FileError;
use super::folders::Place;

/// The longest path that is looked at: what Linux takes at most.
pub(super) const PATH_BYTES_MAX: usize = 4096;

/// What the names of our own files in a granted folder begin with. Agents neither see nor reach them.
pub(super) const OURS: &str = ".hai-net-";

/// The trash inside each granted folder: on the same disk, so that a file gets there in one step.
pub(super) const TRASH: &str = ".hai-net-trash";

/// Whether a name is that of one of our own files, also where the disk takes large letters for small.
pub(super) fn is_ours(name: &str) -> bool {
    name.get(..OURS.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(OURS))
}

impl Place<'_> {
    /// The path inside the granted folder.
    pub(super) fn inside(&self) -> String {
        if self.parts.is_empty() {
            return ".".to_owned();
        }
        self.parts.join("/")
    }

    /// The path as agents write it.
    pub(super) fn shown(&self) -> String {
        let mut shown = self.root.name.clone();
        for part in &self.parts {
            shown.push('/');
            shown.push_str(part);
        }
        shown
    }

    /// The folder that it lies in, opened, and its name there.
    pub(super) fn parent(&self) -> Result<(Dir, &str), FileError> {
        let (name, above) = self.parts.split_last().ok_or(FileError::NotAFile)?;
        let dir = if above.is_empty() {
            self.root.dir.try_clone()
        } else {
            self.root.dir.open_dir(above.join("/"))
        };
        Ok((dir.map_err(FileError::of("opening the folder"))?, name))
    }

    /// As [`Self::parent`], for a change.
    pub(super) fn parent_to_change(&self) -> Result<(Dir, &str), FileError> {
        if !self.root.may_write {
            return Err(FileError::ReadOnly);
        }
        self.parent()
    }
}

/// Opens a plain file for reading. A pipe would wait for its writer and a device may act when it is
/// opened: neither is opened in the first place, and what was exchanged meanwhile is found afterwards.
pub(super) fn open_plain(dir: &Dir, path: &str) -> Result<(File, u64), FileError> {
    let before = dir
        .metadata(path)
        .map_err(FileError::of("looking at the file"))?;
    if !before.is_file() {
        return Err(FileError::NotAFile);
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = dir
        .open_with(path, &options)
        .map_err(FileError::of("opening the file"))?;
    let now = file
        .metadata()
        .map_err(FileError::of("looking at the file"))?;
    if !now.is_file() {
        return Err(FileError::NotAFile);
    }
    Ok((file, now.len()))
}
