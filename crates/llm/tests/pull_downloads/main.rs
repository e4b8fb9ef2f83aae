//! Downloads against a real server on this machine that behaves, and misbehaves, as told.

#![allow(clippy::unwrap_used, reason = "a step that fails fails the test")]

mod catalogue_pin;
mod disk;
mod good;
mod hostile;
mod model;
mod server;

use std::path::Path;
use std::time::Duration;

use llm::{InstalledModel, Patience, Progress, PullError, PullSource, Shelf, pull_with};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// In more of a hurry than a person: tests wait for these times.
pub(crate) fn hurry() -> Patience {
    Patience {
        connect: Duration::from_secs(2),
        stall: Duration::from_millis(400),
        backoff: Duration::from_millis(10),
        retries: 3,
    }
}

/// A shelf in a folder of its own.
pub(crate) fn empty_shelf() -> (tempfile::TempDir, Shelf) {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::open(folder.path()).unwrap();
    (folder, shelf)
}

/// Pulls what `text` names.
pub(crate) async fn pull_text(text: &str, shelf: &Shelf) -> Result<InstalledModel, PullError> {
    let source: PullSource = text.parse()?;
    let (progress, _seen) = watch::channel(Progress::default());
    pull_with(source, shelf, CancellationToken::new(), progress, &hurry()).await
}

/// Names of the files in a folder, sorted.
pub(crate) fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
