//! The house as a server of tools, spoken to through standard input and output.
//!
//! This only speaks the protocol. What there is to be had, and what may leave, is decided behind the
//! [`Counter`].

use std::future::Future;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    Implementation, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
    Tool, ToolAnnotations,
};
use rmcp::service::{RequestContext, ServerInitializeError};
use rmcp::{RoleServer, ServerHandler, ServiceExt as _};
use serde_json::Value;
use thiserror::Error;

use super::program::Measured;

/// The largest message that is read: a question with a long text in it.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Something that other programs may have done.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Its name.
    pub name: &'static str,
    /// What it does, for models.
    pub about: &'static str,
    /// The JSON schema of its arguments, an object.
    pub schema: Value,
}

/// Behind which the house does what other programs ask for.
pub trait Counter: Send + Sync + 'static {
    /// What there is to be had.
    fn offers(&self) -> Vec<Offer>;

    /// Does one of them. What comes out leaves the house: it was let out before. An error is told to the
    /// program in these words.
    fn take(
        &self,
        name: &str,
        arguments: &Value,
    ) -> impl Future<Output = Result<String, String>> + Send;
}

/// Why a program could not be served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// It does not speak the protocol.
    #[error("the program that started this one does not speak as MCP clients do")]
    Greeting(#[source] Box<ServerInitializeError>),
    /// The connection broke in an odd way.
    #[error("the connection to the program that started this one broke")]
    Broken(#[source] tokio::task::JoinError),
}

/// Serves the program at the other end of standard input and output until it hangs up.
///
/// # Errors
/// What came is not MCP. That the program hung up is none.
pub async fn serve(counter: impl Counter) -> Result<(), ServeError> {
    let (stdin, stdout) = rmcp::transport::stdio();
    let (stdin, _) = Measured::new(stdin, MESSAGE_BYTES_MAX);
    let running = match House(counter).serve((stdin, stdout)).await {
        Ok(running) => running,
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(ServeError::Greeting(Box::new(error))),
    };
    running.waiting().await.map_err(ServeError::Broken)?;
    Ok(())
}

struct House<C>(C);

impl<C: Counter> ServerHandler for House<C> {
    fn get_info(&self) -> ServerConfig {
        let mut config = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
        config.server_info = Implementation::new("hai-net", env!("CARGO_PKG_VERSION"));
        config
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.0.offers().into_iter().map(|offer| {
            let schema = match offer.schema {
                Value::Object(schema) => schema,
                _ => serde_json::Map::new(),
            };
            let reads = ToolAnnotations::new().read_only(true);
            Tool::new(offer.name, offer.about, Arc::new(schema)).with_annotations(reads)
        });
        Ok(ListToolsResult::with_all_items(tools.collect()))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !self.0.offers().iter().any(|offer| offer.name == call.name) {
            return Err(ErrorData::invalid_params(
                "there is no tool of this name",
                None,
            ));
        }
        let arguments = Value::Object(call.arguments.unwrap_or_default());
        let taken = tokio::select! {
            taken = self.0.take(&call.name, &arguments) => taken,
            () = context.ct.cancelled() => Err("the call was cancelled".to_owned()),
        };
        Ok(match taken {
            Ok(text) => CallToolResult::success(vec![ContentBlock::text(text)]),
            Err(why) => CallToolResult::error(vec![ContentBlock::text(why)]),
        }
        .into())
    }
}
