//! Talking with the model in a terminal.

mod editor;

use contract::conversation::{MessageSent, MessageState, RegenerateAnswer};
use contract::model::ShowModel;
use contract::model_server::ListModelChoices;
use control::Watching;
use machine::Paths;

use self::editor::{Entered, LineEditor};
use super::Thread;
use super::answer::{Ended, follow};
use crate::args::Scene;
use crate::failure::Failure;
use crate::interrupt::Interrupts;
use crate::link::Link;
use crate::pick::short_id;
use crate::screen::{Colour, tame};

/// The file in the data folder that keeps what was entered.
const HISTORY_FILE: &str = "chat-history";

const HELP: &str = "\
/new            begin a new conversation
/model [NAME]   show or choose the model
/regenerate     have the last question answered once more
/quit           leave (also Ctrl-D)
Ctrl-C stops an answer. A message that begins with / is written with //.";

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wish<'a> {
    Nothing,
    Say(&'a str),
    Help,
    New,
    Model(Option<&'a str>),
    Regenerate,
    Quit,
    Unknown(&'a str),
}

impl<'a> Wish<'a> {
    fn read(line: &'a str) -> Self {
        let line = line.trim();
        if line.is_empty() {
            return Self::Nothing;
        }
        if line.starts_with("//") {
            return Self::Say(&line[1..]);
        }
        if !line.starts_with('/') {
            return Self::Say(line);
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = Some(rest.trim()).filter(|rest| !rest.is_empty());
        match word {
            "/help" | "/?" => Self::Help,
            "/new" => Self::New,
            "/model" => Self::Model(rest),
            "/regenerate" => Self::Regenerate,
            "/quit" | "/exit" => Self::Quit,
            other => Self::Unknown(other),
        }
    }
}

pub(super) async fn run(link: &Link, thread: Thread, scene: &Scene) -> Result<(), Failure> {
    let history = Paths::new(scene.data_folder.clone())?
        .data()
        .join(HISTORY_FILE);
    let mut editor = LineEditor::open(&history)?;
    let interrupts = Interrupts::new().map_err(|error| Failure::internal(&error))?;
    let watching = link.watch().await?;
    let mut talk = Talk {
        link,
        scene,
        thread,
        watching,
        interrupts,
    };
    scene.screen.remark(&talk.greeting());
    let mut leaving = false;
    loop {
        match editor.line().await? {
            Entered::Line(line) => {
                leaving = false;
                if !talk.handle(Wish::read(&line)).await? {
                    return Ok(());
                }
            }
            Entered::Interrupted if leaving => return Ok(()),
            Entered::Interrupted => {
                leaving = true;
                scene.screen.remark("Once more leaves, and so does Ctrl-D.");
            }
            Entered::End => return Ok(()),
        }
    }
}

struct Talk<'a> {
    link: &'a Link,
    scene: &'a Scene,
    thread: Thread,
    watching: Watching,
    interrupts: Interrupts,
}

impl Talk<'_> {
    fn greeting(&self) -> String {
        let begun = match self.thread.conversation {
            Some(conversation) => format!("Going on with {}.", short_id(&conversation)),
            None => "A new conversation.".to_owned(),
        };
        format!("{begun} /help shows what else can be done; Ctrl-D leaves.")
    }

    /// Does what a line asks for; says whether to go on. Only what breaks the way to the hub ends the
    /// talk: all else is told, and the next line may do better.
    async fn handle(&mut self, wish: Wish<'_>) -> Result<bool, Failure> {
        let done = match wish {
            Wish::Quit => return Ok(false),
            Wish::Nothing => Ok(()),
            Wish::Help => self.scene.screen.line(HELP),
            Wish::Say(text) => self.say(text).await,
            Wish::New => {
                self.thread.conversation = None;
                self.thread.head = None;
                self.thread.question = None;
                self.scene.screen.remark("A new conversation.");
                Ok(())
            }
            Wish::Model(name) => self.model(name).await,
            Wish::Regenerate => self.regenerate().await,
            Wish::Unknown(word) => {
                self.scene
                    .screen
                    .remark(&format!("There is no {}. Look at /help.", tame(word)));
                Ok(())
            }
        };
        match done {
            Err(Failure::Fault(fault)) if fault.code != contract::Code::Interrupted => {
                self.scene.screen.fault(&fault);
                Ok(true)
            }
            Err(failure) => Err(failure),
            Ok(()) => Ok(true),
        }
    }

    async fn say(&mut self, text: &str) -> Result<(), Failure> {
        let sent = self.thread.say(self.link, text.to_owned()).await?;
        self.follow(sent).await
    }

    async fn regenerate(&mut self) -> Result<(), Failure> {
        let (Some(conversation), Some(question)) = (self.thread.conversation, self.thread.question)
        else {
            self.scene.screen.remark("There is no question yet.");
            return Ok(());
        };
        let ask = RegenerateAnswer {
            conversation,
            question,
            model: self.thread.model.clone(),
            approved: None,
        };
        let sent = self.link.ask(ask).await?;
        self.thread.goes_on_with(sent);
        self.follow(sent).await
    }

    async fn model(&mut self, name: Option<&str>) -> Result<(), Failure> {
        let Some(name) = name else {
            let chosen = self
                .thread
                .model
                .as_deref()
                .unwrap_or("that of the settings");
            self.scene
                .screen
                .remark(&format!("The model is {}.", tame(chosen)));
            return Ok(());
        };
        let choices = self.link.ask(ListModelChoices {}).await?.models;
        let chosen = choices.into_iter().find(|model| model.name == name);
        let name = match chosen {
            Some(model) => model.name,
            // Only models here have other names; for all else this tells what is wrong.
            None => {
                let ask = ShowModel {
                    name: name.to_owned(),
                };
                self.link.ask(ask).await?.model.name
            }
        };
        let text = format!("{} answers from now on.", tame(&name));
        self.scene.screen.remark(&text);
        self.thread.model = Some(name);
        Ok(())
    }

    async fn follow(&mut self, sent: MessageSent) -> Result<(), Failure> {
        let screen = &self.scene.screen;
        let ended = follow(
            self.link,
            &mut self.watching,
            &mut self.interrupts,
            sent,
            screen,
        )
        .await?;
        if !ended.text.is_empty() && !ended.text.ends_with('\n') {
            screen.piece("\n")?;
        }
        if let Some(note) = note(&ended) {
            screen.line(&screen.paint(Colour::Quiet, &note))?;
        }
        match ended.state {
            MessageState::Failed { fault } => screen.fault(&fault),
            MessageState::Done
            | MessageState::Writing
            | MessageState::CutOff
            | MessageState::Stopped => {}
        }
        Ok(())
    }
}

/// What is worth knowing about an answer.
fn note(ended: &Ended) -> Option<String> {
    let ending = match ended.state {
        MessageState::Done | MessageState::Writing | MessageState::Failed { .. } => None,
        MessageState::CutOff => Some("cut off: the answer reached its limit".to_owned()),
        MessageState::Stopped => Some("stopped".to_owned()),
    };
    let cost = ended.usage.map(|usage| {
        let writing_ms = usage.total_ms.saturating_sub(usage.first_token_ms).max(1);
        let per_second = u64::from(usage.completion_tokens) * 1_000 / writing_ms;
        format!(
            "{} tokens, the first after {} ms, then {per_second} a second",
            usage.completion_tokens, usage.first_token_ms
        )
    });
    let notes: Vec<String> = ending.into_iter().chain(cost).collect();
    if notes.is_empty() {
        None
    } else {
        Some(format!("({})", notes.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_with_a_slash_is_a_command_and_with_two_a_message() {
        assert_eq!(Wish::read("  "), Wish::Nothing);
        assert_eq!(Wish::read("hello / you"), Wish::Say("hello / you"));
        assert_eq!(Wish::read("//etc/passwd?"), Wish::Say("/etc/passwd?"));
        assert_eq!(Wish::read("/model"), Wish::Model(None));
        assert_eq!(Wish::read(" /model  a b "), Wish::Model(Some("a b")));
        assert_eq!(Wish::read("/tea now"), Wish::Unknown("/tea"));
    }
}
