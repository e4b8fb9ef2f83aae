//! The embedded engine: llama.cpp in a worker process, started when it is needed, watched over, and
//! ended when nobody asks.
//!
//! The hub makes one [`Engine`] and takes [`Model`]s from it. One task, the keeper, owns the worker;
//! everything else sends it messages. A model is loaded at its first question; a question for another
//! model waits until the answers before it are done, so that both get their turn. When the worker
//! dies, the answers it was writing fail with [`ModelError::WorkerDied`], another is started at once,
//! and the model is loaded again.
//!
//! This module never sees a conversation's owner, never opens a socket, and writes no file.

mod keeper;
mod relay;
mod running;
mod status;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use wire::engine::Generation;

use crate::model::{About, Answering, Embeddings, Model, ModelError};
use keeper::{Ask, Keeper, ModelKey, Request, Work};
pub use status::{EngineStatus, Stats};

/// Messages to the keeper that wait. It never waits for a reader, so they are soon taken.
const ASKS: usize = 256;

/// Happenings of one answer that wait for its reader; what comes then is merged, see [`relay`].
const HAPPENINGS: usize = 16;

/// What the engine works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSetup {
    /// The program `hai-net-llm`.
    pub worker: PathBuf,
    /// Conversations that are decoded together.
    pub slots: u32,
    /// Tokens that one conversation may hold; `0` leaves it to the worker.
    pub context_tokens: u32,
    /// Threads to compute with, see also [`Engine::use_threads`].
    pub threads: u32,
    /// Layers to place on a GPU, where the worker was built for one.
    pub gpu_layers: u32,
    /// End the worker when nobody asked for so long; `None` keeps it.
    pub unload_after: Option<Duration>,
}

/// The embedded engine. Clones are the same engine; when the last is dropped, the worker is killed.
#[derive(Debug, Clone)]
pub struct Engine {
    asks: mpsc::Sender<Ask>,
    status: watch::Receiver<EngineStatus>,
    stats: watch::Receiver<Stats>,
    worker: Arc<Path>,
}

impl Engine {
    /// Makes the engine; the worker is started at the first question. To be called inside a Tokio
    /// runtime.
    #[must_use]
    pub fn new(setup: EngineSetup) -> Self {
        let worker = Arc::from(setup.worker.as_path());
        let (asks, inbox) = mpsc::channel(ASKS);
        let (status_sender, status) = watch::channel(EngineStatus::Off);
        let (stats_sender, stats) = watch::channel(Stats::default());
        // The keeper holds no sender of its own, so that it ends with the last engine.
        let back = asks.downgrade();
        tokio::spawn(Keeper::new(setup, back, status_sender, stats_sender).run(inbox));
        Self {
            asks,
            status,
            stats,
            worker,
        }
    }

    /// The model in this file, under this name. Nothing is loaded until it is asked.
    #[must_use]
    pub fn model(&self, name: &str, path: &Path) -> Arc<dyn Model> {
        let key = ModelKey {
            name: Arc::from(name),
            path: Arc::from(path),
        };
        Arc::new(EmbeddedModel {
            engine: self.clone(),
            key,
        })
    }

    /// What the engine is doing.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<EngineStatus> {
        self.status.clone()
    }

    /// What it has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        *self.stats.borrow()
    }

    /// The program of the worker.
    #[must_use]
    pub fn worker(&self) -> &Path {
        &self.worker
    }

    /// Computes with this many threads from the next token on.
    pub async fn use_threads(&self, threads: u32) {
        // An engine that is closed computes no more.
        let _ = self.asks.send(Ask::UseThreads(threads.max(1))).await;
    }

    /// Gives all memory back as soon as the running answers are done. The next question loads again.
    pub async fn unload(&self) {
        self.and_wait(|done| Ask::Unload { done }).await;
    }

    /// Ends all answers and the worker, which is killed when its patience is over. Twice is harmless.
    pub async fn shutdown(&self, patience: Duration) {
        self.and_wait(|done| Ask::Shutdown { patience, done }).await;
    }

    async fn and_wait(&self, ask: impl FnOnce(oneshot::Sender<()>) -> Ask) {
        let (done, over) = oneshot::channel();
        if self.asks.send(ask(done)).await.is_ok() {
            // A keeper that ended meanwhile has ended the worker too.
            let _ = over.await;
        }
    }

    /// Gives the keeper some work and waits for its first word. Dropping the future stops the work.
    async fn work<T>(
        &self,
        model: &ModelKey,
        stop: &CancellationToken,
        work: impl FnOnce(oneshot::Sender<Result<T, ModelError>>) -> Work,
    ) -> Result<T, ModelError> {
        let (reply, answer) = oneshot::channel();
        let request = Request {
            model: model.clone(),
            stop: stop.clone(),
            work: work(reply),
        };
        let sent = self.asks.send(Ask::Work(request)).await;
        sent.map_err(|_| ModelError::Closing)?;
        answer.await.unwrap_or(Err(ModelError::Closing))
    }
}

/// A model that runs in the worker.
struct EmbeddedModel {
    engine: Engine,
    key: ModelKey,
}

#[async_trait]
impl Model for EmbeddedModel {
    fn about(&self) -> About<'_> {
        About::embedded(&self.key.name)
    }

    async fn generate(&self, what: Generation) -> Result<Answering, ModelError> {
        let stop = CancellationToken::new();
        let stops_when_dropped = stop.clone().drop_guard();
        let (happenings, receiver) = mpsc::channel(HAPPENINGS);
        let what = Box::new(what);
        self.engine
            .work(&self.key, &stop, |started| Work::Generate {
                what,
                started,
                happenings,
            })
            .await?;
        Ok(Answering::new(receiver, stops_when_dropped))
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Embeddings, ModelError> {
        let stop = CancellationToken::new();
        let _stops_when_dropped = stop.clone().drop_guard();
        self.engine
            .work(&self.key, &stop, |reply| Work::Embed { texts, reply })
            .await
    }

    async fn tokenize(&self, text: String) -> Result<Vec<i32>, ModelError> {
        let stop = CancellationToken::new();
        let _stops_when_dropped = stop.clone().drop_guard();
        self.engine
            .work(&self.key, &stop, |reply| Work::Tokenize { text, reply })
            .await
    }
}
