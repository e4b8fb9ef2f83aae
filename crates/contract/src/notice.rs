//! What a hub tells without being asked.

use base::{ConversationId, MessageId};
use serde::{Deserialize, Serialize};

use crate::agent::AgentView;
use crate::conversation::{MessageState, UsageView};
use crate::feed::FeedEntry;
use crate::identity::{BackupProgress, VaultState};
use crate::log::LogLine;
use crate::model::{EngineView, PullView};

/// Something happened. A watcher that could not keep up gets [`Notice::Missed`] and reads again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The first notice of every watch: from here on nothing is missed.
    Watching {
        /// The version of the hub; a page of another version reloads itself.
        version: String,
    },
    /// Notices were dropped because the watcher was too slow: read again what is shown.
    Missed {
        /// How many.
        count: u64,
    },
    /// A conversation was begun, renamed, or has a new message or branch.
    ConversationChanged {
        /// Which.
        conversation: ConversationId,
    },
    /// A conversation was deleted.
    ConversationDeleted {
        /// Which.
        conversation: ConversationId,
    },
    /// An answer has more text. Gathered, so that a screen is not redrawn for every token.
    AnswerGrew {
        /// In which conversation.
        conversation: ConversationId,
        /// Which answer.
        answer: MessageId,
        /// Where the new text begins: bytes of UTF-8 that came before. A watcher that has another
        /// length missed something and reads the conversation.
        from: u64,
        /// The new text.
        text: String,
    },
    /// An answer ended, and is on disk.
    AnswerEnded {
        /// In which conversation.
        conversation: ConversationId,
        /// Which answer.
        answer: MessageId,
        /// How it ended.
        state: MessageState,
        /// What it cost.
        usage: Option<UsageView>,
    },
    /// The engine does something else now.
    EngineChanged {
        /// What.
        engine: EngineView,
    },
    /// A download went on or ended.
    PullChanged {
        /// Which, and how far it is.
        pull: PullView,
    },
    /// The set of installed models changed.
    ModelsChanged,
    /// Settings changed.
    SettingsChanged {
        /// Which.
        key: String,
    },
    /// Lines were written to the log.
    LogsWritten {
        /// The lines, oldest first.
        lines: Vec<LogLine>,
    },
    /// The vault was opened or locked, or got an owner: read again what is shown.
    VaultChanged {
        /// How it is now.
        vault: VaultState,
    },
    /// A backup went on; `None` when it has ended.
    BackupChanged {
        /// How far it is.
        progress: Option<BackupProgress>,
    },
    /// An agent was created, or does something else now.
    AgentChanged {
        /// It as it is now.
        agent: AgentView,
    },
    /// A call waits for the person, or waits no longer: read the approvals again.
    ApprovalsChanged {
        /// How many wait now.
        waiting: u32,
    },
    /// The AI did something.
    FeedGrew {
        /// The new entries, oldest first.
        entries: Vec<FeedEntry>,
    },
    /// What the AI remembers changed: read it again where it is shown.
    MemoriesChanged,
    /// The hub closes; the watch ends.
    HubClosing,
}
