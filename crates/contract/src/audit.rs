//! The record that cannot be quietly changed: what left, what was allowed, what agents did.

use base::Timestamp;
use serde::{Deserialize, Serialize};

/// The most entries in one [`AuditPage`].
pub const PAGE_ENTRIES_MAX: u32 = 2_000;

/// Reads entries of the audit chain, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReadAudit {
    /// Only entries of this kind, such as `egress`.
    #[serde(default)]
    pub kind: Option<String>,
    /// Only entries that hold this text.
    #[serde(default)]
    pub search: Option<String>,
    /// Only entries before this number: the next page.
    #[serde(default)]
    pub before: Option<i64>,
    /// At most this many, up to [`PAGE_ENTRIES_MAX`]; `None` for 200.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Some entries, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Whether older ones follow.
    pub more: bool,
}

/// An entry of the audit chain. It holds no contents, only categories and hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number in the chain.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What kind of happening, such as `egress`, `approval` or `tool_run`.
    pub kind: String,
    /// Who, such as `person` or `agent`.
    pub actor: String,
    /// What, in categories.
    pub subject: String,
    /// The SHA-256 of the bytes that it is about, in hex.
    #[serde(default)]
    pub digest: Option<String>,
    /// The hash of this entry, in hex. The next entry is chained to it.
    pub hash: String,
}

/// Checks the whole chain, and the owner's signatures on it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VerifyAudit {}

/// What the check of the chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCheck {
    /// Entries that were checked.
    pub entries: u64,
    /// Signed heads that were checked.
    pub heads: u64,
    /// The first thing that is wrong, in words; `None` when all of it holds.
    pub wrong: Option<String>,
    /// The hash of the last entry, in hex.
    pub head: Option<String>,
}
