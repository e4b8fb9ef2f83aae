//! The schema of a tool as a model may be shown it: a stranger's JSON, cut down to what is understood.

use serde_json::{Map, Value, json};

/// How deep a schema may go. Arguments of tools are two or three deep.
const DEPTH_MAX: usize = 8;

/// Parts of a schema in all, those that references lead to counted each time.
const PARTS_MAX: usize = 200;

/// Bytes of the whole: a small model reads each of them anew, and the engine makes a grammar of it.
const BYTES_MAX: usize = 6 * 1024;

/// Bytes of the words that explain one field.
const WORDS_BYTES_MAX: usize = 200;

/// The largest of `maxLength`, `maxItems` and their like; the engine unrolls them.
const REPETITIONS_MAX: u64 = 1_000;

/// The most values that one field may be chosen from.
const CHOICES_MAX: usize = 100;

/// What a model is shown of a schema: types, fields, choices and lengths. Patterns, formats and conditions
/// are left out: the server checks its arguments itself, and a grammar made of a stranger's pattern may take
/// years to read. `None` where it is no schema of an object, or too large even so.
#[must_use]
pub fn for_model(schema: &Value) -> Option<Value> {
    let fields = schema.as_object()?;
    if fields.get("type").is_some_and(|kind| kind != "object") {
        return None;
    }
    let mut reader = Reader {
        root: schema,
        left: PARTS_MAX,
    };
    let mut made = reader.part(schema, DEPTH_MAX)?;
    made["type"] = json!("object");
    if !made["properties"].is_object() {
        made["properties"] = json!({});
    }
    (made.to_string().len() <= BYTES_MAX).then_some(made)
}

struct Reader<'a> {
    root: &'a Value,
    left: usize,
}

impl Reader<'_> {
    fn part(&mut self, schema: &Value, depth: usize) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        let depth = depth.checked_sub(1)?;
        let Some(fields) = schema.as_object() else {
            // `true` and `false` are schemas too; the second takes nothing, so it is no field for a model.
            return (schema == &Value::Bool(true)).then(|| json!({}));
        };
        if let Some(place) = fields.get("$ref").and_then(Value::as_str) {
            let there = self.root.pointer(place.strip_prefix('#')?)?.clone();
            return self.part(&there, depth);
        }
        let mut made = Map::new();
        self.plain(fields, &mut made);
        if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
            let mut kept = Map::new();
            for (name, property) in properties {
                kept.insert(name.clone(), self.part(property, depth)?);
            }
            made.insert("properties".to_owned(), Value::Object(kept));
        }
        if let Some(required) = fields.get("required").and_then(Value::as_array) {
            let names = required.iter().filter(|name| {
                let properties = made.get("properties");
                name.as_str()
                    .is_some_and(|name| properties.and_then(|all| all.get(name)).is_some())
            });
            let names: Vec<Value> = names.cloned().collect();
            made.insert("required".to_owned(), Value::Array(names));
        }
        if let Some(items) = fields.get("items").filter(|items| items.is_object()) {
            made.insert("items".to_owned(), self.part(items, depth)?);
        }
        for name in ["anyOf", "oneOf"] {
            if let Some(parts) = fields.get(name).and_then(Value::as_array) {
                let parts = parts.iter().map(|part| self.part(part, depth));
                let parts: Option<Vec<Value>> = parts.collect();
                made.insert("anyOf".to_owned(), Value::Array(parts?));
            }
        }
        Some(Value::Object(made))
    }

    /// What is a value and no schema.
    fn plain(&self, fields: &Map<String, Value>, made: &mut Map<String, Value>) {
        let is_kind = |kind: &Value| {
            let known = [
                "string", "number", "integer", "boolean", "object", "array", "null",
            ];
            kind.as_str().is_some_and(|kind| known.contains(&kind))
        };
        match fields.get("type") {
            Some(Value::Array(kinds)) if !kinds.is_empty() && kinds.iter().all(is_kind) => {
                made.insert("type".to_owned(), Value::Array(kinds.clone()));
            }
            Some(kind) if is_kind(kind) => {
                made.insert("type".to_owned(), kind.clone());
            }
            Some(_) | None => {}
        }
        if let Some(words) = fields.get("description").and_then(Value::as_str) {
            let words = crate::html::one_line(words);
            let end = words.floor_char_boundary(WORDS_BYTES_MAX);
            made.insert("description".to_owned(), Value::from(&words[..end]));
        }
        let is_simple = |value: &Value| !value.is_array() && !value.is_object();
        if let Some(choices) = fields.get("enum").and_then(Value::as_array)
            && (1..=CHOICES_MAX).contains(&choices.len())
            && choices.iter().all(is_simple)
        {
            made.insert("enum".to_owned(), Value::Array(choices.clone()));
        }
        if let Some(value) = fields.get("const").filter(|value| is_simple(value)) {
            made.insert("enum".to_owned(), json!([value]));
        }
        for name in ["minimum", "maximum"] {
            if let Some(bound) = fields.get(name).filter(|bound| bound.is_i64()) {
                made.insert(name.to_owned(), bound.clone());
            }
        }
        for name in ["minLength", "maxLength", "minItems", "maxItems"] {
            let bound = fields.get(name).and_then(Value::as_u64);
            if let Some(bound) = bound.filter(|bound| *bound <= REPETITIONS_MAX) {
                made.insert(name.to_owned(), json!(bound));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_needs_is_kept_and_what_harms_is_left_out() {
        let schema = json!({
            "type": "object",
            "title": "Arguments",
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "properties": {
                "city": {"type": "string", "pattern": "^(a+)+$", "format": "city", "maxLength": 80,
                         "description": "Which\n city", "default": "Ulm"},
                "unit": {"anyOf": [{"enum": ["metric", "imperial"]}, {"type": "null"}]},
                "place": {"$ref": "#/$defs/Place"},
                "huge": {"type": "string", "maxLength": 4_000_000_000_u64},
            },
            "required": ["city", "nothing"],
            "$defs": {"Place": {"type": "object", "properties": {"x": {"type": "number"}}}},
        });
        let shown = for_model(&schema).expect("it is a good one");
        assert_eq!(
            shown,
            json!({
                "type": "object",
                "properties": {
                    "city": {"type": "string", "maxLength": 80, "description": "Which city"},
                    "unit": {"anyOf": [{"enum": ["metric", "imperial"]}, {"type": "null"}]},
                    "place": {"type": "object", "properties": {"x": {"type": "number"}}},
                    "huge": {"type": "string"},
                },
                "required": ["city"],
            })
        );
        assert_eq!(
            for_model(&json!({})),
            Some(json!({"type": "object", "properties": {}}))
        );
    }

    #[test]
    fn schemas_without_end_and_those_of_something_else_are_refused() {
        let circle = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        let mut deep = json!({"type": "string"});
        for _ in 0..DEPTH_MAX {
            deep = json!({"type": "object", "properties": {"a": deep}});
        }
        let wide: Map<String, Value> = (0..PARTS_MAX)
            .map(|number| (number.to_string(), json!({})))
            .collect();
        let wordy: Map<String, Value> = (0..100)
            .map(|number| (number.to_string(), json!({"description": "a".repeat(150)})))
            .collect();
        // Each level doubles the one below it.
        let mut bomb = Map::new();
        for number in 0..20 {
            let next = json!({"$ref": format!("#/$defs/{}", number + 1)});
            let both = json!({"type": "object", "properties": {"a": next, "b": next}});
            bomb.insert(number.to_string(), both);
        }
        for schema in [
            circle,
            deep,
            json!({"properties": wide}),
            json!({"properties": wordy}),
            json!({"$ref": "#/$defs/0", "$defs": bomb}),
            json!({"type": "string"}),
            json!({"$ref": "https://example.org/schema"}),
            json!([]),
            json!(null),
        ] {
            assert_eq!(for_model(&schema), None, "{schema}");
        }
    }
}
