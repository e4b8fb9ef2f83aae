//! The API of Ollama, so that programs made for it work after a change of their address.
//!
//! Models are pulled and removed with `hai-net models`, in the window or in the terminal: a program's
//! token does not reach so far.

mod about;
mod chat;
mod embed;
mod lines;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use contract::{Code, Fault};
use llm::Model;

use crate::door::Door;
use crate::guard::{ApiCaller, Area};
use crate::problem::Problem;

/// What names without a tag end with, where a client adds one.
const LATEST: &str = ":latest";

/// A problem that is told as Ollama does.
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
        self.0.respond(Area::Ollama, false)
    }
}

/// The routes below `/api`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/version", get(about::version))
        .route("/tags", get(about::tags))
        .route("/ps", get(about::running))
        .route("/show", post(about::show))
        .route("/chat", post(chat::chat))
        .route("/generate", post(chat::generate))
        .route("/embed", post(embed::embed))
        .route("/embeddings", post(embed::embed_one))
}

/// The model of a name, also of one with the tag that clients add to names without.
async fn model(door: &Door, name: &str, caller: ApiCaller) -> Result<Arc<dyn Model>, Problem> {
    match door.model(Some(name), caller).await {
        Err(fault) if fault.code == Code::UnknownModel && name.ends_with(LATEST) => {
            let plain = name.trim_end_matches(LATEST);
            Ok(door.model(Some(plain), caller).await?)
        }
        found => Ok(found?),
    }
}
