//! What a vault holds, and how that is written: deterministic CBOR inside of an age envelope.

use ed25519_dalek::SigningKey;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::cbor::{Malformed, Reader, Writer};
use crate::envelope::{FORMAT, Lock};
use crate::keys::OwnerKeys;

/// The most characters of the name or of one detail.
pub const DETAIL_CHARS_MAX: usize = 200;

/// The most bytes of a vault's contents, with room to spare: the longest details have some 5 KiB.
pub(crate) const CONTENTS_BYTES_MAX: usize = 32 * 1024;

/// How many bytes of a vault are encrypted: the contents, and zeros.
///
/// Every vault has this size, so that a file does not tell how long somebody's name is. It is two
/// chunks of age (64 KiB each), for a reason: age encrypts from a buffer that it does not overwrite
/// when it is done. The second chunk, zeros only, takes the secrets' place in that buffer.
pub(crate) const PADDED_BYTES: usize = 128 * 1024;

/// The values of the array that is written.
const PARTS: usize = 13;

/// Personal details, each optional. Overwritten in memory when dropped; prints as `Secret(…)`.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
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
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Contents {
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
    /// Whether the keychain is to open the vault too; an empty keychain is then no choice of the owner.
    pub(crate) keychain: bool,
    /// The last change of the owner's key: the old key is gone, so it could not be signed again.
    pub(crate) rotation: Option<Vec<u8>>,
    /// [`Lock::to_text`]; empty where it is not known.
    lock: String,
}

/// What a new vault begins with.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Beginning {
    pub(crate) vault: [u8; 16],
    pub(crate) created_ms: u64,
    pub(crate) store_key: [u8; 32],
    pub(crate) previous_store_key: Option<[u8; 32]>,
    pub(crate) seed: [u8; 32],
    pub(crate) device_seed: [u8; 32],
}

/// Why bytes are no contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentsError {
    /// They are not in the form of ours.
    Malformed,
    /// A newer program has written them.
    Newer(u32),
}

impl From<Malformed> for ContentsError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Contents {
    pub(crate) fn new(beginning: &Beginning) -> Self {
        Self {
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
            keychain: false,
            rotation: None,
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

    /// As it stands in a backup.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Made large enough at once: bytes that grow leave copies behind.
        let mut to = Writer::with_room(PADDED_BYTES);
        let details = &self.details;
        to.array(PARTS)
            .unsigned(u64::from(FORMAT))
            .bytes(&self.vault)
            .unsigned(self.created_ms)
            .bytes(&self.store_key)
            .optional(self.previous_store_key.as_ref(), |to, key| to.bytes(key))
            .bytes(&self.seed)
            .bytes(&self.device_seed)
            .bytes(&self.certificate)
            .text(&self.name)
            .array(4)
            .optional(details.full_name(), Writer::text)
            .optional(details.birth_date(), Writer::text)
            .optional(details.government_id(), Writer::text)
            .optional(details.email(), Writer::text)
            .array(2)
            .bool(self.words_confirmed)
            .bool(self.keychain)
            .optional(self.rotation.as_deref(), Writer::bytes)
            .text(&self.lock);
        to.finish()
    }

    /// As it stands in the vault's file.
    pub(crate) fn to_padded_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = self.to_bytes();
        debug_assert!(
            bytes.len() <= CONTENTS_BYTES_MAX,
            "limits keep it far below"
        );
        bytes.resize(PADDED_BYTES, 0);
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, ContentsError> {
        let (contents, rest) = Self::read(bytes)?;
        rest.is_empty()
            .then_some(contents)
            .ok_or(ContentsError::Malformed)
    }

    /// Reads what [`Self::to_padded_bytes`] wrote.
    pub(crate) fn from_padded_bytes(bytes: &[u8]) -> Result<Self, ContentsError> {
        let (contents, rest) = Self::read(bytes)?;
        let is_whole = bytes.len() == PADDED_BYTES && rest.iter().all(|byte| *byte == 0);
        is_whole.then_some(contents).ok_or(ContentsError::Malformed)
    }

    fn read(bytes: &[u8]) -> Result<(Self, &[u8]), ContentsError> {
        let mut from = Reader::of(bytes);
        // A later format may have more parts; its number stands first in each.
        let parts = from.array()?;
        let format = u32::try_from(from.unsigned()?).unwrap_or(u32::MAX);
        if format > FORMAT {
            return Err(ContentsError::Newer(format));
        }
        if format != FORMAT || parts != PARTS as u64 {
            return Err(ContentsError::Malformed);
        }
        let mut contents = Self::new(&Beginning {
            vault: from.bytes_of()?,
            created_ms: from.unsigned()?,
            store_key: from.bytes_of()?,
            previous_store_key: from.optional(Reader::bytes_of)?,
            seed: from.bytes_of()?,
            device_seed: from.bytes_of()?,
        });
        contents.certificate = from.bytes()?.to_vec();
        contents.name = from.text()?.to_owned();
        from.array_of(4)?;
        let mut detail = || from.optional(|from| from.text().map(str::to_owned));
        contents.details.full_name = detail()?;
        contents.details.birth_date = detail()?;
        contents.details.government_id = detail()?;
        contents.details.email = detail()?;
        from.array_of(2)?;
        contents.words_confirmed = from.bool()?;
        contents.keychain = from.bool()?;
        contents.rotation = from.optional(|from| from.bytes().map(<[u8]>::to_vec))?;
        contents.lock = from.text()?.to_owned();
        Ok((contents, from.rest()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents() -> Contents {
        let mut contents = Contents::new(&Beginning {
            vault: [1; 16],
            created_ms: 1_700_000_000_000,
            store_key: [2; 32],
            previous_store_key: Some([3; 32]),
            seed: [4; 32],
            device_seed: [5; 32],
        });
        contents.certificate = vec![6; 300];
        contents.name = "Zoë".to_owned();
        contents.details.email = Some("zoe@example.org".to_owned());
        contents.keychain = true;
        contents.rotation = Some(vec![7; 200]);
        contents
    }

    #[test]
    fn contents_read_back_and_are_written_again_alike() {
        let contents = contents();
        let bytes = contents.to_bytes();
        let back = Contents::from_bytes(&bytes).unwrap_or_else(|_| panic!("our own"));
        assert_eq!(*back.to_bytes(), *bytes, "one form");
        assert_eq!(back.name, "Zoë");
        assert_eq!(back.details.email(), Some("zoe@example.org"));
        assert_eq!((back.words_confirmed, back.keychain), (false, true));
        let padded = contents.to_padded_bytes();
        assert_eq!(padded.len(), PADDED_BYTES);
        assert!(Contents::from_padded_bytes(&padded).is_ok());
        assert!(Contents::from_padded_bytes(&bytes).is_err(), "no zeros");
        assert!(Contents::from_bytes(&padded).is_err(), "something follows");
    }

    #[test]
    fn contents_of_the_longest_texts_fit() {
        let mut contents = contents();
        let long = "\u{10ffff}".repeat(DETAIL_CHARS_MAX);
        let detail = || Some(long.clone());
        contents.details = PersonalDetails::new(detail(), detail(), detail(), detail())
            .expect("as long as allowed");
        contents.name = long;
        contents.certificate = vec![0; 4_096];
        assert!(contents.to_bytes().len() < CONTENTS_BYTES_MAX);
    }

    #[test]
    fn contents_of_a_newer_program_are_named_as_such() {
        let mut bytes = contents().to_bytes();
        assert_eq!(bytes[..2], [0x8d, 1], "thirteen parts, format 1");
        bytes[1] = 2;
        assert_eq!(
            Contents::from_bytes(&bytes).err(),
            Some(ContentsError::Newer(2))
        );
        bytes[0] = 0x8e;
        assert_eq!(
            Contents::from_bytes(&bytes).err(),
            Some(ContentsError::Newer(2))
        );
        bytes[1] = 0;
        assert_eq!(
            Contents::from_bytes(&bytes).err(),
            Some(ContentsError::Malformed)
        );
    }

    #[test]
    fn contents_that_are_cut_off_anywhere_are_refused() {
        let bytes = contents().to_bytes();
        for length in 0..bytes.len() {
            assert!(
                Contents::from_bytes(&bytes[..length]).is_err(),
                "cut at {length}"
            );
        }
    }
}
