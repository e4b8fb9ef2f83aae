//! Order statistics, and how figures are printed.

use std::time::Duration;

/// Measured values of one kind, in one unit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures(Vec<f64>);

impl Figures {
    pub(crate) fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    pub(crate) fn add_ms(&mut self, span: Duration) {
        self.add(span.as_secs_f64() * 1e3);
    }

    /// The value below which this share (0.0 to 1.0) of the values lies.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        if sorted.is_empty() {
            return f64::NAN;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index into a short list"
        )]
        let index = ((sorted.len() - 1) as f64 * share).round() as usize;
        sorted[index]
    }

    pub(crate) fn sum(&self) -> f64 {
        self.0.iter().sum()
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// `p50 1.20  p95 1.41  min 1.10  n 50`
    pub(crate) fn line(&self) -> String {
        format!(
            "p50 {:.2}  p95 {:.2}  min {:.2}  max {:.2}  n {}",
            self.median(),
            self.quantile(0.95),
            self.quantile(0.0),
            self.quantile(1.0),
            self.0.len()
        )
    }
}
