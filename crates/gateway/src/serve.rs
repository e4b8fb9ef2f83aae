//! Opens the port, takes connections, and ends with the hub.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::StatusCode;
use base::Timestamp;
use contract::Fault;
use contract::setting::SettingKey;
use hub::Hub;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::door::Door;
use crate::guard::Guard;
use crate::guard::address::OwnNames;
use crate::hall::Hall;
use crate::problem::Problem;
use crate::router::Rooms;

/// The most connections at the same time. Each takes a few kilobytes and a file descriptor, of which a
/// process often has 1,024.
const CONNECTIONS_MAX: usize = 256;

/// How long the head of a request may take to arrive, and how long an idle connection is kept.
///
/// A client that sends a head byte by byte gives its place back after this. Longer than the five
/// seconds for which the usual Python client keeps its connections, so that we never close one which
/// it is about to use.
const HEAD_PATIENCE: Duration = Duration::from_secs(15);

/// The most bytes of a request's head. Ours are far below; a person's cookies of other programs on
/// `localhost` come along.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// How long answers that are under way may still take when the hub closes.
const DRAIN_PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait when no connection can be taken, for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Said to a connection that finds no place.
static FULL: LazyLock<String> = LazyLock::new(|| {
    let problem =
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many connections").code("busy");
    let body = problem.object().to_string();
    format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
});

/// Why the gateway did not open. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program has the port.
    #[error(
        "another program already listens on {address}; stop it, or choose another port with \
         `--listen {}:PORT` or the setting `api.port`",
        address.ip()
    )]
    PortInUse {
        /// The address.
        address: SocketAddr,
    },
    /// The operating system does not let this user listen there.
    #[error(
        "listening on {address} is not permitted; ports below 1024 belong to the system: choose \
         8080 or another one above with the setting `api.port`"
    )]
    NotPermitted {
        /// The address.
        address: SocketAddr,
    },
    /// The address belongs to another machine.
    #[error(
        "{address} is not an address of this machine; use 127.0.0.1, or look at its addresses and \
         change the setting `api.listen`"
    )]
    NotOurAddress {
        /// The address.
        address: SocketAddr,
    },
    /// The port cannot be opened for another reason.
    #[error("listening on {address} failed; choose another address with `--listen`")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// Other machines could reach the API, and nothing would keep them out.
    #[error(
        "{address} can be reached from other machines, and {lack}: not opened. {cure}, or listen on \
         127.0.0.1"
    )]
    Unprotected {
        /// The address.
        address: SocketAddr,
        /// What is missing.
        lack: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// Whether there is a token could not be found out.
    #[error("the API tokens could not be read")]
    Tokens(#[source] Fault),
}

/// A gateway that is open. It closes with the hub.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    taking: JoinHandle<()>,
}

impl Serving {
    /// Where it is open, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the hub has begun to close and the last answer has ended, or
    /// has had its five seconds.
    pub async fn ended(self) {
        if let Err(error) = self.taking.await {
            tracing::error!(%error, "the gateway broke");
        }
    }
}

/// Opens the gateway of a hub. It runs until the hub closes.
///
/// # Errors
/// The address cannot be opened, or would let other machines in without a token.
pub async fn serve(hub: Hub, address: SocketAddr) -> Result<Serving, ServeError> {
    let token_required = hub.values().switch(SettingKey::ApiRequireToken);
    let listener = bind(&hub, address, token_required).await?;
    let address = listener
        .local_addr()
        .map_err(|source| ServeError::Listen { address, source })?;
    hub.opened_at(address);
    Ok(open(Arc::new(hub), listener, address, token_required))
}

/// Refuses an unprotected address before it is open even for a moment.
async fn bind(
    hall: &dyn Hall,
    address: SocketAddr,
    token_required: bool,
) -> Result<TcpListener, ServeError> {
    if !on_loopback(address.ip()) {
        let now = Timestamp::from_clock(SystemTime::now());
        if !token_required {
            return Err(ServeError::Unprotected {
                address,
                lack: "the setting api.require_token is off",
                cure: "Turn it on",
            });
        }
        if !hall.has_token(now).await.map_err(ServeError::Tokens)? {
            return Err(ServeError::Unprotected {
                address,
                lack: "there is no API token",
                cure: "Make one with `hai-net token create --label NAME`",
            });
        }
        tracing::warn!(%address, "the API can be reached from other machines, without encryption");
    }
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::PortInUse { address },
            io::ErrorKind::PermissionDenied => ServeError::NotPermitted { address },
            io::ErrorKind::AddrNotAvailable => ServeError::NotOurAddress { address },
            _ => ServeError::Listen { address, source },
        })
}

fn on_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// Takes connections from an open port.
pub(crate) fn open(
    hall: Arc<dyn Hall>,
    listener: TcpListener,
    address: SocketAddr,
    token_required: bool,
) -> Serving {
    let closing = hall.closing();
    let token_optional = !token_required && on_loopback(address.ip());
    let guard = Guard::new(OwnNames::new(address), token_optional, Arc::clone(&hall));
    let rooms = Rooms::new(Door::new(hall), guard);
    tracing::info!(%address, "the gateway is open");
    Serving {
        address,
        taking: tokio::spawn(take(listener, rooms, closing)),
    }
}

async fn take(listener: TcpListener, rooms: Rooms, closing: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    loop {
        let stream = tokio::select! {
            () = closing.cancelled() => break,
            taken = listener.accept() => match taken {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            // One attempt, without waiting: whoever fills us up must not also keep us here.
            let _ = stream.try_write(FULL.as_bytes());
            continue;
        };
        let talk = talk(stream, rooms.clone(), closing.clone(), place);
        let cut = cut.clone();
        connections.spawn(async move {
            tokio::select! {
                () = talk => {}
                () = cut.cancelled() => {}
            }
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(DRAIN_PATIENCE, connections.wait())
        .await
        .is_err()
    {
        tracing::info!(
            count = connections.len(),
            "answers were still under way and are cut off"
        );
        cut.cancel();
        connections.wait().await;
    }
}

async fn talk(
    stream: TcpStream,
    rooms: Rooms,
    closing: CancellationToken,
    _place: OwnedSemaphorePermit,
) {
    // Tokens are small and must not wait for each other.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let rooms = rooms.clone();
        async move { Ok::<_, std::convert::Infallible>(rooms.enter(request.map(Body::new)).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A client that went away, or sent what is not HTTP: everyday things.
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_in_all_its_spellings_and_nothing_else_is_taken_for_it() {
        for (ip, loopback) in [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("0.0.0.0", false),
            ("::", false),
            ("192.168.1.2", false),
            ("::ffff:192.168.1.2", false),
        ] {
            assert_eq!(
                on_loopback(ip.parse().expect("an address")),
                loopback,
                "{ip}"
            );
        }
    }
}
