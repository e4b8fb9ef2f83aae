//! Going on after a crash.

use super::*;
use crate::admission::later;

#[test]
fn unfinished_agents_start_again_where_they_were_and_ended_ones_do_not() {
    let mut house = House::with_three();
    house.tell(Input::Move {
        agent: agent(2),
        to: State::Planning,
    });
    house.tell(Input::Cancel(agent(3)));
    let start = |number, from| Effect::Start {
        agent: agent(number),
        from,
    };
    let started = [start(1, State::Working), start(2, State::Planning)];
    assert_eq!(house.crash(NOON), started);
}

#[test]
fn paused_agent_is_still_paused_after_a_crash() {
    let mut house = House::with_three();
    house.tell(Input::Pause(agent(3)));
    let effects = house.crash(NOON);
    let from = State::Paused;
    assert!(
        effects.contains(&Effect::Start {
            agent: agent(3),
            from
        }),
        "{effects:?}"
    );
    house.tell(Input::Resume(agent(3)));
    assert_eq!(house.state(3), State::Working);
}

#[test]
fn question_is_asked_again_unless_its_patience_ended_meanwhile() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    assert!(house.crash(NOON).contains(&Effect::AskPerson(call(1))));
    let effects = house.crash(later(NOON, REVIEW_PATIENCE));
    assert!(
        !effects.contains(&Effect::AskPerson(call(1))),
        "{effects:?}"
    );
    assert!(effects.contains(&Effect::Withdraw(call(1))), "{effects:?}");
}

#[test]
fn call_that_was_approved_and_had_not_begun_is_performed() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    house.tell(Input::Approve(call(1)));
    let began = house.disk.pop().expect("something was recorded");
    assert!(
        matches!(began.what, Happening::Began { .. }),
        "the crash came just before it"
    );
    assert!(house.crash(NOON).contains(&Effect::Perform(writing(1, 3))));
}

#[test]
fn call_that_had_begun_is_not_run_again_and_the_person_is_told() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    house.tell(Input::Approve(call(1)));
    let effects = house.crash(NOON);
    assert!(
        !effects.contains(&Effect::Perform(writing(1, 3))),
        "{effects:?}"
    );
    assert!(
        effects.contains(&Effect::TellInterrupted(writing(1, 3))),
        "{effects:?}"
    );
    let told = Effect::Settled {
        agent: agent(3),
        call: call(1),
        end: CallEnd::Interrupted,
    };
    assert!(effects.contains(&told), "{effects:?}");
    let again = house.crash(NOON);
    assert!(
        !again.contains(&Effect::TellInterrupted(writing(1, 3))),
        "told once: {again:?}"
    );
}

#[test]
fn call_that_is_done_once_by_its_id_is_performed_again_with_the_same_id() {
    let mut house = House::with_three();
    house.tell(wanted(noting(1, 3)));
    house.tell(Input::Approve(call(1)));
    house.tell(wanted(reading(2, 3)));
    let effects = house.crash(NOON);
    assert!(
        effects.contains(&Effect::Perform(noting(1, 3))),
        "{effects:?}"
    );
    assert!(
        effects.contains(&Effect::Perform(reading(2, 3))),
        "{effects:?}"
    );
}

#[test]
fn call_of_a_cancelled_agent_is_not_done_again_however_harmless() {
    let mut house = House::with_three();
    house.tell(wanted(noting(1, 3)));
    house.tell(Input::Approve(call(1)));
    house.tell(Input::Cancel(agent(3)));
    let effects = house.crash(NOON);
    assert!(
        !effects.contains(&Effect::Perform(noting(1, 3))),
        "{effects:?}"
    );
    assert!(
        effects.contains(&Effect::TellInterrupted(noting(1, 3))),
        "{effects:?}"
    );
}

#[test]
fn work_that_somebody_has_is_not_given_away_twice() {
    let mut house = House::default();
    house.spawn(admin(1));
    house.tell(wanted(giving_away(1, 1)));
    let perform = Effect::Perform(giving_away(1, 1));
    assert!(house.crash(NOON).contains(&perform), "nobody has it yet");
    house.spawn(Spawn {
        call: Some(call(1)),
        ..worker(2, 1)
    });
    assert!(
        !house.crash(NOON).contains(&perform),
        "the worker goes on with it"
    );
}

#[test]
fn agent_that_crashes_the_hub_each_time_fails_and_one_that_gets_on_does_not() {
    let mut house = House::default();
    house.spawn(admin(1));
    house.spawn(admin(2));
    for _ in 0..RECOVERIES_MAX {
        house.crash(NOON);
        let to = match house.state(2) {
            State::Working => State::Planning,
            _ => State::Working,
        };
        house.tell(Input::Move {
            agent: agent(2),
            to,
        });
    }
    house.crash(NOON);
    let outcome = house.tree.agent(agent(1)).expect("there").outcome.clone();
    assert_eq!(outcome, Some(Outcome::Failed(Failure::CrashedTooOften)));
    assert!(!house.state(2).is_ended());
}

#[test]
fn journal_that_is_not_whole_is_refused() {
    let mut house = House::with_three();
    house.tell(Input::Cancel(agent(2)));
    let without_first = Tree::replay(house.disk[1..].iter().cloned());
    assert!(
        matches!(without_first, Err(Misfit::NoAgent(_))),
        "{without_first:?}"
    );
    let last = house.disk.last().cloned();
    let twice = Tree::replay(house.disk.iter().cloned().chain(last));
    assert!(matches!(twice, Err(Misfit::Step { .. })), "{twice:?}");
}
