//! The API of OpenAI, as its many servers speak it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use wire::engine::{
    CALL_BEGINS, CALL_ENDS, CallShape, ChatTurn, Constraint, EngineFault, FinishReason, Generation,
    LikelyToken, Prompt, TokenLogprob, Usage,
};

use super::line::{Line, reason};
use super::stream::{self, broke_off};
use super::turns::{self, Message};
use super::{Flavour, Manner, Reading, Road, Seen, cannot, of_length_one};
use crate::model::{Embeddings, Happening, ModelError};

/// What stands before an event in a stream.
const DATA: &[u8] = b"data:";

/// What ends a stream.
const DONE: &[u8] = b"[DONE]";

/// Looks which models there are, and which program offers them.
pub(super) async fn look(line: &Line) -> Result<Seen, ModelError> {
    let list = line.get("models").await?;
    let rows = list["data"]
        .as_array()
        .ok_or_else(|| line.odd("the list of models has no `data`"))?;
    let models: Vec<String> = rows
        .iter()
        .filter_map(|row| row["id"].as_str().map(plain_name))
        .collect();
    let owners: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["owned_by"].as_str())
        .collect();
    let owned_by = |name: &str| owners.iter().any(|owner| owner.eq_ignore_ascii_case(name));
    let flavour = match () {
        () if owned_by("llamacpp") && knows_no_tools(line).await => Flavour::LlamaCppBare,
        () if owned_by("llamacpp") => Flavour::LlamaCpp,
        () if owned_by("vllm") => Flavour::Vllm,
        () if owned_by("openai") || owned_by("system") => Flavour::OpenAi,
        () => Flavour::Other,
    };
    Ok(Seen {
        models,
        flavour,
        is_hub: owned_by("hai-net"),
    })
}

/// llama.cpp names a model without an alias by its whole path; it does not look at the name then.
fn plain_name(id: &str) -> String {
    let is_path = id.starts_with('/') || id.get(1..3) == Some(":\\");
    let file = id.rsplit(['/', '\\']).next().unwrap_or(id);
    match is_path {
        true => file.strip_suffix(".gguf").unwrap_or(file).to_owned(),
        false => id.to_owned(),
    }
}

async fn knows_no_tools(line: &Line) -> bool {
    match line.get("/props").await {
        Ok(props) => props["chat_template_caps"]["supports_tools"] == false,
        Err(_) => false,
    }
}

/// The words of a request. llama.cpp's server holds a model to the shape of an answer, but not to calling
/// a tool; so a call that must come is had by its shape there, and the model is told of its tools in words.
pub(super) fn words(
    what: &Generation,
    flavour: Flavour,
) -> Result<(Value, Road, Reading), ModelError> {
    let mut words = Map::new();
    if !what.stop.is_empty() {
        words.insert("stop".into(), json!(what.stop));
    }
    let shape = match &what.constraint {
        Some(Constraint::Calls(shape)) => Some(shape),
        _ => None,
    };
    let is_bare = flavour == Flavour::LlamaCppBare;
    let is_llama = is_bare || flavour == Flavour::LlamaCpp;
    let by_shape = shape.filter(|shape| is_llama && !shape.text);
    let road = match &what.prompt {
        Prompt::Chat(turns) => {
            let messages: Vec<Value> = if is_bare {
                let as_is = |turn: &ChatTurn| json!({"role": turn.role, "content": turn.text});
                turns.iter().map(as_is).collect()
            } else {
                let messages = turns::messages(turns, shape, by_shape.is_some());
                messages.iter().map(message).collect()
            };
            words.insert("messages".into(), Value::Array(messages));
            Road::Chat
        }
        Prompt::Text(_) | Prompt::Tokens(_) if what.logprobs.is_some() => {
            return Err(cannot("probabilities of a plain text"));
        }
        Prompt::Text(text) => {
            words.insert("prompt".into(), json!(text));
            Road::Text
        }
        Prompt::Tokens(tokens) => {
            words.insert("prompt".into(), json!(tokens));
            Road::Text
        }
    };
    if let Some(shape) = by_shape {
        words.insert("response_format".into(), held_to(&shape.schema)?);
        return Ok((Value::Object(words), road, Reading::IsCall));
    }
    if !(is_bare && shape.is_some()) {
        constrain(&mut words, what.constraint.as_ref(), is_llama)?;
    }
    Ok((Value::Object(words), road, Reading::AsWritten))
}

fn message(message: &Message) -> Value {
    let mut row = json!({"role": message.role, "content": message.text});
    if !message.calls.is_empty() {
        let calls = message.calls.iter().map(|call| {
            json!({"id": call.id, "type": "function",
                   "function": {"name": call.name, "arguments": call.arguments}})
        });
        row["tool_calls"] = calls.collect();
        if message.text.is_empty() {
            row["content"] = Value::Null;
        }
    }
    if let Some(call) = &message.answers {
        row["tool_call_id"] = json!(call.id);
    }
    row
}

fn constrain(
    words: &mut Map<String, Value>,
    constraint: Option<&Constraint>,
    is_llama: bool,
) -> Result<(), ModelError> {
    match constraint {
        None => {}
        Some(Constraint::JsonObject) => {
            words.insert("response_format".into(), json!({"type": "json_object"}));
        }
        Some(Constraint::JsonSchema(schema)) => {
            words.insert("response_format".into(), held_to(schema)?);
        }
        Some(Constraint::Grammar(grammar)) if is_llama => {
            words.insert("grammar".into(), json!(grammar));
        }
        Some(Constraint::Grammar(_)) => {
            return Err(bad("this model's server takes no grammar"));
        }
        Some(Constraint::Calls(shape)) => {
            words.insert("tools".into(), turns::tools(shape));
            words.insert("tool_choice".into(), choice(shape));
            words.insert("parallel_tool_calls".into(), json!(shape.calls_max > 1));
        }
    }
    Ok(())
}

fn held_to(schema: &str) -> Result<Value, ModelError> {
    let schema: Value = serde_json::from_str(schema).map_err(|_| bad("the schema is no JSON"))?;
    Ok(json!({"type": "json_schema",
        "json_schema": {"name": "answer", "strict": true, "schema": schema}}))
}

fn bad(reason: &str) -> ModelError {
    ModelError::Engine(EngineFault::BadConstraint {
        reason: reason.to_owned(),
    })
}

fn choice(shape: &CallShape) -> Value {
    match shape.tools.as_slice() {
        _ if shape.text => json!("auto"),
        [only] => json!({"type": "function", "function": {"name": only.name}}),
        _ => json!("required"),
    }
}

/// Adds numbers and switches, and names the door.
pub(super) fn fill(body: &mut Value, manner: &Manner) -> &'static str {
    let sampling = &manner.sampling;
    if !manner.is_whole {
        body["stream_options"] = json!({"include_usage": true});
    }
    body["temperature"] = json!(sampling.temperature);
    let mut add = |name: &str, value: f32, usual: f32| {
        if (value - usual).abs() > f32::EPSILON {
            body[name] = json!(value);
        }
    };
    add("top_p", sampling.top_p, 1.0);
    add("frequency_penalty", sampling.frequency_penalty, 0.0);
    add("presence_penalty", sampling.presence_penalty, 0.0);
    // Not of the API: services refuse what they do not know.
    let repeat = match manner.flavour {
        Flavour::LlamaCpp | Flavour::LlamaCppBare => Some("repeat_penalty"),
        Flavour::Vllm => Some("repetition_penalty"),
        Flavour::OpenAi | Flavour::Other => None,
    };
    if let Some(repeat) = repeat {
        add(repeat, sampling.repeat_penalty, 1.0);
        add("min_p", sampling.min_p, 0.0);
        if sampling.top_k > 0 {
            body["top_k"] = json!(sampling.top_k);
        }
    }
    if let Some(seed) = sampling.seed {
        body["seed"] = json!(seed);
    }
    if !sampling.logit_bias.is_empty() {
        let bias = sampling.logit_bias.iter();
        let bias: Map<_, _> = bias
            .map(|(token, bias)| (token.to_string(), json!(bias)))
            .collect();
        body["logit_bias"] = Value::Object(bias);
    }
    if let Some(tokens) = manner.tokens_max {
        let name = match manner.flavour {
            Flavour::OpenAi => "max_completion_tokens",
            Flavour::LlamaCpp | Flavour::LlamaCppBare | Flavour::Vllm | Flavour::Other => {
                "max_tokens"
            }
        };
        body[name] = json!(tokens);
    }
    if let Some(top) = manner.logprobs {
        body["logprobs"] = json!(true);
        body["top_logprobs"] = json!(top);
    }
    match manner.road {
        Road::Chat => "chat/completions",
        Road::Text => "completions",
    }
}

/// Reads the events of a stream, or an answer that came as a whole.
pub(super) struct Scribe {
    server: Arc<str>,
    road: Road,
    reading: Reading,
    calls: BTreeMap<u64, (String, String)>,
    is_thinking: bool,
    pieces: u32,
    reason: Option<FinishReason>,
    usage: Option<Usage>,
}

impl Scribe {
    pub(super) fn new(server: &Arc<str>, road: Road, reading: Reading) -> Self {
        Self {
            server: Arc::clone(server),
            road,
            reading,
            calls: BTreeMap::new(),
            is_thinking: false,
            pieces: 0,
            reason: None,
            usage: None,
        }
    }

    fn event(&mut self, event: &Value) -> Result<Vec<Happening>, ModelError> {
        if event.get("error").is_some_and(|error| !error.is_null()) {
            let said = reason(event).unwrap_or_else(|| "it reported an error".to_owned());
            return Err(broke_off(&self.server, said));
        }
        if event["usage"].is_object() {
            self.usage = Some(usage(&event["usage"]));
        }
        let choice = &event["choices"][0];
        let mut happenings = Vec::new();
        match self.road {
            Road::Chat => self.message(choice, &mut happenings),
            Road::Text => self.say(choice["text"].as_str(), Vec::new(), &mut happenings),
        }
        match choice["finish_reason"].as_str() {
            None => {}
            Some("length") => self.reason = Some(FinishReason::Length),
            Some("stop" | "tool_calls" | "function_call") => {
                self.reason = Some(FinishReason::Stop);
            }
            Some(other) => {
                let said = format!("it ended the answer: {}", short(other));
                return Err(broke_off(&self.server, said));
            }
        }
        Ok(happenings)
    }

    /// Takes in a part of a message, or a whole one.
    fn message(&mut self, choice: &Value, happenings: &mut Vec<Happening>) {
        let delta = choice.get("delta").unwrap_or(&choice["message"]);
        let thought = delta["reasoning_content"]
            .as_str()
            .or_else(|| delta["reasoning"].as_str());
        if let Some(thought) = thought.filter(|thought| !thought.is_empty()) {
            // As models write it whose thoughts no server takes apart.
            let mark = if self.is_thinking { "" } else { "<think>\n" };
            self.is_thinking = true;
            happenings.push(piece(format!("{mark}{thought}"), Vec::new()));
        }
        let logprobs = choice["logprobs"]["content"]
            .as_array()
            .map(|tokens| tokens.iter().map(logprob).collect())
            .unwrap_or_default();
        self.say(delta["content"].as_str(), logprobs, happenings);
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let index = call["index"].as_u64().unwrap_or(self.calls.len() as u64);
            let (name, arguments) = self.calls.entry(index).or_default();
            let function = &call["function"];
            name.push_str(function["name"].as_str().unwrap_or_default());
            arguments.push_str(function["arguments"].as_str().unwrap_or_default());
        }
    }

    fn say(
        &mut self,
        text: Option<&str>,
        logprobs: Vec<TokenLogprob>,
        happenings: &mut Vec<Happening>,
    ) {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return;
        };
        let mark = match std::mem::take(&mut self.is_thinking) {
            true => "\n</think>\n\n",
            false => "",
        };
        let begins = self.reading == Reading::IsCall && self.pieces == 0;
        let begin = if begins { CALL_BEGINS } else { "" };
        self.pieces += 1;
        happenings.push(piece(format!("{mark}{begin}{text}"), logprobs));
    }

    /// The calls, which come in parts, and then the end.
    fn finish(&mut self) -> Result<Vec<Happening>, ModelError> {
        let Some(reason) = self.reason else {
            return Err(broke_off(
                &self.server,
                "the connection ended in mid-answer",
            ));
        };
        let mut happenings = Vec::new();
        if self.reading == Reading::IsCall && self.pieces > 0 && reason == FinishReason::Stop {
            happenings.push(piece(CALL_ENDS.to_owned(), Vec::new()));
        }
        for (name, arguments) in std::mem::take(&mut self.calls).into_values() {
            let arguments = match arguments.trim() {
                "" => json!({}),
                text => serde_json::from_str(text).map_err(|_| {
                    broke_off(&self.server, "it called a tool with what is no JSON")
                })?,
            };
            happenings.push(piece(turns::written(&name, &arguments), Vec::new()));
        }
        let usage = self.usage.unwrap_or(Usage {
            completion_tokens: self.pieces,
            ..Usage::default()
        });
        happenings.push(Happening::Finished { reason, usage });
        Ok(happenings)
    }
}

impl stream::Scribe for Scribe {
    fn take(&mut self, line: &[u8]) -> Result<Vec<Happening>, ModelError> {
        // Comments, names of events and the empty line behind one.
        let Some(data) = line.strip_prefix(DATA) else {
            return Ok(Vec::new());
        };
        let data = data.trim_ascii();
        if data == DONE {
            return self.finish();
        }
        let event: Value = serde_json::from_slice(data)
            .map_err(|_| broke_off(&self.server, "it sent an event that is no JSON"))?;
        self.event(&event)
    }

    fn take_whole(&mut self, answer: &Value) -> Result<Vec<Happening>, ModelError> {
        let mut happenings = self.event(answer)?;
        happenings.extend(self.finish()?);
        Ok(happenings)
    }

    fn end(&mut self) -> Result<Vec<Happening>, ModelError> {
        self.finish()
    }

    fn server(&self) -> &Arc<str> {
        &self.server
    }
}

fn piece(text: String, logprobs: Vec<TokenLogprob>) -> Happening {
    Happening::Piece { text, logprobs }
}

fn short(word: &str) -> String {
    word.chars().take(40).collect()
}

fn usage(usage: &Value) -> Usage {
    let number = |value: &Value| {
        value
            .as_u64()
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or_default()
    };
    Usage {
        prompt_tokens: number(&usage["prompt_tokens"]),
        cached_tokens: number(&usage["prompt_tokens_details"]["cached_tokens"]),
        completion_tokens: number(&usage["completion_tokens"]),
        ..Usage::default()
    }
}

fn logprob(token: &Value) -> TokenLogprob {
    let alternatives = token["top_logprobs"].as_array();
    TokenLogprob {
        token: likely(token),
        top: alternatives.into_iter().flatten().map(likely).collect(),
    }
}

fn likely(token: &Value) -> LikelyToken {
    let bytes = token["bytes"].as_array().map(|bytes| {
        let bytes = bytes.iter().filter_map(Value::as_u64);
        bytes.filter_map(|byte| u8::try_from(byte).ok()).collect()
    });
    let text = token["token"].as_str().unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm for people")]
    let logprob = token["logprob"].as_f64().unwrap_or_default() as f32;
    LikelyToken {
        // Most servers tell no number.
        id: token["id"]
            .as_i64()
            .and_then(|id| i32::try_from(id).ok())
            .unwrap_or(-1),
        bytes: bytes.unwrap_or_else(|| text.as_bytes().to_vec()),
        logprob,
    }
}

/// Asks for vectors.
pub(super) async fn embed(line: &Line, body: &Value) -> Result<Embeddings, ModelError> {
    let made = line.post_for("embeddings", body).await?;
    let mut rows: Vec<&Value> = made["data"]
        .as_array()
        .ok_or_else(|| line.odd("no vectors came"))?
        .iter()
        .collect();
    rows.sort_by_key(|row| row["index"].as_u64());
    let vectors: Option<Vec<Vec<f32>>> = rows
        .into_iter()
        .map(|row| serde_json::from_value(row["embedding"].clone()).ok())
        .collect();
    let vectors = vectors.ok_or_else(|| line.odd("the vectors are none"))?;
    Ok(Embeddings {
        vectors: of_length_one(vectors),
        prompt_tokens: usage(&made["usage"]).prompt_tokens,
    })
}

/// Asks for tokens, which llama.cpp and vLLM tell beside the API.
pub(super) async fn tokenize(
    line: &Line,
    model: &str,
    text: &str,
    flavour: Flavour,
) -> Result<Vec<i32>, ModelError> {
    let body = match flavour {
        Flavour::LlamaCpp | Flavour::LlamaCppBare => {
            json!({"content": text, "add_special": true})
        }
        Flavour::Vllm => json!({"model": model, "prompt": text}),
        Flavour::OpenAi | Flavour::Other => return Err(cannot("telling tokens")),
    };
    let told = line.post_for("/tokenize", &body).await?;
    serde_json::from_value(told["tokens"].clone()).map_err(|_| line.odd("no tokens came"))
}
