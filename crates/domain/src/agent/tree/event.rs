//! What happened in the tree, as it goes to disk.

use base::{AgentId, CallId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agent::budget::{Budget, Cost, Resource};
use crate::agent::call::{Call, CallEnd, Declined, Labels, Refused};
use crate::agent::capability::{Rights, Standing};
use crate::agent::level::Level;
use crate::agent::state::State;

/// One thing that happened, and when. All of the tree follows from these, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// An agent came about.
    Spawned(Spawn),
    /// An agent began to plan or to work.
    Moved {
        /// Which.
        agent: AgentId,
        /// What it does now.
        to: State,
    },
    /// An agent used something up.
    Spent {
        /// Which.
        agent: AgentId,
        /// How much.
        cost: Cost,
    },
    /// The person is asked about a call.
    Asked {
        /// The call.
        call: Call,
        /// When it is declined without an answer.
        until: Timestamp,
    },
    /// A call needs no question.
    Allowed {
        /// The call.
        call: Call,
        /// The person's word that allows it; none is needed for reading. [`Standing::Once`] is struck out.
        standing: Option<Standing>,
    },
    /// A call may not be.
    Refused {
        /// The call.
        call: Call,
        /// Why.
        why: Refused,
    },
    /// The person said yes to a call.
    Approved {
        /// Which.
        call: CallId,
        /// The arguments that the person said yes to, where they are others than it was asked with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<String>,
    },
    /// A call was not approved.
    Declined {
        /// Which.
        call: CallId,
        /// Why.
        why: Declined,
    },
    /// A call is performed from now on.
    Began {
        /// Which.
        call: CallId,
    },
    /// A call ended.
    Ended {
        /// Which.
        call: CallId,
        /// How.
        end: CallEnd,
    },
    /// The person halted an agent and all below it.
    Paused {
        /// Which.
        agent: AgentId,
    },
    /// The person let an agent go on, and all that were halted with it.
    Resumed {
        /// Which.
        agent: AgentId,
    },
    /// The person does an agent's work from now on. All agents below it are cancelled.
    TakenOver {
        /// Which.
        agent: AgentId,
    },
    /// An agent ended. All agents below it are cancelled.
    Finished {
        /// Which.
        agent: AgentId,
        /// How.
        outcome: Outcome,
    },
    /// The hub came back after a crash, and the agent goes on.
    Recovered {
        /// Which.
        agent: AgentId,
    },
}

/// An agent that comes about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spawn {
    /// Its id.
    pub agent: AgentId,
    /// Who creates it; `None` is the person.
    pub parent: Option<AgentId>,
    /// How far up it stands.
    pub level: Level,
    /// What it is to do, in words.
    pub task: String,
    /// What it may use.
    pub budget: Budget,
    /// What it may do.
    pub rights: Rights,
    /// The parent's call that gives it the work, and that ends with its answer.
    pub call: Option<CallId>,
}

/// How an agent ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With an answer.
    Answered {
        /// The answer.
        text: String,
        /// Where its parts came from.
        labels: Labels,
    },
    /// With an answer that the person gave in its place.
    AnsweredByPerson {
        /// The answer.
        text: String,
    },
    /// Without an answer.
    Failed(Failure),
    /// It was ended from outside.
    Cancelled(Cancelled),
}

/// Why an agent failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Its turn came to no answer.
    Turn {
        /// Why.
        reason: String,
        /// Where the reason came from.
        labels: Labels,
    },
    /// It used more than it was granted.
    Overspent(Resource),
    /// The hub crashed again and again while it worked.
    CrashedTooOften,
}

/// Who ended an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancelled {
    /// The person, this agent itself.
    ByPerson,
    /// An agent above it ended.
    WithParent,
    /// The person took over the work of the agent above it.
    TakenOver,
}

impl Outcome {
    /// The state that an agent ends in by this.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Answered { .. } | Self::AnsweredByPerson { .. } => State::Done,
            Self::Failed(_) => State::Failed,
            Self::Cancelled(_) => State::Cancelled,
        }
    }

    /// What the call that gave the work away brought.
    #[must_use]
    pub fn as_call_end(&self) -> CallEnd {
        match self {
            Self::Answered { text, labels } => CallEnd::Done {
                text: text.clone(),
                labels: labels.clone(),
            },
            Self::AnsweredByPerson { text } => CallEnd::Done {
                text: text.clone(),
                labels: Labels::new(),
            },
            Self::Failed(failure) => failure.as_call_end(),
            Self::Cancelled(_) => CallEnd::Cancelled,
        }
    }
}

impl Failure {
    fn as_call_end(&self) -> CallEnd {
        let (reason, labels) = match self {
            Self::Turn { reason, labels } => (reason.clone(), labels.clone()),
            Self::Overspent(resource) => {
                (format!("the agent used up its {resource}"), Labels::new())
            }
            Self::CrashedTooOften => (
                "HAI-Net crashed repeatedly during this work".to_owned(),
                Labels::new(),
            ),
        };
        CallEnd::Failed { reason, labels }
    }
}
