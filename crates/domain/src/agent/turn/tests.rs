//! Whole conversations with a model that speaks from a script.

mod endings;
mod recovery;
mod repairs;
mod room;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use base::{AgentId, Milliseconds};

use super::*;
use crate::agent::call::SideEffects;
use crate::agent::capability::Capability;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn id(number: u8) -> CallId {
    CallId::from_bytes([number; 16])
}

fn look_up() -> Tool {
    Tool {
        name: "look_up".to_owned(),
        description: "Looks a word up.".to_owned(),
        schema: r#"{"type":"object","properties":{"word":{"type":"string"}},"required":["word"]}"#
            .to_owned(),
        capability: Capability::Notes,
        side_effects: SideEffects::None,
    }
}

fn clock() -> Tool {
    Tool {
        name: "clock".to_owned(),
        description: "Tells the time.".to_owned(),
        schema: r#"{"type":"object","properties":{}}"#.to_owned(),
        capability: Capability::Time,
        side_effects: SideEffects::None,
    }
}

fn task() -> Task {
    Task {
        agent: AgentId::from_bytes([1; 16]),
        instructions: "You are a helper.".to_owned(),
        earlier: Vec::new(),
        text: "What is a mole?".to_owned(),
        labels: Labels::from(["message".to_owned()]),
        tools: vec![look_up(), clock()],
        opening: Opening::Free,
        tokens: TokenCount(10_000),
        wall: Milliseconds(60_000),
        room: Room {
            tokens: TokenCount(4_000),
            bytes_per_token: NonZeroU32::new(4).expect("not zero"),
        },
    }
}

fn wanted(number: u8, name: &str, arguments: &str) -> Wanted {
    Wanted {
        id: id(number),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    }
}

fn words(text: &str) -> Input {
    Input::Said {
        text: text.to_owned(),
        calls: Vec::new(),
        tokens: TokenCount(10),
    }
}

fn calls(calls: Vec<Wanted>) -> Input {
    Input::Said {
        text: String::new(),
        calls,
        tokens: TokenCount(10),
    }
}

fn look(number: u8, word: &str) -> Input {
    calls(vec![wanted(
        number,
        "look_up",
        &format!(r#"{{"word":"{word}"}}"#),
    )])
}

fn brought(number: u8, text: &str) -> Input {
    Input::CallEnded {
        call: id(number),
        end: CallEnd::Done {
            text: text.to_owned(),
            labels: Labels::from(["private_store".to_owned()]),
        },
    }
}

/// A turn, and what it recorded.
#[derive(Default)]
struct Play {
    turn: Turn,
    disk: Vec<Event>,
}

impl Play {
    fn of(task: Task) -> (Self, Effect) {
        let mut play = Self::default();
        let first = play.tell(Input::Begun(Box::new(task)));
        (play, first)
    }

    /// The one thing to be done, after what is recorded.
    fn tell(&mut self, input: Input) -> Effect {
        self.turn
            .handle_input(input, NOON)
            .expect("the turn waits for it");
        let effects = self.effects();
        let [effect] = effects.as_slice() else {
            panic!("one thing is to be done, not {effects:?}");
        };
        effect.clone()
    }

    fn effects(&mut self) -> Vec<Effect> {
        let mut rest = Vec::new();
        while let Some(effect) = self.turn.poll_effect() {
            match effect {
                Effect::Record(event) => {
                    assert!(rest.is_empty(), "recorded before it is done");
                    self.disk.push(event);
                }
                effect => rest.push(effect),
            }
        }
        rest
    }

    /// Lets the model say its lines, and answers each call from a book.
    fn act(task: Task, script: Vec<Input>, book: &BTreeMap<&str, &str>) -> (Vec<Question>, Effect) {
        let (mut play, mut next) = Self::of(task);
        let (mut script, mut asked) = (script.into_iter(), Vec::new());
        loop {
            let inputs = match next {
                Effect::AskModel(question) => {
                    asked.push(question);
                    vec![script.next().expect("the model has something to say")]
                }
                Effect::Perform(calls) => {
                    let ends = calls.iter().map(|call| Input::CallEnded {
                        call: call.id,
                        end: CallEnd::Done {
                            text: book[call.arguments.as_str()].to_owned(),
                            labels: Labels::from(["private_store".to_owned()]),
                        },
                    });
                    ends.collect()
                }
                end => return (asked, end),
            };
            let mut done = Vec::new();
            for input in inputs {
                play.turn
                    .handle_input(input, NOON)
                    .expect("the turn waits for it");
                done.extend(play.effects());
            }
            next = done.pop().expect("something follows");
        }
    }
}

fn question(effect: Effect) -> Question {
    match effect {
        Effect::AskModel(question) => question,
        other => panic!("a question, not {other:?}"),
    }
}

fn answer(effect: Effect) -> (String, Labels, Ending) {
    match effect {
        Effect::Answer {
            text,
            labels,
            ending,
        } => (text, labels, ending),
        other => panic!("an answer, not {other:?}"),
    }
}

fn last(question: &Question) -> &str {
    &question.messages.last().expect("a message").text
}

#[test]
fn model_plans_calls_observes_and_answers() {
    let book = BTreeMap::from([
        (r#"{"word":"mole"}"#, "an animal; a spot; a unit"),
        ("{}", "noon"),
    ]);
    let both = vec![
        wanted(1, "look_up", r#"{ "word": "mole" }"#),
        wanted(2, "clock", "{}"),
    ];
    let script = vec![
        words("I look it up."),
        calls(both),
        words("A mole is an animal, a spot, or a unit. It is noon."),
    ];
    let planned = Task {
        opening: Opening::Plan,
        ..task()
    };
    let (asked, end) = Play::act(planned, script, &book);
    let choices: Vec<Choice> = asked.iter().map(|question| question.choice).collect();
    assert_eq!(choices, [Choice::Answer, Choice::Either, Choice::Either]);
    let said: Vec<(Role, &str)> = asked[2]
        .messages
        .iter()
        .map(|message| (message.role, message.text.as_str()))
        .collect();
    let plan = "First say in a few words how you will do this, and which tools you will use.";
    assert_eq!(
        said,
        [
            (Role::System, "You are a helper."),
            (Role::User, "What is a mole?"),
            (Role::User, plan),
            (Role::Assistant, "I look it up."),
            (Role::User, "Now do it."),
            (Role::Assistant, ""),
            (Role::Tool, "an animal; a spot; a unit"),
            (Role::Tool, "noon"),
        ]
    );
    let (text, labels, ending) = answer(end);
    assert_eq!(text, "A mole is an animal, a spot, or a unit. It is noon.");
    assert_eq!(ending, Ending::Answered);
    let all = Labels::from(["message".to_owned(), "private_store".to_owned()]);
    assert_eq!(labels, all, "what was read goes with the answer");
}

#[test]
fn model_may_answer_at_once() {
    let (asked, end) = Play::act(task(), vec![words("An animal.")], &BTreeMap::new());
    assert_eq!((asked.len(), answer(end).0.as_str()), (1, "An animal."));
}

#[test]
fn model_without_tools_is_not_asked_for_calls() {
    let alone = Task {
        tools: Vec::new(),
        opening: Opening::Call,
        ..task()
    };
    let (asked, end) = Play::act(alone, vec![words("An animal.")], &BTreeMap::new());
    assert_eq!(asked[0].choice, Choice::Answer);
    assert_eq!(answer(end).2, Ending::Answered);
}

#[test]
fn call_goes_on_with_the_bytes_that_were_checked() {
    let (mut play, _) = Play::of(task());
    let twice = r#"{"word": 5, "word": "mole"}"#;
    let effect = play.tell(calls(vec![wanted(1, "look_up", twice)]));
    let Effect::Perform(calls) = effect else {
        panic!("a call, not {effect:?}");
    };
    assert_eq!(calls[0].arguments, r#"{"word":"mole"}"#);
    assert_eq!(calls[0].capability, Capability::Notes);
    assert_eq!(calls[0].agent, task().agent);
}

#[test]
fn work_is_given_away_like_any_call_and_its_answer_observed() {
    let delegating = Task {
        tools: vec![crate::agent::delegation::tool()],
        ..task()
    };
    let given = r#"{"task":"count to three","to":"worker"}"#;
    let book = BTreeMap::from([(given, "1 2 3")]);
    let script = vec![calls(vec![wanted(1, "delegate", given)]), words("Counted.")];
    let (asked, end) = Play::act(delegating, script, &book);
    assert_eq!(last(&asked[1]), "1 2 3");
    assert_eq!(answer(end).0, "Counted.");
}

#[test]
fn turn_takes_nothing_that_it_does_not_wait_for() {
    let mut turn = Turn::default();
    assert_eq!(
        turn.handle_input(words("hello"), NOON),
        Err(Refusal::OutOfPlace)
    );
    let (mut play, _) = Play::of(task());
    let turn = &mut play.turn;
    assert_eq!(
        turn.handle_input(brought(1, "x"), NOON),
        Err(Refusal::NoSuchCall(id(1)))
    );
    let again = Input::Begun(Box::new(task()));
    assert_eq!(turn.handle_input(again, NOON), Err(Refusal::OutOfPlace));
    let one = || wanted(1, "clock", "{}");
    let twins = calls(vec![one(), one()]);
    assert_eq!(
        turn.handle_input(twins, NOON),
        Err(Refusal::KnownCall(id(1)))
    );
    assert_eq!(turn.poll_effect(), None, "nothing is done");
}

#[test]
fn tools_that_cannot_be_checked_are_not_taken() {
    let begin = |tools| {
        let task = Task { tools, ..task() };
        Turn::default().handle_input(Input::Begun(Box::new(task)), NOON)
    };
    let same = begin(vec![clock(), clock()]);
    assert_eq!(same, Err(Refusal::SameName("clock".to_owned())));
    for schema in ["{", "5", r#"{"type":"string"}"#] {
        let tool = Tool {
            schema: schema.to_owned(),
            ..clock()
        };
        assert_eq!(
            begin(vec![tool]),
            Err(Refusal::BadSchema("clock".to_owned()))
        );
    }
}
