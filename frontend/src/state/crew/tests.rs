use super::*;
use crate::state::tests::agent;

fn id(number: u8) -> AgentId {
    AgentId::from_bytes([number; 16])
}

fn answer(number: u8) -> MessageId {
    MessageId::from_bytes([number; 16])
}

/// An admin (1) with a manager (2) with two workers (3, 4), and a worker of its own (5).
fn crew() -> Crew {
    let mut crew = Crew::default();
    for (number, parent) in [
        (1, None),
        (2, Some(1)),
        (3, Some(2)),
        (4, Some(2)),
        (5, Some(1)),
    ] {
        crew.take(agent(number, parent, AgentState::Working));
    }
    crew
}

fn shape(rows: &[Branch]) -> Vec<(AgentId, usize, usize, usize)> {
    let row = |row: &Branch| (row.id, row.level, row.place, row.beside);
    rows.iter().map(row).collect()
}

#[test]
fn tree_has_each_agent_below_the_one_that_created_it() {
    assert_eq!(
        shape(&crew().tree(None)),
        [
            (id(1), 1, 1, 1),
            (id(2), 2, 1, 2),
            (id(3), 3, 1, 2),
            (id(4), 3, 2, 2),
            (id(5), 2, 2, 2),
        ]
    );
}

#[test]
fn agents_that_ended_are_shown_for_their_answer_only() {
    let mut crew = Crew::default();
    for number in [1, 2] {
        let mut one = agent(number, (number == 2).then_some(1), AgentState::Done);
        one.answer = Some(answer(7));
        crew.take(one);
    }
    assert_eq!(crew.tree(Some(answer(7))).len(), 2);
    assert!(
        !crew.at_work(&crew.tree(Some(answer(7)))),
        "the tree may collapse"
    );
    assert!(
        crew.tree(Some(answer(8))).is_empty(),
        "another answer is shown"
    );
    assert!(crew.tree(None).is_empty());
}

#[test]
fn one_at_work_is_shown_with_all_above_it_also_when_those_ended() {
    let mut crew = Crew::default();
    crew.take(agent(1, None, AgentState::Done));
    crew.take(agent(2, Some(1), AgentState::Working));
    let tree = crew.tree(None);
    assert_eq!(shape(&tree), [(id(1), 1, 1, 1), (id(2), 2, 1, 1)]);
    assert!(crew.at_work(&tree));
}

#[test]
fn lone_agent_is_shown_when_it_used_a_tool_waits_or_is_paused() {
    let mut crew = Crew::default();
    crew.take(agent(1, None, AgentState::Working));
    assert!(
        crew.tree(None).is_empty(),
        "it is the answer that is being written, and nothing more"
    );
    crew.take(agent(1, None, AgentState::Paused));
    assert_eq!(crew.tree(None).len(), 1);
    let mut calling = agent(1, None, AgentState::Working);
    calling.calls = 1;
    crew.take(calling);
    assert_eq!(crew.tree(None).len(), 1);
}

#[test]
fn what_was_read_too_early_does_not_bring_an_agent_back_to_life() {
    let mut crew = crew();
    let mut ended = agent(3, Some(2), AgentState::Done);
    ended.steps = 4;
    crew.take(ended);
    let stale = AgentList {
        agents: vec![agent(3, Some(2), AgentState::Working)],
    };
    crew.refresh(stale);
    let state = crew.agent(id(3)).map(|agent| agent.state);
    assert_eq!(state, Some(AgentState::Done));
    assert_eq!(crew.tree(None).len(), 4, "one is done; nobody else is lost");
}

#[test]
fn agents_in_a_ring_do_no_harm() {
    let mut crew = Crew::default();
    crew.take(agent(1, Some(2), AgentState::Working));
    crew.take(agent(2, Some(1), AgentState::Working));
    assert!(crew.tree(None).is_empty(), "no top, so nothing to draw");
}

#[test]
fn a_crew_never_holds_more_agents_than_a_list_has() {
    let mut crew = Crew::default();
    for number in 0..2_000_u32 {
        let mut one = agent(1, None, AgentState::Done);
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        one.id = AgentId::from_bytes(bytes);
        one.answer = Some(answer(7));
        crew.take(one);
    }
    assert_eq!(crew.tree(Some(answer(7))).len(), AGENTS_LISTED_MAX as usize);
}

#[test]
fn closed_branch_hides_all_that_stands_below_it() {
    let rows = seen(&crew().tree(None), &HashSet::from([id(2)]));
    let shown: Vec<_> = rows.iter().map(|row| row.id).collect();
    assert_eq!(shown, [id(1), id(2), id(5)]);
}

#[test]
fn keys_walk_the_tree_as_trees_are_walked() {
    let tree = crew().tree(None);
    let open = HashSet::new();
    let press = |here: u8, key| step(&tree, &open, id(here), key);
    assert_eq!(press(1, "ArrowDown"), Some(Step::To(id(2))));
    assert_eq!(press(1, "ArrowUp"), None, "there is nothing above");
    assert_eq!(press(5, "ArrowDown"), None, "there is nothing below");
    assert_eq!(press(3, "Home"), Some(Step::To(id(1))));
    assert_eq!(press(1, "End"), Some(Step::To(id(5))));
    assert_eq!(
        press(2, "ArrowRight"),
        Some(Step::To(id(3))),
        "to its first child"
    );
    assert_eq!(press(3, "ArrowRight"), None, "a leaf has none");
    assert_eq!(press(2, "ArrowLeft"), Some(Step::Close(id(2))));
    assert_eq!(
        press(4, "ArrowLeft"),
        Some(Step::To(id(2))),
        "to its parent"
    );
    assert_eq!(press(4, "x"), None);
    let closed = HashSet::from([id(2)]);
    let rows = seen(&tree, &closed);
    assert_eq!(
        step(&rows, &closed, id(2), "ArrowRight"),
        Some(Step::Open(id(2)))
    );
    assert_eq!(
        step(&rows, &closed, id(2), "ArrowLeft"),
        Some(Step::To(id(1)))
    );
}
