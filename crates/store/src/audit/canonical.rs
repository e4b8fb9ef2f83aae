//! The bytes that the chain hashes and the owner signs: deterministic CBOR (RFC 8949 §4.2), so that the
//! same row has the same bytes on every machine and in every version.
//!
//! A row is an array of seven values in this order:
//!
//! | value | as |
//! |---|---|
//! | number | unsigned |
//! | at, milliseconds since 1970 | unsigned |
//! | kind | text, [`AuditKind::word`](super::AuditKind::word) |
//! | actor | text |
//! | subject | text |
//! | digest | byte string of 32, or null |
//! | details | array of arrays `[name, value]`; names ascend by their bytes, values are text or integer |
//!
//! Its hash is SHA-256 of the 32 bytes of the hash before (zeros for the first row) and these bytes. A
//! daily head is the array `["hai-net audit head", day, number, hash]`.
//!
//! Only what is needed is written here, and nothing is read: the store recomputes and compares.

use sha2::{Digest, Sha256};

use super::{AuditEntry, AuditHead, AuditValue};
use crate::columns::millis;

/// Major types (RFC 8949 §3.1), in the upper three bits of the first byte.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;

const NULL: u8 = 0xf6;

/// Stands at the beginning of what is signed, so that no other signature can pass for one of a head.
const HEAD_NAME: &str = "hai-net audit head";

/// The hash of row `number` behind the row with the hash `previous`.
pub(super) fn hash(previous: &[u8; 32], number: u64, entry: &AuditEntry) -> [u8; 32] {
    Sha256::new()
        .chain_update(previous)
        .chain_update(row(number, entry))
        .finalize()
        .into()
}

fn row(number: u64, entry: &AuditEntry) -> Vec<u8> {
    let mut to = Vec::with_capacity(256);
    head(&mut to, ARRAY, 7);
    head(&mut to, UNSIGNED, number);
    head(&mut to, UNSIGNED, millis(entry.at).unsigned_abs());
    text(&mut to, entry.kind.word());
    text(&mut to, &entry.actor);
    text(&mut to, &entry.subject);
    match &entry.digest {
        Some(digest) => bytes(&mut to, digest),
        None => to.push(NULL),
    }
    head(&mut to, ARRAY, entry.details.len() as u64);
    for (name, value) in &entry.details {
        head(&mut to, ARRAY, 2);
        text(&mut to, name);
        match value {
            AuditValue::Text(value) => text(&mut to, value),
            AuditValue::Number(value) => match u64::try_from(*value) {
                Ok(value) => head(&mut to, UNSIGNED, value),
                // -1 is written as 0, -2 as 1, and so on.
                Err(_) => head(&mut to, NEGATIVE, value.unsigned_abs() - 1),
            },
        }
    }
    to
}

/// What the owner signs for a day.
pub(super) fn signed_head(day: &AuditHead) -> Vec<u8> {
    let mut to = Vec::with_capacity(80);
    head(&mut to, ARRAY, 4);
    text(&mut to, HEAD_NAME);
    head(&mut to, UNSIGNED, day.day);
    head(&mut to, UNSIGNED, day.number);
    bytes(&mut to, &day.hash);
    to
}

fn text(to: &mut Vec<u8>, value: &str) {
    head(to, TEXT, value.len() as u64);
    to.extend_from_slice(value.as_bytes());
}

fn bytes(to: &mut Vec<u8>, value: &[u8]) {
    head(to, BYTES, value.len() as u64);
    to.extend_from_slice(value);
}

/// A major type and its number, in the shortest form.
fn head(to: &mut Vec<u8>, major: u8, value: u64) {
    let wide = value.to_be_bytes();
    let (code, tail) = match value {
        0..24 => (wide[7], &wide[8..]),
        24..0x100 => (24, &wide[7..]),
        0x100..0x1_0000 => (25, &wide[6..]),
        0x1_0000..0x1_0000_0000 => (26, &wide[4..]),
        _ => (27, &wide[..]),
    };
    to.push(major << 5 | code);
    to.extend_from_slice(tail);
}

#[cfg(test)]
mod tests {
    use base::Timestamp;

    use super::*;
    use crate::audit::AuditKind;

    #[test]
    fn numbers_are_written_as_the_examples_of_the_standard() {
        // RFC 8949, appendix A.
        for (major, number, expected) in [
            (UNSIGNED, 0, &[0x00][..]),
            (UNSIGNED, 23, &[0x17]),
            (UNSIGNED, 24, &[0x18, 0x18]),
            (UNSIGNED, 1_000, &[0x19, 0x03, 0xe8]),
            (UNSIGNED, 1_000_000, &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
            (
                UNSIGNED,
                u64::MAX,
                &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            ),
            (NEGATIVE, 999, &[0x39, 0x03, 0xe7]),
        ] {
            let mut to = Vec::new();
            head(&mut to, major, number);
            assert_eq!(to, expected);
        }
    }

    #[test]
    fn bytes_of_a_row_are_these_and_stay_these() {
        let entry = AuditEntry {
            at: Timestamp::from_millis(1_000),
            kind: AuditKind::Egress,
            actor: "person".to_owned(),
            subject: "web".to_owned(),
            digest: Some([7; 32]),
            details: [
                ("n".to_owned(), AuditValue::Number(-1)),
                ("host".to_owned(), AuditValue::Text("a.b".to_owned())),
            ]
            .into(),
        };
        let mut expected = b"\x87\x01\x19\x03\xe8\x66egress\x66person\x63web\x58\x20".to_vec();
        expected.extend_from_slice(&[7; 32]);
        expected.extend_from_slice(b"\x82\x82\x64host\x63a.b\x82\x61n\x20");
        assert_eq!(row(1, &entry), expected);
        let mut hashed = vec![0; 32];
        hashed.extend_from_slice(&expected);
        let outside: [u8; 32] = Sha256::digest(&hashed).into();
        assert_eq!(hash(&[0; 32], 1, &entry), outside);
    }

    #[test]
    fn signed_head_names_what_it_is() {
        let head = AuditHead {
            day: 3,
            number: 24,
            hash: [1; 32],
        };
        let mut expected = b"\x84\x72hai-net audit head\x03\x18\x18\x58\x20".to_vec();
        expected.extend_from_slice(&[1; 32]);
        assert_eq!(head.bytes_to_sign(), expected);
    }
}
