//! Signed statements of an owner: certificates of devices, revocations, and the change of a key.
//!
//! A statement is signed as bytes, never as something that is written again before it is verified:
//! deterministic CBOR (RFC 8949 §4.2) of one array, integers and byte strings in their shortest form.
//! What travels is the array `[statement, signature, …]`. Reading refuses bytes that would not be
//! written in just that form, so that one statement has one form.

use base::Timestamp;
use ed25519_dalek::{Signature, Signer, SigningKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::did::Did;

/// The most bytes of a statement that are looked at.
const STATEMENT_BYTES_MAX: usize = 4_096;

/// The most characters of a device's name.
pub const LABEL_CHARS_MAX: usize = 100;

/// The most roles of a device, and the most characters of each.
const ROLES_MAX: usize = 16;
const ROLE_CHARS_MAX: usize = 40;

/// How much a clock may be behind the one that signed: five minutes, as Kerberos allows.
const CLOCK_SKEW_MS: u64 = 5 * 60 * 1_000;

/// What stands before the signed bytes, so that no signature of one kind passes for another.
const CERTIFICATE: &str = "hai-net/certificate/1";
const REVOCATION: &str = "hai-net/revocation/1";
const ROTATION: &str = "hai-net/rotation/1";

/// Why a statement does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// It is not written as statements are.
    #[error("the statement is damaged or not in its one form")]
    Form,
    /// It is too long, or a part of it is.
    #[error("a part of the statement is too long")]
    TooLong,
    /// The signature is not the owner's.
    #[error("the signature is not that of the owner")]
    Signature,
    /// It is about another owner.
    #[error("the statement was made by another owner")]
    OtherOwner,
    /// Its time has not come.
    #[error("the certificate is not valid yet")]
    NotYet,
    /// Its time is over.
    #[error("the certificate has expired")]
    Expired,
}

/// Says that a device belongs to an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    body: CertificateBody,
    signed: Vec<u8>,
}

// In the order in which it is written; an array has no keys to sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CertificateBody(
    Bytes<32>,   // the owner's key
    Bytes<32>,   // the device's key
    Bytes<16>,   // serial
    u64,         // issued, ms since 1970
    u64,         // expires, ms since 1970
    String,      // label
    Vec<String>, // roles
);

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
    /// The name or the roles are too long.
    pub fn sign(owner: &SigningKey, what: CertificateFor) -> Result<Self, StatementError> {
        let body = CertificateBody(
            Bytes(owner.verifying_key().to_bytes()),
            Bytes(what.device_key),
            Bytes(what.serial),
            what.issued.as_millis(),
            what.expires.as_millis(),
            what.label,
            what.roles,
        );
        check_lengths(&body)?;
        let signed = seal(CERTIFICATE, &body, &[owner]);
        Ok(Self { body, signed })
    }

    /// Reads a certificate without judging it: [`Self::verify`] does.
    ///
    /// # Errors
    /// It is not written as certificates are, or its signature is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, StatementError> {
        let (body, mut parts) = open::<CertificateBody>(bytes, 1)?;
        check_lengths(&body)?;
        let owner = Did::of_bytes(&body.0.0).map_err(|_| StatementError::Signature)?;
        parts.verify(CERTIFICATE, &owner)?;
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
        if self.body.0.0 != owner.key().to_bytes() {
            return Err(StatementError::OtherOwner);
        }
        if self.body.3 > now.as_millis().saturating_add(CLOCK_SKEW_MS) {
            return Err(StatementError::NotYet);
        }
        if self.body.4 <= now.as_millis() {
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
        self.body.2.0
    }

    /// The device's Ed25519 key.
    #[must_use]
    pub fn device_key(&self) -> [u8; 32] {
        self.body.1.0
    }

    /// The device's name.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.body.5
    }

    /// What the device may do.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.body.6
    }

    /// From when it is good.
    #[must_use]
    pub fn issued(&self) -> Timestamp {
        Timestamp::from_millis(self.body.3)
    }

    /// Until when it is good.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        Timestamp::from_millis(self.body.4)
    }
}

fn check_lengths(body: &CertificateBody) -> Result<(), StatementError> {
    let is_short = body.5.chars().count() <= LABEL_CHARS_MAX
        && body.6.len() <= ROLES_MAX
        && body.6.iter().all(|role| role.chars().count() <= ROLE_CHARS_MAX);
    if is_short { Ok(()) } else { Err(StatementError::TooLong) }
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

#[derive(Serialize, Deserialize)]
struct RevocationBody(Bytes<32>, Bytes<16>, u64);

impl Revocation {
    /// Signs a revocation.
    #[must_use]
    pub fn sign(owner: &SigningKey, serial: [u8; 16], at: Timestamp) -> Self {
        let key = owner.verifying_key().to_bytes();
        let body = RevocationBody(Bytes(key), Bytes(serial), at.as_millis());
        let signed = seal(REVOCATION, &body, &[owner]);
        Self { serial, at, signed }
    }

    /// Reads a revocation that this owner made.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn read(bytes: &[u8], owner: &Did) -> Result<Self, StatementError> {
        let (body, mut parts) = open::<RevocationBody>(bytes, 1)?;
        if body.0.0 != owner.key().to_bytes() {
            return Err(StatementError::OtherOwner);
        }
        parts.verify(REVOCATION, owner)?;
        Ok(Self {
            serial: body.1.0,
            at: Timestamp::from_millis(body.2),
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

#[derive(Serialize, Deserialize)]
struct RotationBody(Bytes<32>, Bytes<32>, u64);

impl Rotation {
    /// Signs the change with both keys.
    #[must_use]
    pub fn sign(old: &SigningKey, new: &SigningKey, at: Timestamp) -> Self {
        let keys = [old, new].map(|key| Bytes(key.verifying_key().to_bytes()));
        let [from, to] = keys;
        let signed = seal(ROTATION, &RotationBody(from, to, at.as_millis()), &[old, new]);
        Self {
            old: Did::of(&old.verifying_key()),
            new: Did::of(&new.verifying_key()),
            at,
            signed,
        }
    }

    /// Reads a change and looks at both signatures.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn read(bytes: &[u8]) -> Result<Self, StatementError> {
        let (body, mut parts) = open::<RotationBody>(bytes, 2)?;
        let key = |bytes: &Bytes<32>| {
            Did::of_bytes(&bytes.0).map_err(|_| StatementError::Signature)
        };
        let (old, new) = (key(&body.0)?, key(&body.1)?);
        parts.verify(ROTATION, &old)?;
        parts.verify(ROTATION, &new)?;
        Ok(Self {
            old,
            new,
            at: Timestamp::from_millis(body.2),
            signed: bytes.to_vec(),
        })
    }

    /// As it travels and is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.clone()
    }
}

/// Signs bytes of another kind; `domain` keeps kinds apart.
pub(crate) fn sign_in(domain: &str, key: &SigningKey, bytes: &[u8]) -> [u8; 64] {
    key.sign(&framed(domain, bytes)).to_bytes()
}

/// The statement and what is left of its signatures.
struct Parts {
    statement: Vec<u8>,
    signatures: std::vec::IntoIter<Bytes<64>>,
}

impl Parts {
    /// Takes the next signature, which must be this one's.
    fn verify(&mut self, domain: &str, by: &Did) -> Result<(), StatementError> {
        let signature = self.signatures.next().ok_or(StatementError::Form)?;
        by.key()
            .verify_strict(
                &framed(domain, &self.statement),
                &Signature::from_bytes(&signature.0),
            )
            .map_err(|_| StatementError::Signature)
    }
}

fn seal(domain: &str, body: &impl Serialize, keys: &[&SigningKey]) -> Vec<u8> {
    let statement = to_cbor(body);
    let signatures: Vec<_> = keys
        .iter()
        .map(|key| Bytes(sign_in(domain, key, &statement)))
        .collect();
    to_cbor(&(ByteString(statement), signatures))
}

fn open<T: Serialize + DeserializeOwned>(
    bytes: &[u8],
    signatures: usize,
) -> Result<(T, Parts), StatementError> {
    if bytes.len() > STATEMENT_BYTES_MAX {
        return Err(StatementError::TooLong);
    }
    let (statement, found): (ByteString, Vec<Bytes<64>>) = from_cbor(bytes)?;
    if found.len() != signatures {
        return Err(StatementError::Form);
    }
    let body = from_cbor(&statement.0)?;
    Ok((
        body,
        Parts {
            statement: statement.0,
            signatures: found.into_iter(),
        },
    ))
}

fn framed(domain: &str, bytes: &[u8]) -> Vec<u8> {
    // The zero ends the domain: no domain of ours has one in it.
    [domain.as_bytes(), &[0], bytes].concat()
}

pub(crate) fn to_cbor(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("plain data, into memory");
    bytes
}

/// Reads a value that is written in its one form and followed by nothing.
fn from_cbor<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, StatementError> {
    let value: T = ciborium::from_reader(bytes).map_err(|_| StatementError::Form)?;
    if to_cbor(&value) == bytes {
        Ok(value)
    } else {
        Err(StatementError::Form)
    }
}

/// So many bytes, written as a byte string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bytes<const LENGTH: usize>([u8; LENGTH]);

impl<const LENGTH: usize> Serialize for Bytes<LENGTH> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de, const LENGTH: usize> Deserialize<'de> for Bytes<LENGTH> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = ByteString::deserialize(deserializer)?;
        let bytes = bytes
            .0
            .try_into()
            .map_err(|_| serde::de::Error::custom("another length"))?;
        Ok(Self(bytes))
    }
}

/// Bytes of any number, written as a byte string.
struct ByteString(Vec<u8>);

impl Serialize for ByteString {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for ByteString {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = ByteString;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a byte string")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<ByteString, E> {
                Ok(ByteString(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

#[cfg(test)]
mod tests;
