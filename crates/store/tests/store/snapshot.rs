//! Copies of the database at one moment.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use store::{ConversationFilter, DATABASE_FILE, KEY_FILE, LogRow, Store, StoreError, StoreKey};

use crate::everything::{Everything, audit_entry};
use crate::{at, behind_the_back, message, open, talk};

/// Opens a copy as the store of a new folder.
fn restored(copy: &Path, key: &Path) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("folder");
    fs::copy(copy, folder.path().join(DATABASE_FILE)).expect("copied");
    fs::copy(key.join(KEY_FILE), folder.path().join(KEY_FILE)).expect("copied");
    let store = open(folder.path());
    (folder, store)
}

async fn sound(store: &Store) {
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn copy_holds_everything_under_the_same_key_and_needs_no_other_file() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let secret = "correct-horse-battery-staple";
    let kept = talk(&store, secret, at(1), &["one", secret, "three"]).await;
    store
        .set_mark("backup.last", at(2), secret)
        .await
        .expect("set");
    let log = |number: u64| LogRow {
        at: at(number),
        level: 3,
        source: "test".to_owned(),
        text: format!("{number}"),
        fields: None,
    };
    store
        .add_logs((0..5).map(log).collect())
        .await
        .expect("logged");
    store
        .prune_logs(at(9))
        .await
        .expect("five numbers are used up");
    let copy = folder.path().join("copy");
    let info = store.snapshot(&copy).await.expect("copied");
    let bytes = fs::read(&copy).expect("file");
    assert_eq!(info.bytes, bytes.len() as u64);
    for word in [secret.as_bytes(), b"SQLite format", b"CREATE TABLE"] {
        assert!(
            !bytes.windows(word.len()).any(|part| part == word),
            "{:?} is readable",
            String::from_utf8_lossy(word)
        );
    }
    assert_eq!(
        fs::read_dir(folder.path())
            .expect("list")
            .filter(|entry| {
                let name = entry.as_ref().expect("entry").file_name();
                name.to_string_lossy().starts_with("copy")
            })
            .count(),
        1,
        "nothing lies beside it"
    );
    let (_place, again) = restored(&copy, folder.path());
    sound(&again).await;
    let messages = store.messages(kept).await.expect("read");
    assert_eq!(again.messages(kept).await.expect("read"), messages);
    let numbers = again.add_logs(vec![log(7)]).await.expect("logged");
    assert_eq!(numbers, [6], "no number is used again");
    assert_eq!(
        again.mark("backup.last").await.expect("read"),
        store.mark("backup.last").await.expect("read")
    );
    let filter = ConversationFilter {
        search: Some("correct-horse".to_owned()),
        limit: 5,
        ..ConversationFilter::default()
    };
    assert_eq!(
        again
            .list_conversations(filter)
            .await
            .expect("searched")
            .len(),
        1
    );
    talk(&again, "it goes on", at(9), &["being written"]).await;
    sound(&again).await;
    let wrong = tempfile::tempdir().expect("folder");
    fs::copy(&copy, wrong.path().join(DATABASE_FILE)).expect("copied");
    Store::open(wrong.path(), StoreKey::from_bytes([7; 32])).expect_err("another key");
}

#[tokio::test]
async fn copy_holds_the_audit_chain_and_what_agents_know_and_did() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let kept = Everything::fill(&store).await;
    let copy = folder.path().join("copy");
    store.snapshot(&copy).await.expect("copied");
    store.close().await.expect("closed");
    let (_place, again) = restored(&copy, folder.path());
    sound(&again).await;
    kept.is_in(&again).await;
    again
        .append_audit(vec![audit_entry("it goes on")])
        .await
        .expect("appended");
    let report = again.verify_audit(|_, _| true).await.expect("walked");
    assert_eq!((report.fault, report.rows()), (None, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copy_is_of_one_moment_and_writers_do_not_wait_for_it() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let text = "some words of an ordinary message ".repeat(60);
    let kept = talk(&store, "talk", at(0), &["first"]).await;
    for round in 0..20 {
        let rows: Vec<_> = (0..200)
            .map(|_| message(kept, None, &text, at(round)))
            .collect();
        let head = rows[0].id;
        store
            .add_messages(kept, rows, head, at(round))
            .await
            .expect("added");
    }
    let copying = tokio::spawn({
        let (store, copy) = (store.clone(), folder.path().join("copy"));
        async move {
            let began = Instant::now();
            store.snapshot(&copy).await.expect("copied");
            began.elapsed()
        }
    });
    // In pairs, so that half a transaction in the copy would be seen.
    let (mut pairs, mut slowest) = (0, Duration::ZERO);
    while !copying.is_finished() {
        let rows = vec![
            message(kept, None, "pair", at(50)),
            message(kept, None, "pair", at(50)),
        ];
        let (head, began) = (rows[0].id, Instant::now());
        store
            .add_messages(kept, rows, head, at(50))
            .await
            .expect("added");
        slowest = slowest.max(began.elapsed());
        assert_eq!(
            store.conversation_count().await.expect("reading goes on"),
            1
        );
        pairs += 1;
    }
    let took = copying.await.expect("joined");
    println!("copied in {took:?}; {pairs} transactions meanwhile, the slowest took {slowest:?}");
    assert!(pairs > 0);
    assert!(
        slowest < took.max(Duration::from_secs(1)),
        "no writer waited for the copy"
    );
    let (_place, again) = restored(&folder.path().join("copy"), folder.path());
    sound(&again).await;
    let count = again.messages(kept).await.expect("read").len();
    assert!(
        count > 4_000 && (count - 4_001).is_multiple_of(2),
        "{count} messages"
    );
}

#[tokio::test]
async fn file_that_is_there_is_not_overwritten() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let copy = folder.path().join("copy");
    for bytes in [&b"somebody's file"[..], b""] {
        fs::write(&copy, bytes).expect("file");
        let outcome = store.snapshot(&copy).await;
        assert!(
            matches!(&outcome, Err(StoreError::FileExists { path }) if *path == copy),
            "{outcome:?}"
        );
        assert_eq!(fs::read(&copy).expect("file"), bytes, "left as it is");
    }
    let own = store.snapshot(&folder.path().join(DATABASE_FILE)).await;
    assert!(matches!(own, Err(StoreError::FileExists { .. })), "{own:?}");
    let nowhere = folder.path().join("not/there");
    let outcome = store.snapshot(&nowhere).await;
    assert!(
        matches!(&outcome, Err(StoreError::File { path, .. }) if *path == nowhere),
        "{outcome:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn copy_is_for_this_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let copy = folder.path().join("copy");
    store.snapshot(&copy).await.expect("copied");
    let mode = fs::metadata(&copy).expect("file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn damage_is_told_and_no_half_made_copy_is_left() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for number in 0..20 {
        talk(
            &store,
            &format!("{number}"),
            at(number),
            &["text ".repeat(900).as_str()],
        )
        .await;
    }
    store.close().await.expect("closed");
    let connection = behind_the_back(folder.path());
    let sql = "SELECT max(pageno) FROM dbstat WHERE name = 'messages' AND pagetype = 'leaf'";
    let page: u32 = connection
        .query_row(sql, [], |row| row.get(0))
        .expect("page");
    drop(connection);
    let path = folder.path().join(DATABASE_FILE);
    let mut bytes = fs::read(&path).expect("file");
    bytes[(page as usize - 1) * 4_096 + 100] ^= 1;
    fs::write(&path, &bytes).expect("damaged");
    let store = open(folder.path());
    let copy = folder.path().join("copy");
    let outcome = store.snapshot(&copy).await;
    assert!(
        matches!(outcome, Err(StoreError::Corrupt { .. })),
        "{outcome:?}"
    );
    assert!(!copy.exists());
    assert!(!folder.path().join("copy-journal").exists());
}

#[tokio::test]
async fn locking_waits_for_a_copy_that_was_begun() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let text = "text ".repeat(10_000);
    for number in 0..20 {
        talk(&store, &format!("{number}"), at(number), &[text.as_str()]).await;
    }
    let copying = tokio::spawn({
        let (store, copy) = (store.clone(), folder.path().join("copy"));
        async move { store.snapshot(&copy).await }
    });
    tokio::task::yield_now().await;
    store.lock().await.expect("locked");
    copying.await.expect("joined").expect("it was accepted");
    let (_place, again) = restored(&folder.path().join("copy"), folder.path());
    assert_eq!(again.conversation_count().await.expect("count"), 20);
}
