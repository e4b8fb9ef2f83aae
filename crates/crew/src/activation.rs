//! The task of an actor: it exists while there is something to handle.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::time::Instant;

use crate::actor::{Actor, Cause, ChildLost};
use crate::cell::{Cell, drop_quietly};
use crate::context::Context;
use crate::limits::{MESSAGES_HERE, TURN_MESSAGES};
use crate::mailbox::{Verdict, Work};
use crate::tree::{close, end_upwards};

/// How handling a message went.
enum Outcome {
    Done,
    Failed(Cause),
    /// The actor is being stopped; the handler was dropped where it waited.
    Dropped,
}

/// An activation that is a task from the beginning.
pub(crate) fn of_task<A: Actor>(cell: Arc<Cell<A>>) -> impl Future<Output = ()> + Send {
    activate(cell, TURN_MESSAGES)
}

/// An activation that begins on the stack of the one who asked.
pub(crate) fn of_asker<A: Actor>(cell: Arc<Cell<A>>) -> impl Future<Output = ()> + Send {
    activate(cell, MESSAGES_HERE)
}

/// Handles messages until none is left; `left` are those of the first turn.
async fn activate<A: Actor>(cell: Arc<Cell<A>>, mut left: u32) {
    let mut context = Context::new(Arc::clone(&cell));
    let mut state = cell.mailbox().take_state();
    loop {
        let (work, let_in) = cell.mailbox().next(&mut state, left == 0);
        if matches!(work, Work::GiveWay) {
            left = TURN_MESSAGES;
            tokio::task::yield_now().await;
            continue;
        }
        if let_in {
            cell.let_in();
        }
        match handle(&cell, &mut state, work, &mut context).await {
            None => return,
            Some(Outcome::Done | Outcome::Dropped) => {}
            Some(Outcome::Failed(cause)) => recover(&cell, &mut state, cause).await,
        }
        if context.leaves() {
            close(Arc::clone(&cell) as _);
        }
        left -= 1;
    }
}

/// Does what comes next; `None` when the task is over.
async fn handle<A: Actor>(
    cell: &Arc<Cell<A>>,
    state: &mut Option<Box<A>>,
    work: Work<A>,
    context: &mut Context<A>,
) -> Option<Outcome> {
    match work {
        Work::Rest => return None,
        Work::End => {
            end_upwards(Arc::clone(cell) as _);
            return None;
        }
        Work::Message(_) | Work::Lost(_) | Work::GiveWay => {}
    }
    let actor = match wake_state(cell, state) {
        Ok(actor) => actor,
        Err(cause) => {
            drop_quietly(work);
            return Some(Outcome::Failed(cause));
        }
    };
    // They may do something before they return the future, and panic there too.
    Some(match work {
        Work::Message(message) => match caught(move || actor.handle(message, context)) {
            Ok(handler) => guard(cell, handler).await,
            Err(cause) => Outcome::Failed(cause),
        },
        Work::Lost(lost) => match caught(move || actor.child_lost(lost, context)) {
            Ok(handler) => guard(cell, handler).await,
            Err(cause) => Outcome::Failed(cause),
        },
        Work::Rest | Work::End | Work::GiveWay => unreachable!("returned above"),
    })
}

/// The state, made now if there is none.
fn wake_state<'a, A: Actor>(
    cell: &Cell<A>,
    state: &'a mut Option<Box<A>>,
) -> Result<&'a mut A, Cause> {
    if state.is_none() {
        *state = Some(caught(|| Box::new(cell.make()))?);
    }
    Ok(state.as_mut().expect("made above"))
}

/// Runs a handler: catches its panic, and drops it when the actor has to end.
async fn guard<A: Actor>(
    cell: &Cell<A>,
    handler: impl Future<Output = Result<(), A::Failure>>,
) -> Outcome {
    let mut handler = pin!(Some(handler));
    let mut waits = false;
    let outcome = poll_fn(|task| {
        if waits && cell.mailbox().must_let_go() {
            return Poll::Ready(Outcome::Dropped);
        }
        let running = handler.as_mut().as_pin_mut().expect("it is dropped below");
        match caught(|| running.poll(task)) {
            Ok(Poll::Ready(Ok(()))) => return Poll::Ready(Outcome::Done),
            Ok(Poll::Ready(Err(failure))) => {
                return Poll::Ready(Outcome::Failed(Cause::Failed(Box::new(failure))));
            }
            Err(cause) => return Poll::Ready(Outcome::Failed(cause)),
            Ok(Poll::Pending) => {}
        }
        waits = true;
        let let_in = {
            let mut mailbox = cell.mailbox();
            if mailbox.must_let_go() {
                return Poll::Ready(Outcome::Dropped);
            }
            mailbox.wake_later(task.waker());
            mailbox.has_room_for_waiting()
        };
        if let_in {
            cell.let_in();
        }
        Poll::Pending
    })
    .await;
    if catch_unwind(AssertUnwindSafe(|| handler.set(None))).is_err() {
        tracing::error!(id = %cell.id(), "a handler panicked while it was dropped");
    }
    outcome
}

/// What the supervisor does about a failure. The address and the messages that wait stay.
async fn recover<A: Actor>(cell: &Arc<Cell<A>>, state: &mut Option<Box<A>>, cause: Cause) {
    let actor = std::any::type_name::<A>();
    let verdict = cell.mailbox().judge(Instant::now());
    match verdict {
        Verdict::Restart => {
            tracing::warn!(id = %cell.id(), actor, %cause, "an actor failed and is restarted");
            // They belong to a state that is gone.
            cell.close_children();
            poll_fn(|task| {
                let mut mailbox = cell.mailbox();
                if !mailbox.has_children() {
                    return Poll::Ready(());
                }
                mailbox.wake_later(task.waker());
                Poll::Pending
            })
            .await;
            drop_quietly(state.take());
        }
        Verdict::GiveUp => {
            let id = cell.id();
            cell.mailbox().mark_lost(ChildLost { id, actor, cause });
            close(Arc::clone(cell) as _);
        }
    }
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Cause> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| Cause::Panicked(words_of(panic)))
}

fn words_of(panic: Box<dyn Any + Send>) -> String {
    let words = match panic.downcast::<String>() {
        Ok(words) => return *words,
        Err(panic) => panic,
    };
    words
        .downcast::<&'static str>()
        .map_or_else(|_| "without words".to_owned(), |words| (*words).to_owned())
}
