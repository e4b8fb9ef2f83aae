//! Writes an answer as the events of the Anthropic API.

use std::collections::VecDeque;

use axum::response::Response;
use axum::response::sse::Event;
use serde_json::{Value, json};

use super::CALL_PREFIX;
use super::paper::Paper;
use crate::answering::{Clerk, Step, fresh_id};
use crate::problem::Problem;
use crate::single_stream::{Beginning, Writer, respond_with_events};

/// Begins a streamed response.
pub(super) async fn respond(
    beginning: Beginning,
    paper: Paper,
    clerk: Clerk,
) -> Result<Response, Problem> {
    let script = Script {
        paper,
        clerk,
        index: 0,
        open: None,
        events: VecDeque::new(),
    };
    respond_with_events(beginning, script).await
}

/// The kind of the block that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Text,
    Call,
}

struct Script {
    paper: Paper,
    clerk: Clerk,
    index: usize,
    open: Option<Block>,
    events: VecDeque<Event>,
}

impl Writer for Script {
    type Item = Event;

    async fn take(&mut self, step: Step) {
        match step {
            Step::Began {
                prompt_tokens,
                cached_tokens,
            } => {
                let start = self.paper.start(prompt_tokens, cached_tokens);
                self.push(&start);
            }
            Step::Text { text, .. } => {
                self.begin(Block::Text, &json!({"type": "text", "text": ""}));
                self.delta(&json!({"type": "text_delta", "text": text}));
            }
            Step::CallBegins(name) => {
                let id = fresh_id(CALL_PREFIX);
                let block = json!({"type": "tool_use", "id": id, "name": name, "input": {}});
                self.begin(Block::Call, &block);
            }
            Step::Arguments(text) => {
                self.delta(&json!({"type": "input_json_delta", "partial_json": text}));
            }
            Step::CallEnds => self.close(),
            Step::Ended { end, usage } => {
                self.close();
                let last = self.paper.end(end, &usage);
                self.push(&last);
                self.push(&json!({"type": "message_stop"}));
                self.clerk.answered(&usage);
            }
            Step::Failed(problem) => self.push(&problem.anthropic_object()),
        }
    }

    fn items(&mut self) -> &mut VecDeque<Event> {
        &mut self.events
    }
}

impl Script {
    /// Opens a block unless a text goes on.
    fn begin(&mut self, kind: Block, block: &Value) {
        if self.open == Some(kind) && kind == Block::Text {
            return;
        }
        self.close();
        self.open = Some(kind);
        let index = self.index;
        self.push(&json!({"type": "content_block_start", "index": index, "content_block": block}));
    }

    fn delta(&mut self, delta: &Value) {
        let index = self.index;
        self.push(&json!({"type": "content_block_delta", "index": index, "delta": delta}));
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            let index = self.index;
            self.push(&json!({"type": "content_block_stop", "index": index}));
            self.index += 1;
        }
    }

    /// Each event bears its type as its name, too.
    fn push(&mut self, value: &Value) {
        let name = value["type"].as_str().unwrap_or("error");
        let event = Event::default().event(name).data(value.to_string());
        self.events.push_back(event);
    }
}
