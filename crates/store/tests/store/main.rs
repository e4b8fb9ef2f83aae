//! The store on real files, from the outside.

mod audit;
mod conversations;
mod crash;
mod disk;
mod documents;
mod erase;
mod everything;
mod feed;
mod flips;
mod group_commit;
mod identity;
mod journal;
mod journal_order;
mod journal_tail;
mod key;
mod lock;
mod logs;
mod memories;
mod memory;
mod messages;
mod model_servers;
mod notes;
mod opening;
mod permissions;
mod rekey;
mod responses;
mod search;
mod servers;
mod settings_and_tokens;
mod snapshot;
mod usage;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use base::{ConversationId, MessageId, Timestamp};
use store::{ConversationRow, MessageRow, MessageState, Role, Store, StoreKey};

/// A time in the tests: so many milliseconds after an arbitrary start.
fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

/// A number that no other call gets, as the random part of an id.
fn unique() -> [u8; 10] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

/// A folder in memory where there is one: the disk is not what is tested, and waiting for it takes long.
fn new_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("folder")
}

fn open(folder: &Path) -> Store {
    let key = StoreKey::read_or_create_for(folder).expect("key");
    Store::open(folder, key).expect("open")
}

fn conversation(title: &str, time: Timestamp) -> ConversationRow {
    ConversationRow {
        id: ConversationId::new(time, unique()),
        title: title.to_owned(),
        model: None,
        head: None,
        created: time,
        updated: time,
    }
}

fn message(
    conversation: ConversationId,
    parent: Option<MessageId>,
    text: &str,
    time: Timestamp,
) -> MessageRow {
    MessageRow {
        id: MessageId::new(time, unique()),
        conversation,
        parent,
        role: Role::User,
        text: text.to_owned(),
        reasoning: None,
        state: MessageState::Done,
        fault: None,
        model: None,
        ran_on: None,
        usage: None,
        private: false,
        created: time,
    }
}

/// Starts a conversation with one message per text, each following the one before.
async fn talk(store: &Store, title: &str, time: Timestamp, texts: &[&str]) -> ConversationId {
    let row = conversation(title, time);
    let id = row.id;
    store.start_conversation(row).await.expect("started");
    let mut rows: Vec<MessageRow> = Vec::new();
    for text in texts {
        rows.push(message(id, rows.last().map(|row| row.id), text, time));
    }
    if let Some(head) = rows.last().map(|row| row.id) {
        store
            .add_messages(id, rows, head, time)
            .await
            .expect("added");
    }
    id
}

/// The key of a folder as SQL, for tests that look into the file behind the store's back.
fn key_pragma(folder: &Path) -> String {
    let text = std::fs::read_to_string(folder.join(store::KEY_FILE)).expect("key file");
    let digits = text
        .split_whitespace()
        .nth(1)
        .expect("second word")
        .to_owned();
    format!("PRAGMA key = \"x'{digits}'\";")
}

/// Panics when a full-text index has other words than the rows that it is over.
fn words_fit(folder: &Path, table: &str) {
    behind_the_back(folder)
        .execute_batch(&format!(
            "INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)"
        ))
        .unwrap_or_else(|error| panic!("{table} has other words: {error}"));
}

/// A connection of the test's own to the database in `folder`.
fn behind_the_back(folder: &Path) -> rusqlite::Connection {
    let connection =
        rusqlite::Connection::open(folder.join(store::DATABASE_FILE)).expect("open file");
    connection.execute_batch(&key_pragma(folder)).expect("key");
    connection
}
