//! The recovery words: 24 words of BIP-39 for 32 random bytes, from which every key of an owner follows.

use bip39::{Language, Mnemonic};
use zeroize::Zeroizing;

/// How many words there are: 24 words carry 256 bits and a checksum of 8.
pub const WORDS: usize = 24;

/// The longest text that is looked at as words; 24 words with spaces have at most 215 letters.
const TEXT_BYTES_MAX: usize = 2_048;

/// Letters by which each word of the list differs from all others (BIP-39).
const LETTERS_UNIQUE: usize = 4;

/// The recovery words of an owner. Overwritten in memory when dropped; prints as `Secret(…)`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryWords {
    seed: Zeroizing<[u8; 32]>,
}

/// Why a text is not recovery words. None of them repeats a word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// There are too few or too many words.
    #[error("there are {found} words, and recovery words are {WORDS}")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// A word is not in the list.
    #[error("word {place} is not one of the list")]
    Unknown {
        /// Which, counted from 1.
        place: usize,
    },
    /// All words are in the list, and together they are wrong.
    #[error("these words do not belong together: one is another, or two changed places")]
    Checksum,
    /// The text is far longer than words can be.
    #[error("this is too long for recovery words")]
    TooLong,
}

impl RecoveryWords {
    /// The words of a seed.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self {
            seed: Zeroizing::new(seed),
        }
    }

    /// The 32 bytes that the words stand for.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The word at a place, counted from 1.
    #[must_use]
    pub fn word(&self, place: u8) -> Option<&'static str> {
        let place = usize::from(place).checked_sub(1)?;
        self.mnemonic().words().nth(place)
    }

    /// All words, with a space between two.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        // Made large enough at once: a text that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(TEXT_BYTES_MAX));
        for word in self.mnemonic().words() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }

    fn mnemonic(&self) -> Mnemonic {
        Mnemonic::from_entropy_in(Language::English, self.seed.as_slice())
            .expect("32 bytes always have words")
    }
}

impl std::str::FromStr for RecoveryWords {
    type Err = WordsError;

    /// Capital letters, numbers before words, several spaces and lines do not matter, and the first
    /// four letters of a word are enough.
    fn from_str(text: &str) -> Result<Self, WordsError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(WordsError::TooLong);
        }
        let lower = Zeroizing::new(text.to_lowercase());
        let given: Vec<&str> = lower
            .split(|letter: char| !letter.is_alphabetic())
            .filter(|word| !word.is_empty())
            .collect();
        if given.len() != WORDS {
            return Err(WordsError::Count { found: given.len() });
        }
        let list = Language::English.word_list();
        let mut whole = Zeroizing::new(String::with_capacity(TEXT_BYTES_MAX));
        for (place, word) in given.iter().enumerate() {
            let known = list.iter().find(|known| {
                *known == word || (word.len() >= LETTERS_UNIQUE && known.starts_with(word))
            });
            let known = known.ok_or(WordsError::Unknown { place: place + 1 })?;
            if place > 0 {
                whole.push(' ');
            }
            whole.push_str(known);
        }
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &whole)
            .map_err(|_| WordsError::Checksum)?;
        let entropy = Zeroizing::new(mnemonic.to_entropy());
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(&entropy);
        Ok(Self { seed })
    }
}

impl std::fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_seed_read_back_however_they_are_written() {
        let words = RecoveryWords::from_seed([0x5a; 32]);
        let text = words.text();
        let shouted = text.to_uppercase().replace(' ', " \n 7. ");
        let short: Vec<_> = text
            .split(' ')
            .map(|word| &word[..word.len().min(4)])
            .collect();
        for written in [text.to_string(), shouted, short.join("  ")] {
            assert_eq!(written.parse::<RecoveryWords>().as_ref(), Ok(&words));
        }
        assert_eq!(words.word(1), text.split(' ').next(), "places count from 1");
        assert_eq!((words.word(0), words.word(25)), (None, None));
    }

    #[test]
    fn words_that_are_wrong_are_refused_with_the_reason() {
        let text = RecoveryWords::from_seed([1; 32]).text();
        let parse = |text: &str| text.parse::<RecoveryWords>().expect_err("wrong");
        assert_eq!(parse("abandon ability"), WordsError::Count { found: 2 });
        let mut list: Vec<_> = text.split(' ').collect();
        list[4] = "xylophone";
        assert_eq!(parse(&list.join(" ")), WordsError::Unknown { place: 5 });
        list[4] = if text.split(' ').nth(4) == Some("zoo") {
            "abandon"
        } else {
            "zoo"
        };
        assert_eq!(parse(&list.join(" ")), WordsError::Checksum);
        assert_eq!(parse(&"a ".repeat(4_000)), WordsError::TooLong);
    }

    #[test]
    fn words_print_as_a_secret() {
        assert_eq!(
            format!("{:?}", RecoveryWords::from_seed([1; 32])),
            "Secret(…)"
        );
    }

    #[test]
    fn words_of_the_published_test_vectors_agree() {
        // From the test vectors of BIP-39 for 256 bits.
        for (byte, last) in [
            (0x00, "art"),
            (0x7f, "title"),
            (0x80, "bless"),
            (0xff, "vote"),
        ] {
            assert_eq!(RecoveryWords::from_seed([byte; 32]).word(24), Some(last));
        }
    }
}
