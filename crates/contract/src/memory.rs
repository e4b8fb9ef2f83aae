//! What the AI learned about the person, and the documents that it was given.

use base::{ConversationId, DocumentId, MemoryId, Timestamp};
use serde::{Deserialize, Serialize};

/// The most characters of one memory.
///
/// A memory is a sentence or two; a page is a document.
pub const MEMORY_CHARS_MAX: usize = 2_000;

/// The most memories in one [`MemoryList`].
pub const MEMORIES_LISTED_MAX: u32 = 1_000;

/// The largest document that can be given, in bytes.
///
/// A long book as PDF; larger ones would keep the embedded model busy for an hour.
pub const DOCUMENT_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Lists what the AI learned about the person, the newest first; with a search, the best match first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListMemories {
    /// Only those that fit these words.
    #[serde(default)]
    pub search: Option<String>,
    /// At most this many, up to [`MEMORIES_LISTED_MAX`]; `None` for 200.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Some memories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryList {
    /// The memories.
    pub memories: Vec<MemoryView>,
}

/// Something that the AI learned about the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryView {
    /// Names it.
    pub id: MemoryId,
    /// What it is.
    pub text: String,
    /// Where it was learned; `None` when the person wrote it.
    pub source: Option<ConversationId>,
    /// When it was learned.
    pub created: Timestamp,
    /// When it was changed.
    pub updated: Timestamp,
}

/// Writes a memory, or changes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepMemory {
    /// Which to change; `None` for a new one.
    #[serde(default)]
    pub memory: Option<MemoryId>,
    /// What it is, up to [`MEMORY_CHARS_MAX`] characters.
    pub text: String,
}

/// Forgets something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgetMemory {
    /// What.
    pub memory: MemoryId,
}

/// Gives a document to the AI: txt, md, html, csv or pdf. It is read, cut into pieces and indexed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddDocument {
    /// The conversation that it belongs to; `None` for all.
    #[serde(default)]
    pub conversation: Option<ConversationId>,
    /// The file's name; its ending tells what it is where the content does not.
    pub name: String,
    /// The content in base64, up to [`DOCUMENT_BYTES_MAX`] bytes.
    pub content: String,
}

/// Lists the documents.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListDocuments {}

/// The documents, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentList {
    /// The documents.
    pub documents: Vec<DocumentView>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentView {
    /// Names it.
    pub id: DocumentId,
    /// The file's name.
    pub name: String,
    /// The conversation that it belongs to.
    pub conversation: Option<ConversationId>,
    /// Its size in bytes.
    pub bytes: u64,
    /// Pieces that it was cut into.
    pub chunks: u32,
    /// When it was given.
    pub added: Timestamp,
}

/// Forgets a document with all its pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveDocument {
    /// Which.
    pub document: DocumentId,
}
