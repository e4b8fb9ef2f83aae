//! Calls of tools: what an agent wants done, and what became of it.

use std::collections::BTreeSet;

use base::{AgentId, CallId};
use serde::{Deserialize, Serialize};

use super::capability::Capability;

/// Where the parts of a text came from, as the guardian names it. Here the names only travel.
pub type Labels = BTreeSet<String>;

/// What a call changes outside the agent, and so what may happen when it was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideEffects {
    /// It only reads: again is harmless.
    None,
    /// It changes something, and whoever performs it does so once for each [`CallId`]: again is harmless.
    ExactlyOnce,
    /// It changes something, and whether it happened cannot be known when it was cut off.
    AtMostOnce,
}

impl SideEffects {
    /// Whether the same call may be performed again after it was cut off.
    #[must_use]
    pub fn may_repeat(self) -> bool {
        match self {
            Self::None | Self::ExactlyOnce => true,
            Self::AtMostOnce => false,
        }
    }
}

/// A call that an agent wants performed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its id; with the same id it is the same call.
    pub id: CallId,
    /// Whose call it is.
    pub agent: AgentId,
    /// The tool's name.
    pub tool: String,
    /// JSON text of an object: exactly what the person is asked about, and what is performed.
    pub arguments: String,
    /// What the agent must be allowed to do.
    pub capability: Capability,
    /// What it changes.
    pub side_effects: SideEffects,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEnd {
    /// It was performed.
    Done {
        /// What it brought.
        text: String,
        /// Where that came from.
        labels: Labels,
    },
    /// It was tried.
    Failed {
        /// Why it did not work.
        reason: String,
        /// Where the reason came from: a server's words, a file's name.
        labels: Labels,
    },
    /// Nobody was asked: it may not be.
    Refused(Refused),
    /// The person was asked.
    Declined(Declined),
    /// It was cut off, and it is not known whether it happened. It is never run again by itself.
    Interrupted,
    /// It was called off before it ended.
    Cancelled,
}

/// Why a call may not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The agent has no right to it.
    Rights,
    /// The person said "never" about the tool.
    Never,
}

/// Why a call was not approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Declined {
    /// The person said no.
    ByPerson,
    /// The person did not say anything in time.
    Unanswered,
    /// The person took over the agent's work.
    TakenOver,
}

impl CallEnd {
    /// What the model is told.
    #[must_use]
    pub fn observation(&self) -> String {
        match self {
            Self::Done { text, .. } => text.clone(),
            Self::Failed { reason, .. } => format!("The call failed: {reason}"),
            Self::Refused(Refused::Rights) => "Refused: you have no right to this tool.".to_owned(),
            Self::Refused(Refused::Never) => {
                "Refused: the person does not allow this tool.".to_owned()
            }
            Self::Declined(Declined::ByPerson) => "The person declined this call.".to_owned(),
            Self::Declined(Declined::Unanswered) => {
                "The person was asked and did not answer; the call was not made.".to_owned()
            }
            Self::Declined(Declined::TakenOver) => {
                "The person took over; the call was not made.".to_owned()
            }
            Self::Interrupted => {
                "The call was cut off. It is not known whether it happened. Do not repeat it."
                    .to_owned()
            }
            Self::Cancelled => "The call was called off.".to_owned(),
        }
    }

    /// Where what the model is told came from.
    #[must_use]
    pub fn labels(&self) -> Labels {
        match self {
            Self::Done { labels, .. } | Self::Failed { labels, .. } => labels.clone(),
            Self::Refused(_) | Self::Declined(_) | Self::Interrupted | Self::Cancelled => {
                Labels::new()
            }
        }
    }
}
