//! Places on earth: pairs of degrees, and degrees with minutes and seconds.

use crate::kind::Kind;
use crate::window::{Found, Window};

/// Digits behind the point from which on a number is a place and no measure: four are eleven metres.
const PRECISE: usize = 4;

const LATITUDE: &[&str] = &["lat", "breite", "ларг", "широт"];
const LONGITUDE: &[&str] = &["lon", "lng", "länge", "долгот"];

struct Degrees {
    end: usize,
    value: f64,
    decimals: usize,
}

/// A pair such as `48.13715, 11.57612`, or one number that the text calls a latitude or longitude.
pub(crate) fn decimal(window: &Window<'_>, at: usize) -> Option<Found> {
    if !matches!(window.byte(at + 1), b'.' | b'0'..=b'9' | 0xc2) {
        return None;
    }
    if window.word_before(at) || window.byte_before(at) == b'.' {
        return None;
    }
    let start = if window.byte_before(at) == b'-' && !window.word_before(at - 1) {
        at - 1
    } else {
        at
    };
    if let Some(end) = sexagesimal(window, at) {
        return Some(place(start, end, "coordinates_degrees", 95));
    }
    let first = degrees(window, start)?;
    if first.decimals < 3 || first.value.abs() > 180.0 {
        return None;
    }
    let mut next = first.end;
    for between in ["° N", "° S", "°N", "°S", "°", " N", " S"] {
        if window.text[next..].starts_with(between) {
            next += between.len();
            break;
        }
    }
    for between in [", ", ",", "; ", ";", " ", "/", " / ", "%2C", "+"] {
        let Some(rest) = window.text[next..].strip_prefix(between) else {
            continue;
        };
        let begin = window.text.len() - rest.len();
        let Some(second) = degrees(window, begin) else {
            continue;
        };
        let precise = first.decimals >= PRECISE && second.decimals >= PRECISE;
        let called = || {
            window.says_before(
                start,
                32,
                &["gps", "coord", "koord", "location", "geo:", "position", "@"],
            )
        };
        if first.value.abs() <= 90.0
            && second.value.abs() <= 180.0
            && (precise || (second.decimals >= 3 && called()))
        {
            let mut end = second.end;
            for behind in ["° E", "° W", "°E", "°W", "° O", " E", " W"] {
                if window.text[end..].starts_with(behind) && !window.word_after(end + behind.len())
                {
                    end += behind.len();
                    break;
                }
            }
            return Some(place(start, end, "coordinates_pair", 95));
        }
    }
    let named = window.says_before(start, 20, LATITUDE) || window.says_before(start, 20, LONGITUDE);
    (named && !window.word_after(first.end))
        .then(|| place(start, first.end, "coordinates_named", 85))
}

fn place(start: usize, end: usize, rule: &'static str, score: u8) -> Found {
    Found {
        start,
        end,
        kind: Kind::Coordinates,
        rule,
        score,
    }
}

fn degrees(window: &Window<'_>, at: usize) -> Option<Degrees> {
    let bytes = window.bytes();
    let signed = usize::from(matches!(window.byte(at), b'-' | b'+'));
    let mut end = at + signed;
    while window.byte(end).is_ascii_digit() {
        end += 1;
    }
    if !(1..=3).contains(&(end - at - signed)) || window.byte(end) != b'.' {
        return None;
    }
    let point = end;
    end += 1;
    while window.byte(end).is_ascii_digit() {
        end += 1;
    }
    let decimals = end - point - 1;
    if window.byte(end) == b'.' && window.byte(end + 1).is_ascii_digit() {
        return None;
    }
    let text = std::str::from_utf8(&bytes[at..end]).ok()?;
    let value = text.trim_start_matches('+').parse().ok()?;
    Some(Degrees {
        end,
        value,
        decimals,
    })
}

/// `48°08'14.0"N 11°34'34.0"E`: where it ends.
fn sexagesimal(window: &Window<'_>, at: usize) -> Option<usize> {
    let first = angle(window, at)?;
    let mut next = first;
    while matches!(window.byte(next), b' ' | b',' | b';') && next - first < 3 {
        next += 1;
    }
    Some(angle(window, next).unwrap_or(first))
}

fn angle(window: &Window<'_>, at: usize) -> Option<usize> {
    let rest = &window.text[at..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=3).contains(&digits) {
        return None;
    }
    let mut rest = rest[digits..].strip_prefix('°')?;
    for marks in [&["'", "′", "’"][..], &["\"", "″", "''", "”"][..]] {
        let trimmed = rest.trim_start_matches(' ');
        let part = trimmed
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        if part == 0 {
            break;
        }
        let Some(behind) = marks
            .iter()
            .find_map(|mark| trimmed[part..].strip_prefix(mark))
        else {
            break;
        };
        rest = behind;
    }
    let rest = rest.trim_start_matches(' ');
    let direction = rest
        .bytes()
        .next()
        .is_some_and(|byte| matches!(byte, b'N' | b'S' | b'E' | b'W' | b'O'));
    let end = window.text.len() - rest.len() + 1;
    (direction && !window.word_after(end)).then_some(end)
}
