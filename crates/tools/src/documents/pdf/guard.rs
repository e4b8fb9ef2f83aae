//! Bounds on what a PDF may make its reader hold, since the reader itself knows few.
//!
//! Each byte of a file may become an object of a hundred bytes, and objects may lie over each other so
//! that the same bytes are read again and again. So tokens are counted before anything is read, object
//! streams are cut into parts that cannot overlap, and each object that was read is weighed.

use std::cell::Cell;
use std::time::Instant;

use lopdf::{Object, ObjectId};

use super::UNPACKED_BYTES_MAX;

/// Tokens in the file itself, strings of bytes that look like some included: 32 MiB of pictures have two
/// and a half million. Each may cost a hundred bytes.
pub(super) const TOKENS_IN_FILE_MAX: usize = 4_000_000;

/// Tokens in all object streams together. A tagged book of five hundred pages has a million.
const TOKENS_IN_STREAMS_MAX: usize = 4_000_000;

/// Ends any string, array and dictionary that an object in an object stream left open: `lopdf` allows a
/// hundred brackets inside each other.
const END_OF_OBJECT: [u8; 104] = {
    let mut end = [b')'; 104];
    end[0] = b'\n';
    end[103] = b'\n';
    end
};

thread_local! {
    /// What the PDF that this thread reads may still cost. `lopdf` calls a plain function for each object,
    /// so there is no other way to hand it in; the thread reads one PDF and ends.
    static LEFT: Cell<Option<Left>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
struct Left {
    until: Instant,
    tokens: usize,
    bytes: usize,
}

/// Why reading ends in the middle: carried by unwinding, since the reader cannot be told to stop.
pub(super) enum Stopped {
    /// It took too long.
    Time,
    /// It holds more than a document would.
    Size,
}

/// Sets what this thread may hold from now on.
pub(super) fn begin(file_bytes: usize, until: Instant) {
    LEFT.set(Some(Left {
        until,
        tokens: TOKENS_IN_STREAMS_MAX,
        // Honest objects do not overlap, so together they hold no more than the file and its unpacked
        // streams.
        bytes: file_bytes + 16 * UNPACKED_BYTES_MAX,
    }));
}

/// Counts the tokens in bytes, generously.
pub(super) fn tokens(bytes: &[u8]) -> usize {
    let mut before = b' ';
    let mut count = 0;
    for byte in bytes {
        let opens = matches!(byte, b'[' | b'<' | b'(' | b'/');
        let begins = !is_border(*byte) && is_border(before);
        count += usize::from(opens || begins);
        before = *byte;
    }
    count
}

fn is_border(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\n'
            | b'\r'
            | b'\t'
            | 0
            | 12
            | b'['
            | b']'
            | b'<'
            | b'>'
            | b'('
            | b')'
            | b'/'
            | b'%'
    )
}

/// Whether the word stands anywhere as a name. Letters of a name may be written as `#45`.
pub(super) fn names(bytes: &[u8], word: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'/') {
        rest = &rest[at + 1..];
        if begins_with(rest, word) {
            return true;
        }
    }
    false
}

fn begins_with(mut name: &[u8], word: &[u8]) -> bool {
    for wanted in word {
        let (letter, rest) = match name {
            [b'#', high, low, rest @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, rest),
                _ => return false,
            },
            [letter, rest @ ..] => (*letter, rest),
            [] => return false,
        };
        if letter != *wanted {
            return false;
        }
        name = rest;
    }
    true
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Called by `lopdf` for each object that it has read, and before it unpacks an object stream.
pub(super) fn look(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    let mut left = LEFT.get().expect("the thread began with its bounds");
    if Instant::now() >= left.until {
        std::panic::resume_unwind(Box::new(Stopped::Time));
    }
    if let Object::Stream(stream) = object {
        if is_picture(&stream.dict) {
            stream.content = Vec::new();
        } else if stream.dict.has_type(b"ObjStm") {
            let parted = parted(stream, &mut left.tokens)?;
            stream.dict.remove(b"Filter");
            stream.dict.remove(b"DecodeParms");
            stream.content = parted;
        }
    }
    let weight = weight(object);
    if weight > left.bytes {
        std::panic::resume_unwind(Box::new(Stopped::Size));
    }
    left.bytes -= weight;
    LEFT.set(Some(left));
    // What comes out of an object stream, which holds no streams, is taken from here; of all else only
    // whether it may stay.
    let taken = match object {
        Object::Stream(_) => Object::Null,
        other => other.clone(),
    };
    Some((id, taken))
}

/// Pictures and embedded files hold no words and most of the bytes.
fn is_picture(stream: &lopdf::Dictionary) -> bool {
    let named = |key: &[u8], name: &[u8]| {
        stream
            .get(key)
            .is_ok_and(|value| value.as_name().is_ok_and(|value| value == name))
    };
    named(b"Subtype", b"Image") || named(b"Type", b"EmbeddedFile")
}

/// The content of an object stream, unpacked, with its objects one behind the other and none over another.
/// Nothing where it is broken or too large.
fn parted(stream: &mut lopdf::Stream, tokens_left: &mut usize) -> Option<Vec<u8>> {
    let content = stream
        .get_plain_content_with_limit(UNPACKED_BYTES_MAX)
        .ok()?;
    let count = tokens(&content);
    if count > *tokens_left {
        std::panic::resume_unwind(Box::new(Stopped::Size));
    }
    *tokens_left -= count;
    let first = usize::try_from(stream.dict.get(b"First").ok()?.as_i64().ok()?).ok()?;
    let index = std::str::from_utf8(content.get(..first)?).ok()?;
    let numbers: Option<Vec<usize>> = index
        .split_ascii_whitespace()
        .map(|number| number.parse().ok())
        .collect();
    let mut objects: Vec<(usize, usize)> = numbers?
        .chunks_exact(2)
        .map(|pair| (pair[1], pair[0]))
        .collect();
    objects.sort_unstable();
    objects.dedup_by_key(|(offset, _)| *offset);
    let body = &content[first..];
    let (mut index, mut out) = (String::new(), Vec::new());
    for (at, (offset, number)) in objects.iter().enumerate() {
        let end = objects.get(at + 1).map_or(body.len(), |next| next.0);
        let object = body.get(*offset..end.min(body.len()))?;
        index.push_str(&format!("{number} {} ", out.len()));
        out.extend_from_slice(object);
        out.extend_from_slice(&END_OF_OBJECT);
    }
    let mut parted = index.into_bytes();
    stream.dict.set("First", i64::try_from(parted.len()).ok()?);
    parted.extend_from_slice(&out);
    Some(parted)
}

/// Bytes of the strings and streams in an object, which may be read twice, and a little for each part.
fn weight(object: &Object) -> usize {
    let mut open = vec![object];
    let mut weight = 0;
    while let Some(object) = open.pop() {
        weight += match object {
            Object::Null
            | Object::Boolean(_)
            | Object::Integer(_)
            | Object::Real(_)
            | Object::Reference(_) => 1,
            Object::Name(bytes) | Object::String(bytes, _) => bytes.len(),
            Object::Array(parts) => {
                open.extend(parts);
                1
            }
            Object::Dictionary(parts) => {
                open.extend(parts.iter().map(|(_, part)| part));
                1
            }
            Object::Stream(stream) => {
                open.extend(stream.dict.iter().map(|(_, part)| part));
                stream.content.len()
            }
        };
    }
    weight
}
