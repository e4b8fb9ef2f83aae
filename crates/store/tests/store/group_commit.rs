//! Many writers at once: few waits for the disk, and every result right.

use std::time::Duration;

use serde_json::json;
use store::{ConversationFilter, StoreError};

use crate::{at, conversation, open, talk};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_share_few_transactions_and_each_gets_its_own_result() {
    const WRITERS: u64 = 600;
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let taken = conversation("taken", at(0));
    store
        .start_conversation(taken.clone())
        .await
        .expect("started");
    let before = store.writer_counts();
    let tasks: Vec<_> = (0..WRITERS)
        .map(|number| {
            let (store, taken) = (store.clone(), taken.clone());
            tokio::spawn(async move {
                if number % 10 == 3 {
                    let outcome = store.start_conversation(taken).await;
                    assert!(
                        matches!(outcome, Err(StoreError::AlreadyThere { .. })),
                        "{number}"
                    );
                    return;
                }
                let key = format!("n{number}");
                store
                    .set_setting(key.clone(), Some(json!(number)), at(number))
                    .await
                    .expect("set");
                let own = store.setting(key).await.expect("read");
                assert_eq!(own, Some(json!(number)), "what is acknowledged can be read");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("each writer got its own result");
    }
    let after = store.writer_counts();
    let (jobs, transactions) = (
        after.jobs - before.jobs,
        after.transactions - before.transactions,
    );
    println!("{jobs} jobs in {transactions} transactions");
    assert_eq!(jobs, WRITERS);
    assert!(
        transactions * 4 <= jobs,
        "{jobs} jobs took {transactions} transactions"
    );
    assert_eq!(store.settings().await.expect("read").len(), 540);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_goes_on_while_much_is_written() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 0..30 {
                talk(
                    &store,
                    &format!("{number}"),
                    at(number),
                    &["one", "two", "three"],
                )
                .await;
            }
        }
    });
    let mut rounds = 0_u32;
    while !writing.is_finished() {
        let filter = ConversationFilter {
            limit: 99,
            ..ConversationFilter::default()
        };
        for found in store.list_conversations(filter).await.expect("list") {
            assert!(
                matches!(found.messages, 0 | 3),
                "three messages are added together"
            );
        }
        rounds += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    writing.await.expect("written");
    assert!(rounds > 0);
}

#[tokio::test]
async fn closed_store_says_so_and_closing_twice_is_harmless() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    talk(&store, "kept", at(1), &["text"]).await;
    store.close().await.expect("closed");
    store.clone().close().await.expect("closed again");
    let read = store.settings().await;
    assert!(
        matches!(
            read,
            Err(StoreError::Gone {
                doing: "reading the settings"
            })
        ),
        "{read:?}"
    );
    let written = store.set_setting("a", Some(json!(1)), at(1)).await;
    assert!(
        matches!(written, Err(StoreError::Gone { .. })),
        "{written:?}"
    );
    assert!(
        !folder.path().join("hai-net.db-wal").exists(),
        "the log was folded in"
    );
    assert_eq!(
        open(folder.path())
            .conversation_count()
            .await
            .expect("count"),
        1
    );
}

#[tokio::test]
async fn store_that_is_only_dropped_keeps_what_it_acknowledged() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    talk(&store, "kept", at(1), &["text"]).await;
    drop(store);
    assert_eq!(
        open(folder.path())
            .conversation_count()
            .await
            .expect("count"),
        1
    );
}
