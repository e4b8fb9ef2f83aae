//! The note beside a model file: where it came from, and its checksum.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Notes are a few lines; a longer file is none of ours.
const NOTE_BYTES_MAX: u64 = 64 * 1024;

/// What is written down beside a model. Each part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Note {
    /// Where the file came from.
    pub(crate) source: Option<String>,
    /// Sha256 of the file in lower-case hex.
    pub(crate) sha256: Option<String>,
    /// Whether that is the sum which somebody published for it.
    pub(crate) published: bool,
    /// When it came, in milliseconds since 1970.
    pub(crate) added_ms: Option<u64>,
}

impl Note {
    /// Where the note of a model file lies.
    pub(crate) fn path_for(model: &Path) -> PathBuf {
        let mut name = model.as_os_str().to_owned();
        name.push(".json");
        PathBuf::from(name)
    }

    /// The note of a model file; `None` when there is none that can be read.
    pub(crate) fn read(model: &Path) -> Option<Self> {
        let path = Self::path_for(model);
        if path.metadata().ok()?.len() > NOTE_BYTES_MAX {
            return None;
        }
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Writes the note of a model file, whole or not at all.
    pub(crate) fn write(&self, model: &Path) -> io::Result<()> {
        let path = Self::path_for(model);
        let mut draft = path.as_os_str().to_owned();
        draft.push(".new");
        let draft = PathBuf::from(draft);
        fs::write(&draft, serde_json::to_vec_pretty(self)?)?;
        fs::rename(&draft, &path)
    }
}
