//! What may happen: every rule is checked here before an event comes about.

use base::{AgentId, CallId, Timestamp};

use super::effect::{Effect, Input, Refusal};
use super::event::{Cancelled, Failure, Happening, Outcome, Spawn};
use super::forest::{Agent, Progress};
use super::{AGENTS_MAX, CALLS_MAX, REVIEW_PATIENCE, Tree};
use crate::admission::later;
use crate::agent::budget::{Cost, Resource};
use crate::agent::call::SideEffects;
use crate::agent::call::{Call, CallEnd, Declined, Refused};
use crate::agent::capability::{Capability, Ruling, Standing, rule};
use crate::agent::level::{Level, may_create};
use crate::agent::state::State;

impl Tree {
    pub(super) fn decide(&mut self, input: Input, now: Timestamp) -> Result<(), Refusal> {
        match input {
            Input::Spawn(spawn) => self.spawn(spawn, now),
            Input::Move { agent, to } => self.step(agent, to, now),
            Input::Spend { agent, cost } => self.spend(agent, cost, now),
            Input::Call { call, said } => self.call_wanted(call, &said, now),
            Input::Approve(call) => self.approve(call, None, now),
            Input::ApproveInstead { call, arguments } => self.approve(call, Some(arguments), now),
            Input::Decline(call) => {
                self.asked(call)?;
                let why = Declined::ByPerson;
                self.happen(Happening::Declined { call, why }, now);
                Ok(())
            }
            Input::Ended { call, end } => self.ended(call, end, now),
            Input::Answer {
                agent,
                text,
                labels,
            } => {
                self.active(agent)?;
                self.finish(agent, Outcome::Answered { text, labels }, now)
            }
            Input::Fail { agent, failure } => self.finish(agent, Outcome::Failed(failure), now),
            Input::Pause(agent) => self.pause(agent, now),
            Input::Resume(agent) => self.resume(agent, now),
            Input::Cancel(agent) => {
                self.finish(agent, Outcome::Cancelled(Cancelled::ByPerson), now)
            }
            Input::TakeOver(agent) => self.take_over(agent, now),
            Input::AnswerInstead { agent, text } => {
                self.taken_over(agent)?;
                self.finish(agent, Outcome::AnsweredByPerson { text }, now)
            }
        }
    }

    fn spawn(&mut self, mut spawn: Spawn, now: Timestamp) -> Result<(), Refusal> {
        if self.forest.agents.contains_key(&spawn.agent) {
            return Err(Refusal::AgentExists(spawn.agent));
        }
        if self.forest.living() >= AGENTS_MAX {
            return Err(Refusal::TooManyAgents(AGENTS_MAX));
        }
        match spawn.parent {
            None => {
                if spawn.level != Level::Admin {
                    return Err(Refusal::NotAnAdmin(spawn.level));
                }
                if let Some(call) = spawn.call {
                    return Err(Refusal::NotDelegating(call));
                }
            }
            Some(id) => {
                let parent = self.active(id)?;
                may_create(parent.level, spawn.level)?;
                let rights = parent.rights.for_child(&spawn.rights)?;
                parent.account.clone().grant(spawn.budget)?;
                if let Some(call) = spawn.call {
                    self.delegating(id, call)?;
                }
                spawn.rights = rights;
            }
        }
        self.happen(Happening::Spawned(spawn), now);
        Ok(())
    }

    /// Whether this call of an agent gives work away and nobody has it yet.
    fn delegating(&self, parent: AgentId, call: CallId) -> Result<(), Refusal> {
        let pending = self.forest.calls.get(&call);
        let waits = pending.is_some_and(|pending| {
            pending.call.agent == parent
                && pending.call.capability == Capability::Delegate
                && pending.progress == Progress::Begun
        });
        if waits && !self.is_delegated(parent, call) {
            Ok(())
        } else {
            Err(Refusal::NotDelegating(call))
        }
    }

    /// Whether an agent has the work that a call gives away.
    pub(super) fn is_delegated(&self, parent: AgentId, call: CallId) -> bool {
        let Some(parent) = self.agent(parent) else {
            return false;
        };
        let mut children = parent.children.iter();
        children.any(|child| self.agent(*child).is_some_and(|one| one.call == Some(call)))
    }

    fn step(&mut self, id: AgentId, to: State, now: Timestamp) -> Result<(), Refusal> {
        let agent = self.alive(id)?;
        let is_own = matches!(to, State::Planning | State::Working);
        // A person's answer, not the agent, ends waiting.
        if !is_own || agent.state == State::Waiting || agent.halt.is_some() {
            return Err(wrong_state(id, agent));
        }
        if !agent.state.may_become(to) {
            return Err(wrong_state(id, agent));
        }
        self.happen(Happening::Moved { agent: id, to }, now);
        Ok(())
    }

    fn spend(&mut self, agent: AgentId, cost: Cost, now: Timestamp) -> Result<(), Refusal> {
        let overspent = self.alive(agent)?.account.clone().spend(cost).err();
        self.happen(Happening::Spent { agent, cost }, now);
        match overspent.map(|over| over.resource) {
            // A turn without tokens ends by itself, with what it knows.
            None | Some(Resource::Tokens) => Ok(()),
            Some(
                resource @ (Resource::Cpu
                | Resource::Wall
                | Resource::Memory
                | Resource::Depth
                | Resource::Children),
            ) => {
                let failure = Failure::Overspent(resource);
                self.finish(agent, Outcome::Failed(failure), now)
            }
        }
    }

    fn call_wanted(
        &mut self,
        call: Call,
        said: &[Standing],
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if let Some(known) = self.forest.calls.get(&call.id) {
            if !known.was_asked_as(&call) {
                return Err(Refusal::OtherCall(call.id));
            }
            if let Progress::Ended(end) = &known.progress {
                self.effects.push_back(Effect::Settled {
                    agent: call.agent,
                    call: call.id,
                    end: end.clone(),
                });
            }
            return Ok(());
        }
        let agent = self.active(call.agent)?;
        if agent.calls.len() >= CALLS_MAX {
            return Err(Refusal::TooManyCalls(call.agent));
        }
        let ruling = if agent.rights.allows(&call.capability) {
            rule(said, call.side_effects != SideEffects::None)
        } else {
            let why = Refused::Rights;
            self.happen(Happening::Refused { call, why }, now);
            return Ok(());
        };
        let id = call.id;
        match ruling {
            Ruling::Refuse => {
                let why = Refused::Never;
                self.happen(Happening::Refused { call, why }, now);
            }
            Ruling::Ask => {
                let until = later(now, REVIEW_PATIENCE);
                self.happen(Happening::Asked { call, until }, now);
            }
            Ruling::Allow(standing) => {
                self.happen(Happening::Allowed { call, standing }, now);
                self.begin_approved(id, now);
            }
        }
        Ok(())
    }

    fn approve(
        &mut self,
        call: CallId,
        instead: Option<String>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.asked(call)?;
        self.happen(Happening::Approved { call, instead }, now);
        self.begin_approved(call, now);
        Ok(())
    }

    /// Begins a call that was approved, unless its agent is paused.
    pub(super) fn begin_approved(&mut self, id: CallId, now: Timestamp) {
        let ready = self.forest.calls.get(&id).is_some_and(|pending| {
            let agent = self.agent(pending.call.agent);
            pending.progress == Progress::Approved
                && agent.is_some_and(|agent| agent.state.is_active())
        });
        if ready {
            self.happen(Happening::Began { call: id }, now);
        }
    }

    fn ended(&mut self, call: CallId, end: CallEnd, now: Timestamp) -> Result<(), Refusal> {
        let pending = self.forest.calls.get(&call);
        let pending = pending.ok_or(Refusal::NoSuchCall(call))?;
        if pending.progress != Progress::Begun {
            return Err(Refusal::NotBegun(call));
        }
        self.happen(Happening::Ended { call, end }, now);
        Ok(())
    }

    pub(super) fn finish(
        &mut self,
        agent: AgentId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let found = self.alive(agent)?;
        if !found.state.may_become(outcome.state()) {
            return Err(wrong_state(agent, found));
        }
        self.happen(Happening::Finished { agent, outcome }, now);
        Ok(())
    }

    fn pause(&mut self, agent: AgentId, now: Timestamp) -> Result<(), Refusal> {
        let found = self.alive(agent)?;
        if found.halt.is_some() {
            return Err(wrong_state(agent, found));
        }
        self.happen(Happening::Paused { agent }, now);
        Ok(())
    }

    fn resume(&mut self, agent: AgentId, now: Timestamp) -> Result<(), Refusal> {
        let found = self.alive(agent)?;
        let halt = found.halt.ok_or_else(|| wrong_state(agent, found))?;
        if halt.by != agent {
            return Err(Refusal::PausedWith { agent, by: halt.by });
        }
        self.happen(Happening::Resumed { agent }, now);
        for id in self.forest.subtree(agent) {
            let calls = self.agent(id).map(|one| one.calls.clone());
            for call in calls.unwrap_or_default() {
                self.begin_approved(call, now);
            }
        }
        Ok(())
    }

    fn take_over(&mut self, agent: AgentId, now: Timestamp) -> Result<(), Refusal> {
        let found = self.alive(agent)?;
        if found.halt.is_some_and(|halt| halt.is_taken_over) {
            return Err(wrong_state(agent, found));
        }
        self.happen(Happening::TakenOver { agent }, now);
        Ok(())
    }

    fn taken_over(&self, agent: AgentId) -> Result<(), Refusal> {
        let halt = self.alive(agent)?.halt;
        if halt.is_some_and(|halt| halt.is_taken_over) {
            Ok(())
        } else {
            Err(Refusal::NotTakenOver(agent))
        }
    }

    fn asked(&self, call: CallId) -> Result<(), Refusal> {
        let pending = self.forest.calls.get(&call);
        match pending.ok_or(Refusal::NoSuchCall(call))?.progress {
            Progress::Asked { .. } => Ok(()),
            Progress::Approved | Progress::Begun | Progress::Ended(_) => {
                Err(Refusal::NotAsked(call))
            }
        }
    }

    fn alive(&self, id: AgentId) -> Result<&Agent, Refusal> {
        let agent = self.agent(id).ok_or(Refusal::NoSuchAgent(id))?;
        if agent.state.is_ended() {
            return Err(wrong_state(id, agent));
        }
        Ok(agent)
    }

    fn active(&self, id: AgentId) -> Result<&Agent, Refusal> {
        let agent = self.agent(id).ok_or(Refusal::NoSuchAgent(id))?;
        if !agent.state.is_active() {
            return Err(wrong_state(id, agent));
        }
        Ok(agent)
    }
}

fn wrong_state(id: AgentId, agent: &Agent) -> Refusal {
    Refusal::WrongState {
        agent: id,
        state: agent.state,
    }
}
