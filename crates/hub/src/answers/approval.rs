//! Answers about what agents may do.

use std::path::{Path, PathBuf};

use base::ConversationId;
use contract::approval::{
    AnswerApproval, ApprovalList, ApprovalView, Decision, FolderList, FolderView, GrantFolder,
    ListApprovals, ListFolders, ListTools, Permission, RevokeFolder, SetToolPermission, ToolList,
    ToolView,
};
use contract::{Code, Done, Fault};
use domain::agent::call::SideEffects;
use domain::agent::tree::Input;
use guardian::{Guardian, Memory};
use serde_json::Value;
use store::{AuditKind, FolderAccess, GrantedFolder, PermissionRow};

use super::Answer;
use crate::agents::{self, TOOLS};
use crate::convert;
use crate::house::Hub;

impl Answer<ListApprovals> for Hub {
    async fn answer_to(&self, _ask: ListApprovals) -> Result<ApprovalList, Fault> {
        let mut waiting = self.house.agents.look(agents::waiting).await?;
        if waiting.iter().any(|call| call.leaves) {
            let guardian = self.guardian().await;
            for call in waiting.iter_mut().filter(|call| call.leaves) {
                call.masked = hidden(&guardian, &call.arguments);
            }
        }
        Ok(ApprovalList { waiting })
    }
}

/// The arguments of a call with what the guardian finds in them hidden; `None` where it finds nothing.
///
/// What it cannot examine shows as nothing found here, and does not leave either: the guardian looks at it
/// once more before it does.
fn hidden(guardian: &Guardian, arguments: &str) -> Option<String> {
    let arguments: Value = serde_json::from_str(arguments).ok()?;
    let detector = guardian.detector();
    let scan = detector.scan_json(&arguments, &mut Memory::new()).ok()?;
    (!scan.spans.is_empty()).then(|| scan.masked.to_string())
}

impl Answer<AnswerApproval> for Hub {
    async fn answer_to(&self, ask: AnswerApproval) -> Result<Done, Fault> {
        let call = ask.call;
        let waiting = self.house.agents.look(agents::waiting).await?;
        let asked = waiting
            .into_iter()
            .find(|waiting| waiting.call == call)
            .ok_or_else(|| Fault::refused(Code::NotFound, "That call does not wait any more."))?;
        // What holds from now on comes first: it must not be lost when the call is answered.
        let (choice, of) = match ask.decision {
            Decision::Once | Decision::OnceHidden | Decision::Decline => (None, None),
            Decision::Conversation => (
                Some(store::Permission::Conversation),
                Some(asked.conversation),
            ),
            Decision::Always => (Some(store::Permission::Always), None),
            Decision::Never => (Some(store::Permission::Never), None),
        };
        if let Some(choice) = choice {
            permit(self, asked.tool.clone(), choice, of).await?;
        }
        let input = match ask.decision {
            Decision::Once | Decision::Conversation | Decision::Always => Input::Approve(call),
            Decision::OnceHidden => {
                let guardian = self.guardian().await;
                let now = hidden(&guardian, &asked.arguments).filter(|_| asked.leaves);
                let arguments = now.filter(|now| Some(now) == ask.masked.as_ref());
                let arguments = arguments.ok_or_else(|| {
                    let message = "What would be hidden in that call is not what you saw.";
                    Fault::refused(Code::InvalidAsk, message).advising("Look at the call again.")
                })?;
                Input::ApproveInstead { call, arguments }
            }
            Decision::Decline | Decision::Never => Input::Decline(call),
        };
        self.house.agents.tell(input).await?;
        if choice.is_some() {
            answer_alike(self, &asked, ask.decision).await?;
        }
        Ok(Done {})
    }
}

/// Answers the other calls that wait as the person answered this one for all of its tool. A yes to what
/// leaves is a yes to what was looked at, and to nothing else.
async fn answer_alike(hub: &Hub, asked: &ApprovalView, decision: Decision) -> Result<(), Fault> {
    let waiting = hub.house.agents.look(agents::waiting).await?;
    for other in waiting {
        let is_here = other.conversation == asked.conversation;
        let input = match decision {
            _ if other.tool != asked.tool => continue,
            Decision::Never => Input::Decline(other.call),
            Decision::Always if !other.leaves => Input::Approve(other.call),
            Decision::Conversation if !other.leaves && is_here => Input::Approve(other.call),
            Decision::Once
            | Decision::OnceHidden
            | Decision::Conversation
            | Decision::Always
            | Decision::Decline => continue,
        };
        // The person may have answered it elsewhere in the meantime.
        if let Err(fault) = hub.house.agents.tell(input).await {
            tracing::debug!("a call that waited was answered already: {fault}");
        }
    }
    Ok(())
}

impl Answer<ListTools> for Hub {
    async fn answer_to(&self, _ask: ListTools) -> Result<ToolList, Fault> {
        let rows = self
            .house
            .store
            .permissions()
            .await
            .map_err(|error| convert::store_fault(&error))?;
        let foreign = self.known_tools().await?;
        let foreign = foreign.iter().map(|tool| tool.view(&rows));
        let mut tools: Vec<ToolView> = TOOLS
            .iter()
            .map(|tool| {
                let changes = tool.side_effects != SideEffects::None;
                let said = rows
                    .iter()
                    .find(|row| row.tool == tool.name && row.conversation.is_none())
                    .map(|row| row.choice);
                ToolView {
                    name: tool.name.to_owned(),
                    about: tool.about.to_owned(),
                    changes: changes && !tool.leaves,
                    leaves: tool.leaves,
                    permission: match said {
                        Some(store::Permission::Always) => Permission::Always,
                        Some(store::Permission::Never) => Permission::Never,
                        Some(
                            store::Permission::Ask
                            | store::Permission::Once
                            | store::Permission::Conversation,
                        ) => Permission::Ask,
                        None if changes => Permission::Ask,
                        None => Permission::Always,
                    },
                }
            })
            .chain(foreign)
            .collect();
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(ToolList { tools })
    }
}

impl Answer<SetToolPermission> for Hub {
    async fn answer_to(&self, ask: SetToolPermission) -> Result<Done, Fault> {
        let foreign = self.known_tools().await?;
        let is_foreign = foreign.iter().any(|tool| tool.name == ask.tool);
        if !is_foreign && !TOOLS.iter().any(|tool| tool.name == ask.tool) {
            let message = format!("There is no tool `{}`.", ask.tool);
            return Err(Fault::refused(Code::NotFound, message)
                .advising("Look at the names with `hai-net tools list`."));
        }
        let choice = match ask.permission {
            Permission::Ask => store::Permission::Ask,
            Permission::Always => store::Permission::Always,
            Permission::Never => store::Permission::Never,
        };
        permit(self, ask.tool, choice, None).await?;
        Ok(Done {})
    }
}

/// Keeps what the person said about a tool, on record.
async fn permit(
    hub: &Hub,
    tool: String,
    choice: store::Permission,
    conversation: Option<ConversationId>,
) -> Result<(), Fault> {
    let word = match choice {
        store::Permission::Ask => "ask",
        store::Permission::Once => "once",
        store::Permission::Conversation => "conversation",
        store::Permission::Always => "always",
        store::Permission::Never => "never",
    };
    let subject = format!("tool {tool}: {word}");
    let row = PermissionRow {
        tool,
        scope: String::new(),
        conversation,
        choice,
        changed: hub.now(),
    };
    let kept = hub.house.store.set_permission(row).await;
    kept.map_err(|error| convert::store_fault(&error))?;
    hub.put_on_record(AuditKind::Consent, subject).await
}

impl Answer<ListFolders> for Hub {
    async fn answer_to(&self, _ask: ListFolders) -> Result<FolderList, Fault> {
        folders(self).await
    }
}

impl Answer<GrantFolder> for Hub {
    async fn answer_to(&self, ask: GrantFolder) -> Result<FolderList, Fault> {
        let path = Path::new(&ask.path);
        if !path.is_absolute() {
            let message = "A folder is named by its whole path, from the root on.";
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let real = path.to_owned();
        let real = self
            .blocking(move || folder(&real))
            .await?
            .map_err(|error| {
                let message = format!("{} is no folder that can be opened: {error}.", ask.path);
                Fault::refused(Code::InvalidAsk, message)
            })?;
        if real.starts_with(self.data_folder()) || self.data_folder().starts_with(&real) {
            let message = "The folder holds HAI-Net's own data, which no agent may touch.";
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let path = real
            .into_os_string()
            .into_string()
            .map_err(|_| Fault::refused(Code::InvalidAsk, "The folder's name is not UTF-8."))?;
        let (access, word) = if ask.may_write {
            (FolderAccess::Write, "write")
        } else {
            (FolderAccess::Read, "read")
        };
        let row = GrantedFolder {
            path,
            access,
            granted: self.now(),
        };
        let kept = self.house.store.grant_folder(row).await;
        kept.map_err(|error| convert::store_fault(&error))?;
        self.put_on_record(AuditKind::Consent, format!("folder granted: {word}"))
            .await?;
        folders(self).await
    }
}

/// The folder that a path leads to, links followed.
fn folder(path: &Path) -> std::io::Result<PathBuf> {
    let real = std::fs::canonicalize(path)?;
    if real.is_dir() {
        Ok(real)
    } else {
        Err(std::io::ErrorKind::NotADirectory.into())
    }
}

impl Answer<RevokeFolder> for Hub {
    async fn answer_to(&self, ask: RevokeFolder) -> Result<Done, Fault> {
        let gone = self.house.store.revoke_folder(ask.path).await;
        if !gone.map_err(|error| convert::store_fault(&error))? {
            return Err(
                Fault::refused(Code::NotFound, "That folder is not granted.")
                    .advising("Look at the folders with `hai-net tools folders`."),
            );
        }
        self.put_on_record(AuditKind::Consent, "folder taken back".to_owned())
            .await?;
        Ok(Done {})
    }
}

async fn folders(hub: &Hub) -> Result<FolderList, Fault> {
    let rows = hub
        .house
        .store
        .granted_folders()
        .await
        .map_err(|error| convert::store_fault(&error))?;
    let folders = rows
        .into_iter()
        .map(|row| FolderView {
            path: row.path,
            may_write: row.access == FolderAccess::Write,
        })
        .collect();
    Ok(FolderList { folders })
}
