//! What a front end may ask of a hub, and what it gets to see.
//!
//! Asks are verbs ([`conversation::SendMessage`]), views are nouns ([`conversation::ConversationView`]),
//! notices are in the past tense ([`Notice::AnswerEnded`]). The same asks travel over all doors: the
//! window, the browser and the local socket. Everything here is data for `serde`; it builds for wasm
//! and natively, and decides nothing.

pub mod agent;
pub mod approval;
mod ask;
pub mod audit;
pub mod conversation;
mod fault;
pub mod feed;
pub mod identity;
pub mod log;
pub mod memory;
pub mod model;
pub mod model_server;
mod notice;
mod secret;
pub mod server;
pub mod setting;
pub mod show;
pub mod system;
pub mod token;
pub mod usage;

pub use ask::{AnyAsk, Ask, Done, Reach};
pub use fault::{Code, Fault, FaultKind};
pub use notice::Notice;
pub use secret::Secret;
