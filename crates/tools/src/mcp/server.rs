//! A configured server: connected when it is needed, and again after it ended.

use std::sync::Arc;
use std::time::Duration;

use guardian::{Cleared, Labelled, Provenance};
use rmcp::model::CallToolRequestParams;
use serde_json::Value;
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use super::error::McpError;
use super::link::Link;
use super::outcome::Outcome;
use super::program::Program;
use super::tool::{Fingerprint, ToolList};

/// Tools that a server may list. Small models choose badly among more than ten.
const TOOLS_MAX: usize = 256;

/// Pages of the list. A server that lists nothing on page after page does not end otherwise.
const PAGES_MAX: usize = 32;

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A program on this device.
    Program(Program),
    /// A server that speaks HTTP.
    Site(Site),
}

/// A server that speaks HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its address. Ports are free, since the person chose it; nets inside the house are not.
    pub address: String,
    /// Whether it may lie on this device.
    pub this_device: bool,
}

/// A server as the person configured it. It holds no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// What the person calls it.
    pub name: String,
    /// Where it is.
    pub way: Way,
}

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

/// A configured server. Nothing happens before it is asked for something.
pub struct Server {
    setup: Setup,
    limits: Limits,
    link: Mutex<Option<Arc<Link>>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Server")
            .field("setup", &self.setup)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// A server that is not connected yet.
    #[must_use]
    pub fn new(setup: Setup, limits: Limits) -> Self {
        Self {
            setup,
            limits,
            link: Mutex::new(None),
        }
    }

    /// What the person calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.setup.name
    }

    /// Asks what tools there are.
    ///
    /// # Errors
    /// The server is not reached, does not answer as it should, or its list does not end.
    pub async fn tools(&self) -> Result<ToolList, McpError> {
        let link = self.link().await?;
        let listed = self.list(&link).await;
        self.settle(&link, listed).await
    }

    /// Calls a tool, if it still is what the person approved. The server is asked for that first; one
    /// that changes its tools need not say so by itself.
    ///
    /// # Errors
    /// The tool was not called, or did not answer as it should. That a tool says it failed is an outcome.
    pub async fn call(&self, call: Call) -> Result<Labelled<Outcome>, McpError> {
        let ready = async {
            let link = self.link().await?;
            let listed = self.list(&link).await;
            let now = self.settle(&link, listed).await?;
            Ok::<_, McpError>((link, now))
        };
        let (link, now) = tokio::select! {
            ready = ready => ready?,
            // The tool was not called yet: there is nothing to tell the server.
            () = call.cancel.cancelled() => return Err(McpError::Cancelled),
        };
        let called = self.called(&link, now, call).await;
        self.settle(&link, called).await
    }

    /// Ends the connection, and the program if it is one. The next call starts it again.
    pub async fn close(&self) {
        let link = self.link.lock().await.take();
        // A call that still runs holds it; then it ends with that call.
        if let Some(link) = link.and_then(Arc::into_inner) {
            link.end().await;
        }
    }

    async fn called(
        &self,
        link: &Link,
        now: ToolList,
        call: Call,
    ) -> Result<Labelled<Outcome>, McpError> {
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
        let result = link
            .call(params, call.progress, &call.cancel, &self.limits)
            .await?;
        let outcome = Outcome::of(result, bytes_out, self.limits.result_bytes);
        Ok(Labelled::new(outcome, Provenance::Outside))
    }

    async fn list(&self, link: &Link) -> Result<ToolList, McpError> {
        let mut listed = Vec::new();
        let mut cursor = None;
        for _ in 0..PAGES_MAX {
            let page = link.page(cursor, &self.limits).await?;
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

    async fn link(&self) -> Result<Arc<Link>, McpError> {
        let mut kept = self.link.lock().await;
        if let Some(link) = kept.as_ref().filter(|link| !link.is_over()) {
            return Ok(Arc::clone(link));
        }
        *kept = None;
        let link = match &self.setup.way {
            Way::Program(program) => Link::to_program(program, &self.limits).await?,
            Way::Site(site) => Link::to_site(site, &self.limits).await?,
        };
        let link = Arc::new(link);
        *kept = Some(Arc::clone(&link));
        Ok(link)
    }

    /// Gives up a connection that cannot be relied on any more, so that the next call makes a new one.
    async fn settle<T>(
        &self,
        link: &Arc<Link>,
        result: Result<T, McpError>,
    ) -> Result<T, McpError> {
        let lost = matches!(
            result,
            Err(McpError::Died { .. }
                | McpError::TooLarge { .. }
                | McpError::TookTooLong { .. }
                | McpError::TooManyTools { .. }
                | McpError::Exchange(_))
        );
        if lost {
            let mut kept = self.link.lock().await;
            if kept.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, link)) {
                *kept = None;
            }
        }
        result
    }
}
