//! The place of one actor: what its address points to, before and after a restart.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::activation;
use crate::actor::{Actor, ChildLost};
use crate::address::Address;
use crate::error::SpawnRefused;
use crate::here;
use crate::mailbox::{End, Life, Mailbox, NotPut};
use crate::tree::{ActorId, Ending, Member, Shared, close};

pub(crate) struct Cell<A: Actor> {
    id: ActorId,
    shared: Arc<Shared>,
    parent: Option<Weak<dyn Member>>,
    make: Box<dyn Fn() -> A + Send + Sync>,
    room: Notify,
    over: Notify,
    mailbox: Mutex<Mailbox<A>>,
}

impl<A: Actor> Cell<A> {
    pub(crate) fn new(
        id: ActorId,
        shared: Arc<Shared>,
        parent: Option<Weak<dyn Member>>,
        make: Box<dyn Fn() -> A + Send + Sync>,
    ) -> Self {
        Self {
            id,
            shared,
            parent,
            make,
            room: Notify::new(),
            over: Notify::new(),
            mailbox: Mutex::new(Mailbox::new()),
        }
    }

    pub(crate) fn id(&self) -> ActorId {
        self.id
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn make(&self) -> A {
        (self.make)()
    }

    /// Code of an actor never runs under this lock, so it cannot be poisoned halfway through a change.
    pub(crate) fn mailbox(&self) -> MutexGuard<'_, Mailbox<A>> {
        self.mailbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message into the mailbox, and starts an activation if there is none.
    pub(crate) fn put(self: &Arc<Self>, message: A::Message) -> Result<(), NotPut<A::Message>> {
        let activate = self.mailbox().put(message)?;
        if activate {
            self.activate();
        }
        Ok(())
    }

    /// As [`Cell::put`], for a sender that waits for what comes of it: the activation begins here.
    pub(crate) fn put_and_run(
        self: &Arc<Self>,
        message: A::Message,
    ) -> Result<(), NotPut<A::Message>> {
        let activate = self.mailbox().put(message)?;
        if activate {
            here::run(&self.shared.runtime, activation::of_asker(Arc::clone(self)));
        }
        Ok(())
    }

    /// As [`Cell::put`], and waits while the mailbox is full.
    pub(crate) async fn put_when_room(
        self: &Arc<Self>,
        message: A::Message,
    ) -> Result<(), A::Message> {
        let mut message = match self.put(message) {
            Ok(()) => return Ok(()),
            Err(NotPut::Closed(message)) => return Err(message),
            Err(NotPut::Full(message)) => message,
        };
        loop {
            // It hears every call that comes after it was made: no room is missed in between.
            let room = self.room.notified();
            let put = {
                let mut mailbox = self.mailbox();
                let put = mailbox.put(message);
                if matches!(put, Err(NotPut::Full(_))) {
                    mailbox.await_room();
                }
                put
            };
            message = match put {
                Ok(activate) => {
                    if activate {
                        self.activate();
                    }
                    return Ok(());
                }
                Err(NotPut::Closed(message)) => return Err(message),
                Err(NotPut::Full(message)) => message,
            };
            room.await;
        }
    }

    /// Lets senders in that wait for room.
    pub(crate) fn let_in(&self) {
        self.room.notify_waiters();
    }

    /// Waits until the actor has ended.
    pub(crate) async fn ended(&self) -> Ending {
        loop {
            let over = self.over.notified();
            let life = self.mailbox().life();
            match life {
                Life::Ended(ending) => return ending,
                Life::Open | Life::Closing => over.await,
            }
        }
    }

    pub(crate) fn spawn<B: Actor>(
        self: &Arc<Self>,
        make: impl Fn() -> B + Send + Sync + 'static,
    ) -> Result<Address<B>, SpawnRefused> {
        self.shared.enter()?;
        let id = self.shared.next_id();
        let parent: Weak<dyn Member> = Arc::downgrade(self) as Weak<dyn Member>;
        let make: Box<dyn Fn() -> B + Send + Sync> = Box::new(make);
        let child = Arc::new(Cell::new(id, Arc::clone(&self.shared), Some(parent), make));
        let member: Arc<dyn Member> = Arc::clone(&child) as Arc<dyn Member>;
        let adopted = self.mailbox().adopt(id, member);
        if !adopted {
            self.shared.leave();
            return Err(SpawnRefused::Stopping);
        }
        Ok(Address::new(child))
    }

    /// Begins to stop the children. The activation is woken when the last has ended.
    pub(crate) fn close_children(&self) {
        let children = self.mailbox().children();
        // The newest first: it may lean on those before it.
        for child in children.into_iter().rev() {
            close(child);
        }
    }

    fn activate(self: &Arc<Self>) {
        self.shared
            .runtime
            .spawn(activation::of_task(Arc::clone(self)));
    }
}

impl<A: Actor> Member for Cell<A> {
    fn close(&self) -> Vec<Arc<dyn Member>> {
        let (messages, children) = {
            let mut mailbox = self.mailbox();
            (mailbox.close(), mailbox.children())
        };
        // Whoever waits for an answer or for room is told here.
        if let Some(messages) = messages {
            drop_quietly(messages);
            self.let_in();
        }
        children
    }

    fn try_end(&self) -> Option<Arc<dyn Member>> {
        let end = self.mailbox().end();
        let (state, lost) = match end {
            End::NotYet => return None,
            End::Wake(task) => {
                task.wake();
                return None;
            }
            End::Now(state, lost) => (state, lost),
        };
        drop_quietly(state);
        if self.parent.is_some() {
            self.shared.leave();
        }
        let parent = self.parent.as_ref().and_then(Weak::upgrade);
        let may_end = parent.filter(|parent| {
            let parent = Arc::clone(parent);
            parent.release(self.id, lost.map(|lost| *lost))
        });
        // Last, so that whoever is called here comes after the parent was told.
        self.over.notify_waiters();
        may_end
    }

    fn release(self: Arc<Self>, id: ActorId, lost: Option<ChildLost>) -> bool {
        let released = self.mailbox().release(id, lost);
        if released.activate {
            self.activate();
        }
        if let Some(task) = released.task {
            task.wake();
        }
        released.may_end
    }
}

/// Drops what belongs to an actor. A panic in there is no reason to bring others down.
pub(crate) fn drop_quietly<T>(value: T) {
    if catch_unwind(AssertUnwindSafe(|| drop(value))).is_err() {
        tracing::error!(
            dropped = std::any::type_name::<T>(),
            "panicked while dropped"
        );
    }
}
