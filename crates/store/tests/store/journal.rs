//! The agents' journal: kept in order and together, and nothing is done twice.

use base::{AgentId, CallId, NoteId};
use serde_json::{Value, json};
use store::{
    AgentEvent, AuditEntry, AuditKind, FeedEntry, FeedFilter, JournalAppend, NoteFilter, NoteRow,
    Performed, Store, StoreError, TreeId,
};

use crate::{at, open, talk, unique};

fn event(number: u64) -> AgentEvent {
    AgentEvent {
        at: at(number),
        kind: "said".to_owned(),
        event: json!({"number": number}),
    }
}

fn append(tree: TreeId, numbers: &[u64]) -> JournalAppend {
    JournalAppend {
        tree,
        events: numbers.iter().map(|number| event(*number)).collect(),
        finished: None,
        audit: Vec::new(),
        feed: Vec::new(),
    }
}

fn audit(subject: &str) -> AuditEntry {
    AuditEntry {
        at: at(1),
        kind: AuditKind::ToolRun,
        actor: "person".to_owned(),
        subject: subject.to_owned(),
        digest: None,
        details: Default::default(),
    }
}

fn told(text: &str) -> FeedEntry {
    FeedEntry {
        at: at(1),
        kind: "did".to_owned(),
        conversation: None,
        agent: None,
        call: None,
        text: text.to_owned(),
        translations: Default::default(),
        undo: None,
    }
}

fn tree() -> TreeId {
    AgentId::new(at(1), unique()).into()
}

fn call() -> CallId {
    CallId::new(at(1), unique())
}

fn note(title: &str) -> NoteRow {
    NoteRow {
        id: NoteId::new(at(1), unique()),
        title: title.to_owned(),
        text: String::new(),
        tags: Vec::new(),
        created: at(1),
        updated: at(1),
    }
}

async fn note_count(store: &Store) -> usize {
    let filter = NoteFilter {
        limit: 100,
        ..NoteFilter::default()
    };
    store.notes(filter).await.expect("read").len()
}

async fn numbers(store: &Store, tree: TreeId, after: u64) -> Vec<u64> {
    let events = store.events(tree, after, 100).await.expect("read");
    assert!(events.is_sorted_by(|a, b| a.number < b.number), "in order");
    events
        .iter()
        .map(|found| found.event.event["number"].as_u64().expect("a number"))
        .collect()
}

#[tokio::test]
async fn events_of_each_tree_read_back_in_their_order_after_a_restart() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let (one, other) = (tree(), tree());
    let first = store
        .append_events(append(one, &[1, 2]))
        .await
        .expect("appended");
    store
        .append_events(append(other, &[3]))
        .await
        .expect("appended");
    store
        .append_events(append(one, &[4]))
        .await
        .expect("appended");
    store.close().await.expect("closed");
    let store = open(folder.path());
    assert_eq!(numbers(&store, one, 0).await, [1, 2, 4]);
    assert_eq!(numbers(&store, one, first.events[1]).await, [4]);
    assert_eq!(numbers(&store, other, 0).await, [3]);
    assert_eq!(numbers(&store, tree(), 0).await, [0_u64; 0]);
    assert_eq!(
        store.events(one, 0, 1).await.expect("read")[0].event,
        event(1)
    );
}

#[tokio::test]
async fn event_with_its_audit_row_and_its_entry_of_the_feed_are_kept_together_or_not_at_all() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let tree = tree();
    let good = JournalAppend {
        audit: vec![audit("notes.write")],
        feed: vec![told("Wrote a note"), told("Wrote another")],
        ..append(tree, &[1])
    };
    let appended = store.append_events(good).await.expect("appended");
    let end = appended.audit.expect("it was added to");
    assert_eq!((end.number, appended.feed.len()), (1, 2));
    let bad = JournalAppend {
        audit: vec![audit("web.fetch"), audit(&"x".repeat(999))],
        feed: vec![told("Looked at a page")],
        ..append(tree, &[2])
    };
    let outcome = store.append_events(bad).await;
    assert!(
        matches!(outcome, Err(StoreError::TooMuch { .. })),
        "{outcome:?}"
    );
    assert_eq!(numbers(&store, tree, 0).await, [1]);
    let report = store.verify_audit(|_, _| true).await.expect("walked");
    assert_eq!((report.fault, report.to), (None, end));
    let filter = FeedFilter {
        limit: 9,
        ..FeedFilter::default()
    };
    let feed = store.read_feed(filter).await.expect("read");
    let ids: Vec<u64> = feed.iter().rev().map(|row| row.id).collect();
    assert_eq!(ids, appended.feed);
}

#[tokio::test]
async fn tree_is_unfinished_until_it_ends_and_again_when_it_goes_on() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let (one, other) = (tree(), tree());
    store
        .append_events(append(other, &[2]))
        .await
        .expect("appended");
    store
        .append_events(append(one, &[1]))
        .await
        .expect("appended");
    let left = async || -> Vec<TreeId> {
        let rows = store.unfinished_trees().await.expect("read");
        rows.iter().map(|row| row.tree).collect()
    };
    assert_eq!(left().await, [one, other], "the oldest first");
    let end = JournalAppend {
        finished: Some(at(5)),
        ..append(one, &[5])
    };
    store.append_events(end).await.expect("appended");
    assert_eq!(left().await, [other]);
    store
        .append_events(append(one, &[6]))
        .await
        .expect("appended");
    assert_eq!(left().await, [one, other], "it goes on");
    assert!(store.delete_tree(other).await.expect("deleted"));
    assert!(
        !store.delete_tree(other).await.expect("deleted"),
        "only once"
    );
    assert_eq!(left().await, [one]);
    assert_eq!(numbers(&store, other, 0).await, [0_u64; 0]);
}

#[tokio::test]
async fn work_for_a_conversation_is_forgotten_with_it() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let here = talk(&store, "here", at(1), &["hello"]).await;
    let there = talk(&store, "there", at(1), &["hello"]).await;
    for conversation in [here, there] {
        let append = append(conversation.into(), &[1]);
        store.append_events(append).await.expect("appended");
    }
    store.delete_conversation(here).await.expect("deleted");
    assert_eq!(numbers(&store, here.into(), 0).await, [0_u64; 0]);
    assert_eq!(numbers(&store, there.into(), 0).await, [1]);
}

#[tokio::test]
async fn old_work_is_forgotten_but_no_outcome_that_may_still_be_asked_for() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for number in 0..12 {
        let ended = JournalAppend {
            finished: Some(at(number)),
            ..append(tree(), &[number])
        };
        store.append_events(ended).await.expect("appended");
    }
    let unfinished = tree();
    store
        .append_events(append(unfinished, &[4]))
        .await
        .expect("appended");
    let mut calls = Vec::new();
    for time in [3, 5, 20] {
        let id = call();
        store
            .perform_once(id, at(time), |_| Ok(Value::Null))
            .await
            .expect("done");
        calls.push(id);
    }
    assert_eq!(store.prune_journal(at(10)).await.expect("pruned"), 10);
    let kept = async || {
        let mut kept = Vec::new();
        for id in &calls {
            kept.push(store.action_outcome(*id).await.expect("read").is_some());
        }
        kept
    };
    assert_eq!(
        kept().await,
        [false, true, true],
        "work from time 4 on goes on"
    );
    store.delete_tree(unfinished).await.expect("deleted");
    assert_eq!(store.prune_journal(at(10)).await.expect("pruned"), 0);
    assert_eq!(kept().await, [false, false, true]);
}

#[tokio::test]
async fn call_is_done_once_and_its_outcome_is_told_again() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let (id, row) = (call(), note("bread"));
    let perform = async |store: &Store| -> Performed {
        let row = row.clone();
        store
            .perform_once(id, at(1), move |together| {
                // A second run would find another state, and say so.
                let there = together.note(row.id)?.is_some();
                together.save_note(&row)?;
                together.append_audit(&[audit("notes.write")])?;
                Ok(json!({"was_there": there}))
            })
            .await
            .expect("done")
    };
    let first = perform(&store).await;
    assert_eq!(
        (first.outcome, first.earlier),
        (json!({"was_there": false}), false)
    );
    store.close().await.expect("closed");
    let store = open(folder.path());
    let second = perform(&store).await;
    assert_eq!(
        (second.outcome, second.earlier),
        (json!({"was_there": false}), true)
    );
    assert_eq!(note_count(&store).await, 1);
    let report = store.verify_audit(|_, _| true).await.expect("walked");
    assert_eq!(report.rows(), 1);
    assert_eq!(
        store.action_outcome(id).await.expect("read"),
        Some(json!({"was_there": false}))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn same_call_from_many_at_once_is_done_once() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let id = call();
    let tries: Vec<_> = (0..16)
        .map(|_| {
            let (store, row) = (store.clone(), note("bread"));
            tokio::spawn(async move {
                store
                    .perform_once(id, at(1), move |together| {
                        together.save_note(&row)?;
                        Ok(Value::Null)
                    })
                    .await
                    .expect("done")
                    .earlier
            })
        })
        .collect();
    let mut first = 0;
    for one in tries {
        first += u32::from(!one.await.expect("joined"));
    }
    assert_eq!((first, note_count(&store).await), (1, 1));
}

#[tokio::test]
async fn call_that_fails_leaves_nothing_and_can_be_tried_again() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let (id, row) = (call(), note("bread"));
    let failing = row.clone();
    let outcome = store
        .perform_once(id, at(1), move |together| {
            together.save_note(&failing)?;
            together.append_feed(&[told("Wrote a note")])?;
            Err(StoreError::TooMuch {
                what: "notes",
                most: 0,
            })
        })
        .await;
    assert!(
        matches!(outcome, Err(StoreError::TooMuch { .. })),
        "{outcome:?}"
    );
    assert_eq!(
        (
            note_count(&store).await,
            store.action_outcome(id).await.expect("read")
        ),
        (0, None)
    );
    let again = store
        .perform_once(id, at(1), move |together| {
            together.save_note(&row)?;
            Ok(Value::Null)
        })
        .await
        .expect("done");
    assert!(!again.earlier);
    assert_eq!(note_count(&store).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_share_the_wait_for_the_disk() {
    const WRITERS: u64 = 64;
    const EACH: u64 = 100;
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let before = store.writer_counts();
    let began = std::time::Instant::now();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (store, tree) = (store.clone(), tree());
            tokio::spawn(async move {
                for number in 0..EACH {
                    store
                        .append_events(append(tree, &[number]))
                        .await
                        .expect("appended");
                }
                tree
            })
        })
        .collect();
    let mut trees = Vec::new();
    for writer in writers {
        trees.push(writer.await.expect("joined"));
    }
    let took = began.elapsed();
    let done = store.writer_counts();
    let transactions = done.transactions - before.transactions;
    println!(
        "{} events in {took:?}, in {transactions} transactions",
        WRITERS * EACH
    );
    assert!(
        transactions < WRITERS * EACH / 4,
        "{transactions} transactions"
    );
    for tree in trees {
        assert_eq!(
            numbers(&store, tree, 0).await,
            (0..EACH).collect::<Vec<_>>()
        );
    }
}
