//! What the supervisor does about failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crew::{AskFailed, Ending, RESTART_WINDOW, RESTARTS_MAX, TryTellRefused};

use crate::cast::{Note, Notebook, PATIENCE, child, counted, crew, kept};

#[tokio::test]
async fn an_actor_that_panics_is_restarted_at_the_same_address_with_a_fresh_state() {
    let crew = crew();
    let made = Arc::new(AtomicUsize::new(0));
    let notebook = crew.spawn(counted(&made)).unwrap();
    let id = notebook.id();
    notebook.tell(Note::Keep(1)).await.unwrap();
    notebook.tell(Note::Panic).await.unwrap();
    notebook.tell(Note::Keep(2)).await.unwrap();
    assert_eq!(
        kept(&notebook).await,
        [2],
        "what was kept before is gone, what waited is not"
    );
    assert_eq!(notebook.id(), id);
    assert_eq!(
        made.load(Ordering::SeqCst),
        2,
        "the closure made both states"
    );
}

#[tokio::test]
async fn an_error_restarts_as_a_panic_does() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    notebook.tell(Note::Keep(1)).await.unwrap();
    notebook.tell(Note::Fail).await.unwrap();
    assert_eq!(kept(&notebook).await, []);
}

#[tokio::test]
async fn a_closure_that_panics_counts_as_a_failure() {
    let crew = crew();
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let notebook = crew
        .spawn(move || {
            assert!(counted.fetch_add(1, Ordering::SeqCst) > 0, "no paper");
            Notebook::default()
        })
        .unwrap();
    let first = notebook.ask(Note::Tell, PATIENCE).await;
    assert_eq!(first, Err(AskFailed::Unanswered));
    assert_eq!(kept(&notebook).await, [], "the second state could be made");
}

#[tokio::test(start_paused = true)]
async fn the_supervisor_gives_up_after_so_many_restarts_and_tells_the_parent() {
    let crew = crew();
    let parent = crew.spawn(Notebook::default).unwrap();
    let broken = child(&parent).await;
    for _ in 0..RESTARTS_MAX {
        broken.tell(Note::Fail).await.unwrap();
    }
    assert_eq!(kept(&broken).await, [], "so often it comes back");
    let below = child(&broken).await;
    broken.tell(Note::Panic).await.unwrap();
    assert_eq!(broken.ended().await, Ending::Lost);
    assert_eq!(
        below.ended().await,
        Ending::Stopped,
        "its subtree ended with it"
    );
    let losses = parent.ask(Note::Losses, PATIENCE).await.unwrap();
    assert_eq!(losses, [format!("{} panicked: the pen broke", broken.id())]);
    assert!(matches!(
        broken.try_tell(Note::Keep(1)),
        Err(TryTellRefused::Stopped(_))
    ));
    assert_eq!(crew.living(), 1);
}

#[tokio::test(start_paused = true)]
async fn restarts_outside_the_window_do_not_count() {
    let crew = crew();
    let notebook = crew.spawn(Notebook::default).unwrap();
    for _ in 0..RESTARTS_MAX * 3 {
        notebook.tell(Note::Fail).await.unwrap();
        assert_eq!(kept(&notebook).await, []);
        tokio::time::sleep(RESTART_WINDOW / u32::try_from(RESTARTS_MAX).unwrap()).await;
    }
}

#[tokio::test]
async fn children_of_a_restarted_actor_are_stopped_before_it_goes_on() {
    let crew = crew();
    let parent = crew.spawn(Notebook::default).unwrap();
    let children = [child(&parent).await, child(&parent).await];
    parent.tell(Note::Fail).await.unwrap();
    assert_eq!(kept(&parent).await, []);
    assert_eq!(crew.living(), 1, "they belonged to the state that is gone");
    for child in children {
        let ended = tokio::time::timeout(Duration::ZERO, child.ended()).await;
        assert_eq!(ended, Ok(Ending::Stopped));
    }
}

#[tokio::test]
async fn the_failure_of_one_leaves_its_neighbours_alone() {
    let crew = crew();
    let parent = crew.spawn(Notebook::default).unwrap();
    let (bad, good) = (child(&parent).await, child(&parent).await);
    good.tell(Note::Keep(1)).await.unwrap();
    for _ in 0..=RESTARTS_MAX {
        bad.tell(Note::Fail).await.unwrap();
    }
    assert_eq!(bad.ended().await, Ending::Lost);
    assert_eq!(kept(&good).await, [1]);
}
