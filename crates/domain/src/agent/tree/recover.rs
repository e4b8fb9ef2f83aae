//! Going on after a crash, from what is on disk.

use base::{AgentId, CallId, Timestamp};

use super::effect::Effect;
use super::event::{Failure, Happening, Outcome};
use super::forest::Progress;
use super::{RECOVERIES_MAX, Tree};
use crate::agent::call::{Call, CallEnd};
use crate::agent::capability::Capability;
use crate::agent::state::State;

impl Tree {
    /// Goes on where the hub crashed; once, after [`Tree::replay`].
    ///
    /// Agents that had not ended start again where they were, paused ones stay paused, and an agent that
    /// crashed the hub too often fails. Then each call goes on: a question is asked again, what was
    /// approved is performed, what had begun is performed again or ends as interrupted.
    pub fn recover(&mut self, now: Timestamp) {
        let agents: Vec<AgentId> = self.agents().map(|(id, _)| id).collect();
        for id in agents {
            self.recover_agent(id, now);
        }
        self.handle_timeout(now);
        let calls: Vec<CallId> = self.forest.calls.keys().copied().collect();
        for id in calls {
            self.recover_call(id, now);
        }
    }

    fn recover_agent(&mut self, agent: AgentId, now: Timestamp) {
        // One that ended meanwhile, with one above it, has nothing to go on with.
        let Some(found) = self.agent(agent).filter(|one| !one.state.is_ended()) else {
            return;
        };
        let (from, recoveries) = (found.state, found.recoveries);
        if from == State::Paused {
            self.effects.push_back(Effect::Start { agent, from });
            return;
        }
        if recoveries >= RECOVERIES_MAX {
            let outcome = Outcome::Failed(Failure::CrashedTooOften);
            self.happen(Happening::Finished { agent, outcome }, now);
            return;
        }
        self.happen(Happening::Recovered { agent }, now);
        self.effects.push_back(Effect::Start { agent, from });
    }

    fn recover_call(&mut self, id: CallId, now: Timestamp) {
        let Some(pending) = self.forest.calls.get(&id) else {
            return;
        };
        let call = pending.call.clone();
        match pending.progress {
            Progress::Asked { .. } => self.effects.push_back(Effect::AskPerson(id)),
            Progress::Approved => self.begin_approved(id, now),
            Progress::Begun => self.recover_begun(call, now),
            Progress::Ended(_) => {}
        }
    }

    fn recover_begun(&mut self, call: Call, now: Timestamp) {
        let is_given_away =
            call.capability == Capability::Delegate && self.is_delegated(call.agent, call.id);
        if is_given_away {
            // The agent that has the work goes on with it.
            return;
        }
        // Work that was called off is not done again, however harmless.
        if call.side_effects.may_repeat() && self.forest.is_alive(call.agent) {
            self.effects.push_back(Effect::Perform(call));
        } else {
            let end = CallEnd::Interrupted;
            self.happen(Happening::Ended { call: call.id, end }, now);
        }
    }
}
