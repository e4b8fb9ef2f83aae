//! What may leave: values that the guardian has cleared, and the person's approval.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::detector::Detector;
use crate::error::ScanError;
use crate::finding::Scan;
use crate::kind::{Action, Kind};
use crate::memory::Memory;

/// Where a text came from. It goes with the text through prompts and results of tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Provenance {
    /// Known to everyone: the program's own texts, the catalogue of models.
    Public,
    /// Came in from outside: a web page, an answer, a peer.
    Outside,
    /// The person wrote it to be sent.
    Message,
    /// From the encrypted store: conversations, settings, notes.
    PrivateStore,
    /// What the AI learned about the person.
    Memory,
    /// From a file of the person.
    File,
    /// From the identity: names, keys, devices.
    Identity,
}

impl Provenance {
    /// Whether a text from there leaves only with the person's approval of its exact bytes.
    #[must_use]
    pub fn is_private(self) -> bool {
        match self {
            Self::Public | Self::Outside | Self::Message => false,
            Self::PrivateStore | Self::Memory | Self::File | Self::Identity => true,
        }
    }
}

/// A value with all the places that its parts came from.
#[derive(Debug, Clone)]
pub struct Labelled<T> {
    value: T,
    labels: BTreeSet<Provenance>,
}

impl<T> Labelled<T> {
    /// A value from one place.
    #[must_use]
    pub fn new(value: T, from: Provenance) -> Self {
        Self {
            value,
            labels: BTreeSet::from([from]),
        }
    }

    /// Adds where another part came from. A label is never taken off.
    #[must_use]
    pub fn and(mut self, labels: impl IntoIterator<Item = Provenance>) -> Self {
        self.labels.extend(labels);
        self
    }

    /// Makes another value of this one; it came from the same places.
    #[must_use]
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Labelled<U> {
        Labelled {
            value: make(self.value),
            labels: self.labels,
        }
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Where it came from.
    pub fn labels(&self) -> impl Iterator<Item = Provenance> {
        self.labels.iter().copied()
    }

    fn private(&self) -> Vec<Provenance> {
        self.labels().filter(|label| label.is_private()).collect()
    }
}

/// The SHA-256 of bytes that leave or would leave.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest itself, for the audit chain.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({self})")
    }
}

/// The person's yes to exact bytes. It comes from a preview only, counts once, and cannot be copied.
#[derive(Debug)]
pub struct Approval {
    digest: Digest,
}

impl Approval {
    pub(crate) fn to(digest: Digest) -> Self {
        Self { digest }
    }

    /// The digest of the bytes that the person said yes to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// Why something was cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// No part of it is private by its origin, and the detector masked what it found.
    Scanned,
    /// The person approved these bytes.
    Approved,
    /// It goes to a computer at the person's home, and is as it was written.
    Home,
}

/// A computer at the person's home, to which a text may go as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// Another program on this device.
    ThisDevice,
    /// Another device, which the person named as their own.
    OwnDevice,
    /// A device on the home network that may be somebody else's. What is private by its origin does not go
    /// there by itself.
    Network,
}

/// What the audit chain learns about something that leaves: no contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearance {
    /// The digest of what leaves.
    pub digest: Digest,
    /// Why it may.
    pub basis: Basis,
    /// What was found in it, the most harmful first. Masked unless the person approved.
    pub kinds: Vec<Kind>,
    /// Where its parts came from.
    pub labels: Vec<Provenance>,
}

/// A value that may leave. Only a [`Guardian`] makes one; every sender takes one and nothing else.
///
/// ```
/// use guardian::{Cleared, Guardian, Labelled, Memory, Provenance};
///
/// fn send(text: Cleared<String>) -> usize {
///     text.into_inner().len()
/// }
///
/// let text = Labelled::new("Say hello.".to_owned(), Provenance::Message);
/// let cleared = Guardian::default().clear(&text, &mut Memory::new()).unwrap();
/// assert_eq!(send(cleared), 10);
/// ```
///
/// The same sender does not take a text that was not cleared:
///
/// ```compile_fail,E0308
/// use guardian::{Cleared, Guardian, Labelled, Memory, Provenance};
///
/// fn send(text: Cleared<String>) -> usize {
///     text.into_inner().len()
/// }
///
/// send("Say hello.".to_owned());
/// ```
///
/// Nobody else can make one, neither by its fields nor by a conversion:
///
/// ```compile_fail,E0451
/// use guardian::{Basis, Clearance, Cleared, Digest};
///
/// let clearance = Clearance { digest: Digest::of(b""), basis: Basis::Scanned, kinds: vec![], labels: vec![] };
/// let forged = Cleared { value: String::new(), clearance };
/// ```
///
/// ```compile_fail,E0277
/// let forged: guardian::Cleared<String> = String::new().into();
/// ```
///
/// One that was sent is gone, and there is no copy of it:
///
/// ```compile_fail,E0599
/// use guardian::{Guardian, Labelled, Memory, Provenance};
///
/// let text = Labelled::new("Say hello.".to_owned(), Provenance::Message);
/// let cleared = Guardian::default().clear(&text, &mut Memory::new()).unwrap();
/// let copy: guardian::Cleared<String> = cleared.clone();
/// ```
///
/// An approval is not made by hand either:
///
/// ```compile_fail,E0451
/// let forged = guardian::Approval { digest: guardian::Digest::of(b"anything") };
/// ```
pub struct Cleared<T> {
    value: T,
    clearance: Clearance,
}

impl<T> Cleared<T> {
    /// What leaves.
    #[must_use]
    pub fn get(&self) -> &T {
        &self.value
    }

    /// What leaves, for the sender.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }

    /// What the audit chain learns.
    #[must_use]
    pub fn clearance(&self) -> &Clearance {
        &self.clearance
    }

    /// The same bytes in another form. Only for this crate: outside, it would clear anything.
    pub(crate) fn map<U>(self, make: impl FnOnce(T) -> U) -> Cleared<U> {
        Cleared {
            value: make(self.value),
            clearance: self.clearance,
        }
    }
}

impl<T> fmt::Debug for Cleared<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Cleared({})", self.clearance.digest)
    }
}

/// Why something may not leave.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It holds what is private by its origin; the person has to approve it.
    #[error("it holds what came from a private place, and was not approved")]
    NeedsApproval {
        /// Where from.
        labels: Vec<Provenance>,
    },
    /// It holds what the policy blocks.
    #[error("it holds something that may not leave")]
    Blocked {
        /// What, the most harmful first.
        kinds: Vec<Kind>,
    },
    /// It holds something private, and would be another thing with that masked.
    #[error("it holds something private, and cannot be masked")]
    NotMaskable {
        /// What, the most harmful first.
        kinds: Vec<Kind>,
    },
    /// The approval is for other bytes.
    #[error("the approval is for other bytes")]
    OtherBytes,
    /// The detector could not look at all of it.
    #[error("it could not be examined")]
    Scan(#[from] ScanError),
}

/// What a person sees before approving: the text as it is, and as it would be masked.
#[derive(Debug)]
pub struct Preview {
    original: String,
    scan: Scan,
}

impl Preview {
    /// The text as it is.
    #[must_use]
    pub fn original(&self) -> &str {
        &self.original
    }

    /// What was found, and the masked text.
    #[must_use]
    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// The person said yes to the masked text.
    #[must_use]
    pub fn approve_masked(self) -> (String, Approval) {
        let digest = Digest::of(self.scan.masked.as_bytes());
        (self.scan.masked, Approval { digest })
    }

    /// The person said yes to the text as it is, once.
    #[must_use]
    pub fn approve_original(self) -> (String, Approval) {
        let digest = Digest::of(self.original.as_bytes());
        (self.original, Approval { digest })
    }
}

/// Stands at the exit door.
#[derive(Debug, Default)]
pub struct Guardian {
    detector: Detector,
}

impl Guardian {
    /// A guardian with this detector.
    #[must_use]
    pub fn new(detector: Detector) -> Self {
        Self { detector }
    }

    /// The detector, for answers that come in and for previews of other kinds.
    #[must_use]
    pub fn detector(&self) -> &Detector {
        &self.detector
    }

    /// Clears a text without asking anyone: what the detector finds is masked.
    ///
    /// # Errors
    /// It came from a private place, holds what is blocked, or could not be examined.
    pub fn clear(
        &self,
        text: &Labelled<String>,
        memory: &mut Memory,
    ) -> Result<Cleared<String>, Refusal> {
        refuse_private(text)?;
        let scan = self.detector.scan(text.value(), memory)?;
        refuse_blocked(scan.action(), scan.kinds())?;
        let kinds = scan.kinds();
        Ok(cleared(
            scan.masked.clone(),
            scan.masked.as_bytes(),
            Basis::Scanned,
            kinds,
            text,
        ))
    }

    /// Clears JSON, keys included, as [`Self::clear`] does with text.
    ///
    /// # Errors
    /// As [`Self::clear`].
    pub fn clear_json(
        &self,
        json: &Labelled<serde_json::Value>,
        memory: &mut Memory,
    ) -> Result<Cleared<serde_json::Value>, Refusal> {
        refuse_private(json)?;
        let scan = self.detector.scan_json(json.value(), memory)?;
        refuse_blocked(scan.action(), scan.kinds())?;
        let bytes = scan.masked.to_string().into_bytes();
        let kinds = scan.kinds();
        Ok(cleared(scan.masked, &bytes, Basis::Scanned, kinds, json))
    }

    /// Clears JSON for a computer at the person's home. Nothing is masked.
    ///
    /// # Errors
    /// It came from a private place, and the computer may be somebody else's.
    pub fn clear_at_home(
        &self,
        json: &Labelled<serde_json::Value>,
        home: Home,
    ) -> Result<Cleared<serde_json::Value>, Refusal> {
        match home {
            Home::ThisDevice | Home::OwnDevice => {}
            Home::Network => refuse_private(json)?,
        }
        let value = json.value().clone();
        let bytes = value.to_string().into_bytes();
        Ok(cleared(value, &bytes, Basis::Home, Vec::new(), json))
    }

    /// What the person is shown before saying yes or no.
    ///
    /// # Errors
    /// The detector could not look at all of it: then it cannot be approved either.
    pub fn preview(
        &self,
        text: &Labelled<String>,
        memory: &mut Memory,
    ) -> Result<Preview, ScanError> {
        Ok(Preview {
            original: text.value().clone(),
            scan: self.detector.scan(text.value(), memory)?,
        })
    }

    /// Clears the bytes that the person approved, and no others. The approval is used up.
    ///
    /// # Errors
    /// The approval is for other bytes, or the detector cannot look at all of them.
    #[expect(clippy::needless_pass_by_value, reason = "an approval counts once")]
    pub fn clear_approved(
        &self,
        text: Labelled<String>,
        approval: Approval,
    ) -> Result<Cleared<String>, Refusal> {
        if Digest::of(text.value().as_bytes()) != approval.digest {
            return Err(Refusal::OtherBytes);
        }
        // A memory of its own: what leaves here is known to the person, not to later scans.
        let kinds = self
            .detector
            .scan(text.value(), &mut Memory::new())?
            .kinds();
        let value = text.value().clone();
        let bytes = value.clone().into_bytes();
        Ok(cleared(value, &bytes, Basis::Approved, kinds, &text))
    }
}

pub(crate) fn refuse_private<T>(labelled: &Labelled<T>) -> Result<(), Refusal> {
    let labels = labelled.private();
    if labels.is_empty() {
        return Ok(());
    }
    Err(Refusal::NeedsApproval { labels })
}

pub(crate) fn refuse_blocked(action: Option<Action>, kinds: Vec<Kind>) -> Result<(), Refusal> {
    match action {
        Some(Action::Block) => Err(Refusal::Blocked { kinds }),
        Some(Action::Mask | Action::Allow) | None => Ok(()),
    }
}

fn cleared<T, U>(
    value: T,
    bytes: &[u8],
    basis: Basis,
    kinds: Vec<Kind>,
    from: &Labelled<U>,
) -> Cleared<T> {
    Cleared {
        value,
        clearance: Clearance {
            digest: Digest::of(bytes),
            basis,
            kinds,
            labels: from.labels().collect(),
        },
    }
}
