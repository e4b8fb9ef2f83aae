//! The keychain of the operating system: Secret Service, macOS Keychain, Windows Credential Manager.
//!
//! It holds an item for each data folder: what opens the vault without a passphrase. A second one holds the
//! keys that other services gave the person. A keychain can be missing, locked, or never answer; each call
//! runs on a thread of its own and is given up after [`PATIENCE`].

pub(crate) mod foreign;
#[cfg(any(windows, target_os = "macos"))]
mod native;
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

#[cfg(any(windows, target_os = "macos"))]
use self::native as platform;
#[cfg(all(unix, not(target_os = "macos")))]
use self::secret_service as platform;
use crate::error::KeychainError;
#[cfg(any(windows, target_os = "macos"))]
use keyring::Error;
#[cfg(all(unix, not(target_os = "macos")))]
use keyring_core::Error;

/// How long the keychain may take to answer.
///
/// A keychain answers in milliseconds. One that waits for a person to unlock it must not hold the start
/// of the hub: the passphrase is the other way in.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// The name of the program in the keychain.
const SERVICE: &str = "hai-net";

/// The first word of an item: what it is, and in which form.
const HEADER: &str = "hai-net-vault-1";

/// The most bytes of an item; ours have 181. Windows takes up to 2,560.
const ITEM_BYTES_MAX: usize = 256;

/// How many bytes of the digest stand in an item.
const CHECK_BYTES: usize = 8;

/// The keychain's item of one data folder.
#[derive(Debug, Clone)]
pub struct Keychain {
    account: String,
}

/// What an item holds.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Item {
    pub(crate) vault: [u8; 16],
    pub(crate) store_key: [u8; 32],
    pub(crate) seed: [u8; 32],
    pub(crate) device_seed: [u8; 32],
}

impl Keychain {
    /// The item of a data folder. Asks nothing yet.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self {
            account: folder.display().to_string(),
        }
    }

    /// Puts an item in. One of another vault is kept under another name first.
    pub(crate) fn store(&self, item: &Item) -> Result<(), KeychainError> {
        match self.read() {
            Ok(other) if other.vault != item.vault => {
                let vault = STANDARD.encode(other.vault);
                let aside = format!("{} (vault {vault})", self.account);
                put(&aside, other.to_text())?;
                tracing::warn!(
                    "the keychain had the key of another vault, which is kept under another name"
                );
            }
            Ok(_) | Err(KeychainError::NoItem | KeychainError::Garbled) => {}
            Err(error) => return Err(error),
        }
        put(&self.account, item.to_text())?;
        // Some keychains take everything and keep nothing.
        match self.read()? == *item {
            true => Ok(()),
            false => Err(KeychainError::Garbled),
        }
    }

    /// Takes an item out; it stays there.
    pub(crate) fn read(&self) -> Result<Item, KeychainError> {
        let account = self.account.clone();
        let bytes = in_time(move || platform::read(&account).map(Zeroizing::new))?;
        Item::from_text(&bytes).ok_or(KeychainError::Garbled)
    }

    /// Removes the item; one that is not there is no error.
    pub(crate) fn remove(&self) -> Result<(), KeychainError> {
        take_out(self.account.clone())
    }
}

fn put(account: &str, text: Zeroizing<String>) -> Result<(), KeychainError> {
    let account = account.to_owned();
    let label = format!("HAI-Net: {account}");
    in_time(move || platform::write(&account, &label, text.as_bytes()))
}

/// Removes an item; one that is not there is no error.
fn take_out(account: String) -> Result<(), KeychainError> {
    match in_time(move || platform::remove(&account)) {
        Err(KeychainError::NoItem) => Ok(()),
        other => other,
    }
}

/// Runs a call on a thread of its own. A keychain that never answers keeps that thread, no more.
fn in_time<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    let (answer, answered) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("keychain".to_owned())
        .spawn(move || {
            let _ = answer.send(call());
        });
    if let Err(error) = thread {
        return Err(KeychainError::Failed {
            reason: error.to_string(),
        });
    }
    match answered.recv_timeout(PATIENCE) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(KeychainError::Hanging),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(KeychainError::Failed {
            reason: "its library broke".to_owned(),
        }),
    }
}

fn sorted(error: Error) -> KeychainError {
    match error {
        Error::NoEntry => KeychainError::NoItem,
        Error::NoDefaultStore => KeychainError::Missing,
        Error::NoStorageAccess(_) => KeychainError::Locked,
        Error::BadEncoding(_) | Error::BadDataFormat(..) => KeychainError::Garbled,
        Error::PlatformFailure(reason) => KeychainError::Failed {
            reason: reason.to_string(),
        },
        // `Display` of the others can hold what an item contains; their kind is enough.
        _ => KeychainError::Failed {
            reason: "it does not do this".to_owned(),
        },
    }
}

impl Item {
    fn to_text(&self) -> Zeroizing<String> {
        let parts = [
            &self.vault[..],
            &self.store_key,
            &self.seed,
            &self.device_seed,
        ];
        let bytes = Zeroizing::new(parts.concat());
        // Made large enough at once: a text that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(ITEM_BYTES_MAX));
        text.push_str(HEADER);
        text.push(' ');
        STANDARD.encode_string(&*bytes, &mut text);
        text.push(' ');
        STANDARD.encode_string(check(&bytes), &mut text);
        text
    }

    fn from_text(text: &[u8]) -> Option<Self> {
        if text.len() > ITEM_BYTES_MAX {
            return None;
        }
        let mut words = std::str::from_utf8(text).ok()?.split(' ');
        let (header, digits, given) = (words.next()?, words.next()?, words.next()?);
        if header != HEADER || words.next().is_some() {
            return None;
        }
        let bytes = Zeroizing::new(STANDARD.decode(digits).ok()?);
        if STANDARD.encode(check(&bytes)) != given || bytes.len() != 16 + 3 * 32 {
            return None;
        }
        let key = |place: usize| bytes[16 + 32 * place..48 + 32 * place].try_into().ok();
        Some(Self {
            vault: bytes[..16].try_into().ok()?,
            store_key: key(0)?,
            seed: key(1)?,
            device_seed: key(2)?,
        })
    }
}

fn check(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let digest = Sha256::new()
        .chain_update(HEADER)
        .chain_update(bytes)
        .finalize();
    let mut first = [0; CHECK_BYTES];
    first.copy_from_slice(&digest[..CHECK_BYTES]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_reads_back_and_any_changed_letter_is_noticed() {
        let item = Item {
            vault: [1; 16],
            store_key: [2; 32],
            seed: [3; 32],
            device_seed: [4; 32],
        };
        let text = item.to_text();
        assert_eq!(text.len(), 181, "the room that is made for it is larger");
        assert!(Item::from_text(text.as_bytes()) == Some(item));
        for place in 0..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            assert!(Item::from_text(&changed).is_none(), "letter {place}");
            assert!(
                Item::from_text(&text.as_bytes()[..place]).is_none(),
                "cut at {place}"
            );
        }
    }

    #[test]
    fn keychain_that_never_answers_is_given_up() {
        let begun = std::time::Instant::now();
        let outcome = in_time(|| {
            std::thread::sleep(PATIENCE * 3);
            Ok(())
        });
        assert!(matches!(outcome, Err(KeychainError::Hanging)));
        assert!(begun.elapsed() < PATIENCE * 2);
    }
}
