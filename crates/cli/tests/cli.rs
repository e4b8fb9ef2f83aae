//! The program as a person uses it: real processes, real sockets, real files.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "cli/backup.rs"]
mod backup;
#[path = "cli/guardian.rs"]
mod guardian;
#[path = "cli/house.rs"]
mod house;
#[path = "cli/hub.rs"]
mod hub;
#[path = "cli/model.rs"]
mod model;
#[path = "cli/owner.rs"]
mod owner;
#[path = "cli/owner_at_terminal.rs"]
mod owner_at_terminal;
#[path = "cli/passphrase.rs"]
mod passphrase;
#[path = "cli/pty.rs"]
mod pty;
#[path = "cli/store.rs"]
mod store;
#[path = "cli/terminal.rs"]
mod terminal;
