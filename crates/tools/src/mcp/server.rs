//! A connection to a server of tools.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use guardian::{Cleared, Labelled, Provenance, ServerStart};
use rmcp::model::CallToolRequestParams;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::error::McpError;
use super::link::{self, Link};
use super::outcome::Outcome;
use super::tool::{Fingerprint, ToolList};

/// Tools that a server may list. Small models choose badly among more than ten.
const TOOLS_MAX: usize = 256;

/// Pages of the list. A server that lists nothing on page after page does not end otherwise.
const PAGES_MAX: usize = 32;

/// How patient a server is dealt with, and how much it may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take to start and greet: some fetch themselves first.
    pub connect: Duration,
    /// How long it may take to list a page of its tools.
    pub list: Duration,
    /// How long it may say nothing during a call, neither an answer nor how far it is.
    pub silence: Duration,
    /// How long a call may take in all.
    pub whole: Duration,
    /// How large a message may be. A picture in base64 fits in.
    pub message_bytes: usize,
    /// How much of an answer's text is kept: more than a model reads.
    pub result_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(60),
            list: Duration::from_secs(20),
            silence: Duration::from_secs(60),
            whole: Duration::from_secs(10 * 60),
            message_bytes: 4 * 1024 * 1024,
            result_bytes: 256 * 1024,
        }
    }
}

/// How far a tool is, in its own words and numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// How much is done, in the tool's own unit.
    pub done: f64,
    /// Of how much, if it knows.
    pub total: Option<f64>,
    /// What it says about it.
    pub says: Option<String>,
}

/// A call of a tool.
#[derive(Debug)]
pub struct Call {
    /// The tool's name at this server.
    pub tool: String,
    /// What the person approved.
    pub approved: Fingerprint,
    /// What it is given.
    pub arguments: Cleared<Value>,
    /// Where it is told how far it is.
    pub progress: Option<watch::Sender<Progress>>,
    /// Ends the call.
    pub cancel: CancellationToken,
}

/// A server that was started or gone to. Dropping it ends the connection, and the program if it is one.
pub struct Server {
    limits: Limits,
    link: Link,
    /// Something happened after which what it says cannot be relied on.
    is_lost: AtomicBool,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Server")
            .field("is_over", &self.is_over())
            .finish_non_exhaustive()
    }
}

/// Checks what can be known about a start before anything is started.
///
/// # Errors
/// The address is not gone to, or a header cannot be sent there.
pub fn check(start: &ServerStart) -> Result<(), McpError> {
    match start {
        ServerStart::Program(_) => Ok(()),
        ServerStart::Site(site) => link::check_site(site).map(|_| ()),
    }
}

impl Server {
    /// Starts a server, or goes to it, and greets it.
    ///
    /// # Errors
    /// It is not reached, or does not answer as it should.
    pub async fn connect(start: Cleared<ServerStart>, limits: Limits) -> Result<Self, McpError> {
        let link = match start.get() {
            ServerStart::Program(program) => Link::to_program(program, &limits).await?,
            ServerStart::Site(site) => Link::to_site(site, &limits).await?,
        };
        Ok(Self {
            limits,
            link,
            is_lost: AtomicBool::new(false),
        })
    }

    /// Whether another connection is needed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed) || self.link.is_over()
    }

    /// Asks what tools there are.
    ///
    /// # Errors
    /// The server does not answer as it should, or its list does not end.
    pub async fn tools(&self) -> Result<ToolList, McpError> {
        let listed = self.list().await;
        self.settle(listed)
    }

    /// Calls a tool, if it still is what the person approved. The server is asked for that first; one
    /// that changes its tools need not say so by itself.
    ///
    /// # Errors
    /// The tool was not called, or did not answer as it should. That a tool says it failed is an outcome.
    pub async fn call(&self, call: Call) -> Result<Labelled<Outcome>, McpError> {
        let now = tokio::select! {
            listed = self.list() => self.settle(listed)?,
            // The tool was not called yet: there is nothing to tell the server.
            () = call.cancel.cancelled() => return Err(McpError::Cancelled),
        };
        let called = self.called(now, call).await;
        self.settle(called)
    }

    /// Ends the connection, and the program if it is one, in good order. A call that still runs holds it;
    /// then it ends with that call.
    pub async fn close(self: Arc<Self>) {
        if let Some(server) = Arc::into_inner(self) {
            server.link.end().await;
        }
    }

    async fn called(&self, now: ToolList, call: Call) -> Result<Labelled<Outcome>, McpError> {
        let mut tools = now.tools.into_iter();
        let Some(tool) = tools.find(|tool| tool.name == call.tool) else {
            return Err(McpError::NoSuchTool { tool: call.tool });
        };
        if tool.fingerprint != call.approved {
            return Err(McpError::ToolChanged {
                now: Box::new(tool),
            });
        }
        let Value::Object(arguments) = call.arguments.into_inner() else {
            return Err(McpError::Arguments);
        };
        let bytes_out = serde_json::to_string(&arguments).map_or(0, |text| text.len() as u64);
        let params = CallToolRequestParams::new(call.tool).with_arguments(arguments);
        let result = self
            .link
            .call(params, call.progress, &call.cancel, &self.limits)
            .await?;
        let outcome = Outcome::of(result, bytes_out, self.limits.result_bytes);
        Ok(Labelled::new(outcome, Provenance::Outside))
    }

    async fn list(&self) -> Result<ToolList, McpError> {
        let mut listed = Vec::new();
        let mut cursor = None;
        for _ in 0..PAGES_MAX {
            let page = self.link.page(cursor, &self.limits).await?;
            listed.extend(page.tools);
            if listed.len() > TOOLS_MAX {
                break;
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(ToolList::of(listed));
            }
        }
        Err(McpError::TooManyTools { max: TOOLS_MAX })
    }

    /// Gives up a connection that cannot be relied on any more.
    fn settle<T>(&self, result: Result<T, McpError>) -> Result<T, McpError> {
        let lost = matches!(
            result,
            Err(McpError::Died { .. }
                | McpError::TooLarge { .. }
                | McpError::TookTooLong { .. }
                | McpError::TooManyTools { .. }
                | McpError::Exchange(_))
        );
        if lost {
            self.is_lost.store(true, Ordering::Relaxed);
        }
        result
    }
}
