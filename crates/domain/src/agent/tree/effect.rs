//! What the tree is told, what it wants done, and why it refuses.

use base::{AgentId, CallId};
use thiserror::Error;

use super::event::{Event, Failure, Outcome, Spawn};
use crate::agent::budget::{Cost, OverBudget};
use crate::agent::call::{Call, CallEnd, Labels};
use crate::agent::capability::{BeyondRights, Standing};
use crate::agent::level::{Level, PermissionDenied};
use crate::agent::state::State;

/// What the tree is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// An agent is to come about.
    Spawn(Spawn),
    /// An agent plans or works now.
    Move {
        /// Which.
        agent: AgentId,
        /// [`State::Planning`] or [`State::Working`].
        to: State,
    },
    /// An agent used something up.
    Spend {
        /// Which.
        agent: AgentId,
        /// How much.
        cost: Cost,
    },
    /// An agent wants a call performed. The same call again is answered from memory.
    Call {
        /// The call.
        call: Call,
        /// All that the person said about the tool, for all conversations and for this one.
        said: Vec<Standing>,
    },
    /// The person says yes to a call.
    Approve(CallId),
    /// The person says yes to a call with other arguments, such as those in which something is hidden.
    ApproveInstead {
        /// Which.
        call: CallId,
        /// The arguments, as JSON text of an object.
        arguments: String,
    },
    /// The person says no to a call.
    Decline(CallId),
    /// A call that was performed ended.
    Ended {
        /// Which.
        call: CallId,
        /// How.
        end: CallEnd,
    },
    /// An agent came to its answer.
    Answer {
        /// Which.
        agent: AgentId,
        /// The answer.
        text: String,
        /// Where its parts came from.
        labels: Labels,
    },
    /// An agent cannot go on.
    Fail {
        /// Which.
        agent: AgentId,
        /// Why.
        failure: Failure,
    },
    /// The person halts an agent and all below it.
    Pause(AgentId),
    /// The person lets an agent go on that was paused or taken over.
    Resume(AgentId),
    /// The person ends an agent and all below it.
    Cancel(AgentId),
    /// The person does an agent's work from now on.
    TakeOver(AgentId),
    /// The person answers in place of an agent that was taken over.
    AnswerInstead {
        /// Which.
        agent: AgentId,
        /// The answer.
        text: String,
    },
}

/// What the hub does next, in this order.
///
/// What only tells somebody ([`Effect::TellInterrupted`], [`Effect::Report`] to the person) is lost when the
/// hub crashes just before it: whoever must not miss it reads it from the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write this to disk before going on.
    Record(Event),
    /// Run the turn of an agent: a new one, or after a crash the one that it was in.
    Start {
        /// Which.
        agent: AgentId,
        /// Where it was. A paused one is made ready, and held back until [`Effect::Resume`].
        from: State,
    },
    /// Hold back what the turn of an agent wants.
    Hold(AgentId),
    /// Go on with the turn of an agent.
    Resume(AgentId),
    /// End the turn of an agent. It comes for the agents below it first.
    Stop(AgentId),
    /// Ask the person about a call.
    AskPerson(CallId),
    /// The question about a call is void.
    Withdraw(CallId),
    /// Perform a call, and tell how it ended.
    Perform(Call),
    /// Tell an agent's turn what became of its call. After a crash it may come twice.
    Settled {
        /// Whose.
        agent: AgentId,
        /// Which.
        call: CallId,
        /// What became of it.
        end: CallEnd,
    },
    /// Tell the person that it is not known whether a call happened.
    TellInterrupted(Call),
    /// Tell the parent, or the person, how an agent ended.
    Report {
        /// The parent; `None` is the person.
        to: Option<AgentId>,
        /// Who ended.
        from: AgentId,
        /// How.
        outcome: Outcome,
    },
}

/// Why the tree does not do what it is told. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No agent has this id.
    #[error("there is no agent {0}")]
    NoSuchAgent(AgentId),
    /// An agent has this id already.
    #[error("there is an agent {0} already")]
    AgentExists(AgentId),
    /// The agent cannot do this in its state.
    #[error("agent {agent} cannot do this while it is {state}")]
    WrongState {
        /// Which.
        agent: AgentId,
        /// Its state.
        state: State,
    },
    /// The level above may not create the level below.
    #[error(transparent)]
    Denied(#[from] PermissionDenied),
    /// The person talks with an agent of level admin only.
    #[error("an agent without a parent is of level admin, not {0}")]
    NotAnAdmin(Level),
    /// The parent has too little left.
    #[error(transparent)]
    OverBudget(#[from] OverBudget),
    /// The parent has not these rights itself.
    #[error(transparent)]
    BeyondRights(#[from] BeyondRights),
    /// See [`AGENTS_MAX`](super::AGENTS_MAX).
    #[error("there are {0} agents already")]
    TooManyAgents(usize),
    /// See [`CALLS_MAX`](super::CALLS_MAX).
    #[error("agent {0} made too many calls")]
    TooManyCalls(AgentId),
    /// No call has this id.
    #[error("there is no call {0}")]
    NoSuchCall(CallId),
    /// Another call has this id.
    #[error("there is another call {0}")]
    OtherCall(CallId),
    /// The call does not wait for the person.
    #[error("nobody is asked about call {0}")]
    NotAsked(CallId),
    /// The call is not being performed.
    #[error("call {0} is not being performed")]
    NotBegun(CallId),
    /// The call does not give work to an agent, or does so already.
    #[error("call {0} does not wait for an agent")]
    NotDelegating(CallId),
    /// The agent was halted together with one above it.
    #[error("agent {agent} was paused with agent {by}")]
    PausedWith {
        /// Which.
        agent: AgentId,
        /// The one that the person halted.
        by: AgentId,
    },
    /// The person did not take this agent's work over.
    #[error("agent {0} was not taken over")]
    NotTakenOver(AgentId),
}
