//! Reads an answer that comes in lines, and hands on what happens.
//!
//! Lines are cut from bytes, so a letter that two packets share stays whole. An answer ends in one of two
//! ways: finished, or failed with what the server or the connection said. Nothing is swallowed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::line::Reply;
use crate::model::{Happening, ModelError};

/// The longest line of an answer: a call with a long text, not a flood.
const LINE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Understands what is written in one API.
pub(super) trait Scribe: Send + 'static {
    /// What a line means. After a happening that is the last, nothing more is asked.
    fn take(&mut self, line: &[u8]) -> Result<Vec<Happening>, ModelError>;

    /// What an answer means that came as a whole.
    fn take_whole(&mut self, answer: &Value) -> Result<Vec<Happening>, ModelError>;

    /// What it means that nothing more comes.
    fn end(&mut self) -> Result<Vec<Happening>, ModelError>;

    /// The server, for errors.
    fn server(&self) -> &Arc<str>;
}

/// The answer broke off.
pub(super) fn broke_off(server: &Arc<str>, reason: impl Into<String>) -> ModelError {
    ModelError::ServerBrokeOff {
        server: server.to_string(),
        reason: reason.into(),
    }
}

/// Reads an answer that came as a whole; it was asked for at this moment.
pub(super) fn whole(
    answer: &Value,
    mut scribe: impl Scribe,
    asked: Instant,
) -> Result<Vec<Happening>, ModelError> {
    let mut happenings = vec![begun()];
    happenings.extend(scribe.take_whole(answer)?);
    match happenings.last_mut() {
        // The server does not tell which part of the time went into reading.
        Some(Happening::Finished { usage, .. }) => usage.decode_us = micros(asked.elapsed()),
        _ => {
            return Err(broke_off(
                scribe.server(),
                "it sent an answer without an end",
            ));
        }
    }
    Ok(happenings)
}

/// How many tokens a prompt has is told at the end.
fn begun() -> Happening {
    Happening::Started {
        prompt_tokens: 0,
        cached_tokens: 0,
    }
}

/// Reads until the end, or until nobody listens; then the connection is closed.
pub(super) async fn relay(
    reply: Reply,
    scribe: impl Scribe,
    out: mpsc::Sender<Happening>,
    stop: CancellationToken,
) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = read(reply, scribe, out) => {}
    }
}

async fn read(mut reply: Reply, mut scribe: impl Scribe, out: mpsc::Sender<Happening>) {
    let mut watch = Watch::begin();
    let mut lines = Lines::default();
    if out.send(begun()).await.is_err() {
        return;
    }
    loop {
        let (happenings, is_end) = match reply.chunk().await {
            Ok(Some(bytes)) => (lines.push(&bytes, &mut scribe), false),
            Ok(None) => (lines.end(&mut scribe), true),
            Err(said) => (Err(broke_off(scribe.server(), said)), true),
        };
        let happenings = happenings.unwrap_or_else(|error| vec![Happening::Failed(error)]);
        for happening in happenings {
            let happening = watch.time(happening);
            let is_last = matches!(happening, Happening::Finished { .. } | Happening::Failed(_));
            if out.send(happening).await.is_err() || is_last {
                return;
            }
        }
        if is_end {
            let error = broke_off(scribe.server(), "the connection ended in mid-answer");
            // Whoever listened is gone, or is told.
            let _ = out.send(Happening::Failed(error)).await;
            return;
        }
    }
}

/// Takes the time of an answer.
struct Watch {
    began: Instant,
    first: Option<Instant>,
    last: Instant,
}

impl Watch {
    fn begin() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            first: None,
            last: now,
        }
    }

    fn time(&mut self, mut happening: Happening) -> Happening {
        match &mut happening {
            Happening::Piece { .. } => {
                self.last = Instant::now();
                self.first.get_or_insert(self.last);
            }
            Happening::Finished { usage, .. } => {
                let first = self.first.unwrap_or(self.last);
                usage.prefill_us = micros(first.duration_since(self.began));
                usage.decode_us = micros(self.last.duration_since(first));
            }
            Happening::Started { .. } | Happening::Failed(_) => {}
        }
        happening
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// Bytes that have come and are no line yet.
#[derive(Debug, Default)]
struct Lines {
    held: Vec<u8>,
}

impl Lines {
    fn push(
        &mut self,
        bytes: &[u8],
        scribe: &mut impl Scribe,
    ) -> Result<Vec<Happening>, ModelError> {
        self.held.extend_from_slice(bytes);
        let mut happenings = Vec::new();
        let mut from = 0;
        while let Some(length) = self.held[from..].iter().position(|byte| *byte == b'\n') {
            let taken = scribe.take(self.held[from..from + length].trim_ascii());
            from += length + 1;
            // What was understood before a broken line still counts.
            match taken {
                Ok(more) => happenings.extend(more),
                Err(error) => {
                    happenings.push(Happening::Failed(error));
                    return Ok(happenings);
                }
            }
        }
        self.held.drain(..from);
        if self.held.len() > LINE_BYTES_MAX {
            let error = broke_off(scribe.server(), "it sends a line without end");
            happenings.push(Happening::Failed(error));
        }
        Ok(happenings)
    }

    fn end(&mut self, scribe: &mut impl Scribe) -> Result<Vec<Happening>, ModelError> {
        // The last line may have no end of its own.
        let held = std::mem::take(&mut self.held);
        let mut happenings = match held.trim_ascii() {
            [] => Vec::new(),
            line => scribe.take(line)?,
        };
        let is_over = happenings
            .iter()
            .any(|one| matches!(one, Happening::Finished { .. } | Happening::Failed(_)));
        if !is_over {
            happenings.extend(scribe.end()?);
        }
        Ok(happenings)
    }
}
