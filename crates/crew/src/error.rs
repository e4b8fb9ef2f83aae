//! What can go wrong, an enum per operation.

use std::fmt;
use std::time::Duration;

/// Why an actor was not spawned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpawnRefused {
    /// The parent is being stopped, or has ended.
    #[error("the parent is stopping")]
    Stopping,
    /// The crew has [`ACTORS_MAX`](crate::ACTORS_MAX) actors.
    #[error("the crew is full")]
    Full,
}

/// The actor is being stopped or has ended; the message comes back.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the actor is stopped")]
pub struct TellRefused<M>(pub M);

/// Why a message was not taken at once; it comes back.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TryTellRefused<M> {
    /// [`MAILBOX_MESSAGES_MAX`](crate::MAILBOX_MESSAGES_MAX) messages wait already.
    #[error("the mailbox is full")]
    Full(M),
    /// The actor is being stopped or has ended.
    #[error("the actor is stopped")]
    Stopped(M),
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskFailed {
    /// The actor was stopped before it answered.
    #[error("the actor is stopped")]
    Stopped,
    /// The actor failed while it handled the question, or passed over it.
    #[error("the actor gave no answer")]
    Unanswered,
    /// Nothing came within the patience of the asker.
    #[error("no answer within {0:?}")]
    Overdue(Duration),
}

/// Some of a subtree have not ended within the patience: a handler blocks its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not everything ended within {0:?}")]
pub struct StopOverdue(pub Duration);

// By hand, so that a message that cannot be printed, or should not be, may come back too.
impl<M> fmt::Debug for TellRefused<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TellRefused(…)")
    }
}

impl<M> fmt::Debug for TryTellRefused<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Full(_) => "Full(…)",
            Self::Stopped(_) => "Stopped(…)",
        })
    }
}
