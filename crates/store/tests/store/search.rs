//! Search: what a person types finds what a person wrote, and no text is an error.

use proptest::prelude::*;
use store::{AnswerUpdate, ConversationFilter, ConversationFound, MessageState, Store};

use crate::{at, behind_the_back, message, open, talk};

async fn search(store: &Store, typed: &str) -> Vec<ConversationFound> {
    let filter = ConversationFilter {
        search: Some(typed.to_owned()),
        limit: 50,
        ..ConversationFilter::default()
    };
    store
        .list_conversations(filter)
        .await
        .expect("no search text is an error")
}

async fn found(store: &Store, typed: &str) -> Vec<String> {
    search(store, typed)
        .await
        .into_iter()
        .map(|found| found.conversation.title)
        .collect()
}

#[tokio::test]
async fn words_are_found_in_titles_and_texts_whatever_their_case_and_accents() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    talk(
        &store,
        "Garden",
        at(1),
        &["When do tomatoes ripen?", "In Août, mostly."],
    )
    .await;
    talk(&store, "Tomato soup", at(2), &["A recipe, please"]).await;
    assert_eq!(
        found(&store, "TOMATO").await,
        ["Tomato soup", "Garden"],
        "unfinished last word"
    );
    assert_eq!(
        found(&store, "tomato when").await,
        Vec::<String>::new(),
        "a whole word, not a part"
    );
    assert_eq!(found(&store, "when tomato").await, ["Garden"]);
    assert_eq!(found(&store, "aout").await, ["Garden"]);
    assert_eq!(
        found(&store, "tomatoes août").await,
        Vec::<String>::new(),
        "not in one message"
    );
    assert_eq!(
        found(&store, "   ").await,
        ["Tomato soup", "Garden"],
        "blank means all"
    );
    assert_eq!(found(&store, "!!!").await, Vec::<String>::new());
}

#[tokio::test]
async fn snippet_marks_the_hits_in_the_newest_message_or_else_in_the_title() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let filler = "word ".repeat(200);
    let old = "an old owl";
    let long = format!("{filler} the wise owl sleeps {filler}");
    talk(&store, "Birds", at(1), &[old, &long]).await;
    talk(&store, "Owl or eagle", at(2), &["no bird here"]).await;
    let list = search(&store, "ow").await;
    assert_eq!(list[0].snippet.as_deref(), Some("\u{2}Owl\u{3} or eagle"));
    let snippet = list[1].snippet.as_deref().expect("snippet");
    assert!(snippet.contains("wise \u{2}owl\u{3} sleeps"), "{snippet:?}");
    assert!(snippet.len() < 120, "one line: {snippet:?}");
}

#[tokio::test]
async fn answer_is_found_once_it_has_ended_and_by_its_present_words_only() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let id = talk(&store, "t", at(1), &["q"]).await;
    let mut answer = message(id, None, "alpha", at(2));
    answer.state = MessageState::Writing;
    let answer_id = answer.id;
    store
        .add_messages(id, vec![answer], answer_id, at(2))
        .await
        .expect("added");
    assert_eq!(found(&store, "alpha").await, Vec::<String>::new());
    for (text, state) in [
        ("alpha beta", MessageState::Done),
        ("gamma", MessageState::Stopped),
    ] {
        let update = AnswerUpdate {
            text: text.to_owned(),
            reasoning: None,
            state,
            fault: None,
            model: None,
            ran_on: None,
            usage: None,
        };
        store
            .update_answer(answer_id, update, at(3))
            .await
            .expect("updated");
        assert_eq!(found(&store, text).await, ["t"]);
    }
    assert_eq!(
        found(&store, "alpha").await,
        Vec::<String>::new(),
        "the words of before are gone"
    );
    store
        .rename_conversation(id, "renamed".to_owned(), at(4))
        .await
        .expect("renamed");
    assert_eq!(found(&store, "renamed").await, ["renamed"]);
    // The index must say the same as the texts that it was made from.
    behind_the_back(folder.path())
        .execute_batch(
            "INSERT INTO message_words (message_words, rank) VALUES ('integrity-check', 1);
             INSERT INTO title_words (title_words, rank) VALUES ('integrity-check', 1);",
        )
        .expect("the index is right");
}

#[tokio::test]
async fn hits_are_paged_like_the_list() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for number in 0..7 {
        talk(
            &store,
            &format!("{number}"),
            at(number),
            &["needle", "needle again"],
        )
        .await;
    }
    let mut filter = ConversationFilter {
        search: Some("needle".to_owned()),
        limit: 3,
        before: None,
    };
    let mut seen = Vec::new();
    for size in [3, 3, 1, 0] {
        let page = store
            .list_conversations(filter.clone())
            .await
            .expect("list");
        assert_eq!(page.len(), size);
        if let Some(last) = page.last() {
            filter.before = Some((last.conversation.updated, last.conversation.id));
        }
        seen.extend(page.into_iter().map(|found| found.conversation.title));
    }
    assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_search_text_is_an_error(
        typed in prop_oneof![
            any::<String>(),
            "[\"'*^:(){}+ ,.\\-\\\\%_\u{0}A-Z]{0,40}",
            "(AND|OR|NOT|NEAR|title|text|rowid| |\"|\\(|\\)|:|\\*|\\^|-|\\+|\u{0}){0,20}",
        ],
    ) {
        thread_local! {
            static KEPT: (tempfile::TempDir, tokio::runtime::Runtime, Store) = {
                let folder = tempfile::tempdir().expect("folder");
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .expect("runtime");
                let store = open(folder.path());
                runtime.block_on(talk(&store, "AND title OR", at(1), &["text NOT NEAR rowid"]));
                (folder, runtime, store)
            };
        }
        KEPT.with(|(_folder, runtime, store)| {
            runtime.block_on(async {
                search(store, &typed).await;
                let filter = store::LogFilter {
                    search: Some(typed.clone()),
                    limit: 5,
                    ..store::LogFilter::default()
                };
                store.logs(filter).await.expect("no search text is an error");
            });
        });
    }
}

#[tokio::test]
async fn sound_database_is_not_called_damaged_after_it_was_searched_and_written_to() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for round in 0..20 {
        // Many small transactions, so that the words are gathered anew again and again.
        for number in 0..30 {
            talk(
                &store,
                "title",
                at(round * 30 + number),
                &["some words to find"],
            )
            .await;
        }
        let filter = ConversationFilter {
            search: Some("words".to_owned()),
            limit: 5,
            ..ConversationFilter::default()
        };
        assert_eq!(
            store
                .list_conversations(filter)
                .await
                .expect("searched")
                .len(),
            5
        );
        let problems = store.integrity_check().await.expect("check");
        assert_eq!(problems, Vec::<String>::new(), "round {round}");
    }
}
