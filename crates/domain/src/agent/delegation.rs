//! Giving work to another agent: a call like others, whose outcome is the other agent's answer.

use serde::Deserialize;
use thiserror::Error;

use super::call::SideEffects;
use super::capability::Capability;
use super::level::Level;
use super::turn::Tool;

/// The name under which a model calls it.
pub const DELEGATE: &str = "delegate";

/// What a model must write to give work away.
const SCHEMA: &str = r#"{"type":"object","properties":{"to":{"type":"string","enum":["worker","manager"]},"task":{"type":"string"},"tools":{"type":"array","items":{"type":"string"}}},"required":["to","task"]}"#;

/// Work that an agent gives away.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// What kind of agent is to do it. Whether that may be is decided by [`may_create`].
    ///
    /// [`may_create`]: super::level::may_create
    pub to: Level,
    /// What is to be done, in words.
    pub task: String,
    /// The names of the tools that it takes; without any, those of the agent that gives it away.
    pub tools: Option<Vec<String>>,
}

/// The arguments of a call that gives work away cannot be read.
#[derive(Debug, Error)]
#[error("the work to give away cannot be read")]
pub struct UnreadableDelegation(#[from] serde_json::Error);

impl Delegation {
    /// Reads the arguments of a call of [`tool`].
    pub fn read(arguments: &str) -> Result<Self, UnreadableDelegation> {
        Ok(serde_json::from_str(arguments)?)
    }
}

/// The tool itself. It asks nobody: it changes nothing outside the tree, and what the new agent calls is
/// ruled on by itself. The tree creates one agent for each call, so a call that was cut off may come again.
#[must_use]
pub fn tool() -> Tool {
    Tool {
        name: DELEGATE.to_owned(),
        description: "Give a task to another agent and get its answer. A worker does one task; a \
                      manager divides a larger one among workers."
            .to_owned(),
        schema: SCHEMA.to_owned(),
        capability: Capability::Delegate,
        side_effects: SideEffects::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_for_a_worker_is_read_with_and_without_tools() {
        let read = Delegation::read(r#"{"to":"worker","task":"count","tools":["notes"]}"#);
        assert_eq!(read.expect("whole").tools, Some(vec!["notes".to_owned()]));
        let read = Delegation::read(r#"{"to":"manager","task":"count"}"#).expect("whole");
        assert_eq!((read.to, read.tools), (Level::Manager, None));
        assert!(Delegation::read(r#"{"to":"boss","task":"count"}"#).is_err());
    }
}
