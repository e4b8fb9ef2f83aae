//! Bits that turn over in the files: told or found, never taken for a new and empty database.

use std::fs;
use std::path::Path;

use store::{ConversationFilter, DATABASE_FILE, OpenError, Store, StoreError, StoreKey};

use crate::{at, new_folder, talk};

/// How many bits are turned, each in a fresh copy: half of them with a write-ahead log there.
const FLIPS: u64 = 1_000;

/// Conversations in the database file.
const IN_FILE: u64 = 12;

/// Conversations when the log is read too.
const IN_ALL: u64 = 15;

fn key() -> StoreKey {
    StoreKey::from_bytes([5; 32])
}

/// What came of the turned bits.
#[derive(Debug, Default)]
struct Tally {
    /// The database was not opened.
    refused: u64,
    /// It was opened, and the check or the reading found the damage.
    found: u64,
    /// It was opened whole up to some commit, as after a crash in the middle of the log.
    shortened: u64,
    /// Nothing was lost.
    whole: u64,
}

/// A database with a part of its rows only in the write-ahead log, as a crash leaves it.
async fn template(folder: &Path) {
    let elsewhere = new_folder();
    let store = Store::open(elsewhere.path(), key()).expect("open");
    for number in 0..IN_FILE {
        talk(
            &store,
            &format!("file {number}"),
            at(number),
            &["words ".repeat(300).as_str()],
        )
        .await;
    }
    store.lock().await.expect("locked");
    store.unlock(key()).expect("unlocked");
    for number in IN_FILE..IN_ALL {
        talk(
            &store,
            &format!("log {number}"),
            at(number),
            &["words ".repeat(300).as_str()],
        )
        .await;
    }
    for name in [DATABASE_FILE, "hai-net.db-wal"] {
        fs::copy(elsewhere.path().join(name), folder.join(name)).expect("copied");
    }
}

/// Turns one random bit of a file over, and returns where.
fn turn_a_bit(path: &Path) -> usize {
    let mut bytes = fs::read(path).expect("file");
    let bit = rand::random_range(0..bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(path, bytes).expect("turned");
    bit
}

/// Uses all of a database; the count of its conversations where nothing wrong is found.
async fn use_all(store: &Store) -> Result<u64, StoreError> {
    let filter = |search: Option<&str>| ConversationFilter {
        search: search.map(str::to_owned),
        limit: 99,
        ..ConversationFilter::default()
    };
    let all = store.list_conversations(filter(None)).await?;
    store.list_conversations(filter(Some("words"))).await?;
    for found in &all {
        store.messages(found.conversation.id).await?;
    }
    store.settings().await?;
    store.tokens().await?;
    store.certificates().await?;
    store.conversation_count().await
}

async fn look_at(folder: &Path, least: u64, most: u64, what: &str, tally: &mut Tally) {
    let store = match Store::open(folder, key()) {
        Ok(store) => store,
        Err(OpenError::WrongKey { .. } | OpenError::Corrupt { .. }) => {
            tally.refused += 1;
            return;
        }
        Err(error) => panic!("{what}: {error:?}"),
    };
    let problems = store
        .integrity_check()
        .await
        .expect("the check itself works");
    match use_all(&store).await {
        Err(StoreError::Corrupt { .. }) => {
            assert!(!problems.is_empty(), "{what}: the check found it too");
            tally.found += 1;
        }
        Err(error) => panic!("{what}: {error:?}"),
        Ok(_) if !problems.is_empty() => tally.found += 1,
        Ok(count) if count == most => tally.whole += 1,
        Ok(count) => {
            assert!(
                (least..most).contains(&count),
                "{what}: {count} conversations"
            );
            tally.shortened += 1;
        }
    }
    // May fail where the damage is in what would be folded in; it must not panic.
    let _ = store.close().await;
}

#[tokio::test]
async fn no_turned_bit_makes_a_panic_or_a_new_and_empty_database() {
    let untouched = new_folder();
    template(untouched.path()).await;
    let mut tallies: [Tally; 3] = Default::default();
    for number in 0..FLIPS {
        let folder = new_folder();
        let with_log = number % 2 == 0;
        let names = [DATABASE_FILE, "hai-net.db-wal"];
        for name in &names[..1 + usize::from(with_log)] {
            fs::copy(untouched.path().join(name), folder.path().join(name)).expect("copied");
        }
        // With a log every other bit is turned in it, else in the database beside it.
        let in_log = number % 4 == 0;
        let name = names[usize::from(in_log)];
        let bit = turn_a_bit(&folder.path().join(name));
        let what = format!("bit {bit} of {name}");
        let most = if with_log { IN_ALL } else { IN_FILE };
        let tally = &mut tallies[usize::from(with_log) + usize::from(in_log)];
        look_at(folder.path(), IN_FILE, most, &what, tally).await;
    }
    let [alone, beside_log, in_log] = tallies;
    println!("database alone: {alone:?}\nbeside a log: {beside_log:?}\nin the log: {in_log:?}");
    assert_eq!(
        alone.whole + alone.shortened,
        0,
        "every bit of a database alone counts"
    );
    // The log may hold a newer copy of the damaged page.
    assert_eq!(
        beside_log.shortened, 0,
        "damage in the database is never passed over"
    );
    let store = Store::open(untouched.path(), key()).expect("the untouched copy opens");
    assert_eq!(use_all(&store).await.expect("read"), IN_ALL);
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
}
