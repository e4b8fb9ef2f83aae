//! The vault of a data folder: looked at, and opened.

mod changing;
mod erasing;
mod making;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base::Timestamp;
use zeroize::Zeroizing;

use crate::certificate::{Certificate, CertificateFor, Revocation};
use crate::contents::{Beginning, Contents, ContentsError, PADDED_BYTES, PersonalDetails};
use crate::did::Did;
use crate::envelope;
use crate::error::{KeychainError, VaultError};
use crate::keychain::{Item, Keychain};
use crate::passphrase::random;
use crate::statement::sign_in;
use crate::tries::Tries;
use crate::words::RecoveryWords;
use crate::{Key, files};

pub use erasing::erase;
pub use making::NewOwner;

/// The name of the vault in the data folder.
pub const VAULT_FILE: &str = "vault.age";

/// The most bytes of a vault: what is encrypted, the header of age, and the seals of its parts.
const FILE_BYTES_MAX: u64 = PADDED_BYTES as u64 + 16 * 1024;

/// How long the certificate of a device is good: ten years, longer than a device lasts. A lost one is
/// revoked, not waited for.
const CERTIFICATE_LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Whether there is a vault, as far as can be told without a key.
#[derive(Debug)]
pub enum Presence {
    /// There is none.
    Absent,
    /// There is one, and its header is whole.
    Present,
    /// There is one that cannot be opened as it is.
    Unreadable(VaultError),
}

/// Looks whether there is a vault. Changes nothing.
#[must_use]
pub fn presence(folder: &Path) -> Presence {
    let path = folder.join(VAULT_FILE);
    let bytes = match files::read(&path, FILE_BYTES_MAX) {
        Ok(None) => return Presence::Absent,
        Ok(Some(bytes)) => bytes,
        Err(error) => return Presence::Unreadable(error),
    };
    match envelope::plate(&bytes) {
        Ok(plate) if plate.cost.is_acceptable() => Presence::Present,
        Ok(plate) => Presence::Unreadable(told(&path, envelope::OpenError::Cost(plate.cost))),
        Err(error) => Presence::Unreadable(told(&path, error)),
    }
}

/// What may be shown of an owner.
#[derive(Debug, Clone)]
pub struct OwnerCard {
    /// The name to be called by; empty where only the keychain was left.
    pub name: String,
    /// The identifier.
    pub did: Did,
    /// When the identity was made here.
    pub created: Timestamp,
    /// Whether the recovery words were said back.
    pub words_confirmed: bool,
    /// The certificate of this device.
    pub certificate: Certificate,
}

/// A vault that is open. Its keys are overwritten in memory when it is dropped.
pub struct OpenVault {
    folder: PathBuf,
    contents: Contents,
    certificate: Certificate,
    /// The file could not be read: only the keychain opened it.
    is_file_lost: bool,
}

impl std::fmt::Debug for OpenVault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl OpenVault {
    /// Opens the vault with a passphrase or the recovery words. Computes for a moment.
    ///
    /// # Errors
    /// Each cause has its own [`VaultError`]. Wrong passphrases make the next one wait; a file that
    /// cannot be read does not.
    pub fn unlock(
        folder: &Path,
        key: &Key<'_>,
        tries: &mut Tries,
        now: Instant,
    ) -> Result<Self, VaultError> {
        // Without a key first: what is plainly damaged costs no try. Words need no cost to be right.
        match (key, presence(folder)) {
            (Key::Passphrase(_), Presence::Unreadable(error)) => return Err(error),
            (_, Presence::Absent) => {
                return Err(VaultError::Absent {
                    folder: folder.to_owned(),
                });
            }
            (_, Presence::Present | Presence::Unreadable(_)) => {}
        }
        counted(key, tries, now, || Self::open_file(folder, key))
    }

    fn open_file(folder: &Path, key: &Key<'_>) -> Result<Self, VaultError> {
        let path = folder.join(VAULT_FILE);
        let bytes = files::read(&path, FILE_BYTES_MAX)?.ok_or_else(|| VaultError::Absent {
            folder: folder.to_owned(),
        })?;
        let damaged = |reason| VaultError::Damaged {
            path: path.clone(),
            reason,
        };
        let opened = envelope::open(&bytes[..], key).map_err(|error| told(&path, error))?;
        let mut inside = Zeroizing::new(Vec::with_capacity(PADDED_BYTES + 1));
        opened
            .inside
            .take(PADDED_BYTES as u64 + 1)
            .read_to_end(&mut inside)
            .map_err(|_| damaged("its contents were changed or cut off"))?;
        let contents = Contents::from_padded_bytes(&inside).map_err(|error| match error {
            ContentsError::Malformed => damaged("its contents are not ours"),
            ContentsError::Newer(found) => VaultError::Newer {
                found,
                known: envelope::FORMAT,
            },
        })?;
        let certificate = Certificate::read(&contents.certificate)?;
        Ok(Self {
            folder: folder.to_owned(),
            contents,
            certificate,
            is_file_lost: false,
        })
    }

    /// Opens the vault with what the keychain holds. Where the file is lost or damaged it opens all the
    /// same, without name and details; [`Self::change_passphrase`] then writes a new file.
    ///
    /// # Errors
    /// The keychain does not help, or holds the key of another vault.
    pub fn unlock_from_keychain(folder: &Path, keychain: &Keychain) -> Result<Self, KeychainError> {
        let item = keychain.read()?;
        let words = RecoveryWords::from_seed(item.seed);
        match Self::open_file(folder, &Key::Words(&words)) {
            Ok(open) if open.contents.vault == item.vault => Ok(open),
            Ok(_) | Err(VaultError::WrongKey) => Err(KeychainError::OtherVault),
            Err(
                error @ (VaultError::Newer { .. }
                | VaultError::OtherUser { .. }
                | VaultError::Io { .. }),
            ) => Err(KeychainError::Vault(error)),
            Err(error) => {
                tracing::warn!("the keychain opened the vault, whose file is lost: {error}");
                Self::from_item(folder, &item).map_err(KeychainError::Vault)
            }
        }
    }

    fn from_item(folder: &Path, item: &Item) -> Result<Self, VaultError> {
        let mut contents = Contents::new(&Beginning {
            vault: item.vault,
            created_ms: 0,
            store_key: item.store_key,
            previous_store_key: None,
            seed: item.seed,
            device_seed: item.device_seed,
        });
        let now = Timestamp::from_clock(std::time::SystemTime::now());
        let certificate = Certificate::sign(
            &contents.keys().signing,
            CertificateFor {
                device_key: contents.device_key().verifying_key().to_bytes(),
                serial: random(),
                issued: now,
                expires: later(now, CERTIFICATE_LIFE),
                label: String::new(),
                roles: Vec::new(),
            },
        )?;
        contents.certificate = certificate.to_bytes();
        Ok(Self {
            folder: folder.to_owned(),
            contents,
            certificate,
            is_file_lost: true,
        })
    }

    /// The key of the store.
    #[must_use]
    pub fn store_key(&self) -> &[u8; 32] {
        &self.contents.store_key
    }

    /// The key under which the database may still be.
    #[must_use]
    pub fn previous_store_key(&self) -> Option<&[u8; 32]> {
        self.contents.previous_store_key.as_ref()
    }

    /// What may be shown of the owner.
    #[must_use]
    pub fn owner(&self) -> OwnerCard {
        OwnerCard {
            name: self.contents.name.clone(),
            did: self.contents.keys().did(),
            created: Timestamp::from_millis(self.contents.created_ms),
            words_confirmed: self.contents.words_confirmed,
            certificate: self.certificate.clone(),
        }
    }

    /// The recovery words.
    #[must_use]
    pub fn words(&self) -> RecoveryWords {
        RecoveryWords::from_seed(self.contents.seed)
    }

    /// Whether only the keychain opened this vault: its file is lost or damaged.
    #[must_use]
    pub fn is_file_lost(&self) -> bool {
        self.is_file_lost
    }

    /// The personal details.
    #[must_use]
    pub fn details(&self) -> &PersonalDetails {
        &self.contents.details
    }

    /// Whether this key opens this vault. Wrong passphrases make the next one wait.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] or [`VaultError::BackOff`].
    pub fn check(&self, key: &Key<'_>, tries: &mut Tries, now: Instant) -> Result<(), VaultError> {
        counted(key, tries, now, || match key {
            Key::Words(words) if *words.seed() == self.contents.seed => Ok(()),
            Key::Words(_) => Err(VaultError::WrongKey),
            Key::Passphrase(_) => match Self::open_file(&self.folder, key)?.contents.vault {
                vault if vault == self.contents.vault => Ok(()),
                _ => Err(VaultError::WrongKey),
            },
        })
    }

    /// Revokes the certificate of a device.
    #[must_use]
    pub fn revoke(&self, serial: [u8; 16], now: Timestamp) -> Revocation {
        Revocation::sign(&self.contents.keys().signing, serial, now)
    }

    /// Signs bytes as the owner; `domain` keeps kinds of statements apart and has no zero in it.
    #[must_use]
    pub fn sign(&self, domain: &str, bytes: &[u8]) -> [u8; 64] {
        sign_in(domain, &self.contents.keys().signing, bytes)
    }

    /// The owner's public X25519 key, in the multibase form of `did:key`.
    #[must_use]
    pub fn encryption_key(&self) -> String {
        self.contents.keys().encryption_multibase()
    }

    /// The last change of the owner's key, as [`crate::Rotation::to_bytes`] wrote it. The old key is
    /// gone: whoever keeps these statements looks here after a crash.
    #[must_use]
    pub fn last_rotation(&self) -> Option<&[u8]> {
        self.contents.rotation.as_deref()
    }

    /// Whether the owner wants the keychain to open the vault too. Where it is empty all the same,
    /// somebody has emptied it.
    #[must_use]
    pub fn is_keychain_wanted(&self) -> bool {
        self.contents.keychain
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }
}

/// Tries a key; passphrases are counted.
fn counted<T>(
    key: &Key<'_>,
    tries: &mut Tries,
    now: Instant,
    attempt: impl FnOnce() -> Result<T, VaultError>,
) -> Result<T, VaultError> {
    match key {
        // 256 bits cannot be guessed, however often one tries.
        Key::Words(_) => {}
        Key::Passphrase(_) => tries.begin(now)?,
    }
    match attempt() {
        Ok(outcome) => {
            tries.succeeded();
            Ok(outcome)
        }
        Err(VaultError::WrongKey) => Err(VaultError::WrongKey),
        Err(error) => {
            if let Key::Passphrase(_) = key {
                tries.undo();
            }
            Err(error)
        }
    }
}

fn told(path: &Path, error: envelope::OpenError) -> VaultError {
    match error {
        envelope::OpenError::Damaged(reason) => VaultError::Damaged {
            path: path.to_owned(),
            reason,
        },
        envelope::OpenError::Newer(found) => VaultError::Newer {
            found,
            known: envelope::FORMAT,
        },
        envelope::OpenError::Cost(cost) => VaultError::CostRefused {
            memory_kib: cost.memory_kib,
            passes: cost.passes,
        },
        envelope::OpenError::WrongKey => VaultError::WrongKey,
        envelope::OpenError::Io(source) => VaultError::reading(path, source),
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_add(by))
}
