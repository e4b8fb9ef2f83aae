//! The quick look over a unit: which of its runs of letters need any rule at all.
//!
//! Nearly all text is words in small letters. This walks over the bytes once and marks the runs that a
//! rule could say something about; everything else is passed over here.

use crate::cue::{self, Table};
use crate::lexicon::Lexicon;
use crate::rule::seed;

/// What a run of bytes without blanks has in it.
pub(crate) mod mark {
    /// A digit.
    pub(crate) const DIGIT: u16 = 1;
    /// A large letter.
    pub(crate) const LARGE: u16 = 1 << 1;
    /// `@`.
    pub(crate) const AT: u16 = 1 << 2;
    /// `:`.
    pub(crate) const COLON: u16 = 1 << 3;
    /// A slash or a backslash.
    pub(crate) const SLASH: u16 = 1 << 4;
    /// `%`, `&` or a backslash.
    pub(crate) const ESCAPE: u16 = 1 << 5;
    /// An opening bracket.
    pub(crate) const OPEN: u16 = 1 << 6;
    /// A byte beyond ASCII.
    pub(crate) const WIDE: u16 = 1 << 7;
    /// A small letter.
    pub(crate) const SMALL: u16 = 1 << 8;
    /// It is long enough to be a key or an encoded text.
    pub(crate) const LONG: u16 = 1 << 9;
    /// A word that may name a secret or begin an address.
    pub(crate) const CUE: u16 = 1 << 10;
    /// A word that may begin a known value.
    pub(crate) const KNOWN: u16 = 1 << 11;
}

/// Bytes of a run from which on it may be a key or an encoded text.
const LONG_BYTES: usize = 16;

/// Recovery words at the end of a unit from which on the unit is looked at.
pub(crate) const SEED_TAIL: usize = 4;

/// What each byte has in it.
const CLASSES: [u16; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => mark::DIGIT,
            b'A'..=b'Z' => mark::LARGE,
            b'a'..=b'z' => mark::SMALL,
            b'@' => mark::AT,
            b':' => mark::COLON,
            b'/' => mark::SLASH,
            b'\\' => mark::SLASH | mark::ESCAPE,
            b'%' | b'&' => mark::ESCAPE,
            b'[' | b'(' | b'{' => mark::OPEN,
            0x80..=0xff => mark::WIDE,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// Classes that are part of a word.
const WORD: u16 = mark::DIGIT | mark::LARGE | mark::SMALL | mark::WIDE;

/// Marks for which some rule has to look.
const ANY: u16 = mark::DIGIT
    | mark::LARGE
    | mark::AT
    | mark::ESCAPE
    | mark::SLASH
    | mark::OPEN
    | mark::LONG
    | mark::CUE
    | mark::KNOWN;

/// A run of bytes without blanks that some rule has to look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) marks: u16,
}

/// What the quick look saw.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    pub(crate) runs: Vec<Run>,
    /// Whether recovery words may be here.
    pub(crate) seed: bool,
    /// Whether words in rot13 are here.
    pub(crate) rot13: bool,
}

impl Survey {
    /// Whether no rule has anything to say.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty() && !self.seed && !self.rot13
    }

    /// Looks over the bytes from `from` to `to`.
    pub(crate) fn take(&mut self, bytes: &[u8], from: usize, to: usize, known: [&Lexicon; 2]) {
        self.runs.clear();
        (self.seed, self.rot13) = (false, false);
        let table = Table::get();
        let check_known = !known[0].is_empty() || !known[1].is_empty();
        let (mut seeds, mut seeds_first) = (0_usize, true);
        let mut at = from;
        while at < to {
            if bytes[at].is_ascii_whitespace() {
                at += 1;
                continue;
            }
            let start = at;
            let mut marks = 0;
            while at < to {
                let class = CLASSES[usize::from(bytes[at])];
                if class & WORD == 0 {
                    if bytes[at].is_ascii_whitespace() {
                        break;
                    }
                    marks |= class;
                    at += 1;
                    continue;
                }
                let word = at;
                let mut all = 0;
                while at < to {
                    let class = CLASSES[usize::from(bytes[at])];
                    if class & WORD == 0 {
                        break;
                    }
                    all |= class;
                    at += 1;
                }
                // À to Þ and Ā to Ž: large letters beyond ASCII.
                if (0xc3..=0xc5).contains(&bytes[word]) && (bytes[word] > 0xc3 || bytes.get(word + 1).is_some_and(|next| *next < 0x9f)) {
                    all |= mark::LARGE;
                }
                marks |= all;
                if check_known && known.iter().any(|lexicon| lexicon.may_begin(bytes, word)) {
                    marks |= mark::KNOWN;
                }
                if all == mark::DIGIT {
                    continue;
                }
                let uses = table.uses(bytes, word, at);
                if uses & cue::CUE != 0 {
                    marks |= mark::CUE;
                }
                self.rot13 |= uses & cue::TURNED != 0;
                if uses & cue::SEED != 0 {
                    seeds += 1;
                    // What began in the unit before may go on here.
                    self.seed |= seeds >= seed::WORDS_MIN || (seeds_first && seeds + SEED_TAIL > seed::WORDS_MIN);
                } else {
                    (seeds, seeds_first) = (0, false);
                }
            }
            if at - start >= LONG_BYTES {
                marks |= mark::LONG;
            }
            if marks & ANY != 0 {
                self.runs.push(Run {
                    start,
                    end: at,
                    marks,
                });
            }
        }
        self.seed |= seeds >= SEED_TAIL;
    }
}
