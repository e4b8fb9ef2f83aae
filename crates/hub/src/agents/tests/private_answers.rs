//! Answers that were made of private things, and models that may not have those.

use base::{ConversationId, MessageId};
use store::{MessageRow, MessageState, Role};

use super::*;
use crate::answers::conversation::{Place, begin_writing, message, start_conversation};

/// A conversation that goes on, question by question.
struct Talk {
    hub: Hub,
    conversation: ConversationId,
    last: Option<MessageId>,
}

impl Talk {
    /// Has the admin answer on this model, and gives the answer as it is kept.
    async fn answered(&mut self, text: &str, model: &Arc<Script>) -> MessageRow {
        let hub = &self.hub;
        let (role, state) = (Role::User, MessageState::Done);
        let question = MessageRow {
            text: text.to_owned(),
            ..message(hub, self.conversation, self.last, role, state)
        };
        let place = Place {
            conversation: self.conversation,
            question: question.id,
        };
        let writer = |answer: MessageId| -> Arc<dyn Model> {
            Arc::new(Admin {
                hub: hub.clone(),
                conversation: place.conversation,
                question: place.question,
                answer,
                is_asked_by_program: false,
                model: Arc::clone(model) as Arc<dyn Model>,
            })
        };
        let stop = CancellationToken::new();
        let sent = begin_writing(hub, place, vec![question], &**model, writer, stop).await;
        let answer = sent.expect("it begins").answer;
        self.last = Some(answer);
        until("the answer is whole", async || {
            let row = hub.house.store.message(answer).await.expect("it is read");
            row.filter(|row| row.state == MessageState::Done)
        })
        .await
    }
}

/// All that a model was given to read.
fn read_by(model: &Script) -> String {
    let asked = model.asked.lock().unwrap();
    let texts = asked.iter().flat_map(|what| match &what.prompt {
        Prompt::Chat(turns) => turns.iter().map(|turn| turn.text.clone()).collect(),
        _ => Vec::new(),
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_made_of_a_memory_stays_where_a_model_may_not_have_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let keep = KeepMemory {
        memory: None,
        text: "My sister is called Zora.".to_owned(),
    };
    hub.answer(keep).await.expect("it is kept");
    let conversation = start_conversation(&hub, "Sister", None).await;
    let mut talk = Talk {
        conversation: conversation.expect("it is begun"),
        hub,
        last: None,
    };

    let home = Script::of(["Her name is Zora.", "Zora would like it."]);
    let told = talk.answered("What is my sister called?", &home).await;
    assert!(read_by(&home).contains("called Zora"), "it is told at home");
    assert!(told.private, "the answer is made of a memory");

    let elsewhere = Script::elsewhere(["Goethe wrote it."]);
    let other = talk.answered("Who wrote the play Faust?", &elsewhere).await;
    let read = read_by(&elsewhere);
    assert!(!read.contains("Zora"), "{read}");
    assert!(read.contains("stays on the person's devices"), "{read}");
    assert!(read.contains("What is my sister called?"), "{read}");
    assert!(!other.private, "nothing private went into it");

    let again = talk.answered("Is that play a good present?", &home).await;
    assert!(
        read_by(&home).contains("Her name is Zora."),
        "all is told at home"
    );
    assert!(again.private, "an answer after it may hold it too");
}
