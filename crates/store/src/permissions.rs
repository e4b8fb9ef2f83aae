//! What a person lets tools do without being asked again, and the folders that they may use. What follows
//! from it is decided elsewhere.

use base::{ConversationId, Timestamp};
use rusqlite::{Connection, Row, params};

use crate::Store;
use crate::columns::{millis, time, words};
use crate::error::StoreError;
use crate::transaction::Transaction;

/// What a person chose for a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Ask each time.
    Ask,
    /// Allowed the next time, then gone.
    Once,
    /// Allowed in one conversation.
    Conversation,
    /// Allowed.
    Always,
    /// Refused, without asking.
    Never,
}

words!(Permission {
    Ask = "ask",
    Once = "once",
    Conversation = "conversation",
    Always = "always",
    Never = "never",
});

/// A choice that stands until it is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionRow {
    /// The name of the tool.
    pub tool: String,
    /// What it may be done to: a host, a folder; empty for all.
    pub scope: String,
    /// The conversation that it is for; `None` means all.
    pub conversation: Option<ConversationId>,
    /// What was chosen.
    pub choice: Permission,
    /// When.
    pub changed: Timestamp,
}

/// What may be done in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FolderAccess {
    /// Its files may be read.
    Read,
    /// Its files may be read, changed, made and removed.
    Write,
}

words!(FolderAccess { Read = "read", Write = "write", });

/// A folder that a person has granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedFolder {
    /// Where it is.
    pub path: String,
    /// What may be done there.
    pub access: FolderAccess,
    /// When it was granted.
    pub granted: Timestamp,
}

impl Store {
    /// Keeps a choice, in place of an earlier one for the same tool, scope and conversation.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownConversation`]; else as every writing.
    pub async fn set_permission(&self, row: PermissionRow) -> Result<(), StoreError> {
        self.transact("saving a permission", move |together| {
            together.set_permission(&row)
        })
        .await
    }

    /// Takes a choice back; `false` when there is none.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn remove_permission(
        &self,
        tool: impl Into<String>,
        scope: impl Into<String>,
        conversation: Option<ConversationId>,
    ) -> Result<bool, StoreError> {
        let (tool, scope) = (tool.into(), scope.into());
        self.transact("taking a permission back", move |together| {
            together.remove_permission(&tool, &scope, conversation)
        })
        .await
    }

    /// All choices that stand, by tool and scope.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn permissions(&self) -> Result<Vec<PermissionRow>, StoreError> {
        self.read("reading permissions", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT * FROM permissions ORDER BY tool, scope, coalesce(conversation, x'')",
            )?;
            let rows = statement.query_map([], permission)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// The choices that stand for one tool, by scope.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn permissions_of(
        &self,
        tool: impl Into<String>,
    ) -> Result<Vec<PermissionRow>, StoreError> {
        let tool = tool.into();
        self.read("reading permissions", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT * FROM permissions WHERE tool = ?1
                 ORDER BY scope, coalesce(conversation, x'')",
            )?;
            let rows = statement.query_map([tool], permission)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Grants a folder, or changes what may be done there.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn grant_folder(&self, row: GrantedFolder) -> Result<(), StoreError> {
        self.transact("granting a folder", move |together| {
            together.grant_folder(&row)
        })
        .await
    }

    /// Takes a folder back; `false` when it was not granted.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn revoke_folder(&self, path: impl Into<String>) -> Result<bool, StoreError> {
        let path = path.into();
        self.transact("taking a folder back", move |together| {
            together.revoke_folder(&path)
        })
        .await
    }

    /// All folders that are granted, by path.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn granted_folders(&self) -> Result<Vec<GrantedFolder>, StoreError> {
        self.read("reading the granted folders", |connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM granted_folders ORDER BY path")?;
            let rows = statement.query_map([], |row| {
                Ok(GrantedFolder {
                    path: row.get("path")?,
                    access: row.get("access")?,
                    granted: time(row.get("granted")?),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

impl Transaction<'_> {
    /// As [`Store::set_permission`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn set_permission(&self, row: &PermissionRow) -> Result<(), StoreError> {
        self.run(|connection| {
            if let Some(conversation) = row.conversation {
                crate::conversations::exists(connection, conversation)?;
            }
            connection
                .prepare_cached(
                    "INSERT INTO permissions (tool, scope, conversation, choice, changed)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (tool, scope, coalesce(conversation, x'')) DO UPDATE
                     SET choice = excluded.choice, changed = excluded.changed",
                )?
                .execute(params![
                    row.tool,
                    row.scope,
                    row.conversation.map(ConversationId::to_bytes),
                    row.choice,
                    millis(row.changed),
                ])?;
            Ok(())
        })
    }

    /// As [`Store::remove_permission`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn remove_permission(
        &self,
        tool: &str,
        scope: &str,
        conversation: Option<ConversationId>,
    ) -> Result<bool, StoreError> {
        self.run(|connection| {
            let removed = connection
                .prepare_cached(
                    "DELETE FROM permissions
                     WHERE tool = ?1 AND scope = ?2 AND coalesce(conversation, x'') = ?3",
                )?
                .execute(params![tool, scope, name_of(conversation)])?;
            Ok(removed > 0)
        })
    }

    /// Uses up a [`Permission::Once`]; `false` when there is none, so that two calls at the same moment
    /// do not both use it.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub fn use_permission_once(
        &self,
        tool: &str,
        scope: &str,
        conversation: Option<ConversationId>,
    ) -> Result<bool, StoreError> {
        self.run(|connection| {
            let used = connection
                .prepare_cached(
                    "DELETE FROM permissions WHERE tool = ?1 AND scope = ?2
                     AND coalesce(conversation, x'') = ?3 AND choice = ?4",
                )?
                .execute(params![
                    tool,
                    scope,
                    name_of(conversation),
                    Permission::Once
                ])?;
            Ok(used > 0)
        })
    }

    /// As [`Store::grant_folder`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn grant_folder(&self, row: &GrantedFolder) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO granted_folders (path, access, granted) VALUES (?1, ?2, ?3)
                     ON CONFLICT (path) DO UPDATE
                     SET access = excluded.access, granted = excluded.granted",
                )?
                .execute(params![row.path, row.access, millis(row.granted)])?;
            Ok(())
        })
    }

    /// As [`Store::revoke_folder`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn revoke_folder(&self, path: &str) -> Result<bool, StoreError> {
        self.run(|connection| {
            remove(
                connection,
                "DELETE FROM granted_folders WHERE path = ?1",
                path,
            )
        })
    }
}

pub(crate) fn remove(
    connection: &Connection,
    sql: &str,
    name: &str,
) -> Result<bool, crate::error::JobError> {
    Ok(connection.prepare_cached(sql)?.execute([name])? > 0)
}

/// What the index of names has for a conversation or for all.
fn name_of(conversation: Option<ConversationId>) -> Vec<u8> {
    conversation.map_or_else(Vec::new, |id| id.to_bytes().to_vec())
}

fn permission(row: &Row<'_>) -> rusqlite::Result<PermissionRow> {
    Ok(PermissionRow {
        tool: row.get("tool")?,
        scope: row.get("scope")?,
        conversation: row
            .get::<_, Option<[u8; 16]>>("conversation")?
            .map(ConversationId::from_bytes),
        choice: row.get("choice")?,
        changed: time(row.get("changed")?),
    })
}
