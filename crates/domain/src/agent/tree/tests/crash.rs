//! A hub that dies at any moment: nothing approved is lost, nothing runs twice.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::random::{Step, any_step, take};
use super::*;
use crate::agent::tree::forest::Progress;

/// The hub with the world around it.
#[derive(Default)]
struct World {
    tree: Tree,
    disk: Vec<Event>,
    /// Being performed now.
    running: Vec<Call>,
    /// How often each call really happened.
    happened: BTreeMap<CallId, u32>,
    /// How often the person was told that it is not known.
    told: BTreeSet<CallId>,
}

impl World {
    /// Does what the tree wants, up to so many effects. Whether all was done.
    fn run(&mut self, mut effects: usize) -> bool {
        while let Some(effect) = self.tree.poll_effect() {
            if effects == 0 {
                return false;
            }
            effects -= 1;
            match effect {
                Effect::Record(event) => self.disk.push(event),
                Effect::Perform(call) => {
                    let began = Happening::Began { call: call.id };
                    let is_known = self.disk.iter().any(|event| event.what == began);
                    assert!(is_known, "performed before it was on disk");
                    self.running.push(call);
                }
                Effect::TellInterrupted(call) => {
                    self.told.insert(call.id);
                }
                _ => {}
            }
        }
        true
    }

    /// The call happens in the world. One that is done once by its id is not done again.
    fn happen(&mut self, call: &Call) {
        let times = self.happened.entry(call.id).or_insert(0);
        if *times == 0 || call.side_effects != SideEffects::ExactlyOnce {
            *times += 1;
        }
    }

    /// Some of what runs happens before the hub dies, and nobody writes it down.
    fn crash(&mut self, happens: bool, now: Timestamp) {
        for call in std::mem::take(&mut self.running) {
            if happens {
                self.happen(&call);
            }
        }
        self.tree = Tree::replay(self.disk.iter().cloned()).expect("a whole journal");
        self.tree.recover(now);
    }

    /// Whether all that was approved is on its way: it runs, an agent has the work, or its agent is paused.
    fn check_nothing_waits(&self) -> Result<(), TestCaseError> {
        for pending in self.tree.forest.calls.values() {
            let call = &pending.call;
            let is_on_its_way = match pending.progress {
                Progress::Asked { .. } | Progress::Ended(_) => true,
                Progress::Approved => {
                    let agent = self.tree.agent(call.agent);
                    agent.is_some_and(|agent| agent.state == State::Paused)
                }
                Progress::Begun => {
                    let runs = self.running.iter().any(|running| running == call);
                    runs || self.tree.is_delegated(call.agent, call.id)
                }
            };
            prop_assert!(is_on_its_way, "{pending:?} waits for nothing");
        }
        Ok(())
    }

    fn finish_running(&mut self, now: Timestamp) {
        for call in std::mem::take(&mut self.running) {
            self.happen(&call);
            let end = done("seen");
            // A call that ended before, as interrupted or with its agent, ends no more.
            let _ = self
                .tree
                .handle_input(Input::Ended { call: call.id, end }, now);
            assert!(self.run(usize::MAX));
        }
    }
}

#[derive(Debug, Clone)]
enum Fate {
    Live(Step),
    Finish,
    /// The person says yes to the call that was asked about first.
    Approve,
    /// Crashes after this many effects of what comes before.
    Crash(Box<Fate>, usize, bool),
}

fn any_fate() -> impl Strategy<Value = Fate> {
    let calm = || {
        prop_oneof![
            8 => any_step().prop_map(Fate::Live),
            1 => Just(Fate::Approve),
        ]
    };
    prop_oneof![
        12 => calm(),
        2 => Just(Fate::Finish),
        2 => (calm(), 0..5_usize, any::<bool>())
            .prop_map(|(fate, after, happens)| Fate::Crash(Box::new(fate), after, happens)),
    ]
}

/// Takes a step. Ids are for one call each in the life of a hub; the ids of the steps are few, so those
/// that were used are left out. What runs ends only where the world lets it happen.
fn live(tree: &mut Tree, step: Step, used: &mut BTreeSet<CallId>, now: &mut Timestamp) {
    let id = match &step {
        Step::Do(Input::Call { call, .. }) => Some(call.id),
        Step::Do(Input::Ended { .. }) => return,
        Step::Spawn(_) | Step::Do(_) | Step::Wait(_) => None,
    };
    if id.is_some_and(|id| used.contains(&id)) {
        return;
    }
    if take(tree, step, now) {
        used.extend(id);
    }
}

proptest! {
    #[test]
    fn nothing_approved_is_lost_and_nothing_runs_twice(
        fates in prop::collection::vec(any_fate(), 0..120),
    ) {
        let (mut world, mut now, mut used) = (World::default(), NOON, BTreeSet::new());
        for fate in fates {
            let (fate, crash) = match fate {
                Fate::Crash(fate, after, happens) => (*fate, Some((after, happens))),
                fate => (fate, None),
            };
            match fate {
                Fate::Live(step) => live(&mut world.tree, step, &mut used, &mut now),
                Fate::Approve => {
                    let first = world.tree.questions().next().map(|(_, call)| call.id);
                    if let Some(call) = first {
                        take(&mut world.tree, Step::Do(Input::Approve(call)), &mut now);
                    }
                }
                Fate::Finish => world.finish_running(now),
                Fate::Crash(..) => prop_assert!(false, "a crash comes alone"),
            }
            if let Some((after, happens)) = crash {
                world.run(after);
                world.crash(happens, now);
            }
            prop_assert!(world.run(usize::MAX));
            world.check_nothing_waits()?;
        }
        let agents: Vec<AgentId> = world.tree.agents().map(|(id, _)| id).collect();
        for agent in agents {
            let _ = world.tree.handle_input(Input::Resume(agent), now);
            prop_assert!(world.run(usize::MAX));
        }
        world.finish_running(now);
        for event in &world.disk {
            let Happening::Asked { call, .. } = &event.what else {
                continue;
            };
            if call.side_effects == SideEffects::None {
                continue;
            }
            let times = world.happened.get(&call.id).copied().unwrap_or(0);
            prop_assert!(times <= 1, "{call:?} happened {times} times");
            let approved = Happening::Approved {
                call: call.id,
                instead: None,
            };
            let lives = world.tree.forest.is_alive(call.agent);
            if lives && world.disk.iter().any(|event| event.what == approved) {
                let progress = &world.tree.forest.calls[&call.id].progress;
                let is_settled = match progress {
                    Progress::Ended(CallEnd::Done { .. }) => times == 1,
                    Progress::Ended(CallEnd::Interrupted) => world.told.contains(&call.id),
                    Progress::Ended(CallEnd::Cancelled) => times == 0,
                    _ => false,
                };
                prop_assert!(is_settled, "{call:?} is lost: {progress:?}, {times} times");
            }
        }
    }
}
