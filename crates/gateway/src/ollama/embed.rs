//! `POST /api/embed` and its older form `POST /api/embeddings`.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use contract::token::Scope;
use serde_json::{Value, json};

use super::{Refused, model};
use crate::body;
use crate::door::Door;
use crate::fields::{Fields, object};
use crate::guard::ApiCaller;
use crate::openai::embeddings::texts;
use crate::problem::Problem;

pub(super) async fn embed(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Json<Value>, Refused> {
    let bytes = body::read(request.into_body()).await?;
    let body = object(&bytes)?;
    let fields = Fields::of_body(&body);
    let texts = texts(&fields)?;
    let name = fields.needed_text("model")?;
    door.let_in(caller, Scope::Embeddings).await?;
    let began = Instant::now();
    let model = model(&door, name, caller).await?;
    let made = door
        .unless_loading(model.is_embedded(), model.embed(texts))
        .await?;
    let took_ns = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    Ok(Json(json!({
        "model": name,
        "embeddings": made.vectors,
        "total_duration": took_ns,
        "prompt_eval_count": made.prompt_tokens,
    })))
}

pub(super) async fn embed_one(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Json<Value>, Refused> {
    let bytes = body::read(request.into_body()).await?;
    let body = object(&bytes)?;
    let fields = Fields::of_body(&body);
    let text = fields.needed_text("prompt")?;
    if text.is_empty() {
        let message = "`prompt` takes a text that is not empty";
        return Err(Problem::invalid("prompt", message).into());
    }
    let name = fields.needed_text("model")?;
    door.let_in(caller, Scope::Embeddings).await?;
    let model = model(&door, name, caller).await?;
    let made = door.unless_loading(model.is_embedded(), model.embed(vec![text.to_owned()]));
    let made = made.await?;
    Ok(Json(json!({"embedding": made.vectors.first()})))
}
