//! The hub that the window shows: a running one, or one of its own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use contract::{AnyAsk, Code, Fault, Notice};
use control::{AskError, Client, ConnectError, Watching};
use hub::{Hub, Start};
use serde_json::Value;
use tokio::sync::Mutex;

/// How long nothing happens before memory that was freed goes back to the system.
const QUIET: Duration = Duration::from_secs(5);

/// The way to the hub.
pub(crate) struct Home {
    data_folder: Option<PathBuf>,
    inner: Arc<Mutex<Inner>>,
    watched: StdMutex<Watched>,
}

/// The watch of the page. Another takes its place when the page is loaded again.
#[derive(Default)]
struct Watched {
    /// Of the latest watch; the first has 1.
    number: u64,
    watching: Option<Arc<Mutex<Watching>>>,
}

struct Inner {
    client: Client,
    own: Option<OwnHub>,
}

/// A hub in this process, and its doors.
struct OwnHub {
    hub: Hub,
    control: control::Serving,
    gateway: Option<gateway::Serving>,
}

impl Home {
    /// Finds a running hub, or opens one.
    pub(crate) async fn open(data_folder: Option<PathBuf>) -> anyhow::Result<Self> {
        let inner = Inner::open(data_folder.clone()).await?;
        Ok(Self {
            data_folder,
            inner: Arc::new(Mutex::new(inner)),
            watched: StdMutex::default(),
        })
    }

    /// Asks the hub. When the connection was lost, finds or opens a hub again, and asks once more if
    /// nothing can have been done twice.
    pub(crate) async fn ask(&self, ask: AnyAsk) -> Result<Value, Fault> {
        let client = self.inner.lock().await.client.clone();
        match client.ask_any(ask).await {
            Ok(view) => Ok(view),
            Err(AskError::Fault(fault)) => Err(fault),
            Err(AskError::Lost) => {
                self.reconnect().await?;
                Err(
                    Fault::refused(Code::NoHub, "The hub was away for a moment and is back.")
                        .advising("Try again."),
                )
            }
        }
    }

    /// Begins to watch the hub; returns the number of the watch.
    pub(crate) async fn watch(&self) -> Result<u64, Fault> {
        let client = self.inner.lock().await.client.clone();
        // A lost connection shows here first: asking is how to find out.
        let status = AnyAsk::from(contract::system::ShowStatus {});
        if let Err(AskError::Lost) = client.ask_any(status).await {
            self.reconnect().await?;
        }
        let client = self.inner.lock().await.client.clone();
        let watching = client.watch().await;
        let mut watched = self.watched();
        watched.number += 1;
        watched.watching = Some(Arc::new(Mutex::new(watching)));
        Ok(watched.number)
    }

    /// What the hub has told since this was asked last, at least one notice. The last one of a watch is
    /// [`Notice::HubClosing`]; afterwards, and where another watch was begun, there are none.
    pub(crate) async fn notices(&self, number: u64) -> Result<Vec<Notice>, Fault> {
        let watching = {
            let watched = self.watched();
            let watching = watched.watching.clone();
            watching.filter(|_| watched.number == number)
        };
        let watching = watching.ok_or_else(|| {
            Fault::refused(Code::NoHub, "This watch is over.").advising("Begin another.")
        })?;
        let notices = next_notices(&mut *watching.lock().await).await;
        if notices.is_empty() {
            let mut watched = self.watched();
            if watched.number == number {
                watched.watching = None;
            }
            return Ok(vec![Notice::HubClosing]);
        }
        Ok(notices)
    }

    fn watched(&self) -> std::sync::MutexGuard<'_, Watched> {
        // Nothing that holds it panics half way.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn reconnect(&self) -> Result<(), Fault> {
        let mut inner = self.inner.lock().await;
        let status = AnyAsk::from(contract::system::ShowStatus {});
        if !matches!(inner.client.ask_any(status).await, Err(AskError::Lost)) {
            return Ok(());
        }
        inner.close().await;
        *inner = Inner::open(self.data_folder.clone())
            .await
            .map_err(|error| {
                Fault::broken(
                    Code::NoHub,
                    "The hub ended and cannot be opened.",
                    format!("{error:#}"),
                )
            })?;
        Ok(())
    }

    /// Closes a hub of our own; a running one goes on.
    pub(crate) async fn close(&self) {
        self.inner.lock().await.close().await;
    }
}

/// The next notices. When nothing is told for a while, what was freed meanwhile goes back to the system.
async fn next_notices(watching: &mut Watching) -> Vec<Notice> {
    let mut notices = std::pin::pin!(watching.next_all());
    match tokio::time::timeout(QUIET, &mut notices).await {
        Ok(notices) => notices,
        Err(_) => {
            machine::give_back_freed();
            notices.await
        }
    }
}

impl Inner {
    async fn open(data_folder: Option<PathBuf>) -> anyhow::Result<Self> {
        let data_folder = hub::data_folder(data_folder);
        let socket = machine::Paths::new(data_folder.clone())?.socket()?;
        match Client::connect(&socket).await {
            Ok(client) => return Ok(Self { client, own: None }),
            Err(ConnectError::NotRunning) => {}
            Err(error) => return Err(error).context("a hub is running and cannot be reached"),
        }
        let start = Start {
            data_folder,
            ..Start::default()
        };
        let hub = Hub::open(start).await.map_err(|error| {
            let fault = error.fault();
            anyhow::anyhow!("{fault} {}", fault.advice)
        })?;
        let control = control::serve(hub.clone()).await?;
        let gateway = gateway::serve(hub.clone(), hub.listen_address()).await;
        let gateway = gateway
            .inspect_err(|error| {
                // The window works without the port; the status and the log say that it is missing.
                tracing::warn!("the browser and API clients cannot come in: {error}");
            })
            .ok();
        let client = Client::connect(&socket)
            .await
            .context("our own hub cannot be reached")?;
        Ok(Self {
            client,
            own: Some(OwnHub {
                hub,
                control,
                gateway,
            }),
        })
    }

    async fn close(&mut self) {
        if let Some(OwnHub {
            hub,
            control,
            gateway,
        }) = self.own.take()
        {
            hub.close();
            control.ended().await;
            if let Some(gateway) = gateway {
                gateway.ended().await;
            }
            hub.closed().await;
        }
    }
}
