//! The shapes of the OpenAI API, as far as they are read and written here.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An error.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ErrorObject {
    /// What went wrong.
    pub(super) error: ErrorBody,
}

/// What went wrong.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ErrorBody {
    /// In words.
    pub(super) message: String,
    /// The kind, such as `invalid_request_error`.
    pub(super) r#type: String,
    /// The field that is wrong.
    pub(super) param: Option<String>,
    /// For programs, such as `model_not_found`.
    pub(super) code: Option<String>,
}

/// Where an answer was made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct HaiNet {
    /// The device and the server on it, in words, such as `this device: ollama`.
    pub(super) served_by: String,
    /// What computed it: `embedded`, `ollama` or `openai`.
    pub(super) backend: String,
    /// `local`: it left no machine; `own_network`; `external`.
    pub(super) route: String,
    /// How documents were compared, where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<String>,
}

/// The models that are offered.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ModelList {
    /// `list`.
    pub(super) object: String,
    /// Installed models, those of model servers (`server/model`), and aliases.
    pub(super) data: Vec<ModelRow>,
}

/// A model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ModelRow {
    /// The name to ask for.
    pub(super) id: String,
    /// `model`.
    pub(super) object: String,
    /// Seconds since 1970.
    pub(super) created: u64,
    /// `hai-net`.
    pub(super) owned_by: String,
    /// For an alias, `stands_for`: the installed model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hai_net: Option<Map<String, Value>>,
}

/// A request for a chat completion.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ChatRequest {
    /// The model; the chosen one where it is left out.
    pub(super) model: Option<String>,
    /// The conversation.
    #[schema(min_items = 1)]
    pub(super) messages: Vec<ChatMessage>,
    /// Whether the answer comes as server-sent events.
    pub(super) stream: Option<bool>,
    /// `include_usage`: whether a last chunk tells the cost.
    pub(super) stream_options: Option<Map<String, Value>>,
    /// 0 always takes the likeliest token.
    #[schema(minimum = 0, maximum = 2)]
    pub(super) temperature: Option<f32>,
    /// Keep the likeliest tokens that together have this probability.
    #[schema(minimum = 0, maximum = 1)]
    pub(super) top_p: Option<f32>,
    /// The most tokens.
    #[schema(minimum = 1)]
    pub(super) max_completion_tokens: Option<u32>,
    /// The older name of the same.
    #[schema(minimum = 1)]
    pub(super) max_tokens: Option<u32>,
    /// A text, or up to 16, that end the answer.
    pub(super) stop: Option<Value>,
    /// The same seed and request give the same answer.
    pub(super) seed: Option<i64>,
    /// How many answers.
    #[schema(minimum = 1, maximum = 8)]
    pub(super) n: Option<u32>,
    /// Takes this off once for tokens that were used.
    #[schema(minimum = -2, maximum = 2)]
    pub(super) presence_penalty: Option<f32>,
    /// Takes this off for each time a token was used.
    #[schema(minimum = -2, maximum = 2)]
    pub(super) frequency_penalty: Option<f32>,
    /// Numbers of tokens, and what is added to their logits.
    pub(super) logit_bias: Option<Map<String, Value>>,
    /// Whether probabilities are told.
    pub(super) logprobs: Option<bool>,
    /// Of how many alternatives.
    #[schema(minimum = 0, maximum = 20)]
    pub(super) top_logprobs: Option<u32>,
    /// `{"type": "text"}`, `json_object`, or `json_schema` with a schema.
    pub(super) response_format: Option<Map<String, Value>>,
    /// Functions that may be called.
    #[schema(max_items = 128)]
    pub(super) tools: Option<Vec<ChatTool>>,
    /// `auto`, `none`, `required`, or an object that names a function.
    pub(super) tool_choice: Option<Value>,
    /// Whether one answer may hold several calls.
    pub(super) parallel_tool_calls: Option<bool>,
}

/// A function that may be called.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ChatTool {
    /// `function`.
    pub(super) r#type: String,
    /// The function.
    pub(super) function: FunctionShape,
}

/// A function.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct FunctionShape {
    /// Its name: letters, digits and `_-.:/`.
    pub(super) name: String,
    /// What it is for.
    pub(super) description: Option<String>,
    /// The JSON schema of its arguments.
    pub(super) parameters: Option<Map<String, Value>>,
    /// Calls always follow their schema here.
    pub(super) strict: Option<bool>,
}

/// A message of a conversation.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ChatMessage {
    /// `system`, `developer`, `user`, `assistant` or `tool`.
    pub(super) role: String,
    /// A text, or a list of parts of type `text`.
    pub(super) content: Option<Value>,
    /// Calls that the assistant made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tool_calls: Option<Vec<ToolCall>>,
    /// Which call this is the result of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tool_call_id: Option<String>,
}

/// A call of a function.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ToolCall {
    /// Names it.
    pub(super) id: String,
    /// `function`.
    pub(super) r#type: String,
    /// What is called.
    pub(super) function: CalledFunction,
}

/// What is called.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct CalledFunction {
    /// Its name.
    pub(super) name: String,
    /// Its arguments, as JSON text.
    pub(super) arguments: String,
}

/// A chat completion.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ChatCompletion {
    /// Names it.
    pub(super) id: String,
    /// `chat.completion`.
    pub(super) object: String,
    /// Seconds since 1970.
    pub(super) created: u64,
    /// The model that was asked for.
    pub(super) model: String,
    /// Stands for the program and the model.
    pub(super) system_fingerprint: String,
    /// The answers.
    pub(super) choices: Vec<ChatChoice>,
    /// What it cost.
    pub(super) usage: Usage,
    /// Where it was made.
    pub(super) hai_net: HaiNet,
}

/// One answer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ChatChoice {
    /// Its number.
    pub(super) index: u32,
    /// What was said.
    pub(super) message: AssistantMessage,
    /// Probabilities, where they were asked for.
    pub(super) logprobs: Option<Value>,
    /// `stop`, `length` or `tool_calls`.
    pub(super) finish_reason: String,
}

/// What the assistant said.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct AssistantMessage {
    /// `assistant`.
    pub(super) role: String,
    /// The text.
    pub(super) content: Option<String>,
    /// Always null.
    pub(super) refusal: Option<String>,
    /// Calls, where some were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tool_calls: Option<Vec<ToolCall>>,
}

/// What an answer cost, in tokens.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Usage {
    /// Of the prompt.
    pub(super) prompt_tokens: u64,
    /// Of the answer.
    #[serde(default)]
    pub(super) completion_tokens: u64,
    /// Both.
    pub(super) total_tokens: u64,
    /// `cached_tokens`: those that were still known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) prompt_tokens_details: Option<Map<String, Value>>,
}

/// A request to go on with a text.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct CompletionRequest {
    /// The model.
    pub(super) model: Option<String>,
    /// A text, a list of texts, or tokens.
    pub(super) prompt: Value,
    /// The most tokens; 16 where it is left out.
    #[schema(minimum = 1)]
    pub(super) max_tokens: Option<u32>,
    /// Whether the prompt is repeated.
    pub(super) echo: Option<bool>,
    /// Whether it comes as server-sent events.
    pub(super) stream: Option<bool>,
}

/// A text that goes on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Completion {
    /// Names it.
    pub(super) id: String,
    /// `text_completion`.
    pub(super) object: String,
    /// Seconds since 1970.
    pub(super) created: u64,
    /// The model.
    pub(super) model: String,
    /// The texts, with `index`, `text`, `logprobs` and `finish_reason`.
    pub(super) choices: Vec<Map<String, Value>>,
    /// What it cost.
    pub(super) usage: Usage,
    /// Where it was made.
    pub(super) hai_net: HaiNet,
}

/// A request for embeddings.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct EmbeddingRequest {
    /// The model.
    pub(super) model: Option<String>,
    /// A text, or up to 2,048.
    pub(super) input: Value,
    /// `float` or `base64`.
    pub(super) encoding_format: Option<String>,
    /// The length of the vectors, where it is to be checked.
    #[schema(minimum = 1)]
    pub(super) dimensions: Option<u32>,
}

/// Embeddings.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct EmbeddingList {
    /// `list`.
    pub(super) object: String,
    /// One row a text, with `object`, `index` and `embedding`.
    pub(super) data: Vec<Map<String, Value>>,
    /// The model.
    pub(super) model: String,
    /// What it cost.
    pub(super) usage: Usage,
    /// Where it was made.
    pub(super) hai_net: HaiNet,
}

/// A request for a response.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ResponseRequest {
    /// The model.
    pub(super) model: Option<String>,
    /// A text, or items: messages, calls of functions and their outputs.
    pub(super) input: Value,
    /// What holds for this answer only.
    pub(super) instructions: Option<String>,
    /// The response that this one goes on from.
    pub(super) previous_response_id: Option<String>,
    /// Whether it is kept, for 30 days; yes where it is left out.
    pub(super) store: Option<bool>,
    /// Whether it is written while the program does something else.
    pub(super) background: Option<bool>,
    /// Whether it comes as typed server-sent events.
    pub(super) stream: Option<bool>,
    /// Functions, each with `type`, `name` and `parameters`.
    pub(super) tools: Option<Vec<Map<String, Value>>>,
    /// As in chat completions; a function is named by `{"type": "function", "name": …}`.
    pub(super) tool_choice: Option<Value>,
    /// The most tokens.
    #[schema(minimum = 1)]
    pub(super) max_output_tokens: Option<u32>,
    /// `format`: as `response_format` of chat completions.
    pub(super) text: Option<Map<String, Value>>,
}

/// A response.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ResponseObject {
    /// Names it.
    pub(super) id: String,
    /// `response`.
    pub(super) object: String,
    /// Seconds since 1970.
    pub(super) created_at: u64,
    /// `in_progress`, `completed`, `incomplete`, `failed` or `cancelled`.
    pub(super) status: String,
    /// Why it failed.
    pub(super) error: Option<Map<String, Value>>,
    /// Why it is incomplete.
    pub(super) incomplete_details: Option<Map<String, Value>>,
    /// The model.
    pub(super) model: String,
    /// Messages and calls of functions.
    pub(super) output: Vec<Map<String, Value>>,
    /// What it cost.
    pub(super) usage: Option<Map<String, Value>>,
    /// The response that it goes on from.
    pub(super) previous_response_id: Option<String>,
    /// Where it was made.
    pub(super) hai_net: HaiNet,
}

/// A response that was deleted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ResponseDeleted {
    /// Which.
    pub(super) id: String,
    /// `response`.
    pub(super) object: String,
    /// Always true.
    pub(super) deleted: bool,
}

/// A text to be counted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct TokenizeRequest {
    /// The model.
    pub(super) model: Option<String>,
    /// The text.
    pub(super) content: String,
}

/// The tokens of a text.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct TokenList {
    /// `tokens`.
    pub(super) object: String,
    /// The model.
    pub(super) model: String,
    /// How many.
    pub(super) count: u64,
    /// Their numbers.
    pub(super) tokens: Vec<i32>,
}

/// Documents to be sorted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct RerankRequest {
    /// The model.
    pub(super) model: Option<String>,
    /// What they should be near to.
    pub(super) query: String,
    /// Texts, or objects with `text`.
    #[schema(min_items = 1, max_items = 1000)]
    pub(super) documents: Vec<Value>,
    /// How many are told.
    #[schema(minimum = 1)]
    pub(super) top_n: Option<u32>,
    /// Whether the texts are repeated.
    pub(super) return_documents: Option<bool>,
}

/// Texts to be examined.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ModerationRequest {
    /// A text or a list of texts.
    pub(super) input: Value,
}

/// What was found in texts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Moderation {
    /// Names it.
    pub(super) id: String,
    /// What examined them.
    pub(super) model: String,
    /// One for each text, with `flagged`, `categories`, `category_scores` and the masked text.
    pub(super) results: Vec<Map<String, Value>>,
    /// What is judged and what is not.
    pub(super) hai_net: Map<String, Value>,
}

/// Documents, the nearest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Ranking {
    /// Names it.
    pub(super) id: String,
    /// The model.
    pub(super) model: String,
    /// With `index`, `relevance_score` and, where asked for, `document`.
    pub(super) results: Vec<Map<String, Value>>,
    /// What it cost.
    pub(super) usage: Usage,
    /// Where it was made, and by which method.
    pub(super) hai_net: HaiNet,
}
