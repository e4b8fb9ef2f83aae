//! What an actor owns while it rests: messages, state, children. Everything is under one lock, which
//! is held for a few instructions and never while code of an actor runs.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::Waker;

use tokio::time::Instant;

use crate::actor::{Actor, ChildLost};
use crate::limits::{MAILBOX_MESSAGES_MAX, PLACES_KEPT, RESTART_WINDOW, RESTARTS_MAX};
use crate::tree::{ActorId, Ending, Member};

/// How far the life of an actor has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// It takes messages.
    Open,
    /// It takes nothing more, and ends when its children have ended and its task lets go.
    Closing,
    /// Its state is dropped.
    Ended(Ending),
}

/// What an activation does next.
pub(crate) enum Work<A: Actor> {
    /// Handle this message.
    Message(A::Message),
    /// Handle the loss of a child.
    Lost(ChildLost),
    /// Let others have the thread first: there is more, and the turn is over.
    GiveWay,
    /// Nothing waits: the state went back into the mailbox, and the task is over.
    Rest,
    /// The actor is to end: the state went back into the mailbox, and the task is over.
    End,
}

/// Why a message was not put into the mailbox.
pub(crate) enum NotPut<M> {
    Full(M),
    Closed(M),
}

/// What the supervisor does with a failed actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Restart,
    GiveUp,
}

pub(crate) struct Mailbox<A: Actor> {
    queue: VecDeque<A::Message>,
    lost_children: Vec<ChildLost>,
    /// Senders wait for room.
    waiting: bool,
    state: Option<Box<A>>,
    /// There is a task that handles messages; it has the state.
    active: bool,
    /// Wakes that task while it waits.
    task: Option<Waker>,
    life: Life,
    children: BTreeMap<ActorId, Arc<dyn Member>>,
    restarts: Vec<Instant>,
    /// What the parent is told when this actor has ended.
    lost: Option<Box<ChildLost>>,
}

impl<A: Actor> Mailbox<A> {
    pub(crate) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            lost_children: Vec::new(),
            waiting: false,
            state: None,
            active: false,
            task: None,
            life: Life::Open,
            children: BTreeMap::new(),
            restarts: Vec::new(),
            lost: None,
        }
    }

    /// Takes a message; `true` asks for an activation.
    pub(crate) fn put(&mut self, message: A::Message) -> Result<bool, NotPut<A::Message>> {
        if self.life != Life::Open {
            return Err(NotPut::Closed(message));
        }
        // Nobody slips in before those who wait.
        if self.queue.len() >= MAILBOX_MESSAGES_MAX || self.waiting {
            return Err(NotPut::Full(message));
        }
        self.queue.push_back(message);
        Ok(!std::mem::replace(&mut self.active, true))
    }

    pub(crate) fn take_state(&mut self) -> Option<Box<A>> {
        self.state.take()
    }

    /// Chooses what the activation does next, in a turn that is over or not; `true` asks it to let
    /// waiting senders in.
    ///
    /// They are let in when the mailbox is half empty, so that they come in batches. See also
    /// [`Mailbox::has_room_for_waiting`].
    pub(crate) fn next(&mut self, state: &mut Option<Box<A>>, over: bool) -> (Work<A>, bool) {
        if self.life != Life::Open {
            self.rest(state.take());
            return (Work::End, false);
        }
        if over && !(self.lost_children.is_empty() && self.queue.is_empty()) {
            return (Work::GiveWay, false);
        }
        if !self.lost_children.is_empty() {
            return (Work::Lost(self.lost_children.remove(0)), false);
        }
        let Some(message) = self.queue.pop_front() else {
            self.rest(state.take());
            return (Work::Rest, false);
        };
        let half_empty = self.queue.len() <= MAILBOX_MESSAGES_MAX / 2;
        let let_in = half_empty && std::mem::take(&mut self.waiting);
        (Work::Message(message), let_in)
    }

    /// Whether to let waiting senders in now, asked when the actor itself has to wait: nobody knows
    /// for how long, so no room is left empty.
    pub(crate) fn has_room_for_waiting(&mut self) -> bool {
        let room = self.queue.len() < MAILBOX_MESSAGES_MAX;
        room && std::mem::take(&mut self.waiting)
    }

    fn rest(&mut self, state: Option<Box<A>>) {
        self.state = state;
        self.active = false;
        // A waker keeps the memory of its task alive.
        self.task = None;
        if self.queue.capacity() > PLACES_KEPT {
            self.queue.shrink_to(PLACES_KEPT);
        }
    }

    /// A sender waits from now on.
    pub(crate) fn await_room(&mut self) {
        self.waiting = true;
    }

    /// Whether a handler is to be dropped where it waits.
    pub(crate) fn must_let_go(&self) -> bool {
        self.life != Life::Open && self.children.is_empty()
    }

    pub(crate) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    pub(crate) fn children(&self) -> Vec<Arc<dyn Member>> {
        self.children.values().cloned().collect()
    }

    pub(crate) fn wake_later(&mut self, task: &Waker) {
        match &mut self.task {
            Some(known) => known.clone_from(task),
            None => self.task = Some(task.clone()),
        }
    }

    /// Takes a child in; an actor that is closing does not.
    pub(crate) fn adopt(&mut self, id: ActorId, child: Arc<dyn Member>) -> bool {
        let open = self.life == Life::Open;
        if open {
            self.children.insert(id, child);
        }
        open
    }

    /// Lets an ended child go; says what follows from it.
    pub(crate) fn release(&mut self, id: ActorId, lost: Option<ChildLost>) -> Released {
        self.children.remove(&id);
        let open = self.life == Life::Open;
        let mut activate = false;
        if let Some(lost) = lost
            && open
        {
            self.lost_children.push(lost);
            activate = !std::mem::replace(&mut self.active, true);
        }
        let task = self.children.is_empty().then(|| self.task.take()).flatten();
        Released {
            activate,
            task,
            may_end: !open,
        }
    }

    /// Takes nothing more from now on. The messages that wait are given out to be dropped elsewhere.
    pub(crate) fn close(&mut self) -> Option<VecDeque<A::Message>> {
        if self.life != Life::Open {
            return None;
        }
        self.life = Life::Closing;
        self.lost_children.clear();
        Some(std::mem::take(&mut self.queue))
    }

    /// Ends an actor that is closing, if neither a child nor a task holds it.
    pub(crate) fn end(&mut self) -> End<A> {
        if self.life != Life::Closing || !self.children.is_empty() {
            return End::NotYet;
        }
        if self.active {
            return self.task.take().map_or(End::NotYet, End::Wake);
        }
        let lost = self.lost.take();
        self.life = Life::Ended(match lost {
            Some(_) => Ending::Lost,
            None => Ending::Stopped,
        });
        End::Now(self.state.take(), lost)
    }

    pub(crate) fn life(&self) -> Life {
        self.life
    }

    /// Counts a failure.
    pub(crate) fn judge(&mut self, now: Instant) -> Verdict {
        self.restarts
            .retain(|restart| now.duration_since(*restart) < RESTART_WINDOW);
        if self.restarts.len() >= RESTARTS_MAX {
            return Verdict::GiveUp;
        }
        self.restarts.push(now);
        Verdict::Restart
    }

    pub(crate) fn mark_lost(&mut self, lost: ChildLost) {
        // One that is being stopped at the same moment counts as stopped.
        if self.life == Life::Open {
            self.lost = Some(Box::new(lost));
        }
    }
}

/// What follows from letting a child go.
pub(crate) struct Released {
    /// An activation is due.
    pub(crate) activate: bool,
    /// The task that waited for the last child.
    pub(crate) task: Option<Waker>,
    /// The parent is closing and may now end.
    pub(crate) may_end: bool,
}

/// What came of ending an actor.
pub(crate) enum End<A: Actor> {
    /// Something holds it still, which will try again.
    NotYet,
    /// Its task holds it and has to be woken.
    Wake(Waker),
    /// It has ended: its state, to be dropped, and what its parent is told.
    Now(Option<Box<A>>, Option<Box<ChildLost>>),
}
