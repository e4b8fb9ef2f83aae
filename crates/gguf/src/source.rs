//! Reads numbers and texts from a file, counting every byte and trusting no length.

use std::io::{self, BufRead, Read, Seek};

use crate::error::GgufError;
use crate::limits::HEADER_BYTES_MAX;

/// The header as a stream of bytes. Allocates only for bytes that it has really read.
pub(crate) struct Source<'a, R> {
    reader: io::BufReader<&'a mut R>,
    /// Bytes taken so far.
    position: u64,
    /// Bytes that may be taken at most.
    limit: u64,
}

impl<'a, R: Read + Seek> Source<'a, R> {
    /// Reads `reader` from where it stands.
    pub(crate) fn new(reader: &'a mut R, file_bytes: u64) -> Self {
        Self {
            reader: io::BufReader::with_capacity(64 * 1024, reader),
            position: 0,
            limit: file_bytes,
        }
    }

    /// Bytes read so far.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Bytes that are left before the end of the file.
    pub(crate) fn left(&self) -> u64 {
        self.limit - self.position
    }

    /// Fills `buffer`.
    pub(crate) fn fill(
        &mut self,
        buffer: &mut [u8],
        reading: &'static str,
    ) -> Result<(), GgufError> {
        let bytes = buffer.len() as u64;
        self.claim(bytes, reading)?;
        self.reader
            .read_exact(buffer)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => GgufError::Truncated { reading },
                _ => GgufError::Read(error),
            })?;
        self.position += bytes;
        Ok(())
    }

    /// A number of four bytes.
    pub(crate) fn u32(&mut self, reading: &'static str) -> Result<u32, GgufError> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes, reading)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// A number of eight bytes.
    pub(crate) fn u64(&mut self, reading: &'static str) -> Result<u64, GgufError> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes, reading)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// A number that says how many of something follow.
    pub(crate) fn count(&mut self, what: &'static str, max: u64) -> Result<u64, GgufError> {
        let found = self.u64(what)?;
        if found > max {
            Err(GgufError::TooMuch { what, found, max })
        } else {
            Ok(found)
        }
    }

    /// Bytes of a text whose length stands before it. At most `max`.
    pub(crate) fn text(&mut self, what: &'static str, max: u64) -> Result<Vec<u8>, GgufError> {
        let length = self.count(what, max)?;
        self.take(length, length, what)
    }

    /// As [`Self::text`], but keeps only the first `keep` bytes.
    pub(crate) fn text_start(
        &mut self,
        what: &'static str,
        max: u64,
        keep: u64,
    ) -> Result<Vec<u8>, GgufError> {
        let length = self.count(what, max)?;
        self.take(length, keep, what)
    }

    /// Reads `bytes` bytes and drops them.
    pub(crate) fn skip(&mut self, bytes: u64, reading: &'static str) -> Result<(), GgufError> {
        self.take(bytes, 0, reading).map(drop)
    }

    fn take(&mut self, bytes: u64, keep: u64, reading: &'static str) -> Result<Vec<u8>, GgufError> {
        self.claim(bytes, reading)?;
        let mut kept = Vec::new();
        let mut left = bytes;
        while left > 0 {
            let there = match self.reader.fill_buf() {
                Ok([]) => return Err(GgufError::Truncated { reading }),
                Ok(there) => there,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(GgufError::Read(error)),
            };
            let now = usize::try_from(left).map_or(there.len(), |left| left.min(there.len()));
            let room = keep.saturating_sub(kept.len() as u64);
            let kept_now = usize::try_from(room).map_or(now, |room| room.min(now));
            kept.extend_from_slice(&there[..kept_now]);
            self.reader.consume(now);
            left -= now as u64;
            self.position += now as u64;
        }
        Ok(kept)
    }

    /// Refuses to read beyond the file, or beyond what a header may take.
    fn claim(&self, bytes: u64, reading: &'static str) -> Result<(), GgufError> {
        if bytes > self.left() {
            return Err(GgufError::Truncated { reading });
        }
        let found = self.position.saturating_add(bytes);
        if found > HEADER_BYTES_MAX {
            let what = "the length of the header";
            return Err(GgufError::TooMuch {
                what,
                found,
                max: HEADER_BYTES_MAX,
            });
        }
        Ok(())
    }
}
