//! The journal of the agents: what happened in each tree, so that work goes on after a crash, and what
//! became of each call, so that none is run twice.
//!
//! What an event means is the hub's affair; here it has a kind and a JSON value.

pub(crate) mod events;
pub(crate) mod lines;

use std::sync::Arc;

use base::{AgentId, CallId, ConversationId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use self::lines::Lines;
use crate::Store;
use crate::audit::{self, AuditEntry, AuditLink};
use crate::columns::{Json, millis, time};
use crate::error::{JobError, StoreError};
use crate::feed::{self, FeedEntry};
use crate::transaction::Transaction;

/// The most events that one reading returns.
pub const EVENTS_MAX: u32 = 10_000;

/// How many finished trees one transaction removes: few, since each may have thousands of events.
const TREES_PRUNED_TOGETHER: u32 = 5;

/// Names a tree of agents: by the conversation that it serves, or by the agent at its root.
///
/// All ids are of one kind (UUID version 7), so none of a conversation is one of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeId([u8; 16]);

impl TreeId {
    /// The sixteen bytes of the id that it was made from.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl From<ConversationId> for TreeId {
    fn from(conversation: ConversationId) -> Self {
        Self(conversation.to_bytes())
    }
}

impl From<AgentId> for TreeId {
    fn from(root: AgentId) -> Self {
        Self(root.to_bytes())
    }
}

/// Something that happened in a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentEvent {
    /// When.
    pub at: Timestamp,
    /// What kind of thing, in one word.
    pub kind: String,
    /// What, as the hub describes it.
    pub event: Value,
}

/// An event with its number.
#[derive(Debug, Clone, PartialEq)]
pub struct EventFound {
    /// Its number; later events of any tree have higher ones, and none is used twice.
    pub number: u64,
    /// The event.
    pub event: AgentEvent,
}

/// What is to be written down together.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalAppend {
    /// The tree that it happened in.
    pub tree: TreeId,
    /// What happened, in its order.
    pub events: Vec<AgentEvent>,
    /// When the tree came to its end with this; `None` when it goes on, or goes on again.
    pub finished: Option<Timestamp>,
    /// What the audit chain says of it.
    pub audit: Vec<AuditEntry>,
    /// What a person is told of it.
    pub feed: Vec<FeedEntry>,
}

/// Where things were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalAppended {
    /// The numbers of the events, in their order.
    pub events: Vec<u64>,
    /// The end of the audit chain, where this added to it.
    pub audit: Option<AuditLink>,
    /// The ids of the entries of the feed, in their order.
    pub feed: Vec<u64>,
}

/// A tree that has not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeRow {
    /// Which.
    pub tree: TreeId,
    /// When its first event happened.
    pub started: Timestamp,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Performed {
    /// What the job said, now or the first time.
    pub outcome: Value,
    /// Whether it was done earlier, so that nothing was done now.
    pub earlier: bool,
}

impl Store {
    /// Writes down what happened in a tree, with what the audit chain and the feed say of it, all or
    /// none.
    ///
    /// # Errors
    ///
    /// As [`Store::append_audit`].
    pub async fn append_events(
        &self,
        append: JournalAppend,
    ) -> Result<JournalAppended, StoreError> {
        const DOING: &str = "writing the agents' journal";
        let JournalAppend {
            tree,
            events,
            finished,
            audit,
            feed,
        } = append;
        let lines = Arc::new(Lines::new(tree, events, finished));
        if audit.is_empty() && feed.is_empty() && lines.count() > 0 {
            let first = self.door.write_lines(DOING, Arc::clone(&lines)).await?;
            return Ok(JournalAppended {
                events: lines.numbers(first),
                audit: None,
                feed: Vec::new(),
            });
        }
        self.write(DOING, move |connection| {
            let first = lines.write(connection)?;
            let end = audit::append(connection, &audit)?;
            Ok(JournalAppended {
                events: lines.numbers(first),
                audit: (!audit.is_empty()).then_some(end),
                feed: feed::append(connection, &feed)?,
            })
        })
        .await
    }

    /// What happened in a tree, in its order, behind the event of number `after`; at most `limit`
    /// events, and never more than [`EVENTS_MAX`].
    ///
    /// # Errors
    ///
    /// As every reading; an unknown tree has no events.
    pub async fn events(
        &self,
        tree: TreeId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<EventFound>, StoreError> {
        self.read_journal("reading the agents' journal", move |connection| {
            Ok(events::read(
                connection,
                tree,
                after,
                limit.min(EVENTS_MAX),
            )?)
        })
        .await
    }

    /// The trees that have not come to their end, or had not when the program died; the oldest first.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn unfinished_trees(&self) -> Result<Vec<TreeRow>, StoreError> {
        self.read_journal("looking for unfinished work of agents", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT tree, started FROM agent_trees WHERE finished IS NULL
                 ORDER BY started, tree",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(TreeRow {
                    tree: TreeId(row.get("tree")?),
                    started: time(row.get("started")?),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Forgets a tree with all that happened in it; `false` when there is none.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn delete_tree(&self, tree: TreeId) -> Result<bool, StoreError> {
        self.write("forgetting work of agents", move |connection| {
            Ok(delete(connection, tree)? > 0)
        })
        .await
    }

    /// Forgets the trees that came to their end before `before`, and the outcomes of calls from before
    /// then that no unfinished tree can ask for. Returns how many trees there were.
    ///
    /// # Errors
    ///
    /// As every writing; a failure may come after some trees are gone.
    pub async fn prune_journal(&self, before: Timestamp) -> Result<u64, StoreError> {
        const DOING: &str = "forgetting old work of agents";
        let mut removed = 0;
        loop {
            let some = self
                .write(DOING, move |connection| {
                    let trees = finished_before(connection, before)?;
                    for tree in &trees {
                        delete(connection, *tree)?;
                    }
                    Ok(trees.len() as u64)
                })
                .await?;
            removed += some;
            if some < u64::from(TREES_PRUNED_TOGETHER) {
                break;
            }
        }
        self.write(DOING, move |connection| {
            connection
                .prepare_cached(
                    "DELETE FROM action_outcomes WHERE at < min(?1, (
                         SELECT coalesce(min(started), ?1) FROM agent_trees
                         WHERE finished IS NULL))",
                )?
                .execute([millis(before)])?;
            Ok(removed)
        })
        .await
    }

    /// Reads what the journal has, with what lies in its tail.
    async fn read_journal<T, F>(&self, doing: &'static str, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        self.door.fold_tail(doing).await?;
        self.read(doing, work).await
    }

    /// Does what a call of a tool asks of this store, once and never again: what `job` wrote and the
    /// outcome that it returned are on disk together. When the call was done earlier, `job` is not run,
    /// and the outcome is the one from then.
    ///
    /// The rules of [`Store::transact`] hold for `job`. One that fails leaves no outcome, so that the
    /// call can be tried again.
    ///
    /// # Errors
    ///
    /// What `job` returns; else as every writing.
    pub async fn perform_once<F>(
        &self,
        call: CallId,
        now: Timestamp,
        job: F,
    ) -> Result<Performed, StoreError>
    where
        F: Fn(&Transaction<'_>) -> Result<Value, StoreError> + Send + 'static,
    {
        const DOING: &str = "doing what a tool was called for";
        self.write(DOING, move |connection| {
            if let Some(outcome) = outcome(connection, call)? {
                return Ok(Performed {
                    outcome,
                    earlier: true,
                });
            }
            let outcome = job(&Transaction::on(connection, DOING))?;
            connection
                .prepare_cached(
                    "INSERT INTO action_outcomes (call, at, outcome) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![call.to_bytes(), millis(now), Json(&outcome)])?;
            Ok(Performed {
                outcome,
                earlier: false,
            })
        })
        .await
    }

    /// What became of a call; `None` when it was not done.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn action_outcome(&self, call: CallId) -> Result<Option<Value>, StoreError> {
        self.read("reading what became of a call", move |connection| {
            Ok(outcome(connection, call)?)
        })
        .await
    }
}

fn finished_before(connection: &Connection, before: Timestamp) -> rusqlite::Result<Vec<TreeId>> {
    let mut statement = connection.prepare_cached(
        "SELECT tree FROM agent_trees WHERE finished < ?1 ORDER BY finished LIMIT ?2",
    )?;
    let rows = statement.query_map(params![millis(before), TREES_PRUNED_TOGETHER], |row| {
        Ok(TreeId(row.get("tree")?))
    })?;
    rows.collect()
}

/// Forgets a tree with its events; returns how many trees there were.
pub(crate) fn delete(connection: &Connection, tree: TreeId) -> rusqlite::Result<usize> {
    let trees = connection
        .prepare_cached("DELETE FROM agent_trees WHERE tree = ?1")?
        .execute([tree.0])?;
    if trees == 0 {
        return Ok(0);
    }
    events::remove(connection, tree)?;
    Ok(trees)
}

fn outcome(connection: &Connection, call: CallId) -> rusqlite::Result<Option<Value>> {
    connection
        .prepare_cached("SELECT outcome FROM action_outcomes WHERE call = ?1")?
        .query_row([call.to_bytes()], |row| row.get::<_, Json<Value>>(0))
        .optional()
        .map(|found| found.map(|json| json.0))
}
