//! The last row of each day, which the owner signs.

use base::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{AuditLink, DAY_MS, beginning, canonical};
use crate::Store;
use crate::columns::{count, millis, number};
use crate::error::StoreError;

/// The last row of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// The day, counted from 1970-01-01 in UTC.
    pub day: u64,
    /// The number of the row.
    pub number: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl AuditHead {
    /// What the owner signs: deterministic CBOR that says what it is.
    #[must_use]
    pub fn bytes_to_sign(&self) -> Vec<u8> {
        canonical::signed_head(self)
    }
}

/// The last row of a day, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// The row.
    pub head: AuditHead,
    /// The owner's signature over [`AuditHead::bytes_to_sign`].
    pub signature: Vec<u8>,
}

impl Store {
    /// The heads of the days that are over at `now` and not signed yet, the oldest first.
    ///
    /// What a clock that was set back adds to a day that is signed falls under the next head: a head
    /// stands for all rows before it.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn unsigned_heads(&self, now: Timestamp) -> Result<Vec<AuditHead>, StoreError> {
        let today = millis(now).unsigned_abs() / DAY_MS * DAY_MS;
        self.read("looking for unsigned days", move |connection| {
            // With `max`, SQLite takes the other columns from the row that has it.
            let mut statement = connection.prepare_cached(
                "SELECT at / ?2 AS day, max(number) AS number, hash FROM audit
                 WHERE number > (SELECT coalesce(max(number), 0) FROM audit_heads) AND at < ?1
                 GROUP BY day HAVING day NOT IN (SELECT day FROM audit_heads) ORDER BY day",
            )?;
            let rows = statement.query_map(params![number(today), number(DAY_MS)], head)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Keeps the signature of a day's head, for good.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownAuditRow`] when the chain has no such row with this hash;
    /// [`StoreError::AlreadyThere`] when the day is signed; else as every writing.
    pub async fn save_head(&self, head: AuditHead, signature: Vec<u8>) -> Result<(), StoreError> {
        self.write("signing a day of the audit chain", move |connection| {
            let link = AuditLink {
                number: head.number,
                hash: head.hash,
            };
            let in_chain = connection
                .prepare_cached("SELECT 1 FROM audit WHERE number = ?1 AND hash = ?2")?
                .exists(params![number(link.number), link.hash])?;
            if !in_chain && beginning(connection)? != link {
                return Err(StoreError::UnknownAuditRow(head.number).into());
            }
            connection
                .prepare_cached(
                    "INSERT INTO audit_heads (day, number, hash, signature)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![
                    number(head.day),
                    number(head.number),
                    head.hash,
                    signature
                ])?;
            Ok(())
        })
        .await
    }
}

/// All signed heads, by the number of their row.
pub(super) fn signed(connection: &Connection) -> rusqlite::Result<Vec<SignedHead>> {
    connection
        .prepare_cached(
            "SELECT day, number, hash, signature FROM audit_heads ORDER BY number, day",
        )?
        .query_map([], |row| {
            Ok(SignedHead {
                head: head(row)?,
                signature: row.get(3)?,
            })
        })?
        .collect()
}

fn head(row: &Row<'_>) -> rusqlite::Result<AuditHead> {
    Ok(AuditHead {
        day: count(row.get(0)?),
        number: count(row.get(1)?),
        hash: row.get(2)?,
    })
}
