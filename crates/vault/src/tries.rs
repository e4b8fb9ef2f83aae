//! How soon the next passphrase may be tried.
//!
//! The number of wrong ones is kept in a file and counted up before each try, so that ending the
//! program gains nothing. The wait is measured by the clock that only goes forward, from the start of
//! the program or the last try, so that setting the clock gains nothing either. The wait has an upper
//! limit: an owner is never locked out for good.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::VaultError;
use crate::files;

/// The file, beside the vault. It holds one number.
pub(crate) const TRIES_FILE: &str = "vault.tries";

/// Wrong passphrases that cost no wait: people mistype.
const FREE: u32 = 3;

/// The longest wait. Guessing one in five minutes gets nowhere in a lifetime, and an owner who was
/// teased by a child waits no longer than that.
const WAIT_MAX: Duration = Duration::from_secs(5 * 60);

/// What is assumed where the file cannot be read: some wrong tries, and no lock-out.
const ASSUMED: u32 = FREE + 3;

/// The most digits of the number.
const FILE_BYTES_MAX: u64 = 10;

/// The count of wrong passphrases of one vault.
#[derive(Debug)]
pub struct Tries {
    path: PathBuf,
    wrong: u32,
    since: Instant,
}

impl Tries {
    /// Reads the count of a data folder.
    #[must_use]
    pub fn read(folder: &Path, now: Instant) -> Self {
        let path = folder.join(TRIES_FILE);
        let wrong = match files::read(&path, FILE_BYTES_MAX) {
            Ok(None) => 0,
            Ok(Some(bytes)) => std::str::from_utf8(&bytes)
                .ok()
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(ASSUMED),
            Err(_) => ASSUMED,
        };
        Self {
            path,
            wrong,
            since: now,
        }
    }

    /// How long the next passphrase has to wait from now.
    #[must_use]
    pub fn wait(&self, now: Instant) -> Duration {
        let Some(doublings) = self.wrong.checked_sub(FREE) else {
            return Duration::ZERO;
        };
        let whole = 1_u64
            .checked_shl(doublings)
            .map_or(WAIT_MAX, Duration::from_secs)
            .min(WAIT_MAX);
        whole.saturating_sub(now.saturating_duration_since(self.since))
    }

    /// Counts a try before it is made.
    pub(crate) fn begin(&mut self, now: Instant) -> Result<(), VaultError> {
        let wait = self.wait(now);
        if !wait.is_zero() {
            return Err(VaultError::BackOff { wait });
        }
        self.wrong = self.wrong.saturating_add(1);
        self.since = now;
        // On a full disk the owner must still come in; the count in memory goes on.
        if let Err(error) = files::replace(&self.path, self.wrong.to_string().as_bytes()) {
            tracing::warn!("a try of a passphrase could not be counted on disk: {error}");
        }
        Ok(())
    }

    /// The last try told nothing about the passphrase: the file could not be read, say.
    pub(crate) fn undo(&mut self) {
        self.wrong = self.wrong.saturating_sub(1);
        if let Err(error) = files::replace(&self.path, self.wrong.to_string().as_bytes()) {
            tracing::warn!("a try that did not count could not be taken back: {error}");
        }
    }

    /// The last try was right.
    pub(crate) fn succeeded(&mut self) {
        self.wrong = 0;
        if let Err(error) = files::shred(&self.path) {
            tracing::warn!("the count of tries could not be removed: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn wait_doubles_after_three_wrong_ones_and_never_exceeds_five_minutes() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut now = Instant::now();
        let mut tries = Tries::read(folder.path(), now);
        let mut waits = Vec::new();
        for _ in 0..20 {
            let wait = tries.wait(now);
            waits.push(wait.as_secs());
            now += wait;
            tries.begin(now).expect("waited long enough");
        }
        assert_eq!(waits[..8], [0, 0, 0, 1, 2, 4, 8, 16]);
        assert_eq!(waits[19], 300, "never locked out for good");
    }

    #[test]
    fn restart_of_the_program_gains_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Instant::now();
        let mut tries = Tries::read(folder.path(), now);
        for _ in 0..4 {
            tries.begin(now + seconds(600)).ok();
            tries.since = now;
        }
        let again = Tries::read(folder.path(), now);
        assert_eq!(
            again.wait(now),
            seconds(2),
            "the count was on disk before the try"
        );
    }

    #[test]
    fn early_try_is_refused_and_not_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Instant::now();
        let mut tries = Tries::read(folder.path(), now);
        for _ in 0..3 {
            tries.begin(now).expect("the first are free");
        }
        let refused = tries.begin(now);
        assert!(matches!(refused, Err(VaultError::BackOff { wait }) if wait == seconds(1)));
        tries.begin(now + seconds(1)).expect("the wait is over");
        assert_eq!(tries.wait(now + seconds(1)), seconds(2));
    }

    #[test]
    fn right_passphrase_clears_the_count_and_a_damaged_file_does_not_lock_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Instant::now();
        let mut tries = Tries::read(folder.path(), now);
        tries.begin(now).expect("free");
        tries.succeeded();
        assert_eq!(Tries::read(folder.path(), now).wrong, 0);
        std::fs::write(folder.path().join(TRIES_FILE), "nonsense").expect("written");
        assert_eq!(Tries::read(folder.path(), now).wait(now), seconds(8));
    }
}
