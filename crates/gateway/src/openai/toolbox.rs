//! Reads `tools`, `tool_choice` and `parallel_tool_calls` as the OpenAI API spells them.

use serde_json::{Value, json};

use crate::fields::{Fields, misfit};
use crate::problem::Problem;
use llm::tools::{Tool, ToolChoice, Toolbox};

/// Reads the tools of a request for a chat completion.
pub(crate) fn toolbox(fields: &Fields<'_>) -> Result<Toolbox, Problem> {
    for old in ["functions", "function_call"] {
        if fields.value(old).is_some_and(|value| value != "none") {
            let what = "`functions`, the older name of `tools`, is";
            return Err(Problem::unsupported(old, what));
        }
    }
    let toolbox = Toolbox {
        tools: tools(fields)?,
        choice: choice(fields, |named| {
            let function = named
                .fields("function")?
                .ok_or_else(|| named.missing("function"))?;
            Ok(function.needed_text("name")?.to_owned())
        })?,
        several: fields.switch("parallel_tool_calls")?.unwrap_or(true),
    };
    toolbox.check("tools", "tool_choice")?;
    Ok(toolbox)
}

/// Reads the list of tools, each in an object of its own, as Ollama spells it too.
pub(crate) fn tools(fields: &Fields<'_>) -> Result<Vec<Tool>, Problem> {
    let mut tools = Vec::new();
    for (n, entry) in fields.list("tools")?.unwrap_or_default().iter().enumerate() {
        let entry = Fields::of(entry, format!("tools[{n}]"))?;
        only_functions(&entry)?;
        let function = entry
            .fields("function")?
            .ok_or_else(|| entry.missing("function"))?;
        tools.push(tool(&function)?);
    }
    Ok(tools)
}

/// Refuses tools of other types than functions.
pub(crate) fn only_functions(entry: &Fields<'_>) -> Result<(), Problem> {
    match entry.needed_text("type")? {
        "function" => Ok(()),
        _ => Err(Problem::unsupported(
            entry.at("type"),
            "tools of other types than `function` are",
        )),
    }
}

/// Reads a function: its name, what it is for, and its parameters.
pub(crate) fn tool(function: &Fields<'_>) -> Result<Tool, Problem> {
    // Calls always follow their schema here, so `strict` changes nothing.
    function.switch("strict")?;
    Ok(Tool {
        name: function.needed_text("name")?.to_owned(),
        description: function.text("description")?.unwrap_or_default().to_owned(),
        parameters: match function.value("parameters") {
            None => json!({"type": "object", "properties": {}}),
            Some(schema @ Value::Object(_)) => schema.clone(),
            Some(other) => return Err(misfit(function.at("parameters"), "an object", other)),
        },
    })
}

/// Reads `tool_choice`; `name_of` finds the name in an object that names a function.
pub(crate) fn choice(
    fields: &Fields<'_>,
    name_of: impl Fn(&Fields<'_>) -> Result<String, Problem>,
) -> Result<ToolChoice, Problem> {
    const NAME: &str = "tool_choice";
    let takes = "none, auto, required or an object that names a function";
    match fields.value(NAME) {
        None => Ok(ToolChoice::Auto),
        Some(Value::String(word)) => match word.as_str() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::Never),
            "required" => Ok(ToolChoice::Required),
            _ => Err(misfit(NAME, takes, &json!(word))),
        },
        Some(object @ Value::Object(_)) => {
            let named = Fields::of(object, NAME)?;
            only_functions(&named)?;
            Ok(ToolChoice::Named(name_of(&named)?))
        }
        Some(other) => Err(misfit(NAME, takes, other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &Value) -> Result<Toolbox, Problem> {
        toolbox(&Fields::of_body(body.as_object().expect("an object")))
    }

    #[test]
    fn every_spelling_of_the_choice_is_understood() {
        let tools = json!([{"type": "function", "function": {"name": "f", "strict": true}}]);
        for (choice, read_as) in [
            (json!(null), ToolChoice::Auto),
            (json!("auto"), ToolChoice::Auto),
            (json!("none"), ToolChoice::Never),
            (json!("required"), ToolChoice::Required),
            (
                json!({"type": "function", "function": {"name": "f"}}),
                ToolChoice::Named("f".into()),
            ),
        ] {
            let body = json!({"tools": tools, "tool_choice": choice, "parallel_tool_calls": false});
            let found = read(&body).expect("fine");
            assert_eq!((found.choice, found.several), (read_as, false), "{choice}");
            assert_eq!(found.tools[0].parameters["type"], "object");
        }
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_under_its_name() {
        let tools = json!([{"type": "function", "function": {"name": "f"}}]);
        for (body, param) in [
            (json!({"tools": 5}), "tools"),
            (json!({"tools": [{"type": "custom"}]}), "tools[0].type"),
            (
                json!({"tools": [{"type": "function", "function": {}}]}),
                "tools[0].function.name",
            ),
            (
                json!({"tools": [{"type": "function", "function": {"name": "f", "parameters": 1}}]}),
                "tools[0].function.parameters",
            ),
            (json!({"tool_choice": "required"}), "tool_choice"),
            (
                json!({"tools": tools, "tool_choice": "maybe"}),
                "tool_choice",
            ),
            (
                json!({"tools": tools, "tool_choice": {"type": "function", "function": {"name": "g"}}}),
                "tool_choice",
            ),
            (json!({"function_call": "auto"}), "function_call"),
        ] {
            let problem = read(&body).expect_err("wrong");
            assert_eq!(problem.object()["error"]["param"], param, "{body}");
        }
    }
}
