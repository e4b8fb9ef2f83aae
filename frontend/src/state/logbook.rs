//! The log as it is shown: up to 100,000 lines, filtered without being read again.

use std::collections::{BTreeSet, VecDeque};

use contract::log::{Level, LogLine};

/// The most lines that are kept. Older ones stay in the store and can be found there.
pub(crate) const LINES_MAX: usize = 100_000;

/// The most lines that wait while the log is paused; beyond them the oldest are let go.
const WAITING_MAX: usize = 20_000;

/// What a person wants to see of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Only lines at least this serious.
    pub(crate) level: Option<Level>,
    /// Only lines of this source.
    pub(crate) source: Option<String>,
    /// Only lines that hold this text, in any case.
    pub(crate) search: String,
}

impl Seen {
    fn takes(&self, line: &LogLine, lower: &str) -> bool {
        self.level.is_none_or(|least| line.level >= least)
            && self
                .source
                .as_ref()
                .is_none_or(|source| *source == line.source)
            && (lower.is_empty()
                || line.text.to_lowercase().contains(lower)
                || line.source.to_lowercase().contains(lower))
    }
}

/// The lines, and which of them are shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logbook {
    lines: VecDeque<LogLine>,
    /// Places in `lines` plus `dropped`, ascending.
    shown: VecDeque<usize>,
    /// How many lines were let go at the front: places stay valid when lines go.
    dropped: usize,
    seen: Seen,
    waiting: VecDeque<LogLine>,
    paused: bool,
    sources: BTreeSet<String>,
    /// Whether the store may hold older lines.
    pub(crate) more: bool,
    /// Whether it was read at all.
    pub(crate) known: bool,
}

impl Logbook {
    /// How many lines are shown.
    pub(crate) fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether there is no line at all, shown or not.
    pub(crate) fn is_bare(&self) -> bool {
        self.lines.is_empty()
    }

    /// The shown line at this place, the oldest first.
    pub(crate) fn line(&self, place: usize) -> Option<&LogLine> {
        self.lines
            .get(self.shown.get(place)?.checked_sub(self.dropped)?)
    }

    /// The number of the oldest line, shown or not.
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.lines.front().map(|line| line.number)
    }

    /// All sources that were seen.
    pub(crate) fn sources(&self) -> Vec<String> {
        self.sources.iter().cloned().collect()
    }

    /// What is shown.
    pub(crate) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Whether new lines wait, and how many.
    pub(crate) fn paused(&self) -> Option<usize> {
        self.paused.then_some(self.waiting.len())
    }

    /// Shows something else.
    pub(crate) fn look_for(&mut self, seen: Seen) {
        self.seen = seen;
        let lower = self.seen.search.trim().to_lowercase();
        let found = self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| self.seen.takes(line, &lower));
        self.shown = found.map(|(place, _)| place + self.dropped).collect();
    }

    /// Takes new lines, the oldest first. While paused they wait.
    pub(crate) fn add(&mut self, lines: Vec<LogLine>) {
        if self.paused {
            self.waiting.extend(lines);
            let over = self.waiting.len().saturating_sub(WAITING_MAX);
            self.waiting.drain(..over);
        } else {
            self.append(lines);
        }
    }

    /// Stops showing new lines, or shows those that came meanwhile.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.paused = paused;
        if !paused {
            let waiting = std::mem::take(&mut self.waiting);
            self.append(waiting);
        }
    }

    /// Takes the newest lines of the store, the newest first, in place of what there is.
    pub(crate) fn replace(&mut self, mut newest: Vec<LogLine>, more: bool) {
        newest.reverse();
        self.dropped = 0;
        self.lines.clear();
        self.shown.clear();
        self.waiting.clear();
        self.more = more;
        self.known = true;
        self.append(newest);
    }

    /// Takes older lines of the store, the newest first. Returns how many of them are shown.
    pub(crate) fn add_older(&mut self, older: Vec<LogLine>, more: bool) -> usize {
        let before = self.shown.len();
        let oldest = self.oldest().unwrap_or(i64::MAX);
        let room = LINES_MAX.saturating_sub(self.lines.len());
        self.more = more && older.len() <= room;
        for line in older
            .into_iter()
            .filter(|line| line.number < oldest)
            .take(room)
        {
            self.sources.insert(line.source.clone());
            self.lines.push_front(line);
        }
        self.dropped = 0;
        self.look_for(self.seen.clone());
        self.shown.len() - before
    }

    fn append(&mut self, lines: impl IntoIterator<Item = LogLine>) {
        let lower = self.seen.search.trim().to_lowercase();
        for line in lines {
            // After a reconnect, lines that were read come once more as notices.
            if self
                .lines
                .back()
                .is_some_and(|last| last.number >= line.number)
            {
                continue;
            }
            if !self.sources.contains(&line.source) {
                self.sources.insert(line.source.clone());
            }
            if self.seen.takes(&line, &lower) {
                self.shown.push_back(self.lines.len() + self.dropped);
            }
            self.lines.push_back(line);
        }
        while self.lines.len() > LINES_MAX {
            self.lines.pop_front();
            self.dropped += 1;
            if self
                .shown
                .front()
                .is_some_and(|place| *place < self.dropped)
            {
                self.shown.pop_front();
            }
        }
    }
}
