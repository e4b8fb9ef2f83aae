//! Reads the fields of a JSON object, so that an error names the field that is wrong.
//!
//! A field that is `null` counts as absent, and fields that nobody asks for are passed over: both are
//! what clients of the OpenAI API rely on.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::body;
use crate::problem::Problem;

/// The most characters of a given value that an error repeats.
const SHOWN_CHARS_MAX: usize = 40;

/// Reads a body that must be one JSON object.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    let malformed = |why: String| {
        let message = format!("the body is not valid JSON: {why}");
        Problem::new(axum::http::StatusCode::BAD_REQUEST, message).code("malformed_json")
    };
    match body::parse(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(malformed("an object is needed".to_owned())),
        // The message of serde_json says where, and never repeats what was sent.
        Err(error) => Err(malformed(error.to_string())),
    }
}

/// The fields of an object that stands at `path` in the body.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The fields of the body.
    pub(crate) fn of_body(map: &'a Map<String, Value>) -> Self {
        Self {
            map,
            path: String::new(),
        }
    }

    /// The fields of a value that must be an object.
    pub(crate) fn of(value: &'a Value, path: impl Into<String>) -> Result<Self, Problem> {
        let path = path.into();
        match value.as_object() {
            Some(map) => Ok(Self { map, path }),
            None => Err(misfit(path, "an object", value)),
        }
    }

    /// The path of a field, for errors.
    pub(crate) fn at(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// A field as it is.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    fn read<T>(
        &self,
        name: &str,
        takes: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(read) => Ok(Some(read)),
                None => Err(misfit(self.at(name), takes, value)),
            },
        }
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Problem> {
        self.read(name, "a string", Value::as_str)
    }

    /// A text that must be there.
    pub(crate) fn needed_text(&self, name: &str) -> Result<&'a str, Problem> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// `true` or `false`.
    pub(crate) fn switch(&self, name: &str) -> Result<Option<bool>, Problem> {
        self.read(name, "true or false", Value::as_bool)
    }

    /// A number in a range.
    pub(crate) fn number(
        &self,
        name: &str,
        range: RangeInclusive<f32>,
    ) -> Result<Option<f32>, Problem> {
        let takes = format!("a number from {} to {}", range.start(), range.end());
        self.read(name, &takes, |value| number_in(value, &range))
    }

    /// A whole number in a range. `2.0` counts as one: some clients know no other numbers.
    pub(crate) fn integer(
        &self,
        name: &str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, Problem> {
        let takes = format!("a whole number from {} to {}", range.start(), range.end());
        self.read(name, &takes, |value| {
            whole(value)
                .and_then(|number| u32::try_from(number).ok())
                .filter(|number| range.contains(number))
        })
    }

    /// Any whole number of 64 bits.
    pub(crate) fn long(&self, name: &str) -> Result<Option<i64>, Problem> {
        self.read(name, "a whole number", whole)
    }

    /// A list.
    pub(crate) fn list(&self, name: &str) -> Result<Option<&'a [Value]>, Problem> {
        self.read(name, "a list", |value| value.as_array().map(Vec::as_slice))
    }

    /// An object.
    pub(crate) fn fields(&self, name: &str) -> Result<Option<Self>, Problem> {
        self.value(name)
            .map(|value| Self::of(value, self.at(name)))
            .transpose()
    }

    /// All fields with their names.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.map.iter()
    }

    /// The error that a field is not there.
    pub(crate) fn missing(&self, name: &str) -> Problem {
        let at = self.at(name);
        let message = format!("`{at}` is missing");
        Problem::invalid(at, message).code("missing_required_parameter")
    }
}

/// The error that a value is not what its field takes.
pub(crate) fn misfit(at: impl Into<String>, takes: &str, given: &Value) -> Problem {
    let at = at.into();
    let shown = match given {
        Value::Null | Value::Bool(_) | Value::Number(_) => given.to_string(),
        // What a person wrote does not belong into errors, which end up in logs.
        Value::String(text) if text.chars().count() <= SHOWN_CHARS_MAX => format!("{text:?}"),
        Value::String(_) => "a long string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    let message = format!("`{at}` takes {takes}, not {shown}");
    Problem::invalid(at, message).code("invalid_value")
}

/// A finite number in a range.
#[expect(
    clippy::cast_possible_truncation,
    reason = "sampling computes with 32 bits"
)]
pub(crate) fn number_in(value: &Value, range: &RangeInclusive<f32>) -> Option<f32> {
    value
        .as_f64()
        .map(|number| number as f32)
        .filter(|number| range.contains(number))
}

fn whole(value: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and small"
    )]
    let rounded = |number: f64| number as i64;
    value.as_i64().or_else(|| {
        // 2^53: above it, not every whole number can be written as one with decimals.
        let small = |number: &f64| number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
        value.as_f64().filter(small).map(rounded)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn error_names_the_field_and_what_it_takes() {
        let body = map(&json!({"temperature": 3, "n": 1.5, "stop": {}, "long": "x".repeat(99)}));
        let fields = Fields::of_body(&body);
        let message = |problem: Problem| problem.object()["error"]["message"].to_string();
        assert_eq!(
            message(
                fields
                    .number("temperature", 0.0..=2.0)
                    .expect_err("too hot")
            ),
            r#""`temperature` takes a number from 0 to 2, not 3""#
        );
        let problem = fields.integer("n", 1..=8).expect_err("not whole");
        assert_eq!(problem.object()["error"]["param"], "n");
        assert!(message(fields.list("long").expect_err("a text")).contains("not a long string"));
    }

    #[test]
    fn null_counts_as_absent_and_whole_decimals_as_whole() {
        let body = map(&json!({"a": null, "n": 2.0}));
        let fields = Fields::of_body(&body);
        assert_eq!(fields.text("a"), Ok(None));
        assert_eq!(fields.integer("n", 1..=8), Ok(Some(2)));
    }

    #[test]
    fn malformed_json_says_where() {
        let problem = object(b"{\"model\": \n  nope}").expect_err("not JSON");
        let text = problem.object()["error"]["message"].to_string();
        assert!(text.contains("line 2 column"), "{text}");
        assert!(object(b"[]").is_err(), "a list is no object");
        assert!(
            object("[".repeat(10_000).as_bytes()).is_err(),
            "depth is bounded"
        );
    }
}
