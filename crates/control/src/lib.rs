//! The local socket over which the command line and the window find a running hub.
//!
//! [`serve`] opens the socket for a hub of this process; [`Client`] talks to a hub, be it of this
//! process or of another one. The socket belongs to one user: its file is closed to others (0600, in
//! a folder of 0700), and each side asks the operating system who the other one is before it says a
//! word. All asks may come through it.
//!
//! Frames are those of [`wire`]: a length and JSON. Each carries a number that the client chose, so
//! that many asks and watches share one connection:
//!
//! ```text
//! client → hub   {"id":1,"ask":{"ask":"ShowStatus","with":{}}}
//!                {"id":2,"watch":true}          {"id":2,"watch":false} ends it
//! hub → client   {"id":1,"view":{…}}   or   {"id":1,"fault":{…}}
//!                {"id":2,"notice":{…}}          the last one is `hub_closing`
//! ```
//!
//! A fault with the number 0 concerns the whole connection. Nothing here decides or stores anything.
//!
//! This version knows Unix sockets. Windows needs a named pipe, which is still to be written.

#[cfg(not(unix))]
compile_error!(
    "the control socket needs Unix sockets; a named pipe for Windows is not written yet"
);

mod client;
mod connection;
mod hall;
mod protocol;
mod server;

pub use client::{AskError, Client, ConnectError, Watching};
pub use connection::{ASKS_IN_FLIGHT_MAX, WATCHES_MAX, WRITE_PATIENCE};
pub use server::{CONNECTIONS_MAX, ServeError, Serving, serve};
