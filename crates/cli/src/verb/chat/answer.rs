//! Following an answer while it is written.

use std::io::IsTerminal;
use std::time::Duration;

use contract::Notice;
use contract::conversation::{MessageSent, MessageState, ReadConversation, StopAnswer, UsageView};
use contract::model::EngineView;
use control::Watching;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;
use crate::interrupt::Interrupts;
use crate::link::Link;
use crate::screen::{Screen, short};
use crate::views::InWords;

/// How often the sign that something goes on moves.
const SIGN_PACE: Duration = Duration::from_millis(120);

/// Characters of a model's name beside the sign.
const NAME_SHOWN: usize = 40;

/// An answer that has ended.
pub(super) struct Ended {
    pub(super) text: String,
    pub(super) state: MessageState,
    pub(super) usage: Option<UsageView>,
}

/// Shows an answer as it grows. Ctrl-C stops the answer; a second one leaves it.
pub(super) async fn follow(
    link: &Link,
    watching: &mut Watching,
    interrupts: &mut Interrupts,
    sent: MessageSent,
    screen: &Screen,
) -> Result<Ended, Failure> {
    let mut growing = Growing::new(sent, *screen);
    let followed = growing.until_it_ends(link, watching, interrupts).await;
    growing.sign.finish_and_clear();
    match followed {
        Err(Failure::ReaderGone) => {
            // Nobody reads on: the engine need not go on.
            link.ask(StopAnswer {
                answer: sent.answer,
            })
            .await?;
            Err(Failure::ReaderGone)
        }
        other => other,
    }
}

struct Growing {
    sent: MessageSent,
    screen: Screen,
    text: String,
    words: InWords,
    sign: ProgressBar,
}

impl Growing {
    fn new(sent: MessageSent, screen: Screen) -> Self {
        Self {
            sent,
            screen,
            text: String::new(),
            words: InWords::new(screen),
            sign: sign(&screen),
        }
    }

    async fn until_it_ends(
        &mut self,
        link: &Link,
        watching: &mut Watching,
        interrupts: &mut Interrupts,
    ) -> Result<Ended, Failure> {
        let mut stopping = false;
        loop {
            let notice = tokio::select! {
                notice = watching.next() => notice,
                () = interrupts.next() => {
                    if stopping {
                        return Err(Failure::interrupted());
                    }
                    stopping = true;
                    link.ask(StopAnswer { answer: self.sent.answer }).await?;
                    continue;
                }
            };
            match notice {
                Some(Notice::AnswerGrew {
                    answer, from, text, ..
                }) if answer == self.sent.answer => {
                    if !self.grow(from, &text)?
                        && let Some(ended) = self.read_again(link).await?
                    {
                        return Ok(ended);
                    }
                }
                Some(Notice::AnswerEnded {
                    answer,
                    state,
                    usage,
                    ..
                }) if answer == self.sent.answer => {
                    return self.end(state, usage);
                }
                Some(Notice::Missed { .. }) => {
                    if let Some(ended) = self.read_again(link).await? {
                        return Ok(ended);
                    }
                }
                Some(Notice::EngineChanged { engine }) => self.show_engine(&engine),
                Some(Notice::HubClosing) | None => return Err(Failure::lost()),
                Some(_) => {}
            }
        }
    }

    /// Adds new text; says whether it joins what is here.
    fn grow(&mut self, from: u64, text: &str) -> Result<bool, Failure> {
        let have = self.text.len() as u64;
        let Some(known) = have.checked_sub(from) else {
            return Ok(false);
        };
        // What is known already is not shown twice; less than that is no news.
        let Ok(known) = usize::try_from(known) else {
            return Ok(false);
        };
        match text.get(known..) {
            Some(fresh) => self.add(fresh).map(|()| true),
            None => Ok(known > text.len()),
        }
    }

    /// Something was missed: what is on record counts.
    async fn read_again(&mut self, link: &Link) -> Result<Option<Ended>, Failure> {
        let ask = ReadConversation {
            conversation: self.sent.conversation,
        };
        let view = link.ask(ask).await?;
        let answer = view
            .messages
            .into_iter()
            .find(|message| message.id == self.sent.answer);
        let Some(answer) = answer else {
            return Err(Failure::not_found(
                "The conversation was deleted meanwhile.",
                "",
            ));
        };
        if let Some(fresh) = answer.text.get(self.text.len()..) {
            self.add(fresh)?;
        }
        match answer.state {
            MessageState::Writing => Ok(None),
            state => self.end(state, answer.usage).map(Some),
        }
    }

    fn add(&mut self, fresh: &str) -> Result<(), Failure> {
        if fresh.is_empty() {
            return Ok(());
        }
        if self.text.is_empty() {
            self.sign.finish_and_clear();
        }
        self.text.push_str(fresh);
        if self.screen.is_json() {
            return Ok(());
        }
        // A file gets the text as it is; a terminal only what cannot steer it, with views in words.
        if self.screen.is_terminal() {
            self.screen.piece(&self.words.push(fresh))
        } else {
            self.screen.piece(fresh)
        }
    }

    fn show_engine(&self, engine: &EngineView) {
        match engine {
            EngineView::Loading { model, share } => self.sign.set_message(format!(
                "loading {} ({:.0} %)",
                short(model, NAME_SHOWN),
                share.clamp(0.0, 1.0) * 100.0
            )),
            EngineView::Starting => self.sign.set_message("starting the engine"),
            EngineView::Ready { .. } => self.sign.set_message("reading"),
            EngineView::Asleep | EngineView::Failed { .. } => {}
        }
    }

    fn end(&mut self, state: MessageState, usage: Option<UsageView>) -> Result<Ended, Failure> {
        if self.screen.is_terminal() && !self.screen.is_json() {
            self.screen.piece(&self.words.end())?;
        }
        Ok(Ended {
            text: std::mem::take(&mut self.text),
            state,
            usage,
        })
    }
}

/// Shows that something goes on until the first word comes, where a person looks.
fn sign(screen: &Screen) -> ProgressBar {
    let watched = screen.is_terminal() && !screen.is_json() && std::io::stderr().is_terminal();
    let target = if watched {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let sign = ProgressBar::with_draw_target(None, target);
    // The template is ours; the plain sign stands in should it be wrong.
    let style = ProgressStyle::with_template("{spinner} {msg}");
    sign.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    if watched {
        sign.enable_steady_tick(SIGN_PACE);
    }
    sign
}

#[cfg(test)]
mod tests {
    use base::{ConversationId, MessageId};

    use super::*;

    fn growing() -> Growing {
        let message = MessageId::from_bytes([1; 16]);
        let sent = MessageSent {
            conversation: ConversationId::from_bytes([1; 16]),
            question: message,
            answer: message,
        };
        Growing::new(sent, Screen::new(true))
    }

    #[test]
    fn text_that_comes_twice_is_shown_once() {
        let mut growing = growing();
        assert!(growing.grow(0, "Hello").unwrap());
        assert!(growing.grow(2, "llo you").unwrap());
        assert!(growing.grow(0, "He").unwrap(), "an old piece is no gap");
        assert_eq!(growing.text, "Hello you");
    }

    #[test]
    fn gap_is_noticed_instead_of_joined_over() {
        let mut growing = growing();
        assert!(growing.grow(0, "Hello").unwrap());
        assert!(!growing.grow(9, "there").unwrap());
        assert_eq!(growing.text, "Hello", "nothing wrong was shown");
    }
}
