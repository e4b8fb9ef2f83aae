//! Addresses of machines: IPv4, IPv6, and the hardware addresses of network cards.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::kind::Kind;
use crate::window::{Found, Window};

/// Letters of the longest IPv6 address with its zone.
const V6_MAX: usize = 60;

/// Looks for an IPv4 address that begins with the digit at this place.
pub(crate) fn v4(window: &Window<'_>, at: usize) -> Option<Found> {
    let before = window.byte_before(at);
    if crate::window::is_word(before) || (before == b'.' && window.word_before(at - 1)) {
        return None;
    }
    let bytes = window.bytes();
    let mut end = at;
    while end < bytes.len() && end - at < 16 && (bytes[end].is_ascii_digit() || bytes[end] == b'.')
    {
        end += 1;
    }
    while end > at && bytes[end - 1] == b'.' {
        end -= 1;
    }
    let address: Ipv4Addr = window.text[at..end].parse().ok()?;
    // These name no machine of anyone.
    if address.is_loopback()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.octets()[0] == 255
    {
        return None;
    }
    if window.word_after(end)
        || window.says_before(
            at,
            12,
            &["version", "ver.", "v ", "release", "section", "§"],
        )
    {
        return None;
    }
    Some(found(at, end, Kind::Ip, "ipv4", 95))
}

/// Looks for an IPv6 address around the colon at this place.
pub(crate) fn v6(window: &Window<'_>, colon: usize, not_before: usize) -> Option<Found> {
    let bytes = window.bytes();
    let part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let mut start = colon;
    while start > not_before && colon - start < V6_MAX && part(bytes[start - 1]) {
        start -= 1;
    }
    let mut end = colon;
    while end < bytes.len() && end - start < V6_MAX && part(bytes[end]) {
        end += 1;
    }
    while end > start && matches!(bytes[end - 1], b'.') {
        end -= 1;
    }
    if window.word_before(start) || window.word_after(end) {
        return None;
    }
    let mut text = &window.text[start..end];
    if text.ends_with(':') && !text.ends_with("::") {
        text = &text[..text.len() - 1];
    }
    let groups = text.split(':').filter(|group| !group.is_empty()).count();
    let address: Ipv6Addr = text.parse().ok()?;
    if address.is_loopback() || groups < 3 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(found(start, start + text.len(), Kind::Ip, "ipv6", 95))
}

/// Looks for a hardware address that begins at this place: `00:1a:2b:3c:4d:5e`, also with hyphens, and
/// `001a.2b3c.4d5e`.
pub(crate) fn mac(window: &Window<'_>, at: usize) -> Option<Found> {
    if window.word_before(at) || matches!(window.byte_before(at), b':' | b'-') {
        return None;
    }
    let bytes = &window.bytes()[at..];
    let hex = |from: usize, count: usize| {
        bytes
            .get(from..from + count)
            .is_some_and(|part| part.iter().all(u8::is_ascii_hexdigit))
    };
    let mark = *bytes.get(2)?;
    if matches!(mark, b':' | b'-')
        && (0..6).all(|pair| hex(pair * 3, 2))
        && (0..5).all(|pair| bytes[pair * 3 + 2] == mark)
    {
        let end = at + 17;
        let goes_on = window.word_after(end)
            || (window.byte(end) == mark && window.byte(end + 1).is_ascii_hexdigit());
        return (!goes_on).then(|| found(at, end, Kind::Mac, "mac", 95));
    }
    let dotted = hex(0, 4)
        && hex(5, 4)
        && hex(10, 4)
        && bytes.get(4) == Some(&b'.')
        && bytes.get(9) == Some(&b'.');
    let letters = dotted && bytes[..14].iter().any(u8::is_ascii_alphabetic);
    (letters && !window.word_after(at + 14))
        .then(|| found(at, at + 14, Kind::Mac, "mac_dotted", 85))
}

fn found(start: usize, end: usize, kind: Kind, rule: &'static str, score: u8) -> Found {
    Found {
        start,
        end,
        kind,
        rule,
        score,
    }
}
