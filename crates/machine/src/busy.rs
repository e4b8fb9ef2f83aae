//! How many threads the engine may use, so that the person's own work stays quick.

use std::time::{Duration, Instant};

use sysinfo::{CpuRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::resources::{cores_usable, own_tree};

/// Samples in a row that must show a busier machine before threads are given up.
///
/// Two: a program that starts is over in one, a person should not wait for three.
const SAMPLES_TO_YIELD: u32 = 2;

/// Samples in a row that must show a freer machine before one thread is taken back.
const SAMPLES_TO_RETURN: u32 = 3;

/// Share of a core that others must use beyond a whole number before that counts as a core.
///
/// Half a core of background noise does not cost the engine a thread.
const NOISE_CORES: f64 = 0.5;

/// How much more must be free than the next thread needs before it is taken: what keeps the number
/// from swinging when the load lies just at the edge.
const RETURN_MARGIN_CORES: f64 = 0.25;

/// Shorter times between two samples tell nothing, since the system counts in ticks of 10 ms.
const SAMPLE_TIME_MIN: Duration = Duration::from_millis(500);

/// Decides how many threads to use from what others use. No clock and no system in it.
///
/// Gives up threads at once after [`SAMPLES_TO_YIELD`] samples, takes them back one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    cores: u32,
    threads: u32,
    busier: u32,
    freer: u32,
}

impl Backoff {
    /// For a machine with so many cores, of which all are ours at first.
    #[must_use]
    pub fn new(cores: u32) -> Self {
        let cores = cores.max(1);
        Self {
            cores,
            threads: cores,
            busier: 0,
            freer: 0,
        }
    }

    /// Takes in how many cores' worth of time other programs use.
    pub fn observe(&mut self, others_cores: f64) {
        let free = f64::from(self.cores) - others_cores.max(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 1..=cores"
        )]
        let fitting = (free + NOISE_CORES)
            .floor()
            .clamp(1.0, f64::from(self.cores)) as u32;
        let next_fits = free + NOISE_CORES >= f64::from(self.threads + 1) + RETURN_MARGIN_CORES
            || (fitting == self.cores && others_cores < NOISE_CORES / 2.0);
        if fitting < self.threads {
            self.freer = 0;
            self.busier += 1;
            if self.busier >= SAMPLES_TO_YIELD {
                self.threads = fitting;
                self.busier = 0;
            }
        } else if self.threads < self.cores && next_fits {
            self.busier = 0;
            self.freer += 1;
            if self.freer >= SAMPLES_TO_RETURN {
                self.threads += 1;
                self.freer = 0;
            }
        } else {
            self.busier = 0;
            self.freer = 0;
        }
    }

    /// Threads to use now, at least 1 and at most `max`.
    #[must_use]
    pub fn suggest_threads(&self, max: u32) -> u32 {
        self.threads.min(max).max(1)
    }
}

/// Watches what other programs use and says how many threads the engine may use.
#[derive(Debug)]
pub struct BusyWatch {
    system: Option<System>,
    sampled: Option<Instant>,
    backoff: Backoff,
}

impl BusyWatch {
    /// A watch over this machine that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let backoff = Backoff::new(cores_usable());
        Self {
            system: System::new().ok(),
            sampled: None,
            backoff,
        }
    }

    /// Looks at the processes once: a few milliseconds. Call it every one or two seconds while the
    /// engine works; calls in quicker succession change nothing.
    pub fn sample(&mut self) {
        if self
            .sampled
            .is_some_and(|last| last.elapsed() < SAMPLE_TIME_MIN)
        {
            return;
        }
        let Some(system) = &mut self.system else {
            return;
        };
        system.refresh_cpu_specifics(CpuRefreshKind::nothing().with_usage());
        let kind = ProcessRefreshKind::nothing().with_cpu().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        let is_first = self.sampled.is_none();
        self.sampled = Some(Instant::now());
        if is_first {
            return; // A load is the difference of two samples.
        }
        #[expect(clippy::cast_precision_loss, reason = "no machine has 2^52 cores")]
        let cores = system.cpus().len() as f64;
        let all = f64::from(system.global_cpu_usage()) / 100.0 * cores;
        let own: f64 = own_tree(system)
            .iter()
            .map(|process| f64::from(process.cpu_usage()) / 100.0)
            .sum();
        self.backoff.observe(all - own);
    }

    /// Threads to use now, at least 1 and at most `max`.
    #[must_use]
    pub fn suggest_threads(&self, max: u32) -> u32 {
        self.backoff.suggest_threads(max)
    }
}

impl Default for BusyWatch {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(cores: u32, others: &[f64]) -> u32 {
        let mut backoff = Backoff::new(cores);
        for load in others {
            backoff.observe(*load);
        }
        backoff.suggest_threads(u32::MAX)
    }

    #[test]
    fn idle_machine_gives_all_its_cores() {
        assert_eq!(after(4, &[0.0, 0.1, 0.0]), 4);
    }

    #[test]
    fn one_busy_moment_costs_no_thread() {
        assert_eq!(after(4, &[3.0, 0.0, 3.0, 0.0]), 4);
    }

    #[test]
    fn lasting_load_of_others_costs_as_many_threads_as_it_uses() {
        assert_eq!(after(8, &[3.0, 3.0]), 5);
        assert_eq!(after(2, &[2.0, 2.0]), 1, "one thread is always left");
    }

    #[test]
    fn threads_come_back_one_by_one_when_the_others_are_done() {
        let mut others = vec![4.0, 4.0];
        assert_eq!(after(4, &others), 1);
        others.extend([0.0; 3]);
        assert_eq!(after(4, &others), 2);
        others.extend([0.0; 6]);
        assert_eq!(after(4, &others), 4, "all of them in the end");
    }

    #[test]
    fn load_at_the_edge_does_not_make_the_number_swing() {
        let mut backoff = Backoff::new(4);
        for _ in 0..4 {
            backoff.observe(1.6);
        }
        let settled = backoff.suggest_threads(4);
        for step in 0..40 {
            backoff.observe(if step % 2 == 0 { 1.45 } else { 1.55 });
            assert_eq!(backoff.suggest_threads(4), settled, "step {step}");
        }
    }

    #[test]
    fn suggestion_keeps_the_callers_bound() {
        assert_eq!(Backoff::new(16).suggest_threads(4), 4);
        assert_eq!(Backoff::new(16).suggest_threads(0), 1);
    }

    #[test]
    fn watch_over_this_machine_suggests_at_least_one_thread() {
        let mut watch = BusyWatch::new();
        watch.sample();
        watch.sample();
        assert!((1..=3).contains(&watch.suggest_threads(3)));
    }
}
