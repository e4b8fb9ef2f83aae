//! The feed: what the AI did, in plain words for a person, with what undoes it.

use std::collections::BTreeMap;

use base::{AgentId, CallId, ConversationId, Timestamp};
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, Row, params, params_from_iter};
use serde_json::Value;

use crate::columns::{Json, count, millis, number, time};
use crate::error::{JobError, StoreError};
use crate::paging::Page;
use crate::transaction::Transaction;
use crate::{Store, search};

/// The most entries that one reading returns, whatever its filter asks.
pub const FEED_MAX: u32 = 10_000;

/// How many old entries one transaction removes: a few milliseconds, so that no writer waits long.
const PRUNED_TOGETHER: u32 = 500;

/// An entry to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedEntry {
    /// When it happened.
    pub at: Timestamp,
    /// What kind of thing happened, in one word.
    pub kind: String,
    /// The conversation that it belongs to.
    pub conversation: Option<ConversationId>,
    /// The agent that did it.
    pub agent: Option<AgentId>,
    /// The call of a tool that did it.
    pub call: Option<CallId>,
    /// What happened, in a sentence.
    pub text: String,
    /// The sentence in other languages, by their codes. It is found by their words too.
    pub translations: BTreeMap<String, String>,
    /// What undoes it; `None` when nothing can.
    pub undo: Option<Value>,
}

/// An entry with its id.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedRow {
    /// Its id; later entries have higher ones, and none is used twice.
    pub id: u64,
    /// The entry.
    pub entry: FeedEntry,
    /// When it was undone.
    pub undone: Option<Timestamp>,
}

/// Which entries to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedFilter {
    /// Only entries of these kinds; none means all.
    pub kinds: Vec<String>,
    /// Only entries of this conversation.
    pub conversation: Option<ConversationId>,
    /// Only what this agent did.
    pub agent: Option<AgentId>,
    /// Words that must all occur; the last may be unfinished.
    pub text: Option<String>,
    /// Only entries older than this one: for the next page.
    pub before: Option<u64>,
    /// Only entries newer than this one: for what was missed.
    pub after: Option<u64>,
    /// How many at most; never more than [`FEED_MAX`].
    pub limit: u32,
}

impl Store {
    /// Adds entries, all in one job. Returns their ids, in the same order.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn append_feed(&self, entries: Vec<FeedEntry>) -> Result<Vec<u64>, StoreError> {
        self.transact("writing the feed", move |together| {
            together.append_feed(&entries)
        })
        .await
    }

    /// Entries, the newest first.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn read_feed(&self, filter: FeedFilter) -> Result<Vec<FeedRow>, StoreError> {
        self.read("reading the feed", move |connection| {
            let (sql, values) = query(&filter);
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), from_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// One entry; `None` when there is no such one.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn feed_entry(&self, id: u64) -> Result<Option<FeedRow>, StoreError> {
        let filter = FeedFilter {
            before: id.checked_add(1),
            after: id.checked_sub(1),
            limit: 1,
            ..FeedFilter::default()
        };
        Ok(self.read_feed(filter).await?.pop())
    }

    /// Removes the entries from before `before`, and returns how many there were.
    ///
    /// Other writers get their turn in between, so a failure may come after some entries are gone.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn prune_feed(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let some = self
                .write("removing old entries of the feed", move |connection| {
                    prune_some(connection, before)
                })
                .await?;
            removed += some;
            if some < u64::from(PRUNED_TOGETHER) {
                return Ok(removed);
            }
        }
    }
}

impl Transaction<'_> {
    /// As [`Store::append_feed`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn append_feed(&self, entries: &[FeedEntry]) -> Result<Vec<u64>, StoreError> {
        self.run(|connection| append(connection, entries))
    }

    /// Marks an entry as undone, together with what undoes it; `false` when there is none, when nothing
    /// undoes it, or when it was undone before.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub fn mark_undone(&self, id: u64, now: Timestamp) -> Result<bool, StoreError> {
        self.run(|connection| {
            let changed = connection
                .prepare_cached(
                    "UPDATE feed SET undone = ?2
                     WHERE id = ?1 AND undo IS NOT NULL AND undone IS NULL",
                )?
                .execute(params![number(id), millis(now)])?;
            Ok(changed > 0)
        })
    }
}

pub(crate) fn append(connection: &Connection, entries: &[FeedEntry]) -> Result<Vec<u64>, JobError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO feed (at, kind, conversation, agent, call, text, undo, translations, words)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let mut ids = Vec::with_capacity(entries.len());
    for entry in entries {
        let id = statement.insert(params![
            millis(entry.at),
            entry.kind,
            entry.conversation.map(ConversationId::to_bytes),
            entry.agent.map(AgentId::to_bytes),
            entry.call.map(CallId::to_bytes),
            entry.text,
            entry.undo.as_ref().map(Json),
            (!entry.translations.is_empty()).then_some(Json(&entry.translations)),
            words(entry),
        ])?;
        ids.push(count(id));
    }
    if let Some(first) = ids.first() {
        connection
            .prepare_cached(
                "INSERT INTO feed_words (rowid, words) SELECT id, words FROM feed WHERE id >= ?1",
            )?
            .execute([number(*first)])?;
    }
    Ok(ids)
}

/// All that an entry says, in each language.
fn words(entry: &FeedEntry) -> String {
    let sentences = [&entry.text].into_iter().chain(entry.translations.values());
    sentences.map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// Removes the oldest entries from before `before`, not more than [`PRUNED_TOGETHER`].
fn prune_some(connection: &Connection, before: Timestamp) -> Result<u64, JobError> {
    const OLD: &str = "FROM feed WHERE at < ?1 ORDER BY at, id LIMIT ?2";
    let old = params![millis(before), PRUNED_TOGETHER];
    connection
        .prepare_cached(&format!(
            "INSERT INTO feed_words (feed_words, rowid, words) SELECT 'delete', id, words {OLD}"
        ))?
        .execute(old)?;
    let removed = connection
        .prepare_cached(&format!("DELETE FROM feed WHERE id IN (SELECT id {OLD})"))?
        .execute(old)?;
    Ok(removed as u64)
}

fn query(filter: &FeedFilter) -> (String, Vec<SqlValue>) {
    let conversation = filter
        .conversation
        .map(|id| ("conversation", id.to_bytes()));
    let agent = filter.agent.map(|id| ("agent", id.to_bytes()));
    Page {
        table: "feed",
        number: "id",
        words: "feed_words",
        typed: filter.text.as_deref().and_then(search::query),
        one_of: (
            "kind",
            filter.kinds.iter().cloned().map(SqlValue::from).collect(),
        ),
        also: [agent, conversation]
            .into_iter()
            .flatten()
            .map(|(column, id)| (column, SqlValue::from(id.to_vec())))
            .collect(),
        before: filter.before,
        after: filter.after,
        limit: filter.limit.min(FEED_MAX),
    }
    .query()
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<FeedRow> {
    let id = |name| row.get::<_, Option<[u8; 16]>>(name);
    Ok(FeedRow {
        id: count(row.get("id")?),
        entry: FeedEntry {
            at: time(row.get("at")?),
            kind: row.get("kind")?,
            conversation: id("conversation")?.map(ConversationId::from_bytes),
            agent: id("agent")?.map(AgentId::from_bytes),
            call: id("call")?.map(CallId::from_bytes),
            text: row.get("text")?,
            translations: row
                .get::<_, Option<Json<BTreeMap<String, String>>>>("translations")?
                .map(|json| json.0)
                .unwrap_or_default(),
            undo: row
                .get::<_, Option<Json<Value>>>("undo")?
                .map(|json| json.0),
        },
        undone: row.get::<_, Option<i64>>("undone")?.map(time),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::tests::goes_by_index;

    #[test]
    fn every_way_to_read_the_feed_goes_by_an_index() {
        let id = [1; 16];
        let kinds = || vec!["did".to_owned(), "asked".to_owned()];
        let all = FeedFilter {
            before: Some(9),
            limit: 50,
            ..FeedFilter::default()
        };
        for (index, filter) in [
            ("INTEGER PRIMARY KEY", all.clone()),
            (
                "feed_by_kind",
                FeedFilter {
                    kinds: kinds(),
                    ..all.clone()
                },
            ),
            (
                "feed_by_conversation",
                FeedFilter {
                    conversation: Some(ConversationId::from_bytes(id)),
                    kinds: kinds(),
                    ..all.clone()
                },
            ),
            (
                "feed_by_agent",
                FeedFilter {
                    agent: Some(AgentId::from_bytes(id)),
                    conversation: Some(ConversationId::from_bytes(id)),
                    ..all.clone()
                },
            ),
            (
                "VIRTUAL TABLE INDEX",
                FeedFilter {
                    text: Some("bread".to_owned()),
                    agent: Some(AgentId::from_bytes(id)),
                    kinds: kinds(),
                    ..all
                },
            ),
        ] {
            goes_by_index(query(&filter), index);
        }
    }
}
