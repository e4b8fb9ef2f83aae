//! Language models: those that are installed, and those that can be.

use base::{ByteCount, PullId, Timestamp, TokenCount};
use serde::{Deserialize, Serialize};

use crate::Fault;

/// Lists installed and recommended models, downloads, and what the engine does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListModels {}

/// Models and what the engine does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelsView {
    /// What is installed, also files that cannot be used.
    pub installed: Vec<InstalledModel>,
    /// What is recommended.
    pub catalogue: Vec<RecommendedModel>,
    /// Downloads that are under way or ended since the start.
    pub pulls: Vec<PullView>,
    /// What the engine does now.
    pub engine: EngineView,
    /// The model that answers when none is named.
    pub chosen: Option<String>,
}

/// A model on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstalledModel {
    /// The name.
    pub name: String,
    /// The file.
    pub path: String,
    /// Size of the file.
    pub file_bytes: ByteCount,
    /// What its header says, or why it cannot be used.
    pub header: Result<ModelHeader, Fault>,
    /// When it came here.
    pub added: Timestamp,
    /// Whether its content was checked against a published checksum.
    pub verified: bool,
}

/// What the header of a model file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelHeader {
    /// The architecture, such as `llama`.
    pub architecture: String,
    /// The title that its makers gave it.
    pub title: Option<String>,
    /// The quantisation, such as `Q4_1`.
    pub quantisation: String,
    /// Number of weights.
    pub parameters: u64,
    /// Tokens that it was trained to hold.
    pub context: TokenCount,
    /// Whether it brings a chat template.
    pub has_chat_template: bool,
    /// The licence, where the file says it.
    pub licence: Option<String>,
    /// Memory that it needs, estimated.
    pub memory_about: ByteCount,
}

/// A model that we recommend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecommendedModel {
    /// The name.
    pub name: String,
    /// The title.
    pub title: String,
    /// What it is good for.
    pub good_for: String,
    /// Size of the file.
    pub file_bytes: ByteCount,
    /// The quantisation.
    pub quantisation: String,
    /// Memory that it needs.
    pub memory_needed: ByteCount,
    /// The licence.
    pub licence: String,
    /// Whether it is installed.
    pub installed: bool,
    /// Whether it fits into the memory of this machine.
    pub fits: bool,
}

/// What the engine does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum EngineView {
    /// No model is in memory; the first question loads one.
    Asleep,
    /// The engine program starts.
    Starting,
    /// A model is being loaded.
    Loading {
        /// Which.
        model: String,
        /// 0.0 to 1.0.
        share: f32,
    },
    /// A model is in memory.
    Ready {
        /// Which.
        model: String,
        /// What it computes on, such as `CPU (zen4)`.
        device: String,
        /// Tokens that one conversation may hold.
        context: TokenCount,
        /// Answers that are being written.
        answering: u32,
    },
    /// It cannot be used.
    Failed {
        /// Why.
        fault: Fault,
    },
}

/// Shows one installed model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowModel {
    /// Its name.
    pub name: String,
}

/// One installed model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelDetail {
    /// The model.
    pub model: InstalledModel,
    /// SHA-256 of the file in hex, where it is known.
    pub sha256: Option<String>,
    /// Where it came from, where it is known.
    pub source: Option<String>,
    /// Names under which the API offers it too.
    pub aliases: Vec<String>,
}

/// Downloads a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullModel {
    /// A name of the catalogue, an `https` address, a Hugging Face path `owner/repo/file.gguf`, or the
    /// path of a file on this machine.
    pub source: String,
    /// SHA-256 in hex that the file must have.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// Cancels a download. What came is kept for the next try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelPull {
    /// Which.
    pub pull: PullId,
}

/// A download.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PullView {
    /// Names it.
    pub id: PullId,
    /// From where.
    pub source: String,
    /// How far it is.
    pub state: PullState,
}

/// How far a download is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum PullState {
    /// Bytes come in.
    Running {
        /// Bytes so far.
        have: ByteCount,
        /// Bytes in all, where known.
        total: Option<ByteCount>,
        /// Bytes a second.
        per_second: ByteCount,
    },
    /// It is installed.
    Done {
        /// Under this name.
        model: String,
    },
    /// The person cancelled it.
    Cancelled,
    /// It failed.
    Failed {
        /// Why.
        fault: Fault,
    },
}

/// Deletes an installed model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveModel {
    /// Its name.
    pub name: String,
}

/// Gives the memory of the model back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnloadModel {}
