//! A watcher's end of what the hub tells without being asked.

use std::sync::Arc;

use contract::Notice;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Notices that wait for a slow watcher before the oldest are dropped.
///
/// Answers are told about twenty times a second each; this is about ten seconds of four answers.
pub(crate) const NOTICES_WAITING_MAX: usize = 1_024;

/// What the hub tells, one notice after the other.
#[derive(Debug)]
pub struct Watch {
    first: Option<Notice>,
    notices: broadcast::Receiver<Arc<Notice>>,
    closing: CancellationToken,
    ended: bool,
}

impl Watch {
    pub(crate) fn new(
        notices: broadcast::Receiver<Arc<Notice>>,
        closing: CancellationToken,
    ) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self {
            first: Some(Notice::Watching { version }),
            notices,
            closing,
            ended: false,
        }
    }

    /// The next notice; `None` when the hub has closed. Safe to drop while waiting.
    pub async fn next(&mut self) -> Option<Notice> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if self.ended {
            return None;
        }
        tokio::select! {
            biased;
            notice = self.notices.recv() => match notice {
                Ok(notice) => Some(Arc::unwrap_or_clone(notice)),
                Err(broadcast::error::RecvError::Lagged(count)) => Some(Notice::Missed { count }),
                Err(broadcast::error::RecvError::Closed) => self.end(),
            },
            () = self.closing.cancelled() => self.end(),
        }
    }

    fn end(&mut self) -> Option<Notice> {
        self.ended = true;
        Some(Notice::HubClosing)
    }
}
