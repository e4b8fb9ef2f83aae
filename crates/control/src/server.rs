//! The hub's end of the socket: who may come in, and when it closes.

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use contract::{Code, Fault};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::connection;
use crate::hall::Hall;
use crate::protocol::{Reply, WHOLE_CONNECTION};

/// The most connections at one time.
///
/// A window, a few terminals and some scripts at once. More than that is a program that forgets to
/// close, and each connection costs memory.
pub const CONNECTIONS_MAX: usize = 64;

/// How long connections have to finish once the hub closes.
///
/// Answers in flight are short by then, since the hub stops what is long; a client that does not read
/// has [`connection::WRITE_PATIENCE`], which is less.
const FINISH_PATIENCE: Duration = Duration::from_secs(12);

/// How long to wait after the operating system could not accept, such as for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the socket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A hub answers on this socket already.
    #[error("another hub is running{}", process(*.pid))]
    AnotherHub {
        /// Its process, where the operating system tells it.
        pid: Option<u32>,
    },
    /// The folder of the socket cannot be made private.
    #[error("the folder of the control socket cannot be used")]
    Folder(#[from] machine::FolderError),
    /// There is something else in the place of the socket.
    #[error("{} is in the way: it is no socket", path.display())]
    NotASocket {
        /// Its path.
        path: PathBuf,
    },
    /// The socket cannot be opened.
    #[error("the control socket {} cannot be opened", path.display())]
    Socket {
        /// Its path.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

fn process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})"))
        .unwrap_or_default()
}

/// A socket that is being served, until the hub closes.
#[derive(Debug)]
pub struct Serving {
    socket: PathBuf,
    task: JoinHandle<()>,
}

impl Serving {
    /// Where the socket is.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Waits until the hub has closed, all answers in flight are delivered and the socket is gone.
    pub async fn ended(self) {
        if let Err(error) = self.task.await {
            tracing::error!(%error, "serving the control socket ended early");
        }
    }
}

/// Opens the socket of the hub, and serves it until the hub closes. A socket that a dead hub left
/// behind is replaced. Needs a tokio runtime.
///
/// # Errors
/// Another hub answers there, or the socket cannot be opened.
pub async fn serve(hub: hub::Hub) -> Result<Serving, ServeError> {
    let socket = hub.socket_path();
    serve_hall(hub, socket).await
}

pub(crate) async fn serve_hall<H: Hall>(hall: H, socket: PathBuf) -> Result<Serving, ServeError> {
    if let Some(folder) = socket.parent() {
        machine::make_private_folder(folder)?;
    }
    clear_the_place(&socket).await?;
    let broken = |source| ServeError::Socket {
        path: socket.clone(),
        source,
    };
    let listener = UnixListener::bind(&socket).map_err(broken)?;
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600)).map_err(broken)?;
    let own = Place::of(&socket).map_err(broken)?;
    let path = socket.clone();
    let task = tokio::spawn(async move {
        welcome(hall, listener).await;
        own.leave(&path);
    });
    Ok(Serving { socket, task })
}

/// Removes the socket of a dead hub.
async fn clear_the_place(socket: &Path) -> Result<(), ServeError> {
    let broken = |source| ServeError::Socket {
        path: socket.to_path_buf(),
        source,
    };
    match std::fs::symlink_metadata(socket) {
        Ok(found) if found.file_type().is_socket() => {}
        Ok(_) => {
            return Err(ServeError::NotASocket {
                path: socket.to_path_buf(),
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(broken(error)),
    }
    match UnixStream::connect(socket).await {
        Ok(stream) => {
            let pid = stream.peer_cred().ok().and_then(|peer| peer.pid());
            Err(ServeError::AnotherHub {
                pid: pid.and_then(|pid| u32::try_from(pid).ok()),
            })
        }
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(socket).map_err(broken)
        }
        Err(error) => Err(broken(error)),
    }
}

/// Tells our socket from one that another hub has put into the same place since.
struct Place {
    device: u64,
    inode: u64,
}

impl Place {
    fn of(socket: &Path) -> io::Result<Self> {
        let found = std::fs::symlink_metadata(socket)?;
        Ok(Self {
            device: found.dev(),
            inode: found.ino(),
        })
    }

    fn leave(&self, socket: &Path) {
        let is_ours = Self::of(socket)
            .is_ok_and(|found| found.device == self.device && found.inode == self.inode);
        if is_ours && let Err(error) = std::fs::remove_file(socket) {
            tracing::warn!(%error, "the control socket could not be removed");
        }
    }
}

/// Lets clients in until the hub closes, then waits for those that are in.
async fn welcome<H: Hall>(hall: H, listener: UnixListener) {
    let closing = hall.closing();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = closing.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => admit(&hall, stream, &places, &connections),
            Err(error) => {
                tracing::warn!(%error, "a client of the control socket could not be let in");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(FINISH_PATIENCE, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            left = connections.len(),
            "clients of the control socket were left behind"
        );
    }
}

fn admit<H: Hall>(
    hall: &H,
    stream: UnixStream,
    places: &Arc<Semaphore>,
    connections: &TaskTracker,
) {
    match is_ours(&stream) {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!("a program of another user came to the control socket and was refused");
            return;
        }
        Err(error) => {
            tracing::warn!(%error, "a client of the control socket cannot be told; it was refused");
            return;
        }
    }
    match Arc::clone(places).try_acquire_owned() {
        Ok(place) => {
            let hall = hall.clone();
            connections.spawn(async move {
                connection::serve(hall, stream).await;
                drop(place);
            });
        }
        Err(_) => {
            connections.spawn(refuse(stream));
        }
    }
}

/// Whether the program at the other end runs as our user.
pub(crate) fn is_ours(stream: &UnixStream) -> io::Result<bool> {
    Ok(stream.peer_cred()?.uid() == rustix::process::geteuid().as_raw())
}

async fn refuse(mut stream: UnixStream) {
    let message = format!("{CONNECTIONS_MAX} programs are connected to HAI-Net already.");
    let reply = Reply::fault(WHOLE_CONNECTION, Fault::refused(Code::Busy, message));
    let written = wire::write_frame_async(&mut stream, &reply);
    // Whether it arrives or not: the connection is closed.
    let _ = tokio::time::timeout(connection::WRITE_PATIENCE, written).await;
}

#[cfg(test)]
mod tests;
