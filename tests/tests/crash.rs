//! Power cuts and dying processes: what was acknowledged stays, and the next question works.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use acceptance::home::Home;
use acceptance::hub::{self, Hub};
use acceptance::socket::{Line, NoView};
use acceptance::{process, tell, wait};
use base::{ConversationId, MessageId};
use contract::Notice;
use contract::conversation::{ListConversations, MessageState, ReadConversation};
use contract::model::{EngineView, ListModels};
use rand::Rng;
use rustix::process::Signal;

/// How often the hub is killed.
const KILLS: usize = 50;

/// Programs that write at the same time.
const WRITERS: usize = 4;

/// The latest moment of a kill after the first message of a round was acknowledged. Some of the kills
/// fall into the start of the engine, some into answers.
const KILL_WITHIN: Duration = Duration::from_millis(900);

/// How long the engine may be away after it was killed.
const ENGINE_BACK: Duration = Duration::from_secs(2);

/// A question whose answer takes long enough to be in the middle of it.
const LONG: &str = "Write a very long story about a lighthouse keeper, with many chapters.";

/// What the hub has said to be on disk: by message, its conversation and text.
type Acknowledged = BTreeMap<MessageId, (ConversationId, String)>;

#[test]
fn no_acknowledged_message_is_lost_when_the_hub_is_killed_while_messages_are_written() {
    let mut chance = acceptance::chance();
    let (begun, mut all) = (Instant::now(), Acknowledged::new());
    let mut home = Home::new();
    let (mut interrupted, mut hub) = (0, home.serve());
    for round in 1..=KILLS {
        let moment = chance.random_range(Duration::ZERO..KILL_WITHIN);
        let (killed, fresh) = kill_while_writing(hub, round, moment);
        home = killed;
        hub = home.serve();
        interrupted += check(&hub, &fresh, round, moment);
        all.extend(fresh);
    }
    // What came long before a kill must have stayed through all that followed.
    let _ = check(&hub, &all, KILLS, Duration::ZERO);
    let total = hub.ask(ListConversations {
        limit: Some(1),
        ..Default::default()
    });
    assert!(total.expect("a list").total > 0);
    tell(format_args!(
        "{KILLS} kills, {} messages acknowledged, {interrupted} answers interrupted, {:.1} s",
        all.len(),
        begun.elapsed().as_secs_f32()
    ));
    assert!(all.len() >= KILLS, "each round acknowledged something");
    assert!(
        interrupted > 0,
        "some kills must fall into answers, or this tests little"
    );
}

/// Has several programs write until the hub is killed; returns what it acknowledged.
fn kill_while_writing(hub: Hub, round: usize, moment: Duration) -> (Home, Acknowledged) {
    let acknowledged = Arc::new(Mutex::new(Acknowledged::new()));
    let ends = Arc::new(AtomicBool::new(false));
    let socket = hub.home.socket().expect("the hub listens");
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (socket, ends) = (socket.clone(), Arc::clone(&ends));
            let acknowledged = Arc::clone(&acknowledged);
            thread::spawn(move || write(&socket, round, writer, &acknowledged, &ends))
        })
        .collect();
    wait::until("the first acknowledged message", wait::START, || {
        (!acknowledged.lock().expect("no writer panics").is_empty()).then_some(())
    });
    // The one fixed time of these tests: it is the moment that chance has chosen for the kill.
    thread::sleep(moment);
    let worker = hub.worker_now();
    let home = hub.kill();
    ends.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.join().expect("a writer ends with its connection");
    }
    if let Some(worker) = worker {
        process::wait_for_end(worker, wait::START);
    }
    let acknowledged = std::mem::take(&mut *acknowledged.lock().expect("no writer panics"));
    (home, acknowledged)
}

/// Says one thing after the other, half of them in the same conversation, until the hub is gone.
fn write(
    socket: &Path,
    round: usize,
    writer: usize,
    acknowledged: &Mutex<Acknowledged>,
    ends: &AtomicBool,
) {
    let Ok(mut line) = Line::connect(socket) else {
        return;
    };
    let mut conversation = None;
    for number in 0_usize.. {
        let text = format!("Message {number} of writer {writer} in round {round}: say a word.");
        let conversation_now = conversation.filter(|_| number % 2 == 1);
        match line.ask(hub::message(conversation_now, &text)) {
            Ok(sent) => {
                conversation = Some(sent.conversation);
                let mut acknowledged = acknowledged.lock().expect("no writer panics");
                acknowledged.insert(sent.question, (sent.conversation, text));
            }
            // Too many answers at a time is a clear refusal: nothing was acknowledged.
            Err(NoView::Fault(_)) => {}
            Err(NoView::Lost(_)) => return,
        }
        if ends.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// Looks at everything that was acknowledged; returns how many answers were interrupted.
fn check(hub: &Hub, acknowledged: &Acknowledged, round: usize, moment: Duration) -> usize {
    let what = format!("round {round}, killed after {} ms", moment.as_millis());
    let mut line = hub.line();
    let mut views = BTreeMap::new();
    for (question, (conversation, text)) in acknowledged {
        let view = views.entry(*conversation).or_insert_with(|| {
            let read = line.ask(ReadConversation {
                conversation: *conversation,
            });
            read.unwrap_or_else(|error| panic!("{what}: a conversation is lost: {error:?}"))
        });
        let kept = view.messages.iter().find(|one| one.id == *question);
        assert_eq!(
            kept.map(|one| &one.text),
            Some(text),
            "{what}: the message is lost"
        );
    }
    let mut interrupted = 0;
    for message in views.values().flat_map(|view| &view.messages) {
        match &message.state {
            MessageState::Failed { fault } if fault.code.name() == "interrupted" => {
                interrupted += 1;
            }
            MessageState::Writing => panic!("{what}: nobody writes this any longer: {message:?}"),
            MessageState::Failed { .. }
            | MessageState::Done
            | MessageState::CutOff
            | MessageState::Stopped => {}
        }
    }
    let health = hub.home.hai_net(&["doctor", "--json"]).json();
    let findings = health["findings"].as_array().expect("findings");
    let database = findings
        .iter()
        .find(|one| one["what"] == "database")
        .expect("it is looked at");
    assert_eq!(database["good"], true, "{what}: {database}");
    interrupted
}

#[test]
fn answer_in_the_making_is_kept_and_marked_when_the_hub_is_killed() {
    let hub = Hub::fresh();
    let sent = hub.say(LONG).expect("it is said");
    let early = hub.writing(sent);
    // The hub promises that at most the last two seconds of an unfinished answer are missing.
    let begun = Instant::now();
    let mut ended_before = false;
    wait::until("two and a half seconds of the answer", wait::ANSWER, || {
        let now = hub.message(sent.conversation, sent.answer);
        ended_before = now.state != MessageState::Writing;
        (ended_before || begun.elapsed() > Duration::from_millis(2_500)).then_some(())
    });
    let home = hub.kill();
    let hub = home.serve();
    let answer = hub.message(sent.conversation, sent.answer);
    assert!(
        answer.text.starts_with(&early.text),
        "early {:?}, kept {:?}",
        early.text,
        answer.text
    );
    if ended_before {
        tell("the answer was quicker than the kill");
        return;
    }
    let MessageState::Failed { fault } = &answer.state else {
        panic!("{answer:?}")
    };
    assert_eq!(fault.code.name(), "interrupted");
    assert!(!answer.text.is_empty(), "the text is kept");
    let again = hub.ask(hub::message(Some(sent.conversation), "Go on."));
    let ended = hub.ended(again.expect("the conversation goes on"));
    assert!(
        matches!(ended.state, MessageState::Done | MessageState::CutOff),
        "{ended:?}"
    );
}

#[test]
fn killed_engine_fails_its_answer_clearly_and_is_back_within_two_seconds() {
    let hub = Hub::fresh();
    // The disk's cache is warm from here on, as it is for a person in mid-conversation.
    let kept = hub.say("Say a word.").expect("it is said");
    let kept_answer = hub.ended(kept);
    let sent = hub.say(LONG).expect("it is said");
    let early = hub.writing(sent);
    let worker = hub.worker();
    let notices = hub.line().watch();
    let killed = Instant::now();
    process::kill(worker);

    let mut back = None;
    for notice in notices {
        if let Notice::EngineChanged {
            engine: EngineView::Ready { .. },
        } = notice
        {
            back = Some(killed.elapsed());
            break;
        }
        assert!(
            killed.elapsed() < wait::START,
            "the engine does not come back"
        );
    }
    let back = back.expect("the hub goes on telling");
    tell(format_args!(
        "from the kill to the engine ready, its model loaded: {back:?}"
    ));
    let failed = hub.ended(sent);
    let MessageState::Failed { fault } = &failed.state else {
        panic!("{failed:?}")
    };
    assert_eq!(fault.code.name(), "engine_stopped", "{fault:?}");
    assert!(
        !fault.message.is_empty() && !fault.advice.is_empty(),
        "{fault:?}"
    );
    assert!(
        failed.text.starts_with(&early.text),
        "what was written is kept"
    );

    let asked = Instant::now();
    let next = hub.say("Say a word.").expect("it is said");
    let _ = hub.ended(next);
    tell(format_args!(
        "the next question, from asking to its end: {:?}",
        asked.elapsed()
    ));
    let answer = hub.message(next.conversation, next.answer);
    assert!(
        matches!(answer.state, MessageState::Done | MessageState::CutOff),
        "{answer:?}"
    );
    assert_ne!(hub.worker(), worker, "another process");
    assert_eq!(
        hub.message(kept.conversation, kept.answer),
        kept_answer,
        "nothing stored is lost"
    );
    assert!(back <= ENGINE_BACK, "the engine was away for {back:?}");
}

#[cfg(target_arch = "x86_64")]
#[test]
fn engine_that_met_an_instruction_which_is_not_there_goes_on_without_it() {
    let hub = Hub::fresh();
    let first = hub.say("Say a word.").expect("it is said");
    let _ = hub.ended(first);
    let worker = hub.worker();
    // What the kernel sends for such an instruction; a processor without it is not at hand.
    process::send(worker, Signal::ILL);
    wait::until(
        "another engine with plain instructions",
        wait::START,
        || {
            let list = hub.ask(ListModels {}).expect("a list");
            matches!(&list.engine, EngineView::Ready { device, .. } if device == "CPU (x64)")
                .then_some(())
        },
    );
    let next = hub.say("Say a word.").expect("it is said");
    let answer = hub.ended(next);
    assert!(
        matches!(answer.state, MessageState::Done | MessageState::CutOff),
        "{answer:?}"
    );
}
