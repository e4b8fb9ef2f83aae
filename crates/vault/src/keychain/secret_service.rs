//! The Secret Service of Linux desktops: GNOME Keyring, KWallet, KeePassXC.
//!
//! Each call makes a connection of its own. One that is kept would be of no use after the service was
//! started anew, and one that waits for a person would hold up all that come after it.

use std::collections::HashMap;

use ::secret_service::EncryptionType;
use ::secret_service::blocking::SecretService;
use keyring_core::api::CredentialStoreApi as _;
use zbus_secret_service_keyring_store::Store;

use super::{SERVICE, sorted};
use crate::error::KeychainError;

pub(super) fn read(account: &str) -> Result<Vec<u8>, KeychainError> {
    look(account, Purpose::Read)?;
    entry(account, "")?.get_secret().map_err(sorted)
}

pub(super) fn write(account: &str, label: &str, secret: &[u8]) -> Result<(), KeychainError> {
    look(account, Purpose::Write)?;
    entry(account, label)?.set_secret(secret).map_err(sorted)
}

pub(super) fn remove(account: &str) -> Result<(), KeychainError> {
    look(account, Purpose::Read)?;
    entry(account, "")?.delete_credential().map_err(sorted)
}

fn entry(account: &str, label: &str) -> Result<keyring_core::Entry, KeychainError> {
    let modifiers = HashMap::from([("label", label)]);
    let modifiers = Some(&modifiers).filter(|_| !label.is_empty());
    // What is sent is encrypted, so that it is not read on the bus.
    Store::new()
        .and_then(|store| store.build(SERVICE, account, modifiers))
        .map_err(sorted)
}

#[derive(Clone, Copy)]
enum Purpose {
    Read,
    Write,
}

/// Whether the service can do what is asked without waiting for a person.
///
/// The library would open a window that asks for the keychain's passphrase and wait for it.
fn look(account: &str, purpose: Purpose) -> Result<(), KeychainError> {
    // Nothing secret is asked for here.
    let service = SecretService::connect(EncryptionType::Plain).map_err(refused)?;
    let ours = HashMap::from([("service", SERVICE), ("username", account)]);
    let found = service.search_items(ours).map_err(refused)?;
    if !found.locked.is_empty() {
        return Err(KeychainError::Locked);
    }
    if !found.unlocked.is_empty() {
        return Ok(());
    }
    // Some services do not tell what is in a locked collection.
    match service.get_default_collection() {
        Ok(collection) if collection.is_locked().map_err(refused)? => Err(KeychainError::Locked),
        Ok(_) => match purpose {
            Purpose::Read => Err(KeychainError::NoItem),
            Purpose::Write => Ok(()),
        },
        Err(::secret_service::Error::NoResult) => match purpose {
            Purpose::Read => Err(KeychainError::NoItem),
            // Making one would ask a person for a passphrase.
            Purpose::Write => Err(KeychainError::Failed {
                reason: "no keyring was made in it yet".to_owned(),
            }),
        },
        Err(error) => Err(refused(error)),
    }
}

fn refused(error: ::secret_service::Error) -> KeychainError {
    match error {
        ::secret_service::Error::Unavailable => KeychainError::Missing,
        ::secret_service::Error::Locked | ::secret_service::Error::Prompt => KeychainError::Locked,
        error => {
            let reason = error.to_string();
            // There is a bus and nobody on it who keeps secrets, or no bus where one was named.
            let is_missing = [
                "ServiceUnknown",
                "NameHasNoOwner",
                "Spawn",
                "onnection refused",
                "Failed to connect to address",
                "address parse error",
            ]
            .iter()
            .any(|sign| reason.contains(sign));
            if is_missing {
                return KeychainError::Missing;
            }
            KeychainError::Failed { reason }
        }
    }
}
