//! The metadata of a model: keys with values, of which a few matter here and all are checked.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use crate::error::GgufError;
use crate::limits::{
    ALIGNMENT_DEFAULT, ALIGNMENT_MAX, ARRAY_DEPTH_MAX, ARRAY_ELEMENTS_MAX, KEPT_TEXT_BYTES_MAX,
    KEY_BYTES_MAX, TEXT_BYTES_MAX,
};
use crate::source::Source;

/// A value that the summary may ask for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A whole number that is not negative.
    Number(u64),
    /// A negative or broken number, of which only the presence matters.
    Other,
    /// A text, perhaps cut short.
    Text(String),
    /// An array: how many elements, and the largest where they are numbers.
    Array {
        /// Elements of the outermost array.
        elements: u64,
        /// The largest whole number in it.
        largest: Option<u64>,
    },
}

/// All keys of a file, with those values that the summary may ask for.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    values: HashMap<String, Value>,
    others: HashSet<String>,
}

impl Metadata {
    /// Reads and checks `entries` entries.
    pub(crate) fn read<R: Read + Seek>(
        source: &mut Source<'_, R>,
        entries: u64,
    ) -> Result<Self, GgufError> {
        let mut metadata = Self::default();
        for index in 0..entries {
            let key = read_key(source, index)?;
            if metadata.has(&key) {
                return Err(GgufError::DuplicateKey { key });
            }
            let kind = source.u32("a value type")?;
            let value = read_value(source, &key, kind)?;
            if matters(&key) {
                metadata.values.insert(key, value);
            } else {
                metadata.others.insert(key);
            }
        }
        Ok(metadata)
    }

    /// Whether the file has this key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key) || self.others.contains(key)
    }

    /// The value of a key whose value is kept.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        match self.get(key) {
            Some(Value::Text(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    /// A number; of an array, its largest.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        match self.get(key) {
            Some(Value::Number(number)) => Some(*number),
            Some(Value::Array { largest, .. }) => *largest,
            _ => None,
        }
    }

    /// Where tensor data may begin: a multiple of this.
    pub(crate) fn alignment(&self) -> Result<u64, GgufError> {
        let key = "general.alignment";
        match self.get(key) {
            None => Ok(ALIGNMENT_DEFAULT),
            Some(Value::Number(found))
                if found.is_power_of_two() && (8..=ALIGNMENT_MAX).contains(found) =>
            {
                Ok(*found)
            }
            Some(_) => Err(GgufError::Value {
                key: key.to_owned(),
                expected: "a power of two between 8 and 2097152",
            }),
        }
    }
}

/// Whether the value is kept: the small ones that describe the model.
fn matters(key: &str) -> bool {
    !key.starts_with("tokenizer.ggml.") || key == "tokenizer.ggml.model"
}

fn read_key<R: Read + Seek>(source: &mut Source<'_, R>, index: u64) -> Result<String, GgufError> {
    let bytes = source.text("the length of a metadata key", KEY_BYTES_MAX)?;
    // The specification wants lower snake case in dotted steps; models in use also have upper case,
    // hyphens and colons. Control characters, spaces and non-ASCII are in none.
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_graphic) {
        return Err(GgufError::Key { index });
    }
    String::from_utf8(bytes).map_err(|_| GgufError::Key { index })
}

fn read_value<R: Read + Seek>(
    source: &mut Source<'_, R>,
    key: &str,
    kind: u32,
) -> Result<Value, GgufError> {
    match kind {
        8 => {
            let text =
                source.text_start("the length of a text", TEXT_BYTES_MAX, KEPT_TEXT_BYTES_MAX)?;
            Ok(Value::Text(String::from_utf8_lossy(&text).into_owned()))
        }
        9 => {
            let mut left = ARRAY_ELEMENTS_MAX;
            let (elements, largest) = read_array(source, key, 1, &mut left)?;
            Ok(Value::Array { elements, largest })
        }
        _ => read_number(source, key, kind),
    }
}

/// Checks an array and everything in it. `left` is how many elements it may still have in all.
fn read_array<R: Read + Seek>(
    source: &mut Source<'_, R>,
    key: &str,
    depth: u32,
    left: &mut u64,
) -> Result<(u64, Option<u64>), GgufError> {
    if depth > ARRAY_DEPTH_MAX {
        return Err(GgufError::TooMuch {
            what: "the depth of an array",
            found: depth.into(),
            max: ARRAY_DEPTH_MAX.into(),
        });
    }
    let kind = source.u32("the type of an array")?;
    let elements = source.count("the length of an array", *left)?;
    *left -= elements;
    let mut largest = None;
    match kind {
        8 => {
            for _ in 0..elements {
                source.text_start("the length of a text", TEXT_BYTES_MAX, 0)?;
            }
        }
        9 => {
            for _ in 0..elements {
                read_array(source, key, depth + 1, left)?;
            }
        }
        _ if elements > PER_LAYER_MAX && kind != 7 => {
            let Some(size) = number_bytes(kind) else {
                return Err(GgufError::ValueType {
                    key: key.to_owned(),
                    found: kind,
                });
            };
            source.skip(elements.saturating_mul(size), "an array")?;
        }
        _ => {
            if number_bytes(kind).is_none() {
                return Err(GgufError::ValueType {
                    key: key.to_owned(),
                    found: kind,
                });
            }
            for _ in 0..elements {
                if let Value::Number(number) = read_number(source, key, kind)? {
                    largest = largest.max(Some(number));
                }
            }
        }
    }
    Ok((elements, largest))
}

/// Longer arrays are vocabularies, whose largest number nobody asks for; shorter ones may have one
/// number a layer.
const PER_LAYER_MAX: u64 = 4096;

const fn number_bytes(kind: u32) -> Option<u64> {
    Some(match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        10..=12 => 8,
        _ => return None,
    })
}

fn read_number<R: Read + Seek>(
    source: &mut Source<'_, R>,
    key: &str,
    kind: u32,
) -> Result<Value, GgufError> {
    let Some(size) = number_bytes(kind) else {
        return Err(GgufError::ValueType {
            key: key.to_owned(),
            found: kind,
        });
    };
    let mut bytes = [0; 8];
    let size = usize::try_from(size).unwrap_or(bytes.len());
    source.fill(&mut bytes[..size], "a number")?;
    let number = u64::from_le_bytes(bytes);
    let negative = bytes[size - 1] & 0x80 != 0;
    match kind {
        7 if number > 1 => Err(GgufError::Value {
            key: key.to_owned(),
            expected: "true or false",
        }),
        1 | 3 | 5 | 11 if negative => Ok(Value::Other),
        6 | 12 => Ok(Value::Other),
        _ => Ok(Value::Number(number)),
    }
}
