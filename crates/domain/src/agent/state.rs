//! The states of an agent, and which may follow which.

use serde::{Deserialize, Serialize};

/// What an agent is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Written down, not begun.
    Created,
    /// Thinks about how to do its task.
    Planning,
    /// Does it.
    Working,
    /// Waits for the person's word on a call.
    Waiting,
    /// Halted by the person.
    Paused,
    /// Ended with an answer.
    Done,
    /// Ended without.
    Failed,
    /// Ended by the person, or with the agent above it.
    Cancelled,
}

/// The one table of what may follow what.
const NEXT: [(State, &[State]); 8] = {
    use State::{Cancelled, Created, Done, Failed, Paused, Planning, Waiting, Working};
    [
        (Created, &[Planning, Working, Paused, Failed, Cancelled]),
        (
            Planning,
            &[Working, Waiting, Paused, Done, Failed, Cancelled],
        ),
        (
            Working,
            &[Planning, Waiting, Paused, Done, Failed, Cancelled],
        ),
        (Waiting, &[Working, Paused, Done, Failed, Cancelled]),
        // Back to where it was; done when the person, who took over, answers.
        (
            Paused,
            &[Created, Planning, Working, Waiting, Done, Failed, Cancelled],
        ),
        (Done, &[]),
        (Failed, &[]),
        (Cancelled, &[]),
    ]
};

impl State {
    /// Whether `next` may follow.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        let row = NEXT.iter().find(|(state, _)| *state == self);
        row.is_some_and(|(_, allowed)| allowed.contains(&next))
    }

    /// Whether nothing follows any more.
    #[must_use]
    pub fn is_ended(self) -> bool {
        match self {
            Self::Done | Self::Failed | Self::Cancelled => true,
            Self::Created | Self::Planning | Self::Working | Self::Waiting | Self::Paused => false,
        }
    }

    /// Whether the agent does something by itself now, so that it may call tools and create agents.
    #[must_use]
    pub fn is_active(self) -> bool {
        match self {
            Self::Planning | Self::Working | Self::Waiting => true,
            Self::Created | Self::Paused | Self::Done | Self::Failed | Self::Cancelled => false,
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Planning => "planning",
            Self::Working => "working",
            Self::Waiting => "waiting for approval",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_row_and_only_ended_ones_have_no_way_out() {
        for (state, next) in NEXT {
            assert_eq!(state.is_ended(), next.is_empty(), "{state}");
            assert!(!state.may_become(state), "{state} is not a step");
            if !state.is_ended() {
                for end in [State::Failed, State::Cancelled] {
                    assert!(state.may_become(end), "{state} can always be ended");
                }
            }
        }
    }

    #[test]
    fn agent_that_never_began_is_never_done() {
        assert!(!State::Created.may_become(State::Done));
        assert!(!State::Done.may_become(State::Working));
    }
}
