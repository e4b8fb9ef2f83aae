//! What agents may do by themselves, and what they must ask the person for.

use std::collections::BTreeMap;

use base::{AgentId, CallId, ConversationId, Timestamp};
use serde::{Deserialize, Serialize};

/// Lists the calls that wait for the person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListApprovals {}

/// The calls that wait, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalList {
    /// The calls.
    pub waiting: Vec<ApprovalView>,
}

/// A call that waits for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalView {
    /// Names it.
    pub call: CallId,
    /// Who wants it.
    pub agent: AgentId,
    /// For which conversation.
    pub conversation: ConversationId,
    /// The name of the tool.
    pub tool: String,
    /// What would happen, as a sentence in English.
    pub what: String,
    /// The sentence in other languages, by their codes, such as `de`.
    #[serde(default)]
    pub translations: BTreeMap<String, String>,
    /// The arguments exactly as they are: what would be written or would leave.
    pub arguments: String,
    /// The arguments with what the guardian found in them hidden; `None` when nothing leaves or nothing was
    /// found. [`Decision::OnceHidden`] says yes to these.
    #[serde(default)]
    pub masked: Option<String>,
    /// Whether something leaves this device.
    pub leaves: bool,
    /// Where private parts of it come from, such as `memory` or `file`.
    #[serde(default)]
    pub labels: Vec<String>,
    /// When it was asked.
    pub asked: Timestamp,
    /// When it is declined if nobody answers.
    pub expires: Timestamp,
}

impl ApprovalView {
    /// What would happen, in the language of this code where there is such a sentence.
    #[must_use]
    pub fn what_in(&self, language: &str) -> &str {
        self.translations.get(language).unwrap_or(&self.what)
    }
}

/// Answers a call that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerApproval {
    /// Which.
    pub call: CallId,
    /// What the person says.
    pub decision: Decision,
    /// With [`Decision::OnceHidden`]: [`ApprovalView::masked`] as the person saw it. Where it would be another
    /// now, nothing is done, so that nobody says yes to what they have not seen.
    #[serde(default)]
    pub masked: Option<String>,
}

/// What the person says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes, this once.
    Once,
    /// Yes, this once, with what the guardian found in it hidden.
    OnceHidden,
    /// Yes, and to all calls of this tool in this conversation.
    Conversation,
    /// Yes, and to all calls of this tool from now on.
    Always,
    /// No.
    Decline,
    /// No, and to all calls of this tool from now on.
    Never,
}

/// Lists the tools that agents have, with what they may do by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListTools {}

/// The tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolList {
    /// The tools, by name.
    pub tools: Vec<ToolView>,
}

/// A tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolView {
    /// Its name, as models call it.
    pub name: String,
    /// What it does, in one sentence.
    pub about: String,
    /// Whether it changes something.
    pub changes: bool,
    /// Whether something leaves this device through it.
    pub leaves: bool,
    /// What agents may do with it.
    pub permission: Permission,
}

/// What agents may do with a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Each call asks the person.
    Ask,
    /// Calls go through.
    Always,
    /// Calls are refused.
    Never,
}

impl Permission {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Ask, Self::Always, Self::Never];

    /// The name, as the command line spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// Sets what agents may do with a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetToolPermission {
    /// The tool's name.
    pub tool: String,
    /// What they may.
    pub permission: Permission,
}

/// Lists the folders that agents may look into.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListFolders {}

/// The folders that agents may look into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderList {
    /// The folders.
    pub folders: Vec<FolderView>,
}

/// A folder that agents may look into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderView {
    /// The absolute path on the hub's machine.
    pub path: String,
    /// Whether they may also write there; each writing still asks.
    pub may_write: bool,
}

/// Lets agents look into a folder, or changes whether they may write there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantFolder {
    /// The absolute path of an existing folder on the hub's machine.
    pub path: String,
    /// Whether they may also write there.
    pub may_write: bool,
}

/// Takes a folder back from the agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeFolder {
    /// Its path, as [`FolderView`] has it.
    pub path: String,
}
