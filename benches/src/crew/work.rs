//! What is measured of ours: the same work that `crew.erl` does.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ::crew::{Actor, Address, Context, Crew, Reply, SpawnRefused};
use anyhow::{Context as _, ensure};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::place::pss_mb;

/// Actors that are spawned, or left idle.
pub(super) const ACTORS: usize = 100_000;

/// Actors of the subtree that is stopped: one, ten below it, the rest below those.
const SUBTREE: usize = 1_000;
const BRANCHES: usize = 10;

/// Asks and tells in all, whatever the number of senders.
const ASKS_BY_ONE: u64 = 200_000;
const ASKS_BY_EACH_OF_MANY: u64 = 20_000;
const TELLS: u64 = 1_000_000;

/// How long idle actors are left alone before their memory is read.
const REST: Duration = Duration::from_secs(2);

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Counts down to nothing, then calls.
struct Tally {
    left: AtomicUsize,
    done: Notify,
}

impl Tally {
    fn new(left: usize) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(left),
            done: Notify::new(),
        })
    }

    fn count(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.done.notify_one();
        }
    }
}

enum Job {
    Count,
    Add(u64),
    Echo(u64, Reply<u64>),
    /// Works on this one until it is stopped.
    Hang,
}

/// Does each kind of work.
struct Hand {
    sum: u64,
    aim: u64,
    tally: Arc<Tally>,
}

impl Hand {
    fn maker(aim: u64, tally: &Arc<Tally>) -> impl Fn() -> Self + Send + Sync + 'static {
        let tally = Arc::clone(tally);
        move || Self {
            sum: 0,
            aim,
            tally: Arc::clone(&tally),
        }
    }
}

impl Actor for Hand {
    type Message = Job;
    type Failure = Infallible;

    async fn handle(&mut self, job: Job, _context: &mut Context<Self>) -> Result<(), Infallible> {
        match job {
            Job::Count => self.tally.count(),
            Job::Add(more) => {
                self.sum += more;
                if self.sum == self.aim {
                    self.tally.count();
                }
            }
            Job::Echo(number, reply) => reply.answer(number),
            Job::Hang => {
                self.tally.count();
                std::future::pending::<()>().await;
            }
        }
        Ok(())
    }
}

/// Spawns actors and gives each a message; until all are handled.
pub(super) async fn spawn() -> anyhow::Result<Duration> {
    let crew = Crew::new(Handle::current());
    let tally = Tally::new(ACTORS);
    let began = Instant::now();
    for _ in 0..ACTORS {
        let hand = crew.spawn(Hand::maker(0, &tally))?;
        hand.tell(Job::Count).await.context("telling a new actor")?;
    }
    tally.done.notified().await;
    let took = began.elapsed();
    crew.stop(PATIENCE).await?;
    Ok(took)
}

/// Asks one actor from some tasks. Returns how many asks, and what they took.
pub(super) async fn ask(clients: u64) -> anyhow::Result<(u64, Duration)> {
    let each = if clients == 1 {
        ASKS_BY_ONE
    } else {
        ASKS_BY_EACH_OF_MANY
    };
    let crew = Crew::new(Handle::current());
    let hand = crew.spawn(Hand::maker(0, &Tally::new(0)))?;
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let hand = hand.clone();
        tasks.spawn(async move {
            for number in 0..each {
                let answer = hand.ask(|reply| Job::Echo(number, reply), PATIENCE).await?;
                ensure!(answer == number, "asked {number}, answered {answer}");
            }
            Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    let took = began.elapsed();
    crew.stop(PATIENCE).await?;
    Ok((clients * each, took))
}

/// Tells one actor from some tasks, until all is handled.
pub(super) async fn tell(senders: u64) -> anyhow::Result<(u64, Duration)> {
    let crew = Crew::new(Handle::current());
    let tally = Tally::new(1);
    let hand = crew.spawn(Hand::maker(TELLS, &tally))?;
    let began = Instant::now();
    for _ in 0..senders {
        let hand = hand.clone();
        tokio::spawn(async move {
            for _ in 0..TELLS / senders {
                if hand.tell(Job::Add(1)).await.is_err() {
                    return;
                }
            }
        });
    }
    tokio::time::timeout(PATIENCE, tally.done.notified()).await?;
    let took = began.elapsed();
    crew.stop(PATIENCE).await?;
    Ok((TELLS, took))
}

/// Memory that actors take which handled a message and wait for the next, in bytes.
pub(super) async fn idle() -> anyhow::Result<f64> {
    let before = pss_mb(std::process::id())?;
    let crew = Crew::new(Handle::current());
    let tally = Tally::new(ACTORS);
    let mut hands = Vec::with_capacity(ACTORS);
    for _ in 0..ACTORS {
        let hand = crew.spawn(Hand::maker(0, &tally))?;
        hand.tell(Job::Count).await.context("telling a new actor")?;
        hands.push(hand);
    }
    tally.done.notified().await;
    tokio::time::sleep(REST).await;
    let after = pss_mb(std::process::id())?;
    ensure!(crew.living() == hands.len(), "all are still alive");
    Ok((after - before) * 1e6)
}

enum Growth {
    Branches,
    Leaves(usize),
}

/// The top of the subtree, and its branches.
struct Branch(Arc<Tally>);

impl Actor for Branch {
    type Message = Growth;
    type Failure = SpawnRefused;

    async fn handle(
        &mut self,
        growth: Growth,
        context: &mut Context<Self>,
    ) -> Result<(), SpawnRefused> {
        let tally = &self.0;
        match growth {
            Growth::Branches => {
                let leaves = SUBTREE - 1 - BRANCHES;
                for branch in 0..BRANCHES {
                    let tally = Arc::clone(tally);
                    let child = context.spawn(move || Self(Arc::clone(&tally)))?;
                    let share = leaves / BRANCHES + usize::from(branch < leaves % BRANCHES);
                    let told = child.try_tell(Growth::Leaves(share));
                    told.expect("a new mailbox has room");
                }
            }
            Growth::Leaves(share) => {
                for _ in 0..share {
                    let child = context.spawn(Hand::maker(0, tally))?;
                    let told = child.try_tell(Job::Hang);
                    told.expect("a new mailbox has room");
                }
            }
        }
        tally.count();
        Ok(())
    }
}

/// Stops a subtree whose leaves are all in the middle of a message.
pub(super) async fn cancel() -> anyhow::Result<Duration> {
    let crew = Crew::new(Handle::current());
    let tally = Tally::new(SUBTREE);
    let grown = Arc::clone(&tally);
    let top: Address<Branch> = crew.spawn(move || Branch(Arc::clone(&grown)))?;
    top.tell(Growth::Branches)
        .await
        .context("telling the top")?;
    tokio::time::timeout(PATIENCE, tally.done.notified()).await?;
    ensure!(crew.living() == SUBTREE, "{} were born", crew.living());
    let began = Instant::now();
    top.stop(PATIENCE).await?;
    let took = began.elapsed();
    ensure!(crew.living() == 0, "{} are left", crew.living());
    Ok(took)
}
