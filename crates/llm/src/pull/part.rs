//! The part of a file that has arrived: locked, hashed while it grows, kept for the next attempt.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

use super::progress::Meter;
use super::{PullError, off_thread};
use crate::shelf::Note;

/// Bytes that are read at once when a part is hashed or a file is copied.
const PIECE_BYTES: usize = 1024 * 1024;

/// Pieces that may wait for the disk; the network waits when there are more.
const PIECES_WAITING_MAX: usize = 16;

/// What is known about a part: whether the next attempt may continue it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PartNote {
    /// Where it comes from.
    pub(crate) source: String,
    /// The server's name for this very version of the file.
    pub(crate) etag: Option<String>,
    /// Size of the whole file.
    pub(crate) total_bytes: Option<u64>,
}

/// The part of a file that has arrived. The file is locked while this lives.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    file: File,
    hasher: Sha256,
    bytes: u64,
    note: PartNote,
}

impl Part {
    /// Opens, locks and hashes the part of the file that is to lie at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self, PullError> {
        let path = with_ending(path, ".part");
        let file_error = |source| PullError::File {
            path: path.clone(),
            source,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(file_error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PullError::AlreadyRunning),
            Err(TryLockError::Error(error)) => return Err(file_error(error)),
        }
        if !is_still_at(&file, &path) {
            // Another pull finished between our opening and our lock: this file has its name now.
            return Err(PullError::AlreadyRunning);
        }
        let note = fs::read(with_ending(&path, ".json"))
            .ok()
            .and_then(|text| serde_json::from_slice::<PartNote>(&text).ok());
        let mut part = Self {
            path: path.clone(),
            file,
            hasher: Sha256::new(),
            bytes: 0,
            note: note.clone().unwrap_or_default(),
        };
        match note {
            Some(_) => part.hash_all(),
            None => part.clear(PartNote::default()),
        }
        .map_err(file_error)?;
        Ok(part)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that have arrived.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn note(&self) -> &PartNote {
        &self.note
    }

    /// Sha256 of what has arrived, in lower-case hex.
    pub(crate) fn sha256(&self) -> String {
        self.hasher
            .clone()
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Begins again, with a file of which `note` is known.
    pub(crate) fn begin(&mut self, note: PartNote) -> Result<(), PullError> {
        self.clear(note).map_err(|source| self.file_error(source))
    }

    fn clear(&mut self, note: PartNote) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.hasher = Sha256::new();
        self.bytes = 0;
        fs::write(with_ending(&self.path, ".json"), serde_json::to_vec(&note)?)?;
        self.note = note;
        Ok(())
    }

    fn hash_all(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.hasher = Sha256::new();
        self.bytes = 0;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = self.file.read(&mut piece)?;
            if read == 0 {
                return Ok(());
            }
            self.hasher.update(&piece[..read]);
            self.bytes += read as u64;
        }
    }

    fn append(&mut self, piece: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(piece) {
            // Half a piece may have been written: what is kept must be what was hashed.
            self.file.set_len(self.bytes)?;
            self.file.seek(SeekFrom::Start(self.bytes))?;
            return Err(error);
        }
        self.hasher.update(piece);
        self.bytes += piece.len() as u64;
        Ok(())
    }

    fn write_pieces(&mut self, mut pieces: mpsc::Receiver<Bytes>) -> Result<(), PullError> {
        while let Some(piece) = pieces.blocking_recv() {
            self.append(&piece)
                .map_err(|source| self.write_error(source))?;
        }
        Ok(())
    }

    fn write_error(&self, source: io::Error) -> PullError {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                let needed = self
                    .note
                    .total_bytes
                    .unwrap_or(self.bytes)
                    .saturating_sub(self.bytes)
                    .max(1);
                PullError::DiskFull {
                    needed,
                    free: free_bytes(&self.path).unwrap_or(0),
                }
            }
            _ => self.file_error(source),
        }
    }

    fn file_error(&self, source: io::Error) -> PullError {
        PullError::File {
            path: self.path.clone(),
            source,
        }
    }

    /// Refuses to begin what the disk cannot hold.
    pub(crate) fn check_room(&self, total_bytes: u64) -> Result<(), PullError> {
        let needed = total_bytes.saturating_sub(self.bytes);
        match free_bytes(&self.path) {
            Some(free) if free < needed => Err(PullError::DiskFull { needed, free }),
            _ => Ok(()),
        }
    }

    /// Deletes what has arrived.
    pub(crate) fn discard(&self) {
        // It is locked and of no use; if it cannot be deleted, the next pull begins it again.
        let _ = fs::remove_file(with_ending(&self.path, ".json"));
        let _ = fs::remove_file(&self.path);
    }

    /// Puts the whole file under its name, safe against a power cut, with `note` beside it.
    pub(crate) fn finish(self, path: &Path, note: &Note) -> Result<(), PullError> {
        let error_at = |path: &Path| {
            let path = path.to_path_buf();
            move |source| PullError::File { path, source }
        };
        self.file.sync_all().map_err(error_at(&self.path))?;
        note.write(path).map_err(error_at(&Note::path_for(path)))?;
        if let Err(source) = fs::rename(&self.path, path) {
            let _ = fs::remove_file(Note::path_for(path));
            return Err(error_at(path)(source));
        }
        let _ = fs::remove_file(with_ending(&self.path, ".json"));
        sync_folder_of(path).map_err(error_at(path))
    }

    /// Shares the bytes of `source` where the file system can, which takes no time and no room.
    fn share_bytes_of(&mut self, source: &Path) -> bool {
        let shared = File::open(source).is_ok_and(|source| reflink(&self.file, &source).is_ok());
        shared && self.hash_all().is_ok()
    }
}

impl Drop for Part {
    /// Leaves no empty file behind: there is nothing in it to continue.
    fn drop(&mut self) {
        if self.bytes == 0 {
            self.discard();
        }
    }
}

/// Writes a stream to the part until it ends, breaks, or is cancelled. The first value is the part;
/// the second tells how it ended.
pub(crate) async fn pump(
    mut part: Part,
    mut stream: impl Stream<Item = Result<Bytes, PullError>> + Unpin,
    stall: Option<(Duration, &str)>,
    cancel: &CancellationToken,
    meter: &mut Meter,
) -> Result<(Part, Result<(), PullError>), PullError> {
    let mut bytes = part.bytes();
    let (send, pieces) = mpsc::channel(PIECES_WAITING_MAX);
    let writer = tokio::task::spawn_blocking(move || {
        let written = part.write_pieces(pieces);
        (part, written)
    });
    let read = loop {
        let next = async {
            match stall {
                None => Ok(stream.next().await),
                Some((patience, host)) => tokio::time::timeout(patience, stream.next())
                    .await
                    .map_err(|_| PullError::BrokeOff {
                        host: host.to_owned(),
                        bytes,
                    }),
            }
        };
        let next = tokio::select! {
            biased;
            () = cancel.cancelled() => break Err(PullError::Cancelled),
            next = next => next,
        };
        match next {
            Ok(Some(Ok(piece))) => {
                let arrived = piece.len() as u64;
                if send.send(piece).await.is_err() {
                    break Ok(()); // The writer stopped, and tells why below.
                }
                bytes += arrived;
                meter.arrived(arrived);
            }
            Ok(Some(Err(fault))) | Err(fault) => break Err(fault),
            Ok(None) => break Ok(()),
        }
    };
    drop(send);
    let (part, written) = writer.await.map_err(|_| PullError::Interrupted)?;
    Ok((part, written.and(read)))
}

/// Fills the part with a file of this machine.
pub(crate) async fn copy_file(
    mut part: Part,
    source: PathBuf,
    cancel: &CancellationToken,
    meter: &mut Meter,
) -> Result<Part, PullError> {
    let error_path = source.clone();
    let file_error = move |source| PullError::File {
        path: error_path.clone(),
        source,
    };
    let (from, total_bytes) = (
        source.clone(),
        source.metadata().map_err(&file_error)?.len(),
    );
    let (mut part, is_shared) = off_thread(move || {
        if let Err(error) = gguf::check_file(&from) {
            part.discard();
            return Err(PullError::NotAModel(error));
        }
        let source = from.display().to_string();
        part.begin(PartNote {
            source,
            etag: None,
            total_bytes: Some(total_bytes),
        })?;
        let is_shared = part.share_bytes_of(&from);
        Ok((part, is_shared))
    })
    .await??;
    if is_shared {
        return Ok(part);
    }
    let note = part.note().clone();
    part.begin(note)?;
    if let Err(fault) = part.check_room(total_bytes) {
        part.discard();
        return Err(fault);
    }
    meter.receiving(0, Some(total_bytes));
    let file = tokio::fs::File::open(&source).await.map_err(&file_error)?;
    let pieces =
        ReaderStream::with_capacity(file, PIECE_BYTES).map(move |piece| piece.map_err(&file_error));
    let (part, copied) = pump(part, pieces, None, cancel, meter).await?;
    if copied.is_err() {
        part.discard(); // A copy is quickly made again.
    }
    copied.map(|()| part)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    match (file.metadata(), path.metadata()) {
        (Ok(held), Ok(there)) => (held.dev(), held.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(unix)]
fn free_bytes(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path.parent()?).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Elsewhere a full disk shows itself when it is full.
#[cfg(not(unix))]
fn free_bytes(_path: &Path) -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
fn reflink(to: &File, from: &File) -> io::Result<()> {
    Ok(rustix::fs::ioctl_ficlone(to, from)?)
}

#[cfg(not(target_os = "linux"))]
fn reflink(_to: &File, _from: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes the new name last: on Unix a name is data of its folder.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the same signature on all systems"
)]
fn sync_folder_of(_path: &Path) -> io::Result<()> {
    Ok(())
}
