//! What follows when the person halts an agent, lets it go on, or takes its work over.

use base::{AgentId, Timestamp};

use super::super::effect::Effect;
use super::super::event::{Cancelled, Outcome};
use super::calls::settled;
use super::{Forest, Halt, Misfit, Progress};
use crate::agent::call::{CallEnd, Declined};
use crate::agent::state::State;

impl Forest {
    pub(super) fn pause(
        &mut self,
        root: AgentId,
        at: Timestamp,
        then: &mut Vec<Effect>,
    ) -> Result<(), Misfit> {
        for id in self.subtree(root) {
            let was = self.agent_mut(id)?.state;
            if was == State::Paused {
                continue;
            }
            self.shift(id, State::Paused, at)?;
            self.agent_mut(id)?.halt = Some(Halt {
                was,
                by: root,
                is_taken_over: false,
            });
            then.push(Effect::Hold(id));
        }
        Ok(())
    }

    pub(super) fn resume(
        &mut self,
        root: AgentId,
        at: Timestamp,
        then: &mut Vec<Effect>,
    ) -> Result<(), Misfit> {
        for id in self.subtree(root) {
            let agent = self.agent_mut(id)?;
            let Some(halt) = agent.halt.filter(|halt| halt.by == root) else {
                continue;
            };
            agent.halt = None;
            self.shift(id, halt.was, at)?;
            then.push(Effect::Resume(id));
        }
        Ok(())
    }

    pub(super) fn take_over(
        &mut self,
        id: AgentId,
        at: Timestamp,
        then: &mut Vec<Effect>,
    ) -> Result<(), Misfit> {
        let agent = self.agent_mut(id)?;
        let (children, calls) = (agent.children.clone(), agent.calls.clone());
        for child in children {
            if self.is_alive(child) {
                let outcome = Outcome::Cancelled(Cancelled::TakenOver);
                self.finish(child, &outcome, at, then)?;
            }
        }
        for call in calls {
            let pending = self.call_mut(call)?;
            let end = match pending.progress {
                Progress::Asked { until } => {
                    self.waits.remove(&(until, call));
                    then.push(Effect::Withdraw(call));
                    CallEnd::Declined(Declined::TakenOver)
                }
                Progress::Approved => CallEnd::Cancelled,
                Progress::Begun | Progress::Ended(_) => continue,
            };
            let pending = self.call_mut(call)?;
            pending.progress = Progress::Ended(end.clone());
            then.push(settled(&pending.call, end));
        }
        let agent = self.agent_mut(id)?;
        let was = agent.halt.map_or(agent.state, |halt| halt.was);
        let is_held = agent.halt.is_some();
        agent.halt = Some(Halt {
            was: if was == State::Waiting {
                State::Working
            } else {
                was
            },
            by: id,
            is_taken_over: true,
        });
        if !is_held {
            self.shift(id, State::Paused, at)?;
            then.push(Effect::Hold(id));
        }
        Ok(())
    }
}
