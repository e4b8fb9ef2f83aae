//! Backups: everything of a hub in one encrypted file, made, checked and restored as a stream.
//!
//! The file is an envelope like the vault's, so that passphrase and recovery words open it, with a tar
//! archive inside: `vault.cbor`, `settings.json`, `hai-net.db` (still encrypted with the store's key)
//! and last `manifest.json` with the SHA-256 of each. With the identity that [`age_identity`] gives, the
//! plain `age` and `tar` programs open it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::contents::{CONTENTS_BYTES_MAX, Contents};
use crate::did::Did;
use crate::envelope::{self, OpenError};
use crate::error::BackupError;
use crate::open::{OpenVault, VAULT_FILE};
use crate::passphrase::Passphrase;
use crate::{Key, files};

/// What a backup is called inside.
const FORMAT: &str = "hai-net-backup/1";

const VAULT: &str = "vault.cbor";
const SETTINGS: &str = "settings.json";
const DATABASE: &str = "hai-net.db";
const MANIFEST: &str = "manifest.json";

/// The most bytes of the settings and of the manifest.
const SMALL_BYTES_MAX: u64 = 1024 * 1024;

/// How much is copied between two looks at whether to go on.
const STEP_BYTES: usize = 256 * 1024;

/// What stands at the end of a backup.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: String,
    made_ms: u64,
    version: String,
    files: Vec<Entry>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    name: String,
    bytes: u64,
    sha256: String,
}

/// What a backup is, after it was read to its end and found whole.
#[derive(Debug, Clone)]
pub struct Report {
    /// Whose it is.
    pub did: Did,
    /// The owner's name.
    pub name: String,
    /// When it was made.
    pub made: Timestamp,
    /// The size of the file.
    pub bytes: u64,
}

/// Writes a backup to `out`, which must not be there yet. `progress` gets bytes done and in all, and
/// stops the work by breaking.
///
/// # Errors
/// Each cause has its own [`BackupError`]. A file that is not whole is removed.
pub fn create(
    out: &Path,
    vault: &OpenVault,
    database: &Path,
    settings: &[u8],
    now: Timestamp,
    progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), BackupError> {
    if out.symlink_metadata().is_ok() {
        return Err(BackupError::Exists {
            path: out.to_owned(),
        });
    }
    let mut part = out.as_os_str().to_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    let _ = std::fs::remove_file(&part);
    let written = write(&part, vault, database, settings, now, progress).and_then(|()| {
        // Linking fails where a file has come in between; renaming would replace it.
        std::fs::hard_link(&part, out)
            .or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Err(error),
                _ => std::fs::rename(&part, out),
            })
            .and_then(|()| files::sync_folder_of(out))
            .map_err(|error| writing(out, error))
    });
    let _ = std::fs::remove_file(&part);
    written
}

fn write(
    part: &Path,
    vault: &OpenVault,
    database: &Path,
    settings: &[u8],
    now: Timestamp,
    progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), BackupError> {
    let told = |error| writing(part, error);
    let file = files::create_private(part).map_err(told)?;
    let out = BufWriter::with_capacity(STEP_BYTES, file);
    let sealed = envelope::seal(&vault.lock()?, &vault.contents().keys(), out).map_err(told)?;
    let mut archive = tar::Builder::new(sealed);
    let mut entries = Vec::new();
    let contents = vault.contents().to_bytes();
    let source = File::open(database).map_err(|error| reading(database, error))?;
    let length = source
        .metadata()
        .map_err(|error| reading(database, error))?
        .len();
    let mut steps = Steps {
        progress,
        done: 0,
        total: length,
        cancelled: false,
    };
    let small = |name: &str, bytes: &[u8], archive: &mut tar::Builder<_>| {
        archive
            .append_data(&mut header(bytes.len() as u64), name, bytes)
            .map_err(|error| writing(part, error))?;
        Ok::<_, BackupError>(entry(name, bytes.len() as u64, Sha256::digest(bytes)))
    };
    entries.push(small(VAULT, &contents, &mut archive)?);
    entries.push(small(SETTINGS, settings, &mut archive)?);
    let mut reader = Hashing {
        inner: BufReader::with_capacity(STEP_BYTES, source),
        hash: Sha256::new(),
        steps: &mut steps,
    };
    let copied = archive.append_data(&mut header(length), DATABASE, &mut reader);
    let digest = reader.hash.finalize();
    if steps.cancelled {
        return Err(BackupError::Cancelled);
    }
    copied.map_err(told)?;
    entries.push(entry(DATABASE, length, digest));
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        made_ms: now.as_millis(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        files: entries,
    };
    let manifest = serde_json::to_vec_pretty(&manifest).expect("plain data");
    small(MANIFEST, &manifest, &mut archive)?;
    let out = archive
        .into_inner()
        .and_then(age::stream::StreamWriter::finish)
        .map_err(told)?;
    let file = out.into_inner().map_err(|error| told(error.into_error()))?;
    file.sync_all().map_err(told)
}

/// Reads a backup to its end, and says whose it is when it is whole.
///
/// # Errors
/// Each cause has its own [`BackupError`].
pub fn verify(
    path: &Path,
    key: &Key<'_>,
    progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Report, BackupError> {
    let (report, _contents) = read(path, key, progress, None)?;
    Ok(report)
}

/// Puts a backup into a data folder that has neither a vault nor a database.
///
/// The database is written under another name and takes its place when the whole backup was found
/// good; the vault comes last. An attempt that was cut off can be tried again.
///
/// # Errors
/// Each cause has its own [`BackupError`]; the folder is as it was then.
pub fn restore(
    path: &Path,
    key: &Key<'_>,
    folder: &Path,
    passphrase: &Passphrase,
    device_label: &str,
    now: Timestamp,
    progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<OpenVault, BackupError> {
    let database = folder.join(DATABASE);
    for taken in [&database, &folder.join(VAULT_FILE)] {
        if taken.symlink_metadata().is_ok() {
            return Err(BackupError::NotEmpty {
                folder: folder.to_owned(),
            });
        }
    }
    let draft = folder.join(format!("{DATABASE}.restoring"));
    let _ = std::fs::remove_file(&draft);
    let restored = read(path, key, progress, Some(&draft)).and_then(|(_, contents)| {
        std::fs::rename(&draft, &database)
            .and_then(|()| files::sync_folder_of(&database))
            .map_err(|error| writing(&database, error))?;
        OpenVault::from_backup(folder, contents, passphrase, device_label, now).map_err(|error| {
            let _ = std::fs::remove_file(&database);
            error.into()
        })
    });
    let _ = std::fs::remove_file(&draft);
    restored
}

/// The identity that opens the backup or vault in `path` with the plain `age` program.
///
/// # Errors
/// The key does not open it, or it cannot be read.
pub fn age_identity(path: &Path, key: &Key<'_>) -> Result<Zeroizing<String>, BackupError> {
    let file = open_file(path)?;
    Ok(envelope::open(BufReader::new(file), key)
        .map_err(|error| sorted(path, error))?
        .secret)
}

fn open_file(path: &Path) -> Result<File, BackupError> {
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BackupError::NoFile {
            path: path.to_owned(),
        },
        _ => reading(path, error),
    })
}

/// Reads all of a backup; the database goes to `to`, where one is named.
fn read(
    path: &Path,
    key: &Key<'_>,
    progress: impl FnMut(u64, u64) -> ControlFlow<()>,
    to: Option<&Path>,
) -> Result<(Report, Contents), BackupError> {
    let file = open_file(path)?;
    let bytes = file.metadata().map_err(|error| reading(path, error))?.len();
    let mut steps = Steps {
        progress,
        done: 0,
        total: bytes,
        cancelled: false,
    };
    let opened = envelope::open(BufReader::with_capacity(STEP_BYTES, file), key)
        .map_err(|error| sorted(path, error))?;
    let read = unpack(opened.inside, &mut steps, to);
    if steps.cancelled {
        return Err(BackupError::Cancelled);
    }
    let (manifest, contents) = read?;
    let report = Report {
        did: contents.keys().did(),
        name: contents.name.clone(),
        made: Timestamp::from_millis(manifest.made_ms),
        bytes,
    };
    Ok((report, contents))
}

fn unpack<F: FnMut(u64, u64) -> ControlFlow<()>>(
    inside: impl Read,
    steps: &mut Steps<F>,
    to: Option<&Path>,
) -> Result<(Manifest, Contents), BackupError> {
    let damaged = |reason| BackupError::Damaged { reason };
    let cut = |_| damaged("it ends too early or was changed");
    let mut archive = tar::Archive::new(inside);
    let mut found: Vec<Entry> = Vec::new();
    let (mut contents, mut manifest) = (None, None);
    for member in archive.entries().map_err(cut)? {
        let mut member = member.map_err(cut)?;
        let name = member
            .path()
            .ok()
            .and_then(|path| path.to_str().map(str::to_owned))
            .unwrap_or_default();
        let is_plain = member.header().entry_type() == tar::EntryType::Regular;
        let is_new = !found.iter().any(|entry| entry.name == name);
        if !is_plain || !is_new || manifest.is_some() {
            return Err(damaged("it holds what no backup holds"));
        }
        match name.as_str() {
            VAULT => {
                let bytes = small(&mut member, CONTENTS_BYTES_MAX)?;
                found.push(entry(VAULT, bytes.len() as u64, Sha256::digest(&*bytes)));
                contents = Contents::from_bytes(&bytes);
            }
            SETTINGS => {
                let bytes = small(&mut member, SMALL_BYTES_MAX)?;
                found.push(entry(SETTINGS, bytes.len() as u64, Sha256::digest(&*bytes)));
            }
            DATABASE => found.push(database(&mut member, steps, to)?),
            MANIFEST => {
                let bytes = small(&mut member, SMALL_BYTES_MAX)?;
                manifest = serde_json::from_slice::<Manifest>(&bytes).ok();
                if manifest.is_none() {
                    return Err(damaged("its list of files cannot be read"));
                }
            }
            _ => return Err(damaged("it holds what no backup holds")),
        }
    }
    // What follows the archive must be readable too: the last part of the envelope seals its length.
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(cut)?;
    let manifest = manifest.ok_or_else(|| damaged("its list of files is missing"))?;
    if manifest.format != FORMAT {
        return Err(BackupError::Newer);
    }
    if manifest.files != found || found.len() != 3 {
        return Err(damaged("a file in it is not what the list says"));
    }
    let contents = contents.ok_or_else(|| damaged("the vault in it cannot be read"))?;
    Ok((manifest, contents))
}

fn small(member: &mut impl Read, bytes_max: u64) -> Result<Zeroizing<Vec<u8>>, BackupError> {
    let room = usize::try_from(bytes_max).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(room.min(64 * 1024)));
    let read = member.take(bytes_max + 1).read_to_end(&mut bytes);
    match read {
        Ok(length) if length as u64 <= bytes_max => Ok(bytes),
        Ok(_) => Err(BackupError::Damaged {
            reason: "a small file in it is too large",
        }),
        Err(_) => Err(BackupError::Damaged {
            reason: "it ends too early or was changed",
        }),
    }
}

fn database<F: FnMut(u64, u64) -> ControlFlow<()>>(
    member: &mut impl Read,
    steps: &mut Steps<F>,
    to: Option<&Path>,
) -> Result<Entry, BackupError> {
    let mut reader = Hashing {
        inner: member,
        hash: Sha256::new(),
        steps,
    };
    let cut = |_| BackupError::Damaged {
        reason: "it ends too early or was changed",
    };
    let mut buffer = vec![0; STEP_BYTES];
    let mut out = match to {
        Some(path) => Some((
            path,
            files::create_private(path).map_err(|error| writing(path, error))?,
        )),
        None => None,
    };
    let mut length = 0;
    loop {
        let read = reader.read(&mut buffer).map_err(cut)?;
        if read == 0 {
            break;
        }
        length += read as u64;
        if let Some((path, file)) = &mut out {
            file.write_all(&buffer[..read])
                .map_err(|error| writing(path, error))?;
        }
    }
    if let Some((path, file)) = out {
        file.sync_all().map_err(|error| writing(path, error))?;
    }
    Ok(entry(DATABASE, length, reader.hash.finalize()))
}

/// How far the work is.
struct Steps<F> {
    progress: F,
    done: u64,
    total: u64,
    cancelled: bool,
}

/// Takes the digest of what passes, tells how far it is, and stops when asked to.
struct Hashing<'a, R, F> {
    inner: R,
    hash: Sha256,
    steps: &'a mut Steps<F>,
}

impl<R: Read, F: FnMut(u64, u64) -> ControlFlow<()>> Read for Hashing<'_, R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let steps = &mut *self.steps;
        if (steps.progress)(steps.done, steps.total).is_break() {
            steps.cancelled = true;
            return Err(io::Error::other("stopped"));
        }
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        steps.done += read as u64;
        Ok(read)
    }
}

fn entry(name: &str, bytes: u64, digest: impl AsRef<[u8]>) -> Entry {
    use std::fmt::Write as _;
    let sha256 = digest.as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    Entry {
        name: name.to_owned(),
        bytes,
        sha256,
    }
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

fn reading(path: &Path, source: io::Error) -> BackupError {
    BackupError::Io {
        path: path.to_owned(),
        done: "read",
        source: Arc::new(source),
    }
}

fn writing(path: &Path, source: io::Error) -> BackupError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BackupError::Full {
            path: path.to_owned(),
        },
        io::ErrorKind::AlreadyExists => BackupError::Exists {
            path: path.to_owned(),
        },
        _ => BackupError::Io {
            path: path.to_owned(),
            done: "written",
            source: Arc::new(source),
        },
    }
}

fn sorted(path: &Path, error: OpenError) -> BackupError {
    match error {
        OpenError::Damaged(reason) => BackupError::Damaged { reason },
        OpenError::Newer(_) => BackupError::Newer,
        OpenError::Cost(_) => BackupError::Damaged {
            reason: "it asks for a cost that no backup of ours asks for",
        },
        OpenError::WrongKey => BackupError::WrongKey,
        OpenError::Io(source) => reading(path, source),
    }
}
