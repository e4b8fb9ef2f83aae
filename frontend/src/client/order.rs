//! Brings what the window's channel delivers into its order: it numbers messages, since large and
//! small ones travel on different ways.

use std::collections::BTreeMap;

/// Messages that came too early wait here.
#[derive(Debug)]
pub(super) struct InOrder<T> {
    next: u64,
    waiting: BTreeMap<u64, T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self {
            next: 0,
            waiting: BTreeMap::new(),
        }
    }
}

impl<T> InOrder<T> {
    /// Takes a message; returns all whose turn it is now.
    pub(super) fn take(&mut self, number: u64, message: T) -> Vec<T> {
        if number >= self.next {
            self.waiting.insert(number, message);
        }
        let mut ready = Vec::new();
        while let Some(message) = self.waiting.remove(&self.next) {
            ready.push(message);
            self.next += 1;
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_leave_in_their_order_and_once() {
        let mut order = InOrder::default();
        assert_eq!(order.take(1, 'b'), [] as [char; 0]);
        assert_eq!(order.take(0, 'a'), ['a', 'b']);
        assert_eq!(
            order.take(0, 'a'),
            [] as [char; 0],
            "what was given is not given again"
        );
        assert_eq!(order.take(2, 'c'), ['c']);
    }
}
