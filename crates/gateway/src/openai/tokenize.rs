//! `POST /v1/tokenize`: the tokens of a text, as a model counts them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use contract::token::Scope;
use serde_json::{Value, json};

use crate::body;
use crate::door::Door;
use crate::fields::{Fields, object};
use crate::guard::ApiCaller;
use crate::problem::Problem;

pub(crate) async fn tokenize(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let bytes = body::read(request.into_body()).await?;
    let body = object(&bytes)?;
    let fields = Fields::of_body(&body);
    // Servers disagree on the name of the field.
    let text = match (fields.text("content")?, fields.text("prompt")?) {
        (Some(text), _) | (None, Some(text)) => text.to_owned(),
        (None, None) => return Err(fields.missing("content")),
    };
    let asked = fields.text("model")?;
    door.let_in(caller, Scope::Chat).await?;
    let model = door.model(asked, caller).await?;
    let tokens = door
        .unless_loading(model.is_embedded(), model.tokenize(text))
        .await?;
    Ok(Json(json!({
        "object": "tokens",
        "model": asked.unwrap_or_else(|| model.name()),
        "count": tokens.len(),
        "tokens": tokens,
    })))
}
