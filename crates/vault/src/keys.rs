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
            signing: SigningKey::from_bytes(&*expand(seed, OWNER)),
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
}

fn expand(seed: &[u8; 32], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, seed)
        .expand(label, key.as_mut_slice())
        .expect("32 bytes are far below the limit of HKDF");
    key
}

/// The secret in the text form of the `age` program: `AGE-SECRET-KEY-1…`.
pub(crate) fn age_secret_text(secret: &[u8; 32]) -> Zeroizing<String> {
    let prefix = Hrp::parse("age-secret-key-").expect("a valid prefix");
    let mut text = Zeroizing::new(
        bech32::encode::<Bech32>(prefix, secret).expect("32 bytes fit into a bech32 text"),
    );
    text.make_ascii_uppercase();
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
        // A change here would lose every identity that is out there.
        let keys = OwnerKeys::derive(&[7; 32]);
        let again = OwnerKeys::derive(&[7; 32]);
        assert_eq!(keys.did(), again.did());
        assert_ne!(keys.did(), OwnerKeys::derive(&[8; 32]).did());
        assert_ne!(keys.signing.to_bytes(), *keys.recovery, "labels part the keys");
    }
}
