//! What a request shows to be let in. Whether it counts, the hub decides: it compares hashes.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};

/// The name of the cookie that a browser which is signed in sends.
pub(crate) const SESSION_COOKIE: &str = "hai_net_session";

/// The most characters of a secret that are looked at; ours have 71.
const SECRET_CHARS_MAX: usize = 256;

/// The API token that a request shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presented<'a> {
    /// None.
    Nothing,
    /// One.
    Secret(&'a str),
    /// Several, or something that is no token. Never the same as none.
    Unusable,
}

/// Reads `Authorization: Bearer …` and `x-api-key: …`. Both may be given if they say the same.
pub(crate) fn presented_token(headers: &HeaderMap) -> Presented<'_> {
    let bearers = headers.get_all(AUTHORIZATION).iter().map(|value| {
        let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(secret.trim_matches(' '))
    });
    let keys = headers
        .get_all("x-api-key")
        .iter()
        .map(|value| value.to_str().ok().map(str::trim));
    let mut found = Presented::Nothing;
    for secret in bearers.chain(keys) {
        let Some(secret) = secret.filter(|text| (1..=SECRET_CHARS_MAX).contains(&text.len()))
        else {
            return Presented::Unusable;
        };
        match found {
            Presented::Nothing => found = Presented::Secret(secret),
            Presented::Secret(other) if other == secret => {}
            Presented::Secret(_) | Presented::Unusable => return Presented::Unusable,
        }
    }
    found
}

/// The values of all cookies with the name of ours.
pub(crate) fn session_cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, value)| *name == SESSION_COOKIE && value.len() <= SECRET_CHARS_MAX)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn token_is_read_from_either_header() {
        for lines in [
            &[("authorization", "Bearer hai_sk_1")][..],
            &[("authorization", "bearer  hai_sk_1 ")],
            &[("x-api-key", "hai_sk_1")],
            &[
                ("authorization", "Bearer hai_sk_1"),
                ("x-api-key", "hai_sk_1"),
            ],
        ] {
            assert_eq!(
                presented_token(&headers(lines)),
                Presented::Secret("hai_sk_1"),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn garbage_is_not_taken_for_the_absence_of_a_token() {
        for lines in [
            &[("authorization", "")][..],
            &[("authorization", "Bearer")],
            &[("authorization", "Bearer ")],
            &[("authorization", "Basic aGk6aGk=")],
            &[("x-api-key", "")],
            &[("authorization", "Bearer a"), ("authorization", "Bearer b")],
            &[("authorization", "Bearer a"), ("x-api-key", "b")],
        ] {
            assert_eq!(
                presented_token(&headers(lines)),
                Presented::Unusable,
                "{lines:?}"
            );
        }
        assert_eq!(presented_token(&HeaderMap::new()), Presented::Nothing);
    }

    #[test]
    fn session_is_found_among_other_cookies_and_in_several_lines() {
        let found = headers(&[("cookie", "a=b; hai_net_session=s1;c=d"), ("cookie", "x=y")]);
        assert_eq!(session_cookies(&found).collect::<Vec<_>>(), ["s1"]);
        let twice = headers(&[
            ("cookie", "hai_net_session=s1"),
            ("cookie", "hai_net_session=s2"),
        ]);
        assert_eq!(
            session_cookies(&twice).count(),
            2,
            "the guard must see both"
        );
        let other = headers(&[("cookie", "xhai_net_session=s1; hai_net_sessionx=s1")]);
        assert_eq!(session_cookies(&other).count(), 0);
    }
}
