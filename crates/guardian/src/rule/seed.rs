//! Recovery words (BIP-39): twelve or more words of the English list, one after the other.

use crate::cue::{self, Table};
use crate::kind::Kind;
use crate::window::{Found, Window, is_word};

/// Fewest words of a phrase.
pub(crate) const WORDS_MIN: usize = 12;

/// Most words that are looked at from one place; a longer run is found again from its later words.
const WORDS_MAX: usize = 26;

/// Characters between two words: blanks, commas, and the numbers of a list.
const GAP_MAX: usize = 8;

/// Whether a word is in the list.
fn listed(window: &Window<'_>, start: usize, end: usize) -> bool {
    start < end && Table::get().uses(window.bytes(), start, end) & cue::SEED != 0
}

/// Looks for runs of listed words that begin in the unit, or in the few words in front of it.
///
/// An ordinary sentence can have twelve such words by chance only when nothing else stands between
/// them, which "a", "the" and "is" see to: none of them is in the list.
pub(crate) fn look(window: &Window<'_>, back: usize, out: &mut Vec<Found>) {
    let mut at = walk_back(window, back);
    while at < window.to {
        if !window.byte(at).is_ascii_alphabetic() || window.word_before(at) {
            at += 1;
            continue;
        }
        let (words, end) = run(window, at);
        if words >= WORDS_MIN {
            out.push(Found {
                start: at,
                end,
                kind: Kind::SeedPhrase,
                rule: "bip39_words",
                score: 97,
            });
        }
        at = end.max(at + 1);
    }
}

/// The place some words in front of the unit.
fn walk_back(window: &Window<'_>, words: usize) -> usize {
    let mut at = window.from;
    for _ in 0..words {
        let mut place = at;
        while place > 0 && !window.byte_before(place).is_ascii_alphabetic() && at - place <= GAP_MAX
        {
            place -= 1;
        }
        let end = place;
        while place > 0 && window.byte_before(place).is_ascii_alphabetic() {
            place -= 1;
        }
        if !listed(window, place, end) {
            break;
        }
        at = place;
    }
    at
}

/// How many listed words follow each other from here, and where the last one ends.
fn run(window: &Window<'_>, at: usize) -> (usize, usize) {
    let (mut place, mut words, mut end) = (at, 0, at);
    while words < WORDS_MAX {
        let mut stop = place;
        while window.byte(stop).is_ascii_alphabetic() {
            stop += 1;
        }
        if is_word(window.byte(stop)) || !listed(window, place, stop) {
            break;
        }
        words += 1;
        end = stop;
        place = stop;
        while place - stop < GAP_MAX && divides(window.byte(place)) {
            place += 1;
        }
        if place == stop {
            break;
        }
    }
    (words, end)
}

fn divides(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || byte.is_ascii_digit()
        || matches!(
            byte,
            b',' | b';'
                | b'.'
                | b'"'
                | b'\''
                | b'-'
                | b'_'
                | b'|'
                | b'['
                | b']'
                | b':'
                | b'('
                | b')'
        )
}
