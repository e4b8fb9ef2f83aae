//! Reads a request of the Anthropic API.

use std::collections::HashSet;

use llm::{ChatTurn, Generation, Prompt, Sampling};
use serde_json::Value;

use crate::fields::{Fields, misfit};
use crate::openai::sampling::{STOPS_MAX, TOP_K_MAX, generation};
use crate::problem::Problem;
use llm::tools::{Call, Tool, ToolChoice, Toolbox, said};

/// What a request wants to be written.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) model: Option<String>,
    pub(super) generation: Generation,
    pub(super) stop_sequences: Vec<String>,
    pub(super) stream: bool,
    pub(super) with_tools: bool,
}

/// Reads a request. `to_write` is false where tokens are only counted, and nothing says how many may be
/// written.
pub(super) fn wanted(fields: &Fields<'_>, to_write: bool) -> Result<Wanted, Problem> {
    let mut turns = Vec::new();
    if let Some(text) = system(fields)? {
        turns.push(ChatTurn {
            role: "system".to_owned(),
            text,
        });
    }
    messages(fields, &mut turns)?;
    let toolbox = toolbox(fields)?;
    let stop_sequences = stop_sequences(fields)?;
    let mut one = generation(Prompt::Chat(turns), sampling(fields)?);
    one.stop.clone_from(&stop_sequences);
    one.tokens_max = fields.integer("max_tokens", 1..=u32::MAX)?;
    if to_write && one.tokens_max.is_none() {
        return Err(fields.missing("max_tokens"));
    }
    toolbox.put_into(&mut one);
    let stream = fields.switch("stream")?.unwrap_or(false);
    one.is_whole = !stream;
    Ok(Wanted {
        model: fields.text("model")?.map(str::to_owned),
        generation: one,
        stop_sequences,
        stream,
        with_tools: toolbox.is_open(),
    })
}

fn sampling(fields: &Fields<'_>) -> Result<Sampling, Problem> {
    let usual = Sampling::default();
    Ok(Sampling {
        temperature: fields
            .number("temperature", 0.0..=1.0)?
            .unwrap_or(usual.temperature),
        top_p: fields.number("top_p", 0.0..=1.0)?.unwrap_or(usual.top_p),
        top_k: fields
            .integer("top_k", 0..=TOP_K_MAX)?
            .unwrap_or(usual.top_k),
        ..usual
    })
}

fn stop_sequences(fields: &Fields<'_>) -> Result<Vec<String>, Problem> {
    const NAME: &str = "stop_sequences";
    let list = fields.list(NAME)?.unwrap_or_default();
    if list.len() > STOPS_MAX {
        let message = format!("`{NAME}` takes at most {STOPS_MAX} texts");
        return Err(Problem::invalid(NAME, message));
    }
    list.iter()
        .enumerate()
        .map(|(n, text)| match text.as_str() {
            // The engine refuses longer ones by itself.
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(misfit(format!("{NAME}[{n}]"), "a string with text", text)),
        })
        .collect()
}

/// Reads `system`: a text, or blocks of text.
fn system(fields: &Fields<'_>) -> Result<Option<String>, Problem> {
    match fields.value("system") {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Array(blocks)) => Ok(Some(texts("system", blocks)?)),
        Some(other) => Err(misfit("system", "a string or a list of text blocks", other)),
    }
}

/// The text of blocks that may be nothing else.
fn texts(at: &str, blocks: &[Value]) -> Result<String, Problem> {
    let mut texts = Vec::with_capacity(blocks.len());
    for (n, block) in blocks.iter().enumerate() {
        let block = Fields::of(block, format!("{at}[{n}]"))?;
        match block.needed_text("type")? {
            "text" => texts.push(block.needed_text("text")?),
            other => return Err(unknown_block(&block, other)),
        }
    }
    Ok(texts.join("\n"))
}

fn unknown_block(block: &Fields<'_>, kind: &str) -> Problem {
    match kind {
        "image" => Problem::unsupported(block.at("type"), "images are"),
        "document" => Problem::unsupported(block.at("type"), "documents are"),
        _ => {
            let message = "only blocks of type text, tool_use and tool_result are understood";
            Problem::invalid(block.at("type"), message).code("invalid_value")
        }
    }
}

fn messages(fields: &Fields<'_>, turns: &mut Vec<ChatTurn>) -> Result<(), Problem> {
    let messages = fields
        .list("messages")?
        .ok_or_else(|| fields.missing("messages"))?;
    if messages.is_empty() {
        let message = "`messages` needs at least one message";
        return Err(Problem::invalid("messages", message));
    }
    let mut called = HashSet::new();
    for (n, message) in messages.iter().enumerate() {
        let message = Fields::of(message, format!("messages[{n}]"))?;
        let role = match message.needed_text("role")? {
            "user" => "user",
            "assistant" => "assistant",
            // The text is the same wherever it stands; newer clients put it into the list.
            "system" => "system",
            _ => {
                let takes = "`role` is user or assistant";
                return Err(Problem::invalid(message.at("role"), takes).code("invalid_value"));
            }
        };
        match message.value("content") {
            None => return Err(message.missing("content")),
            Some(Value::String(text)) => turns.push(ChatTurn {
                role: role.to_owned(),
                text: text.clone(),
            }),
            Some(Value::Array(blocks)) => {
                content(&message.at("content"), role, blocks, &mut called, turns)?;
            }
            Some(other) => {
                let takes = "a string or a list of blocks";
                return Err(misfit(message.at("content"), takes, other));
            }
        }
    }
    Ok(())
}

/// Reads the blocks of one message. Results of tools become turns of their own, before what the person
/// says with them.
fn content(
    at: &str,
    role: &str,
    blocks: &[Value],
    called: &mut HashSet<String>,
    turns: &mut Vec<ChatTurn>,
) -> Result<(), Problem> {
    let (mut spoken, mut calls, mut results) = (Vec::new(), Vec::new(), 0);
    for (n, block) in blocks.iter().enumerate() {
        let block = Fields::of(block, format!("{at}[{n}]"))?;
        match (block.needed_text("type")?, role) {
            ("text", _) => spoken.push(block.needed_text("text")?.to_owned()),
            // What a model of another house thought is nothing that ours can use.
            ("thinking" | "redacted_thinking", "assistant") => {}
            ("tool_use", "assistant") => {
                let input = block.value("input").ok_or_else(|| block.missing("input"))?;
                let call = Call {
                    id: block.needed_text("id")?.to_owned(),
                    name: block.needed_text("name")?.to_owned(),
                    arguments: input.to_string(),
                };
                called.insert(call.id.clone());
                calls.push(call);
            }
            ("tool_result", "user") => {
                let id = block.needed_text("tool_use_id")?;
                if !called.contains(id) {
                    let takes = "`tool_use_id` names a `tool_use` block of an earlier message";
                    let problem = Problem::invalid(block.at("tool_use_id"), takes);
                    return Err(problem.code("invalid_value"));
                }
                turns.push(ChatTurn {
                    role: "tool".to_owned(),
                    text: result(&block)?,
                });
                results += 1;
            }
            (other, _) => return Err(unknown_block(&block, other)),
        }
    }
    let text = spoken.join("\n");
    // A message of results alone says nothing besides.
    if results == 0 || !text.is_empty() {
        turns.push(ChatTurn {
            role: role.to_owned(),
            text: said(&text, &calls),
        });
    }
    Ok(())
}

fn result(block: &Fields<'_>) -> Result<String, Problem> {
    let text = match block.value("content") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => texts(&block.at("content"), blocks)?,
        Some(other) => {
            let takes = "a string or a list of text blocks";
            return Err(misfit(block.at("content"), takes, other));
        }
    };
    Ok(match block.switch("is_error")? {
        Some(true) => format!("Error: {text}"),
        Some(false) | None => text,
    })
}

fn toolbox(fields: &Fields<'_>) -> Result<Toolbox, Problem> {
    let mut tools = Vec::new();
    for (n, entry) in fields.list("tools")?.unwrap_or_default().iter().enumerate() {
        let entry = Fields::of(entry, format!("tools[{n}]"))?;
        if entry.text("type")?.is_some_and(|kind| kind != "custom") {
            let what = "tools that run at the provider are";
            return Err(Problem::unsupported(entry.at("type"), what));
        }
        tools.push(Tool {
            name: entry.needed_text("name")?.to_owned(),
            description: entry.text("description")?.unwrap_or_default().to_owned(),
            parameters: match entry.value("input_schema") {
                None => return Err(entry.missing("input_schema")),
                Some(schema @ Value::Object(_)) => schema.clone(),
                Some(other) => return Err(misfit(entry.at("input_schema"), "an object", other)),
            },
        });
    }
    let (mut choice, mut several) = (ToolChoice::Auto, true);
    if let Some(chosen) = fields.fields("tool_choice")? {
        several = !chosen.switch("disable_parallel_tool_use")?.unwrap_or(false);
        choice = match chosen.needed_text("type")? {
            "auto" => ToolChoice::Auto,
            "any" => ToolChoice::Required,
            "none" => ToolChoice::Never,
            "tool" => ToolChoice::Named(chosen.needed_text("name")?.to_owned()),
            _ => {
                let takes = "`tool_choice.type` is one of auto, any, tool, none";
                return Err(Problem::invalid(chosen.at("type"), takes).code("invalid_value"));
            }
        };
    }
    let toolbox = Toolbox {
        tools,
        choice,
        several,
    };
    toolbox.check("tools", "tool_choice")?;
    Ok(toolbox)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(more: &Value) -> Result<Wanted, Problem> {
        let mut body = json!({"model": "m", "max_tokens": 5,
            "messages": [{"role": "user", "content": "Hi"}]});
        let object = body.as_object_mut().expect("an object");
        object.extend(more.as_object().expect("an object").clone());
        wanted(&Fields::of_body(object), true)
    }

    fn turns(wanted: &Wanted) -> Vec<(&str, &str)> {
        let Prompt::Chat(turns) = &wanted.generation.prompt else {
            panic!("a conversation")
        };
        turns
            .iter()
            .map(|turn| (turn.role.as_str(), turn.text.as_str()))
            .collect()
    }

    #[test]
    fn blocks_become_turns_with_results_before_what_is_said_with_them() {
        let found = read(&json!({
            "system": [{"type": "text", "text": "be"}, {"type": "text", "text": "brief"}],
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "s"},
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "is_error": true,
                     "content": [{"type": "text", "text": "no"}]},
                    {"type": "text", "text": "Well?"},
                ]},
            ],
        }))
        .expect("fine");
        assert_eq!(
            turns(&found),
            [
                ("system", "be\nbrief"),
                ("user", "Hi"),
                (
                    "assistant",
                    "I look.\n<tool_call>\n{\"name\":\"f\",\"arguments\":{\"a\":1}}\n</tool_call>"
                ),
                ("tool", "Error: no"),
                ("user", "Well?"),
            ]
        );
    }

    #[test]
    fn request_that_cannot_be_honoured_is_refused_under_its_name() {
        let tool = json!({"name": "f", "input_schema": {"type": "object"}});
        for (more, param) in [
            (json!({"max_tokens": null}), "max_tokens"),
            (json!({"max_tokens": 0}), "max_tokens"),
            (json!({"temperature": 1.5}), "temperature"),
            (json!({"messages": []}), "messages"),
            (
                json!({"messages": [{"role": "king", "content": "x"}]}),
                "messages[0].role",
            ),
            (
                json!({"messages": [{"role": "user", "content": [{"type": "image"}]}]}),
                "messages[0].content[0].type",
            ),
            (
                json!({"messages": [{"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t9"}]}]}),
                "messages[0].content[0].tool_use_id",
            ),
            (json!({"stop_sequences": [""]}), "stop_sequences[0]"),
            (json!({"tools": [{"name": "f"}]}), "tools[0].input_schema"),
            (
                json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
                "tools[0].type",
            ),
            (
                json!({"tools": [tool], "tool_choice": {"type": "tool", "name": "g"}}),
                "tool_choice",
            ),
            (json!({"system": 5}), "system"),
        ] {
            let problem = read(&more).expect_err("wrong");
            assert_eq!(problem.object()["error"]["param"], param, "{more}");
        }
    }

    #[test]
    fn tokens_are_counted_without_a_bound_for_writing() {
        let body = json!({"messages": [{"role": "user", "content": "Hi"}]});
        let fields = Fields::of_body(body.as_object().expect("an object"));
        assert!(wanted(&fields, true).is_err());
        assert!(wanted(&fields, false).is_ok());
    }
}
