//! The person's own words: names, addresses, numbers, as the vault has them.

use crate::error::OwnWordsError;
use crate::kind::Kind;
use crate::lexicon::{Lexicon, bones, spelled_out};
use crate::limits::{OWN_WORD_LETTERS_MAX, OWN_WORDS_MAX};

/// The person's own words. They are found in any spelling, spacing and case, with or without
/// diacritics, and inside encodings.
#[derive(Debug, Default)]
pub struct OwnWords {
    lexicon: Lexicon,
}

impl OwnWords {
    /// Takes the words. Each is one value: a whole name, and its parts if they shall count alone.
    ///
    /// # Errors
    /// A word is too short or too long, or there are too many.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, OwnWordsError> {
        let mut lexicon = Lexicon::default();
        for (place, word) in words.into_iter().enumerate() {
            if place >= OWN_WORDS_MAX {
                return Err(OwnWordsError::TooMany { max: OWN_WORDS_MAX });
            }
            match bones(word).0.len() {
                0 | 1 => return Err(OwnWordsError::TooShort { place }),
                // Some letters become two when they are spelled out.
                letters if letters > OWN_WORD_LETTERS_MAX * 3 / 4 => {
                    return Err(OwnWordsError::TooLong {
                        place,
                        max: OWN_WORD_LETTERS_MAX * 3 / 4,
                    });
                }
                _ => {}
            }
            lexicon.add(word, Kind::OwnWord, "own_word");
            if let Some(spelled) = spelled_out(word) {
                lexicon.add(&spelled, Kind::OwnWord, "own_word");
            }
        }
        Ok(Self { lexicon })
    }

    pub(crate) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }
}
