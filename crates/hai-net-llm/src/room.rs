//! The loaded model at work: several conversations, computed together, token by token.
//!
//! In each step, every conversation that is being answered adds its last token to the batch, and new
//! prompts fill it up. Taking in a prompt and writing are the same thing here: a job has tokens, its
//! slot knows some of them, and the rest is computed.

use std::collections::VecDeque;
use std::time::Instant;

use llama_cpp_2::token::LlamaToken;
use wire::engine::{
    EngineFault, FinishReason, FromEngine, Generation, JobId, Overflow, Prompt, Usage,
};

use crate::constraint::Grammar;
use crate::context::{Batch, Decoded};
use crate::ears::Switch;
use crate::embedding::{EmbedJob, Embedder};
use crate::job::{Clock, Job};
use crate::odds;
use crate::pick::Picker;
use crate::request::{self, refused};
use crate::slots::{self, Place, Slot};
use crate::weights::{BATCH_TOKENS, Weights};
use crate::writing::Writing;

/// Jobs that wait for a slot. More would wait for minutes; their callers had better know.
const WAITING_MAX: usize = 64;

/// Tokens of new prompts that are taken in with each token of the answers being written. Few enough
/// that reading along stays smooth.
const PREFILL_BESIDE: usize = 128;

/// Tokens at the beginning that are kept when older ones are forgotten. Models lean on the first few
/// whatever they are (Xiao and others, “attention sinks”, 2023).
const KEEP_TOKENS_MIN: usize = 4;

/// The loaded model and all work on it.
pub(crate) struct Room {
    weights: Weights,
    slots: Vec<Slot>,
    waiting: VecDeque<Job>,
    embeds: VecDeque<EmbedJob>,
    embedder: Option<Embedder>,
    batch: Batch,
    step: u64,
}

/// What of one slot is in the batch.
struct Feed {
    slot: usize,
    count: usize,
    /// Where in the batch the token lies whose successor is asked for.
    asks: Option<usize>,
}

impl Room {
    pub(crate) fn new(weights: Weights) -> Self {
        let slots = (0..weights.slots).map(|_| Slot::default()).collect();
        Self {
            weights,
            slots,
            waiting: VecDeque::new(),
            embeds: VecDeque::new(),
            embedder: None,
            batch: Batch::default(),
            step: 0,
        }
    }

    pub(crate) fn weights(&self) -> &Weights {
        &self.weights
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
            && self.embeds.is_empty()
            && self.slots.iter().all(|slot| slot.job.is_none())
    }

    pub(crate) fn use_threads(&mut self, threads: u32) {
        let threads = threads.max(1);
        if threads != self.weights.threads {
            self.weights.threads = threads;
            self.weights.context.use_threads(threads);
            if let Some(embedder) = &mut self.embedder {
                embedder.use_threads(threads);
            }
        }
    }

    /// Takes a piece of work in; it begins when a slot is free.
    pub(crate) fn take(&mut self, id: JobId, what: Generation) -> Result<(), EngineFault> {
        let taken = Instant::now();
        if self.waiting.len() >= WAITING_MAX {
            return Err(EngineFault::Busy);
        }
        request::check(&what)?;
        let vocabulary = self.weights.facts.vocabulary;
        let known = |token: i32| u32::try_from(token).is_ok_and(|token| token < vocabulary);
        if !what.sampling.logit_bias.keys().all(|&token| known(token)) {
            return Err(refused(
                "`logit_bias` names a token that the model does not have",
            ));
        }
        let (tokens, keep) = self.prompt(what.prompt)?;
        if !tokens.iter().all(|&token| known(token)) {
            return Err(refused(
                "the prompt has a token that the model does not have",
            ));
        }
        let grammar = what
            .constraint
            .map(|shape| Grammar::new(&self.weights.model, &self.weights.steering, &shape))
            .transpose()?;
        self.waiting.push_back(Job {
            id,
            picker: Picker::new(what.sampling, grammar, &tokens),
            writing: Writing::new(what.stop),
            keep: keep.max(KEEP_TOKENS_MIN),
            tokens_max: what.tokens_max,
            overflow: what.overflow,
            logprobs: what.logprobs,
            usage: Usage {
                prompt_tokens: count(tokens.len()),
                ..Usage::default()
            },
            clock: Clock {
                taken,
                first_token: None,
            },
            tokens,
        });
        Ok(())
    }

    fn prompt(&mut self, prompt: Prompt) -> Result<(Vec<i32>, usize), EngineFault> {
        let limit = self.weights.facts.context_tokens;
        let asked = tokens_at_least(&prompt);
        if asked >= limit {
            return Err(EngineFault::ContextLengthExceeded { asked, limit });
        }
        let (tokens, keep) = match prompt {
            Prompt::Chat(turns) => {
                let chat = self.weights.chat.tokens(&self.weights.model, &turns)?;
                (chat.tokens, chat.system)
            }
            Prompt::Text(text) => (self.weights.tokenize(&text, true), 0),
            Prompt::Tokens(tokens) => (tokens, 0),
        };
        if tokens.is_empty() {
            return Err(refused("the prompt is empty"));
        }
        let asked = count(tokens.len());
        if asked >= limit {
            return Err(EngineFault::ContextLengthExceeded { asked, limit });
        }
        Ok((tokens, keep))
    }

    /// Takes texts in that are to become vectors.
    pub(crate) fn embed(
        &mut self,
        id: JobId,
        texts: &[String],
        switch: &Switch,
    ) -> Result<(), EngineFault> {
        if self.embeds.len() >= WAITING_MAX {
            return Err(EngineFault::Busy);
        }
        let job = EmbedJob::new(id, texts, &self.weights)?;
        if self.embedder.is_none() {
            self.embedder = Some(Embedder::new(&self.weights, &switch.abort_flag())?);
        }
        self.embeds.push_back(job);
        Ok(())
    }

    /// Ends a piece of work early. A number that is not known was finished meanwhile.
    pub(crate) fn cancel(&mut self, id: JobId, out: &mut Vec<FromEngine>) {
        let now = Instant::now();
        if let Some(at) = self.waiting.iter().position(|job| job.id == id) {
            let job = self.waiting.remove(at);
            out.extend(
                job.into_iter()
                    .flat_map(|job| job.finish(FinishReason::Cancelled, now)),
            );
        }
        for slot in &mut self.slots {
            if let Some(job) = slot.job.take_if(|job| job.id == id) {
                out.extend(job.finish(FinishReason::Cancelled, now));
            }
        }
        if let Some(at) = self.embeds.iter().position(|job| job.id == id) {
            self.embeds.remove(at);
            let (reason, usage) = (FinishReason::Cancelled, Usage::default());
            out.push(FromEngine::Finished {
                job: id,
                reason,
                usage,
            });
        }
    }

    /// Ends all work early.
    pub(crate) fn cancel_all(&mut self, out: &mut Vec<FromEngine>) {
        let waiting = self.waiting.iter().map(|job| job.id);
        let writing = self
            .slots
            .iter()
            .filter_map(|slot| slot.job.as_ref().map(|job| job.id));
        let all: Vec<JobId> = waiting
            .chain(writing)
            .chain(self.embeds.iter().map(|job| job.id))
            .collect();
        for id in all {
            self.cancel(id, out);
        }
    }

    /// Computes one batch, and one chunk of an embedding.
    pub(crate) fn step(&mut self, switch: &Switch, out: &mut Vec<FromEngine>) {
        self.step += 1;
        self.seat();
        let feeds = self.fill();
        if !self.batch.is_empty() {
            self.compute(&feeds, switch, out);
        }
        if let (Some(job), Some(embedder)) = (self.embeds.front_mut(), &mut self.embedder) {
            switch.computing([job.id]);
            if let Some(last) = job.step(embedder) {
                out.push(last);
                self.embeds.pop_front();
            } else {
                // Another text's turn comes after a chunk of this one.
                self.embeds.rotate_left(1);
            }
            switch.computing([]);
        }
    }

    /// Gives waiting jobs a slot, in the order in which they came.
    fn seat(&mut self) {
        while let Some(job) = self.waiting.front() {
            let Some(place) = slots::place(&self.slots, &job.tokens, self.weights.divisible) else {
                return;
            };
            let known = self.make_ready(place);
            if let Some(mut job) = self.waiting.pop_front() {
                if job.clock.first_token.is_none() {
                    job.usage.cached_tokens = count(known);
                }
                self.slots[place.slot].job = Some(job);
            }
        }
    }

    /// Brings the cache of a slot to what agrees with its new job; gives how many tokens that are.
    fn make_ready(&mut self, place: Place) -> usize {
        let sequence = sequence(place.slot);
        let context = &mut self.weights.context;
        if let Some((lender, until)) = place.share {
            context.forget(sequence);
            context.share(self::sequence(lender), sequence, until);
            let known = self.slots[lender].known[..until].to_vec();
            self.slots[lender].shared = true;
            self.slots[place.slot].known = known;
            self.slots[place.slot].shared = true;
            return until;
        }
        let slot = &mut self.slots[place.slot];
        let whole = place.agrees == slot.known.len();
        if place.agrees > 0 && (whole || context.forget_from(sequence, place.agrees)) {
            slot.known.truncate(place.agrees);
        } else {
            context.forget(sequence);
            slot.known.clear();
            slot.shared = false;
        }
        slot.known.len()
    }

    /// Fills the batch: one token of each answer being written, then prompts, divided fairly.
    fn fill(&mut self) -> Vec<Feed> {
        self.batch.clear();
        let busy = |slot: &&Slot| slot.job.is_some();
        let writing = self
            .slots
            .iter()
            .filter(busy)
            .filter(|slot| !slot.is_prefilling())
            .count();
        let all = BATCH_TOKENS as usize;
        let budget = if writing > 0 {
            PREFILL_BESIDE.min(all - writing)
        } else {
            all
        };
        let ahead: Vec<usize> = self
            .slots
            .iter()
            .filter(|slot| slot.is_prefilling())
            .map(Slot::ahead)
            .collect();
        let turn = usize::try_from(self.step).unwrap_or(0);
        let mut shares = slots::divide(&ahead, budget, turn).into_iter();
        let mut feeds = Vec::new();
        for (at, slot) in self.slots.iter().enumerate() {
            let Some(job) = &slot.job else { continue };
            let count = if slot.is_prefilling() {
                shares.next().unwrap_or(0)
            } else {
                1
            };
            let from = slot.known.len();
            let mut asks = None;
            for (position, &token) in job.tokens.iter().enumerate().skip(from).take(count) {
                let last = position + 1 == job.tokens.len();
                let position = i32::try_from(position).unwrap_or(i32::MAX);
                let place = self.batch.add(token, position, sequence(at), last);
                asks = last.then_some(place);
            }
            if count > 0 {
                feeds.push(Feed {
                    slot: at,
                    count,
                    asks,
                });
            }
        }
        feeds
    }

    fn compute(&mut self, feeds: &[Feed], switch: &Switch, out: &mut Vec<FromEngine>) {
        // A batch of single tokens is over before it could be interrupted, and what cannot be divided
        // cannot be taken back.
        if self.weights.divisible && self.batch.len() > feeds.len() {
            let jobs = feeds
                .iter()
                .filter_map(|feed| self.slots[feed.slot].job.as_ref());
            switch.computing(jobs.map(|job| job.id));
        }
        let decoded = self.weights.context.decode(&mut self.batch);
        switch.computing([]);
        match decoded {
            Ok(Decoded::Done) => {
                for feed in feeds {
                    self.advance(feed, out);
                }
            }
            Ok(Decoded::NoRoom) => self.make_room(out),
            Ok(Decoded::Interrupted) => {
                for feed in feeds {
                    let known = self.slots[feed.slot].known.len();
                    if !self.weights.context.forget_from(sequence(feed.slot), known) {
                        self.clear(feed.slot);
                    }
                }
            }
            Err(error) => {
                for feed in feeds {
                    self.clear(feed.slot);
                    self.fail(feed.slot, &error.to_string(), out);
                }
            }
        }
    }

    fn advance(&mut self, feed: &Feed, out: &mut Vec<FromEngine>) {
        let slot = &mut self.slots[feed.slot];
        let Some(job) = &slot.job else { return };
        let from = slot.known.len();
        slot.known
            .extend_from_slice(&job.tokens[from..from + feed.count]);
        slot.used_at = self.step;
        if let Some(place) = feed.asks
            && let Err(error) = self.write(feed.slot, place, out)
        {
            self.fail(feed.slot, &error, out);
        }
    }

    /// Picks the next token of an answer and deals with what it means.
    fn write(&mut self, at: usize, place: usize, out: &mut Vec<FromEngine>) -> Result<(), String> {
        let now = Instant::now();
        let Some(job) = &mut self.slots[at].job else {
            return Ok(());
        };
        out.extend(job.start(now));
        if job.is_long_enough() {
            self.finish(at, FinishReason::Length, out);
            return Ok(());
        }
        let logits = self
            .weights
            .context
            .logits(place)
            .ok_or("the model cannot write")?;
        let token = job.picker.pick(logits).map_err(|error| error.to_string())?;
        let vocab = self.weights.model.vocab();
        if vocab.is_eog(LlamaToken(token)) {
            self.finish(at, FinishReason::Stop, out);
            return Ok(());
        }
        let entry = job.logprobs.map(|alternatives| {
            let bytes = |token| vocab.token_to_piece(LlamaToken(token), true, None);
            odds::logprobs(logits, token, usize::from(alternatives), bytes)
        });
        job.picker
            .accept(token)
            .map_err(|error| error.to_string())?;
        job.usage.completion_tokens += 1;
        let bytes = vocab.token_to_piece(LlamaToken(token), false, None);
        let passage = job.writing.push(&bytes, entry);
        let stopped = passage.stopped;
        out.extend(job.piece(passage));
        job.tokens.push(token);
        let full = job.tokens.len() > self.weights.facts.context_tokens as usize;
        if let Some(number) = stopped {
            // A request has far fewer stop texts than this number can count.
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            self.finish(at, FinishReason::StopText(number), out);
        } else if job.is_long_enough() || full && !self.shift(at) {
            self.finish(at, FinishReason::Length, out);
        }
        Ok(())
    }

    /// Forgets the oldest half behind the system turn. `false`: the job does not want that.
    fn shift(&mut self, at: usize) -> bool {
        let Slot {
            known,
            job: Some(job),
            shared,
            ..
        } = &mut self.slots[at]
        else {
            return false;
        };
        let keep = job.keep.min(known.len() / 2);
        let until = keep + (known.len() - keep) / 2;
        if job.overflow == Overflow::Stop || until == keep {
            return false;
        }
        job.tokens.drain(keep..until);
        let context = &mut self.weights.context;
        // What is shared must not move under another conversation, and some models cannot move at
        // all: then what stays is computed anew.
        if self.weights.divisible
            && !*shared
            && context.can_shift()
            && context.cut_out(sequence(at), keep, until)
        {
            known.drain(keep..until);
        } else if context.forget_from(sequence(at), keep) {
            known.truncate(keep);
        } else {
            self.clear(at);
        }
        true
    }

    /// The cache is full: forgets an idle conversation, or lets the youngest answer wait.
    fn make_room(&mut self, out: &mut Vec<FromEngine>) {
        let idle = |slot: &Slot| slot.job.is_none() && !slot.known.is_empty();
        let oldest = (0..self.slots.len())
            .filter(|&at| idle(&self.slots[at]))
            .min_by_key(|&at| self.slots[at].used_at);
        if let Some(at) = oldest {
            self.clear(at);
            return;
        }
        let taken = |at: usize| self.slots[at].job.as_ref().map(|job| job.clock.taken);
        let mut busy: Vec<usize> = (0..self.slots.len())
            .filter(|&at| taken(at).is_some())
            .collect();
        busy.sort_by_key(|&at| taken(at));
        match busy.as_slice() {
            [_, .., youngest] => {
                let youngest = *youngest;
                self.clear(youngest);
                let job = self.slots[youngest].job.take();
                self.waiting.extend(job);
                // It came before those that wait.
                self.waiting.rotate_right(1);
            }
            [only] => {
                let only = *only;
                self.clear(only);
                self.fail(only, "the conversation does not fit into the memory", out);
            }
            [] => {}
        }
    }

    fn clear(&mut self, at: usize) {
        self.weights.context.forget(sequence(at));
        self.slots[at].known.clear();
        self.slots[at].shared = false;
    }

    fn finish(&mut self, at: usize, reason: FinishReason, out: &mut Vec<FromEngine>) {
        if let Some(job) = self.slots[at].job.take() {
            out.extend(job.finish(reason, Instant::now()));
        }
    }

    fn fail(&mut self, at: usize, reason: &str, out: &mut Vec<FromEngine>) {
        if let Some(job) = self.slots[at].job.take() {
            let fault = EngineFault::Failed {
                reason: reason.to_owned(),
            };
            out.push(FromEngine::Refused { job: job.id, fault });
        }
    }

    /// The tokens of a text.
    pub(crate) fn tokenize(&self, text: &str) -> Vec<i32> {
        self.weights.tokenize(text, false)
    }
}

/// llama.cpp's number for a slot.
fn sequence(slot: usize) -> i32 {
    i32::try_from(slot).unwrap_or(i32::MAX)
}

fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// More bytes than any token of a common vocabulary stands for; the longest are lines of spaces.
const TOKEN_BYTES_MAX: usize = 256;

/// How many tokens a prompt has at least, told without reading it: a hundred thousand messages, or a book, would
/// keep everybody waiting only to be refused.
fn tokens_at_least(prompt: &Prompt) -> u32 {
    let tokens = match prompt {
        Prompt::Chat(turns) => {
            let bytes: usize = turns.iter().map(|turn| turn.text.len()).sum();
            turns.len() + bytes / TOKEN_BYTES_MAX
        }
        Prompt::Text(text) => text.len() / TOKEN_BYTES_MAX,
        Prompt::Tokens(tokens) => tokens.len(),
    };
    count(tokens)
}
