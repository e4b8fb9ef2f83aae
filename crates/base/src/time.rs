//! A point in time. The clock is read by whoever needs it; here it is only a number with a name.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970, as the OpenAI API counts time.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000
    }

    /// What an operating system's clock shows; a clock before 1970 counts as 1970.
    #[must_use]
    pub fn from_clock(clock: std::time::SystemTime) -> Self {
        let since = clock
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// This time less `span`; never before 1970.
    #[must_use]
    pub fn minus(self, span: std::time::Duration) -> Self {
        Self(
            self.0
                .saturating_sub(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
        )
    }

    /// Year, month, day, hour, minute and second in UTC.
    #[must_use]
    pub const fn civil(self) -> (u64, u64, u64, u64, u64, u64) {
        let (days, second) = (self.as_secs() / 86_400, self.as_secs() % 86_400);
        // Civil date from days since 1970-01-01, in the proleptic Gregorian calendar: years are counted
        // from March, so that the leap day is the last of a year (E. G. Richards, in the Explanatory
        // Supplement to the Astronomical Almanac, 3rd edition, 15.11).
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
        (
            year,
            month,
            day,
            second / 3_600,
            second / 60 % 60,
            second % 60,
        )
    }

    /// As RFC 3339 writes it, in UTC: `2026-11-25T08:45:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let (year, month, day, hour, minute, second) = self.civil();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leap_day_and_year_end_are_written_as_calendars_show_them() {
        for (secs, shown) in [
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp::from_millis(secs * 1_000).rfc3339(), shown);
        }
    }
}
