//! Agents, approvals, the feed and documents, asked of a hub whose answers were written down.

use std::collections::BTreeMap;

use base::{AgentId, CallId, DocumentId};
use contract::agent::AgentState;
use contract::approval::{ApprovalList, ApprovalView, Decision};
use contract::conversation::QuestionPreview;
use contract::feed::{FeedEntry, FeedKind, FeedPage};
use contract::memory::DocumentView;
use contract::{AnyAsk, Notice};

use super::*;
use crate::state::{Stage, Wanted, tests::agent};

fn call() -> CallId {
    CallId::from_bytes([4; 16])
}

fn approval() -> ApprovalView {
    ApprovalView {
        call: call(),
        agent: AgentId::from_bytes([1; 16]),
        conversation: conversation(),
        tool: "web_fetch".to_owned(),
        what: format!("Reads a page about {PRIVATE}."),
        translations: BTreeMap::new(),
        arguments: PRIVATE.to_owned(),
        masked: None,
        leaves: true,
        labels: Vec::new(),
        asked: Timestamp::default(),
        expires: Timestamp::default(),
    }
}

fn waiting() -> Value {
    serde_json::to_value(ApprovalList {
        waiting: vec![approval()],
    })
    .expect("plain data")
}

fn entry(number: i64) -> FeedEntry {
    FeedEntry {
        number,
        at: Timestamp::from_millis(1),
        kind: FeedKind::Change,
        text: PRIVATE.to_owned(),
        translations: BTreeMap::new(),
        conversation: None,
        agent: None,
        can_undo: true,
        undone: None,
    }
}

fn feed_page(numbers: &[i64], more: bool) -> Value {
    let entries = numbers.iter().map(|number| entry(*number)).collect();
    serde_json::to_value(FeedPage { entries, more }).expect("plain data")
}

#[test]
fn new_approval_is_said_once() {
    in_page(|| {
        let app = full_page(Fixture::leak(vec![("ListApprovals", Ok(waiting()))]));
        block_on(app.read_approvals());
        assert!(
            app.urgent.get_untracked().contains("An approval waits"),
            "a person who hears the page must know"
        );
        app.urgent.set(String::new());
        block_on(app.read_approvals());
        assert_eq!(app.urgent.get_untracked(), "", "it was said already");
    });
}

#[test]
fn answered_approval_goes_and_the_hub_gets_the_decision() {
    in_page(|| {
        let fixture = Fixture::leak(vec![
            ("ListApprovals", Ok(waiting())),
            ("AnswerApproval", Ok(json!({}))),
        ]);
        let app = full_page(fixture);
        block_on(app.read_approvals());
        let answered = block_on(app.answer_approval(call(), Decision::Never));
        assert_eq!(answered, Ok(()));
        assert!(app.approvals.with_untracked(|it| it.waiting().is_empty()));
        let Some(AnyAsk::AnswerApproval(ask)) = fixture.asked_whole().pop() else {
            panic!("the last ask must be the answer");
        };
        assert_eq!((ask.call, ask.decision), (call(), Decision::Never));
        assert_eq!(ask.masked, None);
    });
}

#[test]
fn yes_to_what_is_hidden_names_what_the_person_saw() {
    in_page(|| {
        let seen = Some("about [PERSON_1]".to_owned());
        let list = ApprovalList {
            waiting: vec![ApprovalView {
                masked: seen.clone(),
                ..approval()
            }],
        };
        let list = serde_json::to_value(list).expect("plain data");
        let fixture = Fixture::leak(vec![
            ("ListApprovals", Ok(list)),
            ("AnswerApproval", Ok(json!({}))),
        ]);
        let app = full_page(fixture);
        block_on(app.read_approvals());
        let answered = block_on(app.answer_approval(call(), Decision::OnceHidden));
        assert_eq!(answered, Ok(()));
        let Some(AnyAsk::AnswerApproval(ask)) = fixture.asked_whole().pop() else {
            panic!("the last ask must be the answer");
        };
        assert_eq!((ask.decision, ask.masked), (Decision::OnceHidden, seen));
    });
}

#[test]
fn approval_whose_answer_was_not_taken_stays_unless_it_is_gone() {
    for (code, stays) in [(Code::Store, true), (Code::NotFound, false)] {
        in_page(|| {
            let refusal = Fault::refused(code, "no");
            let app = full_page(Fixture::leak(vec![
                ("ListApprovals", Ok(waiting())),
                ("AnswerApproval", Err(refusal)),
            ]));
            block_on(app.read_approvals());
            let answered = block_on(app.answer_approval(call(), Decision::Once));
            assert!(answered.is_err(), "the person is told");
            let is_there = app.approvals.with_untracked(|it| !it.waiting().is_empty());
            assert_eq!(is_there, stays, "after {code}");
        });
    }
}

#[test]
fn agents_of_other_conversations_are_not_shown_here() {
    in_page(|| {
        let app = full_page(Fixture::leak(Vec::new()));
        let mut here = agent(1, None, AgentState::Paused);
        here.conversation = conversation();
        let mut elsewhere = agent(2, None, AgentState::Paused);
        elsewhere.conversation = ConversationId::from_bytes([1; 16]);
        for agent in [here, elsewhere] {
            app.take_notice(Notice::AgentChanged { agent });
        }
        let tree = app.crew.with_untracked(|crew| crew.tree(None));
        let shown: Vec<_> = tree.iter().map(|row| row.id).collect();
        assert_eq!(shown, [AgentId::from_bytes([1; 16])]);
    });
}

#[test]
fn next_page_of_the_feed_begins_before_the_oldest_and_keeps_the_filter() {
    in_page(|| {
        let fixture = Fixture::leak(vec![("ReadFeed", Ok(feed_page(&[9, 8], true)))]);
        let app = full_page(fixture);
        app.feed.update(|feed| {
            feed.want(Wanted {
                kind: Some(FeedKind::Change),
                search: " canary ".to_owned(),
            });
        });
        block_on(app.read_entries());
        block_on(app.read_older_entries());
        let asked: Vec<_> = fixture
            .asked_whole()
            .into_iter()
            .filter_map(|ask| match ask {
                AnyAsk::ReadFeed(ask) => Some((ask.kind, ask.search, ask.before, ask.limit)),
                _ => None,
            })
            .collect();
        let wanted = |before| {
            let search = Some("canary".to_owned());
            (Some(FeedKind::Change), search, before, Some(100))
        };
        assert_eq!(asked, [wanted(None), wanted(Some(8))]);
    });
}

#[test]
fn feed_grows_by_notices_and_tells_why_it_could_not_be_read() {
    in_page(|| {
        let app = full_page(Fixture::leak(vec![(
            "ReadFeed",
            Ok(feed_page(&[1], false)),
        )]));
        block_on(app.read_entries());
        app.take_notice(Notice::FeedGrew {
            entries: vec![entry(2), entry(3)],
        });
        assert_eq!(app.feed.with_untracked(|feed| feed.entries.len()), 3);
        let broken = full_page(Fixture::leak(Vec::new()));
        block_on(broken.read_entries());
        assert!(broken.feed_fault.get_untracked().is_some());
    });
}

#[test]
fn undoing_marks_the_entry_only_when_the_hub_did_it() {
    for (answer, undone) in [
        (Ok(json!({})), true),
        (Err(Fault::refused(Code::NotFound, "too late")), false),
    ] {
        in_page(|| {
            let app = full_page(Fixture::leak(vec![
                ("ReadFeed", Ok(feed_page(&[1], false))),
                ("UndoFeedEntry", answer),
            ]));
            block_on(app.read_entries());
            let now = Timestamp::from_millis(5);
            assert_eq!(block_on(app.undo_entry(1, now)).is_ok(), undone);
            let shown = app
                .feed
                .with_untracked(|feed| feed.entries.iter().next().and_then(|it| it.undone));
            assert_eq!(shown, undone.then_some(now));
        });
    }
}

#[test]
fn document_is_given_to_the_conversation_that_is_shown_and_says_how_it_went() {
    let view = DocumentView {
        id: DocumentId::from_bytes([1; 16]),
        name: "a.txt".to_owned(),
        conversation: Some(conversation()),
        bytes: 2,
        chunks: 1,
        added: Timestamp::default(),
    };
    let given = serde_json::to_value(&view).expect("plain data");
    let refusal = Fault::refused(Code::InvalidAsk, "not a text");
    for (answer, stage) in [
        (Ok(given), Stage::Given(view)),
        (Err(refusal.clone()), Stage::Refused(refusal)),
    ] {
        in_page(|| {
            let fixture = Fixture::leak(vec![("AddDocument", answer)]);
            let app = full_page(fixture);
            let number = app.add_gift("a.txt".to_owned(), 2);
            let content = "SGk=".to_owned();
            block_on(app.send_gift(number, "a.txt".to_owned(), content, Some(conversation())));
            let shown = app.gifts.with_untracked(|gifts| gifts[0].stage.clone());
            assert_eq!(shown, stage);
            let Some(AnyAsk::AddDocument(ask)) = fixture.asked_whole().pop() else {
                panic!("the document must be sent");
            };
            assert_eq!(ask.conversation, Some(conversation()));
            app.dismiss_gift(number);
            assert!(app.gifts.with_untracked(Vec::is_empty));
        });
    }
}

#[test]
fn locking_leaves_nothing_of_agents_in_the_page() {
    in_page(|| {
        let app = full_page(Fixture::leak(vec![
            ("ListApprovals", Ok(waiting())),
            ("ReadFeed", Ok(feed_page(&[1], false))),
        ]));
        block_on(app.read_approvals());
        block_on(app.read_entries());
        let mut one = agent(1, None, AgentState::Paused);
        one.task = PRIVATE.to_owned();
        one.conversation = conversation();
        app.take_notice(Notice::AgentChanged { agent: one });
        app.add_gift(PRIVATE.to_owned(), 2);
        app.toast_undo.set(Some(Callback::new(|()| ())));
        app.take_vault(VaultState::Locked);
        let left = [
            format!("{:?}", app.approvals.get_untracked()),
            format!("{:?}", app.feed.get_untracked()),
            format!("{:?}", app.crew.get_untracked()),
            format!("{:?}", app.gifts.get_untracked()),
            format!("{:?}", app.urgent.get_untracked()),
        ];
        for text in left {
            assert!(!text.contains(PRIVATE), "a locked page holds {text}");
        }
        assert!(app.toast_undo.with_untracked(Option::is_none));
    });
}

#[test]
fn what_was_looked_at_is_sent_once_and_to_the_model_that_was_looked_at() {
    in_page(|| {
        let question = MessageId::from_bytes([2; 16]);
        let seen = QuestionPreview {
            model: "far/echo".to_owned(),
            runs_on: "external: far".to_owned(),
            turns: Vec::new(),
            kinds: Vec::new(),
            holds_private: false,
            digest: "ab".repeat(32),
            digest_masked: None,
        };
        let refusal = Fault::refused(Code::KeptIn, "it is not what you looked at any more");
        let fixture = Fixture::leak(vec![
            (
                "PreviewQuestion",
                Ok(serde_json::to_value(&seen).expect("plain data")),
            ),
            ("RegenerateAnswer", Err(refusal)),
        ]);
        let app = full_page(fixture);
        let looked = block_on(app.preview_question(question, Some("far/echo".to_owned())));
        assert_eq!(looked.as_ref(), Ok(&seen));
        let sent = block_on(app.send_once(question, seen.model.clone(), seen.digest.clone()));
        assert_eq!(sent.expect_err("it is told").code, Code::KeptIn);
        let Some(AnyAsk::RegenerateAnswer(ask)) = fixture.asked_whole().pop() else {
            panic!("the last ask must be the question");
        };
        assert_eq!((ask.conversation, ask.question), (conversation(), question));
        assert_eq!(ask.model.as_deref(), Some("far/echo"));
        assert_eq!(
            ask.approved,
            Some(seen.digest),
            "exactly what was looked at"
        );
    });
}
