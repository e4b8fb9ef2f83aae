//! How statements are signed: as bytes, never as something that is written again before it is
//! verified.
//!
//! A statement is one CBOR array in its one deterministic form (RFC 8949 §4.2). What travels is
//! `[statement as a byte string, [signature, …]]`. What is signed is the name of the kind, a zero byte
//! and the statement. Reading refuses bytes that would not be written in just that form.

use ed25519_dalek::{Signature, Signer as _, SigningKey};

use crate::cbor::{Malformed, Reader, Writer};
use crate::did::Did;

/// The most bytes of a statement that are looked at.
const STATEMENT_BYTES_MAX: usize = 4_096;

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
    /// It is about a key that must not be used.
    #[error("the statement is about a key that must not be used")]
    BadKey,
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

impl From<Malformed> for StatementError {
    fn from(_: Malformed) -> Self {
        Self::Form
    }
}

/// What a kind of statement says.
pub(crate) trait Body: Sized {
    /// Stands before the signed bytes, so that no signature of one kind passes for another.
    const KIND: &'static str;

    /// Writes the array.
    fn write(&self, to: &mut Writer);

    /// Reads the array; what follows is looked at elsewhere.
    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed>;
}

/// Signs a statement with each of the keys, in their order.
pub(crate) fn seal<B: Body>(body: &B, keys: &[&SigningKey]) -> Vec<u8> {
    let mut inner = Writer::with_room(STATEMENT_BYTES_MAX);
    body.write(&mut inner);
    let statement = inner.finish();
    let mut outer = Writer::with_room(STATEMENT_BYTES_MAX);
    outer.array(2).bytes(&statement).array(keys.len());
    for key in keys {
        outer.bytes(&sign_in(B::KIND, key, &statement));
    }
    outer.finish().to_vec()
}

/// Reads a statement with so many signatures, which are still to be verified.
pub(crate) fn open<B: Body>(
    bytes: &[u8],
    signatures: u64,
) -> Result<(B, Parts<'_>), StatementError> {
    if bytes.len() > STATEMENT_BYTES_MAX {
        return Err(StatementError::TooLong);
    }
    let mut outer = Reader::of(bytes);
    outer.array_of(2)?;
    let statement = outer.bytes()?;
    outer.array_of(signatures)?;
    let found = (0..signatures)
        .map(|_| outer.bytes_of())
        .collect::<Result<Vec<_>, _>>()?;
    outer.end()?;
    let mut inner = Reader::of(statement);
    let body = B::read(&mut inner)?;
    inner.end()?;
    let parts = Parts {
        kind: B::KIND,
        statement,
        signatures: found.into_iter(),
    };
    Ok((body, parts))
}

/// A statement that was read, and what is left of its signatures.
pub(crate) struct Parts<'a> {
    kind: &'static str,
    statement: &'a [u8],
    signatures: std::vec::IntoIter<[u8; 64]>,
}

impl Parts<'_> {
    /// Takes the next signature, which must be this one's.
    pub(crate) fn verify(&mut self, by: &Did) -> Result<(), StatementError> {
        let signature = self.signatures.next().ok_or(StatementError::Form)?;
        let signed = framed(self.kind, self.statement);
        by.key()
            .verify_strict(&signed, &Signature::from_bytes(&signature))
            .map_err(|_| StatementError::Signature)
    }
}

/// Signs bytes of any kind; `domain` keeps kinds apart.
pub(crate) fn sign_in(domain: &str, key: &SigningKey, bytes: &[u8]) -> [u8; 64] {
    key.sign(&framed(domain, bytes)).to_bytes()
}

/// Whether this owner signed these bytes with [`crate::OpenVault::sign`].
#[must_use]
pub fn is_signed(domain: &str, by: &Did, bytes: &[u8], signature: &[u8]) -> bool {
    let Ok(signature) = Signature::from_slice(signature) else {
        return false;
    };
    by.key()
        .verify_strict(&framed(domain, bytes), &signature)
        .is_ok()
}

fn framed(domain: &str, bytes: &[u8]) -> Vec<u8> {
    // The zero ends the domain: no domain of ours has one in it.
    [domain.as_bytes(), &[0], bytes].concat()
}
