//! API tokens. Only the SHA-256 of a token's secret is kept.

use base::{Timestamp, TokenId};
use rusqlite::{OptionalExtension, Row, params};

use crate::Store;
use crate::columns::{Json, millis, time};
use crate::error::StoreError;
use crate::usage::whole;

/// An API token.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its name for machines; not its secret.
    pub id: TokenId,
    /// Its name for people.
    pub label: String,
    /// SHA-256 of its secret.
    pub hash: [u8; 32],
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// When a person ended it.
    pub revoked: Option<Timestamp>,
    /// The most requests a minute.
    pub rate_per_minute: Option<u32>,
    /// The most tokens of models a day.
    pub quota_tokens: Option<u64>,
}

impl std::fmt::Debug for TokenRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenRow")
            .field("id", &self.id)
            .field("label", &self.label)
            .field("hash", &"Secret(…)")
            .field("scopes", &self.scopes)
            .field("created", &self.created)
            .field("last_used", &self.last_used)
            .field("expires", &self.expires)
            .field("revoked", &self.revoked)
            .field("rate_per_minute", &self.rate_per_minute)
            .field("quota_tokens", &self.quota_tokens)
            .finish()
    }
}

impl Store {
    /// Adds a token.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn add_token(&self, row: TokenRow) -> Result<(), StoreError> {
        self.write("saving a token", move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO tokens
                         (id, label, hash, scopes, created, last_used, expires, revoked,
                          rate_per_minute, quota_tokens)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(params![
                    row.id.to_bytes(),
                    row.label,
                    row.hash,
                    Json(&row.scopes),
                    millis(row.created),
                    row.last_used.map(millis),
                    row.expires.map(millis),
                    row.revoked.map(millis),
                    row.rate_per_minute,
                    row.quota_tokens.map(whole),
                ])?;
            Ok(())
        })
        .await
    }

    /// All tokens, revoked and expired ones too, the oldest first.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        self.read("reading the tokens", |connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM tokens ORDER BY created, id")?;
            let rows = statement.query_map([], from_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// The token with this hash, also when it is revoked or expired: whoever asks must look.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn token_by_hash(&self, hash: [u8; 32]) -> Result<Option<TokenRow>, StoreError> {
        self.read("looking for a token", move |connection| {
            let row = connection
                .prepare_cached("SELECT * FROM tokens WHERE hash = ?1")?
                .query_row([hash], from_row)
                .optional()?;
            Ok(row)
        })
        .await
    }

    /// Notes that a token was used. One that is gone is no error.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn touch_token(&self, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
        self.write("noting the use of a token", move |connection| {
            connection
                .prepare_cached(
                    "UPDATE tokens SET last_used = max(coalesce(last_used, 0), ?2) WHERE id = ?1",
                )?
                .execute(params![id.to_bytes(), millis(now)])?;
            Ok(())
        })
        .await
    }

    /// Ends a token; `false` when there is no such token or it had been ended before.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn revoke_token(&self, id: TokenId, now: Timestamp) -> Result<bool, StoreError> {
        self.write("revoking a token", move |connection| {
            let changed = connection
                .prepare_cached("UPDATE tokens SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL")?
                .execute(params![id.to_bytes(), millis(now)])?;
            Ok(changed > 0)
        })
        .await
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<TokenRow> {
    Ok(TokenRow {
        id: TokenId::from_bytes(row.get("id")?),
        label: row.get("label")?,
        hash: row.get("hash")?,
        scopes: row.get::<_, Json<Vec<String>>>("scopes")?.0,
        created: time(row.get("created")?),
        last_used: row.get::<_, Option<i64>>("last_used")?.map(time),
        expires: row.get::<_, Option<i64>>("expires")?.map(time),
        revoked: row.get::<_, Option<i64>>("revoked")?.map(time),
        rate_per_minute: row.get("rate_per_minute")?,
        quota_tokens: row
            .get::<_, Option<i64>>("quota_tokens")?
            .map(|quota| u64::try_from(quota).unwrap_or_default()),
    })
}
