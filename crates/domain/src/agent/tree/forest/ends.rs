//! What follows when an agent ends.

use base::{AgentId, Timestamp};

use super::super::ENDED_KEPT;
use super::super::effect::Effect;
use super::super::event::{Cancelled, Outcome};
use super::calls::settled;
use super::{Forest, Misfit, Progress};

impl Forest {
    /// Ends an agent, and cancels all below it.
    pub(super) fn finish(
        &mut self,
        root: AgentId,
        outcome: &Outcome,
        at: Timestamp,
        then: &mut Vec<Effect>,
    ) -> Result<(), Misfit> {
        // From the leaves up, so that what a child gives back is in its parent's account when that ends.
        for id in self.subtree(root).into_iter().rev() {
            let outcome = if id == root {
                outcome.clone()
            } else {
                Outcome::Cancelled(Cancelled::WithParent)
            };
            self.end_one(id, outcome, at, then)?;
        }
        let agent = self.agent_mut(root)?;
        let (to, call) = (agent.parent, agent.call);
        then.push(Effect::Report {
            to,
            from: root,
            outcome: outcome.clone(),
        });
        if let Some(id) = call
            && let Some(pending) = self.calls.get_mut(&id)
            && pending.progress == Progress::Begun
        {
            let end = outcome.as_call_end();
            pending.progress = Progress::Ended(end.clone());
            then.push(settled(&pending.call, end));
        }
        self.forget_oldest();
        Ok(())
    }

    fn end_one(
        &mut self,
        id: AgentId,
        outcome: Outcome,
        at: Timestamp,
        then: &mut Vec<Effect>,
    ) -> Result<(), Misfit> {
        self.shift(id, outcome.state(), at)?;
        let agent = self.agent_mut(id)?;
        agent.outcome = Some(outcome);
        agent.halt = None;
        let calls = std::mem::take(&mut agent.calls);
        let (parent, account) = (agent.parent, agent.account.clone());
        if let Some(parent) = parent {
            self.agent_mut(parent)?.account.take_back(&account);
        }
        for call in calls {
            self.drop_call(call, then)?;
        }
        self.ended.push_back(id);
        then.push(Effect::Stop(id));
        Ok(())
    }

    fn forget_oldest(&mut self) {
        while self.ended.len() > ENDED_KEPT {
            let oldest = self.ended.pop_front();
            let agent = oldest.and_then(|id| self.agents.remove(&id));
            let parent = agent.and_then(|agent| agent.parent);
            if let Some(parent) = parent.and_then(|id| self.agents.get_mut(&id))
                && let Some(oldest) = oldest
            {
                parent.children.remove(&oldest);
            }
        }
    }
}
