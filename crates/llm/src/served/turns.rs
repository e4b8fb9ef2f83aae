//! Between the turns of a conversation, in which calls of tools stand as text between two marks, and the
//! messages of APIs that have fields for them.

use serde_json::{Value, json};
use wire::engine::{CALL_BEGINS, CALL_ENDS, CallShape, ChatTurn};

use crate::tools::{Bit, Call, Reader};

/// A turn with its calls apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) role: String,
    pub(super) text: String,
    /// What the assistant called; each has an id.
    pub(super) calls: Vec<Call>,
    /// The call that this turn of a tool answers.
    pub(super) answers: Option<Call>,
}

/// The messages of a conversation. What was added to tell of tools is taken out again, unless it is `kept`.
pub(super) fn messages(turns: &[ChatTurn], shape: Option<&CallShape>, kept: bool) -> Vec<Message> {
    let mut open: Vec<Call> = Vec::new();
    let mut count = 0;
    let mut messages = Vec::new();
    for (n, turn) in turns.iter().enumerate() {
        let mut message = Message {
            role: turn.role.clone(),
            text: turn.text.clone(),
            calls: Vec::new(),
            answers: None,
        };
        if n == 0
            && !kept
            && let Some(shape) = shape
            && let Some(before) = turn.text.strip_suffix(shape.told.as_str())
        {
            message.text = before.to_owned();
            if message.text.is_empty() && message.role == "system" {
                continue;
            }
        }
        match turn.role.as_str() {
            "assistant" => {
                let (text, calls) = apart(&turn.text, &mut count);
                open.extend(calls.iter().cloned());
                (message.text, message.calls) = (text, calls);
            }
            "tool" if open.is_empty() => message.role = "user".to_owned(),
            // Results come in the order of the calls.
            "tool" => message.answers = Some(open.remove(0)),
            _ => open.clear(),
        }
        messages.push(message);
    }
    messages
}

fn apart(text: &str, count: &mut usize) -> (String, Vec<Call>) {
    if !text.contains(CALL_BEGINS) {
        return (text.to_owned(), Vec::new());
    }
    let mut reader = Reader::default();
    let mut bits = reader.push(text);
    let (rest, is_whole) = reader.end();
    bits.extend(rest);
    let (mut said, mut calls) = (String::new(), Vec::<Call>::new());
    for bit in bits {
        match bit {
            Bit::Text(more) => said.push_str(&more),
            Bit::CallBegins(name) => {
                *count += 1;
                calls.push(Call {
                    id: format!("call_{count}"),
                    name,
                    arguments: String::new(),
                });
            }
            Bit::Arguments(more) => {
                if let Some(call) = calls.last_mut() {
                    call.arguments.push_str(&more);
                }
            }
            Bit::CallEnds => {}
        }
    }
    if !is_whole {
        // Half a call is a text that a person or a program wrote.
        return (text.to_owned(), Vec::new());
    }
    (said, calls)
}

/// The tools as both APIs spell them.
pub(super) fn tools(shape: &CallShape) -> Value {
    let tools = shape.tools.iter().map(|tool| {
        let parameters: Value = serde_json::from_str(&tool.parameters)
            .unwrap_or_else(|_| json!({"type": "object", "properties": {}}));
        json!({"type": "function", "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": parameters,
        }})
    });
    Value::Array(tools.collect())
}

/// A call as the embedded engine writes it.
pub(super) fn written(name: &str, arguments: &Value) -> String {
    let name = Value::from(name);
    // The name stands first, whatever order a map would give.
    format!("{CALL_BEGINS}\n{{\"name\": {name}, \"arguments\": {arguments}}}\n{CALL_ENDS}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(role: &str, text: &str) -> ChatTurn {
        ChatTurn {
            role: role.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn calls_and_their_results_find_each_other_again() {
        let call = |name: &str| written(name, &json!({"a": 1}));
        let turns = [
            turn("system", "Be kind.\n\nYou can call functions."),
            turn("user", "hi"),
            turn(
                "assistant",
                &format!("I look.\n{}\n{}", call("f"), call("g")),
            ),
            turn("tool", "one"),
            turn("tool", "two"),
            turn("tool", "three"),
        ];
        let shape = CallShape {
            told: "\n\nYou can call functions.".into(),
            ..CallShape::default()
        };
        let read = messages(&turns, Some(&shape), false);
        assert_eq!(read[0].text, "Be kind.");
        assert_eq!((read[2].text.as_str(), read[2].calls.len()), ("I look.", 2));
        let answered: Vec<_> = read[3..]
            .iter()
            .map(|message| message.answers.as_ref().map(|call| call.name.as_str()))
            .collect();
        assert_eq!(answered, [Some("f"), Some("g"), None]);
        assert_eq!(read[5].role, "user", "nobody called for this one");
        assert_eq!(read[2].calls[0].arguments, r#"{"a":1}"#);
        assert_ne!(read[2].calls[0].id, read[2].calls[1].id);
    }

    #[test]
    fn half_a_call_stays_the_text_that_it_is() {
        let text = "See <tool_call>{\"name\":";
        let read = messages(&[turn("assistant", text)], None, false);
        assert_eq!((read[0].text.as_str(), read[0].calls.len()), (text, 0));
    }
}
