//! A set of words that is looked up quickly, without order and without chance.

/// Words with a mark each, in a table that is at most half full.
#[derive(Debug)]
pub(crate) struct Words {
    slots: Vec<Option<(&'static str, bool)>>,
}

impl Words {
    /// Reads a list: words divided by blanks, lines of remark after `#`, a question mark after words that
    /// are marked.
    pub(crate) fn read(list: &'static str) -> Self {
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        Self::of(&lines.flat_map(str::split_whitespace).collect::<Vec<_>>())
    }

    /// A set of these words.
    pub(crate) fn of(words: &[&'static str]) -> Self {
        let mut set = Self {
            slots: vec![None; (words.len() * 2 + 1).next_power_of_two()],
        };
        for word in words {
            let plain = word.trim_end_matches('?');
            let slot = set.slot(plain.as_bytes());
            set.slots[slot] = Some((plain, word.len() > plain.len()));
        }
        set
    }

    /// Whether the word is there, and whether it is marked.
    pub(crate) fn get(&self, word: &str) -> Option<bool> {
        self.slots[self.slot(word.as_bytes())].map(|(_, marked)| marked)
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        self.get(word).is_some()
    }

    /// Where the word is or would be.
    fn slot(&self, word: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(word) & mask;
        while let Some((taken, _)) = self.slots[slot] {
            if taken.as_bytes() == word {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }
}

/// FNV-1a: short words, no enemy.
fn hash(word: &[u8]) -> usize {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in word {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    }
    // The high bits are the better mixed ones; 32 of them are enough for any table here.
    usize::try_from(hash >> 32).unwrap_or(0)
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
}
