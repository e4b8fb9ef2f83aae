//! The shapes of Ollama's API, as far as they are read and written here.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A request to chat.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaChatRequest {
    /// The model.
    pub(super) model: String,
    /// Messages with `role`, `content` and `tool_calls`; without any, the model is only loaded.
    pub(super) messages: Option<Vec<Map<String, Value>>>,
    /// Functions, as in the OpenAI API.
    pub(super) tools: Option<Vec<Map<String, Value>>>,
    /// `json`, or a JSON schema.
    pub(super) format: Option<Value>,
    /// `temperature`, `top_k`, `top_p`, `min_p`, `num_predict`, `seed`, `stop` and penalties.
    pub(super) options: Option<Map<String, Value>>,
    /// Whether it comes line by line; yes where it is left out.
    pub(super) stream: Option<bool>,
}

/// A request to go on from a prompt.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaGenerateRequest {
    /// The model.
    pub(super) model: String,
    /// The prompt; without one, the model is only loaded.
    pub(super) prompt: Option<String>,
    /// What the model should keep to.
    pub(super) system: Option<String>,
    /// Whether the prompt goes to the model as it is.
    pub(super) raw: Option<bool>,
    /// `json`, or a JSON schema.
    pub(super) format: Option<Value>,
    /// As for chats.
    pub(super) options: Option<Map<String, Value>>,
    /// Whether it comes line by line; yes where it is left out.
    pub(super) stream: Option<bool>,
}

/// An answer, or one line of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaLine {
    /// The model that was asked for.
    pub(super) model: String,
    /// When, as RFC 3339 writes it.
    pub(super) created_at: String,
    /// For chats: `role`, `content` and `tool_calls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Map<String, Value>>,
    /// For prompts: the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<String>,
    /// Whether this is the end.
    pub(super) done: bool,
    /// `stop`, `length` or `load`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) done_reason: Option<String>,
    /// Tokens of the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) prompt_eval_count: Option<u64>,
    /// Tokens of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) eval_count: Option<u64>,
}

/// Models.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaModels {
    /// With `name`, `model`, `modified_at`, `size`, `digest` and `details`.
    pub(super) models: Vec<Map<String, Value>>,
}

/// The name of a model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaShowRequest {
    /// The name.
    pub(super) model: String,
}

/// A model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaModel {
    /// Format, family, size and quantisation.
    pub(super) details: Map<String, Value>,
    /// Facts of the file's header.
    pub(super) model_info: Map<String, Value>,
    /// What it can do.
    pub(super) capabilities: Vec<String>,
    /// When it came here.
    pub(super) modified_at: String,
}

/// Texts to be made vectors.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaEmbedRequest {
    /// The model.
    pub(super) model: String,
    /// A text, or a list of texts.
    pub(super) input: Value,
}

/// Vectors.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaVectors {
    /// The model.
    pub(super) model: String,
    /// One a text.
    pub(super) embeddings: Vec<Vec<f32>>,
    /// Tokens of all texts.
    pub(super) prompt_eval_count: u64,
}

/// A text to be made a vector, in the older form.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaEmbedOneRequest {
    /// The model.
    pub(super) model: String,
    /// The text.
    pub(super) prompt: String,
}

/// A vector.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaVector {
    /// The vector.
    pub(super) embedding: Vec<f32>,
}

/// The version.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaVersion {
    /// Of HAI-Net.
    pub(super) version: String,
}

/// An error.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct OllamaError {
    /// In words.
    pub(super) error: String,
}
