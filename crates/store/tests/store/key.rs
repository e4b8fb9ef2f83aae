//! The key file: made once, kept private, never overwritten.

use std::fs;

use store::{KEY_FILE, KeyError, StoreKey};

use crate::{at, open, talk};

#[test]
fn key_is_made_once_and_read_back() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("deep/er/key");
    StoreKey::read_or_create(&path).expect("created");
    let text = fs::read_to_string(&path).expect("file");
    StoreKey::read_or_create(&path).expect("read");
    assert_eq!(
        fs::read_to_string(&path).expect("file"),
        text,
        "not made anew"
    );
    let beside = fs::read_dir(path.parent().expect("folder"))
        .expect("list")
        .count();
    assert_eq!(beside, 1, "no draft is left behind");
    let other = folder.path().join("other");
    StoreKey::read_or_create(&other).expect("created");
    assert_ne!(
        fs::read_to_string(other).expect("file"),
        text,
        "each key is random"
    );
}

#[cfg(unix)]
#[test]
fn key_is_private_and_made_private_again_where_others_could_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("key");
    let mode = || fs::metadata(&path).expect("file").permissions().mode() & 0o777;
    StoreKey::read_or_create(&path).expect("created");
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened up");
    StoreKey::read_or_create(&path).expect("read");
    assert_eq!(mode(), 0o600);
}

#[test]
fn damaged_key_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join(KEY_FILE);
    StoreKey::read_or_create(&path).expect("created");
    let whole = fs::read(&path).expect("file");
    let mut changed = whole.clone();
    changed[20] ^= 1;
    let doubled = [whole.as_slice(), &whole].concat();
    let huge = vec![b'a'; 1_000_000];
    for bytes in [
        &whole[..0],
        &whole[..50],
        &changed,
        &doubled,
        &huge,
        &[0xff; 96],
    ] {
        fs::write(&path, bytes).expect("damaged");
        let outcome = StoreKey::read_or_create_for(folder.path());
        assert!(
            matches!(outcome, Err(KeyError::Damaged { .. })),
            "{} bytes",
            bytes.len()
        );
        assert_eq!(fs::read(&path).expect("file"), bytes, "left as it is");
    }
    fs::remove_file(&path).expect("removed");
    fs::create_dir(&path).expect("a folder instead");
    let outcome = StoreKey::read_or_create(&path);
    assert!(
        matches!(outcome, Err(KeyError::Damaged { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn lost_key_is_not_replaced_while_the_database_is_there() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    talk(&store, "kept", at(1), &["text"]).await;
    store.close().await.expect("closed");
    let (key, aside) = (folder.path().join(KEY_FILE), folder.path().join("aside"));
    fs::rename(&key, &aside).expect("lost");
    let error = StoreKey::read_or_create_for(folder.path()).expect_err("no new key");
    assert!(matches!(error, KeyError::Missing { .. }), "{error:?}");
    assert!(
        error.to_string().contains("put the key file back"),
        "{error}"
    );
    assert!(!key.exists(), "no new key was made");
    fs::rename(&aside, &key).expect("found");
    assert_eq!(
        open(folder.path())
            .conversation_count()
            .await
            .expect("count"),
        1
    );
}

#[test]
fn reading_a_key_never_makes_one_and_gives_the_bytes_that_were_made() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join(KEY_FILE);
    assert!(StoreKey::read(&path).expect("no error").is_none());
    assert!(!path.exists(), "nothing was made");
    let made = StoreKey::read_or_create(&path).expect("created");
    let read = StoreKey::read(&path).expect("read").expect("there");
    assert_eq!(read.as_bytes(), made.as_bytes());
    let digits: String = made
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(fs::read_to_string(&path).expect("file").contains(&digits));
    let clone = StoreKey::from_bytes(*made.as_bytes()).clone();
    assert_eq!(clone.as_bytes(), made.as_bytes());
    fs::write(&path, b"hai-net-key-1").expect("cut");
    let outcome = StoreKey::read(&path);
    assert!(
        matches!(outcome, Err(KeyError::Damaged { .. })),
        "{outcome:?}"
    );
}

#[cfg(unix)]
#[test]
fn key_file_of_another_user_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join(KEY_FILE);
    StoreKey::read_or_create(&path).expect("created");
    if let Err(error) = std::os::unix::fs::chown(&path, Some(12_345), None) {
        println!("skipped: only root can give a file away ({error})");
        return;
    }
    let outcome = StoreKey::read_or_create(&path);
    assert!(
        matches!(outcome, Err(KeyError::OtherUser { owner: 12_345, .. })),
        "{outcome:?}"
    );
}

#[test]
fn those_who_start_together_agree_on_one_key() {
    let folder = tempfile::tempdir().expect("folder");
    for round in 0..20 {
        let path = folder.path().join(format!("key{round}"));
        let together = std::sync::Barrier::new(6);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    together.wait();
                    StoreKey::read_or_create(&path).expect("made or read, and always whole");
                    let seen = fs::read(&path).expect("file");
                    together.wait();
                    assert_eq!(fs::read(&path).expect("file"), seen, "never replaced");
                });
            }
        });
    }
    assert_eq!(
        fs::read_dir(folder.path()).expect("list").count(),
        20,
        "no draft is left behind"
    );
}
