//! Answers about what the AI remembers, and about documents.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use contract::memory::{
    AddDocument, DOCUMENT_BYTES_MAX, DocumentList, DocumentView, ForgetMemory, KeepMemory,
    ListDocuments, ListMemories, MEMORIES_LISTED_MAX, MEMORY_CHARS_MAX, MemoryList, MemoryView,
    RemoveDocument,
};
use contract::{Code, Done, Fault, Notice};
use sha2::{Digest, Sha256};
use store::{Chunk, DocumentRow, MemoryFilter, MemoryRow, MemorySource};
use tools::documents;

use super::Answer;
use crate::desk::Input;
use crate::house::Hub;
use crate::{convert, meaning};

/// How many memories a list holds when no limit is named.
const MEMORIES_LISTED_USUAL: u32 = 200;

impl Answer<ListMemories> for Hub {
    async fn answer_to(&self, ask: ListMemories) -> Result<MemoryList, Fault> {
        let limit = ask
            .limit
            .unwrap_or(MEMORIES_LISTED_USUAL)
            .min(MEMORIES_LISTED_MAX);
        let words = ask.search.filter(|words| !words.trim().is_empty());
        let store = &self.house.store;
        let rows = match words {
            None => {
                let filter = MemoryFilter {
                    limit,
                    ..MemoryFilter::default()
                };
                store.memories(filter).await
            }
            Some(text) => {
                let search = self.search_for(text, limit).await;
                let hits = store.search_memories(search).await;
                hits.map(|hits| {
                    let found = meaning::found(hits, |hit| hit.fit);
                    found.into_iter().map(|found| found.memory).collect()
                })
            }
        };
        let rows = rows.map_err(|error| convert::store_fault(&error))?;
        Ok(MemoryList {
            memories: rows.into_iter().map(memory).collect(),
        })
    }
}

impl Answer<KeepMemory> for Hub {
    async fn answer_to(&self, ask: KeepMemory) -> Result<MemoryView, Fault> {
        let text = ask.text.trim().to_owned();
        if text.is_empty() || text.chars().count() > MEMORY_CHARS_MAX {
            let message = format!("A memory has 1 to {MEMORY_CHARS_MAX} characters.");
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let (store, now) = (&self.house.store, self.now());
        let row = match ask.memory {
            None => {
                let row = MemoryRow {
                    id: self.house.mint.memory(),
                    text,
                    kind: "fact".to_owned(),
                    source: MemorySource::Person,
                    created: now,
                    updated: now,
                    used: None,
                };
                let added = store.add_memory(row.clone(), None).await;
                added.map_err(|error| convert::store_fault(&error))?;
                row
            }
            Some(id) => {
                let changed = store.change_memory(id, text, None, now).await;
                if !changed.map_err(|error| convert::store_fault(&error))? {
                    return Err(no_memory());
                }
                let row = store.memory(id).await;
                row.map_err(|error| convert::store_fault(&error))?
                    .ok_or_else(no_memory)?
            }
        };
        self.bring(Input::Tell(Notice::MemoriesChanged)).await;
        Ok(memory(row))
    }
}

impl Answer<ForgetMemory> for Hub {
    async fn answer_to(&self, ask: ForgetMemory) -> Result<Done, Fault> {
        let gone = self.house.store.delete_memory(ask.memory).await;
        gone.map_err(|error| convert::store_fault(&error))?
            .ok_or_else(no_memory)?;
        self.bring(Input::Tell(Notice::MemoriesChanged)).await;
        Ok(Done {})
    }
}

fn memory(row: MemoryRow) -> MemoryView {
    MemoryView {
        id: row.id,
        text: row.text,
        source: match row.source {
            MemorySource::Conversation(conversation) | MemorySource::Message(conversation, _) => {
                Some(conversation)
            }
            MemorySource::Person | MemorySource::Document(_) => None,
        },
        created: row.created,
        updated: row.updated,
    }
}

fn no_memory() -> Fault {
    Fault::refused(Code::NotFound, "That is not remembered any more.")
}

impl Answer<AddDocument> for Hub {
    async fn answer_to(&self, ask: AddDocument) -> Result<DocumentView, Fault> {
        let invalid = |message: String| Fault::refused(Code::InvalidAsk, message);
        // Three bytes take four characters.
        if ask.content.len() as u64 / 4 * 3 > DOCUMENT_BYTES_MAX + 2 {
            let most = DOCUMENT_BYTES_MAX / (1024 * 1024);
            return Err(invalid(format!("A document has at most {most} MiB.")));
        }
        let bytes = BASE64_STANDARD
            .decode(&ask.content)
            .map_err(|_| invalid("The content is not base64.".to_owned()))?;
        let (name, length) = (ask.name.clone(), bytes.len() as u64);
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        let read = self
            .blocking(move || documents::read(&name, &bytes))
            .await?;
        let document = read.map_err(|error| {
            Fault::refused(
                Code::InvalidAsk,
                convert::capital(&convert::chain(&error)) + ".",
            )
            .advising("HAI-Net reads txt, md, html, csv and pdf.")
        })?;
        let row = DocumentRow {
            id: self.house.mint.document(),
            name: ask.name,
            media_type: document.media_type.name().to_owned(),
            bytes: length,
            sha256,
            conversation: ask.conversation,
            added: self.now(),
        };
        let chunks: Vec<Chunk> = document
            .chunks
            .into_iter()
            .map(|chunk| Chunk {
                text: chunk.text,
                start: chunk.start as u64,
                end: chunk.end as u64,
                page: chunk.page,
            })
            .collect();
        let count = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
        let added = self.house.store.add_document(row.clone(), chunks).await;
        added.map_err(|error| convert::store_fault(&error))?;
        self.bring(Input::Tell(Notice::MemoriesChanged)).await;
        Ok(view(row, count))
    }
}

impl Answer<ListDocuments> for Hub {
    async fn answer_to(&self, _ask: ListDocuments) -> Result<DocumentList, Fault> {
        let store = &self.house.store;
        let rows = store
            .documents(None)
            .await
            .map_err(|error| convert::store_fault(&error))?;
        let mut documents = Vec::new();
        for row in rows {
            let chunks = store
                .chunk_count(row.id)
                .await
                .map_err(|error| convert::store_fault(&error))?;
            documents.push(view(row, chunks));
        }
        Ok(DocumentList { documents })
    }
}

impl Answer<RemoveDocument> for Hub {
    async fn answer_to(&self, ask: RemoveDocument) -> Result<Done, Fault> {
        let gone = self.house.store.delete_document(ask.document).await;
        if !gone.map_err(|error| convert::store_fault(&error))? {
            return Err(Fault::refused(Code::NotFound, "That document is gone."));
        }
        self.bring(Input::Tell(Notice::MemoriesChanged)).await;
        Ok(Done {})
    }
}

fn view(row: DocumentRow, chunks: u32) -> DocumentView {
    DocumentView {
        id: row.id,
        name: row.name,
        conversation: row.conversation,
        bytes: row.bytes,
        chunks,
        added: row.added,
    }
}
