//! What a vault holds, and how that is written: CBOR inside of an age envelope.

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::envelope::{FORMAT, Lock};
use crate::keys::OwnerKeys;

/// The most characters of the name or of one detail.
pub const DETAIL_CHARS_MAX: usize = 200;

/// The most bytes of a vault's contents and so, nearly, of its file.
pub(crate) const CONTENTS_BYTES_MAX: u64 = 64 * 1024;

/// Personal details, each optional. Overwritten in memory when dropped; prints as `Secret(…)`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct PersonalDetails {
    full_name: Option<String>,
    birth_date: Option<String>,
    government_id: Option<String>,
    email: Option<String>,
}

/// A detail has too many characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a personal detail has at most {DETAIL_CHARS_MAX} characters")]
pub struct DetailTooLong;

impl PersonalDetails {
    /// Takes details as the person wrote them.
    ///
    /// # Errors
    /// One of them is too long.
    pub fn new(
        full_name: Option<String>,
        birth_date: Option<String>,
        government_id: Option<String>,
        email: Option<String>,
    ) -> Result<Self, DetailTooLong> {
        let all = [&full_name, &birth_date, &government_id, &email];
        if all.into_iter().flatten().any(|text| !is_short(text)) {
            return Err(DetailTooLong);
        }
        Ok(Self {
            full_name,
            birth_date,
            government_id,
            email,
        })
    }

    /// The full name.
    #[must_use]
    pub fn full_name(&self) -> Option<&str> {
        self.full_name.as_deref()
    }

    /// The date of birth.
    #[must_use]
    pub fn birth_date(&self) -> Option<&str> {
        self.birth_date.as_deref()
    }

    /// The number of an official document.
    #[must_use]
    pub fn government_id(&self) -> Option<&str> {
        self.government_id.as_deref()
    }

    /// The e-mail address.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}

impl std::fmt::Debug for PersonalDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

pub(crate) fn is_short(text: &str) -> bool {
    text.chars().count() <= DETAIL_CHARS_MAX
}

/// What a vault holds. No `Debug`: all of it is secret or private.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Contents {
    format: u32,
    pub(crate) vault: [u8; 16],
    pub(crate) created_ms: u64,
    pub(crate) store_key: [u8; 32],
    pub(crate) previous_store_key: Option<[u8; 32]>,
    pub(crate) seed: [u8; 32],
    pub(crate) device_seed: [u8; 32],
    pub(crate) certificate: Vec<u8>,
    pub(crate) name: String,
    pub(crate) details: PersonalDetails,
    pub(crate) words_confirmed: bool,
    /// [`Lock::to_text`]; empty where it is not known.
    lock: String,
}

/// What a new vault begins with.
pub(crate) struct Beginning {
    pub(crate) vault: [u8; 16],
    pub(crate) created_ms: u64,
    pub(crate) store_key: [u8; 32],
    pub(crate) previous_store_key: Option<[u8; 32]>,
    pub(crate) seed: [u8; 32],
    pub(crate) device_seed: [u8; 32],
}

impl Contents {
    pub(crate) fn new(beginning: &Beginning) -> Self {
        Self {
            format: FORMAT,
            vault: beginning.vault,
            created_ms: beginning.created_ms,
            store_key: beginning.store_key,
            previous_store_key: beginning.previous_store_key,
            seed: beginning.seed,
            device_seed: beginning.device_seed,
            certificate: Vec::new(),
            name: String::new(),
            details: PersonalDetails::default(),
            words_confirmed: false,
            lock: String::new(),
        }
    }

    pub(crate) fn keys(&self) -> OwnerKeys {
        OwnerKeys::derive(&self.seed)
    }

    pub(crate) fn device_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.device_seed)
    }

    pub(crate) fn lock(&self) -> Option<Lock> {
        Lock::from_text(&self.lock)
    }

    pub(crate) fn set_lock(&mut self, lock: &Lock) {
        self.lock = lock.to_text();
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Made large enough at once: bytes that grow leave copies behind.
        let room = usize::try_from(CONTENTS_BYTES_MAX).unwrap_or_default();
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        ciborium::into_writer(self, &mut *bytes).expect("plain data, into memory");
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` when it is anything else.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let contents: Self = ciborium::from_reader(bytes).ok()?;
        (contents.format == FORMAT).then_some(contents)
    }
}
