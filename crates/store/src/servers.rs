//! The MCP servers that bring tools of their own: how they are started, the keys that they get, and what
//! they listed last. What follows from it is decided elsewhere.

use std::collections::BTreeMap;

use base::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};
use serde_json::Value;

use crate::Store;
use crate::columns::{Json, millis, time};
use crate::error::StoreError;
use crate::permissions::remove;
use crate::transaction::Transaction;

/// An MCP server.
#[derive(Debug, Clone, PartialEq)]
pub struct McpServerRow {
    /// Its name for people.
    pub name: String,
    /// How it is started or where it is reached. No secret belongs here: see
    /// [`Transaction::set_mcp_secret`].
    pub start: Value,
    /// Whether it is used.
    pub enabled: bool,
    /// What a person chose for each of its tools.
    pub permissions: Value,
    /// The tools that it listed last.
    pub tools: Value,
    /// When it was last changed.
    pub changed: Timestamp,
}

impl Store {
    /// Keeps an MCP server, in place of an earlier one of the same name.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn save_mcp_server(&self, row: McpServerRow) -> Result<(), StoreError> {
        self.transact("saving an MCP server", move |together| {
            together.save_mcp_server(&row)
        })
        .await
    }

    /// Forgets an MCP server with its keys; `false` when there is none of this name.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn remove_mcp_server(&self, name: impl Into<String>) -> Result<bool, StoreError> {
        let name = name.into();
        self.transact("forgetting an MCP server", move |together| {
            together.remove_mcp_server(&name)
        })
        .await
    }

    /// All MCP servers, by name.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn mcp_servers(&self) -> Result<Vec<McpServerRow>, StoreError> {
        self.read("reading the MCP servers", |connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM mcp_servers ORDER BY name")?;
            let rows = statement.query_map([], server)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// The MCP server of this name.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn mcp_server(
        &self,
        name: impl Into<String>,
    ) -> Result<Option<McpServerRow>, StoreError> {
        let name = name.into();
        self.read("reading an MCP server", move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM mcp_servers WHERE name = ?1")?;
            Ok(statement.query_row([name], server).optional()?)
        })
        .await
    }

    /// The keys that an MCP server gets, by name.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn mcp_secrets(
        &self,
        server: impl Into<String>,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let server = server.into();
        self.read("reading the keys of an MCP server", move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT name, value FROM mcp_secrets WHERE server = ?1")?;
            let rows = statement.query_map([server], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

impl Transaction<'_> {
    /// As [`Store::save_mcp_server`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn save_mcp_server(&self, row: &McpServerRow) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO mcp_servers (name, start, enabled, permissions, tools, changed)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (name) DO UPDATE SET start = excluded.start,
                         enabled = excluded.enabled, permissions = excluded.permissions,
                         tools = excluded.tools, changed = excluded.changed",
                )?
                .execute(params![
                    row.name,
                    Json(&row.start),
                    row.enabled,
                    Json(&row.permissions),
                    Json(&row.tools),
                    millis(row.changed),
                ])?;
            Ok(())
        })
    }

    /// Keeps a key for an MCP server that is there: a value of its environment, or of a header.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub fn set_mcp_secret(&self, server: &str, name: &str, value: &str) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO mcp_secrets (server, name, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT (server, name) DO UPDATE SET value = excluded.value",
                )?
                .execute([server, name, value])?;
            Ok(())
        })
    }

    /// Keeps what an MCP server listed; `false` when there is none of this name.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub fn set_mcp_tools(&self, server: &str, tools: &Value) -> Result<bool, StoreError> {
        self.run(|connection| {
            let changed = connection
                .prepare_cached("UPDATE mcp_servers SET tools = ?2 WHERE name = ?1")?
                .execute(params![server, Json(tools)])?;
            Ok(changed > 0)
        })
    }

    /// As [`Store::remove_mcp_server`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn remove_mcp_server(&self, name: &str) -> Result<bool, StoreError> {
        self.run(|connection| remove(connection, "DELETE FROM mcp_servers WHERE name = ?1", name))
    }

    /// Takes back every permission for a tool that lets calls through without a question. What refuses
    /// or asks stays.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub fn ask_again_for(&self, tool: &str) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "DELETE FROM permissions
                     WHERE tool = ?1 AND choice IN ('once', 'conversation', 'always')",
                )?
                .execute([tool])?;
            Ok(())
        })
    }
}

fn server(row: &Row<'_>) -> rusqlite::Result<McpServerRow> {
    Ok(McpServerRow {
        name: row.get("name")?,
        start: row.get::<_, Json<Value>>("start")?.0,
        enabled: row.get("enabled")?,
        permissions: row.get::<_, Json<Value>>("permissions")?.0,
        tools: row.get::<_, Json<Value>>("tools")?.0,
        changed: time(row.get("changed")?),
    })
}
