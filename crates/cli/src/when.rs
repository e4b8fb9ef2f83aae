//! Times and spans as people read them.

use std::time::{Duration, SystemTime};

use base::{Milliseconds, Timestamp};
use jiff::tz::TimeZone;

/// To the minute, in the machine's time zone: `2026-11-23 18:42`.
pub(crate) fn minute(at: Timestamp) -> String {
    local(at, "%Y-%m-%d %H:%M")
}

/// To the second.
pub(crate) fn second(at: Timestamp) -> String {
    local(at, "%Y-%m-%d %H:%M:%S")
}

/// Now, as it can stand in the name of a file: `2026-11-23-184207`.
pub(crate) fn now_in_a_name() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default().as_millis();
    local(
        Timestamp::from_millis(u64::try_from(now).unwrap_or(u64::MAX)),
        "%Y-%m-%d-%H%M%S",
    )
}

fn local(at: Timestamp, form: &str) -> String {
    let instant = i64::try_from(at.as_millis())
        .ok()
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    match instant {
        Some(instant) => instant
            .to_zoned_datetime(TimeZone::system())
            .strftime(form)
            .to_string(),
        // Only a damaged clock or store is this far off.
        None => format!("{} ms", at.as_millis()),
    }
}

/// The two largest units of a span: `3 d 4 h`, `12 min 5 s`, `850 ms`.
pub(crate) fn span(span: Milliseconds) -> String {
    let span = Duration::from_millis(span.0);
    let seconds = span.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    if days > 0 {
        format!("{days} d {hours} h")
    } else if hours > 0 {
        format!("{hours} h {minutes} min")
    } else if minutes > 0 {
        format!("{minutes} min {} s", seconds % 60)
    } else if seconds >= 1 {
        format!("{seconds} s")
    } else {
        format!("{} ms", span.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_shows_its_two_largest_units() {
        for (millis, shown) in [
            (850, "850 ms"),
            (59_999, "59 s"),
            (725_000, "12 min 5 s"),
            (3_600_000, "1 h 0 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(span(Milliseconds(millis)), shown);
        }
    }

    #[test]
    fn time_beyond_the_calendar_is_still_shown() {
        assert!(minute(Timestamp::from_millis(u64::MAX)).ends_with(" ms"));
    }
}
