//! `hai-net memory`: what the AI learned about the person, and the documents that it was given.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use contract::memory::{
    AddDocument, DOCUMENT_BYTES_MAX, DocumentList, ForgetMemory, KeepMemory, ListDocuments,
    ListMemories, MemoryList, RemoveDocument,
};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_any;
use crate::pick::{self, short_id};
use crate::screen::{short, tame, text_of};
use crate::when;

/// Characters of a memory in the list.
const TEXT_SHOWN: usize = 80;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: MemoryVerb,
}

#[derive(Debug, clap::Subcommand)]
enum MemoryVerb {
    /// List what the AI learned about you
    List {
        /// Only what fits these words
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// Have the AI remember something
    Keep {
        /// What
        text: String,
    },
    /// Change what the AI remembers
    Change {
        /// Its id, or the end of it
        memory: String,
        /// What it is from now on
        text: String,
    },
    /// Forget something
    Forget {
        /// Its id, or the end of it
        memory: String,
    },
    /// List the documents
    Documents,
    /// Give a document to the AI: txt, md, html, csv or pdf
    Add {
        /// The file
        file: PathBuf,
        /// The conversation that it belongs to: its id, the end of it, or `last`
        #[arg(long, value_name = "CONVERSATION")]
        conversation: Option<String>,
    },
    /// Forget a document
    Remove {
        /// Its id, or the end of it
        document: String,
    },
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        MemoryVerb::List { search } => {
            let ask = ListMemories {
                search,
                limit: None,
            };
            let list = with_any(scene, async |link| link.ask(ask).await).await?;
            scene.screen.show(&list, || words(&list, scene))
        }
        MemoryVerb::Keep { text } => keep(None, text, scene).await,
        MemoryVerb::Change { memory, text } => keep(Some(&memory), text, scene).await,
        MemoryVerb::Forget { memory } => {
            let memory = with_any(scene, async |link| {
                let memory = pick::memory(link, &memory).await?;
                link.ask(ForgetMemory { memory }).await?;
                Ok(memory)
            })
            .await?;
            let view = serde_json::json!({ "forgotten": memory });
            scene
                .screen
                .show(&view, || format!("Forgot {}.", short_id(&memory)))
        }
        MemoryVerb::Documents => {
            let list = with_any(scene, async |link| link.ask(ListDocuments {}).await).await?;
            scene.screen.show(&list, || document_words(&list, scene))
        }
        MemoryVerb::Add { file, conversation } => add(&file, conversation.as_deref(), scene).await,
        MemoryVerb::Remove { document } => {
            let document = with_any(scene, async |link| {
                let document = pick::document(link, &document).await?;
                link.ask(RemoveDocument { document }).await?;
                Ok(document)
            })
            .await?;
            let view = serde_json::json!({ "removed": document });
            scene
                .screen
                .show(&view, || format!("Removed {}.", short_id(&document)))
        }
    }
}

async fn keep(named: Option<&str>, text: String, scene: &Scene) -> Result<(), Failure> {
    let kept = with_any(scene, async |link| {
        let memory = match named {
            Some(named) => Some(pick::memory(link, named).await?),
            None => None,
        };
        link.ask(KeepMemory { memory, text }).await
    })
    .await?;
    scene
        .screen
        .show(&kept, || format!("Remembered as {}.", short_id(&kept.id)))
}

async fn add(file: &Path, conversation: Option<&str>, scene: &Scene) -> Result<(), Failure> {
    let unreadable = |error| Failure::usage(format!("{} cannot be read: {error}", file.display()));
    let bytes = std::fs::metadata(file).map_err(unreadable)?.len();
    if bytes > DOCUMENT_BYTES_MAX {
        let most = DOCUMENT_BYTES_MAX / (1024 * 1024);
        let message = format!("{} is larger than {most} MiB.", file.display());
        return Err(Failure::usage(message));
    }
    let content = BASE64_STANDARD.encode(std::fs::read(file).map_err(unreadable)?);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let added = with_any(scene, async |link| {
        let conversation = match conversation {
            Some(named) => Some(pick::conversation(link, named).await?),
            None => None,
        };
        let ask = AddDocument {
            conversation,
            name: name.into_owned(),
            content,
        };
        link.ask(ask).await
    })
    .await?;
    scene.screen.show(&added, || {
        format!("Read {} in {} pieces.", tame(&added.name), added.chunks)
    })
}

fn words(list: &MemoryList, scene: &Scene) -> String {
    if list.memories.is_empty() {
        return "The AI remembers nothing of this. Tell it: hai-net memory keep TEXT".to_owned();
    }
    let mut table = scene.screen.table(&["ID", "LEARNED", "WHAT"]);
    for memory in &list.memories {
        table.add_row([
            short_id(&memory.id),
            when::minute(memory.created),
            short(&memory.text, TEXT_SHOWN),
        ]);
    }
    text_of(&table)
}

fn document_words(list: &DocumentList, scene: &Scene) -> String {
    if list.documents.is_empty() {
        return "There are no documents. Give one: hai-net memory add FILE".to_owned();
    }
    let mut table = scene
        .screen
        .table(&["ID", "ADDED", "PIECES", "BYTES", "NAME"]);
    for document in &list.documents {
        table.add_row([
            short_id(&document.id),
            when::minute(document.added),
            document.chunks.to_string(),
            document.bytes.to_string(),
            short(&document.name, TEXT_SHOWN),
        ]);
    }
    text_of(&table)
}
