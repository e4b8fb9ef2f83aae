//! Disks that are full or read-only: real small file systems, where the test may mount them.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

use serde_json::json;
use store::{LogRow, OpenError, Store, StoreError, StoreKey};

use crate::{at, open, talk};

/// A small file system in memory; gone when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None`, with the reason printed, where this user may not mount.
    #[expect(
        clippy::print_stdout,
        reason = "a test that is skipped says so in its output"
    )]
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("folder");
        let options = format!("size={size},mode=0700");
        let outcome = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .output();
        match outcome {
            Ok(done) if done.status.success() => Some(Self(folder)),
            Ok(done) => {
                println!(
                    "skipped: cannot mount: {}",
                    String::from_utf8_lossy(&done.stderr)
                );
                None
            }
            Err(error) => {
                println!("skipped: cannot run mount: {error}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn make_read_only(&self) {
        let done = Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(self.path())
            .status();
        assert!(done.expect("mount runs").success(), "remounted");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, since a failed test may still hold the files.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn rows(text: &str) -> Vec<LogRow> {
    let row = LogRow {
        at: at(1),
        level: 3,
        source: "test".to_owned(),
        text: text.to_owned(),
        fields: None,
    };
    vec![row]
}

/// Writes until the disk is full; returns how many rows were acknowledged.
async fn fill(store: &Store, text: &str) -> u64 {
    for number in 0..100_000 {
        match store.add_logs(rows(text)).await {
            Ok(_) => {}
            Err(error @ StoreError::Full { .. }) => {
                assert_eq!(error.to_string(), "the disk was full while saving the log");
                return number;
            }
            Err(error) => panic!("a full disk must be called so: {error:?}"),
        }
    }
    panic!("the disk never became full");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_is_told_loses_nothing_and_is_forgotten_when_space_is_back() {
    let Some(disk) = SmallDisk::mount("6m") else {
        return;
    };
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![1; 2_500_000]).expect("ballast");
    let store = open(disk.path());
    let kept = talk(&store, "kept", at(1), &["before the flood"]).await;
    let acknowledged = fill(&store, &"x".repeat(20_000)).await;
    assert!(acknowledged > 3, "some fitted");
    for _ in 0..5 {
        // Small jobs may still fit into what is left; large ones must go on failing cleanly.
        match store.set_setting("small", Some(json!(1)), at(2)).await {
            Ok(()) | Err(StoreError::Full { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        let large = store.add_logs(rows(&"y".repeat(1_000_000))).await;
        assert!(matches!(large, Err(StoreError::Full { .. })), "{large:?}");
    }
    assert_eq!(
        store.messages(kept).await.expect("reading goes on").len(),
        1
    );
    assert_eq!(
        store.log_count().await.expect("reading goes on"),
        acknowledged
    );
    std::fs::remove_file(&ballast).expect("space is back");
    store
        .set_setting("after", Some(json!(2)), at(3))
        .await
        .expect("writing goes on");
    store
        .add_logs(rows(&"z".repeat(20_000)))
        .await
        .expect("writing goes on");
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
    store.close().await.expect("closed");
    let store = open(disk.path());
    assert_eq!(store.log_count().await.expect("count"), acknowledged + 1);
    assert_eq!(store.setting("after").await.expect("read"), Some(json!(2)));
}

#[tokio::test]
async fn database_that_does_not_fit_is_refused_as_full_and_works_when_space_is_back() {
    let Some(disk) = SmallDisk::mount("1m") else {
        return;
    };
    let key = || StoreKey::from_bytes([5; 32]);
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![1; 1_048_576 - 3 * 4_096]).expect("ballast");
    let outcome = Store::open(disk.path(), key());
    assert!(
        matches!(outcome, Err(OpenError::Full { .. })),
        "{outcome:?}"
    );
    std::fs::remove_file(&ballast).expect("space is back");
    let store = Store::open(disk.path(), key()).expect("opens now");
    talk(&store, "t", at(1), &["text"]).await;
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn copy_that_does_not_fit_is_told_as_full_and_nothing_of_it_is_left() {
    let Some(disk) = SmallDisk::mount("1m") else {
        return;
    };
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for number in 0..20 {
        let text = "x".repeat(100_000);
        talk(&store, &format!("{number}"), at(number), &[text.as_str()]).await;
    }
    let outcome = store.snapshot(&disk.path().join("copy")).await;
    assert!(
        matches!(outcome, Err(StoreError::Full { .. })),
        "{outcome:?}"
    );
    let left = std::fs::read_dir(disk.path()).expect("list").count();
    assert_eq!(left, 0, "nothing of it is left");
    assert_eq!(
        store.conversation_count().await.expect("reading goes on"),
        20
    );
    store
        .snapshot(&folder.path().join("copy"))
        .await
        .expect("where there is space it fits");
}

#[tokio::test]
async fn rekeying_that_does_not_fit_is_told_as_full_and_leaves_the_old_key() {
    let Some(disk) = SmallDisk::mount("6m") else {
        return;
    };
    let (old, new) = (StoreKey::from_bytes([1; 32]), StoreKey::from_bytes([2; 32]));
    let store = Store::open(disk.path(), old.clone()).expect("open");
    for number in 0..10 {
        let text = "x".repeat(120_000);
        talk(&store, &format!("{number}"), at(number), &[text.as_str()]).await;
    }
    store.lock().await.expect("locked");
    let ballast = disk.path().join("ballast");
    let taken = std::fs::metadata(store.path()).expect("file").len();
    let room = usize::try_from(6 * 1_048_576 - taken - 600_000).expect("positive");
    std::fs::write(&ballast, vec![1; room]).expect("ballast");
    let outcome = store::rekey(disk.path(), &old, &new);
    assert!(
        matches!(outcome, Err(OpenError::Full { .. })),
        "{outcome:?}"
    );
    assert!(store::opens_with(disk.path(), &old).expect("looked"));
    assert!(
        !disk.path().join("hai-net.db-rekey").exists(),
        "no draft is left"
    );
    std::fs::remove_file(&ballast).expect("space is back");
    store::rekey(disk.path(), &old, &new).expect("now it fits");
    store.unlock(new).expect("unlocked");
    assert_eq!(store.conversation_count().await.expect("count"), 10);
}

#[tokio::test]
async fn read_only_disk_is_told_as_such() {
    let Some(disk) = SmallDisk::mount("4m") else {
        return;
    };
    open(disk.path()).close().await.expect("closed");
    let key = StoreKey::read_or_create_for(disk.path()).expect("key");
    disk.make_read_only();
    let error = Store::open(disk.path(), key).expect_err("read-only");
    assert!(matches!(error, OpenError::NotWritable { .. }), "{error:?}");
    assert!(
        error.to_string().starts_with("no permission to write to"),
        "{error}"
    );
}
