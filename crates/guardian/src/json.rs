//! Scans JSON: strings, numbers and the keys of maps, with the key as what explains a value.

use serde_json::{Map, Value};

use crate::detector::Detector;
use crate::error::ScanError;
use crate::finding::{Scan, Span};
use crate::kind::{Action, Kind};
use crate::limits::{JSON_DEPTH_MAX, JSON_NODES_MAX};
use crate::memory::Memory;
use crate::rule::secret;

/// Members of a list from which on it is also read as one text: twelve words, four parts of a card.
const LIST_MIN: usize = 3;

/// A part of JSON and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonSpan {
    /// Which value, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Whether it is in the key and not in the value.
    pub in_key: bool,
    /// Which part of the string, and what it is.
    pub span: Span,
}

/// What a scan of JSON tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonScan {
    /// What is done about which part.
    pub spans: Vec<JsonSpan>,
    /// The same JSON with tokens in place of values. A number that is masked becomes a string.
    pub masked: Value,
}

impl JsonScan {
    /// The strongest action of all spans.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        self.spans.iter().map(|found| found.span.action).max()
    }

    /// The kinds that were found, each once, the most harmful first.
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self.spans.iter().map(|found| found.span.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

impl Detector {
    /// Scans JSON, keys included.
    ///
    /// # Errors
    /// A bound of [`crate::limits`] was exceeded: the JSON counts as private as a whole.
    pub fn scan_json(&self, json: &Value, memory: &mut Memory) -> Result<JsonScan, ScanError> {
        let mut reader = Reader {
            detector: self,
            memory,
            spans: Vec::new(),
            nodes: 0,
        };
        let masked = reader.value(json, &mut Place::default())?;
        Ok(JsonScan {
            spans: reader.spans,
            masked,
        })
    }
}

/// Where in the JSON the reader is.
#[derive(Debug, Default)]
struct Place {
    pointer: String,
    /// The keys on the way, as words.
    keys: Vec<String>,
    depth: usize,
}

struct Reader<'a> {
    detector: &'a Detector,
    memory: &'a mut Memory,
    spans: Vec<JsonSpan>,
    nodes: usize,
}

impl Reader<'_> {
    fn value(&mut self, json: &Value, place: &mut Place) -> Result<Value, ScanError> {
        self.count(place)?;
        match json {
            Value::Null | Value::Bool(_) => Ok(json.clone()),
            Value::Number(number) => {
                let text = number.to_string();
                let masked = self.text(&text, place, false)?;
                Ok(if masked == text {
                    json.clone()
                } else {
                    Value::String(masked)
                })
            }
            Value::String(text) => Ok(Value::String(self.text(text, place, false)?)),
            Value::Array(members) => self.list(members, place),
            Value::Object(map) => self.map(map, place),
        }
    }

    fn count(&mut self, place: &Place) -> Result<(), ScanError> {
        self.nodes += 1;
        if self.nodes > JSON_NODES_MAX {
            return Err(ScanError::TooManyNodes {
                max: JSON_NODES_MAX,
            });
        }
        if place.depth > JSON_DEPTH_MAX {
            return Err(ScanError::TooDeep {
                max: JSON_DEPTH_MAX,
            });
        }
        Ok(())
    }

    fn map(&mut self, map: &Map<String, Value>, place: &mut Place) -> Result<Value, ScanError> {
        let mut masked = Map::new();
        for (key, value) in map {
            let length = place.pointer.len();
            place.pointer.push('/');
            place
                .pointer
                .push_str(&key.replace('~', "~0").replace('/', "~1"));
            let mut new = self.text(key, place, true)?;
            place.keys.push(as_words(key));
            place.depth += 1;
            let value = self.value(value, place)?;
            place.depth -= 1;
            place.keys.pop();
            place.pointer.truncate(length);
            // Two keys that are both blocked have one word for both.
            while masked.contains_key(&new) {
                new.push('_');
            }
            masked.insert(new, value);
        }
        Ok(Value::Object(masked))
    }

    fn list(&mut self, members: &[Value], place: &mut Place) -> Result<Value, ScanError> {
        let together = self.together(members)?;
        let mut masked = Vec::with_capacity(members.len());
        for (number, member) in members.iter().enumerate() {
            let length = place.pointer.len();
            place.pointer.push_str(&format!("/{number}"));
            place.depth += 1;
            let new = match (
                together
                    .iter()
                    .find(|(first, last, _)| (first..=last).contains(&&number)),
                scalar(member),
            ) {
                (Some((_, _, span)), Some(text)) => Value::String(self.whole(&text, place, *span)?),
                _ => self.value(member, place)?,
            };
            masked.push(new);
            place.depth -= 1;
            place.pointer.truncate(length);
        }
        Ok(Value::Array(masked))
    }

    /// Members of a list that are a value together, from which to which.
    fn together(&self, members: &[Value]) -> Result<Vec<(usize, usize, Span)>, ScanError> {
        let Some(texts) = members.iter().map(scalar).collect::<Option<Vec<_>>>() else {
            return Ok(Vec::new());
        };
        if texts.len() < LIST_MIN {
            return Ok(Vec::new());
        }
        let mut begins = Vec::with_capacity(texts.len());
        let mut at = 0;
        for text in &texts {
            begins.push(at);
            at += text.chars().count() + 1;
        }
        let scan = self.detector.scan(&texts.join(" "), &mut Memory::new())?;
        let member = |point: usize| {
            begins
                .partition_point(|begin| *begin <= point)
                .saturating_sub(1)
        };
        Ok(scan
            .spans
            .into_iter()
            .filter(|span| span.action > Action::Allow)
            .map(|span| (member(span.start), member(span.end.saturating_sub(1)), span))
            .filter(|(first, last, _)| last > first)
            .collect())
    }

    /// A text that is private as a whole.
    fn whole(&mut self, text: &str, place: &Place, span: Span) -> Result<String, ScanError> {
        self.spans.push(JsonSpan {
            pointer: place.pointer.clone(),
            in_key: false,
            span: Span {
                start: 0,
                end: text.chars().count(),
                ..span
            },
        });
        match span.action {
            Action::Block => Ok(format!("[{}]", span.kind.label())),
            Action::Allow | Action::Mask => self.memory.token(span.kind, text),
        }
    }

    fn text(&mut self, text: &str, place: &Place, in_key: bool) -> Result<String, ScanError> {
        let key = if in_key { None } else { place.keys.last() };
        let named = key.is_some_and(|key| secret::is_named(key, text));
        let context = match (in_key, &place.keys[..]) {
            (true, _) | (_, []) => String::new(),
            (false, [only]) => format!("{only}: "),
            (false, [.., above, last]) => format!("{above} {last}: "),
        };
        let scan: Scan = self
            .detector
            .scan_in_context(&context, text, named, self.memory)?;
        self.spans
            .extend(scan.spans.into_iter().map(|span| JsonSpan {
                pointer: place.pointer.clone(),
                in_key,
                span,
            }));
        Ok(scan.masked)
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `dateOfBirth` and `date_of_birth` as words.
fn as_words(key: &str) -> String {
    let mut words = String::with_capacity(key.len() + 4);
    let mut small = false;
    for letter in key.chars() {
        match letter {
            '_' | '-' | '.' => words.push(' '),
            large if large.is_uppercase() && small => {
                words.push(' ');
                words.extend(large.to_lowercase());
            }
            other => words.extend(other.to_lowercase()),
        }
        small = letter.is_lowercase();
    }
    words
}
