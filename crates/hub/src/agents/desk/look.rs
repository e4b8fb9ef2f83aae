//! What front ends see of the agents.

use base::{AgentId, ConversationId};
use contract::agent::AgentView;
use domain::agent::call::Labels;
use domain::agent::tree::Outcome;

use super::super::journal::Root;
use super::super::{told, tools, wording};
use super::Sheet;

impl Sheet {
    /// The person's work that an agent belongs to.
    pub(in crate::agents) fn root_of(&self, agent: AgentId) -> Option<&Root> {
        let root = self.roots.get(&agent)?;
        let run = self.runs.get(root).map(|run| &run.root);
        run.or_else(|| self.ended.get(root))
    }

    /// Where all that an agent has seen came from.
    ///
    /// What an agent has seen that is not at work is not known, and so is private.
    pub(in crate::agents) fn seen(&self, agent: AgentId) -> Labels {
        match self.posts.get(&agent) {
            Some(post) => post.seen(),
            None => Labels::from([tools::STORE.to_owned()]),
        }
    }

    /// Whether no work for a conversation is left.
    pub(super) fn is_over(&self, conversation: ConversationId) -> bool {
        self.runs
            .values()
            .filter(|run| run.root.conversation == conversation)
            .all(|run| {
                let agent = self.tree.agent(run.root.agent);
                agent.is_none_or(|agent| agent.state.is_ended())
            })
    }

    /// The conversation that an agent works for.
    pub(crate) fn conversation_of(&self, agent: AgentId) -> Option<ConversationId> {
        self.root_of(agent).map(|root| root.conversation)
    }

    /// An agent, as front ends see it.
    pub(crate) fn view(&self, id: AgentId) -> Option<AgentView> {
        let (agent, root) = (self.tree.agent(id)?, self.root_of(id)?);
        let tally = self.tallies.get(&id).copied().unwrap_or_default();
        let waits_for = self
            .tree
            .questions()
            .find(|(_, call)| call.agent == id)
            .map(|(_, call)| call.id);
        let reason = match &agent.outcome {
            Some(Outcome::Failed(failure)) => wording::failure(failure),
            Some(_) | None => String::new(),
        };
        Some(AgentView {
            id,
            parent: agent.parent,
            level: told::level(agent.level),
            conversation: root.conversation,
            answer: Some(root.answer),
            task: agent.task.clone(),
            state: told::state(agent.state),
            reason,
            waits_for,
            budget: told::budget(agent),
            steps: tally.steps,
            calls: tally.calls,
            created: id.made(),
            ended: agent.state.is_ended().then_some(agent.since),
        })
    }

    /// Agents: those at work first, then the newest that ended; a parent stands before its children.
    pub(crate) fn list(&self, of: Option<ConversationId>, limit: usize) -> Vec<AgentView> {
        // Ids sort by the time at which they were made, so a parent comes before its children.
        let all: Vec<AgentView> = self
            .tree
            .agents()
            .filter_map(|(id, _)| self.view(id))
            .filter(|agent| of.is_none_or(|of| agent.conversation == of))
            .collect();
        let (mut ended, mut list): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|agent| agent.state.is_end());
        let room = limit.saturating_sub(list.len());
        ended.drain(..ended.len().saturating_sub(room));
        list.truncate(limit);
        list.extend(ended);
        list
    }
}
