//! Stopping: children first, at once, never for nothing.

use std::sync::mpsc as blocking;
use std::time::{Duration, Instant};

use crew::{Actor, AskFailed, Context, Ending, SpawnRefused, StopOverdue, TellRefused};
use tokio::sync::mpsc;

use crate::cast::{Dropped, Note, Notebook, PATIENCE, child, crew, kept};

/// What the house promises for a subtree of a thousand.
const THOUSAND_STOPPED_WITHIN: Duration = Duration::from_millis(50);

#[tokio::test]
async fn asking_a_stopped_actor_is_refused_and_never_hangs() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    notebook.stop(PATIENCE).await.unwrap();
    let asked = tokio::time::timeout(PATIENCE, notebook.ask(Note::Tell, Duration::MAX)).await;
    assert_eq!(asked, Ok(Err(AskFailed::Stopped)));
    let told = notebook.tell(Note::Keep(3)).await;
    assert!(
        matches!(told, Err(TellRefused(Note::Keep(3)))),
        "the message comes back"
    );
}

#[tokio::test]
async fn those_who_wait_for_an_answer_are_told_when_the_actor_is_stopped() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let (dropped, _) = mpsc::unbounded_channel();
    notebook
        .tell(Note::Hang(Dropped("hang", dropped)))
        .await
        .unwrap();
    let asker = notebook.clone();
    let asked = tokio::spawn(async move { asker.ask(Note::Tell, Duration::MAX).await });
    tokio::task::yield_now().await;
    notebook.stop(PATIENCE).await.unwrap();
    assert_eq!(asked.await.unwrap(), Err(AskFailed::Stopped));
}

#[tokio::test]
async fn those_who_wait_for_room_are_told_when_the_actor_is_stopped() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let (dropped, _) = mpsc::unbounded_channel();
    notebook
        .tell(Note::Hang(Dropped("hang", dropped)))
        .await
        .unwrap();
    let sender = notebook.clone();
    let full = tokio::spawn(async move { while sender.tell(Note::Keep(1)).await.is_ok() {} });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    notebook.stop(PATIENCE).await.unwrap();
    tokio::time::timeout(PATIENCE, full)
        .await
        .expect("it was told")
        .unwrap();
}

#[tokio::test]
async fn children_end_before_their_parent_and_handlers_are_dropped_where_they_wait() {
    let crew = crew();
    let (ended, mut order) = mpsc::unbounded_channel();
    let make = |name: &'static str| {
        let ended = ended.clone();
        move || Notebook {
            _dropped: Some(Dropped(name, ended.clone())),
            ..Notebook::default()
        }
    };
    let top = crew.spawn(make("state of the top")).unwrap();
    let middle = child(&top).await;
    let leaf = child(&middle).await;
    for (notebook, name) in [(&top, "top"), (&middle, "middle"), (&leaf, "leaf")] {
        notebook
            .tell(Note::Hang(Dropped(name, ended.clone())))
            .await
            .unwrap();
    }
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    top.stop(PATIENCE).await.unwrap();
    let mut seen = Vec::new();
    while let Ok(name) = order.try_recv() {
        seen.push(name);
    }
    assert_eq!(seen, ["leaf", "middle", "top", "state of the top"]);
    assert_eq!(crew.living(), 0);
}

#[tokio::test]
async fn an_actor_that_is_stopping_takes_no_children() {
    let crew = crew();
    crew.stop(PATIENCE).await.unwrap();
    let refused = crew.spawn(Notebook::default).map(|address| address.id());
    assert_eq!(refused, Err(SpawnRefused::Stopping));
    assert_eq!(crew.living(), 0);
}

#[tokio::test]
async fn stopping_twice_and_at_once_is_harmless() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let below = child(&notebook).await;
    let (one, two) = tokio::join!(notebook.stop(PATIENCE), notebook.stop(PATIENCE));
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert_eq!(below.stop(PATIENCE).await, Ok(()));
    assert_eq!(crew.stop(PATIENCE).await, Ok(()));
    assert_eq!(crew.stop(PATIENCE).await, Ok(()));
}

#[tokio::test]
async fn an_actor_can_end_itself_after_the_message_at_hand() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    let below = child(&notebook).await;
    notebook.tell(Note::Leave).await.unwrap();
    assert_eq!(notebook.ended().await, Ending::Stopped);
    assert_eq!(below.ended().await, Ending::Stopped);
}

#[tokio::test]
async fn stopping_one_leaves_its_neighbours_alone() {
    let crew = crew();
    let parent = crew.spawn(Notebook::default).unwrap();
    let (one, other) = (child(&parent).await, child(&parent).await);
    other.tell(Note::Keep(4)).await.unwrap();
    one.stop(PATIENCE).await.unwrap();
    assert_eq!(kept(&other).await, [4]);
    assert_eq!(crew.living(), 2);
}

#[tokio::test]
async fn dropping_the_crew_stops_it() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    drop(crew);
    assert_eq!(notebook.ended().await, Ending::Stopped);
}

/// Blocks its thread, which nobody should do.
struct Stubborn;

impl Actor for Stubborn {
    type Message = (blocking::Sender<()>, blocking::Receiver<()>);
    type Failure = std::convert::Infallible;

    async fn handle(
        &mut self,
        (begun, gate): Self::Message,
        _context: &mut Context<Self>,
    ) -> Result<(), Self::Failure> {
        begun.send(()).expect("the test waits for it");
        let _ = gate.recv();
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_actor_that_blocks_its_thread_outlasts_the_patience_but_no_more() {
    let crew = crew();
    let stubborn = crew.spawn(|| Stubborn).unwrap();
    let (open, gate) = blocking::channel();
    let (begun, has_begun) = blocking::channel();
    stubborn.tell((begun, gate)).await.unwrap();
    has_begun.recv().unwrap();
    let patience = Duration::from_millis(20);
    assert_eq!(crew.stop(patience).await, Err(StopOverdue(patience)));
    assert_eq!(crew.living(), 1);
    open.send(()).unwrap();
    assert_eq!(
        crew.stop(PATIENCE).await,
        Ok(()),
        "it ended when its handler came back"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subtree_of_a_thousand_is_stopped_within_its_time() {
    let mut took = Vec::new();
    // The quickest of five counts: the machine may be doing other things.
    while took.len() < 5 {
        took.push(stop_a_thousand().await);
        if took.last() <= Some(&THOUSAND_STOPPED_WITHIN) {
            return;
        }
    }
    panic!("it took {took:?}");
}

async fn stop_a_thousand() -> Duration {
    let crew = crew();
    let top = crew.spawn(Notebook::default).expect("there is room");
    let (ended, mut dropped) = mpsc::unbounded_channel();
    for _ in 0..9 {
        let branch = child(&top).await;
        for _ in 0..110 {
            let leaf = child(&branch).await;
            leaf.tell(Note::Hang(Dropped("leaf", ended.clone())))
                .await
                .expect("a new actor listens");
        }
    }
    assert_eq!(crew.living(), 1 + 9 + 990);
    let began = Instant::now();
    top.stop(PATIENCE).await.expect("it ends at last");
    let took = began.elapsed();
    assert_eq!(crew.living(), 0);
    let mut let_go = 0;
    while dropped.try_recv().is_ok() {
        let_go += 1;
    }
    assert_eq!(let_go, 990, "what each was at is dropped");
    took
}

#[tokio::test]
async fn a_chain_of_ten_thousand_can_be_stopped() {
    let crew = crew();
    let top = crew.spawn(Notebook::default).unwrap();
    let mut last = child(&top).await;
    for _ in 0..10_000 {
        last = child(&last).await;
    }
    top.stop(PATIENCE).await.unwrap();
    assert_eq!(crew.living(), 0);
}
