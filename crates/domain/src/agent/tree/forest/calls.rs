//! What follows from events about calls.

use base::{CallId, Timestamp};

use super::super::effect::Effect;
use super::{Forest, Misfit, Pending, Progress};
use crate::agent::call::{Call, CallEnd, SideEffects};
use crate::agent::capability::Capability;
use crate::agent::state::State;

impl Forest {
    pub(super) fn note(&mut self, call: &Call, progress: Progress) -> Result<(), Misfit> {
        self.agent_mut(call.agent)?.calls.insert(call.id);
        let call = call.clone();
        let pending = Pending {
            call,
            asked_with: None,
            progress,
        };
        self.calls.insert(pending.call.id, pending);
        Ok(())
    }

    /// The question about a call got its answer.
    pub(super) fn answered(&mut self, id: CallId, progress: Progress) -> Result<Call, Misfit> {
        let pending = self.call_mut(id)?;
        let Progress::Asked { until } = pending.progress else {
            return Err(Misfit::NoCall(id));
        };
        pending.progress = progress;
        let call = pending.call.clone();
        self.waits.remove(&(until, id));
        Ok(call)
    }

    /// An agent that waits for nothing any more works on.
    pub(super) fn stop_waiting(&mut self, call: CallId, at: Timestamp) -> Result<(), Misfit> {
        let id = self.call_mut(call)?.call.agent;
        let agent = self.agents.get(&id).ok_or(Misfit::NoAgent(id))?;
        let is_asked = |call| {
            let pending = self.calls.get(call);
            pending.is_some_and(|one| matches!(one.progress, Progress::Asked { .. }))
        };
        if agent.calls.iter().any(is_asked) {
            return Ok(());
        }
        self.shift(id, State::Working, at)
    }

    pub(super) fn call_ended(
        &mut self,
        id: CallId,
        end: &CallEnd,
        then: &mut Vec<Effect>,
    ) -> Result<(), Misfit> {
        let pending = self.call_mut(id)?;
        if pending.progress != Progress::Begun {
            return Err(Misfit::NoCall(id));
        }
        let call = pending.call.clone();
        pending.progress = Progress::Ended(end.clone());
        if *end == CallEnd::Interrupted && call.side_effects != SideEffects::None {
            then.push(Effect::TellInterrupted(call.clone()));
        }
        if self.is_alive(call.agent) {
            if *end != CallEnd::Interrupted {
                self.agent_mut(call.agent)?.recoveries = 0;
            }
            then.push(settled(&call, end.clone()));
        } else {
            self.calls.remove(&id);
        }
        Ok(())
    }

    /// A call of an agent that ended. What is being performed stays until it is known how that ended.
    pub(super) fn drop_call(&mut self, id: CallId, then: &mut Vec<Effect>) -> Result<(), Misfit> {
        let pending = self.call_mut(id)?;
        match pending.progress {
            Progress::Asked { until } => {
                self.waits.remove(&(until, id));
                then.push(Effect::Withdraw(id));
            }
            // Work that was given away ended with the agents below.
            Progress::Begun if pending.call.capability != Capability::Delegate => return Ok(()),
            Progress::Begun | Progress::Approved | Progress::Ended(_) => {}
        }
        self.calls.remove(&id);
        Ok(())
    }
}

pub(super) fn settled(call: &Call, end: CallEnd) -> Effect {
    Effect::Settled {
        agent: call.agent,
        call: call.id,
        end,
    }
}
