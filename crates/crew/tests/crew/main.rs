//! The crew from outside: order, room, restarts, stopping, and many at once.

mod cast;
mod here;
mod many;
mod messages;
mod restarts;
mod stopping;
