//! Reads items of a response's input or output as turns of a conversation.

use llm::ChatTurn;
use serde_json::{Value, json};

use crate::fields::{Fields, misfit};
use crate::problem::Problem;
use llm::tools::{Call, said};

/// The items of `input`: those that are given, or one message where it is a text.
pub(super) fn items(input: &Value) -> Result<Value, Problem> {
    match input {
        Value::String(text) => Ok(json!([{"type": "message", "role": "user", "content": text}])),
        Value::Array(items) if !items.is_empty() => Ok(input.clone()),
        Value::Array(_) => Err(Problem::invalid("input", "`input` needs at least one item")),
        other => Err(misfit("input", "a string or a list of items", other)),
    }
}

/// Adds the turns of these items. `at` is what they are called in errors.
pub(super) fn turns_of(items: &Value, at: &str, turns: &mut Vec<ChatTurn>) -> Result<(), Problem> {
    for (n, item) in items.as_array().into_iter().flatten().enumerate() {
        let item = Fields::of(item, format!("{at}[{n}]"))?;
        match item.text("type")?.unwrap_or("message") {
            "message" => turns.push(message(&item)?),
            "function_call" => {
                let call = Call {
                    id: item.needed_text("call_id")?.to_owned(),
                    name: item.needed_text("name")?.to_owned(),
                    arguments: item.needed_text("arguments")?.to_owned(),
                };
                // What the assistant says and calls is one turn.
                match turns.last_mut() {
                    Some(last) if last.role == "assistant" => {
                        last.text = said(&last.text, &[call]);
                    }
                    Some(_) | None => turns.push(ChatTurn {
                        role: "assistant".to_owned(),
                        text: said("", &[call]),
                    }),
                }
            }
            "function_call_output" => {
                item.needed_text("call_id")?;
                turns.push(ChatTurn {
                    role: "tool".to_owned(),
                    text: text(&item, "output")?,
                });
            }
            // What a model of another house thought is nothing that ours can use.
            "reasoning" => {}
            "item_reference" => {
                let what = "references to items are; use `previous_response_id`: they are";
                return Err(Problem::unsupported(item.at("type"), what));
            }
            _ => {
                let what = "items other than messages and function calls are";
                return Err(Problem::unsupported(item.at("type"), what));
            }
        }
    }
    Ok(())
}

fn message(item: &Fields<'_>) -> Result<ChatTurn, Problem> {
    let role = match item.needed_text("role")? {
        "system" | "developer" => "system",
        "user" => "user",
        "assistant" => "assistant",
        _ => {
            let takes = "`role` is one of system, developer, user, assistant";
            return Err(Problem::invalid(item.at("role"), takes).code("invalid_value"));
        }
    };
    Ok(ChatTurn {
        role: role.to_owned(),
        text: text(item, "content")?,
    })
}

/// A field that is a text, or a list of parts of text.
fn text(item: &Fields<'_>, name: &str) -> Result<String, Problem> {
    let parts = match item.value(name) {
        None => return Err(item.missing(name)),
        Some(Value::String(text)) => return Ok(text.clone()),
        Some(Value::Array(parts)) => parts,
        Some(other) => return Err(misfit(item.at(name), "a string or a list of parts", other)),
    };
    let mut texts = Vec::with_capacity(parts.len());
    for (n, part) in parts.iter().enumerate() {
        let part = Fields::of(part, format!("{}[{n}]", item.at(name)))?;
        match part.needed_text("type")? {
            "input_text" | "output_text" | "text" => texts.push(part.needed_text("text")?),
            "refusal" => texts.push(part.needed_text("refusal")?),
            "input_image" => return Err(Problem::unsupported(part.at("type"), "images are")),
            "input_file" => return Err(Problem::unsupported(part.at("type"), "files are")),
            _ => {
                let message = "only parts of type input_text and output_text are understood";
                return Err(Problem::invalid(part.at("type"), message).code("invalid_value"));
            }
        }
    }
    Ok(texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_assistant_says_and_calls_is_one_turn() {
        let input = json!([
            {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
            {"type": "reasoning", "summary": []},
            {"type": "message", "role": "assistant",
             "content": [{"type": "output_text", "text": "I look."}]},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "dry"},
        ]);
        let mut turns = Vec::new();
        turns_of(&input, "input", &mut turns).expect("fine");
        let found: Vec<(&str, &str)> = turns
            .iter()
            .map(|turn| (turn.role.as_str(), turn.text.as_str()))
            .collect();
        let called = "I look.\n<tool_call>\n{\"name\":\"f\",\"arguments\":{}}\n</tool_call>";
        assert_eq!(
            found,
            [("user", "Weather?"), ("assistant", called), ("tool", "dry")]
        );
    }

    #[test]
    fn item_that_is_not_understood_is_named() {
        for (item, param) in [
            (json!({"type": "computer_call"}), "input[0].type"),
            (
                json!({"type": "item_reference", "id": "x"}),
                "input[0].type",
            ),
            (json!({"role": "king", "content": "x"}), "input[0].role"),
            (json!({"role": "user"}), "input[0].content"),
            (
                json!({"role": "user", "content": [{"type": "input_image"}]}),
                "input[0].content[0].type",
            ),
            (
                json!({"type": "function_call_output", "output": ""}),
                "input[0].call_id",
            ),
            (json!(5), "input[0]"),
        ] {
            let problem = turns_of(&json!([item]), "input", &mut Vec::new()).expect_err("wrong");
            assert_eq!(problem.object()["error"]["param"], param, "{item}");
        }
    }
}
