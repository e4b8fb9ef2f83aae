//! Opening the hub: folders, lock, store, settings, engine; in that order, and quickly.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use contract::log::Level;
use contract::model::EngineView;
use contract::setting::{Origin, SettingKey, Values};
use contract::{Code, Fault, Notice};
use llm::{Engine, EngineSetup, Shelf};
use machine::{DataFolderLock, EnergyMeter, Paths, ResourceWatch};
use serde_json::{Value, json};
use store::Store;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::agents::{Agents, AgentsInbox};
use crate::clock::{self, Mint};
use crate::desk::{Desk, INPUTS_WAITING_MAX, Input};
use crate::environment::{self, EnvironmentError};
use crate::figures::Counters;
use crate::house::{House, Hub};
use crate::logbook::Logbook;
use crate::safe::{Found, Safe};
use crate::tool_servers::ToolServers;
use crate::turns::Turns;
use crate::watch::NOTICES_WAITING_MAX;
use crate::{convert, upkeep};

/// The name of the engine's program.
const WORKER: &str = if cfg!(windows) {
    "hai-net-llm.exe"
} else {
    "hai-net-llm"
};

/// Layers to place on a graphics processor where one may be used: more than any model has.
const ALL_LAYERS: u32 = 999;

/// With what the hub starts.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Where the data lie; `None` for what the environment names, else the user's own folder.
    pub data_folder: Option<PathBuf>,
    /// Where the gateway listens; `None` for what the settings say.
    pub listen: Option<SocketAddr>,
    /// The engine's program; `None` to look beside this program.
    pub worker: Option<PathBuf>,
    /// Whether the hub is there for a moment only. It leaves unfinished work of agents to one that stays.
    pub is_passing: bool,
}

/// Why the hub did not open. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No folder can be named.
    #[error("the folders of HAI-Net cannot be found")]
    Paths(#[from] machine::PathsError),
    /// A folder cannot be used.
    #[error("a folder of HAI-Net cannot be used")]
    Folder(#[from] machine::FolderError),
    /// Another hub runs on this data folder.
    #[error("HAI-Net is running on this data folder already")]
    Lock(#[from] machine::LockError),
    /// The key of the store cannot be read or made.
    #[error("the key of the store cannot be used")]
    Key(#[from] store::KeyError),
    /// The store cannot be opened.
    #[error("the store cannot be opened")]
    Store(#[from] store::OpenError),
    /// The settings cannot be read.
    #[error("the settings cannot be read")]
    Settings(#[from] store::StoreError),
    /// Answers of an earlier run could not be marked as cut off.
    #[error("the store cannot be written: {0}")]
    Answers(Fault),
    /// A setting from the environment does not fit.
    #[error("a setting does not fit")]
    Environment(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The address to listen on is none.
    #[error("`api.listen = {given}` is not an address such as 127.0.0.1")]
    Address {
        /// What was given.
        given: String,
    },
    /// The model folder cannot be used.
    #[error("the model folder cannot be used")]
    Models(#[from] llm::ShelfError),
}

impl OpenError {
    /// The same for a person, with what to do.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let details = convert::chain(self);
        let cause = std::error::Error::source(self).map(convert::chain);
        let message = match &cause {
            Some(cause) => format!("{self}: {cause}."),
            None => format!("{self}."),
        };
        match self {
            Self::Lock(machine::LockError::Taken { .. }) => Fault::refused(Code::Busy, message)
                .advising(
                    "Use the one that runs (`hai-net status`), stop it (`hai-net stop`), or name \
                     another folder with --data-dir.",
                ),
            Self::Environment(_) | Self::Address { .. } => {
                Fault::refused(Code::InvalidSetting, message)
            }
            Self::Paths(_) | Self::Folder(_) | Self::Lock(_) => {
                Fault::broken(Code::Store, message, details)
                    .advising("Choose a folder of your own with --data-dir.")
            }
            Self::Answers(fault) => fault.clone(),
            Self::Key(_) | Self::Store(_) | Self::Settings(_) => {
                Fault::broken(Code::Store, message, details).advising(
                    "Nothing was changed. Keep the folder as it is, and put the file back from a \
                     copy if you have one.",
                )
            }
            Self::Models(_) => Fault::broken(Code::ModelFile, message, details)
                .advising("Set HAI_NET_MODEL_DIR to a folder of your own."),
        }
    }
}

impl From<EnvironmentError> for OpenError {
    fn from(error: EnvironmentError) -> Self {
        Self::Environment(Box::new(error))
    }
}

impl Hub {
    /// Opens the hub. The engine's program starts with the first question, not here.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing was changed then.
    pub async fn open(start: Start) -> Result<Self, OpenError> {
        let (started, started_at) = (clock::now(), Instant::now());
        let paths = Paths::new(environment::data_folder(start.data_folder.clone()))?;
        let socket = paths.socket()?;
        paths.create()?;
        let lock = DataFolderLock::take(paths.data())?;
        let hidden = machine::keep_out_of_core_dumps();
        let folder = paths.data().to_owned();
        // The keychain may take a moment to answer.
        let found = tokio::task::spawn_blocking(move || Safe::open(&folder));
        let Found { safe, store } = found.await.expect("opening a safe does not panic")?;
        let (fixed, mut warnings) = fixed_values(&paths, start.listen)?;
        let mut values = fixed.clone();
        if store.is_open() {
            let (stored, more) = stored_values(&store).await?;
            warnings.extend(more);
            values = over(stored, &fixed);
        }
        if let Err(error) = hidden {
            warnings.push(format!("a crash could write memory to disk: {error}"));
        }
        let listen = listen_address(&values)?;
        let logbook = Logbook::open(level_min(&values));
        let shelf = Shelf::open(paths.models())?;
        let threads = threads_max(&values);
        let setup = engine_setup(start.worker, &values, threads);
        let turns = Turns::measured(setup.slots as usize, EnergyMeter::open());
        let engine = Engine::new(setup);

        let (agents, agents_inbox) = Agents::new();
        let (notices, _) = broadcast::channel(NOTICES_WAITING_MAX);
        let (desk, values, engine_view) = begin_desk(values, notices.clone());
        let hub = Self {
            house: Arc::new(House {
                paths,
                socket,
                _lock: lock,
                store,
                safe,
                fixed,
                engine,
                agents,
                model_servers: crate::model_servers::ServerBook::default(),
                tokens: crate::token_book::TokenBook::default(),
                tool_servers: ToolServers::default(),
                is_passing: start.is_passing,
                shelf,
                desk,
                notices,
                values,
                engine_view,
                tracker: TaskTracker::new(),
                closing: CancellationToken::new(),
                is_restarting: AtomicBool::new(false),
                closed: tokio::sync::OnceCell::new(),
                mint: Mint::default(),
                counters: Counters::default(),
                turns,
                logbook,
                started,
                started_at,
                listen,
                address: OnceLock::new(),
                engine_threads: AtomicU32::new(threads),
                resources: Arc::new(Mutex::new(ResourceWatch::new())),
            }),
        };
        hub.begin(agents_inbox).await?;
        warnings.iter().for_each(|it| tracing::warn!("{it}"));
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "HAI-Net started");
        Ok(hub)
    }

    /// Ends what an earlier hub left, and begins what this one does by itself.
    async fn begin(&self, agents: AgentsInbox) -> Result<(), OpenError> {
        if self.house.store.is_open() {
            self.end_answers_left_from_before()
                .await
                .map_err(OpenError::Answers)?;
        }
        upkeep::begin(self);
        self.undertake(agents.serve(self.clone()));
        if self.house.store.is_open() {
            self.go_on_with_work().await;
        }
        Ok(())
    }

    /// The settings that hold when the store is open, and what a person should know of them.
    pub(crate) async fn read_values(&self) -> Result<(Values, Vec<String>), Fault> {
        let (stored, warnings) = stored_values(&self.house.store)
            .await
            .map_err(|error| convert::store_fault(&error))?;
        Ok((over(stored, &self.house.fixed), warnings))
    }

    /// A hub that was killed leaves answers that nobody writes any longer.
    pub(crate) async fn end_answers_left_from_before(&self) -> Result<(), Fault> {
        let fault = serde_json::to_value(convert::interrupted()).unwrap_or(Value::Null);
        let ended = self
            .house
            .store
            .end_answers_left_writing(self.now(), fault)
            .await
            .map_err(|error| convert::store_fault(&error))?;
        if ended > 0 {
            tracing::warn!(answers = ended, "HAI-Net ended unexpectedly the last time");
        }
        Ok(())
    }
}

/// The settings that the person changed. One that no longer fits is passed over and kept.
async fn stored_values(store: &Store) -> Result<(Values, Vec<String>), store::StoreError> {
    let mut values = Values::default();
    let mut warnings = Vec::new();
    for (name, value) in store.settings().await? {
        let Some(key) = SettingKey::named(&name) else {
            warnings.push(format!(
                "the stored setting `{name}` is not known to this version"
            ));
            continue;
        };
        match key.spec().check(&value) {
            Ok(value) => values.set(key, value, Origin::Stored),
            Err(error) => warnings.push(format!("a stored setting is passed over: {error}")),
        }
    }
    Ok((values, warnings))
}

/// The settings that the environment and the command line fix.
/// Has the desk serve inputs; gives the way to it, and what it tells of settings and engine.
fn begin_desk(
    values: Values,
    notices: broadcast::Sender<Arc<Notice>>,
) -> (
    mpsc::Sender<Input>,
    watch::Receiver<Values>,
    watch::Receiver<EngineView>,
) {
    let (desk, inputs) = mpsc::channel(INPUTS_WAITING_MAX);
    let (values_out, values) = watch::channel(values);
    let (engine_out, engine_view) = watch::channel(EngineView::Asleep);
    tokio::spawn(Desk::new(inputs, notices, values_out, engine_out).run());
    (desk, values, engine_view)
}

fn fixed_values(
    paths: &Paths,
    listen: Option<SocketAddr>,
) -> Result<(Values, Vec<String>), OpenError> {
    let mut values = Values::default();
    let variables = environment::variables(paths.data());
    let warnings = environment::apply(&variables, &mut values)?;
    if let Some(listen) = listen {
        let (ip, port) = (json!(listen.ip().to_string()), json!(listen.port()));
        values.set(SettingKey::ApiListen, ip, Origin::CommandLine);
        values.set(SettingKey::ApiPort, port, Origin::CommandLine);
    }
    Ok((values, warnings))
}

/// What is fixed counts more than what is stored.
fn over(mut stored: Values, fixed: &Values) -> Values {
    for key in SettingKey::all().filter(|key| fixed.origin(*key) != Origin::Default) {
        stored.set(key, fixed.value(key), fixed.origin(key));
    }
    stored
}

fn listen_address(values: &Values) -> Result<SocketAddr, OpenError> {
    let given = values.text(SettingKey::ApiListen);
    let host = if given.eq_ignore_ascii_case("localhost") {
        "127.0.0.1"
    } else {
        given.trim()
    };
    let ip: IpAddr = host
        .trim_matches(['[', ']'])
        .parse()
        .map_err(|_| OpenError::Address {
            given: given.clone(),
        })?;
    // The port may be 0 from the command line: then the system picks a free one.
    let port = u16::try_from(values.integer(SettingKey::ApiPort))
        .map_err(|_| OpenError::Address { given })?;
    Ok(SocketAddr::new(ip, port))
}

pub(crate) fn level_min(values: &Values) -> Level {
    values
        .text(SettingKey::LogLevel)
        .parse()
        .unwrap_or(Level::Info)
}

/// Threads that the engine may use when nothing else is going on.
fn threads_max(values: &Values) -> u32 {
    let asked = values.integer(SettingKey::LlmThreads);
    if asked > 0 {
        return u32::try_from(asked).unwrap_or(u32::MAX);
    }
    let share = values.integer(SettingKey::ResourcesCpuPercent);
    let cores = u64::from(machine::cores_usable());
    // Rounded to the nearest: 80 % of two cores are both of them, of eight cores six.
    u32::try_from((cores * share + 50) / 100)
        .unwrap_or(1)
        .max(1)
}

fn engine_setup(worker: Option<PathBuf>, values: &Values, threads: u32) -> EngineSetup {
    let small = |key| u32::try_from(values.integer(key)).unwrap_or(u32::MAX);
    let may_use_gpu = values.text(SettingKey::LlmGpu) == "auto";
    EngineSetup {
        worker: worker.unwrap_or_else(worker_path),
        slots: small(SettingKey::LlmSlots),
        context_tokens: small(SettingKey::LlmContextTokens),
        threads,
        gpu_layers: if may_use_gpu { ALL_LAYERS } else { 0 },
        unload_after: match values.integer(SettingKey::LlmUnloadMinutes) {
            0 => None,
            minutes => Some(Duration::from_secs(minutes * 60)),
        },
    }
}

/// The engine's program: named by `HAI_NET_WORKER_DIR`, beside this program, or in `../lib/hai-net`.
fn worker_path() -> PathBuf {
    if let Some(folder) = std::env::var_os("HAI_NET_WORKER_DIR") {
        return PathBuf::from(folder).join(WORKER);
    }
    let program = std::env::current_exe()
        .and_then(std::fs::canonicalize)
        .unwrap_or_default();
    let folder = program.parent().unwrap_or(std::path::Path::new("."));
    let places = [
        folder.join(WORKER),
        folder.join("../lib/hai-net").join(WORKER),
        // Test programs lie one folder deeper than the programs that they test.
        folder.join("..").join(WORKER),
    ];
    places
        .iter()
        .find(|place| place.is_file())
        .unwrap_or(&places[0])
        .clone()
}
