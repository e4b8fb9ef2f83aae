//! A model of a server, as one of the hub's models: what goes there is cleared and on record before, and
//! what was masked is put back into what comes.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use contract::conversation::{PreviewedTurn, QuestionPreview};
use contract::{Code, Fault};
use domain::standing_in::Distance;
use guardian::{Cleared, Guardian, Home, Labelled, Memory, Provenance, Refusal, ScanError};
use llm::served::Flavour;
use llm::{
    About, Answering, CALL_BEGINS, Constraint, Embeddings, Generation, Happening, Model,
    ModelError, Prompt,
};
use serde_json::Value;
use store::{ModelServerKind, in_place};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Known, runs_on};
use crate::convert;
use crate::house::Hub;

/// Happenings that wait for their reader on the way through.
const HAPPENINGS: usize = 16;

/// A model of a server.
pub(crate) struct ServedModel {
    hub: Hub,
    known: Arc<Known>,
    model: String,
    name: String,
    runs_on: String,
    flavour: Flavour,
    /// The digest of what the person said yes to; it counts for one question.
    approved: Option<Mutex<Option<String>>>,
}

impl ServedModel {
    pub(super) fn new(hub: &Hub, known: &Arc<Known>, model: &str, flavour: Flavour) -> Self {
        Self {
            hub: hub.clone(),
            known: Arc::clone(known),
            model: model.to_owned(),
            name: format!("{}/{model}", known.row.name),
            runs_on: runs_on(known),
            flavour,
            approved: None,
        }
    }

    /// The same model for one question: the one whose words have this digest, as they are or masked.
    pub(crate) fn once(mut self, digest: String) -> Self {
        self.approved = Some(Mutex::new(Some(digest)));
        self
    }

    /// What the person is shown before a question goes to somebody else's computer.
    ///
    /// # Errors
    /// The model is the person's own, the server cannot do what is asked, or the guardian cannot read it all.
    pub(crate) async fn preview(&self, what: Generation) -> Result<QuestionPreview, Fault> {
        if self.known.distance() <= Distance::Own {
            let message = format!(
                "`{}` runs on your own devices: nothing leaves them.",
                self.name
            );
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let holds_private = what.holds_private;
        let fault = |error| convert::model_fault(&error);
        let question = self.known.server.question(what, self.flavour);
        let question = question.map_err(fault)?;
        let words = labelled(question.words, holds_private);
        let guardian = self.hub.guardian().await;
        let preview = guardian.preview_request(words, &question.said, &mut Memory::new());
        let preview = preview.map_err(|error| fault(unread(error)))?;
        let (digest, masked) = (
            guardian::digest(preview.original()),
            guardian::digest(preview.masked()),
        );
        Ok(QuestionPreview {
            model: self.name.clone(),
            runs_on: self.runs_on.clone(),
            turns: turns(preview.original(), preview.masked()),
            kinds: preview
                .kinds()
                .iter()
                .map(|kind| kind.name().to_owned())
                .collect(),
            holds_private,
            digest: digest.to_string(),
            digest_masked: (digest != masked).then(|| masked.to_string()),
        })
    }

    /// Takes the words that the person said yes to, and no others.
    async fn clear_approved(
        &self,
        digest: &str,
        words: Labelled<Value>,
        said: &str,
        memory: &mut Memory,
    ) -> Result<Cleared<Value>, ModelError> {
        if let Err(fault) = self.hub.may_ask(&self.known) {
            return Err(kept_in(fault.message));
        }
        let guardian = self.hub.guardian().await;
        let preview = guardian
            .preview_request(words, said, memory)
            .map_err(unread)?;
        let (words, approval) = preview.approve(digest).ok_or_else(|| {
            kept_in("it is not what you looked at any more; look again".to_owned())
        })?;
        let cleared = guardian.clear_json_approved(words, approval);
        let cleared = cleared.map_err(|refusal| kept_in(told(&refusal)))?;
        self.record("question, sent once", Some(cleared.clearance()))
            .await?;
        Ok(cleared)
    }

    #[cfg(test)]
    pub(super) fn known(&self) -> &Arc<Known> {
        &self.known
    }

    /// Has the guardian look at what is to go, and puts it on record. What is masked stays in `memory`.
    async fn clear(
        &self,
        words: Labelled<Value>,
        said: &str,
        memory: &mut Memory,
    ) -> Result<Cleared<Value>, ModelError> {
        if let Err(fault) = self.hub.may_ask(&self.known) {
            return Err(kept_in(fault.message));
        }
        let home = match self.known.distance() {
            Distance::Here => Some(Home::ThisDevice),
            Distance::Own => Some(Home::OwnDevice),
            Distance::Near => Some(Home::Network),
            Distance::Far => None,
        };
        let cleared = match home {
            // Nothing is looked for, so the person's own words need not be fetched.
            Some(home) => Guardian::default().clear_at_home(&words, home),
            None => {
                let guardian = self.hub.guardian().await;
                in_place(|| guardian.clear_request(&words, said, memory))
            }
        };
        match cleared {
            Ok(cleared) => {
                self.record("question", Some(cleared.clearance())).await?;
                Ok(cleared)
            }
            Err(refusal) => {
                self.record("kept in", None).await?;
                Err(kept_in(told(&refusal)))
            }
        }
    }

    /// What is not on record does not leave.
    async fn record(
        &self,
        subject: &str,
        clearance: Option<&guardian::Clearance>,
    ) -> Result<(), ModelError> {
        let kept = self
            .hub
            .put_model_on_record(&self.known, subject, clearance)
            .await;
        kept.map_err(|fault| kept_in(fault.message))
    }

    fn heard<T>(&self, result: Result<T, ModelError>) -> Result<T, ModelError> {
        result.inspect_err(|error| self.known.failed(error))
    }
}

#[async_trait]
impl Model for ServedModel {
    fn about(&self) -> About<'_> {
        let backend = match self.known.row.kind {
            ModelServerKind::Ollama => "ollama",
            ModelServerKind::OpenAi => "openai",
        };
        let distance = self.known.distance();
        let route = match distance {
            Distance::Here => "local",
            Distance::Own | Distance::Near => "own_network",
            Distance::Far => "external",
        };
        About {
            name: &self.name,
            runs_on: &self.runs_on,
            backend,
            route,
            takes_private: distance <= Distance::Own || self.approved.is_some(),
        }
    }

    async fn generate(&self, what: Generation) -> Result<Answering, ModelError> {
        let is_far = self.known.distance() == Distance::Far;
        if is_far && matches!(what.prompt, Prompt::Tokens(_)) {
            return Err(kept_in(
                "the guardian cannot read a prompt of tokens".to_owned(),
            ));
        }
        let is_json = matches!(
            what.constraint,
            Some(Constraint::JsonObject | Constraint::JsonSchema(_))
        ) || matches!(&what.constraint, Some(Constraint::Calls(shape)) if !shape.text);
        let holds_private = what.holds_private;
        let question = self.known.server.question(what, self.flavour)?;
        let mut memory = Memory::new();
        let words = labelled(question.words, holds_private);
        let cleared = match &self.approved {
            None => self.clear(words, &question.said, &mut memory).await?,
            Some(approved) => {
                let digest = approved
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take();
                let digest =
                    digest.ok_or_else(|| kept_in("your yes was for one question".to_owned()))?;
                self.clear_approved(&digest, words, &question.said, &mut memory)
                    .await?
            }
        };
        let answering = self
            .known
            .server
            .ask(&self.model, cleared, question.manner)
            .await;
        let answering = self.heard(answering)?;
        Ok(through(answering, Arc::clone(&self.known), memory, is_json))
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Embeddings, ModelError> {
        let server = &self.known.server;
        let words = server.embedding_words(&texts);
        let cleared = self
            .clear(
                labelled(words, false),
                &texts.join("\n\n"),
                &mut Memory::new(),
            )
            .await?;
        self.heard(server.embed(&self.model, cleared).await)
    }

    async fn tokenize(&self, text: String) -> Result<Vec<i32>, ModelError> {
        let server = &self.known.server;
        let words = server.tokens_words(&text);
        let words = labelled(words, false);
        let cleared = self.clear(words, &text, &mut Memory::new()).await?;
        self.heard(server.tokenize(&self.model, cleared, self.flavour).await)
    }
}

/// Puts back what was masked, and notices when the server breaks off.
pub(super) fn through(
    answering: Answering,
    known: Arc<Known>,
    memory: Memory,
    is_json: bool,
) -> Answering {
    let mut answering = answering.watched(move |happening| {
        if let Happening::Failed(error) = happening {
            known.failed(error);
        }
    });
    if memory.is_empty() {
        return answering;
    }
    let (out, happenings) = mpsc::channel(HAPPENINGS);
    let stop = CancellationToken::new();
    let guard = stop.clone().drop_guard();
    let relay = async move {
        let mut restorer = match is_json {
            true => memory.restorer_in_json(),
            false => memory.restorer(),
        };
        while let Some(happening) = answering.next().await {
            let mut told = Vec::with_capacity(2);
            let is_last = matches!(happening, Happening::Finished { .. } | Happening::Failed(_));
            match happening {
                Happening::Piece { text, logprobs } => {
                    // A call comes whole, and its arguments have to stay JSON.
                    let text = match text.starts_with(CALL_BEGINS) && !is_json {
                        true => memory.restore_in_json(&text),
                        false => restorer.push(&text),
                    };
                    if !text.is_empty() || !logprobs.is_empty() {
                        told.push(Happening::Piece { text, logprobs });
                    }
                }
                Happening::Finished { .. } | Happening::Failed(_) => {
                    let before = std::mem::replace(&mut restorer, memory.restorer());
                    let text = before.finish();
                    if !text.is_empty() {
                        told.push(Happening::Piece {
                            text,
                            logprobs: Vec::new(),
                        });
                    }
                    told.push(happening);
                }
                Happening::Started { .. } => told.push(happening),
            }
            for happening in told {
                if out.send(happening).await.is_err() {
                    return;
                }
            }
            if is_last {
                return;
            }
        }
    };
    tokio::spawn(async move {
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = relay => {}
        }
    });
    Answering::new(happenings, guard)
}

fn labelled(words: Value, holds_private: bool) -> Labelled<Value> {
    let private = holds_private.then_some(Provenance::PrivateStore);
    Labelled::new(words, Provenance::Message).and(private)
}

/// What is said in a request, as a person reads it.
fn turns(original: &Value, masked: &Value) -> Vec<PreviewedTurn> {
    let list = |value: &Value| value["messages"].as_array().cloned().unwrap_or_default();
    let text = |turn: &Value| match &turn["content"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let both = list(original).into_iter().zip(list(masked));
    both.map(|(turn, hidden)| {
        let (text, masked) = (text(&turn), text(&hidden));
        PreviewedTurn {
            role: turn["role"].as_str().unwrap_or_default().to_owned(),
            masked: (masked != text).then_some(masked),
            text,
        }
    })
    .collect()
}

fn kept_in(reason: String) -> ModelError {
    ModelError::KeptIn { reason }
}

fn unread(error: ScanError) -> ModelError {
    kept_in(told(&Refusal::from(error)))
}

/// Why the guardian refuses, with what it found: kinds, never contents.
fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Blocked { kinds } => {
            let kinds: Vec<String> = kinds
                .iter()
                .map(|kind| kind.label().to_lowercase().replace('_', " "))
                .collect();
            format!("it holds what may not leave: {}", kinds.join(", "))
        }
        other => other.to_string(),
    }
}
