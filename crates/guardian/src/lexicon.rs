//! Known values, found again in any spelling, spacing, case and with or without diacritics.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use zeroize::Zeroize;

use crate::decode::rotated;
use crate::fold::skeleton;
use crate::kind::Kind;
use crate::limits::OWN_WORD_LETTERS_MAX;
use crate::rule::person;
use crate::window::{Found, Window, is_word};

/// Letters from which on a value may go on into a longer word, and may be torn anywhere.
const LONG: usize = 6;

/// Characters without letters that may stand between two letters of a value.
const GAP_MAX: usize = 3;

/// What is looked for, by its letters alone.
struct Entry {
    bones: Vec<char>,
    /// In front of which letters there was a gap when the value was given.
    gaps: Vec<bool>,
    kind: Kind,
    rule: &'static str,
    /// Whether it counts only with a large first letter, being an ordinary word otherwise.
    large: bool,
}

/// Values by how they begin.
#[derive(Default)]
pub(crate) struct Lexicon {
    entries: Vec<Entry>,
    index: BTreeMap<(char, char), Vec<usize>>,
    /// A bit for each pair of first letters, folded: most words of a text are passed over by it.
    bits: Vec<u64>,
    known: BTreeSet<Vec<char>>,
}

impl fmt::Debug for Lexicon {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Lexicon({} values)", self.entries.len())
    }
}

impl Drop for Lexicon {
    fn drop(&mut self) {
        for entry in &mut self.entries {
            entry.bones.zeroize();
        }
        for mut bones in std::mem::take(&mut self.known) {
            bones.zeroize();
        }
    }
}

/// The letters of a value and the gaps between them.
pub(crate) fn bones(value: &str) -> (Vec<char>, Vec<bool>) {
    let (mut bones, mut gaps, mut gap) = (Vec::new(), Vec::new(), false);
    for letter in value.chars() {
        let before = bones.len();
        skeleton(letter, |bone| bones.push(bone));
        if bones.len() == before {
            // Marks that belong to a letter are no gap.
            gap |= !('\u{300}'..'\u{370}').contains(&letter);
            continue;
        }
        gaps.push(gap && before > 0);
        gaps.resize(bones.len(), false);
        gap = false;
    }
    (bones, gaps)
}

impl Lexicon {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds a value, and how it reads in rot13. Values of one letter, or longer than any window, are
    /// not added; says whether it was.
    pub(crate) fn add(&mut self, value: &str, kind: Kind, rule: &'static str) -> bool {
        let (bones, gaps) = bones(value);
        let letters = bones.len();
        if !(2..=OWN_WORD_LETTERS_MAX).contains(&letters) {
            return false;
        }
        let large = letters <= 5 && person::is_ordinary(value);
        for bones in spellings(&bones) {
            let turned: Vec<char> = bones.iter().copied().map(rotated).collect();
            let aligned = bones.len() == gaps.len();
            for bones in [bones, turned] {
                if !self.known.insert(bones.clone()) {
                    continue;
                }
                let place = self.entries.len();
                self.index
                    .entry((bones[0], bones[1]))
                    .or_default()
                    .push(place);
                let bit = bit(bones[0], bones[1]);
                self.bits.resize(64, 0);
                self.bits[bit / 64] |= 1 << (bit % 64);
                let gaps = if aligned {
                    gaps.clone()
                } else {
                    vec![false; bones.len()]
                };
                self.entries.push(Entry {
                    bones,
                    gaps,
                    kind,
                    rule,
                    large,
                });
            }
        }
        true
    }

    /// Whether a value may begin with the letter or digit at this place. Quick, and right where it says
    /// no.
    pub(crate) fn may_begin(&self, bytes: &[u8], at: usize) -> bool {
        if self.bits.is_empty() {
            return false;
        }
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(first), Some(second))
                if first.is_ascii_alphanumeric() && second.is_ascii_alphanumeric() =>
            {
                let letter = |byte: &u8| char::from(byte.to_ascii_lowercase());
                let bit = bit(letter(first), letter(second));
                self.bits[bit / 64] & (1 << (bit % 64)) != 0
            }
            // A letter beyond ASCII, or a gap behind the first letter: the slow way knows.
            (Some(_), _) => true,
            (None, _) => false,
        }
    }

    /// Looks for values that begin at this place, which begins a word.
    pub(crate) fn look(&self, window: &Window<'_>, at: usize, out: &mut Vec<Found>) {
        let rest = &window.text[at..];
        let mut first = Vec::with_capacity(4);
        for letter in rest.chars().take(GAP_MAX * 2 + 2) {
            skeleton(letter, |bone| first.push(bone));
            if first.len() >= 2 {
                break;
            }
        }
        let [one, two, ..] = first[..] else {
            return;
        };
        let Some(places) = self.index.get(&(one, two)) else {
            return;
        };
        let best = places
            .iter()
            .filter_map(|place| Some((self.entries[*place].matched(window, at)?, *place)))
            .max();
        if let Some((end, place)) = best {
            let entry = &self.entries[place];
            out.push(Found {
                start: at,
                end,
                kind: entry.kind,
                rule: entry.rule,
                score: 95,
            });
        }
    }
}

impl Entry {
    /// Where the value ends that begins at this place.
    fn matched(&self, window: &Window<'_>, at: usize) -> Option<usize> {
        let rest = &window.text[at..];
        if self.large && !rest.chars().next().is_some_and(char::is_uppercase) {
            return None;
        }
        let mut place = 0;
        let (mut gap, mut torn, mut whole, mut strange) = (0, 0, 0, false);
        let mut end = at;
        for (offset, letter) in rest.char_indices() {
            let before = place;
            let mut same = true;
            skeleton(letter, |bone| {
                same &= self.bones.get(place) == Some(&bone);
                place += 1;
            });
            if !same {
                return None;
            }
            if place == before {
                if !('\u{300}'..'\u{370}').contains(&letter) {
                    gap += 1;
                }
                if gap > GAP_MAX {
                    return None;
                }
                continue;
            }
            if before > 0 {
                torn += usize::from(gap > 0);
                whole += usize::from(gap == 0);
                strange |= gap > 0 && !self.gaps[before];
            }
            gap = 0;
            end = at + offset + letter.len_utf8();
            if place >= self.bones.len() {
                break;
            }
        }
        if place != self.bones.len() {
            return None;
        }
        // A short word must not be put together from parts of others: `an apple` is no `Ana`.
        if self.bones.len() < LONG && strange && torn > 0 && whole > 0 {
            return None;
        }
        self.may_end(window, end).then_some(end)
    }

    fn may_end(&self, window: &Window<'_>, end: usize) -> bool {
        let last = self.bones[self.bones.len() - 1];
        let next = window.text[end..].chars().next();
        if last.is_ascii_digit() {
            return !next.is_some_and(|next| next.is_ascii_digit());
        }
        // Scripts without blanks have no ends of words.
        self.bones.len() >= LONG || u32::from(last) >= 0x2e80 || !is_word(window.byte(end))
    }
}

fn bit(first: char, second: char) -> usize {
    ((u32::from(first) * 61 + u32::from(second)) % 4096) as usize
}

/// A word as it is, and with `ae`, `oe`, `ue` for the letters with two points, both ways.
fn spellings(bones: &[char]) -> Vec<Vec<char>> {
    let mut all = vec![bones.to_vec()];
    let text: String = bones.iter().collect();
    for (long, short) in [("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a")] {
        if text.contains(long) {
            all.push(text.replace(long, short).chars().collect());
        }
    }
    let all_short = text
        .replace("ae", "a")
        .replace("oe", "o")
        .replace("ue", "u");
    all.push(all_short.chars().collect());
    all.retain(|bones| bones.len() >= 2);
    all
}

/// The value with `ä` as `ae` and so on; nothing where there is no such letter.
pub(crate) fn spelled_out(value: &str) -> Option<String> {
    let out: String = value
        .chars()
        .flat_map(|letter| {
            match letter {
                'ä' | 'Ä' => "ae",
                'ö' | 'Ö' | 'ø' | 'Ø' => "oe",
                'ü' | 'Ü' => "ue",
                'å' | 'Å' => "aa",
                _ => "",
            }
            .chars()
            .chain(Some(letter).filter(|letter| !"äÄöÖøØüÜåÅ".contains(*letter)))
            .collect::<Vec<_>>()
        })
        .collect();
    (out != value).then_some(out)
}
