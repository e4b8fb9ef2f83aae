//! The tree of all agents of a hub: who lives, what they may use and do, and which calls are performed.
//!
//! The hub owns one [`Tree`]. It tells it what happens ([`Input`]), and performs what follows
//! ([`Effect`]) in the order in which it comes. Each [`Effect::Record`] is on disk before the next effect
//! is performed: so [`Tree::replay`] of what is on disk knows all that was done, and [`Tree::recover`]
//! goes on where the hub crashed. Nothing that was approved is lost, and nothing runs twice.
//!
//! A call goes its way in steps: asked, approved, begun, ended. After a crash, what was approved and had
//! not begun is performed; what had begun is performed again only where that is harmless
//! ([`SideEffects`](super::call::SideEffects)), and otherwise ends as interrupted.

mod decide;
mod effect;
mod event;
mod forest;
mod recover;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use base::{AgentId, CallId, Timestamp};

use super::call::{Call, Declined};

pub use effect::{Effect, Input, Refusal};
pub use event::{Cancelled, Event, Failure, Happening, Outcome, Spawn};
use forest::Forest;
pub use forest::{Agent, Misfit};

/// The most agents that live at a time, in all trees of the hub.
///
/// More than a person can oversee by far, and small beside the memory of a laptop: at 4 KiB for an idle
/// agent it is 16 MiB.
pub const AGENTS_MAX: usize = 4_096;

/// The most calls that one agent makes in its life.
///
/// Each is remembered with its outcome while the agent lives. A turn makes about a hundred at most.
pub const CALLS_MAX: usize = 1_024;

/// How many agents that ended stay to be looked at; the journal has them all.
pub const ENDED_KEPT: usize = 256;

/// How long a call waits for a person before it is declined.
///
/// A coffee break: long enough to come back, short enough that the agent's picture is still true.
pub const REVIEW_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How often the hub may come back from a crash while an agent gets no further, before the agent fails.
///
/// A power cut or two must not end work. Work that crashes the hub each time must not keep it from starting.
pub const RECOVERIES_MAX: u32 = 3;

/// All agents of a hub and their calls.
#[derive(Debug, Default)]
pub struct Tree {
    forest: Forest,
    effects: VecDeque<Effect>,
}

impl Tree {
    /// The tree that these events led to. Nothing is to be done yet: see [`Tree::recover`].
    pub fn replay(events: impl IntoIterator<Item = Event>) -> Result<Self, Misfit> {
        let mut tree = Self::default();
        // What follows was done when it happened.
        let mut done = Vec::new();
        for event in events {
            tree.forest.apply(&event, &mut done)?;
            done.clear();
        }
        Ok(tree)
    }

    /// Takes in what happened. Each accepted input leaves events to record, but for a call that is known
    /// already; a refused one changes nothing.
    pub fn handle_input(&mut self, input: Input, now: Timestamp) -> Result<(), Refusal> {
        // A word that comes when patience has ended comes too late.
        self.handle_timeout(now);
        self.decide(input, now)
    }

    /// What is to be done next.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Tree::handle_timeout`] has something to do.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.forest.waits.first().map(|(until, _)| *until)
    }

    /// Declines the calls that waited for the person too long.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some((until, call)) = self.forest.waits.first().copied()
            && until <= now
        {
            let why = Declined::Unanswered;
            self.happen(Happening::Declined { call, why }, now);
        }
    }

    /// An agent, also one that ended not long ago.
    #[must_use]
    pub fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.forest.agents.get(&id)
    }

    /// All agents, those that ended not long ago included, by their ids.
    pub fn agents(&self) -> impl Iterator<Item = (AgentId, &Agent)> {
        self.forest.agents.iter().map(|(id, agent)| (*id, agent))
    }

    /// A call of an agent that lives, or one that is being performed.
    #[must_use]
    pub fn call(&self, id: CallId) -> Option<&Call> {
        self.forest.calls.get(&id).map(|pending| &pending.call)
    }

    /// The calls that the person is asked about, and until when each waits; the first to end first.
    pub fn questions(&self) -> impl Iterator<Item = (Timestamp, &Call)> {
        let waits = self.forest.waits.iter();
        waits.filter_map(|(until, id)| Some((*until, self.call(*id)?)))
    }

    /// Writes down what was decided, and does what follows.
    fn happen(&mut self, what: Happening, at: Timestamp) {
        let event = Event { at, what };
        let mut then = Vec::new();
        let fits = self.forest.apply(&event, &mut then);
        fits.expect("only what fits the tree as it stands is decided");
        self.effects.push_back(Effect::Record(event));
        self.effects.extend(then);
    }
}
