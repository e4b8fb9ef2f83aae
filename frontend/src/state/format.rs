//! Amounts in words.

use base::ByteCount;
use contract::conversation::UsageView;

use crate::words::Words;

/// Writes amounts as a language does.
#[derive(Clone, Copy)]
pub(crate) struct Amounts(pub(crate) &'static Words);

impl Amounts {
    /// A number with at most one decimal.
    pub(crate) fn decimal(self, number: f64) -> String {
        let text = if number >= 100.0 {
            format!("{number:.0}")
        } else {
            format!("{number:.1}")
        };
        text.replace('.', self.0.decimal_point)
    }

    /// Bytes in the largest fitting unit.
    pub(crate) fn bytes(self, bytes: ByteCount) -> String {
        bytes
            .to_string()
            .replace(".0 ", " ")
            .replace('.', self.0.decimal_point)
    }

    /// A number of weights, such as `134 M`.
    pub(crate) fn weights(self, count: u64) -> String {
        let number = as_f64(count);
        if number >= 1e9 {
            format!("{} B", self.decimal(number / 1e9))
        } else if number >= 1e6 {
            format!("{:.0} M", number / 1e6)
        } else {
            count.to_string()
        }
    }

    /// A span of time, such as `2.1 s`.
    pub(crate) fn span(self, millis: u64) -> String {
        if millis < 100_000 {
            (self.0.seconds)(&self.decimal(as_f64(millis) / 1_000.0))
        } else {
            (self.0.minutes)((millis + 30_000) / 60_000)
        }
    }

    /// A share from 0 to 1 as `40 %`.
    pub(crate) fn percent(self, share: f32) -> String {
        (self.0.percent)(share_percent(share))
    }

    /// Tokens a second while the answer was written; none where it was too short to tell.
    pub(crate) fn speed(self, usage: &UsageView) -> Option<String> {
        let writing = usage.total_ms.saturating_sub(usage.first_token_ms);
        if usage.completion_tokens < 2 || writing == 0 {
            return None;
        }
        let tokens = f64::from(usage.completion_tokens - 1);
        Some(self.decimal(tokens * 1_000.0 / as_f64(writing)))
    }

    /// How long the rest of a download takes, where that can be said.
    pub(crate) fn left(self, have: u64, total: Option<u64>, per_second: u64) -> Option<String> {
        let rest = total?.checked_sub(have)?;
        let seconds = rest.checked_div(per_second)?;
        Some(if seconds < 100 {
            (self.0.seconds)(&seconds.to_string())
        } else {
            (self.0.minutes)(seconds.div_ceil(60))
        })
    }
}

/// A share from 0 to 1 in whole percent.
pub(crate) fn share_percent(share: f32) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0 … 100 before"
    )]
    let percent = (share * 100.0).round().clamp(0.0, 100.0) as u64;
    percent
}

fn as_f64(number: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let float = number as f64;
    float
}
