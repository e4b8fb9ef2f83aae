//! The list of asks. It stands in one place; a hub that leaves one unanswered does not compile.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Something that a front end may ask of a hub.
pub trait Ask: Serialize + DeserializeOwned + Into<AnyAsk> + Send + 'static {
    /// The name on the wire, the same as that of the type.
    const NAME: &'static str;
    /// Through which doors it may come.
    const REACH: Reach;
    /// What the asker gets to see.
    type View: Serialize + DeserializeOwned + Send + 'static;
}

/// Through which doors an ask may come. The door checks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The window, the local socket, and a browser that is signed in.
    Owner,
    /// The window and the local socket only: it hands out a way in, or ends the hub.
    Terminal,
}

/// The view of an ask that has nothing to show: it is done, and on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Done {}

/// Calls the macro `$then` with the whole list of asks: `path::Ask => path::View, reach;`.
///
/// This is the one list. The contract makes [`AnyAsk`] from it, the hub its table of answers.
#[macro_export]
macro_rules! for_each_ask {
    ($then:path) => {
        $then! {
            $crate::conversation::ListConversations, ListConversations
                => $crate::conversation::ConversationList, Owner;
            $crate::conversation::ReadConversation, ReadConversation
                => $crate::conversation::ConversationView, Owner;
            $crate::conversation::RenameConversation, RenameConversation => $crate::Done, Owner;
            $crate::conversation::DeleteConversation, DeleteConversation => $crate::Done, Owner;
            $crate::conversation::ExportConversation, ExportConversation
                => $crate::conversation::ExportedConversation, Owner;
            $crate::conversation::SendMessage, SendMessage
                => $crate::conversation::MessageSent, Owner;
            $crate::conversation::RegenerateAnswer, RegenerateAnswer
                => $crate::conversation::MessageSent, Owner;
            $crate::conversation::PreviewQuestion, PreviewQuestion
                => $crate::conversation::QuestionPreview, Owner;
            $crate::conversation::StopAnswer, StopAnswer => $crate::Done, Owner;
            $crate::conversation::SelectBranch, SelectBranch => $crate::Done, Owner;
            $crate::model::ListModels, ListModels => $crate::model::ModelsView, Owner;
            $crate::model::ShowModel, ShowModel => $crate::model::ModelDetail, Owner;
            $crate::model::PullModel, PullModel => $crate::model::PullView, Owner;
            $crate::model::CancelPull, CancelPull => $crate::Done, Owner;
            $crate::model::RemoveModel, RemoveModel => $crate::Done, Owner;
            $crate::model::UnloadModel, UnloadModel => $crate::Done, Owner;
            $crate::model_server::AddModelServer, AddModelServer
                => $crate::model_server::ModelServerView, Owner;
            $crate::model_server::RemoveModelServer, RemoveModelServer => $crate::Done, Owner;
            $crate::model_server::OrderModelServers, OrderModelServers => $crate::Done, Owner;
            $crate::model_server::ListModelServers, ListModelServers
                => $crate::model_server::ModelServerList, Owner;
            $crate::model_server::FindModelServers, FindModelServers
                => $crate::model_server::FoundModelServers, Owner;
            $crate::model_server::ListModelChoices, ListModelChoices
                => $crate::model_server::ModelChoices, Owner;
            $crate::model_server::UseModel, UseModel => $crate::Done, Owner;
            $crate::token::CreateToken, CreateToken => $crate::token::TokenCreated, Terminal;
            $crate::token::ListTokens, ListTokens => $crate::token::TokenList, Owner;
            $crate::token::RevokeToken, RevokeToken => $crate::Done, Owner;
            $crate::usage::ReadUsage, ReadUsage => $crate::usage::UsageReport, Owner;
            $crate::log::ReadLogs, ReadLogs => $crate::log::LogPage, Owner;
            $crate::setting::ListSettings, ListSettings => $crate::setting::SettingsView, Owner;
            $crate::setting::ChangeSetting, ChangeSetting => $crate::setting::SettingView, Owner;
            $crate::identity::ShowIdentity, ShowIdentity => $crate::identity::IdentityView, Owner;
            $crate::identity::CreateIdentity, CreateIdentity
                => $crate::identity::IdentityMade, Owner;
            $crate::identity::RestoreIdentity, RestoreIdentity
                => $crate::identity::IdentityMade, Owner;
            $crate::identity::ReadRecoveryWords, ReadRecoveryWords
                => $crate::identity::RecoveryWordsView, Owner;
            $crate::identity::ConfirmRecoveryWords, ConfirmRecoveryWords => $crate::Done, Owner;
            $crate::identity::UnlockVault, UnlockVault => $crate::identity::IdentityView, Owner;
            $crate::identity::LockVault, LockVault => $crate::Done, Owner;
            $crate::identity::ChangePassphrase, ChangePassphrase => $crate::Done, Owner;
            $crate::identity::RatePassphrase, RatePassphrase
                => $crate::identity::PassphraseRating, Owner;
            $crate::identity::ReadPersonalDetails, ReadPersonalDetails
                => $crate::identity::PersonalDetailsView, Owner;
            $crate::identity::ChangePersonalDetails, ChangePersonalDetails => $crate::Done, Owner;
            $crate::identity::UseKeychain, UseKeychain => $crate::identity::IdentityView, Owner;
            $crate::identity::RotateIdentity, RotateIdentity
                => $crate::identity::IdentityMade, Owner;
            $crate::identity::RevokeDevice, RevokeDevice => $crate::Done, Owner;
            $crate::identity::ExportIdentity, ExportIdentity
                => $crate::identity::ExportedIdentity, Owner;
            $crate::identity::CreateBackup, CreateBackup => $crate::identity::BackupView, Owner;
            $crate::identity::VerifyBackup, VerifyBackup => $crate::identity::BackupView, Owner;
            $crate::identity::RestoreBackup, RestoreBackup
                => $crate::identity::IdentityMade, Owner;
            $crate::identity::CancelBackup, CancelBackup => $crate::Done, Owner;
            $crate::identity::EraseEverything, EraseEverything => $crate::Done, Owner;
            $crate::identity::RecommendModel, RecommendModel
                => $crate::identity::ModelAdvice, Owner;
            $crate::agent::ListAgents, ListAgents => $crate::agent::AgentList, Owner;
            $crate::agent::ShowAgent, ShowAgent => $crate::agent::AgentDetail, Owner;
            $crate::agent::PauseAgent, PauseAgent => $crate::Done, Owner;
            $crate::agent::ResumeAgent, ResumeAgent => $crate::Done, Owner;
            $crate::agent::CancelAgent, CancelAgent => $crate::Done, Owner;
            $crate::agent::TakeOverAgent, TakeOverAgent => $crate::Done, Owner;
            $crate::approval::ListApprovals, ListApprovals
                => $crate::approval::ApprovalList, Owner;
            $crate::approval::AnswerApproval, AnswerApproval => $crate::Done, Owner;
            $crate::approval::ListTools, ListTools => $crate::approval::ToolList, Owner;
            $crate::approval::SetToolPermission, SetToolPermission => $crate::Done, Owner;
            $crate::approval::ListFolders, ListFolders => $crate::approval::FolderList, Owner;
            $crate::approval::GrantFolder, GrantFolder => $crate::approval::FolderList, Owner;
            $crate::approval::RevokeFolder, RevokeFolder => $crate::Done, Owner;
            $crate::server::ListToolServers, ListToolServers
                => $crate::server::ToolServerList, Owner;
            $crate::server::AddToolServer, AddToolServer
                => $crate::server::ToolServerView, Owner;
            $crate::server::RemoveToolServer, RemoveToolServer => $crate::Done, Owner;
            $crate::server::CheckToolServer, CheckToolServer
                => $crate::server::ToolServerView, Owner;
            $crate::server::AnswerProgram, AnswerProgram
                => $crate::server::ProgramAnswer, Owner;
            $crate::server::ShareMemory, ShareMemory => $crate::server::SharedMemory, Owner;
            $crate::memory::ListMemories, ListMemories => $crate::memory::MemoryList, Owner;
            $crate::memory::KeepMemory, KeepMemory => $crate::memory::MemoryView, Owner;
            $crate::memory::ForgetMemory, ForgetMemory => $crate::Done, Owner;
            $crate::memory::AddDocument, AddDocument => $crate::memory::DocumentView, Owner;
            $crate::memory::ListDocuments, ListDocuments => $crate::memory::DocumentList, Owner;
            $crate::memory::RemoveDocument, RemoveDocument => $crate::Done, Owner;
            $crate::feed::ReadFeed, ReadFeed => $crate::feed::FeedPage, Owner;
            $crate::feed::UndoFeedEntry, UndoFeedEntry => $crate::Done, Owner;
            $crate::audit::ReadAudit, ReadAudit => $crate::audit::AuditPage, Owner;
            $crate::audit::VerifyAudit, VerifyAudit => $crate::audit::AuditCheck, Owner;
            $crate::system::ShowStatus, ShowStatus => $crate::system::StatusView, Owner;
            $crate::system::ShowResources, ShowResources => $crate::system::ResourcesView, Owner;
            $crate::system::ExamineHealth, ExamineHealth => $crate::system::HealthView, Owner;
            $crate::system::MakeSignInLink, MakeSignInLink => $crate::system::SignInLink, Terminal;
            $crate::system::StopHub, StopHub => $crate::Done, Terminal;
            $crate::system::RestartHub, RestartHub => $crate::Done, Terminal;
        }
    };
}

macro_rules! any_ask {
    ($($path:path, $name:ident => $view:ty, $reach:ident;)+) => {
        /// Any ask, as it travels: `{"ask": "ShowStatus", "with": {}}`.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "ask", content = "with")]
        pub enum AnyAsk {
            $(#[doc = concat!("See [`", stringify!($path), "`].")] $name($path),)+
        }

        impl AnyAsk {
            /// The name on the wire.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)+ }
            }

            /// Through which doors it may come.
            #[must_use]
            pub fn reach(&self) -> Reach {
                match self { $(Self::$name(_) => Reach::$reach,)+ }
            }
        }

        $(
            impl From<$path> for AnyAsk {
                fn from(ask: $path) -> Self { Self::$name(ask) }
            }

            impl Ask for $path {
                const NAME: &'static str = stringify!($name);
                const REACH: Reach = Reach::$reach;
                type View = $view;
            }
        )+
    };
}

for_each_ask!(any_ask);

impl AnyAsk {
    /// Whether a person who asks this uses the hub. What a page asks by itself is no use: it must not keep
    /// the vault open for ever.
    #[must_use]
    pub fn is_use(&self) -> bool {
        !matches!(
            self,
            Self::ShowIdentity(_)
                | Self::ShowStatus(_)
                | Self::ShowResources(_)
                | Self::ListModels(_)
                | Self::ListModelServers(_)
                | Self::ListModelChoices(_)
                | Self::ListSettings(_)
                | Self::ListTokens(_)
                | Self::ReadUsage(_)
                | Self::ReadLogs(_)
                | Self::ListAgents(_)
                | Self::ShowAgent(_)
                | Self::ListApprovals(_)
                | Self::ListTools(_)
                | Self::ListToolServers(_)
                | Self::ListMemories(_)
                | Self::ListDocuments(_)
                | Self::ReadFeed(_)
        )
    }

    /// Whether it is answered while the vault is locked: it needs nothing from the store.
    #[must_use]
    pub fn works_while_locked(&self) -> bool {
        matches!(
            self,
            Self::ShowIdentity(_)
                | Self::UnlockVault(_)
                | Self::LockVault(_)
                | Self::RatePassphrase(_)
                | Self::VerifyBackup(_)
                | Self::CancelBackup(_)
                | Self::EraseEverything(_)
                | Self::ListSettings(_)
                | Self::ShowStatus(_)
                | Self::ShowResources(_)
                | Self::ExamineHealth(_)
                | Self::MakeSignInLink(_)
                | Self::StopHub(_)
                | Self::RestartHub(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ask_travels_under_its_name_with_its_content() {
        let ask = AnyAsk::from(crate::system::ShowStatus {});
        let text = serde_json::to_string(&ask).expect("plain data");
        assert_eq!(text, r#"{"ask":"ShowStatus","with":{}}"#);
        assert_eq!(
            serde_json::from_str::<AnyAsk>(&text).expect("our own text"),
            ask
        );
    }

    #[test]
    fn what_hands_out_a_way_in_does_not_come_through_the_browser() {
        for ask in [
            AnyAsk::from(crate::system::MakeSignInLink {}),
            AnyAsk::from(crate::system::StopHub {}),
            AnyAsk::from(crate::system::RestartHub {}),
        ] {
            assert_eq!(
                ask.reach(),
                Reach::Terminal,
                "{} must stay local",
                ask.name()
            );
        }
    }
}
