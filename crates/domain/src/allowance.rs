//! How much a program may have: requests a minute, and tokens of models a day.

use std::collections::VecDeque;
use std::time::Duration;

use base::Timestamp;

/// The span in which requests are counted.
const MINUTE: Duration = Duration::from_secs(60);

/// Milliseconds of a day. Days are those of UTC: the same on each device of a person, wherever it is.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// The most requests a minute that a token can be given. Each is remembered for a minute, in eight bytes.
pub const RATE_MAX: u32 = 100_000;

/// The requests of one token in the last minute.
#[derive(Debug, Default)]
pub struct RateMeter {
    seen: VecDeque<Timestamp>,
}

impl RateMeter {
    /// Counts a request, unless there were `most` in the last minute.
    ///
    /// # Errors
    /// There were: in so many seconds there is room again.
    pub fn count(&mut self, most: u32, now: Timestamp) -> Result<(), u64> {
        let begin = now.minus(MINUTE);
        while self.seen.front().is_some_and(|at| *at <= begin) {
            self.seen.pop_front();
        }
        if self.seen.len() >= most.clamp(1, RATE_MAX) as usize {
            let first = self.seen.front().map_or(now, |at| *at);
            let free_in_ms = first.as_millis().saturating_sub(begin.as_millis());
            return Err(free_in_ms.div_ceil(1_000).max(1));
        }
        self.seen.push_back(now);
        Ok(())
    }
}

/// The day of a moment, counted from the first of January 1970 in UTC.
#[must_use]
pub fn day_of(now: Timestamp) -> u64 {
    now.as_millis() / DAY_MS
}

/// Whether a program that has used so many tokens today may go on.
///
/// What an answer costs is known at its end, so the last answer of a day may go over the quota.
///
/// # Errors
/// It may not: in so many seconds the next day begins.
pub fn within_quota(spent: u64, quota: u64, now: Timestamp) -> Result<(), u64> {
    if spent < quota {
        return Ok(());
    }
    let next_day_ms = (day_of(now) + 1) * DAY_MS;
    Err((next_day_ms - now.as_millis()).div_ceil(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(DAY_MS + ms)
    }

    #[test]
    fn no_minute_ever_holds_more_requests_than_allowed() {
        let mut meter = RateMeter::default();
        let mut taken: Vec<u64> = Vec::new();
        for ms in (0..300_000).step_by(700) {
            if meter.count(10, at(ms)).is_ok() {
                taken.push(ms);
            }
            let in_minute = taken.iter().filter(|one| **one + 60_000 > ms).count();
            assert!(in_minute <= 10, "{in_minute} at {ms}");
        }
        assert!(
            taken.len() >= 40,
            "what is allowed is also given: {taken:?}"
        );
    }

    #[test]
    fn one_who_comes_back_when_told_gets_in() {
        let mut meter = RateMeter::default();
        assert_eq!(meter.count(1, at(0)), Ok(()));
        assert_eq!(meter.count(1, at(1)), Err(60));
        assert_eq!(meter.count(1, at(59_500)), Err(1));
        assert_eq!(meter.count(1, at(60_500)), Ok(()));
    }

    #[test]
    fn quota_is_free_again_at_midnight_utc() {
        assert_eq!(within_quota(99, 100, at(0)), Ok(()));
        assert_eq!(within_quota(100, 100, at(DAY_MS - 5_000)), Err(5));
        assert_eq!(within_quota(0, 0, at(0)), Err(DAY_MS / 1_000));
        assert_eq!(day_of(at(0)), 1);
    }
}
