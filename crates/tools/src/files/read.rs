//! Listing folders and reading files.

use std::io::Read as _;
use std::time::SystemTime;

use cap_std::fs::Metadata;

use super::error::FileError;
use super::folders::Folders;
use super::place::{is_ours, open_plain};

/// The largest file that is read as text: more than a model can be given at once.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;

/// The largest file that is read as bytes: as large as a document may be.
const FILE_BYTES_MAX: u64 = crate::documents::DOCUMENT_BYTES_MAX as u64;

/// Entries that a listing holds at most: a person scrolls no further, and a model reads no further.
const LISTED_MAX: usize = 1000;

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// A link, a device, a pipe: shown, and neither followed nor opened by a search.
    Other,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path, as the other calls take it.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// How large the file is; zero for anything else.
    pub bytes: u64,
    /// When it was last changed, where the system tells.
    pub changed: Option<SystemTime>,
}

/// What lies in a folder, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Whether there are more entries than a listing holds.
    pub cut: bool,
}

/// The text of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Its path, as the other calls take it.
    pub path: String,
    /// The text.
    pub text: String,
}

impl Folders {
    /// What lies in a folder. Names that are not text, and our own files, are left out.
    ///
    /// # Errors
    /// The path leads out, or to nothing that can be listed.
    pub fn list(&self, path: &str) -> Result<Listing, FileError> {
        let place = self.place(path)?;
        let listing = FileError::of("listing the folder");
        let mut entries = Vec::new();
        let mut cut = false;
        for entry in place.root.dir.read_dir(place.inside()).map_err(&listing)? {
            let entry = entry.map_err(&listing)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if is_ours(&name) {
                continue;
            }
            if entries.len() == LISTED_MAX {
                cut = true;
                break;
            }
            // It may be gone by now.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            entries.push(told(format!("{}/{name}", place.shown()), &metadata));
        }
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Listing { entries, cut })
    }

    /// The text of a file.
    ///
    /// # Errors
    /// The path leads out, to something else than a file, or to one that is too large or holds no text.
    pub fn read_text(&self, path: &str) -> Result<TextFile, FileError> {
        let (path, bytes) = self.read_up_to(path, TEXT_BYTES_MAX)?;
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(TextFile { path, text }),
            Ok(_) | Err(_) => Err(FileError::NotText),
        }
    }

    /// The bytes of a file, for [`crate::documents::read`].
    ///
    /// # Errors
    /// The path leads out, to something else than a file, or to one that is too large.
    pub fn read_bytes(&self, path: &str) -> Result<Vec<u8>, FileError> {
        Ok(self.read_up_to(path, FILE_BYTES_MAX)?.1)
    }

    fn read_up_to(&self, path: &str, max: u64) -> Result<(String, Vec<u8>), FileError> {
        let place = self.place(path)?;
        let (file, bytes) = open_plain(&place.root.dir, &place.inside())?;
        if bytes > max {
            return Err(FileError::TooLarge { bytes, max });
        }
        // It may grow meanwhile.
        let mut content = Vec::new();
        file.take(max + 1)
            .read_to_end(&mut content)
            .map_err(FileError::of("reading the file"))?;
        if content.len() as u64 > max {
            return Err(FileError::TooLarge {
                bytes: content.len() as u64,
                max,
            });
        }
        Ok((place.shown(), content))
    }
}

fn told(path: String, metadata: &Metadata) -> Entry {
    let kind = if metadata.is_file() {
        EntryKind::File
    } else if metadata.is_dir() {
        EntryKind::Folder
    } else {
        EntryKind::Other
    };
    Entry {
        path,
        kind,
        bytes: if metadata.is_file() {
            metadata.len()
        } else {
            0
        },
        changed: metadata.modified().ok().map(|time| time.into_std()),
    }
}
