//! Who may come in: one-time tickets for a browser, and tokens with an end.

use std::collections::BTreeMap;
use std::time::Duration;

use base::Timestamp;

/// How long a sign-in link works.
///
/// Long enough to copy it to a browser by hand, short enough that one found in a terminal's history
/// is dead.
pub const TICKET_LIFE: Duration = Duration::from_secs(10 * 60);

/// How long a browser stays signed in.
pub const SESSION_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The most links that wait at a time. A person opens one; a program that asks for more in a loop
/// must not fill the memory.
pub const TICKETS_MAX: usize = 64;

/// SHA-256 of a secret. The secret itself is never kept.
pub type SecretHash = [u8; 32];

/// The sign-in links that wait to be opened.
#[derive(Debug, Default)]
pub struct TicketBook {
    open: BTreeMap<SecretHash, Timestamp>,
}

impl TicketBook {
    /// Writes down a new link; returns when it ends. When too many wait, the oldest is dropped.
    pub fn issue(&mut self, ticket: SecretHash, now: Timestamp) -> Timestamp {
        self.forget_ended(now);
        if self.open.len() >= TICKETS_MAX {
            let oldest = self
                .open
                .iter()
                .min_by_key(|(_, ends)| **ends)
                .map(|(hash, _)| *hash);
            if let Some(oldest) = oldest {
                self.open.remove(&oldest);
            }
        }
        let ends = later(now, TICKET_LIFE);
        self.open.insert(ticket, ends);
        ends
    }

    /// Takes a link in. Whether it was good: it was issued, has not ended, and was not used before.
    pub fn redeem(&mut self, ticket: &SecretHash, now: Timestamp) -> bool {
        self.forget_ended(now);
        self.open.remove(ticket).is_some()
    }

    fn forget_ended(&mut self, now: Timestamp) {
        self.open.retain(|_, ends| *ends > now);
    }
}

/// The most sessions that are remembered: more than a person has browsers.
pub const SESSIONS_MAX: usize = 64;

/// The browsers that were seen since the hub started. While the vault is locked their list in the store
/// cannot be read, and they must still reach the page that unlocks it.
#[derive(Debug, Default)]
pub struct SessionBook {
    seen: BTreeMap<SecretHash, Seen>,
}

#[derive(Debug)]
struct Seen {
    expires: Timestamp,
    is_stored: bool,
}

impl SessionBook {
    /// A session that counts was seen. When there are too many, the one that ends first is dropped.
    pub fn note(&mut self, session: SecretHash, expires: Timestamp, is_stored: bool) {
        if self.seen.len() >= SESSIONS_MAX && !self.seen.contains_key(&session) {
            let first = self.seen.iter().min_by_key(|(_, seen)| seen.expires);
            if let Some(first) = first.map(|(hash, _)| *hash) {
                self.seen.remove(&first);
            }
        }
        self.seen.insert(session, Seen { expires, is_stored });
    }

    /// Whether the session was seen and has not ended.
    #[must_use]
    pub fn knows(&self, session: &SecretHash, now: Timestamp) -> bool {
        self.seen
            .get(session)
            .is_some_and(|seen| seen.expires > now)
    }

    /// The store was replaced by another one, which knows none of the sessions.
    pub fn store_replaced(&mut self) {
        self.seen
            .values_mut()
            .for_each(|seen| seen.is_stored = false);
    }

    /// The sessions that are not in the store yet, and when each ends; from now on they count as stored.
    pub fn take_unstored(&mut self) -> Vec<(SecretHash, Timestamp)> {
        let unstored = self.seen.iter_mut().filter(|(_, seen)| !seen.is_stored);
        unstored
            .map(|(hash, seen)| {
                seen.is_stored = true;
                (*hash, seen.expires)
            })
            .collect()
    }
}

/// Whether a token or session is still good.
#[must_use]
pub fn is_good(expires: Option<Timestamp>, revoked: Option<Timestamp>, now: Timestamp) -> bool {
    revoked.is_none() && expires.is_none_or(|end| end > now)
}

/// `now` and this much more.
#[must_use]
pub fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_add(by))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn link_works_once() {
        let mut book = TicketBook::default();
        book.issue([1; 32], NOON);
        assert!(book.redeem(&[1; 32], NOON), "the first opening signs in");
        assert!(!book.redeem(&[1; 32], NOON), "the second does not");
    }

    #[test]
    fn browser_that_came_in_while_locked_is_written_down_once() {
        let mut book = SessionBook::default();
        let end = later(NOON, Duration::from_secs(1));
        book.note([1; 32], end, true);
        book.note([2; 32], end, false);
        assert!(book.knows(&[1; 32], NOON) && book.knows(&[2; 32], NOON));
        assert!(!book.knows(&[3; 32], NOON), "never seen");
        assert!(!book.knows(&[1; 32], end), "its time is over");
        assert_eq!(book.take_unstored(), [([2; 32], end)]);
        assert!(book.take_unstored().is_empty());
    }

    #[test]
    fn browser_stays_signed_in_when_the_store_is_replaced() {
        let mut book = SessionBook::default();
        let end = later(NOON, Duration::from_secs(1));
        book.note([1; 32], end, true);
        book.store_replaced();
        assert_eq!(book.take_unstored(), [([1; 32], end)]);
    }

    #[test]
    fn link_that_was_never_issued_does_not_work() {
        assert!(!TicketBook::default().redeem(&[1; 32], NOON));
    }

    #[test]
    fn link_does_not_work_after_its_end() {
        let mut book = TicketBook::default();
        let ends = book.issue([1; 32], NOON);
        assert!(!book.redeem(&[1; 32], ends), "the end itself is too late");
    }

    #[test]
    fn flood_of_links_drops_the_oldest_and_keeps_the_newest() {
        let mut book = TicketBook::default();
        for number in 0..=TICKETS_MAX {
            let mut hash = [0; 32];
            hash[0] = u8::try_from(number).expect("few");
            book.issue(hash, later(NOON, Duration::from_millis(number as u64)));
        }
        assert!(!book.redeem(&[0; 32], NOON), "the oldest made room");
        let mut newest = [0; 32];
        newest[0] = u8::try_from(TICKETS_MAX).expect("few");
        assert!(book.redeem(&newest, NOON), "the newest is there");
    }

    #[test]
    fn revoked_or_ended_token_is_not_good() {
        assert!(is_good(None, None, NOON));
        assert!(is_good(
            Some(later(NOON, Duration::from_millis(1))),
            None,
            NOON
        ));
        assert!(!is_good(Some(NOON), None, NOON));
        assert!(!is_good(None, Some(NOON), NOON));
    }
}
