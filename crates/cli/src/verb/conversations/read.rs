//! `hai-net conversations show`.

use contract::conversation::{ConversationView, MessageState, MessageView, ReadConversation, Role};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_any;
use crate::pick;
use crate::screen::{Colour, short, tame};
use crate::views::InWords;
use crate::when;

/// Characters of the title above the text.
const TITLE_SHOWN: usize = 200;

pub(super) async fn show(named: &str, scene: &Scene) -> Result<(), Failure> {
    let view = with_any(scene, async |link| {
        let conversation = pick::conversation(link, named).await?;
        link.ask(ReadConversation { conversation }).await
    })
    .await?;
    scene.screen.show(&view, || words(&view, scene))
}

fn words(view: &ConversationView, scene: &Scene) -> String {
    let screen = &scene.screen;
    let head = format!("{}\n{}", short(&view.title, TITLE_SHOWN), view.id);
    let mut parts = vec![screen.paint(Colour::Quiet, &head).into_owned()];
    for message in view.shown() {
        let speaker = match message.role {
            Role::System => "Instructions",
            Role::User => "You",
            Role::Assistant => message.model.as_deref().unwrap_or("HAI"),
        };
        let head = format!("{} · {}", tame(speaker), when::minute(message.created));
        let mut part = format!(
            "{}\n{}",
            screen.paint(Colour::Good, &head),
            InWords::whole(*screen, &message.text)
        );
        if let Some(state) = state(message) {
            part.push_str(&format!("\n{}", screen.paint(Colour::Careful, &state)));
        }
        let branches = view.siblings(message).len();
        if branches > 1 {
            let note = format!("({branches} branches begin here)");
            part.push_str(&format!("\n{}", screen.paint(Colour::Quiet, &note)));
        }
        parts.push(part);
    }
    parts.join("\n\n")
}

/// What is special about a message, in words.
fn state(message: &MessageView) -> Option<String> {
    match &message.state {
        MessageState::Done => None,
        MessageState::Writing => Some("(being written)".to_owned()),
        MessageState::CutOff => Some("(cut off: the answer reached its limit)".to_owned()),
        MessageState::Stopped => Some("(stopped)".to_owned()),
        MessageState::Failed { fault } => Some(format!("(failed: {})", tame(&fault.message))),
    }
}
