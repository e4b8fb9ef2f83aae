//! Brings a model onto the shelf: from the catalogue, the model hub, any https address or a file.
//!
//! The hub calls [`pull`] for `hai-net models pull` and the model list of the window. What is fetched
//! lies in a `.part` file that the next attempt continues; only a file whose checksum and header are
//! right gets its name. Nothing else of the network is used, no token is sent, and nothing is loaded.

mod error;
mod fetch;
mod part;
mod progress;
mod source;

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::shelf::{InstalledModel, Note, Shelf};
pub use error::PullError;
use fetch::Fetch;
use part::Part;
use progress::Meter;
pub use progress::{Progress, Stage};
use source::{Origin, Target};
pub use source::{PullSource, SourceError};

/// How patient a download is. The defaults are right for people; tests are in more of a hurry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// How long a server may take to answer the telephone: a slow mobile network needs some seconds.
    pub connect: Duration,
    /// How long it may send nothing before the connection counts as broken.
    pub stall: Duration,
    /// The wait before the first retry; each further one is twice as long.
    pub backoff: Duration,
    /// Broken connections in a row, without a mebibyte gained, before giving up.
    pub retries: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            stall: Duration::from_secs(60),
            backoff: Duration::from_secs(1),
            retries: 5,
        }
    }
}

/// A connection that brought this much before it broke was worth it: the count of retries begins
/// again, so that a large model comes through a bad line.
const RETRY_PROGRESS_BYTES: u64 = 1024 * 1024;

/// The longest wait between two attempts.
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// Brings a model onto the shelf. What is there already is not fetched again.
///
/// `progress` is told at most ten times a second. Dropping the future leaves a part that the next
/// pull continues, as does cancelling.
///
/// # Errors
/// The model did not arrive; the error says why and what to do.
pub async fn pull(
    source: PullSource,
    shelf: &Shelf,
    cancel: CancellationToken,
    progress: watch::Sender<Progress>,
) -> Result<InstalledModel, PullError> {
    pull_with(source, shelf, cancel, progress, &Patience::default()).await
}

/// As [`pull`], with another patience.
///
/// # Errors
/// As [`pull`].
pub async fn pull_with(
    source: PullSource,
    shelf: &Shelf,
    cancel: CancellationToken,
    progress: watch::Sender<Progress>,
    patience: &Patience,
) -> Result<InstalledModel, PullError> {
    let target = source.resolve()?;
    if let Some(there) = already_there(&target, shelf).await? {
        return Ok(there);
    }
    let path = shelf.folder().join(&target.file_name);
    let mut meter = Meter::new(progress);
    let part = {
        let path = path.clone();
        off_thread(move || Part::open(&path)).await??
    };
    let arrived = match &target.origin {
        Origin::Web { url } => {
            let fetch = Fetch {
                url: url.clone(),
                target: &target,
                patience,
            };
            keep_trying(fetch, part, &cancel, &mut meter).await?
        }
        Origin::File { path } => {
            let bytes = part::copy_file(part, path.clone(), &cancel, &mut meter).await?;
            Arrived {
                part: bytes,
                announced_sha256: None,
            }
        }
    };
    meter.stage(Stage::Checking);
    let note_source = target.origin.to_string();
    let pin = target.sha256.clone();
    let shelf = shelf.clone();
    off_thread(move || {
        put_on_shelf(arrived, pin.as_deref(), note_source, &path)?;
        Ok(shelf.at(&path)?)
    })
    .await?
}

/// A part with all its bytes.
struct Arrived {
    part: Part,
    announced_sha256: Option<String>,
}

async fn already_there(
    target: &Target,
    shelf: &Shelf,
) -> Result<Option<InstalledModel>, PullError> {
    let path = shelf.folder().join(&target.file_name);
    let shelf = shelf.clone();
    let origin = target.origin.to_string();
    let (pin, bytes) = (target.sha256.clone(), target.bytes);
    let given = match &target.origin {
        Origin::File { path } => Some(path.clone()),
        Origin::Web { .. } => None,
    };
    off_thread(move || {
        if !path.exists() {
            return Ok(None);
        }
        let model = shelf.at(&path)?;
        let is_it = given.is_some_and(|given| is_same_file(&given, &path));
        let same_source = model.source.as_deref() == Some(origin.as_str());
        // Set-up and people place files without a note: the catalogue's size tells enough there.
        let same_sum = pin.is_some()
            && (model.sha256 == pin || (model.sha256.is_none() && bytes == Some(model.file_bytes)));
        if model.fault().is_none() && (is_it || same_source || same_sum) {
            return Ok(Some(model));
        }
        Err(PullError::NameTaken {
            name: model.name,
            path,
        })
    })
    .await?
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

async fn keep_trying(
    fetch: Fetch<'_>,
    mut part: Part,
    cancel: &CancellationToken,
    meter: &mut Meter,
) -> Result<Arrived, PullError> {
    let mut broken = 0;
    loop {
        let before = part.bytes();
        let (returned, outcome) = fetch.attempt(part, cancel, meter).await?;
        part = returned;
        let fault = match outcome {
            Ok(announced_sha256) => {
                return Ok(Arrived {
                    part,
                    announced_sha256,
                });
            }
            Err(fault) if fault.is_worth_a_retry() => fault,
            Err(fault) => return Err(fault),
        };
        let gained = part.bytes().saturating_sub(before);
        broken = if gained >= RETRY_PROGRESS_BYTES {
            1
        } else {
            broken + 1
        };
        if broken > fetch.patience.retries {
            return Err(fault);
        }
        tracing::warn!(%fault, attempt = broken, "a model download broke off; trying again");
        meter.stage(Stage::Waiting);
        let wait = fetch
            .patience
            .backoff
            .saturating_mul(1 << (broken - 1).min(8))
            .min(BACKOFF_MAX);
        tokio::select! {
            () = cancel.cancelled() => return Err(PullError::Cancelled),
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Checks what arrived and gives it its name.
fn put_on_shelf(
    arrived: Arrived,
    pin: Option<&str>,
    source: String,
    path: &Path,
) -> Result<(), PullError> {
    let Arrived {
        part,
        announced_sha256,
    } = arrived;
    let found = part.sha256();
    let published = pin.or(announced_sha256.as_deref());
    if let Some(expected) = published
        && expected != found
    {
        part.discard();
        let (expected, pinned) = (expected.to_owned(), pin.is_some());
        return Err(PullError::WrongChecksum {
            expected,
            found,
            pinned,
        });
    }
    if let Err(error) = gguf::check_file(part.path()) {
        part.discard();
        return Err(PullError::NotAModel(error));
    }
    let added = base::Timestamp::from_clock(std::time::SystemTime::now());
    let note = Note {
        source: Some(source),
        sha256: Some(found),
        published: published.is_some(),
        added_ms: Some(added.as_millis()),
    };
    part.finish(path, &note)
}

/// Runs work that blocks where it may.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PullError> {
    // The task is never aborted, so only a panic in `work` can lose its result.
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| PullError::Interrupted)
}
