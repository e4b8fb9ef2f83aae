//! The folder where a user's models lie, and what lies in it.
//!
//! The hub lists, shows and removes models here; downloads put theirs here. A file that is no usable
//! model is listed with its fault instead of being hidden. All calls read the disk and belong on a
//! thread that may block. Weights are never read here, and nothing is loaded.

mod note;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use base::Timestamp;
use gguf::Header;

use crate::catalogue::Catalogue;
pub(crate) use note::Note;

/// A model in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledModel {
    /// The name that a person types.
    pub name: String,
    /// The name as its makers write it, where it is known.
    pub title: Option<String>,
    /// The file.
    pub path: PathBuf,
    /// Size of the file.
    pub file_bytes: u64,
    /// Whether it can be used.
    pub condition: Condition,
    /// When it came here.
    pub added: Timestamp,
    /// Sha256 of the file, if it was taken when it came.
    pub sha256: Option<String>,
    /// Whether that is the sum which somebody published for it.
    pub verified: bool,
    /// Where it came from, if that was written down.
    pub source: Option<String>,
}

/// Whether a model can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Its header was checked, and says this.
    Ready(Box<Header>),
    /// It must not be given to the engine.
    Broken {
        /// Why, in a sentence for a person.
        fault: String,
    },
}

impl InstalledModel {
    /// What the header says, if the model can be used.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        match &self.condition {
            Condition::Ready(header) => Some(header),
            Condition::Broken { .. } => None,
        }
    }

    /// Why it cannot be used, if so.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        match &self.condition {
            Condition::Ready(_) => None,
            Condition::Broken { fault } => Some(fault),
        }
    }
}

/// Why the shelf did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The folder cannot be read or created.
    #[error("the model folder {} cannot be used", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// No model has this name.
    #[error("no model named {name:?} is installed: `hai-net models list` shows those that are")]
    NotFound {
        /// The name.
        name: String,
    },
    /// Several models begin with this.
    #[error("{name:?} may mean {}: type more of the name", matches.join(" or "))]
    Ambiguous {
        /// What was typed.
        name: String,
        /// The names that begin so.
        matches: Vec<String>,
    },
    /// The engine has it loaded.
    #[error("the model {name:?} is in use: try again when it is unloaded")]
    InUse {
        /// The name.
        name: String,
    },
    /// The file cannot be removed.
    #[error("the file {} cannot be removed", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

/// Size and time of a file when its header was checked: while both stay, the answer stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: SystemTime,
}

type Checked = HashMap<PathBuf, (Stamp, Condition)>;

/// The folder where a user's models lie. Clones share what they have checked.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
    checked: Arc<Mutex<Checked>>,
}

impl Shelf {
    /// Opens the folder; creates it if need be.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, ShelfError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(|source| ShelfError::Folder {
            path: folder.clone(),
            source,
        })?;
        Ok(Self {
            folder,
            checked: Arc::default(),
        })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All models, by name. Headers of files that did not change are not read again.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<InstalledModel>, ShelfError> {
        let folder_error = |source| ShelfError::Folder {
            path: self.folder.clone(),
            source,
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(folder_error)? {
            let path = entry.map_err(folder_error)?.path();
            let is_model = path
                .extension()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("gguf"));
            let is_hidden = path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if is_model && !is_hidden {
                paths.push(path);
            }
        }
        paths.sort();
        self.forget_all_but(&paths);
        let mut models: Vec<_> = paths
            .into_iter()
            .filter_map(|path| self.look_at(path))
            .collect();
        tell_apart(&mut models);
        models.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(models)
    }

    /// The model of this name, alias, file name or unique beginning of a name.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn find(&self, name: &str) -> Result<InstalledModel, ShelfError> {
        let mut models = self.list()?;
        let wanted = name.trim().to_lowercase();
        let canonical = Catalogue::builtin()
            .find(&wanted)
            .map(|known| known.name.clone());
        let exact = models.iter().position(|model| {
            let file = model
                .path
                .file_name()
                .map(|file| file.to_string_lossy().to_lowercase());
            model.name == wanted
                || canonical.as_ref() == Some(&model.name)
                || file.as_deref() == Some(&wanted)
        });
        if let Some(found) = exact {
            return Ok(models.swap_remove(found));
        }
        models.retain(|model| !wanted.is_empty() && model.name.starts_with(&wanted));
        match models.len() {
            0 => Err(ShelfError::NotFound {
                name: name.to_owned(),
            }),
            1 => Ok(models.swap_remove(0)),
            _ => {
                let matches = models.into_iter().map(|model| model.name).collect();
                Err(ShelfError::Ambiguous {
                    name: name.to_owned(),
                    matches,
                })
            }
        }
    }

    /// The model in this file of the folder.
    ///
    /// # Errors
    /// There is none.
    pub fn at(&self, path: &Path) -> Result<InstalledModel, ShelfError> {
        let found = self.list()?.into_iter().find(|model| model.path == path);
        found.ok_or_else(|| ShelfError::NotFound {
            name: path.display().to_string(),
        })
    }

    /// Removes a model and its note from the disk, unless `is_in_use` says that it is in use.
    ///
    /// # Errors
    /// There is no such model, it is in use, or the file cannot be removed.
    pub fn remove(
        &self,
        name: &str,
        is_in_use: impl FnOnce(&InstalledModel) -> bool,
    ) -> Result<InstalledModel, ShelfError> {
        let model = self.find(name)?;
        if is_in_use(&model) {
            return Err(ShelfError::InUse { name: model.name });
        }
        fs::remove_file(&model.path).map_err(|source| ShelfError::Remove {
            path: model.path.clone(),
            source,
        })?;
        // The model is gone, which is what was asked; a note left behind does no harm.
        let _ = fs::remove_file(Note::path_for(&model.path));
        Ok(model)
    }

    fn look_at(&self, path: PathBuf) -> Option<InstalledModel> {
        let file_name = path.file_name()?.to_string_lossy().into_owned();
        let note = Note::read(&path).unwrap_or_default();
        let (stamp, condition) = match path.metadata() {
            // Gone between the listing and the look.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {
                return None;
            }
            Err(error) => {
                let nothing = Stamp {
                    bytes: 0,
                    modified: SystemTime::UNIX_EPOCH,
                };
                (
                    nothing,
                    Condition::Broken {
                        fault: format!("the file cannot be read: {error}"),
                    },
                )
            }
            Ok(found) => {
                let modified = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let stamp = Stamp {
                    bytes: found.len(),
                    modified,
                };
                (stamp, self.condition(&path, stamp))
            }
        };
        let known = Catalogue::builtin().of_file(&file_name, note.sha256.as_deref());
        let listed = known.and_then(|known| known.sha256.as_deref());
        let verified =
            note.published || listed.is_some_and(|sum| note.sha256.as_deref() == Some(sum));
        let name = known.map_or_else(|| name_of_file(&file_name), |known| known.name.clone());
        let title = known
            .map(|known| known.title.clone())
            .or_else(|| match &condition {
                Condition::Ready(header) => header.name.clone(),
                Condition::Broken { .. } => None,
            });
        let added = note.added_ms.map_or_else(
            || Timestamp::from_clock(stamp.modified),
            Timestamp::from_millis,
        );
        Some(InstalledModel {
            name,
            title,
            path,
            file_bytes: stamp.bytes,
            condition,
            added,
            sha256: note.sha256,
            verified,
            source: note.source,
        })
    }

    fn condition(&self, path: &Path, stamp: Stamp) -> Condition {
        let known = self.lock_checked().get(path).cloned();
        if let Some((seen, condition)) = known
            && seen == stamp
        {
            return condition;
        }
        let condition = match gguf::check_file(path) {
            Ok(header) => Condition::Ready(Box::new(header)),
            Err(error) => Condition::Broken {
                fault: chain(&error),
            },
        };
        self.lock_checked()
            .insert(path.to_path_buf(), (stamp, condition.clone()));
        condition
    }

    fn forget_all_but(&self, paths: &[PathBuf]) {
        self.lock_checked()
            .retain(|path, _| paths.binary_search(path).is_ok());
    }

    fn lock_checked(&self) -> std::sync::MutexGuard<'_, Checked> {
        // A panic elsewhere leaves the map whole: every change to it is one call.
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

/// A name for a file that the catalogue does not know: its stem, in a form that is easy to type.
fn name_of_file(file_name: &str) -> String {
    let stem = file_name
        .get(..file_name.len().saturating_sub(".gguf".len()))
        .unwrap_or(file_name);
    let name: String = stem
        .to_lowercase()
        .chars()
        .map(|letter| {
            if letter.is_whitespace() || letter == '/' {
                '-'
            } else {
                letter
            }
        })
        .collect();
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name
    }
}

/// Gives models that would have one name different ones, always in the same way.
fn tell_apart(models: &mut [InstalledModel]) {
    let mut taken: std::collections::HashSet<String> = std::collections::HashSet::new();
    for model in models {
        let mut name = model.name.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{}-{number}", model.name);
            number += 1;
        }
        model.name = name;
    }
}

#[cfg(test)]
mod tests;
