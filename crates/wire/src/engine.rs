//! What the hub and the engine worker say to each other.
//!
//! The hub sends [`ToEngine`], the worker answers with [`FromEngine`]. Several jobs run at once; each
//! carries a [`JobId`] that the hub picks and that is never used again in the life of the worker.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The version of this protocol. A worker of another version is not used.
pub const PROTOCOL: u32 = 2;

/// Names one piece of work in a worker's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

/// What the hub asks of the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum ToEngine {
    /// Load this model, in place of the one that is loaded.
    Load(LoadPlan),
    /// Answer a conversation or continue a text.
    Generate {
        /// The number of the work.
        job: JobId,
        /// What to write.
        what: Box<Generation>,
    },
    /// Turn texts into vectors.
    Embed {
        /// The number of the work.
        job: JobId,
        /// The texts, one vector each.
        texts: Vec<String>,
    },
    /// Count and show the tokens of a text.
    Tokenize {
        /// The number of the work.
        job: JobId,
        /// The text.
        text: String,
    },
    /// Stop this work. The worker answers with [`FromEngine::Finished`] and [`FinishReason::Cancelled`].
    Cancel {
        /// The number of the work.
        job: JobId,
    },
    /// Compute with this many threads from the next token on.
    UseThreads {
        /// At least 1.
        threads: u32,
    },
    /// Give the memory of the model back. The worker stays.
    Unload,
    /// End. The same as closing standard input.
    Quit,
}

/// How a model is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadPlan {
    /// The checked GGUF file.
    pub model: PathBuf,
    /// Tokens that one conversation may hold; `0` asks for as many as the model was trained for, up
    /// to a bound of the worker's.
    pub context_tokens: u32,
    /// Conversations that are decoded together, at least 1.
    pub slots: u32,
    /// Threads to compute with, at least 1.
    pub threads: u32,
    /// Layers to place on a GPU, where the worker was built for one.
    pub gpu_layers: u32,
}

/// What to write, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// The text or conversation to go on from.
    pub prompt: Prompt,
    /// How the next token is picked.
    pub sampling: Sampling,
    /// The shape that the answer must have.
    pub constraint: Option<Constraint>,
    /// The most tokens to write; `None` writes until the context is full.
    pub tokens_max: Option<u32>,
    /// Texts that end the answer; they are not part of it.
    pub stop: Vec<String>,
    /// For each token, report its probability and that of this many alternatives.
    pub logprobs: Option<u8>,
    /// What happens when the context is full while writing.
    pub overflow: Overflow,
    /// Whether the prompt holds what came from a private place: memory, files, the store. It is computed
    /// on devices of this person only, unless the person says yes to these bytes.
    #[serde(default)]
    pub holds_private: bool,
    /// Whether nobody reads along, so that the answer may come as a whole. A server elsewhere is then asked
    /// for it in one piece, which is less work for both; the engine of this device writes in pieces anyway.
    #[serde(default)]
    pub is_whole: bool,
}

/// Where the answer goes on from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// A conversation, put into the model's own chat template.
    Chat(Vec<ChatTurn>),
    /// A text as it is.
    Text(String),
    /// Tokens as they are.
    Tokens(Vec<i32>),
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatTurn {
    /// `system`, `user`, `assistant` or `tool`, as chat templates name them.
    pub role: String,
    /// What was said.
    pub text: String,
}

/// How the next token is picked. The defaults are those of the OpenAI API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// `0.0` always takes the likeliest token.
    pub temperature: f32,
    /// Keep the likeliest tokens that together have this probability; `1.0` keeps all.
    pub top_p: f32,
    /// Keep this many of the likeliest tokens; `0` keeps all.
    pub top_k: u32,
    /// Drop tokens less likely than this share of the likeliest; `0.0` drops none.
    pub min_p: f32,
    /// Over 1.0 makes repeated tokens less likely; `1.0` is off.
    pub repeat_penalty: f32,
    /// Takes this off for each time a token was used.
    pub frequency_penalty: f32,
    /// Takes this off once when a token was used.
    pub presence_penalty: f32,
    /// The same seed and input give the same answer. `None` picks one.
    pub seed: Option<u32>,
    /// Added to the logits of these tokens; −100 bans a token.
    #[serde(with = "pairs")]
    pub logit_bias: BTreeMap<i32, f32>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            min_p: 0.0,
            repeat_penalty: 1.0,
            frequency_penalty: 0.0,
            presence_penalty: 0.0,
            seed: None,
            logit_bias: BTreeMap::new(),
        }
    }
}

/// The shape that an answer must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// Any JSON object.
    JsonObject,
    /// JSON that is valid against this schema, given as JSON text.
    JsonSchema(String),
    /// A grammar in GBNF whose start rule is `root`.
    Grammar(String),
    /// Calls of tools, each between [`CALL_BEGINS`] and [`CALL_ENDS`].
    Calls(CallShape),
}

/// What stands before a call of a tool. Many models were trained on this pair of marks.
pub const CALL_BEGINS: &str = "<tool_call>";

/// What stands behind a call of a tool.
pub const CALL_ENDS: &str = "</tool_call>";

/// Which calls of tools an answer may hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallShape {
    /// The JSON schema of one call, given as JSON text.
    pub schema: String,
    /// Whether the answer may be text, or begin with text, in which [`CALL_BEGINS`] does not occur.
    /// Otherwise it is one call or several.
    pub text: bool,
    /// The most calls, at least 1.
    pub calls_max: u32,
    /// The tools that may be called, for servers that take them as such. The worker needs only the schema.
    #[serde(skip)]
    pub tools: Vec<OfferedTool>,
    /// What was added to the system turn to tell the model of its tools, for the same servers.
    #[serde(skip)]
    pub told: String,
}

/// A tool as it was offered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfferedTool {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON schema of its arguments, as JSON text.
    pub parameters: String,
}

/// What happens when the context is full while an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overflow {
    /// The answer ends with [`FinishReason::Length`].
    Stop,
    /// The oldest half behind the system turn is forgotten, and the answer goes on.
    Shift,
}

/// What the worker says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum FromEngine {
    /// The first frame of every worker.
    Ready {
        /// [`PROTOCOL`] of the worker.
        protocol: u32,
        /// The processors it can compute on, such as `CPU (zen4)`.
        devices: Vec<String>,
    },
    /// How much of the model is loaded.
    Loading {
        /// 0.0 to 1.0.
        share: f32,
    },
    /// The model is loaded.
    Loaded(ModelFacts),
    /// The model could not be loaded; none is loaded now.
    LoadFailed {
        /// What llama.cpp said.
        reason: String,
    },
    /// The prompt is taken in, writing begins.
    Started {
        /// The number of the work.
        job: JobId,
        /// Tokens of the prompt.
        prompt_tokens: u32,
        /// Of these, tokens that were still known from an earlier answer and cost nothing.
        cached_tokens: u32,
    },
    /// Some more text: whole Unicode characters, of one or more tokens.
    Piece {
        /// The number of the work.
        job: JobId,
        /// The text.
        text: String,
        /// One entry a token, when asked for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        logprobs: Vec<TokenLogprob>,
    },
    /// The end of a piece of work, however it ended.
    Finished {
        /// The number of the work.
        job: JobId,
        /// Why it ended.
        reason: FinishReason,
        /// What it cost.
        usage: Usage,
    },
    /// The vectors of [`ToEngine::Embed`], in the order of the texts, of length 1.
    Embedded {
        /// The number of the work.
        job: JobId,
        /// One vector a text.
        vectors: Vec<Vec<f32>>,
        /// Tokens of all texts together.
        prompt_tokens: u32,
    },
    /// The tokens of [`ToEngine::Tokenize`].
    Tokenized {
        /// The number of the work.
        job: JobId,
        /// The tokens.
        tokens: Vec<i32>,
    },
    /// This work cannot be done, or broke.
    Refused {
        /// The number of the work.
        job: JobId,
        /// Why.
        fault: EngineFault,
    },
    /// A line for the log. Never holds a prompt or an answer.
    Log {
        /// How serious it is.
        level: LogLevel,
        /// The line.
        text: String,
    },
}

/// What is known of the loaded model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// What the model says of itself, such as `llama 135M Q4_1`.
    pub description: String,
    /// Tokens that one conversation may hold.
    pub context_tokens: u32,
    /// Tokens that the model was trained for.
    pub trained_tokens: u32,
    /// Number of weights.
    pub parameters: u64,
    /// Length of an embedding.
    pub embedding_length: u32,
    /// Number of tokens in the vocabulary.
    pub vocabulary: u32,
    /// Whether the file brings a chat template.
    pub has_chat_template: bool,
    /// How long loading took.
    pub load_ms: u64,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model ended its answer.
    Stop,
    /// The stop text of this number came.
    StopText(u16),
    /// `tokens_max` or the end of the context was reached.
    Length,
    /// The hub asked to stop.
    Cancelled,
}

/// What an answer cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Of these, tokens that cost nothing.
    pub cached_tokens: u32,
    /// Tokens written.
    pub completion_tokens: u32,
    /// Time from taking the work up to the first token.
    pub prefill_us: u64,
    /// Time from the first to the last token.
    pub decode_us: u64,
}

/// The probability of a written token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenLogprob {
    /// The token that was written.
    pub token: LikelyToken,
    /// The likeliest tokens at this place, the likeliest first.
    pub top: Vec<LikelyToken>,
}

/// A token with its probability, before sampling changed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LikelyToken {
    /// Its number in the vocabulary.
    pub id: i32,
    /// Its bytes; a single token need not be whole characters.
    pub bytes: Vec<u8>,
    /// Natural logarithm of its probability.
    pub logprob: f32,
}

/// Why the worker could not do a piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum EngineFault {
    /// No model is loaded.
    #[error("no model is loaded")]
    NoModel,
    /// The prompt alone does not fit.
    #[error("the conversation has {asked} tokens, and the model holds {limit}")]
    ContextLengthExceeded {
        /// Tokens of the prompt.
        asked: u32,
        /// Tokens that one conversation may hold.
        limit: u32,
    },
    /// The grammar or schema cannot be used.
    #[error("the asked answer format cannot be used: {reason}")]
    BadConstraint {
        /// What is wrong with it.
        reason: String,
    },
    /// A sampling parameter, a turn's role or the prompt cannot be used.
    #[error("{reason}")]
    BadRequest {
        /// What is wrong with it.
        reason: String,
    },
    /// More work waits than the worker takes.
    #[error("too much work is waiting for the model")]
    Busy,
    /// llama.cpp reported an error.
    #[error("the engine failed: {reason}")]
    Failed {
        /// What it reported.
        reason: String,
    },
}

/// How serious a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For developers.
    Debug,
    /// Worth knowing.
    Info,
    /// Something is off and goes on.
    Warn,
    /// Something failed.
    Error,
}

/// A map as a list of pairs: inside a tagged enum, serde cannot turn the texts that JSON has for keys
/// back into numbers.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<i32, f32>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<i32, f32>, D::Error> {
        Ok(Vec::<(i32, f32)>::deserialize(deserializer)?
            .into_iter()
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_can_be_asked_survives_the_frame() {
        let what = Generation {
            prompt: Prompt::Chat(vec![ChatTurn {
                role: "user".into(),
                text: "hi \0 é".into(),
            }]),
            sampling: Sampling {
                seed: Some(u32::MAX),
                logit_bias: [(3, -100.0), (70_000, 0.5)].into(),
                ..Sampling::default()
            },
            constraint: Some(Constraint::Calls(CallShape {
                schema: "{}".into(),
                text: true,
                calls_max: 2,
                ..CallShape::default()
            })),
            tokens_max: Some(0),
            stop: vec!["\n".into()],
            logprobs: Some(5),
            overflow: Overflow::Shift,
            holds_private: false,
            is_whole: false,
        };
        for asked in [
            ToEngine::Generate {
                job: JobId(u64::MAX),
                what: Box::new(what),
            },
            ToEngine::Embed {
                job: JobId(1),
                texts: vec![String::new()],
            },
            ToEngine::Cancel { job: JobId(2) },
            ToEngine::UseThreads { threads: 1 },
            ToEngine::Quit,
        ] {
            let mut stream = Vec::new();
            crate::write_frame(&mut stream, &asked).expect("a vector takes everything");
            let read = crate::read_frame(&mut stream.as_slice()).expect("it reads back");
            assert_eq!(read, Some(asked));
        }
    }

    #[test]
    fn probabilities_survive_the_frame() {
        let token = LikelyToken {
            id: 7,
            bytes: vec![0xF0, 0x9F],
            logprob: -9999.0,
        };
        let entry = TokenLogprob {
            token: token.clone(),
            top: vec![token],
        };
        let said = FromEngine::Piece {
            job: JobId(1),
            text: "x".into(),
            logprobs: vec![entry],
        };
        let mut stream = Vec::new();
        crate::write_frame(&mut stream, &said).expect("a vector takes everything");
        let read = crate::read_frame(&mut stream.as_slice()).expect("it reads back");
        assert_eq!(read, Some(said));
    }
}
