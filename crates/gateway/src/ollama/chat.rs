//! `POST /api/chat` and `POST /api/generate`.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use contract::token::Scope;
use futures::FutureExt;

use super::lines::{Kind, Lines, Paper};
use super::request::{self, Wanted};
use super::{Refused, model};
use crate::answering::{Clerk, Single};
use crate::body;
use crate::door::Door;
use crate::fields::{Fields, object};
use crate::guard::ApiCaller;
use crate::single_stream::respond_with_lines;

pub(super) async fn chat(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Response, Refused> {
    let bytes = body::read(request.into_body()).await?;
    let wanted = request::chat(&Fields::of_body(&object(&bytes)?))?;
    give(&door, caller, wanted, Kind::Chat).await
}

pub(super) async fn generate(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Response, Refused> {
    let bytes = body::read(request.into_body()).await?;
    let wanted = request::generate(&Fields::of_body(&object(&bytes)?))?;
    give(&door, caller, wanted, Kind::Text).await
}

async fn give(
    door: &Arc<Door>,
    caller: ApiCaller,
    wanted: Wanted,
    kind: Kind,
) -> Result<Response, Refused> {
    door.let_in(caller, Scope::Chat).await?;
    let began = Instant::now();
    let model = model(door, &wanted.model, caller).await?;
    let paper = Paper::new(kind, wanted.model, began);
    let Some(generation) = wanted.generation else {
        // Counting tokens needs the model in memory, and nothing is written.
        door.unless_loading(model.is_embedded(), model.tokenize(String::from(" ")))
            .await?;
        return Ok(Json(paper.loaded()).into_response());
    };
    if wanted.stream {
        let beginning = Single::begin(model, generation, wanted.with_tools).boxed();
        let lines = Lines::new(paper, Clerk::new(door));
        return Ok(respond_with_lines(beginning, lines).await?);
    }
    let is_embedded = model.is_embedded();
    let beginning = Single::begin(model, generation, wanted.with_tools);
    let single = door.unless_loading(is_embedded, beginning).await?;
    let whole = single.whole(String::new).await?;
    if let Some((_, usage)) = whole.ended {
        door.metrics.answered(&usage);
    }
    Ok(Json(paper.whole(&whole)).into_response())
}
