//! The chain from its beginning to its end, page by page, for a file that others can verify.

use rusqlite::params;

use super::heads::signed;
use super::{AuditLink, AuditRow, SignedHead, beginning, end, from_row};
use crate::Store;
use crate::columns::number;
use crate::error::StoreError;

/// How many rows one page has: some hundred kilobytes.
pub const AUDIT_PAGE: u32 = 1_000;

/// The chain as it was when the export began. Rows come in pages, the oldest first.
#[derive(Debug, Clone)]
pub struct AuditExport {
    store: Store,
    from: AuditLink,
    to: AuditLink,
    heads: Vec<SignedHead>,
    /// The last row that was given out.
    given: u64,
}

impl Store {
    /// Begins to export the chain. Nothing is held: others read, write and prune meanwhile.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn export_audit(&self) -> Result<AuditExport, StoreError> {
        let store = self.clone();
        self.read("exporting the audit chain", move |connection| {
            let from = beginning(connection)?;
            Ok(AuditExport {
                store,
                from,
                to: end(connection)?,
                heads: signed(connection)?,
                given: from.number,
            })
        })
        .await
    }
}

impl AuditExport {
    /// Where the chain begins: behind the rows that were removed for their age.
    #[must_use]
    pub fn from(&self) -> AuditLink {
        self.from
    }

    /// Where the export ends.
    #[must_use]
    pub fn to(&self) -> AuditLink {
        self.to
    }

    /// The signed days.
    #[must_use]
    pub fn heads(&self) -> &[SignedHead] {
        &self.heads
    }

    /// The next rows, at most [`AUDIT_PAGE`]; `None` at the end.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn next_page(&mut self) -> Result<Option<Vec<AuditRow>>, StoreError> {
        let (given, to) = (self.given, self.to.number);
        let rows: Vec<AuditRow> = self
            .store
            .read("exporting the audit chain", move |connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT * FROM audit WHERE number > ?1 AND number <= ?2
                     ORDER BY number LIMIT ?3",
                )?;
                let rows = statement
                    .query_map(params![number(given), number(to), AUDIT_PAGE], from_row)?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            })
            .await?;
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        self.given = last.number;
        Ok(Some(rows))
    }
}
