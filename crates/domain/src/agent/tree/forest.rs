//! The agents and their calls: what follows from each event.
//!
//! Live and in a replay the same code runs here, so that both come to the same state.

mod calls;
mod ends;
mod halts;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use base::{AgentId, CallId, Timestamp};
use thiserror::Error;

use super::effect::Effect;
use super::event::{Event, Happening, Outcome, Spawn};
use crate::agent::budget::{Account, OverBudget};
use crate::agent::call::{Call, CallEnd};
use crate::agent::capability::Rights;
use crate::agent::level::Level;
use crate::agent::state::State;
use calls::settled;

/// An agent, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Who created it; `None` is the person.
    pub parent: Option<AgentId>,
    /// How far up it stands.
    pub level: Level,
    /// What it is to do.
    pub task: String,
    /// What it may do.
    pub rights: Rights,
    /// What it may use and has used.
    pub account: Account,
    /// What it is doing.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// The parent's call that gave it the work.
    pub call: Option<CallId>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    pub(super) children: BTreeSet<AgentId>,
    pub(super) calls: BTreeSet<CallId>,
    pub(super) halt: Option<Halt>,
    /// How often the hub came back since the agent last got any further.
    pub(super) recoveries: u32,
}

/// Why an agent is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Halt {
    /// What it did before.
    pub(super) was: State,
    /// The agent that the person halted: itself or one above it.
    pub(super) by: AgentId,
    pub(super) is_taken_over: bool,
}

/// How far a call has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    Asked { until: Timestamp },
    Approved,
    Begun,
    Ended(CallEnd),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pending {
    /// As it is performed.
    pub(super) call: Call,
    /// The arguments that it was asked with, where the person said yes to others.
    pub(super) asked_with: Option<String>,
    pub(super) progress: Progress,
}

impl Pending {
    /// Whether it is the call that an agent wants here.
    pub(super) fn was_asked_as(&self, call: &Call) -> bool {
        match &self.asked_with {
            None => self.call == *call,
            Some(arguments) => {
                let asked = Call {
                    arguments: arguments.clone(),
                    ..self.call.clone()
                };
                asked == *call
            }
        }
    }
}

/// An event that cannot have happened here: the journal is not whole, or not of this tree.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Misfit {
    /// The agent of an event is not there.
    #[error("agent {0} did something and is not there")]
    NoAgent(AgentId),
    /// The call of an event is not there, or not as far.
    #[error("call {0} went on and was not that far")]
    NoCall(CallId),
    /// An agent cannot go from one state to the other.
    #[error("agent {agent} went from {from} to {to}")]
    Step {
        /// Which.
        agent: AgentId,
        /// From where.
        from: State,
        /// To where.
        to: State,
    },
    /// An agent was granted more than there was.
    #[error("agent {agent} was granted more than there was")]
    Grant {
        /// Which.
        agent: AgentId,
        /// What was missing.
        source: OverBudget,
    },
}

/// All agents and calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Forest {
    pub(super) agents: BTreeMap<AgentId, Agent>,
    pub(super) calls: BTreeMap<CallId, Pending>,
    /// When each question ends.
    pub(super) waits: BTreeSet<(Timestamp, CallId)>,
    /// The agents that ended, the first to be forgotten first.
    ended: VecDeque<AgentId>,
}

impl Forest {
    /// How many agents have not ended.
    pub(super) fn living(&self) -> usize {
        self.agents.len() - self.ended.len()
    }

    /// Takes an event in, and says what the hub does about it.
    pub(super) fn apply(&mut self, event: &Event, then: &mut Vec<Effect>) -> Result<(), Misfit> {
        let at = event.at;
        match &event.what {
            Happening::Spawned(spawn) => self.plant(spawn, at, then),
            Happening::Moved { agent, to } => {
                self.agent_mut(*agent)?.recoveries = 0;
                self.shift(*agent, *to, at)
            }
            Happening::Spent { agent, cost } => {
                let agent = self.agent_mut(*agent)?;
                agent.recoveries = 0;
                // What is over was refused or ended the agent where it was decided.
                let _ = agent.account.spend(*cost);
                Ok(())
            }
            Happening::Asked { call, until } => {
                self.shift_unless(call.agent, State::Waiting, at)?;
                self.waits.insert((*until, call.id));
                then.push(Effect::AskPerson(call.id));
                self.note(call, Progress::Asked { until: *until })
            }
            Happening::Allowed { call, .. } => self.note(call, Progress::Approved),
            Happening::Refused { call, why } => {
                let end = CallEnd::Refused(*why);
                self.note(call, Progress::Ended(end.clone()))?;
                then.push(settled(call, end));
                Ok(())
            }
            Happening::Approved { call, instead } => {
                self.answered(*call, Progress::Approved)?;
                if let Some(arguments) = instead {
                    let pending = self.call_mut(*call)?;
                    let asked = std::mem::replace(&mut pending.call.arguments, arguments.clone());
                    pending.asked_with = Some(asked);
                }
                self.stop_waiting(*call, at)
            }
            Happening::Declined { call, why } => {
                let end = CallEnd::Declined(*why);
                let declined = self.answered(*call, Progress::Ended(end.clone()))?;
                then.extend([Effect::Withdraw(*call), settled(&declined, end)]);
                self.stop_waiting(*call, at)
            }
            Happening::Began { call } => {
                let pending = self.call_mut(*call)?;
                if pending.progress != Progress::Approved {
                    return Err(Misfit::NoCall(*call));
                }
                pending.progress = Progress::Begun;
                then.push(Effect::Perform(pending.call.clone()));
                Ok(())
            }
            Happening::Ended { call, end } => self.call_ended(*call, end, then),
            Happening::Paused { agent } => self.pause(*agent, at, then),
            Happening::Resumed { agent } => self.resume(*agent, at, then),
            Happening::TakenOver { agent } => self.take_over(*agent, at, then),
            Happening::Finished { agent, outcome } => self.finish(*agent, outcome, at, then),
            Happening::Recovered { agent } => {
                self.agent_mut(*agent)?.recoveries += 1;
                Ok(())
            }
        }
    }

    /// An agent and all below it that have not ended, each before those below it. No recursion: how deep a
    /// tree is must not decide how much stack it takes.
    pub(super) fn subtree(&self, root: AgentId) -> Vec<AgentId> {
        let mut found = vec![root];
        let mut next = 0;
        while let Some(agent) = found.get(next).and_then(|id| self.agents.get(id)) {
            let children = agent.children.iter().copied();
            found.extend(children.filter(|id| self.is_alive(*id)));
            next += 1;
        }
        found
    }

    pub(super) fn is_alive(&self, agent: AgentId) -> bool {
        let agent = self.agents.get(&agent);
        agent.is_some_and(|agent| !agent.state.is_ended())
    }

    fn agent_mut(&mut self, id: AgentId) -> Result<&mut Agent, Misfit> {
        self.agents.get_mut(&id).ok_or(Misfit::NoAgent(id))
    }

    fn call_mut(&mut self, id: CallId) -> Result<&mut Pending, Misfit> {
        self.calls.get_mut(&id).ok_or(Misfit::NoCall(id))
    }

    fn plant(
        &mut self,
        spawn: &Spawn,
        at: Timestamp,
        then: &mut Vec<Effect>,
    ) -> Result<(), Misfit> {
        let agent = spawn.agent;
        let account = match spawn.parent {
            None => Account::new(spawn.budget),
            Some(parent) => {
                let parent = self.agent_mut(parent)?;
                let granted = parent.account.grant(spawn.budget);
                let account = granted.map_err(|source| Misfit::Grant { agent, source })?;
                parent.children.insert(agent);
                account
            }
        };
        let planted = Agent {
            parent: spawn.parent,
            level: spawn.level,
            task: spawn.task.clone(),
            rights: spawn.rights.clone(),
            account,
            state: State::Created,
            since: at,
            call: spawn.call,
            outcome: None,
            children: BTreeSet::new(),
            calls: BTreeSet::new(),
            halt: None,
            recoveries: 0,
        };
        self.agents.insert(agent, planted);
        then.push(Effect::Start {
            agent,
            from: State::Created,
        });
        Ok(())
    }

    /// A step of an agent, also while it is paused: then it is where it goes on.
    fn shift(&mut self, id: AgentId, to: State, at: Timestamp) -> Result<(), Misfit> {
        let agent = self.agent_mut(id)?;
        let place = match &mut agent.halt {
            Some(halt) if !to.is_ended() && to != State::Paused => &mut halt.was,
            Some(_) | None => &mut agent.state,
        };
        if !place.may_become(to) {
            return Err(Misfit::Step {
                agent: id,
                from: *place,
                to,
            });
        }
        *place = to;
        agent.since = at;
        Ok(())
    }

    fn shift_unless(&mut self, id: AgentId, to: State, at: Timestamp) -> Result<(), Misfit> {
        if self.agent_mut(id)?.state == to {
            return Ok(());
        }
        self.shift(id, to, at)
    }
}
