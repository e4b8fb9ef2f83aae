//! Conversations that outgrow their room.

use super::*;

/// Bytes that the model is shown.
fn bytes(question: &Question) -> usize {
    let messages = question.messages.iter();
    messages.map(|message| message.text.len()).sum()
}

#[test]
fn oldest_observations_are_shortened_first_and_the_newest_stays() {
    let (mut play, _) = Play::of(task());
    let long = "é".repeat(2_400);
    let mut shown = Vec::new();
    for number in 1..=5 {
        play.tell(look(number, &number.to_string()));
        shown.push(question(play.tell(brought(number, &long))));
    }
    for question in &shown {
        assert!(bytes(question) <= 4_000 * 4, "{} bytes", bytes(question));
    }
    let tools: Vec<&str> = shown[4]
        .messages
        .iter()
        .filter(|message| message.role == Role::Tool)
        .map(|message| message.text.as_str())
        .collect();
    assert!(
        tools[0].ends_with("… (shortened)") && tools[0].len() <= 260,
        "{}",
        tools[0]
    );
    assert_eq!(tools[4], long, "the newest is whole");
    let kept = &shown[4].messages[..2];
    assert_eq!(
        kept[1].text, "What is a mole?",
        "the task is never shortened"
    );
}

#[test]
fn conversation_that_fits_is_left_as_it_is() {
    let (mut play, _) = Play::of(task());
    play.tell(look(1, "mole"));
    let next = question(play.tell(brought(1, &"x".repeat(5_000))));
    assert_eq!(last(&next).len(), 5_000);
}

#[test]
fn one_huge_observation_takes_half_of_the_room() {
    let (mut play, _) = Play::of(task());
    play.tell(look(1, "mole"));
    let next = question(play.tell(brought(1, &"é".repeat(1_000_000))));
    assert!(bytes(&next) < 4_000 * 4 * 3 / 4, "{} bytes", bytes(&next));
    assert!(last(&next).ends_with("… (shortened)"));
}

#[test]
fn many_observations_in_a_small_room_are_left_out() {
    let (mut play, _) = Play::of(Task {
        room: Room {
            tokens: TokenCount(700),
            ..task().room
        },
        ..task()
    });
    let mut next = None;
    for number in 1..=12 {
        play.tell(look(number, &number.to_string()));
        next = Some(question(play.tell(brought(number, &"x".repeat(300)))));
    }
    let next = next.expect("twelve questions");
    assert!(
        next.messages
            .iter()
            .any(|message| message.text == "(left out)")
    );
    assert!(bytes(&next) <= 700 * 4, "{} bytes", bytes(&next));
}
