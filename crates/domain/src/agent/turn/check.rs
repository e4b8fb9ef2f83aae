//! Whether a call has the arguments that its tool takes, and what to tell the model when not.
//!
//! Of a JSON schema, `type`, `required`, `properties`, `items`, `enum` and `additionalProperties` are
//! looked at. A tool checks the rest itself: this check is there to repair what small models get wrong.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Refusal, Task};

/// The most problems that are told of one call: a model that reads more repairs no more.
const PROBLEMS_TOLD: usize = 5;

/// The schemas of a task's tools, by the tools' names.
pub(super) fn task(task: &Task) -> Result<BTreeMap<String, Value>, Refusal> {
    let mut schemas = BTreeMap::new();
    for tool in &task.tools {
        let schema: Option<Value> = serde_json::from_str(&tool.schema).ok();
        let schema = schema.filter(|schema| {
            let kind = schema.get("type").and_then(Value::as_str);
            schema.is_object() && kind.is_none_or(|kind| kind == "object")
        });
        let schema = schema.ok_or_else(|| Refusal::BadSchema(tool.name.clone()))?;
        if schemas.insert(tool.name.clone(), schema).is_some() {
            return Err(Refusal::SameName(tool.name.clone()));
        }
    }
    Ok(schemas)
}

/// Reads the arguments of a call, or says what is wrong with them.
pub(super) fn arguments(schema: &Value, text: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| format!("the arguments are no valid JSON ({error})"))?;
    if !value.is_object() {
        return Err("the arguments are not a JSON object".to_owned());
    }
    let mut problems = Vec::new();
    look(schema, &value, "", &mut problems);
    problems.truncate(PROBLEMS_TOLD);
    if problems.is_empty() {
        Ok(value)
    } else {
        Err(problems.join("; "))
    }
}

/// Both are as deep as `serde_json` reads at most, which is 128 levels.
fn look(schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    let Some(schema) = schema.as_object() else {
        return;
    };
    if let Some(kinds) = schema.get("type")
        && !is_of_type(kinds, value)
    {
        problems.push(format!("`{at}` must be of type {}", listed(kinds)));
        return;
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let allowed = listed(&Value::Array(allowed.clone()));
        problems.push(format!("`{at}` must be one of {allowed}"));
    }
    if let Some(fields) = value.as_object() {
        look_at_fields(schema, fields, at, problems);
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for (number, value) in values.iter().enumerate() {
            look(items, value, &format!("{at}[{number}]"), problems);
        }
    }
}

fn look_at_fields(
    schema: &Map<String, Value>,
    fields: &Map<String, Value>,
    at: &str,
    problems: &mut Vec<String>,
) {
    let place = |name: &str| match at {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    };
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            problems.push(format!("`{}` is missing", place(name)));
        }
    }
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    // A schema that does not speak of other fields allows them; a model that writes one means another.
    let others = schema.get("additionalProperties");
    let takes_others = others.is_some_and(|others| *others != Value::Bool(false));
    for (name, value) in fields {
        match properties.get(name) {
            Some(property) => look(property, value, &place(name), problems),
            None if takes_others => {}
            None => problems.push(format!("there is no field `{}`", place(name))),
        }
    }
}

fn is_of_type(kinds: &Value, value: &Value) -> bool {
    match kinds {
        Value::String(kind) => match kind.as_str() {
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => {
                let is_whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
                value.is_i64() || value.is_u64() || is_whole
            }
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "null" => value.is_null(),
            // Not a type of JSON: for the tool to know.
            _ => true,
        },
        Value::Array(kinds) => kinds.iter().any(|kind| is_of_type(kind, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    }
}

/// Values as a model reads them.
fn listed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            values.join(", ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer"},
            "unit": {"type": ["string", "null"], "enum": ["metric", "imperial", null]},
            "places": {"type": "array", "items": {
                "type": "object",
                "properties": {"x": {"type": "number"}},
                "required": ["x"]
            }}
        },
        "required": ["city"]
    }"#;

    fn told(text: &str) -> Result<Value, String> {
        arguments(&serde_json::from_str(SCHEMA).expect("a schema"), text)
    }

    #[test]
    fn arguments_that_fit_are_taken_as_they_are() {
        let good = r#"{"city": "Ulm", "days": 3.0, "unit": null, "places": [{"x": 1.5}]}"#;
        assert_eq!(told(good), Ok(serde_json::from_str(good).expect("JSON")));
    }

    #[test]
    fn each_fault_is_told_with_its_place() {
        for (text, problem) in [
            ("[1]", "the arguments are not a JSON object"),
            ("{}", "`city` is missing"),
            (r#"{"city": 5}"#, "`city` must be of type string"),
            (
                r#"{"city": "Ulm", "days": 1.5}"#,
                "`days` must be of type integer",
            ),
            (
                r#"{"city": "Ulm", "unit": "x"}"#,
                r#"`unit` must be one of "metric", "imperial", null"#,
            ),
            (r#"{"city": "Ulm", "town": 1}"#, "there is no field `town`"),
            (
                r#"{"city": "Ulm", "places": [{"x": 1}, {}]}"#,
                "`places[1].x` is missing",
            ),
            (
                r#"{"days": "x"}"#,
                "`city` is missing; `days` must be of type integer",
            ),
        ] {
            assert_eq!(told(text), Err(problem.to_owned()), "{text}");
        }
        let cut = told(r#"{"city": "#).expect_err("half of it");
        assert!(cut.starts_with("the arguments are no valid JSON"), "{cut}");
    }

    #[test]
    fn schema_that_takes_other_fields_lets_them_pass() {
        let schema = serde_json::json!({"properties": {}, "additionalProperties": true});
        assert!(arguments(&schema, r#"{"any": 1}"#).is_ok());
    }
}
