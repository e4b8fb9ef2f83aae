//! Follows an answer as it is written: makes the events of a stream, puts the response together, and
//! keeps it.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::response::sse::Event;
use base::TokenId;
use hub::KeptResponse;
use llm::Usage;
use serde_json::{Value, json};

use super::paper::{Paper, call, message, part};
use super::request::Wanted;
use crate::answering::{Clerk, End, Step, fresh_id};
use crate::door::Door;
use crate::problem::Problem;
use crate::single_stream::Writer;

/// The item that is being written.
enum Open {
    Message {
        id: String,
        text: String,
    },
    Call {
        id: String,
        call_id: String,
        name: String,
        arguments: String,
    },
}

/// What is known of a response so far.
pub(super) struct Script {
    door: Arc<Door>,
    token: Option<TokenId>,
    store: bool,
    previous: Option<String>,
    input: Value,
    paper: Paper,
    clerk: Clerk,
    sequence: u64,
    output: Vec<Value>,
    open: Option<Open>,
    events: VecDeque<Event>,
    result: Option<Result<Value, Problem>>,
}

impl Writer for Script {
    type Item = Event;

    async fn take(&mut self, step: Step) {
        match step {
            Step::Began { .. } => {
                let begun = self.paper.response("in_progress", &[], None);
                self.push("response.created", json!({"response": begun}));
                self.push("response.in_progress", json!({"response": begun}));
            }
            Step::Text { text, .. } => self.text(&text),
            Step::CallBegins(name) => self.call_begins(name),
            Step::Arguments(more) => self.arguments(&more),
            Step::CallEnds => self.close("completed"),
            Step::Ended { end, usage } => self.ended(end, &usage).await,
            Step::Failed(problem) => self.failed(problem).await,
        }
    }

    fn items(&mut self) -> &mut VecDeque<Event> {
        &mut self.events
    }
}

impl Script {
    pub(super) fn new(
        door: Arc<Door>,
        token: Option<TokenId>,
        wanted: &Wanted,
        paper: Paper,
        clerk: Clerk,
    ) -> Self {
        Self {
            door,
            token,
            store: wanted.store,
            previous: wanted.previous.clone(),
            input: wanted.input.clone(),
            paper,
            clerk,
            sequence: 0,
            output: Vec::new(),
            open: None,
            events: VecDeque::new(),
            result: None,
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.paper.id
    }

    /// Keeps the response as begun, and gives it.
    pub(super) async fn begun(&self) -> Result<Value, Problem> {
        let begun = self.paper.response("in_progress", &[], None);
        self.keep(&begun).await?;
        Ok(begun)
    }

    /// Its program does not want the rest.
    pub(super) async fn cancelled(&mut self) {
        self.close("incomplete");
        let cancelled = self.paper.response("cancelled", &self.output, None);
        if let Err(problem) = self.keep(&cancelled).await {
            tracing::error!(
                "a cancelled response could not be kept: {}",
                problem.message()
            );
        }
        self.result = Some(Ok(cancelled));
    }

    /// The response that has ended, or why there is none.
    pub(super) fn into_result(self) -> Result<Value, Problem> {
        self.result
            .unwrap_or_else(|| Err(crate::answering::cut_off()))
    }

    fn text(&mut self, more: &str) {
        if !matches!(self.open, Some(Open::Message { .. })) {
            self.close("completed");
            let id = fresh_id("msg_");
            let index = self.output.len();
            let item = message(&id, "in_progress", None);
            self.push(
                "response.output_item.added",
                json!({"output_index": index, "item": item}),
            );
            let place = json!({
                "item_id": id, "output_index": index, "content_index": 0, "part": part(""),
            });
            self.push("response.content_part.added", place);
            self.open = Some(Open::Message {
                id,
                text: String::new(),
            });
        }
        let index = self.output.len();
        if let Some(Open::Message { id, text }) = &mut self.open {
            text.push_str(more);
            let delta = json!({
                "item_id": id, "output_index": index, "content_index": 0, "delta": more,
                "logprobs": [],
            });
            self.push("response.output_text.delta", delta);
        }
    }

    fn call_begins(&mut self, name: String) {
        self.close("completed");
        let (id, call_id) = (fresh_id("fc_"), fresh_id("call_"));
        let item = call(&id, "in_progress", &call_id, &name, "");
        let index = self.output.len();
        self.push(
            "response.output_item.added",
            json!({"output_index": index, "item": item}),
        );
        self.open = Some(Open::Call {
            id,
            call_id,
            name,
            arguments: String::new(),
        });
    }

    fn arguments(&mut self, more: &str) {
        let index = self.output.len();
        if let Some(Open::Call { id, arguments, .. }) = &mut self.open {
            arguments.push_str(more);
            let delta = json!({"item_id": id, "output_index": index, "delta": more});
            self.push("response.function_call_arguments.delta", delta);
        }
    }

    /// Ends the item that is open, in this state.
    fn close(&mut self, status: &str) {
        let index = self.output.len();
        let item = match self.open.take() {
            None => return,
            Some(Open::Message { id, text }) => {
                let place = json!({
                    "item_id": id, "output_index": index, "content_index": 0, "text": text,
                    "logprobs": [],
                });
                self.push("response.output_text.done", place);
                let place = json!({
                    "item_id": id, "output_index": index, "content_index": 0, "part": part(&text),
                });
                self.push("response.content_part.done", place);
                message(&id, status, Some(&text))
            }
            Some(Open::Call {
                id,
                call_id,
                name,
                arguments,
            }) => {
                let place = json!({
                    "item_id": id, "output_index": index, "name": name, "arguments": arguments,
                });
                self.push("response.function_call_arguments.done", place);
                call(&id, status, &call_id, &name, &arguments)
            }
        };
        self.push(
            "response.output_item.done",
            json!({"output_index": index, "item": item}),
        );
        self.output.push(item);
    }

    async fn ended(&mut self, end: End, usage: &Usage) {
        let status = match end {
            End::Length => "incomplete",
            End::Stop | End::StopText(_) | End::Calls => "completed",
        };
        self.close(status);
        self.clerk.answered(usage);
        let mut response = self.paper.response(status, &self.output, Some(usage));
        if end == End::Length {
            response["incomplete_details"] = json!({"reason": "max_output_tokens"});
        }
        // What a client hears of as complete is on disk.
        if let Err(problem) = self.keep(&response).await {
            return self.failed(problem).await;
        }
        let event = format!("response.{status}");
        self.push(&event, json!({"response": response}));
        self.result = Some(Ok(response));
    }

    async fn failed(&mut self, problem: Problem) {
        self.close("incomplete");
        let mut response = self.paper.response("failed", &self.output, None);
        response["error"] = json!({"code": "server_error", "message": problem.message()});
        // A failure is worth keeping where somebody will ask for it; that it cannot be is no news then.
        if self.store && self.keep(&response).await.is_err() {
            tracing::debug!("a failed response could not be kept");
        }
        self.push("response.failed", json!({"response": response}));
        self.result = Some(Err(problem));
    }

    async fn keep(&self, response: &Value) -> Result<(), Problem> {
        if !self.store {
            return Ok(());
        }
        let kept = KeptResponse {
            id: self.paper.id.clone(),
            token: self.token,
            previous: self.previous.clone(),
            input: self.input.clone(),
            body: response.clone(),
        };
        Ok(self.door.hall.keep_response(kept).await?)
    }

    fn push(&mut self, kind: &str, mut data: Value) {
        data["type"] = json!(kind);
        data["sequence_number"] = json!(self.sequence);
        self.sequence += 1;
        let event = Event::default().event(kind).data(data.to_string());
        self.events.push_back(event);
    }
}
