//! Answers that programs asked to keep.

use base::TokenId;
use serde_json::json;
use store::ResponseRow;

use crate::{at, open, unique};

fn row(id: &str, previous: Option<&str>, created: u64) -> ResponseRow {
    ResponseRow {
        id: id.to_owned(),
        token: None,
        previous: previous.map(str::to_owned),
        created: at(created),
        input: json!([{"said": id}]),
        body: json!({"id": id, "status": "in_progress"}),
    }
}

#[tokio::test]
async fn answer_is_kept_over_a_restart_with_what_it_goes_on_from() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for (id, previous, created) in [("a", None, 1), ("b", Some("a"), 2), ("c", Some("b"), 3)] {
        store
            .save_response(row(id, previous, created), at(0))
            .await
            .expect("saved");
    }
    let done = ResponseRow {
        body: json!({"id": "c", "status": "completed"}),
        ..row("c", Some("b"), 3)
    };
    store
        .save_response(done.clone(), at(0))
        .await
        .expect("again");
    store.close().await.expect("closed");
    drop(store);
    let store = open(folder.path());
    let found = store.responses_back_from("c", 9).await.expect("read");
    assert_eq!(found, [done, row("b", Some("a"), 2), row("a", None, 1)]);
    let bounded = store.responses_back_from("c", 2).await.expect("read");
    assert_eq!(bounded.len(), 2);
    assert!(
        store
            .responses_back_from("x", 9)
            .await
            .expect("read")
            .is_empty()
    );
}

#[tokio::test]
async fn answer_is_deleted_by_its_own_program_only_and_by_age() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let owner = Some(TokenId::new(at(1), unique()));
    let owned = ResponseRow {
        token: owner,
        ..row("a", None, 1)
    };
    store
        .save_response(owned.clone(), at(0))
        .await
        .expect("saved");
    let other = Some(TokenId::new(at(1), unique()));
    for token in [None, other] {
        assert!(!store.delete_response("a", token).await.expect("tried"));
    }
    assert_eq!(
        store.responses_back_from("a", 1).await.expect("read"),
        [owned]
    );
    assert!(store.delete_response("a", owner).await.expect("deleted"));
    assert!(!store.delete_response("a", owner).await.expect("it is gone"));

    store
        .save_response(row("old", None, 5), at(0))
        .await
        .expect("saved");
    store
        .save_response(row("new", None, 9), at(6))
        .await
        .expect("saved");
    assert!(
        store
            .responses_back_from("old", 1)
            .await
            .expect("read")
            .is_empty()
    );
    assert_eq!(
        store
            .responses_back_from("new", 1)
            .await
            .expect("read")
            .len(),
        1
    );
}

#[test]
fn what_was_said_is_not_printed() {
    let shown = format!("{:?}", row("a", None, 1));
    assert!(!shown.contains("said"), "{shown}");
}
