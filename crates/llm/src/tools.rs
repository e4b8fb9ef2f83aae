//! Tools that a model may call: how they are told to it, and the shape that its calls must have.
//!
//! Models write a call as `<tool_call>{"name": …, "arguments": …}</tool_call>`. A grammar made from the
//! tools' JSON schemas keeps every call valid; a [`Reader`] takes the calls out of the text again.
//! The doors read each API's spelling (OpenAI, Anthropic, Ollama) into a [`Toolbox`]; agents fill theirs.

mod reader;
mod schema;

pub use reader::{Bit, Reader};

use serde_json::{Value, json};
use wire::engine::{
    CALL_BEGINS, CALL_ENDS, CallShape, ChatTurn, Constraint, Generation, OfferedTool, Prompt,
};

/// The most tools of one request, as in the OpenAI API.
const TOOLS_MAX: usize = 128;

/// The most characters of a tool's name, as in the OpenAI API.
const NAME_CHARS_MAX: usize = 64;

/// The most calls of one answer when several may come. A small model that has nothing more to say would
/// otherwise call for ever; people's programs rarely do more at once.
const CALLS_MAX: u32 = 8;

/// The most bytes of all schemas together: what the engine reads of one.
const SCHEMA_BYTES_MAX: usize = 120 * 1024;

/// Tools, or a choice among them, that cannot be honoured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ToolboxError {
    /// The field that is wrong, such as `tools[0]`.
    pub at: String,
    /// What is wrong.
    pub message: String,
}

/// A function that the model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name, as the model writes it.
    pub name: String,
    /// What it does, as the model is told.
    pub description: String,
    /// The JSON schema of its arguments.
    pub parameters: Value,
}

/// Whether tools are called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// No tool is called.
    Never,
    /// At least one is called.
    Required,
    /// This one is called.
    Named(String),
}

/// The tools of one request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Toolbox {
    /// The tools.
    pub tools: Vec<Tool>,
    /// Whether they are called.
    pub choice: ToolChoice,
    /// Whether one answer may hold several calls.
    pub several: bool,
}

/// A call that a model made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Call {
    /// Names it among the calls of a conversation.
    pub id: String,
    /// The name of the called tool.
    pub name: String,
    /// JSON text, as the model wrote it.
    pub arguments: String,
}

impl Toolbox {
    /// Refuses names and choices that cannot be honoured. `at` and `choice_at` name the fields.
    ///
    /// # Errors
    /// The first thing that is wrong, with where it stands.
    pub fn check(&self, at: &str, choice_at: &str) -> Result<(), ToolboxError> {
        let wrong = |at: &str, message: String| {
            Err(ToolboxError {
                at: at.to_owned(),
                message,
            })
        };
        if self.tools.len() > TOOLS_MAX {
            let message = format!("`{at}` takes at most {TOOLS_MAX} tools");
            return wrong(at, message);
        }
        for (n, tool) in self.tools.iter().enumerate() {
            let place = format!("{at}[{n}]");
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte);
            let length = tool.name.len();
            if !(1..=NAME_CHARS_MAX).contains(&length) || !tool.name.bytes().all(plain) {
                let message = format!(
                    "the name of a tool has 1 to {NAME_CHARS_MAX} characters: letters, digits and _-.:/"
                );
                return wrong(&place, message);
            }
            if self.tools[..n].iter().any(|other| other.name == tool.name) {
                let message = format!("two tools are called `{}`", tool.name);
                return wrong(&place, message);
            }
            let object = [None, Some("object")].contains(&tool.parameters["type"].as_str());
            if !tool.parameters.is_object() || !object {
                let message = "the parameters of a tool are a JSON schema of type `object`";
                return wrong(&place, message.to_owned());
            }
        }
        let bytes: usize = self
            .tools
            .iter()
            .map(|tool| tool.parameters.to_string().len())
            .sum();
        if bytes > SCHEMA_BYTES_MAX {
            let message = format!("all schemas together take at most {SCHEMA_BYTES_MAX} bytes");
            return wrong(at, message);
        }
        let missing = match &self.choice {
            ToolChoice::Auto | ToolChoice::Never => false,
            ToolChoice::Required => self.tools.is_empty(),
            ToolChoice::Named(name) => !self.tools.iter().any(|tool| tool.name == *name),
        };
        if missing {
            let message = format!("`{choice_at}` asks for a tool that `{at}` does not have");
            return wrong(choice_at, message);
        }
        Ok(())
    }

    /// Whether calls may come.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.tools.is_empty() && self.choice != ToolChoice::Never
    }

    /// Whether a call must come, and text must not.
    fn is_forced(&self) -> bool {
        matches!(self.choice, ToolChoice::Required | ToolChoice::Named(_))
    }

    /// Tells the model of the tools, and constrains what it writes. Does nothing when none may be called.
    pub fn put_into(&self, generation: &mut Generation) {
        if !self.is_open() {
            return;
        }
        let mut told = String::new();
        if let Prompt::Chat(turns) = &mut generation.prompt {
            told = self.told();
            match turns.first_mut() {
                Some(first) if first.role == "system" => {
                    told.insert_str(0, "\n\n");
                    first.text.push_str(&told);
                }
                Some(_) | None => turns.insert(
                    0,
                    ChatTurn {
                        role: "system".to_owned(),
                        text: told.clone(),
                    },
                ),
            }
        }
        let forced = self.is_forced();
        if forced {
            // A stop text within a call would leave half of it.
            generation.stop.clear();
        }
        let callable = self.callable();
        generation.constraint = Some(Constraint::Calls(CallShape {
            schema: schema::of_one_call(&callable, forced).to_string(),
            text: !forced,
            calls_max: if self.several { CALLS_MAX } else { 1 },
            tools: callable.into_iter().map(offered).collect(),
            told,
        }));
    }

    fn callable(&self) -> Vec<&Tool> {
        self.tools
            .iter()
            .filter(|tool| match &self.choice {
                ToolChoice::Named(name) => tool.name == *name,
                ToolChoice::Auto | ToolChoice::Required => true,
                ToolChoice::Never => false,
            })
            .collect()
    }

    /// What the model is told.
    fn told(&self) -> String {
        let mut text = String::from("You can call functions. Each line describes one as JSON:\n");
        for tool in &self.tools {
            let described = json!({
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            });
            text.push_str(&described.to_string());
            text.push('\n');
        }
        text.push_str(&format!(
            "To call a function, write its name and its arguments as JSON between two marks, like this:\n\
             {CALL_BEGINS}\n{{\"name\": \"NAME\", \"arguments\": {{}}}}\n{CALL_ENDS}\n"
        ));
        text.push_str(&match &self.choice {
            ToolChoice::Auto | ToolChoice::Never => {
                "Call one only when it helps to answer; otherwise answer in words.".to_owned()
            }
            ToolChoice::Required => "Call a function now.".to_owned(),
            ToolChoice::Named(name) => format!("Call the function {name} now."),
        });
        text
    }
}

fn offered(tool: &Tool) -> OfferedTool {
    OfferedTool {
        name: tool.name.clone(),
        description: tool.description.clone(),
        parameters: tool.parameters.to_string(),
    }
}

/// What an assistant said, with its calls, as the model would have written it.
#[must_use]
pub fn said(text: &str, calls: &[Call]) -> String {
    let mut said = text.to_owned();
    for call in calls {
        if !said.is_empty() {
            said.push('\n');
        }
        // What is no JSON is passed on as a text, so that the model sees what it did.
        let arguments = serde_json::from_str::<Value>(&call.arguments)
            .unwrap_or_else(|_| Value::String(call.arguments.clone()));
        let call = json!({"name": call.name, "arguments": arguments});
        said.push_str(&format!("{CALL_BEGINS}\n{call}\n{CALL_ENDS}"));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str) -> Tool {
        Tool {
            name: name.to_owned(),
            description: "does it".to_owned(),
            parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}}),
        }
    }

    fn generation() -> Generation {
        let turn = ChatTurn {
            role: "user".into(),
            text: "hi".into(),
        };
        Generation {
            prompt: Prompt::Chat(vec![turn]),
            sampling: wire::engine::Sampling::default(),
            constraint: None,
            tokens_max: None,
            stop: vec!["x".into()],
            logprobs: None,
            overflow: wire::engine::Overflow::Stop,
            holds_private: false,
            is_whole: false,
        }
    }

    fn shape(toolbox: &Toolbox) -> (CallShape, Generation) {
        let mut one = generation();
        toolbox.put_into(&mut one);
        match &one.constraint {
            Some(Constraint::Calls(shape)) => (shape.clone(), one),
            other => panic!("calls are constrained, not {other:?}"),
        }
    }

    #[test]
    fn forced_choice_leaves_no_text_and_only_the_named_tool() {
        let mut toolbox = Toolbox {
            tools: vec![tool("a"), tool("b")],
            choice: ToolChoice::Named("b".into()),
            several: false,
        };
        let (made, one) = shape(&toolbox);
        assert!(!made.text && made.calls_max == 1, "{made:?}");
        assert!(made.schema.contains(r#""const":"b""#), "{}", made.schema);
        assert!(!made.schema.contains(r#""const":"a""#), "{}", made.schema);
        assert!(one.stop.is_empty(), "a stop text would cut the call");
        toolbox.choice = ToolChoice::Auto;
        toolbox.several = true;
        let (made, one) = shape(&toolbox);
        assert!(made.text && made.calls_max == CALLS_MAX, "{made:?}");
        assert_eq!(one.stop, ["x"]);
    }

    #[test]
    fn model_is_told_of_its_tools_unless_none_may_be_called() {
        let mut toolbox = Toolbox {
            tools: vec![tool("weather")],
            ..Toolbox::default()
        };
        let (_, one) = shape(&toolbox);
        let Prompt::Chat(turns) = one.prompt else {
            panic!("a conversation")
        };
        assert_eq!(turns[0].role, "system");
        assert!(turns[0].text.contains("\"weather\""), "{}", turns[0].text);
        toolbox.choice = ToolChoice::Never;
        let mut one = generation();
        toolbox.put_into(&mut one);
        assert_eq!(one, generation(), "nothing is told and nothing constrained");
    }

    #[test]
    fn tools_that_cannot_be_honoured_are_refused_by_name() {
        let wrong = |toolbox: Toolbox| {
            let error = toolbox.check("tools", "tool_choice").expect_err("wrong");
            error.at
        };
        let with = |tools: Vec<Tool>, choice: ToolChoice| Toolbox {
            tools,
            choice,
            several: true,
        };
        let odd = Tool {
            parameters: json!({"type": "string"}),
            ..tool("a")
        };
        assert_eq!(wrong(with(vec![odd], ToolChoice::Auto)), "tools[0]");
        assert_eq!(wrong(with(vec![tool("a b")], ToolChoice::Auto)), "tools[0]");
        let twice = vec![tool("a"), tool("a")];
        assert_eq!(wrong(with(twice, ToolChoice::Auto)), "tools[1]");
        assert_eq!(wrong(with(vec![], ToolChoice::Required)), "tool_choice");
        let named = ToolChoice::Named("b".into());
        assert_eq!(wrong(with(vec![tool("a")], named)), "tool_choice");
    }

    #[test]
    fn history_shows_calls_as_the_model_writes_them() {
        let call = Call {
            id: "1".into(),
            name: "f".into(),
            arguments: r#"{"b":1,"a":2}"#.into(),
        };
        assert_eq!(
            said("I look.", &[call]),
            "I look.\n<tool_call>\n{\"name\":\"f\",\"arguments\":{\"b\":1,\"a\":2}}\n</tool_call>"
        );
    }
}
