//! The hub itself and the machine that it runs on.

use base::{ByteCount, Milliseconds, Percent, Timestamp};
use serde::{Deserialize, Serialize};

use crate::identity::VaultState;
use crate::model::EngineView;

/// Shows what the hub does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ShowStatus {}

/// What the hub does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusView {
    /// The version of HAI-Net.
    pub version: String,
    /// The process.
    pub pid: u32,
    /// When it started.
    pub started: Timestamp,
    /// How long it has been running.
    pub uptime: Milliseconds,
    /// Where its data lie.
    pub data_folder: String,
    /// Where models lie.
    pub model_folder: String,
    /// Where the browser and API clients find it, such as `http://127.0.0.1:8080`; `None` when no port
    /// is open.
    pub address: Option<String>,
    /// Whether it is a primary or a helper.
    pub role: NodeRole,
    /// What the engine does.
    pub engine: EngineView,
    /// The model that answers when none is named.
    pub model: Option<String>,
    /// Whether somebody owns the hub, and whether its store is open.
    pub vault: VaultState,
    /// Number of conversations; 0 while the vault is locked.
    pub conversations: u64,
    /// Why capacity is not shared, or how it is.
    pub sharing: SharingState,
}

/// The part that this machine plays among a person's devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// Holds the person's data and answers.
    Primary,
    /// Computes for a primary.
    Helper,
}

/// Whether spare capacity is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharingState {
    /// This version cannot share.
    NotAvailable,
}

/// Shows what the machine has and how busy it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ShowResources {}

/// What the machine has and how busy it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourcesView {
    /// The processor's name.
    pub cpu: String,
    /// Cores that HAI-Net may use.
    pub cores: u32,
    /// Threads that the engine computes with now.
    pub engine_threads: u32,
    /// How busy the processors are in all.
    pub cpu_busy: Percent,
    /// How busy HAI-Net keeps them, its engine included.
    pub cpu_busy_by_us: Percent,
    /// Memory of the machine.
    pub memory_total: ByteCount,
    /// Memory that programs could still get.
    pub memory_available: ByteCount,
    /// Memory that HAI-Net uses, its engine included.
    pub memory_by_us: ByteCount,
    /// Size of the disk that holds the data.
    pub disk_total: ByteCount,
    /// Room on it.
    pub disk_free: ByteCount,
    /// Graphics processors, by name.
    pub gpus: Vec<String>,
    /// Charge of the battery, where there is one.
    pub battery: Option<Percent>,
    /// Tokens a second over the last answers, where there were any.
    pub tokens_per_second: Option<f32>,
}

/// Examines whether everything that is needed is there and whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExamineHealth {}

/// What an examination found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    /// What was looked at, in order.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What, such as `database`.
    pub what: String,
    /// Whether it is as it should be.
    pub good: bool,
    /// What was seen.
    pub seen: String,
    /// What to do, when it is not good.
    pub cure: Option<String>,
}

/// Makes a link that signs one browser in, once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MakeSignInLink {}

/// A link that signs one browser in, once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInLink {
    /// The link. Whoever opens it first is signed in.
    pub url: String,
    /// Until when it works.
    pub expires: Timestamp,
}

impl std::fmt::Debug for SignInLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInLink")
            .field("url", &"Secret(…)")
            .field("expires", &self.expires)
            .finish()
    }
}

/// Ends the hub.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StopHub {}

/// Ends the hub and starts it again with the same options.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RestartHub {}
