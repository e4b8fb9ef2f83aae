//! The list of conversations.

use base::ConversationId;
use contract::conversation::{ConversationList, ConversationSummary};

/// How many conversations one read brings.
pub(crate) const PAGE: u32 = 100;

/// The list as it is shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    /// The conversations, the last used first.
    pub(crate) conversations: Vec<ConversationSummary>,
    /// How many there are in all.
    pub(crate) total: u64,
    /// The words that are searched for.
    pub(crate) search: String,
    /// Whether it was read at all.
    pub(crate) known: bool,
    /// Whether older ones can be read.
    pub(crate) more: bool,
}

impl Shelf {
    /// Takes a list from its beginning.
    pub(crate) fn replace(&mut self, list: ConversationList) {
        self.more = list.conversations.len() >= PAGE as usize;
        self.conversations = list.conversations;
        self.total = list.total;
        self.known = true;
    }

    /// Takes the next part of the list.
    pub(crate) fn extend(&mut self, list: ConversationList) {
        self.more = list.conversations.len() >= PAGE as usize;
        self.total = list.total;
        for conversation in list.conversations {
            if !self
                .conversations
                .iter()
                .any(|had| had.id == conversation.id)
            {
                self.conversations.push(conversation);
            }
        }
    }

    /// Takes one conversation off.
    pub(crate) fn remove(&mut self, id: ConversationId) {
        let before = self.conversations.len();
        self.conversations
            .retain(|conversation| conversation.id != id);
        if self.conversations.len() < before {
            self.total = self.total.saturating_sub(1);
        }
    }

    /// What to give as `search` when asking for the list.
    pub(crate) fn wanted(&self) -> Option<String> {
        let words = self.search.trim();
        (!words.is_empty()).then(|| words.to_owned())
    }

    /// After which conversation the list goes on.
    pub(crate) fn last(&self) -> Option<ConversationId> {
        self.conversations
            .last()
            .map(|conversation| conversation.id)
    }
}
