//! Many at once: nothing is lost between one activation and the next.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crew::{Actor, Address, Context, Reply};

use crate::cast::{PATIENCE, crew};

const SENDERS: usize = 16;
const EACH: u64 = 5_000;

enum Tick {
    /// From this sender, with the number that it counts up.
    From(usize, u64),
    Count(Reply<u64>),
}

/// Checks that it never runs twice at once, and that each sender's ticks come in order.
struct Clock {
    next: [u64; SENDERS],
    total: u64,
    busy: Arc<AtomicBool>,
}

impl Actor for Clock {
    type Message = Tick;
    type Failure = Infallible;

    async fn handle(&mut self, tick: Tick, _context: &mut Context<Self>) -> Result<(), Infallible> {
        assert!(
            !self.busy.swap(true, Ordering::SeqCst),
            "it handles one message at a time"
        );
        match tick {
            Tick::From(sender, number) => {
                assert_eq!(self.next[sender], number, "in the order of sender {sender}");
                self.next[sender] += 1;
                self.total += 1;
                if number % 64 == 0 {
                    tokio::task::yield_now().await;
                }
            }
            Tick::Count(reply) => reply.answer(self.total),
        }
        self.busy.store(false, Ordering::SeqCst);
        Ok(())
    }
}

fn clock() -> impl Fn() -> Clock + Send + Sync + 'static {
    let busy = Arc::new(AtomicBool::new(false));
    move || Clock {
        next: [0; SENDERS],
        total: 0,
        busy: Arc::clone(&busy),
    }
}

async fn count(clock: &Address<Clock>) -> u64 {
    clock
        .ask(Tick::Count, PATIENCE)
        .await
        .expect("it never fails")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_message_of_many_senders_is_lost_between_activations() {
    let crew = crew();
    let clock = crew.spawn(clock()).unwrap();
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..SENDERS {
        let clock = clock.clone();
        senders.spawn(async move {
            for number in 0..EACH {
                clock.tell(Tick::From(sender, number)).await.unwrap();
                // Now and then the mailbox runs empty, so that activations end and begin.
                if number % 7 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        });
    }
    while let Some(sender) = senders.join_next().await {
        sender.unwrap();
    }
    assert_eq!(count(&clock).await, u64::try_from(SENDERS).unwrap() * EACH);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_ask_of_many_clients_has_its_answer() {
    let crew = crew();
    let clock = crew.spawn(clock()).unwrap();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..SENDERS {
        let clock = clock.clone();
        // Each ask meets a clock that rests or is about to.
        clients.spawn(async move {
            for _ in 0..EACH {
                assert_eq!(count(&clock).await, 0);
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
}

/// Spawns two below it, down to nothing, and counts itself in.
struct Branching(Arc<AtomicU64>);

impl Actor for Branching {
    type Message = u32;
    type Failure = Infallible;

    async fn handle(&mut self, depth: u32, context: &mut Context<Self>) -> Result<(), Infallible> {
        self.0.fetch_add(1, Ordering::SeqCst);
        for _ in 0..2 {
            let born = Arc::clone(&self.0);
            // While the tree is being stopped this is refused, at any moment.
            if depth > 0
                && let Ok(child) = context.spawn(move || Self(Arc::clone(&born)))
            {
                let _ = child.try_tell(depth - 1);
            }
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_tree_that_grows_while_it_is_stopped_leaves_nobody_behind() {
    for round in 0..100_u32 {
        let crew = crew();
        let born = Arc::new(AtomicU64::new(0));
        let make = Arc::clone(&born);
        let top = crew.spawn(move || Branching(Arc::clone(&make))).unwrap();
        top.tell(12).await.unwrap();
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        top.stop(PATIENCE).await.unwrap();
        assert_eq!(
            crew.living(),
            0,
            "round {round}, {} were born",
            born.load(Ordering::SeqCst)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_can_live_at_once() {
    let crew = crew();
    let born = Arc::new(AtomicU64::new(0));
    let mut all = Vec::new();
    for _ in 0..100_000 {
        let born = Arc::clone(&born);
        let one = crew.spawn(move || Branching(Arc::clone(&born))).unwrap();
        one.tell(0).await.unwrap();
        all.push(one);
    }
    let all_handled = async {
        while born.load(Ordering::SeqCst) < 100_000 {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, all_handled).await;
    waited.expect("each handled its message");
    assert_eq!(crew.living(), all.len());
    crew.stop(PATIENCE).await.unwrap();
    assert_eq!(crew.living(), 0);
}
