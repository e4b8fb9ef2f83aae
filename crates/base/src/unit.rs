//! Units as types, so that bytes are never added to tokens.

use serde::{Deserialize, Serialize};

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);
    )+};
}

counts! {
    /// A number of bytes, on disk or in memory.
    ByteCount;
    /// A number of language-model tokens.
    TokenCount;
    /// A span of time in milliseconds.
    Milliseconds;
}

impl std::fmt::Display for ByteCount {
    /// Decimal units, as disks and downloads are sold: `98.4 MB`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
        if self.0 < 1_000 {
            return write!(f, "{} B", self.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
        let mut value = self.0 as f64;
        let mut unit = 0;
        while value >= 999.95 && unit < UNITS.len() - 1 {
            value /= 1_000.0;
            unit += 1;
        }
        write!(f, "{value:.1} {}", UNITS[unit])
    }
}

/// A share of a whole, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

/// A number above 100 where a percentage was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PercentError;

impl std::fmt::Display for PercentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a percentage is a whole number from 0 to 100")
    }
}

impl std::error::Error for PercentError {}

impl TryFrom<u8> for Percent {
    type Error = PercentError;

    fn try_from(value: u8) -> Result<Self, PercentError> {
        if value <= 100 {
            Ok(Self(value))
        } else {
            Err(PercentError)
        }
    }
}

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} %", self.0)
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_the_largest_unit_that_keeps_one_digit_before_the_point() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (98_362_432, "98.4 MB"),
            (999_999_999, "1.0 GB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(ByteCount(bytes).to_string(), shown);
        }
    }

    #[test]
    fn more_than_the_whole_is_refused() {
        assert_eq!(Percent::try_from(101), Err(PercentError));
    }
}
