//! Answers that programs asked the API to keep.

use base::{Timestamp, TokenId};
use rusqlite::{OptionalExtension, Row, params};
use serde_json::Value;

use crate::Store;
use crate::columns::{Json, millis, time};
use crate::error::StoreError;

/// The most answers that are kept; the oldest go first.
///
/// A program that asks once a minute for a week stays below. With a few kilobytes each, all of them are
/// some tens of megabytes.
pub const RESPONSES_MAX: u32 = 10_000;

/// An answer that is kept.
#[derive(Clone, PartialEq)]
pub struct ResponseRow {
    /// Its name, as the program knows it.
    pub id: String,
    /// The token of the program; `None` on loopback where none is needed.
    pub token: Option<TokenId>,
    /// The answer that it goes on from.
    pub previous: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// What was said to the model, beyond what `previous` has.
    pub input: Value,
    /// The answer as the program gets it.
    pub body: Value,
}

impl std::fmt::Debug for ResponseRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseRow")
            .field("id", &self.id)
            .field("token", &self.token)
            .field("previous", &self.previous)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Keeps an answer, in place of an earlier state of the same one. Answers from before `oldest`, and
    /// the oldest beyond [`RESPONSES_MAX`], are deleted with it.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn save_response(
        &self,
        row: ResponseRow,
        oldest: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("keeping a response", move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO responses (id, token, previous, created, input, body)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                )?
                .execute(params![
                    row.id,
                    row.token.map(TokenId::to_bytes),
                    row.previous,
                    millis(row.created),
                    Json(&row.input),
                    Json(&row.body),
                ])?;
            connection
                .prepare_cached("DELETE FROM responses WHERE created < ?1")?
                .execute([millis(oldest)])?;
            connection
                .prepare_cached(
                    "DELETE FROM responses WHERE id IN (
                         SELECT id FROM responses ORDER BY created DESC, id LIMIT -1 OFFSET ?1)",
                )?
                .execute([RESPONSES_MAX])?;
            Ok(())
        })
        .await
    }

    /// An answer, and those that it goes on from, the newest first; at most `most` of them. Empty when
    /// there is no such answer. Whose they are, the caller must look.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn responses_back_from(
        &self,
        id: impl Into<String>,
        most: usize,
    ) -> Result<Vec<ResponseRow>, StoreError> {
        let mut next = Some(id.into());
        self.read("reading responses", move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM responses WHERE id = ?1")?;
            let mut rows = Vec::new();
            while let Some(id) = next.take().filter(|_| rows.len() < most) {
                let Some(row) = statement.query_row([id], from_row).optional()? else {
                    break;
                };
                next.clone_from(&row.previous);
                rows.push(row);
            }
            Ok(rows)
        })
        .await
    }

    /// Deletes an answer of this token; `false` when there is none.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn delete_response(
        &self,
        id: impl Into<String>,
        token: Option<TokenId>,
    ) -> Result<bool, StoreError> {
        let id = id.into();
        self.write("deleting a response", move |connection| {
            let changed = connection
                .prepare_cached("DELETE FROM responses WHERE id = ?1 AND token IS ?2")?
                .execute(params![id, token.map(TokenId::to_bytes)])?;
            Ok(changed > 0)
        })
        .await
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ResponseRow> {
    Ok(ResponseRow {
        id: row.get("id")?,
        token: row
            .get::<_, Option<[u8; 16]>>("token")?
            .map(TokenId::from_bytes),
        previous: row.get("previous")?,
        created: time(row.get("created")?),
        input: row.get::<_, Json<Value>>("input")?.0,
        body: row.get::<_, Json<Value>>("body")?.0,
    })
}
