//! `POST /v1/chat/completions`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use llm::{Generation, Prompt};
use serde_json::{Map, Value};

use super::answers::{self, Wanted};
use super::messages::turns;
use super::paper::Kind;
use super::sampling::{CHOICES_MAX, choices, constraint, generation, sampling, stop};
use super::toolbox::toolbox;
use crate::body;
use crate::door::Door;
use crate::fields::{Fields, object};
use crate::guard::ApiCaller;
use crate::problem::Problem;

/// The most alternatives a token that `top_logprobs` may ask for, as in the OpenAI API.
const TOP_LOGPROBS_MAX: u32 = 20;

pub(crate) async fn complete(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Response, Problem> {
    let bytes = body::read(request.into_body()).await?;
    let wanted = wanted(&object(&bytes)?)?;
    answers::give(&door, caller, wanted).await
}

/// Reads a request.
pub(crate) fn wanted(body: &Map<String, Value>) -> Result<Wanted, Problem> {
    let fields = Fields::of_body(body);
    let turns = turns(&fields)?;
    let toolbox = toolbox(&fields)?;
    let mut one = generation(Prompt::Chat(turns), sampling(&fields)?);
    one.constraint = constraint(&fields)?;
    one.stop = stop(&fields)?;
    one.logprobs = logprobs(&fields)?;
    // The newer name counts where both are given.
    one.tokens_max = fields
        .integer("max_completion_tokens", 1..=u32::MAX)?
        .or(fields.integer("max_tokens", 1..=u32::MAX)?);
    if toolbox.is_open() {
        refuse_beside_tools(&one)?;
        toolbox.put_into(&mut one);
    }
    let (stream, include_usage) = streaming(&fields)?;
    one.is_whole = !stream;
    let count = fields.integer("n", 1..=CHOICES_MAX)?.unwrap_or(1);
    Ok(Wanted {
        model: fields.text("model")?.map(str::to_owned),
        generations: choices(&one, count),
        choices_per_prompt: count,
        stream,
        include_usage,
        kind: Kind::Chat,
        with_tools: toolbox.is_open(),
    })
}

/// An answer follows one grammar, and that is the tools' where they may be called.
fn refuse_beside_tools(one: &Generation) -> Result<(), Problem> {
    if one.constraint.is_some() {
        let what = "an answer format together with tools is";
        return Err(Problem::unsupported("response_format", what));
    }
    if one.logprobs.is_some() {
        let what = "probabilities together with tools are";
        return Err(Problem::unsupported("logprobs", what));
    }
    Ok(())
}

/// Reads `stream` and `stream_options.include_usage`.
pub(crate) fn streaming(fields: &Fields<'_>) -> Result<(bool, bool), Problem> {
    let stream = fields.switch("stream")?.unwrap_or(false);
    let options = fields.fields("stream_options")?;
    if options.is_some() && !stream {
        let message = "`stream_options` needs `stream: true`";
        return Err(Problem::invalid("stream_options", message));
    }
    let usage = match options {
        Some(options) => options.switch("include_usage")?.unwrap_or(false),
        None => false,
    };
    Ok((stream, usage))
}

fn logprobs(fields: &Fields<'_>) -> Result<Option<u8>, Problem> {
    let wanted = fields.switch("logprobs")?.unwrap_or(false);
    let top = fields.integer("top_logprobs", 0..=TOP_LOGPROBS_MAX)?;
    match (wanted, top) {
        (false, None) => Ok(None),
        (false, Some(_)) => Err(Problem::invalid(
            "top_logprobs",
            "`top_logprobs` needs `logprobs: true`",
        )),
        (true, top) => Ok(Some(
            top.and_then(|top| u8::try_from(top).ok()).unwrap_or(0),
        )),
    }
}

#[cfg(test)]
mod tests {
    use llm::{ChatTurn, Constraint};
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Wanted, Problem> {
        wanted(value.as_object().expect("an object"))
    }

    fn hello(more: &Value) -> Value {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hello"}]});
        let object = body.as_object_mut().expect("an object");
        object.extend(more.as_object().expect("an object").clone());
        body
    }

    #[test]
    fn all_fields_of_a_text_model_reach_the_engine() {
        let wanted = read(&hello(&json!({
            "temperature": 0, "top_p": 0.5, "top_k": 4, "min_p": 0.25, "repeat_penalty": 1.5,
            "max_tokens": 9, "max_completion_tokens": 7, "stop": ["a"], "seed": 3, "n": 2,
            "presence_penalty": 1, "frequency_penalty": -1, "logit_bias": {"5": 2},
            "logprobs": true, "top_logprobs": 4, "response_format": {"type": "json_object"},
            "user": "u", "metadata": {"a": "b"}, "reasoning_effort": "low", "stream": true,
            "stream_options": {"include_usage": true}, "parallel_tool_calls": false,
            "tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "none",
            "something_new": {"x": 1}, "store": false,
        })))
        .expect("all of it is fine");
        assert!(wanted.stream && wanted.include_usage);
        assert_eq!(wanted.generations.len(), 2);
        let second = &wanted.generations[1];
        assert_eq!(
            second.sampling.seed,
            Some(4),
            "the second choice has a seed of its own"
        );
        assert_eq!(second.sampling.top_k, 4);
        assert_eq!(second.tokens_max, Some(7), "the newer name counts");
        assert_eq!(second.logprobs, Some(4));
        assert_eq!(second.constraint, Some(Constraint::JsonObject));
        assert_eq!(second.stop, ["a"]);
    }

    #[test]
    fn parts_of_text_are_joined_and_others_refused_by_name() {
        let parts = json!([{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]);
        let body = json!({"messages": [{"role": "developer", "content": parts}]});
        let wanted = read(&body).expect("text");
        let turn = ChatTurn {
            role: "system".into(),
            text: "one\ntwo".into(),
        };
        assert_eq!(wanted.generations[0].prompt, Prompt::Chat(vec![turn]));
        for kind in ["image_url", "input_audio", "file"] {
            let parts = json!([{"type": "text", "text": "x"}, {"type": kind}]);
            let body = json!({"messages": [{"role": "user", "content": parts}]});
            let error = read(&body).expect_err(kind).object();
            assert_eq!(error["error"]["code"], "unsupported", "{kind}");
            assert_eq!(error["error"]["param"], "messages[0].content[1].type");
        }
    }

    #[test]
    fn request_that_cannot_be_honoured_is_refused_and_not_half_done() {
        for (more, param) in [
            (
                json!({"tools": [{"type": "function"}]}),
                "tools[0].function",
            ),
            (json!({"functions": [{}]}), "functions"),
            (json!({"n": 9}), "n"),
            (json!({"n": 0}), "n"),
            (json!({"max_tokens": 0}), "max_tokens"),
            (json!({"top_logprobs": 3}), "top_logprobs"),
            (
                json!({"logprobs": true, "top_logprobs": 21}),
                "top_logprobs",
            ),
            (json!({"stream_options": {}}), "stream_options"),
            (json!({"messages": []}), "messages"),
            (json!({"messages": "hi"}), "messages"),
            (json!({"messages": [5]}), "messages[0]"),
            (json!({"messages": [{"content": "x"}]}), "messages[0].role"),
            (
                json!({"messages": [{"role": "king", "content": "x"}]}),
                "messages[0].role",
            ),
            (
                json!({"messages": [{"role": "user"}]}),
                "messages[0].content",
            ),
            (
                json!({"messages": [{"role": "user", "content": 5}]}),
                "messages[0].content",
            ),
            (json!({"model": 5}), "model"),
            (json!({"stream": "yes"}), "stream"),
        ] {
            let problem = read(&hello(&more)).expect_err("wrong");
            assert_eq!(problem.object()["error"]["param"], param, "{more}");
        }
    }
}
