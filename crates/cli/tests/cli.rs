//! The program as a person uses it: real processes, real sockets, real files.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "cli/house.rs"]
mod house;
#[path = "cli/hub.rs"]
mod hub;
#[path = "cli/model.rs"]
mod model;
#[path = "cli/store.rs"]
mod store;
#[path = "cli/terminal.rs"]
mod terminal;
