//! One answer that is being written.

use std::time::Instant;

use wire::engine::{FinishReason, FromEngine, JobId, Overflow, Usage};

use crate::pick::Picker;
use crate::writing::{Passage, Writing};

/// One answer that is being written.
pub(crate) struct Job {
    pub(crate) id: JobId,
    /// The prompt and what was written, without what was forgotten on the way.
    pub(crate) tokens: Vec<i32>,
    pub(crate) picker: Picker,
    pub(crate) writing: Writing,
    /// Tokens at the beginning that are never forgotten.
    pub(crate) keep: usize,
    pub(crate) tokens_max: Option<u32>,
    pub(crate) overflow: Overflow,
    pub(crate) logprobs: Option<u8>,
    pub(crate) usage: Usage,
    pub(crate) clock: Clock,
}

/// When what happened.
pub(crate) struct Clock {
    pub(crate) taken: Instant,
    pub(crate) first_token: Option<Instant>,
}

impl Job {
    /// [`FromEngine::Started`], the first time that it is asked for.
    pub(crate) fn start(&mut self, now: Instant) -> Option<FromEngine> {
        if self.clock.first_token.is_some() {
            return None;
        }
        self.clock.first_token = Some(now);
        self.usage.prefill_us = micros(self.clock.taken, now);
        Some(FromEngine::Started {
            job: self.id,
            prompt_tokens: self.usage.prompt_tokens,
            cached_tokens: self.usage.cached_tokens,
        })
    }

    /// Whether as much is written as was asked for.
    pub(crate) fn is_long_enough(&self) -> bool {
        self.tokens_max
            .is_some_and(|most| self.usage.completion_tokens >= most)
    }

    /// A frame with this text, if there is any.
    pub(crate) fn piece(&self, passage: Passage) -> Option<FromEngine> {
        if passage.is_empty() {
            return None;
        }
        let Passage { text, logprobs, .. } = passage;
        Some(FromEngine::Piece {
            job: self.id,
            text,
            logprobs,
        })
    }

    /// The last frames of this job.
    pub(crate) fn finish(mut self, reason: FinishReason, now: Instant) -> Vec<FromEngine> {
        let held = self.writing.close();
        let mut frames: Vec<FromEngine> = self.piece(held).into_iter().collect();
        if let Some(first) = self.clock.first_token {
            self.usage.decode_us = micros(first, now);
        }
        frames.push(FromEngine::Finished {
            job: self.id,
            reason,
            usage: self.usage,
        });
        frames
    }
}

fn micros(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.duration_since(from).as_micros()).unwrap_or(u64::MAX)
}
