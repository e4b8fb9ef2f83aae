//! Walking the chain from its beginning to its end.

use std::iter::Peekable;
use std::vec::IntoIter;

use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension, Row};

use super::heads::signed;
use super::{AuditHead, AuditLink, AuditRow, SignedHead, beginning, canonical, end, from_row};
use crate::Store;
use crate::columns::count;
use crate::error::{JobError, StoreError};

/// What a walk through the chain has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Where the chain begins: behind the rows that were removed for their age.
    pub from: AuditLink,
    /// The last row that was found good.
    pub to: AuditLink,
    /// How many signed days were found good.
    pub signed_days: u64,
    /// The first fault; `None` when the chain is whole.
    pub fault: Option<AuditFault>,
}

impl AuditReport {
    /// How many rows were found good.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.to.number - self.from.number
    }
}

/// Where the chain is broken, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditFault {
    /// The number of the first row that is not as it was written.
    pub number: u64,
    /// What is wrong with it.
    pub flaw: AuditFlaw,
}

/// What can be wrong with a row of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditFlaw {
    /// The row is missing, or stands where the chain does not go.
    Gap,
    /// A column holds what the store never writes.
    Unreadable,
    /// The row or its hash was changed.
    WrongHash,
    /// The chain ends elsewhere than the last writing left it.
    WrongEnd,
    /// The head that was signed for this day is another row.
    WrongHead {
        /// The day, counted from 1970-01-01.
        day: u64,
    },
    /// The signature for this day is not the owner's.
    BadSignature {
        /// The day, counted from 1970-01-01.
        day: u64,
    },
}

impl std::fmt::Display for AuditFlaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gap => f.write_str("a row is missing or out of its place"),
            Self::Unreadable => f.write_str("the row cannot be read"),
            Self::WrongHash => f.write_str("the row does not fit its hash"),
            Self::WrongEnd => f.write_str("the chain does not end where it was left"),
            Self::WrongHead { day } => write!(f, "another row was signed for day {day}"),
            Self::BadSignature { day } => write!(f, "the signature of day {day} is not good"),
        }
    }
}

impl Store {
    /// Walks the whole chain and tells the first fault. A broken chain is a result, not an error.
    ///
    /// `is_signed` says whether a signature is the owner's over [`AuditHead::bytes_to_sign`]. Rows are
    /// read one after another, so the length of the chain takes time and no memory.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn verify_audit<F>(&self, is_signed: F) -> Result<AuditReport, StoreError>
    where
        F: FnMut(&AuditHead, &[u8]) -> bool + Send + 'static,
    {
        self.read("verifying the audit chain", |connection| {
            walk(connection, is_signed)
        })
        .await
    }
}

pub(super) fn walk<F>(connection: &Connection, is_signed: F) -> Result<AuditReport, JobError>
where
    F: FnMut(&AuditHead, &[u8]) -> bool,
{
    let from = beginning(connection)?;
    let mut walk = Walk {
        heads: signed(connection)?.into_iter().peekable(),
        is_signed,
        report: AuditReport {
            from,
            to: from,
            signed_days: 0,
            fault: None,
        },
    };
    let outcome = walk.all(connection)?;
    walk.report.fault = outcome.err();
    Ok(walk.report)
}

struct Walk<F> {
    /// Those that were not met yet, by the number of their row.
    heads: Peekable<IntoIter<SignedHead>>,
    is_signed: F,
    report: AuditReport,
}

impl<F: FnMut(&AuditHead, &[u8]) -> bool> Walk<F> {
    fn all(&mut self, connection: &Connection) -> Result<Result<(), AuditFault>, JobError> {
        if let Err(fault) = self.old_heads() {
            return Ok(Err(fault));
        }
        let mut statement = connection.prepare_cached("SELECT * FROM audit ORDER BY number")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Err(fault) = self.row(row)? {
                return Ok(Err(fault));
            }
        }
        Ok(self.end(end(connection).optional()?))
    }

    /// The heads of days whose rows are gone: only the last may still be compared with something.
    fn old_heads(&mut self) -> Result<(), AuditFault> {
        let from = self.report.from;
        while let Some(old) = self.heads.next_if(|next| next.head.number < from.number) {
            self.signature(&old)?;
        }
        self.heads_of(from)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<Result<(), AuditFault>, JobError> {
        let last = self.report.to;
        let number = last.number + 1;
        if count(row.get("number")?) != number {
            return Ok(fault(number, AuditFlaw::Gap));
        }
        let found = match from_row(row) {
            Ok(found) => found,
            Err(error) if is_conversion(&error) => {
                return Ok(fault(number, AuditFlaw::Unreadable));
            }
            Err(error) => return Err(error.into()),
        };
        if !is_in_its_one_form(row, &found)? {
            return Ok(fault(number, AuditFlaw::Unreadable));
        }
        if canonical::hash(&last.hash, number, &found.entry) != found.hash {
            return Ok(fault(number, AuditFlaw::WrongHash));
        }
        let here = AuditLink {
            number,
            hash: found.hash,
        };
        let heads = self.heads_of(here);
        if heads.is_ok() {
            self.report.to = here;
        }
        Ok(heads)
    }

    /// The signed heads that stand for this place.
    fn heads_of(&mut self, here: AuditLink) -> Result<(), AuditFault> {
        while let Some(signed) = self.heads.next_if(|next| next.head.number == here.number) {
            if signed.head.hash != here.hash {
                let day = signed.head.day;
                return fault(here.number, AuditFlaw::WrongHead { day });
            }
            self.signature(&signed)?;
        }
        Ok(())
    }

    fn signature(&mut self, signed: &SignedHead) -> Result<(), AuditFault> {
        if !(self.is_signed)(&signed.head, &signed.signature) {
            let day = signed.head.day;
            return fault(signed.head.number, AuditFlaw::BadSignature { day });
        }
        self.report.signed_days += 1;
        Ok(())
    }

    fn end(&mut self, written: Option<AuditLink>) -> Result<(), AuditFault> {
        let last = self.report.to;
        if written != Some(last) {
            return fault(last.number + 1, AuditFlaw::WrongEnd);
        }
        match self.heads.next() {
            Some(SignedHead { head, .. }) => {
                fault(head.number, AuditFlaw::WrongHead { day: head.day })
            }
            None => Ok(()),
        }
    }
}

fn fault(number: u64, flaw: AuditFlaw) -> Result<(), AuditFault> {
    Err(AuditFault { number, flaw })
}

/// Whether a column held something else than what is written there.
fn is_conversion(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
    };
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | Utf8Error(..)
    )
}

/// Whether the columns that are read as something else than they are written hold the one form that is
/// written: the hash is over what was read, so another form of the same would pass.
fn is_in_its_one_form(row: &Row<'_>, found: &AuditRow) -> Result<bool, JobError> {
    let at: i64 = row.get("at")?;
    let details = row
        .get_ref("details")?
        .as_str()
        .map_err(FromSqlError::other);
    let written = serde_json::to_string(&found.entry.details);
    Ok(at >= 0 && matches!((details, written), (Ok(found), Ok(written)) if found == written))
}
