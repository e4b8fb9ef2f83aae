//! What would leave for a model of somebody else's computer: shown first, and sent once on a yes.

use base::{ConversationId, MessageId};
use contract::conversation::{MessageSent, PreviewQuestion, QuestionPreview, RegenerateAnswer};

use super::Thread;
use crate::args::Scene;
use crate::failure::Failure;
use crate::link::Link;
use crate::screen::{Colour, tame};

/// Shows what would leave if the last question were asked once more.
pub(super) async fn look(link: &Link, thread: &Thread, scene: &Scene) -> Result<(), Failure> {
    let (conversation, question) = last_question(thread)?;
    let ask = PreviewQuestion {
        conversation,
        question,
        model: thread.model.clone(),
    };
    let preview = link.ask(ask).await?;
    scene.screen.show(&preview, || words(&preview, scene))
}

/// Has exactly what was looked at leave, once.
pub(super) async fn send(
    link: &Link,
    thread: &mut Thread,
    digest: String,
) -> Result<MessageSent, Failure> {
    let (conversation, question) = last_question(thread)?;
    let ask = RegenerateAnswer {
        conversation,
        question,
        model: thread.model.clone(),
        approved: Some(digest),
    };
    let sent = link.ask(ask).await?;
    thread.goes_on_with(sent);
    Ok(sent)
}

fn last_question(thread: &Thread) -> Result<(ConversationId, MessageId), Failure> {
    let both = thread.conversation.zip(thread.question);
    both.ok_or_else(|| Failure::usage("There is no question in this conversation yet."))
}

fn words(preview: &QuestionPreview, scene: &Scene) -> String {
    let quiet = |text: &str| scene.screen.paint(Colour::Quiet, text).into_owned();
    let mut lines = vec![format!(
        "This is all that would be said to {} ({}):",
        tame(&preview.model),
        tame(&preview.runs_on)
    )];
    for turn in &preview.turns {
        lines.push(String::new());
        lines.push(quiet(&format!("{}:", tame(&turn.role))));
        lines.push(tame(&turn.text).into_owned());
        if let Some(masked) = &turn.masked {
            lines.push(quiet("with private parts hidden:"));
            lines.push(tame(masked).into_owned());
        }
    }
    lines.push(String::new());
    lines.push(match preview.kinds.as_slice() {
        [] => "The guardian found nothing private in the words.".to_owned(),
        kinds => format!(
            "The guardian found: {}.",
            kinds.join(", ").replace('_', " ")
        ),
    });
    if preview.holds_private {
        lines.push("Some of it was made of memories, files or notes.".to_owned());
    }
    lines.push("To send it once:".to_owned());
    if let Some(digest) = &preview.digest_masked {
        lines.push(format!("  with private parts hidden: --send-once {digest}"));
    }
    lines.push(format!(
        "  as it is:                  --send-once {}",
        preview.digest
    ));
    lines.join("\n")
}
