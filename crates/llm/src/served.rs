//! Models of other servers: Ollama, and every server that speaks the API of OpenAI, such as llama.cpp's,
//! vLLM, LocalAI, LM Studio, exo, and services on the internet.
//!
//! The hub makes a [`Server`] of what the person wrote, looks which models it has, and asks it. Asking has
//! two steps: [`Server::question`] makes the words of a request, the guardian clears them, and
//! [`Server::ask`] sends the cleared words and nothing else of the person. What comes back are the same
//! happenings as those of the embedded engine, calls of tools between the same marks included.
//!
//! This module decides nothing about what may leave, never follows a redirect, and connects only where
//! [`Place`] allows.

mod address;
mod find;
mod line;
mod names;
mod ollama;
mod openai;
mod stream;
mod turns;

use std::sync::Arc;
use std::time::{Duration, Instant};

use guardian::{Basis, Cleared};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wire::engine::{Generation, Overflow, Prompt, Sampling};

use crate::model::{Answering, Embeddings, ModelError};
pub use address::{AddressError, Place, ServerAddress};
pub use find::{FoundServer, find};
use line::Line;
pub use line::{ApiKey, IN_FLIGHT_MAX};

/// Happenings of one answer that wait for its reader. A reader who is slow slows the server down, since
/// nothing more is read from the connection then.
const HAPPENINGS: usize = 64;

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// Ollama's own API.
    Ollama,
    /// The API of OpenAI.
    OpenAi,
}

/// Which program a server of [`ServerKind::OpenAi`] is, as far as it matters: fields that are no part of
/// the API are sent only to those that know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flavour {
    /// llama.cpp's own server.
    LlamaCpp,
    /// The same, with a model whose chat template knows no tools: it passes tools over without a word.
    LlamaCppBare,
    /// vLLM.
    Vllm,
    /// OpenAI itself.
    OpenAi,
    /// Something else.
    #[default]
    Other,
}

/// What a server showed of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The names of its models.
    pub models: Vec<String>,
    /// Which program it is.
    pub flavour: Flavour,
    /// Whether it is a hub of this kind itself.
    pub is_hub: bool,
}

/// A server of models.
#[derive(Debug)]
pub struct Server {
    kind: ServerKind,
    line: Line,
}

/// A request before it was cleared: what was said, and how it is to be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// All texts of the request, in the shape of the server's API.
    pub words: Value,
    /// What was said in it, as one text.
    pub said: String,
    /// Numbers and switches, which say nothing about the person.
    pub manner: Manner,
}

/// How a request is to be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Manner {
    road: Road,
    reading: Reading,
    flavour: Flavour,
    sampling: Sampling,
    tokens_max: Option<u32>,
    logprobs: Option<u8>,
    is_whole: bool,
}

/// Which of the server's doors a request goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Road {
    /// A conversation.
    Chat,
    /// A text that goes on.
    Text,
}

/// How what the server writes is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As it is; calls of tools come as such.
    AsWritten,
    /// The text is one call, since the server was held to the shape of one.
    IsCall,
}

impl Server {
    /// The server at this address. Nothing is connected before it is asked.
    ///
    /// # Errors
    /// The system's certificates cannot be used.
    pub fn new(
        name: &str,
        kind: ServerKind,
        address: &ServerAddress,
        key: Option<ApiKey>,
    ) -> Result<Self, ModelError> {
        let base = address.base(kind);
        Ok(Self {
            kind,
            line: Line::new(name, base, address.place(), key)?,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.line.server()
    }

    /// How it is spoken to.
    #[must_use]
    pub fn kind(&self) -> ServerKind {
        self.kind
    }

    /// Looks which models it has. Nothing of the person is sent but the key.
    ///
    /// # Errors
    /// It does not answer within `patience`, or not in its API.
    pub async fn look(&self, patience: Duration) -> Result<Seen, ModelError> {
        let look = async {
            match self.kind {
                ServerKind::Ollama => ollama::look(&self.line).await,
                ServerKind::OpenAi => openai::look(&self.line).await,
            }
        };
        tokio::time::timeout(patience, look)
            .await
            .unwrap_or_else(|_| {
                let reason = format!("it did not answer within {} s", patience.as_secs());
                Err(self.line.unreachable(reason))
            })
    }

    /// Makes the words of a request.
    ///
    /// # Errors
    /// The server cannot do what is asked.
    pub fn question(&self, what: Generation, flavour: Flavour) -> Result<Question, ModelError> {
        if what.overflow == Overflow::Shift {
            return Err(cannot("forgetting the oldest part of a full context"));
        }
        let said = match &what.prompt {
            Prompt::Chat(turns) => {
                let texts: Vec<&str> = turns.iter().map(|turn| turn.text.as_str()).collect();
                texts.join("\n\n")
            }
            Prompt::Text(text) => text.clone(),
            Prompt::Tokens(_) => String::new(),
        };
        let (words, road, reading) = match self.kind {
            ServerKind::Ollama => ollama::words(&what)?,
            ServerKind::OpenAi => openai::words(&what, flavour)?,
        };
        let manner = Manner {
            road,
            reading,
            flavour,
            sampling: what.sampling,
            tokens_max: what.tokens_max,
            logprobs: what.logprobs,
            is_whole: what.is_whole,
        };
        Ok(Question {
            words,
            said,
            manner,
        })
    }

    /// Sends cleared words to one of the server's models. Waits while the server is busy, within bounds; an
    /// answer that is wanted whole has come when this returns. Dropping the future or the answer ends the
    /// connection.
    ///
    /// # Errors
    /// The server cannot be reached, refuses, or the words were cleared for another place.
    pub async fn ask(
        &self,
        model: &str,
        words: Cleared<Value>,
        manner: Manner,
    ) -> Result<Answering, ModelError> {
        self.fits(&words)?;
        let mut body = words.into_inner();
        body["model"] = json!(model);
        body["stream"] = json!(!manner.is_whole);
        let path = match self.kind {
            ServerKind::Ollama => ollama::fill(&mut body, &manner),
            ServerKind::OpenAi => openai::fill(&mut body, &manner),
        };
        let server: Arc<str> = Arc::from(self.name());
        match self.kind {
            ServerKind::Ollama => {
                let scribe = ollama::Scribe::new(&server, manner.road, manner.reading);
                self.answer(path, &body, manner.is_whole, scribe).await
            }
            ServerKind::OpenAi => {
                let scribe = openai::Scribe::new(&server, manner.road, manner.reading);
                self.answer(path, &body, manner.is_whole, scribe).await
            }
        }
    }

    /// Sends a request and has its answer read: at once as a whole, or piece by piece beside the reader.
    async fn answer(
        &self,
        path: &str,
        body: &Value,
        is_whole: bool,
        scribe: impl stream::Scribe,
    ) -> Result<Answering, ModelError> {
        if is_whole {
            let began = Instant::now();
            let reply = self.line.post_for(path, body).await?;
            return Ok(Answering::whole(stream::whole(&reply, scribe, began)?));
        }
        let reply = self.line.post(path, body).await?;
        let (out, happenings) = mpsc::channel(HAPPENINGS);
        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();
        tokio::spawn(stream::relay(reply, scribe, out, stop));
        Ok(Answering::new(happenings, guard))
    }

    /// The words of a request for vectors.
    #[must_use]
    pub fn embedding_words(&self, texts: &[String]) -> Value {
        json!({ "input": texts })
    }

    /// Turns cleared texts into vectors of length 1.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn embed(
        &self,
        model: &str,
        words: Cleared<Value>,
    ) -> Result<Embeddings, ModelError> {
        self.fits(&words)?;
        let mut body = words.into_inner();
        body["model"] = json!(model);
        match self.kind {
            ServerKind::Ollama => ollama::embed(&self.line, &body).await,
            ServerKind::OpenAi => openai::embed(&self.line, &body).await,
        }
    }

    /// The words of a request for tokens.
    #[must_use]
    pub fn tokens_words(&self, text: &str) -> Value {
        json!({ "text": text })
    }

    /// The tokens of a cleared text, where the server tells them.
    ///
    /// # Errors
    /// As [`Self::ask`]; or the server does not tell.
    pub async fn tokenize(
        &self,
        model: &str,
        words: Cleared<Value>,
        flavour: Flavour,
    ) -> Result<Vec<i32>, ModelError> {
        self.fits(&words)?;
        let text = words.get()["text"].as_str().unwrap_or_default();
        match self.kind {
            ServerKind::Ollama => Err(cannot("telling tokens")),
            ServerKind::OpenAi => openai::tokenize(&self.line, model, text, flavour).await,
        }
    }

    /// What was cleared for a computer at home goes to none elsewhere.
    fn fits(&self, words: &Cleared<Value>) -> Result<(), ModelError> {
        let is_home = words.clearance().basis == Basis::Home;
        if is_home && self.line.place() == Place::External {
            return Err(ModelError::KeptIn {
                reason: "it was cleared for a computer at home".to_owned(),
            });
        }
        Ok(())
    }
}

/// Something that a server cannot do.
fn cannot(what: &str) -> ModelError {
    ModelError::Engine(wire::engine::EngineFault::BadRequest {
        reason: format!("this model's server does not know {what}"),
    })
}

/// The same vectors with length 1.
fn of_length_one(mut vectors: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    for vector in &mut vectors {
        let length = vector.iter().map(|part| part * part).sum::<f32>().sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|part| *part /= length);
        }
    }
    vectors
}
