//! Who may come about, and what it gets.

use super::*;
use crate::agent::budget::{Cost, Resource};

#[test]
fn agent_comes_about_recorded_before_it_starts() {
    let mut house = House::default();
    let effects = house.tell(Input::Spawn(admin(1)));
    let from = State::Created;
    assert_eq!(
        effects,
        [Effect::Start {
            agent: agent(1),
            from
        }]
    );
    assert_eq!(house.disk.len(), 1);
    assert_eq!(house.state(1), State::Created);
}

#[test]
fn worker_creates_nobody_and_manager_no_manager() {
    let mut house = House::with_three();
    let by_worker = house.refused(Input::Spawn(worker(4, 3)));
    assert_eq!(
        by_worker.to_string(),
        "an agent of level worker may not create one of level worker"
    );
    assert!(matches!(
        house.refused(Input::Spawn(manager(4, 2))),
        Refusal::Denied(_)
    ));
    assert!(matches!(
        house.refused(Input::Spawn(Spawn {
            level: Level::Manager,
            ..admin(4)
        })),
        Refusal::NotAnAdmin(Level::Manager)
    ));
}

#[test]
fn child_gets_no_more_than_its_parent_has_left() {
    let mut house = House::with_three();
    let greedy = Spawn {
        budget: budget(199_901),
        ..worker(4, 2)
    };
    let refusal = house.refused(Input::Spawn(greedy));
    let Refusal::OverBudget(over) = refusal else {
        panic!("{refusal}");
    };
    assert_eq!((over.resource, over.left), (Resource::Cpu, 199_900));
}

#[test]
fn child_has_the_denials_of_its_parent_and_no_other_rights() {
    let mut house = House::default();
    house.spawn(Spawn {
        rights: all_rights().without([Capability::FilesWrite]),
        ..admin(1)
    });
    assert!(matches!(
        house.refused(Input::Spawn(worker(2, 1))),
        Refusal::BeyondRights(_)
    ));
    let rights = Rights::of([Capability::Time]);
    house.spawn(Spawn {
        rights,
        ..worker(2, 1)
    });
    let rights = &house.tree.agent(agent(2)).expect("there").rights;
    assert_eq!(rights.iter().collect::<Vec<_>>(), [&Capability::Time]);
    assert!(!rights.clone().allows(&Capability::FilesWrite));
}

#[test]
fn what_an_ended_child_left_over_is_its_parents_again() {
    let mut house = House::with_three();
    let cost = Cost {
        tokens: TokenCount(40),
        ..Cost::default()
    };
    house.tell(Input::Spend {
        agent: agent(3),
        cost,
    });
    house.tell(Input::Cancel(agent(3)));
    let account = &house.tree.agent(agent(2)).expect("there").account;
    assert_eq!(account.left().tokens, TokenCount(200_000 - 40));
    assert_eq!(account.left().memory, ByteCount(200_000));
    assert_eq!(account.spent(), cost);
}

#[test]
fn agent_that_uses_more_time_than_it_has_fails_with_all_below() {
    let mut house = House::with_three();
    let cost = Cost {
        wall: Milliseconds(199_901),
        ..Cost::default()
    };
    house.tell(Input::Spend {
        agent: agent(2),
        cost,
    });
    assert_eq!(
        (house.state(2), house.state(3)),
        (State::Failed, State::Cancelled)
    );
    let outcome = house.tree.agent(agent(2)).expect("there").outcome.clone();
    assert_eq!(
        outcome,
        Some(Outcome::Failed(Failure::Overspent(Resource::Wall)))
    );
}

#[test]
fn agent_without_tokens_may_still_answer() {
    let mut house = House::with_three();
    let cost = Cost {
        tokens: TokenCount(101),
        ..Cost::default()
    };
    house.tell(Input::Spend {
        agent: agent(3),
        cost,
    });
    assert_eq!(house.state(3), State::Working);
}

#[test]
fn tree_is_full_at_its_limit_and_has_room_again_when_one_ends() {
    let mut house = House::default();
    for number in 0..u16::try_from(AGENTS_MAX).expect("few") {
        house.tell(Input::Spawn(admin(number)));
    }
    let one_more = Input::Spawn(admin(u16::MAX));
    assert_eq!(
        house.refused(one_more.clone()),
        Refusal::TooManyAgents(AGENTS_MAX)
    );
    house.tell(Input::Cancel(agent(7)));
    house.tell(one_more);
}

#[test]
fn id_is_given_once() {
    let mut house = House::with_three();
    assert_eq!(
        house.refused(Input::Spawn(admin(1))),
        Refusal::AgentExists(agent(1))
    );
}

#[test]
fn agents_that_ended_are_forgotten_the_oldest_first() {
    let mut house = House::default();
    house.spawn(admin(1));
    let last = u16::try_from(ENDED_KEPT).expect("few") + 10;
    for number in 10..=last {
        house.spawn(worker(number, 1));
        house.tell(Input::Cancel(agent(number)));
    }
    assert_eq!(house.tree.agents().count(), ENDED_KEPT + 1);
    assert!(house.tree.agent(agent(10)).is_none() && house.tree.agent(agent(last)).is_some());
    let account = &house.tree.agent(agent(1)).expect("lives").account;
    assert_eq!(
        account.left(),
        account.granted(),
        "all came back, also from the forgotten"
    );
}
