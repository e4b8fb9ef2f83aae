//! Picks the next token.
//!
//! The order of the steps is llama.cpp's: biases, penalties, top-k, top-p, min-p, temperature, draw.
//! A vocabulary has tens of thousands of tokens and almost all of them are hopeless; whatever lies
//! further below the likeliest than [`HOPELESS`] is never put into a list.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hasher};

use wire::engine::Sampling;

use crate::constraint::Grammar;
use crate::odds;

/// How far below the likeliest a token's logit may lie, at temperature 1, and still be drawn.
///
/// e^−24 is 4·10⁻¹¹: all dropped tokens of a vocabulary together are rarer than one in 100 000 draws.
const HOPELESS: f32 = 24.0;

/// How many tokens back a repetition counts, as in llama.cpp.
const REPEAT_WINDOW: usize = 64;

/// How many candidates are checked against a grammar at first; then eight times as many, and so on.
const GRAMMAR_PORTION: usize = 256;

/// Why no token can be picked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PickError {
    #[error("the model computed no usable numbers")]
    NoNumbers,
    #[error("no token of the model fits the asked answer format here")]
    NothingFits,
}

/// Picks the tokens of one answer.
pub(crate) struct Picker {
    sampling: Sampling,
    random: Random,
    grammar: Option<Grammar>,
    /// How often each token was written.
    written: HashMap<i32, u16>,
    /// The last tokens of prompt and answer.
    recent: VecDeque<i32>,
    changed: Vec<f32>,
    candidates: Vec<(i32, f32)>,
}

impl Picker {
    pub(crate) fn new(sampling: Sampling, grammar: Option<Grammar>, prompt: &[i32]) -> Self {
        let seed = sampling.seed.map_or_else(random_seed, u64::from);
        let from = prompt.len().saturating_sub(REPEAT_WINDOW);
        Self {
            sampling,
            random: Random(seed),
            grammar,
            written: HashMap::new(),
            recent: prompt[from..].iter().copied().collect(),
            changed: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// Picks a token and remembers it.
    pub(crate) fn pick(&mut self, logits: &[f32]) -> Result<i32, PickError> {
        let mut changed = std::mem::take(&mut self.changed);
        let picked = if self.changes_nothing() {
            self.pick_from(logits)
        } else {
            changed.clear();
            changed.extend_from_slice(logits);
            self.change(&mut changed);
            self.pick_from(&changed)
        };
        self.changed = changed;
        picked
    }

    /// The picked token becomes part of the answer. Not to be called for a token that ends it.
    pub(crate) fn accept(&mut self, token: i32) -> Result<(), PickError> {
        if let Some(grammar) = &mut self.grammar
            && !grammar.accept(token)
        {
            return Err(PickError::NothingFits);
        }
        let count = self.written.entry(token).or_default();
        *count = count.saturating_add(1);
        if self.recent.len() == REPEAT_WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(token);
        Ok(())
    }

    fn changes_nothing(&self) -> bool {
        let s = &self.sampling;
        s.logit_bias.is_empty()
            && s.repeat_penalty == 1.0
            && s.frequency_penalty == 0.0
            && s.presence_penalty == 0.0
    }

    fn change(&self, logits: &mut [f32]) {
        let mut at = |token: i32, change: &dyn Fn(f32) -> f32| {
            if let Some(logit) = usize::try_from(token).ok().and_then(|i| logits.get_mut(i)) {
                *logit = change(*logit);
            }
        };
        for (&token, &bias) in &self.sampling.logit_bias {
            let banned = bias <= -100.0;
            at(token, &|logit| {
                if banned {
                    f32::NEG_INFINITY
                } else {
                    logit + bias
                }
            });
        }
        let repeat = self.sampling.repeat_penalty;
        if repeat != 1.0 {
            let mut recent: Vec<i32> = self.recent.iter().copied().collect();
            recent.sort_unstable();
            recent.dedup();
            for token in recent {
                at(token, &|logit| {
                    if logit <= 0.0 {
                        logit * repeat
                    } else {
                        logit / repeat
                    }
                });
            }
        }
        let (frequency, presence) = (
            self.sampling.frequency_penalty,
            self.sampling.presence_penalty,
        );
        if frequency != 0.0 || presence != 0.0 {
            for (&token, &count) in &self.written {
                at(token, &|logit| {
                    logit - f32::from(count) * frequency - presence
                });
            }
        }
    }

    fn pick_from(&mut self, logits: &[f32]) -> Result<i32, PickError> {
        let first = self.pick_freely(logits)?;
        let Some(grammar) = &mut self.grammar else {
            return Ok(first);
        };
        // Checking one token is cheap, and mostly the model writes what it was asked for by itself.
        if grammar.allows(first) {
            Ok(first)
        } else {
            self.pick_what_fits(logits)
        }
    }

    fn pick_freely(&mut self, logits: &[f32]) -> Result<i32, PickError> {
        if self.is_greedy() {
            let at = odds::largest(logits).ok_or(PickError::NoNumbers)?;
            return i32::try_from(at).map_err(|_| PickError::NoNumbers);
        }
        let most = odds::maximum(logits).ok_or(PickError::NoNumbers)?;
        let least = most - self.hopeless();
        self.candidates.clear();
        for (token, &logit) in (0..).zip(logits) {
            if logit >= least {
                self.candidates.push((token, logit));
            }
        }
        self.draw().ok_or(PickError::NoNumbers)
    }

    /// Checks more and more candidates, until what fits is likely enough that the rest is hopeless.
    fn pick_what_fits(&mut self, logits: &[f32]) -> Result<i32, PickError> {
        let (greedy, hopeless) = (self.is_greedy(), self.hopeless());
        let Some(grammar) = &mut self.grammar else {
            return Err(PickError::NothingFits);
        };
        let mut portion = GRAMMAR_PORTION;
        loop {
            let mut likeliest: Vec<(i32, f32)> = (0..)
                .zip(logits.iter().copied())
                .filter(|(_, logit)| *logit > f32::NEG_INFINITY)
                .collect();
            let everything = portion >= likeliest.len();
            odds::keep_likeliest(&mut likeliest, portion);
            let least = likeliest
                .iter()
                .fold(f32::INFINITY, |least, c| least.min(c.1));
            let fitting = grammar.fitting(&likeliest);
            let best = fitting
                .iter()
                .fold(f32::NEG_INFINITY, |best, c| best.max(c.1));
            let enough = best > f32::NEG_INFINITY && (greedy || least < best - hopeless);
            if enough || everything {
                self.candidates = fitting;
                break;
            }
            portion *= 8;
        }
        if greedy {
            odds::keep_likeliest(&mut self.candidates, 1);
            return self
                .candidates
                .first()
                .map(|c| c.0)
                .ok_or(PickError::NothingFits);
        }
        self.draw().ok_or(PickError::NothingFits)
    }

    fn is_greedy(&self) -> bool {
        self.sampling.temperature <= 0.0 || self.sampling.top_k == 1
    }

    fn hopeless(&self) -> f32 {
        HOPELESS * self.sampling.temperature.max(1.0)
    }

    /// Applies top-k, top-p, min-p and temperature to the candidates, and draws one.
    fn draw(&mut self) -> Option<i32> {
        let s = &self.sampling;
        if s.top_k > 0 {
            odds::keep_likeliest(&mut self.candidates, s.top_k as usize);
        }
        odds::sort(&mut self.candidates);
        let most = self.candidates.first()?.1;
        if s.top_p < 1.0 {
            let total: f32 = self.candidates.iter().map(|c| (c.1 - most).exp()).sum();
            let mut sum = 0.0;
            let enough = self.candidates.iter().position(|c| {
                sum += (c.1 - most).exp();
                sum >= s.top_p * total
            });
            self.candidates
                .truncate(enough.map_or(usize::MAX, |at| at + 1));
        }
        if s.min_p > 0.0 {
            let least = most + s.min_p.ln();
            let kept = self.candidates.partition_point(|c| c.1 >= least).max(1);
            self.candidates.truncate(kept);
        }
        let weight = |logit: f32| f64::from((logit - most) / s.temperature).exp();
        let total: f64 = self.candidates.iter().map(|c| weight(c.1)).sum();
        let mut left = self.random.share() * total;
        let drawn = self.candidates.iter().find(|c| {
            left -= weight(c.1);
            left <= 0.0
        });
        drawn.or(self.candidates.last()).map(|c| c.0)
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, fast, and the same everywhere for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// 0.0 up to, not including, 1.0, with 53 random bits.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A number that differs each time; the standard library seeds its hash tables from the system.
pub(crate) fn random_seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker(sampling: Sampling) -> Picker {
        Picker::new(sampling, None, &[])
    }

    fn drawn(sampling: Sampling, logits: &[f32], times: usize) -> HashMap<i32, usize> {
        let mut picker = picker(sampling);
        let mut counts = HashMap::new();
        for _ in 0..times {
            *counts
                .entry(picker.pick(logits).expect("numbers"))
                .or_default() += 1;
        }
        counts
    }

    #[test]
    fn temperature_zero_takes_the_likeliest() {
        let counts = drawn(
            Sampling {
                temperature: 0.0,
                ..Sampling::default()
            },
            &[1.0, 3.0, 2.0],
            5,
        );
        assert_eq!(counts, HashMap::from([(1, 5)]));
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let sampling = Sampling {
            seed: Some(7),
            ..Sampling::default()
        };
        let counts = drawn(sampling, &[0.0, 2.0_f32.ln(), f32::NEG_INFINITY], 30_000);
        let share = f64::from(u32::try_from(counts[&1]).expect("small")) / 30_000.0;
        assert!(
            (share - 2.0 / 3.0).abs() < 0.02,
            "twice as likely was drawn {share}"
        );
        assert_eq!(counts.get(&2), None, "an impossible token is never drawn");
    }

    #[test]
    fn same_seed_draws_the_same() {
        let draw = |seed| {
            let mut picker = picker(Sampling {
                seed: Some(seed),
                ..Sampling::default()
            });
            (0..20)
                .map(|_| picker.pick(&[0.0; 50]).expect("numbers"))
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn top_k_top_p_and_min_p_each_drop_the_unlikely() {
        let logits = [5.0, 4.0, 0.0, -1.0];
        for sampling in [
            Sampling {
                top_k: 2,
                ..Sampling::default()
            },
            Sampling {
                top_p: 0.95,
                ..Sampling::default()
            },
            Sampling {
                min_p: 0.1,
                ..Sampling::default()
            },
        ] {
            let mut tokens: Vec<i32> = drawn(sampling.clone(), &logits, 500).into_keys().collect();
            tokens.sort_unstable();
            assert_eq!(tokens, [0, 1], "with {sampling:?}");
        }
    }

    #[test]
    fn bias_bans_and_forces() {
        let bias = |token, by| Sampling {
            temperature: 0.0,
            logit_bias: [(token, by)].into(),
            ..Sampling::default()
        };
        assert_eq!(
            drawn(bias(0, -100.0), &[9.0, 1.0], 3),
            HashMap::from([(1, 3)])
        );
        assert_eq!(
            drawn(bias(1, 100.0), &[9.0, 1.0], 3),
            HashMap::from([(1, 3)])
        );
    }

    #[test]
    fn penalties_make_written_tokens_less_likely() {
        for sampling in [
            Sampling {
                repeat_penalty: 2.0,
                ..Sampling::default()
            },
            Sampling {
                frequency_penalty: 1.5,
                ..Sampling::default()
            },
            Sampling {
                presence_penalty: 1.5,
                ..Sampling::default()
            },
        ] {
            let mut picker = picker(Sampling {
                temperature: 0.0,
                ..sampling
            });
            assert_eq!(picker.pick(&[2.0, 1.5]).expect("numbers"), 0);
            picker.accept(0).expect("no grammar");
            assert_eq!(picker.pick(&[2.0, 1.5]).expect("numbers"), 1);
        }
    }

    #[test]
    fn numbers_that_are_none_are_an_error_and_not_a_token() {
        let mut picker = picker(Sampling::default());
        assert!(picker.pick(&[f32::NAN, f32::NEG_INFINITY]).is_err());
    }
}
