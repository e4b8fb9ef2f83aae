//! How far a download is.

use std::time::{Duration, Instant};

use tokio::sync::watch;

/// The shortest time between two reports: ten a second look fluent and cost nothing.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// The time over which the speed is measured.
const SPEED_WINDOW: Duration = Duration::from_secs(2);

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Bytes that have arrived, those of earlier attempts included.
    pub bytes: u64,
    /// Bytes of the whole file, once known.
    pub total_bytes: Option<u64>,
    /// Speed over the last seconds.
    pub bytes_per_second: u64,
}

/// What a download is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// Reaching the server.
    #[default]
    Connecting,
    /// Bytes arrive.
    Receiving,
    /// The connection broke; waiting before the next attempt.
    Waiting,
    /// Checksum and header are being checked.
    Checking,
}

/// Measures speed and reports not too often.
#[derive(Debug)]
pub(crate) struct Meter {
    report: watch::Sender<Progress>,
    now: Progress,
    reported: Option<Instant>,
    window_start: Instant,
    window_bytes: u64,
}

impl Meter {
    pub(crate) fn new(report: watch::Sender<Progress>) -> Self {
        Self {
            report,
            now: Progress::default(),
            reported: None,
            window_start: Instant::now(),
            window_bytes: 0,
        }
    }

    /// Something else is done now; reported at once.
    pub(crate) fn stage(&mut self, stage: Stage) {
        self.now.stage = stage;
        self.now.bytes_per_second = 0;
        self.send();
    }

    /// Bytes begin to arrive, after so many that were there.
    pub(crate) fn receiving(&mut self, bytes: u64, total_bytes: Option<u64>) {
        self.now = Progress {
            stage: Stage::Receiving,
            bytes,
            total_bytes,
            bytes_per_second: 0,
        };
        self.window_start = Instant::now();
        self.window_bytes = bytes;
        self.send();
    }

    /// So many more bytes have arrived.
    pub(crate) fn arrived(&mut self, bytes: u64) {
        self.now.bytes += bytes;
        let passed = self.window_start.elapsed();
        if self
            .reported
            .is_some_and(|last| last.elapsed() < REPORT_EVERY)
        {
            return;
        }
        let gained = self.now.bytes.saturating_sub(self.window_bytes);
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).max(1);
        self.now.bytes_per_second = gained.saturating_mul(1000) / millis;
        if passed >= SPEED_WINDOW {
            self.window_start = Instant::now();
            self.window_bytes = self.now.bytes;
        }
        self.send();
    }

    fn send(&mut self) {
        self.reported = Some(Instant::now());
        // Whoever asked may have stopped looking; the download goes on.
        let _ = self.report.send(self.now);
    }
}
