//! Looking the name of a server up, and keeping of what comes out only what is at its place: a name that
//! changes its answer reaches nothing else.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{AddressError, Place};

/// Looks names up for a client, which connects to what comes out here and to nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub(super) place: Place,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let place = self.place;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            // Port zero is replaced by that of the address.
            let found = tokio::net::lookup_host((host.clone(), 0)).await;
            let found: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
            let reachable = of_the_place(place, host, found)?;
            Ok(Box::new(reachable.into_iter()) as Addrs)
        })
    }
}

fn of_the_place(
    place: Place,
    host: String,
    found: Vec<SocketAddr>,
) -> Result<Vec<SocketAddr>, AddressError> {
    let mut refused = AddressError::NoSuchName { host };
    let mut reachable = Vec::with_capacity(found.len());
    for address in found {
        match place.check(address.ip()) {
            Ok(()) => reachable.push(address),
            Err(why) => refused = why,
        }
    }
    match reachable.is_empty() {
        true => Err(refused),
        false => Ok(reachable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_addresses_only_those_of_the_place_are_connected_to() {
        let found = |texts: &[&str]| -> Vec<SocketAddr> {
            let parse = |text: &&str| SocketAddr::new(text.parse().expect("an address"), 0);
            texts.iter().map(parse).collect()
        };
        let both = found(&["127.0.0.1", "8.8.8.8"]);
        let kept = of_the_place(Place::External, "x".into(), both).expect("one is public");
        assert_eq!(kept, found(&["8.8.8.8"]));
        let inside = of_the_place(Place::External, "x".into(), found(&["10.0.0.1"]));
        assert!(matches!(inside, Err(AddressError::Elsewhere { .. })));
        let none = of_the_place(Place::OwnNetwork, "x".into(), Vec::new());
        assert!(matches!(none, Err(AddressError::NoSuchName { .. })));
    }
}
