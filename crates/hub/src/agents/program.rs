//! The admin as programs ask it over the API.
//!
//! What a program has the admin do is a conversation like any other: the person sees it, may stop it, and is
//! asked where the person would be asked. A question that asks for no work is answered by the model alone and
//! leaves nothing behind; so what the AI knows about the person is not told either.

use std::sync::Arc;

use async_trait::async_trait;
use base::MessageId;
use contract::Fault;
use domain::intent;
use llm::{
    About, Answering, ChatTurn, Embeddings, Generation, Happening, Model, ModelError, Prompt,
};
use store::{MessageRow, MessageState, Role};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Admin;
use crate::answers::conversation::{Place, begin_writing, message, start_conversation};
use crate::house::Hub;

/// Happenings that wait for the program before the answer does.
const HAPPENINGS_WAITING_MAX: usize = 256;

/// The admin, for programs.
pub(crate) struct ForPrograms {
    pub(crate) hub: Hub,
    pub(crate) model: Arc<dyn Model>,
}

#[async_trait]
impl Model for ForPrograms {
    fn about(&self) -> About<'_> {
        self.model.about()
    }

    /// Has the admin work where the words ask for work. Whoever brings tools of its own, or wants a form of
    /// answer, drives the model itself.
    async fn generate(&self, what: Generation) -> Result<Answering, ModelError> {
        match &what.prompt {
            Prompt::Chat(turns) if what.constraint.is_none() && asks_for_work(turns) => {
                let work = self.work(turns).await;
                work.map_err(|fault| ModelError::Agent {
                    reason: fault.message,
                })
            }
            _ => self.model.generate(what).await,
        }
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Embeddings, ModelError> {
        self.model.embed(texts).await
    }

    async fn tokenize(&self, text: String) -> Result<Vec<i32>, ModelError> {
        self.model.tokenize(text).await
    }
}

fn asks_for_work(turns: &[ChatTurn]) -> bool {
    let asked = turns.last().filter(|turn| turn.role == "user");
    asked.is_some_and(|turn| !intent::read(&turn.text).is_plain())
}

impl ForPrograms {
    /// Keeps what was said as a conversation, and has the admin answer it.
    async fn work(&self, turns: &[ChatTurn]) -> Result<Answering, Fault> {
        let hub = &self.hub;
        let asked = turns.last().map_or("", |turn| &turn.text);
        let conversation = start_conversation(hub, asked, None).await?;
        let mut rows: Vec<MessageRow> = Vec::with_capacity(turns.len() + 1);
        for turn in turns {
            let role = match turn.role.as_str() {
                "system" | "developer" => Role::System,
                "assistant" => Role::Assistant,
                _ => Role::User,
            };
            let parent = rows.last().map(|row| row.id);
            rows.push(MessageRow {
                text: turn.text.clone(),
                // What a model said before may be the admin's own words, made of what is private.
                private: role == Role::Assistant,
                ..message(hub, conversation, parent, role, MessageState::Done)
            });
        }
        let question = rows.last().map(|row| row.id);
        let question = question.expect("whoever asks for work has said so");
        let (program, happenings) = mpsc::channel(HAPPENINGS_WAITING_MAX);
        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();
        let admin = |answer: MessageId| -> Arc<dyn Model> {
            let admin = Admin {
                hub: hub.clone(),
                conversation,
                question,
                answer,
                is_asked_by_program: true,
                model: Arc::clone(&self.model),
            };
            Arc::new(Overheard {
                model: Arc::new(admin),
                program,
            })
        };
        let place = Place {
            conversation,
            question,
        };
        begin_writing(hub, place, rows, &*self.model, admin, stop).await?;
        Ok(Answering::new(happenings, guard))
    }
}

/// A model whose answers a program hears as well.
struct Overheard {
    model: Arc<dyn Model>,
    program: mpsc::Sender<Happening>,
}

#[async_trait]
impl Model for Overheard {
    fn about(&self) -> About<'_> {
        self.model.about()
    }

    async fn generate(&self, what: Generation) -> Result<Answering, ModelError> {
        let begun = self.model.generate(what).await;
        let mut answering = match begun {
            Ok(answering) => answering,
            Err(error) => {
                // A program that is gone has stopped the answer.
                let _ = self.program.send(Happening::Failed(error.clone())).await;
                return Err(error);
            }
        };
        let (out, happenings) = mpsc::channel(1);
        let dropped = CancellationToken::new();
        let guard = dropped.clone().drop_guard();
        let program = self.program.clone();
        tokio::spawn(async move {
            loop {
                let happening = tokio::select! {
                    () = dropped.cancelled() => return,
                    happening = answering.next() => happening,
                };
                let Some(happening) = happening else { return };
                let _ = program.send(happening.clone()).await;
                if out.send(happening).await.is_err() {
                    return;
                }
            }
        });
        Ok(Answering::new(happenings, guard))
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Embeddings, ModelError> {
        self.model.embed(texts).await
    }

    async fn tokenize(&self, text: String) -> Result<Vec<i32>, ModelError> {
        self.model.tokenize(text).await
    }
}
