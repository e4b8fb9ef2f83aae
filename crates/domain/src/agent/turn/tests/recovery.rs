//! Going on after a crash.

use proptest::prelude::*;

use super::*;

fn replayed(disk: &[Event]) -> Turn {
    let lines = disk
        .iter()
        .map(|event| serde_json::to_string(event).expect("plain data"));
    let lines: Vec<String> = lines.collect();
    let events = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect("what was written"));
    Turn::replay(events).expect("a whole journal")
}

#[test]
fn question_that_the_model_did_not_answer_is_asked_again() {
    let (mut play, _) = Play::of(task());
    play.tell(look(1, "mole"));
    let asked = play.tell(brought(1, "an animal"));
    play.turn = replayed(&play.disk);
    assert_eq!(
        play.turn.poll_effect(),
        None,
        "nothing before it is said to go on"
    );
    assert_eq!(play.tell(Input::Recovered), asked);
}

#[test]
fn calls_that_did_not_end_are_taken_to_the_tree_again_with_their_ids() {
    let (mut play, _) = Play::of(task());
    play.tell(calls(vec![
        wanted(1, "clock", "{}"),
        wanted(2, "look_up", r#"{"word":"x"}"#),
    ]));
    play.turn
        .handle_input(brought(1, "noon"), NOON)
        .expect("it waits for it");
    play.effects();
    play.turn = replayed(&play.disk);
    let effect = play.tell(Input::Recovered);
    let Effect::Perform(again) = effect else {
        panic!("{effect:?}");
    };
    assert_eq!(
        again.iter().map(|call| call.id).collect::<Vec<_>>(),
        [id(2)]
    );
}

#[test]
fn time_does_not_run_while_the_hub_is_down() {
    let (mut play, _) = Play::of(task());
    play.turn = replayed(&play.disk);
    let morning = Timestamp::from_millis(NOON.as_millis() + 20 * 60 * 60 * 1_000);
    play.turn
        .handle_input(Input::Recovered, morning)
        .expect("it was running");
    let end = play.turn.poll_timeout().expect("it has an end");
    assert_eq!(end.as_millis(), morning.as_millis() + 60_000);
}

fn any_input() -> impl Strategy<Value = Input> {
    let call = (0..12_u8, 0..3_u8, "[ab]").prop_map(|(number, kind, word)| match kind {
        0 => wanted(number, "clock", "{}"),
        1 => wanted(number, "look_up", &format!(r#"{{"word":"{word}"}}"#)),
        _ => wanted(number, &word, "?"),
    });
    let said = ("[ a]{0,3}", prop::collection::vec(call, 0..4), 0..900_u64);
    prop_oneof![
        4 => said.prop_map(|(text, calls, tokens)| Input::Said {
            text, calls, tokens: TokenCount(tokens),
        }),
        8 => (0..12_u8).prop_map(|number| brought(number, "seen")),
        1 => Just(Input::Recovered),
    ]
}

proptest! {
    #[test]
    fn whatever_a_model_says_the_turn_ends_once_and_replays_to_the_same(
        inputs in prop::collection::vec(any_input(), 0..80),
        opening in prop_oneof![Just(Opening::Free), Just(Opening::Plan), Just(Opening::Call)],
    ) {
        let (mut play, _) = Play::of(Task { opening, ..task() });
        let (mut questions, mut ends) = (1, 0);
        for input in inputs {
            let again = input == Input::Recovered;
            let _ = play.turn.handle_input(input, NOON);
            for effect in play.effects() {
                match effect {
                    Effect::AskModel(_) if !again => questions += 1,
                    Effect::Answer { .. } | Effect::Fail { .. } => ends += 1,
                    Effect::AskModel(_) | Effect::Perform(_) | Effect::Record(_) => {}
                }
            }
        }
        prop_assert!(questions <= STEPS_MAX, "{questions} questions");
        prop_assert!(ends <= 1, "{ends} ends");
        prop_assert_eq!(ends == 1, play.turn.state().is_ended());
        prop_assert_eq!(replayed(&play.disk), play.turn);
    }
}
