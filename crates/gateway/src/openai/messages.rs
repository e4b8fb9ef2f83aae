//! Reads `messages`: a conversation as the OpenAI API spells it, calls of tools and their results too.

use std::collections::HashSet;

use llm::ChatTurn;
use serde_json::Value;

use super::toolbox::only_functions;
use crate::fields::{Fields, misfit};
use crate::problem::Problem;
use llm::tools::{Call, said};

/// Reads the conversation of a request for a chat completion.
pub(crate) fn turns(fields: &Fields<'_>) -> Result<Vec<ChatTurn>, Problem> {
    let messages = fields
        .list("messages")?
        .ok_or_else(|| fields.missing("messages"))?;
    if messages.is_empty() {
        let message = "`messages` needs at least one message";
        return Err(Problem::invalid("messages", message));
    }
    let mut called = HashSet::new();
    messages
        .iter()
        .enumerate()
        .map(|(n, message)| turn(&Fields::of(message, format!("messages[{n}]"))?, &mut called))
        .collect()
}

fn turn(message: &Fields<'_>, called: &mut HashSet<String>) -> Result<ChatTurn, Problem> {
    let role = match message.needed_text("role")? {
        "system" | "developer" => "system",
        "user" => "user",
        "assistant" => "assistant",
        "tool" => "tool",
        _ => {
            let takes = "`role` is one of system, developer, user, assistant, tool";
            return Err(Problem::invalid(message.at("role"), takes).code("invalid_value"));
        }
    };
    let calls = calls(message)?;
    if !calls.is_empty() && role != "assistant" {
        let takes = "`tool_calls` belong to messages of the assistant";
        return Err(Problem::invalid(message.at("tool_calls"), takes).code("invalid_value"));
    }
    if role == "tool" {
        let id = message.needed_text("tool_call_id")?;
        if !called.contains(id) {
            let takes = "`tool_call_id` names a call of an earlier message of the assistant";
            let problem = Problem::invalid(message.at("tool_call_id"), takes);
            return Err(problem.code("invalid_value"));
        }
    }
    called.extend(calls.iter().map(|call| call.id.clone()));
    let text = match message.value("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => joined(message, parts)?,
        Some(other) => {
            let takes = "a string or a list of parts";
            return Err(misfit(message.at("content"), takes, other));
        }
        None if role == "assistant" => message.text("refusal")?.unwrap_or_default().to_owned(),
        None => return Err(message.missing("content")),
    };
    Ok(ChatTurn {
        role: role.to_owned(),
        text: said(&text, &calls),
    })
}

fn calls(message: &Fields<'_>) -> Result<Vec<Call>, Problem> {
    let list = message.list("tool_calls")?.unwrap_or_default();
    list.iter()
        .enumerate()
        .map(|(n, call)| {
            let call = Fields::of(call, format!("{}[{n}]", message.at("tool_calls")))?;
            only_functions(&call)?;
            let function = call
                .fields("function")?
                .ok_or_else(|| call.missing("function"))?;
            Ok(Call {
                id: call.needed_text("id")?.to_owned(),
                name: function.needed_text("name")?.to_owned(),
                arguments: function.needed_text("arguments")?.to_owned(),
            })
        })
        .collect()
}

fn joined(message: &Fields<'_>, parts: &[Value]) -> Result<String, Problem> {
    let mut texts = Vec::with_capacity(parts.len());
    for (n, part) in parts.iter().enumerate() {
        let part = Fields::of(part, format!("{}[{n}]", message.at("content")))?;
        match part.needed_text("type")? {
            "text" => texts.push(part.needed_text("text")?),
            "refusal" => texts.push(part.needed_text("refusal")?),
            "image_url" => return Err(Problem::unsupported(part.at("type"), "images are")),
            "input_audio" => return Err(Problem::unsupported(part.at("type"), "audio is")),
            "file" => return Err(Problem::unsupported(part.at("type"), "files are")),
            _ => {
                let message = "only parts of type `text` are understood";
                return Err(Problem::invalid(part.at("type"), message).code("invalid_value"));
            }
        }
    }
    Ok(texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(messages: &Value) -> Result<Vec<ChatTurn>, Problem> {
        let body = json!({ "messages": messages });
        turns(&Fields::of_body(body.as_object().expect("an object")))
    }

    fn call(id: &str) -> Value {
        json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}})
    }

    #[test]
    fn calls_and_results_become_turns_that_the_model_knows() {
        let turns = read(&json!([
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": null, "tool_calls": [call("c1")]},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "done"}]},
        ]))
        .expect("fine");
        assert_eq!(
            turns[1].text,
            "<tool_call>\n{\"name\":\"f\",\"arguments\":{\"a\":1}}\n</tool_call>"
        );
        assert_eq!(
            (turns[2].role.as_str(), turns[2].text.as_str()),
            ("tool", "done")
        );
    }

    #[test]
    fn result_of_a_call_that_nobody_made_is_refused() {
        let lone = json!([{"role": "tool", "tool_call_id": "c1", "content": "x"}]);
        let stray = json!([
            {"role": "assistant", "tool_calls": [call("c1")]},
            {"role": "tool", "tool_call_id": "c2", "content": "x"},
        ]);
        let nameless = json!([{"role": "tool", "content": "x"}]);
        let of_user = json!([{"role": "user", "content": "x", "tool_calls": [call("c1")]}]);
        for (messages, param) in [
            (lone, "messages[0].tool_call_id"),
            (stray, "messages[1].tool_call_id"),
            (nameless, "messages[0].tool_call_id"),
            (of_user, "messages[0].tool_calls"),
        ] {
            let problem = read(&messages).expect_err("wrong");
            assert_eq!(problem.object()["error"]["param"], param);
        }
    }
}
