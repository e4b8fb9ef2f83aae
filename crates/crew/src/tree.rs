//! The tree of actors: who belongs to whom, and how a subtree ends.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::actor::{Actor, ChildLost};
use crate::address::Address;
use crate::cell::Cell;
use crate::context::Context;
use crate::error::{SpawnRefused, StopOverdue};
use crate::limits::ACTORS_MAX;

/// Names an actor within its crew. It stays the same through restarts and is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(pub(crate) u64);

impl fmt::Display for ActorId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "actor {}", self.0)
    }
}

/// How an actor came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was stopped, alone or with its parent.
    Stopped,
    /// It failed too often, and its supervisor gave up.
    Lost,
}

/// A tree of actors. Dropping it stops them without waiting.
pub struct Crew {
    root: Address<Root>,
}

impl Crew {
    /// A crew without actors, whose activations run on this runtime.
    #[must_use]
    pub fn new(runtime: Handle) -> Self {
        let shared = Arc::new(Shared {
            runtime,
            ids: AtomicU64::new(0),
            living: AtomicUsize::new(0),
        });
        let root = Cell::new(shared.next_id(), shared, None, Box::new(|| Root));
        Self {
            root: Address::new(Arc::new(root)),
        }
    }

    /// Spawns an actor at the top of the tree. `make` makes its state, also after a failure.
    ///
    /// # Errors
    ///
    /// The crew is full or stopping.
    pub fn spawn<A: Actor>(
        &self,
        make: impl Fn() -> A + Send + Sync + 'static,
    ) -> Result<Address<A>, SpawnRefused> {
        self.root.cell().spawn(make)
    }

    /// How many actors live.
    #[must_use]
    pub fn living(&self) -> usize {
        self.root.cell().shared().living.load(Ordering::Relaxed)
    }

    /// Stops all actors, children before their parents. To stop twice is harmless.
    ///
    /// # Errors
    ///
    /// Some have not ended within the patience; they end when their handlers come back.
    pub async fn stop(&self, patience: Duration) -> Result<(), StopOverdue> {
        self.root.stop(patience).await
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        close(Arc::clone(self.root.cell()) as _);
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Crew");
        shown.field("living", &self.living()).finish()
    }
}

/// The parent of the topmost actors. It is told nothing but losses, which it logs.
struct Root;

impl Actor for Root {
    type Message = Infallible;
    type Failure = Infallible;

    async fn handle(
        &mut self,
        message: Infallible,
        _context: &mut Context<Self>,
    ) -> Result<(), Infallible> {
        match message {}
    }
}

/// What all actors of a crew share.
pub(crate) struct Shared {
    pub(crate) runtime: Handle,
    ids: AtomicU64,
    living: AtomicUsize,
}

impl Shared {
    pub(crate) fn next_id(&self) -> ActorId {
        ActorId(self.ids.fetch_add(1, Ordering::Relaxed))
    }

    /// Takes one of the places for living actors.
    pub(crate) fn enter(&self) -> Result<(), SpawnRefused> {
        if self.living.fetch_add(1, Ordering::Relaxed) >= ACTORS_MAX {
            self.leave();
            return Err(SpawnRefused::Full);
        }
        Ok(())
    }

    pub(crate) fn leave(&self) {
        self.living.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An actor of any type, as seen by its parent and by its children.
pub(crate) trait Member: Send + Sync {
    /// Takes nothing more from now on. Returns its children, who have to be closed as well.
    fn close(&self) -> Vec<Arc<dyn Member>>;

    /// Ends if it is closing and nothing holds it. Returns a parent that may end because of it.
    fn try_end(&self) -> Option<Arc<dyn Member>>;

    /// Lets an ended child go. Says whether this may end because of it.
    fn release(self: Arc<Self>, id: ActorId, lost: Option<ChildLost>) -> bool;
}

/// Begins to stop an actor and its subtree.
///
/// All are closed from the top down first, so that nobody can spawn any more; then they end from the
/// bottom up. Those in the middle of a message end when their tasks let go. No lock is held for longer
/// than one step, and nothing is called in a recursion: a chain of any depth can be stopped.
pub(crate) fn close(top: Arc<dyn Member>) {
    let mut closed = vec![top];
    let mut next = 0;
    while let Some(member) = closed.get(next) {
        let children = member.close();
        closed.extend(children);
        next += 1;
    }
    for member in closed.into_iter().rev() {
        end_upwards(member);
    }
}

/// Ends an actor that is closing, and those above that waited for it.
pub(crate) fn end_upwards(member: Arc<dyn Member>) {
    let mut member = Some(member);
    while let Some(ending) = member {
        member = ending.try_end();
    }
}
