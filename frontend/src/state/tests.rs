use base::{AgentId, ByteCount, ConversationId, MessageId, Timestamp};
use contract::Notice;
use contract::agent::{AgentLevel, AgentState, AgentView, BudgetView};
use contract::conversation::{ConversationView, MessageState, MessageView, Role, UsageView};
use contract::log::{Level, LogLine};

use super::*;
use crate::words::Language;

/// An agent of the conversation that tests show, in a state.
pub(crate) fn agent(number: u8, parent: Option<u8>, state: AgentState) -> AgentView {
    let id = |number: u8| AgentId::from_bytes([number; 16]);
    AgentView {
        id: id(number),
        parent: parent.map(id),
        level: AgentLevel::Worker,
        conversation: conversation(),
        answer: None,
        task: format!("task {number}"),
        state,
        reason: String::new(),
        waits_for: None,
        budget: BudgetView::default(),
        steps: 0,
        calls: 0,
        created: Timestamp::default(),
        ended: None,
    }
}

fn id(number: u8) -> MessageId {
    MessageId::from_bytes([number; 16])
}

fn conversation() -> ConversationId {
    ConversationId::from_bytes([9; 16])
}

fn message(number: u8, parent: Option<u8>, role: Role, text: &str) -> MessageView {
    MessageView {
        id: id(number),
        parent: parent.map(id),
        role,
        text: text.to_owned(),
        state: MessageState::Done,
        created: Timestamp::from_millis(u64::from(number)),
        model: None,
        ran_on: None,
        usage: None,
    }
}

fn writing(text: &str) -> ConversationView {
    let mut answer = message(2, Some(1), Role::Assistant, text);
    answer.state = MessageState::Writing;
    ConversationView {
        id: conversation(),
        title: "Sky".to_owned(),
        model: None,
        created: Timestamp::default(),
        updated: Timestamp::default(),
        head: Some(id(2)),
        messages: vec![message(1, None, Role::User, "Why is the sky blue?"), answer],
    }
}

fn shown(view: ConversationView) -> Thread {
    let mut thread = Thread::default();
    thread.open(Some(view));
    thread
}

fn line(number: i64, level: Level, source: &str, text: &str) -> LogLine {
    LogLine {
        number,
        at: Timestamp::default(),
        level,
        source: source.to_owned(),
        text: text.to_owned(),
    }
}

/// Notices as a hub wrote them, in their order.
const RECORDED: &str = r#"[
    {"notice":"watching","version":"0.1.0"},
    {"notice":"answer_grew","conversation":"09090909-0909-0909-0909-090909090909",
     "answer":"02020202-0202-0202-0202-020202020202","from":0,"text":"Because "},
    {"notice":"answer_grew","conversation":"09090909-0909-0909-0909-090909090909",
     "answer":"02020202-0202-0202-0202-020202020202","from":8,"text":"of größe"},
    {"notice":"answer_ended","conversation":"09090909-0909-0909-0909-090909090909",
     "answer":"02020202-0202-0202-0202-020202020202","state":{"is":"done"},
     "usage":{"prompt_tokens":20,"cached_tokens":0,"completion_tokens":11,
              "first_token_ms":500,"total_ms":1500}}
]"#;

#[test]
fn recorded_notices_make_the_answer_that_the_hub_wrote() {
    let notices: Vec<Notice> = serde_json::from_str(RECORDED).expect("recorded from a hub");
    let mut thread = shown(writing(""));
    assert_eq!(thread.writing(), Some(id(2)));
    assert_eq!(
        to_reread(&notices[0]),
        [Reread::All],
        "after a reconnect everything is read"
    );
    for notice in notices {
        match notice {
            Notice::AnswerGrew {
                conversation,
                answer,
                from,
                text,
            } => {
                assert_eq!(thread.grow(conversation, answer, from, &text), Growth::Grew);
            }
            Notice::AnswerEnded {
                answer,
                state,
                usage,
                ..
            } => thread.end(answer, state, usage),
            _ => {}
        }
    }
    let answer = thread.message(id(2)).expect("it is there");
    assert_eq!(answer.text, "Because of größe");
    assert_eq!(answer.state, MessageState::Done);
    assert_eq!(thread.writing(), None);
}

#[test]
fn text_that_came_before_is_known_and_a_gap_is_missed() {
    let mut thread = shown(writing("Because "));
    assert_eq!(
        thread.grow(conversation(), id(2), 0, "Because "),
        Growth::Known
    );
    assert_eq!(
        thread.grow(conversation(), id(2), 0, "Because of"),
        Growth::Grew,
        "half is new"
    );
    assert_eq!(
        thread.message(id(2)).map(|it| it.text.as_str()),
        Some("Because of")
    );
    assert_eq!(thread.grow(conversation(), id(2), 99, "x"), Growth::Missed);
    assert_eq!(
        thread.grow(conversation(), id(2), 0, "Other"),
        Growth::Missed
    );
    assert_eq!(
        thread.grow(conversation(), id(7), 0, "x"),
        Growth::Missed,
        "not read yet"
    );
    let other = ConversationId::from_bytes([1; 16]);
    assert_eq!(
        thread.grow(other, id(2), 10, "x"),
        Growth::Known,
        "not shown"
    );
}

#[test]
fn an_offset_inside_a_letter_is_missed_and_does_not_panic() {
    let mut thread = shown(writing("ö"));
    assert_eq!(thread.grow(conversation(), id(2), 1, "abc"), Growth::Missed);
}

#[test]
fn what_was_read_too_early_does_not_take_text_away() {
    let mut thread = shown(writing("Because of the air"));
    thread.refresh(writing("Because"));
    assert_eq!(
        thread.message(id(2)).map(|it| it.text.as_str()),
        Some("Because of the air")
    );
    let mut ended = writing("Because");
    ended.messages[1].state = MessageState::Stopped;
    thread.refresh(ended);
    assert_eq!(
        thread.message(id(2)).map(|it| it.text.as_str()),
        Some("Because"),
        "what has ended is what is on disk"
    );
}

#[test]
fn an_answer_that_ended_stays_ended_when_an_older_view_comes() {
    let mut thread = shown(writing("Because"));
    let text = " of";
    thread.grow(conversation(), id(2), 7, text);
    thread.end(id(2), MessageState::Done, None);
    thread.refresh(writing("Because"));
    assert_eq!(
        thread.message(id(2)).map(|it| &it.state),
        Some(&MessageState::Done)
    );
}

#[test]
fn versions_are_counted_and_lead_to_the_newest_message_of_their_branch() {
    let mut view = writing("");
    view.messages[1].state = MessageState::Done;
    view.messages
        .push(message(3, Some(1), Role::Assistant, "Other answer"));
    view.messages
        .push(message(4, Some(3), Role::User, "Thanks"));
    let thread = shown(view);
    assert_eq!(thread.place(id(2)), (1, 2));
    assert_eq!(thread.branch_beside(id(2), 1), Some(id(4)));
    assert_eq!(
        thread.branch_beside(id(2), -1),
        None,
        "there is none before the first"
    );
    assert_eq!(thread.place(id(1)), (1, 1));
}

#[test]
fn log_keeps_the_newest_hundred_thousand_lines_and_their_filter() {
    let mut log = Logbook::default();
    log.look_for(Seen {
        level: Some(Level::Warn),
        ..Seen::default()
    });
    let many = 0..150_000_i64;
    let level = |number: i64| {
        if number % 10 == 0 {
            Level::Warn
        } else {
            Level::Info
        }
    };
    log.add(
        many.map(|number| line(number, level(number), "hub", "x"))
            .collect(),
    );
    assert_eq!(
        log.len(),
        10_000,
        "a tenth of the hundred thousand that are kept"
    );
    assert_eq!(log.line(0).map(|line| line.number), Some(50_000));
    assert_eq!(log.line(9_999).map(|line| line.number), Some(149_990));
    log.look_for(Seen::default());
    assert_eq!(log.len(), 100_000);
    assert_eq!(log.line(0).map(|line| line.number), Some(50_000));
}

#[test]
fn paused_log_holds_new_lines_back_and_then_shows_them() {
    let mut log = Logbook::default();
    log.add(vec![line(1, Level::Info, "hub", "one")]);
    log.pause(true);
    log.add(vec![line(2, Level::Info, "hub", "two")]);
    assert_eq!((log.len(), log.paused()), (1, Some(1)));
    log.pause(false);
    assert_eq!((log.len(), log.paused()), (2, None));
}

#[test]
fn lines_that_come_twice_are_shown_once() {
    let mut log = Logbook::default();
    log.replace(
        vec![
            line(2, Level::Info, "hub", "b"),
            line(1, Level::Info, "hub", "a"),
        ],
        true,
    );
    log.add(vec![
        line(2, Level::Info, "hub", "b"),
        line(3, Level::Info, "store", "c"),
    ]);
    assert_eq!(log.len(), 3);
    assert_eq!(
        log.add_older(vec![line(0, Level::Info, "hub", "z")], false),
        1
    );
    assert_eq!(log.line(0).map(|line| line.number), Some(0));
    assert_eq!(log.sources(), ["hub", "store"]);
}

#[test]
fn log_is_searched_in_any_case() {
    let mut log = Logbook::default();
    log.add(vec![
        line(1, Level::Info, "hub", "Model LOADED"),
        line(2, Level::Info, "hub", "x"),
    ]);
    log.look_for(Seen {
        search: " loaded ".to_owned(),
        ..Seen::default()
    });
    assert_eq!(log.len(), 1);
}

#[test]
fn feed_tells_of_answers_that_ended_and_of_nothing_else() {
    let mut feed = FeedBook::default();
    let mut view = writing("half");
    feed.tell(&view);
    assert!(
        feed.rows().is_empty(),
        "an answer under way has not happened yet"
    );
    view.messages[1].state = MessageState::Done;
    feed.tell(&view);
    feed.tell(&view);
    assert_eq!(feed.rows().len(), 1, "told once, however often it is read");
    feed.forget(view.id);
    assert!(
        feed.rows().is_empty(),
        "what was deleted is not told any more"
    );
}

#[test]
fn days_follow_each_other_newest_first() {
    let days = by_day(vec![31, 30, 21, 11, 10], |number| number / 10);
    assert_eq!(days, [(3, vec![31, 30]), (2, vec![21]), (1, vec![11, 10])]);
}

#[test]
fn amounts_are_written_as_the_language_does() {
    let english = Amounts(Language::English.words());
    let german = Amounts(Language::German.words());
    assert_eq!(english.bytes(ByteCount(98_362_432)), "98.4 MB");
    assert_eq!(german.bytes(ByteCount(98_362_432)), "98,4 MB");
    assert_eq!(
        english.bytes(ByteCount(260_000_000)),
        "260 MB",
        "no decimal that says nothing"
    );
    assert_eq!(english.span(2_140), "2.1 s");
    assert_eq!(english.span(180_000), "3 minutes");
    assert_eq!(english.percent(0.404), "40 %");
    assert_eq!(english.weights(134_515_008), "135 M");
    let usage = UsageView {
        prompt_tokens: 20,
        cached_tokens: 0,
        completion_tokens: 11,
        first_token_ms: 500,
        total_ms: 1_500,
    };
    assert_eq!(
        english.speed(&usage).as_deref(),
        Some("10.0"),
        "ten tokens in the second after"
    );
    assert_eq!(english.left(50, Some(100), 10).as_deref(), Some("5 s"));
    assert_eq!(
        english.left(50, Some(100), 0),
        None,
        "nothing comes, so nothing can be said"
    );
}
