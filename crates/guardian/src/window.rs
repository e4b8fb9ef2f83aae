//! What a rule sees: a unit of text, and what stands around it.

use crate::fold::{self, Plain};
use crate::kind::Kind;

/// A unit of text with its surroundings. Rules look for values that begin in the unit; all places are
/// bytes of `text`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window<'a> {
    pub(crate) text: &'a str,
    /// Where the unit begins.
    pub(crate) from: usize,
    /// Where it ends.
    pub(crate) to: usize,
}

/// Something a rule found, in bytes of the text that the rule saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
    pub(crate) rule: &'static str,
    /// How sure the rule is, in hundredths.
    pub(crate) score: u8,
}

impl<'a> Window<'a> {
    /// A text of its own, all of it one unit.
    pub(crate) fn whole(text: &'a str) -> Self {
        Self {
            text,
            from: 0,
            to: text.len(),
        }
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The byte at a place; 0 outside of the text.
    pub(crate) fn byte(&self, at: usize) -> u8 {
        self.bytes().get(at).copied().unwrap_or(0)
    }

    /// The byte in front of a place; 0 at the begin of the text.
    pub(crate) fn byte_before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |before| self.byte(before))
    }

    /// Whether a word goes on across this place, on the left of it.
    pub(crate) fn word_before(&self, at: usize) -> bool {
        is_word(self.byte_before(at))
    }

    /// Whether a word goes on across this place, on the right of it.
    pub(crate) fn word_after(&self, at: usize) -> bool {
        is_word(self.byte(at))
    }

    /// The text in front of a place in small letters, at most `bytes` long.
    pub(crate) fn before(&self, at: usize, bytes: usize) -> String {
        let mut from = at.saturating_sub(bytes);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        self.text[from..at].to_lowercase()
    }

    /// Whether one of these words, in small letters, stands in the `bytes` in front of a place.
    pub(crate) fn says_before(&self, at: usize, bytes: usize, words: &[&str]) -> bool {
        says(&self.before(at, bytes), words)
    }

    /// Whether one of these words stands in the `bytes` behind a place.
    pub(crate) fn says_after(&self, at: usize, bytes: usize, words: &[&str]) -> bool {
        let mut to = (at + bytes).min(self.text.len());
        while !self.text.is_char_boundary(to) {
            to -= 1;
        }
        says(&self.text[at..to].to_lowercase(), words)
    }
}

/// Whether a text in small letters has one of these words, at the begin of a word.
pub(crate) fn says(text: &str, words: &[&str]) -> bool {
    let bytes = text.as_bytes();
    // The texts are short, and few words begin in them.
    (0..bytes.len())
        .filter(|at| *at == 0 || !is_word(bytes[at - 1]))
        .any(|at| {
            let rest = &bytes[at..];
            words.iter().any(|word| {
                word.as_bytes().first() == rest.first() && rest.starts_with(word.as_bytes())
            })
        })
}

/// Letters and digits, and every byte of a character beyond ASCII.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// A text that was made from another one, and where each of its bytes comes from.
#[derive(Debug, Default)]
pub(crate) struct Mapped {
    pub(crate) text: String,
    /// For each byte of `text`, the range of the other text that it stands for.
    origins: Vec<(usize, usize)>,
}

impl Mapped {
    /// Adds a character that stands for a range of the other text.
    pub(crate) fn push(&mut self, letter: char, start: usize, end: usize) {
        self.text.push(letter);
        self.origins.resize(self.text.len(), (start, end));
    }

    /// The text as [`fold::plain`] sees it.
    pub(crate) fn plain(text: &str) -> Self {
        let mut mapped = Self::default();
        for (at, letter) in text.char_indices() {
            let end = at + letter.len_utf8();
            match fold::plain(letter) {
                Plain::Same => mapped.push(letter, at, end),
                Plain::Nothing => {}
                Plain::Is(other) => mapped.push(other, at, end),
            }
        }
        mapped
    }

    /// The first byte that comes from `origin` or from behind it.
    pub(crate) fn place_of(&self, origin: usize) -> usize {
        self.origins.partition_point(|(start, _)| *start < origin)
    }

    /// What was found in this text, as a finding in the other one.
    pub(crate) fn back(&self, found: Found) -> Option<Found> {
        let start = self.origins.get(found.start)?.0;
        let end = self.origins.get(found.end.checked_sub(1)?)?.1;
        Some(Found {
            start,
            end,
            ..found
        })
    }
}
