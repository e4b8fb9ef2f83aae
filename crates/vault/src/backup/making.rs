//! Making a backup.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use base::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{
    DATABASE, Entry, FORMAT, FORMAT_NAME, Hashing, MANIFEST, Manifest, SETTINGS, STEP_BYTES, Steps,
    VAULT, entry,
};
use crate::error::BackupError;
use crate::open::OpenVault;
use crate::{envelope, files};

/// How a tar archive is cut: members begin at multiples of this.
const BLOCK_BYTES: usize = 512;

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
        files::place_new(&part, out)
            .and_then(|()| files::sync_folder_of(out))
            .map_err(|error| BackupError::writing(out, error))
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
    let told = |error| BackupError::writing(part, error);
    let source_told = |error| BackupError::reading(database, error);
    let source = File::open(database).map_err(source_told)?;
    let length = source.metadata().map_err(source_told)?.len();
    let file = files::create_private(part).map_err(told)?;
    let out = BufWriter::with_capacity(STEP_BYTES, file);
    let sealed = envelope::seal(&vault.lock()?, &vault.contents().keys(), out).map_err(told)?;
    let mut archive = tar::Builder::new(sealed);
    let mut files = vec![
        small(&mut archive, VAULT, &vault.contents().to_bytes()).map_err(told)?,
        small(&mut archive, SETTINGS, settings).map_err(told)?,
    ];
    let mut steps = Steps {
        progress,
        done: 0,
        total: length,
        cancelled: false,
    };
    let mut reader = Hashing {
        inner: BufReader::with_capacity(STEP_BYTES, source.take(length)),
        hash: Sha256::new(),
        steps: &mut steps,
    };
    let copied = archive.append_data(&mut header(length), DATABASE, &mut reader);
    let digest = reader.hash.finalize();
    if steps.cancelled {
        return Err(BackupError::Cancelled);
    }
    copied.map_err(told)?;
    if steps.done != length {
        // The archive would be shifted from here on.
        return Err(source_told(io::ErrorKind::UnexpectedEof.into()));
    }
    files.push(entry(DATABASE, length, digest));
    let owner = vault.owner();
    let manifest = Manifest {
        format: format!("{FORMAT_NAME}{FORMAT}"),
        made_ms: now.as_millis(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        did: owner.did.to_string(),
        name: owner.name,
        files,
    };
    let manifest = serde_json::to_vec_pretty(&manifest).expect("plain data");
    small(&mut archive, MANIFEST, &manifest).map_err(told)?;
    let out = archive
        .into_inner()
        .and_then(age::stream::StreamWriter::finish)
        .map_err(told)?;
    let file = out.into_inner().map_err(|error| told(error.into_error()))?;
    file.sync_all().map_err(told)
}

/// Writes a whole member, by hand: the library would leave a copy of it behind on the stack.
fn small<W: Write>(archive: &mut tar::Builder<W>, name: &str, bytes: &[u8]) -> io::Result<Entry> {
    let mut header = header(bytes.len() as u64);
    header.set_path(name)?;
    header.set_cksum();
    let padding = bytes.len().next_multiple_of(BLOCK_BYTES) - bytes.len();
    let out = archive.get_mut();
    out.write_all(header.as_bytes())?;
    out.write_all(bytes)?;
    out.write_all(&[0; BLOCK_BYTES][..padding])?;
    Ok(entry(name, bytes.len() as u64, Sha256::digest(bytes)))
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}
