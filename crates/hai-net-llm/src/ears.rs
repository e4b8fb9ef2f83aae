//! Reads what the hub asks, on a thread of its own, so that a cancel is heard while computing.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wire::engine::{JobId, ToEngine};

/// Frames that wait for the computing thread. Beyond it the hub's pipe fills, which holds it back.
const INBOX: usize = 1024;

/// How long the computing thread may take to end by itself after the hub has closed the pipe.
const END_PATIENCE: Duration = Duration::from_secs(3);

/// Lets the reading thread interrupt a computation.
#[derive(Default)]
pub(crate) struct Switch {
    abort: Arc<AtomicBool>,
    ending: AtomicBool,
    jobs: Mutex<Jobs>,
}

#[derive(Default)]
struct Jobs {
    computing: Vec<JobId>,
    cancelled: BTreeSet<JobId>,
}

impl Switch {
    /// The flag that llama.cpp asks between two operations.
    pub(crate) fn abort_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.abort)
    }

    /// Whether the hub wants the worker to end.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    /// From now on a cancel of one of these jobs interrupts the computation. Empty: nothing does.
    pub(crate) fn computing(&self, jobs: impl IntoIterator<Item = JobId>) {
        let mut known = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        known.computing.clear();
        known.computing.extend(jobs);
        let wanted = known
            .computing
            .iter()
            .any(|job| known.cancelled.contains(job));
        self.abort
            .store(wanted || self.is_ending(), Ordering::Release);
    }

    /// The cancel of this job has been dealt with.
    pub(crate) fn forget(&self, job: JobId) {
        let mut known = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        known.cancelled.remove(&job);
    }

    fn cancel(&self, job: JobId) {
        let mut known = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        known.cancelled.insert(job);
        if known.computing.contains(&job) {
            self.abort.store(true, Ordering::Release);
        }
    }

    fn end(&self) {
        self.ending.store(true, Ordering::Release);
        self.abort.store(true, Ordering::Release);
    }
}

/// Starts to read standard input. The channel closes when the hub closed its end or asked to quit.
pub(crate) fn listen(switch: Arc<Switch>) -> std::io::Result<Receiver<ToEngine>> {
    let (sender, inbox) = sync_channel(INBOX);
    std::thread::Builder::new()
        .name("ears".into())
        .spawn(move || {
            read_all(&switch, &sender);
            switch.end();
            drop(sender);
            std::thread::sleep(END_PATIENCE);
            std::process::exit(0);
        })?;
    Ok(inbox)
}

fn read_all(switch: &Switch, sender: &SyncSender<ToEngine>) {
    let mut input = std::io::stdin().lock();
    loop {
        let asked = match wire::read_frame::<ToEngine>(&mut input) {
            Ok(Some(ToEngine::Quit) | None) => return,
            Ok(Some(asked)) => asked,
            Err(error) => {
                tracing::error!("the hub sent something that is no frame: {error}");
                return;
            }
        };
        if let ToEngine::Cancel { job } = asked {
            switch.cancel(job);
        }
        if sender.send(asked).is_err() {
            return;
        }
    }
}
