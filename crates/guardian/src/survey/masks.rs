//! Which bytes of a block are what: one bit for each, made sixteen bytes at a time.

use wide::u8x16;

/// Bytes that are looked at together: as many as a number has bits.
pub(super) const BLOCK: usize = 64;

/// Bytes that the processor compares at once.
const LANE: usize = 16;

/// One bit for each byte of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// Letters, digits and bytes beyond ASCII.
    pub(super) word: u64,
    pub(super) blank: u64,
    /// Digits, large letters, and marks of punctuation that some rule waits for.
    pub(super) waited: u64,
}

impl Masks {
    /// The block that begins at `at`, up to `end`. Bits behind it are of no meaning.
    #[inline]
    pub(super) fn of(bytes: &[u8], at: usize, end: usize) -> Self {
        if let Some(block) = bytes[at..].first_chunk::<BLOCK>()
            && end - at == BLOCK
        {
            return Self::of_lanes(block.as_chunks::<LANE>().0.iter().copied());
        }
        // The end of a unit: most often it is a few bytes.
        Self::of_lanes((at..end).step_by(LANE).map(|from| {
            bytes[from..].first_chunk().copied().unwrap_or_else(|| {
                let mut lane = [b' '; LANE];
                lane[..bytes.len() - from].copy_from_slice(&bytes[from..]);
                lane
            })
        }))
    }

    #[inline(always)]
    fn of_lanes(lanes: impl Iterator<Item = [u8; LANE]>) -> Self {
        let mut masks = Self::default();
        // A large letter beyond ASCII is told by its second byte, which may lie in the next lane.
        let (mut large_lead, mut large_second) = (0, 0);
        for (place, lane) in lanes.enumerate() {
            let lane = Lane::of(u8x16::new(lane));
            let by = place * LANE;
            masks.word |= u64::from(lane.word) << by;
            masks.blank |= u64::from(lane.blank) << by;
            masks.waited |= u64::from(lane.waited) << by;
            large_lead |= u64::from(lane.large_lead) << by;
            large_second |= u64::from(lane.large_second) << by;
        }
        // The second byte of the last one is in the next block: it may be large.
        masks.waited |= large_lead & (large_second >> 1 | 1 << (BLOCK - 1));
        masks
    }
}

/// The same for sixteen bytes.
struct Lane {
    word: u32,
    blank: u32,
    waited: u32,
    /// The first byte of `À` to `ß` and of what follows.
    large_lead: u32,
    /// Bytes that make it a large letter.
    large_second: u32,
}

impl Lane {
    #[inline(always)]
    fn of(lane: u8x16) -> Self {
        let is = |byte: u8| lane.simd_eq(u8x16::splat(byte));
        // With this bit a large letter is a small one, and `[` and `\` are `{` and `|`.
        let small = lane | u8x16::splat(0x20);
        let is_small = |byte: u8| small.simd_eq(u8x16::splat(byte));
        let digit = within(lane, b'0', b'9');
        let letter = within(small, b'a', b'z');
        let large = within(lane, b'A', b'Z');
        let marks = within(lane, b'%', b'&')
            | is(b'(')
            | is(b'/')
            | is(b':')
            | is(b'@')
            | is(b'\\')
            | is_small(b'{');
        // Ā to ſ are large and small in turn; all of them are looked at.
        let large_beyond = within(lane, 0xc4, 0xc5);
        let blank = is(b' ') | within(lane, b'\t', b'\n') | within(lane, b'\x0c', b'\r');
        Self {
            // Bytes beyond ASCII have their highest bit set, which is what makes the mask.
            word: (digit | letter | lane).to_bitmask(),
            blank: blank.to_bitmask(),
            waited: (digit | large | marks | large_beyond).to_bitmask(),
            large_lead: is(0xc3).to_bitmask(),
            large_second: within(lane, 0x80, 0x9e).to_bitmask(),
        }
    }
}

/// Which bytes are between two, both included.
#[inline(always)]
fn within(lane: u8x16, first: u8, last: u8) -> u8x16 {
    let from_first = lane - u8x16::splat(first);
    from_first
        .min(u8x16::splat(last - first))
        .simd_eq(from_first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::is_word;

    fn bit(mask: u64, at: usize) -> bool {
        mask >> at & 1 != 0
    }

    #[test]
    fn every_byte_has_the_bits_of_its_kind_at_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..BLOCK {
                let mut block = [b'-'; BLOCK];
                block[place] = byte;
                let masks = Masks::of(&block, 0, BLOCK);
                assert_eq!(
                    bit(masks.word, place),
                    is_word(byte),
                    "{byte:#x} at {place}"
                );
                assert_eq!(
                    bit(masks.blank, place),
                    byte.is_ascii_whitespace(),
                    "{byte:#x} at {place}"
                );
                let waited = byte.is_ascii_digit()
                    || byte.is_ascii_uppercase()
                    || b"@:/\\%&[({".contains(&byte)
                    || matches!(byte, 0xc4 | 0xc5)
                    || (byte == 0xc3 && place + 1 == BLOCK);
                assert_eq!(
                    bit(masks.waited, place),
                    waited || byte == b'{',
                    "{byte:#x} at {place}"
                );
            }
        }
    }

    #[test]
    fn large_letters_beyond_ascii_are_waited_for_and_small_ones_are_not() {
        for code in 0xc0..0x180 {
            let letter = char::from_u32(code).unwrap();
            for place in 0..BLOCK - 1 {
                let text = format!("{}{letter}{}", " ".repeat(place), " ".repeat(BLOCK));
                let masks = Masks::of(text.as_bytes(), 0, BLOCK);
                let waited = (0xc0..0xdf).contains(&code) || code >= 0x100;
                assert_eq!(bit(masks.waited, place), waited, "{letter} at {place}");
            }
        }
    }

    #[test]
    fn the_end_of_a_text_is_no_different() {
        let text = "Anna wohnt in der Straße 5 in Köln, sagt sie: anna@example.com und so weiter.";
        let whole = format!("{text}{}", " ".repeat(BLOCK));
        for end in 0..text.len().min(BLOCK) {
            let inside = (1 << end) - 1;
            let (short, long) = (
                Masks::of(&text.as_bytes()[..end], 0, end),
                Masks::of(whole.as_bytes(), 0, BLOCK),
            );
            assert_eq!(short.word & inside, long.word & inside, "up to {end}");
            assert_eq!(short.blank & inside, long.blank & inside, "up to {end}");
        }
    }
}
