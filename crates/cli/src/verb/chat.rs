//! `hai-net chat`: asks the model.
//!
//! With a text, or with something piped in, it answers once; in a terminal without a text it talks.
//! Where no hub runs, one is opened for as long as the chat takes.

mod answer;
mod leaving;
mod once;
mod talk;

use std::io::{IsTerminal, Read};

use base::{ConversationId, MessageId};
use contract::conversation::{MESSAGE_CHARS_MAX, MessageSent, ReadConversation, Role, SendMessage};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::{Link, with_any_for_long};
use crate::pick;

/// Bytes that are read from standard input: the longest message, in the longest letters. One more
/// tells that it was too long.
const INPUT_BYTES_MAX: u64 = MESSAGE_CHARS_MAX as u64 * 4 + 1;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to ask. What is piped in is put behind it
    text: Vec<String>,
    /// Go on with this conversation: its id, the end of its id, or `last`
    #[arg(short, long, conflicts_with = "new")]
    conversation: Option<String>,
    /// Begin a new conversation, as without `--conversation`
    #[arg(long)]
    new: bool,
    /// The model to ask
    #[arg(short, long)]
    model: Option<String>,
    /// Show what would leave if the conversation's last question went to a model elsewhere; nothing is sent
    #[arg(long, requires = "conversation", conflicts_with = "text")]
    look: bool,
    /// Send exactly what `--look` showed, once: the digest that stands there
    #[arg(
        long,
        value_name = "DIGEST",
        requires = "conversation",
        conflicts_with_all = ["text", "look"]
    )]
    send_once: Option<String>,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    let asks_nothing_new = args.look || args.send_once.is_some();
    let talks = args.text.is_empty()
        && !asks_nothing_new
        && !scene.screen.is_json()
        && scene.screen.is_terminal()
        && std::io::stdin().is_terminal();
    // Read before a hub is opened: whoever pipes into us may take its time.
    let question = if talks || asks_nothing_new {
        None
    } else {
        Some(question(&args.text)?)
    };
    with_any_for_long(scene, async |link| {
        let thread = Thread::begin(link, args.conversation.as_deref(), args.model).await?;
        if args.look {
            return leaving::look(link, &thread, scene).await;
        }
        if let Some(digest) = args.send_once {
            return once::send(link, thread, digest, scene).await;
        }
        match question {
            Some(question) => once::run(link, thread, question, scene).await,
            None => talk::run(link, thread, scene).await,
        }
    })
    .await
}

/// The text of the command line and what is piped in.
fn question(words: &[String]) -> Result<String, Failure> {
    let mut parts = vec![words.join(" ")];
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || words.is_empty() {
        let mut bytes = Vec::new();
        let read = stdin.lock().take(INPUT_BYTES_MAX).read_to_end(&mut bytes);
        read.map_err(|error| Failure::internal(&error))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage("What is piped in is not text (UTF-8)."))?;
        parts.push(text);
    }
    parts.retain(|part| !part.trim().is_empty());
    let question = parts.join("\n\n").trim().to_owned();
    if question.is_empty() {
        return Err(Failure::usage(
            "There is nothing to ask: give a text, or pipe one in.",
        ));
    }
    Ok(question)
}

/// The conversation that goes on.
struct Thread {
    conversation: Option<ConversationId>,
    /// What the next message answers.
    head: Option<MessageId>,
    /// The person's last message.
    question: Option<MessageId>,
    /// The model that was named; `None` leaves the choice to the hub.
    model: Option<String>,
}

impl Thread {
    async fn begin(
        link: &Link,
        named: Option<&str>,
        model: Option<String>,
    ) -> Result<Self, Failure> {
        let mut thread = Self {
            conversation: None,
            head: None,
            question: None,
            model,
        };
        if let Some(named) = named {
            let conversation = pick::conversation(link, named).await?;
            let view = link.ask(ReadConversation { conversation }).await?;
            thread.conversation = Some(conversation);
            thread.head = view.head;
            let mut shown = view.shown().into_iter().rev();
            thread.question = shown
                .find(|message| message.role == Role::User)
                .map(|m| m.id);
        }
        Ok(thread)
    }

    /// Says something in this conversation; from now on the answer is its head.
    async fn say(&mut self, link: &Link, text: String) -> Result<MessageSent, Failure> {
        let ask = SendMessage {
            conversation: self.conversation,
            parent: self.head,
            text,
            model: self.model.clone(),
        };
        let sent = link.ask(ask).await?;
        self.goes_on_with(sent);
        Ok(sent)
    }

    fn goes_on_with(&mut self, sent: MessageSent) {
        self.conversation = Some(sent.conversation);
        self.head = Some(sent.answer);
        self.question = Some(sent.question);
    }
}
