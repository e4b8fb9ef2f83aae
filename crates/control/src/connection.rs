//! One client's connection, at the hub's end.
//!
//! One task reads, one writes, and each ask and each watch has a task of its own, so that a slow
//! answer delays no other. What waits to be written is bounded; a client that does not read is cut
//! off after [`WRITE_PATIENCE`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use contract::{AnyAsk, Code, Fault, Notice};
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{FrameError, read_frame_async, write_frame_async};

use crate::hall::{Hall, NextNotice};
use crate::protocol::{RawRequest, Reply};

/// Asks of one connection that are answered at the same time. The next one is read when one of them
/// is done.
///
/// A window that opens asks for a handful of things; a script that pours asks in must not fill the
/// memory.
pub const ASKS_IN_FLIGHT_MAX: usize = 32;

/// Watches of one connection.
///
/// A program needs one. A few more leave room for a program with several windows.
pub const WATCHES_MAX: usize = 8;

/// Replies of one connection that wait to be written. The hub's own queue for watchers stands behind
/// it and tells what it dropped.
const REPLIES_WAITING_MAX: usize = 64;

/// How long a client may leave a reply unread before it is cut off.
///
/// Long enough for a stopped terminal (Ctrl-S) to be noticed, short enough that a hub closes in time.
pub const WRITE_PATIENCE: Duration = Duration::from_secs(10);

/// Serves one client until it hangs up, stops reading, or the hub closes.
pub(crate) async fn serve<H: Hall>(hall: H, stream: UnixStream) {
    let (reader, writer) = stream.into_split();
    let (replies, waiting) = mpsc::channel(REPLIES_WAITING_MAX);
    let gone = CancellationToken::new();
    let writing = tokio::spawn(write_all(writer, waiting, gone.clone()));
    let desk = Desk {
        hall,
        replies,
        gone: gone.clone(),
        places: Arc::new(Semaphore::new(ASKS_IN_FLIGHT_MAX)),
        tasks: TaskTracker::new(),
        watches: HashMap::new(),
    };
    desk.read_all(reader).await;
    if let Err(error) = writing.await {
        tracing::error!(%error, "writing to a client of the control socket ended early");
    }
}

struct Desk<H> {
    hall: H,
    replies: mpsc::Sender<Reply>,
    /// Cancelled when the client has hung up or does not read: watches end.
    gone: CancellationToken,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
    watches: HashMap<u64, CancellationToken>,
}

impl<H: Hall> Desk<H> {
    async fn read_all(mut self, mut reader: OwnedReadHalf) {
        let closing = self.hall.closing();
        loop {
            let request = tokio::select! {
                // A frame that was begun may be dropped here: nothing is read after it.
                () = closing.cancelled() => break,
                () = self.gone.cancelled() => break,
                request = read_frame_async::<RawRequest>(&mut reader) => request,
            };
            match request {
                Ok(Some(request)) => self.handle(request).await,
                Ok(None) => {
                    self.gone.cancel();
                    break;
                }
                Err(error) => {
                    tracing::debug!(%error, "a client of the control socket broke off");
                    self.gone.cancel();
                    break;
                }
            }
        }
        // Asks in flight are finished even if nobody hears the answer: half an ask is worse.
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn handle(&mut self, request: RawRequest) {
        let RawRequest { id, ask, watch } = request;
        match (ask, watch) {
            (Some(ask), None) => self.answer(id, ask).await,
            (None, Some(true)) => self.begin_watch(id).await,
            (None, Some(false)) => self.end_watch(id),
            (Some(_), Some(_)) | (None, None) => {
                let message = "A request holds either `ask` or `watch`.";
                self.reply(Reply::fault(id, Fault::refused(Code::InvalidAsk, message)))
                    .await;
            }
        }
    }

    async fn answer(&self, id: u64, ask: Value) {
        let ask: AnyAsk = match serde_json::from_value(ask) {
            Ok(ask) => ask,
            Err(error) => {
                let message = "This HAI-Net does not know what it was asked.";
                let mut fault = Fault::refused(Code::InvalidAsk, message)
                    .advising("Restart HAI-Net: the running one may be of another version.");
                fault.details = Some(error.to_string());
                self.reply(Reply::fault(id, fault)).await;
                return;
            }
        };
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return;
        };
        let (hall, replies) = (self.hall.clone(), self.replies.clone());
        self.tasks.spawn(async move {
            let answer = hall.ask(ask).await;
            drop(place);
            // Nobody hears it when the client has hung up.
            let _ = replies.send(Reply::answer(id, answer)).await;
        });
    }

    async fn begin_watch(&mut self, id: u64) {
        self.watches.retain(|_, ended| !ended.is_cancelled());
        if self.watches.len() >= WATCHES_MAX || self.watches.contains_key(&id) {
            let message = format!("One connection may watch {WATCHES_MAX} times.");
            self.reply(Reply::fault(id, Fault::refused(Code::Busy, message)))
                .await;
            return;
        }
        let ended = self.gone.child_token();
        self.watches.insert(id, ended.clone());
        let mut watch = self.hall.watch();
        let replies = self.replies.clone();
        self.tasks.spawn(async move {
            let tell = async {
                while let Some(notice) = watch.next().await {
                    let is_last = matches!(notice, Notice::HubClosing);
                    let sent = replies.send(Reply::notice(id, notice)).await;
                    if sent.is_err() || is_last {
                        break;
                    }
                }
            };
            tokio::select! {
                () = ended.cancelled() => {}
                () = tell => ended.cancel(),
            }
        });
    }

    fn end_watch(&mut self, id: u64) {
        if let Some(ended) = self.watches.remove(&id) {
            ended.cancel();
        }
    }

    async fn reply(&self, reply: Reply) {
        // Nobody hears it when the client has hung up.
        let _ = self.replies.send(reply).await;
    }
}

/// Writes replies until all who could send one are gone, or the client is.
async fn write_all(
    mut writer: OwnedWriteHalf,
    mut waiting: mpsc::Receiver<Reply>,
    gone: CancellationToken,
) {
    while let Some(reply) = waiting.recv().await {
        let id = reply.id;
        let written = write_within_patience(&mut writer, &reply).await;
        let written = match written {
            // Nothing was written yet: say instead what is wrong.
            Err(WriteError::Frame(FrameError::TooLarge { bytes })) => {
                write_within_patience(&mut writer, &Reply::fault(id, too_large(bytes))).await
            }
            other => other,
        };
        if let Err(error) = written {
            tracing::debug!(%error, "a client of the control socket was cut off");
            break;
        }
    }
    gone.cancel();
}

#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("the client did not read for {} s", WRITE_PATIENCE.as_secs())]
    Patience,
    #[error("the client could not be written to")]
    Frame(#[source] FrameError),
}

async fn write_within_patience(
    writer: &mut OwnedWriteHalf,
    reply: &Reply,
) -> Result<(), WriteError> {
    match tokio::time::timeout(WRITE_PATIENCE, write_frame_async(writer, reply)).await {
        Ok(written) => written.map_err(WriteError::Frame),
        Err(_) => Err(WriteError::Patience),
    }
}

fn too_large(bytes: usize) -> Fault {
    Fault::refused(
        Code::Internal,
        "The answer is too large for the control socket.",
    )
    .advising(format!("It has {bytes} bytes. Ask for less at a time."))
}
