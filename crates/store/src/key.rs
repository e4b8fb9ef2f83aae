//! The 32 bytes that open the store, and the file that keeps them until the vault does.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::TryRngCore;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::files::{create_new, make_folder, other_owner, sync_folder_of, tighten};
use crate::open::DATABASE_FILE;

/// The name of the key file in the data folder.
pub const KEY_FILE: &str = "hai-net.key";

/// The first word of a key file: what it is, and in which form.
const HEADER: &str = "hai-net-key-1";

/// The length of a key file.
const FILE_BYTES: usize = 96;

/// How much of a key file is read, so that a huge file cannot fill the memory.
const FILE_BYTES_MAX: u64 = 256;

/// How many bytes of the digest stand in the file, against typing errors and rot.
const CHECK_BYTES: usize = 8;

/// The key of a store. Overwritten in memory when dropped; prints as `Secret(…)`.
///
/// The bytes lie in one place on the heap: a key that is handed on leaves no copies on the stack.
#[derive(Clone)]
pub struct StoreKey(Box<Zeroizing<[u8; 32]>>);

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl std::fmt::Display for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why there is no key.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The database is there but its key is not. A new key could never open it.
    #[error(
        "the key file {} is missing, but the database {} is there and only that key opens it: \
         put the key file back, or move the database away to start anew",
        key.display(), database.display()
    )]
    Missing {
        /// Where the key was looked for.
        key: PathBuf,
        /// The database that it belongs to.
        database: PathBuf,
    },
    /// The file is not a whole key file. It is left as it is.
    #[error("the key file {} is damaged: put back a copy of it", path.display())]
    Damaged {
        /// The key file.
        path: PathBuf,
    },
    /// The file belongs to another user of this machine, who could know or change it.
    #[error("the key file {} belongs to another user (number {owner})", path.display())]
    OtherUser {
        /// The key file.
        path: PathBuf,
        /// The owner's number on this machine.
        owner: u32,
    },
    /// The file could not be read.
    #[error("could not read the key file {}", path.display())]
    Read {
        /// The key file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// The file could not be written.
    #[error("could not create the key file {}", path.display())]
    Create {
        /// The key file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// The file could not be overwritten and removed.
    #[error("could not remove the key file {}", path.display())]
    Remove {
        /// The key file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers for a new key")]
    Random,
}

impl StoreKey {
    /// A key that comes from elsewhere, such as the vault.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let mut key = Self::zeros();
        key.0.copy_from_slice(&bytes);
        bytes.zeroize();
        key
    }

    /// The place that a key is then written to.
    fn zeros() -> Self {
        Self(Box::new(Zeroizing::new([0; 32])))
    }

    /// Reads the key of the data folder, or makes a new one when there is no database yet.
    ///
    /// # Errors
    ///
    /// [`KeyError::Missing`] when there is a database but no key; else as [`Self::read_or_create`].
    pub fn read_or_create_for(folder: &Path) -> Result<Self, KeyError> {
        let (key, database) = (folder.join(KEY_FILE), folder.join(DATABASE_FILE));
        if let Some(found) = read(&key)? {
            return Ok(found);
        }
        if fs::symlink_metadata(&database).is_ok() {
            return Err(KeyError::Missing { key, database });
        }
        Self::read_or_create(&key)
    }

    /// The 32 bytes, for whoever keeps the key from now on, which is the vault.
    ///
    /// A copy of them is no longer wiped by this type. They belong into no log, no message and no
    /// file but a sealed one.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads the key in `path`; `None` when there is no file. Never makes one.
    ///
    /// A file that others could read is first made private.
    ///
    /// # Errors
    ///
    /// Each cause has its own [`KeyError`].
    pub fn read(path: &Path) -> Result<Option<Self>, KeyError> {
        read(path)
    }

    /// Reads the key in `path`, or makes a new one there, readable by this user only.
    ///
    /// A file that others could read is first made private. Folders on the way are made.
    ///
    /// # Errors
    ///
    /// Each cause has its own [`KeyError`]. A file that is there is never overwritten.
    pub fn read_or_create(path: &Path) -> Result<Self, KeyError> {
        if let Some(found) = read(path)? {
            return Ok(found);
        }
        let mut key = Self::zeros();
        rand::rngs::OsRng
            .try_fill_bytes(key.0.as_mut_slice())
            .map_err(|_| KeyError::Random)?;
        match create(path, &key.file_text()) {
            Ok(()) => Ok(key),
            // Another program was quicker: its key counts.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                read(path)?.ok_or_else(|| KeyError::Damaged {
                    path: path.to_path_buf(),
                })
            }
            Err(source) => Err(KeyError::Create {
                path: path.to_path_buf(),
                source: Arc::new(source),
            }),
        }
    }

    /// The key as SQLCipher takes it: `x'…'`, which it uses as it is and does not stretch.
    pub(crate) fn as_sqlcipher_wants_it(&self) -> Zeroizing<String> {
        let mut words = Zeroizing::new(String::with_capacity(67));
        words.push_str("x'");
        words.push_str(&self.hex());
        words.push('\'');
        words
    }

    /// The key as 64 hexadecimal digits.
    fn hex(&self) -> Zeroizing<String> {
        hex(self.0.as_slice())
    }

    fn file_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES));
        let (digits, check) = (self.hex(), hex(&check(&self.0)));
        for part in [HEADER, " ", &digits, " ", &check, "\n"] {
            text.push_str(part);
        }
        text
    }

    fn from_file_text(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let (header, digits, check_digits) = (words.next()?, words.next()?, words.next()?);
        if header != HEADER || words.next().is_some() || digits.len() != 64 || !digits.is_ascii() {
            return None;
        }
        let mut key = Self::zeros();
        for (place, byte) in key.0.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok()?;
        }
        (hex(&check(&key.0)).as_str() == check_digits).then_some(key)
    }
}

/// Overwrites the key file of a data folder and removes it; where there is none it does nothing.
///
/// What overwriting can do: whoever later undeletes the file, or reads the blocks that it lay in, finds
/// zeros. What it cannot do: flash disks (SSD, SD card, USB stick) write the zeros elsewhere and keep
/// the old block until they need it; a journaling or copy-on-write file system, a snapshot of it and a
/// backup may hold the old bytes too. Nobody can rule that out from a program. So a key that ever lay
/// in a file counts as known to whoever can read the medium itself, and [`rekey`](crate::rekey) gives
/// the database another one.
///
/// # Errors
///
/// [`KeyError::Remove`]; the file may have been overwritten already.
pub fn remove_key_file(folder: &Path) -> Result<(), KeyError> {
    let path = folder.join(KEY_FILE);
    wipe(&path).map_err(|source| KeyError::Remove {
        path,
        source: Arc::new(source),
    })
}

fn wipe(path: &Path) -> io::Result<()> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    // No more than could be a key file: a huge file there was never one.
    let bytes = found.len().min(FILE_BYTES_MAX);
    io::copy(&mut io::repeat(0).take(bytes), &mut file)?;
    file.sync_all()?;
    drop(file);
    fs::remove_file(path)?;
    sync_folder_of(path)
}

/// What the last word of a key file must be; it tells nothing of use about the key.
fn check(key: &[u8; 32]) -> [u8; CHECK_BYTES] {
    let digest = Sha256::new()
        .chain_update(HEADER)
        .chain_update(key)
        .finalize();
    let mut first = [0; CHECK_BYTES];
    first.copy_from_slice(&digest[..CHECK_BYTES]);
    first
}

fn hex(bytes: &[u8]) -> Zeroizing<String> {
    // Made large enough at once: a text that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).expect("four bits are one digit"));
        }
    }
    text
}

/// The key in the file; `None` when there is no file.
fn read(path: &Path) -> Result<Option<StoreKey>, KeyError> {
    let told = |source: io::Error| KeyError::Read {
        path: path.to_path_buf(),
        source: Arc::new(source),
    };
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(told(error)),
    };
    let found = file.metadata().map_err(told)?;
    if let Some(owner) = other_owner(&found) {
        return Err(KeyError::OtherUser {
            path: path.to_path_buf(),
            owner,
        });
    }
    let damaged = || KeyError::Damaged {
        path: path.to_path_buf(),
    };
    if !found.is_file() || found.len() > FILE_BYTES_MAX {
        return Err(damaged());
    }
    tighten(&file, &found).map_err(told)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(256));
    file.take(FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(told)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
    StoreKey::from_file_text(text).map(Some).ok_or_else(damaged)
}

/// Writes a new key file so that it is there whole or not at all, and brings it to the disk.
///
/// It is written under another name and then linked, which fails when `path` is there already. A
/// file system without links gets the file written in place.
fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut draft = path.as_os_str().to_os_string();
    draft.push(format!(".{:016x}.new", rand::random::<u64>()));
    let draft = PathBuf::from(draft);
    let linked = write_new(&draft, text).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match linked {
        Ok(()) => removed?,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
            ) =>
        {
            write_new(path, text)?;
        }
        Err(error) => return Err(error),
    }
    sync_folder_of(path)
}

/// Writes a file that must not be there yet.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_prints_as_a_secret() {
        let key = StoreKey::from_bytes([7; 32]);
        assert_eq!(format!("{key} {key:?}"), "Secret(…) Secret(…)");
    }

    #[test]
    fn key_file_reads_back_and_any_changed_digit_is_noticed() {
        let key = StoreKey::from_bytes(std::array::from_fn(|place| {
            b'a' + u8::try_from(place).expect("below 32")
        }));
        let text = key.file_text();
        assert_eq!(
            text.len(),
            FILE_BYTES,
            "the limit for reading is far above this"
        );
        let back = StoreKey::from_file_text(&text).expect("whole");
        assert_eq!(back.0.as_slice(), key.0.as_slice());
        for place in 0..text.len() - 1 {
            let mut bytes = text.as_bytes().to_vec();
            bytes[place] = if bytes[place] == b'3' { b'4' } else { b'3' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(
                StoreKey::from_file_text(&changed).is_none(),
                "digit {place} was changed"
            );
            assert!(
                StoreKey::from_file_text(&text[..place]).is_none(),
                "cut at {place}"
            );
        }
    }
}
