//! What of the agents' work lies on disk, and how it is read again.

use std::collections::BTreeMap;

use base::{AgentId, ConversationId, MessageId, Timestamp};
use domain::agent::{tree, turn};
use serde::{Deserialize, Serialize};
use store::{AgentEvent, EVENTS_MAX, Store, StoreError, TreeId};

/// What stands in one line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(super) enum Line {
    /// Work of the person's began.
    Root(Root),
    /// Something happened in the tree.
    Tree(tree::Event),
    /// Something happened in the turn of an agent.
    Turn {
        /// Whose.
        agent: AgentId,
        /// What.
        event: turn::Event,
    },
}

/// Work that the person gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Root {
    pub(super) agent: AgentId,
    pub(super) conversation: ConversationId,
    /// The message that asks.
    pub(super) question: MessageId,
    /// The message that is being written.
    pub(super) answer: MessageId,
    /// The name of the model.
    pub(super) model: String,
    /// Whether a program gave it over the API.
    #[serde(default)]
    pub(super) is_by_program: bool,
}

impl Line {
    /// As the store takes it.
    pub(super) fn event(&self, at: Timestamp) -> AgentEvent {
        let kind = match self {
            Self::Root(_) => "root",
            Self::Tree(_) => "tree",
            Self::Turn { .. } => "turn",
        };
        AgentEvent {
            at,
            kind: kind.to_owned(),
            event: serde_json::to_value(self).expect("a line is plain data"),
        }
    }
}

/// Work that was not finished when the hub ended.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    pub(super) roots: Vec<Root>,
    /// In the order in which they happened, over all trees.
    pub(super) tree: Vec<tree::Event>,
    pub(super) turns: BTreeMap<AgentId, Vec<turn::Event>>,
}

/// Why unfinished work cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum JournalError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a line of the journal is of another version")]
    Line(#[from] serde_json::Error),
}

/// Reads all unfinished work.
pub(super) async fn unfinished(store: &Store) -> Result<Unfinished, JournalError> {
    let mut numbered = Vec::new();
    for row in store.unfinished_trees().await? {
        numbered.extend(lines(store, row.tree).await?);
    }
    numbered.sort_by_key(|(number, _)| *number);
    let mut found = Unfinished::default();
    for (_, line) in numbered {
        match line {
            Line::Root(root) => found.roots.push(root),
            Line::Tree(event) => found.tree.push(event),
            Line::Turn { agent, event } => found.turns.entry(agent).or_default().push(event),
        }
    }
    Ok(found)
}

/// The lines of one tree with their numbers, in order.
pub(super) async fn lines(store: &Store, tree: TreeId) -> Result<Vec<(u64, Line)>, JournalError> {
    let mut lines = Vec::new();
    let mut after = 0;
    loop {
        let page = store.events(tree, after, EVENTS_MAX).await?;
        let Some(last) = page.last() else {
            return Ok(lines);
        };
        after = last.number;
        for found in page {
            lines.push((found.number, serde_json::from_value(found.event.event)?));
        }
    }
}
