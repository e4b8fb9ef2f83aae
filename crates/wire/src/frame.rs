//! Frames: a little-endian `u32` length, then that many bytes of JSON.

use std::io::{Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The largest frame that either side accepts.
///
/// A long conversation of a million characters fits several times over; a broken peer that claims
/// four gigabytes does not make us allocate them.
pub const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why a frame could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other side closed the stream, or the stream broke.
    #[error("the stream to the other process broke")]
    Stream(#[from] std::io::Error),
    /// The other side announced, or we were about to send, more than [`FRAME_BYTES_MAX`].
    #[error("a frame of {bytes} bytes is over the limit of {FRAME_BYTES_MAX}")]
    TooLarge {
        /// The announced size.
        bytes: usize,
    },
    /// The bytes are not the JSON that was expected.
    #[error("a frame does not hold what was expected")]
    Content(#[from] serde_json::Error),
}

fn packed<T: Serialize>(value: &T) -> Result<Vec<u8>, FrameError> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, value)?;
    let length = bytes.len() - 4;
    match u32::try_from(length) {
        Ok(prefix) if length <= FRAME_BYTES_MAX => {
            bytes[..4].copy_from_slice(&prefix.to_le_bytes());
            Ok(bytes)
        }
        Ok(_) | Err(_) => Err(FrameError::TooLarge { bytes: length }),
    }
}

fn length_of(prefix: [u8; 4]) -> Result<usize, FrameError> {
    let bytes = u32::from_le_bytes(prefix) as usize;
    if bytes <= FRAME_BYTES_MAX {
        Ok(bytes)
    } else {
        Err(FrameError::TooLarge { bytes })
    }
}

/// Writes one frame and flushes.
///
/// # Errors
/// The stream broke, or the value is over [`FRAME_BYTES_MAX`].
pub fn write_frame<T: Serialize>(to: &mut impl Write, value: &T) -> Result<(), FrameError> {
    to.write_all(&packed(value)?)?;
    Ok(to.flush()?)
}

/// Reads one frame; `None` at a clean end of the stream, that is, between two frames.
///
/// # Errors
/// The stream broke inside a frame, the frame is too large, or it does not hold a `T`.
pub fn read_frame<T: DeserializeOwned>(from: &mut impl Read) -> Result<Option<T>, FrameError> {
    let mut prefix = [0; 4];
    if from.read(&mut prefix[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut prefix[1..])?;
    let mut bytes = vec![0; length_of(prefix)?];
    from.read_exact(&mut bytes)?;
    Ok(Some(serde_json::from_slice(&bytes)?))
}

/// As [`write_frame`], for an asynchronous stream.
///
/// # Errors
/// As [`write_frame`].
pub async fn write_frame_async<T: Serialize>(
    to: &mut (impl AsyncWrite + Unpin),
    value: &T,
) -> Result<(), FrameError> {
    to.write_all(&packed(value)?).await?;
    Ok(to.flush().await?)
}

/// As [`read_frame`], for an asynchronous stream.
///
/// Not safe to drop half way: a frame that was begun is lost. Give each reader a task of its own.
///
/// # Errors
/// As [`read_frame`].
pub async fn read_frame_async<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
) -> Result<Option<T>, FrameError> {
    let mut prefix = [0; 4];
    if from.read(&mut prefix[..1]).await? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut prefix[1..]).await?;
    let mut bytes = vec![0; length_of(prefix)?];
    from.read_exact(&mut bytes).await?;
    Ok(Some(serde_json::from_slice(&bytes)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_written_reads_back_and_the_end_is_clean() {
        let mut stream = Vec::new();
        write_frame(&mut stream, &"grüß dich").expect("a vector takes everything");
        write_frame(&mut stream, &"second").expect("a vector takes everything");
        let mut reader = stream.as_slice();
        assert_eq!(
            read_frame::<String>(&mut reader).expect("whole"),
            Some("grüß dich".into())
        );
        assert_eq!(
            read_frame::<String>(&mut reader).expect("whole"),
            Some("second".into())
        );
        assert_eq!(read_frame::<String>(&mut reader).expect("clean end"), None);
    }

    #[test]
    fn announced_length_over_the_limit_is_refused_before_memory_is_taken() {
        let mut reader: &[u8] = &u32::MAX.to_le_bytes();
        let error = read_frame::<String>(&mut reader).expect_err("4 GiB is over the limit");
        assert!(
            matches!(error, FrameError::TooLarge { .. }),
            "got {error:?}"
        );
    }

    #[test]
    fn stream_that_ends_inside_a_frame_is_an_error_and_not_an_end() {
        let mut stream = Vec::new();
        write_frame(&mut stream, &"whole").expect("a vector takes everything");
        for cut in 1..stream.len() {
            let error = read_frame::<String>(&mut &stream[..cut]).expect_err("cut short");
            assert!(
                matches!(error, FrameError::Stream(_)),
                "cut at {cut}: {error:?}"
            );
        }
    }
}
