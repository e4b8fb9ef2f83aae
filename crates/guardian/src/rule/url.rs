//! Secrets inside addresses of the web: a name with a password, and tokens in the query.

use crate::kind::Kind;
use crate::window::{Found, Window};

/// Names of query values that open doors, in small letters, without what divides their words.
const NAMES: &[&str] = &[
    "token",
    "accesstoken",
    "authtoken",
    "idtoken",
    "refreshtoken",
    "auth",
    "key",
    "apikey",
    "sig",
    "signature",
    "password",
    "passwd",
    "pwd",
    "secret",
    "clientsecret",
    "code",
    "session",
    "sessionid",
    "sid",
    "jwt",
    "ticket",
    "otp",
    "xamzsignature",
    "xamzsecuritytoken",
    "xgoogsignature",
    "xamzcredential",
    "credential",
    "invite",
    "reset",
    "hash",
    "bearer",
    "sas",
    "se",
    "oauthtoken",
];

/// Letters of a token in a query at least: shorter values are numbers of pages and the like.
const TOKEN_LETTERS_MIN: usize = 6;

/// Looks at the `://` at this place.
pub(crate) fn look(window: &Window<'_>, at: usize, out: &mut Vec<Found>) {
    let begin = at + 3;
    let mut end = begin;
    while end < window.text.len() && !ends_url(window.byte(end)) {
        end += 1;
    }
    let host_end = (begin..end)
        .find(|place| matches!(window.byte(*place), b'/' | b'?' | b'#'))
        .unwrap_or(end);
    let Some(host) = window.text.get(begin..host_end) else {
        return;
    };
    if let Some(sign) = host.rfind('@')
        && host[..sign].contains(':')
        && sign > 2
    {
        out.push(found(begin, begin + sign, "url_password"));
    }
    let mut name = host_end;
    for place in host_end..end {
        match window.byte(place) {
            b'?' | b'&' | b'#' | b';' => name = place + 1,
            b'=' if name > host_end && name <= place => {
                if let Some(found) = value(window, name, place, end) {
                    out.push(found);
                }
                name = usize::MAX;
            }
            _ => {}
        }
    }
}

fn value(window: &Window<'_>, name: usize, equals: usize, end: usize) -> Option<Found> {
    let plain: String = window
        .text
        .get(name..equals)?
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    let start = equals + 1;
    let stop = (start..end)
        .find(|place| matches!(window.byte(*place), b'&' | b'#' | b';'))
        .unwrap_or(end);
    let known = NAMES
        .iter()
        .any(|known| plain == *known || (known.len() > 4 && plain.ends_with(known)));
    let random =
        || window.bytes()[start..stop].iter().any(u8::is_ascii_digit) || stop - start >= 16;
    (known && stop - start >= TOKEN_LETTERS_MIN && random())
        .then(|| found(start, stop, "url_token"))
}

fn ends_url(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(
            byte,
            b'"' | b'\'' | b'<' | b'>' | b'`' | b')' | b']' | b'}' | b'|' | b'\\' | b','
        )
}

fn found(start: usize, end: usize, rule: &'static str) -> Found {
    Found {
        start,
        end,
        kind: Kind::UrlSecret,
        rule,
        score: 92,
    }
}
