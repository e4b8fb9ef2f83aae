//! The vault of a data folder: made, opened, changed, erased.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base::Timestamp;
use zeroize::Zeroizing;

use crate::certificate::{Certificate, CertificateFor, Revocation, Rotation, sign_in};
use crate::contents::{Beginning, CONTENTS_BYTES_MAX, Contents, PersonalDetails, is_short};
use crate::did::Did;
use crate::envelope::{self, Lock};
use crate::error::{KeychainError, VaultError};
use crate::keychain::{Item, Keychain};
use crate::passphrase::{Cost, Passphrase, random};
use crate::tries::Tries;
use crate::words::RecoveryWords;
use crate::{Key, files};

/// The name of the vault in the data folder.
pub const VAULT_FILE: &str = "vault.age";

/// The most bytes of a vault: its contents, the header of age, and the seals of its parts.
const FILE_BYTES_MAX: u64 = CONTENTS_BYTES_MAX + 16 * 1024;

/// How long the certificate of a device is good: ten years, longer than a device lasts. A lost one is
/// revoked, not waited for.
const CERTIFICATE_LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// How many damaged vaults are kept aside.
const ASIDE_MAX: u32 = 1_000;

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

/// Erases the vault: its file, the count of tries, and the keychain's item.
///
/// # Errors
/// A file could not be removed. A keychain that does not answer is only logged: what it holds opens
/// nothing any more.
pub fn erase(folder: &Path, keychain: Option<&Keychain>) -> Result<(), VaultError> {
    for name in aside_names() {
        let path = folder.join(name);
        if !path.exists() {
            break;
        }
        files::shred(&path)?;
    }
    files::shred(&folder.join(VAULT_FILE))?;
    Tries::erase(folder)?;
    if let Some(Err(error)) = keychain.map(Keychain::remove) {
        tracing::warn!("the key could not be taken out of the keychain: {error}");
    }
    Ok(())
}

/// Of whom a vault is to be.
#[derive(Debug)]
pub struct NewOwner {
    /// The name to be called by.
    pub name: String,
    /// Personal details.
    pub details: PersonalDetails,
    /// The name of this device.
    pub device_label: String,
    /// What this device may do.
    pub roles: Vec<String>,
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
    /// Makes a vault with a new store key, and a new identity or that of `words`.
    ///
    /// `previous_store_key` is the key under which a database is already; it is kept in the vault until
    /// [`Self::forget_previous_store_key`], so that a change of keys that is cut off can be ended.
    ///
    /// # Errors
    /// There is a vault already, whether it can be read or not, or it cannot be written.
    pub fn create(
        folder: &Path,
        new: NewOwner,
        passphrase: &Passphrase,
        words: Option<RecoveryWords>,
        previous_store_key: Option<[u8; 32]>,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        refuse_existing(folder)?;
        let contents = Contents::new(&Beginning {
            vault: random(),
            created_ms: now.as_millis(),
            store_key: random(),
            previous_store_key,
            seed: words.map_or_else(random, |words| *words.seed()),
            device_seed: random(),
        });
        Self::establish(folder, contents, new, passphrase, now)
    }

    /// Makes a vault of contents that come from a backup, as another device of the same owner.
    pub(crate) fn from_backup(
        folder: &Path,
        mut contents: Contents,
        passphrase: &Passphrase,
        device_label: &str,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        refuse_existing(folder)?;
        contents.vault = random();
        contents.device_seed = random();
        let roles = Certificate::read(&contents.certificate)
            .map_or_else(|_| Vec::new(), |certificate| certificate.roles().to_vec());
        let new = NewOwner {
            name: contents.name.clone(),
            details: contents.details.clone(),
            device_label: device_label.to_owned(),
            roles,
        };
        Self::establish(folder, contents, new, passphrase, now)
    }

    fn establish(
        folder: &Path,
        mut contents: Contents,
        new: NewOwner,
        passphrase: &Passphrase,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        if !is_short(&new.name) {
            return Err(VaultError::TooLong);
        }
        let what = CertificateFor {
            device_key: contents.device_key().verifying_key().to_bytes(),
            serial: random(),
            issued: now,
            expires: later(now, CERTIFICATE_LIFE),
            label: new.device_label,
            roles: new.roles,
        };
        let certificate = Certificate::sign(&contents.keys().signing, what)?;
        contents.certificate = certificate.to_bytes();
        contents.name = new.name;
        contents.details = new.details;
        contents.set_lock(&new_lock(contents.vault, passphrase)?);
        let open = Self {
            folder: folder.to_owned(),
            contents,
            certificate,
            is_file_lost: false,
        };
        open.write()?;
        Ok(open)
    }

    /// Opens the vault with a passphrase or the recovery words. Computes for a moment.
    ///
    /// # Errors
    /// Each cause has its own [`VaultError`]. Wrong passphrases make the next one wait.
    pub fn unlock(
        folder: &Path,
        key: &Key<'_>,
        tries: &mut Tries,
        now: Instant,
    ) -> Result<Self, VaultError> {
        if let Presence::Unreadable(error) = presence(folder) {
            return Err(error);
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
        let room = usize::try_from(CONTENTS_BYTES_MAX).unwrap_or_default();
        let mut inside = Zeroizing::new(Vec::with_capacity(room));
        let mut limited = std::io::Read::take(opened.inside, CONTENTS_BYTES_MAX);
        std::io::Read::read_to_end(&mut limited, &mut inside)
            .map_err(|_| damaged("its contents were changed or cut off"))?;
        let contents =
            Contents::from_bytes(&inside).ok_or_else(|| damaged("its contents are not ours"))?;
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
    pub fn unlock_from_keychain(
        folder: &Path,
        keychain: &Keychain,
    ) -> Result<Self, KeychainError> {
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

    /// The database is under the new key now.
    ///
    /// # Errors
    /// The vault could not be written.
    pub fn forget_previous_store_key(&mut self) -> Result<(), VaultError> {
        self.change(|contents| contents.previous_store_key = None)
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

    /// Changes the name and the personal details.
    ///
    /// # Errors
    /// The name is too long, or the vault could not be written.
    pub fn set_name_and_details(
        &mut self,
        name: String,
        details: PersonalDetails,
    ) -> Result<(), VaultError> {
        if !is_short(&name) {
            return Err(VaultError::TooLong);
        }
        self.change(move |contents| {
            contents.name = name;
            contents.details = details;
        })
    }

    /// The recovery words.
    #[must_use]
    pub fn words(&self) -> RecoveryWords {
        RecoveryWords::from_seed(self.contents.seed)
    }

    /// The owner has said the words back.
    ///
    /// # Errors
    /// The vault could not be written.
    pub fn confirm_words(&mut self) -> Result<(), VaultError> {
        self.change(|contents| contents.words_confirmed = true)
    }

    /// Whether this key opens this vault. Wrong passphrases make the next one wait.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] or [`VaultError::BackOff`].
    pub fn check(&self, key: &Key<'_>, tries: &mut Tries, now: Instant) -> Result<(), VaultError> {
        counted(key, tries, now, || match key {
            Key::Words(words) if *words.seed() == self.contents.seed => Ok(()),
            Key::Words(_) => Err(VaultError::WrongKey),
            Key::Passphrase(_) => Self::open_file(&self.folder, key).map(|_| ()),
        })
    }

    /// Changes the passphrase. Only the vault's small file is written, not the database.
    ///
    /// A file that could not be read is kept beside the new one under another name.
    ///
    /// # Errors
    /// The vault could not be written.
    pub fn change_passphrase(&mut self, new: &Passphrase) -> Result<(), VaultError> {
        let lock = new_lock(self.contents.vault, new)?;
        if self.is_file_lost {
            self.put_damaged_aside()?;
        }
        self.change(|contents| contents.set_lock(&lock))?;
        self.is_file_lost = false;
        Ok(())
    }

    /// Lets the keychain open the vault.
    ///
    /// # Errors
    /// The keychain does not take it.
    pub fn save_to_keychain(&self, keychain: &Keychain) -> Result<(), KeychainError> {
        keychain.store(&Item {
            vault: self.contents.vault,
            store_key: self.contents.store_key,
            seed: self.contents.seed,
            device_seed: self.contents.device_seed,
        })
    }

    /// Takes the key out of the keychain.
    ///
    /// # Errors
    /// The keychain does not give it.
    pub fn remove_from_keychain(&self, keychain: &Keychain) -> Result<(), KeychainError> {
        keychain.remove()
    }

    /// Gives the owner a new key, signed over by the old one. The store's key stays.
    ///
    /// # Errors
    /// The vault could not be written; the old key stays then.
    pub fn rotate(&mut self, now: Timestamp) -> Result<Rotation, VaultError> {
        let old = self.contents.keys().signing;
        let mut contents = self.contents.clone();
        contents.seed = random();
        contents.words_confirmed = false;
        let new = contents.keys().signing;
        let certificate = Certificate::sign(
            &new,
            CertificateFor {
                device_key: self.certificate.device_key(),
                serial: random(),
                issued: now,
                expires: later(now, CERTIFICATE_LIFE),
                label: self.certificate.label().to_owned(),
                roles: self.certificate.roles().to_vec(),
            },
        )?;
        contents.certificate = certificate.to_bytes();
        let before = std::mem::replace(&mut self.contents, contents);
        if let Err(error) = self.write() {
            self.contents = before;
            return Err(error);
        }
        self.certificate = certificate;
        Ok(Rotation::sign(&old, &new, now))
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

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    pub(crate) fn lock(&self) -> Result<Lock, VaultError> {
        self.contents.lock().ok_or_else(|| VaultError::Damaged {
            path: self.folder.join(VAULT_FILE),
            reason: "only the keychain is left: set a passphrase first",
        })
    }

    /// Changes something; where it cannot be written, it stays as it was in memory too.
    fn change(&mut self, how: impl FnOnce(&mut Contents)) -> Result<(), VaultError> {
        let before = self.contents.clone();
        how(&mut self.contents);
        self.write().inspect_err(|_| self.contents = before)
    }

    fn write(&self) -> Result<(), VaultError> {
        let path = self.folder.join(VAULT_FILE);
        let mut sealed = Vec::new();
        envelope::seal(&self.lock()?, &self.contents.keys(), &mut sealed)
            .and_then(|mut inside| {
                std::io::Write::write_all(&mut inside, &self.contents.to_bytes())?;
                inside.finish()
            })
            .map_err(|source| VaultError::writing(&path, source))?;
        files::replace(&path, &sealed)
    }

    fn put_damaged_aside(&self) -> Result<(), VaultError> {
        let path = self.folder.join(VAULT_FILE);
        if !path.exists() {
            return Ok(());
        }
        let free = aside_names()
            .map(|name| self.folder.join(name))
            .find(|aside| !aside.exists())
            .unwrap_or_else(|| self.folder.join("vault.age.damaged"));
        std::fs::rename(&path, &free).map_err(|source| VaultError::writing(&path, source))
    }
}

fn aside_names() -> impl Iterator<Item = String> {
    (1..=ASIDE_MAX).map(|number| format!("{VAULT_FILE}.damaged-{number}"))
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
    let outcome = attempt()?;
    tries.succeeded();
    Ok(outcome)
}

fn refuse_existing(folder: &Path) -> Result<(), VaultError> {
    match std::fs::symlink_metadata(folder.join(VAULT_FILE)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(_) => Err(VaultError::Exists {
            folder: folder.to_owned(),
        }),
        Err(source) => Err(VaultError::reading(folder, source)),
    }
}

fn new_lock(vault: [u8; 16], passphrase: &Passphrase) -> Result<Lock, VaultError> {
    let cost = Cost::DEFAULT;
    Lock::new(vault, passphrase, cost).ok_or(VaultError::CostRefused {
        memory_kib: cost.memory_kib,
        passes: cost.passes,
    })
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
