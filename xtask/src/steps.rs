//! Saying what is being done, and how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

/// A step shorter than this was only a look, and is left out of the summary.
const WORTH_MENTIONING: Duration = Duration::from_millis(500);

/// What a step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was right already.
    Kept(String),
    /// Something was made.
    Made(String),
    /// It could not be done, and work goes on without it.
    Skipped(String),
}

/// The steps of one set-up, in order.
pub(crate) struct Steps {
    started: Instant,
    total: usize,
    taken: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Starts the clock for so many steps.
    pub(crate) fn new(total: usize) -> Self {
        Self {
            started: Instant::now(),
            total,
            taken: Vec::new(),
        }
    }

    /// Takes one step; a step that fails ends set-up.
    pub(crate) fn take(
        &mut self,
        name: &'static str,
        step: impl FnOnce() -> Result<Outcome>,
    ) -> Result<()> {
        let began = Instant::now();
        let place = format!("[{}/{}]", self.taken.len() + 1, self.total);
        eprintln!("{place} {name} …");
        let outcome = step()?;
        let time = began.elapsed();
        self.taken.push((name, time));
        let (word, detail) = match &outcome {
            Outcome::Kept(detail) => ("ready", detail),
            Outcome::Made(detail) => ("done", detail),
            Outcome::Skipped(detail) => ("skipped", detail),
        };
        eprintln!("{place} {name}: {word}, {detail} ({})", brief(time));
        Ok(())
    }

    /// One line that says where the time went.
    pub(crate) fn summary(&self) -> String {
        let long: Vec<String> = self
            .taken
            .iter()
            .filter(|(_, time)| *time >= WORTH_MENTIONING)
            .map(|(name, time)| format!("{name} {}", brief(*time)))
            .collect();
        let total = brief(self.started.elapsed());
        if long.is_empty() {
            format!("Set-up: everything was ready ({total})")
        } else {
            format!("Set-up: {total} ({})", long.join(", "))
        }
    }
}

/// A duration as a person says it.
pub(crate) fn brief(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_speech() {
        assert_eq!(brief(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(brief(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_failed_step_ends_set_up_and_is_not_counted() {
        let mut steps = Steps::new(2);
        steps
            .take("first", || Ok(Outcome::Kept("fine".to_owned())))
            .unwrap();
        let error = steps.take("second", || anyhow::bail!("no")).unwrap_err();
        assert_eq!(error.to_string(), "no");
        assert!(
            steps.summary().contains("everything was ready"),
            "the quick step is left out"
        );
    }
}
