//! The keys of an owner, all derived from the one seed that the recovery words stand for.
//!
//! `key = HKDF-SHA256(salt = none, input = seed, info = label)`, 32 bytes each, with the labels below.
//! Different labels make keys that tell nothing about each other.

use bech32::{Bech32, Hrp};
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::did::Did;

/// The label of the owner's Ed25519 seed.
const OWNER: &[u8] = b"hai-net/owner/ed25519/1";
/// The label of the owner's X25519 secret for encryption.
const ENCRYPTION: &[u8] = b"hai-net/owner/x25519/1";
/// The label of the X25519 secret with which vault and backups can be opened.
const RECOVERY: &[u8] = b"hai-net/recovery/age-x25519/1";

/// The multicodec prefix of an X25519 public key (0xec as a varint).
const X25519_CODEC: [u8; 2] = [0xec, 0x01];

/// The keys of one owner.
pub(crate) struct OwnerKeys {
    pub(crate) signing: SigningKey,
    encryption: x25519_dalek::StaticSecret,
    recovery: Zeroizing<[u8; 32]>,
}

impl OwnerKeys {
    pub(crate) fn derive(seed: &[u8; 32]) -> Self {
        Self {
            signing: SigningKey::from_bytes(&expand(seed, OWNER)),
            encryption: x25519_dalek::StaticSecret::from(*expand(seed, ENCRYPTION)),
            recovery: expand(seed, RECOVERY),
        }
    }

    pub(crate) fn did(&self) -> Did {
        Did::of(&self.signing.verifying_key())
    }

    /// The public X25519 key in the multibase form of `did:key`.
    pub(crate) fn encryption_multibase(&self) -> String {
        let public = x25519_dalek::PublicKey::from(&self.encryption);
        let bytes = [&X25519_CODEC[..], public.as_bytes()].concat();
        multibase::encode(multibase::Base::Base58Btc, bytes)
    }

    /// What opens vault and backups for whoever has the words.
    pub(crate) fn recovery(&self) -> age::x25519::Identity {
        age_identity(&self.recovery)
    }

    /// The same as the text that the `age` program takes.
    pub(crate) fn recovery_text(&self) -> Zeroizing<String> {
        age_secret_text(&self.recovery)
    }
}

fn expand(seed: &[u8; 32], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, seed)
        .expand(label, key.as_mut_slice())
        .expect("32 bytes are far below the limit of HKDF");
    key
}

/// The letters of a secret of age: a prefix, 32 bytes with five bits to a letter, and a checksum.
const SECRET_TEXT_LETTERS: usize = 74;

/// The secret in the text form of the `age` program: `AGE-SECRET-KEY-1…`.
pub(crate) fn age_secret_text(secret: &[u8; 32]) -> Zeroizing<String> {
    let prefix = Hrp::parse("age-secret-key-").expect("a valid prefix");
    // Made large enough at once: a text that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(SECRET_TEXT_LETTERS));
    bech32::encode_upper_to_fmt::<Bech32, _>(&mut *text, prefix, secret)
        .expect("32 bytes fit into a bech32 text");
    text
}

/// An age identity from its 32 secret bytes.
pub(crate) fn age_identity(secret: &[u8; 32]) -> age::x25519::Identity {
    age_secret_text(secret)
        .parse()
        .expect("every 32 bytes are an X25519 secret")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_seed_stay_the_same_for_ever() {
        // A change here would lose every identity that is out there. The values were computed apart,
        // with Python's `cryptography`: see tests/tools/agree.py.
        let keys = OwnerKeys::derive(&[7; 32]);
        assert_eq!(
            keys.did().to_string(),
            "did:key:z6MkjtWLTCp7fTayYuNf18hgb9Gy97jfAwRxa1BJdu1c5s6V"
        );
        assert_eq!(
            keys.encryption_multibase(),
            "z6LSrY52k4YQ6jznGuC6zrC2rVkg1MXmhLuwy7WJPjp1KvUB"
        );
        assert_eq!(
            keys.recovery_text().as_str(),
            "AGE-SECRET-KEY-1NKLSYLLMZH702CGRV0HQK705EMGW2LDC8M8AD5ZD88YTMCSMTSESZL2HYN"
        );
    }

    #[test]
    fn secret_of_age_has_just_the_letters_that_were_made_room_for() {
        assert_eq!(age_secret_text(&[0xff; 32]).len(), SECRET_TEXT_LETTERS);
    }
}
