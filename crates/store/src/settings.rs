//! Settings that differ from their defaults. What a key means is the hub's affair.

use std::collections::BTreeMap;

use base::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use crate::Store;
use crate::columns::{Json, millis};
use crate::error::StoreError;
use crate::transaction::Transaction;

impl Store {
    /// One setting; `None` when it has its default.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn setting(&self, key: impl Into<String>) -> Result<Option<Value>, StoreError> {
        let key = key.into();
        self.read("reading a setting", move |connection| {
            let found = connection
                .prepare_cached("SELECT value FROM settings WHERE key = ?1")?
                .query_row([key], |row| row.get::<_, Json<Value>>(0))
                .optional()?;
            Ok(found.map(|json| json.0))
        })
        .await
    }

    /// All settings that differ from their defaults.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn settings(&self) -> Result<BTreeMap<String, Value>, StoreError> {
        self.read("reading the settings", |connection| {
            let mut statement = connection.prepare_cached("SELECT key, value FROM settings")?;
            let rows = statement
                .query_map([], |row| Ok((row.get(0)?, row.get::<_, Json<Value>>(1)?.0)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Changes a setting; `None` gives it its default again.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn set_setting(
        &self,
        key: impl Into<String>,
        value: Option<Value>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = key.into();
        self.transact("saving a setting", move |together| {
            together.set_setting(&key, value.as_ref(), now)
        })
        .await
    }
}

impl Transaction<'_> {
    /// As [`Store::set_setting`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn set_setting(
        &self,
        key: &str,
        value: Option<&Value>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(|connection| {
            match value {
                Some(value) => connection
                    .prepare_cached(
                        "INSERT INTO settings (key, value, changed) VALUES (?1, ?2, ?3)
                         ON CONFLICT (key) DO UPDATE
                         SET value = excluded.value, changed = excluded.changed",
                    )?
                    .execute(params![key, Json(value), millis(now)])?,
                None => connection
                    .prepare_cached("DELETE FROM settings WHERE key = ?1")?
                    .execute([key])?,
            };
            Ok(())
        })
    }
}
