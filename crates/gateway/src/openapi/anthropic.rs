//! The shapes of the Anthropic API, as far as they are read and written here.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::openai::HaiNet;

/// A request for a message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct MessageRequest {
    /// The model.
    pub(super) model: Option<String>,
    /// The most tokens.
    #[schema(minimum = 1)]
    pub(super) max_tokens: u32,
    /// Messages with `role` and `content`: a text, or blocks of type `text`, `tool_use` and
    /// `tool_result`.
    #[schema(min_items = 1)]
    pub(super) messages: Vec<Map<String, Value>>,
    /// A text, or blocks of text.
    pub(super) system: Option<Value>,
    /// Texts that end the answer.
    #[schema(max_items = 16)]
    pub(super) stop_sequences: Option<Vec<String>>,
    /// Whether it comes as server-sent events.
    pub(super) stream: Option<bool>,
    /// 0 always takes the likeliest token.
    #[schema(minimum = 0, maximum = 1)]
    pub(super) temperature: Option<f32>,
    /// Tools with `name`, `description` and `input_schema`.
    pub(super) tools: Option<Vec<Map<String, Value>>>,
    /// `{"type": "auto"}`, `any`, `none`, or `tool` with a `name`.
    pub(super) tool_choice: Option<Map<String, Value>>,
}

/// A message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Message {
    /// Names it.
    pub(super) id: String,
    /// `message`.
    pub(super) r#type: String,
    /// `assistant`.
    pub(super) role: String,
    /// The model that was asked for.
    pub(super) model: String,
    /// Blocks of type `text` and `tool_use`.
    pub(super) content: Vec<Map<String, Value>>,
    /// `end_turn`, `max_tokens`, `stop_sequence` or `tool_use`.
    pub(super) stop_reason: Option<String>,
    /// The text that ended it.
    pub(super) stop_sequence: Option<String>,
    /// What it cost.
    pub(super) usage: MessageUsage,
    /// Where it was made.
    pub(super) hai_net: HaiNet,
}

/// What a message cost, in tokens.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct MessageUsage {
    /// Read anew.
    pub(super) input_tokens: u64,
    /// Always 0.
    pub(super) cache_creation_input_tokens: u64,
    /// Still known.
    pub(super) cache_read_input_tokens: u64,
    /// Written.
    pub(super) output_tokens: u64,
}

/// How many tokens a conversation has.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct MessageTokens {
    /// So many, about: the marks between turns are estimated.
    pub(super) input_tokens: u64,
}

/// An error.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct MessageError {
    /// `error`.
    pub(super) r#type: String,
    /// `type` and `message`.
    pub(super) error: Map<String, Value>,
}
