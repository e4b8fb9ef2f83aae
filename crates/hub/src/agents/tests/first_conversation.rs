//! The first conversation: the introduction, and what becomes of the answers.

use contract::approval::ListTools;
use contract::feed::{ReadFeed, UndoFeedEntry};
use contract::memory::ListMemories;
use contract::show::{FENCE, Shown};
use domain::language::Language;

use super::*;

/// What the person reads when the admin is asked this.
async fn said(hub: &Hub, text: &str) -> String {
    let model = Script::of(["The model was asked."]);
    let admin = Admin {
        hub: hub.clone(),
        conversation: hub.house.mint.conversation(),
        question: hub.house.mint.message(),
        answer: hub.house.mint.message(),
        is_asked_by_program: false,
        model: Arc::clone(&model) as Arc<dyn Model>,
    };
    let answering = admin.generate(question(text)).await;
    let said = whole(answering.expect("it answers")).await;
    assert_eq!(model.times_asked(), 0, "the program speaks for itself");
    said.expect("an answer")
}

async fn remembered(hub: &Hub) -> Vec<String> {
    let list = hub.answer(ListMemories::default()).await.expect("a list");
    let mut texts: Vec<_> = list.memories.into_iter().map(|one| one.text).collect();
    texts.sort();
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn it_introduces_itself_and_asks_with_a_form_in_the_persons_language() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    for (hello, language) in [
        (
            "Hello! Please introduce yourself and help me get started.",
            Language::English,
        ),
        ("Hallo! Stell dich bitte vor.", Language::German),
    ] {
        let said = said(&hub, hello).await;
        let (words, view) = said
            .split_once(&format!("```{FENCE}\n"))
            .expect("a form comes with it");
        assert!(words.contains("script"), "the model that speaks: {words}");
        let view = view.trim().trim_end_matches("```");
        let Ok(Shown::Form(form)) = contract::show::parse(view) else {
            panic!("no form: {view}");
        };
        assert_eq!(form.title, language.words().title);
        assert_eq!(form.fields.len(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_person_answers_is_remembered_set_up_and_can_be_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let words = Language::English.words();
    let told = format!(
        "{}: Ada\n{}: bees\n{}: {}",
        words.name, words.likes, words.pages, words.pages_answers[1]
    );
    let reply = said(&hub, &told).await;
    assert!(reply.contains("Good to meet you, Ada."), "{reply}");
    assert_eq!(
        remembered(&hub).await,
        ["I like or work on: bees", "My name is Ada."]
    );
    let tools = hub.answer(ListTools {}).await.expect("a list").tools;
    let fetch = tools.iter().find(|tool| tool.name == "fetch_page");
    assert_eq!(fetch.expect("it is there").permission, Permission::Never);

    let feed = hub.answer(ReadFeed::default()).await.expect("a page");
    let entry = feed.entries.iter().find(|entry| entry.can_undo);
    let number = entry.expect("it can be undone").number;
    hub.answer(UndoFeedEntry { number })
        .await
        .expect("it can be undone");
    assert!(remembered(&hub).await.is_empty());
}
