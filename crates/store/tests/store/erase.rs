//! A store that is removed from the disk.

use std::fs;

use store::{DATABASE_FILE, EraseError, KEY_FILE, KeyError, StoreKey, erase, remove_key_file};

use crate::everything::Everything;
use crate::{at, open, talk};

#[tokio::test]
async fn nothing_of_the_store_is_left_and_what_is_not_its_own_stays() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    talk(&store, "gone", at(1), &["text"]).await;
    Everything::fill(&store).await;
    store.lock().await.expect("locked");
    for suffix in ["-wal", "-shm", "-journal", "-rekey", "-tail"] {
        fs::write(
            folder.path().join(format!("{DATABASE_FILE}{suffix}")),
            b"left",
        )
        .expect("file");
    }
    fs::write(folder.path().join("vault.age"), b"not the store's").expect("file");
    erase(folder.path()).expect("erased");
    let left: Vec<_> = fs::read_dir(folder.path())
        .expect("list")
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    assert_eq!(left, ["vault.age"]);
    erase(folder.path()).expect("again is harmless");
    let key = StoreKey::read_or_create_for(folder.path()).expect("a new key is made");
    store.unlock(key).expect("the same store can be used anew");
    assert_eq!(store.conversation_count().await.expect("count"), 0);
    Everything::is_not_in(&store).await;
}

#[test]
fn folder_that_is_not_there_is_no_error() {
    let folder = tempfile::tempdir().expect("folder");
    erase(&folder.path().join("nowhere")).expect("nothing to do");
    remove_key_file(&folder.path().join("nowhere")).expect("nothing to do");
}

#[test]
fn key_that_cannot_be_removed_is_told_before_anything_is_touched() {
    let folder = tempfile::tempdir().expect("folder");
    fs::create_dir(folder.path().join(KEY_FILE)).expect("a folder instead");
    fs::write(folder.path().join(DATABASE_FILE), b"here").expect("file");
    let error = erase(folder.path()).expect_err("not a file");
    assert!(
        matches!(
            error,
            EraseError::Key {
                source: KeyError::Remove { .. }
            }
        ),
        "{error:?}"
    );
    assert!(folder.path().join(DATABASE_FILE).exists());
}

#[test]
fn file_that_cannot_be_removed_is_told_and_the_others_are_gone() {
    let folder = tempfile::tempdir().expect("folder");
    let stubborn = folder.path().join(DATABASE_FILE);
    fs::create_dir(&stubborn).expect("a folder instead");
    let log = folder.path().join("hai-net.db-wal");
    fs::write(&log, b"rows").expect("file");
    let error = erase(folder.path()).expect_err("not a file");
    assert!(
        matches!(&error, EraseError::File { path, .. } if *path == stubborn),
        "{error:?}"
    );
    assert!(!log.exists(), "all are tried");
}

#[cfg(unix)]
#[test]
fn key_file_is_overwritten_before_it_is_removed_also_where_it_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let (path, second_name) = (
        folder.path().join(KEY_FILE),
        folder.path().join("second name"),
    );
    StoreKey::read_or_create(&path).expect("created");
    fs::hard_link(&path, &second_name).expect("linked");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("read-only");
    remove_key_file(folder.path()).expect("removed");
    assert!(!path.exists());
    let left = fs::read(&second_name).expect("the same blocks");
    assert_eq!(left, [0; 96], "nothing of the key is in them");
}
