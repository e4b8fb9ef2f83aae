//! The tail of the journal: what is acknowledged there is on disk, and nothing is there twice.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use store::{DATABASE_FILE, EVENTS_MAX, JournalAppend, Store, StoreKey, TreeId, opens_with, rekey};
use tempfile::TempDir;

use crate::everything::audit_entry;
use crate::journal_order::{Dice, append, tree, written};
use crate::{at, behind_the_back, new_folder, open, talk};

/// Steps of the long run, and in how many trees they are.
const STEPS: u64 = 600;
const TREES: usize = 5;

/// The most events of one step, and the longest text in one: some are too much for the tail, and what comes
/// before fills it.
const EVENTS_OF_STEP_MAX: u64 = 120;
const TEXT_BYTES_MAX: u64 = 4_000;

/// Appends that lie in the tail which is damaged, and how often one bit of it is.
const APPENDS: u64 = 30;
const FLIPS: u64 = 200;

fn tail_of(folder: &Path) -> PathBuf {
    folder.join(format!("{DATABASE_FILE}-tail"))
}

/// The files as they are now, as a crash would leave them.
fn crashed(folder: &Path) -> TempDir {
    let left = new_folder();
    for entry in fs::read_dir(folder).expect("list") {
        let entry = entry.expect("entry");
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            fs::copy(entry.path(), left.path().join(entry.file_name())).expect("copied");
        }
    }
    left
}

/// How many events the database itself has.
fn in_database(folder: &Path) -> i64 {
    behind_the_back(folder)
        .query_row("SELECT count(*) FROM agent_events", [], |row| row.get(0))
        .expect("counted")
}

async fn append_each(store: &Store, tree: TreeId, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let appended = store.append_events(append(tree, number..number + 1)).await;
        appended.expect("appended");
    }
}

async fn is_sound(store: &Store) {
    let problems = store.integrity_check().await.expect("checked");
    assert_eq!(problems, Vec::<String>::new());
}

#[tokio::test]
async fn events_outside_the_database_survive_a_crash_and_are_read_by_the_one_who_wrote_them() {
    let folder = new_folder();
    let store = open(folder.path());
    let trees = [tree(), tree()];
    append_each(&store, trees[0], 0..10).await;
    let ended = JournalAppend {
        finished: Some(at(9)),
        ..append(trees[1], 0..3)
    };
    store.append_events(ended).await.expect("appended");
    let left = crashed(folder.path());
    assert_eq!(in_database(left.path()), 0, "they lie outside");
    for store in [open(left.path()), store] {
        let going_on = store.unfinished_trees().await.expect("read");
        assert_eq!(going_on.len(), 1);
        assert_eq!(
            (going_on[0].tree, going_on[0].started),
            (trees[0], at(0)),
            "since its first event"
        );
        assert_eq!(
            written(&store, trees[0], 7).await,
            (0..10).collect::<Vec<_>>()
        );
        assert_eq!(written(&store, trees[1], 7).await, [0, 1, 2]);
        is_sound(&store).await;
        store.close().await.expect("closed");
    }
    for folder in [&left, &folder] {
        assert!(!tail_of(folder.path()).exists(), "closed in order");
        assert_eq!(in_database(folder.path()), 13);
    }
}

/// One step of the long run. Returns the events that it wrote, by their numbers.
async fn step(store: &Store, kind: u64, append: JournalAppend) -> Vec<u64> {
    let append = match kind {
        0 => JournalAppend {
            finished: Some(at(1)),
            ..append
        },
        1 => JournalAppend {
            audit: vec![audit_entry("worker")],
            ..append
        },
        _ => append,
    };
    store.append_events(append).await.expect("appended").events
}

#[tokio::test]
async fn whenever_it_crashes_each_tree_reads_back_as_it_was_acknowledged() {
    let mut folder = new_folder();
    let mut store = open(folder.path());
    let trees: Vec<TreeId> = (0..TREES).map(|_| tree()).collect();
    let mut expected: BTreeMap<TreeId, Vec<u64>> = BTreeMap::new();
    let mut dice = Dice(11);
    let (mut last, mut crashes) = (0, 0);
    for number in 0..STEPS {
        let tree = trees[usize::try_from(dice.below(5)).expect("small")];
        match dice.below(16) {
            0 => {
                let left = crashed(folder.path());
                (store, folder, crashes) = (open(left.path()), left, crashes + 1);
            }
            1 => {
                store.close().await.expect("closed");
                store = open(folder.path());
            }
            2 => {
                let there = store.delete_tree(tree).await.expect("deleted");
                assert_eq!(there, expected.remove(&tree).is_some());
            }
            3 => {
                let expected = expected.get(&tree).cloned().unwrap_or_default();
                assert_eq!(written(&store, tree, EVENTS_MAX).await, expected);
            }
            4 => {
                let value = Some(json!(number));
                let set = store.set_setting("step".to_owned(), value, at(1)).await;
                set.expect("set");
            }
            kind => {
                let many = 1 + dice.below(11).pow(2).min(EVENTS_OF_STEP_MAX);
                let events = number * 1_000..number * 1_000 + many;
                let mut append = append(tree, events.clone());
                for event in &mut append.events {
                    let length = usize::try_from(dice.below(TEXT_BYTES_MAX)).expect("small");
                    event.event["text"] = json!("x".repeat(length));
                }
                let found = step(&store, kind - 5, append).await;
                assert_eq!(found, (last + 1..=last + many).collect::<Vec<_>>());
                last += many;
                expected.entry(tree).or_default().extend(events);
            }
        }
    }
    assert!(crashes > 10, "{crashes} crashes");
    for tree in trees {
        let expected = expected.remove(&tree).unwrap_or_default();
        assert_eq!(written(&store, tree, 100).await, expected);
    }
    is_sound(&store).await;
}

/// A crashed store with so many appends in its tail, each of one event of one tree.
async fn with_tail(tree: TreeId) -> TempDir {
    let folder = new_folder();
    let store = open(folder.path());
    append_each(&store, tree, 0..APPENDS).await;
    crashed(folder.path())
}

/// How many events there are, which must be the first ones; and that it goes on from there.
async fn how_many(folder: &Path, tree: TreeId) -> u64 {
    let store = open(folder);
    let found = written(&store, tree, 100).await;
    let count = found.len() as u64;
    assert_eq!(found, (0..count).collect::<Vec<_>>(), "none is left out");
    append_each(&store, tree, count..count + 2).await;
    let again = written(&store, tree, 100).await;
    assert_eq!(again, (0..count + 2).collect::<Vec<_>>());
    store.close().await.expect("closed");
    count
}

#[tokio::test]
async fn damaged_tail_gives_what_came_before_the_damage() {
    let tree = tree();
    let template = with_tail(tree).await;
    let whole = fs::read(tail_of(template.path())).expect("tail");
    let used = whole.iter().rposition(|byte| *byte != 0).expect("entries") + 1;
    let mut before = 0;
    for cut in (0..used + 200).step_by(61) {
        let folder = crashed(template.path());
        fs::write(tail_of(folder.path()), &whole[..cut]).expect("cut");
        let found = how_many(folder.path(), tree).await;
        assert!((before..=APPENDS).contains(&found), "{found} at {cut}");
        before = found;
    }
    assert_eq!(before, APPENDS);
    for number in 0..FLIPS {
        let folder = crashed(template.path());
        let bit = usize::try_from(Dice(number + 1).below(used as u64 * 8)).expect("small");
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(tail_of(folder.path()), bytes).expect("turned");
        let found = how_many(folder.path(), tree).await;
        assert!(found < APPENDS, "bit {bit} counts");
    }
    assert_eq!(how_many(template.path(), tree).await, APPENDS);
}

#[tokio::test]
async fn entries_that_are_in_the_database_count_no_more() {
    let folder = new_folder();
    let store = open(folder.path());
    let tree = tree();
    append_each(&store, tree, 0..9).await;
    assert_eq!(written(&store, tree, 100).await.len(), 9, "folded in");
    let left = crashed(folder.path());
    assert_eq!(how_many(left.path(), tree).await, 9);
    append_each(&store, tree, 9..10).await;
    let left = crashed(folder.path());
    assert_eq!(how_many(left.path(), tree).await, 10);
}

#[tokio::test]
async fn tail_of_another_store_or_of_another_time_is_left_out() {
    let (tree, other) = (tree(), tree());
    let folder = new_folder();
    let store = open(folder.path());
    append_each(&store, tree, 0..2).await;
    store.close().await.expect("closed");
    // Another key.
    let strange = with_tail(other).await;
    fs::copy(tail_of(strange.path()), tail_of(folder.path())).expect("copied");
    assert_eq!(how_many(folder.path(), tree).await, 2);
    // The same key, and numbers that do not follow.
    let store = open(folder.path());
    append_each(&store, other, 0..3).await;
    let late = fs::read(tail_of(folder.path())).expect("tail");
    append_each(&store, other, 3..4).await;
    store.close().await.expect("closed");
    fs::write(tail_of(folder.path()), late).expect("put back");
    assert_eq!(how_many(folder.path(), other).await, 4);
}

#[tokio::test]
async fn copy_and_another_key_bring_along_what_lies_in_the_tail() {
    let key = |byte| StoreKey::from_bytes([byte; 32]);
    let folder = new_folder();
    let store = Store::open(folder.path(), key(1)).expect("open");
    let tree = tree();
    append_each(&store, tree, 0..5).await;
    let copies = new_folder();
    let copy = copies.path().join(DATABASE_FILE);
    store.snapshot(&copy).await.expect("copied");
    append_each(&store, tree, 5..7).await;
    let left = crashed(folder.path());
    rekey(left.path(), &key(1), &key(2)).expect("under the new key");
    assert!(!opens_with(left.path(), &key(1)).expect("looked"));
    let names = fs::read_dir(left.path()).expect("list").count();
    assert_eq!(names, 1, "the database alone");
    for (folder, key, count) in [(copies.path(), key(1), 5), (left.path(), key(2), 7)] {
        let store = Store::open(folder, key).expect("open");
        let all: Vec<u64> = (0..count).collect();
        assert_eq!(written(&store, tree, 100).await, all);
    }
}

#[tokio::test]
async fn locked_store_has_no_tail_and_one_that_cannot_be_made_is_not_missed() {
    let folder = new_folder();
    let key = || StoreKey::from_bytes([7; 32]);
    let store = Store::open(folder.path(), key()).expect("open");
    let tree = tree();
    append_each(&store, tree, 0..2).await;
    assert!(tail_of(folder.path()).exists());
    store.lock().await.expect("locked");
    assert!(!tail_of(folder.path()).exists());
    store.unlock(key()).expect("unlocked");
    fs::create_dir(tail_of(folder.path())).expect("in its place");
    append_each(&store, tree, 2..4).await;
    let transactions = store.writer_counts().transactions;
    talk(&store, "on", at(1), &["with it"]).await;
    assert!(store.writer_counts().transactions > transactions);
    let left = new_folder();
    for suffix in ["", "-wal"] {
        let name = format!("{DATABASE_FILE}{suffix}");
        fs::copy(folder.path().join(&name), left.path().join(&name)).expect("copied");
    }
    for store in [store, Store::open(left.path(), key()).expect("open")] {
        assert_eq!(written(&store, tree, 100).await, [0, 1, 2, 3]);
        store.close().await.expect("closed");
    }
}
