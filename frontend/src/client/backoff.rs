//! How long to wait before the next try to reach the hub.

/// The first wait. A hub that restarts is back in about that time.
const FIRST_MS: u32 = 500;

/// The longest wait: a person who starts the hub again looks at the page for about that long.
const LONGEST_MS: u32 = 15_000;

/// Doubles the wait after every try in vain.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The next wait in milliseconds.
    pub(super) fn next_ms(&mut self) -> u32 {
        let wait = FIRST_MS.saturating_mul(1 << self.tries.min(10));
        self.tries = self.tries.saturating_add(1);
        wait.min(LONGEST_MS)
    }

    /// The hub answered.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_limit_and_begin_anew_after_an_answer() {
        let mut backoff = Backoff::default();
        let waits: Vec<u32> = (0..7).map(|_| backoff.next_ms()).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
        backoff.reset();
        assert_eq!(backoff.next_ms(), 500);
    }
}
