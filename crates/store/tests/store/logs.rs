//! The log: filters, pages, pruning, and speed with many rows.

use std::time::{Duration, Instant};

use base::Timestamp;
use serde_json::json;
use store::{LogFilter, LogRow, Store};

use crate::{at, open};

/// As many rows as a busy month leaves.
const MANY: u64 = 100_000;

fn row(number: u64) -> LogRow {
    LogRow {
        at: at(number),
        level: if number.is_multiple_of(10_000) { 5 } else { 3 },
        source: if number % 1_000 == 7 {
            "llm".to_owned()
        } else {
            "hub".to_owned()
        },
        text: format!("event number {number} happened while 100% of things were usual"),
        fields: (number.is_multiple_of(2)).then(|| json!({"number": number})),
    }
}

async fn fill(store: &Store, rows: u64) {
    let rows: Vec<LogRow> = (0..rows).map(row).collect();
    for some in rows.chunks(5_000) {
        store.add_logs(some.to_vec()).await.expect("added");
    }
}

async fn numbers(store: &Store, filter: LogFilter) -> Vec<u64> {
    let found = store.logs(filter).await.expect("read");
    assert!(found.is_sorted_by(|a, b| a.id > b.id), "newest first");
    found
        .iter()
        .map(|found| found.row.at.as_millis() - at(0).as_millis())
        .collect()
}

fn filter(limit: u32) -> LogFilter {
    LogFilter {
        limit,
        ..LogFilter::default()
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn log_is_filtered_and_paged_from_the_newest_on() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    store.add_logs(Vec::new()).await.expect("nothing to add");
    fill(&store, 3_000).await;
    let newest = store.logs(filter(2)).await.expect("read");
    assert_eq!(newest[0].row, row(2_999));
    let before_id = Some(newest[1].id);
    assert_eq!(
        numbers(
            &store,
            LogFilter {
                before_id,
                ..filter(2)
            }
        )
        .await,
        [2_997, 2_996]
    );
    let after_id = Some(newest[1].id);
    assert_eq!(
        numbers(
            &store,
            LogFilter {
                after_id,
                ..filter(9)
            }
        )
        .await,
        [2_999]
    );
    let source = Some("llm".to_owned());
    assert_eq!(
        numbers(
            &store,
            LogFilter {
                source,
                ..filter(9)
            }
        )
        .await,
        [2_007, 1_007, 7]
    );
    assert_eq!(
        numbers(
            &store,
            LogFilter {
                level_min: 4,
                ..filter(9)
            }
        )
        .await,
        [0]
    );
    let search = Some("NUMBER 2999 h".to_owned());
    assert_eq!(
        numbers(
            &store,
            LogFilter {
                search,
                ..filter(9)
            }
        )
        .await,
        [2_999]
    );
    let search = Some("1_0% of".to_owned());
    assert_eq!(
        numbers(
            &store,
            LogFilter {
                search,
                ..filter(9)
            }
        )
        .await,
        Vec::<u64>::new()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_rows_are_removed_while_others_write() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    fill(&store, 4_000).await;
    let transactions = store.writer_counts().transactions;
    let pruning = tokio::spawn({
        let store = store.clone();
        async move { store.prune_logs(at(3_500)).await }
    });
    store
        .set_setting("meanwhile", Some(json!(1)), at(1))
        .await
        .expect("set");
    assert_eq!(pruning.await.expect("joined").expect("pruned"), 3_500);
    assert!(
        store.writer_counts().transactions - transactions >= 8,
        "in several steps"
    );
    assert_eq!(store.log_count().await.expect("count"), 500);
    assert_eq!(store.prune_logs(at(3_500)).await.expect("pruned"), 0);
    let id = store.logs(filter(1)).await.expect("read")[0].id;
    store
        .prune_logs(Timestamp::from_millis(u64::MAX))
        .await
        .expect("pruned");
    store.add_logs(vec![row(1)]).await.expect("added");
    assert_eq!(
        store.logs(filter(1)).await.expect("read")[0].id,
        id + 1,
        "no number twice"
    );
}

#[tokio::test]
async fn log_of_a_hundred_thousand_rows_is_read_quickly() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    fill(&store, MANY).await;
    assert_eq!(store.log_count().await.expect("count"), MANY);
    let middle = store.logs(filter(1)).await.expect("read")[0].id / 2;
    let queries = [
        ("newest", filter(200), 200),
        (
            "a page",
            LogFilter {
                before_id: Some(middle),
                ..filter(200)
            },
            200,
        ),
        (
            "a source",
            LogFilter {
                source: Some("llm".to_owned()),
                ..filter(200)
            },
            100,
        ),
        (
            "a rare level",
            LogFilter {
                level_min: 5,
                ..filter(200)
            },
            10,
        ),
        (
            "no hit",
            LogFilter {
                search: Some("nowhere".to_owned()),
                ..filter(200)
            },
            0,
        ),
    ];
    for (name, filter, rows) in queries {
        let started = Instant::now();
        assert_eq!(numbers(&store, filter).await.len(), rows, "{name}");
        let took = started.elapsed();
        println!("{name}: {took:?}");
        // Generous, since the machine may be busy; an unindexed join or sort takes far longer.
        assert!(took < Duration::from_secs(2), "{name} took {took:?}");
    }
}
