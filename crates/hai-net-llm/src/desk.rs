//! The thread that computes: takes what the hub asks, and works on it until nothing is left.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use llama_cpp_2::llama_backend::LlamaBackend;
use wire::engine::{EngineFault, FromEngine, LoadPlan, ToEngine};

use crate::constraint;
use crate::ears::Switch;
use crate::room::Room;
use crate::voice::Voice;
use crate::weights::Weights;

/// The thread that computes.
pub(crate) struct Desk {
    // Freed before the backend.
    room: Option<Room>,
    backend: LlamaBackend,
    voice: Voice,
    switch: Arc<Switch>,
    /// What is said after this step, with one system call.
    out: Vec<FromEngine>,
}

impl Desk {
    pub(crate) fn new(backend: LlamaBackend, voice: Voice, switch: Arc<Switch>) -> Self {
        Self {
            room: None,
            backend,
            voice,
            switch,
            out: Vec::new(),
        }
    }

    /// Works until the hub closes the pipe.
    pub(crate) fn serve(mut self, inbox: &Receiver<ToEngine>) -> anyhow::Result<()> {
        loop {
            if !self.listen(inbox) || self.switch.is_ending() {
                return Ok(());
            }
            if let Some(room) = &mut self.room
                && !room.is_idle()
            {
                room.step(&self.switch, &mut self.out);
            }
            if !self.out.is_empty() {
                self.voice.say_all(&self.out)?;
                self.out.clear();
            }
            if constraint::is_worn_out() && self.room.as_ref().is_none_or(Room::is_idle) {
                // The hub starts another at once.
                anyhow::bail!("a grammar holds a thread that cannot be stopped");
            }
        }
    }

    /// Takes all that has come; waits if there is nothing else to do. `false`: nothing will come.
    fn listen(&mut self, inbox: &Receiver<ToEngine>) -> bool {
        if self.room.as_ref().is_none_or(Room::is_idle) && self.out.is_empty() {
            match inbox.recv() {
                Ok(asked) => self.hear(asked),
                Err(_) => return false,
            }
        }
        loop {
            match inbox.try_recv() {
                Ok(asked) => self.hear(asked),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn hear(&mut self, asked: ToEngine) {
        let (job, result) = match asked {
            ToEngine::Load(plan) => return self.load(&plan),
            ToEngine::Unload => return self.unload(),
            ToEngine::UseThreads { threads } => {
                if let Some(room) = &mut self.room {
                    room.use_threads(threads);
                }
                return;
            }
            ToEngine::Cancel { job } => {
                if let Some(room) = &mut self.room {
                    room.cancel(job, &mut self.out);
                }
                return self.switch.forget(job);
            }
            ToEngine::Generate { job, what } => {
                (job, self.room().and_then(|room| room.take(job, *what)))
            }
            ToEngine::Embed { job, texts } => {
                let switch = Arc::clone(&self.switch);
                (
                    job,
                    self.room()
                        .and_then(|room| room.embed(job, &texts, &switch)),
                )
            }
            ToEngine::Tokenize { job, text } => {
                let tokens = self.room().map(|room| room.tokenize(&text));
                (
                    job,
                    tokens.map(|tokens| self.out.push(FromEngine::Tokenized { job, tokens })),
                )
            }
            // The reading thread ends us on this one.
            ToEngine::Quit => return,
        };
        if let Err(fault) = result {
            self.out.push(FromEngine::Refused { job, fault });
        }
    }

    fn room(&mut self) -> Result<&mut Room, EngineFault> {
        self.room.as_mut().ok_or(EngineFault::NoModel)
    }

    fn unload(&mut self) {
        if let Some(mut room) = self.room.take() {
            room.cancel_all(&mut self.out);
        }
    }

    fn load(&mut self, plan: &LoadPlan) {
        self.unload();
        let said = match Weights::load(&self.backend, plan, &self.voice, &self.switch) {
            Ok(weights) => {
                let room = Room::new(weights);
                let facts = room.weights().facts.clone();
                self.room = Some(room);
                FromEngine::Loaded(facts)
            }
            Err(error) => FromEngine::LoadFailed {
                reason: error.to_string(),
            },
        };
        self.out.push(said);
    }
}
