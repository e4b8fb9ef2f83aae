//! Words that a rule waits for, in one table: recovery words, words in rot13, names of secrets, words that
//! begin an address.
//!
//! Every word of a text is looked up once, so a word is its first eight bytes as one number.

use std::sync::LazyLock;

use crate::decode::ROT13;
use crate::rule::{address, secret};

/// It is in the list of recovery words.
pub(crate) const SEED: u8 = 1;
/// It is a common word in rot13.
pub(crate) const TURNED: u8 = 2;
/// It may name a secret or begin an address.
pub(crate) const CUE: u8 = 4;

/// Bytes of a word that count.
const BYTES: usize = 8;

/// Numbers of 64 bits in [`Table::bits`].
const BITS: usize = 1024;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        keys: vec![0; 8_192],
        uses: vec![0; 8_192],
        bits: Box::new([0; BITS]),
    };
    for word in bip39::Language::English.word_list() {
        table.add(word.as_bytes(), SEED);
    }
    for word in ROT13 {
        table.add(word, TURNED);
    }
    let streets = address::PREFIXES
        .iter()
        .filter(|prefix| !address::WEAK.contains(prefix));
    for word in secret::NAMES.iter().chain(streets) {
        let first = word.split([' ', '.', '/', '\'']).next().unwrap_or(word);
        table.add(first.as_bytes(), CUE);
    }
    for word in [
        "mot", "api", "access", "secret", "client", "private", "refresh", "session", "bearer",
        "auth",
    ] {
        table.add(word.as_bytes(), CUE);
    }
    table
});

/// What a word is waited for as, by its first eight bytes in small letters.
pub(crate) struct Table {
    keys: Vec<u64>,
    uses: Vec<u8>,
    /// A bit for each slot's words, small enough to stay near the processor: most words end here.
    bits: Box<[u64; BITS]>,
}

impl Table {
    /// The one table there is.
    pub(crate) fn get() -> &'static Self {
        &TABLE
    }

    /// What the word from `at` to `end` is waited for as.
    #[inline]
    pub(crate) fn uses(&self, bytes: &[u8], at: usize, end: usize) -> u8 {
        let length = end - at;
        let key = match bytes[at..].first_chunk::<BYTES>() {
            Some(eight) => packed(eight, length),
            None => key(&bytes[at..end]),
        };
        let bit = bit(key);
        if self.bits[bit / 64] & (1 << (bit % 64)) == 0 {
            return 0;
        }
        self.uses[self.slot(key)]
    }

    fn add(&mut self, word: &[u8], uses: u8) {
        let key = key(word);
        let slot = self.slot(key);
        let bit = bit(key);
        self.bits[bit / 64] |= 1 << (bit % 64);
        self.keys[slot] = key;
        self.uses[slot] |= uses;
    }

    fn slot(&self, key: u64) -> usize {
        let mask = self.keys.len() - 1;
        let mut slot = spread(key) & mask;
        while self.keys[slot] != 0 && self.keys[slot] != key {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

fn spread(key: u64) -> usize {
    usize::try_from(key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40).unwrap_or(0)
}

/// Which bit stands for a word.
fn bit(key: u64) -> usize {
    spread(key) % (64 * BITS)
}

/// The first eight bytes of a word as a number, large letters as small ones, from the eight bytes that
/// begin with it. Words are of all lengths in turn, so this has no branch.
fn packed(eight: &[u8; BYTES], length: usize) -> u64 {
    let unused = BYTES - length.clamp(1, BYTES);
    let small = u64::from_le_bytes(*eight) | 0x2020_2020_2020_2020;
    (small & u64::MAX >> (8 * unused)) ^ u64::from(length > BYTES)
}

fn key(word: &[u8]) -> u64 {
    let mut eight = [0; BYTES];
    let length = word.len().min(BYTES);
    eight[..length].copy_from_slice(&word[..length]);
    packed(&eight, word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(text: &str) -> u8 {
        let padded = format!("{text} and more");
        let in_text = Table::get().uses(padded.as_bytes(), 0, text.len());
        let at_end = Table::get().uses(text.as_bytes(), 0, text.len());
        assert_eq!(
            in_text, at_end,
            "{text} is the same word at the end of a text"
        );
        in_text
    }

    #[test]
    fn words_are_known_by_all_their_uses_in_any_case() {
        assert_eq!(uses("abandon"), SEED);
        assert_eq!(uses("ABSTRACT"), SEED);
        assert_eq!(uses("gur"), TURNED);
        assert_eq!(uses("Password"), CUE);
        assert_eq!(uses("passphrase"), CUE);
        assert_eq!(uses("rue"), CUE);
        assert_eq!(
            uses("secret") & (SEED | CUE),
            uses("secret"),
            "some words have two uses"
        );
        for word in ["the", "abandons", "passwords", "a", "ru", "abstracts"] {
            assert_eq!(uses(word), 0, "{word}");
        }
    }
}
