//! Erasing a vault.

use std::io;
use std::path::Path;

use super::VAULT_FILE;
use crate::error::{KeychainError, VaultError};
use crate::files;
use crate::keychain::Keychain;
use crate::keychain::foreign::ForeignKeys;
use crate::tries::TRIES_FILE;

/// Erases the vault: its file, what was kept aside of it or left by a crash, the count of tries, and the
/// keychain's items. What the keychain said when it did not give one up comes back.
///
/// # Errors
/// A file could not be removed.
pub fn erase(
    folder: &Path,
    keychain: Option<&Keychain>,
) -> Result<Option<KeychainError>, VaultError> {
    let told = |source| VaultError::reading(folder, source);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>().map_err(told)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(told(error)),
    };
    for entry in entries {
        let name = entry.file_name();
        let is_ours = [VAULT_FILE, TRIES_FILE].iter().any(|ours| {
            name.to_str()
                .and_then(|name| name.strip_prefix(ours))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if is_ours {
            files::shred(&entry.path())?;
        }
    }
    let Some(keychain) = keychain else {
        return Ok(None);
    };
    let foreign = keychain.keep_foreign_keys(&ForeignKeys::new());
    match keychain.remove().and(foreign) {
        Ok(()) | Err(KeychainError::Missing) => Ok(None),
        Err(error) => {
            tracing::warn!("a key could not be taken out of the keychain: {error}");
            Ok(Some(error))
        }
    }
}
