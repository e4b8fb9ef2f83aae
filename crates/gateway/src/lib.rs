//! The door for browsers and API clients: HTTP on this machine's own address.
//!
//! It offers the OpenAI-compatible API under `/v1` and `/v1/openai-compat`, the browser UI at `/`, and
//! `/health`, `/metrics` and `/.well-known/hai-net.json`. Whoever runs a hub calls [`serve`].
//!
//! Every request passes one guard before it is routed, whatever its path and method: see [`guard`].
//! The gateway keeps no state of a person's; it never opens the store and never talks to the engine
//! except through the hub.

mod body;
mod crowd;
mod door;
mod fields;
mod guard;
mod hall;
mod metrics;
mod openai;
mod pages;
mod problem;
mod router;
mod serve;
mod ui;

#[cfg(test)]
mod tests;

pub use serve::{ServeError, Serving, serve};
