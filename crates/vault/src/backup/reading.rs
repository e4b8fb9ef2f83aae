//! Reading a backup to its end, and finding out whether it is whole.

use std::fs::File;
use std::io::{self, BufReader, Read, Write as _};
use std::ops::ControlFlow;
use std::path::Path;

use base::Timestamp;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{
    DATABASE, Entry, FORMAT, FORMAT_NAME, Hashing, MANIFEST, Manifest, Report, SETTINGS,
    SMALL_BYTES_MAX, STEP_BYTES, Steps, VAULT, entry, open_file, sorted,
};
use crate::contents::{CONTENTS_BYTES_MAX, Contents, ContentsError};
use crate::error::BackupError;
use crate::{Key, envelope, files};

/// What a backup holds beside its list.
const FILES: usize = 3;

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

/// Reads all of a backup; the database goes to `to`, where one is named.
pub(super) fn read(
    path: &Path,
    key: &Key<'_>,
    progress: impl FnMut(u64, u64) -> ControlFlow<()>,
    to: Option<&Path>,
) -> Result<(Report, Contents), BackupError> {
    let file = open_file(path)?;
    let bytes = file
        .metadata()
        .map_err(|error| BackupError::reading(path, error))?
        .len();
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

/// What was found so far.
#[derive(Default)]
struct Found {
    files: Vec<Entry>,
    contents: Option<Contents>,
    manifest: Option<Manifest>,
}

fn unpack<F: FnMut(u64, u64) -> ControlFlow<()>>(
    inside: impl Read,
    steps: &mut Steps<F>,
    to: Option<&Path>,
) -> Result<(Manifest, Contents), BackupError> {
    let mut archive = tar::Archive::new(inside);
    let mut found = Found::default();
    // Raw: the library would follow long names and other extensions, of which ours has none.
    for member in archive.entries().map_err(cut)?.raw(true) {
        found.take_in(member.map_err(cut)?, steps, to)?;
    }
    // What follows the archive must be readable too: the last part of the envelope seals its length.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(cut)?;
    let manifest = found
        .manifest
        .ok_or_else(|| damaged("its list of files is missing"))?;
    if manifest.files != found.files || found.files.len() != FILES {
        return Err(damaged("a file in it is not what the list says"));
    }
    let contents = found
        .contents
        .ok_or_else(|| damaged("the vault in it is missing"))?;
    Ok((manifest, contents))
}

impl Found {
    fn take_in<F: FnMut(u64, u64) -> ControlFlow<()>>(
        &mut self,
        mut member: tar::Entry<'_, impl Read>,
        steps: &mut Steps<F>,
        to: Option<&Path>,
    ) -> Result<(), BackupError> {
        let strange = || damaged("it holds what no backup holds");
        let is_plain = member.header().entry_type() == tar::EntryType::Regular;
        let path = member.header().path_bytes();
        let name = [VAULT, SETTINGS, DATABASE, MANIFEST]
            .into_iter()
            .find(|name| name.as_bytes() == &*path)
            .ok_or_else(strange)?;
        let is_new = !self.files.iter().any(|entry| entry.name == name);
        if !is_plain || !is_new || self.manifest.is_some() {
            return Err(strange());
        }
        let described =
            |name: &str, bytes: &[u8]| entry(name, bytes.len() as u64, Sha256::digest(bytes));
        match name {
            VAULT => {
                let bytes = small(&mut member, CONTENTS_BYTES_MAX)?;
                self.files.push(described(VAULT, &bytes));
                let contents = Contents::from_bytes(&bytes).map_err(|error| match error {
                    ContentsError::Malformed => damaged("the vault in it cannot be read"),
                    ContentsError::Newer(_) => BackupError::Newer,
                })?;
                self.contents = Some(contents);
            }
            SETTINGS => {
                let bytes = small(&mut member, SMALL_BYTES_MAX)?;
                self.files.push(described(SETTINGS, &bytes));
            }
            DATABASE => self.files.push(database(&mut member, steps, to)?),
            _ => self.manifest = Some(manifest(&small(&mut member, SMALL_BYTES_MAX)?)?),
        }
        Ok(())
    }
}

fn manifest(bytes: &[u8]) -> Result<Manifest, BackupError> {
    let unreadable = || damaged("its list of files cannot be read");
    // A newer list may look quite different; its format is read first.
    let any: serde_json::Value = serde_json::from_slice(bytes).map_err(|_| unreadable())?;
    let format = any["format"].as_str().unwrap_or_default();
    let number = format.strip_prefix(FORMAT_NAME).map(str::parse::<u32>);
    match number {
        Some(Ok(FORMAT)) => serde_json::from_value(any).map_err(|_| unreadable()),
        Some(Ok(number)) if number > FORMAT => Err(BackupError::Newer),
        _ => Err(unreadable()),
    }
}

fn small(member: &mut impl Read, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>, BackupError> {
    // Made large enough at once: bytes that grow leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(bytes_max + 1));
    member
        .take(bytes_max as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(cut)?;
    if bytes.len() > bytes_max {
        return Err(damaged("a small file in it is too large"));
    }
    Ok(bytes)
}

fn database<F: FnMut(u64, u64) -> ControlFlow<()>>(
    member: &mut tar::Entry<'_, impl Read>,
    steps: &mut Steps<F>,
    to: Option<&Path>,
) -> Result<Entry, BackupError> {
    let mut out = match to {
        Some(path) => Some((path, make_room(path, member.size())?)),
        None => None,
    };
    let mut reader = Hashing {
        inner: member,
        hash: Sha256::new(),
        steps,
    };
    let mut buffer = vec![0; STEP_BYTES];
    let mut length = 0;
    loop {
        let read = reader.read(&mut buffer).map_err(cut)?;
        if read == 0 {
            break;
        }
        length += read as u64;
        if let Some((path, file)) = &mut out {
            file.write_all(&buffer[..read])
                .map_err(|error| BackupError::writing(path, error))?;
        }
    }
    if let Some((path, file)) = out {
        file.sync_all()
            .map_err(|error| BackupError::writing(path, error))?;
    }
    Ok(entry(DATABASE, length, reader.hash.finalize()))
}

/// Creates the file for so many bytes, where there is room for them.
fn make_room(path: &Path, bytes: u64) -> Result<File, BackupError> {
    #[cfg(unix)]
    if let Some(folder) = path.parent()
        && let Ok(found) = rustix::fs::statvfs(folder)
        && found.f_bavail.saturating_mul(found.f_frsize) < bytes
    {
        return Err(BackupError::Full {
            path: path.to_owned(),
        });
    }
    #[cfg(not(unix))]
    let _ = bytes;
    files::create_private(path).map_err(|error| BackupError::writing(path, error))
}

fn damaged(reason: &'static str) -> BackupError {
    BackupError::Damaged { reason }
}

fn cut(_: io::Error) -> BackupError {
    damaged("it ends too early or was changed")
}
