//! A long list of the store, the newest first, of which the page keeps a part.
//!
//! A feed or a record of 100,000 entries is read page by page. What is kept never exceeds
//! [`ROWS_MAX`]: who reads on loses the far end, is told so, and has a way back.

use std::collections::VecDeque;

use contract::audit::AuditEntry;
use contract::feed::FeedEntry;

/// How many entries one read brings. About five screens: one read is never waited for.
pub(crate) const PAGE_ROWS: u32 = 100;

/// The most entries that are kept.
///
/// Each is a row of the page. WebKit lays out 600 rows in about a frame; beyond some thousands typing
/// into the search box is felt.
pub(crate) const ROWS_MAX: usize = 600;

/// Something with a place in a list of the store.
pub(crate) trait Numbered {
    /// Its number; later ones have higher numbers.
    fn number(&self) -> i64;
}

impl Numbered for FeedEntry {
    fn number(&self) -> i64 {
        self.number
    }
}

impl Numbered for AuditEntry {
    fn number(&self) -> i64 {
        self.number
    }
}

/// The part of a list that is kept, without gaps.
#[derive(Debug, Clone)]
pub(crate) struct Pages<T> {
    /// The newest first.
    entries: VecDeque<T>,
    /// New ones, the oldest first, while a person reads further down.
    waiting: Vec<T>,
    held: bool,
    /// Whether newer ones than these were let go.
    pub(crate) cut: bool,
    /// Whether the store has older ones.
    pub(crate) more: bool,
    /// Whether it was read at all.
    pub(crate) known: bool,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            waiting: Vec::new(),
            held: false,
            cut: false,
            more: false,
            known: false,
        }
    }
}

impl<T: Numbered> Pages<T> {
    /// What is kept, the newest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.entries.iter()
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Before which number the next page begins.
    pub(crate) fn before(&self) -> Option<i64> {
        self.entries.back().map(Numbered::number)
    }

    /// How many new ones wait until the person is back at the newest.
    pub(crate) fn waiting(&self) -> usize {
        if self.known { self.waiting.len() } else { 0 }
    }

    /// The entry with this number.
    pub(crate) fn entry_mut(&mut self, number: i64) -> Option<&mut T> {
        self.entries.iter_mut().find(|it| it.number() == number)
    }

    /// Another part of the list is wanted: what is kept stays until that is read.
    pub(crate) fn start_over(&mut self) {
        self.waiting.clear();
        self.known = false;
    }

    /// Takes the newest page in place of what there is. What was told while it was read is kept.
    pub(crate) fn replace(&mut self, newest_first: Vec<T>, more: bool) {
        let newest = newest_first.first().map_or(i64::MIN, Numbered::number);
        let mut newer: Vec<T> = Vec::new();
        if self.known && !self.cut {
            let kept = std::mem::take(&mut self.entries);
            newer.extend(kept.into_iter().rev());
        }
        newer.append(&mut self.waiting);
        newer.retain(|entry| entry.number() > newest);
        self.entries = newest_first.into();
        self.waiting = newer;
        self.cut = false;
        self.more = more;
        self.known = true;
        if !self.held {
            self.release();
        }
    }

    /// Takes the next page. Of what is too much the newest go.
    pub(crate) fn add_older(&mut self, newest_first: Vec<T>, more: bool) {
        let oldest = self.before().unwrap_or(i64::MAX);
        self.more = more;
        self.entries.extend(
            newest_first
                .into_iter()
                .filter(|entry| entry.number() < oldest),
        );
        while self.entries.len() > ROWS_MAX {
            self.entries.pop_front();
            self.cut = true;
        }
        if self.cut {
            // They stand behind what was let go, and come back with it.
            self.waiting.clear();
        }
    }

    /// Takes what is new, the oldest first. While the person reads further down it waits.
    pub(crate) fn add_new(&mut self, oldest_first: Vec<T>) {
        if self.cut {
            return;
        }
        self.waiting.extend(oldest_first);
        if self.known && !self.held {
            self.release();
        }
        let over = self.waiting.len().saturating_sub(ROWS_MAX);
        if over > 0 {
            self.waiting.drain(..over);
            // Those that are kept and those that wait do not follow each other any more.
            self.cut = self.known;
        }
    }

    /// Whether new ones wait, since they would move what is being read.
    pub(crate) fn hold(&mut self, held: bool) {
        self.held = held;
        if self.known && !held {
            self.release();
        }
    }

    /// Whether [`Self::hold`] would change anything.
    pub(crate) fn would_change(&self, held: bool) -> bool {
        self.held != held
    }

    fn release(&mut self) {
        if self.cut {
            self.waiting.clear();
        }
        for entry in std::mem::take(&mut self.waiting) {
            // What was read comes once more as a notice.
            if self
                .entries
                .front()
                .is_none_or(|newest| newest.number() < entry.number())
            {
                self.entries.push_front(entry);
            }
        }
        while self.entries.len() > ROWS_MAX {
            self.entries.pop_back();
            self.more = true;
        }
    }
}

#[cfg(test)]
mod tests;
