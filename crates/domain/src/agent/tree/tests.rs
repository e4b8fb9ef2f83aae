//! The tree as the hub drives it.

mod calls;
mod crash;
mod halts;
mod random;
mod recovery;
mod spawning;

use base::{AgentId, ByteCount, CallId, Milliseconds, Timestamp, TokenCount};

use super::*;
use crate::agent::budget::Budget;
use crate::agent::call::{CallEnd, Labels, SideEffects};
use crate::agent::capability::{Capability, Rights};
use crate::agent::level::Level;
use crate::agent::state::State;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn agent(number: u16) -> AgentId {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    AgentId::from_bytes(bytes)
}

fn call(number: u16) -> CallId {
    CallId::from_bytes(agent(number).to_bytes())
}

fn budget(amount: u64) -> Budget {
    Budget {
        cpu: Milliseconds(amount),
        memory: ByteCount(amount),
        tokens: TokenCount(amount),
        wall: Milliseconds(amount),
        depth: 3,
        children: 4_000,
    }
}

fn all_rights() -> Rights {
    Rights::of([
        Capability::Time,
        Capability::Notes,
        Capability::FilesWrite,
        Capability::Delegate,
    ])
}

fn admin(number: u16) -> Spawn {
    Spawn {
        agent: agent(number),
        parent: None,
        level: Level::Admin,
        task: "help".to_owned(),
        budget: budget(1_000_000),
        rights: all_rights(),
        call: None,
    }
}

fn worker(number: u16, parent: u16) -> Spawn {
    Spawn {
        parent: Some(agent(parent)),
        level: Level::Worker,
        budget: Budget {
            depth: 0,
            children: 0,
            ..budget(100)
        },
        ..admin(number)
    }
}

fn manager(number: u16, parent: u16) -> Spawn {
    Spawn {
        level: Level::Manager,
        budget: Budget {
            depth: 1,
            children: 1_000,
            ..budget(200_000)
        },
        ..worker(number, parent)
    }
}

fn writing(number: u16, whose: u16) -> Call {
    Call {
        id: call(number),
        agent: agent(whose),
        tool: "write_file".to_owned(),
        arguments: r#"{"name":"list.txt"}"#.to_owned(),
        capability: Capability::FilesWrite,
        side_effects: SideEffects::AtMostOnce,
    }
}

fn noting(number: u16, whose: u16) -> Call {
    Call {
        capability: Capability::Notes,
        side_effects: SideEffects::ExactlyOnce,
        ..writing(number, whose)
    }
}

fn reading(number: u16, whose: u16) -> Call {
    Call {
        capability: Capability::Time,
        side_effects: SideEffects::None,
        ..writing(number, whose)
    }
}

fn giving_away(number: u16, whose: u16) -> Call {
    Call {
        capability: Capability::Delegate,
        ..reading(number, whose)
    }
}

fn wanted(call: Call) -> Input {
    Input::Call {
        call,
        said: Vec::new(),
    }
}

fn done(text: &str) -> CallEnd {
    CallEnd::Done {
        text: text.to_owned(),
        labels: Labels::from(["file".to_owned()]),
    }
}

/// A hub that keeps what is recorded.
#[derive(Default)]
struct House {
    tree: Tree,
    disk: Vec<Event>,
}

impl House {
    /// Admin 1, working, with manager 2 and worker 3 below that, both working.
    fn with_three() -> Self {
        let mut house = Self::default();
        for spawn in [admin(1), manager(2, 1), worker(3, 2)] {
            house.spawn(spawn);
        }
        house
    }

    fn spawn(&mut self, spawn: Spawn) {
        let agent = spawn.agent;
        self.tell(Input::Spawn(spawn));
        let to = State::Working;
        self.tell(Input::Move { agent, to });
    }

    /// What is to be done besides recording, which must come first.
    fn tell(&mut self, input: Input) -> Vec<Effect> {
        self.tree.handle_input(input, NOON).expect("it may be");
        self.rest(true)
    }

    fn rest(&mut self, is_recorded_first: bool) -> Vec<Effect> {
        let mut rest = Vec::new();
        let mut is_first = true;
        while let Some(effect) = self.tree.poll_effect() {
            match effect {
                Effect::Record(event) => self.disk.push(event),
                effect => {
                    assert!(
                        !(is_first && is_recorded_first),
                        "{effect:?} is not recorded"
                    );
                    rest.push(effect);
                }
            }
            is_first = false;
        }
        rest
    }

    fn refused(&mut self, input: Input) -> Refusal {
        let refused = self.tree.handle_input(input, NOON);
        assert_eq!(self.tree.poll_effect(), None, "nothing is done");
        refused.expect_err("it may not be")
    }

    /// The hub dies, and comes back with what is on disk.
    fn crash(&mut self, now: Timestamp) -> Vec<Effect> {
        self.tree = Tree::replay(self.disk.iter().cloned()).expect("a whole journal");
        self.tree.recover(now);
        self.rest(false)
    }

    fn state(&self, number: u16) -> State {
        self.tree.agent(agent(number)).expect("it is there").state
    }
}
