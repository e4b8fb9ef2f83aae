//! How a vault comes to be: with a new identity, from recovery words, or out of a backup.

use std::path::Path;

use base::Timestamp;

use super::{CERTIFICATE_LIFE, OpenVault, VAULT_FILE, later, told};
use crate::certificate::{Certificate, CertificateFor};
use crate::contents::{Beginning, Contents, PersonalDetails, is_short};
use crate::envelope::Lock;
use crate::error::VaultError;
use crate::files;
use crate::passphrase::{Cost, Passphrase, random};
use crate::words::RecoveryWords;

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
        let open = Self::establish(folder, contents, new, passphrase, now)?;
        files::create(&folder.join(VAULT_FILE), &open.sealed()?)?;
        Ok(open)
    }

    /// Prepares a vault of contents that come from a backup, as another device of the same owner. It
    /// is not written yet.
    pub(crate) fn from_backup(
        folder: &Path,
        mut contents: Contents,
        passphrase: &Passphrase,
        device_label: &str,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        contents.vault = random();
        contents.device_seed = random();
        contents.keychain = false;
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
        contents.set_lock(&new_lock(folder, contents.vault, passphrase)?);
        Ok(Self {
            folder: folder.to_owned(),
            contents,
            certificate,
            is_file_lost: false,
        })
    }
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

/// A lock for a passphrase, at what new vaults cost.
pub(super) fn new_lock(
    folder: &Path,
    vault: [u8; 16],
    passphrase: &Passphrase,
) -> Result<Lock, VaultError> {
    Lock::new(vault, passphrase, Cost::DEFAULT)
        .map_err(|error| told(&folder.join(VAULT_FILE), error))
}
