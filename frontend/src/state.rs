//! What the UI knows, and how it changes when the hub tells something. Nothing here touches a page:
//! it is all plain data, tested natively with notices as a hub writes them.

mod approvals;
mod crew;
mod feed;
mod format;
mod gate;
mod giving;
mod logbook;
mod pages;
mod passphrase;
mod shelf;
mod thread;
mod words_back;

pub(crate) use approvals::{ApprovalBook, Left, masked_pieces, time_left};
pub(crate) use crew::{AGENTS_DRAWN_MAX, Branch, Crew, Step, seen, step};
pub(crate) use feed::{Event, FeedBook, Happening, Row, Wanted, by_day};
pub(crate) use format::{Amounts, share_percent};
pub(crate) use gate::{DONE, Gate, STEPS, Screen, Standing};
pub(crate) use giving::{Gift, Stage, content_of};
pub(crate) use logbook::{Logbook, Seen};
pub(crate) use pages::{PAGE_ROWS, Pages};
pub(crate) use passphrase::{Readiness, readiness};
pub(crate) use shelf::{PAGE, Shelf};
pub(crate) use thread::{Growth, Thread};
pub(crate) use words_back::{count_words, places_to_ask, plain_words, wrong_places};

use base::ConversationId;
use contract::Notice;
use contract::identity::VaultState;

/// What has to be read again after a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reread {
    /// Everything that is shown.
    All,
    /// The list of conversations.
    Conversations,
    /// One conversation, where it is shown or told of in the feed.
    Conversation(ConversationId),
    /// Models and downloads.
    Models,
    /// Settings.
    Settings,
    /// What the hub does.
    Status,
    /// Who owns the hub, and whether it is open.
    Identity,
    /// The calls that wait for the person.
    Approvals,
}

/// What to read again after this notice.
///
/// Growing answers, the engine, downloads under way, log lines, agents and the feed carry all they
/// change, so they ask for nothing. What the AI remembers is read by whoever shows it.
pub(crate) fn to_reread(notice: &Notice) -> Vec<Reread> {
    match notice {
        Notice::Watching { .. } | Notice::Missed { .. } => vec![Reread::All],
        Notice::ConversationChanged { conversation } => {
            vec![Reread::Conversations, Reread::Conversation(*conversation)]
        }
        Notice::AnswerEnded { conversation, .. } => vec![Reread::Conversation(*conversation)],
        Notice::ConversationDeleted { .. } => vec![Reread::Conversations],
        Notice::ModelsChanged => vec![Reread::Models, Reread::Status],
        Notice::SettingsChanged { key } if key == "llm.model" => {
            vec![Reread::Settings, Reread::Models, Reread::Status]
        }
        Notice::SettingsChanged { .. } => vec![Reread::Settings],
        Notice::VaultChanged {
            vault: VaultState::Unowned | VaultState::Open,
        } => vec![Reread::All],
        Notice::VaultChanged {
            vault: VaultState::Locked,
        } => vec![Reread::Identity, Reread::Status],
        // The backup that has ended may be the last one now.
        Notice::BackupChanged { progress: None } => vec![Reread::Identity],
        Notice::ApprovalsChanged { .. } => vec![Reread::Approvals],
        Notice::AnswerGrew { .. }
        | Notice::AgentChanged { .. }
        | Notice::FeedGrew { .. }
        | Notice::MemoriesChanged
        | Notice::EngineChanged { .. }
        | Notice::PullChanged { .. }
        | Notice::LogsWritten { .. }
        | Notice::BackupChanged { progress: Some(_) }
        | Notice::HubClosing => Vec::new(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
