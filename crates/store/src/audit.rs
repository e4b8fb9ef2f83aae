//! The audit chain: what left the hub, what was allowed, and what was done, in rows that nobody can
//! change unseen.
//!
//! Each row carries a hash over the row before and over itself, so a row that is changed, removed, added
//! in between or moved breaks the chain from there on. The last row of a day is signed by the owner, so
//! that whoever has the database, but not the owner's key, cannot write the chain anew. Signing itself
//! happens elsewhere.
//!
//! Rows hold categories and hashes, never contents: what was sent is not here, only that it was.

mod canonical;
mod export;
mod heads;
mod verify;

use std::collections::BTreeMap;

use base::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use serde::{Deserialize, Serialize};

use crate::columns::{self, Json, count, millis, time, words};
use crate::error::{JobError, StoreError};
use crate::paging::Page;
use crate::transaction::Transaction;
use crate::{Store, search};

pub use export::{AUDIT_PAGE, AuditExport};
pub use heads::{AuditHead, SignedHead};
pub use verify::{AuditFault, AuditFlaw, AuditReport};

/// The most audit rows that one reading returns, whatever its filter asks.
pub const AUDIT_ROWS_MAX: u32 = 10_000;

/// The longest name of an actor, in bytes: `program:` or `agent:` with an id.
pub const AUDIT_ACTOR_BYTES_MAX: usize = 100;

/// The longest subject, in bytes: a category in a few words. A content would not fit.
pub const AUDIT_SUBJECT_BYTES_MAX: usize = 200;

/// The most details of one row: what a person reads at a glance.
pub const AUDIT_DETAILS_MAX: usize = 16;

/// The longest name or text of a detail, in bytes: as a subject, since it says as much.
pub const AUDIT_DETAIL_BYTES_MAX: usize = AUDIT_SUBJECT_BYTES_MAX;

/// How many old rows one transaction removes: a few milliseconds, so that no writer waits long.
const PRUNED_TOGETHER: u32 = 500;

/// The length of a day.
const DAY_MS: u64 = 86_400_000;

/// What an audit row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AuditKind {
    /// Something left the hub, or was kept from leaving.
    Egress,
    /// A consent was given or taken back.
    Consent,
    /// A person was asked, and answered or not.
    Approval,
    /// An agent was made.
    Spawn,
    /// A tool was run.
    ToolRun,
    /// A setting was changed.
    Setting,
    /// A device was paired or sent away.
    Pairing,
    /// A vote was cast.
    Vote,
    /// The program, or a model, was updated.
    Update,
    /// An identity was made, locked, unlocked, moved or recovered.
    Identity,
    /// A program got access, used it wrongly, or lost it.
    Access,
}

words!(AuditKind {
    Egress = "egress",
    Consent = "consent",
    Approval = "approval",
    Spawn = "spawn",
    ToolRun = "tool_run",
    Setting = "setting",
    Pairing = "pairing",
    Vote = "vote",
    Update = "update",
    Identity = "identity",
    Access = "access",
});

impl AuditKind {
    /// All kinds, for lists to choose from.
    pub const ALL: [Self; 11] = [
        Self::Egress,
        Self::Consent,
        Self::Approval,
        Self::Spawn,
        Self::ToolRun,
        Self::Setting,
        Self::Pairing,
        Self::Vote,
        Self::Update,
        Self::Identity,
        Self::Access,
    ];
}

/// A detail of an audit row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AuditValue {
    /// How many, how large, which number.
    Number(i64),
    /// A category in a few words; never a content.
    Text(String),
}

/// What is to be written into the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When it happened.
    pub at: Timestamp,
    /// What it is about.
    pub kind: AuditKind,
    /// Who did it: `person`, `agent:<id>`, `program:<token id>`.
    pub actor: String,
    /// What it was done to, as a category.
    pub subject: String,
    /// SHA-256 of the bytes that it is about, which are not kept.
    pub digest: Option<[u8; 32]>,
    /// More categories and counts.
    pub details: BTreeMap<String, AuditValue>,
}

/// A row of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number: one more than that of the row before.
    pub number: u64,
    /// What it tells.
    pub entry: AuditEntry,
    /// The hash over the hash before and this row.
    pub hash: [u8; 32],
}

/// A place in the chain: behind the row of this number, which has this hash.
///
/// Number 0 is the place before the first row; its hash is all zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditLink {
    /// The number of the row.
    pub number: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Which audit rows to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Only rows of these kinds; none means all.
    pub kinds: Vec<AuditKind>,
    /// Words that must all occur in actor, subject and details; the last may be unfinished.
    pub text: Option<String>,
    /// Only rows older than this one: for the next page.
    pub before: Option<u64>,
    /// Only rows newer than this one: for what was missed.
    pub after: Option<u64>,
    /// How many at most; never more than [`AUDIT_ROWS_MAX`].
    pub limit: u32,
}

impl Store {
    /// Adds rows at the end of the chain, in their order, all or none. Returns the new end.
    ///
    /// What belongs to another writing goes through [`Transaction::append_audit`].
    ///
    /// # Errors
    ///
    /// [`StoreError::TooMuch`] when a row is longer than the limits say; else as every writing.
    pub async fn append_audit(&self, rows: Vec<AuditEntry>) -> Result<AuditLink, StoreError> {
        self.transact("writing the audit chain", move |together| {
            together.append_audit(&rows)
        })
        .await
    }

    /// Audit rows, the newest first.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn read_audit(&self, filter: AuditFilter) -> Result<Vec<AuditRow>, StoreError> {
        self.read("reading the audit chain", move |connection| {
            let (sql, values) = query(&filter);
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), from_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Removes the rows of whole days (in UTC) before `before`, and keeps the hash of the last of them
    /// as the place where the chain now begins. Returns how many rows there were.
    ///
    /// A row stays as long as one before it has to. Other writers get their turn in between, so a
    /// failure may come after some rows are gone; the chain is whole after each step.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn prune_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        let day = millis(before).unsigned_abs() / DAY_MS * DAY_MS;
        let last = self
            .read("looking for old audit rows", move |connection| {
                last_before(connection, Timestamp::from_millis(day))
            })
            .await?;
        let mut removed = 0;
        loop {
            let some = self
                .write("removing old audit rows", move |connection| {
                    prune_some(connection, last)
                })
                .await?;
            removed += some;
            if some < u64::from(PRUNED_TOGETHER) {
                return Ok(removed);
            }
        }
    }
}

impl Transaction<'_> {
    /// Adds rows at the end of the chain, in their order. Returns the new end.
    ///
    /// # Errors
    ///
    /// As [`Store::append_audit`].
    pub fn append_audit(&self, rows: &[AuditEntry]) -> Result<AuditLink, StoreError> {
        self.run(|connection| append(connection, rows))
    }
}

pub(crate) fn append(connection: &Connection, rows: &[AuditEntry]) -> Result<AuditLink, JobError> {
    rows.iter().try_for_each(refuse_too_much)?;
    let before = end(connection)?;
    if rows.is_empty() {
        return Ok(before);
    }
    let mut end = before;
    let mut statement = connection.prepare_cached(
        "INSERT INTO audit (number, at, kind, actor, subject, digest, details, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for entry in rows {
        let number = end.number + 1;
        let hash = canonical::hash(&end.hash, number, entry);
        statement.execute(params![
            columns::number(number),
            millis(entry.at),
            entry.kind,
            entry.actor,
            entry.subject,
            entry.digest,
            Json(&entry.details),
            hash,
        ])?;
        end = AuditLink { number, hash };
    }
    connection
        .prepare_cached(
            "INSERT INTO audit_words (rowid, actor, subject, details)
             SELECT number, actor, subject, details FROM audit WHERE number > ?1",
        )?
        .execute([columns::number(before.number)])?;
    Ok(end)
}

/// The end of the chain, as it was written with its last row.
fn end(connection: &Connection) -> rusqlite::Result<AuditLink> {
    connection
        .prepare_cached("SELECT number, hash FROM audit_end")?
        .query_row([], link)
}

/// The place where the chain begins.
fn beginning(connection: &Connection) -> rusqlite::Result<AuditLink> {
    let mut statement = connection
        .prepare_cached("SELECT number, hash FROM audit_anchors ORDER BY number DESC LIMIT 1")?;
    let mut rows = statement.query([])?;
    rows.next()?.map_or(Ok(AuditLink::default()), link)
}

fn link(row: &Row<'_>) -> rusqlite::Result<AuditLink> {
    Ok(AuditLink {
        number: count(row.get(0)?),
        hash: row.get(1)?,
    })
}

fn refuse_too_much(entry: &AuditEntry) -> Result<(), StoreError> {
    let bounded = |what, found: usize, most: usize| {
        if found <= most {
            Ok(())
        } else {
            Err(StoreError::TooMuch { what, most })
        }
    };
    let text_max = AUDIT_DETAIL_BYTES_MAX;
    bounded(
        "bytes of an actor",
        entry.actor.len(),
        AUDIT_ACTOR_BYTES_MAX,
    )?;
    bounded(
        "bytes of a subject",
        entry.subject.len(),
        AUDIT_SUBJECT_BYTES_MAX,
    )?;
    bounded(
        "details of an audit row",
        entry.details.len(),
        AUDIT_DETAILS_MAX,
    )?;
    for (name, value) in &entry.details {
        bounded("bytes of the name of a detail", name.len(), text_max)?;
        if let AuditValue::Text(text) = value {
            bounded("bytes of a detail", text.len(), text_max)?;
        }
    }
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        number: count(row.get("number")?),
        entry: AuditEntry {
            at: time(row.get("at")?),
            kind: row.get("kind")?,
            actor: row.get("actor")?,
            subject: row.get("subject")?,
            digest: row.get("digest")?,
            details: row.get::<_, Json<_>>("details")?.0,
        },
        hash: row.get("hash")?,
    })
}

fn query(filter: &AuditFilter) -> (String, Vec<Value>) {
    let kinds = filter.kinds.iter();
    Page {
        table: "audit",
        number: "number",
        words: "audit_words",
        typed: filter.text.as_deref().and_then(search::query),
        one_of: (
            "kind",
            kinds.map(|kind| kind.word().to_owned().into()).collect(),
        ),
        also: Vec::new(),
        before: filter.before,
        after: filter.after,
        limit: filter.limit.min(AUDIT_ROWS_MAX),
    }
    .query()
}

/// The last row that no row from `since` on stands before; 0 when there is none.
fn last_before(connection: &Connection, since: Timestamp) -> Result<u64, JobError> {
    let last = connection
        .prepare_cached(
            "SELECT coalesce((SELECT min(number) FROM audit WHERE at >= ?1) - 1,
                 (SELECT number FROM audit_end))",
        )?
        .query_row([millis(since)], |row| row.get(0))?;
    Ok(count(last))
}

/// Removes the first rows up to `last`, not more than [`PRUNED_TOGETHER`].
fn prune_some(connection: &Connection, last: u64) -> Result<u64, JobError> {
    let new = connection
        .prepare_cached(
            "INSERT INTO audit_anchors (number, hash, at)
             SELECT number, hash, at FROM (
                 SELECT number, hash, at FROM audit WHERE number <= ?1 ORDER BY number LIMIT ?2)
             ORDER BY number DESC LIMIT 1",
        )?
        .execute(params![columns::number(last), PRUNED_TOGETHER])?;
    if new == 0 {
        return Ok(0);
    }
    let begins = beginning(connection)?.number;
    connection
        .prepare_cached(
            "INSERT INTO audit_words (audit_words, rowid, actor, subject, details)
             SELECT 'delete', number, actor, subject, details FROM audit WHERE number <= ?1",
        )?
        .execute([columns::number(begins)])?;
    let removed = connection
        .prepare_cached("DELETE FROM audit WHERE number <= ?1")?
        .execute([columns::number(begins)])?;
    connection
        .prepare_cached("DELETE FROM audit_anchors WHERE number < ?1")?
        .execute([columns::number(begins)])?;
    Ok(removed as u64)
}

#[cfg(test)]
mod tests;
