//! Markdown that is still being written: finished blocks are read once, only the last one again.

use super::parse::{Piece, blocks};

/// A text that grows, and what of it can no longer change.
///
/// More text can change the last block only: a line may become a heading, a paragraph a table. All
/// blocks before it are settled. References to links that are defined later are the one exception;
/// [`Growing::needs_whole`] tells when the ended text has any.
#[derive(Debug, Default)]
pub(super) struct Growing {
    text: String,
    settled: usize,
}

/// What to do to the page after the text grew.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Change {
    /// Blocks to add behind the settled ones, for good.
    pub(super) settled: Vec<Piece>,
    /// Blocks that stand behind them until the next change.
    pub(super) open: Vec<Piece>,
}

impl Growing {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Takes what came.
    pub(super) fn grow(&mut self, more: &str) -> Change {
        self.text.push_str(more);
        let mut found = blocks(&self.text[self.settled..]);
        let Some((last, place)) = found.pop() else {
            return Change::default();
        };
        // From the start of the line: its indentation belongs to the block.
        let before = &self.text[..self.settled + place.start];
        self.settled = before.rfind('\n').map_or(0, |at| at + 1).max(self.settled);
        Change {
            settled: found.into_iter().map(|(piece, _)| piece).collect(),
            open: vec![last],
        }
    }

    /// Whether the ended text has to be read once more as a whole, since a link that is defined
    /// at its end is used before.
    pub(super) fn needs_whole(&self) -> bool {
        self.text.contains("]:")
    }
}
