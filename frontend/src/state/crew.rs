//! The agents of the conversation that is shown, as a tree.

use std::collections::{HashMap, HashSet};

use base::{AgentId, MessageId};
use contract::agent::{AGENTS_LISTED_MAX, AgentList, AgentState, AgentView};

/// The most agents that are drawn.
///
/// A tree of a thousand says no more than one of two hundred and the number of the others, and each row
/// costs the page on every notice.
pub(crate) const AGENTS_DRAWN_MAX: usize = 200;

/// The agents of one conversation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crew {
    agents: HashMap<AgentId, AgentView>,
    /// In the order in which they came: a parent before its children.
    order: Vec<AgentId>,
}

/// A row of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Branch {
    /// Which agent.
    pub(crate) id: AgentId,
    /// How deep it stands, from 1.
    pub(crate) level: usize,
    /// Its place among those beside it, from 1.
    pub(crate) place: usize,
    /// How many stand beside it, itself included.
    pub(crate) beside: usize,
    /// Whether others stand below it.
    pub(crate) has_children: bool,
}

impl Crew {
    /// Takes what was read.
    ///
    /// Notices and answers to asks come on different ways: what was told meanwhile is kept.
    pub(crate) fn refresh(&mut self, list: AgentList) {
        let before = std::mem::take(self);
        for agent in list.agents {
            self.take(agent);
        }
        for id in before.order {
            if let Some(agent) = before.agents.get(&id) {
                self.take(agent.clone());
            }
        }
    }

    /// Takes an agent as it is now, unless more is known of it.
    pub(crate) fn take(&mut self, agent: AgentView) {
        let id = agent.id;
        match self.agents.get_mut(&id) {
            Some(known) if is_older(&agent, known) => {}
            Some(known) => *known = agent,
            None => {
                self.agents.insert(id, agent);
                self.order.push(id);
                self.let_go();
            }
        }
    }

    /// Lets the oldest go that ended, when there are more than a list has.
    fn let_go(&mut self) {
        if self.order.len() <= AGENTS_LISTED_MAX as usize {
            return;
        }
        let ended = |id: &AgentId| self.agents.get(id).is_some_and(|it| it.state.is_end());
        if let Some(place) = self.order.iter().position(ended) {
            let id = self.order.remove(place);
            self.agents.remove(&id);
        }
    }

    /// One agent.
    pub(crate) fn agent(&self, id: AgentId) -> Option<&AgentView> {
        self.agents.get(&id)
    }

    /// Whether any of these has not ended.
    pub(crate) fn at_work(&self, tree: &[Branch]) -> bool {
        let mut agents = tree.iter().filter_map(|branch| self.agent(branch.id));
        agents.any(|agent| !agent.state.is_end())
    }

    /// The agents at work, those that worked on `answer`, and all above them, as rows of a tree.
    ///
    /// One agent alone that has called nothing yet is the answer itself, which is shown anyway.
    pub(crate) fn tree(&self, answer: Option<MessageId>) -> Vec<Branch> {
        let mut wanted = HashSet::new();
        for agent in self.agents.values() {
            if agent.state.is_end() && (answer.is_none() || agent.answer != answer) {
                continue;
            }
            let mut next = Some(agent.id);
            // It ends at one that is known to be wanted, so that damage in a ring does no harm.
            while let Some(id) = next.filter(|id| wanted.insert(*id)) {
                next = self.agent(id).and_then(|agent| agent.parent);
            }
        }
        let says_something = |agent: &AgentView| {
            agent.calls > 0
                || agent.waits_for.is_some()
                || matches!(
                    agent.state,
                    AgentState::Paused | AgentState::WaitingForApproval
                )
        };
        let mut known = wanted.iter().filter_map(|id| self.agent(*id));
        if wanted.len() < 2 && !known.any(says_something) {
            return Vec::new();
        }
        self.rows(&wanted)
    }

    fn rows(&self, wanted: &HashSet<AgentId>) -> Vec<Branch> {
        let mut below: HashMap<Option<AgentId>, Vec<AgentId>> = HashMap::new();
        for id in self.order.iter().filter(|id| wanted.contains(id)) {
            let parent = self.agent(*id).and_then(|agent| agent.parent);
            // What stands below one that is not known stands at the top.
            let parent = parent.filter(|parent| self.agents.contains_key(parent));
            below.entry(parent).or_default().push(*id);
        }
        let mut rows = Vec::new();
        let tops = below.remove(&None).unwrap_or_default();
        let mut open: Vec<(Vec<AgentId>, usize)> = vec![(tops, 0)];
        while let Some((siblings, next)) = open.last_mut() {
            let Some(id) = siblings.get(*next).copied() else {
                open.pop();
                continue;
            };
            *next += 1;
            let (place, beside) = (*next, siblings.len());
            let children = below.remove(&Some(id)).unwrap_or_default();
            rows.push(Branch {
                id,
                level: open.len(),
                place,
                beside,
                has_children: !children.is_empty(),
            });
            if !children.is_empty() {
                open.push((children, 0));
            }
        }
        rows
    }
}

/// Whether the first is an earlier state of the second.
fn is_older(one: &AgentView, known: &AgentView) -> bool {
    known.state.is_end() && !one.state.is_end()
        || one.steps < known.steps
        || one.calls < known.calls
}

/// The rows that are seen when what stands below `closed` is not.
pub(crate) fn seen(tree: &[Branch], closed: &HashSet<AgentId>) -> Vec<Branch> {
    let mut hidden_below = None;
    let mut rows = Vec::new();
    for branch in tree {
        if hidden_below.is_some_and(|level| branch.level > level) {
            continue;
        }
        hidden_below = closed.contains(&branch.id).then_some(branch.level);
        rows.push(*branch);
    }
    rows
}

/// Where a key leads in a tree whose row `here` is in focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// To this agent.
    To(AgentId),
    /// It shows what stands below it.
    Open(AgentId),
    /// It hides what stands below it.
    Close(AgentId),
}

/// What a key does in a tree, as the pattern of the W3C for trees says.
pub(crate) fn step(
    rows: &[Branch],
    closed: &HashSet<AgentId>,
    here: AgentId,
    key: &str,
) -> Option<Step> {
    let at = rows.iter().position(|row| row.id == here)?;
    let row = rows[at];
    let to = |place: usize| rows.get(place).map(|row| Step::To(row.id));
    match key {
        "ArrowDown" => to(at + 1),
        "ArrowUp" => to(at.checked_sub(1)?),
        "Home" => to(0),
        "End" => to(rows.len() - 1),
        "ArrowRight" if closed.contains(&here) => Some(Step::Open(here)),
        "ArrowRight" if row.has_children => to(at + 1),
        "ArrowLeft" if row.has_children && !closed.contains(&here) => Some(Step::Close(here)),
        "ArrowLeft" => {
            let above = rows[..at].iter().rev();
            let mut parents = above.filter(|one| one.level < row.level);
            parents.next().map(|parent| Step::To(parent.id))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
