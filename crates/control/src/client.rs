//! The asking end of the socket.
//!
//! A [`Client`] is a handle: clones share one connection, and any number of asks and watches may be
//! under way at the same time. One task writes and one reads; nothing here waits for a slow watcher.

mod watching;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::{AnyAsk, Ask, Code, Fault};
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use wire::{FrameError, read_frame_async, write_frame_async};

use crate::connection;
use crate::hall::Hall;
use crate::protocol::{Reply, ReplyWhat, Request, WHOLE_CONNECTION, Wish};
use crate::server::is_ours;
use watching::Notices;
pub use watching::Watching;

/// Requests of one connection that wait to be written.
const REQUESTS_WAITING_MAX: usize = 64;

/// Why a hub was not reached.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No hub runs on this data folder.
    #[error("no hub is running")]
    NotRunning,
    /// Who listens there is another user's program.
    #[error("the control socket belongs to another user's program")]
    NotOurs,
    /// The socket cannot be used.
    #[error("the hub cannot be reached")]
    Socket(#[source] io::Error),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The hub's answer: it did not grant the ask.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The connection broke: the hub ended. Whether it still did what it was asked is not known.
    #[error("the connection to the hub was lost")]
    Lost,
}

/// A connection to a running hub. Cheap to clone; the last one that is dropped hangs up.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
    requests: mpsc::Sender<Request>,
}

#[derive(Debug)]
struct Shared {
    next_id: AtomicU64,
    desk: Mutex<Desk>,
}

/// Who waits for what.
#[derive(Debug, Default)]
struct Desk {
    waiting: HashMap<u64, Waiter>,
    /// Set when the connection is gone, with what the hub said about it.
    gone: Option<Option<Fault>>,
}

#[derive(Debug)]
enum Waiter {
    Answer(oneshot::Sender<Result<Value, AskError>>),
    Notices(Arc<Notices>),
}

impl Client {
    /// Connects to the hub that listens on `socket`. Needs a tokio runtime.
    ///
    /// # Errors
    /// No hub runs, or it cannot be reached.
    pub async fn connect(socket: &Path) -> Result<Self, ConnectError> {
        let stream = UnixStream::connect(socket)
            .await
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                    ConnectError::NotRunning
                }
                _ => ConnectError::Socket(error),
            })?;
        if !is_ours(&stream).map_err(ConnectError::Socket)? {
            return Err(ConnectError::NotOurs);
        }
        Ok(Self::over(stream))
    }

    /// A client of a hub in this very process, over a pair of sockets that nobody else can find. Needs
    /// a tokio runtime.
    ///
    /// # Errors
    /// The operating system gives no sockets.
    pub fn inside(hub: hub::Hub) -> Result<Self, ConnectError> {
        Self::inside_hall(hub)
    }

    pub(crate) fn inside_hall(hall: impl Hall) -> Result<Self, ConnectError> {
        let (ours, theirs) = UnixStream::pair().map_err(ConnectError::Socket)?;
        tokio::spawn(connection::serve(hall, theirs));
        Ok(Self::over(ours))
    }

    fn over(stream: UnixStream) -> Self {
        let (reader, writer) = stream.into_split();
        let (requests, waiting) = mpsc::channel(REQUESTS_WAITING_MAX);
        let shared = Arc::new(Shared {
            next_id: AtomicU64::new(WHOLE_CONNECTION + 1),
            desk: Mutex::default(),
        });
        tokio::spawn(read_all(reader, Arc::clone(&shared)));
        tokio::spawn(write_all(writer, waiting, Arc::clone(&shared)));
        Self { shared, requests }
    }

    /// Asks, and waits for the answer. If the future is dropped, the hub still does what it was asked,
    /// and its answer is ignored.
    ///
    /// # Errors
    /// The hub does not grant it, or the connection is lost.
    pub async fn ask<A: Ask>(&self, ask: A) -> Result<A::View, AskError> {
        let view = self.ask_any(ask.into()).await?;
        serde_json::from_value(view).map_err(|error| {
            let message = "The running HAI-Net answers in a way that this program does not know.";
            AskError::Fault(
                Fault::broken(Code::Internal, message, format!("{}: {error}", A::NAME))
                    .advising("Restart HAI-Net: the running one may be of another version."),
            )
        })
    }

    /// As [`Client::ask`], for an ask and an answer that only travel through.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn ask_any(&self, ask: AnyAsk) -> Result<Value, AskError> {
        let id = self.shared.new_id();
        let (answer, answered) = oneshot::channel();
        self.shared.register(id, Waiter::Answer(answer))?;
        let waiter = WaiterGuard {
            shared: &self.shared,
            id,
        };
        let request = Request {
            id,
            wish: Wish::Ask(ask),
        };
        self.requests
            .send(request)
            .await
            .map_err(|_| AskError::Lost)?;
        let outcome = answered.await.unwrap_or(Err(AskError::Lost));
        drop(waiter);
        outcome
    }

    /// Watches what the hub tells. The first notice is [`contract::Notice::Watching`]. On a connection
    /// that is lost the watch ends at once.
    pub async fn watch(&self) -> Watching {
        let id = self.shared.new_id();
        let notices = Arc::new(Notices::default());
        let waiter = Waiter::Notices(Arc::clone(&notices));
        let begun = self.shared.register(id, waiter).is_ok()
            && self
                .requests
                .send(Request {
                    id,
                    wish: Wish::Watch(true),
                })
                .await
                .is_ok();
        if !begun {
            notices.end();
        }
        Watching::new(notices, id, self.clone())
    }

    /// Ends a watch without waiting; called when a [`Watching`] is dropped.
    fn unwatch(&self, id: u64) {
        self.shared.desk().waiting.remove(&id);
        // When the queue is full the hub goes on telling, and what it tells is ignored.
        let _ = self.requests.try_send(Request {
            id,
            wish: Wish::Watch(false),
        });
    }
}

impl Shared {
    fn new_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // Nothing that panics is done under the lock.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn register(&self, id: u64, waiter: Waiter) -> Result<(), AskError> {
        let mut desk = self.desk();
        match &desk.gone {
            Some(Some(fault)) => return Err(AskError::Fault(fault.clone())),
            Some(None) => return Err(AskError::Lost),
            None => {}
        }
        desk.waiting.insert(id, waiter);
        Ok(())
    }

    /// Hands a reply to who waits for it. What nobody waits for is ignored.
    fn deliver(&self, reply: Reply) {
        let Reply { id, what } = reply;
        let mut desk = self.desk();
        match what {
            ReplyWhat::Fault(fault) if id == WHOLE_CONNECTION => {
                desk.gone = Some(Some(fault));
                drop(desk);
                self.hang_up();
            }
            ReplyWhat::Notice(notice) => {
                if let Some(Waiter::Notices(notices)) = desk.waiting.get(&id)
                    && notices.push(notice)
                {
                    desk.waiting.remove(&id);
                }
            }
            ReplyWhat::View(view) => {
                if let Some(waiter) = desk.waiting.remove(&id) {
                    waiter.end(Ok(view));
                }
            }
            ReplyWhat::Fault(fault) => {
                if let Some(waiter) = desk.waiting.remove(&id) {
                    waiter.end(Err(AskError::Fault(fault)));
                }
            }
        }
    }

    /// Tells everyone who waits that the connection is gone.
    fn hang_up(&self) {
        let (waiting, fault) = {
            let mut desk = self.desk();
            let fault = desk.gone.get_or_insert(None).clone();
            (std::mem::take(&mut desk.waiting), fault)
        };
        for waiter in waiting.into_values() {
            waiter.end(Err(fault.clone().map_or(AskError::Lost, AskError::Fault)));
        }
    }
}

impl Waiter {
    fn end(self, outcome: Result<Value, AskError>) {
        match self {
            // The asker may have stopped waiting.
            Self::Answer(answer) => drop(answer.send(outcome)),
            Self::Notices(notices) => notices.end(),
        }
    }
}

/// Forgets an ask whose future was dropped.
struct WaiterGuard<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for WaiterGuard<'_> {
    fn drop(&mut self) {
        self.shared.desk().waiting.remove(&self.id);
    }
}

async fn read_all(mut reader: OwnedReadHalf, shared: Arc<Shared>) {
    loop {
        match read_frame_async::<Reply>(&mut reader).await {
            Ok(Some(reply)) => shared.deliver(reply),
            Ok(None) => break,
            Err(error) => {
                tracing::debug!(%error, "the connection to the hub broke");
                break;
            }
        }
    }
    shared.hang_up();
}

/// Writes until the last client is dropped; then the hub sees the end and hangs up too.
async fn write_all(
    mut writer: OwnedWriteHalf,
    mut waiting: mpsc::Receiver<Request>,
    shared: Arc<Shared>,
) {
    while let Some(request) = waiting.recv().await {
        match write_frame_async(&mut writer, &request).await {
            Ok(()) => {}
            // Nothing was written: only this ask is refused.
            Err(FrameError::TooLarge { .. } | FrameError::Content(_)) => {
                let fault = Fault::refused(Code::InvalidAsk, "This is too large to be sent.");
                shared.deliver(Reply::fault(request.id, fault));
            }
            Err(FrameError::Stream(error)) => {
                tracing::debug!(%error, "the connection to the hub broke");
                break;
            }
        }
    }
}
