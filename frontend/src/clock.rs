//! The time of the person who looks: their day, their zone, their way to write it.

use base::Timestamp;
use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::words::Language;

/// The day of a time where the person is, for telling days apart.
pub(crate) fn day(at: Timestamp) -> (u32, u32, u32) {
    let date = date(at);
    (date.get_full_year(), date.get_month(), date.get_date())
}

/// The name of a day: today, yesterday, or `Monday, 3 March`.
pub(crate) fn day_name(at: Timestamp, language: Language) -> String {
    let words = language.words();
    let today = Timestamp::from_millis(now());
    if day(at) == day(today) {
        return words.today.to_owned();
    }
    if day(at) == day(today.minus(std::time::Duration::from_secs(24 * 3_600))) {
        return words.yesterday.to_owned();
    }
    let mut options = vec![("weekday", "long"), ("day", "numeric"), ("month", "long")];
    if day(at).0 != day(today).0 {
        options.push(("year", "numeric"));
    }
    text(date(at).to_locale_date_string(&locale(language), &object(&options)))
}

/// The group of a day in a list: today, yesterday, the last week, else its month.
pub(crate) fn day_group(at: Timestamp, language: Language) -> String {
    const DAY: u64 = 24 * 3_600;
    let now = Timestamp::from_millis(now());
    let ago = |days: u64| now.minus(std::time::Duration::from_secs(days * DAY));
    let words = language.words();
    if day(at) == day(now) {
        words.today.to_owned()
    } else if day(at) == day(ago(1)) {
        words.yesterday.to_owned()
    } else if at > ago(7) {
        words.this_week.to_owned()
    } else {
        let options = [("month", "long"), ("year", "numeric")];
        text(date(at).to_locale_date_string(&locale(language), &object(&options)))
    }
}

/// The person's own kind of the language, such as `en-GB`, where it is that language.
fn locale(language: Language) -> String {
    let preferred = crate::page::preferred_language();
    let is_same = Language::of_tag(&preferred) == language && preferred.starts_with(language.tag());
    if is_same {
        preferred
    } else {
        language.tag().to_owned()
    }
}

/// A date such as `3 March 2026`.
pub(crate) fn short_date(at: Timestamp, language: Language) -> String {
    let options = [("day", "numeric"), ("month", "short"), ("year", "numeric")];
    text(date(at).to_locale_date_string(&locale(language), &object(&options)))
}

/// A time of day such as `14:05`.
pub(crate) fn time(at: Timestamp, language: Language) -> String {
    let options = [("hour", "2-digit"), ("minute", "2-digit")];
    text(date(at).to_locale_time_string_with_options(&locale(language), &object(&options)))
}

/// A time of day with seconds and a day where it is not today, for the log.
pub(crate) fn exact(at: Timestamp, language: Language) -> String {
    let mut options = vec![
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("second", "2-digit"),
        ("hourCycle", "h23"),
    ];
    if day(at) != day(Timestamp::from_millis(now())) {
        options.extend([("month", "2-digit"), ("day", "2-digit")]);
    }
    text(date(at).to_locale_string(&locale(language), &object(&options)))
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a clock between 1970 and the year 280,000"
    )]
    let now = Date::now() as u64;
    now
}

fn date(at: Timestamp) -> Date {
    #[expect(
        clippy::cast_precision_loss,
        reason = "JavaScript counts time in floats"
    )]
    let millis = at.as_millis() as f64;
    Date::new(&JsValue::from_f64(millis))
}

fn object(options: &[(&str, &str)]) -> JsValue {
    let object = Object::new();
    for (name, value) in options {
        // Setting a field of a fresh object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    object.into()
}

fn text(text: js_sys::JsString) -> String {
    text.into()
}
