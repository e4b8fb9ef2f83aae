//! Conversations: what is written reads back, in the order that a list needs.

use base::{ConversationId, MessageId};
use store::{ConversationFilter, ConversationFound, StoreError};

use crate::{at, conversation, message, open, talk, unique};

fn titles(list: &[ConversationFound]) -> Vec<&str> {
    list.iter()
        .map(|found| found.conversation.title.as_str())
        .collect()
}

#[tokio::test]
async fn conversation_reads_back_as_it_was_written_also_after_reopening() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let mut row = conversation("Größe 🦀", at(5));
    row.model = Some("smol".to_owned());
    store
        .start_conversation(row.clone())
        .await
        .expect("started");
    assert_eq!(
        store.conversation(row.id).await.expect("read"),
        Some(row.clone())
    );
    store.close().await.expect("closed");
    let store = open(folder.path());
    assert_eq!(store.conversation(row.id).await.expect("read"), Some(row));
    assert_eq!(store.conversation_count().await.expect("count"), 1);
    assert_eq!(store.path(), folder.path().join("hai-net.db"));
}

#[tokio::test]
async fn pages_of_the_list_join_without_gap_or_repetition() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for number in 0..25 {
        // Pairs share a time, so that the id must decide.
        talk(&store, &format!("{number}"), at(number / 2), &["a", "b"]).await;
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let filter = ConversationFilter {
            limit: 4,
            before,
            ..ConversationFilter::default()
        };
        let page = store.list_conversations(filter).await.expect("list");
        let Some(last) = page.last() else { break };
        before = Some((last.conversation.updated, last.conversation.id));
        seen.extend(page.into_iter().map(|found| {
            assert_eq!((found.messages, found.snippet), (2, None));
            found.conversation.title
        }));
    }
    let newest_first: Vec<String> = (0..25).rev().map(|number| number.to_string()).collect();
    assert_eq!(seen, newest_first);
}

#[tokio::test]
async fn changed_conversation_moves_to_the_top_but_a_chosen_branch_does_not() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let first = talk(&store, "first", at(1), &["one", "two"]).await;
    talk(&store, "second", at(2), &[]).await;
    let root = store.messages(first).await.expect("messages")[0].id;
    store.select_head(first, root).await.expect("selected");
    let filter = ConversationFilter {
        limit: 9,
        ..ConversationFilter::default()
    };
    let list = store
        .list_conversations(filter.clone())
        .await
        .expect("list");
    assert_eq!(titles(&list), ["second", "first"]);
    assert_eq!(list[1].conversation.head, Some(root));
    store
        .rename_conversation(first, "renamed".to_owned(), at(3))
        .await
        .expect("renamed");
    let list = store.list_conversations(filter).await.expect("list");
    assert_eq!(titles(&list), ["renamed", "second"]);
    store
        .set_conversation_model(first, Some("big".to_owned()), at(0))
        .await
        .expect("model");
    let row = store
        .conversation(first)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(row.model.as_deref(), Some("big"));
    assert_eq!(
        row.updated,
        at(3),
        "a clock that went back does not move it down"
    );
}

#[tokio::test]
async fn unknown_conversation_is_named_in_the_error() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let id = ConversationId::new(at(1), unique());
    let unknown = |outcome: Result<(), StoreError>| match outcome {
        Err(StoreError::UnknownConversation(found)) => assert_eq!(found, id),
        other => panic!("expected an unknown conversation, got {other:?}"),
    };
    unknown(store.rename_conversation(id, "x".to_owned(), at(2)).await);
    unknown(store.set_conversation_model(id, None, at(2)).await);
    unknown(store.select_head(id, MessageId::new(at(1), unique())).await);
    unknown(store.delete_conversation(id).await);
    let row = message(id, None, "x", at(1));
    let head = row.id;
    unknown(store.add_messages(id, vec![row], head, at(2)).await);
    assert_eq!(store.conversation(id).await.expect("read"), None);
}

#[tokio::test]
async fn same_conversation_twice_is_refused_and_a_head_cannot_be_invented() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let mut row = conversation("one", at(1));
    store
        .start_conversation(row.clone())
        .await
        .expect("started");
    let again = store.start_conversation(row.clone()).await;
    assert!(
        matches!(again, Err(StoreError::AlreadyThere { .. })),
        "{again:?}"
    );
    row.head = Some(MessageId::new(at(1), unique()));
    let headed = store.start_conversation(row).await;
    assert!(
        matches!(headed, Err(StoreError::UnknownMessage(_))),
        "{headed:?}"
    );
}

#[tokio::test]
async fn deleting_removes_a_conversation_of_any_length_and_its_words_and_nothing_else() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    // Longer than SQLite's limit of nested triggers.
    let texts: Vec<String> = (0..2_500)
        .map(|number| format!("walrus {number}"))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let long = talk(&store, "walrus", at(1), &texts).await;
    let other = talk(&store, "walrus too", at(2), &["a walrus"]).await;
    let head = store
        .conversation(long)
        .await
        .expect("read")
        .expect("there")
        .head
        .expect("head");
    assert_eq!(store.path_to(head).await.expect("path").len(), 2_500);
    store.delete_conversation(long).await.expect("deleted");
    assert_eq!(store.messages(long).await.expect("messages"), []);
    let filter = ConversationFilter {
        search: Some("walrus".to_owned()),
        limit: 9,
        ..ConversationFilter::default()
    };
    let list = store.list_conversations(filter).await.expect("list");
    assert_eq!(titles(&list), ["walrus too"]);
    assert_eq!(store.messages(other).await.expect("messages").len(), 1);
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
}
