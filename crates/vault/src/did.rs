//! Decentralised identifiers of the method `did:key` for Ed25519 keys.
//!
//! `did:key:z…`: multibase base58btc of the multicodec prefix 0xed01 and the 32 bytes of the key (W3C
//! CCG, the did:key method). `did:hai:z…` with the same rest is accepted everywhere as another way to
//! write it; it has no resolver of its own.

use ed25519_dalek::VerifyingKey;

/// The multicodec prefix of an Ed25519 public key (0xed as a varint).
const ED25519_CODEC: [u8; 2] = [0xed, 0x01];

/// The most characters that are looked at; a real one has 56.
const CHARS_MAX: usize = 128;

/// The public identifier of an owner or a device.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Did(VerifyingKey);

/// Why a text is not an identifier of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DidError {
    /// It does not begin with `did:key:z` or `did:hai:z`.
    #[error("an identifier begins with did:key:z6Mk")]
    Method,
    /// What follows is not base58, or not of the right length.
    #[error("the identifier is damaged: a letter is missing or wrong")]
    Damaged,
    /// It names another kind of key.
    #[error("the identifier is of another kind of key than Ed25519")]
    OtherKey,
    /// It is no point of the curve, or one that verifies anything.
    #[error("the identifier is of a key that must not be used")]
    BadKey,
}

impl Did {
    /// The identifier of a key.
    #[must_use]
    pub fn of(key: &VerifyingKey) -> Self {
        Self(*key)
    }

    /// The identifier of the 32 bytes of a key.
    ///
    /// # Errors
    /// The bytes are no key that may be used.
    pub fn of_bytes(bytes: &[u8; 32]) -> Result<Self, DidError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| DidError::BadKey)?;
        // A key of small order would verify signatures that nobody made. A point can be written in a
        // second form, which would give one owner two identifiers.
        if key.is_weak() || key.to_edwards().compress().as_bytes() != bytes {
            return Err(DidError::BadKey);
        }
        Ok(Self(key))
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.0
    }

    /// The part behind `did:key:`.
    #[must_use]
    pub fn multibase(&self) -> String {
        let bytes = [&ED25519_CODEC[..], self.0.as_bytes()].concat();
        multibase::encode(multibase::Base::Base58Btc, bytes)
    }

    /// The visible form `did:hai:…`.
    #[must_use]
    pub fn alias(&self) -> String {
        format!("did:hai:{}", self.multibase())
    }
}

impl std::fmt::Display for Did {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "did:key:{}", self.multibase())
    }
}

impl std::fmt::Debug for Did {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Did {
    type Err = DidError;

    fn from_str(text: &str) -> Result<Self, DidError> {
        let rest = text
            .strip_prefix("did:key:")
            .or_else(|| text.strip_prefix("did:hai:"))
            .filter(|rest| rest.starts_with('z') && rest.len() <= CHARS_MAX)
            .ok_or(DidError::Method)?;
        let (_, bytes) = multibase::decode(rest).map_err(|_| DidError::Damaged)?;
        let (codec, key) = bytes.split_at_checked(2).ok_or(DidError::Damaged)?;
        if codec != ED25519_CODEC {
            // All that begin so are of this kind, unless a letter is missing.
            let looks_right = rest.starts_with("z6Mk");
            return Err(if looks_right {
                DidError::Damaged
            } else {
                DidError::OtherKey
            });
        }
        Self::of_bytes(key.try_into().map_err(|_| DidError::Damaged)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An example of the did:key specification.
    const KNOWN: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

    #[test]
    fn identifier_reads_back_in_both_forms() {
        let did: Did = KNOWN.parse().expect("from the specification");
        assert_eq!(did.to_string(), KNOWN);
        assert!(did.alias().starts_with("did:hai:z6Mk"));
        assert_eq!(did.alias().parse(), Ok(did));
    }

    #[test]
    fn what_is_no_identifier_is_refused_with_the_reason() {
        let parse = |text: &str| text.parse::<Did>().expect_err("wrong");
        assert_eq!(parse("did:web:example.org"), DidError::Method);
        assert_eq!(parse(""), DidError::Method);
        assert_eq!(parse(&KNOWN[..40]), DidError::Damaged);
        assert_eq!(parse(&KNOWN.replace("6Mk", "0Mk")), DidError::Damaged);
        let x25519 = multibase::encode(
            multibase::Base::Base58Btc,
            [&[0xec, 0x01][..], &[9; 32]].concat(),
        );
        assert_eq!(parse(&format!("did:key:{x25519}")), DidError::OtherKey);
        assert_eq!(
            Did::of_bytes(&[0; 32]),
            Err(DidError::BadKey),
            "small order"
        );
        let second_form = std::array::from_fn(|place| match place {
            0 => 0xf0,
            31 => 0x7f,
            _ => 0xff,
        });
        assert_eq!(
            Did::of_bytes(&second_form),
            Err(DidError::BadKey),
            "2^255 - 16 is 3"
        );
    }
}
