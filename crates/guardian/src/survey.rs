//! The quick look over a unit: which of its runs of letters need any rule at all.
//!
//! Nearly all text is words in small letters. This walks over the bytes once and marks the runs that a
//! rule could say something about; everything else is passed over here.

mod masks;

use self::masks::{BLOCK, Masks};
use crate::cue::{self, Table};
use crate::lexicon::Lexicon;
use crate::rule::seed;
use crate::window::is_word;

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

/// Marks for which some rule has to look.
const ANY: u16 = mark::DIGIT
    | mark::LARGE
    | mark::AT
    | mark::COLON
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
        let mut look = Look {
            survey: self,
            bytes,
            from,
            to,
            table: Table::get(),
            known: known
                .into_iter()
                .any(|lexicon| !lexicon.is_empty())
                .then_some(known),
            word: None,
            solid: 0,
            seeds: 0,
            seeds_first: true,
        };
        let mut at = from;
        while at < to {
            let end = (at + BLOCK).min(to);
            look.block(at, end);
            at = end;
        }
        look.finish();
    }
}

/// A walk over the blocks of a unit.
struct Look<'s, 'b> {
    survey: &'s mut Survey,
    bytes: &'b [u8],
    from: usize,
    to: usize,
    table: &'static Table,
    known: Option<[&'b Lexicon; 2]>,
    /// Where the word began that goes on into the next block.
    word: Option<usize>,
    /// Bytes without a blank at the end of the block before.
    solid: u32,
    /// Recovery words that followed each other up to here.
    seeds: usize,
    /// Whether all words of the unit so far were recovery words.
    seeds_first: bool,
}

impl Look<'_, '_> {
    fn block(&mut self, at: usize, end: usize) {
        let count = end - at;
        let masks = Masks::of(self.bytes, at, end);
        let inside = if count == BLOCK {
            u64::MAX
        } else {
            (1 << count) - 1
        };
        let mut waited = masks.waited & inside;
        self.words(masks.word & inside, at, count, &mut waited);
        waited |= self.long(!masks.blank & inside, count);
        while waited != 0 {
            let place = at + waited.trailing_zeros() as usize;
            waited &= waited - 1;
            if self.survey.runs.last().is_none_or(|run| run.end <= place) {
                self.run(place);
            }
        }
    }

    /// Looks at each word that ends in the block. Words that a rule waits for are marked where they begin.
    fn words(&mut self, word: u64, at: usize, count: usize, waited: &mut u64) {
        let carried = u64::from(self.word.is_some());
        let before = word << 1 | carried;
        let mut begins = word & !before;
        let mut ends = before & !word;
        if count < BLOCK {
            ends &= (1 << count) - 1;
        }
        while ends != 0 {
            let end = at + ends.trailing_zeros() as usize;
            ends &= ends - 1;
            let start = self.word.take().unwrap_or_else(|| {
                let start = at + begins.trailing_zeros() as usize;
                begins &= begins - 1;
                start
            });
            if self.word(start, end) {
                // One that began in the block before is found by its last letter.
                *waited |= 1 << (start.max(at) - at);
            }
        }
        if begins != 0 {
            self.word = Some(at + begins.trailing_zeros() as usize);
        }
    }

    /// Whether a rule waits for the word.
    fn word(&mut self, start: usize, end: usize) -> bool {
        let uses = self.table.uses(self.bytes, start, end);
        if uses & cue::SEED != 0 {
            self.seeds += 1;
            // What began in the unit before may go on here.
            self.survey.seed |= self.seeds >= seed::WORDS_MIN
                || (self.seeds_first && self.seeds + SEED_TAIL > seed::WORDS_MIN);
        } else if !self.bytes[start].is_ascii_digit() {
            (self.seeds, self.seeds_first) = (0, false);
        }
        self.survey.rot13 |= uses & cue::TURNED != 0;
        uses & cue::CUE != 0 || self.may_be_known(start, end)
    }

    fn may_be_known(&self, start: usize, end: usize) -> bool {
        let Some(known) = self.known else {
            return false;
        };
        // Digits behind letters begin a number of their own.
        let digits = |place: &usize| {
            self.bytes[*place].is_ascii_digit() && !self.bytes[*place - 1].is_ascii_digit()
        };
        let mut begins = std::iter::once(start).chain((start + 1..end).filter(digits));
        begins.any(|place| {
            known
                .iter()
                .any(|lexicon| lexicon.may_begin(self.bytes, place))
        })
    }

    /// A bit inside each run that is long enough to be a key.
    fn long(&mut self, solid: u64, count: usize) -> u64 {
        let mut long = solid & (solid >> 1);
        for by in [2, 4, 8] {
            long &= long >> by;
        }
        let leading = solid.trailing_ones();
        if (self.solid + leading) as usize >= LONG_BYTES && leading > 0 {
            long |= 1;
        }
        let unused = u64::BITS - u32::try_from(count).unwrap_or(0);
        let trailing = (solid << unused).leading_ones();
        self.solid = if leading as usize >= count {
            self.solid + leading
        } else {
            trailing
        };
        long
    }

    /// Notes the run around a place.
    fn run(&mut self, place: usize) {
        let blank = |byte: &u8| byte.is_ascii_whitespace();
        let start = self.bytes[self.from..place]
            .iter()
            .rposition(blank)
            .map_or(self.from, |at| self.from + at + 1);
        let end = self.bytes[place..self.to]
            .iter()
            .position(blank)
            .map_or(self.to, |at| place + at);
        // The word may have ended with the block before, and its run been noted there.
        if self
            .survey
            .runs
            .last()
            .is_some_and(|run| run.start >= start)
        {
            return;
        }
        let mut marks = closer(&self.bytes[start..end]);
        if end - start >= LONG_BYTES {
            marks |= mark::LONG;
        }
        let mut at = start;
        while at < end {
            let word = at;
            while at < end && is_word(self.bytes[at]) {
                at += 1;
            }
            if at > word {
                if self.table.uses(self.bytes, word, at) & cue::CUE != 0 {
                    marks |= mark::CUE;
                }
                if self.may_be_known(word, at) {
                    marks |= mark::KNOWN;
                }
            }
            at += 1;
        }
        if marks & ANY != 0 {
            self.survey.runs.push(Run { start, end, marks });
        }
    }

    fn finish(mut self) {
        if let Some(start) = self.word.take()
            && self.word(start, self.to)
            && self.survey.runs.last().is_none_or(|run| run.end <= start)
        {
            self.run(start);
        }
        self.survey.seed |= self.seeds >= SEED_TAIL;
    }
}

/// What a run has in it.
fn closer(run: &[u8]) -> u16 {
    let mut marks = run
        .iter()
        .fold(0, |marks, byte| marks | MARKS[usize::from(*byte)]);
    // À to Þ are large letters, ß to ÿ are small ones.
    if marks & BEYOND != 0 && run.windows(2).any(|pair| pair[0] == 0xc3 && pair[1] < 0x9f) {
        marks |= mark::LARGE;
    }
    marks & !BEYOND
}

/// A byte that begins large and small letters alike.
const BEYOND: u16 = 1 << 15;

/// What each byte makes of the run it is in.
static MARKS: [u16; 256] = {
    let mut marks = [0; 256];
    let mut byte = 0_u8;
    loop {
        marks[byte as usize] = match byte {
            b'0'..=b'9' => mark::DIGIT,
            b'A'..=b'Z' => mark::LARGE,
            b'@' => mark::AT,
            b':' => mark::COLON,
            b'/' => mark::SLASH,
            b'\\' => mark::SLASH | mark::ESCAPE,
            b'%' | b'&' => mark::ESCAPE,
            b'[' | b'(' | b'{' => mark::OPEN,
            0xc3 => BEYOND,
            // Ā to Ž: large and small ones in turn.
            0xc4 | 0xc5 => mark::LARGE,
            _ => 0,
        };
        if byte == u8::MAX {
            break marks;
        }
        byte += 1;
    }
};
