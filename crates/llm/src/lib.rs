//! Language models: one trait, the embedded engine and other servers behind it, and the files that models
//! come in.
//!
//! The hub calls this crate. It never sees conversations, the store or a network client's token; it
//! gets text and gives text. The words for what to write come from [`wire::engine`], so that there is
//! one vocabulary from the door to llama.cpp.

mod catalogue;
mod engine;
mod model;
mod pull;
pub mod served;
mod shelf;
pub mod tools;

pub use catalogue::{Catalogue, CatalogueError, CatalogueModel};
pub use engine::{Engine, EngineSetup, EngineStatus, Stats};
pub use model::{About, Answering, Embeddings, Happening, Model, ModelError};
pub use pull::{Patience, Progress, PullError, PullSource, SourceError, Stage, pull, pull_with};
pub use shelf::{Condition, InstalledModel, Shelf, ShelfError};
pub use wire::engine::{
    CALL_BEGINS, CALL_ENDS, CallShape, ChatTurn, Constraint, EngineFault, FinishReason, Generation,
    LikelyToken, ModelFacts, OfferedTool, Overflow, Prompt, Sampling, TokenLogprob, Usage,
};
