//! Where the hub reads the clock and draws random numbers. Below this, both are arguments.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use base::{
    AgentId, CallId, ConversationId, DocumentId, MemoryId, MessageId, PullId, Timestamp, TokenId,
};

/// Makes ids whose order is the order of their making, also within one millisecond.
#[derive(Debug, Default)]
pub(crate) struct Mint {
    last_ms: AtomicU64,
}

impl Mint {
    /// A time stamp that is later than all that this mint has given out.
    ///
    /// A person's message and the empty answer to it are made in the same millisecond; the tree is
    /// read in the order of ids, so the answer must come behind.
    fn stamp(&self) -> Timestamp {
        let now = now().as_millis();
        let last = self
            .last_ms
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(now.max(last + 1))
            })
            .unwrap_or_default();
        Timestamp::from_millis(now.max(last + 1))
    }

    pub(crate) fn conversation(&self) -> ConversationId {
        ConversationId::new(self.stamp(), random())
    }

    pub(crate) fn message(&self) -> MessageId {
        MessageId::new(self.stamp(), random())
    }

    pub(crate) fn token(&self) -> TokenId {
        TokenId::new(self.stamp(), random())
    }

    pub(crate) fn agent(&self) -> AgentId {
        AgentId::new(self.stamp(), random())
    }

    pub(crate) fn call(&self) -> CallId {
        CallId::new(self.stamp(), random())
    }

    pub(crate) fn memory(&self) -> MemoryId {
        MemoryId::new(self.stamp(), random())
    }

    pub(crate) fn document(&self) -> DocumentId {
        DocumentId::new(self.stamp(), random())
    }

    pub(crate) fn pull(&self) -> PullId {
        PullId::new(self.stamp(), random())
    }
}

/// The time now.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_clock(SystemTime::now())
}

/// Random bytes from the operating system's generator, fit for secrets.
pub(crate) fn random<const LENGTH: usize>() -> [u8; LENGTH] {
    use rand::TryRngCore as _;
    let mut bytes = [0; LENGTH];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .expect("the operating system always gives random bytes once it has started");
    bytes
}

/// A moment as part of a file's name, such as `2026-11-25-084500` (UTC).
pub(crate) fn date_and_time(at: Timestamp) -> String {
    let (year, month, day, hour, minute, second) = at.civil();
    format!("{year:04}-{month:02}-{day:02}-{hour:02}{minute:02}{second:02}")
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_the_dates_that_calendars_show() {
        for (secs, shown) in [
            (0, "1970-01-01-000000"),
            (951_782_399, "2000-02-28-235959"),
            (951_782_400, "2000-02-29-000000"),
            (1_795_592_118, "2026-11-25-073518"),
            (4_107_542_400, "2100-03-01-000000"),
        ] {
            assert_eq!(date_and_time(Timestamp::from_millis(secs * 1_000)), shown);
        }
    }

    #[test]
    fn ids_made_at_once_sort_in_the_order_of_their_making() {
        let mint = Mint::default();
        let ids: Vec<_> = (0..1_000).map(|_| mint.message()).collect();
        assert!(
            ids.is_sorted(),
            "a message must sort behind the one that it answers"
        );
    }
}
