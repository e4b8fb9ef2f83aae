//! How likely tokens are, from the numbers that the model gives: the probabilities that a caller can
//! ask for, and the candidates that sampling draws from.

use wire::engine::{LikelyToken, TokenLogprob};

/// What stands for a probability of zero, since JSON has no −∞.
const LOGPROB_MIN: f32 = -9999.0;

/// The largest number and where it is; the first of equals, as llama.cpp's greedy sampler takes it.
pub(crate) fn largest(logits: &[f32]) -> Option<usize> {
    let most = maximum(logits)?;
    logits.iter().position(|&logit| logit >= most)
}

/// The largest number. Not a number counts as nothing.
pub(crate) fn maximum(logits: &[f32]) -> Option<f32> {
    const LANES: usize = 16;
    let mut most = [f32::NEG_INFINITY; LANES];
    let (blocks, rest) = logits.as_chunks::<LANES>();
    for block in blocks {
        for (most, &logit) in most.iter_mut().zip(block) {
            *most = if logit > *most { logit } else { *most };
        }
    }
    let most = most
        .iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, |a, &b| if b > a { b } else { a });
    (most > f32::NEG_INFINITY).then_some(most)
}

/// The probability of the token that was picked and of the likeliest ones, before sampling changes.
pub(crate) fn logprobs(
    logits: &[f32],
    picked: i32,
    alternatives: usize,
    bytes_of: impl Fn(i32) -> Vec<u8>,
) -> TokenLogprob {
    let most = maximum(logits).unwrap_or(0.0);
    let sum: f64 = logits
        .iter()
        .map(|&logit| f64::from(logit - most).exp())
        .sum();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a logarithm needs no more digits"
    )]
    let log_sum = most + sum.ln() as f32;
    let described = |id: i32, logit: f32| {
        let logprob = logit - log_sum;
        let logprob = if logprob.is_finite() {
            logprob.clamp(LOGPROB_MIN, 0.0)
        } else {
            LOGPROB_MIN
        };
        LikelyToken {
            id,
            bytes: bytes_of(id),
            logprob,
        }
    };
    let mut all: Vec<(i32, f32)> = (0..).zip(logits.iter().copied()).collect();
    keep_likeliest(&mut all, alternatives);
    sort(&mut all);
    let chosen = usize::try_from(picked)
        .ok()
        .and_then(|at| logits.get(at))
        .copied();
    TokenLogprob {
        token: described(picked, chosen.unwrap_or(f32::NEG_INFINITY)),
        top: all
            .into_iter()
            .map(|(id, logit)| described(id, logit))
            .collect(),
    }
}

/// Keeps the `count` likeliest, in no order.
pub(crate) fn keep_likeliest(candidates: &mut Vec<(i32, f32)>, count: usize) {
    if count == 0 {
        candidates.clear();
    } else if count < candidates.len() {
        candidates.select_nth_unstable_by(count - 1, likelier_first);
        candidates.truncate(count);
    }
}

/// Puts the likeliest first; of equals, the one with the lower number.
pub(crate) fn sort(candidates: &mut [(i32, f32)]) {
    candidates.sort_unstable_by(likelier_first);
}

fn likelier_first(a: &(i32, f32), b: &(i32, f32)) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn largest_is_the_first_of_equals() {
        let mut logits = vec![0.5; 100];
        logits[37] = 2.0;
        logits[80] = 2.0;
        assert_eq!(largest(&logits), Some(37));
        assert_eq!(largest(&[]), None);
        assert_eq!(largest(&[f32::NAN, -1.0]), Some(1));
    }

    #[test]
    fn probabilities_of_all_tokens_sum_to_one() {
        let logits = [1.0, 2.0, 3.0, -4.0];
        let found = logprobs(&logits, 2, 4, |_| Vec::new());
        let sum: f32 = found.top.iter().map(|token| token.logprob.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "the sum is {sum}");
        assert_eq!(found.top[0], found.token, "the likeliest was picked");
    }

    #[test]
    fn impossible_token_gets_a_finite_number() {
        let found = logprobs(&[0.0, f32::NEG_INFINITY], 1, 2, |_| Vec::new());
        assert!(found.token.logprob.is_finite() && found.token.logprob < -1000.0);
    }
}
