//! Takes calls of tools out of what a model writes, piece by piece.

use serde_json::Value;
use wire::engine::{CALL_BEGINS, CALL_ENDS};

/// The name of the field behind which the arguments stand.
const ARGUMENTS: &str = "\"arguments\"";

/// Something that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bit {
    /// Some text.
    Text(String),
    /// A call of the tool of this name begins.
    CallBegins(String),
    /// Some more of the call's arguments, as JSON text.
    Arguments(String),
    /// The call is whole.
    CallEnds,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Place {
    /// In text, with what may be the beginning of a mark held back.
    #[default]
    Text,
    /// Behind the mark of a call, before its arguments.
    Head,
    /// In the arguments.
    Arguments(Brackets),
    /// Behind the arguments, before the end of the call.
    Tail,
}

/// How deep in a JSON value one is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Brackets {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

/// Reads one answer.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    place: Place,
    held: String,
    has_called: bool,
}

impl Reader {
    /// Takes in some more.
    pub fn push(&mut self, piece: &str) -> Vec<Bit> {
        self.held.push_str(piece);
        let mut bits = Vec::new();
        while self.step(&mut bits) {}
        bits
    }

    /// The answer has ended: what was held back is text. Whether no call was left half.
    pub fn end(&mut self) -> (Vec<Bit>, bool) {
        let held = std::mem::take(&mut self.held);
        match std::mem::take(&mut self.place) {
            Place::Text if held.is_empty() => (Vec::new(), true),
            // Space behind a call says as little as space before it.
            Place::Text if self.has_called && held.trim().is_empty() => (Vec::new(), true),
            Place::Text => (vec![Bit::Text(held)], true),
            Place::Tail => (Vec::new(), true),
            Place::Head | Place::Arguments(_) => (Vec::new(), false),
        }
    }

    /// Goes one place further, if what is held is enough for that.
    fn step(&mut self, bits: &mut Vec<Bit>) -> bool {
        match &mut self.place {
            Place::Text => self.step_in_text(bits),
            Place::Head => match head(&self.held) {
                Some((name, length)) => {
                    self.held.drain(..length);
                    self.place = Place::Arguments(Brackets::default());
                    bits.push(Bit::CallBegins(name));
                    true
                }
                None => false,
            },
            Place::Arguments(brackets) => {
                let end = brackets.end_in(&self.held);
                let more: String = self.held.drain(..end.unwrap_or(self.held.len())).collect();
                if !more.is_empty() {
                    bits.push(Bit::Arguments(more));
                }
                if end.is_some() {
                    bits.push(Bit::CallEnds);
                    self.place = Place::Tail;
                }
                end.is_some()
            }
            Place::Tail => match self.held.find(CALL_ENDS) {
                Some(at) => {
                    self.held.drain(..at + CALL_ENDS.len());
                    self.place = Place::Text;
                    self.has_called = true;
                    true
                }
                None => false,
            },
        }
    }

    fn step_in_text(&mut self, bits: &mut Vec<Bit>) -> bool {
        let found = self.held.find(CALL_BEGINS);
        let text = match found {
            // Space before a call says nothing.
            Some(at) => self.held[..at].trim_end().to_owned(),
            None => self.held[..self.held.len() - unsure(&self.held)].to_owned(),
        };
        let read = found.map_or(text.len(), |at| at + CALL_BEGINS.len());
        self.held.drain(..read);
        if !text.is_empty() {
            bits.push(Bit::Text(text));
        }
        if found.is_some() {
            self.place = Place::Head;
        }
        found.is_some()
    }
}

impl Brackets {
    /// Where the value ends, if it does in this text. What is no end is remembered for the next text.
    fn end_in(&mut self, text: &str) -> Option<usize> {
        text.char_indices().find_map(|(at, letter)| {
            match letter {
                _ if self.escaped => self.escaped = false,
                '\\' if self.in_text => self.escaped = true,
                '"' => self.in_text = !self.in_text,
                '{' | '[' if !self.in_text => self.depth += 1,
                '}' | ']' if !self.in_text => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            let ended = self.depth == 0 && !self.in_text;
            ended.then(|| at + letter.len_utf8())
        })
    }
}

/// How many bytes at the end may belong to what stands before a mark: space, or a part of the mark.
fn unsure(text: &str) -> usize {
    let part = (1..CALL_BEGINS.len())
        .rev()
        .find(|count| text.ends_with(&CALL_BEGINS[..*count]))
        .unwrap_or(0);
    let before = &text[..text.len() - part];
    part + before.len() - before.trim_end().len()
}

/// The name of the called tool, and the length of what stands before its arguments.
fn head(text: &str) -> Option<(String, usize)> {
    text.match_indices(ARGUMENTS).find_map(|(at, _)| {
        let behind = &text[at + ARGUMENTS.len()..];
        let value = behind.trim_start().strip_prefix(':')?.trim_start();
        // The value has to have begun, so that no space of ours becomes a part of it.
        value.chars().next()?;
        let fields = format!("{}{ARGUMENTS}:null}}", &text[..at]);
        let fields: Value = serde_json::from_str(&fields).ok()?;
        let name = fields.get("name")?.as_str()?.to_owned();
        Some((name, text.len() - value.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&str]) -> (String, Vec<(String, String, bool)>, bool) {
        let mut reader = Reader::default();
        let mut bits: Vec<Bit> = pieces.iter().flat_map(|piece| reader.push(piece)).collect();
        let (rest, whole) = reader.end();
        bits.extend(rest);
        let (mut text, mut calls) = (String::new(), Vec::<(String, String, bool)>::new());
        for bit in bits {
            match bit {
                Bit::Text(more) => text.push_str(&more),
                Bit::CallBegins(name) => calls.push((name, String::new(), false)),
                Bit::Arguments(more) => calls.last_mut().expect("a call").1.push_str(&more),
                Bit::CallEnds => calls.last_mut().expect("a call").2 = true,
            }
        }
        (text, calls, whole)
    }

    #[test]
    fn space_behind_the_last_call_is_no_text() {
        let call = "<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>";
        assert_eq!(read(&[call, "\n", "\n"]).0, "");
        assert_eq!(read(&[call, "\nDone."]).0, "\nDone.");
    }

    #[test]
    fn calls_are_found_however_the_pieces_fall() {
        let answer = "Let me look. \n<tool_call>\n{\"name\": \"arguments\", \"arguments\": \
                      {\"a\": \"}\\\"<tool_call>é\", \"b\": [1, {}]}}\n</tool_call>\n\
                      <tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>";
        let expected = (
            "Let me look.".to_owned(),
            vec![
                (
                    "arguments".to_owned(),
                    "{\"a\": \"}\\\"<tool_call>é\", \"b\": [1, {}]}".to_owned(),
                    true,
                ),
                ("g".to_owned(), "{}".to_owned(), true),
            ],
            true,
        );
        let letters: Vec<String> = answer.chars().map(String::from).collect();
        for size in [1, 2, 3, 7, 11, 1_000] {
            let pieces: Vec<String> = letters.chunks(size).map(<[String]>::concat).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            assert_eq!(read(&pieces), expected, "in pieces of {size}");
        }
    }

    #[test]
    fn text_that_only_looks_like_a_mark_comes_through_unchanged() {
        for text in ["a < b", "<tool", "<<tool_cal x", "x <tool_calls> ", " \n"] {
            assert_eq!(read(&[text]), (text.to_owned(), vec![], true), "{text:?}");
        }
    }

    #[test]
    fn half_a_call_is_told_as_such() {
        let (text, calls, whole) = read(&["<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": "]);
        assert_eq!((text.as_str(), whole), ("", false));
        assert_eq!(calls, [("f".to_owned(), "{\"a\": ".to_owned(), false)]);
    }

    #[test]
    fn arguments_come_as_soon_as_they_are_written() {
        let mut reader = Reader::default();
        reader.push("<tool_call>{\"name\": \"f\", \"arguments\": {");
        assert_eq!(reader.push("\"a\": 1"), [Bit::Arguments("\"a\": 1".into())]);
    }
}
