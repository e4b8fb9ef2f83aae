//! Documents that a person drops in, as text in pieces that can be searched and cited.
//!
//! The hub calls [`read`] off the runtime's threads. A document is a stranger's: its size, pages, time
//! and nesting are bounded, and a PDF is read on a thread of its own whose panic is an error like others.

mod chunk;
mod decode;
mod error;
mod pdf;
mod read;
mod table;

pub use chunk::{CHUNK_CHARS, Chunk, OVERLAP_CHARS};
pub use error::DocumentError;
pub use read::{DOCUMENT_BYTES_MAX, Document, MediaType, read};
