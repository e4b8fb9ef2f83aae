//! The OpenAI-compatible API. The same routes stand under several base paths.

mod answers;
mod audio;
mod chat;
mod completions;
pub(crate) mod embeddings;
mod messages;
mod models;
mod moderations;
mod paper;
mod rerank;
pub(crate) mod sampling;
pub(crate) mod stream;
mod tokenize;
pub(crate) mod toolbox;

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
        .route("/tokenize", post(tokenize::tokenize))
        .route("/moderations", post(moderations::moderate))
        .route("/rerank", post(rerank::rerank))
        .route("/audio/transcriptions", post(audio::not_installed))
        .route("/audio/translations", post(audio::not_installed))
        .route("/audio/speech", post(audio::not_installed))
}
