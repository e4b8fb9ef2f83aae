//! Makes one JSON schema of the calls of several tools.

use serde_json::{Map, Value, json};

use super::Tool;

/// The most characters of a text in arguments that must be given, where the tool's schema sets no
/// bound.
///
/// A small model that must call something may write one text without end, and half a call is none. The
/// engine unrolls the bound, which is why it is not larger.
const TEXT_CHARS_MAX: u32 = 1_500;

/// The most entries of a list in arguments that must be given, where the tool's schema sets no bound.
const ENTRIES_MAX: u32 = 50;

/// The schema of one call of one of these tools: its name, then its arguments.
///
/// `bounded` adds bounds where schemas have none. References within a tool's schema lead to where it
/// stands in the whole.
pub(crate) fn of_one_call(tools: &[&Tool], bounded: bool) -> Value {
    let mut definitions = Map::new();
    let mut calls = Vec::new();
    for (n, tool) in tools.iter().enumerate() {
        let key = format!("arguments-{n}");
        let place = format!("#/$defs/{key}");
        let mut arguments = tool.parameters.clone();
        lead_to(&place, &mut arguments);
        if arguments.get("type").is_none() {
            arguments["type"] = json!("object");
        }
        // Without a word about properties, a schema lets everything through; a tool means none.
        if arguments.get("properties").is_none()
            && arguments.get("additionalProperties").is_none()
            && !["$ref", "anyOf", "oneOf", "allOf"]
                .iter()
                .any(|key| arguments.get(*key).is_some())
        {
            arguments["properties"] = json!({});
            arguments["additionalProperties"] = json!(false);
        }
        if bounded {
            bound(&mut arguments);
        }
        definitions.insert(key, arguments);
        calls.push(json!({
            "type": "object",
            "properties": {"name": {"const": tool.name}, "arguments": {"$ref": place}},
            "required": ["name", "arguments"],
            "additionalProperties": false,
        }));
    }
    let mut whole = match calls.len() {
        1 => calls.remove(0),
        _ => json!({"anyOf": calls}),
    };
    whole["$defs"] = Value::Object(definitions);
    whole
}

/// Makes references from the root lead to `place`, where the root will stand.
fn lead_to(place: &str, part: &mut Value) {
    match part {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(path) if name == "$ref" && path.starts_with('#') => {
                        *path = format!("{place}{}", &path[1..]);
                    }
                    other => lead_to(place, other),
                }
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| lead_to(place, part)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Gives texts and lists a bound. Looks only where a schema stands: a `const` is a value.
fn bound(part: &mut Value) {
    let Some(fields) = part.as_object_mut() else {
        return;
    };
    let is = |fields: &Map<String, Value>, kind: &str| match fields.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => false,
    };
    let said = |fields: &Map<String, Value>, names: &[&str]| {
        names.iter().any(|name| fields.contains_key(*name))
    };
    if is(fields, "string") && !said(fields, &["maxLength", "enum", "const", "format", "pattern"]) {
        let least = fields.get("minLength").and_then(Value::as_u64);
        fields.insert(
            "maxLength".into(),
            json!(least.unwrap_or(0).max(TEXT_CHARS_MAX.into())),
        );
    }
    if is(fields, "array") && !said(fields, &["maxItems", "prefixItems"]) {
        let least = fields.get("minItems").and_then(Value::as_u64);
        fields.insert(
            "maxItems".into(),
            json!(least.unwrap_or(0).max(ENTRIES_MAX.into())),
        );
    }
    for name in ["items", "additionalProperties"] {
        if let Some(part) = fields.get_mut(name) {
            bound(part);
        }
    }
    for name in ["properties", "$defs", "definitions"] {
        if let Some(parts) = fields.get_mut(name).and_then(Value::as_object_mut) {
            parts.values_mut().for_each(bound);
        }
    }
    for name in ["anyOf", "oneOf", "allOf", "prefixItems"] {
        if let Some(parts) = fields.get_mut(name).and_then(Value::as_array_mut) {
            parts.iter_mut().for_each(bound);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(parameters: Value) -> Tool {
        Tool {
            name: "f".into(),
            description: String::new(),
            parameters,
        }
    }

    #[test]
    fn references_within_a_tool_lead_into_the_whole() {
        let one = tool(json!({
            "type": "object",
            "properties": {"next": {"$ref": "#"}, "pet": {"$ref": "#/$defs/pet"}},
            "$defs": {"pet": {"type": "string"}},
        }));
        let whole = of_one_call(&[&one, &one], false);
        for n in 0..2 {
            let arguments = &whole["$defs"][format!("arguments-{n}")];
            for (name, tail) in [("next", ""), ("pet", "/$defs/pet")] {
                let path = arguments["properties"][name]["$ref"]
                    .as_str()
                    .expect("a path");
                assert_eq!(path, format!("#/$defs/arguments-{n}{tail}"));
                assert!(
                    whole.pointer(&path[1..]).is_some(),
                    "{path} leads somewhere"
                );
            }
        }
        assert_eq!(whole["anyOf"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn bounds_are_added_only_where_there_are_none_and_never_to_values() {
        let one = tool(json!({"type": "object", "properties": {
            "free": {"type": "string"},
            "long": {"type": "string", "minLength": 1900},
            "short": {"type": ["string", "null"], "maxLength": 3},
            "list": {"type": "array", "items": {"type": "string"}},
            "fixed": {"const": {"type": "string"}},
            "type": {"enum": ["string"]},
        }}));
        let whole = of_one_call(&[&one], true);
        let found = &whole["$defs"]["arguments-0"]["properties"];
        assert_eq!(found["free"]["maxLength"], TEXT_CHARS_MAX);
        assert_eq!(found["long"]["maxLength"], 1900);
        assert_eq!(found["short"]["maxLength"], 3);
        assert_eq!(found["list"]["maxItems"], ENTRIES_MAX);
        assert_eq!(found["list"]["items"]["maxLength"], TEXT_CHARS_MAX);
        assert_eq!(found["fixed"], json!({"const": {"type": "string"}}));
        assert_eq!(found["type"], json!({"enum": ["string"]}));
        let free = of_one_call(&[&one], false);
        assert!(
            !free.to_string().contains("maxItems"),
            "only where it must end"
        );
    }

    #[test]
    fn tool_without_parameters_takes_none() {
        let whole = of_one_call(&[&tool(json!({}))], false);
        let arguments = json!({"type": "object", "properties": {}, "additionalProperties": false});
        assert_eq!(whole["$defs"]["arguments-0"], arguments);
        assert_eq!(whole["properties"]["name"]["const"], "f");
    }
}
