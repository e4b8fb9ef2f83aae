//! The fields that chat and text completions share: how the next token is picked, and when to stop.

use std::collections::BTreeMap;

use llm::{Constraint, Generation, Overflow, Prompt, Sampling};
use serde_json::Value;

use crate::fields::{Fields, misfit, number_in};
use crate::problem::Problem;

/// The most choices of one request: twice the answers that are written at once by default.
pub(crate) const CHOICES_MAX: u32 = 8;

/// The most stop texts. The OpenAI API takes 4; clients made for other servers send more.
pub(crate) const STOPS_MAX: usize = 16;

/// The most characters of a stop text: it is looked for after every token.
const STOP_CHARS_MAX: usize = 1_000;

/// The most entries of `logit_bias`.
const BIASES_MAX: usize = 1_024;

/// The most characters of a grammar or schema.
const CONSTRAINT_CHARS_MAX: usize = 256 * 1024;

/// The largest `top_k`; vocabularies have a few hundred thousand tokens.
pub(crate) const TOP_K_MAX: u32 = 1_000_000;

/// Reads `temperature`, `top_p` and so on.
pub(crate) fn sampling(fields: &Fields<'_>) -> Result<Sampling, Problem> {
    let usual = Sampling::default();
    Ok(Sampling {
        temperature: fields
            .number("temperature", 0.0..=2.0)?
            .unwrap_or(usual.temperature),
        top_p: fields.number("top_p", 0.0..=1.0)?.unwrap_or(usual.top_p),
        top_k: fields
            .integer("top_k", 0..=TOP_K_MAX)?
            .unwrap_or(usual.top_k),
        min_p: fields.number("min_p", 0.0..=1.0)?.unwrap_or(usual.min_p),
        repeat_penalty: fields
            .number("repeat_penalty", 0.1..=2.0)?
            .unwrap_or(usual.repeat_penalty),
        frequency_penalty: fields
            .number("frequency_penalty", -2.0..=2.0)?
            .unwrap_or_default(),
        presence_penalty: fields
            .number("presence_penalty", -2.0..=2.0)?
            .unwrap_or_default(),
        seed: fields.long("seed")?.map(folded),
        logit_bias: logit_bias(fields)?,
    })
}

/// The engine's seeds have 32 bits, the API's 64: fold, so that different seeds stay different mostly.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both halves are used"
)]
pub(crate) fn folded(seed: i64) -> u32 {
    let bits = seed as u64;
    (bits ^ (bits >> 32)) as u32
}

fn logit_bias(fields: &Fields<'_>) -> Result<BTreeMap<i32, f32>, Problem> {
    let Some(entries) = fields.fields("logit_bias")? else {
        return Ok(BTreeMap::new());
    };
    let mut biases = BTreeMap::new();
    for (token, bias) in entries.entries() {
        let at = entries.at(token);
        let id = token
            .parse::<i32>()
            .ok()
            .filter(|id| *id >= 0)
            .ok_or_else(|| {
                Problem::invalid(
                    at.clone(),
                    format!("`{at}`: names of entries are numbers of tokens"),
                )
            })?;
        let takes = "a number from -100 to 100";
        let bias = number_in(bias, &(-100.0..=100.0)).ok_or_else(|| misfit(at, takes, bias))?;
        biases.insert(id, bias);
        if biases.len() > BIASES_MAX {
            let message = format!("`logit_bias` takes at most {BIASES_MAX} entries");
            return Err(Problem::invalid("logit_bias", message));
        }
    }
    Ok(biases)
}

/// Reads `stop`: a text or a list of texts.
pub(crate) fn stop(fields: &Fields<'_>) -> Result<Vec<String>, Problem> {
    let texts = match fields.value("stop") {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => list
            .iter()
            .enumerate()
            .map(|(n, text)| match text.as_str() {
                Some(text) => Ok(text.to_owned()),
                None => Err(misfit(format!("stop[{n}]"), "a string", text)),
            })
            .collect::<Result<_, _>>()?,
        Some(other) => return Err(misfit("stop", "a string or a list of strings", other)),
    };
    let fits = |text: &String| !text.is_empty() && text.chars().count() <= STOP_CHARS_MAX;
    if texts.len() > STOPS_MAX || !texts.iter().all(fits) {
        let message = format!(
            "`stop` takes at most {STOPS_MAX} texts of 1 to {STOP_CHARS_MAX} characters each"
        );
        return Err(Problem::invalid("stop", message));
    }
    Ok(texts)
}

/// Reads `response_format` and the extension `grammar`.
pub(crate) fn constraint(fields: &Fields<'_>) -> Result<Option<Constraint>, Problem> {
    let format = match fields.fields("response_format")? {
        None => None,
        Some(format) => response_format(&format)?,
    };
    let grammar = fields
        .text("grammar")?
        .map(|text| Constraint::Grammar(text.to_owned()));
    let constraint = match (format, grammar) {
        (Some(_), Some(_)) => {
            let message = "`grammar` and `response_format` cannot be given together";
            return Err(Problem::invalid("grammar", message));
        }
        (format, grammar) => format.or(grammar),
    };
    if let Some(Constraint::Grammar(text)) = &constraint
        && text.len() > CONSTRAINT_CHARS_MAX
    {
        return Err(too_long("grammar"));
    }
    Ok(constraint)
}

fn response_format(format: &Fields<'_>) -> Result<Option<Constraint>, Problem> {
    let described = format.fields("json_schema")?;
    match (format.needed_text("type")?, described) {
        ("json_schema", None) => Err(format.missing("json_schema")),
        (_, described) => format_constraint(format, described.as_ref().unwrap_or(format)),
    }
}

/// Reads a format whose type stands in `format` and whose schema in `described`.
pub(crate) fn format_constraint(
    format: &Fields<'_>,
    described: &Fields<'_>,
) -> Result<Option<Constraint>, Problem> {
    match format.needed_text("type")? {
        "text" => Ok(None),
        "json_object" => Ok(Some(Constraint::JsonObject)),
        "json_schema" => {
            described.text("name")?;
            described.switch("strict")?;
            match described.value("schema") {
                // A schema that says nothing lets any object through, as in the OpenAI API.
                None => Ok(Some(Constraint::JsonObject)),
                Some(schema @ Value::Object(_)) => {
                    let schema = schema.to_string();
                    if schema.len() > CONSTRAINT_CHARS_MAX {
                        return Err(too_long(described.at("schema")));
                    }
                    Ok(Some(Constraint::JsonSchema(schema)))
                }
                Some(other) => Err(misfit(described.at("schema"), "an object", other)),
            }
        }
        _ => {
            let message = "a format has the type text, json_object or json_schema";
            Err(Problem::invalid(format.at("type"), message).code("invalid_value"))
        }
    }
}

fn too_long(at: impl Into<String>) -> Problem {
    let message = format!("a schema or grammar takes at most {CONSTRAINT_CHARS_MAX} bytes");
    Problem::invalid(at, message)
}

/// One generation a choice. With a seed each choice gets its own, made from it.
pub(crate) fn choices(one: &Generation, count: u32) -> Vec<Generation> {
    (0..count)
        .map(|n| {
            let mut choice = one.clone();
            choice.sampling.seed = one.sampling.seed.map(|seed| seed.wrapping_add(n));
            choice
        })
        .collect()
}

/// A generation of a prompt with everything else plain.
pub(crate) fn generation(prompt: Prompt, sampling: Sampling) -> Generation {
    Generation {
        prompt,
        sampling,
        constraint: None,
        tokens_max: None,
        stop: Vec::new(),
        logprobs: None,
        // A client of the API keeps its own history: it must hear that the end is missing.
        overflow: Overflow::Stop,
        holds_private: false,
        is_whole: false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fields::object;

    fn with<T>(value: &Value, read: impl Fn(&Fields<'_>) -> T) -> T {
        let map = object(value.to_string().as_bytes()).expect("an object");
        read(&Fields::of_body(&map))
    }

    #[test]
    fn value_out_of_range_is_refused_under_its_name() {
        for (field, value) in [
            ("temperature", json!(2.1)),
            ("temperature", json!("hot")),
            ("top_p", json!(-0.1)),
            ("presence_penalty", json!(2.5)),
            ("frequency_penalty", json!(-2.5)),
            ("seed", json!(1.5)),
            ("top_k", json!(-1)),
            ("min_p", json!(2)),
            ("repeat_penalty", json!(0)),
        ] {
            let problem = with(&json!({ field: value }), sampling).expect_err(field);
            assert_eq!(problem.object()["error"]["param"], field);
            assert_eq!(problem.status.as_u16(), 400);
        }
    }

    #[test]
    fn logit_bias_is_read_by_token_and_bounded() {
        let read = with(&json!({"logit_bias": {"7": -100, "9": 1.5}}), sampling).expect("fine");
        assert_eq!(read.logit_bias, BTreeMap::from([(7, -100.0), (9, 1.5)]));
        for wrong in [
            json!({"x": 1}),
            json!({"-1": 1}),
            json!({"7": 101}),
            json!([7]),
        ] {
            with(&json!({"logit_bias": wrong}), sampling).expect_err("wrong");
        }
    }

    #[test]
    fn stop_takes_a_text_or_up_to_sixteen() {
        assert_eq!(
            with(&json!({"stop": "\n"}), stop),
            Ok(vec!["\n".to_owned()])
        );
        assert_eq!(with(&json!({"stop": null}), stop), Ok(vec![]));
        assert!(with(&json!({"stop": vec!["x"; 16]}), stop).is_ok());
        for wrong in [json!(vec!["x"; 17]), json!([""]), json!([1]), json!(5)] {
            with(&json!({"stop": wrong}), stop).expect_err("wrong");
        }
    }

    #[test]
    fn schema_reaches_the_engine_as_it_was_written() {
        let schema = json!({"type": "object", "properties": {"b": {}, "a": {}}});
        let format = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}});
        let read = with(&json!({"response_format": format}), constraint).expect("fine");
        assert_eq!(read, Some(Constraint::JsonSchema(schema.to_string())));
        for wrong in [
            json!({"type": "xml"}),
            json!({}),
            json!("json"),
            json!({"type": "json_schema"}),
            json!({"type": "json_schema", "json_schema": {"schema": 5}}),
        ] {
            with(&json!({"response_format": wrong}), constraint).expect_err("wrong");
        }
        let both = json!({"grammar": "root ::= \"x\"", "response_format": {"type": "json_object"}});
        with(&both, constraint).expect_err("one answer cannot follow two grammars");
    }

    #[test]
    fn choices_of_one_seed_differ_and_repeat() {
        let one = generation(
            Prompt::Text("x".into()),
            Sampling {
                seed: Some(5),
                ..Default::default()
            },
        );
        let seeds = |list: Vec<Generation>| -> Vec<_> {
            list.iter().map(|choice| choice.sampling.seed).collect()
        };
        assert_eq!(seeds(choices(&one, 3)), [Some(5), Some(6), Some(7)]);
    }
}
