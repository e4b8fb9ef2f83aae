//! Markdown that is still being written: finished blocks are read once, only the last one again.

use super::parse::{Piece, Tag, blocks};

/// A text that grows, and what of it can no longer change.
///
/// More text can change the last block only: a line may become a heading, a paragraph a table. While its
/// first line is not whole, or the second of a table, it may even belong to the block before it: what looks
/// like the rule below a table's head, `|-`, may go on as text. All others are settled. References to links that are
/// defined later are the one exception; [`Growing::needs_whole`] tells when the ended text has any.
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
    /// Blocks that stand behind them until the next change: one or two.
    pub(super) open: Vec<Piece>,
}

impl Growing {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Takes what came.
    pub(super) fn grow(&mut self, more: &str) -> Change {
        self.text.push_str(more);
        let rest = &self.text[self.settled..];
        let mut found = blocks(rest);
        // A block that has only begun may turn out to go on the one before it.
        let is_begun = found.last().is_some_and(|(piece, place)| {
            let lines = match piece {
                Piece::Element(Tag::Table, _) => 2,
                Piece::Element(..) | Piece::Text(_) => 1,
            };
            rest[place.start..].matches('\n').count() < lines
        });
        let open = found.split_off(found.len().saturating_sub(1 + usize::from(is_begun)));
        let Some((_, place)) = open.first() else {
            return Change::default();
        };
        // From the start of the line: its indentation belongs to the block.
        let before = &self.text[..self.settled + place.start];
        self.settled = before.rfind('\n').map_or(0, |at| at + 1).max(self.settled);
        Change {
            settled: found.into_iter().map(|(piece, _)| piece).collect(),
            open: open.into_iter().map(|(piece, _)| piece).collect(),
        }
    }

    /// Whether the ended text has to be read once more as a whole, since a link that is defined
    /// at its end is used before.
    pub(super) fn needs_whole(&self) -> bool {
        self.text.contains("]:")
    }
}
