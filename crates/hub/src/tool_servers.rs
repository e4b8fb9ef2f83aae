//! The servers of tools (MCP) that the person configured: connected when they are needed, given up when they
//! break, and ended with the hub.
//!
//! The answers about servers and the calls of agents come here. Nothing is started that the person did not
//! approve in exactly this form: the digest of what they said yes to lies beside it, and the guardian clears
//! nothing else. What a server lists is kept, so that its tools are known while it rests; a tool that became
//! another one asks again.

mod known;
mod start;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use contract::server::{AddToolServer, ServerState, ToolServerView, WayView};
use contract::{Code, Fault};
use guardian::{Cleared, ServerStart};
use serde_json::json;
use store::{AuditEntry, AuditKind, AuditValue, McpServerRow};
use tools::mcp::{Limits, McpError, Server, ToolList};

pub(crate) use known::Known;
pub(crate) use start::hide;

use crate::convert;
use crate::house::Hub;

/// Servers that can be configured. Each may be a program with a memory of its own.
const SERVERS_MAX: usize = 32;

/// The first wait after a server failed; it doubles with each failure.
const BACK_OFF: Duration = Duration::from_secs(1);

/// The longest wait: whoever mended the server should not wait for long.
const BACK_OFF_MAX: Duration = Duration::from_secs(60);

/// How long a program gets to end when the hub does.
const ENDING_PATIENCE: Duration = Duration::from_secs(3);

/// All servers that were used since the hub was opened.
#[derive(Default)]
pub(crate) struct ToolServers {
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

/// One of them.
#[derive(Default)]
struct Slot {
    /// Held while it is being connected: two calls do not start it twice.
    passage: tokio::sync::Mutex<()>,
    link: Mutex<Link>,
}

#[derive(Default)]
struct Link {
    server: Option<Arc<Server>>,
    failures: u32,
    not_before: Option<Instant>,
    fault: Option<Fault>,
}

impl Slot {
    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It did not do what it should: the next try waits.
    fn failed(&self, fault: Fault) {
        let mut link = self.link();
        link.server = None;
        let wait = BACK_OFF * 2_u32.saturating_pow(link.failures.min(16));
        link.failures += 1;
        link.not_before = Some(Instant::now() + wait.min(BACK_OFF_MAX));
        link.fault = Some(fault);
    }
}

impl ToolServers {
    fn slots(&self) -> MutexGuard<'_, HashMap<String, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, name: &str) -> Arc<Slot> {
        Arc::clone(self.slots().entry(name.to_owned()).or_default())
    }

    /// Ends one server.
    async fn end(&self, name: &str) {
        let slot = self.slots().remove(name);
        end(slot).await;
    }

    /// Ends all servers: the hub closes, or its store does.
    pub(crate) async fn end_all(&self) {
        let slots: Vec<_> = self.slots().drain().map(|(_, slot)| slot).collect();
        let ends = slots.into_iter().map(|slot| end(Some(slot)));
        if tokio::time::timeout(ENDING_PATIENCE, futures::future::join_all(ends))
            .await
            .is_err()
        {
            // What is dropped here is ended by force.
            tracing::warn!("a server of tools did not end in time");
        }
    }
}

async fn end(slot: Option<Arc<Slot>>) {
    let server = slot.and_then(|slot| slot.link().server.take());
    if let Some(server) = server {
        server.close().await;
    }
}

impl Hub {
    /// The server of this name, connected, with what it lists now.
    pub(crate) async fn tool_server(&self, name: &str) -> Result<Arc<Server>, Fault> {
        let slot = self.house.tool_servers.slot(name);
        let _alone = slot.passage.lock().await;
        {
            let mut link = slot.link();
            if let Some(server) = link.server.as_ref().filter(|server| !server.is_over()) {
                return Ok(Arc::clone(server));
            }
            if link.server.take().is_some() {
                tracing::warn!("a server of tools ended by itself");
            }
            if link.not_before.is_some_and(|until| Instant::now() < until) {
                let fault = link.fault.clone();
                return Err(fault.unwrap_or_else(|| no_server(name)));
            }
        }
        match self.connect(name).await {
            Ok(server) => {
                let server = Arc::new(server);
                let mut link = slot.link();
                link.server = Some(Arc::clone(&server));
                (link.not_before, link.fault) = (None, None);
                Ok(server)
            }
            Err(fault) => {
                // A server that was removed meanwhile leaves nothing behind.
                if fault.code != Code::NotFound {
                    slot.failed(fault.clone());
                }
                Err(fault)
            }
        }
    }

    async fn connect(&self, name: &str) -> Result<Server, Fault> {
        let store_fault = |error| convert::store_fault(&error);
        let row = self.house.store.mcp_server(name).await;
        let row = row.map_err(store_fault)?.ok_or_else(|| no_server(name))?;
        let keys = self.house.store.mcp_secrets(name).await;
        let keys = keys.map_err(store_fault)?;
        let written = start::Written::read(&row.start)?;
        let folder = self.server_folder(name).await?;
        let start = written.with(&keys, folder);
        let cleared = start::clear(&self.guardian().await, start, &written.consent)?;
        // Before anything leaves: what is not on record does not leave.
        self.note_start(name, &cleared).await?;
        let wrong = |error| start::without_keys(fault(name, &error), &keys);
        let server = Server::connect(cleared, Limits::default());
        let server = server.await.map_err(wrong)?;
        let listed = server.tools().await.map_err(wrong)?;
        self.keep_tools(name, listed).await?;
        Ok(server)
    }

    async fn note_start(&self, name: &str, start: &Cleared<ServerStart>) -> Result<(), Fault> {
        let way = match start.get() {
            ServerStart::Program(_) => "program",
            ServerStart::Site(_) => "site",
        };
        let entry = AuditEntry {
            at: self.now(),
            kind: AuditKind::Egress,
            actor: "hub".to_owned(),
            subject: format!("tool server connected: {name}"),
            digest: Some(*start.clearance().digest.bytes()),
            details: [("way".to_owned(), AuditValue::Text(way.to_owned()))].into(),
        };
        let kept = self.house.store.append_audit(vec![entry]).await;
        kept.map(drop).map_err(|error| convert::store_fault(&error))
    }

    /// The folder that a program starts in: its own, and empty at first.
    async fn server_folder(&self, name: &str) -> Result<String, Fault> {
        let folder = self.data_folder().join("tool-servers").join(name);
        let made = folder.clone();
        self.blocking(move || machine::make_private_folder(&made))
            .await?
            .map_err(|error| {
                Fault::broken(
                    Code::ToolServer,
                    "The folder of the tool server cannot be made.",
                    convert::chain(&error),
                )
            })?;
        let folder = folder.into_os_string().into_string();
        folder.map_err(|_| {
            let message = "The data folder's name is not UTF-8, so no tool server can start in it.";
            Fault::refused(Code::ToolServer, message)
        })
    }

    /// Keeps what a server lists. A tool that is another one than before asks again, whatever was allowed.
    async fn keep_tools(&self, name: &str, listed: ToolList) -> Result<(), Fault> {
        let row = self.house.store.mcp_server(name).await;
        let row = row.map_err(|error| convert::store_fault(&error))?;
        let before = known::read(name, &row.ok_or_else(|| no_server(name))?.tools);
        let now = known::of(name, listed);
        let changed = known::changed(&before, &now);
        let tools = known::written(&now);
        let entries: Vec<AuditEntry> = changed
            .iter()
            .map(|tool| AuditEntry {
                at: self.now(),
                kind: AuditKind::Consent,
                actor: "hub".to_owned(),
                subject: format!("tool {tool}: changed, asks again"),
                digest: None,
                details: BTreeMap::new(),
            })
            .collect();
        if !entries.is_empty() {
            let noted = self.house.store.append_audit(entries).await;
            noted.map_err(|error| convert::store_fault(&error))?;
        }
        let server = name.to_owned();
        let kept = self
            .house
            .store
            .transact("keeping the tools of a server", move |together| {
                for tool in &changed {
                    together.ask_again_for(tool)?;
                }
                together.set_mcp_tools(&server, &tools).map(drop)
            })
            .await;
        kept.map_err(|error| convert::store_fault(&error))
    }

    /// A call found that a server does what it should: the next failure is the first one again.
    pub(crate) fn tool_server_worked(&self, name: &str) {
        self.house.tool_servers.slot(name).link().failures = 0;
    }

    /// A call found that a server does not do what it should.
    pub(crate) async fn tool_server_failed(&self, name: &str, error: &McpError) -> Fault {
        let keys = self.tool_server_keys(name).await;
        let fault = start::without_keys(fault(name, error), &keys);
        match error {
            McpError::ToolChanged { .. } | McpError::NoSuchTool { .. } => {
                let slot = self.house.tool_servers.slot(name);
                let server = slot.link().server.clone();
                if let Some(server) = server
                    && let Ok(listed) = server.tools().await
                    && let Err(fault) = self.keep_tools(name, listed).await
                {
                    tracing::warn!("what a server of tools lists could not be kept: {fault}");
                }
            }
            McpError::Cancelled | McpError::Refused { .. } | McpError::AsksBack => {}
            _ => {
                let slot = self.house.tool_servers.slot(name);
                slot.failed(fault.clone());
            }
        }
        fault
    }

    /// The keys that a server got, so that none comes back in what it says.
    pub(crate) async fn tool_server_keys(&self, name: &str) -> BTreeMap<String, String> {
        let keys = self.house.store.mcp_secrets(name).await;
        keys.unwrap_or_else(|error| {
            tracing::warn!("the keys of a server of tools cannot be read: {error}");
            BTreeMap::new()
        })
    }

    /// All tools that servers listed, for models.
    pub(crate) async fn known_tools(&self) -> Result<Vec<Known>, Fault> {
        let rows = self.tool_server_rows().await?;
        let known = rows
            .iter()
            .flat_map(|row| known::read(&row.name, &row.tools));
        Ok(known.collect())
    }

    async fn tool_server_rows(&self) -> Result<Vec<McpServerRow>, Fault> {
        let rows = self.house.store.mcp_servers().await;
        rows.map_err(|error| convert::store_fault(&error))
    }

    /// How all servers look.
    pub(crate) async fn tool_server_views(
        &self,
        permissions: &[store::PermissionRow],
    ) -> Result<Vec<ToolServerView>, Fault> {
        let rows = self.tool_server_rows().await?;
        rows.iter()
            .map(|row| self.tool_server_view(row, permissions))
            .collect()
    }

    fn tool_server_view(
        &self,
        row: &McpServerRow,
        permissions: &[store::PermissionRow],
    ) -> Result<ToolServerView, Fault> {
        let slot = self.house.tool_servers.slots().get(&row.name).cloned();
        let (state, fault) = match slot {
            None => (ServerState::Resting, None),
            Some(slot) => {
                let link = slot.link();
                match &link.server {
                    Some(server) if !server.is_over() => (ServerState::Connected, None),
                    _ if link.fault.is_some() => (ServerState::Failed, link.fault.clone()),
                    _ => (ServerState::Resting, None),
                }
            }
        };
        let way = start::Written::read(&row.start)?.way;
        let tools = known::read(&row.name, &row.tools);
        Ok(ToolServerView {
            name: row.name.clone(),
            way,
            state,
            fault,
            tools: tools.iter().map(|tool| tool.view(permissions)).collect(),
        })
    }

    /// Keeps a server that the person added, with their consent to exactly this.
    pub(crate) async fn keep_tool_server(&self, ask: AddToolServer) -> Result<(), Fault> {
        let AddToolServer { name, way } = ask;
        start::check_name(&name)?;
        let rows = self.tool_server_rows().await?;
        if rows.iter().any(|row| row.name == name) {
            let message = format!("There is a tool server `{name}` already.");
            return Err(Fault::refused(Code::InvalidAsk, message)
                .advising("Choose another name, or remove that one first."));
        }
        if rows.len() >= SERVERS_MAX {
            let message = format!("There can be {SERVERS_MAX} tool servers.");
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let (way, keys): (WayView, _) = start::take_apart(way)?;
        let mut written = start::Written {
            way,
            consent: String::new(),
        };
        let folder = self.server_folder(&name).await?;
        let start = written.with(&keys, folder);
        ::tools::mcp::check(&start).map_err(|error| {
            let message = convert::capital(&convert::chain(&error)) + ".";
            Fault::refused(Code::InvalidAsk, message)
        })?;
        let digest = start::consent(&self.guardian().await, start)?;
        written.consent = digest.to_string();
        let row = McpServerRow {
            name: name.clone(),
            start: written.value(),
            enabled: true,
            permissions: json!({}),
            tools: json!([]),
            changed: self.now(),
        };
        let entry = AuditEntry {
            at: self.now(),
            kind: AuditKind::Consent,
            actor: "person".to_owned(),
            subject: format!("tool server added: {name}"),
            digest: Some(*digest.bytes()),
            details: BTreeMap::new(),
        };
        let noted = self.house.store.append_audit(vec![entry]).await;
        noted.map_err(|error| convert::store_fault(&error))?;
        let kept = self
            .house
            .store
            .transact("keeping a server of tools", move |together| {
                together.save_mcp_server(&row)?;
                for (key, value) in &keys {
                    together.set_mcp_secret(&row.name, key, value)?;
                }
                Ok(())
            })
            .await;
        kept.map_err(|error| convert::store_fault(&error))
    }

    /// Ends a server and forgets it, with its keys and what was allowed of its tools.
    pub(crate) async fn forget_tool_server(&self, name: &str) -> Result<(), Fault> {
        let row = self.house.store.mcp_server(name).await;
        let row = row.map_err(|error| convert::store_fault(&error))?;
        let row = row.ok_or_else(|| no_server(name))?;
        self.house.tool_servers.end(name).await;
        let tools: Vec<String> = known::read(name, &row.tools)
            .into_iter()
            .map(|tool| tool.name)
            .collect();
        let gone = self
            .house
            .store
            .transact("forgetting a server of tools", move |together| {
                for tool in &tools {
                    together.ask_again_for(tool)?;
                }
                together.remove_mcp_server(&row.name)
            })
            .await;
        gone.map_err(|error| convert::store_fault(&error))?;
        let folder = self.data_folder().join("tool-servers").join(name);
        // What a server left there belongs to the person.
        let _ = self.blocking(move || std::fs::remove_dir(folder)).await?;
        let subject = format!("tool server removed: {name}");
        self.put_on_record(AuditKind::Consent, subject).await
    }

    /// Connects a server anew, without waiting for the end of its back-off.
    pub(crate) async fn check_tool_server(&self, name: &str) -> Result<(), Fault> {
        let slot = self.house.tool_servers.slot(name);
        slot.link().not_before = None;
        let server = match self.tool_server(name).await {
            Ok(server) => server,
            Err(fault) if fault.code == Code::NotFound => {
                self.house.tool_servers.end(name).await;
                return Err(fault);
            }
            // The view says so.
            Err(_) => return Ok(()),
        };
        match server.tools().await {
            Ok(listed) => self.keep_tools(name, listed).await,
            Err(error) => {
                let _ = self.tool_server_failed(name, &error).await;
                Ok(())
            }
        }
    }
}

/// There is no such server.
pub(crate) fn no_server(name: &str) -> Fault {
    Fault::refused(Code::NotFound, format!("There is no tool server `{name}`."))
        .advising("Look at the names with `hai-net tools servers`.")
}

/// What went wrong with a server, for a person.
fn fault(name: &str, error: &McpError) -> Fault {
    let message = format!("The tool server `{name}` did not do this: {error}.");
    Fault::broken(Code::ToolServer, message, convert::chain(error))
}
