//! The Keychain of macOS and the Credential Manager of Windows.

use super::{SERVICE, sorted};
use crate::error::KeychainError;

pub(super) fn read(account: &str) -> Result<Vec<u8>, KeychainError> {
    entry(account)?.get_secret().map_err(sorted)
}

pub(super) fn write(account: &str, _label: &str, secret: &[u8]) -> Result<(), KeychainError> {
    // Neither has a label apart from service and account.
    entry(account)?.set_secret(secret).map_err(sorted)
}

pub(super) fn remove(account: &str) -> Result<(), KeychainError> {
    entry(account)?.delete_credential().map_err(sorted)
}

fn entry(account: &str) -> Result<keyring::Entry, KeychainError> {
    keyring::Entry::new(SERVICE, account).map_err(sorted)
}
