//! The actors that the tests work with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crew::{Actor, Address, ChildLost, Context, Crew, Reply};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};

/// How long anything may take that should come at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn crew() -> Crew {
    Crew::new(Handle::current())
}

#[derive(Debug, thiserror::Error)]
#[error("the note is torn")]
pub(crate) struct Torn;

#[derive(Debug)]
pub(crate) enum Note {
    Keep(u64),
    /// All that were kept, in order.
    Tell(Reply<Vec<u64>>),
    /// Passes over the question.
    Ignore(#[expect(dead_code, reason = "dropped unread")] Reply<u64>),
    Fail,
    Panic,
    /// Fails with the question in hand.
    FailAsked(#[expect(dead_code, reason = "dropped unread")] Reply<u64>),
    /// Waits until the gate lets one through.
    Wait(Arc<Semaphore>),
    /// Waits forever; dropping it is noticed.
    Hang(Dropped),
    Child(Reply<Address<Notebook>>),
    /// What was heard of lost children.
    Losses(Reply<Vec<String>>),
    Leave,
}

/// Tells its name when it is dropped.
#[derive(Debug)]
pub(crate) struct Dropped(
    pub(crate) &'static str,
    pub(crate) mpsc::UnboundedSender<&'static str>,
);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.1.send(self.0);
    }
}

/// Keeps numbers.
#[derive(Debug, Default)]
pub(crate) struct Notebook {
    pub(crate) kept: Vec<u64>,
    pub(crate) losses: Vec<String>,
    pub(crate) _dropped: Option<Dropped>,
}

impl Actor for Notebook {
    type Message = Note;
    type Failure = Torn;

    async fn handle(&mut self, note: Note, context: &mut Context<Self>) -> Result<(), Torn> {
        match note {
            Note::Keep(number) => self.kept.push(number),
            Note::Tell(reply) => reply.answer(self.kept.clone()),
            Note::Ignore(_) => {}
            Note::Fail | Note::FailAsked(_) => return Err(Torn),
            Note::Panic => panic!("the pen broke"),
            Note::Wait(gate) => gate.acquire().await.expect("the gate stays").forget(),
            Note::Hang(_dropped) => std::future::pending().await,
            Note::Child(reply) => {
                let child = context.spawn(Notebook::default);
                reply.answer(child.expect("the crew has room"));
            }
            Note::Losses(reply) => reply.answer(self.losses.clone()),
            Note::Leave => context.stop(),
        }
        Ok(())
    }

    async fn child_lost(
        &mut self,
        lost: ChildLost,
        _context: &mut Context<Self>,
    ) -> Result<(), Torn> {
        self.losses.push(format!("{} {}", lost.id, lost.cause));
        Ok(())
    }
}

/// Makes notebooks, and counts how many.
pub(crate) fn counted(made: &Arc<AtomicUsize>) -> impl Fn() -> Notebook + Send + Sync + 'static {
    let made = Arc::clone(made);
    move || {
        made.fetch_add(1, Ordering::SeqCst);
        Notebook::default()
    }
}

pub(crate) async fn kept(notebook: &Address<Notebook>) -> Vec<u64> {
    let kept = notebook.ask(Note::Tell, PATIENCE).await;
    kept.expect("a living notebook answers")
}

pub(crate) async fn child(parent: &Address<Notebook>) -> Address<Notebook> {
    let child = parent.ask(Note::Child, PATIENCE).await;
    child.expect("a living notebook spawns")
}
