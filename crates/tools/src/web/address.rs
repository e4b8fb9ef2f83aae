//! Which addresses are gone to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use super::error::AddressError;

/// The longest address that is gone to: as long as servers commonly take.
const ADDRESS_BYTES_MAX: usize = 8192;

/// Which ports are gone to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// Those of the web, 80 and 443: on others live databases, printers and mail.
    Web,
    /// Any: the person named the address.
    Any,
}

/// How far an address may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Which ports.
    pub ports: Ports,
    /// Whether this device itself may be reached: only where the person named the server, or in a test.
    pub this_device: bool,
}

impl Reach {
    /// Public servers of the web, and nothing else.
    pub const PUBLIC: Self = Self {
        ports: Ports::Web,
        this_device: false,
    };

    /// Reads an address and checks what can be known without looking its name up. A name in decimal,
    /// octal or hexadecimal digits counts as the address that it spells.
    ///
    /// # Errors
    /// The address is not gone to.
    pub fn check(self, address: &str) -> Result<Url, AddressError> {
        if address.len() > ADDRESS_BYTES_MAX {
            return Err(AddressError::TooLong {
                max: ADDRESS_BYTES_MAX,
            });
        }
        let url = Url::parse(address).map_err(|_| AddressError::NotAnAddress)?;
        self.check_url(&url)?;
        Ok(url)
    }

    pub(crate) fn check_url(self, url: &Url) -> Result<(), AddressError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressError::Scheme {
                scheme: url.scheme().to_owned(),
            });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        let port = url
            .port_or_known_default()
            .ok_or(AddressError::NotAnAddress)?;
        if self.ports == Ports::Web && !matches!(port, 80 | 443) {
            return Err(AddressError::Port { port });
        }
        let host = url.host_str().ok_or(AddressError::NotAnAddress)?;
        // The parser writes all spellings of a numeric address in one way, IPv6 in brackets.
        match host.trim_matches(['[', ']']).parse() {
            Ok(ip) => self.check_ip(ip),
            Err(_) => Ok(()),
        }
    }

    /// Checks where a name leads.
    ///
    /// # Errors
    /// The address is not public.
    pub fn check_ip(self, ip: IpAddr) -> Result<(), AddressError> {
        let public = match ip {
            IpAddr::V4(ip) => is_public_v4(ip),
            IpAddr::V6(ip) => is_public_v6(ip),
        };
        if public || (self.this_device && ip.is_loopback()) {
            return Ok(());
        }
        Err(AddressError::NotPublic { address: ip })
    }
}

/// Nets that belong to no public server, from IANA's registry of special addresses (2025).
const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Public IPv6 addresses lie in 2000::/3; these parts of it lead elsewhere: protocols and Teredo,
/// documentation, 6to4, documentation. All else, such as mapped IPv4 and NAT64, lies outside of it.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let ip = ip.to_bits();
    !SPECIAL_V4
        .iter()
        .any(|(net, length)| (ip ^ net.to_bits()) >> (32 - length) == 0)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let ip = ip.to_bits();
    let global = ip >> 125 == 1;
    global
        && !SPECIAL_V6
            .iter()
            .any(|(net, length)| (ip ^ net.to_bits()) >> (128 - length) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_servers_are_reached() {
        for address in [
            "https://example.com/a?b#c",
            "http://example.com:80/",
            "http://example.com:443/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://172.32.0.1/",
            "https://100.128.0.1/",
            "https://münchen.example/",
        ] {
            assert!(Reach::PUBLIC.check(address).is_ok(), "{address}");
        }
    }

    #[test]
    fn nothing_inside_is_reached_however_it_is_spelled() {
        for address in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://017700000001/",
            "http://0x7f000001/",
            "http://0x7f.0.0.1/",
            "http://１２７.0.0.1/",
            "http://127。0。0。1/",
            "http://127.0.0.1./",
            "http://0.0.0.0/",
            "http://0/",
            "http://10.1.2.3/",
            "http://100.64.0.1/",
            "http://100.127.255.255/",
            "http://169.254.169.254/latest/meta-data/",
            "http://172.31.255.255/",
            "http://192.168.1.1/",
            "http://192.0.2.1/",
            "http://198.19.0.1/",
            "http://198.51.100.7/",
            "http://203.0.113.9/",
            "http://224.0.0.251/",
            "http://255.255.255.255/",
            "http://[::]/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:8.8.8.8]/",
            "http://[::7f00:1]/",
            "http://[64:ff9b::10.0.0.1]/",
            "http://[64:ff9b:1::1]/",
            "http://[fe80::1]/",
            "http://[fec0::1]/",
            "http://[fc00::1]/",
            "http://[fd12:3456::1]/",
            "http://[ff02::1]/",
            "http://[2001:db8::1]/",
            "http://[2001::1]/",
            "http://[2002:7f00:1::]/",
            "http://[3fff::1]/",
            "http://[100::1]/",
        ] {
            let refused = Reach::PUBLIC.check(address);
            assert!(
                matches!(refused, Err(AddressError::NotPublic { .. })),
                "{address}: {refused:?}"
            );
        }
    }

    #[test]
    fn only_the_web_is_reached() {
        let refused = |address: &str| Reach::PUBLIC.check(address).unwrap_err();
        for address in [
            "",
            "example.com",
            "//example.com",
            "http://",
            "https://a b/",
        ] {
            assert_eq!(refused(address), AddressError::NotAnAddress, "{address}");
        }
        for (address, scheme) in [
            ("ftp://example.com/", "ftp"),
            ("file:///etc/passwd", "file"),
            ("data:text/html,x", "data"),
            ("gopher://example.com/", "gopher"),
            ("unix:/run/x.sock", "unix"),
        ] {
            let scheme = scheme.to_owned();
            assert_eq!(refused(address), AddressError::Scheme { scheme });
        }
        assert_eq!(
            refused("https://me:secret@example.com/"),
            AddressError::Credentials
        );
        assert_eq!(
            refused("https://8.8.8.8@127.0.0.1/"),
            AddressError::Credentials
        );
        for port in [22, 25, 6379, 8080] {
            let address = format!("http://example.com:{port}/");
            assert_eq!(refused(&address), AddressError::Port { port });
        }
        let long = format!("https://example.com/{}", "a".repeat(ADDRESS_BYTES_MAX));
        assert!(matches!(refused(&long), AddressError::TooLong { .. }));
    }

    #[test]
    fn this_device_is_reached_where_it_was_allowed_and_the_home_network_still_is_not() {
        let here = Reach {
            ports: Ports::Any,
            this_device: true,
        };
        for address in ["http://127.0.0.1:3000/", "http://[::1]:3000/"] {
            assert!(here.check(address).is_ok(), "{address}");
        }
        for address in [
            "http://192.168.1.1:3000/",
            "http://[::ffff:127.0.0.1]/",
            "http://169.254.169.254/",
            "http://0.0.0.0/",
        ] {
            assert!(here.check(address).is_err(), "{address}");
        }
    }
}
