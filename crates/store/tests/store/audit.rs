//! The audit chain: what is written stays, and what is changed behind the store's back is found.

use std::path::Path;

use base::Timestamp;
use serde_json::json;
use store::{
    AUDIT_DETAILS_MAX, AUDIT_PAGE, AUDIT_SUBJECT_BYTES_MAX, AuditEntry, AuditFault, AuditFilter,
    AuditFlaw, AuditHead, AuditKind, AuditLink, AuditReport, AuditValue, Store, StoreError,
};

use crate::{at, behind_the_back, open, words_fit};

/// As many rows as a busy month leaves.
const MANY: u64 = 100_000;

const DAY_MS: u64 = 86_400_000;

fn entry(number: u64) -> AuditEntry {
    let kind = AuditKind::ALL[usize::try_from(number % 11).expect("small")];
    AuditEntry {
        at: at(number),
        kind,
        actor: "person".to_owned(),
        subject: format!("subject {number}"),
        digest: number.is_multiple_of(2).then_some([7; 32]),
        details: [
            ("bytes".to_owned(), AuditValue::Number(-3)),
            ("host".to_owned(), AuditValue::Text("a \"b\" é".to_owned())),
        ]
        .into(),
    }
}

async fn fill(store: &Store, rows: u64) {
    let rows: Vec<AuditEntry> = (1..=rows).map(entry).collect();
    for some in rows.chunks(5_000) {
        store.append_audit(some.to_vec()).await.expect("appended");
    }
}

async fn verified(store: &Store) -> AuditReport {
    store.verify_audit(|_, _| true).await.expect("walked")
}

fn filter(limit: u32) -> AuditFilter {
    AuditFilter {
        limit,
        ..AuditFilter::default()
    }
}

async fn numbers(store: &Store, filter: AuditFilter) -> Vec<u64> {
    let rows = store.read_audit(filter).await.expect("read");
    rows.iter().map(|row| row.number).collect()
}

/// Does something to the database of a store that is closed, and tells what the walk then finds.
async fn found_after(folder: &Path, sql: &str) -> Option<AuditFault> {
    let connection = behind_the_back(folder);
    for trigger in [
        "audit_grows_at_its_end",
        "audit_rows_stay_the_same",
        "audit_rows_stay",
        "audit_heads_stay_the_same",
        "audit_heads_stay",
        "audit_anchors_stay_the_same",
    ] {
        connection
            .execute_batch(&format!("DROP TRIGGER IF EXISTS {trigger}"))
            .expect("dropped");
    }
    connection.execute_batch(sql).expect(sql);
    drop(connection);
    let store = open(folder);
    let report = verified(&store).await;
    store.close().await.expect("closed");
    report.fault
}

/// A folder with a closed store of ten rows.
async fn ten_rows() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    fill(&store, 10).await;
    assert_eq!(verified(&store).await.rows(), 10);
    store.close().await.expect("closed");
    folder
}

#[tokio::test]
async fn rows_read_back_as_they_were_written_and_the_chain_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    assert_eq!(verified(&store).await.to, AuditLink::default(), "empty");
    fill(&store, 3).await;
    store.close().await.expect("closed");
    let store = open(folder.path());
    let end = store.append_audit(vec![entry(4)]).await.expect("appended");
    let report = verified(&store).await;
    assert_eq!((report.fault, report.to, report.rows()), (None, end, 4));
    let rows = store.read_audit(filter(9)).await.expect("read");
    let read: Vec<_> = rows.iter().map(|row| (row.number, &row.entry)).collect();
    let wrote: Vec<AuditEntry> = (1..=4).map(entry).collect();
    assert_eq!(
        read,
        [
            (4, &wrote[3]),
            (3, &wrote[2]),
            (2, &wrote[1]),
            (1, &wrote[0])
        ]
    );
    assert_eq!(rows[0].hash, end.hash);
}

#[tokio::test]
async fn triggers_refuse_to_change_remove_or_replace_a_row() {
    let folder = ten_rows().await;
    let connection = behind_the_back(folder.path());
    for sql in [
        "UPDATE audit SET subject = 'x' WHERE number = 3",
        "UPDATE audit SET number = 99 WHERE number = 10",
        "DELETE FROM audit WHERE number = 10",
        "DELETE FROM audit WHERE number = 1",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE number = 3",
        "INSERT INTO audit SELECT 12, at, kind, actor, subject, digest, details, hash
         FROM audit WHERE number = 3",
        "INSERT INTO audit_anchors VALUES (3, zeroblob(32), 1)",
    ] {
        connection.execute_batch(sql).expect_err(sql);
    }
    drop(connection);
    let store = open(folder.path());
    assert_eq!(verified(&store).await.fault, None);
}

#[tokio::test]
async fn what_was_done_behind_the_back_of_the_store_is_found_where_it_was_done() {
    use AuditFlaw::{Gap, Unreadable, WrongEnd, WrongHash};
    for (sql, number, flaw) in [
        (
            "UPDATE audit SET subject = 'other' WHERE number = 4",
            4,
            WrongHash,
        ),
        (
            "UPDATE audit SET kind = 'feast' WHERE number = 2",
            2,
            Unreadable,
        ),
        ("DELETE FROM audit WHERE number = 1", 1, Gap),
        ("DELETE FROM audit WHERE number = 5", 5, Gap),
        ("DELETE FROM audit WHERE number = 10", 10, WrongEnd),
        ("DELETE FROM audit", 1, WrongEnd),
        ("DELETE FROM audit_end", 11, WrongEnd),
        (
            "UPDATE audit SET number = 99 WHERE number = 3;
             UPDATE audit SET number = 3 WHERE number = 4;
             UPDATE audit SET number = 4 WHERE number = 99",
            3,
            WrongHash,
        ),
        (
            "INSERT INTO audit SELECT 11, at, kind, actor, subject, digest, details, hash
             FROM audit WHERE number = 7",
            11,
            WrongHash,
        ),
        (
            "INSERT INTO audit SELECT 0, at, kind, actor, subject, digest, details, hash
             FROM audit WHERE number = 1",
            1,
            Gap,
        ),
        (
            "INSERT INTO audit_anchors SELECT 4, hash, at FROM audit WHERE number = 4",
            5,
            Gap,
        ),
        (
            "INSERT INTO audit_heads SELECT 1, 4, hash, x'00' FROM audit WHERE number = 5",
            4,
            AuditFlaw::WrongHead { day: 1 },
        ),
        (
            "INSERT INTO audit_heads SELECT 1, 99, hash, x'00' FROM audit WHERE number = 5",
            99,
            AuditFlaw::WrongHead { day: 1 },
        ),
    ] {
        let folder = ten_rows().await;
        let found = found_after(folder.path(), sql).await;
        assert_eq!(found, Some(AuditFault { number, flaw }), "{sql}");
    }
    let folder = ten_rows().await;
    assert_eq!(
        found_after(folder.path(), "SELECT 1").await,
        None,
        "nothing was done"
    );
}

/// Stands for a signature of the owner in these tests: what is signed, backwards.
fn signature(head: &AuditHead) -> Vec<u8> {
    let mut bytes = head.bytes_to_sign();
    bytes.reverse();
    bytes
}

async fn append_at(store: &Store, times: &[u64]) {
    let rows = times.iter().map(|millis| AuditEntry {
        at: Timestamp::from_millis(*millis),
        ..entry(1)
    });
    store.append_audit(rows.collect()).await.expect("appended");
}

#[tokio::test]
async fn each_day_that_is_over_is_signed_once() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    append_at(&store, &[5, DAY_MS - 1, DAY_MS, 3 * DAY_MS]).await;
    let now = Timestamp::from_millis(3 * DAY_MS + 7);
    let heads = store.unsigned_heads(now).await.expect("read");
    let days: Vec<_> = heads.iter().map(|head| (head.day, head.number)).collect();
    assert_eq!(days, [(0, 2), (1, 3)], "today is not over");
    for head in &heads {
        store
            .save_head(*head, signature(head))
            .await
            .expect("saved");
    }
    assert_eq!(store.unsigned_heads(now).await.expect("read"), []);
    let again = store.save_head(heads[0], vec![1]).await;
    assert!(
        matches!(again, Err(StoreError::AlreadyThere { .. })),
        "{again:?}"
    );
    let stranger = AuditHead {
        day: 9,
        hash: [9; 32],
        ..heads[0]
    };
    let outcome = store.save_head(stranger, vec![1]).await;
    assert!(
        matches!(outcome, Err(StoreError::UnknownAuditRow(2))),
        "{outcome:?}"
    );
    // The clock is set back: the row falls under the head of the day after.
    append_at(&store, &[DAY_MS + 1]).await;
    let later = Timestamp::from_millis(4 * DAY_MS);
    let heads = store.unsigned_heads(later).await.expect("read");
    assert_eq!(
        heads
            .iter()
            .map(|head| (head.day, head.number))
            .collect::<Vec<_>>(),
        [(3, 4)]
    );
    let report = store
        .verify_audit(|head, found| signature(head) == found)
        .await
        .expect("walked");
    assert_eq!(
        (report.fault, report.signed_days, report.rows()),
        (None, 2, 5)
    );
    let report = store
        .verify_audit(|head, found| head.day == 0 && signature(head) == found)
        .await
        .expect("walked");
    let flaw = AuditFlaw::BadSignature { day: 1 };
    assert_eq!(report.fault, Some(AuditFault { number: 3, flaw }));
    assert_eq!(report.to.number, 2, "as far as it was good");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_days_are_removed_and_the_chain_still_verifies() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let first: Vec<u64> = (0..1_200).map(|number| number * 1_000).collect();
    append_at(&store, &first).await;
    append_at(&store, &[DAY_MS + 1, DAY_MS - 1, 2 * DAY_MS]).await;
    let head = store
        .unsigned_heads(Timestamp::from_millis(DAY_MS))
        .await
        .expect("read")[0];
    assert_eq!(
        (head.day, head.number),
        (0, 1_202),
        "the clock went back in between"
    );
    store
        .save_head(head, signature(&head))
        .await
        .expect("saved");
    let removed = store.prune_audit(Timestamp::from_millis(DAY_MS - 1)).await;
    assert_eq!(removed.expect("pruned"), 0, "whole days only");
    let transactions = store.writer_counts().transactions;
    let removed = store.prune_audit(Timestamp::from_millis(DAY_MS + 5)).await;
    assert_eq!(
        removed.expect("pruned"),
        1_200,
        "up to the first row that stays"
    );
    assert!(
        store.writer_counts().transactions - transactions >= 3,
        "in several steps"
    );
    let good = |head: &AuditHead, found: &[u8]| signature(head) == found;
    let report = store.verify_audit(good).await.expect("walked");
    assert_eq!(
        (report.fault, report.from.number, report.rows()),
        (None, 1_200, 3)
    );
    let removed = store.prune_audit(Timestamp::from_millis(9 * DAY_MS)).await;
    assert_eq!(removed.expect("pruned"), 3, "nothing is left");
    store.close().await.expect("closed");
    let store = open(folder.path());
    append_at(&store, &[9 * DAY_MS]).await;
    let report = store.verify_audit(good).await.expect("walked");
    assert_eq!(
        (report.fault, report.from.number, report.to.number),
        (None, 1_203, 1_204)
    );
    assert_eq!(report.signed_days, 1, "the signature outlives its rows");
    let words = AuditFilter {
        text: Some("subject".to_owned()),
        ..filter(9)
    };
    assert_eq!(numbers(&store, words).await, [1_204]);
    store.close().await.expect("closed");
    words_fit(folder.path(), "audit_words");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_at_the_same_time_make_one_chain() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..50 {
                    let rows = vec![entry(writer), entry(number)];
                    store.append_audit(rows).await.expect("appended");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("joined");
    }
    let report = verified(&store).await;
    assert_eq!((report.fault, report.rows()), (None, 400));
}

#[tokio::test]
async fn row_that_says_too_much_is_refused_with_all_that_goes_with_it() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let long = "x".repeat(AUDIT_SUBJECT_BYTES_MAX + 1);
    let text = |text: &str| AuditValue::Text(text.to_owned());
    let many = (0..=AUDIT_DETAILS_MAX).map(|n| (n.to_string(), AuditValue::Number(1)));
    for bad in [
        AuditEntry {
            subject: long.clone(),
            ..entry(1)
        },
        AuditEntry {
            actor: long.clone(),
            ..entry(1)
        },
        AuditEntry {
            details: many.collect(),
            ..entry(1)
        },
        AuditEntry {
            details: [("host".to_owned(), text(&long))].into(),
            ..entry(1)
        },
        AuditEntry {
            details: [(long.clone(), text("x"))].into(),
            ..entry(1)
        },
    ] {
        let outcome = store.append_audit(vec![entry(1), bad]).await;
        assert!(
            matches!(outcome, Err(StoreError::TooMuch { .. })),
            "{outcome:?}"
        );
    }
    assert_eq!(verified(&store).await.to.number, 0);
}

#[tokio::test]
async fn setting_and_its_audit_row_are_kept_together_or_not_at_all() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let change = |subject: String| {
        store.transact("changing a setting", move |together| {
            together.set_setting("theme", Some(&json!(subject)), at(1))?;
            together.append_audit(&[AuditEntry {
                subject: subject.clone(),
                ..entry(1)
            }])
        })
    };
    change("dark".to_owned()).await.expect("changed");
    let outcome = change("x".repeat(999)).await;
    assert!(
        matches!(outcome, Err(StoreError::TooMuch { .. })),
        "{outcome:?}"
    );
    assert_eq!(
        store.setting("theme").await.expect("read"),
        Some(json!("dark"))
    );
    assert_eq!(verified(&store).await.rows(), 1);
}

#[tokio::test]
async fn export_gives_the_whole_chain_as_it_was_when_it_began() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let rows = u64::from(AUDIT_PAGE) * 2 + 5;
    fill(&store, rows).await;
    let mut export = store.export_audit().await.expect("begun");
    fill(&store, 3).await;
    let (mut next, mut hash) = (export.from().number, export.from().hash);
    let mut pages = 0;
    while let Some(page) = export.next_page().await.expect("read") {
        for row in page {
            next += 1;
            assert_eq!(row.number, next);
            hash = row.hash;
        }
        pages += 1;
    }
    assert_eq!((pages, next), (3, rows));
    assert_eq!(export.to(), AuditLink { number: next, hash });
    assert_eq!(export.heads(), []);
}

#[tokio::test]
async fn chain_of_a_hundred_thousand_rows_verifies_and_is_filtered_page_by_page() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let began = std::time::Instant::now();
    fill(&store, MANY).await;
    println!("{MANY} rows written in {:?}", began.elapsed());
    let began = std::time::Instant::now();
    let report = verified(&store).await;
    println!("verified in {:?}", began.elapsed());
    assert_eq!((report.fault, report.rows()), (None, MANY));
    let two = AuditFilter {
        kinds: vec![AuditKind::ALL[3], AuditKind::ALL[5]],
        before: Some(50_000),
        ..filter(3)
    };
    // 49,998 leaves 3 when divided by the number of kinds, and 49,989 too.
    assert_eq!(numbers(&store, two).await, [49_998, 49_989, 49_987]);
    let words = AuditFilter {
        text: Some("SUBJECT 777".to_owned()),
        before: Some(77_700),
        ..filter(2)
    };
    assert_eq!(numbers(&store, words).await, [7_779, 7_778]);
    let words_of_a_kind = AuditFilter {
        text: Some("subject é".to_owned()),
        kinds: vec![AuditKind::ALL[0]],
        after: Some(99_000),
        ..filter(2)
    };
    assert_eq!(numbers(&store, words_of_a_kind).await, [99_990, 99_979]);
    let missed = AuditFilter {
        after: Some(MANY - 2),
        ..filter(9)
    };
    assert_eq!(numbers(&store, missed).await, [MANY, MANY - 1]);
}
