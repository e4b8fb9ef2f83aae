//! Telling and asking.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crew::{AskFailed, MAILBOX_MESSAGES_MAX, TryTellRefused};
use tokio::sync::Semaphore;

use crate::cast::{Note, Notebook, PATIENCE, crew, kept};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_one_sender_are_handled_in_order() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    for number in 0..10_000 {
        notebook.tell(Note::Keep(number)).await.unwrap();
    }
    assert_eq!(kept(&notebook).await, (0..10_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_mailbox_refuses_and_gives_the_message_back() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    // On one thread nothing is handled before this test waits.
    for _ in 0..MAILBOX_MESSAGES_MAX {
        notebook.try_tell(Note::Keep(1)).unwrap();
    }
    let refused = notebook.try_tell(Note::Keep(77));
    assert!(
        matches!(refused, Err(TryTellRefused::Full(Note::Keep(77)))),
        "the sender has its message again: {refused:?}"
    );
    assert_eq!(
        kept(&notebook).await.len(),
        MAILBOX_MESSAGES_MAX,
        "what was taken is handled, what was refused is not"
    );
}

#[tokio::test]
async fn telling_a_full_mailbox_waits_until_there_is_room() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let gate = Arc::new(Semaphore::new(0));
    notebook.tell(Note::Wait(Arc::clone(&gate))).await.unwrap();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    for number in 0..u64::try_from(MAILBOX_MESSAGES_MAX).unwrap() {
        notebook.try_tell(Note::Keep(number)).unwrap();
    }
    let sender = notebook.clone();
    let waiting = tokio::spawn(async move { sender.tell(Note::Keep(999)).await });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished(), "there is no room yet");
    gate.add_permits(1);
    waiting.await.unwrap().unwrap();
    assert_eq!(kept(&notebook).await.last(), Some(&999), "it came last");
}

#[tokio::test]
async fn an_actor_that_waits_leaves_no_room_empty_while_senders_wait() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let gate = Arc::new(Semaphore::new(0));
    for _ in 0..=MAILBOX_MESSAGES_MAX {
        notebook.tell(Note::Wait(Arc::clone(&gate))).await.unwrap();
    }
    let sender = notebook.clone();
    let waiting = tokio::spawn(async move { sender.tell(Note::Keep(1)).await });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished(), "there is no room yet");
    gate.add_permits(2);
    let told = tokio::time::timeout(PATIENCE, waiting).await;
    told.expect("two of many were enough").unwrap().unwrap();
}

#[tokio::test]
async fn a_sender_that_gives_up_waiting_blocks_nobody() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let gate = Arc::new(Semaphore::new(0));
    for _ in 0..=MAILBOX_MESSAGES_MAX {
        notebook.tell(Note::Wait(Arc::clone(&gate))).await.unwrap();
    }
    let given_up = tokio::time::timeout(Duration::from_millis(5), notebook.tell(Note::Keep(1)));
    assert!(given_up.await.is_err(), "it waited in vain");
    gate.add_permits(MAILBOX_MESSAGES_MAX + 1);
    notebook.tell(Note::Keep(2)).await.unwrap();
    assert_eq!(
        kept(&notebook).await,
        [2],
        "nobody takes the place of one that left"
    );
}

#[tokio::test]
async fn an_unanswered_question_ends_at_once() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let began = Instant::now();
    let ignored = notebook.ask(Note::Ignore, PATIENCE).await;
    assert_eq!(ignored, Err(AskFailed::Unanswered));
    let failed = notebook.ask(Note::FailAsked, PATIENCE).await;
    assert_eq!(failed, Err(AskFailed::Unanswered));
    assert!(
        began.elapsed() < PATIENCE / 2,
        "nobody waited for the patience to end"
    );
}

#[tokio::test(start_paused = true)]
async fn a_question_ends_with_the_patience_of_its_asker() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let gate = Arc::new(Semaphore::new(0));
    notebook.tell(Note::Wait(Arc::clone(&gate))).await.unwrap();
    let patience = Duration::from_secs(3);
    let answer = notebook.ask(Note::Tell, patience).await;
    assert_eq!(answer, Err(AskFailed::Overdue(patience)));
    gate.add_permits(1);
    assert_eq!(
        kept(&notebook).await,
        [],
        "an answer that nobody waits for does no harm"
    );
}

#[tokio::test]
async fn a_thread_without_a_runtime_can_tell() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let outside = notebook.clone();
    let told = std::thread::spawn(move || outside.try_tell(Note::Keep(5)).is_ok());
    assert!(told.join().unwrap());
    assert_eq!(kept(&notebook).await, [5]);
}

#[tokio::test]
async fn a_busy_actor_lets_others_have_the_thread() {
    let crew = crew();
    let (busy, other) = (
        crew.spawn(Notebook::default).unwrap(),
        crew.spawn(Notebook::default).unwrap(),
    );
    for _ in 0..MAILBOX_MESSAGES_MAX {
        busy.try_tell(Note::Keep(1)).unwrap();
    }
    let all = busy.clone();
    let busy_done = tokio::spawn(async move { kept(&all).await.len() });
    let other_done = tokio::spawn(async move {
        other.tell(Note::Keep(1)).await.unwrap();
        kept(&other).await
    });
    other_done.await.unwrap();
    assert!(
        !busy_done.is_finished(),
        "on one thread, the other came in between"
    );
    assert_eq!(busy_done.await.unwrap(), MAILBOX_MESSAGES_MAX);
}
