//! One question, one answer.

use contract::Fault;
use contract::conversation::{MessageSent, MessageState};
use serde_json::json;

use super::answer::{Ended, follow};
use super::{Thread, leaving};
use crate::args::Scene;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupts;
use crate::link::Link;
use crate::pick::short_id;

pub(super) async fn run(
    link: &Link,
    mut thread: Thread,
    question: String,
    scene: &Scene,
) -> Result<(), Failure> {
    answered(link, scene, async || thread.say(link, question).await).await
}

/// Has exactly what was looked at leave, once.
pub(super) async fn send(
    link: &Link,
    mut thread: Thread,
    digest: String,
    scene: &Scene,
) -> Result<(), Failure> {
    answered(link, scene, async || {
        leaving::send(link, &mut thread, digest).await
    })
    .await
}

/// Asks, and shows the answer as it comes.
async fn answered(
    link: &Link,
    scene: &Scene,
    ask: impl AsyncFnOnce() -> Result<MessageSent, Failure>,
) -> Result<(), Failure> {
    let mut interrupts = Interrupts::new().map_err(|error| Failure::internal(&error))?;
    // The watch begins first, so that no word falls between the two.
    let mut watching = link.watch().await?;
    let sent = ask().await?;
    let ended = follow(link, &mut watching, &mut interrupts, sent, &scene.screen).await?;
    if scene.screen.is_json() {
        return tell_json(sent, &ended, scene);
    }
    if !ended.text.is_empty() && !ended.text.ends_with('\n') {
        scene.screen.piece("\n")?;
    }
    match ended.state {
        MessageState::Done | MessageState::Writing => Ok(()),
        MessageState::CutOff => {
            let id = short_id(&sent.conversation);
            let advice = format!("The answer reached its limit. Go on: hai-net chat -c {id} go on");
            scene.screen.remark(&advice);
            Ok(())
        }
        MessageState::Stopped => Err(Failure::interrupted()),
        MessageState::Failed { fault } => Err(Failure::Fault(fault)),
    }
}

/// One object: the answer, or as much as there is of it with the fault.
fn tell_json(sent: MessageSent, ended: &Ended, scene: &Scene) -> Result<(), Failure> {
    let mut view = json!({
        "conversation": sent.conversation,
        "question": sent.question,
        "answer": sent.answer,
        "text": ended.text,
        "state": ended.state,
        "usage": ended.usage,
    });
    let fault: Option<&Fault> = match &ended.state {
        MessageState::Failed { fault } => Some(fault),
        MessageState::Done
        | MessageState::Writing
        | MessageState::CutOff
        | MessageState::Stopped => None,
    };
    if let Some(fault) = fault {
        view["fault"] = json!(fault);
    }
    scene.screen.json(&view)?;
    match (&ended.state, fault) {
        (_, Some(fault)) => Err(Failure::Told(Exit::of(fault))),
        (MessageState::Stopped, None) => Err(Failure::interrupted()),
        (_, None) => Ok(()),
    }
}
