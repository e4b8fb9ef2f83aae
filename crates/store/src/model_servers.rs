//! Servers of language models that the person named, with their keys as far as those do not lie in the
//! keychain. What may go to them is decided elsewhere.

use base::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use zeroize::Zeroizing;

use crate::Store;
use crate::columns::{count, millis, time, words};
use crate::error::StoreError;

/// The most servers. Each is looked at when the list is shown.
pub const MODEL_SERVERS_MAX: usize = 32;

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelServerKind {
    /// Ollama's own API.
    Ollama,
    /// The API of OpenAI.
    OpenAi,
}

words!(ModelServerKind {
    Ollama = "ollama",
    OpenAi = "openai",
});

/// A server of language models.
#[derive(Clone, PartialEq, Eq)]
pub struct ModelServerRow {
    /// Its name, which stands before those of its models.
    pub name: String,
    /// How it is spoken to.
    pub kind: ModelServerKind,
    /// Where it is.
    pub address: String,
    /// Whether the person said that the device is their own.
    pub own_device: bool,
    /// The key that it asks for, unless it has none or its key lies in the keychain.
    pub key: Option<Zeroizing<String>>,
    /// Whether its key lies in the keychain of the operating system.
    pub key_in_keychain: bool,
    /// When it was added.
    pub added: Timestamp,
}

impl std::fmt::Debug for ModelServerRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelServerRow")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("own_device", &self.own_device)
            .field("key", &self.key.as_ref().map(|_| "Secret(…)"))
            .field("key_in_keychain", &self.key_in_keychain)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// All servers, in the order in which they are asked.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn model_servers(&self) -> Result<Vec<ModelServerRow>, StoreError> {
        self.read("listing model servers", |connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM model_servers ORDER BY turn, name")?;
            let rows = statement.query_map([], from_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Adds a server at the end of the order; `false` when there is one of this name, or as many as there
    /// may be.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn add_model_server(&self, row: ModelServerRow) -> Result<bool, StoreError> {
        self.write("adding a model server", move |connection| {
            let taken = connection
                .prepare_cached("SELECT 1 FROM model_servers WHERE name = ?1")?
                .query_row([&row.name], |_| Ok(()))
                .optional()?;
            let there: i64 = connection
                .prepare_cached("SELECT count(*) FROM model_servers")?
                .query_row([], |row| row.get(0))?;
            if taken.is_some() || count(there) >= MODEL_SERVERS_MAX as u64 {
                return Ok(false);
            }
            connection
                .prepare_cached(
                    "INSERT INTO model_servers
                         (name, kind, address, own_device, key, key_in_keychain, added, turn)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
                         (SELECT coalesce(max(turn), 0) + 1 FROM model_servers))",
                )?
                .execute(params![
                    row.name,
                    row.kind,
                    row.address,
                    row.own_device,
                    row.key.as_ref().map(|key| key.as_str()),
                    row.key_in_keychain,
                    millis(row.added),
                ])?;
            Ok(true)
        })
        .await
    }

    /// Removes a server with its key; `false` when there is none of this name.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn remove_model_server(&self, name: impl Into<String>) -> Result<bool, StoreError> {
        let name = name.into();
        self.write("removing a model server", move |connection| {
            let removed = connection
                .prepare_cached("DELETE FROM model_servers WHERE name = ?1")?
                .execute([&name])?;
            Ok(removed > 0)
        })
        .await
    }

    /// Notes where the key of a server lies now: here when there is one, else in the keychain. A server that
    /// was removed meanwhile stays removed.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn place_model_server_key(
        &self,
        name: impl Into<String>,
        key: Option<Zeroizing<String>>,
    ) -> Result<(), StoreError> {
        let name = name.into();
        self.write("moving the key of a model server", move |connection| {
            connection
                .prepare_cached(
                    "UPDATE model_servers SET key = ?2, key_in_keychain = ?3 WHERE name = ?1",
                )?
                .execute(params![
                    name,
                    key.as_ref().map(|key| key.as_str()),
                    key.is_none()
                ])?;
            Ok(())
        })
        .await
    }

    /// Puts these servers first, in this order; others stay behind them as they were.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn order_model_servers(&self, names: Vec<String>) -> Result<(), StoreError> {
        self.write("ordering model servers", move |connection| {
            let mut all = connection
                .prepare_cached("SELECT name FROM model_servers ORDER BY turn, name")?
                .query_map([], |row| row.get::<_, String>(0))?
                .collect::<Result<Vec<_>, _>>()?;
            let place = |name: &String| names.iter().position(|first| first == name);
            // Stable: what is not named keeps its order.
            all.sort_by_key(|name| place(name).unwrap_or(usize::MAX));
            let mut change =
                connection.prepare_cached("UPDATE model_servers SET turn = ?2 WHERE name = ?1")?;
            for (name, turn) in all.iter().zip(0_i64..) {
                change.execute(params![name, turn])?;
            }
            Ok(())
        })
        .await
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ModelServerRow> {
    Ok(ModelServerRow {
        name: row.get("name")?,
        kind: row.get("kind")?,
        address: row.get("address")?,
        own_device: row.get("own_device")?,
        key: row.get::<_, Option<String>>("key")?.map(Zeroizing::new),
        key_in_keychain: row.get("key_in_keychain")?,
        added: time(row.get("added")?),
    })
}
