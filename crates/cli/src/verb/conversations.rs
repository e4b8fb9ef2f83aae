//! `hai-net conversations`: list, read, export, rename and delete them.

mod export;
mod read;

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use base::ConversationId;
use contract::conversation::{
    ConversationList, DeleteConversation, LIST_LIMIT_MAX, ListConversations, RenameConversation,
};
use serde_json::json;

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::{Link, with_any};
use crate::pick::{self, short_id};
use crate::screen::{Colour, short, tame, text_of};
use crate::when;

/// Characters of a title in the list.
const TITLE_SHOWN: usize = 60;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A CONVERSATION is an id, the end of an id as the list shows it, or `last`."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: ConversationsVerb,
}

#[derive(Debug, clap::Subcommand)]
enum ConversationsVerb {
    /// List them, the last used first
    List {
        /// At most this many
        #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=i64::from(LIST_LIMIT_MAX)))]
        limit: u32,
    },
    /// Find those that hold some words
    Search {
        /// The words
        #[arg(required = true, num_args = 1..)]
        words: Vec<String>,
        /// At most this many
        #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=i64::from(LIST_LIMIT_MAX)))]
        limit: u32,
    },
    /// Show one
    Show {
        /// Which
        conversation: String,
    },
    /// Make a file of one
    Export {
        /// Which
        conversation: String,
        /// Markdown for reading, or JSON with all branches
        #[arg(long, value_enum, default_value_t = export::Format::Md)]
        format: export::Format,
        /// Write here instead of to standard output; a folder gets a file with a fitting name
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Replace the file if there is one
        #[arg(long, requires = "output")]
        force: bool,
    },
    /// Give one another title
    Rename {
        /// Which
        conversation: String,
        /// The new title
        #[arg(required = true, num_args = 1..)]
        title: Vec<String>,
    },
    /// Delete some for good
    Delete {
        /// Which
        #[arg(required = true)]
        conversation: Vec<String>,
        /// Do not ask back
        #[arg(short, long)]
        yes: bool,
    },
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        ConversationsVerb::List { limit } => list(None, limit, scene).await,
        ConversationsVerb::Search { words, limit } => {
            list(Some(words.join(" ")), limit, scene).await
        }
        ConversationsVerb::Show { conversation } => read::show(&conversation, scene).await,
        ConversationsVerb::Export {
            conversation,
            format,
            output,
            force,
        } => export::run(&conversation, format, output.as_deref(), force, scene).await,
        ConversationsVerb::Rename {
            conversation,
            title,
        } => rename(&conversation, title.join(" "), scene).await,
        ConversationsVerb::Delete { conversation, yes } => delete(&conversation, yes, scene).await,
    }
}

async fn list(search: Option<String>, limit: u32, scene: &Scene) -> Result<(), Failure> {
    let searched = search.is_some();
    let ask = ListConversations {
        search,
        limit: Some(limit),
        after: None,
    };
    let list = with_any(scene, async |link| link.ask(ask).await).await?;
    scene.screen.show(&list, || words(&list, scene, searched))?;
    let shown = list.conversations.len() as u64;
    if !searched && shown < list.total {
        scene
            .screen
            .remark(&format!("{shown} of {}; more with -n NUMBER", list.total));
    }
    Ok(())
}

fn words(list: &ConversationList, scene: &Scene, searched: bool) -> String {
    if list.conversations.is_empty() {
        let none = if searched {
            "No conversation holds these words."
        } else {
            "There is no conversation yet. Begin one: hai-net chat"
        };
        return none.to_owned();
    }
    let heads: &[&str] = if searched {
        &["ID", "LAST USED", "TITLE", "FOUND"]
    } else {
        &["ID", "LAST USED", "MESSAGES", "TITLE"]
    };
    let mut table = scene.screen.table(heads);
    for one in &list.conversations {
        let title = short(&one.title, TITLE_SHOWN);
        let (third, fourth) = if searched {
            let found: String = one.found.iter().map(|piece| piece.text.as_str()).collect();
            (title, short(&found, TITLE_SHOWN))
        } else {
            (one.messages.to_string(), title)
        };
        table.add_row([short_id(&one.id), when::minute(one.updated), third, fourth]);
    }
    text_of(&table)
}

async fn rename(named: &str, title: String, scene: &Scene) -> Result<(), Failure> {
    let (conversation, title) = with_any(scene, async |link| {
        let conversation = pick::conversation(link, named).await?;
        let ask = RenameConversation {
            conversation,
            title: title.clone(),
        };
        link.ask(ask).await?;
        Ok((conversation, title))
    })
    .await?;
    let view = json!({ "conversation": conversation, "title": title });
    scene.screen.show(&view, || {
        format!(
            "{} is now called: {}",
            short_id(&conversation),
            tame(&title)
        )
    })
}

async fn delete(named: &[String], yes: bool, scene: &Scene) -> Result<(), Failure> {
    let deleted = with_any(scene, async |link| {
        // All names are looked up first: a wrong one must not leave the work half done.
        let mut conversations = Vec::with_capacity(named.len());
        for name in named {
            conversations.push(pick::conversation(link, name).await?);
        }
        if !yes && !confirmed(conversations.len(), scene) {
            return Err(Failure::interrupted());
        }
        delete_all(link, &conversations).await?;
        Ok(conversations)
    })
    .await?;
    scene.screen.show(&json!({ "deleted": deleted }), || {
        match deleted.as_slice() {
            [one] => format!("Deleted {}.", short_id(one)),
            several => format!("Deleted {} conversations.", several.len()),
        }
    })
}

async fn delete_all(link: &Link, conversations: &[ConversationId]) -> Result<(), Failure> {
    for conversation in conversations {
        link.ask(DeleteConversation {
            conversation: *conversation,
        })
        .await?;
    }
    Ok(())
}

/// Asks back where a person can answer. A script has said what it wants.
fn confirmed(count: usize, scene: &Scene) -> bool {
    let stdin = std::io::stdin();
    if scene.screen.is_json() || !stdin.is_terminal() {
        return true;
    }
    let what = if count == 1 {
        "this conversation"
    } else {
        "these conversations"
    };
    let question = format!("Delete {what} for good? [y/N] ");
    let question = scene.screen.paint(Colour::Careful, &question);
    let mut stderr = std::io::stderr();
    let mut answer = String::new();
    let asked = stderr
        .write_all(question.as_bytes())
        .and_then(|()| stderr.flush());
    let read = asked.and_then(|()| stdin.lock().read_line(&mut answer));
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
