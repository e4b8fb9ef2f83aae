//! Servers of tools (MCP) that the person configured, and what other programs may have of this hub.

use serde::{Deserialize, Serialize};

use crate::approval::ToolView;
use crate::{Fault, Secret};

/// Lists the configured servers of tools. None is started by it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListToolServers {}

/// The configured servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolServerList {
    /// The servers, by name.
    pub servers: Vec<ToolServerView>,
}

/// A server of tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolServerView {
    /// Its name, which its tools begin with.
    pub name: String,
    /// Where it is.
    pub way: WayView,
    /// Whether it is connected.
    pub state: ServerState,
    /// Why it is not, where it failed.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// The tools that it listed last.
    pub tools: Vec<ToolView>,
}

/// Where a server is. Values of its environment and headers are never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayView {
    /// A program on the hub's machine.
    Program {
        /// The program.
        program: String,
        /// What stands behind its name.
        arguments: Vec<String>,
        /// The names of what it gets in its environment.
        environment: Vec<String>,
    },
    /// A server that speaks HTTP.
    Site {
        /// Its address.
        address: String,
        /// Whether it may lie on the hub's machine.
        this_device: bool,
        /// The names of the headers that it gets.
        headers: Vec<String>,
    },
}

/// Whether a server is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerState {
    /// It is started when one of its tools is called.
    Resting,
    /// It is connected.
    Connected,
    /// It could not be reached the last time.
    Failed,
}

impl ServerState {
    /// The name, as the command line spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Resting => "resting",
            Self::Connected => "connected",
            Self::Failed => "failed",
        }
    }
}

/// Adds a server and looks what tools it has. One that cannot be reached is kept, and says why.
///
/// A program runs with all that the person may do on the hub's machine, whether its tools are called or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddToolServer {
    /// Its name: small letters, digits, `-` and `_`.
    pub name: String,
    /// Where it is.
    pub way: Way,
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A program on the hub's machine.
    Program {
        /// The program: an absolute path, or a name that is found in `PATH`.
        program: String,
        /// What stands behind its name. Other users of the machine can see it: keys belong into the
        /// environment.
        #[serde(default)]
        arguments: Vec<String>,
        /// What it gets in its environment.
        #[serde(default)]
        environment: Vec<Given>,
    },
    /// A server that speaks HTTP.
    Site {
        /// Its address.
        address: String,
        /// Whether it may lie on the hub's machine. In the home network it never may.
        #[serde(default)]
        this_device: bool,
        /// Headers that each request carries.
        #[serde(default)]
        headers: Vec<Given>,
    },
}

/// A value that a server gets, such as a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// The value.
    pub value: Secret,
}

/// Ends a server and forgets it, with its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveToolServer {
    /// Its name.
    pub name: String,
}

/// Connects a server now and looks what tools it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckToolServer {
    /// Its name.
    pub name: String,
}

/// Has the model answer a text of another program: without memory, without tools, and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerProgram {
    /// What the program wrote.
    pub text: String,
}

/// What the model answered, as it was let out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramAnswer {
    /// The answer, private values masked.
    pub text: String,
}

/// Looks something up in memory for another program. What is found leaves only once the person said yes
/// to exactly that; the answer comes when they have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareMemory {
    /// What is looked for.
    pub query: String,
}

/// What the person let out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedMemory {
    /// The memories, the one that fits best first.
    pub texts: Vec<String>,
}
