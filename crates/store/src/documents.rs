//! Documents that a person has given, cut into chunks that can be searched and cited.
//!
//! The file itself is not kept, only its text.

use base::{ConversationId, DocumentId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Store;
use crate::columns::{count, millis, number, time};
use crate::error::{JobError, StoreError};
use crate::hybrid::{self, Embedding, Fit, HybridSearch, Place};

/// How many chunks without a meaning are given out at once: as many as a model works on in some
/// minutes.
const UNFINISHED_MAX: u32 = 1_000;

/// Where to search among all documents.
const EVERYWHERE: Place = Place {
    words: "chunk_words",
    vectors: "chunk_vectors",
    among: "",
};

/// Where to search for a conversation: among its documents, and those that are for all.
const FOR_ONE: Place = Place {
    among: "SELECT c.seq FROM documents d JOIN chunks c ON c.document = d.seq
            WHERE d.conversation = ?3 OR d.conversation IS NULL",
    ..EVERYWHERE
};

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Its name for machines.
    pub id: DocumentId,
    /// Its name for people: that of the file.
    pub name: String,
    /// What kind of file it is, such as `text/markdown`.
    pub media_type: String,
    /// The length of the file.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// The conversation that it was given to, and with which it is deleted; `None` means all.
    pub conversation: Option<ConversationId>,
    /// When it was given.
    pub added: Timestamp,
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Its text.
    pub text: String,
    /// Where it starts in the text of the document, in bytes.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// The page that it starts on, where there are pages.
    pub page: Option<u32>,
}

/// A chunk that fits a search.
#[derive(Debug, Clone, PartialEq)]
pub struct ChunkFound {
    /// Its name in this store.
    pub number: u64,
    /// The document.
    pub document: DocumentId,
    /// The document's name for people.
    pub name: String,
    /// The chunk.
    pub chunk: Chunk,
    /// How well it fits.
    pub fit: Fit,
}

impl Store {
    /// Keeps a document with its chunks, all or nothing. Returns the numbers of the chunks.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownConversation`]; [`StoreError::AlreadyThere`] when there is one of this id;
    /// else as every writing.
    pub async fn add_document(
        &self,
        row: DocumentRow,
        chunks: Vec<Chunk>,
    ) -> Result<Vec<u64>, StoreError> {
        self.write("saving a document", move |connection| {
            insert(connection, &row, &chunks)
        })
        .await
    }

    /// Keeps the meanings of chunks, by their numbers. One that is gone meanwhile is left out.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoDirection`]; else as every writing.
    pub async fn set_chunk_embeddings(
        &self,
        embeddings: Vec<(u64, Embedding)>,
    ) -> Result<(), StoreError> {
        self.write("saving the meaning of a document", move |connection| {
            for (chunk, embedding) in &embeddings {
                let seq: Option<i64> = connection
                    .prepare_cached("SELECT seq FROM chunks WHERE seq = ?1")?
                    .query_row([number(*chunk)], |row| row.get(0))
                    .optional()?;
                if let Some(seq) = seq {
                    hybrid::keep(connection, EVERYWHERE.vectors, seq, embedding)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Chunks without the meaning that `model` gives them: their numbers and texts, the oldest first.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn chunks_without_embedding(
        &self,
        model: impl Into<String>,
        limit: u32,
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let model = model.into();
        self.read("looking for chunks without a meaning", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT c.seq, c.text FROM chunks c
                 LEFT JOIN chunk_vectors v ON v.owner = c.seq AND v.model = ?1
                 WHERE v.owner IS NULL ORDER BY c.seq LIMIT ?2",
            )?;
            let rows = statement.query_map(params![model, limit.min(UNFINISHED_MAX)], |row| {
                Ok((count(row.get(0)?), row.get(1)?))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// All documents, the newest first; with a conversation, only those that were given to it.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn documents(
        &self,
        conversation: Option<ConversationId>,
    ) -> Result<Vec<DocumentRow>, StoreError> {
        self.read("listing documents", move |connection| {
            let only = match conversation {
                Some(_) => "conversation = ?1",
                None => "?1 IS NULL",
            };
            let mut statement = connection.prepare_cached(&format!(
                "SELECT * FROM documents WHERE {only} ORDER BY seq DESC"
            ))?;
            let rows =
                statement.query_map([conversation.map(ConversationId::to_bytes)], from_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// One document; `None` when there is no such one.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn document(&self, id: DocumentId) -> Result<Option<DocumentRow>, StoreError> {
        self.read("reading a document", move |connection| {
            let row = connection
                .prepare_cached("SELECT * FROM documents WHERE id = ?1")?
                .query_row([id.to_bytes()], from_row)
                .optional()?;
            Ok(row)
        })
        .await
    }

    /// The documents that are the same file, wherever they were given: for not reading one twice.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn documents_of_file(
        &self,
        sha256: [u8; 32],
    ) -> Result<Vec<DocumentRow>, StoreError> {
        self.read("looking for a document", move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT * FROM documents WHERE sha256 = ?1 ORDER BY seq")?;
            let rows = statement.query_map([sha256], from_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// The chunks of a document, in their order.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownDocument`]; else as every reading.
    pub async fn chunks(&self, document: DocumentId) -> Result<Vec<Chunk>, StoreError> {
        self.read("reading a document", move |connection| {
            let seq: Option<i64> = connection
                .prepare_cached("SELECT seq FROM documents WHERE id = ?1")?
                .query_row([document.to_bytes()], |row| row.get(0))
                .optional()?;
            let seq = seq.ok_or(StoreError::UnknownDocument(document))?;
            let mut statement = connection
                .prepare_cached("SELECT * FROM chunks WHERE document = ?1 ORDER BY seq")?;
            let rows = statement.query_map([seq], chunk)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// How many chunks a document has; none where there is no such document.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn chunk_count(&self, document: DocumentId) -> Result<u32, StoreError> {
        self.read("counting the chunks of a document", move |connection| {
            let count = connection
                .prepare_cached(
                    "SELECT count(*) FROM chunks
                     WHERE document = (SELECT seq FROM documents WHERE id = ?1)",
                )?
                .query_row([document.to_bytes()], |row| row.get(0))?;
            Ok(count)
        })
        .await
    }

    /// Removes a document with its chunks; `false` when there is none.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn delete_document(&self, id: DocumentId) -> Result<bool, StoreError> {
        self.write("deleting a document", move |connection| {
            let removed = connection
                .prepare_cached("DELETE FROM documents WHERE id = ?1")?
                .execute([id.to_bytes()])?;
            Ok(removed > 0)
        })
        .await
    }

    /// The chunks that fit a question, the best first. With a conversation, only those of its documents
    /// and of those that are for all.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoDirection`]; else as every reading.
    pub async fn search_documents(
        &self,
        search: HybridSearch,
        conversation: Option<ConversationId>,
    ) -> Result<Vec<ChunkFound>, StoreError> {
        self.read("searching documents", move |connection| {
            let place = match conversation {
                Some(_) => &FOR_ONE,
                None => &EVERYWHERE,
            };
            let among = conversation.map(ConversationId::to_bytes);
            let mut statement = connection.prepare_cached(
                "SELECT c.*, d.id, d.name FROM chunks c JOIN documents d ON d.seq = c.document
                 WHERE c.seq = ?1",
            )?;
            hybrid::hits(connection, place, &search, among)?
                .into_iter()
                .map(|(seq, fit)| {
                    let found = statement.query_row([seq], |row| {
                        Ok(ChunkFound {
                            number: count(seq),
                            document: DocumentId::from_bytes(row.get("id")?),
                            name: row.get("name")?,
                            chunk: chunk(row)?,
                            fit,
                        })
                    });
                    Ok(found?)
                })
                .collect()
        })
        .await
    }
}

fn insert(
    connection: &Connection,
    row: &DocumentRow,
    chunks: &[Chunk],
) -> Result<Vec<u64>, JobError> {
    if let Some(conversation) = row.conversation {
        crate::conversations::exists(connection, conversation)?;
    }
    let document = connection
        .prepare_cached(
            "INSERT INTO documents (id, name, media_type, bytes, sha256, conversation, added)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .insert(params![
            row.id.to_bytes(),
            row.name,
            row.media_type,
            number(row.bytes),
            row.sha256,
            row.conversation.map(ConversationId::to_bytes),
            millis(row.added),
        ])?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO chunks (document, starts, ends, page, text) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut numbers = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let seq = statement.insert(params![
            document,
            number(chunk.start),
            number(chunk.end),
            chunk.page,
            chunk.text
        ])?;
        numbers.push(count(seq));
    }
    connection
        .prepare_cached(
            "INSERT INTO chunk_words (rowid, text)
             SELECT seq, text FROM chunks WHERE document = ?1",
        )?
        .execute([document])?;
    Ok(numbers)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    Ok(DocumentRow {
        id: DocumentId::from_bytes(row.get("id")?),
        name: row.get("name")?,
        media_type: row.get("media_type")?,
        bytes: count(row.get("bytes")?),
        sha256: row.get("sha256")?,
        conversation: row
            .get::<_, Option<[u8; 16]>>("conversation")?
            .map(ConversationId::from_bytes),
        added: time(row.get("added")?),
    })
}

fn chunk(row: &Row<'_>) -> rusqlite::Result<Chunk> {
    Ok(Chunk {
        text: row.get("text")?,
        start: count(row.get("starts")?),
        end: count(row.get("ends")?),
        page: row.get("page")?,
    })
}
