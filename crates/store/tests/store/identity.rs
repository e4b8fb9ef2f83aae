//! What an owner has signed, small facts, and databases from before there were any.

use store::{
    CertificateRow, DATABASE_FILE, KEY_FILE, Mark, RotationRow, Store, StoreError, StoreKey,
};

use crate::{at, behind_the_back, key_pragma, open};

/// The schema of the first version, as it was published.
const FIRST: &str = include_str!("../../migrations/0001_start.sql");

fn certificate(serial: u8, added: u64) -> CertificateRow {
    CertificateRow {
        serial: [serial; 16],
        device_key: [serial.wrapping_add(100); 32],
        bytes: vec![serial; 300],
        added: at(added),
        revoked: None,
        revocation: None,
    }
}

#[tokio::test]
async fn certificate_is_kept_as_it_came_and_revoked_once() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let (first, second) = (certificate(1, 1), certificate(2, 2));
    store.add_certificate(second.clone()).await.expect("added");
    store.add_certificate(first.clone()).await.expect("added");
    let again = store.add_certificate(first.clone()).await;
    assert!(
        matches!(again, Err(StoreError::AlreadyThere { .. })),
        "{again:?}"
    );
    assert_eq!(
        store.certificates().await.expect("read"),
        [first.clone(), second.clone()],
        "the oldest first"
    );
    let revoke = |serial, bytes| store.revoke_certificate([serial; 16], at(9), bytes);
    assert!(revoke(1, vec![7; 90]).await.expect("revoked"));
    assert!(!revoke(1, vec![8; 90]).await.expect("revoked before"));
    assert!(!revoke(3, vec![7; 90]).await.expect("unknown"));
    store.close().await.expect("closed");
    let revoked = CertificateRow {
        revoked: Some(at(9)),
        revocation: Some(vec![7; 90]),
        ..first
    };
    let rows = open(folder.path()).certificates().await.expect("read");
    assert_eq!(rows, [revoked, second], "the first revocation counts");
}

#[tokio::test]
async fn certificate_that_comes_revoked_is_kept_so_but_never_by_half() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let revoked = CertificateRow {
        revoked: Some(at(3)),
        revocation: Some(vec![1]),
        ..certificate(1, 1)
    };
    store.add_certificate(revoked.clone()).await.expect("added");
    assert_eq!(
        store.certificates().await.expect("read"),
        std::slice::from_ref(&revoked)
    );
    let half = CertificateRow {
        serial: [2; 16],
        revocation: None,
        ..revoked
    };
    let outcome = store.add_certificate(half).await;
    assert!(
        matches!(outcome, Err(StoreError::Failed { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn rotations_keep_their_order_and_the_same_one_is_kept_once() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for (bytes, added) in [(b"b", 5), (b"a", 4), (b"c", 3)] {
        store
            .add_rotation(bytes.to_vec(), at(added))
            .await
            .expect("added");
    }
    let again = store.add_rotation(b"a".to_vec(), at(9)).await;
    assert!(
        matches!(again, Err(StoreError::AlreadyThere { .. })),
        "{again:?}"
    );
    let expected: Vec<RotationRow> = [(1, b"b", 5), (2, b"a", 4), (3, b"c", 3)]
        .map(|(seq, bytes, added)| RotationRow {
            seq,
            bytes: bytes.to_vec(),
            added: at(added),
        })
        .into();
    assert_eq!(store.rotations().await.expect("read"), expected);
}

#[tokio::test]
async fn mark_is_replaced_by_the_next_of_its_name() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    assert_eq!(store.mark("backup.last").await.expect("read"), None);
    store
        .set_mark("backup.last", at(1), "one")
        .await
        .expect("set");
    store.set_mark("other", at(5), "").await.expect("set");
    store
        .set_mark("backup.last", at(2), "two")
        .await
        .expect("set");
    let expected = Mark {
        at: at(2),
        note: "two".to_owned(),
    };
    assert_eq!(
        store.mark("backup.last").await.expect("read"),
        Some(expected)
    );
}

/// A database as the first version left it, with a row in every table.
fn made_by_the_first_version(folder: &std::path::Path) {
    StoreKey::read_or_create(&folder.join(KEY_FILE)).expect("key");
    let connection = rusqlite::Connection::open(folder.join(DATABASE_FILE)).expect("file");
    connection.execute_batch(&key_pragma(folder)).expect("key");
    connection
        .execute_batch("PRAGMA journal_mode = WAL;")
        .expect("mode");
    connection.execute_batch(FIRST).expect("schema");
    connection
        .execute_batch(
            "PRAGMA user_version = 1;
             INSERT INTO conversations (id, title, created, updated)
                 VALUES (zeroblob(16), 'Harbours', 1, 2);
             INSERT INTO messages (id, conversation, role, state, created, text)
                 VALUES (zeroblob(16), zeroblob(16), 'user', 'done', 1, 'old boats and sails');
             UPDATE conversations SET head = zeroblob(16);
             INSERT INTO settings (key, value, changed) VALUES ('theme', '\"dark\"', 3);
             INSERT INTO tokens (id, label, hash, scopes, created)
                 VALUES (zeroblob(16), 'editor', zeroblob(32), '[\"chat\"]', 4);
             INSERT INTO logs (at, level, source, text) VALUES (5, 3, 'hub', 'started');",
        )
        .expect("rows");
}

#[tokio::test]
async fn database_of_the_first_version_is_brought_up_to_date_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().expect("folder");
    made_by_the_first_version(folder.path());
    let store = open(folder.path());
    let found = store
        .list_conversations(store::ConversationFilter {
            search: Some("sails".to_owned()),
            limit: 5,
            ..store::ConversationFilter::default()
        })
        .await
        .expect("searched");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].conversation.title, "Harbours");
    let messages = store
        .messages(found[0].conversation.id)
        .await
        .expect("read");
    assert_eq!(messages[0].text, "old boats and sails");
    assert_eq!(found[0].conversation.head, Some(messages[0].id));
    assert_eq!(
        store.setting("theme").await.expect("read"),
        Some(serde_json::json!("dark"))
    );
    assert_eq!(store.tokens().await.expect("read")[0].label, "editor");
    assert_eq!(store.log_count().await.expect("read"), 1);
    assert_eq!(store.certificates().await.expect("read"), []);
    store
        .add_certificate(certificate(1, 1))
        .await
        .expect("added");
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
    store.close().await.expect("closed");
    let version: i64 = behind_the_back(folder.path())
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .expect("version");
    assert_eq!(version, 13);
}

#[tokio::test]
async fn wrong_key_does_not_bring_an_old_database_up_to_date() {
    let folder = tempfile::tempdir().expect("folder");
    made_by_the_first_version(folder.path());
    let before = std::fs::read(folder.path().join(DATABASE_FILE)).expect("file");
    Store::open(folder.path(), StoreKey::from_bytes([1; 32])).expect_err("wrong key");
    assert!(std::fs::read(folder.path().join(DATABASE_FILE)).expect("file") == before);
}
