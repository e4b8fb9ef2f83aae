//! Hands the happenings of one answer to its reader, without the keeper ever waiting for it.
//!
//! The keeper puts happenings in; a task takes them out and waits for the reader. While the reader is
//! slow, pieces of text are merged into one, so that what waits is at most the answer itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use wire::engine::JobId;

use super::keeper::Ask;
use crate::model::Happening;

/// The keeper's end.
#[derive(Debug)]
pub(super) struct Outbox {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    happenings: VecDeque<Happening>,
    closed: bool,
}

impl Outbox {
    /// Begins to relay. When `stop` is cancelled, the keeper is asked to cancel the job.
    pub(super) fn new(
        job: JobId,
        reader: mpsc::Sender<Happening>,
        stop: CancellationToken,
        keeper: mpsc::WeakSender<Ask>,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let relayed = Arc::clone(&shared);
        tokio::spawn(async move {
            let over = tokio::select! {
                over = relay(&relayed, &reader) => over,
                () = stop.cancelled() => false,
            };
            if !over && let Some(keeper) = keeper.upgrade() {
                // A keeper that is gone has cancelled everything.
                let _ = keeper.send(Ask::Cancel(job)).await;
            }
        });
        Self { shared }
    }

    /// Adds a happening; never waits.
    pub(super) fn put(&self, happening: Happening) {
        let mut waiting = self
            .shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.put(happening);
        drop(waiting);
        self.shared.changed.notify_one();
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.shared.changed.notify_one();
    }
}

impl Waiting {
    fn put(&mut self, happening: Happening) {
        if let (
            Happening::Piece {
                text: more,
                logprobs: others,
            },
            Some(Happening::Piece { text, logprobs }),
        ) = (&happening, self.happenings.back_mut())
        {
            text.push_str(more);
            logprobs.extend_from_slice(others);
        } else {
            self.happenings.push_back(happening);
        }
    }
}

/// Relays until all is handed over; `false` if the reader is gone before. Takes a happening only when
/// the reader has room, so that the ones behind it can still merge.
async fn relay(shared: &Shared, reader: &mpsc::Sender<Happening>) -> bool {
    loop {
        let Ok(room) = reader.reserve().await else {
            return false;
        };
        let next = loop {
            let changed = shared.changed.notified();
            {
                let mut waiting = shared
                    .waiting
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                if let Some(next) = waiting.happenings.pop_front() {
                    break next;
                }
                if waiting.closed {
                    return true;
                }
            }
            tokio::select! {
                () = changed => {}
                () = reader.closed() => return false,
            }
        };
        room.send(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str) -> Happening {
        Happening::Piece {
            text: text.into(),
            logprobs: Vec::new(),
        }
    }

    #[test]
    fn pieces_that_wait_are_merged_and_nothing_overtakes() {
        let mut waiting = Waiting::default();
        let started = Happening::Started {
            prompt_tokens: 1,
            cached_tokens: 0,
        };
        for happening in [started.clone(), piece("a"), piece("b"), piece("c")] {
            waiting.put(happening);
        }
        assert_eq!(waiting.happenings, [started, piece("abc")]);
    }

    #[tokio::test]
    async fn slow_reader_gets_all_and_holds_nobody_up() {
        let (sender, mut reader) = mpsc::channel(1);
        let (keeper, _inbox) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let outbox = Outbox::new(JobId(1), sender, stop, keeper.downgrade());
        for _ in 0..10_000 {
            outbox.put(piece("x"));
        }
        drop(outbox);
        let mut text = String::new();
        while let Some(Happening::Piece { text: more, .. }) = reader.recv().await {
            text.push_str(&more);
        }
        assert_eq!(text.len(), 10_000);
    }

    #[tokio::test]
    async fn stopping_asks_the_keeper_to_cancel() {
        let (sender, _reader) = mpsc::channel(1);
        let (keeper, mut inbox) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let _outbox = Outbox::new(JobId(7), sender, stop.clone(), keeper.downgrade());
        stop.cancel();
        assert!(matches!(inbox.recv().await, Some(Ask::Cancel(JobId(7)))));
    }
}
