//! What a turn is told and what it wants done.

use std::num::NonZeroU32;

use base::{AgentId, CallId, Milliseconds, Timestamp, TokenCount};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::agent::call::{Call, CallEnd, Labels, SideEffects};
use crate::agent::capability::Capability;

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// The JSON schema of its arguments, as text: an object.
    pub schema: String,
    /// What an agent must be allowed to do.
    pub capability: Capability,
    /// What it changes.
    pub side_effects: SideEffects,
}

/// What an agent is to do in a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Whose turn it is.
    pub agent: AgentId,
    /// What the model is told about itself.
    pub instructions: String,
    /// What was said before, the first first.
    pub earlier: Vec<Message>,
    /// The task in words.
    pub text: String,
    /// Where all of this came from.
    pub labels: Labels,
    /// The tools that it may call.
    pub tools: Vec<Tool>,
    /// How it begins.
    pub opening: Opening,
    /// Tokens that the model may read and write.
    pub tokens: TokenCount,
    /// How long it may take.
    pub wall: Milliseconds,
    /// How much the model holds.
    pub room: Room,
}

/// How a turn begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// The model answers or calls, as it sees fit.
    Free,
    /// The model says in words what it is going to do.
    Plan,
    /// The model calls a tool before it answers: the answer needs what only a tool knows.
    Call,
}

/// How much of a conversation the model holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Tokens of questions and answers together.
    pub tokens: TokenCount,
    /// How many bytes of text a token of this model has, rounded down: 3 or 4 for most.
    pub bytes_per_token: NonZeroU32,
}

/// Who said something, as chat templates name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// HAI-Net about the model itself.
    System,
    /// Who gave the task.
    User,
    /// The model.
    Assistant,
    /// A tool.
    Tool,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// By whom.
    pub role: Role,
    /// The words.
    pub text: String,
    /// The calls that the model made with these words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Wanted>,
    /// The call that a tool answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<CallId>,
}

/// A call as the model wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Its id, which the hub gave it.
    pub id: CallId,
    /// The name of a tool, or so the model thinks.
    pub name: String,
    /// JSON text, or so the model thinks.
    pub arguments: String,
}

/// What the model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The conversation.
    pub messages: Vec<Message>,
    /// The tools that the model is told about.
    pub tools: Vec<Tool>,
    /// What it may do.
    pub choice: Choice,
    /// The most tokens that it may read and write.
    pub tokens_max: TokenCount,
}

/// What the model may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Answer in words only.
    Answer,
    /// Answer, or call tools.
    Either,
    /// Call tools only.
    Call,
}

/// What a turn is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Input {
    /// Here is the task.
    Begun(Box<Task>),
    /// The model said this.
    Said {
        /// Its words.
        text: String,
        /// Its calls.
        calls: Vec<Wanted>,
        /// What question and answer cost.
        tokens: TokenCount,
    },
    /// The model cannot be asked.
    ModelFailed {
        /// Why.
        reason: String,
    },
    /// A call ended, in whatever way.
    CallEnded {
        /// Which.
        call: CallId,
        /// How.
        end: CallEnd,
    },
    /// The hub came back after a crash: what the turn waits for is to be done again.
    Recovered,
    /// The agent was ended from outside.
    Cancelled,
    /// The turn's time is over. [`handle_timeout`](super::Turn::handle_timeout) says so.
    TimeSpent,
}

/// What a turn was told, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub input: Input,
}

/// What the hub does next, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write this to disk before going on.
    Record(Event),
    /// Ask the model.
    AskModel(Question),
    /// Take these calls to the tree. After a crash they may come again, with the same ids.
    Perform(Vec<Call>),
    /// The turn ended with this answer.
    Answer {
        /// The answer.
        text: String,
        /// Where all that it may be made of came from.
        labels: Labels,
        /// Why it is the end.
        ending: Ending,
    },
    /// The turn ended without one.
    Fail {
        /// Why.
        failure: Failure,
        /// Where all that the turn has seen came from.
        labels: Labels,
    },
}

/// Why a turn came to its end. In all but the first case the person should know that there may be more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The model had its answer.
    Answered,
    /// Its calls went in circles.
    Loop,
    /// Too much of what it wrote was invalid.
    Repairs,
    /// It asked too often.
    StepsSpent,
    /// Its tokens were used up.
    TokensSpent,
    /// Its time was used up.
    TimeSpent,
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Answered => "the model ended it",
            Self::Loop => "the model went in circles",
            Self::Repairs => "too much of what the model wrote was invalid",
            Self::StepsSpent => "all steps were used up",
            Self::TokensSpent => "all tokens were used up",
            Self::TimeSpent => "the time was used up",
        })
    }
}

/// Why a turn has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// The model cannot be asked.
    #[error("the model cannot be asked: {0}")]
    Model(String),
    /// It had to end, and nothing was found until then.
    #[error("nothing was found, and {0}")]
    NothingFound(Ending),
    /// It was ended from outside.
    #[error("the work was cancelled")]
    Cancelled,
}

/// Why a turn does not take an input. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The turn does not wait for this now.
    #[error("the turn does not wait for this now")]
    OutOfPlace,
    /// The turn does not wait for the end of this call.
    #[error("the turn does not wait for call {0}")]
    NoSuchCall(CallId),
    /// This id was given to a call before.
    #[error("there is a call {0} already")]
    KnownCall(CallId),
    /// Two tools have one name.
    #[error("two tools are called {0}")]
    SameName(String),
    /// The schema of a tool is not a JSON schema of an object.
    #[error("the arguments of {0} are not described by a JSON schema of an object")]
    BadSchema(String),
}
