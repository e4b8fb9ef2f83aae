//! Where a server of models may be, and what goes for it there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use super::ServerKind;

/// The longest address of a server: nobody types a longer one.
const ADDRESS_BYTES_MAX: usize = 500;

/// Where a server is, which decides what may go there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Another program on this device: only loopback is connected to.
    ThisDevice,
    /// A device of the home network: only private addresses are connected to.
    OwnNetwork,
    /// Elsewhere: only public addresses, only encrypted, and only what the guardian cleared.
    External,
}

/// Why an address is not gone to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no address.
    #[error("this is no address such as http://127.0.0.1:11434")]
    NotAnAddress,
    /// It holds a name or a password.
    #[error("an address holds no name or password; give the key by itself")]
    Credentials,
    /// It holds a question or a fragment.
    #[error("the address of a server ends with its path")]
    Extra,
    /// It is public and not encrypted.
    #[error("a server elsewhere is spoken to by https only")]
    NotEncrypted,
    /// It leads where no server of models is: metadata of clouds, multicast, reserved nets.
    #[error("{address} is no address for a server of models")]
    Special {
        /// Where it leads.
        address: IpAddr,
    },
    /// A name that leads to another place than the person said.
    #[error("{address} is not where this server is said to be")]
    Elsewhere {
        /// Where it leads.
        address: IpAddr,
    },
    /// The name is not known.
    #[error("the name {host} is not known")]
    NoSuchName {
        /// The name.
        host: String,
    },
}

/// The address of a server, as the person wrote it, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    url: Url,
    place: Place,
}

impl ServerAddress {
    /// Reads an address. A name, other than `localhost`, counts as elsewhere unless the person says that
    /// the device is their own; then it has to lead into the home network.
    ///
    /// # Errors
    /// It is not gone to.
    pub fn read(text: &str, own_device: bool) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(AddressError::NotAnAddress);
        }
        let mut url = Url::parse(text).map_err(|_| AddressError::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressError::NotAnAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::Extra);
        }
        let host = url.host_str().ok_or(AddressError::NotAnAddress)?;
        // The parser writes all spellings of a numeric address in one way, IPv6 in brackets.
        let place = match host.trim_matches(['[', ']']).parse() {
            Ok(ip) => place_of(ip)?,
            Err(_) if is_localhost(host) => Place::ThisDevice,
            Err(_) if own_device => Place::OwnNetwork,
            Err(_) => Place::External,
        };
        if place == Place::External && url.scheme() != "https" {
            return Err(AddressError::NotEncrypted);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { url, place })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.url.port_or_known_default()
    }

    /// Where the API begins: Ollama's at the root, the other at `/v1` where the person wrote no path.
    pub(super) fn base(&self, kind: ServerKind) -> Url {
        let mut url = self.url.clone();
        let path = url.path().trim_end_matches('/').to_owned();
        let path = match kind {
            ServerKind::Ollama => ["/api", "/v1"]
                .iter()
                .find_map(|end| path.strip_suffix(end))
                .unwrap_or(&path)
                .to_owned(),
            ServerKind::OpenAi if path.is_empty() => "/v1".to_owned(),
            ServerKind::OpenAi => path,
        };
        url.set_path(&path);
        url
    }
}

impl std::fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl Place {
    /// Whether a server of this place may be at this address.
    pub(super) fn check(self, ip: IpAddr) -> Result<(), AddressError> {
        match place_of(ip)? == self {
            true => Ok(()),
            false => Err(AddressError::Elsewhere { address: ip }),
        }
    }
}

fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "localhost" || host.ends_with(".localhost")
}

fn place_of(address: IpAddr) -> Result<Place, AddressError> {
    let place = match address {
        ip if ip.is_loopback() => Some(Place::ThisDevice),
        IpAddr::V4(ip) => place_of_v4(ip),
        IpAddr::V6(ip) => place_of_v6(ip),
    };
    place.ok_or(AddressError::Special { address })
}

/// Nets of a home: those that routers give out, and that of networks between a person's own devices.
const HOME_V4: [(Ipv4Addr, u32); 4] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];

/// Nets in which no server of models is, from IANA's registry of special addresses (2025). 169.254/16 is
/// where clouds tell their machines' secrets.
const SPECIAL_V4: [(Ipv4Addr, u32); 11] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Public IPv6 addresses lie in 2000::/3; these parts of it lead elsewhere.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

fn place_of_v4(ip: Ipv4Addr) -> Option<Place> {
    let ip = ip.to_bits();
    let within = |nets: &[(Ipv4Addr, u32)]| {
        nets.iter()
            .any(|(net, length)| (ip ^ net.to_bits()) >> (32 - length) == 0)
    };
    match () {
        () if within(&HOME_V4) => Some(Place::OwnNetwork),
        () if within(&SPECIAL_V4) => None,
        () => Some(Place::External),
    }
}

fn place_of_v6(ip: Ipv6Addr) -> Option<Place> {
    let bits = ip.to_bits();
    if ip.is_unique_local() {
        return Some(Place::OwnNetwork);
    }
    let is_special = SPECIAL_V6
        .iter()
        .any(|(net, length)| (bits ^ net.to_bits()) >> (128 - length) == 0);
    (bits >> 125 == 1 && !is_special).then_some(Place::External)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, own: bool) -> Result<Place, AddressError> {
        ServerAddress::read(text, own).map(|address| address.place())
    }

    #[test]
    fn place_follows_from_the_address() {
        for (text, own, expected) in [
            ("http://127.0.0.1:11434", false, Place::ThisDevice),
            ("http://localhost:8080/v1", false, Place::ThisDevice),
            ("http://[::1]:8080", false, Place::ThisDevice),
            ("http://2130706433:8080", false, Place::ThisDevice),
            ("http://192.168.1.20:11434", false, Place::OwnNetwork),
            ("http://10.0.0.7", true, Place::OwnNetwork),
            ("http://100.100.1.2:8000", true, Place::OwnNetwork),
            ("http://[fd12::7]:8000", false, Place::OwnNetwork),
            ("http://laptop.local:11434", true, Place::OwnNetwork),
            ("https://api.example.com/v1", false, Place::External),
            ("https://8.8.8.8", true, Place::External),
        ] {
            assert_eq!(place(text, own), Ok(expected), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_gone_to() {
        for (text, expected) in [
            ("127.0.0.1:11434", AddressError::NotAnAddress),
            ("file:///etc/passwd", AddressError::NotAnAddress),
            ("ftp://10.0.0.1", AddressError::NotAnAddress),
            ("https://me:key@example.com", AddressError::Credentials),
            ("https://example.com/v1?key=x", AddressError::Extra),
            ("http://example.com/v1", AddressError::NotEncrypted),
            ("http://8.8.8.8:11434", AddressError::NotEncrypted),
        ] {
            assert_eq!(place(text, false), Err(expected), "{text}");
        }
        for text in [
            "http://169.254.169.254/latest",
            "http://0.0.0.0:11434",
            "http://224.0.0.1",
            "http://[fe80::1]:8080",
            "http://[::ffff:127.0.0.1]:8080",
            "http://[64:ff9b::10.0.0.1]",
            "https://[2001:db8::1]",
        ] {
            let refused = place(text, true);
            assert!(
                matches!(refused, Err(AddressError::Special { .. })),
                "{text}: {refused:?}"
            );
        }
    }

    #[test]
    fn name_that_leads_elsewhere_is_refused_whatever_it_is_called() {
        let at = |text: &str| text.parse().expect("an address");
        assert!(Place::OwnNetwork.check(at("192.168.1.5")).is_ok());
        for (place, ip) in [
            (Place::OwnNetwork, "8.8.8.8"),
            (Place::OwnNetwork, "127.0.0.1"),
            (Place::External, "192.168.1.1"),
            (Place::External, "127.0.0.1"),
            (Place::External, "169.254.169.254"),
            (Place::ThisDevice, "192.168.1.1"),
        ] {
            assert!(place.check(at(ip)).is_err(), "{place:?} {ip}");
        }
    }

    #[test]
    fn api_begins_where_the_person_wrote_it() {
        let base = |text: &str, kind| {
            let address = ServerAddress::read(text, false).expect("an address");
            address.base(kind).to_string()
        };
        let root = "http://127.0.0.1:8080/";
        assert_eq!(base(root, ServerKind::OpenAi), "http://127.0.0.1:8080/v1");
        assert_eq!(base(root, ServerKind::Ollama), root);
        let api = "http://127.0.0.1:8080/api/";
        assert_eq!(base(api, ServerKind::Ollama), root);
        let long = "https://example.com/openai/v1/";
        assert_eq!(
            base(long, ServerKind::OpenAi),
            "https://example.com/openai/v1"
        );
    }
}
