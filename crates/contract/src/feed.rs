//! What the AI does and did, in plain words.

use std::collections::BTreeMap;

use base::{AgentId, ConversationId, Timestamp};
use serde::{Deserialize, Serialize};

/// The most entries in one [`FeedPage`].
pub const PAGE_ENTRIES_MAX: u32 = 1_000;

/// Reads the feed, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReadFeed {
    /// Only entries of this kind.
    #[serde(default)]
    pub kind: Option<FeedKind>,
    /// Only entries that hold these words.
    #[serde(default)]
    pub search: Option<String>,
    /// Only entries before this number: the next page.
    #[serde(default)]
    pub before: Option<i64>,
    /// At most this many, up to [`PAGE_ENTRIES_MAX`]; `None` for 100.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Some entries, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedPage {
    /// The entries.
    pub entries: Vec<FeedEntry>,
    /// Whether older ones follow.
    pub more: bool,
}

/// Something that the AI did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEntry {
    /// Its number; later entries have higher ones.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: FeedKind,
    /// What, as a sentence in English, or in the person's own words.
    pub text: String,
    /// The sentence in other languages, by their codes, such as `de`.
    #[serde(default)]
    pub translations: BTreeMap<String, String>,
    /// For which conversation.
    pub conversation: Option<ConversationId>,
    /// Who did it.
    pub agent: Option<AgentId>,
    /// Whether it can be undone now.
    pub can_undo: bool,
    /// When it was undone.
    #[serde(default)]
    pub undone: Option<Timestamp>,
}

impl FeedEntry {
    /// What, in the language of this code where there is such a sentence.
    #[must_use]
    pub fn text_in(&self, language: &str) -> &str {
        self.translations.get(language).unwrap_or(&self.text)
    }
}

/// What kind of thing the AI did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedKind {
    /// It answered.
    Answer,
    /// It gave work to another agent, or one ended.
    Delegation,
    /// It used a tool that only looks.
    Look,
    /// It changed something.
    Change,
    /// It learned something about the person.
    Memory,
    /// It asked, and the person answered.
    Approval,
    /// A reminder came due.
    Reminder,
    /// Something failed.
    Failure,
}

impl FeedKind {
    /// All of them, in the order in which filters offer them.
    pub const ALL: [Self; 8] = [
        Self::Answer,
        Self::Delegation,
        Self::Look,
        Self::Change,
        Self::Memory,
        Self::Approval,
        Self::Reminder,
        Self::Failure,
    ];

    /// The name, as the store and the command line spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Delegation => "delegation",
            Self::Look => "look",
            Self::Change => "change",
            Self::Memory => "memory",
            Self::Approval => "approval",
            Self::Reminder => "reminder",
            Self::Failure => "failure",
        }
    }
}

/// Undoes what an entry tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoFeedEntry {
    /// Its number.
    pub number: i64,
}
