//! `POST /v1/embeddings`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::token::Scope;
use serde_json::{Value, json};

use crate::body;
use crate::door::Door;
use crate::fields::{Fields, misfit, object};
use crate::guard::ApiCaller;
use crate::problem::Problem;

/// The most texts of one request, as in the OpenAI API.
const TEXTS_MAX: usize = 2_048;

pub(crate) async fn embed(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let bytes = body::read(request.into_body()).await?;
    let body = object(&bytes)?;
    let fields = Fields::of_body(&body);
    let texts = texts(&fields)?;
    let base64 = match fields.text("encoding_format")? {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => {
            let message = "`encoding_format` takes float or base64";
            return Err(Problem::invalid("encoding_format", message).code("invalid_value"));
        }
    };
    let dimensions = fields.integer("dimensions", 1..=u32::MAX)?;
    let asked = fields.text("model")?;
    door.let_in(caller, Scope::Embeddings).await?;
    let model = door.model(asked, caller).await?;
    let embeddings = door
        .unless_loading(model.is_embedded(), model.embed(texts))
        .await?;
    if let (Some(wanted), Some(vector)) = (dimensions, embeddings.vectors.first())
        && wanted as usize != vector.len()
    {
        let message = format!(
            "vectors of this model have {} dimensions, no others",
            vector.len()
        );
        return Err(Problem::invalid("dimensions", message).code("unsupported"));
    }
    let data: Vec<Value> = embeddings
        .vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| {
            json!({"object": "embedding", "index": index, "embedding": written(vector, base64)})
        })
        .collect();
    Ok(Json(json!({
        "object": "list",
        "data": data,
        "model": asked.unwrap_or_else(|| model.name()),
        "usage": {
            "prompt_tokens": embeddings.prompt_tokens,
            "total_tokens": embeddings.prompt_tokens,
        },
        "hai_net": {
            "served_by": model.runs_on(),
            "backend": model.backend(),
            "route": model.route(),
        },
    })))
}

/// Reads `input`: a text, or a list of texts.
pub(crate) fn texts(fields: &Fields<'_>) -> Result<Vec<String>, Problem> {
    let takes = "a string or a list of strings";
    let texts: Vec<String> = match fields.value("input") {
        None => return Err(fields.missing("input")),
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => list
            .iter()
            .enumerate()
            .map(|(n, entry)| match entry {
                Value::String(text) => Ok(text.clone()),
                // Clients that send numbers count them in the vocabulary of OpenAI's own models.
                // Vectors of another vocabulary's tokens would be wrong without anyone noticing.
                Value::Number(_) | Value::Array(_) => {
                    Err(Problem::unsupported("input", "tokens instead of text are"))
                }
                other => Err(misfit(format!("input[{n}]"), takes, other)),
            })
            .collect::<Result<_, _>>()?,
        Some(other) => return Err(misfit("input", takes, other)),
    };
    if texts.is_empty() || texts.len() > TEXTS_MAX || texts.iter().any(String::is_empty) {
        let message = format!("`input` takes 1 to {TEXTS_MAX} texts, none of them empty");
        return Err(Problem::invalid("input", message));
    }
    Ok(texts)
}

/// A vector as numbers, or as base64 of its little-endian 32-bit floats.
fn written(vector: &[f32], base64: bool) -> Value {
    if base64 {
        let bytes: Vec<u8> = vector
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        json!(STANDARD.encode(bytes))
    } else {
        json!(vector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vector_in_base64_is_little_endian_floats() {
        assert_eq!(written(&[1.0, -2.0], true), json!("AACAPwAAAMA="));
        assert_eq!(written(&[0.5], false), json!([0.5]));
    }

    #[test]
    fn input_of_tokens_is_refused_with_a_code_and_empty_text_too() {
        for input in [
            json!([1, 2]),
            json!([[1]]),
            json!([]),
            json!([""]),
            json!(""),
            json!(5),
        ] {
            let body = json!({ "input": input });
            let fields = Fields::of_body(body.as_object().expect("an object"));
            assert_eq!(
                texts(&fields).expect_err("refused").status.as_u16(),
                400,
                "{input}"
            );
        }
    }
}
