//! Rules that hold whatever happens.

use proptest::prelude::*;

use super::*;
use crate::agent::budget::Cost;
use crate::agent::capability::Standing;
use crate::agent::level::may_create;

#[derive(Debug, Clone)]
pub(super) enum Step {
    Spawn(Spawn),
    Do(Input),
    Wait(u64),
}

/// Few ids, so that they meet often.
fn any_agent() -> impl Strategy<Value = AgentId> {
    (0..8_u16).prop_map(agent)
}

fn any_call_id() -> impl Strategy<Value = CallId> {
    (0..16_u16).prop_map(call)
}

fn any_rights() -> impl Strategy<Value = Rights> {
    let one = || {
        prop_oneof![
            Just(Capability::Time),
            Just(Capability::Notes),
            Just(Capability::FilesWrite),
            Just(Capability::Delegate),
        ]
    };
    let some = prop::collection::vec(one(), 1..4);
    let denied = prop::collection::vec(one(), 0..2);
    prop_oneof![
        1 => Just(all_rights()),
        1 => (some, denied).prop_map(|(allowed, denied)| Rights::of(allowed).without(denied)),
    ]
}

fn any_budget() -> impl Strategy<Value = Budget> {
    let numbers = (
        0..3_u32,
        0..6_u32,
        prop_oneof![Just(10_u64), Just(100), Just(1_000)],
    );
    numbers.prop_map(|(depth, children, amount)| Budget {
        depth,
        children,
        ..budget(amount)
    })
}

fn any_spawn() -> impl Strategy<Value = Spawn> {
    let level = prop_oneof![
        2 => Just(Level::Admin),
        3 => Just(Level::Manager),
        4 => Just(Level::Worker),
    ];
    let places = (any_agent(), prop::option::weighted(0.8, any_agent()));
    let call = prop::option::weighted(0.3, any_call_id());
    (places, level, any_budget(), any_rights(), call).prop_map(
        |((agent, parent), level, budget, rights, call)| Spawn {
            agent,
            parent,
            level: if parent.is_none() {
                Level::Admin
            } else {
                level
            },
            budget,
            rights,
            call: parent.and(call),
            ..admin(0)
        },
    )
}

fn any_call() -> impl Strategy<Value = Input> {
    let made = (0..16_u16, 0..8_u16, 0..4_u8).prop_map(|(id, whose, kind)| match kind {
        0 => reading(id, whose),
        1 => noting(id, whose),
        2 => giving_away(id, whose),
        _ => writing(id, whose),
    });
    let word = prop_oneof![
        Just(Standing::Ask),
        Just(Standing::Once),
        Just(Standing::Always),
        Just(Standing::Never),
    ];
    let said = prop::collection::vec(word, 0..2);
    (made, said).prop_map(|(call, said)| Input::Call { call, said })
}

fn any_word() -> impl Strategy<Value = Input> {
    let cost = (0..60_u64).prop_map(|amount| Cost {
        cpu: Milliseconds(amount / 4),
        tokens: TokenCount(amount),
        wall: Milliseconds(amount / 2),
    });
    let to = prop_oneof![Just(State::Planning), Just(State::Working)];
    let text = || "so".to_owned();
    prop_oneof![
        6 => (any_agent(), to).prop_map(|(agent, to)| Input::Move { agent, to }),
        3 => (any_agent(), cost).prop_map(|(agent, cost)| Input::Spend { agent, cost }),
        4 => any_call_id().prop_map(Input::Approve),
        1 => any_call_id().prop_map(Input::Decline),
        3 => any_call_id().prop_map(|call| Input::Ended { call, end: done("seen") }),
        1 => any_agent().prop_map(move |agent| Input::Answer {
            agent, text: text(), labels: Labels::new(),
        }),
        1 => any_agent().prop_map(|agent| Input::Fail {
            agent, failure: Failure::CrashedTooOften,
        }),
        2 => any_agent().prop_map(Input::Pause),
        2 => any_agent().prop_map(Input::Resume),
        1 => any_agent().prop_map(Input::Cancel),
        1 => any_agent().prop_map(Input::TakeOver),
        1 => any_agent().prop_map(move |agent| Input::AnswerInstead { agent, text: text() }),
    ]
}

pub(super) fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => any_spawn().prop_map(Step::Spawn),
        5 => any_call().prop_map(Step::Do),
        9 => any_word().prop_map(Step::Do),
        1 => (0..1_000_000_u64).prop_map(Step::Wait),
    ]
}

/// Takes a step, and says whether it was accepted.
pub(super) fn take(tree: &mut Tree, step: Step, now: &mut Timestamp) -> bool {
    match step {
        Step::Wait(millis) => {
            *now = Timestamp::from_millis(now.as_millis() + millis);
            tree.handle_timeout(*now);
            true
        }
        Step::Spawn(spawn) => {
            let agent = spawn.agent;
            // Most begin at once, so that much happens in few steps.
            let to = State::Working;
            tree.handle_input(Input::Spawn(spawn), *now).is_ok()
                && tree.handle_input(Input::Move { agent, to }, *now).is_ok()
        }
        Step::Do(input) => tree.handle_input(input, *now).is_ok(),
    }
}

/// No agent has more than the one above it, and all that were granted add up.
fn check_rules(tree: &Tree) -> Result<(), TestCaseError> {
    for (id, root) in tree.agents().filter(|(_, one)| one.parent.is_none()) {
        let below: Vec<&Agent> = tree
            .forest
            .subtree(id)
            .into_iter()
            .filter_map(|id| tree.agent(id))
            .collect();
        let sum = |of: fn(&Agent) -> u64| below.iter().map(|one| of(one)).sum::<u64>();
        let granted = root.account.granted();
        let tokens = sum(|one| one.account.left().tokens.0 + one.account.spent().tokens.0);
        prop_assert_eq!(tokens, granted.tokens.0);
        let wall = sum(|one| one.account.left().wall.0 + one.account.spent().wall.0);
        prop_assert_eq!(wall, granted.wall.0);
        prop_assert_eq!(sum(|one| one.account.left().memory.0), granted.memory.0);
        let places = sum(|one| one.account.left().children.into()) + below.len() as u64 - 1;
        prop_assert_eq!(places, u64::from(granted.children));
    }
    for (_, child) in tree.agents() {
        let Some(parent) = child.parent.and_then(|id| tree.agent(id)) else {
            continue;
        };
        prop_assert_eq!(may_create(parent.level, child.level), Ok(()));
        let (small, large) = (child.account.granted(), parent.account.granted());
        prop_assert!(small.tokens <= large.tokens && small.memory <= large.memory);
        prop_assert!(small.depth < large.depth && small.children < large.children);
        prop_assert!(child.rights.iter().all(|right| parent.rights.allows(right)));
        prop_assert!(
            child.state.is_ended() || !parent.state.is_ended(),
            "an orphan lives"
        );
    }
    for (until, call) in tree.questions() {
        prop_assert!(
            tree.agent(call.agent)
                .is_some_and(|one| !one.state.is_ended()),
            "{until:?}"
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn rules_hold_and_a_replay_from_text_gives_the_same_tree(
        steps in prop::collection::vec(any_step(), 0..120),
    ) {
        let (mut tree, mut now, mut disk) = (Tree::default(), NOON, Vec::new());
        for step in steps {
            let before = tree.forest.clone();
            let is_word = matches!(step, Step::Do(_));
            let accepted = take(&mut tree, step, &mut now);
            prop_assert!(accepted || !is_word || before == tree.forest, "refused, and changed");
            while let Some(effect) = tree.poll_effect() {
                if let Effect::Record(event) = effect {
                    disk.push(serde_json::to_string(&event).expect("plain data"));
                }
            }
            check_rules(&tree)?;
        }
        let events = disk.iter().map(|line| serde_json::from_str(line).expect("what was written"));
        let replayed = Tree::replay(events).expect("a whole journal");
        prop_assert_eq!(replayed.forest, tree.forest);
    }
}
