//! Conversations: a tree of messages, of which one branch is shown.

use base::{ConversationId, MessageId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Fault;

/// The most characters that a person's message may have.
///
/// A long book chapter fits; a pasted disk image does not. The model's own limit is lower still and
/// is told by [`crate::Code::ContextLengthExceeded`].
pub const MESSAGE_CHARS_MAX: usize = 400_000;

/// The most characters that a title may have.
pub const TITLE_CHARS_MAX: usize = 200;

/// The most conversations in one [`ConversationList`].
pub const LIST_LIMIT_MAX: u32 = 500;

/// Lists conversations, the last used first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListConversations {
    /// Only those whose title or messages hold these words.
    #[serde(default)]
    pub search: Option<String>,
    /// At most this many, up to [`LIST_LIMIT_MAX`]; `None` for 100.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Go on behind this conversation of an earlier list.
    #[serde(default)]
    pub after: Option<ConversationId>,
}

/// Some conversations, the last used first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationList {
    /// The conversations.
    pub conversations: Vec<ConversationSummary>,
    /// How many there are in all, without a search.
    pub total: u64,
}

/// A conversation as a line in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationSummary {
    /// Names it.
    pub id: ConversationId,
    /// The title; the person's first words until it is renamed.
    pub title: String,
    /// When it began.
    pub created: Timestamp,
    /// When something was last said.
    pub updated: Timestamp,
    /// Number of messages on all branches.
    pub messages: u64,
    /// Where the search words stand: pieces of text, a hit or not.
    #[serde(default)]
    pub found: Vec<FoundText>,
}

/// A piece of a search result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundText {
    /// The text.
    pub text: String,
    /// Whether these are words that were searched for.
    pub hit: bool,
}

/// Reads a whole conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadConversation {
    /// Which.
    pub conversation: ConversationId,
}

/// A whole conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConversationView {
    /// Names it.
    pub id: ConversationId,
    /// The title.
    pub title: String,
    /// The model that was chosen for it; `None` follows the setting.
    pub model: Option<String>,
    /// When it began.
    pub created: Timestamp,
    /// When something was last said.
    pub updated: Timestamp,
    /// The last message of the branch that is shown.
    pub head: Option<MessageId>,
    /// All messages on all branches, oldest first.
    pub messages: Vec<MessageView>,
}

impl ConversationView {
    /// The messages of the branch that is shown, from the first to the head.
    #[must_use]
    pub fn shown(&self) -> Vec<&MessageView> {
        let mut path = Vec::new();
        let mut next = self.head;
        while let Some(id) = next {
            // The bound guards against a cycle, which only a damaged store could hold.
            if path.len() > self.messages.len() {
                break;
            }
            let Some(message) = self.messages.iter().find(|message| message.id == id) else {
                break;
            };
            next = message.parent;
            path.push(message);
        }
        path.reverse();
        path
    }

    /// The messages that stand at the same place as this one, oldest first, itself included.
    #[must_use]
    pub fn siblings(&self, of: &MessageView) -> Vec<&MessageView> {
        self.messages
            .iter()
            .filter(|message| message.parent == of.parent && message.role == of.role)
            .collect()
    }

    /// The newest leaf below this message: where a person goes who chooses this branch.
    #[must_use]
    pub fn newest_leaf_below(&self, of: MessageId) -> MessageId {
        let mut leaf = of;
        // A child is younger than its parent, so there are at most as many steps as messages.
        for _ in 0..self.messages.len() {
            match self
                .messages
                .iter()
                .rev()
                .find(|message| message.parent == Some(leaf))
            {
                Some(child) => leaf = child.id,
                None => break,
            }
        }
        leaf
    }
}

/// A message as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageView {
    /// Names it.
    pub id: MessageId,
    /// What it answers; `None` begins a conversation.
    pub parent: Option<MessageId>,
    /// Who speaks.
    pub role: Role,
    /// The text: Markdown from a model, plain text from a person.
    pub text: String,
    /// How far it is.
    pub state: MessageState,
    /// When it was begun.
    pub created: Timestamp,
    /// The model that wrote it.
    pub model: Option<String>,
    /// Where it was computed, in words, such as `this device`.
    pub ran_on: Option<String>,
    /// What it cost, once it is done.
    pub usage: Option<UsageView>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions for the model.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// How far a message is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum MessageState {
    /// The model has not begun yet, or is writing.
    Writing,
    /// It is whole.
    Done,
    /// The model wrote as much as it was allowed to.
    CutOff,
    /// The person stopped it.
    Stopped,
    /// It broke; what was written until then is kept.
    Failed {
        /// Why, and what to do.
        fault: Fault,
    },
}

/// What an answer cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageView {
    /// Tokens of the conversation that the model read.
    pub prompt_tokens: u32,
    /// Of these, tokens that it still knew.
    pub cached_tokens: u32,
    /// Tokens that it wrote.
    pub completion_tokens: u32,
    /// Milliseconds until the first token.
    pub first_token_ms: u64,
    /// Milliseconds in all.
    pub total_ms: u64,
}

/// Gives a conversation another title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameConversation {
    /// Which.
    pub conversation: ConversationId,
    /// The new title, 1 to [`TITLE_CHARS_MAX`] characters.
    pub title: String,
}

/// Deletes a conversation for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteConversation {
    /// Which.
    pub conversation: ConversationId,
}

/// Makes a file of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportConversation {
    /// Which.
    pub conversation: ConversationId,
    /// In which form.
    pub format: ExportFormat,
}

/// The form of an exported conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// The branch that is shown, for reading.
    Markdown,
    /// All branches, for programs: `format: "hai-net/1"`.
    Json,
}

/// A conversation as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedConversation {
    /// A file name for it.
    pub file_name: String,
    /// The content.
    pub text: String,
}

/// Says something, and has the model answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMessage {
    /// In which conversation; `None` begins one.
    #[serde(default)]
    pub conversation: Option<ConversationId>,
    /// What it answers. To edit an earlier message, give the parent of that message: this makes a new
    /// branch and keeps the old one. `None` with a conversation begins a branch at its root.
    #[serde(default)]
    pub parent: Option<MessageId>,
    /// 1 to [`MESSAGE_CHARS_MAX`] characters.
    pub text: String,
    /// The model to ask; `None` takes that of the conversation, else that of the settings.
    #[serde(default)]
    pub model: Option<String>,
}

/// Has the model answer a message of the person once more, on a new branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegenerateAnswer {
    /// In which conversation.
    pub conversation: ConversationId,
    /// The person's message.
    pub question: MessageId,
    /// The model to ask; `None` as in [`SendMessage`].
    #[serde(default)]
    pub model: Option<String>,
    /// The digest of what the person saw in a [`QuestionPreview`] and said yes to: exactly that leaves, once.
    /// `None` has the guardian decide, as with every other question.
    #[serde(default)]
    pub approved: Option<String>,
}

/// Shows what would leave if a model of somebody else's computer were asked once more, and sends nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewQuestion {
    /// In which conversation.
    pub conversation: ConversationId,
    /// The person's message.
    pub question: MessageId,
    /// The model that would be asked; `None` as in [`SendMessage`].
    #[serde(default)]
    pub model: Option<String>,
}

/// What would leave, as it is and with what is private hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionPreview {
    /// The model that would be asked.
    pub model: String,
    /// Where it runs, in words.
    pub runs_on: String,
    /// What would be said to it, in its order.
    pub turns: Vec<PreviewedTurn>,
    /// What was found, as the guardian names it: `email`, `api_key`.
    pub kinds: Vec<String>,
    /// Whether answers are in it that were made of memories, files or notes. They stay here unless the person
    /// says yes to this.
    pub holds_private: bool,
    /// The digest of all of it as it is.
    pub digest: String,
    /// The digest of all of it with the found parts hidden; `None` where nothing was found.
    pub digest_masked: Option<String>,
}

/// One thing that would be said to a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewedTurn {
    /// Who says it, as the model is told: `system`, `user`, `assistant`.
    pub role: String,
    /// The text as it is.
    pub text: String,
    /// The text with the found parts hidden; `None` where nothing was found in it.
    pub masked: Option<String>,
}

/// The message is on disk, and an answer is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSent {
    /// In which conversation.
    pub conversation: ConversationId,
    /// The person's message.
    pub question: MessageId,
    /// The answer, which grows by [`crate::Notice::AnswerGrew`].
    pub answer: MessageId,
}

/// Stops an answer that is being written. What was written is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopAnswer {
    /// Which.
    pub answer: MessageId,
}

/// Shows another branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectBranch {
    /// In which conversation.
    pub conversation: ConversationId,
    /// The last message of the branch.
    pub head: MessageId,
}
