//! What happens with calls.

use super::*;
use crate::admission::later;
use crate::agent::call::Refused;
use crate::agent::capability::Standing;

fn settled(number: u16, whose: u16, end: CallEnd) -> Effect {
    Effect::Settled {
        agent: agent(whose),
        call: call(number),
        end,
    }
}

#[test]
fn reading_needs_no_question() {
    let mut house = House::with_three();
    let effects = house.tell(wanted(reading(1, 3)));
    assert_eq!(effects, [Effect::Perform(reading(1, 3))]);
    assert_eq!(house.state(3), State::Working);
}

#[test]
fn change_is_asked_about_performed_once_and_told_to_the_agent() {
    let mut house = House::with_three();
    assert_eq!(
        house.tell(wanted(writing(1, 3))),
        [Effect::AskPerson(call(1))]
    );
    assert_eq!(house.state(3), State::Waiting);
    let until = later(NOON, REVIEW_PATIENCE);
    assert_eq!(
        house.tree.questions().collect::<Vec<_>>(),
        [(until, &writing(1, 3))]
    );
    assert_eq!(
        house.tell(Input::Approve(call(1))),
        [Effect::Perform(writing(1, 3))]
    );
    assert_eq!(house.state(3), State::Working);
    let input = Input::Ended {
        call: call(1),
        end: done("written"),
    };
    assert_eq!(house.tell(input.clone()), [settled(1, 3, done("written"))]);
    assert_eq!(house.refused(input), Refusal::NotBegun(call(1)));
    assert_eq!(
        house.refused(Input::Approve(call(1))),
        Refusal::NotAsked(call(1))
    );
}

#[test]
fn agent_waits_until_its_last_question_is_answered() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    house.tell(wanted(writing(2, 3)));
    house.tell(Input::Approve(call(1)));
    assert_eq!(house.state(3), State::Waiting);
    let effects = house.tell(Input::Decline(call(2)));
    let end = CallEnd::Declined(Declined::ByPerson);
    assert_eq!(effects, [Effect::Withdraw(call(2)), settled(2, 3, end)]);
    assert_eq!(house.state(3), State::Working);
}

#[test]
fn call_left_unanswered_is_declined_when_patience_ends() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    let end = house.tree.poll_timeout().expect("a question is open");
    assert_eq!(end, later(NOON, REVIEW_PATIENCE));
    house
        .tree
        .handle_timeout(Timestamp::from_millis(end.as_millis() - 1));
    assert_eq!(house.tree.poll_effect(), None, "it still has a millisecond");
    house.tree.handle_timeout(end);
    let effects = house.rest(true);
    let declined = CallEnd::Declined(Declined::Unanswered);
    assert_eq!(
        effects,
        [Effect::Withdraw(call(1)), settled(1, 3, declined)]
    );
    assert_eq!(
        (house.tree.poll_timeout(), house.state(3)),
        (None, State::Working)
    );
}

#[test]
fn call_is_performed_with_the_arguments_that_the_person_said_yes_to() {
    let mut house = House::with_three();
    let asked = writing(1, 3);
    house.tell(wanted(asked.clone()));
    let hidden = r#"{"to":"[EMAIL_1]"}"#;
    let effects = house.tell(Input::ApproveInstead {
        call: call(1),
        arguments: hidden.to_owned(),
    });
    let performed = Call {
        arguments: hidden.to_owned(),
        ..asked.clone()
    };
    assert!(effects.contains(&Effect::Perform(performed)), "{effects:?}");
    assert_eq!(
        house.tell(wanted(asked)),
        [],
        "the same call again is the same call still"
    );
}

#[test]
fn yes_that_comes_too_late_does_nothing() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    let end = house.tree.poll_timeout().expect("a question is open");
    let late = house.tree.handle_input(Input::Approve(call(1)), end);
    assert_eq!(late, Err(Refusal::NotAsked(call(1))));
    let performs = |effect: &Effect| matches!(effect, Effect::Perform(_));
    assert!(!house.rest(true).iter().any(performs));
}

#[test]
fn tool_without_a_right_is_refused_and_nobody_is_asked() {
    let mut house = House::with_three();
    let web = Call {
        capability: Capability::Web,
        ..writing(1, 3)
    };
    let always = Input::Call {
        call: web,
        said: vec![Standing::Always],
    };
    let effects = house.tell(always);
    assert_eq!(effects, [settled(1, 3, CallEnd::Refused(Refused::Rights))]);
}

#[test]
fn never_refuses_and_a_standing_yes_performs() {
    let mut house = House::with_three();
    let said = |number, said| Input::Call {
        call: writing(number, 3),
        said,
    };
    let effects = house.tell(said(1, vec![Standing::Always, Standing::Never]));
    assert_eq!(effects, [settled(1, 3, CallEnd::Refused(Refused::Never))]);
    let effects = house.tell(said(2, vec![Standing::Once]));
    assert_eq!(effects, [Effect::Perform(writing(2, 3))]);
    let allowed = house.disk.iter().find_map(|event| match &event.what {
        Happening::Allowed { standing, .. } => *standing,
        _ => None,
    });
    assert_eq!(
        allowed,
        Some(Standing::Once),
        "the hub learns what to strike out"
    );
}

#[test]
fn same_call_again_is_answered_from_memory() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    assert_eq!(house.tree.handle_input(wanted(writing(1, 3)), NOON), Ok(()));
    assert_eq!(house.rest(true), [], "it is asked about once");
    house.tell(Input::Approve(call(1)));
    house.tell(Input::Ended {
        call: call(1),
        end: done("written"),
    });
    assert_eq!(house.tree.handle_input(wanted(writing(1, 3)), NOON), Ok(()));
    assert_eq!(house.rest(false), [settled(1, 3, done("written"))]);
    let other = Call {
        arguments: "{}".to_owned(),
        ..writing(1, 3)
    };
    assert_eq!(house.refused(wanted(other)), Refusal::OtherCall(call(1)));
}

#[test]
fn answer_of_the_agent_that_was_given_the_work_ends_the_call() {
    let mut house = House::default();
    house.spawn(admin(1));
    house.tell(wanted(giving_away(1, 1)));
    let for_call = |number| Spawn {
        call: Some(call(1)),
        ..worker(number, 1)
    };
    house.spawn(for_call(2));
    let twice = house.refused(Input::Spawn(for_call(3)));
    assert_eq!(
        twice,
        Refusal::NotDelegating(call(1)),
        "one agent for each call"
    );
    let Outcome::Answered { text, labels } = answered("42") else {
        panic!("an answer");
    };
    let input = Input::Answer {
        agent: agent(2),
        text,
        labels,
    };
    let report = Effect::Report {
        to: Some(agent(1)),
        from: agent(2),
        outcome: answered("42"),
    };
    assert_eq!(
        house.tell(input),
        [Effect::Stop(agent(2)), report, settled(1, 1, done("42"))]
    );
}

fn answered(text: &str) -> Outcome {
    let CallEnd::Done { text, labels } = done(text) else {
        panic!("done");
    };
    Outcome::Answered { text, labels }
}

#[test]
fn work_is_given_away_only_by_a_call_that_does_so() {
    let mut house = House::with_three();
    house.tell(wanted(reading(1, 1)));
    for number in [1, 9] {
        let spawn = Spawn {
            call: Some(call(number)),
            ..worker(4, 1)
        };
        assert_eq!(
            house.refused(Input::Spawn(spawn)),
            Refusal::NotDelegating(call(number))
        );
    }
}

#[test]
fn agent_makes_no_more_calls_than_its_limit() {
    let mut house = House::with_three();
    for number in 0..u16::try_from(CALLS_MAX).expect("few") {
        house.tell(wanted(reading(number, 3)));
    }
    let one_more = house.refused(wanted(reading(u16::MAX, 3)));
    assert_eq!(one_more, Refusal::TooManyCalls(agent(3)));
}

#[test]
fn end_of_a_call_whose_agent_is_gone_is_still_written_down() {
    let mut house = House::with_three();
    house.tell(wanted(reading(1, 3)));
    house.tell(Input::Cancel(agent(3)));
    let input = Input::Ended {
        call: call(1),
        end: done("noon"),
    };
    assert_eq!(house.tell(input), [], "nobody is left to be told");
    assert!(house.tree.call(call(1)).is_none());
}
