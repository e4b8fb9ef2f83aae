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
            $crate::conversation::StopAnswer, StopAnswer => $crate::Done, Owner;
            $crate::conversation::SelectBranch, SelectBranch => $crate::Done, Owner;
            $crate::model::ListModels, ListModels => $crate::model::ModelsView, Owner;
            $crate::model::ShowModel, ShowModel => $crate::model::ModelDetail, Owner;
            $crate::model::PullModel, PullModel => $crate::model::PullView, Owner;
            $crate::model::CancelPull, CancelPull => $crate::Done, Owner;
            $crate::model::RemoveModel, RemoveModel => $crate::Done, Owner;
            $crate::model::UnloadModel, UnloadModel => $crate::Done, Owner;
            $crate::token::CreateToken, CreateToken => $crate::token::TokenCreated, Terminal;
            $crate::token::ListTokens, ListTokens => $crate::token::TokenList, Owner;
            $crate::token::RevokeToken, RevokeToken => $crate::Done, Owner;
            $crate::log::ReadLogs, ReadLogs => $crate::log::LogPage, Owner;
            $crate::setting::ListSettings, ListSettings => $crate::setting::SettingsView, Owner;
            $crate::setting::ChangeSetting, ChangeSetting => $crate::setting::SettingView, Owner;
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
