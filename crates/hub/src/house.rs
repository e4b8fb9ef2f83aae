//! The hub as the doors see it.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use base::Timestamp;
use contract::identity::VaultState;
use contract::model::EngineView;
use contract::setting::Values;
use contract::{AnyAsk, Ask, Code, Fault, Notice};
use llm::{Engine, Shelf};
use machine::{DataFolderLock, Paths, ResourceWatch};
use serde_json::Value;
use store::Store;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::agents::Agents;
use crate::clock::Mint;
use crate::desk::Input;
use crate::figures::{Counters, Figures, add};
use crate::logbook::Logbook;
use crate::model_servers::ServerBook;
use crate::safe::Safe;
use crate::token_book::TokenBook;
use crate::tool_servers::ToolServers;
use crate::turns::Turns;
use crate::watch::Watch;
use crate::{answers, clock, convert};

/// How long answers that are being written get to come to rest when the hub closes.
///
/// A token takes milliseconds and writing to disk a little more; after this the process ends anyway
/// and the next start marks what was left.
const CLOSING_PATIENCE: Duration = Duration::from_secs(5);

/// The single owner of all state. Cheap to clone; all clones are the same hub.
#[derive(Clone)]
pub struct Hub {
    pub(crate) house: Arc<House>,
}

/// Everything that the hub holds.
pub(crate) struct House {
    pub(crate) paths: Paths,
    pub(crate) socket: PathBuf,
    /// Held until the process ends: two hubs never run on one data folder.
    pub(crate) _lock: DataFolderLock,
    pub(crate) store: Store,
    pub(crate) safe: Safe,
    /// Settings from the environment and the command line, for when the store cannot be read.
    pub(crate) fixed: Values,
    pub(crate) engine: Engine,
    pub(crate) agents: Agents,
    pub(crate) model_servers: ServerBook,
    pub(crate) tokens: TokenBook,
    pub(crate) tool_servers: ToolServers,
    pub(crate) is_passing: bool,
    pub(crate) shelf: Shelf,
    pub(crate) desk: mpsc::Sender<Input>,
    pub(crate) notices: broadcast::Sender<Arc<Notice>>,
    pub(crate) values: watch::Receiver<Values>,
    pub(crate) engine_view: watch::Receiver<EngineView>,
    pub(crate) tracker: TaskTracker,
    pub(crate) closing: CancellationToken,
    pub(crate) is_restarting: AtomicBool,
    pub(crate) closed: tokio::sync::OnceCell<Ending>,
    pub(crate) mint: Mint,
    pub(crate) counters: Counters,
    pub(crate) turns: Turns,
    pub(crate) logbook: Logbook,
    pub(crate) started: Timestamp,
    pub(crate) started_at: Instant,
    pub(crate) listen: SocketAddr,
    pub(crate) address: OnceLock<SocketAddr>,
    pub(crate) engine_threads: std::sync::atomic::AtomicU32,
    pub(crate) resources: Arc<std::sync::Mutex<ResourceWatch>>,
}

impl House {
    /// The settings that hold while the store cannot be read.
    pub(crate) fn values_without_store(&self) -> Values {
        self.fixed.clone()
    }
}

/// How the hub ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// For good.
    Stop,
    /// To be started again with the same options.
    Restart,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub")
            .field("data_folder", &self.data_folder())
            .finish_non_exhaustive()
    }
}

impl Hub {
    /// Answers an ask. The door has checked [`AnyAsk::reach`] before.
    ///
    /// The work goes on to its end even when the asker stops waiting, so that nothing is left half
    /// done.
    ///
    /// # Errors
    /// A [`Fault`] in words for a person.
    pub async fn ask(&self, ask: AnyAsk) -> Result<Value, Fault> {
        if self.house.closing.is_cancelled() {
            return Err(Fault::refused(Code::Closing, "HAI-Net is closing."));
        }
        if self.vault_state() == VaultState::Locked && !ask.works_while_locked() {
            return Err(convert::locked());
        }
        if ask.is_use() {
            self.used();
        }
        add(&self.house.counters.asks, 1);
        let name = ask.name();
        let hub = self.clone();
        let work = self
            .house
            .tracker
            .spawn(async move { answers::dispatch(&hub, ask).await });
        let answer = work.await.unwrap_or_else(|panic| {
            Err(Fault::broken(
                Code::Internal,
                "HAI-Net has a fault of its own.",
                panic.to_string(),
            ))
        });
        if let Err(fault) = &answer
            && fault.kind == contract::FaultKind::Broken
        {
            let details = fault.details.as_deref().unwrap_or_default();
            tracing::error!(ask = name, code = %fault.code, "{fault} {details}");
        }
        answer
    }

    /// As [`Self::ask`], with the type of the view.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn answer<A: Ask>(&self, ask: A) -> Result<A::View, Fault> {
        let view = self.ask(ask.into()).await?;
        serde_json::from_value(view).map_err(|error| convert::internal(&error))
    }

    /// What the hub tells from now on.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::new(self.house.notices.subscribe(), self.house.closing.clone())
    }

    /// The settings that hold now.
    #[must_use]
    pub fn values(&self) -> Values {
        self.house.values.borrow().clone()
    }

    /// Where the gateway should listen.
    #[must_use]
    pub fn listen_address(&self) -> SocketAddr {
        self.house.listen
    }

    /// The gateway listens here now. Only the first call counts.
    pub fn opened_at(&self, address: SocketAddr) {
        let _ = self.house.address.set(address);
    }

    /// Cancelled when the hub begins to close: doors stop taking in new work.
    #[must_use]
    pub fn closing(&self) -> CancellationToken {
        self.house.closing.clone()
    }

    /// Begins to close. Doing so twice is harmless.
    pub fn close(&self) {
        self.house.closing.cancel();
    }

    pub(crate) fn close_to_restart(&self) {
        self.house.is_restarting.store(true, Ordering::Release);
        self.close();
    }

    /// Waits until the hub begins to close, brings everything to rest, and returns when all is on
    /// disk. Call it after the doors are shut; more than one caller may wait.
    pub async fn closed(&self) -> Ending {
        self.house.closing.cancelled().await;
        *self.house.closed.get_or_init(|| self.come_to_rest()).await
    }

    async fn come_to_rest(&self) -> Ending {
        let house = &self.house;
        house.tracker.close();
        if tokio::time::timeout(CLOSING_PATIENCE, house.tracker.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                left = house.tracker.len(),
                "some work did not come to rest in time"
            );
        }
        house.tool_servers.end_all().await;
        house.engine.shutdown(CLOSING_PATIENCE).await;
        self.write_ledger().await;
        house.logbook.flush(&house.store).await;
        if let Err(error) = house.store.close().await {
            // The store itself is closed, so this can only go to whoever started us.
            tracing::error!(
                "the store could not be closed in order: {}",
                convert::chain(&error)
            );
        }
        match house.is_restarting.load(Ordering::Acquire) {
            true => Ending::Restart,
            false => Ending::Stop,
        }
    }

    /// Where the data lie.
    #[must_use]
    pub fn data_folder(&self) -> &Path {
        self.house.paths.data()
    }

    /// Where the control socket belongs.
    #[must_use]
    pub fn socket_path(&self) -> PathBuf {
        self.house.socket.clone()
    }

    /// Answers of programs that are under way or wait for their turn.
    #[must_use]
    pub fn programs_waiting(&self) -> usize {
        self.house.turns.programs_len()
    }

    /// What the engine does now.
    #[must_use]
    pub fn engine(&self) -> EngineView {
        self.house.engine_view.borrow().clone()
    }

    /// Brings to disk what was counted of the models' work.
    pub(crate) async fn write_ledger(&self) {
        if let Err(error) = self.house.turns.ledger().write(&self.house.store).await {
            tracing::warn!("use could not be counted: {}", convert::chain(&error));
        }
    }

    /// Counters since the start.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let is_loaded = matches!(*self.house.engine_view.borrow(), EngineView::Ready { .. });
        self.house
            .counters
            .read(self.house.started_at.elapsed().as_secs(), is_loaded)
    }

    /// Does work that blocks, off the threads that serve asks.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|panic| convert::internal(&panic))
    }

    /// Brings the desk an input. A desk that is gone means that the process is ending.
    pub(crate) async fn bring(&self, input: Input) {
        let _ = self.house.desk.send(input).await;
    }

    /// Brings the desk an input that it replies to.
    pub(crate) async fn consult<T>(
        &self,
        input: impl FnOnce(oneshot::Sender<T>) -> Input,
    ) -> Result<T, Fault> {
        let (reply, answer) = oneshot::channel();
        self.bring(input(reply)).await;
        answer
            .await
            .map_err(|_| Fault::refused(Code::Closing, "HAI-Net is closing."))
    }

    /// Has agents go on with what they had not finished.
    pub(crate) async fn go_on_with_work(&self) {
        if !self.house.is_passing {
            self.house.agents.opened().await;
        }
    }

    /// Starts work that the hub waits for when it closes.
    pub(crate) fn undertake(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.house.tracker.spawn(work);
    }

    /// The port of the gateway, once it is open.
    pub(crate) fn own_port(&self) -> Option<u16> {
        self.house.address.get().map(SocketAddr::port)
    }

    pub(crate) fn now(&self) -> Timestamp {
        clock::now()
    }
}
