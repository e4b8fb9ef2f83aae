//! Answers about the audit chain.

use contract::audit::{
    AuditCheck, AuditEntry, AuditPage, PAGE_ENTRIES_MAX, ReadAudit, VerifyAudit,
};
use contract::{Code, Fault};
use store::{AuditFilter, AuditKind, AuditRow};

use super::{Answer, page};
use crate::clock::hex;
use crate::convert;
use crate::house::Hub;

/// How many entries a page has when no limit is named.
const PAGE_ENTRIES_USUAL: u32 = 200;

impl Answer<ReadAudit> for Hub {
    async fn answer_to(&self, ask: ReadAudit) -> Result<AuditPage, Fault> {
        let limit = ask
            .limit
            .unwrap_or(PAGE_ENTRIES_USUAL)
            .clamp(1, PAGE_ENTRIES_MAX);
        let kinds = match ask.kind {
            None => Vec::new(),
            Some(named) => {
                let kind = AuditKind::ALL.into_iter().find(|kind| kind.word() == named);
                vec![kind.ok_or_else(|| {
                    let names: Vec<&str> = AuditKind::ALL.iter().map(|kind| kind.word()).collect();
                    let message = format!("A kind is one of {}.", names.join(", "));
                    Fault::refused(Code::InvalidAsk, message)
                })?]
            }
        };
        let filter = AuditFilter {
            kinds,
            text: ask.search,
            before: ask.before.and_then(|number| u64::try_from(number).ok()),
            after: None,
            // One more than asked tells whether there are more.
            limit: limit + 1,
        };
        let found = self
            .house
            .store
            .read_audit(filter)
            .await
            .map_err(|error| convert::store_fault(&error))?;
        let (found, more) = page(found, limit);
        Ok(AuditPage {
            entries: found.into_iter().map(entry).collect(),
            more,
        })
    }
}

impl Answer<VerifyAudit> for Hub {
    async fn answer_to(&self, _ask: VerifyAudit) -> Result<AuditCheck, Fault> {
        self.check_record().await
    }
}

fn entry(row: AuditRow) -> AuditEntry {
    AuditEntry {
        number: i64::try_from(row.number).unwrap_or(i64::MAX),
        at: row.entry.at,
        kind: row.entry.kind.word().to_owned(),
        actor: row.entry.actor,
        subject: row.entry.subject,
        digest: row.entry.digest.map(|digest| hex(&digest)),
        hash: hex(&row.hash),
    }
}
