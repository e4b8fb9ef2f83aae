//! The Anthropic API: `/v1/messages` and `/v1/messages/count_tokens`.

mod messages;
mod paper;
mod stream;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use contract::Fault;
use contract::token::Scope;
use futures::FutureExt;
use llm::Prompt;
use serde_json::{Value, json};

use self::messages::Wanted;
use self::paper::Paper;
use crate::answering::{Clerk, Single, fresh_id};
use crate::body;
use crate::door::Door;
use crate::fields::{Fields, object};
use crate::guard::{ApiCaller, Area};
use crate::problem::Problem;

/// What the ids of calls begin with.
const CALL_PREFIX: &str = "toolu_";

/// A problem that is told as the Anthropic API does.
struct Refused(Problem);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self(fault.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0.respond(Area::Anthropic, false)
    }
}

/// The routes, relative to a base path.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/messages", post(create))
        .route("/messages/count_tokens", post(count))
}

async fn create(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Response, Refused> {
    let bytes = body::read(request.into_body()).await?;
    let wanted = messages::wanted(&Fields::of_body(&object(&bytes)?), true)?;
    door.let_in(caller, Scope::Chat).await?;
    let model = door.model(wanted.model.as_deref(), caller).await?;
    let paper = Paper::new(&wanted, model.as_ref());
    let Wanted {
        generation,
        with_tools,
        stream,
        ..
    } = wanted;
    if stream {
        let beginning = Single::begin(model, generation, with_tools).boxed();
        let clerk = Clerk::new(&door);
        return Ok(stream::respond(beginning, paper, clerk).await?);
    }
    let is_embedded = model.is_embedded();
    let beginning = Single::begin(model, generation, with_tools);
    let single = door.unless_loading(is_embedded, beginning).await?;
    let whole = single.whole(|| fresh_id(CALL_PREFIX)).await?;
    if let Some((_, usage)) = whole.ended {
        door.metrics.answered(&usage);
    }
    Ok(Json(paper.whole(&whole)).into_response())
}

/// Counts the tokens that a conversation would cost, without writing.
///
/// Its texts are counted by the model's own vocabulary. The marks that the model's template puts around
/// each turn come on top and are counted as [`TURN_TOKENS`], since only the engine renders templates.
async fn count(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Json<Value>, Refused> {
    let bytes = body::read(request.into_body()).await?;
    let wanted = messages::wanted(&Fields::of_body(&object(&bytes)?), false)?;
    door.let_in(caller, Scope::Chat).await?;
    let model = door.model(wanted.model.as_deref(), caller).await?;
    let Prompt::Chat(turns) = wanted.generation.prompt else {
        let nothing = Problem::invalid("messages", "`messages` is a conversation");
        return Err(nothing.into());
    };
    let turn_count = turns.len();
    let text: String = turns
        .into_iter()
        .map(|turn| turn.role + "\n" + &turn.text + "\n")
        .collect();
    let tokens = door
        .unless_loading(model.is_embedded(), model.tokenize(text))
        .await?;
    let count = tokens.len() + turn_count * TURN_TOKENS;
    Ok(Json(json!({ "input_tokens": count })))
}

/// Tokens of a turn's marks, as in the templates of most models.
const TURN_TOKENS: usize = 2;
