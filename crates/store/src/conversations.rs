//! Conversations: list, search, rename, delete.

use base::{ConversationId, MessageId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::columns::{count, millis, time};
use crate::error::{JobError, StoreError};
use crate::{MARK_END, MARK_START, Store, agents, messages, search};

/// The most conversations that one list has, whatever its filter asks.
pub const CONVERSATIONS_MAX: u32 = 1_000;

/// About how many words a snippet shows around a hit: one line of a list.
const SNIPPET_WORDS: u32 = 12;

/// A conversation, without its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// Its name for machines.
    pub id: ConversationId,
    /// Its name for people.
    pub title: String,
    /// The model that answers; `None` means the usual one.
    pub model: Option<String>,
    /// The last message of the branch that is shown.
    pub head: Option<MessageId>,
    /// When it was started.
    pub created: Timestamp,
    /// When something in it last changed.
    pub updated: Timestamp,
}

/// Which conversations to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationFilter {
    /// Words that must all occur in the title or in one message; the last may be unfinished. An
    /// answer is found once it has ended. Blank is the same as `None`.
    pub search: Option<String>,
    /// How many at most; never more than [`CONVERSATIONS_MAX`].
    pub limit: u32,
    /// Only those that come after this `updated` and `id` in the list: for the next page.
    pub before: Option<(Timestamp, ConversationId)>,
}

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationFound {
    /// The conversation.
    pub conversation: ConversationRow,
    /// How many messages it has, on all branches.
    pub messages: u64,
    /// Where the search words were found, each hit between [`MARK_START`] and [`MARK_END`];
    /// `None` without a search.
    pub snippet: Option<String>,
}

impl Store {
    /// Adds a conversation, which has no message yet.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownMessage`] when it names a head; otherwise as every writing.
    pub async fn start_conversation(&self, row: ConversationRow) -> Result<(), StoreError> {
        if let Some(head) = row.head {
            return Err(StoreError::UnknownMessage(head));
        }
        self.write("starting a conversation", move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO conversations (id, title, model, created, updated)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    row.id.to_bytes(),
                    row.title,
                    row.model,
                    millis(row.created),
                    millis(row.updated)
                ])?;
            Ok(())
        })
        .await
    }

    /// Lists conversations, the one that changed last first.
    ///
    /// # Errors
    ///
    /// As every reading; no search text is an error.
    pub async fn list_conversations(
        &self,
        filter: ConversationFilter,
    ) -> Result<Vec<ConversationFound>, StoreError> {
        self.read("listing conversations", move |connection| {
            match filter.search.as_deref().and_then(search::query) {
                Some(query) => found(connection, &filter, &query),
                None => all(connection, &filter),
            }
        })
        .await
    }

    /// One conversation; `None` when there is no such one.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn conversation(
        &self,
        id: ConversationId,
    ) -> Result<Option<ConversationRow>, StoreError> {
        self.read("reading a conversation", move |connection| {
            let row = connection
                .prepare_cached("SELECT * FROM conversations WHERE id = ?1")?
                .query_row([id.to_bytes()], from_row)
                .optional()?;
            Ok(row)
        })
        .await
    }

    /// How many conversations there are.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn conversation_count(&self) -> Result<u64, StoreError> {
        self.read("counting conversations", |connection| {
            let found =
                connection.query_row("SELECT count(*) FROM conversations", [], |row| row.get(0))?;
            Ok(count(found))
        })
        .await
    }

    /// Gives a conversation another title.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownConversation`]; otherwise as every writing.
    pub async fn rename_conversation(
        &self,
        id: ConversationId,
        title: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("renaming a conversation", move |connection| {
            let changed = connection
                .prepare_cached(
                    "UPDATE conversations SET title = ?2, updated = max(updated, ?3)
                     WHERE id = ?1",
                )?
                .execute(params![id.to_bytes(), title, millis(now)])?;
            known(id, changed)
        })
        .await
    }

    /// Chooses the model that answers from now on; `None` means the usual one.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownConversation`]; otherwise as every writing.
    pub async fn set_conversation_model(
        &self,
        id: ConversationId,
        model: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("choosing the model of a conversation", move |connection| {
            let changed = connection
                .prepare_cached(
                    "UPDATE conversations SET model = ?2, updated = max(updated, ?3)
                     WHERE id = ?1",
                )?
                .execute(params![id.to_bytes(), model, millis(now)])?;
            known(id, changed)
        })
        .await
    }

    /// Shows the branch that ends with `head`. The place in the list stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownConversation`], or [`StoreError::UnknownMessage`] when the message is
    /// not one of this conversation; otherwise as every writing.
    pub async fn select_head(&self, id: ConversationId, head: MessageId) -> Result<(), StoreError> {
        self.write("choosing a branch of a conversation", move |connection| {
            exists(connection, id)?;
            messages::belongs(connection, head, id)?;
            connection
                .prepare_cached("UPDATE conversations SET head = ?2 WHERE id = ?1")?
                .execute(params![id.to_bytes(), head.to_bytes()])?;
            Ok(())
        })
        .await
    }

    /// Removes a conversation with all its messages, the documents that were given to it, the
    /// permissions that are for it alone, and the agents' journal of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownConversation`]; otherwise as every writing.
    pub async fn delete_conversation(&self, id: ConversationId) -> Result<(), StoreError> {
        self.write("deleting a conversation", move |connection| {
            let changed = connection
                .prepare_cached("DELETE FROM conversations WHERE id = ?1")?
                .execute([id.to_bytes()])?;
            agents::delete(connection, id.into())?;
            known(id, changed)
        })
        .await
    }
}

/// Refuses a conversation that is not there.
pub(crate) fn exists(connection: &Connection, id: ConversationId) -> Result<(), JobError> {
    let found = connection
        .prepare_cached("SELECT 1 FROM conversations WHERE id = ?1")?
        .exists([id.to_bytes()])?;
    known(id, usize::from(found))
}

/// Refuses when a statement about one conversation touched none.
fn known(id: ConversationId, changed: usize) -> Result<(), JobError> {
    if changed == 0 {
        Err(StoreError::UnknownConversation(id).into())
    } else {
        Ok(())
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ConversationRow> {
    Ok(ConversationRow {
        id: ConversationId::from_bytes(row.get("id")?),
        title: row.get("title")?,
        model: row.get("model")?,
        head: row
            .get::<_, Option<[u8; 16]>>("head")?
            .map(MessageId::from_bytes),
        created: time(row.get("created")?),
        updated: time(row.get("updated")?),
    })
}

/// Where the page begins: nothing is after the end of time.
fn beginning(filter: &ConversationFilter) -> (i64, [u8; 16]) {
    filter
        .before
        .map_or((i64::MAX, [0xff; 16]), |(updated, id)| {
            (millis(updated), id.to_bytes())
        })
}

fn all(
    connection: &Connection,
    filter: &ConversationFilter,
) -> Result<Vec<ConversationFound>, JobError> {
    let (updated, id) = beginning(filter);
    let mut statement = connection.prepare_cached(
        "SELECT c.*, (SELECT count(*) FROM messages m WHERE m.conversation = c.id) AS messages
         FROM conversations c WHERE (c.updated, c.id) < (?1, ?2)
         ORDER BY c.updated DESC, c.id DESC LIMIT ?3",
    )?;
    let rows = statement.query_map(
        params![updated, id, filter.limit.min(CONVERSATIONS_MAX)],
        |row| {
            Ok(ConversationFound {
                conversation: from_row(row)?,
                messages: count(row.get("messages")?),
                snippet: None,
            })
        },
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Lists conversations with a hit. The newest message with a hit gives the snippet, else the title.
fn found(
    connection: &Connection,
    filter: &ConversationFilter,
    query: &str,
) -> Result<Vec<ConversationFound>, JobError> {
    let (updated, id) = beginning(filter);
    let mut statement = connection.prepare_cached(
        "WITH hits (conversation, message) AS (
             SELECT m.conversation, max(m.seq)
             FROM message_words w JOIN messages m ON m.seq = w.rowid
             WHERE w.message_words MATCH :query GROUP BY m.conversation
         ), titles (title) AS (
             SELECT rowid FROM title_words WHERE title_words MATCH :query
         )
         SELECT c.*, h.message AS hit,
             (SELECT count(*) FROM messages m WHERE m.conversation = c.id) AS messages
         FROM conversations c LEFT JOIN hits h ON h.conversation = c.id
         WHERE (h.message IS NOT NULL OR c.seq IN titles) AND (c.updated, c.id) < (:updated, :id)
         ORDER BY c.updated DESC, c.id DESC LIMIT :limit",
    )?;
    let mut rows = statement.query(named_params! {
        ":query": query,
        ":updated": updated,
        ":id": id,
        ":limit": filter.limit.min(CONVERSATIONS_MAX),
    })?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push(ConversationFound {
            conversation: from_row(row)?,
            messages: count(row.get("messages")?),
            snippet: Some(snippet(
                connection,
                query,
                row.get("hit")?,
                row.get("seq")?,
            )?),
        });
    }
    Ok(list)
}

/// The words around the hit, in the message `hit` or else in the title of conversation `seq`.
fn snippet(
    connection: &Connection,
    query: &str,
    hit: Option<i64>,
    seq: i64,
) -> Result<String, JobError> {
    let (table, row) = match hit {
        Some(message) => ("message_words", message),
        None => ("title_words", seq),
    };
    let text = connection
        .prepare_cached(&format!(
            "SELECT snippet({table}, 0, ?1, ?2, '…', {SNIPPET_WORDS}) FROM {table}
             WHERE {table} MATCH ?3 AND rowid = ?4"
        ))?
        .query_row(
            params![MARK_START.to_string(), MARK_END.to_string(), query, row],
            |row| row.get(0),
        )?;
    Ok(text)
}
