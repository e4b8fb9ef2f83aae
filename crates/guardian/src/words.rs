//! A set of words that is looked up quickly, without order and without chance.

/// Words with a mark each, in a table that is at most half full.
#[derive(Debug)]
pub(crate) struct Words {
    slots: Vec<Option<Slot>>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    word: &'static str,
    /// So that the letters of other words are hardly ever compared.
    hash: u32,
    marks: u8,
}

/// The word has a mark in its list.
const MARKED: u8 = 1;

impl Words {
    /// Reads a list: words divided by blanks, lines of remark after `#`, a question mark after words that
    /// are marked.
    pub(crate) fn read(list: &'static str) -> Self {
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        Self::of(&lines.flat_map(str::split_whitespace).collect::<Vec<_>>())
    }

    /// A set of these words.
    pub(crate) fn of(words: &[&'static str]) -> Self {
        let mut set = Self::room_for(words.len());
        for word in words {
            let plain = word.trim_end_matches('?');
            let marks = if word.len() > plain.len() { MARKED } else { 0 };
            *set.marks_of(plain) = marks;
        }
        set
    }

    /// The words of up to four lists in one, so that a word is looked up once for all of them: see
    /// [`Self::membership`].
    pub(crate) fn together(lists: &[Self]) -> Self {
        let words = |list: &Self| list.slots.iter().flatten().copied().collect::<Vec<_>>();
        let count = lists.iter().map(|list| words(list).len()).sum();
        let mut set = Self::room_for(count);
        for (place, list) in lists.iter().enumerate() {
            for Slot { word, marks, .. } in words(list) {
                *set.marks_of(word) |= (1 | marks << 1) << (2 * place);
            }
        }
        set
    }

    fn room_for(words: usize) -> Self {
        Self {
            slots: vec![None; (words * 2 + 1).next_power_of_two()],
        }
    }

    /// The marks of a word, which is added where it is not there yet.
    fn marks_of(&mut self, word: &'static str) -> &mut u8 {
        let slot = self.slot(word.as_bytes());
        let fresh = Slot {
            word,
            hash: hash(word.as_bytes()),
            marks: 0,
        };
        &mut self.slots[slot].get_or_insert(fresh).marks
    }

    /// Whether the word is there, and whether it is marked.
    pub(crate) fn get(&self, word: &str) -> Option<bool> {
        self.slots[self.slot(word.as_bytes())].map(|slot| slot.marks & MARKED != 0)
    }

    /// Which of the lists that were put [together](Self::together) have the word.
    pub(crate) fn membership(&self, word: &str) -> Membership {
        Membership(self.slots[self.slot(word.as_bytes())].map_or(0, |slot| slot.marks))
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        self.get(word).is_some()
    }

    /// Where the word is or would be.
    fn slot(&self, word: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let hash = hash(word);
        let mut slot = hash as usize & mask;
        while let Some(taken) = self.slots[slot] {
            if taken.hash == hash && taken.word.as_bytes() == word {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }
}

/// Which lists a word is in, two bits for each: whether it is there, and whether it is marked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Membership(u8);

impl Membership {
    /// Whether the word is in this list, and whether it is marked there.
    pub(crate) fn of(self, list: usize) -> Option<bool> {
        let bits = self.0 >> (2 * list);
        (bits & 1 != 0).then_some(bits & 2 != 0)
    }
}

/// Eight bytes at a time: short words, no enemy.
fn hash(word: &[u8]) -> u32 {
    let mix = |hash: u64, part: u64| (hash ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (eights, rest) = word.as_chunks::<8>();
    let mut hash = word.len() as u64;
    for eight in eights {
        hash = mix(hash.rotate_left(23), u64::from_le_bytes(*eight));
    }
    let part = match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        // The two fours overlap where there are less than eight bytes.
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => rest
            .iter()
            .fold(0, |part, byte| part << 8 | u64::from(*byte)),
    };
    let [_, _, _, _, high @ ..] = mix(hash.rotate_left(23), part).to_le_bytes();
    // The high bits are the better mixed ones; 32 of them are enough for any table here.
    u32::from_le_bytes(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_list_are_found_with_their_mark_and_others_are_not() {
        let words = Words::read("# none of these\nanna may? Zoë\nbob");
        assert_eq!(words.get("anna"), Some(false));
        assert_eq!(words.get("may"), Some(true));
        assert_eq!(words.get("Zoë"), Some(false));
        for other in ["none", "Anna", "ann", "may?", ""] {
            assert_eq!(words.get(other), None, "{other}");
        }
    }

    #[test]
    fn words_of_several_lists_are_found_once_for_all_of_them() {
        let lists = ["anna may?", "may smith-jones", "of may?"].map(Words::read);
        let all = Words::together(&lists);
        let wanted = [
            ("anna", [Some(false), None, None]),
            ("may", [Some(true), Some(false), Some(true)]),
            ("smith-jones", [None, Some(false), None]),
            ("of", [None, None, Some(false)]),
            ("nobody", [None; 3]),
        ];
        for (word, lists) in wanted {
            let membership = all.membership(word);
            assert_eq!([0, 1, 2].map(|list| membership.of(list)), lists, "{word}");
        }
    }
}
