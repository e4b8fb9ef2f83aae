//! Keys that other services gave the person, in an item of their own.
//!
//! They are one item and not one each, so that erasing finds them all without knowing their names. They are
//! not in backups: whoever opens a backup elsewhere names them anew.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{Keychain, in_time, platform, put, take_out};
use crate::error::KeychainError;

/// The most bytes of the item: Windows takes no more.
pub const FOREIGN_KEYS_BYTES_MAX: usize = 2_560;

/// Keys of other services, by the names that the person gave those.
pub type ForeignKeys = BTreeMap<String, Zeroizing<String>>;

impl Keychain {
    /// Puts the keys of other services in, in place of those that are there; without any, the item goes.
    ///
    /// # Errors
    /// As every use of a keychain, and [`KeychainError::TooMany`] when they have more than
    /// [`FOREIGN_KEYS_BYTES_MAX`]. What is there stays as it is.
    pub fn keep_foreign_keys(&self, keys: &ForeignKeys) -> Result<(), KeychainError> {
        let account = self.foreign_account();
        if keys.is_empty() {
            return take_out(account);
        }
        let lines = keys.iter().map(|(name, key)| name.len() + key.len() + 2);
        let length = lines.sum();
        if length > FOREIGN_KEYS_BYTES_MAX {
            return Err(KeychainError::TooMany);
        }
        // Made large enough at once: a text that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(length));
        for (name, key) in keys {
            text.push_str(name);
            text.push(' ');
            text.push_str(key);
            text.push('\n');
        }
        put(&account, text)?;
        match self.foreign_keys()? == *keys {
            true => Ok(()),
            false => Err(KeychainError::Garbled),
        }
    }

    /// The keys of other services; they stay there.
    ///
    /// # Errors
    /// As every use of a keychain. None of them is no error.
    pub fn foreign_keys(&self) -> Result<ForeignKeys, KeychainError> {
        let account = self.foreign_account();
        let bytes = match in_time(move || platform::read(&account).map(Zeroizing::new)) {
            Err(KeychainError::NoItem) => return Ok(ForeignKeys::new()),
            other => other?,
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| KeychainError::Garbled)?;
        text.lines()
            .map(|line| {
                let (name, key) = line.split_once(' ').ok_or(KeychainError::Garbled)?;
                Ok((name.to_owned(), Zeroizing::new(key.to_owned())))
            })
            .collect()
    }

    fn foreign_account(&self) -> String {
        format!("{} (keys of other services)", self.account)
    }
}
