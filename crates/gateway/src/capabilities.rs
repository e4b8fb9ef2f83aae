//! `/.well-known/hai-net.json`: what this door can do, for programs that want to know before they try.

use axum::Json;
use serde_json::{Value, json};

use crate::{body, openai};

/// The paths under which the routes of OpenAI and Anthropic stand.
pub(crate) const BASE_PATHS: [&str; 3] = ["/v1", "/v1/openai-compat", "/v1/openai-compat/v1"];

/// The routes below each of the base paths.
pub(crate) const ROUTES: &[&str] = &[
    "GET /models",
    "GET /models/{id}",
    "POST /chat/completions",
    "POST /completions",
    "POST /embeddings",
    "POST /responses",
    "GET /responses/{id}",
    "DELETE /responses/{id}",
    "POST /responses/{id}/cancel",
    "POST /messages",
    "POST /messages/count_tokens",
    "POST /tokenize",
    "POST /moderations",
    "POST /rerank",
    "POST /audio/transcriptions",
    "POST /audio/translations",
    "POST /audio/speech",
];

/// The routes of Ollama.
pub(crate) const OLLAMA_ROUTES: &[&str] = &[
    "GET /api/version",
    "GET /api/tags",
    "GET /api/ps",
    "POST /api/show",
    "POST /api/chat",
    "POST /api/generate",
    "POST /api/embed",
    "POST /api/embeddings",
];

pub(crate) async fn tell() -> Json<Value> {
    Json(json!({
        "name": "HAI-Net",
        "version": env!("CARGO_PKG_VERSION"),
        "api": {
            "style": "openai",
            "styles": ["openai", "anthropic", "ollama"],
            "base_paths": BASE_PATHS,
            "routes": ROUTES,
            "ollama_routes": OLLAMA_ROUTES,
            "authentication": ["bearer", "x-api-key"],
            "streaming": "server-sent events",
            "chat": {
                "inputs": ["text"],
                "response_formats": ["text", "json_object", "json_schema"],
                "extensions": ["top_k", "min_p", "repeat_penalty", "grammar"],
                "logprobs": true,
                "tools": true,
                "tool_choice": ["auto", "none", "required", "function"],
                "parallel_tool_calls": true,
            },
            "responses": {"stored": true, "background": true},
            "moderations": "private data only",
            "rerank": "cosine of embeddings",
            "speech": "not_installed",
        },
        "limits": {
            "body_bytes": body::BODY_BYTES_MAX,
            "answers_waiting_per_token": hub::WAITING_PER_PROGRAM_MAX,
            "choices": openai::CHOICES_MAX,
            "stop_texts": openai::STOPS_MAX,
        },
        "metrics": "/metrics",
        "health": "/health",
    }))
}
