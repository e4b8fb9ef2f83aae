//! The little CBOR that vaults and signed statements are written in: whole numbers, bytes, texts,
//! arrays, true, false and null, each in its one deterministic form (RFC 8949 §4.2).
//!
//! Why not a library: what is read here is secret or signed. Reading borrows from the bytes, so that no
//! copy of a key stays in a buffer that nobody overwrites, and what is not in its one form is refused
//! while it is read, so that a statement has one form only.

use zeroize::{Zeroize as _, Zeroizing};

/// The bytes are not what was expected, or not in their one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Major types (RFC 8949 §3.1), in the upper three bits of the first byte.
const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;

const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

/// Writes values one after another.
pub(crate) struct Writer {
    bytes: Zeroizing<Vec<u8>>,
}

impl Writer {
    /// A writer with room for so many bytes. With more it has to grow, and overwrites what it leaves.
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(bytes)),
        }
    }

    /// An array of so many values, which follow.
    pub(crate) fn array(&mut self, values: usize) -> &mut Self {
        self.head(ARRAY, values as u64)
    }

    pub(crate) fn unsigned(&mut self, value: u64) -> &mut Self {
        self.head(UNSIGNED, value)
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.head(BYTES, value.len() as u64).put(value)
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.head(TEXT, value.len() as u64).put(value.as_bytes())
    }

    pub(crate) fn bool(&mut self, value: bool) -> &mut Self {
        self.put(&[if value { TRUE } else { FALSE }])
    }

    /// A value that may be absent: null then.
    pub(crate) fn optional<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> &mut Self,
    ) -> &mut Self {
        match value {
            Some(value) => write(self, value),
            None => self.put(&[NULL]),
        }
    }

    pub(crate) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.bytes
    }

    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        let wide = value.to_be_bytes();
        let (code, tail) = match value {
            0..24 => (wide[7], &wide[8..]),
            24..0x100 => (24, &wide[7..]),
            0x100..0x1_0000 => (25, &wide[6..]),
            0x1_0000..0x1_0000_0000 => (26, &wide[4..]),
            _ => (27, &wide[..]),
        };
        self.put(&[major << 5 | code]).put(tail)
    }

    fn put(&mut self, bytes: &[u8]) -> &mut Self {
        let held = self.bytes.len();
        if self.bytes.capacity() - held < bytes.len() {
            let mut larger = Vec::with_capacity((held + bytes.len()) * 2);
            larger.extend_from_slice(&self.bytes);
            std::mem::swap(&mut *self.bytes, &mut larger);
            larger.zeroize();
        }
        self.bytes.extend_from_slice(bytes);
        self
    }
}

/// Reads values one after another; what it gives is borrowed from the bytes.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The number of values of an array, which follow.
    pub(crate) fn array(&mut self) -> Result<u64, Malformed> {
        self.head(ARRAY)
    }

    /// An array that must have so many values.
    pub(crate) fn array_of(&mut self, values: u64) -> Result<(), Malformed> {
        (self.array()? == values).then_some(()).ok_or(Malformed)
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, Malformed> {
        self.head(UNSIGNED)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.head(BYTES)?;
        self.take(length)
    }

    /// A byte string of one length.
    pub(crate) fn bytes_of<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Malformed> {
        self.bytes()?.try_into().map_err(|_| Malformed)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = self.head(TEXT)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Malformed)
    }

    pub(crate) fn bool(&mut self) -> Result<bool, Malformed> {
        match self.take(1)? {
            [FALSE] => Ok(false),
            [TRUE] => Ok(true),
            _ => Err(Malformed),
        }
    }

    /// A value that may be null.
    pub(crate) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        if self.rest.first() == Some(&NULL) {
            self.rest = &self.rest[1..];
            return Ok(None);
        }
        read(self).map(Some)
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        self.rest.is_empty().then_some(()).ok_or(Malformed)
    }

    fn head(&mut self, major: u8) -> Result<u64, Malformed> {
        let first = self.take(1)?[0];
        if first >> 5 != major {
            return Err(Malformed);
        }
        // Each length has a least value; what would fit into fewer bytes is another form.
        let (bytes, least) = match first & 0x1f {
            code @ 0..24 => return Ok(u64::from(code)),
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            _ => return Err(Malformed),
        };
        let value = self
            .take(bytes)?
            .iter()
            .fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
        (value >= least).then_some(value).ok_or(Malformed)
    }

    fn take(&mut self, bytes: u64) -> Result<&'a [u8], Malformed> {
        let bytes = usize::try_from(bytes).map_err(|_| Malformed)?;
        let (taken, rest) = self.rest.split_at_checked(bytes).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::with_room(1);
        write(&mut writer);
        writer.finish().to_vec()
    }

    #[test]
    fn numbers_are_written_as_the_examples_of_the_standard() {
        // RFC 8949, appendix A.
        for (number, bytes) in [
            (0, &[0x00][..]),
            (23, &[0x17]),
            (24, &[0x18, 0x18]),
            (1_000, &[0x19, 0x03, 0xe8]),
            (1_000_000, &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
            (
                u64::MAX,
                &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            ),
        ] {
            assert_eq!(written(|to| _ = to.unsigned(number)), bytes);
            assert_eq!(Reader::of(bytes).unsigned(), Ok(number));
        }
        assert_eq!(written(|to| _ = to.text("IETF")), b"\x64IETF");
        assert_eq!(written(|to| _ = to.bytes(&[1, 2])), [0x42, 1, 2]);
        let mixed = written(|to| _ = to.array(2).bool(true).optional(None, Writer::unsigned));
        assert_eq!(mixed, [0x82, 0xf5, 0xf6]);
    }

    #[test]
    fn longer_form_of_a_number_is_refused() {
        for bytes in [
            &[0x18, 0x17][..],
            &[0x19, 0, 0xff],
            &[0x1a, 0, 0, 1, 0],
            &[0x1f],
            &[0x18],
        ] {
            assert_eq!(Reader::of(bytes).unsigned(), Err(Malformed), "{bytes:?}");
        }
        assert_eq!(
            Reader::of(&[0x5f, 0x41, 1, 0xff]).bytes(),
            Err(Malformed),
            "no set length"
        );
        assert_eq!(
            Reader::of(b"\x62\xc3\x28").text(),
            Err(Malformed),
            "no UTF-8"
        );
        assert_eq!(
            Reader::of(&[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).bytes(),
            Err(Malformed),
            "a length that nothing has takes no memory"
        );
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(number: u64, bytes: Vec<u8>, text: String, truth: bool) {
            let all = written(|to| {
                to.array(4).unsigned(number).bytes(&bytes).text(&text).bool(truth);
            });
            let mut from = Reader::of(&all);
            prop_assert_eq!(from.array(), Ok(4));
            prop_assert_eq!(from.unsigned(), Ok(number));
            prop_assert_eq!(from.bytes(), Ok(&bytes[..]));
            prop_assert_eq!(from.text(), Ok(&text[..]));
            prop_assert_eq!(from.bool(), Ok(truth));
            prop_assert_eq!(from.end(), Ok(()));
        }
    }
}
