//! Reads requests of Ollama's API.

use llm::{ChatTurn, Constraint, Generation, Prompt, Sampling};
use serde_json::Value;

use crate::fields::{Fields, misfit};
use crate::openai::sampling::{folded, generation, stop};
use crate::openai::toolbox::tools;
use crate::problem::Problem;
use llm::tools::{Call, ToolChoice, Toolbox, said};

/// How Ollama picks tokens where a request does not say; programs made for it expect these.
const TEMPERATURE_USUAL: f32 = 0.8;
const TOP_P_USUAL: f32 = 0.9;
const TOP_K_USUAL: u32 = 40;

/// What a request wants to be written.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) model: String,
    /// `None` only loads the model.
    pub(super) generation: Option<Generation>,
    pub(super) stream: bool,
    pub(super) with_tools: bool,
}

/// Reads a request of `/api/chat`.
pub(super) fn chat(fields: &Fields<'_>) -> Result<Wanted, Problem> {
    let messages = fields.list("messages")?.unwrap_or_default();
    let turns = messages
        .iter()
        .enumerate()
        .map(|(n, message)| turn(&Fields::of(message, format!("messages[{n}]"))?))
        .collect::<Result<Vec<_>, _>>()?;
    let toolbox = toolbox(fields)?;
    let prompt = (!turns.is_empty()).then_some(Prompt::Chat(turns));
    wanted(fields, prompt, &toolbox)
}

/// Reads a request of `/api/generate`.
pub(super) fn generate(fields: &Fields<'_>) -> Result<Wanted, Problem> {
    for (name, what) in [
        ("suffix", "texts behind the gap are"),
        ("template", "templates of a request are"),
        ("context", "contexts of earlier answers are"),
    ] {
        let given = fields.value(name).is_some_and(|value| {
            value.as_str() != Some("") && value.as_array().is_none_or(|list| !list.is_empty())
        });
        if given {
            return Err(Problem::unsupported(name, what));
        }
    }
    refuse_images(fields)?;
    let text = fields.text("prompt")?.unwrap_or_default();
    let prompt = if text.is_empty() {
        None
    } else if fields.switch("raw")?.unwrap_or(false) {
        Some(Prompt::Text(text.to_owned()))
    } else {
        let said = |role: &str, text: &str| ChatTurn {
            role: role.to_owned(),
            text: text.to_owned(),
        };
        let system = fields.text("system")?.filter(|text| !text.is_empty());
        let mut turns: Vec<ChatTurn> = system
            .map(|text| said("system", text))
            .into_iter()
            .collect();
        turns.push(said("user", text));
        Some(Prompt::Chat(turns))
    };
    wanted(fields, prompt, &Toolbox::default())
}

fn wanted(
    fields: &Fields<'_>,
    prompt: Option<Prompt>,
    toolbox: &Toolbox,
) -> Result<Wanted, Problem> {
    let options = fields.fields("options")?;
    let format = format(fields)?;
    if toolbox.is_open() && format.is_some() {
        let what = "an answer format together with tools is";
        return Err(Problem::unsupported("format", what));
    }
    let stream = fields.switch("stream")?.unwrap_or(true);
    let generation = match prompt {
        None => None,
        Some(prompt) => {
            let mut one = generation(prompt, usual());
            if let Some(options) = &options {
                one.sampling = sampling(options)?;
                one.stop = stop(options)?;
                one.tokens_max = tokens_max(options)?;
            }
            one.constraint = format;
            one.is_whole = !stream;
            toolbox.put_into(&mut one);
            Some(one)
        }
    };
    Ok(Wanted {
        model: fields.needed_text("model")?.to_owned(),
        generation,
        stream,
        with_tools: toolbox.is_open(),
    })
}

fn usual() -> Sampling {
    Sampling {
        temperature: TEMPERATURE_USUAL,
        top_p: TOP_P_USUAL,
        top_k: TOP_K_USUAL,
        ..Sampling::default()
    }
}

fn sampling(options: &Fields<'_>) -> Result<Sampling, Problem> {
    let usual = usual();
    let read = crate::openai::sampling::sampling(options)?;
    let given = |name: &str| options.value(name).is_some();
    Ok(Sampling {
        temperature: if given("temperature") {
            read.temperature
        } else {
            usual.temperature
        },
        top_p: if given("top_p") {
            read.top_p
        } else {
            usual.top_p
        },
        top_k: if given("top_k") {
            read.top_k
        } else {
            usual.top_k
        },
        // Ollama takes a seed of 0 for one like any other.
        seed: options.long("seed")?.map(folded),
        ..read
    })
}

/// `num_predict`: negative numbers mean until the answer ends.
fn tokens_max(options: &Fields<'_>) -> Result<Option<u32>, Problem> {
    const NAME: &str = "num_predict";
    match options.long(NAME)? {
        None | Some(i64::MIN..0) => Ok(None),
        Some(number) => match u32::try_from(number) {
            Ok(number @ 1..) => Ok(Some(number)),
            Ok(0) | Err(_) => {
                let message = "`num_predict` takes a number from 1, or -1 for no bound";
                Err(Problem::invalid(options.at(NAME), message).code("invalid_value"))
            }
        },
    }
}

/// `format`: the word `json`, or a JSON schema.
fn format(fields: &Fields<'_>) -> Result<Option<Constraint>, Problem> {
    match fields.value("format") {
        None => Ok(None),
        Some(Value::String(word)) if word.is_empty() => Ok(None),
        Some(Value::String(word)) if word == "json" => Ok(Some(Constraint::JsonObject)),
        Some(schema @ Value::Object(_)) => Ok(Some(Constraint::JsonSchema(schema.to_string()))),
        Some(other) => Err(misfit("format", "json or a JSON schema", other)),
    }
}

fn refuse_images(fields: &Fields<'_>) -> Result<(), Problem> {
    match fields.list("images")? {
        Some([_, ..]) => Err(Problem::unsupported(fields.at("images"), "images are")),
        Some([]) | None => Ok(()),
    }
}

fn turn(message: &Fields<'_>) -> Result<ChatTurn, Problem> {
    let role = match message.needed_text("role")? {
        role @ ("system" | "user" | "assistant" | "tool") => role,
        _ => {
            let takes = "`role` is one of system, user, assistant, tool";
            return Err(Problem::invalid(message.at("role"), takes).code("invalid_value"));
        }
    };
    refuse_images(message)?;
    let mut calls = Vec::new();
    for (n, call) in message
        .list("tool_calls")?
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let call = Fields::of(call, format!("{}[{n}]", message.at("tool_calls")))?;
        let function = call
            .fields("function")?
            .ok_or_else(|| call.missing("function"))?;
        calls.push(Call {
            id: String::new(),
            name: function.needed_text("name")?.to_owned(),
            arguments: match function.value("arguments") {
                None => "{}".to_owned(),
                Some(arguments) => arguments.to_string(),
            },
        });
    }
    Ok(ChatTurn {
        role: role.to_owned(),
        text: said(message.text("content")?.unwrap_or_default(), &calls),
    })
}

fn toolbox(fields: &Fields<'_>) -> Result<Toolbox, Problem> {
    let toolbox = Toolbox {
        tools: tools(fields)?,
        choice: ToolChoice::Auto,
        several: true,
    };
    toolbox.check("tools", "tools")?;
    Ok(toolbox)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(
        body: &Value,
        reader: impl Fn(&Fields<'_>) -> Result<Wanted, Problem>,
    ) -> Result<Wanted, Problem> {
        reader(&Fields::of_body(body.as_object().expect("an object")))
    }

    #[test]
    fn options_reach_the_engine_and_the_rest_is_as_in_ollama() {
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}],
            "options": {"temperature": 0, "num_predict": 7, "stop": ["x"], "seed": 3, "min_p": 0.25}});
        let one = read(&body, chat).expect("fine").generation.expect("one");
        assert_eq!((one.sampling.temperature, one.tokens_max), (0.0, Some(7)));
        assert_eq!(
            (one.sampling.top_k, one.sampling.seed),
            (TOP_K_USUAL, Some(3))
        );
        assert_eq!(one.stop, ["x"]);
        let endless = json!({"model": "m", "prompt": "Hi", "options": {"num_predict": -1}});
        let wanted = read(&endless, generate).expect("fine");
        assert!(wanted.stream, "it streams unless told otherwise");
        let one = wanted.generation.expect("one");
        assert_eq!(
            (one.tokens_max, one.sampling.temperature),
            (None, TEMPERATURE_USUAL)
        );
    }

    #[test]
    fn empty_request_only_loads_and_raw_text_has_no_template() {
        let body = json!({"model": "m"});
        assert!(read(&body, chat).expect("fine").generation.is_none());
        assert!(read(&body, generate).expect("fine").generation.is_none());
        let raw = json!({"model": "m", "prompt": "x", "raw": true});
        let one = read(&raw, generate).expect("fine").generation.expect("one");
        assert_eq!(one.prompt, Prompt::Text("x".into()));
    }

    #[test]
    fn request_that_cannot_be_honoured_is_refused_under_its_name() {
        let user = json!([{"role": "user", "content": "x"}]);
        for (body, param) in [
            (json!({"messages": user}), "model"),
            (
                json!({"model": "m", "messages": [{"role": "king"}]}),
                "messages[0].role",
            ),
            (
                json!({"model": "m", "messages": [{"role": "user", "images": ["x"]}]}),
                "messages[0].images",
            ),
            (
                json!({"model": "m", "messages": user, "format": "xml"}),
                "format",
            ),
            (
                json!({"model": "m", "messages": user, "options": {"num_predict": 0}}),
                "options.num_predict",
            ),
            (
                json!({"model": "m", "messages": user, "options": {"temperature": "hot"}}),
                "options.temperature",
            ),
        ] {
            let problem = read(&body, chat).expect_err("wrong");
            assert_eq!(problem.object()["error"]["param"], param, "{body}");
        }
        let body = json!({"model": "m", "prompt": "x", "suffix": "y"});
        let problem = read(&body, generate).expect_err("wrong");
        assert_eq!(problem.object()["error"]["param"], "suffix");
    }
}
