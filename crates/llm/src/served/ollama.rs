//! Ollama's own API. Its stream is lines of JSON; a client that decodes each packet by itself loses letters
//! that two packets share, so the lines are cut from bytes here.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use wire::engine::{
    CALL_BEGINS, CALL_ENDS, Constraint, EngineFault, FinishReason, Generation, Prompt, Usage,
};

use super::line::{Line, reason};
use super::stream::{self, broke_off};
use super::turns::{self, Message};
use super::{Flavour, Manner, Reading, Road, Seen, cannot, of_length_one};
use crate::model::{Embeddings, Happening, ModelError};

/// Looks which models there are.
pub(super) async fn look(line: &Line) -> Result<Seen, ModelError> {
    let list = line.get("api/tags").await?;
    let rows = list["models"]
        .as_array()
        .ok_or_else(|| line.odd("the list of models has no `models`"))?;
    let models = rows
        .iter()
        .filter_map(|row| row["name"].as_str().map(str::to_owned))
        .collect();
    Ok(Seen {
        models,
        flavour: Flavour::Other,
        is_hub: false,
    })
}

/// The words of a request. A call that must come is had by the shape of the answer, since there is no
/// field for it; then the model is told of its tools in words.
pub(super) fn words(what: &Generation) -> Result<(Value, Road, Reading), ModelError> {
    if what.logprobs.is_some() {
        return Err(cannot("probabilities of tokens"));
    }
    if !what.sampling.logit_bias.is_empty() {
        return Err(cannot("changing the odds of tokens"));
    }
    let mut words = Map::new();
    if !what.stop.is_empty() {
        words.insert("options".into(), json!({"stop": what.stop}));
    }
    let shape = match &what.constraint {
        Some(Constraint::Calls(shape)) => Some(shape),
        _ => None,
    };
    let forced = shape.is_some_and(|shape| !shape.text);
    let road = match &what.prompt {
        Prompt::Chat(turns) => {
            let messages = turns::messages(turns, shape, forced);
            let messages: Vec<Value> = messages.iter().map(message).collect();
            words.insert("messages".into(), Value::Array(messages));
            Road::Chat
        }
        Prompt::Text(text) => {
            words.insert("prompt".into(), json!(text));
            words.insert("raw".into(), json!(true));
            Road::Text
        }
        Prompt::Tokens(_) => return Err(cannot("prompts of tokens")),
    };
    let reading = constrain(&mut words, what.constraint.as_ref())?;
    Ok((Value::Object(words), road, reading))
}

fn message(message: &Message) -> Value {
    let mut row = json!({"role": message.role, "content": message.text});
    if !message.calls.is_empty() {
        let calls = message.calls.iter().map(|call| {
            let arguments: Value =
                serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
            json!({"function": {"name": call.name, "arguments": arguments}})
        });
        row["tool_calls"] = calls.collect();
    }
    if let Some(call) = &message.answers {
        row["tool_name"] = json!(call.name);
    }
    row
}

fn constrain(
    words: &mut Map<String, Value>,
    constraint: Option<&Constraint>,
) -> Result<Reading, ModelError> {
    let schema_of = |text: &str| -> Result<Value, ModelError> {
        serde_json::from_str(text).map_err(|error| {
            ModelError::Engine(EngineFault::BadConstraint {
                reason: format!("the schema is no JSON: {error}"),
            })
        })
    };
    match constraint {
        None => {}
        Some(Constraint::JsonObject) => {
            words.insert("format".into(), json!("json"));
        }
        Some(Constraint::JsonSchema(schema)) => {
            words.insert("format".into(), schema_of(schema)?);
        }
        Some(Constraint::Grammar(_)) => {
            return Err(ModelError::Engine(EngineFault::BadConstraint {
                reason: "this model's server takes no grammar".to_owned(),
            }));
        }
        Some(Constraint::Calls(shape)) if shape.text => {
            words.insert("tools".into(), turns::tools(shape));
        }
        Some(Constraint::Calls(shape)) => {
            words.insert("format".into(), schema_of(&shape.schema)?);
            return Ok(Reading::IsCall);
        }
    }
    Ok(Reading::AsWritten)
}

/// Adds numbers, and names the door.
pub(super) fn fill(body: &mut Value, manner: &Manner) -> &'static str {
    let sampling = &manner.sampling;
    let options = &mut body["options"];
    options["temperature"] = json!(sampling.temperature);
    options["top_p"] = json!(sampling.top_p);
    // Ollama counts 0 as "keep all", as we do, and has a default of its own otherwise.
    options["top_k"] = json!(sampling.top_k);
    options["min_p"] = json!(sampling.min_p);
    options["repeat_penalty"] = json!(sampling.repeat_penalty);
    options["frequency_penalty"] = json!(sampling.frequency_penalty);
    options["presence_penalty"] = json!(sampling.presence_penalty);
    if let Some(seed) = sampling.seed {
        options["seed"] = json!(seed);
    }
    if let Some(tokens) = manner.tokens_max {
        options["num_predict"] = json!(tokens);
    }
    match manner.road {
        Road::Chat => "api/chat",
        Road::Text => "api/generate",
    }
}

/// Reads the lines of a stream.
pub(super) struct Scribe {
    server: Arc<str>,
    road: Road,
    reading: Reading,
    is_thinking: bool,
    pieces: u32,
}

impl Scribe {
    pub(super) fn new(server: &Arc<str>, road: Road, reading: Reading) -> Self {
        Self {
            server: Arc::clone(server),
            road,
            reading,
            is_thinking: false,
            pieces: 0,
        }
    }

    fn said(&mut self, line: &Value) -> Result<Vec<Happening>, ModelError> {
        let mut happenings = Vec::new();
        let message = &line["message"];
        let (text, thought) = match self.road {
            Road::Chat => (&message["content"], &message["thinking"]),
            Road::Text => (&line["response"], &line["thinking"]),
        };
        if let Some(thought) = thought.as_str().filter(|thought| !thought.is_empty()) {
            // As models write it whose thoughts no server takes apart.
            let mark = if self.is_thinking { "" } else { "<think>\n" };
            self.is_thinking = true;
            happenings.push(piece(format!("{mark}{thought}")));
        }
        if let Some(text) = text.as_str().filter(|text| !text.is_empty()) {
            let mark = match std::mem::take(&mut self.is_thinking) {
                true => "\n</think>\n\n",
                false => "",
            };
            let begins = self.reading == Reading::IsCall && self.pieces == 0;
            let begin = if begins { CALL_BEGINS } else { "" };
            self.pieces += 1;
            happenings.push(piece(format!("{mark}{begin}{text}")));
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let function = &call["function"];
            let name = function["name"]
                .as_str()
                .ok_or_else(|| broke_off(&self.server, "it called a tool without a name"))?;
            let arguments = match &function["arguments"] {
                Value::Null => json!({}),
                // Some models' templates hand them on as text.
                Value::String(text) => serde_json::from_str(text).map_err(|_| {
                    broke_off(&self.server, "it called a tool with what is no JSON")
                })?,
                other => other.clone(),
            };
            happenings.push(piece(turns::written(name, &arguments)));
        }
        Ok(happenings)
    }

    fn finish(&self, line: &Value) -> Vec<Happening> {
        let mut happenings = Vec::new();
        let number = |key: &str| {
            line[key]
                .as_u64()
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or_default()
        };
        let reason = match line["done_reason"].as_str() {
            Some("length") => FinishReason::Length,
            _ => FinishReason::Stop,
        };
        if self.reading == Reading::IsCall && self.pieces > 0 && reason == FinishReason::Stop {
            happenings.push(piece(CALL_ENDS.to_owned()));
        }
        let usage = Usage {
            prompt_tokens: number("prompt_eval_count"),
            completion_tokens: number("eval_count").max(u32::from(self.pieces > 0)),
            ..Usage::default()
        };
        happenings.push(Happening::Finished { reason, usage });
        happenings
    }
}

impl stream::Scribe for Scribe {
    fn take(&mut self, line: &[u8]) -> Result<Vec<Happening>, ModelError> {
        if line.is_empty() {
            return Ok(Vec::new());
        }
        let line: Value = serde_json::from_slice(line)
            .map_err(|_| broke_off(&self.server, "it sent a line that is no JSON"))?;
        self.take_whole(&line)
    }

    /// It looks like the only line of a stream.
    fn take_whole(&mut self, line: &Value) -> Result<Vec<Happening>, ModelError> {
        if line.get("error").is_some_and(|error| !error.is_null()) {
            let said = reason(line).unwrap_or_else(|| "it reported an error".to_owned());
            return Err(broke_off(&self.server, said));
        }
        let mut happenings = self.said(line)?;
        if line["done"] == true {
            happenings.extend(self.finish(line));
        }
        Ok(happenings)
    }

    fn end(&mut self) -> Result<Vec<Happening>, ModelError> {
        Err(broke_off(
            &self.server,
            "the connection ended in mid-answer",
        ))
    }

    fn server(&self) -> &Arc<str> {
        &self.server
    }
}

fn piece(text: String) -> Happening {
    Happening::Piece {
        text,
        logprobs: Vec::new(),
    }
}

/// Asks for vectors.
pub(super) async fn embed(line: &Line, body: &Value) -> Result<Embeddings, ModelError> {
    let made = line.post_for("api/embed", body).await?;
    let vectors: Vec<Vec<f32>> = serde_json::from_value(made["embeddings"].clone())
        .map_err(|_| line.odd("no vectors came"))?;
    let tokens = made["prompt_eval_count"].as_u64().unwrap_or_default();
    Ok(Embeddings {
        vectors: of_length_one(vectors),
        prompt_tokens: u32::try_from(tokens).unwrap_or(u32::MAX),
    })
}
