//! The door for browsers and API clients: HTTP on this machine's own address.
//!
//! It offers the APIs of OpenAI and Anthropic under `/v1` and `/v1/openai-compat`, that of Ollama under
//! `/api`, the browser UI at `/`, and `/health`, `/metrics` and `/.well-known/hai-net.json`. Whoever runs a
//! hub calls [`serve`].
//!
//! Every request passes one guard before it is routed, whatever its path and method: see [`guard`].
//! The gateway keeps no state of a person's but which responses are under way; it never opens the store and never talks to the engine
//! except through the hub.

mod answering;
mod anthropic;
mod body;
mod capabilities;
mod door;
mod fields;
mod guard;
mod hall;
mod loading;
mod metrics;
mod ollama;
mod openai;
mod openapi;
mod pages;
mod problem;
mod responses;
mod router;
mod serve;
mod single_stream;
mod ui;

#[cfg(test)]
mod tests;

pub use serve::{ServeError, Serving, serve};
