//! Reads the body of a request, bounded in size and time.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use contract::memory::DOCUMENT_BYTES_MAX;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The most bytes of a request's body.
///
/// A conversation that fills a context of a million tokens fits; as many of these as connections are
/// allowed do not fill the memory of a small computer, since the guard stands before the body.
pub(crate) const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How long a body may take to arrive. It comes from this machine or the one next to it.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// The most bytes that are still taken in, and thrown away, of a body that is too large. A client that is cut
/// off while it sends does not get to read why.
const DRAINED_BYTES_MAX: usize = 4 * BODY_BYTES_MAX;

/// How long that may take.
const DRAIN_PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of what the signed-in page asks: the largest document, in base64, and what stands
/// around it. No program gets so much room.
pub(crate) const ASK_BYTES_MAX: usize = {
    assert!(
        DOCUMENT_BYTES_MAX < 1024 * 1024 * 1024,
        "it fits any address"
    );
    #[expect(clippy::cast_possible_truncation, reason = "checked in the line above")]
    let document = DOCUMENT_BYTES_MAX as usize;
    document.div_ceil(3) * 4 + 64 * 1024
};

/// The size from which parsing a body makes room for others: about a millisecond's work.
const HEAVY_BYTES_MIN: usize = 256 * 1024;

/// Reads a whole body.
pub(crate) async fn read(body: Body) -> Result<Bytes, Problem> {
    read_up_to(body, BODY_BYTES_MAX).await
}

/// Reads a whole body of at most so many bytes.
pub(crate) async fn read_up_to(mut body: Body, most: usize) -> Result<Bytes, Problem> {
    let limited = Limited::new(&mut body, most);
    match tokio::time::timeout(BODY_PATIENCE, limited.collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            // Whatever comes of it, the answer is the same.
            let _ = tokio::time::timeout(DRAIN_PATIENCE, drain(body)).await;
            let message = format!("the body is larger than {most} bytes");
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, message).code("body_too_large"))
        }
        Ok(Err(_)) => {
            let message = "the body did not arrive whole";
            Err(Problem::new(StatusCode::BAD_REQUEST, message).code("body_broken"))
        }
        Err(_) => {
            let message = "the body took too long to arrive";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, message).code("body_timeout"))
        }
    }
}

/// Parses a body, without keeping others waiting for a large one.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let parse = || serde_json::from_slice(bytes);
    if bytes.len() < HEAVY_BYTES_MIN {
        parse()
    } else {
        hub::in_place(parse)
    }
}

/// Throws away what still comes, up to a bound.
async fn drain(mut body: Body) {
    let mut left = DRAINED_BYTES_MAX;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        if length >= left {
            return;
        }
        left -= length;
    }
}
