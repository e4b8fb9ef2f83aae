//! What happened in a tree, in the words that lie on disk: first perhaps in the [tail](crate::tail), in the
//! end in the database.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::{AgentEvent, TreeId, events};
use crate::columns::millis;

/// What happened in a tree at one moment: one event or several, in their order.
#[derive(Serialize, Deserialize)]
pub(crate) struct Lines {
    tree: [u8; 16],
    /// When the tree came to its end with this, in milliseconds.
    finished: Option<i64>,
    events: Vec<Line>,
}

/// An event as it lies in its row.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) at: i64,
    pub(super) kind: String,
    /// JSON.
    pub(super) event: String,
}

impl Lines {
    pub(super) fn new(
        tree: TreeId,
        events: Vec<AgentEvent>,
        finished: Option<base::Timestamp>,
    ) -> Self {
        let line = |event: AgentEvent| Line {
            at: millis(event.at),
            kind: event.kind,
            event: event.event.to_string(),
        };
        Self {
            tree: tree.to_bytes(),
            finished: finished.map(millis),
            events: events.into_iter().map(line).collect(),
        }
    }

    /// How many events.
    pub(crate) fn count(&self) -> u64 {
        self.events.len() as u64
    }

    /// The numbers of the events, when `first` is that of the first one.
    pub(super) fn numbers(&self, first: u64) -> Vec<u64> {
        (first..first + self.count()).collect()
    }

    /// Writes them behind the last event; returns the number of the first.
    pub(crate) fn write(&self, connection: &Connection) -> rusqlite::Result<u64> {
        let first = events::last(connection)? + 1;
        write_from(connection, first, [self])?;
        Ok(first)
    }
}

/// Writes lines of any trees, the first event under the number `first`, which is the next one.
pub(crate) fn write_from<'a>(
    connection: &Connection,
    first: u64,
    all: impl IntoIterator<Item = &'a Lines> + Clone,
) -> rusqlite::Result<()> {
    // A row for each tree, however often it is among them.
    let mut trees = BTreeMap::new();
    for lines in all.clone() {
        let started = lines.events.first().map(|event| event.at);
        let started = started.or(lines.finished).unwrap_or_default();
        trees.entry(lines.tree).or_insert((started, None)).1 = lines.finished;
    }
    let mut tree_row = connection.prepare_cached(
        "INSERT INTO agent_trees (tree, started, finished) VALUES (?1, ?2, ?3)
         ON CONFLICT (tree) DO UPDATE SET finished = excluded.finished
         WHERE finished IS NOT excluded.finished",
    )?;
    for (tree, (started, finished)) in trees {
        tree_row.execute(params![tree, started, finished])?;
    }
    let mut next = first;
    for lines in all {
        events::write(connection, next, lines.tree, &lines.events)?;
        next += lines.count();
    }
    events::sort_when_many(connection, next - 1)
}
