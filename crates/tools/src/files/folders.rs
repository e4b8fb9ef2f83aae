//! The granted folders, held open.

use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::error::{FileError, GrantError};
use super::place::{PATH_BYTES_MAX, is_ours};

/// A folder that the person granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The folder.
    pub path: PathBuf,
    /// Whether files in it may also be written and moved to the trash.
    pub may_write: bool,
}

/// Folders of the system: what looks like a file there is a switch, a device or another process.
const SYSTEM_FOLDERS: [&str; 4] = ["/proc", "/sys", "/dev", "/run"];

/// The granted folders. Each has a name that its paths begin with, such as `Documents/letter.txt`.
#[derive(Debug)]
pub struct Folders {
    roots: Vec<Root>,
}

/// One granted folder.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) name: String,
    path: PathBuf,
    pub(super) may_write: bool,
    pub(super) dir: Dir,
}

/// A file or folder in a granted folder; no parts stand for the folder itself.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) root: &'a Root,
    pub(super) parts: Vec<String>,
}

impl Folders {
    /// Opens the granted folders.
    ///
    /// # Errors
    /// One of them cannot be opened or granted, or lies in another.
    pub fn new(grants: Vec<Grant>) -> Result<Self, GrantError> {
        let mut roots: Vec<Root> = Vec::with_capacity(grants.len());
        for grant in grants {
            let root = open(&grant)?;
            for other in &roots {
                refuse_nested(&root.path, &other.path)?;
                refuse_nested(&other.path, &root.path)?;
            }
            let name = free_name(&root.name, &roots);
            roots.push(Root { name, ..root });
        }
        Ok(Self { roots })
    }

    /// The names of the folders, and whether they may be changed.
    pub fn names(&self) -> impl Iterator<Item = (&str, bool)> {
        self.roots
            .iter()
            .map(|root| (root.name.as_str(), root.may_write))
    }

    pub(super) fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// Where a path leads by its words: `name/…`, or a full path that begins with a granted folder.
    pub(super) fn place(&self, path: &str) -> Result<Place<'_>, FileError> {
        if path.is_empty() || path.len() > PATH_BYTES_MAX || path.contains('\0') {
            return Err(FileError::BadPath);
        }
        let (root, rest) = self.root_of(path).ok_or(FileError::Outside)?;
        let mut parts = Vec::new();
        for part in rest.split(['/', std::path::MAIN_SEPARATOR]) {
            match part {
                "" | "." => {}
                ".." => return Err(FileError::Outside),
                part if is_ours(part) => return Err(FileError::Outside),
                part => parts.push(part.to_owned()),
            }
        }
        Ok(Place { root, parts })
    }

    fn root_of<'p>(&self, path: &'p str) -> Option<(&Root, &'p str)> {
        if Path::new(path).is_absolute() {
            return self.roots.iter().find_map(|root| {
                let inside = Path::new(path).strip_prefix(&root.path).ok()?;
                Some((root, inside.to_str()?))
            });
        }
        let (name, rest) = path.split_once('/').unwrap_or((path, ""));
        let root = self.roots.iter().find(|root| root.name == name)?;
        Some((root, rest))
    }
}

fn open(grant: &Grant) -> Result<Root, GrantError> {
    let failed = |source| GrantError::Open {
        path: grant.path.clone(),
        source,
    };
    let path = grant.path.canonicalize().map_err(failed)?;
    let system = SYSTEM_FOLDERS.iter().any(|folder| path.starts_with(folder));
    if system || path.parent().is_none() {
        return Err(GrantError::System { path });
    }
    let dir = Dir::open_ambient_dir(&path, ambient_authority()).map_err(failed)?;
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(name) = name.filter(|_| path.to_str().is_some()) else {
        return Err(GrantError::Name { path });
    };
    Ok(Root {
        name: name.to_owned(),
        may_write: grant.may_write,
        dir,
        path,
    })
}

fn refuse_nested(inner: &Path, outer: &Path) -> Result<(), GrantError> {
    if inner.starts_with(outer) {
        return Err(GrantError::Nested {
            inner: inner.to_owned(),
            outer: outer.to_owned(),
        });
    }
    Ok(())
}

/// Two folders may have the same last name; the second one gets a number behind it.
fn free_name(wanted: &str, roots: &[Root]) -> String {
    let taken = |name: &str| roots.iter().any(|root| root.name == name);
    if !taken(wanted) {
        return wanted.to_owned();
    }
    (2..=roots.len() + 2)
        .map(|number| format!("{wanted} ({number})"))
        .find(|name| !taken(name))
        .expect("there are more numbers than folders")
}
