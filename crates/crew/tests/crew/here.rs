//! A question to an actor that rests: handled on the asker's stack, up to where the handler waits.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context as Task, Poll, Waker};
use std::time::Duration;

use crew::{Actor, Address, AskFailed, Context, Reply};
use tokio::runtime::{Builder, Handle, Id};
use tokio::sync::Semaphore;

use crate::cast::{Note, Notebook, PATIENCE, counted, crew, kept};

enum Errand {
    /// Waits at the gate, then counts itself and answers with the count.
    Wait(Arc<Semaphore>, Reply<u32>),
    Count(Reply<u32>),
    /// Asks itself for the count, and answers with what came of it.
    AskSelf(Duration, Reply<Result<u32, AskFailed>>),
    /// Tells itself to go on, again and again.
    GoOn(Option<Reply<u32>>),
    /// In which runtime it is handled.
    Where(Reply<Id>),
}

#[derive(Default)]
struct Runner {
    count: u32,
}

impl Actor for Runner {
    type Message = Errand;
    type Failure = Infallible;

    async fn handle(
        &mut self,
        errand: Errand,
        context: &mut Context<Self>,
    ) -> Result<(), Infallible> {
        match errand {
            Errand::Wait(gate, reply) => {
                gate.acquire().await.expect("the gate stays").forget();
                self.count += 1;
                reply.answer(self.count);
            }
            Errand::Count(reply) => reply.answer(self.count),
            Errand::AskSelf(patience, reply) => {
                reply.answer(context.address().ask(Errand::Count, patience).await);
            }
            Errand::GoOn(reply) => {
                self.count += 1;
                let _ = context.address().try_tell(Errand::GoOn(None));
                if let Some(reply) = reply {
                    reply.answer(self.count);
                }
            }
            Errand::Where(reply) => reply.answer(Handle::current().id()),
        }
        Ok(())
    }
}

/// What one poll makes of it; afterwards it is dropped.
fn polled_once<T>(question: impl Future<Output = T>) -> Poll<T> {
    pin!(question).poll(&mut Task::from_waker(Waker::noop()))
}

#[tokio::test]
async fn one_that_rests_answers_without_a_task() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let answer = polled_once(notebook.ask(Note::Tell, PATIENCE));
    assert_eq!(
        answer,
        Poll::Ready(Ok(Vec::new())),
        "on one thread, no task ran in between"
    );
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
}

#[tokio::test]
async fn an_asker_that_is_dropped_takes_no_handler_along() {
    let crew = crew();
    let runner = crew.spawn(Runner::default).unwrap();
    let gate = Arc::new(Semaphore::new(0));
    let at_gate = Arc::clone(&gate);
    let waits = polled_once(runner.ask(|reply| Errand::Wait(at_gate, reply), PATIENCE));
    assert_eq!(waits, Poll::Pending);
    gate.add_permits(1);
    let count = runner.ask(Errand::Count, PATIENCE).await;
    assert_eq!(count, Ok(1), "the handler came to its end");
}

#[tokio::test]
async fn a_handler_that_waits_is_woken_and_its_asker_is_answered() {
    let crew = crew();
    let runner = crew.spawn(Runner::default).unwrap();
    for open_early in [true, false] {
        let gate = Arc::new(Semaphore::new(0));
        let at_gate = Arc::clone(&gate);
        let mut asked = pin!(runner.ask(|reply| Errand::Wait(at_gate, reply), PATIENCE));
        let first = asked.as_mut().poll(&mut Task::from_waker(Waker::noop()));
        assert_eq!(first, Poll::Pending);
        if !open_early {
            // The task has been polled when the gate opens.
            tokio::task::yield_now().await;
        }
        gate.add_permits(1);
        asked.await.expect("answered");
    }
}

#[tokio::test]
async fn a_panic_on_the_askers_stack_is_the_actors_own() {
    let crew = crew();
    let made = Arc::new(AtomicUsize::new(0));
    let notebook = crew.spawn(counted(&made)).unwrap();
    notebook.tell(Note::Keep(1)).await.unwrap();
    assert_eq!(kept(&notebook).await, [1]);
    let answer = notebook.ask(|_: Reply<u64>| Note::Panic, PATIENCE).await;
    assert_eq!(answer, Err(AskFailed::Unanswered));
    assert_eq!(kept(&notebook).await, [], "it began anew");
    assert_eq!(made.load(Ordering::SeqCst), 2);
}

/// Panics before there is anything to wait for.
struct Hasty;

impl Actor for Hasty {
    type Message = Option<Reply<()>>;
    type Failure = Infallible;

    fn handle(
        &mut self,
        message: Self::Message,
        _context: &mut Context<Self>,
    ) -> impl Future<Output = Result<(), Infallible>> + Send {
        let reply = message.expect("some reply");
        async move {
            reply.answer(());
            Ok(())
        }
    }
}

#[tokio::test]
async fn a_handler_that_panics_before_it_is_polled_is_restarted_too() {
    let crew = crew();
    let hasty = crew.spawn(|| Hasty).unwrap();
    let answer = hasty.ask(|_: Reply<()>| None, PATIENCE).await;
    assert_eq!(answer, Err(AskFailed::Unanswered));
    hasty.tell(None).await.unwrap();
    assert_eq!(hasty.ask(Some, PATIENCE).await, Ok(()));
}

/// Asks the one below, and counts itself in.
struct Link(Option<Address<Link>>);

impl Actor for Link {
    type Message = Reply<u64>;
    type Failure = AskFailed;

    async fn handle(
        &mut self,
        reply: Reply<u64>,
        _context: &mut Context<Self>,
    ) -> Result<(), AskFailed> {
        let below = match &self.0 {
            Some(below) => below.ask(std::convert::identity, PATIENCE).await?,
            None => 0,
        };
        reply.answer(below + 1);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_chain_of_questions_does_not_overflow_the_stack() {
    const LINKS: u64 = 10_000;
    let crew = crew();
    let mut top = None;
    for _ in 0..LINKS {
        let below = top.clone();
        top = Some(crew.spawn(move || Link(below.clone())).unwrap());
    }
    let top = top.expect("there are links");
    for _ in 0..2 {
        let length = top.ask(std::convert::identity, PATIENCE).await;
        assert_eq!(length, Ok(LINKS));
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_asks_itself_is_answered_by_the_end_of_its_patience() {
    let crew = crew();
    let runner = crew.spawn(Runner::default).unwrap();
    let patience = Duration::from_secs(3);
    let answer = runner
        .ask(|reply| Errand::AskSelf(patience, reply), PATIENCE)
        .await;
    assert_eq!(answer, Ok(Err(AskFailed::Overdue(patience))));
}

#[tokio::test]
async fn an_asker_is_not_kept_by_what_comes_after_its_question() {
    let crew = crew();
    let runner = crew.spawn(Runner::default).unwrap();
    let first = polled_once(runner.ask(|reply| Errand::GoOn(Some(reply)), PATIENCE));
    assert_eq!(first, Poll::Ready(Ok(1)), "the rest is a task's");
    let count = runner.ask(Errand::Count, PATIENCE).await;
    assert_eq!(count, Ok(2), "what the actor told itself came first");
    runner.stop(PATIENCE).await.unwrap();
}

#[tokio::test]
async fn an_asker_whose_answers_come_at_once_lets_others_have_the_thread() {
    let crew = crew();
    let runner = crew.spawn(Runner::default).unwrap();
    let other = tokio::spawn(async {});
    for _ in 0..10_000 {
        runner.ask(Errand::Count, PATIENCE).await.unwrap();
    }
    assert!(other.is_finished(), "it came in between");
}

#[test]
fn a_handler_runs_in_the_runtime_of_its_crew_whoever_asks() {
    let home = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let abroad = Builder::new_current_thread().enable_all().build().unwrap();
    let crew = crew::Crew::new(home.handle().clone());
    let runner = crew.spawn(Runner::default).unwrap();
    let found = abroad.block_on(runner.ask(Errand::Where, PATIENCE));
    assert_eq!(found, Ok(home.handle().id()));
    let found = home.block_on(runner.ask(Errand::Where, PATIENCE));
    assert_eq!(found, Ok(home.handle().id()));
    home.block_on(crew.stop(PATIENCE)).unwrap();
}

#[tokio::test]
async fn one_that_is_stopped_while_it_waits_for_its_task_ends() {
    let crew = crew();
    let runner = crew.spawn(Runner::default).unwrap();
    let gate = Arc::new(Semaphore::new(0));
    let waits = polled_once(runner.ask(|reply| Errand::Wait(gate, reply), PATIENCE));
    assert_eq!(waits, Poll::Pending);
    // The task has not been polled yet: nobody can be woken by the stop.
    runner.stop(PATIENCE).await.unwrap();
    assert_eq!(crew.living(), 0);
}
