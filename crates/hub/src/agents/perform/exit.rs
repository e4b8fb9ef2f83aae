//! What the record says about something that an agent sends out.

use std::collections::BTreeMap;

use guardian::{Basis, Clearance};
use store::{AuditEntry, AuditKind, AuditValue};

use super::{CallError, Errand};

/// Puts on record that something leaves, or, without a clearance, that it was kept in.
pub(super) async fn note(
    errand: &Errand,
    subject: &str,
    clearance: Option<&Clearance>,
) -> Result<(), CallError> {
    let mut details = BTreeMap::from([(
        "call".to_owned(),
        AuditValue::Text(errand.call.id.to_string()),
    )]);
    if let Some(clearance) = clearance {
        let basis = match clearance.basis {
            Basis::Scanned => "scanned",
            Basis::Approved => "approved",
            Basis::Home => "home",
        };
        details.insert("basis".to_owned(), AuditValue::Text(basis.to_owned()));
        let found = i64::try_from(clearance.kinds.len()).unwrap_or(i64::MAX);
        details.insert("found".to_owned(), AuditValue::Number(found));
    }
    let entry = AuditEntry {
        at: errand.hub.now(),
        kind: AuditKind::Egress,
        actor: format!("agent:{}", errand.call.agent),
        subject: subject.to_owned(),
        digest: clearance.map(|clearance| *clearance.digest.bytes()),
        details,
    };
    errand.hub.house.store.append_audit(vec![entry]).await?;
    Ok(())
}
