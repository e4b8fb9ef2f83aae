//! Tools of MCP servers: programs that the person configured, on this device or on the web; and the server
//! that this house is itself.
//!
//! The hub connects a [`Server`] with a start that the guardian cleared, shows its [`Tool`]s to the person,
//! keeps the [`Fingerprint`] of what was approved, and calls tools with arguments that the guardian cleared.
//! A server is a stranger: what it lists and answers is bounded in size and time, it is asked what its tools
//! are before each call, and what it says comes from outside. It never gets the keys of this process, a
//! model to talk to, or a question through to the person.
//!
//! The command line runs [`serve`] for programs that want to use this house.

mod error;
mod link;
mod outcome;
mod program;
mod schema;
mod serve;
mod server;
mod tool;

pub use error::McpError;
pub use outcome::{Outcome, Volume};
pub use program::ENVIRONMENT_ALWAYS;
pub use schema::for_model;
pub use serve::{Counter, Offer, ServeError, serve};
pub use server::{Call, Limits, Progress, Server, check};
pub use tool::{Fingerprint, Tool, ToolList};
