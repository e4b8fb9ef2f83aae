//! The shapes in which Ollama writes answers, whole and line by line.

use std::collections::VecDeque;
use std::time::{Instant, SystemTime};

use base::Timestamp;
use llm::Usage;
use serde_json::{Value, json};

use crate::answering::{Clerk, End, Step, Whole};
use crate::single_stream::Writer;
use llm::tools::Call;

/// Which of the two routes it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `/api/chat`.
    Chat,
    /// `/api/generate`.
    Text,
}

/// The letterhead of one answer, and the pen.
#[derive(Debug, Clone)]
pub(super) struct Paper {
    kind: Kind,
    model: String,
    began: Instant,
}

impl Paper {
    pub(super) fn new(kind: Kind, model: String, began: Instant) -> Self {
        Self { kind, model, began }
    }

    fn line(&self, text: &str, calls: &[Call], done: bool) -> Value {
        let mut line = json!({
            "model": self.model,
            "created_at": Timestamp::from_clock(SystemTime::now()).rfc3339(),
        });
        match self.kind {
            Kind::Text => line["response"] = json!(text),
            Kind::Chat => {
                let mut message = json!({"role": "assistant", "content": text});
                if !calls.is_empty() {
                    message["tool_calls"] = json!(calls.iter().map(written).collect::<Vec<_>>());
                }
                line["message"] = message;
            }
        }
        line["done"] = json!(done);
        line
    }

    /// The model is in memory, and nothing was asked.
    pub(super) fn loaded(&self) -> Value {
        let mut line = self.line("", &[], true);
        line["done_reason"] = json!("load");
        line
    }

    /// A whole answer.
    pub(super) fn whole(&self, whole: &Whole) -> Value {
        let (end, usage) = whole.ended.unwrap_or((End::Length, Usage::default()));
        let mut line = self.line(&whole.text, &whole.calls, true);
        self.close(&mut line, end, &usage);
        line
    }

    fn close(&self, line: &mut Value, end: End, usage: &Usage) {
        let total_ns = self.began.elapsed().as_nanos();
        let (read_ns, written_ns) = (usage.prefill_us * 1_000, usage.decode_us * 1_000);
        let computed_ns = u128::from(read_ns) + u128::from(written_ns);
        line["done_reason"] = json!(match end {
            End::Length => "length",
            End::Stop | End::StopText(_) | End::Calls => "stop",
        });
        line["total_duration"] = json!(clipped(total_ns));
        // What was neither reading nor writing: waiting, and loading the model.
        line["load_duration"] = json!(clipped(total_ns.saturating_sub(computed_ns)));
        line["prompt_eval_count"] = json!(usage.prompt_tokens);
        line["prompt_eval_duration"] = json!(read_ns);
        line["eval_count"] = json!(usage.completion_tokens);
        line["eval_duration"] = json!(written_ns);
    }
}

fn clipped(nanos: u128) -> u64 {
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

/// A call: its arguments are an object here. One that became too long has none.
fn written(call: &Call) -> Value {
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
    json!({"function": {"name": call.name, "arguments": arguments}})
}

/// Writes an answer line by line. A call comes in one line, when it is whole.
pub(super) struct Lines {
    paper: Paper,
    clerk: Clerk,
    call: Call,
    lines: VecDeque<String>,
}

impl Lines {
    pub(super) fn new(paper: Paper, clerk: Clerk) -> Self {
        Self {
            paper,
            clerk,
            call: Call::default(),
            lines: VecDeque::new(),
        }
    }
}

impl Writer for Lines {
    type Item = String;

    async fn take(&mut self, step: Step) {
        let line = match step {
            Step::Began { .. } => return,
            Step::Text { text, .. } => self.paper.line(&text, &[], false),
            Step::CallBegins(name) => {
                self.call = Call {
                    name,
                    ..Call::default()
                };
                return;
            }
            Step::Arguments(text) => return self.call.arguments.push_str(&text),
            Step::CallEnds => {
                let call = std::mem::take(&mut self.call);
                self.paper.line("", &[call], false)
            }
            Step::Ended { end, usage } => {
                self.clerk.answered(&usage);
                let mut line = self.paper.line("", &[], true);
                self.paper.close(&mut line, end, &usage);
                line
            }
            Step::Failed(problem) => json!({"error": problem.message()}),
        };
        self.lines.push_back(line.to_string());
    }

    fn items(&mut self) -> &mut VecDeque<String> {
        &mut self.lines
    }
}
