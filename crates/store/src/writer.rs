//! The one connection that writes: many jobs, one transaction, one wait for the disk.
//!
//! With `synchronous=FULL` a commit waits for the disk, which takes milliseconds. Jobs that come in
//! while it waits are done together by a thread in the next transaction, so that many writers wait no
//! longer than one.
//!
//! A job that comes alone is done where it was asked for: with a good disk, waking the thread and being
//! woken by it would take as long as the disk.
//!
//! Jobs that only write to the agents' journal are brought to the disk without a transaction, in its
//! [tail](crate::tail).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::coop::consume_budget;

use crate::agents::lines::Lines;
use crate::error::{JobError, StoreError};
use crate::in_place::in_place;
use crate::tail::Tail;

/// How many jobs may wait for the writer; whoever comes later waits to hand its job over.
///
/// A few transactions' worth: the thread never runs dry, and a flood cannot fill the memory.
const JOBS_WAITING_MAX: usize = 256;

/// How many jobs share one transaction.
///
/// Large enough that the wait for the disk no longer counts, small enough that the first of them
/// is answered within some ten milliseconds.
const JOBS_TOGETHER_MAX: usize = 128;

/// How much the writer has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriterCounts {
    /// Jobs that were answered, well or not.
    pub jobs: u64,
    /// Waits for the disk that came to a good end: transactions that were committed, and jobs that were
    /// brought to the journal's tail together.
    pub transactions: u64,
}

/// The way to the writing connection. The last clone ends the thread and waits until the file is closed.
#[derive(Clone)]
pub(crate) struct Writer {
    inbox: mpsc::Sender<Message>,
    place: Arc<Place>,
    /// Whether something lies in the journal's tail.
    tail_holds: Arc<AtomicBool>,
    /// What became of closing the file, once the thread has ended.
    ended: watch::Receiver<Option<Result<(), StoreError>>>,
    /// Behind `inbox`, so that it is dropped after it.
    _thread: Arc<EndOfThread>,
}

/// Where jobs are done, one transaction after the other.
struct Place {
    /// Empty once the file is closed, in order or after a panic in the middle of a transaction.
    desk: Mutex<Option<Desk>>,
    /// The last transaction had one job. Where several come together, they had better wait for each other.
    is_quiet: AtomicBool,
}

impl Place {
    fn enter(&self) -> MutexGuard<'_, Option<Desk>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the thread when dropped.
///
/// A process that ends while the thread still closes its connection can fall: SQLCipher and OpenSSL
/// free what they use from handlers that run at exit, and know nothing of threads.
struct EndOfThread(Option<JoinHandle<()>>);

impl Drop for EndOfThread {
    fn drop(&mut self) {
        let Some(thread) = self.0.take() else { return };
        // A job that held the last clone would make the thread wait for itself.
        if thread.thread().id() != std::thread::current().id() {
            // It panicked, and that was told where it happened.
            _ = thread.join();
        }
    }
}

/// Counts on over all writers of a store.
#[derive(Default)]
pub(crate) struct Tally {
    jobs: AtomicU64,
    transactions: AtomicU64,
}

impl Tally {
    pub(crate) fn counts(&self) -> WriterCounts {
        WriterCounts {
            jobs: self.jobs.load(Ordering::Relaxed),
            transactions: self.transactions.load(Ordering::Relaxed),
        }
    }

    fn was_on_disk(&self) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
    }

    fn answered(&self, jobs: usize) {
        self.jobs.fetch_add(jobs as u64, Ordering::Relaxed);
    }
}

enum Message {
    Job(Box<dyn Job>),
    Close,
}

impl Writer {
    /// Starts the thread, which owns the connection from now on. `reopen` makes another one like
    /// it, for when this one has met a damaged page.
    pub(crate) fn start(
        connection: Connection,
        tail: Tail,
        reopen: impl Fn() -> Option<Connection> + Send + 'static,
        tally: Arc<Tally>,
    ) -> std::io::Result<Self> {
        let (inbox, messages) = mpsc::channel(JOBS_WAITING_MAX);
        let (tell, ended) = watch::channel(None);
        let tail_holds = tail.holds_any();
        let desk = Desk {
            connection,
            tail,
            reopen: Box::new(reopen),
            tally,
        };
        let place = Arc::new(Place {
            desk: Mutex::new(Some(desk)),
            is_quiet: AtomicBool::new(true),
        });
        let works_in = Arc::clone(&place);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                tell.send_replace(Some(run(&works_in, messages)));
            })?;
        Ok(Self {
            inbox,
            place,
            tail_holds,
            ended,
            _thread: Arc::new(EndOfThread(Some(thread))),
        })
    }

    /// Does a job, or hands it over, and waits until it is on disk.
    pub(crate) async fn write<T, F>(&self, doing: &'static str, job: F) -> Result<T, StoreError>
    where
        F: Fn(&Connection) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Asked {
            doing,
            job,
            made: None,
            reply,
        };
        self.ask(doing, Box::new(job), answer).await
    }

    /// As [`Self::write`], where nothing is to be written but lines of the journal. Returns the number of
    /// the first event.
    pub(crate) async fn write_lines(
        &self,
        doing: &'static str,
        lines: Arc<Lines>,
    ) -> Result<u64, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = AskedLines {
            doing,
            lines,
            first: None,
            reply,
        };
        self.ask(doing, Box::new(job), answer).await
    }

    /// Brings what lies in the journal's tail into the database, where others can read it.
    pub(crate) async fn fold_tail(&self, doing: &'static str) -> Result<(), StoreError> {
        if self.tail_holds.load(Ordering::Acquire) {
            // Every transaction begins with that.
            self.write(doing, |_| Ok(())).await?;
        }
        Ok(())
    }

    async fn ask<T>(
        &self,
        doing: &'static str,
        job: Box<dyn Job>,
        answer: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let gone = || StoreError::Gone { doing };
        if let Err(job) = self.do_alone(job) {
            let sent = self.inbox.send(Message::Job(job)).await;
            sent.map_err(|_| gone())?;
        } else {
            // Nothing was waited for, as far as the runtime knows: who writes on and on lets others in.
            consume_budget().await;
        }
        answer.await.map_err(|_| gone())?
    }

    /// Does a job here and now if nobody else writes, or gives it back.
    fn do_alone(&self, job: Box<dyn Job>) -> Result<(), Box<dyn Job>> {
        let nobody_waits = self.inbox.capacity() == self.inbox.max_capacity();
        if !nobody_waits || !self.place.is_quiet.load(Ordering::Relaxed) {
            return Err(job);
        }
        let Ok(mut desk) = self.place.desk.try_lock() else {
            return Err(job);
        };
        in_place(|| do_together(&mut desk, vec![job]));
        Ok(())
    }

    /// Lets the thread finish what it was given, and waits for its end.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        // Refused where another call has closed it already; its end is waited for all the same.
        let _ = self.inbox.send(Message::Close).await;
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Ok(())),
            // The thread panicked, and its connection was closed on the way.
            Err(_) => Ok(()),
        }
    }
}

/// A job that waits, whatever it makes.
trait Job: Send {
    /// Does the work; it may be asked again after a transaction that was lost.
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError>;

    /// Tells the one who waits. Called after the commit.
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);

    /// What the job is for.
    fn doing(&self) -> &'static str;

    /// What it writes, if that is nothing but lines of the journal.
    fn lines(&self) -> Option<&Arc<Lines>> {
        None
    }

    /// Its lines are in the journal; the first event has this number.
    fn lies_from(&mut self, _first: u64) {}
}

struct Asked<T, F> {
    doing: &'static str,
    job: F,
    made: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Asked<T, F>
where
    F: Fn(&Connection) -> Result<T, JobError> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let made = (self.job)(connection).map_err(|error| error.while_doing(self.doing))?;
        self.made = Some(made);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self {
            doing, made, reply, ..
        } = *self;
        let outcome = outcome.and_then(|()| made.ok_or(StoreError::Gone { doing }));
        // Nobody may be waiting any more; the job is done all the same.
        let _ = reply.send(outcome);
    }

    fn doing(&self) -> &'static str {
        self.doing
    }
}

struct AskedLines {
    doing: &'static str,
    lines: Arc<Lines>,
    first: Option<u64>,
    reply: oneshot::Sender<Result<u64, StoreError>>,
}

impl Job for AskedLines {
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let written = self.lines.write(connection);
        let first = written.map_err(|error| JobError::from(error).while_doing(self.doing))?;
        self.lies_from(first);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let doing = self.doing;
        let first = self.first.ok_or(StoreError::Gone { doing });
        // Nobody may be waiting any more; the lines are written all the same.
        let _ = self.reply.send(outcome.and(first));
    }

    fn doing(&self) -> &'static str {
        self.doing
    }

    fn lines(&self) -> Option<&Arc<Lines>> {
        Some(&self.lines)
    }

    fn lies_from(&mut self, first: u64) {
        self.first = Some(first);
    }
}

/// What jobs are done with.
struct Desk {
    connection: Connection,
    tail: Tail,
    reopen: Box<dyn Fn() -> Option<Connection> + Send>,
    tally: Arc<Tally>,
}

impl Desk {
    /// Takes a fresh connection after damage: SQLCipher refuses everything on a connection that
    /// has met a page it cannot decrypt, while most of the other pages may be whole.
    fn renew_after(&mut self, error: &StoreError) {
        if matches!(error, StoreError::Corrupt { .. })
            && let Some(fresh) = (self.reopen)()
        {
            self.connection = fresh;
        }
    }
}

/// The thread's work, until it is told to close or nobody is left who could tell it.
fn run(place: &Place, mut messages: mpsc::Receiver<Message>) -> Result<(), StoreError> {
    while let Some(first) = messages.blocking_recv() {
        let mut jobs = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Job(job) => jobs.push(job),
                // What was handed over before this moment still comes out of the channel.
                Message::Close => messages.close(),
            }
            next = if jobs.len() < JOBS_TOGETHER_MAX {
                messages.try_recv().ok()
            } else {
                None
            };
        }
        place.is_quiet.store(jobs.len() < 2, Ordering::Relaxed);
        // None came with the word to close.
        if !jobs.is_empty() {
            do_together(&mut place.enter(), jobs);
        }
    }
    let desk = place.enter().take();
    desk.map_or(Ok(()), finish)
}

/// Does the jobs, if there is a desk. Those that are dropped tell those who wait for them.
///
/// A panic was told where it happened. Nobody knows how far the transaction came: it is undone, and nothing is
/// written any more.
fn do_together(desk: &mut Option<Desk>, jobs: Vec<Box<dyn Job>>) {
    let Some(held) = desk else { return };
    let work = || append_or_commit(held, jobs);
    if catch_unwind(AssertUnwindSafe(work)).is_err() {
        *desk = None;
    }
}

/// Brings the jobs to the disk together: in the journal's tail, where all are of the journal, else in a
/// transaction.
fn append_or_commit(desk: &mut Desk, mut jobs: Vec<Box<dyn Job>>) {
    let lines: Option<Vec<_>> = jobs.iter().map(|job| job.lines().cloned()).collect();
    let appended = lines.and_then(|lines| {
        let first = desk.tail.append(&desk.connection, &lines)?;
        Some((first, lines))
    });
    let Some((first, lines)) = appended else {
        return commit_together(desk, jobs);
    };
    desk.tally.was_on_disk();
    desk.tally.answered(jobs.len());
    let mut next = first;
    for (job, lines) in jobs.iter_mut().zip(lines) {
        job.lies_from(next);
        next += lines.count();
    }
    for job in jobs {
        job.answer(Ok(()));
    }
}

/// Does the jobs in one transaction and answers each after the commit.
///
/// When the transaction as a whole is lost, each job is tried alone: the disk may be too full for
/// one of them, but not for its neighbours.
fn commit_together(desk: &mut Desk, mut jobs: Vec<Box<dyn Job>>) {
    let outcomes: Vec<Result<(), StoreError>> = match attempt(desk, &mut jobs) {
        Ok(outcomes) => {
            desk.tally.was_on_disk();
            outcomes
        }
        Err(Lost::NotBegun(error)) => jobs
            .iter()
            .map(|job| Err(begun_for(&error, job.doing())))
            .collect(),
        Err(Lost::NotKept(error)) if jobs.len() == 1 => vec![Err(error)],
        Err(Lost::NotKept(error)) => {
            desk.renew_after(&error);
            for job in jobs {
                commit_together(desk, vec![job]);
            }
            return;
        }
    };
    if let Some(Err(error)) = outcomes.iter().find(|outcome| outcome.is_err()) {
        desk.renew_after(error);
    }
    desk.tally.answered(jobs.len());
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        job.answer(outcome);
    }
}

/// Why a transaction came to nothing.
enum Lost {
    /// It could not be begun, so trying each job alone would only wait again.
    NotBegun(rusqlite::Error),
    /// It was given up half-way, or its commit failed.
    NotKept(StoreError),
}

/// The reason for a job that could not be begun.
fn begun_for(error: &rusqlite::Error, doing: &'static str) -> StoreError {
    let same = match error {
        rusqlite::Error::SqliteFailure(code, text) => {
            rusqlite::Error::SqliteFailure(*code, text.clone())
        }
        _ => rusqlite::Error::InvalidQuery,
    };
    JobError::from(same).while_doing(doing)
}

fn attempt(
    desk: &mut Desk,
    jobs: &mut [Box<dyn Job>],
) -> Result<Vec<Result<(), StoreError>>, Lost> {
    let connection = &desk.connection;
    let doing = jobs.first().map_or("committing", |job| job.doing());
    let told = |error| JobError::from(error).while_doing(doing);
    step(connection, "BEGIN IMMEDIATE").map_err(Lost::NotBegun)?;
    desk.tail
        .fold_in(connection)
        .map_err(|error| give_up(connection, told(error)))?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    if let [job] = jobs {
        // The transaction itself is what is undone when it fails.
        let outcome = job.run(connection);
        outcomes.push(Ok(outcome.map_err(|error| give_up(connection, error))?));
    } else {
        for job in jobs.iter_mut() {
            match in_savepoint(connection, job.as_mut()) {
                Ok(outcome) => outcomes.push(outcome),
                Err(error) => return Err(give_up(connection, error)),
            }
        }
    }
    step(connection, "COMMIT").map_err(|error| give_up(connection, told(error)))?;
    desk.tail.folded();
    Ok(outcomes)
}

/// Runs a job so that its failure undoes only its own work. The outer error means that SQLite gave
/// up the whole transaction.
fn in_savepoint(
    connection: &Connection,
    job: &mut dyn Job,
) -> Result<Result<(), StoreError>, StoreError> {
    let doing = job.doing();
    let told = |error: rusqlite::Error| JobError::from(error).while_doing(doing);
    step(connection, "SAVEPOINT job").map_err(told)?;
    let outcome = job.run(connection);
    if outcome.is_ok() {
        step(connection, "RELEASE job").map_err(told)?;
        return Ok(outcome);
    }
    match outcome {
        Err(error) if connection.is_autocommit() => Err(error),
        outcome => {
            connection
                .execute_batch("ROLLBACK TO job; RELEASE job")
                .map_err(told)?;
            Ok(outcome)
        }
    }
}

/// A step of a transaction. Reading the words anew each time would cost as much as a small job.
fn step(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn give_up(connection: &Connection, error: StoreError) -> Lost {
    if !connection.is_autocommit()
        && let Err(rollback) = connection.execute_batch("ROLLBACK")
    {
        tracing::warn!(error = %rollback, "could not roll back; the next transaction will say why");
    }
    Lost::NotKept(error)
}

/// Folds the journal's tail and the write-ahead log into the database and closes it.
fn finish(desk: Desk) -> Result<(), StoreError> {
    const DOING: &str = "closing the database";
    let told = |error: rusqlite::Error| JobError::from(error).while_doing(DOING);
    let Desk {
        connection, tail, ..
    } = desk;
    let tail = tail.close(&connection);
    let log = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
    let closed = connection.close().map_err(|(_connection, error)| error);
    tail.and(log).and(closed).map_err(told)
}

#[cfg(test)]
mod tests;
