//! Servers that bring models of their own: Ollama, llama.cpp's server, vLLM, and services on the internet.
//! Their models are named `server/model`.

use base::{ConversationId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Fault, Secret};

/// The most characters of the name of a server.
pub const SERVER_NAME_CHARS_MAX: usize = 32;

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerKind {
    /// Ollama's own API.
    Ollama,
    /// The API of OpenAI: llama.cpp's server, vLLM, LocalAI, LM Studio, exo, and services.
    Openai,
}

/// Where a server is, which decides what goes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerPlace {
    /// Another program on this device. Nothing leaves.
    ThisDevice,
    /// A device of the home network. What is private goes there only when it is your own.
    OwnNetwork,
    /// Somebody else's computer. Off until you allow it; the guardian looks at each question.
    External,
}

/// Adds a server, and looks at once which models it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddModelServer {
    /// A name of small letters, digits, `-` and `_`, up to [`SERVER_NAME_CHARS_MAX`].
    pub name: String,
    /// How it is spoken to.
    pub kind: ServerKind,
    /// Its address, such as `http://127.0.0.1:11434`.
    pub address: String,
    /// The key that it asks for.
    #[serde(default)]
    pub key: Option<Secret>,
    /// Whether the device is your own: then a name may lead into the home network, and what is private may
    /// go there.
    #[serde(default)]
    pub own_device: bool,
}

/// Removes a server and its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveModelServer {
    /// Its name.
    pub name: String,
}

/// Sets the order in which servers stand in for each other. Those that are not named come behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderModelServers {
    /// The names, the first to be asked first.
    pub names: Vec<String>,
}

/// Lists servers, with their models and how they are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListModelServers {}

/// Servers, in the order in which they stand in for each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelServerList {
    /// The servers.
    pub servers: Vec<ModelServerView>,
    /// Whether models of other people's computers may answer.
    pub external_allowed: bool,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelServerView {
    /// Its name.
    pub name: String,
    /// How it is spoken to.
    pub kind: ServerKind,
    /// Its address.
    pub address: String,
    /// Where it is.
    pub place: ServerPlace,
    /// Whether the device is said to be your own.
    pub own_device: bool,
    /// Whether it has a key. The key itself is never shown.
    pub has_key: bool,
    /// When it was added.
    pub added: Timestamp,
    /// How it was when it was last looked at.
    pub health: ServerHealth,
}

/// How a server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ServerHealth {
    /// It answers.
    Up {
        /// Its models, as they are asked for: `server/model`.
        models: Vec<String>,
    },
    /// It does not answer.
    Down {
        /// Why.
        fault: Fault,
    },
    /// It is not looked at, since models of other people's computers are not allowed.
    Off,
}

/// Looks for servers on this device, at their usual ports.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FindModelServers {}

/// Servers that were found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundModelServers {
    /// The servers, those that are in the list already left out.
    pub found: Vec<FoundModelServer>,
}

/// A server that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundModelServer {
    /// A name for it that is free.
    pub name: String,
    /// How it is spoken to.
    pub kind: ServerKind,
    /// Its address.
    pub address: String,
    /// Its models.
    pub models: Vec<String>,
}

/// Has a model answer in one conversation from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseModel {
    /// In which conversation.
    pub conversation: ConversationId,
    /// The model; `None` follows the setting again.
    pub model: Option<String>,
}

/// Lists every model that can be asked in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListModelChoices {}

/// The models that can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelChoices {
    /// The models.
    pub models: Vec<ModelChoice>,
    /// The one that answers when none is chosen.
    pub usual: Option<String>,
}

/// A model that can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelChoice {
    /// Its name.
    pub name: String,
    /// Where it runs, in words.
    pub runs_on: String,
    /// Where it runs.
    pub place: ServerPlace,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_of_a_server_travels_in_and_prints_as_nothing() {
        let ask = AddModelServer {
            name: "far".into(),
            kind: ServerKind::Openai,
            address: "https://models.example/v1".into(),
            key: Some(Secret::from("sk-very-secret")),
            own_device: false,
        };
        assert!(!format!("{ask:?}").contains("very-secret"));
        let wire = serde_json::to_value(&ask).expect("plain data");
        assert_eq!(wire["key"], "sk-very-secret", "the hub needs it");
        assert_eq!(wire["kind"], "openai");
    }
}
