//! The shapes in which the Anthropic API writes answers.

use llm::{Model, Usage};
use serde_json::{Value, json};

use super::messages::Wanted;
use crate::answering::{End, Whole, fresh_id};

/// The letterhead of one answer, and the pen.
#[derive(Debug, Clone)]
pub(super) struct Paper {
    id: String,
    model: String,
    stop_sequences: Vec<String>,
    hai_net: Value,
}

impl Paper {
    pub(super) fn new(wanted: &Wanted, model: &dyn Model) -> Self {
        Self {
            id: fresh_id("msg_"),
            model: wanted
                .model
                .clone()
                .unwrap_or_else(|| model.name().to_owned()),
            stop_sequences: wanted.stop_sequences.clone(),
            hai_net: json!({
                "served_by": model.runs_on(),
                "backend": model.backend(),
                "route": model.route(),
            }),
        }
    }

    fn message(&self, content: &[Value], reason: &Value, sequence: &Value, usage: &Value) -> Value {
        json!({
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": reason,
            "stop_sequence": sequence,
            "usage": usage,
            "hai_net": self.hai_net,
        })
    }

    /// A whole answer.
    pub(super) fn whole(&self, whole: &Whole) -> Value {
        let mut content = Vec::new();
        if !whole.text.is_empty() {
            content.push(json!({"type": "text", "text": whole.text}));
        }
        for call in &whole.calls {
            // A call that became too long has no valid input; that it was begun is still told.
            let input = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
            content.push(
                json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input}),
            );
        }
        let (end, usage) = whole.ended.unwrap_or((End::Length, Usage::default()));
        let (reason, sequence) = self.reason(end);
        self.message(&content, &reason, &sequence, &usage_object(&usage))
    }

    /// The first event of a stream.
    pub(super) fn start(&self, prompt_tokens: u32, cached_tokens: u32) -> Value {
        let usage = Usage {
            prompt_tokens,
            cached_tokens,
            ..Usage::default()
        };
        let message = self.message(&[], &Value::Null, &Value::Null, &usage_object(&usage));
        json!({"type": "message_start", "message": message})
    }

    /// The last but one event of a stream.
    pub(super) fn end(&self, end: End, usage: &Usage) -> Value {
        let (reason, sequence) = self.reason(end);
        json!({
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": sequence},
            "usage": usage_object(usage),
        })
    }

    fn reason(&self, end: End) -> (Value, Value) {
        match end {
            End::Stop => (json!("end_turn"), Value::Null),
            End::StopText(number) => (
                json!("stop_sequence"),
                json!(self.stop_sequences.get(usize::from(number))),
            ),
            End::Length => (json!("max_tokens"), Value::Null),
            End::Calls => (json!("tool_use"), Value::Null),
        }
    }
}

/// In this API, tokens that were still known do not count as input.
fn usage_object(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.prompt_tokens.saturating_sub(usage.cached_tokens),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": usage.completion_tokens,
    })
}
