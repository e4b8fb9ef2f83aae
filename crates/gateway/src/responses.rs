//! The OpenAI API's responses: `/v1/responses`, which the hub keeps so that a later request can go on
//! from an earlier one.

mod items;
mod paper;
mod request;
mod script;
mod underway;

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use contract::token::Scope;
use futures::FutureExt;
use hub::KeptResponse;
use llm::{ChatTurn, Generation, Model};
use serde_json::{Value, json};

use self::paper::Paper;
use self::request::Wanted;
use self::script::Script;
pub(crate) use self::underway::Underway;
use crate::answering::{Clerk, Single, Step, cut_off};
use crate::body;
use crate::door::Door;
use crate::fields::{Fields, object};
use crate::guard::ApiCaller;
use crate::problem::Problem;
use crate::single_stream::{Writer, respond_with_events};

/// The routes, relative to a base path.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/responses", post(create))
        .route("/responses/{id}", get(show).delete(forget))
        .route("/responses/{id}/cancel", post(cancel))
}

async fn create(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Response, Problem> {
    let bytes = body::read(request.into_body()).await?;
    let body = object(&bytes)?;
    let mut wanted = request::wanted(&Fields::of_body(&body))?;
    door.let_in(caller, Scope::Chat).await?;
    let model = door.model(wanted.model.as_deref(), caller).await?;
    let before = earlier_turns(&door, caller, &wanted).await?;
    let generation = wanted.generation(before);
    let paper = Paper::new(&mut wanted, model.as_ref());
    let clerk = Clerk::new(&door);
    let script = Script::new(Arc::clone(&door), caller.token, &wanted, paper, clerk);
    if wanted.background {
        return in_background(&door, caller, script, model, generation, wanted.with_tools).await;
    }
    let is_embedded = model.is_embedded();
    let beginning = Single::begin(model, generation, wanted.with_tools);
    if wanted.stream {
        return respond_with_events(beginning.boxed(), script).await;
    }
    let mut script = script;
    write(
        door.unless_loading(is_embedded, beginning).await?,
        &mut script,
    )
    .await;
    match script.into_result() {
        Ok(response) => Ok(Json(response).into_response()),
        Err(problem) => Err(problem),
    }
}

/// Follows an answer to its end.
async fn write(mut single: Single, script: &mut Script) {
    while let Some(step) = single.next().await {
        let last = matches!(step, Step::Ended { .. } | Step::Failed(_));
        script.take(step).await;
        script.items().clear();
        if last {
            return;
        }
    }
    script.take(Step::Failed(cut_off())).await;
}

/// Writes an answer while its program does something else. It is kept from its beginning on.
async fn in_background(
    door: &Arc<Door>,
    caller: ApiCaller,
    mut script: Script,
    model: Arc<dyn Model>,
    generation: Generation,
    with_tools: bool,
) -> Result<Response, Problem> {
    let begun = script.begun().await?;
    let place = door.underway.enter(script.id(), caller.token);
    let closing = door.hall.closing();
    tokio::spawn(async move {
        let writing = async {
            match Single::begin(model, generation, with_tools).await {
                Ok(single) => write(single, &mut script).await,
                Err(problem) => script.take(Step::Failed(problem)).await,
            }
        };
        let ended = tokio::select! {
            () = writing => None,
            () = place.cancelled() => Some("cancelled"),
            () = closing.cancelled() => Some("interrupted"),
        };
        match ended {
            None => {}
            Some("cancelled") => script.cancelled().await,
            Some(_) => script.take(Step::Failed(cut_off())).await,
        }
        drop(place);
    });
    Ok(Json(begun).into_response())
}

/// What was said before, the oldest first, where the request goes on from something.
async fn earlier_turns(
    door: &Arc<Door>,
    caller: ApiCaller,
    wanted: &Wanted,
) -> Result<Vec<ChatTurn>, Problem> {
    const NAME: &str = "previous_response_id";
    let Some(previous) = &wanted.previous else {
        return Ok(Vec::new());
    };
    let mut chain = door.hall.kept_responses(previous, caller.token).await?;
    if let Some(newest) = chain.first()
        && !["completed", "incomplete"].contains(&newest.body["status"].as_str().unwrap_or(""))
    {
        let message =
            format!("the response `{previous}` has not ended well; nothing goes on from it");
        return Err(Problem::invalid(NAME, message).code("invalid_value"));
    }
    if let Some(oldest) = chain.last()
        && oldest.previous.is_some()
    {
        let message = "an earlier response of this conversation was deleted";
        return Err(Problem::invalid(NAME, message).code("previous_response_not_found"));
    }
    chain.reverse();
    let mut turns = Vec::new();
    for response in &chain {
        items::turns_of(&response.input, "input", &mut turns)?;
        items::turns_of(&response.body["output"], "output", &mut turns)?;
    }
    Ok(turns)
}

async fn show(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    Path(id): Path<String>,
    Query(query): Query<std::collections::BTreeMap<String, String>>,
) -> Result<Json<Value>, Problem> {
    if query.get("stream").is_some_and(|stream| stream == "true") {
        let what = "streams of responses that were begun before are";
        return Err(Problem::unsupported("stream", what));
    }
    let found = newest(&door, caller, &id).await?;
    Ok(Json(settled(&door, &id, found.body)))
}

async fn newest(door: &Door, caller: ApiCaller, id: &str) -> Result<KeptResponse, Problem> {
    let mut chain = door.hall.kept_responses(id, caller.token).await?;
    // The hub never answers with an empty chain.
    if chain.is_empty() {
        return Err(cut_off());
    }
    Ok(chain.swap_remove(0))
}

/// A response whose hub ended while it was written will never go on.
fn settled(door: &Door, id: &str, mut body: Value) -> Value {
    if body["status"] == "in_progress" && !door.underway.has(id) {
        body["status"] = json!("failed");
        let message = "HAI-Net was stopped while this response was written";
        body["error"] = json!({"code": "server_error", "message": message});
    }
    body
}

async fn forget(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    // What is still written would be kept again at its end.
    door.underway.cancel(&id, caller.token).await;
    door.hall.forget_response(&id, caller.token).await?;
    Ok(Json(
        json!({"id": id, "object": "response", "deleted": true}),
    ))
}

async fn cancel(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let found = newest(&door, caller, &id).await?;
    if found.body["background"] != true {
        let message = "only a response that was made with `background: true` can be cancelled";
        return Err(Problem::invalid("id", message).code("invalid_value"));
    }
    door.underway.cancel(&id, caller.token).await;
    let found = newest(&door, caller, &id).await?;
    Ok(Json(settled(&door, &id, found.body)))
}
