//! The places where conversations are computed, each with what it still knows of an earlier one.

use crate::job::Job;

/// Copying fewer tokens than this from another conversation is not worth the bookkeeping.
const SHARE_TOKENS_MIN: usize = 16;

/// One place.
#[derive(Default)]
pub(crate) struct Slot {
    /// What the cache holds for this place.
    pub(crate) known: Vec<i32>,
    /// Whether parts of it are shared with another place.
    pub(crate) shared: bool,
    /// When it was last worked in, in steps.
    pub(crate) used_at: u64,
    pub(crate) job: Option<Job>,
}

impl Slot {
    /// Tokens of the job that are to be computed.
    pub(crate) fn ahead(&self) -> usize {
        self.job
            .as_ref()
            .map_or(0, |job| job.tokens.len() - self.known.len())
    }

    /// Whether the job is taking in its prompt.
    pub(crate) fn is_prefilling(&self) -> bool {
        self.ahead() > 1
    }
}

/// Where a new job goes, and what it need not compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) slot: usize,
    /// The slot's own tokens that agree.
    pub(crate) agrees: usize,
    /// Another slot whose first so many tokens are to be shared.
    pub(crate) share: Option<(usize, usize)>,
}

/// Finds the free place that saves the most without forgetting another conversation needlessly.
///
/// `divisible`: whether parts can be forgotten and shared.
pub(crate) fn place(slots: &[Slot], tokens: &[i32], divisible: bool) -> Option<Place> {
    // The last token is computed again even if all is known, since what follows it is asked for.
    let most = tokens.len().saturating_sub(1);
    let agreement = |slot: &Slot| {
        let same = slot
            .known
            .iter()
            .zip(tokens)
            .take_while(|(a, b)| a == b)
            .count()
            .min(most);
        if divisible || same == slot.known.len() {
            same
        } else {
            0
        }
    };
    let free = || {
        slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.job.is_none())
    };
    let (best, best_agrees) = free()
        .map(|(at, slot)| (at, agreement(slot)))
        .max_by_key(|&(_, same)| same)?;
    // A place whose conversation goes on here is right. One that only begins alike is kept, if
    // another is free that nobody needs as much.
    let goes_on = 2 * best_agrees >= slots[best].known.len();
    let (slot, agrees) = if goes_on {
        (best, best_agrees)
    } else {
        free()
            .min_by_key(|(_, slot)| {
                if slot.known.is_empty() {
                    0
                } else {
                    1 + slot.used_at
                }
            })
            .map(|(at, slot)| (at, agreement(slot)))?
    };
    let lender = slots
        .iter()
        .enumerate()
        .filter(|&(at, _)| divisible && at != slot)
        .map(|(at, slot)| (at, agreement(slot)))
        .max_by_key(|&(_, same)| same)
        .filter(|&(_, same)| same >= agrees + SHARE_TOKENS_MIN);
    Some(Place {
        slot,
        agrees,
        share: lender,
    })
}

/// How many tokens each of these places may take in now, so that together they take at most `budget`.
///
/// A short prompt leaves its share to the others. `turn` goes up, so that what cannot be divided goes
/// to another one each time.
pub(crate) fn divide(ahead: &[usize], budget: usize, turn: usize) -> Vec<usize> {
    let mut shares = vec![0; ahead.len()];
    let mut left = budget;
    loop {
        let hungry: Vec<usize> = (0..ahead.len())
            .map(|at| (at + turn) % ahead.len())
            .filter(|&at| shares[at] < ahead[at])
            .collect();
        if hungry.is_empty() || left == 0 {
            return shares;
        }
        let each = (left / hungry.len()).max(1);
        for at in hungry {
            let more = each.min(ahead[at] - shares[at]).min(left);
            shares[at] += more;
            left -= more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(known: &[i32], used_at: u64) -> Slot {
        Slot {
            known: known.to_vec(),
            used_at,
            ..Slot::default()
        }
    }

    fn numbers(range: std::ops::Range<i32>) -> Vec<i32> {
        range.collect()
    }

    #[test]
    fn conversation_that_goes_on_finds_its_place() {
        let slots = [knows(&[7, 8], 5), knows(&[1, 2, 3], 9), Slot::default()];
        let found = place(&slots, &[1, 2, 3, 4], true).expect("all are free");
        assert_eq!(
            found,
            Place {
                slot: 1,
                agrees: 3,
                share: None
            }
        );
    }

    #[test]
    fn last_token_is_always_computed() {
        let slots = [knows(&[1, 2, 3], 1)];
        let found = place(&slots, &[1, 2, 3], true).expect("free");
        assert_eq!(found.agrees, 2, "what follows the last token is not stored");
    }

    #[test]
    fn other_conversation_is_kept_and_lends_its_beginning() {
        let mut first = numbers(0..20);
        first.extend(100..200);
        let slots = [knows(&first, 9), Slot::default()];
        let mut new = numbers(0..20);
        new.extend([500, 501]);
        let found = place(&slots, &new, true).expect("free");
        assert_eq!(
            found,
            Place {
                slot: 1,
                agrees: 0,
                share: Some((0, 20))
            }
        );
    }

    #[test]
    fn oldest_conversation_is_forgotten_first() {
        let slots = [knows(&[9; 40], 8), knows(&[8; 40], 3), knows(&[7; 40], 5)];
        assert_eq!(
            place(&slots, &[1, 2], true).map(|found| found.slot),
            Some(1)
        );
    }

    #[test]
    fn indivisible_memory_is_used_whole_or_not_at_all() {
        let slots = [knows(&[1, 2, 3, 9], 1)];
        assert_eq!(
            place(&slots, &[1, 2, 3, 4], false).map(|found| found.agrees),
            Some(0)
        );
        assert_eq!(
            place(&slots, &[1, 2, 3, 9, 4], false).map(|found| found.agrees),
            Some(4)
        );
    }

    #[test]
    fn budget_is_divided_fairly_and_used_up() {
        assert_eq!(divide(&[1000, 1000], 512, 0), [256, 256]);
        assert_eq!(divide(&[1000, 10], 512, 0), [502, 10]);
        assert_eq!(divide(&[5, 5], 512, 0), [5, 5]);
        assert_eq!(divide(&[9, 9, 9], 2, 0).iter().sum::<usize>(), 2);
        assert_ne!(
            divide(&[9, 9, 9], 1, 0),
            divide(&[9, 9, 9], 1, 1),
            "the turn goes round"
        );
        assert_eq!(divide(&[], 512, 3), [0; 0]);
    }
}
