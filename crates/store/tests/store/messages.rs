//! Messages: the tree, its branches, and answers that grow.

use base::MessageId;
use serde_json::json;
use store::{AnswerUpdate, MessageState, Role, StoreError, Usage};

use crate::{at, behind_the_back, message, open, talk, unique};

fn update(text: &str, state: MessageState) -> AnswerUpdate {
    AnswerUpdate {
        text: text.to_owned(),
        reasoning: None,
        state,
        fault: None,
        model: None,
        ran_on: None,
        usage: None,
    }
}

#[tokio::test]
async fn message_reads_back_with_all_it_has() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let id = talk(&store, "t", at(1), &[]).await;
    let mut row = message(id, None, "nul \0, é, 🦀, \u{202e}", at(2));
    row.role = Role::Assistant;
    row.reasoning = Some("hm".to_owned());
    row.state = MessageState::Failed;
    row.fault = Some(json!({"code": "worker_gone", "n": 1}));
    row.model = Some("smol".to_owned());
    row.ran_on = Some("laptop".to_owned());
    row.usage = Some(Usage {
        prompt_tokens: 1,
        cached_tokens: 2,
        completion_tokens: 3,
        first_token_ms: 4,
        total_ms: u64::MAX,
    });
    store
        .add_messages(id, vec![row.clone()], row.id, at(3))
        .await
        .expect("added");
    assert_eq!(
        store.message(row.id).await.expect("read"),
        Some(row.clone())
    );
    let head = store.conversation(id).await.expect("read").expect("there");
    assert_eq!((head.head, head.updated), (Some(row.id), at(3)));
}

#[tokio::test]
async fn branches_lead_from_the_root_to_their_own_leaf() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let id = talk(&store, "t", at(9), &["q1", "a1"]).await;
    let rows = store.messages(id).await.expect("messages");
    let (q1, a1) = (rows[0].id, rows[1].id);
    // An id that sorts before its parents: the tree counts, not the clock.
    let q2 = message(id, Some(a1), "q2", at(0));
    let edited = message(id, None, "q1 edited", at(10));
    let (q2_id, edited_id) = (q2.id, edited.id);
    store
        .add_messages(id, vec![q2, edited], edited_id, at(11))
        .await
        .expect("added");
    let texts = |path: Vec<store::MessageRow>| -> Vec<String> {
        path.into_iter().map(|row| row.text).collect()
    };
    assert_eq!(
        texts(store.path_to(q2_id).await.expect("path")),
        ["q1", "a1", "q2"]
    );
    assert_eq!(
        texts(store.path_to(edited_id).await.expect("path")),
        ["q1 edited"]
    );
    assert_eq!(texts(store.path_to(q1).await.expect("path")), ["q1"]);
    let unknown = MessageId::new(at(1), unique());
    assert!(matches!(
        store.path_to(unknown).await,
        Err(StoreError::UnknownMessage(found)) if found == unknown
    ));
    let order: Vec<MessageId> = store
        .messages(id)
        .await
        .expect("messages")
        .iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(order, [q2_id, q1, a1, edited_id]);
}

#[tokio::test]
async fn circle_in_a_damaged_tree_comes_to_an_end() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let id = talk(&store, "t", at(1), &["a", "b", "c"]).await;
    let rows = store.messages(id).await.expect("messages");
    behind_the_back(folder.path())
        .execute(
            "UPDATE messages SET parent = ?1 WHERE id = ?2",
            [rows[2].id.to_bytes(), rows[0].id.to_bytes()],
        )
        .expect("circle");
    let path = store.path_to(rows[1].id).await.expect("path");
    assert_eq!(path.len(), 3, "each message once");
    assert_eq!(path.last().map(|row| row.id), Some(rows[1].id));
}

#[tokio::test]
async fn messages_are_added_all_or_none_and_only_below_their_own_conversation() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let here = talk(&store, "here", at(1), &["h"]).await;
    let there = talk(&store, "there", at(1), &["t"]).await;
    let stranger = store.messages(there).await.expect("messages")[0].id;
    let head = store.messages(here).await.expect("messages")[0].id;
    let good = message(here, Some(head), "good", at(2));
    let bad = message(here, Some(stranger), "bad", at(2));
    let outcome = store
        .add_messages(here, vec![good.clone(), bad], good.id, at(3))
        .await;
    assert!(matches!(outcome, Err(StoreError::UnknownMessage(id)) if id == stranger));
    let outcome = store
        .add_messages(here, vec![good.clone()], stranger, at(3))
        .await;
    assert!(matches!(outcome, Err(StoreError::UnknownMessage(id)) if id == stranger));
    let outcome = store
        .add_messages(there, vec![good.clone()], good.id, at(3))
        .await;
    assert!(matches!(outcome, Err(StoreError::UnknownMessage(id)) if id == good.id));
    let outcome = store.select_head(here, stranger).await;
    assert!(matches!(outcome, Err(StoreError::UnknownMessage(id)) if id == stranger));
    assert_eq!(
        store.messages(here).await.expect("messages").len(),
        1,
        "nothing was added"
    );
    let row = store
        .conversation(here)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (row.head, row.updated),
        (Some(head), at(1)),
        "nothing was touched"
    );
}

#[tokio::test]
async fn answer_grows_and_keeps_what_an_update_does_not_name() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let id = talk(&store, "t", at(1), &["q"]).await;
    let mut answer = message(id, None, "", at(2));
    answer.state = MessageState::Writing;
    answer.model = Some("smol".to_owned());
    store
        .add_messages(id, vec![answer.clone()], answer.id, at(2))
        .await
        .expect("added");
    let usage = Usage {
        completion_tokens: 7,
        ..Usage::default()
    };
    let half = AnswerUpdate {
        usage: Some(usage),
        ..update("half", MessageState::Writing)
    };
    store
        .update_answer(answer.id, half, at(3))
        .await
        .expect("updated");
    store
        .update_answer(answer.id, update("whole", MessageState::Done), at(4))
        .await
        .expect("updated");
    let found = store
        .message(answer.id)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (found.text.as_str(), found.state),
        ("whole", MessageState::Done)
    );
    assert_eq!(
        (found.model.as_deref(), found.usage),
        (Some("smol"), Some(usage))
    );
    let row = store.conversation(id).await.expect("read").expect("there");
    assert_eq!(row.updated, at(4));
    let unknown = MessageId::new(at(1), unique());
    let outcome = store
        .update_answer(unknown, update("x", MessageState::Done), at(5))
        .await;
    assert!(matches!(outcome, Err(StoreError::UnknownMessage(found)) if found == unknown));
}

#[tokio::test]
async fn answers_left_by_a_crash_are_ended_and_others_are_not_touched() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let id = talk(&store, "t", at(1), &["q"]).await;
    let mut left = message(id, None, "half an ans", at(2));
    left.state = MessageState::Writing;
    let mut stopped = message(id, None, "stopped", at(2));
    stopped.state = MessageState::Stopped;
    let rows = vec![left.clone(), stopped.clone()];
    store
        .add_messages(id, rows, left.id, at(2))
        .await
        .expect("added");
    assert_eq!(
        store.answers_left_writing().await.expect("read"),
        [left.clone()]
    );
    let fault = json!({"code": "interrupted"});
    assert_eq!(
        store
            .end_answers_left_writing(at(5), fault.clone())
            .await
            .expect("ended"),
        1
    );
    assert_eq!(
        store
            .end_answers_left_writing(at(6), fault.clone())
            .await
            .expect("ended"),
        0
    );
    left.state = MessageState::Failed;
    left.fault = Some(fault);
    assert_eq!(store.message(left.id).await.expect("read"), Some(left));
    assert_eq!(
        store.message(stopped.id).await.expect("read"),
        Some(stopped)
    );
    let row = store.conversation(id).await.expect("read").expect("there");
    assert_eq!(row.updated, at(5), "the second call found nothing to end");
}

#[tokio::test]
async fn late_piece_of_an_answer_does_not_take_its_end_away() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let id = talk(&store, "t", at(1), &["q"]).await;
    let mut answer = message(id, None, "", at(2));
    answer.state = MessageState::Writing;
    store
        .add_messages(id, vec![answer.clone()], answer.id, at(2))
        .await
        .expect("added");
    let text = async || {
        store
            .message(answer.id)
            .await
            .expect("read")
            .expect("there")
            .text
    };
    store
        .update_unfinished_answer(answer.id, "half".to_owned())
        .await
        .expect("updated");
    assert_eq!(text().await, "half");
    let end = update("whole", MessageState::CutOff);
    store
        .update_answer(answer.id, end, at(3))
        .await
        .expect("ended");
    store
        .update_unfinished_answer(answer.id, "hal".to_owned())
        .await
        .expect("too late");
    assert_eq!(text().await, "whole");
    let found = store
        .message(answer.id)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(found.state, MessageState::CutOff);
}
