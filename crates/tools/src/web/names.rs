//! Looking names up, and keeping of what comes out only what may be reached.

use std::net::SocketAddr;
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::Reach;
use super::error::AddressError;

type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, Vec<SocketAddr>> + Send + Sync>;

/// Looks names up for a client. The client connects to what comes out here and asks nobody else, so
/// there is no second answer that was not checked.
#[derive(Clone)]
pub(crate) struct Names {
    reach: Reach,
    lookup: Lookup,
}

impl Names {
    /// By the system's own means.
    pub(crate) fn of_the_system(reach: Reach) -> Self {
        Self::by(reach, |host| {
            Box::pin(async move {
                // Port zero is replaced by that of the address.
                match tokio::net::lookup_host((host, 0)).await {
                    Ok(found) => found.collect(),
                    Err(_) => Vec::new(),
                }
            })
        })
    }

    pub(super) fn by(
        reach: Reach,
        lookup: impl Fn(String) -> BoxFuture<'static, Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            reach,
            lookup: Arc::new(lookup),
        }
    }

    async fn reachable(self, host: String) -> Result<Vec<SocketAddr>, AddressError> {
        let found = (self.lookup)(host.clone()).await;
        let mut refused = AddressError::NoSuchName { host };
        let mut reachable = Vec::with_capacity(found.len());
        for address in found {
            match self.reach.check_ip(address.ip()) {
                Ok(()) => reachable.push(address),
                Err(why) => refused = why,
            }
        }
        if reachable.is_empty() {
            return Err(refused);
        }
        Ok(reachable)
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let found = names.reachable(name.as_str().to_owned()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The refusal that made a request fail, if one did.
pub(crate) fn refusal_in(fault: &reqwest::Error) -> Option<AddressError> {
    let mut source = std::error::Error::source(fault);
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<AddressError>() {
            return Some(refused.clone());
        }
        source = cause.source();
    }
    None
}
