//! Counters for `/metrics`. Numbers only: nothing here tells what anyone wrote.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the hub has done since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Answers that ended as they should.
    pub answers_done: u64,
    /// Answers that the person stopped.
    pub answers_stopped: u64,
    /// Answers that broke.
    pub answers_failed: u64,
    /// Tokens that models read.
    pub prompt_tokens: u64,
    /// Of these, tokens that they still knew.
    pub cached_tokens: u64,
    /// Tokens that models wrote.
    pub completion_tokens: u64,
    /// Microseconds that models spent writing.
    pub decode_us: u64,
    /// Asks that were answered.
    pub asks: u64,
    /// Seconds since the start.
    pub uptime_s: u64,
    /// Whether a model is in memory.
    pub model_loaded: bool,
}

/// The counters behind [`Figures`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) answers_done: AtomicU64,
    pub(crate) answers_stopped: AtomicU64,
    pub(crate) answers_failed: AtomicU64,
    pub(crate) prompt_tokens: AtomicU64,
    pub(crate) cached_tokens: AtomicU64,
    pub(crate) completion_tokens: AtomicU64,
    pub(crate) decode_us: AtomicU64,
    pub(crate) asks: AtomicU64,
}

impl Counters {
    pub(crate) fn add_usage(&self, usage: &llm::Usage) {
        add(&self.prompt_tokens, usage.prompt_tokens.into());
        add(&self.cached_tokens, usage.cached_tokens.into());
        add(&self.completion_tokens, usage.completion_tokens.into());
        add(&self.decode_us, usage.decode_us);
    }

    pub(crate) fn read(&self, uptime_s: u64, model_loaded: bool) -> Figures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            answers_done: read(&self.answers_done),
            answers_stopped: read(&self.answers_stopped),
            answers_failed: read(&self.answers_failed),
            prompt_tokens: read(&self.prompt_tokens),
            cached_tokens: read(&self.cached_tokens),
            completion_tokens: read(&self.completion_tokens),
            decode_us: read(&self.decode_us),
            asks: read(&self.asks),
            uptime_s,
            model_loaded,
        }
    }
}

pub(crate) fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}
