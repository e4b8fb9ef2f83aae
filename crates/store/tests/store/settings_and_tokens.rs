//! Settings and API tokens.

use base::{Timestamp, TokenId};
use serde_json::{Value, json};
use store::{StoreError, TokenRow};

use crate::{at, open, unique};

fn token(label: &str, created: Timestamp, hash: u8) -> TokenRow {
    TokenRow {
        id: TokenId::new(created, unique()),
        label: label.to_owned(),
        hash: [hash; 32],
        scopes: vec!["chat".to_owned(), "models".to_owned()],
        created,
        last_used: None,
        expires: Some(at(1_000)),
        revoked: None,
        rate_per_minute: Some(60),
        quota_tokens: None,
    }
}

#[tokio::test]
async fn setting_is_kept_changed_and_given_back_its_default() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    store
        .set_setting("port", Some(json!(8080)), at(1))
        .await
        .expect("set");
    store
        .set_setting("port", Some(json!(9090)), at(2))
        .await
        .expect("set");
    store
        .set_setting("theme", Some(json!({"name": "dark"})), at(2))
        .await
        .expect("set");
    store
        .set_setting("nothing", Some(Value::Null), at(2))
        .await
        .expect("set");
    assert_eq!(
        store.setting("port").await.expect("read"),
        Some(json!(9090))
    );
    assert_eq!(
        store.setting("nothing").await.expect("read"),
        Some(Value::Null)
    );
    store
        .set_setting("theme", None, at(3))
        .await
        .expect("removed");
    store
        .set_setting("theme", None, at(3))
        .await
        .expect("removing twice is harmless");
    assert_eq!(store.setting("theme").await.expect("read"), None);
    let all: Vec<String> = store.settings().await.expect("read").into_keys().collect();
    assert_eq!(all, ["nothing", "port"]);
}

#[tokio::test]
async fn token_is_found_by_its_hash_used_and_revoked_once() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let (one, two) = (token("one", at(1), 1), token("two", at(2), 2));
    store.add_token(two.clone()).await.expect("added");
    store.add_token(one.clone()).await.expect("added");
    assert_eq!(
        store.tokens().await.expect("read"),
        [one.clone(), two.clone()]
    );
    assert_eq!(
        store.token_by_hash([2; 32]).await.expect("read"),
        Some(two.clone())
    );
    assert_eq!(store.token_by_hash([3; 32]).await.expect("read"), None);
    let same_secret = store.add_token(token("three", at(3), 2)).await;
    assert!(
        matches!(same_secret, Err(StoreError::AlreadyThere { .. })),
        "{same_secret:?}"
    );
    store.touch_token(two.id, at(9)).await.expect("touched");
    store
        .touch_token(two.id, at(8))
        .await
        .expect("a late note does not turn time back");
    assert!(store.revoke_token(two.id, at(10)).await.expect("revoked"));
    assert!(
        !store
            .revoke_token(two.id, at(11))
            .await
            .expect("revoked before")
    );
    let gone = TokenId::new(at(1), unique());
    assert!(!store.revoke_token(gone, at(11)).await.expect("unknown"));
    let found = store
        .token_by_hash([2; 32])
        .await
        .expect("read")
        .expect("still listed");
    assert_eq!(
        (found.last_used, found.revoked),
        (Some(at(9)), Some(at(10)))
    );
}

#[test]
fn token_hash_is_not_printed() {
    let shown = format!("{:?}", token("one", at(1), 171));
    assert!(
        shown.contains("Secret(…)") && !shown.contains("171"),
        "{shown}"
    );
}
