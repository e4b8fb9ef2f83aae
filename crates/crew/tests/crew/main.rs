//! The crew from outside: order, room, restarts, stopping, and many at once.

#![allow(missing_docs, clippy::missing_panics_doc)]

mod cast;
mod many;
mod messages;
mod restarts;
mod stopping;
