//! Messages: a tree in each conversation, whose branches come from edited questions.

use std::collections::HashMap;

use base::{ConversationId, MessageId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Store;
use crate::columns::{Json, millis, time, words};
use crate::conversations;
use crate::error::{JobError, StoreError};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Instructions that stand before the talk.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

words!(Role { System = "system", User = "user", Assistant = "assistant", });

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// An answer that is being written.
    Writing,
    /// Whole.
    Done,
    /// As long as the model was allowed to make it.
    CutOff,
    /// Ended early by the person.
    Stopped,
    /// Ended early by a fault.
    Failed,
}

words!(MessageState {
    Writing = "writing",
    Done = "done",
    CutOff = "cut_off",
    Stopped = "stopped",
    Failed = "failed",
});

/// What an answer took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the question with all that stood before it.
    pub prompt_tokens: u64,
    /// How many of these were known from an earlier turn.
    pub cached_tokens: u64,
    /// Tokens of the answer.
    pub completion_tokens: u64,
    /// Time until the first token, in milliseconds.
    pub first_token_ms: u64,
    /// Time until the last token, in milliseconds.
    pub total_ms: u64,
}

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageRow {
    /// Its name.
    pub id: MessageId,
    /// The conversation that it belongs to.
    pub conversation: ConversationId,
    /// The message that it follows, in the same conversation; `None` for the first.
    pub parent: Option<MessageId>,
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub text: String,
    /// What the model thought before it spoke.
    pub reasoning: Option<String>,
    /// How far it has come.
    pub state: MessageState,
    /// Why it failed, as the hub describes faults.
    pub fault: Option<Value>,
    /// The model that wrote it.
    pub model: Option<String>,
    /// The device that wrote it.
    pub ran_on: Option<String>,
    /// What it took.
    pub usage: Option<Usage>,
    /// Whether it was made of what is private by its origin, so that it stays on the person's devices.
    pub private: bool,
    /// When it was begun.
    pub created: Timestamp,
}

/// What an answer has become.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerUpdate {
    /// The whole text so far.
    pub text: String,
    /// The whole reasoning so far.
    pub reasoning: Option<String>,
    /// How far it has come.
    pub state: MessageState,
    /// Why it failed.
    pub fault: Option<Value>,
    /// The model that writes; `None` leaves what is known.
    pub model: Option<String>,
    /// The device that writes; `None` leaves what is known.
    pub ran_on: Option<String>,
    /// What it took; `None` leaves what is known.
    pub usage: Option<Usage>,
}

impl Store {
    /// Adds messages in their order, all or none, and shows the branch that ends with `new_head`.
    ///
    /// A question and its empty answer go together, so that there is never one without the other.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownConversation`]; [`StoreError::UnknownMessage`] when a parent or the
    /// head is not a message of that conversation; otherwise as every writing.
    pub async fn add_messages(
        &self,
        conversation: ConversationId,
        rows: Vec<MessageRow>,
        new_head: MessageId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(stranger) = rows.iter().find(|row| row.conversation != conversation) {
            return Err(StoreError::UnknownMessage(stranger.id));
        }
        self.write("saving messages", move |connection| {
            conversations::exists(connection, conversation)?;
            for row in &rows {
                insert(connection, row)?;
            }
            belongs(connection, new_head, conversation)?;
            connection
                .prepare_cached(
                    "UPDATE conversations SET head = ?2, updated = max(updated, ?3)
                     WHERE id = ?1",
                )?
                .execute(params![
                    conversation.to_bytes(),
                    new_head.to_bytes(),
                    millis(now)
                ])?;
            Ok(())
        })
        .await
    }

    /// Writes down what an answer has become, and moves its conversation to the top of the list.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownMessage`]; otherwise as every writing.
    pub async fn update_answer(
        &self,
        id: MessageId,
        answer: AnswerUpdate,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("saving an answer", move |connection| {
            let changed = connection
                .prepare_cached(
                    "UPDATE messages SET text = :text, reasoning = :reasoning, state = :state,
                         fault = :fault, model = coalesce(:model, model),
                         ran_on = coalesce(:ran_on, ran_on), usage = coalesce(:usage, usage)
                     WHERE id = :id",
                )?
                .execute(named_params! {
                    ":id": id.to_bytes(),
                    ":text": answer.text,
                    ":reasoning": answer.reasoning,
                    ":state": answer.state,
                    ":fault": answer.fault.as_ref().map(Json),
                    ":model": answer.model,
                    ":ran_on": answer.ran_on,
                    ":usage": answer.usage.map(Json),
                })?;
            if changed == 0 {
                return Err(StoreError::UnknownMessage(id).into());
            }
            connection
                .prepare_cached(
                    "UPDATE conversations SET updated = max(updated, ?2)
                     WHERE id = (SELECT conversation FROM messages WHERE id = ?1)",
                )?
                .execute(params![id.to_bytes(), millis(now)])?;
            Ok(())
        })
        .await
    }

    /// Writes down how much of an answer is there while it is being written. Does nothing when the
    /// answer has ended meanwhile, so that a late call never takes the end away.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn update_unfinished_answer(
        &self,
        id: MessageId,
        text: String,
    ) -> Result<(), StoreError> {
        self.write("saving an unfinished answer", move |connection| {
            connection
                .prepare_cached(
                    "UPDATE messages SET text = ?2 WHERE id = ?1 AND state = 'writing'",
                )?
                .execute(params![id.to_bytes(), text])?;
            Ok(())
        })
        .await
    }

    /// Notes that an answer is made of what is private by its origin. It never becomes anything else again.
    ///
    /// # Errors
    ///
    /// As every writing; an unknown answer is no error, since its conversation may be gone.
    pub async fn mark_answer_private(&self, id: MessageId) -> Result<(), StoreError> {
        self.write("marking an answer as private", move |connection| {
            connection
                .prepare_cached("UPDATE messages SET private = 1 WHERE id = ?1 AND private = 0")?
                .execute([id.to_bytes()])?;
            Ok(())
        })
        .await
    }

    /// All messages of a conversation, on all branches, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As every reading; an unknown conversation has no messages.
    pub async fn messages(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<MessageRow>, StoreError> {
        self.read("reading messages", move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT * FROM messages WHERE conversation = ?1 ORDER BY id")?;
            let rows = statement.query_map([conversation.to_bytes()], from_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// One message; `None` when there is no such one.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn message(&self, id: MessageId) -> Result<Option<MessageRow>, StoreError> {
        self.read("reading a message", move |connection| {
            let row = connection
                .prepare_cached("SELECT * FROM messages WHERE id = ?1")?
                .query_row([id.to_bytes()], from_row)
                .optional()?;
            Ok(row)
        })
        .await
    }

    /// The branch that ends with `message`, from its first message on.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownMessage`]; otherwise as every reading.
    pub async fn path_to(&self, message: MessageId) -> Result<Vec<MessageRow>, StoreError> {
        self.read("reading a branch", move |connection| {
            path(connection, message)
        })
        .await
    }

    /// Answers that are being written, or were when the program died.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn answers_left_writing(&self) -> Result<Vec<MessageRow>, StoreError> {
        self.read("looking for unfinished answers", |connection| {
            let mut statement = connection
                .prepare_cached("SELECT * FROM messages WHERE state = 'writing' ORDER BY id")?;
            let rows = statement.query_map([], from_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Marks the answers that were being written when the program died as failed, and returns how
    /// many there were. To be called at start-up, before any answer is begun.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn end_answers_left_writing(
        &self,
        now: Timestamp,
        fault: Value,
    ) -> Result<u64, StoreError> {
        self.write("ending unfinished answers", move |connection| {
            connection.execute(
                "UPDATE conversations SET updated = max(updated, ?1)
                 WHERE id IN (SELECT conversation FROM messages WHERE state = 'writing')",
                [millis(now)],
            )?;
            let ended = connection.execute(
                "UPDATE messages SET state = 'failed', fault = ?1 WHERE state = 'writing'",
                [Json(&fault)],
            )?;
            Ok(ended as u64)
        })
        .await
    }
}

/// Refuses a message that is not one of this conversation.
pub(crate) fn belongs(
    connection: &Connection,
    message: MessageId,
    conversation: ConversationId,
) -> Result<(), JobError> {
    let found = connection
        .prepare_cached("SELECT 1 FROM messages WHERE conversation = ?1 AND id = ?2")?
        .exists(params![conversation.to_bytes(), message.to_bytes()])?;
    if found {
        Ok(())
    } else {
        Err(StoreError::UnknownMessage(message).into())
    }
}

fn insert(connection: &Connection, row: &MessageRow) -> Result<(), JobError> {
    if let Some(parent) = row.parent {
        belongs(connection, parent, row.conversation)?;
    }
    connection
        .prepare_cached(
            "INSERT INTO messages (id, conversation, parent, role, state, created, model, ran_on,
                 usage, fault, text, reasoning, private)
             VALUES (:id, :conversation, :parent, :role, :state, :created, :model, :ran_on,
                 :usage, :fault, :text, :reasoning, :private)",
        )?
        .execute(named_params! {
            ":id": row.id.to_bytes(),
            ":conversation": row.conversation.to_bytes(),
            ":parent": row.parent.map(MessageId::to_bytes),
            ":role": row.role,
            ":state": row.state,
            ":created": millis(row.created),
            ":model": row.model,
            ":ran_on": row.ran_on,
            ":usage": row.usage.map(Json),
            ":fault": row.fault.as_ref().map(Json),
            ":text": row.text,
            ":reasoning": row.reasoning,
            ":private": row.private,
        })?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        id: MessageId::from_bytes(row.get("id")?),
        conversation: ConversationId::from_bytes(row.get("conversation")?),
        parent: row
            .get::<_, Option<[u8; 16]>>("parent")?
            .map(MessageId::from_bytes),
        role: row.get("role")?,
        text: row.get("text")?,
        reasoning: row.get("reasoning")?,
        state: row.get("state")?,
        fault: row
            .get::<_, Option<Json<Value>>>("fault")?
            .map(|json| json.0),
        model: row.get("model")?,
        ran_on: row.get("ran_on")?,
        usage: row
            .get::<_, Option<Json<Usage>>>("usage")?
            .map(|json| json.0),
        private: row.get("private")?,
        created: time(row.get("created")?),
    })
}

/// Walks from the leaf to the root. `UNION` keeps each message once, and each is taken out of the
/// map when it is passed, so that even a damaged tree with a circle in it comes to an end.
fn path(connection: &Connection, leaf: MessageId) -> Result<Vec<MessageRow>, JobError> {
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE branch (id) AS (
             SELECT id FROM messages WHERE id = ?1
             UNION
             SELECT m.parent FROM messages m JOIN branch b ON m.id = b.id
             WHERE m.parent IS NOT NULL
         )
         SELECT m.* FROM branch b JOIN messages m ON m.id = b.id",
    )?;
    let mut found: HashMap<MessageId, MessageRow> = statement
        .query_map([leaf.to_bytes()], |row| {
            from_row(row).map(|row| (row.id, row))
        })?
        .collect::<rusqlite::Result<_>>()?;
    if !found.contains_key(&leaf) {
        return Err(StoreError::UnknownMessage(leaf).into());
    }
    let mut path = Vec::with_capacity(found.len());
    let mut next = Some(leaf);
    while let Some(row) = next.and_then(|id| found.remove(&id)) {
        next = row.parent;
        path.push(row);
    }
    path.reverse();
    Ok(path)
}
