//! How turns end.

use super::*;
use crate::agent::call::Declined;

#[test]
fn last_step_is_for_the_answer() {
    let (mut play, _) = Play::of(task());
    let mut number = 0;
    let last = loop {
        number += 1;
        play.tell(look(number, &number.to_string()));
        let next = question(play.tell(brought(number, "seen")));
        if next.choice == Choice::Answer {
            break next;
        }
    };
    assert_eq!(u32::from(number), STEPS_MAX - 1);
    assert!(last.tools.is_empty());
    assert_eq!(answer(play.tell(words("so"))).2, Ending::StepsSpent);
}

#[test]
fn turn_that_used_up_its_tokens_ends_with_what_is_known() {
    let (mut play, _) = Play::of(Task {
        tokens: ANSWER_RESERVE,
        ..task()
    });
    play.tell(look(1, "mole"));
    let next = question(play.tell(brought(1, "an animal")));
    let left = TokenCount(ANSWER_RESERVE.0 - 10);
    assert_eq!(
        (next.choice, next.tokens_max),
        (Choice::Answer, left),
        "enough to answer"
    );

    let (mut play, _) = Play::of(Task {
        tokens: TokenCount(900),
        ..task()
    });
    let costly = Input::Said {
        text: String::new(),
        calls: vec![wanted(1, "clock", "{}")],
        tokens: TokenCount(900),
    };
    play.tell(costly);
    let (text, _, ending) = answer(play.tell(brought(1, "noon")));
    assert_eq!((text.as_str(), ending), ("noon", Ending::TokensSpent));
}

#[test]
fn turn_without_tokens_or_findings_fails() {
    let (_, effect) = Play::of(Task {
        tokens: TokenCount(0),
        ..task()
    });
    let Effect::Fail { failure, .. } = effect else {
        panic!("{effect:?}");
    };
    assert_eq!(
        failure.to_string(),
        "nothing was found, and all tokens were used up"
    );
}

#[test]
fn turn_whose_time_is_over_ends_with_what_is_known() {
    let (mut play, _) = Play::of(task());
    play.tell(look(1, "mole"));
    play.tell(brought(1, "an animal"));
    let end = play.turn.poll_timeout().expect("it has an end");
    assert_eq!(end.as_millis(), NOON.as_millis() + 60_000);
    play.turn
        .handle_timeout(Timestamp::from_millis(end.as_millis() - 1));
    assert_eq!(play.turn.poll_effect(), None, "it still has a millisecond");
    play.turn.handle_timeout(end);
    let effect = play.effects().pop().expect("it ends");
    assert_eq!(answer(effect).2, Ending::TimeSpent);
    assert_eq!(
        (play.turn.poll_timeout(), play.turn.state()),
        (None, State::Done)
    );
}

#[test]
fn declined_and_failed_calls_are_told_and_are_no_findings() {
    let (mut play, _) = Play::of(task());
    play.tell(calls(vec![
        wanted(1, "clock", "{}"),
        wanted(2, "look_up", r#"{"word":"x"}"#),
    ]));
    let declined = Input::CallEnded {
        call: id(1),
        end: CallEnd::Declined(Declined::ByPerson),
    };
    play.turn
        .handle_input(declined, NOON)
        .expect("it waits for it");
    assert!(play.effects().is_empty(), "the other call still runs");
    let failed = Input::CallEnded {
        call: id(2),
        end: CallEnd::Failed {
            reason: "no such file: diary.txt".to_owned(),
            labels: Labels::from(["file".to_owned()]),
        },
    };
    let next = question(play.tell(failed));
    assert_eq!(last(&next), "The call failed: no such file: diary.txt");
    assert!(
        play.turn.labels().contains("file"),
        "also a reason tells something"
    );
    play.turn.handle_timeout(Timestamp::from_millis(u64::MAX));
    let effect = play.effects().pop().expect("it ends");
    assert!(matches!(effect, Effect::Fail { .. }), "{effect:?}");
}

#[test]
fn turn_ends_when_it_is_cancelled_or_the_model_cannot_be_asked() {
    let (mut play, _) = Play::of(task());
    let effect = play.tell(Input::Cancelled);
    assert!(
        matches!(
            effect,
            Effect::Fail {
                failure: Failure::Cancelled,
                ..
            }
        ),
        "{effect:?}"
    );
    assert_eq!(play.turn.state(), State::Cancelled);
    assert_eq!(
        play.turn.handle_input(words("late"), NOON),
        Err(Refusal::OutOfPlace)
    );

    let (mut play, _) = Play::of(task());
    let reason = "no model is loaded".to_owned();
    let effect = play.tell(Input::ModelFailed { reason });
    let Effect::Fail { failure, labels } = effect else {
        panic!("{effect:?}");
    };
    assert_eq!(
        failure.to_string(),
        "the model cannot be asked: no model is loaded"
    );
    assert!(labels.contains("message"));
}
