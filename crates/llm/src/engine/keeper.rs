//! The task that owns the worker.
//!
//! Work waits in one line. What stands at its front decides: is its model loaded, it goes to the
//! worker; is another loaded, that one's answers are waited for, then the models change. So nobody
//! overtakes, and two models that are asked in turn each get their turn.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::engine::{
    EngineFault, FromEngine, Generation, JobId, LoadPlan, ModelFacts, PROTOCOL, ToEngine,
};

use super::relay::Outbox;
use super::running::{RunningWork, Waits};
use super::worker::{Event, Instructions, Worker};
use super::{EngineSetup, EngineStatus, Stats};
use crate::model::{Embeddings, Happening, ModelError};

/// Work that waits for its model. The worker has a line of its own behind this one.
const WAITING_MAX: usize = 256;

/// Events of the worker that wait. The keeper takes them at once.
const EVENTS: usize = 256;

/// How long a worker may take to end by itself before it is killed: a token of a large model.
const END_PATIENCE: Duration = Duration::from_secs(2);

/// How long a worker may take until it says that it is there. Loading code from a slow disk counts.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// How long a cancelled job may go on before the worker is taken for stuck and killed.
const CANCEL_PATIENCE: Duration = Duration::from_secs(30);

/// So many deaths in [`DEATHS_WITHIN`] are bad luck, and the worker is started again at once. After
/// more, each start waits twice as long as the one before, from [`BACKOFF_FIRST`] to [`BACKOFF_MAX`],
/// and what is asked meanwhile is told so.
const DEATHS_MAX: usize = 3;
const DEATHS_WITHIN: Duration = Duration::from_secs(60);
const BACKOFF_FIRST: Duration = Duration::from_secs(2);
const BACKOFF_MAX: Duration = Duration::from_secs(60);

/// What the keeper is asked.
#[derive(Debug)]
pub(super) enum Ask {
    Work(Request),
    Cancel(JobId),
    UseThreads(u32),
    Unload {
        done: oneshot::Sender<()>,
    },
    Shutdown {
        patience: Duration,
        done: oneshot::Sender<()>,
    },
}

/// Names a model file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ModelKey {
    pub(super) name: Arc<str>,
    pub(super) path: Arc<Path>,
}

/// A piece of work that waits.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) model: ModelKey,
    pub(super) stop: CancellationToken,
    pub(super) work: Work,
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Work {
    Generate {
        what: Box<Generation>,
        started: oneshot::Sender<Result<(), ModelError>>,
        happenings: mpsc::Sender<Happening>,
    },
    Embed {
        texts: Vec<String>,
        reply: oneshot::Sender<Result<Embeddings, ModelError>>,
    },
    Tokenize {
        text: String,
        reply: oneshot::Sender<Result<Vec<i32>, ModelError>>,
    },
}

impl Work {
    fn fail(self, error: ModelError) {
        // Whoever asked may have gone.
        match self {
            Self::Generate { started, .. } => drop(started.send(Err(error))),
            Self::Embed { reply, .. } => drop(reply.send(Err(error))),
            Self::Tokenize { reply, .. } => drop(reply.send(Err(error))),
        }
    }
}

/// What the worker is doing.
#[derive(Debug)]
enum Stage {
    /// It was started and has not said a word.
    Starting { until: Instant },
    /// The file is being checked here; the worker has no part in it.
    Checking(ModelKey),
    /// It loads.
    Loading(ModelKey),
    /// It waits for work or works.
    Open,
}

/// The task that owns the worker.
pub(super) struct Keeper {
    setup: EngineSetup,
    asks: mpsc::WeakSender<Ask>,
    status: watch::Sender<EngineStatus>,
    stats: watch::Sender<Stats>,
    events: mpsc::Sender<(u64, Event)>,
    event_inbox: Option<mpsc::Receiver<(u64, Event)>>,
    checks: mpsc::Sender<(ModelKey, Result<(), ModelError>)>,
    check_inbox: Option<mpsc::Receiver<(ModelKey, Result<(), ModelError>)>>,
    worker: Option<Worker>,
    stage: Stage,
    devices: Vec<String>,
    /// What workers are started with.
    instructions: Instructions,
    loaded: Option<(ModelKey, ModelFacts)>,
    /// The model that a worker held when it died; it is loaded again without being asked for.
    resume: Option<ModelKey>,
    waiting: VecDeque<Request>,
    running: RunningWork,
    unloading: Vec<oneshot::Sender<()>>,
    last_job: u64,
    serial: u64,
    deaths: VecDeque<Instant>,
    no_start_before: Option<Instant>,
    backoff: Duration,
    idle_since: Instant,
}

impl Keeper {
    pub(super) fn new(
        setup: EngineSetup,
        asks: mpsc::WeakSender<Ask>,
        status: watch::Sender<EngineStatus>,
        stats: watch::Sender<Stats>,
    ) -> Self {
        let (events, event_inbox) = mpsc::channel(EVENTS);
        let (checks, check_inbox) = mpsc::channel(EVENTS);
        Self {
            setup,
            asks,
            status,
            stats,
            events,
            event_inbox: Some(event_inbox),
            checks,
            check_inbox: Some(check_inbox),
            worker: None,
            stage: Stage::Open,
            devices: Vec::new(),
            instructions: Instructions::Best,
            loaded: None,
            resume: None,
            waiting: VecDeque::new(),
            running: RunningWork::default(),
            unloading: Vec::new(),
            last_job: 0,
            serial: 0,
            deaths: VecDeque::new(),
            no_start_before: None,
            backoff: BACKOFF_FIRST,
            idle_since: Instant::now(),
        }
    }

    /// Keeps the worker until the engine is closed or dropped.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Ask>) {
        let (Some(mut events), Some(mut checks)) =
            (self.event_inbox.take(), self.check_inbox.take())
        else {
            return;
        };
        loop {
            let alarm = self.alarm();
            tokio::select! {
                ask = inbox.recv() => match ask {
                    Some(Ask::Shutdown { patience, done }) => return self.close(patience, done),
                    Some(ask) => self.hear_ask(ask),
                    None => return,
                },
                Some((serial, event)) = events.recv() => self.hear_event(serial, event),
                Some((model, result)) = checks.recv() => self.hear_check(model, result),
                () = tokio::time::sleep_until(alarm.unwrap_or_else(Instant::now)),
                    if alarm.is_some() => self.ring(),
            }
            self.go_on().await;
            self.show();
        }
    }

    fn hear_ask(&mut self, ask: Ask) {
        match ask {
            Ask::Work(request) if self.waiting.len() >= WAITING_MAX => {
                request.work.fail(ModelError::Engine(EngineFault::Busy));
            }
            Ask::Work(request) => self.waiting.push_back(request),
            Ask::Cancel(job) => {
                if self.running.cancel(job, Instant::now()) {
                    self.tell(ToEngine::Cancel { job });
                }
            }
            Ask::UseThreads(threads) => {
                self.setup.threads = threads;
                if self.worker.is_some() {
                    self.tell(ToEngine::UseThreads { threads });
                }
            }
            Ask::Unload { done } => self.unloading.push(done),
            // `run` takes this one before.
            Ask::Shutdown { .. } => {}
        }
    }

    fn hear_event(&mut self, serial: u64, event: Event) {
        if matches!(event, Event::WasUnfit) {
            return self.use_plain_instructions(serial);
        }
        if self
            .worker
            .as_ref()
            .is_none_or(|worker| worker.serial != serial)
        {
            return;
        }
        match event {
            // Heard before.
            Event::WasUnfit => {}
            Event::Gone => self.bury("it ended"),
            Event::Said(FromEngine::Ready {
                protocol: PROTOCOL,
                devices,
            }) => {
                self.devices = devices;
                self.stage = Stage::Open;
                if let Some(model) = self.resume.take() {
                    self.check(model);
                }
            }
            Event::Said(FromEngine::Ready { protocol, .. }) => {
                let reason = format!("it speaks protocol {protocol}, not {PROTOCOL}");
                self.end_worker(Vec::new());
                self.fail_waiting(&ModelError::WorkerMissing { reason }, |_| true);
            }
            Event::Said(FromEngine::Loading { share }) => {
                if let Stage::Loading(model) = &self.stage {
                    let model = model.name.to_string();
                    self.status
                        .send_replace(EngineStatus::Loading { model, share });
                }
            }
            Event::Said(FromEngine::Loaded(facts)) => {
                if let Stage::Loading(model) = std::mem::replace(&mut self.stage, Stage::Open) {
                    tracing::info!(model = %model.name, ms = facts.load_ms, "the model is loaded");
                    self.loaded = Some((model, facts));
                }
            }
            Event::Said(FromEngine::LoadFailed { reason }) => {
                if let Stage::Loading(model) = std::mem::replace(&mut self.stage, Stage::Open) {
                    self.fail_waiting(&ModelError::Load { reason }, |asked| *asked == model);
                }
            }
            Event::Said(said) => {
                if let Some(usage) = self.running.hear(said) {
                    self.stats.send_modify(|stats| stats.add(&usage));
                }
            }
        }
        self.idle_since = Instant::now();
    }

    /// A worker met an instruction that this processor does not know, whatever it says of itself: from now on
    /// workers do without.
    fn use_plain_instructions(&mut self, serial: u64) {
        if std::mem::replace(&mut self.instructions, Instructions::Plain) == Instructions::Plain {
            return;
        }
        tracing::warn!(
            "the engine met an instruction that this processor does not have; it goes on with plain ones, slower"
        );
        // Its follower was started before this was known.
        if self
            .worker
            .as_ref()
            .is_some_and(|next| next.serial > serial)
        {
            self.bury("it would meet that instruction as well");
        }
    }

    fn hear_check(&mut self, model: ModelKey, result: Result<(), ModelError>) {
        if !matches!(&self.stage, Stage::Checking(checked) if *checked == model) {
            return;
        }
        self.stage = Stage::Open;
        match result {
            Err(error) => self.fail_waiting(&error, |asked| *asked == model),
            Ok(()) => {
                let plan = LoadPlan {
                    model: model.path.to_path_buf(),
                    context_tokens: self.setup.context_tokens,
                    slots: self.setup.slots.max(1),
                    threads: self.setup.threads.max(1),
                    gpu_layers: self.setup.gpu_layers,
                };
                self.loaded = None;
                self.stage = Stage::Loading(model);
                self.tell(ToEngine::Load(plan));
            }
        }
    }

    /// Does whatever can be done now.
    async fn go_on(&mut self) {
        while self
            .waiting
            .front()
            .is_some_and(|request| request.stop.is_cancelled())
        {
            self.waiting.pop_front();
        }
        if !self.unloading.is_empty() && self.running.is_empty() && self.waiting.is_empty() {
            let done = std::mem::take(&mut self.unloading);
            self.resume = None;
            self.end_worker(done);
        }
        if self.worker.is_none() {
            if !self.waiting.is_empty() || self.resume.is_some() {
                self.start().await;
            }
            return;
        }
        while matches!(self.stage, Stage::Open)
            && let Some(request) = self.waiting.pop_front()
        {
            let fits = self
                .loaded
                .as_ref()
                .is_some_and(|(model, _)| *model == request.model);
            if fits {
                self.hand_over(request);
                continue;
            }
            if self.running.is_empty() {
                self.check(request.model.clone());
            }
            self.waiting.push_front(request);
            return;
        }
    }

    fn hand_over(&mut self, request: Request) {
        let Request { stop, work, .. } = request;
        if stop.is_cancelled() {
            return;
        }
        self.last_job += 1;
        let job = JobId(self.last_job);
        let (waits, ask) = match work {
            Work::Generate {
                what,
                started,
                happenings,
            } => {
                let outbox = Outbox::new(job, happenings, stop, self.asks.clone());
                let waits = Waits::Answer {
                    started: Some(started),
                    outbox,
                };
                (waits, ToEngine::Generate { job, what })
            }
            Work::Embed { texts, reply } => {
                self.cancel_when_stopped(job, stop);
                (Waits::Vectors(reply), ToEngine::Embed { job, texts })
            }
            Work::Tokenize { text, reply } => {
                (Waits::Tokens(reply), ToEngine::Tokenize { job, text })
            }
        };
        self.running.insert(job, waits);
        self.tell(ask);
    }

    fn cancel_when_stopped(&self, job: JobId, stop: CancellationToken) {
        let keeper = self.asks.clone();
        tokio::spawn(async move {
            stop.cancelled().await;
            if let Some(keeper) = keeper.upgrade() {
                // A keeper that is gone has cancelled everything.
                let _ = keeper.send(Ask::Cancel(job)).await;
            }
        });
    }

    /// Checks a file before the worker sees it: its header may be made to break a parser in C.
    fn check(&mut self, model: ModelKey) {
        self.stage = Stage::Checking(model.clone());
        let name = model.name.to_string();
        self.status.send_replace(EngineStatus::Loading {
            model: name,
            share: 0.0,
        });
        let checks = self.checks.clone();
        tokio::task::spawn_blocking(move || {
            let result = match gguf::check_file(&model.path) {
                Ok(_) => Ok(()),
                Err(error) => Err(ModelError::File {
                    reason: chain(&error),
                }),
            };
            // A keeper that is gone needs no result.
            let _ = checks.blocking_send((model, result));
        });
    }

    async fn start(&mut self) {
        if let Some(until) = self.no_start_before
            && until > Instant::now()
        {
            let seconds = until.duration_since(Instant::now()).as_secs() + 1;
            let reason = format!("the engine keeps stopping; it is tried again in {seconds} s");
            return self.fail_waiting(&ModelError::Load { reason }, |_| true);
        }
        self.serial += 1;
        self.status.send_replace(EngineStatus::Starting);
        let started = Worker::start(
            &self.setup.worker,
            self.instructions,
            self.serial,
            self.events.clone(),
        );
        match started.await {
            Ok(worker) => {
                self.worker = Some(worker);
                self.stage = Stage::Starting {
                    until: Instant::now() + START_PATIENCE,
                };
            }
            Err(error) => {
                self.resume = None;
                let reason = format!("{}: {error}", self.setup.worker.display());
                self.fail_waiting(&ModelError::WorkerMissing { reason }, |_| true);
            }
        }
    }

    /// The worker is gone or has to go.
    fn bury(&mut self, why: &str) {
        tracing::warn!(
            running = self.running.len(),
            "the engine stopped unexpectedly: {why}"
        );
        self.running.fail_all(&ModelError::WorkerDied);
        let stage = std::mem::replace(&mut self.stage, Stage::Open);
        if let Some(worker) = self.worker.take() {
            worker.end(Duration::ZERO, Vec::new());
        }
        self.stats.send_modify(|stats| stats.deaths += 1);
        self.count_death();
        let held = self.loaded.take().map(|(model, _)| model);
        match stage {
            // The model may be what kills it; whoever wants it can ask again.
            Stage::Loading(model) => {
                let reason = "the engine stopped unexpectedly while loading it".to_owned();
                self.fail_waiting(&ModelError::Load { reason }, |asked| *asked == model);
            }
            Stage::Starting { .. } => {
                let reason = "it stops as soon as it is started".to_owned();
                self.fail_waiting(&ModelError::WorkerMissing { reason }, |_| true);
            }
            Stage::Checking(model) => self.resume = Some(model),
            Stage::Open if self.no_start_before.is_none() => self.resume = held,
            Stage::Open => {
                let reason = "the engine keeps stopping".to_owned();
                self.fail_waiting(&ModelError::Load { reason }, |_| true);
            }
        }
    }

    fn count_death(&mut self) {
        let now = Instant::now();
        self.deaths.push_back(now);
        while self
            .deaths
            .front()
            .is_some_and(|&death| now - death > DEATHS_WITHIN)
        {
            self.deaths.pop_front();
        }
        if self.deaths.len() > DEATHS_MAX {
            self.no_start_before = Some(now + self.backoff);
            self.backoff = (2 * self.backoff).min(BACKOFF_MAX);
        } else {
            self.no_start_before = None;
            self.backoff = BACKOFF_FIRST;
        }
    }

    fn fail_waiting(&mut self, error: &ModelError, which: impl Fn(&ModelKey) -> bool) {
        let (failed, kept): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|asked| which(&asked.model));
        self.waiting = kept;
        for request in failed {
            request.work.fail(error.clone());
        }
        if self.loaded.is_none() {
            self.status.send_replace(EngineStatus::Failed {
                error: error.clone(),
            });
        }
    }

    fn tell(&mut self, ask: ToEngine) {
        if self.worker.as_ref().is_some_and(|worker| !worker.ask(ask)) {
            self.bury("it does not listen");
        }
    }

    fn end_worker(&mut self, done: Vec<oneshot::Sender<()>>) {
        self.loaded = None;
        self.stage = Stage::Open;
        match self.worker.take() {
            Some(worker) => worker.end(END_PATIENCE, done),
            None => tell_all(done),
        }
        self.status.send_replace(EngineStatus::Off);
    }

    /// When [`Self::ring`] is to be called.
    fn alarm(&self) -> Option<Instant> {
        self.worker.as_ref()?;
        let starting = match self.stage {
            Stage::Starting { until } => Some(until),
            Stage::Checking(_) | Stage::Loading(_) | Stage::Open => None,
        };
        let stuck = self
            .running
            .first_cancelled()
            .map(|at| at + CANCEL_PATIENCE);
        let quiet = matches!(self.stage, Stage::Open) && self.running.is_empty();
        let idle = self
            .setup
            .unload_after
            .filter(|_| quiet)
            .map(|after| self.idle_since + after);
        [starting, stuck, idle].into_iter().flatten().min()
    }

    fn ring(&mut self) {
        let now = Instant::now();
        if matches!(self.stage, Stage::Starting { until } if until <= now) {
            self.bury("it does not say that it is there");
        } else if self
            .running
            .first_cancelled()
            .is_some_and(|at| at + CANCEL_PATIENCE <= now)
        {
            self.bury("it does not stop what was cancelled");
        } else if self.waiting.is_empty() && self.running.is_empty() {
            tracing::info!("nobody asks; the model is unloaded");
            self.end_worker(Vec::new());
        }
    }

    /// Brings status and figures up to date.
    fn show(&mut self) {
        let running = u32::try_from(self.running.len()).unwrap_or(u32::MAX);
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        self.stats.send_if_modified(|stats| {
            let changed = (stats.running, stats.waiting) != (running, waiting);
            (stats.running, stats.waiting) = (running, waiting);
            changed
        });
        let (Some(worker), Some((model, facts))) = (&self.worker, &self.loaded) else {
            return;
        };
        if !matches!(self.stage, Stage::Open) {
            return;
        }
        self.status.send_if_modified(|status| {
            let shown = EngineStatus::Ready {
                model: model.name.to_string(),
                facts: facts.clone(),
                devices: self.devices.clone(),
                pid: worker.pid,
                answering: running,
            };
            let changed = *status != shown;
            *status = shown;
            changed
        });
    }

    fn close(mut self, patience: Duration, done: oneshot::Sender<()>) {
        self.running.fail_all(&ModelError::Closing);
        for request in self.waiting.drain(..) {
            request.work.fail(ModelError::Closing);
        }
        let mut done = vec![done];
        done.append(&mut self.unloading);
        match self.worker.take() {
            Some(worker) => worker.end(patience, done),
            None => tell_all(done),
        }
        self.status.send_replace(EngineStatus::Off);
    }
}

fn tell_all(done: Vec<oneshot::Sender<()>>) {
    for done in done {
        // Whoever asked may have gone.
        let _ = done.send(());
    }
}

/// An error with all its causes, for a person.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
