//! A watch at the asking end.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use contract::Notice;
use tokio::sync::Notify;

use super::Client;

/// Notices that wait for a slow reader before the oldest are dropped and counted.
///
/// As many as the hub keeps for a watcher: some ten seconds of busy answers.
const NOTICES_WAITING_MAX: usize = 1_024;

/// What a hub tells, one notice after the other. Ends the watch when dropped.
#[derive(Debug)]
pub struct Watching {
    notices: std::sync::Arc<Notices>,
    id: u64,
    client: Client,
}

impl Watching {
    pub(super) fn new(notices: std::sync::Arc<Notices>, id: u64, client: Client) -> Self {
        Self {
            notices,
            id,
            client,
        }
    }

    /// The next notice; `None` after [`Notice::HubClosing`], or when the connection is lost. Safe to
    /// drop while waiting.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            let come = self.notices.come.notified();
            {
                let mut queue = self.notices.queue();
                if let Some(notice) = queue.take() {
                    return Some(notice);
                }
                if queue.ended {
                    return None;
                }
            }
            come.await;
        }
    }

    /// All notices that have come, at least one; none where [`next`](Self::next) has none. Safe to drop
    /// while waiting.
    pub async fn next_all(&mut self) -> Vec<Notice> {
        let first = self.next().await;
        let rest = self.notices.queue().take_all();
        first.into_iter().chain(rest).collect()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        if !self.notices.queue().ended {
            self.client.unwatch(self.id);
        }
    }
}

/// The queue between the reading task and a [`Watching`].
#[derive(Debug, Default)]
pub(super) struct Notices {
    queue: Mutex<Queue>,
    come: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    notices: VecDeque<Notice>,
    missed: u64,
    ended: bool,
}

impl Queue {
    fn take(&mut self) -> Option<Notice> {
        if self.missed > 0 {
            let count = std::mem::take(&mut self.missed);
            return Some(Notice::Missed { count });
        }
        self.notices.pop_front()
    }

    fn take_all(&mut self) -> Vec<Notice> {
        std::iter::from_fn(|| self.take()).collect()
    }
}

impl Notices {
    /// Adds a notice; says whether it was the last one. Never waits: other replies come behind it.
    pub(super) fn push(&self, notice: Notice) -> bool {
        let is_last = matches!(notice, Notice::HubClosing);
        let mut queue = self.queue();
        if queue.notices.len() >= NOTICES_WAITING_MAX && queue.notices.pop_front().is_some() {
            queue.missed += 1;
        }
        queue.notices.push_back(notice);
        queue.ended |= is_last;
        drop(queue);
        self.come.notify_one();
        is_last
    }

    /// No more notices come.
    pub(super) fn end(&self) {
        self.queue().ended = true;
        self.come.notify_one();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing that panics is done under the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reader_that_falls_behind_is_told_how_many_notices_it_missed() {
        let notices = Notices::default();
        for _ in 0..NOTICES_WAITING_MAX + 3 {
            notices.push(Notice::ModelsChanged);
        }
        let mut queue = notices.queue();
        assert_eq!(queue.take(), Some(Notice::Missed { count: 3 }));
        assert_eq!(
            queue.take(),
            Some(Notice::ModelsChanged),
            "the newest are kept"
        );
    }

    #[test]
    fn all_that_came_is_taken_together_in_its_order() {
        let notices = Notices::default();
        let come = [2, 1, 0].map(|waiting| Notice::ApprovalsChanged { waiting });
        for notice in come.clone() {
            notices.push(notice);
        }
        assert_eq!(notices.queue().take_all(), come);
        assert_eq!(notices.queue().take_all(), []);
    }
}
