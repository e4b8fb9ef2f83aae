//! `hai-net backup list`: the files in the folder of backups.
//!
//! It looks at the folder itself and opens nothing, so that it works without a hub and without a
//! passphrase. Backups that were written elsewhere are not known, but for the last one.

use std::path::{Path, PathBuf};

use base::{ByteCount, Timestamp};
use contract::identity::{BackupView, ShowIdentity};
use machine::Paths;
use serde::Serialize;

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::Link;
use crate::screen::text_of;
use crate::when;

/// The folder in the data folder.
const FOLDER: &str = "backups";

/// How the name of a backup ends.
const ENDING: &str = "age";

#[derive(Debug, Serialize)]
struct List {
    folder: PathBuf,
    backups: Vec<Found>,
    /// The last one, wherever it was written; known to a hub that runs and is open.
    last: Option<BackupView>,
}

/// A file that is called like a backup.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    bytes: ByteCount,
    written: Timestamp,
}

pub(super) async fn run(scene: &Scene) -> Result<(), Failure> {
    let folder = folder(scene)?;
    let list = List {
        backups: newest_first(&folder)?,
        folder,
        last: last(scene).await,
    };
    scene.screen.show(&list, || words(&list, scene))
}

pub(super) fn folder(scene: &Scene) -> Result<PathBuf, Failure> {
    Ok(Paths::new(scene.data_folder.clone())?.data().join(FOLDER))
}

async fn last(scene: &Scene) -> Option<BackupView> {
    let link = Link::running(scene).await.ok()?;
    link.ask(ShowIdentity {}).await.ok()?.last_backup
}

/// The backups of a folder. One that is not there has none.
pub(super) fn newest_first(folder: &Path) -> Result<Vec<Found>, Failure> {
    let told = |error: &std::io::Error| Failure::file("read", folder, error);
    let files = match std::fs::read_dir(folder) {
        Ok(files) => files,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(told(&error)),
    };
    let mut found = Vec::new();
    for file in files {
        let file = file.map_err(|error| told(&error))?;
        let path = file.path();
        // One that is gone by now was none.
        let Ok(about) = file.metadata() else { continue };
        if about.is_file() && path.extension().is_some_and(|end| end == ENDING) {
            let written = about.modified().map_err(|error| told(&error))?;
            let written = written
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap_or_default();
            found.push(Found {
                path,
                bytes: ByteCount(about.len()),
                written: Timestamp::from_millis(u64::try_from(written.as_millis()).unwrap_or(0)),
            });
        }
    }
    found.sort_by(|a, b| (b.written, &b.path).cmp(&(a.written, &a.path)));
    Ok(found)
}

fn words(list: &List, scene: &Scene) -> String {
    let mut parts = Vec::new();
    if list.backups.is_empty() {
        parts.push("There are no backups here. Make one: hai-net backup create".to_owned());
    } else {
        let mut table = scene.screen.table(&["WRITTEN", "SIZE", "FILE"]);
        for one in &list.backups {
            let path = one.path.display().to_string();
            table.add_row([when::minute(one.written), one.bytes.to_string(), path]);
        }
        parts.push(text_of(&table));
    }
    let elsewhere = list.last.as_ref().filter(|last| {
        let path = Path::new(&last.path);
        list.backups.iter().all(|one| one.path != path)
    });
    if let Some(last) = elsewhere {
        parts.push(format!(
            "The last one was written to {} on {}.",
            last.path,
            when::minute(last.made)
        ));
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_are_called_like_backups_are_listed_the_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.age", "a.age", "notes.txt"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        std::fs::create_dir(folder.path().join("folder.age")).unwrap();
        let old = std::fs::File::options()
            .write(true)
            .open(folder.path().join("b.age"))
            .unwrap();
        old.set_modified(std::time::UNIX_EPOCH).unwrap();
        let found = newest_first(folder.path()).unwrap_or_default();
        let names: Vec<_> = found.iter().map(|one| one.path.file_name()).collect();
        assert_eq!(names, [Some("a.age".as_ref()), Some("b.age".as_ref())]);
        let missing = newest_first(&folder.path().join("missing"));
        assert!(missing.unwrap_or_default().is_empty());
    }
}
