//! `POST /v1/completions`: continues a text without a chat template.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use llm::Prompt;
use serde_json::{Map, Value};

use super::answers::{self, Wanted};
use super::chat::streaming;
use super::paper::Kind;
use super::sampling::{CHOICES_MAX, choices, constraint, generation, sampling, stop};
use crate::body;
use crate::door::Door;
use crate::fields::{Fields, misfit, object};
use crate::guard::ApiCaller;
use crate::problem::Problem;

/// The most prompts of one request: together with the choices of each they must find places.
const PROMPTS_MAX: usize = 16;

/// The most choices of all prompts together.
const ANSWERS_MAX: usize = 16;

/// Tokens that are written where the request does not say, as in the OpenAI API.
const TOKENS_USUAL: u32 = 16;

/// The most alternatives a token, as in the OpenAI API.
const LOGPROBS_MAX: u32 = 5;

pub(crate) async fn complete(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Response, Problem> {
    let bytes = body::read(request.into_body()).await?;
    let wanted = wanted(&object(&bytes)?)?;
    answers::give(&door, caller, wanted).await
}

fn wanted(body: &Map<String, Value>) -> Result<Wanted, Problem> {
    let fields = Fields::of_body(body);
    let prompts = prompts(&fields)?;
    if fields
        .text("suffix")?
        .is_some_and(|suffix| !suffix.is_empty())
    {
        return Err(Problem::unsupported("suffix", "texts behind the gap are"));
    }
    let count = fields.integer("n", 1..=CHOICES_MAX)?.unwrap_or(1);
    if fields
        .integer("best_of", 1..=CHOICES_MAX)?
        .is_some_and(|best_of| best_of != count)
    {
        return Err(Problem::unsupported(
            "best_of",
            "a `best_of` other than `n` is",
        ));
    }
    if prompts.len().saturating_mul(count as usize) > ANSWERS_MAX {
        let message = format!("prompts times `n` may be at most {ANSWERS_MAX}");
        return Err(Problem::invalid("n", message));
    }
    let logprobs = fields.integer("logprobs", 0..=LOGPROBS_MAX)?;
    let echo = echo(&fields, &prompts, count, logprobs.is_some())?;
    let mut one = generation(Prompt::Text(String::new()), sampling(&fields)?);
    one.constraint = constraint(&fields)?;
    one.stop = stop(&fields)?;
    one.logprobs = logprobs.and_then(|top| u8::try_from(top).ok());
    one.tokens_max = Some(
        fields
            .integer("max_tokens", 1..=u32::MAX)?
            .unwrap_or(TOKENS_USUAL),
    );
    let (stream, include_usage) = streaming(&fields)?;
    one.is_whole = !stream;
    let mut generations = Vec::new();
    for prompt in prompts {
        one.prompt = prompt;
        generations.extend(choices(&one, count));
    }
    Ok(Wanted {
        model: fields.text("model")?.map(str::to_owned),
        generations,
        choices_per_prompt: count,
        stream,
        include_usage,
        kind: Kind::Text { echo },
        with_tools: false,
    })
}

fn echo(
    fields: &Fields<'_>,
    prompts: &[Prompt],
    count: u32,
    logprobs: bool,
) -> Result<Vec<String>, Problem> {
    if !fields.switch("echo")?.unwrap_or(false) {
        return Ok(Vec::new());
    }
    if logprobs {
        return Err(Problem::unsupported(
            "logprobs",
            "probabilities of the prompt are",
        ));
    }
    let mut texts = Vec::new();
    for prompt in prompts {
        match prompt {
            Prompt::Text(text) => texts.extend((0..count).map(|_| text.clone())),
            Prompt::Tokens(_) | Prompt::Chat(_) => {
                return Err(Problem::unsupported(
                    "echo",
                    "repeating a prompt of tokens is",
                ));
            }
        }
    }
    Ok(texts)
}

fn prompts(fields: &Fields<'_>) -> Result<Vec<Prompt>, Problem> {
    let takes = "a string, a list of strings, a list of tokens, or a list of lists of tokens";
    let prompts = match fields.value("prompt") {
        None => return Err(fields.missing("prompt")),
        Some(Value::String(text)) => vec![Prompt::Text(text.clone())],
        Some(Value::Array(list)) => {
            if let Some(tokens) = tokens(list) {
                vec![Prompt::Tokens(tokens)]
            } else {
                list.iter()
                    .enumerate()
                    .map(|(n, entry)| {
                        match entry {
                            Value::String(text) => Ok(Prompt::Text(text.clone())),
                            Value::Array(inner) => tokens(inner).map(Prompt::Tokens).ok_or(entry),
                            _ => Err(entry),
                        }
                        .map_err(|entry| misfit(format!("prompt[{n}]"), takes, entry))
                    })
                    .collect::<Result<_, _>>()?
            }
        }
        Some(other) => return Err(misfit("prompt", takes, other)),
    };
    if prompts.is_empty() || prompts.len() > PROMPTS_MAX {
        let message = format!("`prompt` takes 1 to {PROMPTS_MAX} prompts");
        return Err(Problem::invalid("prompt", message));
    }
    Ok(prompts)
}

/// A list of numbers of tokens; `None` where it is empty or something else is in it.
fn tokens(list: &[Value]) -> Option<Vec<i32>> {
    let id = |value: &Value| {
        value
            .as_i64()
            .and_then(|id| i32::try_from(id).ok())
            .filter(|id| *id >= 0)
    };
    if list.is_empty() {
        None
    } else {
        list.iter().map(id).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Wanted, Problem> {
        wanted(value.as_object().expect("an object"))
    }

    #[test]
    fn prompt_comes_in_four_forms() {
        let text = |text: &str| Prompt::Text(text.to_owned());
        for (prompt, read_as) in [
            (json!("a"), vec![text("a")]),
            (json!(["a", "b"]), vec![text("a"), text("b")]),
            (json!([1, 2]), vec![Prompt::Tokens(vec![1, 2])]),
            (
                json!([[1], [2, 3]]),
                vec![Prompt::Tokens(vec![1]), Prompt::Tokens(vec![2, 3])],
            ),
        ] {
            let wanted = read(&json!({"prompt": prompt})).expect("a prompt");
            let prompts: Vec<_> = wanted
                .generations
                .into_iter()
                .map(|one| one.prompt)
                .collect();
            assert_eq!(prompts, read_as);
        }
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        for (body, param) in [
            (json!({}), "prompt"),
            (json!({"prompt": []}), "prompt"),
            (json!({"prompt": ["a", 1]}), "prompt[1]"),
            (json!({"prompt": [-1]}), "prompt[0]"),
            (json!({"prompt": "a", "suffix": "b"}), "suffix"),
            (json!({"prompt": "a", "n": 2, "best_of": 3}), "best_of"),
            (json!({"prompt": vec!["a"; 16], "n": 2}), "n"),
            (json!({"prompt": "a", "logprobs": 6}), "logprobs"),
            (json!({"prompt": [1], "echo": true}), "echo"),
            (
                json!({"prompt": "a", "echo": true, "logprobs": 1}),
                "logprobs",
            ),
        ] {
            let problem = read(&body).expect_err("wrong");
            assert_eq!(problem.object()["error"]["param"], param, "{body}");
        }
    }

    #[test]
    fn echo_stands_before_every_choice() {
        let body =
            json!({"prompt": ["a", "b"], "n": 2, "best_of": 2, "echo": true, "suffix": null});
        let wanted = read(&body).expect("fine");
        assert_eq!(
            wanted.kind,
            Kind::Text {
                echo: ["a", "a", "b", "b"].map(str::to_owned).into()
            }
        );
        assert_eq!(wanted.generations.len(), 4);
        assert_eq!(wanted.generations[0].tokens_max, Some(TOKENS_USUAL));
    }
}
