//! The OpenAI-compatible API. The same routes stand under several base paths.

mod answers;
mod chat;
mod completions;
mod embeddings;
mod models;
mod paper;
mod sampling;
mod stream;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::door::Door;

pub(crate) use sampling::{CHOICES_MAX, STOPS_MAX};

/// The routes, relative to a base path.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/models", get(models::list))
        .route("/models/{*id}", get(models::one))
        .route("/chat/completions", post(chat::complete))
        .route("/completions", post(completions::complete))
        .route("/embeddings", post(embeddings::embed))
}
