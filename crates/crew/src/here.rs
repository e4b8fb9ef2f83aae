//! Running an activation on the stack of the one who waits for it, as far as it comes without waiting.
//!
//! What for: the most frequent question finds its actor at rest and is answered at once. A task of its
//! own would then cost more than the answer: it has to be made, another thread may be woken for it, and
//! the asker is put aside and taken up again.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;

use crate::limits::DEPTH_HERE_MAX;

thread_local! {
    /// How many activations are on this thread's stack, one below the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// One more activation on this thread's stack, until it is dropped.
struct Floor;

impl Floor {
    fn enter() -> Option<Self> {
        let depth = DEPTH.get();
        (depth < DEPTH_HERE_MAX).then(|| {
            DEPTH.set(depth + 1);
            Self
        })
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Runs an activation here until it waits, and what is left of it as a task of `runtime`.
///
/// It is never held by the caller in between: one who is dropped takes nothing of it along.
pub(crate) fn run(runtime: &Handle, activation: impl Future<Output = ()> + Send + 'static) {
    // Timers and tasks that a handler makes belong to the runtime that it runs in.
    let at_home = Handle::try_current().is_ok_and(|here| here.id() == runtime.id());
    let Some(floor) = at_home.then(Floor::enter).flatten() else {
        runtime.spawn(activation);
        return;
    };
    // On the heap, since what was polled once must not move any more.
    let mut activation = Box::pin(activation);
    // Nobody needs to be woken: whatever happens before the task is there is seen by its first poll.
    let mut nobody = Context::from_waker(Waker::noop());
    // Handlers are caught where they run; an activation that panics itself ends alone, as a task would.
    let polled = catch_unwind(AssertUnwindSafe(|| activation.as_mut().poll(&mut nobody)));
    drop(floor);
    if let Ok(Poll::Pending) = polled {
        runtime.spawn(activation);
    }
}
