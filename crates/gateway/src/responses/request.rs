//! Reads a request for a response.

use llm::{ChatTurn, Constraint, Generation, Prompt, Sampling};
use serde_json::{Map, Value, json};

use super::items;
use crate::fields::{Fields, misfit};
use crate::openai::sampling::{format_constraint, generation, sampling};
use crate::openai::toolbox::{choice, only_functions, tool};
use crate::problem::Problem;
use llm::tools::Toolbox;

/// What a request wants to be written.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) model: Option<String>,
    pub(super) previous: Option<String>,
    /// The items of this request alone.
    pub(super) input: Value,
    pub(super) stream: bool,
    pub(super) store: bool,
    pub(super) background: bool,
    pub(super) with_tools: bool,
    /// Fields that the response repeats.
    pub(super) echo: Map<String, Value>,
    instructions: Option<String>,
    turns: Vec<ChatTurn>,
    toolbox: Toolbox,
    sampling: Sampling,
    constraint: Option<Constraint>,
    tokens_max: Option<u32>,
}

impl Wanted {
    /// What the model is to write, after what was said before.
    pub(super) fn generation(&self, before: Vec<ChatTurn>) -> Generation {
        let mut turns = Vec::new();
        // Instructions hold for this answer only; those of earlier requests do not come along.
        if let Some(text) = &self.instructions {
            turns.push(ChatTurn {
                role: "system".to_owned(),
                text: text.clone(),
            });
        }
        turns.extend(before);
        turns.extend(self.turns.iter().cloned());
        let mut one = generation(Prompt::Chat(turns), self.sampling.clone());
        one.constraint.clone_from(&self.constraint);
        one.tokens_max = self.tokens_max;
        one.is_whole = !self.stream;
        self.toolbox.put_into(&mut one);
        one
    }
}

/// Reads a request.
pub(super) fn wanted(fields: &Fields<'_>) -> Result<Wanted, Problem> {
    let input = items::items(
        fields
            .value("input")
            .ok_or_else(|| fields.missing("input"))?,
    )?;
    let mut turns = Vec::new();
    items::turns_of(&input, "input", &mut turns)?;
    refuse_what_is_missing(fields)?;
    let toolbox = toolbox(fields)?;
    let constraint = match fields.fields("text")? {
        None => None,
        Some(text) => match text.fields("format")? {
            None => None,
            Some(format) => format_constraint(&format, &format)?,
        },
    };
    if toolbox.is_open() && constraint.is_some() {
        let what = "an answer format together with tools is";
        return Err(Problem::unsupported("text.format", what));
    }
    let stream = fields.switch("stream")?.unwrap_or(false);
    let store = fields.switch("store")?.unwrap_or(true);
    let background = fields.switch("background")?.unwrap_or(false);
    if background && stream {
        let what = "a stream of what is written in the background is";
        return Err(Problem::unsupported("stream", what));
    }
    if background && !store {
        let message = "`background` needs `store`: nobody could ask for the answer";
        return Err(Problem::invalid("background", message).code("invalid_value"));
    }
    Ok(Wanted {
        model: fields.text("model")?.map(str::to_owned),
        previous: fields.text("previous_response_id")?.map(str::to_owned),
        input,
        stream,
        store,
        background,
        with_tools: toolbox.is_open(),
        echo: echo(fields),
        instructions: fields.text("instructions")?.map(str::to_owned),
        turns,
        sampling: sampling(fields)?,
        constraint,
        tokens_max: fields.integer("max_output_tokens", 1..=u32::MAX)?,
        toolbox,
    })
}

/// Refuses what would change the answer and cannot be done.
fn refuse_what_is_missing(fields: &Fields<'_>) -> Result<(), Problem> {
    for (name, what) in [
        ("conversation", "conversations of this API are"),
        ("prompt", "stored prompts are"),
    ] {
        if fields.value(name).is_some() {
            return Err(Problem::unsupported(name, what));
        }
    }
    match fields.text("truncation")? {
        None | Some("disabled") => Ok(()),
        Some("auto") => Err(Problem::unsupported(
            "truncation",
            "dropping of earlier items is",
        )),
        Some(other) => Err(misfit("truncation", "auto or disabled", &json!(other))),
    }
}

fn toolbox(fields: &Fields<'_>) -> Result<Toolbox, Problem> {
    let mut tools = Vec::new();
    for (n, entry) in fields.list("tools")?.unwrap_or_default().iter().enumerate() {
        let entry = Fields::of(entry, format!("tools[{n}]"))?;
        only_functions(&entry)?;
        tools.push(tool(&entry)?);
    }
    let toolbox = Toolbox {
        tools,
        choice: choice(fields, |named| Ok(named.needed_text("name")?.to_owned()))?,
        several: fields.switch("parallel_tool_calls")?.unwrap_or(true),
    };
    toolbox.check("tools", "tool_choice")?;
    Ok(toolbox)
}

/// Fields of the request that the response repeats, with what holds where they are not given.
fn echo(fields: &Fields<'_>) -> Map<String, Value> {
    let usual = Sampling::default();
    [
        ("background", json!(false)),
        ("instructions", Value::Null),
        ("max_output_tokens", Value::Null),
        ("metadata", json!({})),
        ("parallel_tool_calls", json!(true)),
        ("previous_response_id", Value::Null),
        ("reasoning", json!({"effort": null, "summary": null})),
        ("store", json!(true)),
        ("temperature", json!(usual.temperature)),
        ("text", json!({"format": {"type": "text"}})),
        ("tool_choice", json!("auto")),
        ("tools", json!([])),
        ("top_p", json!(usual.top_p)),
        ("truncation", json!("disabled")),
        ("user", Value::Null),
    ]
    .into_iter()
    .map(|(name, otherwise)| {
        let value = fields.value(name).cloned().unwrap_or(otherwise);
        (name.to_owned(), value)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &Value) -> Result<Wanted, Problem> {
        wanted(&Fields::of_body(body.as_object().expect("an object")))
    }

    #[test]
    fn instructions_come_first_then_what_was_said_before() {
        let wanted = read(&json!({"input": "Hi", "instructions": "be brief"})).expect("fine");
        let before = vec![ChatTurn {
            role: "user".into(),
            text: "earlier".into(),
        }];
        let Prompt::Chat(turns) = wanted.generation(before).prompt else {
            panic!("a conversation")
        };
        let texts: Vec<&str> = turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["be brief", "earlier", "Hi"]);
        assert!(
            wanted.store && !wanted.stream,
            "kept unless it says otherwise"
        );
    }

    #[test]
    fn schema_of_the_text_reaches_the_engine() {
        let format = json!({"type": "json_schema", "name": "x", "schema": {"type": "object"}});
        let body = json!({"input": "Hi", "text": {"format": format}});
        let made = read(&body).expect("fine").generation(Vec::new());
        let schema = Constraint::JsonSchema(r#"{"type":"object"}"#.into());
        assert_eq!(made.constraint, Some(schema));
    }

    #[test]
    fn request_that_cannot_be_honoured_is_refused_under_its_name() {
        let tool = json!({"type": "function", "name": "f"});
        for (body, param) in [
            (json!({}), "input"),
            (json!({"input": []}), "input"),
            (json!({"input": 5}), "input"),
            (json!({"input": "x", "conversation": "c"}), "conversation"),
            (json!({"input": "x", "truncation": "auto"}), "truncation"),
            (
                json!({"input": "x", "background": true, "stream": true}),
                "stream",
            ),
            (
                json!({"input": "x", "background": true, "store": false}),
                "background",
            ),
            (
                json!({"input": "x", "tools": [{"type": "web_search"}]}),
                "tools[0].type",
            ),
            (
                json!({"input": "x", "tools": [tool], "text": {"format": {"type": "json_object"}}}),
                "text.format",
            ),
            (
                json!({"input": "x", "max_output_tokens": 0}),
                "max_output_tokens",
            ),
        ] {
            let problem = read(&body).expect_err("wrong");
            assert_eq!(problem.object()["error"]["param"], param, "{body}");
        }
    }
}
