//! What the AI has learned about the person, and where from.

use base::{ConversationId, DocumentId, MemoryId, MessageId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::columns::{millis, time};
use crate::error::{JobError, StoreError};
use crate::hybrid::{self, Embedding, Fit, HybridSearch, Place};
use crate::transaction::Transaction;
use crate::{Store, search};

/// The most memories that one list has, whatever its filter asks.
pub const MEMORIES_MAX: u32 = 1_000;

/// Where to search.
const PLACE: Place = Place {
    words: "memory_words",
    vectors: "memory_vectors",
    among: "",
};

/// Where something was learned. What it names may have been deleted since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemorySource {
    /// The person wrote it down as a memory.
    Person,
    /// A conversation as a whole.
    Conversation(ConversationId),
    /// One message.
    Message(ConversationId, MessageId),
    /// A document.
    Document(DocumentId),
}

/// Something that was learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryRow {
    /// Its name.
    pub id: MemoryId,
    /// What was learned, in a sentence.
    pub text: String,
    /// What kind of thing it is, in one word.
    pub kind: String,
    /// Where it was learned.
    pub source: MemorySource,
    /// When it was learned.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// When it last helped to answer.
    pub used: Option<Timestamp>,
}

/// Which memories to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemoryFilter {
    /// Words that must all occur; the last may be unfinished. Blank is the same as `None`.
    pub search: Option<String>,
    /// Only those that come after this `updated` and `id` in the list: for the next page.
    pub before: Option<(Timestamp, MemoryId)>,
    /// How many at most; never more than [`MEMORIES_MAX`].
    pub limit: u32,
}

/// A memory that fits a search.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryFound {
    /// The memory.
    pub memory: MemoryRow,
    /// How well it fits.
    pub fit: Fit,
}

impl Store {
    /// Keeps something that was learned.
    ///
    /// # Errors
    ///
    /// As [`Transaction::add_memory`].
    pub async fn add_memory(
        &self,
        row: MemoryRow,
        embedding: Option<Embedding>,
    ) -> Result<(), StoreError> {
        self.transact("saving a memory", move |together| {
            together.add_memory(&row, embedding.as_ref())
        })
        .await
    }

    /// Changes what was learned; `false` when there is no such memory.
    ///
    /// # Errors
    ///
    /// As [`Transaction::change_memory`].
    pub async fn change_memory(
        &self,
        id: MemoryId,
        text: impl Into<String>,
        embedding: Option<Embedding>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let text = text.into();
        self.transact("changing a memory", move |together| {
            together.change_memory(id, &text, embedding.as_ref(), now)
        })
        .await
    }

    /// Forgets a memory, and returns what it was.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn delete_memory(&self, id: MemoryId) -> Result<Option<MemoryRow>, StoreError> {
        self.transact("forgetting a memory", move |together| {
            together.delete_memory(id)
        })
        .await
    }

    /// Notes that memories helped to answer.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn mark_memories_used(
        &self,
        ids: Vec<MemoryId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("noting which memories helped", move |connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE memories SET used = max(coalesce(used, 0), ?2) WHERE id = ?1",
            )?;
            for id in &ids {
                statement.execute(params![id.to_bytes(), millis(now)])?;
            }
            Ok(())
        })
        .await
    }

    /// Keeps the meaning of a memory that was saved without it or with that of another model; `false`
    /// when there is no such memory or its text is not `text` any more.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoDirection`]; else as every writing.
    pub async fn set_memory_embedding(
        &self,
        id: MemoryId,
        text: impl Into<String>,
        embedding: Embedding,
    ) -> Result<bool, StoreError> {
        let text = text.into();
        self.write("saving the meaning of a memory", move |connection| {
            let seq = connection
                .prepare_cached("SELECT seq FROM memories WHERE id = ?1 AND text = ?2")?
                .query_row(params![id.to_bytes(), text], |row| row.get(0))
                .optional()?;
            if let Some(seq) = seq {
                hybrid::keep(connection, PLACE.vectors, seq, &embedding)?;
            }
            Ok(seq.is_some())
        })
        .await
    }

    /// One memory; `None` when there is no such one.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn memory(&self, id: MemoryId) -> Result<Option<MemoryRow>, StoreError> {
        self.read("reading a memory", move |connection| {
            Ok(one(connection, id)?)
        })
        .await
    }

    /// Memories, the one that changed last first.
    ///
    /// # Errors
    ///
    /// As every reading; no search text is an error.
    pub async fn memories(&self, filter: MemoryFilter) -> Result<Vec<MemoryRow>, StoreError> {
        self.read("listing memories", move |connection| {
            list(connection, &filter)
        })
        .await
    }

    /// Memories without the meaning that `model` gives them, the oldest first.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn memories_without_embedding(
        &self,
        model: impl Into<String>,
        limit: u32,
    ) -> Result<Vec<MemoryRow>, StoreError> {
        let model = model.into();
        self.read(
            "looking for memories without a meaning",
            move |connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT m.* FROM memories m
                 LEFT JOIN memory_vectors v ON v.owner = m.seq AND v.model = ?1
                 WHERE v.owner IS NULL ORDER BY m.seq LIMIT ?2",
                )?;
                let rows =
                    statement.query_map(params![model, limit.min(MEMORIES_MAX)], from_row)?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            },
        )
        .await
    }

    /// The memories that fit a question, the best first.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoDirection`]; else as every reading.
    pub async fn search_memories(
        &self,
        search: HybridSearch,
    ) -> Result<Vec<MemoryFound>, StoreError> {
        self.read("searching memories", move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM memories WHERE seq = ?1")?;
            hybrid::hits(connection, &PLACE, &search, None)?
                .into_iter()
                .map(|(seq, fit)| {
                    let memory = statement.query_row([seq], from_row)?;
                    Ok(MemoryFound { memory, fit })
                })
                .collect()
        })
        .await
    }
}

impl Transaction<'_> {
    /// As [`Store::add_memory`].
    ///
    /// # Errors
    ///
    /// [`StoreError::AlreadyThere`] when there is one of this id; [`StoreError::NoDirection`]; else as
    /// every writing.
    pub fn add_memory(
        &self,
        row: &MemoryRow,
        embedding: Option<&Embedding>,
    ) -> Result<(), StoreError> {
        self.run(|connection| {
            let (conversation, message, document) = columns(row.source);
            let seq = connection
                .prepare_cached(
                    "INSERT INTO memories (id, kind, source_conversation, source_message,
                         source_document, created, updated, used, text)
                     VALUES (:id, :kind, :conversation, :message, :document, :created, :updated,
                         :used, :text)",
                )?
                .insert(named_params! {
                    ":id": row.id.to_bytes(),
                    ":kind": row.kind,
                    ":conversation": conversation.map(ConversationId::to_bytes),
                    ":message": message.map(MessageId::to_bytes),
                    ":document": document.map(DocumentId::to_bytes),
                    ":created": millis(row.created),
                    ":updated": millis(row.updated),
                    ":used": row.used.map(millis),
                    ":text": row.text,
                })?;
            embedding.map_or(Ok(()), |embedding| {
                hybrid::keep(connection, PLACE.vectors, seq, embedding)
            })
        })
    }

    /// As [`Store::change_memory`]. The meaning of the text before is forgotten.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoDirection`]; else as every writing.
    pub fn change_memory(
        &self,
        id: MemoryId,
        text: &str,
        embedding: Option<&Embedding>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.run(|connection| {
            let seq = connection
                .prepare_cached(
                    "UPDATE memories SET text = ?2, updated = max(updated, ?3) WHERE id = ?1
                     RETURNING seq",
                )?
                .query_row(params![id.to_bytes(), text, millis(now)], |row| row.get(0))
                .optional()?;
            let Some(seq) = seq else { return Ok(false) };
            match embedding {
                Some(embedding) => hybrid::keep(connection, PLACE.vectors, seq, embedding)?,
                None => {
                    connection
                        .prepare_cached("DELETE FROM memory_vectors WHERE owner = ?1")?
                        .execute([seq])?;
                }
            }
            Ok(true)
        })
    }

    /// As [`Store::memory`], with what this transaction has changed.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn memory(&self, id: MemoryId) -> Result<Option<MemoryRow>, StoreError> {
        self.run(|connection| Ok(one(connection, id)?))
    }

    /// As [`Store::delete_memory`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn delete_memory(&self, id: MemoryId) -> Result<Option<MemoryRow>, StoreError> {
        self.run(|connection| {
            let row = one(connection, id)?;
            connection
                .prepare_cached("DELETE FROM memories WHERE id = ?1")?
                .execute([id.to_bytes()])?;
            Ok(row)
        })
    }
}

fn one(connection: &Connection, id: MemoryId) -> rusqlite::Result<Option<MemoryRow>> {
    connection
        .prepare_cached("SELECT * FROM memories WHERE id = ?1")?
        .query_row([id.to_bytes()], from_row)
        .optional()
}

fn list(connection: &Connection, filter: &MemoryFilter) -> Result<Vec<MemoryRow>, JobError> {
    let (updated, id) = filter
        .before
        .map_or((i64::MAX, [0xff; 16]), |(updated, id)| {
            (millis(updated), id.to_bytes())
        });
    let limit = filter.limit.min(MEMORIES_MAX);
    let query = filter.search.as_deref().and_then(search::query);
    let only = match query {
        Some(_) => "seq IN (SELECT rowid FROM memory_words WHERE memory_words MATCH ?4)",
        None => "?4 IS NULL",
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT * FROM memories WHERE {only} AND (updated, id) < (?1, ?2)
         ORDER BY updated DESC, id DESC LIMIT ?3"
    ))?;
    let rows = statement.query_map(params![updated, id, limit, query], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

type Columns = (
    Option<ConversationId>,
    Option<MessageId>,
    Option<DocumentId>,
);

fn columns(source: MemorySource) -> Columns {
    match source {
        MemorySource::Person => (None, None, None),
        MemorySource::Conversation(id) => (Some(id), None, None),
        MemorySource::Message(conversation, message) => (Some(conversation), Some(message), None),
        MemorySource::Document(id) => (None, None, Some(id)),
    }
}

fn source(row: &Row<'_>) -> rusqlite::Result<MemorySource> {
    let id = |name| row.get::<_, Option<[u8; 16]>>(name);
    let conversation = id("source_conversation")?.map(ConversationId::from_bytes);
    let message = id("source_message")?.map(MessageId::from_bytes);
    let document = id("source_document")?.map(DocumentId::from_bytes);
    Ok(match (conversation, message, document) {
        (Some(conversation), Some(message), _) => MemorySource::Message(conversation, message),
        (Some(conversation), None, _) => MemorySource::Conversation(conversation),
        (None, _, Some(document)) => MemorySource::Document(document),
        (None, _, None) => MemorySource::Person,
    })
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<MemoryRow> {
    Ok(MemoryRow {
        id: MemoryId::from_bytes(row.get("id")?),
        text: row.get("text")?,
        kind: row.get("kind")?,
        source: source(row)?,
        created: time(row.get("created")?),
        updated: time(row.get("updated")?),
        used: row.get::<_, Option<i64>>("used")?.map(time),
    })
}
