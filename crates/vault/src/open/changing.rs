//! What changes in a vault, and how it is written.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base::Timestamp;

use super::making::new_lock;
use super::{CERTIFICATE_LIFE, FILE_BYTES_MAX, OpenVault, VAULT_FILE, later, told};
use crate::certificate::{Certificate, CertificateFor, Rotation};
use crate::contents::{Contents, PersonalDetails, is_short};
use crate::envelope::{self, Lock, OpenError};
use crate::error::{KeychainError, VaultError};
use crate::files;
use crate::keychain::{Item, Keychain};
use crate::passphrase::{Passphrase, random};

/// How many files that could not be read are kept aside.
const ASIDE_MAX: u32 = 1_000;

impl OpenVault {
    /// The database is under the new key now.
    ///
    /// # Errors
    /// The vault could not be written.
    pub fn forget_previous_store_key(&mut self) -> Result<(), VaultError> {
        self.change(|contents| contents.previous_store_key = None)
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

    /// The owner has said the words back.
    ///
    /// # Errors
    /// The vault could not be written.
    pub fn confirm_words(&mut self) -> Result<(), VaultError> {
        self.change(|contents| contents.words_confirmed = true)
    }

    /// Changes the passphrase. Only the vault's small file is written, not the database.
    ///
    /// A file that could not be read is kept beside the new one under another name.
    ///
    /// # Errors
    /// The vault could not be written.
    pub fn change_passphrase(&mut self, new: &Passphrase) -> Result<(), VaultError> {
        let lock = new_lock(&self.folder, self.contents.vault, new)?;
        self.change(|contents| contents.set_lock(&lock))?;
        self.is_file_lost = false;
        Ok(())
    }

    /// Lets the keychain open the vault.
    ///
    /// # Errors
    /// The keychain does not take it, or the vault could not be written.
    pub fn save_to_keychain(&mut self, keychain: &Keychain) -> Result<(), KeychainError> {
        keychain.store(&Item {
            vault: self.contents.vault,
            store_key: self.contents.store_key,
            seed: self.contents.seed,
            device_seed: self.contents.device_seed,
        })?;
        self.want_keychain(true)
    }

    /// Takes the key out of the keychain.
    ///
    /// # Errors
    /// The keychain does not give it, or the vault could not be written.
    pub fn remove_from_keychain(&mut self, keychain: &Keychain) -> Result<(), KeychainError> {
        keychain.remove()?;
        self.want_keychain(false)
    }

    fn want_keychain(&mut self, wanted: bool) -> Result<(), KeychainError> {
        if self.contents.keychain == wanted || self.is_file_lost {
            return Ok(());
        }
        self.change(|contents| contents.keychain = wanted)
            .map_err(KeychainError::Vault)
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
        let rotation = Rotation::sign(&old, &new, now);
        contents.rotation = Some(rotation.to_bytes());
        let before = std::mem::replace(&mut self.contents, contents);
        if let Err(error) = self.write() {
            self.contents = before;
            return Err(error);
        }
        self.certificate = certificate;
        Ok(rotation)
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

    /// The whole file, encrypted.
    pub(crate) fn sealed(&self) -> Result<Vec<u8>, VaultError> {
        let path = self.folder.join(VAULT_FILE);
        let mut sealed = Vec::new();
        envelope::seal(&self.lock()?, &self.contents.keys(), &mut sealed)
            .and_then(|mut inside| {
                inside.write_all(&self.contents.to_padded_bytes())?;
                inside.finish()
            })
            .map_err(|source| VaultError::writing(&path, source))?;
        Ok(sealed)
    }

    fn write(&self) -> Result<(), VaultError> {
        let path = self.folder.join(VAULT_FILE);
        let sealed = self.sealed()?;
        self.put_strange_aside(&path)?;
        files::replace(&path, &sealed)
    }

    /// Never overwrites what is not this vault: a file that cannot be read, or that somebody has put
    /// there, is kept under another name.
    fn put_strange_aside(&self, path: &Path) -> Result<(), VaultError> {
        let plate = match files::read(path, FILE_BYTES_MAX) {
            Ok(None) => return Ok(()),
            Ok(Some(bytes)) => envelope::plate(&bytes),
            Err(VaultError::Damaged { reason, .. }) => Err(OpenError::Damaged(reason)),
            Err(error) => return Err(error),
        };
        match plate {
            Ok(plate) if plate.vault == self.contents.vault && !self.is_file_lost => Ok(()),
            Err(error @ (OpenError::Newer(_) | OpenError::Io(_))) => Err(told(path, error)),
            Ok(_) | Err(_) => {
                let aside = free_name(path);
                tracing::warn!("what was the vault is kept as {}", aside.display());
                std::fs::rename(path, &aside).map_err(|source| VaultError::writing(path, source))
            }
        }
    }
}

/// A name for a file that is kept aside.
fn free_name(path: &Path) -> PathBuf {
    let named = |number: u32| {
        let mut name = path.as_os_str().to_os_string();
        name.push(format!(".damaged-{number}"));
        PathBuf::from(name)
    };
    (1..ASIDE_MAX)
        .map(named)
        .find(|aside| std::fs::symlink_metadata(aside).is_err())
        .unwrap_or_else(|| named(ASIDE_MAX))
}
