//! The shape of a response.

use std::time::SystemTime;

use base::Timestamp;
use llm::{Model, Usage};
use serde_json::{Map, Value, json};

use super::request::Wanted;
use crate::answering::fresh_id;

/// What is the same in every state of one response.
#[derive(Debug, Clone)]
pub(super) struct Paper {
    pub(super) id: String,
    created: u64,
    model: String,
    echo: Map<String, Value>,
    hai_net: Value,
}

impl Paper {
    pub(super) fn new(wanted: &mut Wanted, model: &dyn Model) -> Self {
        Self {
            id: fresh_id("resp_"),
            created: Timestamp::from_clock(SystemTime::now()).as_secs(),
            model: wanted
                .model
                .clone()
                .unwrap_or_else(|| model.name().to_owned()),
            echo: std::mem::take(&mut wanted.echo),
            hai_net: json!({
                "served_by": model.runs_on(),
                "backend": model.backend(),
                "route": model.route(),
            }),
        }
    }

    /// The response in a state.
    pub(super) fn response(&self, status: &str, output: &[Value], usage: Option<&Usage>) -> Value {
        let mut response = json!({
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": status,
            "error": null,
            "incomplete_details": null,
            "model": self.model,
            "output": output,
            "usage": usage.map(usage_object),
        });
        for (name, value) in &self.echo {
            response[name] = value.clone();
        }
        response["hai_net"] = self.hai_net.clone();
        response
    }
}

fn usage_object(usage: &Usage) -> Value {
    let (input, output) = (
        u64::from(usage.prompt_tokens),
        u64::from(usage.completion_tokens),
    );
    json!({
        "input_tokens": input,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": input + output,
    })
}

/// A message of the assistant.
pub(super) fn message(id: &str, status: &str, text: Option<&str>) -> Value {
    let content: Vec<Value> = text.map(part).into_iter().collect();
    json!({
        "id": id,
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    })
}

/// A part of a message.
pub(super) fn part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

/// A call of a tool.
pub(super) fn call(id: &str, status: &str, call_id: &str, name: &str, arguments: &str) -> Value {
    json!({
        "id": id,
        "type": "function_call",
        "status": status,
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    })
}
