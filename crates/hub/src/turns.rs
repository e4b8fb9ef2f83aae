//! Whose turn it is: every model that the hub hands out waits for its place, and counts what it did.
//!
//! `domain::line` decides who is next. Here is what it decides about: the lines before the engine and
//! before each server elsewhere, whoever waits in them, and the place that lives as long as an answer.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use base::{Timestamp, TokenId};
use domain::line::{Answer, Caller, Line, Seat};
use llm::{About, Answering, Embeddings, EngineFault, Generation, Happening, Model, ModelError};
use machine::{EnergyMeter, EnergyReading};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::ledger::{Ledger, Work};

/// The most answers at once from one server elsewhere: as many as the gateway has connections. The server
/// itself says when it has enough.
const ELSEWHERE_AT_ONCE_MAX: usize = 256;

/// Work that took longer is not taken for measured: the counter may have begun anew more than once. A
/// processor of 400 watts takes eleven minutes for the smallest counters.
const MEASURED_FOR_MAX: Duration = Duration::from_secs(10 * 60);

/// Happenings of one answer that wait for its reader before they are gathered.
const HAPPENINGS: usize = 16;

/// The line before the engine. No server has an empty name.
const ENGINE: &str = "";

/// What stands between the name of a server and that of its model.
const SERVER_MARK: char = '/';

/// Where a model runs that needs no other machine.
const HERE: &str = "this device";

/// The lines before all models. Clones are the same.
#[derive(Debug, Clone)]
pub struct Turns {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine_places: usize,
    since: Instant,
    meter: Option<EnergyMeter>,
    lines: Mutex<Lines>,
    ledger: Ledger,
}

#[derive(Debug, Default)]
struct Lines {
    lines: BTreeMap<String, Line>,
    waiting: HashMap<(String, Seat), oneshot::Sender<()>>,
}

impl Turns {
    /// Lines before an engine that takes so many answers at once.
    #[must_use]
    pub fn new(engine_places: usize) -> Self {
        Self::measured(engine_places, None)
    }

    /// The same, where the energy of work on this device is measured.
    pub(crate) fn measured(engine_places: usize, meter: Option<EnergyMeter>) -> Self {
        Self {
            inner: Arc::new(Inner {
                engine_places,
                since: Instant::now(),
                meter,
                lines: Mutex::default(),
                ledger: Ledger::default(),
            }),
        }
    }

    /// The model for a program: with this token, or with none on loopback.
    #[must_use]
    pub fn for_program(&self, model: Arc<dyn Model>, token: Option<TokenId>) -> Arc<dyn Model> {
        let caller = token.map_or(Caller::Open, Caller::Token);
        self.before(model, caller)
    }

    /// The model for the person and their agents.
    pub(crate) fn for_person(&self, model: Arc<dyn Model>) -> Arc<dyn Model> {
        self.before(model, Caller::Own)
    }

    /// Answers of programs that are under way or wait.
    #[must_use]
    pub fn programs_len(&self) -> usize {
        let lines = self.lines();
        lines.lines.values().map(Line::programs_len).sum()
    }

    /// What was counted.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    fn before(&self, model: Arc<dyn Model>, caller: Caller) -> Arc<dyn Model> {
        let line = match model.name().split_once(SERVER_MARK) {
            Some((server, _)) => server.to_owned(),
            None => ENGINE.to_owned(),
        };
        Arc::new(InTurn {
            turns: self.clone(),
            model,
            line,
            caller,
        })
    }

    /// Waits for a place. Dropping the future gives up the place in the line.
    async fn enter(&self, name: &str, caller: Caller) -> Result<Place, ModelError> {
        let (place, called) = {
            let mut lines = self.lines();
            let line = lines.lines.entry(name.to_owned()).or_insert_with(|| {
                Line::new(match name {
                    ENGINE => self.inner.engine_places,
                    _ => ELSEWHERE_AT_ONCE_MAX,
                })
            });
            let place = |seat| Place {
                turns: self.clone(),
                line: name.to_owned(),
                seat: Some(seat),
            };
            match line.ask(caller, self.now()) {
                Answer::Full => return Err(ModelError::Engine(EngineFault::Busy)),
                Answer::Now(seat) => (place(seat), None),
                Answer::Wait(seat) => {
                    let (call, called) = oneshot::channel();
                    lines.waiting.insert((name.to_owned(), seat), call);
                    (place(seat), Some(called))
                }
            }
        };
        if let Some(called) = called {
            called.await.map_err(|_| ModelError::Closing)?;
        }
        Ok(place)
    }

    fn leave(&self, name: &str, seat: Seat) -> u64 {
        let mut lines = self.lines();
        let Some(line) = lines.lines.get_mut(name) else {
            return 0;
        };
        let (busy_us, called) = line.leave(seat, self.now());
        if line.is_empty() {
            lines.lines.remove(name);
        }
        lines.waiting.remove(&(name.to_owned(), seat));
        for seat in called {
            if let Some(call) = lines.waiting.remove(&(name.to_owned(), seat)) {
                // Whoever has just gone gives the place back by itself.
                let _ = call.send(());
            }
        }
        busy_us
    }

    /// A clock that never goes back.
    fn now(&self) -> Timestamp {
        let passed = self.inner.since.elapsed().as_millis();
        Timestamp::from_millis(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.inner
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a line, until it is dropped.
#[derive(Debug)]
struct Place {
    turns: Turns,
    line: String,
    seat: Option<Seat>,
}

impl Place {
    /// Gives it back; tells the part of the model's time that was spent here, in microseconds.
    fn give_back(&mut self) -> u64 {
        match self.seat.take() {
            Some(seat) => self.turns.leave(&self.line, seat),
            None => 0,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// A model that waits for its turn.
struct InTurn {
    turns: Turns,
    model: Arc<dyn Model>,
    line: String,
    caller: Caller,
}

impl InTurn {
    async fn enter(&self) -> Result<Tally, ModelError> {
        let place = self.turns.enter(&self.line, self.caller).await?;
        let here = self.model.runs_on() == HERE;
        let meter = self.turns.inner.meter.as_ref().filter(|_| here);
        Ok(Tally {
            work: Work::begun(self.caller, self.model.name(), here),
            begun: Instant::now(),
            energy: meter.and_then(EnergyMeter::read),
            place,
        })
    }
}

#[async_trait]
impl Model for InTurn {
    fn about(&self) -> About<'_> {
        self.model.about()
    }

    async fn generate(&self, what: Generation) -> Result<Answering, ModelError> {
        let mut tally = self.enter().await?;
        let answering = self.model.generate(what).await?;
        if answering.is_whole() {
            // Its reader keeps nobody waiting.
            return Ok(answering.watched(move |happening| tally.see(happening)));
        }
        let stop = CancellationToken::new();
        let (outlet, happenings) = mpsc::channel(HAPPENINGS);
        tokio::spawn(pass_on(answering, tally, outlet, stop.clone()));
        Ok(Answering::new(happenings, stop.drop_guard()))
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Embeddings, ModelError> {
        let mut tally = self.enter().await?;
        let made = self.model.embed(texts).await?;
        tally.work.figures.prompt_tokens = made.prompt_tokens.into();
        tally.is_begun();
        Ok(made)
    }

    async fn tokenize(&self, text: String) -> Result<Vec<i32>, ModelError> {
        let _place = self.turns.enter(&self.line, self.caller).await?;
        self.model.tokenize(text).await
    }
}

/// Counts one piece of work, and writes it into the ledger when its place is given back.
struct Tally {
    work: Work,
    begun: Instant,
    /// What the meter showed at the beginning.
    energy: Option<EnergyReading>,
    place: Place,
}

impl Tally {
    /// The energy that the meter counted since the beginning, in millionths of a joule.
    fn passed_uj(&self) -> Option<u64> {
        let meter = self.place.turns.inner.meter.as_ref()?;
        let before = self.energy.as_ref()?;
        Some(meter.between_uj(before, &meter.read()?))
    }

    fn is_begun(&mut self) {
        self.work.figures.requests = 1;
    }

    fn end(&mut self) {
        if self.place.seat.is_none() {
            return;
        }
        let took = self.begun.elapsed();
        let passed_uj = self.passed_uj().filter(|_| took < MEASURED_FOR_MAX);
        let busy_us = self.place.give_back();
        self.work.figures.busy_us = busy_us;
        if let Some(passed_uj) = passed_uj {
            // What was used meanwhile belongs to all that were under way, each for its part of the time.
            let took_us = took.as_micros().max(1);
            let part = u128::from(passed_uj) * u128::from(busy_us) / took_us / 1_000;
            self.work.figures.measured_mj = u64::try_from(part).unwrap_or_default();
            self.work.figures.measured_us = busy_us;
        }
        // What the model refused has cost nothing.
        if self.work.figures.requests > 0 {
            self.place.turns.ledger().note(&self.work);
        }
    }
}

impl Tally {
    fn see(&mut self, happening: &Happening) {
        match happening {
            Happening::Started { prompt_tokens, .. } => {
                self.is_begun();
                self.work.figures.prompt_tokens = (*prompt_tokens).into();
            }
            // A piece has at least one token; the end tells how many there were.
            Happening::Piece { .. } => self.work.figures.completion_tokens += 1,
            Happening::Finished { usage, .. } => {
                self.is_begun();
                self.work.figures.prompt_tokens = usage.prompt_tokens.into();
                self.work.figures.completion_tokens = usage.completion_tokens.into();
                self.end();
            }
            Happening::Failed(_) => self.end(),
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.end();
    }
}

/// Passes an answer on as fast as it comes, so that a reader who is slow, or does not read at all, keeps
/// no place from others. What the reader has not taken is gathered; it is no longer than the answer.
async fn pass_on(
    mut answering: Answering,
    mut tally: Tally,
    outlet: mpsc::Sender<Happening>,
    stop: CancellationToken,
) {
    let mut gathered = VecDeque::new();
    let mut is_open = true;
    while is_open || !gathered.is_empty() {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            permit = outlet.reserve(), if !gathered.is_empty() => {
                let (Ok(permit), Some(happening)) = (permit, gathered.pop_front()) else { return };
                permit.send(happening);
            }
            happening = answering.next(), if is_open => match happening {
                Some(happening) => {
                    tally.see(&happening);
                    gather(&mut gathered, happening);
                }
                None => is_open = false,
            },
        }
    }
}

/// Puts a happening behind the others; text is joined to text that still waits.
fn gather(gathered: &mut VecDeque<Happening>, happening: Happening) {
    match (gathered.back_mut(), happening) {
        (
            Some(Happening::Piece {
                text: before,
                logprobs: likely,
            }),
            Happening::Piece { text, logprobs },
        ) => {
            before.push_str(&text);
            likely.extend(logprobs);
        }
        (_, other) => gathered.push_back(other),
    }
}

#[cfg(test)]
mod tests;
