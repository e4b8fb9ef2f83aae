//! Turns texts into vectors, a chunk at a time, so that answers go on meanwhile.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wire::engine::{EngineFault, FromEngine, JobId};

use crate::context::{Batch, Context, ContextPlan, Decoded};
use crate::weights::Weights;

/// The longest text. Its cache is a second one, so it is kept smaller than a conversation's.
const EMBED_TOKENS_MAX: u32 = 2048;

/// Tokens of one chunk. llama.cpp also computes what would follow each, which takes memory.
const CHUNK_TOKENS: u32 = 128;

/// The most texts of one piece of work.
const TEXTS_MAX: usize = 2048;

/// One piece of work.
pub(crate) struct EmbedJob {
    pub(crate) id: JobId,
    texts: VecDeque<Vec<i32>>,
    prompt_tokens: u32,
    /// Tokens of the first text that are computed, and the sum of their vectors.
    done: usize,
    sum: Vec<f32>,
    vectors: Vec<Vec<f32>>,
}

/// The context for embeddings, made at the first use.
pub(crate) struct Embedder {
    context: Context,
    batch: Batch,
    chunk: usize,
}

impl EmbedJob {
    pub(crate) fn new(id: JobId, texts: &[String], weights: &Weights) -> Result<Self, EngineFault> {
        if texts.is_empty() || texts.len() > TEXTS_MAX {
            let reason = format!("1 to {TEXTS_MAX} texts can be embedded at once");
            return Err(EngineFault::BadRequest { reason });
        }
        let limit = text_tokens_max(weights);
        let mut prompt_tokens = 0_u32;
        let mut tokenized = VecDeque::new();
        for text in texts {
            let tokens = weights.tokenize(text, true);
            if tokens.is_empty() {
                let reason = "an empty text has no embedding".to_owned();
                return Err(EngineFault::BadRequest { reason });
            }
            let asked = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
            if asked > limit {
                return Err(EngineFault::ContextLengthExceeded { asked, limit });
            }
            prompt_tokens = prompt_tokens.saturating_add(asked);
            tokenized.push_back(tokens);
        }
        let (sum, vectors) = (Vec::new(), Vec::with_capacity(texts.len()));
        Ok(Self {
            id,
            texts: tokenized,
            prompt_tokens,
            done: 0,
            sum,
            vectors,
        })
    }

    /// Computes a chunk; gives the last frame when all is done.
    pub(crate) fn step(&mut self, embedder: &mut Embedder) -> Option<FromEngine> {
        let Some(text) = self.texts.front() else {
            return Some(self.finish());
        };
        let until = (self.done + embedder.chunk).min(text.len());
        let result = embedder.add_up(&text[self.done..until], self.done, &mut self.sum);
        if let Err(reason) = result {
            let fault = EngineFault::Failed { reason };
            return Some(FromEngine::Refused {
                job: self.id,
                fault,
            });
        }
        self.done = until;
        if until == text.len() {
            let mut vector = std::mem::take(&mut self.sum);
            normalise(&mut vector);
            self.vectors.push(vector);
            self.texts.pop_front();
            self.done = 0;
        }
        self.texts.is_empty().then(|| self.finish())
    }

    fn finish(&mut self) -> FromEngine {
        let vectors = std::mem::take(&mut self.vectors);
        FromEngine::Embedded {
            job: self.id,
            vectors,
            prompt_tokens: self.prompt_tokens,
        }
    }
}

impl Embedder {
    pub(crate) fn new(weights: &Weights, abort: &Arc<AtomicBool>) -> Result<Self, EngineFault> {
        let tokens = text_tokens_max(weights);
        let plan = |batch| ContextPlan {
            tokens,
            sequences: 1,
            batch,
            threads: weights.threads,
            embeddings: true,
        };
        let new = |batch: u32| {
            Context::new(&weights.model, plan(batch), Arc::clone(abort)).map_err(|error| {
                EngineFault::Failed {
                    reason: error.to_string(),
                }
            })
        };
        let small = CHUNK_TOKENS.min(tokens);
        let context = new(small)?;
        // A model that pools by itself must see the whole text at once.
        let (context, chunk) = if context.pools() {
            (new(tokens)?, tokens)
        } else {
            (context, small)
        };
        Ok(Self {
            context,
            batch: Batch::default(),
            chunk: chunk as usize,
        })
    }

    pub(crate) fn use_threads(&mut self, threads: u32) {
        self.context.use_threads(threads);
    }

    /// Computes tokens at a position and adds their vectors up.
    fn add_up(&mut self, tokens: &[i32], from: usize, sum: &mut Vec<f32>) -> Result<(), String> {
        if from == 0 {
            self.context.forget(0);
        }
        self.batch.clear();
        for (at, &token) in tokens.iter().enumerate() {
            let position = i32::try_from(from + at).map_err(|error| error.to_string())?;
            self.batch.add(token, position, 0, true);
        }
        match self.context.decode(&mut self.batch) {
            Ok(Decoded::Done) => {}
            Ok(Decoded::NoRoom) => return Err("no room for the text".to_owned()),
            Ok(Decoded::Interrupted) => return Err("it was interrupted".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
        if self.context.pools() {
            add(
                sum,
                self.context
                    .pooled(0)
                    .ok_or("the model gives no embedding")?,
            );
            return Ok(());
        }
        for place in 0..tokens.len() {
            add(
                sum,
                self.context
                    .embedding(place)
                    .ok_or("the model gives no embedding")?,
            );
        }
        Ok(())
    }
}

fn text_tokens_max(weights: &Weights) -> u32 {
    weights.facts.trained_tokens.min(EMBED_TOKENS_MAX)
}

fn add(sum: &mut Vec<f32>, vector: &[f32]) {
    sum.resize(vector.len(), 0.0);
    for (sum, value) in sum.iter_mut().zip(vector) {
        *sum += value;
    }
}

/// Makes the length 1, which also turns a sum into a mean.
fn normalise(vector: &mut [f32]) {
    let square: f64 = vector
        .iter()
        .map(|&value| f64::from(value) * f64::from(value))
        .sum();
    let length = square.sqrt();
    if length > 0.0 {
        for value in vector {
            #[expect(clippy::cast_possible_truncation, reason = "back to what it was")]
            let scaled = (f64::from(*value) / length) as f32;
            *value = scaled;
        }
    }
}
