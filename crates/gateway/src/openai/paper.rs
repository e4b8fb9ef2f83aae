//! The shapes in which the OpenAI API writes answers, whole and in pieces.

use std::time::SystemTime;

use base::Timestamp;
use llm::{LikelyToken, Model, TokenLogprob, Usage};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::answering::{End, Whole, fresh_id, hex};
use llm::tools::Call;

/// What stands for a probability of zero, whose logarithm JSON cannot write. The same as in the OpenAI
/// API.
const LOGPROB_OF_NEVER: f32 = -9999.0;

/// Which of the two completion routes it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `/chat/completions`.
    Chat,
    /// `/completions`.
    Text {
        /// What each choice begins with, where the prompt is to be repeated; else empty.
        echo: Vec<String>,
    },
}

/// The letterhead of one answer, and the pen.
#[derive(Debug, Clone)]
pub(crate) struct Paper {
    kind: Kind,
    id: String,
    created: u64,
    model: String,
    fingerprint: String,
    hai_net: Value,
    logprobs: bool,
    choices_per_prompt: usize,
    include_usage: bool,
}

/// What decides how an answer is written.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) kind: Kind,
    pub(crate) asked_model: Option<String>,
    pub(crate) logprobs: bool,
    pub(crate) choices_per_prompt: u32,
    pub(crate) include_usage: bool,
}

impl Paper {
    pub(crate) fn new(manner: Manner, model: &dyn Model) -> Self {
        let prefix = match manner.kind {
            Kind::Chat => "chatcmpl-",
            Kind::Text { .. } => "cmpl-",
        };
        let version = env!("CARGO_PKG_VERSION");
        let settled = Sha256::digest(format!("{version}/{}/{}", model.backend(), model.name()));
        Self {
            kind: manner.kind,
            id: fresh_id(prefix),
            created: Timestamp::from_clock(SystemTime::now()).as_secs(),
            model: manner
                .asked_model
                .unwrap_or_else(|| model.name().to_owned()),
            fingerprint: format!("fp_{}", hex(&settled[..5])),
            hai_net: json!({
                "served_by": model.runs_on(),
                "backend": model.backend(),
                "route": model.route(),
            }),
            logprobs: manner.logprobs,
            choices_per_prompt: usize::try_from(manner.choices_per_prompt)
                .unwrap_or(1)
                .max(1),
            include_usage: manner.include_usage,
        }
    }

    fn envelope(&self, object: &str, choices: &[Value]) -> Value {
        json!({
            "id": self.id,
            "object": object,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
            "choices": choices,
        })
    }

    fn chunk(&self, choices: &[Value]) -> Value {
        let mut chunk = self.envelope(
            match self.kind {
                Kind::Chat => "chat.completion.chunk",
                Kind::Text { .. } => "text_completion",
            },
            choices,
        );
        if self.include_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    /// What a choice begins with before the model wrote anything.
    pub(crate) fn opening(&self, index: usize) -> Option<Value> {
        match &self.kind {
            Kind::Chat => {
                let delta = json!({"role": "assistant", "content": "", "refusal": null});
                let choice = json!({"index": index, "delta": delta, "logprobs": null, "finish_reason": null});
                Some(self.chunk(&[choice]))
            }
            Kind::Text { echo } => echo.get(index).map(|prompt| {
                self.chunk(&[text_choice(index, prompt, &Value::Null, &Value::Null)])
            }),
        }
    }

    /// Some more text of a choice that has `written` before it.
    pub(crate) fn piece(
        &self,
        index: usize,
        written: usize,
        text: &str,
        logprobs: &[TokenLogprob],
    ) -> Value {
        let choice = match self.kind {
            Kind::Chat => json!({
                "index": index,
                "delta": {"content": text},
                "logprobs": self.chat_logprobs(logprobs),
                "finish_reason": null,
            }),
            Kind::Text { .. } => text_choice(
                index,
                text,
                &self.text_logprobs(logprobs, written),
                &Value::Null,
            ),
        };
        self.chunk(&[choice])
    }

    /// The beginning of a choice's call.
    pub(crate) fn call_opening(&self, index: usize, number: usize, id: &str, name: &str) -> Value {
        let function = json!({"name": name, "arguments": ""});
        let call = json!({"index": number, "id": id, "type": "function", "function": function});
        self.call_chunk(index, &call)
    }

    /// Some more of the arguments of a choice's call.
    pub(crate) fn call_piece(&self, index: usize, number: usize, text: &str) -> Value {
        let call = json!({"index": number, "function": {"arguments": text}});
        self.call_chunk(index, &call)
    }

    fn call_chunk(&self, index: usize, call: &Value) -> Value {
        self.chunk(&[json!({
            "index": index,
            "delta": {"tool_calls": [call]},
            "logprobs": null,
            "finish_reason": null,
        })])
    }

    /// The end of a choice.
    pub(crate) fn finish(&self, index: usize, reason: End) -> Value {
        let reason = json!(word(reason));
        let choice = match self.kind {
            Kind::Chat => {
                json!({"index": index, "delta": {}, "logprobs": null, "finish_reason": reason})
            }
            Kind::Text { .. } => text_choice(index, "", &Value::Null, &reason),
        };
        let mut chunk = self.chunk(&[choice]);
        chunk["hai_net"] = self.hai_net.clone();
        chunk
    }

    /// The last chunk, where the client asked for it.
    pub(crate) fn usage(&self, usages: &[Usage]) -> Option<Value> {
        self.include_usage.then(|| {
            let mut chunk = self.chunk(&[]);
            chunk["usage"] = self.usage_object(usages);
            chunk
        })
    }

    /// A whole answer.
    pub(crate) fn whole(&self, choices: &[Whole]) -> Value {
        let object = match self.kind {
            Kind::Chat => "chat.completion",
            Kind::Text { .. } => "text_completion",
        };
        let written: Vec<Value> = choices
            .iter()
            .enumerate()
            .map(|(index, choice)| self.choice(index, choice))
            .collect();
        let usages: Vec<Usage> = choices
            .iter()
            .map(|choice| choice.ended.map(|(_, usage)| usage).unwrap_or_default())
            .collect();
        let mut whole = self.envelope(object, &written);
        whole["usage"] = self.usage_object(&usages);
        whole["hai_net"] = self.hai_net.clone();
        whole
    }

    fn choice(&self, index: usize, choice: &Whole) -> Value {
        let reason = json!(choice.ended.map(|(reason, _)| word(reason)));
        match &self.kind {
            Kind::Chat => json!({
                "index": index,
                "message": message(choice),
                "logprobs": self.chat_logprobs(&choice.logprobs),
                "finish_reason": reason,
            }),
            Kind::Text { echo } => {
                let prompt = echo.get(index).map(String::as_str).unwrap_or_default();
                let logprobs = self.text_logprobs(&choice.logprobs, prompt.chars().count());
                text_choice(
                    index,
                    &format!("{prompt}{}", choice.text),
                    &logprobs,
                    &reason,
                )
            }
        }
    }

    /// A prompt counts once, however many choices it got.
    fn usage_object(&self, usages: &[Usage]) -> Value {
        let firsts = || usages.iter().step_by(self.choices_per_prompt);
        let prompt: u64 = firsts().map(|usage| u64::from(usage.prompt_tokens)).sum();
        let cached: u64 = firsts().map(|usage| u64::from(usage.cached_tokens)).sum();
        let completion: u64 = usages
            .iter()
            .map(|usage| u64::from(usage.completion_tokens))
            .sum();
        json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": cached},
        })
    }

    fn chat_logprobs(&self, logprobs: &[TokenLogprob]) -> Value {
        if !self.logprobs {
            return Value::Null;
        }
        let content: Vec<Value> = logprobs
            .iter()
            .map(|entry| {
                let mut token = likely(&entry.token);
                token["top_logprobs"] = json!(entry.top.iter().map(likely).collect::<Vec<_>>());
                token
            })
            .collect();
        json!({"content": content, "refusal": null})
    }

    fn text_logprobs(&self, logprobs: &[TokenLogprob], mut offset: usize) -> Value {
        if !self.logprobs {
            return Value::Null;
        }
        let (mut tokens, mut values, mut tops, mut offsets) = (vec![], vec![], vec![], vec![]);
        for entry in logprobs {
            let token = text_of(&entry.token);
            let top = entry
                .top
                .iter()
                .map(|top| (text_of(top), json!(finite(top.logprob))));
            tops.push(Value::Object(top.collect()));
            offsets.push(offset);
            offset += token.chars().count();
            values.push(finite(entry.token.logprob));
            tokens.push(token);
        }
        json!({
            "tokens": tokens,
            "token_logprobs": values,
            "top_logprobs": tops,
            "text_offset": offsets,
        })
    }
}

fn text_choice(index: usize, text: &str, logprobs: &Value, reason: &Value) -> Value {
    json!({"index": index, "text": text, "logprobs": logprobs, "finish_reason": reason})
}

fn message(choice: &Whole) -> Value {
    let mut message = json!({"role": "assistant", "content": choice.text, "refusal": null});
    if !choice.calls.is_empty() {
        let calls: Vec<Value> = choice.calls.iter().map(written_call).collect();
        message["tool_calls"] = json!(calls);
        if choice.text.is_empty() {
            message["content"] = Value::Null;
        }
    }
    message
}

fn written_call(call: &Call) -> Value {
    let function = json!({"name": call.name, "arguments": call.arguments});
    json!({"id": call.id, "type": "function", "function": function})
}

fn word(reason: End) -> &'static str {
    match reason {
        End::Length => "length",
        End::Calls => "tool_calls",
        End::Stop | End::StopText(_) => "stop",
    }
}

fn likely(token: &LikelyToken) -> Value {
    json!({
        "token": text_of(token),
        "logprob": finite(token.logprob),
        "bytes": token.bytes,
    })
}

fn text_of(token: &LikelyToken) -> String {
    String::from_utf8_lossy(&token.bytes).into_owned()
}

fn finite(logprob: f32) -> f32 {
    if logprob.is_finite() {
        logprob.max(LOGPROB_OF_NEVER)
    } else {
        LOGPROB_OF_NEVER
    }
}
