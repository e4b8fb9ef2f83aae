//! Mailboxes and supervision: very many actors on few tasks.
//!
//! What for: whoever runs things that live for long, wait most of the time, fail on their own and
//! belong to each other as a tree. A [`Crew`] is such a tree. An [`Actor`] handles one message at a
//! time; an [`Address`] is how others reach it, before and after a restart.
//!
//! Who calls it: the hub. It knows nothing about agents, models or stores.
//!
//! What it never does: it keeps nothing on disk, opens no connection, and draws no random number. The
//! only clock it reads is the runtime's, for patience and for counting restarts.
//!
//! How it works: an actor that waits is a mailbox, a few hundred bytes without any task. The message
//! that ends its rest starts a task, its activation, which handles messages until none is left and
//! then ends. So 100,000 actors that wait cost memory for 100,000 mailboxes, and messages are still
//! handled one at a time, in the order in which each sender sent them.
//!
//! Where the sender waits for an answer anyway, the activation begins on the sender's own stack. It
//! becomes a task only when the handler waits or more messages have come.
//!
//! An error or a panic ends the handling of one message. The supervisor then stops the children of the
//! actor, makes a fresh state with the closure that it was spawned with, and goes on with the next
//! message. After [`RESTARTS_MAX`] restarts within [`RESTART_WINDOW`] it gives up: the actor ends with
//! its subtree, and its parent is told by [`Actor::child_lost`].
//!
//! Stopping drops what an actor is waiting for at that moment, children before their parent.

mod activation;
mod actor;
mod address;
mod cell;
mod context;
mod error;
mod here;
mod limits;
mod mailbox;
mod tree;

pub use actor::{Actor, Cause, ChildLost};
pub use address::{Address, Reply};
pub use context::Context;
pub use error::{AskFailed, SpawnRefused, StopOverdue, TellRefused, TryTellRefused};
pub use limits::{ACTORS_MAX, MAILBOX_MESSAGES_MAX, RESTART_WINDOW, RESTARTS_MAX, TURN_MESSAGES};
pub use tree::{ActorId, Crew, Ending};
