//! The work that the worker has, and who waits for it.

use std::collections::HashMap;

use tokio::sync::oneshot;
use tokio::time::Instant;
use wire::engine::{EngineFault, FinishReason, FromEngine, JobId, Usage};

use super::relay::Outbox;
use crate::model::{Embeddings, Happening, ModelError};

/// Who waits for a piece of work.
#[derive(Debug)]
pub(super) enum Waits {
    /// For an answer; the first word goes to `started`, the rest to the outbox.
    Answer {
        started: Option<oneshot::Sender<Result<(), ModelError>>>,
        outbox: Outbox,
    },
    /// For vectors.
    Vectors(oneshot::Sender<Result<Embeddings, ModelError>>),
    /// For tokens.
    Tokens(oneshot::Sender<Result<Vec<i32>, ModelError>>),
}

/// One piece of work in the worker.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) waits: Waits,
    /// When the worker was asked to stop it.
    pub(super) cancelled: Option<Instant>,
}

/// All work in the worker.
#[derive(Debug, Default)]
pub(super) struct RunningWork {
    jobs: HashMap<JobId, Running>,
}

impl RunningWork {
    pub(super) fn insert(&mut self, job: JobId, waits: Waits) {
        self.jobs.insert(
            job,
            Running {
                waits,
                cancelled: None,
            },
        );
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Notes that a job is to stop. `false`: it is over, or is stopping already.
    pub(super) fn cancel(&mut self, job: JobId, now: Instant) -> bool {
        match self.jobs.get_mut(&job) {
            Some(running) if running.cancelled.is_none() => {
                running.cancelled = Some(now);
                true
            }
            Some(_) | None => false,
        }
    }

    /// When the first of the jobs was asked to stop that has not.
    pub(super) fn first_cancelled(&self) -> Option<Instant> {
        self.jobs
            .values()
            .filter_map(|running| running.cancelled)
            .min()
    }

    /// Passes on what the worker said about a job; gives what a finished answer cost.
    pub(super) fn hear(&mut self, said: FromEngine) -> Option<Usage> {
        match said {
            FromEngine::Started {
                job,
                prompt_tokens,
                cached_tokens,
            } => {
                if let Some(outbox) = self.start(job) {
                    outbox.put(Happening::Started {
                        prompt_tokens,
                        cached_tokens,
                    });
                }
                None
            }
            FromEngine::Piece {
                job,
                text,
                logprobs,
            } => {
                if let Some(outbox) = self.start(job) {
                    outbox.put(Happening::Piece { text, logprobs });
                }
                None
            }
            FromEngine::Finished { job, reason, usage } => self.finish(job, reason, usage),
            FromEngine::Embedded {
                job,
                vectors,
                prompt_tokens,
            } => {
                if let Some(Running {
                    waits: Waits::Vectors(reply),
                    ..
                }) = self.jobs.remove(&job)
                {
                    // Whoever asked may have gone.
                    let _ = reply.send(Ok(Embeddings {
                        vectors,
                        prompt_tokens,
                    }));
                }
                None
            }
            FromEngine::Tokenized { job, tokens } => {
                if let Some(Running {
                    waits: Waits::Tokens(reply),
                    ..
                }) = self.jobs.remove(&job)
                {
                    // As above.
                    let _ = reply.send(Ok(tokens));
                }
                None
            }
            FromEngine::Refused { job, fault } => {
                self.fail(job, fault);
                None
            }
            FromEngine::Ready { .. }
            | FromEngine::Loading { .. }
            | FromEngine::Loaded(_)
            | FromEngine::LoadFailed { .. }
            | FromEngine::Log { .. } => None,
        }
    }

    /// Fails everything that runs.
    pub(super) fn fail_all(&mut self, error: &ModelError) {
        for (_, running) in self.jobs.drain() {
            running.waits.fail(error.clone());
        }
    }

    fn fail(&mut self, job: JobId, fault: EngineFault) {
        if let Some(running) = self.jobs.remove(&job) {
            running.waits.fail(ModelError::Engine(fault));
        }
    }

    fn start(&mut self, job: JobId) -> Option<&Outbox> {
        match &mut self.jobs.get_mut(&job)?.waits {
            Waits::Answer { started, outbox } => {
                if let Some(started) = started.take() {
                    // Whoever asked may have gone; the relay cancels then.
                    let _ = started.send(Ok(()));
                }
                Some(outbox)
            }
            Waits::Vectors(_) | Waits::Tokens(_) => None,
        }
    }

    fn finish(&mut self, job: JobId, reason: FinishReason, usage: Usage) -> Option<Usage> {
        // An answer that was cancelled before it began never said that it started.
        if let Some(outbox) = self.start(job) {
            outbox.put(Happening::Finished { reason, usage });
        }
        match self.jobs.remove(&job)?.waits {
            Waits::Answer { .. } => Some(usage),
            Waits::Vectors(_) | Waits::Tokens(_) => None,
        }
    }
}

impl Waits {
    /// Tells whoever waits that nothing comes.
    pub(super) fn fail(self, error: ModelError) {
        // Whoever asked may have gone.
        match self {
            Self::Answer {
                started: Some(started),
                ..
            } => drop(started.send(Err(error))),
            Self::Answer {
                started: None,
                outbox,
            } => outbox.put(Happening::Failed(error)),
            Self::Vectors(reply) => drop(reply.send(Err(error))),
            Self::Tokens(reply) => drop(reply.send(Err(error))),
        }
    }
}
