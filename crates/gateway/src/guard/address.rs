//! Whether a request names us as its target and comes from our own pages, or from no page at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};

use crate::problem::Problem;

/// The port of `http` where an authority names none.
const HTTP_PORT: u16 = 80;

/// A host and port that could be ours: another host name is never ours, so none is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Authority {
    host: Host,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    Localhost,
    Ip(IpAddr),
}

impl Authority {
    /// Reads `127.0.0.1:8080`, `[::1]:8080` or `localhost`. Strict: what a lenient reader would repair
    /// is refused, since two readers could repair it differently.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']')?;
                (Host::Ip(address.parse::<Ipv6Addr>().ok()?.into()), port)
            }
            None => {
                let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                let host = if name.eq_ignore_ascii_case("localhost") {
                    Host::Localhost
                } else {
                    Host::Ip(name.parse::<Ipv4Addr>().ok()?.into())
                };
                (host, port)
            }
        };
        let port = match port.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok()?
            }
            Some(_) => return None,
            None if port.is_empty() => HTTP_PORT,
            None => return None,
        };
        Some(Self { host, port })
    }
}

/// The names under which a listening address may be called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnNames {
    bound: SocketAddr,
}

impl OwnNames {
    pub(crate) fn new(bound: SocketAddr) -> Self {
        Self { bound }
    }

    /// Whether this is one of our names: loopback, or the address that we listen on. Where we listen
    /// on all addresses, any address in digits: rebinding needs a name, and digits cannot be rebound.
    fn hold(self, named: Authority) -> bool {
        let ours = match named.host {
            Host::Localhost => true,
            Host::Ip(ip) => {
                ip == Ipv4Addr::LOCALHOST
                    || ip == Ipv6Addr::LOCALHOST
                    || ip == self.bound.ip()
                    || self.bound.ip().is_unspecified()
            }
        };
        ours && named.port == self.bound.port()
    }
}

/// Checks target, `Host`, `Origin` and `Sec-Fetch-Site`.
pub(crate) fn check_address(own: &OwnNames, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let host = single(headers, &HOST)
        .map_err(|()| malformed("the request names more than one Host"))?
        .ok_or_else(|| malformed("the request names no Host"))?;
    let host = Authority::parse(host)
        .filter(|host| own.hold(*host))
        .ok_or_else(|| foreign("host_not_allowed", "this Host is not one of this machine's"))?;
    if uri.scheme().is_some() || uri.authority().is_some() {
        let named = uri
            .authority()
            .and_then(|named| Authority::parse(named.as_str()));
        if uri.scheme_str() != Some("http") || named != Some(host) {
            return Err(foreign(
                "host_not_allowed",
                "the target is not the named Host",
            ));
        }
    }
    let origin = single(headers, &ORIGIN)
        .map_err(|()| foreign("origin_not_allowed", "the request has more than one Origin"))?;
    if let Some(origin) = origin {
        let named = origin.strip_prefix("http://").and_then(Authority::parse);
        if named != Some(host) {
            return Err(foreign(
                "origin_not_allowed",
                "pages of other sites may not use HAI-Net",
            ));
        }
    }
    let site = single(headers, &HeaderName::from_static("sec-fetch-site"))
        .map_err(|()| foreign("origin_not_allowed", "Sec-Fetch-Site is given twice"))?;
    match site {
        // `same-site` is not enough: every port of this machine is the same site.
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) => {
            let why = "another site sent you here; type the address into the address bar instead";
            Err(foreign("origin_not_allowed", why))
        }
    }
}

/// The one value of a header; an error when there are several or it is not text.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

fn malformed(why: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, why).code("invalid_host")
}

fn foreign(code: &'static str, why: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, why).code(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_that_a_lenient_reader_would_repair_is_refused() {
        for text in [
            "",
            ":8080",
            "localhost.:8080",
            "127.0.0.1.:8080",
            "127.1:8080",
            "0177.0.0.1:8080",
            "2130706433:8080",
            "0x7f.0.0.1:8080",
            "127.0.0.1:+80",
            "127.0.0.1:",
            "127.0.0.1:80:80",
            "127.0.0.1:65536",
            "[::1",
            "::1:8080",
            "[::1]8080",
            "[127.0.0.1]:8080",
            "a@127.0.0.1:80",
            "127.0.0.1 :8080",
            " 127.0.0.1:8080",
            "localhost:8080/",
            "[::1%25lo]:8080",
            "localhostx",
            "evil.example:8080",
        ] {
            assert_eq!(Authority::parse(text), None, "{text:?} must not be read");
        }
    }

    #[test]
    fn own_names_are_loopback_and_the_bound_address_with_the_bound_port() {
        let own = OwnNames::new("192.168.1.5:8080".parse().expect("an address"));
        for (text, ours) in [
            ("127.0.0.1:8080", true),
            ("LocalHost:8080", true),
            ("[::1]:8080", true),
            ("192.168.1.5:8080", true),
            ("192.168.1.6:8080", false),
            ("127.0.0.1:8081", false),
            ("127.0.0.1", false),
            ("0.0.0.0:8080", false),
        ] {
            let held = Authority::parse(text).is_some_and(|named| own.hold(named));
            assert_eq!(held, ours, "{text}");
        }
    }

    #[test]
    fn port_may_be_left_out_only_where_it_is_the_port_of_http() {
        let own = OwnNames::new("127.0.0.1:80".parse().expect("an address"));
        let named = Authority::parse("localhost").expect("a name");
        assert!(own.hold(named));
        assert_eq!(
            Some(named),
            Authority::parse("localhost:80"),
            "two spellings of one origin"
        );
    }

    #[test]
    fn hub_on_all_addresses_takes_any_address_in_digits_but_no_name() {
        let own = OwnNames::new("0.0.0.0:8080".parse().expect("an address"));
        assert!(Authority::parse("10.0.0.7:8080").is_some_and(|named| own.hold(named)));
        assert_eq!(
            Authority::parse("laptop.lan:8080"),
            None,
            "a name can be rebound"
        );
    }
}
