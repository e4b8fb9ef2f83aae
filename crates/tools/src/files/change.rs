//! Writing files, and moving them to the trash and back.

use std::io::{Read as _, Write as _};

use cap_std::fs::{Dir, File, OpenOptions};

use super::error::FileError;
use super::folders::{Folders, Place};
use super::place::{OURS, TRASH, open_plain};

/// The largest file that is written: agents write texts.
const WRITTEN_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The largest file that is overwritten: its old bytes are kept so that the person can undo.
const REPLACED_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Tries to find a free name: each taken one was left behind by a crash, or belongs to a writer beside us.
const NAME_TRIES: usize = 1000;

/// What writing a file changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The path, as the other calls take it.
    pub path: String,
    /// How many bytes the file has now.
    pub bytes: u64,
    /// What it held before, for undo: writing this brings it back. Without it the file is new, and undo is
    /// to move it to the trash.
    pub before: Option<Vec<u8>>,
}

/// Something in the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trashed {
    /// The path where it was.
    pub path: String,
    /// Its number in the trash of that granted folder.
    pub number: u32,
}

impl Folders {
    /// Writes a file, a new one or in place of another, in one step: after a crash it holds the old bytes
    /// or the new ones. Folders on the way are not made.
    ///
    /// # Errors
    /// The path leads out, the folder is for reading, there is something else than a file, or the system
    /// refused; then the old file is untouched.
    pub fn write(&self, path: &str, content: &[u8]) -> Result<Written, FileError> {
        let place = self.place(path)?;
        let (dir, name) = place.parent_to_change()?;
        if content.len() as u64 > WRITTEN_BYTES_MAX {
            return Err(FileError::TooLarge {
                bytes: content.len() as u64,
                max: WRITTEN_BYTES_MAX,
            });
        }
        let before = old_file(&dir, name)?;
        let (part, mut file) = new_part(&dir)?;
        let written = fill(&mut file, content, before.as_ref().map(|(file, _)| file))
            .and_then(|()| {
                dir.rename(&part, &dir, name)
                    .map_err(FileError::of("putting the file in place"))
            })
            .and_then(|()| settle(&dir));
        if let Err(fault) = written {
            // Where the rename went through, there is no part any more.
            let _ = dir.remove_file(&part);
            return Err(fault);
        }
        Ok(Written {
            path: place.shown(),
            bytes: content.len() as u64,
            before: before.map(|(_, bytes)| bytes),
        })
    }

    /// Makes a folder; the one around it is there already.
    ///
    /// # Errors
    /// The path leads out, the folder around it is for reading or not there, or the name is taken.
    pub fn make_folder(&self, path: &str) -> Result<String, FileError> {
        let place = self.place(path)?;
        let (dir, name) = place.parent_to_change()?;
        match dir.create_dir(name) {
            Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(FileError::Taken)
            }
            made => made.map_err(FileError::of("making the folder")),
        }?;
        settle(&dir)?;
        Ok(place.shown())
    }

    /// Moves a file, link or folder to the trash of its granted folder.
    ///
    /// # Errors
    /// The path leads out, to the granted folder itself, to nothing, or the folder is for reading.
    pub fn trash(&self, path: &str) -> Result<Trashed, FileError> {
        let place = self.place(path)?;
        let (dir, name) = place.parent_to_change()?;
        dir.symlink_metadata(name)
            .map_err(FileError::of("looking at the file"))?;
        let (number, slot) = new_slot(&place)?;
        if let Err(fault) = dir.rename(name, &slot, name) {
            let _ = trash_of(&place)?.remove_dir(number.to_string());
            return Err(FileError::of("moving the file to the trash")(fault));
        }
        settle(&slot)?;
        settle(&dir)?;
        Ok(Trashed {
            path: place.shown(),
            number,
        })
    }

    /// Brings something back from the trash to where it was.
    ///
    /// # Errors
    /// It is not in the trash any more, its folder is gone, or something else has its name.
    pub fn restore(&self, trashed: &Trashed) -> Result<(), FileError> {
        let place = self.place(&trashed.path)?;
        let (dir, name) = place.parent_to_change()?;
        let trash = trash_of(&place)?;
        let slot = trash
            .open_dir(trashed.number.to_string())
            .map_err(FileError::of("opening the trash"))?;
        slot.symlink_metadata(name)
            .map_err(FileError::of("looking into the trash"))?;
        if dir.symlink_metadata(name).is_ok() {
            return Err(FileError::Taken);
        }
        slot.rename(name, &dir, name)
            .map_err(FileError::of("bringing the file back"))?;
        settle(&dir)?;
        trash
            .remove_dir(trashed.number.to_string())
            .map_err(FileError::of("clearing its place in the trash"))
    }
}

/// The file that is overwritten, and its bytes. A link is not: it may lead to a file that somebody else
/// relies on.
fn old_file(dir: &Dir, name: &str) -> Result<Option<(File, Vec<u8>)>, FileError> {
    match dir.symlink_metadata(name) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(FileError::of("looking at the file")(fault)),
        Ok(metadata) if !metadata.is_file() => return Err(FileError::NotAFile),
        Ok(_) => {}
    }
    let (mut file, bytes) = open_plain(dir, name)?;
    if bytes > REPLACED_BYTES_MAX {
        return Err(FileError::TooLarge {
            bytes,
            max: REPLACED_BYTES_MAX,
        });
    }
    let mut before = Vec::new();
    (&mut file)
        .take(REPLACED_BYTES_MAX)
        .read_to_end(&mut before)
        .map_err(FileError::of("reading the old file"))?;
    Ok(Some((file, before)))
}

fn new_part(dir: &Dir) -> Result<(String, File), FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    for number in 0..NAME_TRIES {
        let name = format!("{OURS}part-{}-{number}", std::process::id());
        match dir.open_with(&name, &options) {
            Ok(file) => return Ok((name, file)),
            Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(fault) => return Err(FileError::of("making the new file")(fault)),
        }
    }
    Err(FileError::Taken)
}

fn fill(file: &mut File, content: &[u8], old: Option<&File>) -> Result<(), FileError> {
    let writing = FileError::of("writing the file");
    if let Some(old) = old {
        let rights = old.metadata().map_err(&writing)?.permissions();
        file.set_permissions(rights).map_err(&writing)?;
    }
    file.write_all(content).map_err(&writing)?;
    file.sync_all().map_err(&writing)
}

/// A change of a name is on disk when its folder is.
fn settle(dir: &Dir) -> Result<(), FileError> {
    if cfg!(unix) {
        let settling = FileError::of("saving the folder");
        let handle = dir.open(".").map_err(&settling)?;
        handle.sync_all().map_err(&settling)?;
    }
    Ok(())
}

fn trash_of(place: &Place<'_>) -> Result<Dir, FileError> {
    let root = &place.root.dir;
    match root.create_dir(TRASH) {
        Err(fault) if fault.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(FileError::of("making the trash")(fault));
        }
        Ok(()) | Err(_) => {}
    }
    root.open_dir(TRASH)
        .map_err(FileError::of("opening the trash"))
}

/// A new folder in the trash: each thing lies in one of its own, under its own name.
fn new_slot(place: &Place<'_>) -> Result<(u32, Dir), FileError> {
    let trash = trash_of(place)?;
    let opening = FileError::of("opening the trash");
    let last = trash
        .entries()
        .map_err(&opening)?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .unwrap_or(0);
    for number in (last..u32::MAX).skip(1).take(NAME_TRIES) {
        match trash.create_dir(number.to_string()) {
            Ok(()) => {
                let slot = trash.open_dir(number.to_string()).map_err(&opening)?;
                return Ok((number, slot));
            }
            Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(fault) => return Err(opening(fault)),
        }
    }
    Err(FileError::Taken)
}
