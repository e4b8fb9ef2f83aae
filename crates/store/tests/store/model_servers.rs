//! Servers of language models.

use store::{MODEL_SERVERS_MAX, ModelServerKind, ModelServerRow, Store};
use zeroize::Zeroizing;

use crate::{at, open};

fn server(name: &str) -> ModelServerRow {
    ModelServerRow {
        name: name.to_owned(),
        kind: ModelServerKind::OpenAi,
        address: "https://models.example/v1".to_owned(),
        own_device: false,
        key: Some(Zeroizing::new("sk-very-secret".to_owned())),
        key_in_keychain: false,
        added: at(1_000),
    }
}

async fn names(store: &Store) -> Vec<String> {
    let rows = store.model_servers().await.expect("a list");
    rows.into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn servers_are_kept_in_their_order_with_their_keys() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for name in ["b", "a", "c"] {
        assert!(store.add_model_server(server(name)).await.expect("added"));
    }
    let again = store.add_model_server(server("a")).await.expect("looked");
    assert!(!again, "a name is taken once");
    assert_eq!(names(&store).await, ["b", "a", "c"]);
    let order = vec!["c".to_owned(), "gone".to_owned(), "a".to_owned()];
    store.order_model_servers(order).await.expect("ordered");
    assert_eq!(names(&store).await, ["c", "a", "b"]);
    assert!(store.remove_model_server("a").await.expect("removed"));
    assert!(!store.remove_model_server("a").await.expect("looked"));
    store.close().await.expect("closed");

    let store = open(folder.path());
    let rows = store.model_servers().await.expect("a list");
    assert_eq!(rows, [server("c"), server("b")]);
    assert!(!format!("{rows:?}").contains("very-secret"));
}

#[tokio::test]
async fn key_moves_to_the_keychain_and_back() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    assert!(store.add_model_server(server("a")).await.expect("added"));
    store
        .place_model_server_key("a", None)
        .await
        .expect("moved out");
    let row = store.model_servers().await.expect("a list").remove(0);
    assert_eq!((row.key, row.key_in_keychain), (None, true));
    let key = server("a").key;
    store
        .place_model_server_key("a", key)
        .await
        .expect("moved in");
    assert_eq!(
        store.model_servers().await.expect("a list"),
        [server("a")],
        "all else is as it was"
    );
}

#[tokio::test]
async fn there_are_not_more_servers_than_may_be() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for n in 0..MODEL_SERVERS_MAX {
        let added = store.add_model_server(server(&n.to_string())).await;
        assert!(added.expect("added"));
    }
    let added = store.add_model_server(server("one more")).await;
    assert!(!added.expect("looked"));
}
