//! The agents' journal where it is long: sorted by tree in part, and read as one.

use std::collections::BTreeMap;
use std::path::Path;

use base::AgentId;
use serde_json::json;
use store::{AgentEvent, DATABASE_FILE, JournalAppend, KEY_FILE, Store, StoreKey, TreeId};

use crate::{at, behind_the_back, key_pragma, open, unique};

/// The schema of version 11, as it was published.
const VERSION_11: [&str; 11] = [
    include_str!("../../migrations/0001_start.sql"),
    include_str!("../../migrations/0002_identity.sql"),
    include_str!("../../migrations/0003_responses.sql"),
    include_str!("../../migrations/0004_audit.sql"),
    include_str!("../../migrations/0005_agents.sql"),
    include_str!("../../migrations/0006_memory.sql"),
    include_str!("../../migrations/0007_tool_servers.sql"),
    include_str!("../../migrations/0008_usage.sql"),
    include_str!("../../migrations/0009_model_servers.sql"),
    include_str!("../../migrations/0010_keys_in_keychain.sql"),
    include_str!("../../migrations/0011_private_answers.sql"),
];

/// Trees and steps of the long run, and the most events of one step.
const TREES: usize = 9;
const STEPS: u64 = 120;
const EVENTS_OF_STEP_MAX: u64 = 150;

pub(crate) fn tree() -> TreeId {
    AgentId::new(at(1), unique()).into()
}

pub(crate) fn append(tree: TreeId, numbers: std::ops::Range<u64>) -> JournalAppend {
    let event = |number| AgentEvent {
        at: at(number),
        kind: "said".to_owned(),
        event: json!({"number": number}),
    };
    JournalAppend {
        tree,
        events: numbers.map(event).collect(),
        finished: None,
        audit: Vec::new(),
        feed: Vec::new(),
    }
}

/// What was written in a tree, read `limit` at a time.
pub(crate) async fn written(store: &Store, tree: TreeId, limit: u32) -> Vec<u64> {
    let mut written = Vec::new();
    let mut after = 0;
    loop {
        let page = store.events(tree, after, limit).await.expect("read");
        for found in &page {
            assert!(found.number > after, "in the order of their numbers");
            after = found.number;
            written.push(found.event.event["number"].as_u64().expect("a number"));
        }
        if page.len() < usize::try_from(limit).expect("small") {
            return written;
        }
    }
}

/// How many rows there are of events, sorted events and trees.
fn rows(folder: &Path) -> [i64; 3] {
    let connection = behind_the_back(folder);
    ["agent_events", "agent_events_by_tree", "agent_trees"].map(|table| {
        connection
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })
            .expect("counted")
    })
}

/// Numbers without a pattern, the same in each run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

#[tokio::test]
async fn whatever_is_written_and_forgotten_each_tree_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().expect("folder");
    let mut store = open(folder.path());
    let trees: Vec<TreeId> = (0..TREES).map(|_| tree()).collect();
    let mut expected: BTreeMap<TreeId, Vec<u64>> = BTreeMap::new();
    let mut dice = Dice(7);
    let mut last = 0;
    for step in 0..STEPS {
        let tree = trees[usize::try_from(dice.below(9)).expect("small")];
        match dice.below(12) {
            0 => {
                let there = store.delete_tree(tree).await.expect("deleted");
                assert_eq!(there, expected.remove(&tree).is_some());
            }
            1 => {
                store.close().await.expect("closed");
                store = open(folder.path());
            }
            _ => {
                let many = 1 + dice.below(EVENTS_OF_STEP_MAX);
                let numbers = step * 1_000..step * 1_000 + many;
                let appended = store.append_events(append(tree, numbers.clone())).await;
                let found = appended.expect("appended").events;
                assert!(found[0] > last, "no number is used twice");
                last = *found.last().expect("at least one");
                expected.entry(tree).or_default().extend(numbers);
            }
        }
    }
    for tree in trees {
        let expected = expected.remove(&tree).unwrap_or_default();
        for limit in [7, 100, 10_000] {
            assert_eq!(written(&store, tree, limit).await, expected);
        }
        store.delete_tree(tree).await.expect("deleted");
    }
    store.close().await.expect("closed");
    assert_eq!(rows(folder.path()), [0, 0, 0]);
}

#[tokio::test]
async fn old_trees_are_forgotten_with_their_events_sorted_or_not() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let kept = tree();
    for number in 0..12 {
        let old = JournalAppend {
            finished: Some(at(number)),
            ..append(tree(), 0..200)
        };
        store.append_events(old).await.expect("appended");
        store
            .append_events(append(kept, number..number + 1))
            .await
            .expect("appended");
    }
    assert_eq!(store.prune_journal(at(100)).await.expect("pruned"), 12);
    let all: Vec<u64> = (0..12).collect();
    assert_eq!(written(&store, kept, 5).await, all);
    store.close().await.expect("closed");
    let [events, sorted, trees] = rows(folder.path());
    assert_eq!((events, trees), (12, 1));
    assert!(sorted <= events, "no more is sorted than there is");
}

#[tokio::test]
async fn number_of_the_last_event_is_not_given_again_when_its_tree_is_forgotten() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let first = store.append_events(append(tree(), 0..1)).await;
    let first = first.expect("appended").events[0];
    let newest = tree();
    let last = store.append_events(append(newest, 0..3)).await;
    let last = last.expect("appended").events[2];
    store.delete_tree(newest).await.expect("deleted");
    store.close().await.expect("closed");
    let store = open(folder.path());
    let next = store.append_events(append(newest, 0..1)).await;
    let next = next.expect("appended").events[0];
    assert!(first < last && last < next, "{first}, {last}, {next}");
}

/// A database as version 11 left it: two trees that took turns, and one that was forgotten.
fn made_by_version_11(folder: &Path, trees: [TreeId; 2]) {
    StoreKey::read_or_create(&folder.join(KEY_FILE)).expect("key");
    let connection = rusqlite::Connection::open(folder.join(DATABASE_FILE)).expect("file");
    connection.execute_batch(&key_pragma(folder)).expect("key");
    for step in VERSION_11 {
        connection.execute_batch(step).expect("schema");
    }
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA user_version = 11; BEGIN;")
        .expect("version");
    for tree in trees {
        connection
            .execute(
                "INSERT INTO agent_trees (tree, started) VALUES (?1, 1)",
                [tree.to_bytes()],
            )
            .expect("tree");
    }
    for number in 0..3_000_u64 {
        let tree = trees[usize::from(number % 3 == 0)];
        connection
            .execute(
                "INSERT INTO agent_events (tree, at, kind, event) VALUES (?1, 1, 'said', ?2)",
                (tree.to_bytes(), json!({"number": number}).to_string()),
            )
            .expect("event");
    }
    connection
        .execute_batch("DELETE FROM agent_events WHERE number > 2990; COMMIT;")
        .expect("forgotten");
}

#[tokio::test]
async fn journal_of_version_11_reads_the_same_and_goes_on_behind_its_last_number() {
    let folder = tempfile::tempdir().expect("folder");
    let trees = [tree(), tree()];
    made_by_version_11(folder.path(), trees);
    let store = open(folder.path());
    let (often, seldom): (Vec<u64>, Vec<u64>) = (0..2_990).partition(|number| number % 3 != 0);
    for (tree, expected) in trees.into_iter().zip([often, seldom]) {
        let found = store.events(tree, 0, 10_000).await.expect("read");
        assert!(
            found
                .iter()
                .map(|event| event.number - 1)
                .eq(expected.iter().copied()),
            "each kept its number"
        );
        assert_eq!(written(&store, tree, 999).await, expected);
    }
    let appended = store.append_events(append(trees[0], 0..1)).await;
    assert_eq!(
        appended.expect("appended").events,
        [3_001],
        "though the last ones were forgotten"
    );
    for tree in trees {
        assert!(store.delete_tree(tree).await.expect("deleted"));
    }
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
    store.close().await.expect("closed");
    assert_eq!(rows(folder.path()), [0, 0, 0]);
}
