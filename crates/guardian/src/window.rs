//! What a rule sees: a unit of text, and what stands around it.

use crate::disguise;
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

/// A text that was made from another one, and where each part of it comes from.
#[derive(Debug, Default)]
pub(crate) struct Mapped {
    pub(crate) text: String,
    pieces: Vec<Piece>,
}

/// A part of the text, up to the next one.
#[derive(Debug, Clone, Copy)]
struct Piece {
    at: usize,
    /// The range of the other text that it stands for.
    start: usize,
    end: usize,
    /// Whether both have the same letters; else it is one character.
    same: bool,
}

impl Mapped {
    /// Adds a character that stands for a range of the other text.
    pub(crate) fn push(&mut self, letter: char, start: usize, end: usize) {
        self.pieces.push(Piece {
            at: self.text.len(),
            start,
            end,
            same: false,
        });
        self.text.push(letter);
    }

    /// Adds a part that stands in the other text in the same way.
    fn push_same(&mut self, part: &str, start: usize) {
        if part.is_empty() {
            return;
        }
        self.pieces.push(Piece {
            at: self.text.len(),
            start,
            end: start + part.len(),
            same: true,
        });
        self.text.push_str(part);
    }

    /// The text as [`fold::plain`] sees it.
    pub(crate) fn plain(text: &str) -> Self {
        let mut mapped = Self {
            text: String::with_capacity(text.len()),
            pieces: Vec::new(),
        };
        let mut at = 0;
        while let Some(place) = disguise::next(text, at, text.len()) {
            mapped.push_same(&text[at..place], at);
            at = text.ceil_char_boundary(place + 1);
            let letter = text[place..at].chars().next();
            match letter.map_or(Plain::Nothing, fold::plain) {
                Plain::Is(other) => mapped.push(other, place, at),
                Plain::Same | Plain::Nothing => {}
            }
        }
        mapped.push_same(&text[at..], at);
        mapped
    }

    /// The first byte that comes from `origin` or from behind it.
    pub(crate) fn place_of(&self, origin: usize) -> usize {
        let next = self.pieces.partition_point(|piece| piece.end <= origin);
        let begin = |piece: usize| {
            self.pieces
                .get(piece)
                .map_or(self.text.len(), |piece| piece.at)
        };
        match self.pieces.get(next) {
            Some(piece) if piece.start < origin && piece.same => {
                let place = piece.at + (origin - piece.start);
                self.text.ceil_char_boundary(place)
            }
            Some(piece) if piece.start < origin => begin(next + 1),
            Some(_) | None => begin(next),
        }
    }

    /// Where the character of this byte comes from.
    fn origin_of(&self, place: usize) -> Option<(usize, usize)> {
        if place >= self.text.len() {
            return None;
        }
        let next = self.pieces.partition_point(|piece| piece.at <= place);
        let piece = self.pieces.get(next.checked_sub(1)?)?;
        if !piece.same {
            return Some((piece.start, piece.end));
        }
        let origin = |place: usize| piece.start + (place - piece.at);
        Some((
            origin(self.text.floor_char_boundary(place)),
            origin(self.text.ceil_char_boundary(place + 1)),
        ))
    }

    /// What was found in this text, as a finding in the other one.
    pub(crate) fn back(&self, found: Found) -> Option<Found> {
        let start = self.origin_of(found.start)?.0;
        let end = self.origin_of(found.end.checked_sub(1)?)?.1;
        Some(Found {
            start,
            end,
            ..found
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_of_a_mapped_text_is_told_where_it_comes_from() {
        let text = "Zoë\u{200b} hat ①\u{a0}Hund – ａ ü";
        let mapped = Mapped::plain(text);
        assert_eq!(mapped.text, "Zoë hat 1 Hund - a ü");
        let mut from = 0;
        for (place, letter) in mapped.text.char_indices() {
            let plain = |letter: char| match fold::plain(letter) {
                Plain::Same => Some(letter),
                Plain::Is(other) => Some(other),
                Plain::Nothing => None,
            };
            let (at, origin) = text[from..]
                .char_indices()
                .find(|(_, origin)| plain(*origin).is_some())
                .unwrap();
            assert_eq!(plain(origin), Some(letter));
            let (start, end) = (from + at, from + at + origin.len_utf8());
            for byte in place..place + letter.len_utf8() {
                assert_eq!(mapped.origin_of(byte), Some((start, end)), "{letter}");
            }
            // What is not seen belongs to what follows it.
            for origin in from..=start {
                let wanted = if origin == from {
                    place
                } else {
                    mapped.place_of(start)
                };
                assert_eq!(mapped.place_of(origin), wanted, "{letter}");
            }
            from = end;
        }
        assert_eq!(mapped.place_of(text.len()), mapped.text.len());
        assert_eq!(mapped.origin_of(mapped.text.len()), None);
    }
}
