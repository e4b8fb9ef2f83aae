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
use domain::alias;
use llm::{Engine, Model, Shelf};
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
use crate::safe::Safe;
use crate::servers::ToolServers;
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
    pub(crate) servers: ToolServers,
    pub(crate) is_passing: bool,
    pub(crate) shelf: Shelf,
    pub(crate) desk: mpsc::Sender<Input>,
    pub(crate) notices: broadcast::Sender<Notice>,
    pub(crate) values: watch::Receiver<Values>,
    pub(crate) engine_view: watch::Receiver<EngineView>,
    pub(crate) tracker: TaskTracker,
    pub(crate) closing: CancellationToken,
    pub(crate) is_restarting: AtomicBool,
    pub(crate) closed: tokio::sync::OnceCell<Ending>,
    pub(crate) mint: Mint,
    pub(crate) counters: Counters,
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

/// A model as the API offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedModel {
    /// The name to ask for.
    pub id: String,
    /// The installed model that it stands for, when it is an alias.
    pub stands_for: Option<String>,
    /// When the model came here.
    pub created: Timestamp,
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
        house.servers.end_all().await;
        house.engine.shutdown(CLOSING_PATIENCE).await;
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

    /// The model that answers to this name, or, without a name, the chosen one.
    ///
    /// # Errors
    /// [`Code::UnknownModel`], [`Code::NoModel`], or [`Code::ModelFile`] when its file is broken.
    pub async fn model(&self, name: Option<&str>) -> Result<Arc<dyn Model>, Fault> {
        self.used();
        let mut installed = self.installed_models().await?;
        let named = installed
            .iter()
            .find(|model| name == Some(model.name.as_str()));
        if let Some(fault) = named.and_then(llm::InstalledModel::fault) {
            // It is there, and the list shows it: that it does not exist would be wrong.
            return Err(Fault::refused(Code::ModelFile, fault));
        }
        installed.retain(|model| model.header().is_some());
        let names: Vec<_> = installed.iter().map(|model| model.name.clone()).collect();
        let chosen = self.values().text(contract::setting::SettingKey::LlmModel);
        let name = match alias::resolve(name, &chosen, &names) {
            alias::Resolution::Model(name) => name,
            alias::Resolution::Unknown => {
                return Err(convert::unknown_model(name.unwrap_or_default()));
            }
            alias::Resolution::NothingInstalled => {
                return Err(Fault::refused(Code::NoModel, "No model is installed yet."));
            }
        };
        let model = installed.iter().find(|model| model.name == name);
        let model = model.ok_or_else(|| convert::unknown_model(&name))?;
        convert::fits_memory_limit(model, &self.values())?;
        Ok(self.house.engine.model(&model.name, &model.path))
    }

    /// The models that the API offers: the installed ones, and aliases of the chosen one.
    ///
    /// # Errors
    /// The model folder cannot be read.
    pub async fn offered_models(&self) -> Result<Vec<OfferedModel>, Fault> {
        let installed = self.usable_models().await?;
        let names: Vec<_> = installed.iter().map(|model| model.name.clone()).collect();
        let chosen = self.values().text(contract::setting::SettingKey::LlmModel);
        let mut offered: Vec<_> = installed
            .iter()
            .map(|model| OfferedModel {
                id: model.name.clone(),
                stands_for: None,
                created: model.added,
            })
            .collect();
        for (alias, _) in alias::ALIASES {
            if let alias::Resolution::Model(model) = alias::resolve(Some(alias), &chosen, &names)
                && model != alias
            {
                let created = installed.iter().find(|found| found.name == model);
                offered.push(OfferedModel {
                    id: alias.to_owned(),
                    created: created.map_or(self.house.started, |found| found.added),
                    stands_for: Some(model),
                });
            }
        }
        Ok(offered)
    }

    /// Counters since the start.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let is_loaded = matches!(*self.house.engine_view.borrow(), EngineView::Ready { .. });
        self.house
            .counters
            .read(self.house.started_at.elapsed().as_secs(), is_loaded)
    }

    async fn usable_models(&self) -> Result<Vec<llm::InstalledModel>, Fault> {
        let mut models = self.installed_models().await?;
        models.retain(|model| model.header().is_some());
        Ok(models)
    }

    /// All files in the model folder, also those that cannot be used.
    pub(crate) async fn installed_models(&self) -> Result<Vec<llm::InstalledModel>, Fault> {
        let shelf = self.house.shelf.clone();
        self.blocking(move || shelf.list())
            .await?
            .map_err(|error| convert::shelf_fault(&error))
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

    pub(crate) fn now(&self) -> Timestamp {
        clock::now()
    }
}
