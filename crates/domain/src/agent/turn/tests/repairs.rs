//! What a model gets wrong, and loops.

use super::*;

#[test]
fn invalid_call_is_told_back_and_the_repaired_one_performed() {
    let (mut play, _) = Play::of(task());
    let wrong = question(play.tell(calls(vec![wanted(1, "look_up", r#"{"wort":"x"}"#)])));
    assert_eq!(
        last(&wrong),
        "Not called: `word` is missing; there is no field `wort`."
    );
    assert_eq!(wrong.choice, Choice::Either);
    assert!(matches!(play.tell(look(2, "x")), Effect::Perform(_)));
}

#[test]
fn unknown_tool_is_told_with_those_that_there_are() {
    let (mut play, _) = Play::of(task());
    let told = question(play.tell(calls(vec![wanted(1, "shell", "{}")])));
    assert_eq!(
        last(&told),
        "Not called: there is no such tool; there are: look_up, clock."
    );
}

#[test]
fn valid_call_beside_an_invalid_one_is_performed() {
    let (mut play, _) = Play::of(task());
    let both = vec![wanted(1, "look_up", "no"), wanted(2, "clock", "{}")];
    let effect = play.tell(calls(both));
    let Effect::Perform(performed) = effect else {
        panic!("{effect:?}");
    };
    assert_eq!(
        performed.iter().map(|call| call.id).collect::<Vec<_>>(),
        [id(2)]
    );
    let next = question(play.tell(brought(2, "noon")));
    let tools = next
        .messages
        .iter()
        .filter(|message| message.role == Role::Tool);
    assert_eq!(tools.count(), 2, "the model hears of both");
}

#[test]
fn model_that_repairs_nothing_must_answer_and_fails_when_it_does_not() {
    let (mut play, _) = Play::of(task());
    for number in 1..=u8::try_from(REPAIRS_MAX).expect("few") {
        let next = question(play.tell(calls(vec![wanted(number, "look_up", "{}")])));
        assert_eq!(next.choice, Choice::Either, "it may still repair");
    }
    let next = question(play.tell(calls(vec![wanted(9, "look_up", "{}")])));
    assert_eq!((next.choice, next.tools.len()), (Choice::Answer, 0));
    let effect = play.tell(calls(vec![wanted(10, "clock", "{}")]));
    let failure = Failure::NothingFound(Ending::Repairs);
    assert!(
        matches!(&effect, Effect::Fail { failure: why, .. } if *why == failure),
        "{effect:?}"
    );
}

#[test]
fn model_that_must_call_is_told_so_when_it_talks() {
    let (mut play, first) = Play::of(Task {
        opening: Opening::Call,
        ..task()
    });
    assert_eq!(question(first).choice, Choice::Call);
    let told = question(play.tell(words("It is noon, I guess.")));
    assert_eq!(
        (told.choice, last(&told)),
        (Choice::Call, "Call one of the tools before you answer.")
    );
    play.tell(look(1, "noon"));
    let next = question(play.tell(brought(1, "midday")));
    assert_eq!(next.choice, Choice::Either, "now it may answer");
}

#[test]
fn silence_is_no_answer() {
    let (mut play, _) = Play::of(task());
    let told = question(play.tell(words(" \n")));
    assert_eq!(
        last(&told),
        "Nothing was said. Answer the task, or call a tool."
    );
}

#[test]
fn same_call_for_the_third_time_is_not_made_and_the_model_must_answer() {
    let (mut play, _) = Play::of(task());
    for number in 1..=2 {
        // The order of fields and the spacing make no other call.
        let spaced = format!(r#"{{ {} "word" : "mole" }}"#, " ".repeat(number.into()));
        play.tell(calls(vec![wanted(number, "look_up", &spaced)]));
        play.tell(brought(number, "an animal"));
    }
    let next = question(play.tell(look(3, "mole")));
    assert_eq!((next.choice, next.tools.len()), (Choice::Answer, 0));
    assert_eq!(
        last(&next),
        "Call no more tools. Answer now with what you have found."
    );
    let (text, _, ending) = answer(play.tell(words("An animal.")));
    assert_eq!((text.as_str(), ending), ("An animal.", Ending::Loop));
}

#[test]
fn two_calls_that_take_turns_are_a_loop_and_three_in_a_row_of_different_ones_are_not() {
    let (mut play, _) = Play::of(task());
    for (number, word) in (1..).zip(["a", "b", "a"]) {
        assert!(
            matches!(play.tell(look(number, word)), Effect::Perform(_)),
            "{word}"
        );
        play.tell(brought(number, "seen"));
    }
    assert_eq!(question(play.tell(look(4, "b"))).choice, Choice::Answer);

    let (mut play, _) = Play::of(task());
    for (number, word) in (1..).zip(["a", "b", "c", "a", "b", "c"]) {
        assert!(
            matches!(play.tell(look(number, word)), Effect::Perform(_)),
            "{word}"
        );
        play.tell(brought(number, "seen"));
    }
}

#[test]
fn model_that_calls_on_instead_of_answering_ends_with_what_was_found() {
    let (mut play, _) = Play::of(task());
    for number in 1..=2 {
        play.tell(look(number, "mole"));
        play.tell(brought(number, "an animal"));
    }
    play.tell(look(3, "mole"));
    let mut effect = play.tell(look(4, "mole"));
    for number in 5.. {
        let Effect::AskModel(_) = effect else {
            break;
        };
        effect = play.tell(look(number, "mole"));
    }
    let (text, labels, _) = answer(effect);
    assert_eq!(text, "an animal\n\nan animal");
    assert!(labels.contains("private_store"), "also without the model");
}

#[test]
fn more_calls_at_once_than_the_limit_are_not_made() {
    let (mut play, _) = Play::of(task());
    let many =
        (1..=10).map(|number| wanted(number, "look_up", &format!(r#"{{"word":"{number}"}}"#)));
    let effect = play.tell(calls(many.collect()));
    let Effect::Perform(performed) = effect else {
        panic!("{effect:?}");
    };
    assert_eq!(performed.len(), CALLS_PER_STEP_MAX);
}
