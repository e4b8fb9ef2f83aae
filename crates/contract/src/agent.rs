//! Agents: who does what, why and at what cost, and what a person may do about it.

use base::{AgentId, CallId, ConversationId, MessageId, Timestamp};
use serde::{Deserialize, Serialize};

/// The most agents in one [`AgentList`].
pub const AGENTS_LISTED_MAX: u32 = 1_000;

/// Lists agents: those at work first, then the newest that ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListAgents {
    /// Only those of this conversation.
    #[serde(default)]
    pub conversation: Option<ConversationId>,
    /// At most this many, up to [`AGENTS_LISTED_MAX`]; `None` for 100.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Some agents. A parent stands before its children.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentList {
    /// The agents.
    pub agents: Vec<AgentView>,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentView {
    /// Names it.
    pub id: AgentId,
    /// Who created it; `None` for the one that the person talks with.
    pub parent: Option<AgentId>,
    /// What it may do to others.
    pub level: AgentLevel,
    /// The conversation that it works for.
    pub conversation: ConversationId,
    /// The answer that it writes or contributes to.
    pub answer: Option<MessageId>,
    /// What it was asked to do.
    pub task: String,
    /// What it does now.
    pub state: AgentState,
    /// Why it is in this state, in words for a person; empty where the state says all.
    #[serde(default)]
    pub reason: String,
    /// The call that waits for the person's answer.
    #[serde(default)]
    pub waits_for: Option<CallId>,
    /// What it may still use up, and what it has used.
    pub budget: BudgetView,
    /// Its steps so far: each is one answer of the model.
    pub steps: u32,
    /// Calls of tools so far.
    pub calls: u32,
    /// When it was created.
    pub created: Timestamp,
    /// When it ended.
    #[serde(default)]
    pub ended: Option<Timestamp>,
}

/// What an agent may do to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentLevel {
    /// Talks with the person; creates managers and workers.
    Admin,
    /// Divides a task; creates workers.
    Manager,
    /// Does a task; creates nobody.
    Worker,
}

/// What an agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// It exists and has not begun.
    Created,
    /// It decides what to do.
    Planning,
    /// It works.
    Working,
    /// It waits for the person's answer.
    WaitingForApproval,
    /// The person paused it.
    Paused,
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl AgentState {
    /// Whether nothing follows.
    #[must_use]
    pub fn is_end(self) -> bool {
        match self {
            Self::Done | Self::Failed | Self::Cancelled => true,
            Self::Created
            | Self::Planning
            | Self::Working
            | Self::WaitingForApproval
            | Self::Paused => false,
        }
    }
}

/// What an agent may use up. What it granted to its children counts as used until they end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BudgetView {
    /// Tokens that it was granted.
    pub tokens: u64,
    /// Tokens that it has used, or granted to children.
    pub tokens_used: u64,
    /// Time that it was granted, in milliseconds.
    pub wall_ms: u64,
    /// Time that has passed, in milliseconds.
    pub wall_ms_used: u64,
    /// Children that it may have.
    pub children: u32,
    /// Children that it has had.
    pub children_used: u32,
}

/// Shows what an agent did, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowAgent {
    /// Which.
    pub agent: AgentId,
}

/// An agent and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentDetail {
    /// The agent.
    pub agent: AgentView,
    /// Its steps, the oldest first.
    pub steps: Vec<StepView>,
}

/// One step of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// When.
    pub at: Timestamp,
    /// What kind of step.
    pub kind: StepKind,
    /// What was said, called or returned, shortened.
    pub text: String,
}

/// What kind of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// The task came in.
    Task,
    /// The model said something.
    Said,
    /// A tool was called.
    Called,
    /// A tool returned something.
    Returned,
    /// A call was refused, by the rules or by the person.
    Refused,
    /// A child was created.
    Delegated,
    /// It ended.
    Ended,
}

/// Pauses an agent and all below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseAgent {
    /// Which.
    pub agent: AgentId,
}

/// Lets a paused agent and all below it go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeAgent {
    /// Which.
    pub agent: AgentId,
}

/// Cancels an agent and all below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelAgent {
    /// Which.
    pub agent: AgentId,
}

/// Ends an agent with an answer that the person gives in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeOverAgent {
    /// Which.
    pub agent: AgentId,
    /// What the one who created it gets as its answer.
    pub text: String,
}
