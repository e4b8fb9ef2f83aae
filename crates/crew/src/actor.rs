//! What an actor is, and what is told about one that is lost.

use std::error::Error;
use std::fmt;

use crate::context::Context;
use crate::tree::ActorId;

/// Something with a state and a mailbox that handles one message at a time.
///
/// The state is made by the closure given to `spawn`, when the first message arrives, and again after
/// each failure. An actor that ends is dropped, after its children.
pub trait Actor: Sized + Send + 'static {
    /// What it can be told. An answer is asked for with a [`Reply`](crate::Reply) inside.
    type Message: Send + 'static;

    /// Why handling a message failed so badly that the state can no longer be trusted.
    type Failure: Error + Send + Sync + 'static;

    /// Handles one message. An error or a panic makes the supervisor restart the actor; this message
    /// is then lost, those behind it are not.
    ///
    /// When the actor is stopped, this is dropped at the point where it waits.
    fn handle(
        &mut self,
        message: Self::Message,
        context: &mut Context<Self>,
    ) -> impl Future<Output = Result<(), Self::Failure>> + Send;

    /// Handles the loss of a child: its supervisor gave up. Told before waiting messages.
    ///
    /// Without an implementation it is logged. An error passes the failure on: it restarts this actor.
    fn child_lost(
        &mut self,
        lost: ChildLost,
        context: &mut Context<Self>,
    ) -> impl Future<Output = Result<(), Self::Failure>> + Send {
        let parent = context.id();
        async move {
            tracing::error!(%parent, child = %lost.id, actor = lost.actor, cause = %lost.cause, "an actor is lost");
            Ok(())
        }
    }
}

/// A child whose supervisor gave up.
#[derive(Debug)]
pub struct ChildLost {
    /// Which one; it is as [`Address::id`](crate::Address::id) said.
    pub id: ActorId,
    /// The name of its type.
    pub actor: &'static str,
    /// What made the supervisor give up.
    pub cause: Cause,
}

/// Why an actor failed.
#[derive(Debug)]
pub enum Cause {
    /// Handling a message ended in an error.
    Failed(Box<dyn Error + Send + Sync>),
    /// The actor, or the closure that makes it, panicked with these words.
    Panicked(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(words) => write!(formatter, "panicked: {words}"),
            Self::Failed(failure) => {
                write!(formatter, "failed: {failure}")?;
                let mut source = failure.source();
                while let Some(below) = source {
                    write!(formatter, ": {below}")?;
                    source = below.source();
                }
                Ok(())
            }
        }
    }
}
