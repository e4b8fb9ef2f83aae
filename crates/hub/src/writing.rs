//! Writes an answer: asks the model, tells what comes, and keeps what came.

use std::time::{Duration, Instant};

use base::MessageId;
use contract::conversation::{MessageState, UsageView};
use contract::setting::SettingKey;
use contract::{Code, Fault};
use llm::{ChatTurn, FinishReason, Generation, Happening, Overflow, Prompt, Sampling};
use store::{AnswerUpdate, MessageRow, Role};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::convert;
use crate::desk::Input;
use crate::figures::add;
use crate::house::Hub;

/// How long new text is gathered before it is told, so that a screen is not redrawn for each token.
const GATHERED_FOR: Duration = Duration::from_millis(50);

/// How often the text so far is written to disk. After a crash at most this much is missing from an
/// answer that was never acknowledged as whole.
const KEPT_EVERY: Duration = Duration::from_secs(2);

/// An answer that is on disk, empty, and is to be written.
pub(crate) struct Job {
    pub(crate) question: MessageId,
    pub(crate) answer: MessageId,
    pub(crate) model: std::sync::Arc<dyn llm::Model>,
    pub(crate) stop: CancellationToken,
}

/// What became of an answer.
struct Written {
    text: String,
    state: MessageState,
    usage: Option<UsageView>,
}

/// Writes one answer to its end, whatever the end is.
pub(crate) async fn write(hub: Hub, job: Job) {
    let written = compose(&hub, &job).await;
    let counters = &hub.house.counters;
    match &written.state {
        MessageState::Done | MessageState::CutOff => add(&counters.answers_done, 1),
        MessageState::Stopped => add(&counters.answers_stopped, 1),
        MessageState::Writing | MessageState::Failed { .. } => add(&counters.answers_failed, 1),
    }
    if let MessageState::Failed { fault } = &written.state {
        tracing::warn!(code = %fault.code, "an answer failed: {fault}");
    }
    let Written {
        text,
        mut state,
        usage,
    } = written;
    if let Err(error) = keep(&hub, &job, text, &state, usage).await {
        // The text was told but could not be saved: the person must know.
        state = MessageState::Failed {
            fault: convert::store_fault(&error),
        };
        tracing::error!("an answer could not be saved: {}", convert::chain(&error));
    }
    hub.bring(Input::AnswerEnded {
        answer: job.answer,
        state,
        usage,
    })
    .await;
}

async fn compose(hub: &Hub, job: &Job) -> Written {
    let failed = |fault| Written {
        text: String::new(),
        state: MessageState::Failed { fault },
        usage: None,
    };
    let began = Instant::now();
    let path = match hub.house.store.path_to(job.question).await {
        Ok(path) => path,
        Err(error) => return failed(convert::store_fault(&error)),
    };
    let generation = generation(hub, &path, job.model.takes_private());
    // Before any of the answer is there: what is made of what is private is private.
    if generation.holds_private
        && let Err(error) = hub.house.store.mark_answer_private(job.answer).await
    {
        return failed(convert::store_fault(&error));
    }
    let closing = hub.closing();
    let answering = tokio::select! {
        answering = job.model.generate(generation) => answering,
        () = job.stop.cancelled() => {
            return Written { text: String::new(), state: MessageState::Stopped, usage: None };
        }
        () = closing.cancelled() => return failed(convert::interrupted()),
    };
    match answering {
        Ok(answering) => {
            Pen {
                hub,
                job,
                answering,
                began,
                text: String::new(),
                told: 0,
                first_ms: 0,
            }
            .write()
            .await
        }
        Err(error) => failed(convert::model_fault(&error)),
    }
}

/// An answer in the making.
struct Pen<'a> {
    hub: &'a Hub,
    job: &'a Job,
    answering: llm::Answering,
    began: Instant,
    text: String,
    /// Bytes of the text that were told.
    told: usize,
    first_ms: u64,
}

impl Pen<'_> {
    async fn write(mut self) -> Written {
        let closing = self.hub.closing();
        let mut tell = tokio::time::interval(GATHERED_FOR);
        tell.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut kept = Instant::now();
        let (state, usage) = loop {
            tokio::select! {
                biased;
                () = self.job.stop.cancelled() => break (MessageState::Stopped, None),
                () = closing.cancelled() => {
                    break (MessageState::Failed { fault: convert::interrupted() }, None);
                }
                happening = self.answering.next() => match happening {
                    Some(Happening::Started { .. }) => {}
                    Some(Happening::Piece { text, .. }) => self.take(&text).await,
                    Some(Happening::Finished { reason, usage }) => break self.end(reason, usage),
                    Some(Happening::Failed(error)) => {
                        break (MessageState::Failed { fault: convert::model_fault(&error) }, None);
                    }
                    None => break (MessageState::Failed { fault: lost() }, None),
                },
                _ = tell.tick() => {
                    self.tell().await;
                    if kept.elapsed() >= KEPT_EVERY {
                        self.keep_so_far();
                        kept = Instant::now();
                    }
                }
            }
        };
        self.tell().await;
        Written {
            text: self.text,
            state,
            usage,
        }
    }

    async fn take(&mut self, piece: &str) {
        let is_first = self.text.is_empty();
        self.text.push_str(piece);
        if is_first && !self.text.is_empty() {
            self.first_ms = millis(self.began.elapsed());
            self.tell().await;
        }
    }

    async fn tell(&mut self) {
        if self.told < self.text.len() {
            let text = self.text[self.told..].to_owned();
            self.told = self.text.len();
            self.hub
                .bring(Input::AnswerGrew {
                    answer: self.job.answer,
                    text,
                })
                .await;
        }
    }

    /// Saves what is there without waiting for the disk; the end of the answer saves it again.
    fn keep_so_far(&self) {
        let (store, text, answer) = (
            self.hub.house.store.clone(),
            self.text.clone(),
            self.job.answer,
        );
        self.hub.undertake(async move {
            if let Err(error) = store.update_unfinished_answer(answer, text).await {
                tracing::warn!("an unfinished answer could not be saved: {error}");
            }
        });
    }

    fn end(&self, reason: FinishReason, usage: llm::Usage) -> (MessageState, Option<UsageView>) {
        self.hub.house.counters.add_usage(&usage);
        let state = match reason {
            FinishReason::Stop | FinishReason::StopText(_) => MessageState::Done,
            FinishReason::Length => MessageState::CutOff,
            FinishReason::Cancelled => MessageState::Stopped,
        };
        let usage = UsageView {
            prompt_tokens: usage.prompt_tokens,
            cached_tokens: usage.cached_tokens,
            completion_tokens: usage.completion_tokens,
            first_token_ms: self.first_ms,
            total_ms: millis(self.began.elapsed()),
        };
        (state, Some(usage))
    }
}

async fn keep(
    hub: &Hub,
    job: &Job,
    text: String,
    state: &MessageState,
    usage: Option<UsageView>,
) -> Result<(), store::StoreError> {
    let (state, fault) = convert::stored_state(state);
    let update = AnswerUpdate {
        text,
        reasoning: None,
        state,
        fault,
        model: None,
        ran_on: Some(job.model.runs_on().to_owned()),
        usage: usage.map(convert::stored_usage),
    };
    match hub
        .house
        .store
        .update_answer(job.answer, update, hub.now())
        .await
    {
        // The conversation was deleted while it was being answered: there is nothing to keep.
        Err(store::StoreError::UnknownMessage(_)) => Ok(()),
        kept => kept,
    }
}

/// What a model that may not have an answer reads in its place.
const KEPT_HERE: &str =
    "(This answer was made of private things and stays on the person's devices.)";

/// What the model is asked to go on from: the instructions and the branch up to the question. A model that
/// does not take what is private gets the branch without it.
pub(crate) fn generation(hub: &Hub, path: &[MessageRow], takes_private: bool) -> Generation {
    let values = hub.values();
    let instructions = values.text(SettingKey::LlmInstructions);
    let system = (!instructions.trim().is_empty()).then(|| turn("system", &instructions));
    let said = path
        .iter()
        .filter(|row| !row.text.trim().is_empty())
        .map(|row| match row.role {
            Role::System => turn("system", &row.text),
            Role::User => turn("user", &row.text),
            Role::Assistant if row.private && !takes_private => turn("assistant", KEPT_HERE),
            Role::Assistant => turn("assistant", &row.text),
        });
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a temperature between 0 and 2"
    )]
    let temperature = values.decimal(SettingKey::LlmTemperature) as f32;
    let tokens_max = values.integer(SettingKey::LlmAnswerTokensMax);
    Generation {
        prompt: Prompt::Chat(system.into_iter().chain(said).collect()),
        sampling: sampling(temperature),
        constraint: None,
        tokens_max: u32::try_from(tokens_max).ok(),
        stop: Vec::new(),
        logprobs: None,
        overflow: Overflow::Stop,
        holds_private: takes_private && path.iter().any(|row| row.private),
        is_whole: false,
    }
}

/// How words are picked for a person: the unlikeliest are left out, and repeating costs a little.
pub(crate) fn sampling(temperature: f32) -> Sampling {
    Sampling {
        temperature,
        top_p: 0.95,
        repeat_penalty: 1.1,
        ..Sampling::default()
    }
}

fn turn(role: &str, text: &str) -> ChatTurn {
    ChatTurn {
        role: role.to_owned(),
        text: text.to_owned(),
    }
}

fn lost() -> Fault {
    Fault::broken(
        Code::EngineStopped,
        "The engine ended the answer without a word.",
        "the channel of the answer closed before its end",
    )
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
