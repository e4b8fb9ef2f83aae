//! Answers about conversations.

use std::sync::Arc;

use base::{ConversationId, MessageId};
use contract::conversation::{
    ConversationList, ConversationView, DeleteConversation, LIST_LIMIT_MAX, ListConversations,
    MESSAGE_CHARS_MAX, MessageSent, PreviewQuestion, QuestionPreview, ReadConversation,
    RegenerateAnswer, RenameConversation, SelectBranch, SendMessage, StopAnswer, TITLE_CHARS_MAX,
};
use contract::setting::SettingKey;
use contract::{Code, Done, Fault, Notice};
use domain::title;
use llm::Model;
use store::{ConversationFilter, ConversationRow, MessageRow, MessageState, Role};
use tokio_util::sync::CancellationToken;

use super::Answer;
use crate::agents::Admin;
use crate::convert;
use crate::desk::Input;
use crate::house::Hub;
use crate::writing::{self, Job};

/// How many conversations a list holds when no limit is named.
const LIST_LIMIT_USUAL: u32 = 100;

/// The title of a conversation whose first message gives none.
const UNTITLED: &str = "Untitled";

impl Answer<ListConversations> for Hub {
    async fn answer_to(&self, ask: ListConversations) -> Result<ConversationList, Fault> {
        let before = match ask.after {
            Some(after) => {
                let last = conversation(self, after).await?;
                Some((last.updated, last.id))
            }
            None => None,
        };
        let limit = ask.limit.unwrap_or(LIST_LIMIT_USUAL).min(LIST_LIMIT_MAX);
        let filter = ConversationFilter {
            search: ask.search,
            limit,
            before,
        };
        let store = &self.house.store;
        let found = store
            .list_conversations(filter)
            .await
            .map_err(|error| convert::store_fault(&error))?;
        let total = store
            .conversation_count()
            .await
            .map_err(|error| convert::store_fault(&error))?;
        let conversations = found.into_iter().map(convert::summary).collect();
        Ok(ConversationList {
            conversations,
            total,
        })
    }
}

impl Answer<ReadConversation> for Hub {
    async fn answer_to(&self, ask: ReadConversation) -> Result<ConversationView, Fault> {
        read(self, ask.conversation).await
    }
}

/// Reads a conversation with what is being written in it now.
pub(super) async fn read(hub: &Hub, id: ConversationId) -> Result<ConversationView, Fault> {
    // The texts in the making come first: an answer that ends in between is whole in the store then.
    let mut live = hub.consult(|reply| Input::ReadLive { reply }).await?;
    let row = conversation(hub, id).await?;
    let messages = hub
        .house
        .store
        .messages(id)
        .await
        .map_err(|error| convert::store_fault(&error))?;
    let view = |row: MessageRow| {
        let text = live.remove(&row.id);
        convert::message(row, text)
    };
    Ok(ConversationView {
        id,
        title: row.title,
        model: row.model,
        created: row.created,
        updated: row.updated,
        head: row.head,
        messages: messages.into_iter().map(view).collect(),
    })
}

impl Answer<RenameConversation> for Hub {
    async fn answer_to(&self, ask: RenameConversation) -> Result<Done, Fault> {
        let title = ask.title.trim();
        if title.is_empty() || title.chars().count() > TITLE_CHARS_MAX {
            let message = format!("A title has 1 to {TITLE_CHARS_MAX} characters.");
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let renamed = self
            .house
            .store
            .rename_conversation(ask.conversation, title.to_owned(), self.now())
            .await;
        renamed.map_err(|error| convert::store_fault(&error))?;
        self.bring(Input::Tell(Notice::ConversationChanged {
            conversation: ask.conversation,
        }))
        .await;
        Ok(Done {})
    }
}

impl Answer<DeleteConversation> for Hub {
    async fn answer_to(&self, ask: DeleteConversation) -> Result<Done, Fault> {
        let conversation = ask.conversation;
        self.bring(Input::StopAnswersIn { conversation }).await;
        let deleted = self.house.store.delete_conversation(conversation).await;
        deleted.map_err(|error| convert::store_fault(&error))?;
        self.bring(Input::Tell(Notice::ConversationDeleted { conversation }))
            .await;
        Ok(Done {})
    }
}

impl Answer<SelectBranch> for Hub {
    async fn answer_to(&self, ask: SelectBranch) -> Result<Done, Fault> {
        let selected = self
            .house
            .store
            .select_head(ask.conversation, ask.head)
            .await;
        selected.map_err(|error| convert::store_fault(&error))?;
        self.bring(Input::Tell(Notice::ConversationChanged {
            conversation: ask.conversation,
        }))
        .await;
        Ok(Done {})
    }
}

impl Answer<StopAnswer> for Hub {
    async fn answer_to(&self, ask: StopAnswer) -> Result<Done, Fault> {
        // An answer that ended a moment ago is as stopped as the person wanted it.
        self.consult(|reply| Input::StopAnswer {
            answer: ask.answer,
            reply,
        })
        .await?;
        Ok(Done {})
    }
}

impl Answer<SendMessage> for Hub {
    async fn answer_to(&self, ask: SendMessage) -> Result<MessageSent, Fault> {
        check_text(&ask.text)?;
        let existing = match ask.conversation {
            Some(id) => Some(conversation(self, id).await?),
            None if ask.parent.is_some() => {
                let message = "A message that answers another needs its conversation.";
                return Err(Fault::refused(Code::InvalidAsk, message));
            }
            None => None,
        };
        let name = ask
            .model
            .clone()
            .or_else(|| existing.as_ref().and_then(|row| row.model.clone()));
        let model = self.model_for_person(name.as_deref()).await?;
        let conversation = match existing {
            Some(row) => row.id,
            None => start_conversation(self, &ask.text, ask.model).await?,
        };
        let question = MessageRow {
            text: ask.text,
            ..message(
                self,
                conversation,
                ask.parent,
                Role::User,
                MessageState::Done,
            )
        };
        begin_answer(self, conversation, Some(question), None, model).await
    }
}

impl Answer<RegenerateAnswer> for Hub {
    async fn answer_to(&self, ask: RegenerateAnswer) -> Result<MessageSent, Fault> {
        let row = conversation(self, ask.conversation).await?;
        let question = question_in(self, row.id, ask.question).await?;
        let name = ask.model.as_deref().or(row.model.as_deref());
        let Some(digest) = ask.approved else {
            let model = self.model_for_person(name).await?;
            return begin_answer(self, row.id, None, Some(question.id), model).await;
        };
        // What was seen leaves, and nothing else: no agent asks further.
        let model = self.model_elsewhere(name).await?.once(digest);
        let model = self.house.turns.for_person(Arc::new(model));
        let place = Place {
            conversation: row.id,
            question: question.id,
        };
        let writer = |_| Arc::clone(&model);
        begin_writing(
            self,
            place,
            Vec::new(),
            &*model,
            writer,
            CancellationToken::new(),
        )
        .await
    }
}

impl Answer<PreviewQuestion> for Hub {
    async fn answer_to(&self, ask: PreviewQuestion) -> Result<QuestionPreview, Fault> {
        let row = conversation(self, ask.conversation).await?;
        let question = question_in(self, row.id, ask.question).await?;
        let name = ask.model.as_deref().or(row.model.as_deref());
        let model = self.model_elsewhere(name).await?;
        let path = self.house.store.path_to(question.id).await;
        let path = path.map_err(|error| convert::store_fault(&error))?;
        model.preview(writing::generation(self, &path, true)).await
    }
}

/// A message of the person in a conversation.
async fn question_in(
    hub: &Hub,
    conversation: ConversationId,
    question: MessageId,
) -> Result<MessageRow, Fault> {
    let asked = hub.house.store.message(question).await;
    asked
        .map_err(|error| convert::store_fault(&error))?
        .filter(|message| message.conversation == conversation && message.role == Role::User)
        .ok_or_else(|| Fault::refused(Code::NotFound, "There is no such message of yours."))
}

/// Puts a question (unless it is there already) and an empty answer on disk, and begins to write.
async fn begin_answer(
    hub: &Hub,
    conversation: ConversationId,
    question: Option<MessageRow>,
    asked_before: Option<MessageId>,
    model: Arc<dyn Model>,
) -> Result<MessageSent, Fault> {
    let parent = question
        .as_ref()
        .map(|question| question.id)
        .or(asked_before);
    let Some(question_id) = parent else {
        return Err(Fault::refused(
            Code::InvalidAsk,
            "There is nothing to answer.",
        ));
    };
    let writer = |answer| -> Arc<dyn Model> {
        match hub.values().switch(SettingKey::AgentsEnabled) {
            true => Arc::new(Admin {
                hub: hub.clone(),
                conversation,
                question: question_id,
                answer,
                is_asked_by_program: false,
                model: Arc::clone(&model),
            }),
            false => Arc::clone(&model),
        }
    };
    let place = Place {
        conversation,
        question: question_id,
    };
    let rows = question.into_iter().collect();
    begin_writing(hub, place, rows, &*model, writer, CancellationToken::new()).await
}

/// Where an answer belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) conversation: ConversationId,
    pub(crate) question: MessageId,
}

/// Puts these messages and an empty answer behind the question on disk, and begins to write it. `model` is
/// what answers in the end; the writer is made for the answer and asks it.
pub(crate) async fn begin_writing(
    hub: &Hub,
    place: Place,
    mut rows: Vec<MessageRow>,
    model: &dyn Model,
    writer: impl FnOnce(MessageId) -> Arc<dyn Model>,
    stop: CancellationToken,
) -> Result<MessageSent, Fault> {
    let Place {
        conversation,
        question,
    } = place;
    let (role, state) = (Role::Assistant, MessageState::Writing);
    let row = MessageRow {
        model: Some(model.name().to_owned()),
        ran_on: Some(model.runs_on().to_owned()),
        ..message(hub, conversation, Some(question), role, state)
    };
    let answer = row.id;
    rows.push(row);
    let store = &hub.house.store;
    let added = store
        .add_messages(conversation, rows, answer, hub.now())
        .await;
    added.map_err(|error| convert::store_fault(&error))?;
    let began = Input::AnswerBegan {
        conversation,
        answer,
        stop: stop.clone(),
    };
    hub.bring(began).await;
    let job = Job {
        question,
        answer,
        model: writer(answer),
        stop,
    };
    hub.undertake(writing::write(hub.clone(), job));
    Ok(MessageSent {
        conversation,
        question,
        answer,
    })
}

async fn conversation(hub: &Hub, id: ConversationId) -> Result<ConversationRow, Fault> {
    let found = hub.house.store.conversation(id).await;
    found
        .map_err(|error| convert::store_fault(&error))?
        .ok_or_else(|| Fault::refused(Code::NotFound, "There is no such conversation."))
}

/// Begins a conversation that is called by the words of its first message.
pub(crate) async fn start_conversation(
    hub: &Hub,
    first_message: &str,
    model: Option<String>,
) -> Result<ConversationId, Fault> {
    let (id, now) = (hub.house.mint.conversation(), hub.now());
    let title = title::from_first_message(first_message).unwrap_or_else(|| UNTITLED.to_owned());
    let row = ConversationRow {
        id,
        title,
        model,
        head: None,
        created: now,
        updated: now,
    };
    let started = hub.house.store.start_conversation(row).await;
    started.map_err(|error| convert::store_fault(&error))?;
    Ok(id)
}

/// An empty message.
pub(crate) fn message(
    hub: &Hub,
    conversation: ConversationId,
    parent: Option<MessageId>,
    role: Role,
    state: MessageState,
) -> MessageRow {
    MessageRow {
        id: hub.house.mint.message(),
        conversation,
        parent,
        role,
        text: String::new(),
        reasoning: None,
        state,
        fault: None,
        model: None,
        ran_on: None,
        usage: None,
        private: false,
        created: hub.now(),
    }
}

fn check_text(text: &str) -> Result<(), Fault> {
    if text.trim().is_empty() {
        return Err(Fault::refused(Code::InvalidAsk, "The message is empty."));
    }
    let chars = text.chars().count();
    if chars > MESSAGE_CHARS_MAX {
        let message =
            format!("The message has {chars} characters; {MESSAGE_CHARS_MAX} are the most.");
        return Err(Fault::refused(Code::InvalidAsk, message));
    }
    Ok(())
}
