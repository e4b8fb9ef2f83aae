//! Documents: cut into chunks, found, cited, and gone with all that was theirs.

use base::{ConversationId, DocumentId};
use store::{Chunk, DocumentRow, Embedding, HybridSearch, Store, StoreError};

use crate::{at, behind_the_back, open, talk, unique, words_fit};

fn document(name: &str, conversation: Option<ConversationId>) -> DocumentRow {
    DocumentRow {
        id: DocumentId::new(at(1), unique()),
        name: name.to_owned(),
        media_type: "text/markdown".to_owned(),
        bytes: 1_234,
        sha256: [name.len().to_le_bytes()[0]; 32],
        conversation,
        added: at(2),
    }
}

fn chunks(texts: &[&str]) -> Vec<Chunk> {
    let mut start = 0;
    (1..)
        .zip(texts)
        .map(|(page, text)| {
            let chunk = Chunk {
                text: (*text).to_owned(),
                start,
                end: start + text.len() as u64,
                page: Some(page),
            };
            start = chunk.end;
            chunk
        })
        .collect()
}

fn meaning(values: [f32; 2]) -> Embedding {
    Embedding {
        model: "small".to_owned(),
        values: values.to_vec(),
    }
}

fn search(text: &str, embedding: Option<Embedding>) -> HybridSearch {
    HybridSearch {
        text: text.to_owned(),
        embedding,
        limit: 10,
    }
}

async fn texts(
    store: &Store,
    search: HybridSearch,
    conversation: Option<ConversationId>,
) -> Vec<String> {
    let found = store
        .search_documents(search, conversation)
        .await
        .expect("searched");
    found.into_iter().map(|found| found.chunk.text).collect()
}

#[tokio::test]
async fn document_reads_back_with_its_chunks_and_goes_with_them() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let row = document("boats.md", None);
    let pieces = chunks(&["Boats need wind.", "Sails catch it."]);
    let numbers = store
        .add_document(row.clone(), pieces.clone())
        .await
        .expect("added");
    assert_eq!(numbers.len(), 2);
    let again = store.add_document(row.clone(), Vec::new()).await;
    assert!(
        matches!(again, Err(StoreError::AlreadyThere { .. })),
        "{again:?}"
    );
    store.close().await.expect("closed");
    let store = open(folder.path());
    assert_eq!(
        store.document(row.id).await.expect("read"),
        Some(row.clone())
    );
    assert_eq!(
        store.documents(None).await.expect("read"),
        std::slice::from_ref(&row)
    );
    assert_eq!(
        store.documents_of_file(row.sha256).await.expect("read"),
        std::slice::from_ref(&row)
    );
    assert_eq!(store.documents_of_file([0; 32]).await.expect("read"), []);
    assert_eq!(store.chunks(row.id).await.expect("read"), pieces);
    let found = store
        .search_documents(search("who catches sails", None), None)
        .await
        .expect("searched");
    assert_eq!(
        (found[0].document, found[0].name.as_str()),
        (row.id, "boats.md")
    );
    assert_eq!((found[0].number, &found[0].chunk), (numbers[1], &pieces[1]));
    store
        .set_chunk_embeddings(vec![
            (numbers[0], meaning([1.0, 0.0])),
            (99, meaning([1.0, 0.0])),
        ])
        .await
        .expect("a chunk that is gone is no error");
    assert!(store.delete_document(row.id).await.expect("deleted"));
    assert!(!store.delete_document(row.id).await.expect("deleted"));
    assert!(
        texts(&store, search("sails", Some(meaning([1.0, 0.0]))), None)
            .await
            .is_empty()
    );
    let outcome = store.chunks(row.id).await;
    assert!(matches!(outcome, Err(StoreError::UnknownDocument(id)) if id == row.id));
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
    store.close().await.expect("closed");
    let connection = behind_the_back(folder.path());
    for table in ["chunks", "chunk_vectors"] {
        let left: i64 = connection
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })
            .expect("count");
        assert_eq!(left, 0, "{table}");
    }
}

#[tokio::test]
async fn conversation_sees_its_own_documents_and_those_for_all_and_takes_its_own_with_it() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let here = talk(&store, "here", at(1), &["hello"]).await;
    let there = talk(&store, "there", at(1), &["hello"]).await;
    for (name, conversation, text) in [
        ("here", Some(here), "bread of here"),
        ("there", Some(there), "bread of there"),
        ("for all", None, "bread of all"),
    ] {
        let row = document(name, conversation);
        let numbers = store
            .add_document(row, chunks(&[text]))
            .await
            .expect("added");
        store
            .set_chunk_embeddings(vec![(numbers[0], meaning([1.0, 1.0]))])
            .await
            .expect("set");
    }
    let seen = async |conversation| {
        let by_words = texts(&store, search("bread", None), conversation).await;
        let by_meaning = texts(&store, search("", Some(meaning([1.0, 1.0]))), conversation).await;
        assert_eq!(by_words, by_meaning);
        by_words
    };
    assert_eq!(seen(Some(here)).await, ["bread of all", "bread of here"]);
    assert_eq!(seen(Some(there)).await, ["bread of all", "bread of there"]);
    assert_eq!(seen(None).await.len(), 3);
    assert_eq!(store.documents(Some(here)).await.expect("read").len(), 1);
    assert_eq!(store.documents(None).await.expect("read").len(), 3);
    store.delete_conversation(here).await.expect("deleted");
    assert_eq!(seen(None).await, ["bread of all", "bread of there"]);
    words_fit(folder.path(), "chunk_words");
    let stranger = document("x", Some(here));
    let outcome = store.add_document(stranger, Vec::new()).await;
    assert!(
        matches!(outcome, Err(StoreError::UnknownConversation(_))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn chunks_that_wait_for_their_meaning_are_given_out_in_order() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let row = document("a", None);
    let numbers = store
        .add_document(row, chunks(&["one", "two", "three"]))
        .await
        .expect("added");
    let waiting = async |limit| {
        store
            .chunks_without_embedding("small", limit)
            .await
            .expect("read")
    };
    assert_eq!(
        waiting(2).await,
        [
            (numbers[0], "one".to_owned()),
            (numbers[1], "two".to_owned())
        ]
    );
    let ready = vec![
        (numbers[0], meaning([1.0, 0.0])),
        (numbers[2], meaning([0.0, 1.0])),
    ];
    store.set_chunk_embeddings(ready).await.expect("set");
    assert_eq!(waiting(9).await, [(numbers[1], "two".to_owned())]);
}
