//! What the socket needs of a hub, so that the protocol can be tested without one.

use std::future::Future;

use contract::{AnyAsk, Fault, Notice};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// Someone who answers asks and tells notices.
pub(crate) trait Hall: Clone + Send + Sync + 'static {
    /// One watcher's end.
    type Watch: NextNotice;

    fn ask(&self, ask: AnyAsk) -> impl Future<Output = Result<Value, Fault>> + Send;
    fn watch(&self) -> Self::Watch;
    /// Cancelled when the hub begins to close.
    fn closing(&self) -> CancellationToken;
}

/// Notices, one after the other.
pub(crate) trait NextNotice: Send + 'static {
    fn next(&mut self) -> impl Future<Output = Option<Notice>> + Send;
}

impl Hall for hub::Hub {
    type Watch = hub::Watch;

    fn ask(&self, ask: AnyAsk) -> impl Future<Output = Result<Value, Fault>> + Send {
        // Boxed: the future of a whole hub is large, and each connection holds many.
        Box::pin(hub::Hub::ask(self, ask))
    }

    fn watch(&self) -> hub::Watch {
        hub::Hub::watch(self)
    }

    fn closing(&self) -> CancellationToken {
        hub::Hub::closing(self)
    }
}

impl NextNotice for hub::Watch {
    fn next(&mut self) -> impl Future<Output = Option<Notice>> + Send {
        hub::Watch::next(self)
    }
}
