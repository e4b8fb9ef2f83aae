//! What goes wrong with an MCP server.

use std::io;
use std::time::Duration;

use rmcp::ServiceError;
use rmcp::service::ClientInitializeError;
use thiserror::Error;

use super::tool::Tool;
use crate::web::AddressError;

/// Why a server was not reached or a tool was not called.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum McpError {
    /// The program could not be started.
    #[error("the program could not be started")]
    Start(#[source] io::Error),
    /// The address is not gone to.
    #[error("the server's address is not gone to")]
    Address(#[from] AddressError),
    /// A header cannot be sent, or would be read by everybody on the way.
    #[error("the header {name} cannot be sent: {why}")]
    Header {
        /// Its name.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// The client could not be set up.
    #[error("the means to reach the server could not be set up")]
    Client(#[source] reqwest::Error),
    /// It answers, but not as an MCP server does.
    #[error("no connection as between MCP programs came about{}", behind(said))]
    Handshake {
        /// The last lines of its log.
        said: String,
        /// What went wrong.
        #[source]
        source: Box<ClientInitializeError>,
    },
    /// It did not answer in time. It was told to stop; whether it did what it was asked is not known.
    #[error("the server did not answer within {} s", after.as_secs())]
    TookTooLong {
        /// How long it was waited for.
        after: Duration,
    },
    /// It ended, or the line to it broke. A new connection starts it anew. Whether it did what it was asked is
    /// not known.
    #[error("the server ended{}", behind(said))]
    Died {
        /// The last lines of its log.
        said: String,
    },
    /// It sent a message larger than messages are. The connection was ended.
    #[error("the server sent a message of more than {max} bytes")]
    TooLarge {
        /// How large it may be.
        max: usize,
    },
    /// Its list of tools does not end.
    #[error("the server lists more than {max} tools")]
    TooManyTools {
        /// How many there may be.
        max: usize,
    },
    /// It has no such tool, or none that can be used.
    #[error("the server has no tool named {tool}")]
    NoSuchTool {
        /// The name.
        tool: String,
    },
    /// The tool is not what was approved any more: the person has to look at it again.
    #[error("the tool {} has changed since it was approved", now.name)]
    ToolChanged {
        /// What it is now.
        now: Box<Tool>,
    },
    /// The arguments are not a JSON object.
    #[error("the arguments are not a JSON object")]
    Arguments,
    /// It wants to know something from the person or the model first, which is not offered.
    #[error("the server asks back, or wants to answer later")]
    AsksBack,
    /// It says that it cannot do this.
    #[error("the server refused: {message} ({code})")]
    Refused {
        /// Its number for that.
        code: i32,
        /// What it says. It comes from outside.
        message: String,
    },
    /// The call was cancelled. The server was told; whether it had done something is not known.
    #[error("the call was cancelled")]
    Cancelled,
    /// The exchange failed in another way.
    #[error("the exchange with the server failed")]
    Exchange(#[source] Box<ServiceError>),
}

fn behind(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!("; it said last: {said}")
    }
}
