//! The record: what the hub writes into the audit chain, and the owner's signature on each day.

use std::collections::BTreeMap;

use contract::Fault;
use contract::audit::AuditCheck;
use contract::identity::VaultState;
use store::{AuditEntry, AuditKind};
use vault::{Did, Rotation};

use crate::clock::hex;
use crate::convert;
use crate::house::Hub;

/// What the owner's signatures on days of the chain are for, so that none passes for another statement.
const SIGNED_AS: &str = "hai-net/audit-head/1";

impl Hub {
    /// Puts something that the person did on record. On disk when this returns.
    pub(crate) async fn put_on_record(
        &self,
        kind: AuditKind,
        subject: impl Into<String>,
    ) -> Result<(), Fault> {
        let entry = AuditEntry {
            at: self.now(),
            kind,
            actor: "person".to_owned(),
            subject: subject.into(),
            digest: None,
            details: BTreeMap::new(),
        };
        let kept = self.house.store.append_audit(vec![entry]).await;
        kept.map(drop).map_err(|error| convert::store_fault(&error))
    }

    /// Puts something on record that has been done already. When that fails the log says so: what was done
    /// cannot be undone by it.
    pub(crate) async fn note_on_record(&self, kind: AuditKind, subject: impl Into<String>) {
        if let Err(fault) = self.put_on_record(kind, subject).await {
            tracing::error!("something could not be put on record: {fault}");
        }
    }

    /// Signs the days that are over. Nothing is signed while nobody owns the hub or the vault is locked.
    pub(crate) async fn sign_days(&self) -> Result<(), Fault> {
        if self.vault_state() != VaultState::Open {
            return Ok(());
        }
        let heads = self.house.store.unsigned_heads(self.now()).await;
        let heads = heads.map_err(|error| convert::store_fault(&error))?;
        for head in heads {
            let bytes = head.bytes_to_sign();
            let signature = self
                .at_safe(move |inside| {
                    let vault = inside.vault.as_ref()?;
                    Some(vault.sign(SIGNED_AS, &bytes).to_vec())
                })
                .await?;
            let Some(signature) = signature else {
                return Ok(());
            };
            let kept = self.house.store.save_head(head, signature).await;
            kept.map_err(|error| convert::store_fault(&error))?;
        }
        Ok(())
    }

    /// Checks the whole chain. A day counts as signed by whoever owned the hub then: the owner's key of
    /// today, or one that it follows.
    pub(crate) async fn check_record(&self) -> Result<AuditCheck, Fault> {
        let owners = self.owners().await?;
        let report = self
            .house
            .store
            .verify_audit(move |head, signature| {
                let bytes = head.bytes_to_sign();
                owners
                    .iter()
                    .any(|owner| vault::is_signed(SIGNED_AS, owner, &bytes, signature))
            })
            .await
            .map_err(|error| convert::store_fault(&error))?;
        Ok(AuditCheck {
            entries: report.rows(),
            heads: report.signed_days,
            wrong: report
                .fault
                .map(|fault| format!("entry {}: {}", fault.number, fault.flaw)),
            head: (report.to.number > 0).then(|| hex(&report.to.hash)),
        })
    }

    /// The owner of today, and the keys that it follows.
    async fn owners(&self) -> Result<Vec<Did>, Fault> {
        let rows = self.house.store.rotations().await;
        let rows = rows.map_err(|error| convert::store_fault(&error))?;
        let mut owners: Vec<Did> = rows
            .iter()
            .filter_map(|row| Rotation::read(&row.bytes).ok())
            .map(|rotation| rotation.old)
            .collect();
        let today = self
            .at_safe(|inside| inside.vault.as_ref().map(|vault| vault.owner().did))
            .await?;
        owners.extend(today);
        Ok(owners)
    }
}
