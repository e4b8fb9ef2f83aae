//! What the engine shows of itself.

use wire::engine::{ModelFacts, Usage};

use crate::model::ModelError;

/// What the engine is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum EngineStatus {
    /// No worker runs; the next question starts one.
    Off,
    /// The worker is being started, or has no model yet.
    Starting,
    /// A model is being loaded.
    Loading {
        /// Its name.
        model: String,
        /// 0.0 to 1.0.
        share: f32,
    },
    /// A model is loaded.
    Ready {
        /// Its name.
        model: String,
        /// What is known of it.
        facts: ModelFacts,
        /// What the worker computes on, such as `CPU (zen4)`.
        devices: Vec<String>,
        /// The worker's process.
        pid: u32,
        /// Pieces of work under way.
        answering: u32,
    },
    /// The last attempt failed; the next question tries again.
    Failed {
        /// What went wrong.
        error: ModelError,
    },
}

/// What the engine has done since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Stats {
    /// Answers that came to an end, cancelled ones included.
    pub answers: u64,
    /// Tokens of their prompts.
    pub prompt_tokens: u64,
    /// Of these, tokens that cost nothing.
    pub cached_tokens: u64,
    /// Tokens written.
    pub tokens: u64,
    /// Tokens a second of the last answer that had at least two.
    pub tokens_per_second: f32,
    /// Pieces of work under way in the worker.
    pub running: u32,
    /// Pieces of work that wait for a model.
    pub waiting: u32,
    /// How often the worker died.
    pub deaths: u32,
}

impl Stats {
    pub(super) fn add(&mut self, usage: &Usage) {
        self.answers += 1;
        self.prompt_tokens += u64::from(usage.prompt_tokens);
        self.cached_tokens += u64::from(usage.cached_tokens);
        self.tokens += u64::from(usage.completion_tokens);
        // The first token is part of taking the prompt in.
        if usage.completion_tokens > 1 && usage.decode_us > 0 {
            let tokens = f64::from(usage.completion_tokens - 1);
            #[expect(
                clippy::cast_precision_loss,
                reason = "an answer takes less than a century"
            )]
            let seconds = usage.decode_us as f64 / 1e6;
            #[expect(clippy::cast_possible_truncation, reason = "a figure for people")]
            let speed = (tokens / seconds) as f32;
            self.tokens_per_second = speed;
        }
    }
}
