//! A store that is locked and unlocked under those who use it.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use serde_json::json;
use store::{OpenError, Store, StoreError, StoreKey};

use crate::{at, talk};

/// Long enough for the slowest machine, short enough that a deadlock is a failed test.
const PATIENCE: Duration = Duration::from_secs(60);

fn key() -> StoreKey {
    StoreKey::from_bytes([9; 32])
}

/// Opens a store that may still be on its way to being locked.
fn unlock_when_locked(store: &Store) {
    for _ in 0..10_000 {
        match store.unlock(key()) {
            Ok(()) => return,
            Err(OpenError::Locking) => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("the locking never ended");
}

fn log_is_left(folder: &Path) -> bool {
    folder.join("hai-net.db-wal").exists()
}

#[tokio::test]
async fn locked_store_touches_no_file_and_refuses_what_is_asked() {
    let folder = tempfile::tempdir().expect("folder");
    let place = folder.path().join("not/there");
    let store = Store::locked(&place);
    assert!(!store.is_open());
    let read = store.settings().await;
    assert!(
        matches!(
            read,
            Err(StoreError::Locked {
                doing: "reading the settings"
            })
        ),
        "{read:?}"
    );
    let written = store.set_setting("a", Some(json!(1)), at(1)).await;
    let error = written.expect_err("locked");
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the store was locked before or while saving a setting"
    );
    let copied = store.snapshot(&folder.path().join("copy")).await;
    assert!(
        matches!(copied, Err(StoreError::Locked { .. })),
        "{copied:?}"
    );
    store
        .lock()
        .await
        .expect("locking a locked store is harmless");
    assert_eq!(store.path(), place.join(store::DATABASE_FILE));
    assert_eq!(store.writer_counts(), store::WriterCounts::default());
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("list").count(),
        0,
        "nothing was made"
    );
    assert!(format!("{store:?}").contains("locked"), "{store:?}");
}

#[tokio::test]
async fn all_clones_are_locked_and_unlocked_together_and_keep_what_was_said() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::locked(folder.path());
    let clone = store.clone();
    store.unlock(key()).expect("unlocked");
    assert!(clone.is_open());
    talk(&clone, "kept", at(1), &["text"]).await;
    let counted = store.writer_counts();
    assert_eq!(counted.jobs, 2, "a conversation and its message");
    clone.lock().await.expect("locked");
    assert!(!store.is_open());
    assert!(!log_is_left(folder.path()), "the log was folded in");
    assert_eq!(store.writer_counts(), counted, "counts are kept");
    let outcome = store.conversation_count().await;
    assert!(
        matches!(outcome, Err(StoreError::Locked { .. })),
        "{outcome:?}"
    );
    store.unlock(key()).expect("unlocked again");
    assert_eq!(clone.conversation_count().await.expect("count"), 1);
    talk(&clone, "later", at(2), &["text"]).await;
    assert_eq!(store.writer_counts().jobs, 4, "counts go on");
    store.close().await.expect("closed");
}

#[tokio::test]
async fn unlocking_is_refused_where_the_store_is_open_closed_or_the_key_is_wrong() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(folder.path(), key()).expect("open");
    talk(&store, "kept", at(1), &["text"]).await;
    for again in [key(), StoreKey::from_bytes([8; 32])] {
        let outcome = store.unlock(again);
        assert!(
            matches!(outcome, Err(OpenError::AlreadyOpen)),
            "{outcome:?}"
        );
    }
    assert_eq!(store.conversation_count().await.expect("it goes on"), 1);
    store.lock().await.expect("locked");
    let outcome = store.unlock(StoreKey::from_bytes([8; 32]));
    assert!(
        matches!(outcome, Err(OpenError::WrongKey { .. })),
        "{outcome:?}"
    );
    assert!(!store.is_open(), "it stays locked");
    store.unlock(key()).expect("the right key still opens it");
    store.lock().await.expect("locked");
    store.close().await.expect("a locked store can be closed");
    let outcome = store.unlock(key());
    assert!(matches!(outcome, Err(OpenError::Closed)), "{outcome:?}");
    store
        .lock()
        .await
        .expect("locking a closed store is harmless");
    let outcome = store.settings().await;
    assert!(
        matches!(outcome, Err(StoreError::Gone { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn what_was_accepted_before_the_locking_is_finished() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(folder.path(), key()).expect("open");
    // On one thread: each task runs until it waits, in the order in which they were spawned.
    let writes: Vec<_> = (0..200_u64)
        .map(|number| {
            let store = store.clone();
            let name = format!("n{number}");
            tokio::spawn(async move { store.set_setting(name, Some(json!(1)), at(1)).await })
        })
        .collect();
    let read = tokio::spawn({
        let store = store.clone();
        async move { store.integrity_check().await }
    });
    // The runtime looks at the caller again after some tasks; all must have had their turn.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    store.lock().await.expect("locked");
    for write in writes {
        write.await.expect("joined").expect("it was accepted");
    }
    read.await.expect("joined").expect("it was accepted");
    store.unlock(key()).expect("unlocked");
    assert_eq!(store.settings().await.expect("read").len(), 200);
}

#[tokio::test]
async fn locking_that_nobody_waits_for_happens_all_the_same() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(folder.path(), key()).expect("open");
    talk(&store, "kept", at(1), &["text"]).await;
    {
        let mut locking = pin!(store.lock());
        let mut nobody = Context::from_waker(Waker::noop());
        assert!(matches!(locking.as_mut().poll(&mut nobody), Poll::Pending));
    }
    let outcome = store.unlock(key());
    assert!(matches!(outcome, Err(OpenError::Locking)), "{outcome:?}");
    tokio::time::timeout(PATIENCE, store.lock())
        .await
        .expect("one who comes later waits for it")
        .expect("locked");
    assert!(!log_is_left(folder.path()));
    store.unlock(key()).expect("unlocked");
    assert_eq!(store.conversation_count().await.expect("count"), 1);
}

/// Writes until the store is closed, and returns what was acknowledged.
async fn write_on(store: Store, writer: u64) -> Vec<String> {
    let mut kept = Vec::new();
    for number in 0.. {
        let name = format!("w{writer}-{number}");
        match store
            .set_setting(name.clone(), Some(json!(number)), at(1))
            .await
        {
            Ok(()) => kept.push(name),
            Err(StoreError::Locked { .. }) => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(StoreError::Gone { .. }) => return kept,
            Err(error) => panic!("{error:?}"),
        }
    }
    kept
}

/// Reads until the store is closed, and looks that what was acknowledged is there.
async fn read_on(store: Store, kept: Arc<Mutex<Vec<String>>>) -> u64 {
    let mut reads = 0;
    loop {
        let name = kept.lock().expect("list").last().cloned();
        let name = name.unwrap_or_else(|| "first".to_owned());
        match store.setting(name.clone()).await {
            Ok(found) => {
                assert!(
                    found.is_some() || name == "first",
                    "{name} was acknowledged"
                );
                reads += 1;
            }
            Err(StoreError::Locked { .. }) => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(StoreError::Gone { .. }) => return reads,
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Locks and unlocks until it is told to stop.
async fn lock_on(store: Store, folder: Arc<Path>, alone: bool, stop: Arc<AtomicBool>) -> u64 {
    let mut rounds = 0;
    while !stop.load(Ordering::Acquire) {
        tokio::time::sleep(Duration::from_millis(rand::random_range(1..20))).await;
        store.lock().await.expect("locked");
        if alone {
            assert!(!log_is_left(&folder), "everything is closed");
        }
        let store = store.clone();
        tokio::task::spawn_blocking(move || match store.unlock(key()) {
            // Others may lock and unlock it too.
            Ok(()) | Err(OpenError::AlreadyOpen | OpenError::Locking) => {}
            Err(error) => panic!("{error:?}"),
        })
        .await
        .expect("joined");
        rounds += 1;
    }
    rounds
}

async fn locked_under_many(lockers: u64) {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(folder.path(), key()).expect("open");
    let (kept, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::default());
    let place: Arc<Path> = folder.path().into();
    let writers: Vec<_> = (0..20)
        .map(|writer| tokio::spawn(write_on(store.clone(), writer)))
        .collect();
    let noting = tokio::spawn({
        let (store, kept) = (store.clone(), Arc::clone(&kept));
        async move {
            for number in 0.. {
                let name = format!("noted-{number}");
                match store.set_setting(name.clone(), Some(json!(1)), at(1)).await {
                    Ok(()) => kept.lock().expect("list").push(name),
                    Err(StoreError::Locked { .. }) => tokio::task::yield_now().await,
                    Err(_) => return,
                }
            }
        }
    });
    let readers: Vec<_> = (0..20)
        .map(|_| tokio::spawn(read_on(store.clone(), Arc::clone(&kept))))
        .collect();
    let lockers: Vec<_> = (0..lockers)
        .map(|_| {
            let (place, stop) = (Arc::clone(&place), Arc::clone(&stop));
            tokio::spawn(lock_on(store.clone(), place, lockers == 1, stop))
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    stop.store(true, Ordering::Release);
    let mut rounds = 0;
    for locker in lockers {
        rounds += locker.await.expect("locked and unlocked");
    }
    store.close().await.expect("closed");
    let mut promised = kept.lock().expect("list").clone();
    for writer in writers {
        promised.extend(writer.await.expect("wrote"));
    }
    noting.await.expect("noted");
    let mut reads = 0;
    for reader in readers {
        reads += reader.await.expect("read");
    }
    let written = promised.len();
    assert!(
        rounds > 5 && written > 20 && reads > 20,
        "{written} written and {reads} read while locked {rounds} times"
    );
    let store = Store::open(folder.path(), key()).expect("open");
    let settings = store.settings().await.expect("read");
    for name in promised {
        assert!(settings.contains_key(&name), "{name} was acknowledged");
    }
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_read_and_write_are_never_stuck_and_lose_nothing_while_it_is_locked() {
    tokio::time::timeout(PATIENCE, locked_under_many(1))
        .await
        .expect("no deadlock");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_who_lock_and_unlock_at_once_are_never_stuck() {
    tokio::time::timeout(PATIENCE, locked_under_many(4))
        .await
        .expect("no deadlock");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn closing_and_locking_at_once_end_closed() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(folder.path(), key()).expect("open");
        talk(&store, "kept", at(1), &["text"]).await;
        let locking = tokio::spawn({
            let store = store.clone();
            async move { store.lock().await }
        });
        let closing = tokio::spawn({
            let store = store.clone();
            async move { store.close().await }
        });
        let both = async {
            locking.await.expect("joined").expect("locked");
            closing.await.expect("joined").expect("closed");
        };
        tokio::time::timeout(PATIENCE, both)
            .await
            .expect("no deadlock");
        assert!(matches!(store.unlock(key()), Err(OpenError::Closed)));
        assert!(!log_is_left(folder.path()), "both waited for the end");
    }
}

#[tokio::test]
async fn store_that_was_locked_by_a_runtime_that_is_gone_opens_again() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(folder.path(), key()).expect("open");
    talk(&store, "kept", at(1), &["text"]).await;
    let clone = store.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("runtime");
        runtime.block_on(async {
            let mut locking = pin!(clone.lock());
            let mut nobody = Context::from_waker(Waker::noop());
            let _ = locking.as_mut().poll(&mut nobody);
        });
    })
    .join()
    .expect("joined");
    unlock_when_locked(&store);
    assert_eq!(store.conversation_count().await.expect("count"), 1);
}
