//! The feed: filters, pages, undoing, and many entries.

use base::{AgentId, ConversationId};
use serde_json::json;
use store::{FeedEntry, FeedFilter, Store};

use crate::{at, open, words_fit};

/// As many entries as a busy year leaves.
const MANY: u64 = 100_000;

fn conversation(number: u64) -> ConversationId {
    ConversationId::new(at(number), [1; 10])
}

fn agent(number: u64) -> AgentId {
    AgentId::new(at(number), [2; 10])
}

fn entry(number: u64) -> FeedEntry {
    FeedEntry {
        at: at(number),
        kind: ["did", "asked", "sent"][usize::try_from(number % 3).expect("small")].to_owned(),
        conversation: number.is_multiple_of(2).then(|| conversation(number % 10)),
        agent: number.is_multiple_of(5).then(|| agent(number % 100)),
        call: None,
        text: format!("Wrote the note number {number}"),
        translations: [(
            "de".to_owned(),
            format!("Die Notiz Nummer {number} geschrieben"),
        )]
        .into(),
        undo: number
            .is_multiple_of(2)
            .then(|| json!({"delete_note": number})),
    }
}

async fn fill(store: &Store, entries: u64) {
    let entries: Vec<FeedEntry> = (1..=entries).map(entry).collect();
    for some in entries.chunks(5_000) {
        store.append_feed(some.to_vec()).await.expect("appended");
    }
}

fn filter(limit: u32) -> FeedFilter {
    FeedFilter {
        limit,
        ..FeedFilter::default()
    }
}

async fn ids(store: &Store, filter: FeedFilter) -> Vec<u64> {
    let rows = store.read_feed(filter).await.expect("read");
    rows.iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn entry_is_found_by_the_words_of_each_language_until_it_is_removed() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    fill(&store, 9).await;
    let german = FeedFilter {
        text: Some("notiz NUMMER 7".to_owned()),
        ..filter(9)
    };
    assert_eq!(ids(&store, german.clone()).await, [7]);
    let code = FeedFilter {
        text: Some("de".to_owned()),
        ..filter(9)
    };
    assert_eq!(ids(&store, code).await, [0; 0], "only sentences are words");
    assert_eq!(store.prune_feed(at(8)).await.expect("pruned"), 7);
    assert_eq!(ids(&store, german).await, [0; 0]);
}

#[tokio::test]
async fn feed_of_a_hundred_thousand_entries_is_filtered_and_paged_from_the_newest_on() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let began = std::time::Instant::now();
    fill(&store, MANY).await;
    println!("{MANY} entries written in {:?}", began.elapsed());
    let newest = store.read_feed(filter(1)).await.expect("read");
    assert_eq!((newest[0].id, &newest[0].entry), (MANY, &entry(MANY)));
    let kinds = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let began = std::time::Instant::now();
    for (filter, expected) in [
        (filter(2), [MANY, MANY - 1]),
        (
            FeedFilter {
                before: Some(77),
                kinds: kinds(&["did", "sent"]),
                ..filter(2)
            },
            [75, 74],
        ),
        (
            FeedFilter {
                after: Some(MANY - 2),
                ..filter(9)
            },
            [MANY, MANY - 1],
        ),
        (
            FeedFilter {
                conversation: Some(conversation(4)),
                before: Some(1_000),
                kinds: kinds(&["did"]),
                ..filter(2)
            },
            [984, 954],
        ),
        (
            FeedFilter {
                agent: Some(agent(10)),
                conversation: Some(conversation(0)),
                ..filter(2)
            },
            [99_910, 99_810],
        ),
        (
            FeedFilter {
                text: Some("NOTE number 77".to_owned()),
                before: Some(77_000),
                ..filter(2)
            },
            [7_799, 7_798],
        ),
    ] {
        assert_eq!(ids(&store, filter.clone()).await, expected, "{filter:?}");
    }
    println!("six pages read in {:?}", began.elapsed());
    assert_eq!(
        store
            .feed_entry(7)
            .await
            .expect("read")
            .expect("there")
            .entry,
        entry(7)
    );
    assert_eq!(store.feed_entry(MANY + 1).await.expect("read"), None);
    assert_eq!(store.feed_entry(u64::MAX).await.expect("read"), None);
}

#[tokio::test]
async fn entry_is_undone_once_and_only_where_something_undoes_it() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    fill(&store, 2).await;
    let undo = async |id: u64, time: u64| {
        store
            .transact("undoing", move |together| {
                together.mark_undone(id, at(time))
            })
            .await
            .expect("tried")
    };
    assert!(!undo(1, 5).await, "nothing undoes it");
    assert!(undo(2, 6).await);
    assert!(!undo(2, 7).await, "only once");
    assert!(!undo(3, 8).await, "no such entry");
    let rows = store.read_feed(filter(9)).await.expect("read");
    let undone: Vec<_> = rows.iter().map(|row| row.undone).collect();
    assert_eq!(undone, [Some(at(6)), None]);
}

#[tokio::test]
async fn old_entries_are_removed_and_no_id_is_used_again() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    fill(&store, 1_200).await;
    assert_eq!(store.prune_feed(at(1_199)).await.expect("pruned"), 1_198);
    let search = FeedFilter {
        text: Some("wrote".to_owned()),
        ..filter(9)
    };
    assert_eq!(ids(&store, search).await, [1_200, 1_199]);
    store.close().await.expect("closed");
    words_fit(folder.path(), "feed_words");
    let store = open(folder.path());
    store.prune_feed(at(9_999)).await.expect("pruned");
    assert_eq!(
        store.append_feed(vec![entry(1)]).await.expect("appended"),
        [1_201]
    );
}
