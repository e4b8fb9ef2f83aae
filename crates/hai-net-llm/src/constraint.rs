//! Turns the asked shape of an answer into a grammar, and checks tokens against it.
//!
//! Grammars and schemas come from strangers and are parsed by recursive code written in C++. What
//! could exhaust its stack or its memory is refused before.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use serde_json::Value;
use wire::engine::{Constraint, EngineFault};

use crate::{STACK_BYTES, calls, logs};

/// The longest schema or grammar; hand-written ones have a few thousand bytes.
const CONSTRAINT_BYTES_MAX: usize = 128 * 1024;

/// The most opening brackets in a grammar, which bounds how deep its parser recurses.
const BRACKETS_MAX: usize = 2000;

/// The most references that lead to a reference. Longer chains are circles, and llama.cpp would follow
/// them for ever.
const REFERENCE_HOPS_MAX: usize = 16;

/// The most that one `minLength`, `maxItems` and the like may ask for; llama.cpp unrolls them.
const REPETITIONS_MAX: u64 = 2000;

/// How long reading a grammar may take. Large ones take a few milliseconds.
const PARSE_PATIENCE: Duration = Duration::from_secs(2);

static WORN_OUT: AtomicBool = AtomicBool::new(false);

/// The name of the rule that an answer starts with.
const ROOT: &str = "root";

/// A grammar and how far an answer has come in it.
pub(crate) struct Grammar {
    sampler: LlamaSampler,
    /// For each token, whether it steers the conversation instead of being text.
    steering: Arc<[bool]>,
}

impl Grammar {
    /// Reads the asked shape.
    pub(crate) fn new(
        model: &Arc<LlamaModel>,
        steering: &Arc<[bool]>,
        constraint: &Constraint,
    ) -> Result<Self, EngineFault> {
        let grammar = match constraint {
            Constraint::JsonObject => from_schema(r#"{"type":"object"}"#)?,
            Constraint::JsonSchema(schema) => from_schema(schema)?,
            Constraint::Grammar(grammar) => {
                check_grammar(grammar)?;
                grammar.clone()
            }
            Constraint::Calls(shape) => calls::grammar(shape, &from_schema(&shape.schema)?),
        };
        let sampler = parse(model, grammar)?;
        Ok(Self {
            sampler,
            steering: Arc::clone(steering),
        })
    }

    /// Whether this token may come next.
    pub(crate) fn allows(&mut self, token: i32) -> bool {
        !self.fitting(&[(token, 0.0)]).is_empty()
    }

    /// Those of the candidates that may come next.
    pub(crate) fn fitting(&mut self, candidates: &[(i32, f32)]) -> Vec<(i32, f32)> {
        let steers = |token: i32| {
            usize::try_from(token)
                .ok()
                .and_then(|at| self.steering.get(at))
                .copied()
                .unwrap_or(true)
        };
        let data = candidates
            .iter()
            .filter(|(token, _)| !steers(*token))
            .map(|&(token, logit)| LlamaTokenData::new(LlamaToken(token), logit, 0.0));
        let mut array = LlamaTokenDataArray::from_iter(data, false);
        if !array.data.is_empty() {
            array.apply_sampler(&mut self.sampler);
        }
        let fits = |data: &&LlamaTokenData| data.logit() > f32::NEG_INFINITY;
        array
            .data
            .iter()
            .filter(fits)
            .map(|data| (data.id().0, data.logit()))
            .collect()
    }

    /// Goes on behind this token. `false`: it did not fit. Not to be called with an ending token.
    pub(crate) fn accept(&mut self, token: i32) -> bool {
        logs::in_private(|| self.sampler.try_accept(LlamaToken(token))).is_ok()
    }
}

/// Whether a parser is stuck in a grammar. It cannot be stopped, so the process should end when it can.
pub(crate) fn is_worn_out() -> bool {
    WORN_OUT.load(Ordering::Relaxed)
}

/// Parses on another thread: for some grammars of a few lines llama.cpp needs years.
fn parse(model: &Arc<LlamaModel>, grammar: String) -> Result<LlamaSampler, EngineFault> {
    let (sender, parsed) = mpsc::sync_channel(1);
    let model = Arc::clone(model);
    let thread = std::thread::Builder::new()
        .name("grammar".into())
        .stack_size(STACK_BYTES);
    let started = thread.spawn(move || {
        let sampler = logs::in_private(|| LlamaSampler::grammar(&model, &grammar, ROOT));
        // Nobody listens when it took too long.
        let _ = sender.send(sampler);
    });
    started.map_err(|error| EngineFault::Failed {
        reason: error.to_string(),
    })?;
    match parsed.recv_timeout(PARSE_PATIENCE) {
        Ok(Ok(sampler)) => Ok(sampler),
        Ok(Err(_)) => Err(bad(
            "the grammar has an error, repeats itself without end, or has no rule `root`",
        )),
        Err(_) => {
            WORN_OUT.store(true, Ordering::Relaxed);
            Err(bad("the grammar is too complicated"))
        }
    }
}

fn from_schema(schema: &str) -> Result<String, EngineFault> {
    let root = check_schema(schema)?;
    // The schema `true` takes every value, as `{}` does, which is the spelling that llama.cpp knows.
    let schema = if root == Value::Bool(true) {
        "{}"
    } else {
        schema
    };
    let grammar = logs::in_private(|| llama_cpp_2::json_schema_to_grammar(schema))
        .map_err(|_| bad("the JSON schema uses something that cannot be followed"))?;
    if grammar.len() > 8 * CONSTRAINT_BYTES_MAX {
        return Err(bad("the JSON schema is too complicated"));
    }
    Ok(grammar)
}

fn check_grammar(grammar: &str) -> Result<(), EngineFault> {
    if grammar.len() > CONSTRAINT_BYTES_MAX {
        return Err(bad("the grammar is too long"));
    }
    if grammar.contains('\0') {
        return Err(bad("the grammar holds a zero character"));
    }
    if grammar.matches('(').count() > BRACKETS_MAX {
        return Err(bad("the grammar has too many brackets"));
    }
    Ok(())
}

fn check_schema(schema: &str) -> Result<Value, EngineFault> {
    if schema.len() > CONSTRAINT_BYTES_MAX {
        return Err(bad("the JSON schema is too long"));
    }
    // serde_json refuses nesting deeper than 128 by itself.
    let root: Value = serde_json::from_str(schema)
        .map_err(|error| bad(&format!("the JSON schema is no JSON: {error}")))?;
    if !root.is_object() && !root.is_boolean() {
        return Err(bad("a JSON schema is an object"));
    }
    check_part(&root, &root)?;
    Ok(root)
}

fn check_part(part: &Value, root: &Value) -> Result<(), EngineFault> {
    match part {
        Value::Object(fields) => {
            for (name, value) in fields {
                let repeats = matches!(
                    name.as_str(),
                    "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
                );
                if repeats && value.as_u64().is_some_and(|times| times > REPETITIONS_MAX) {
                    return Err(bad(&format!("`{name}` of the JSON schema is too large")));
                }
                // llama.cpp passes over any other pattern, and the answer would not be valid.
                let is_whole = |text: &str| text.starts_with('^') && text.ends_with('$');
                if name == "pattern" && value.as_str().is_some_and(|text| !is_whole(text)) {
                    return Err(bad(
                        "a `pattern` of the JSON schema must begin with ^ and end with $",
                    ));
                }
                check_part(value, root)?;
            }
            check_reference(part, root)
        }
        Value::Array(parts) => parts.iter().try_for_each(|part| check_part(part, root)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Refuses references that lead nowhere, out of the schema, or in a circle without content.
fn check_reference(part: &Value, root: &Value) -> Result<(), EngineFault> {
    let mut at = part;
    for _ in 0..REFERENCE_HOPS_MAX {
        let Some(reference) = at.get("$ref") else {
            return Ok(());
        };
        let path = reference.as_str().and_then(|text| text.strip_prefix('#'));
        let path = path.ok_or_else(|| bad("a `$ref` of the JSON schema leads outside"))?;
        at = root
            .pointer(path)
            .ok_or_else(|| bad("a `$ref` of the JSON schema leads nowhere"))?;
    }
    Err(bad("a `$ref` of the JSON schema leads back to itself"))
}

fn bad(reason: &str) -> EngineFault {
    EngineFault::BadConstraint {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn useful_schemas_become_grammars() {
        for schema in [
            r#"{"type":"object"}"#,
            r#"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}"#,
            r##"{"$ref":"#/$defs/n","$defs":{"n":{"type":"object",
                "properties":{"next":{"$ref":"#/$defs/n"}}}}}"##,
            r#"{"enum":["x","y"]}"#,
            r#"true"#,
        ] {
            let grammar = from_schema(schema).unwrap_or_else(|e| panic!("{schema}: {e}"));
            assert!(grammar.contains("root ::="), "{schema} gave {grammar}");
        }
    }

    #[test]
    fn hostile_schemas_are_refused_and_do_not_end_the_process() {
        let deep = format!(
            "{}{}",
            r#"{"not":"#.repeat(3000),
            "{}".to_owned() + &"}".repeat(3000)
        );
        let circle = r##"{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"$ref":"#/$defs/a"}}}"##;
        let two = r##"{"allOf":[{"$ref":"#/$defs/a"}],
            "$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}"##;
        let long = format!(r#"{{"type":"string","minLength":{}}}"#, u64::MAX);
        for schema in [
            "",
            "{",
            "[]",
            "1",
            "\"x\"",
            &deep,
            circle,
            two,
            &long,
            r##"{"$ref":"#/nowhere"}"##,
            r#"{"$ref":"https://example.org/schema"}"#,
            r#"{"type":"string","pattern":"(((("}"#,
            r#"{"type":"nonsense"}"#,
        ] {
            let head: String = schema.chars().take(60).collect();
            assert!(from_schema(schema).is_err(), "{head} was accepted");
        }
    }

    #[test]
    fn grammars_that_could_exhaust_the_parser_are_refused() {
        for grammar in [
            "root ::= ".to_owned() + &"(".repeat(100_000),
            "x".repeat(1 << 20),
        ] {
            assert!(check_grammar(&grammar).is_err());
        }
        assert!(check_grammar("root ::= \"a\"\0").is_err());
    }
}
