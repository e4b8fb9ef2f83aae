//! Where a text has letters in disguise: characters that [`fold::plain`] changes.
//!
//! The windows of a walk overlap, so it remembers what it has seen: each byte is looked at once.

use std::collections::VecDeque;

use crate::fold::{self, Plain};

/// Bytes that are passed over at once where all of them are ASCII.
const STEP: usize = 32;

/// Whether the text has a letter in disguise.
pub(crate) fn any(text: &str) -> bool {
    next(text, 0, text.len()).is_some()
}

/// What a walk knows of the letters in disguise. Places are bytes from the begin of the whole text.
#[derive(Debug, Default)]
pub(crate) struct Disguises {
    /// Everything in front of this was looked at.
    looked_to: usize,
    /// Where there is one, in order.
    places: VecDeque<usize>,
}

impl Disguises {
    /// Whether one begins between `from` and `to` in a text that begins at `base`.
    pub(crate) fn any(&mut self, text: &str, base: usize, from: usize, to: usize) -> bool {
        let mut at = self.looked_to.max(base) - base;
        while at < to {
            let Some(place) = next(text, at, to) else {
                break;
            };
            self.places.push_back(base + place);
            at = text.ceil_char_boundary(place + 1);
        }
        self.looked_to = self.looked_to.max(base + to);
        let first = self.places.partition_point(|place| *place < base + from);
        self.places
            .get(first)
            .is_some_and(|place| *place < base + to)
    }

    /// Forgets what nothing asks for any more.
    pub(crate) fn forget_before(&mut self, place: usize) {
        while self.places.front().is_some_and(|first| *first < place) {
            self.places.pop_front();
        }
    }
}

/// The first letter in disguise that begins between two places.
pub(crate) fn next(text: &str, mut at: usize, to: usize) -> Option<usize> {
    const BEYOND_ASCII: u64 = 0x8080_8080_8080_8080;
    let bytes = text.as_bytes();
    while at < to {
        if bytes[at].is_ascii() {
            if let Some(step) = bytes[at..].first_chunk::<STEP>()
                && step.is_ascii()
            {
                at += STEP;
                continue;
            }
            at += match bytes[at..].first_chunk() {
                // Up to the first byte beyond ASCII.
                Some(eight) => {
                    let wide = u64::from_le_bytes(*eight) & BEYOND_ASCII;
                    wide.trailing_zeros() as usize / 8
                }
                None => 1,
            };
            continue;
        }
        let first = bytes[at];
        if may_begin(first)
            && let Some(letter) = text[at..].chars().next()
            && fold::plain(letter) != Plain::Same
        {
            return Some(at);
        }
        at += length(first);
    }
    None
}

/// Whether a letter in disguise may begin with this byte. The letters of most languages do not.
fn may_begin(first: u8) -> bool {
    matches!(
        first,
        0xc2 | 0xcd | 0xd8 | 0xd9 | 0xdb | 0xdf | 0xe0..=0xe3 | 0xea | 0xef..=0xff
    )
}

/// Bytes of the character beyond ASCII that begins with this one.
fn length(first: u8) -> usize {
    match first {
        0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_in_disguise_is_seen_and_no_other() {
        for letter in '\0'..=char::MAX {
            let text = format!("It is {letter}.");
            assert_eq!(
                any(&text),
                fold::plain(letter) != Plain::Same,
                "U+{:04X}",
                u32::from(letter)
            );
        }
    }

    #[test]
    fn a_walk_knows_of_each_place_whatever_it_asked_before() {
        let text =
            "für １ und ² – und noch viel mehr Text, in dem ganz lange nichts ist…\u{a0}Ende";
        let places: Vec<usize> = text
            .char_indices()
            .filter(|(_, letter)| fold::plain(*letter) != Plain::Same)
            .map(|(at, _)| at)
            .collect();
        assert_eq!(places.len(), 4);
        for base in [0, 1000] {
            let mut known = Disguises::default();
            for from in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
                for to in [from + 3, from + 40, from + 7] {
                    let to = text.ceil_char_boundary(to.min(text.len()));
                    let any = places.iter().any(|place| (from..to).contains(place));
                    assert_eq!(known.any(text, base, from, to), any, "from {from} to {to}");
                }
                known.forget_before(base + from);
            }
        }
    }
}
