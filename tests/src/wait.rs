//! Waiting for something to be so. Never for a fixed time.

use std::time::{Duration, Instant};

/// Pause between two looks: short beside everything that is waited for.
const PAUSE: Duration = Duration::from_millis(25);

/// A program's start, also on a machine that is busy building.
pub const START: Duration = Duration::from_secs(20);

/// An answer from the first word to the last, model loading included, on two busy cores.
pub const ANSWER: Duration = Duration::from_secs(90);

/// A change on a page that needs no model.
pub const PAGE: Duration = Duration::from_secs(15);

/// Looks until there is something.
///
/// # Panics
/// Patience ends.
pub fn until<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            begun.elapsed() < patience,
            "waited {patience:?} in vain: {what}"
        );
        std::thread::sleep(PAUSE);
    }
}

/// As [`until`], where looking takes its own time.
///
/// # Panics
/// Patience ends.
pub async fn until_async<T>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            begun.elapsed() < patience,
            "waited {patience:?} in vain: {what}"
        );
        tokio::time::sleep(PAUSE).await;
    }
}
