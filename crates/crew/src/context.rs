//! What an actor has at hand while it handles a message.

use std::fmt;
use std::sync::Arc;

use crate::actor::Actor;
use crate::address::Address;
use crate::cell::Cell;
use crate::error::SpawnRefused;
use crate::tree::ActorId;

/// What an actor has at hand while it handles a message.
pub struct Context<A: Actor> {
    cell: Arc<Cell<A>>,
    leaves: bool,
}

impl<A: Actor> Context<A> {
    pub(crate) fn new(cell: Arc<Cell<A>>) -> Self {
        Self {
            cell,
            leaves: false,
        }
    }

    /// Which actor this is.
    #[must_use]
    pub fn id(&self) -> ActorId {
        self.cell.id()
    }

    /// Its own address, to be handed to others.
    #[must_use]
    pub fn address(&self) -> Address<A> {
        Address::new(Arc::clone(&self.cell))
    }

    /// Spawns a child. It ends before this actor does, and when this actor is restarted.
    ///
    /// # Errors
    ///
    /// The crew is full, or this actor is stopping.
    pub fn spawn<B: Actor>(
        &self,
        make: impl Fn() -> B + Send + Sync + 'static,
    ) -> Result<Address<B>, SpawnRefused> {
        self.cell.spawn(make)
    }

    /// Ends this actor and its subtree once the message at hand is handled.
    pub fn stop(&mut self) {
        self.leaves = true;
    }

    pub(crate) fn leaves(&self) -> bool {
        self.leaves
    }
}

impl<A: Actor> fmt::Debug for Context<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Context");
        shown.field("id", &self.id()).finish_non_exhaustive()
    }
}
