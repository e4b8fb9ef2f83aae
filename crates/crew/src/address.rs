//! How an actor is reached.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::RecvError;
use tokio::time::timeout;

use crate::actor::Actor;
use crate::cell::Cell;
use crate::error::{AskFailed, StopOverdue, TellRefused, TryTellRefused};
use crate::mailbox::{Life, NotPut};
use crate::tree::{ActorId, Ending, close};

/// Reaches one actor, also after it was restarted. Clones reach the same one.
///
/// Holding an address keeps no actor from ending.
pub struct Address<A: Actor> {
    cell: Arc<Cell<A>>,
}

impl<A: Actor> Address<A> {
    pub(crate) fn new(cell: Arc<Cell<A>>) -> Self {
        Self { cell }
    }

    pub(crate) fn cell(&self) -> &Arc<Cell<A>> {
        &self.cell
    }

    /// Which actor it reaches.
    #[must_use]
    pub fn id(&self) -> ActorId {
        self.cell.id()
    }

    /// Sends a message, and waits while the mailbox is full. What one task sends arrives in order.
    ///
    /// # Errors
    ///
    /// The actor is stopped.
    pub async fn tell(&self, message: A::Message) -> Result<(), TellRefused<A::Message>> {
        self.cell.put_when_room(message).await.map_err(TellRefused)
    }

    /// Sends a message without waiting. This works outside of any runtime too.
    ///
    /// # Errors
    ///
    /// The mailbox is full, or the actor is stopped.
    pub fn try_tell(&self, message: A::Message) -> Result<(), TryTellRefused<A::Message>> {
        self.cell.put(message).map_err(|not_put| match not_put {
            NotPut::Full(message) => TryTellRefused::Full(message),
            NotPut::Closed(message) => TryTellRefused::Stopped(message),
        })
    }

    /// Sends a question and waits for its answer: `address.ask(Message::Total, patience)`.
    ///
    /// The patience counts for both, room in the mailbox and the answer. An actor that asks itself, or
    /// one that is waiting for it, is answered by the end of its patience only.
    ///
    /// An actor that rests begins to handle the question at once, within the first poll of this future
    /// and up to where it waits; no patience ends before that. A handler sees the task-local values of
    /// its asker until then.
    ///
    /// # Errors
    ///
    /// The actor is stopped, gave no answer, or took too long.
    pub async fn ask<T: Send>(
        &self,
        question: impl FnOnce(Reply<T>) -> A::Message,
        patience: Duration,
    ) -> Result<T, AskFailed> {
        let (sender, mut answer) = oneshot::channel();
        let refused = match self.cell.put_and_run(question(Reply(sender))) {
            Ok(()) => None,
            Err(NotPut::Full(message)) => Some(message),
            Err(NotPut::Closed(_message)) => return Err(AskFailed::Stopped),
        };
        let told = |told: Result<T, RecvError>| told.map_err(|_closed| self.why_unanswered());
        // What is answered by now needs no clock. It is polled all the same, not only looked at: so an
        // asker that finds every answer at once gives way to other tasks now and then.
        let early = poll_fn(|task| Poll::Ready(Pin::new(&mut answer).poll(task)));
        if let Poll::Ready(early) = early.await {
            return told(early);
        }
        let answered = async {
            if let Some(message) = refused {
                let put = self.cell.put_when_room(message).await;
                put.map_err(|_message| AskFailed::Stopped)?;
            }
            told(answer.await)
        };
        timeout(patience, answered)
            .await
            .unwrap_or(Err(AskFailed::Overdue(patience)))
    }

    fn why_unanswered(&self) -> AskFailed {
        let life = self.cell.mailbox().life();
        match life {
            Life::Open => AskFailed::Unanswered,
            Life::Closing | Life::Ended(_) => AskFailed::Stopped,
        }
    }

    /// Stops the actor and its subtree, children first, and waits until all have ended.
    ///
    /// What they are waiting for is dropped, and so are messages that wait. To stop twice is harmless.
    ///
    /// # Errors
    ///
    /// Some have not ended within the patience; they end when their handlers come back.
    pub async fn stop(&self, patience: Duration) -> Result<(), StopOverdue> {
        close(Arc::clone(&self.cell) as _);
        let ended = timeout(patience, self.cell.ended()).await;
        ended
            .map(|_ending| ())
            .map_err(|_elapsed| StopOverdue(patience))
    }

    /// Waits until the actor has ended, by whatever hand.
    pub async fn ended(&self) -> Ending {
        self.cell.ended().await
    }
}

impl<A: Actor> Clone for Address<A> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.cell))
    }
}

impl<A: Actor> fmt::Debug for Address<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Address").field(&self.id()).finish()
    }
}

/// Where the answer to a question goes. Dropped without an answer, it tells the asker so.
pub struct Reply<T>(oneshot::Sender<T>);

impl<T> Reply<T> {
    /// Answers. Whether the asker still waits makes no difference to an actor.
    pub fn answer(self, answer: T) {
        let _ = self.0.send(answer);
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Reply(…)")
    }
}
