//! E-mail addresses, also with `(at)` and `[dot]`.

use crate::kind::Kind;
use crate::window::{Found, Window};

/// Letters of the part in front of the `@`, as the mail standard bounds it.
const LOCAL_MAX: usize = 64;

/// How `@` is written by those who fear collectors.
const AT: &[&str] = &[
    "(at)", "[at]", "{at}", "(@)", "[@]", " (at) ", " [at] ", " {at} ", " AT ", " at ",
];

/// How a point is written then.
const DOT: &[&str] = &[
    ".", "(dot)", "[dot]", "{dot}", " (dot) ", " [dot] ", " {dot} ", " DOT ", " dot ", " . ",
];

/// Looks at the `@` at this place.
pub(crate) fn look(window: &Window<'_>, at: usize) -> Option<Found> {
    let start = local_start(window, at)?;
    let end = domain_end(window, at + 1, &["."])?;
    Some(found(start, end, "email", 98))
}

/// Looks at a bracket, or the blank in front of it, that may stand for `@`.
pub(crate) fn look_spelled(window: &Window<'_>, at: usize) -> Option<Found> {
    // `(at)` or `(@)`: most brackets end here.
    if !matches!(window.byte(at + 1), b'a' | b'@') {
        return None;
    }
    let spelled = AT.iter().find(|spelled| {
        let inner = spelled.trim_start();
        !inner.starts_with(['A', 'a']) && window.text[at..].starts_with(inner.trim_end())
    })?;
    let mut left = at;
    if window.byte_before(left) == b' ' {
        left -= 1;
    }
    let start = local_start(window, left)?;
    let mut right = at + spelled.trim().len();
    if window.byte(right) == b' ' {
        right += 1;
    }
    let end = domain_end(window, right, DOT)?;
    Some(found(start, end, "email_spelled", 90))
}

fn found(start: usize, end: usize, rule: &'static str, score: u8) -> Found {
    Found {
        start,
        end,
        kind: Kind::Email,
        rule,
        score,
    }
}

fn local_start(window: &Window<'_>, at: usize) -> Option<usize> {
    let bytes = window.bytes();
    let mut start = at;
    while start > 0 && at - start < LOCAL_MAX * 2 && is_local(bytes[start - 1]) {
        start -= 1;
    }
    while start < at
        && matches!(
            bytes[start],
            b'.' | b'\'' | b'=' | b'/' | b'*' | b'&' | b'?' | b'!' | b'#' | b'`' | b'{' | b'|'
        )
    {
        start += 1;
    }
    // `mailto=`, `user/`: what stands in front of the last such mark is no part of it.
    if let Some(mark) = bytes[start..at]
        .iter()
        .rposition(|byte| matches!(byte, b'=' | b'/' | b'&' | b'?' | b'|'))
    {
        start += mark + 1;
    }
    while start < at && !window.text.is_char_boundary(start) {
        start += 1;
    }
    let good = start < at
        && bytes[at - 1] != b'.'
        && bytes[start..at]
            .iter()
            .any(|byte| crate::window::is_word(*byte));
    good.then_some(start)
}

fn is_local(byte: u8) -> bool {
    crate::window::is_word(byte)
        || matches!(
            byte,
            b'.' | b'!'
                | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
        )
}

fn domain_end(window: &Window<'_>, at: usize, dots: &[&str]) -> Option<usize> {
    let bytes = window.bytes();
    if window.byte(at) == b'[' {
        let close = memchr::memchr(b']', &bytes[at..(at + 48).min(bytes.len())])?;
        let inside = &window.text[at + 1..at + close];
        let address = inside.trim_start_matches("IPv6:");
        return address
            .parse::<std::net::IpAddr>()
            .ok()
            .map(|_| at + close + 1);
    }
    let (mut at, mut labels, mut end) = (at, 0, None);
    loop {
        let label = at;
        while crate::window::is_word(window.byte(at)) || window.byte(at) == b'-' {
            at += 1;
        }
        let mut stop = at;
        while stop > label && bytes[stop - 1] == b'-' {
            stop -= 1;
        }
        if stop == label {
            break;
        }
        labels += 1;
        let letters = window.text.get(label..stop)?;
        let top =
            letters.chars().count() >= 2 && !letters.bytes().all(|byte| byte.is_ascii_digit());
        if labels >= 2 && top {
            end = Some(stop);
        }
        let Some(dot) = dots.iter().find(|dot| {
            window
                .text
                .get(at..)
                .is_some_and(|rest| rest.starts_with(**dot))
        }) else {
            break;
        };
        at += dot.len();
    }
    end
}
