//! Which model fits a machine.

/// Of the memory that programs could still get, the share that a model may take.
///
/// The rest is for what a person opens next: a model that takes all makes the machine swap.
const MEMORY_SHARE_PERCENT: u64 = 70;

/// The slowest model that is recommended, in tokens a second.
///
/// People read about four words, five to six tokens, a second; an answer should not be slower.
const SPEED_MIN: f32 = 6.0;

/// A model that could be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Size of its file, in bytes.
    pub file_bytes: u64,
    /// Memory that it needs, in bytes.
    pub memory_bytes: u64,
}

/// What is said of a candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Whether its memory can be had now.
    pub fits: bool,
    /// Tokens a second, about; `None` where nothing was measured.
    pub tokens_per_second: Option<f32>,
}

/// A measurement on this machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Size of the file of the model that was measured, in bytes.
    pub file_bytes: u64,
    /// How quickly it wrote.
    pub tokens_per_second: f32,
}

/// What is said of each candidate, and the place of the one to take.
///
/// Writing one token reads every weight once, so the time for a token grows with the size of the file.
/// The one to take is the largest that fits and writes at least as fast as a person reads; where none
/// does, the smallest that fits, and where none fits, none.
#[must_use]
pub fn judge(
    candidates: &[Candidate],
    memory_available_bytes: u64,
    measured: Option<Measured>,
) -> (Vec<Verdict>, Option<usize>) {
    let room = memory_available_bytes / 100 * MEMORY_SHARE_PERCENT;
    let verdicts: Vec<_> = candidates
        .iter()
        .map(|candidate| Verdict {
            fits: candidate.memory_bytes <= room,
            tokens_per_second: measured.map(|measured| scaled(measured, candidate.file_bytes)),
        })
        .collect();
    let fitting = || (0..candidates.len()).filter(|place| verdicts[*place].fits);
    let quick = fitting().filter(|place| {
        verdicts[*place]
            .tokens_per_second
            .is_some_and(|speed| speed >= SPEED_MIN)
    });
    let size = |place: &usize| candidates[*place].file_bytes;
    let chosen = quick
        .max_by_key(size)
        .or_else(|| fitting().min_by_key(size));
    (verdicts, chosen)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an estimate, shown with two digits"
)]
fn scaled(measured: Measured, file_bytes: u64) -> f32 {
    measured.tokens_per_second * (measured.file_bytes as f32 / file_bytes.max(1) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;
    const STARTER: Measured = Measured {
        file_bytes: 100 * MB,
        tokens_per_second: 100.0,
    };

    fn candidate(megabytes: u64) -> Candidate {
        Candidate {
            file_bytes: megabytes * MB,
            memory_bytes: megabytes * MB * 2,
        }
    }

    #[test]
    fn largest_model_that_fits_and_keeps_up_with_reading_is_recommended() {
        let all = [candidate(100), candidate(1_000), candidate(4_000)];
        let (verdicts, chosen) = judge(&all, 16_000 * MB, Some(STARTER));
        assert!(verdicts.iter().all(|verdict| verdict.fits));
        assert_eq!(
            chosen,
            Some(1),
            "ten tokens a second are enough, 2.5 are not"
        );
    }

    #[test]
    fn model_that_would_fill_the_memory_is_not_recommended() {
        let all = [candidate(100), candidate(1_000)];
        let (verdicts, chosen) = judge(&all, 2_500 * MB, Some(STARTER));
        assert!(!verdicts[1].fits, "2,000 MB are more than 70 % of 2,500 MB");
        assert_eq!(chosen, Some(0));
    }

    #[test]
    fn slow_machine_gets_the_smallest_model() {
        let slow = Measured {
            tokens_per_second: 3.0,
            ..STARTER
        };
        let all = [candidate(1_000), candidate(100)];
        assert_eq!(judge(&all, 64_000 * MB, Some(slow)).1, Some(1));
    }

    #[test]
    fn without_a_measurement_the_smallest_is_recommended_and_no_speed_is_made_up() {
        let all = [candidate(1_000), candidate(100)];
        let (verdicts, chosen) = judge(&all, 64_000 * MB, None);
        assert_eq!(chosen, Some(1));
        assert!(
            verdicts
                .iter()
                .all(|verdict| verdict.tokens_per_second.is_none())
        );
    }

    #[test]
    fn nothing_is_recommended_where_nothing_fits() {
        assert_eq!(judge(&[candidate(100)], 10 * MB, Some(STARTER)).1, None);
    }
}
