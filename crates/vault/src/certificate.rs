//! Signed statements of an owner: certificates of devices, revocations, and the change of a key.

use base::Timestamp;
use ed25519_dalek::SigningKey;

use crate::cbor::{Malformed, Reader, Writer};
use crate::did::Did;
use crate::statement::{self, Body, StatementError};

/// The most characters of a device's name.
pub const LABEL_CHARS_MAX: usize = 100;

/// The most roles of a device, and the most characters of each.
const ROLES_MAX: usize = 16;
const ROLE_CHARS_MAX: usize = 40;

/// How much a clock may be behind the one that signed: five minutes, as Kerberos allows.
const CLOCK_SKEW_MS: u64 = 5 * 60 * 1_000;

/// Says that a device belongs to an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    body: CertificateBody,
    signed: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct CertificateBody {
    owner: [u8; 32],
    device: [u8; 32],
    serial: [u8; 16],
    issued_ms: u64,
    expires_ms: u64,
    label: String,
    roles: Vec<String>,
}

impl Body for CertificateBody {
    const KIND: &'static str = "hai-net/certificate/1";

    fn write(&self, to: &mut Writer) {
        to.array(7)
            .bytes(&self.owner)
            .bytes(&self.device)
            .bytes(&self.serial)
            .unsigned(self.issued_ms)
            .unsigned(self.expires_ms)
            .text(&self.label)
            .array(self.roles.len());
        for role in &self.roles {
            to.text(role);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.array_of(7)?;
        Ok(Self {
            owner: from.bytes_of()?,
            device: from.bytes_of()?,
            serial: from.bytes_of()?,
            issued_ms: from.unsigned()?,
            expires_ms: from.unsigned()?,
            label: from.text()?.to_owned(),
            roles: (0..from.array()?)
                .map(|_| from.text().map(str::to_owned))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// What a certificate is to say.
#[derive(Debug, Clone)]
pub struct CertificateFor {
    /// The device's Ed25519 key.
    pub device_key: [u8; 32],
    /// Sixteen random bytes that name the certificate.
    pub serial: [u8; 16],
    /// From when it is good.
    pub issued: Timestamp,
    /// Until when it is good.
    pub expires: Timestamp,
    /// The device's name.
    pub label: String,
    /// What it may do.
    pub roles: Vec<String>,
}

impl Certificate {
    /// Signs a certificate.
    ///
    /// # Errors
    /// The name or the roles are too long, or the device's key must not be used.
    pub fn sign(owner: &SigningKey, what: CertificateFor) -> Result<Self, StatementError> {
        let body = CertificateBody {
            owner: owner.verifying_key().to_bytes(),
            device: what.device_key,
            serial: what.serial,
            issued_ms: what.issued.as_millis(),
            expires_ms: what.expires.as_millis(),
            label: what.label,
            roles: what.roles,
        };
        check(&body)?;
        let signed = statement::seal(&body, &[owner]);
        Ok(Self { body, signed })
    }

    /// Reads a certificate and looks at its signature, but not at whose it is, nor at the time:
    /// [`Self::verify`] does.
    ///
    /// # Errors
    /// It is not written as certificates are, or its signature is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, StatementError> {
        let (body, mut parts) = statement::open::<CertificateBody>(bytes, 1)?;
        check(&body)?;
        let owner = Did::of_bytes(&body.owner).map_err(|_| StatementError::Signature)?;
        parts.verify(&owner)?;
        Ok(Self {
            body,
            signed: bytes.to_vec(),
        })
    }

    /// Whether it was made by this owner and is good now. Revocations are looked up elsewhere.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn verify(&self, owner: &Did, now: Timestamp) -> Result<(), StatementError> {
        if self.body.owner != owner.key().to_bytes() {
            return Err(StatementError::OtherOwner);
        }
        if self.body.issued_ms > now.as_millis().saturating_add(CLOCK_SKEW_MS) {
            return Err(StatementError::NotYet);
        }
        if self.body.expires_ms <= now.as_millis() {
            return Err(StatementError::Expired);
        }
        Ok(())
    }

    /// As it travels and is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.clone()
    }

    /// Names the certificate.
    #[must_use]
    pub fn serial(&self) -> [u8; 16] {
        self.body.serial
    }

    /// The device's Ed25519 key.
    #[must_use]
    pub fn device_key(&self) -> [u8; 32] {
        self.body.device
    }

    /// The device's name.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.body.label
    }

    /// What the device may do.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.body.roles
    }

    /// From when it is good.
    #[must_use]
    pub fn issued(&self) -> Timestamp {
        Timestamp::from_millis(self.body.issued_ms)
    }

    /// Until when it is good.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        Timestamp::from_millis(self.body.expires_ms)
    }
}

fn check(body: &CertificateBody) -> Result<(), StatementError> {
    let is_short = body.label.chars().count() <= LABEL_CHARS_MAX
        && body.roles.len() <= ROLES_MAX
        && body
            .roles
            .iter()
            .all(|role| role.chars().count() <= ROLE_CHARS_MAX);
    if !is_short {
        return Err(StatementError::TooLong);
    }
    Did::of_bytes(&body.device).map_err(|_| StatementError::BadKey)?;
    Ok(())
}

/// Says that a certificate counts no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The certificate.
    pub serial: [u8; 16],
    /// Since when.
    pub at: Timestamp,
    signed: Vec<u8>,
}

struct RevocationBody {
    owner: [u8; 32],
    serial: [u8; 16],
    at_ms: u64,
}

impl Body for RevocationBody {
    const KIND: &'static str = "hai-net/revocation/1";

    fn write(&self, to: &mut Writer) {
        to.array(3)
            .bytes(&self.owner)
            .bytes(&self.serial)
            .unsigned(self.at_ms);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.array_of(3)?;
        Ok(Self {
            owner: from.bytes_of()?,
            serial: from.bytes_of()?,
            at_ms: from.unsigned()?,
        })
    }
}

impl Revocation {
    /// Signs a revocation.
    #[must_use]
    pub fn sign(owner: &SigningKey, serial: [u8; 16], at: Timestamp) -> Self {
        let body = RevocationBody {
            owner: owner.verifying_key().to_bytes(),
            serial,
            at_ms: at.as_millis(),
        };
        let signed = statement::seal(&body, &[owner]);
        Self { serial, at, signed }
    }

    /// Reads a revocation that this owner made.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn read(bytes: &[u8], owner: &Did) -> Result<Self, StatementError> {
        let (body, mut parts) = statement::open::<RevocationBody>(bytes, 1)?;
        if body.owner != owner.key().to_bytes() {
            return Err(StatementError::OtherOwner);
        }
        parts.verify(owner)?;
        Ok(Self {
            serial: body.serial,
            at: Timestamp::from_millis(body.at_ms),
            signed: bytes.to_vec(),
        })
    }

    /// As it travels and is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.clone()
    }
}

/// Says that an owner has a new key. `did:key` has no rotation of its own: who knows the old key and
/// sees this statement, signed by both, knows the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The key until then.
    pub old: Did,
    /// The key from then on.
    pub new: Did,
    /// When.
    pub at: Timestamp,
    signed: Vec<u8>,
}

struct RotationBody {
    old: [u8; 32],
    new: [u8; 32],
    at_ms: u64,
}

impl Body for RotationBody {
    const KIND: &'static str = "hai-net/rotation/1";

    fn write(&self, to: &mut Writer) {
        to.array(3)
            .bytes(&self.old)
            .bytes(&self.new)
            .unsigned(self.at_ms);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.array_of(3)?;
        Ok(Self {
            old: from.bytes_of()?,
            new: from.bytes_of()?,
            at_ms: from.unsigned()?,
        })
    }
}

impl Rotation {
    /// Signs the change with both keys.
    #[must_use]
    pub fn sign(old: &SigningKey, new: &SigningKey, at: Timestamp) -> Self {
        let body = RotationBody {
            old: old.verifying_key().to_bytes(),
            new: new.verifying_key().to_bytes(),
            at_ms: at.as_millis(),
        };
        Self {
            old: Did::of(&old.verifying_key()),
            new: Did::of(&new.verifying_key()),
            at,
            signed: statement::seal(&body, &[old, new]),
        }
    }

    /// Reads a change and looks at both signatures.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn read(bytes: &[u8]) -> Result<Self, StatementError> {
        let (body, mut parts) = statement::open::<RotationBody>(bytes, 2)?;
        let key = |bytes| Did::of_bytes(bytes).map_err(|_| StatementError::BadKey);
        let (old, new) = (key(&body.old)?, key(&body.new)?);
        parts.verify(&old)?;
        parts.verify(&new)?;
        Ok(Self {
            old,
            new,
            at: Timestamp::from_millis(body.at_ms),
            signed: bytes.to_vec(),
        })
    }

    /// As it travels and is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.clone()
    }
}

#[cfg(test)]
mod tests;
