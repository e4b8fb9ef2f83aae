//! Opening: what is refused, why, and that a refused file stays as it was.

use std::fs;
use std::path::Path;

use store::{DATABASE_FILE, OpenError, Store, StoreError, StoreKey};

use crate::{at, behind_the_back, open, talk};

/// A closed database with some rows in it.
async fn made(folder: &Path) {
    let store = open(folder);
    for number in 0..20 {
        talk(
            &store,
            &format!("{number}"),
            at(number),
            &["text ".repeat(400).as_str()],
        )
        .await;
    }
    store.close().await.expect("closed");
}

fn reopen(folder: &Path) -> Result<Store, OpenError> {
    Store::open(folder, StoreKey::read_or_create_for(folder).expect("key"))
}

/// The bytes of each file in the folder; an empty write-ahead log is as good as none.
fn bytes_in(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("list")
        .map(|entry| {
            let entry = entry.expect("entry");
            let bytes = fs::read(entry.path()).expect("file");
            (entry.file_name().to_string_lossy().into_owned(), bytes)
        })
        .filter(|(name, bytes)| {
            !(name.ends_with("-shm") || name.ends_with("-wal") && bytes.is_empty())
        })
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn wrong_key_is_refused_and_the_file_stays_as_it_was() {
    let folder = tempfile::tempdir().expect("folder");
    made(folder.path()).await;
    let before = fs::read(folder.path().join(DATABASE_FILE)).expect("file");
    let error = Store::open(folder.path(), StoreKey::from_bytes([1; 32])).expect_err("wrong key");
    assert!(matches!(error, OpenError::WrongKey { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("the key does not open the database"),
        "{error}"
    );
    assert!(fs::read(folder.path().join(DATABASE_FILE)).expect("file") == before);
    reopen(folder.path()).expect("the right key still opens it");
}

#[tokio::test]
async fn wrong_key_does_not_touch_what_a_crash_left_either() {
    let (folder, crashed) = (
        tempfile::tempdir().expect("a"),
        tempfile::tempdir().expect("b"),
    );
    let store = open(folder.path());
    talk(&store, "only in the log", at(1), &["text"]).await;
    // As after a crash: the write-ahead log was not folded in.
    for (name, bytes) in bytes_in(folder.path()) {
        fs::write(crashed.path().join(name), bytes).expect("copied");
    }
    let before = bytes_in(crashed.path());
    assert!(
        before
            .iter()
            .any(|(name, bytes)| name.ends_with("-wal") && !bytes.is_empty())
    );
    let error = Store::open(crashed.path(), StoreKey::from_bytes([1; 32])).expect_err("wrong key");
    assert!(matches!(error, OpenError::WrongKey { .. }), "{error:?}");
    assert!(bytes_in(crashed.path()) == before, "nothing was changed");
    let recovered = reopen(crashed.path()).expect("the right key opens it");
    assert_eq!(recovered.conversation_count().await.expect("count"), 1);
}

#[tokio::test]
async fn flipped_bit_in_the_first_page_is_an_error_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    made(folder.path()).await;
    let path = folder.path().join(DATABASE_FILE);
    let whole = fs::read(&path).expect("file");
    for place in (0..4_096).step_by(41).chain([4_095]) {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        fs::write(&path, &flipped).expect("flipped");
        let outcome = reopen(folder.path());
        assert!(
            matches!(
                outcome,
                Err(OpenError::WrongKey { .. } | OpenError::Corrupt { .. })
            ),
            "byte {place}: {outcome:?}"
        );
        assert!(
            fs::read(&path).expect("file") == flipped,
            "byte {place}: left as it is"
        );
    }
}

#[tokio::test]
async fn damage_further_in_is_found_by_the_check_and_told_by_reading() {
    let folder = tempfile::tempdir().expect("folder");
    made(folder.path()).await;
    let connection = behind_the_back(folder.path());
    let sql = "SELECT pageno FROM dbstat WHERE name = 'settings'";
    let settings: u32 = connection
        .query_row(sql, [], |row| row.get(0))
        .expect("page");
    let settings = settings as usize - 1;
    drop(connection);
    let path = folder.path().join(DATABASE_FILE);
    let whole = fs::read(&path).expect("file");
    let damage = |spared: &[usize]| {
        let mut bytes = whole.clone();
        for (number, page) in bytes.chunks_mut(4_096).enumerate() {
            page[100] ^= u8::from(!spared.contains(&number));
        }
        fs::write(&path, &bytes).expect("damaged");
    };
    damage(&[0]);
    let outcome = reopen(folder.path());
    assert!(
        matches!(outcome, Err(OpenError::Corrupt { .. })),
        "{outcome:?}"
    );
    // One page that only settings use: the rest of the house goes on.
    let all: Vec<usize> = (0..whole.len() / 4_096)
        .filter(|page| *page != settings)
        .collect();
    damage(&all);
    let store = reopen(folder.path()).expect("the schema is whole");
    let problems = store
        .integrity_check()
        .await
        .expect("the check itself works");
    assert!(!problems.is_empty(), "one page is damaged");
    for _ in 0..2 {
        let read = store.settings().await;
        assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
        let written = store.set_setting("a", Some(true.into()), at(1)).await;
        assert!(
            matches!(written, Err(StoreError::Corrupt { .. })),
            "{written:?}"
        );
        let shown = written.expect_err("damaged").to_string();
        assert_eq!(
            shown,
            "the database was found damaged while saving a setting"
        );
        talk(&store, "other pages", at(9), &["are whole"]).await;
    }
    assert_eq!(
        store
            .conversation_count()
            .await
            .expect("other pages are whole"),
        22
    );
}

#[tokio::test]
async fn file_cut_anywhere_never_looks_whole() {
    let folder = tempfile::tempdir().expect("folder");
    made(folder.path()).await;
    let path = folder.path().join(DATABASE_FILE);
    let whole = fs::read(&path).expect("file");
    for length in [
        1,
        16,
        100,
        4_095,
        4_096,
        4_097,
        8_192,
        whole.len() - 4_096,
        whole.len() - 1,
    ] {
        fs::write(&path, &whole[..length]).expect("cut");
        if let Ok(store) = reopen(folder.path()) {
            let problems = store.integrity_check().await.expect("check");
            assert!(!problems.is_empty(), "cut to {length} bytes");
            store.close().await.ok();
        }
    }
}

#[tokio::test]
async fn empty_file_beside_a_log_is_damage_and_not_a_new_database() {
    let folder = tempfile::tempdir().expect("folder");
    made(folder.path()).await;
    fs::write(folder.path().join(DATABASE_FILE), b"").expect("emptied");
    let log = folder.path().join("hai-net.db-wal");
    fs::write(&log, b"the last acknowledged rows").expect("log");
    let outcome = reopen(folder.path());
    assert!(
        matches!(outcome, Err(OpenError::Corrupt { .. })),
        "{outcome:?}"
    );
    assert_eq!(fs::read(&log).expect("log"), b"the last acknowledged rows");
}

#[tokio::test]
async fn database_of_a_newer_program_is_refused_and_stays_as_it_was() {
    let folder = tempfile::tempdir().expect("folder");
    made(folder.path()).await;
    let connection = behind_the_back(folder.path());
    connection
        .execute_batch("PRAGMA user_version = 77")
        .expect("newer");
    drop(connection);
    let before = bytes_in(folder.path());
    let error = reopen(folder.path()).expect_err("newer");
    assert!(
        matches!(
            error,
            OpenError::Newer {
                found: 77,
                known: 13
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("version 77"), "{error}");
    assert!(bytes_in(folder.path()) == before);
}

#[test]
fn file_of_another_kind_is_refused_and_stays_as_it_was() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join(DATABASE_FILE);
    let plain = rusqlite::Connection::open(&path).expect("plain");
    plain.execute_batch("CREATE TABLE a (b)").expect("table");
    drop(plain);
    let before = fs::read(&path).expect("file");
    let outcome = Store::open(folder.path(), StoreKey::from_bytes([1; 32]));
    assert!(
        matches!(outcome, Err(OpenError::WrongKey { .. })),
        "{outcome:?}"
    );
    assert!(fs::read(&path).expect("file") == before);
}

#[tokio::test]
async fn nothing_that_was_said_is_readable_in_the_files() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let secret = "correct-horse-battery-staple";
    talk(&store, secret, at(1), &[secret]).await;
    let open_files = bytes_in(folder.path());
    store.close().await.expect("closed");
    let closed_files = bytes_in(folder.path());
    let log = open_files
        .iter()
        .find(|(name, _)| name.ends_with("-wal"))
        .expect("log");
    assert!(log.1.len() > 4_096, "the rows are in the log");
    for (name, bytes) in open_files.iter().chain(&closed_files) {
        for word in [secret.as_bytes(), b"SQLite format", b"CREATE TABLE"] {
            let found = bytes.windows(word.len()).any(|part| part == word);
            assert!(!found, "{name} holds {:?}", String::from_utf8_lossy(word));
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_for_this_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let outer = tempfile::tempdir().expect("folder");
    let folder = outer.path().join("a/b");
    let store = open(&folder);
    talk(&store, "t", at(1), &["text"]).await;
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).expect("list") {
        let path = entry.expect("entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    store.close().await.expect("closed");
    let database = folder.join(DATABASE_FILE);
    fs::set_permissions(&database, fs::Permissions::from_mode(0o644)).expect("opened up");
    reopen(&folder).expect("open");
    assert_eq!(mode(&database), 0o600, "made private again");
}

#[cfg(unix)]
#[test]
fn folder_of_another_user_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    if let Err(error) = std::os::unix::fs::chown(folder.path(), Some(12_345), None) {
        println!("skipped: only root can give a folder away ({error})");
        return;
    }
    let outcome = Store::open(folder.path(), StoreKey::from_bytes([1; 32]));
    assert!(
        matches!(outcome, Err(OpenError::OtherUser { owner: 12_345, .. })),
        "{outcome:?}"
    );
    assert_eq!(
        fs::read_dir(folder.path()).expect("list").count(),
        0,
        "nothing was put there"
    );
}

#[test]
fn folder_that_is_a_file_is_told_with_its_path() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("file");
    fs::write(&path, b"x").expect("file");
    let error = Store::open(&path, StoreKey::from_bytes([1; 32])).expect_err("not a folder");
    assert!(matches!(error, OpenError::Folder { .. }), "{error:?}");
    assert!(
        error.to_string().contains(&path.display().to_string()),
        "{error}"
    );
}
