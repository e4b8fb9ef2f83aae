//! What one scan session remembers: values that were found, and the tokens that stand for them.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::error::ScanError;
use crate::kind::Kind;
use crate::lexicon::{Lexicon, bones};
use crate::limits::REMEMBERED_MAX;

/// Letters of a remembered value at least: shorter ones would be found everywhere.
const LETTERS_MIN: usize = 4;

/// Digits of a remembered number at least.
const DIGITS_MIN: usize = 6;

/// Characters of the longest token, with its brackets.
const TOKEN_MAX: usize = 34;

/// What one scan session remembers. The caller owns it and drops it with the session: it holds what
/// must not leave, so it is neither written nor printed.
///
/// A value that was found once is found everywhere later, also where nothing tells what it is. The
/// same value gets the same token for as long as the session goes on.
#[derive(Default)]
pub struct Memory {
    seen: Lexicon,
    values: BTreeMap<String, Zeroizing<String>>,
    tokens: BTreeMap<(Kind, String), String>,
    counts: BTreeMap<Kind, usize>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Memory({} values)", self.values.len())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        for ((_, mut value), _) in std::mem::take(&mut self.tokens) {
            value.zeroize();
        }
    }
}

impl Memory {
    /// An empty memory, for a new session.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether no token stands for a value: there is nothing to put back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Remembers a value that is known to be private, so that it is found everywhere from now on.
    ///
    /// # Errors
    /// The session remembers as many values as it may.
    pub fn remember(&mut self, value: &str, kind: Kind) -> Result<(), ScanError> {
        let (letters, _) = bones(value);
        let digits = letters.iter().all(|letter| letter.is_numeric());
        let least = if digits { DIGITS_MIN } else { LETTERS_MIN };
        if letters.len() < least {
            return Ok(());
        }
        self.seen.add(value, kind, "seen_before");
        if kind == Kind::Person
            && let Some(last) = value
                .split_whitespace()
                .last()
                .filter(|last| *last != value)
            && last.chars().count() >= LETTERS_MIN
        {
            self.seen.add(last, kind, "seen_before");
        }
        if self.seen.len() > REMEMBERED_MAX {
            return Err(ScanError::TooManyValues {
                max: REMEMBERED_MAX,
            });
        }
        Ok(())
    }

    /// The token that stands for a value.
    pub(crate) fn token(&mut self, kind: Kind, value: &str) -> Result<String, ScanError> {
        let key = (kind, value.to_owned());
        if let Some(token) = self.tokens.get(&key) {
            return Ok(token.clone());
        }
        if self.values.len() >= REMEMBERED_MAX {
            return Err(ScanError::TooManyValues {
                max: REMEMBERED_MAX,
            });
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let token = format!("[{}_{count}]", kind.label());
        self.values
            .insert(token.clone(), Zeroizing::new(value.to_owned()));
        self.tokens.insert(key, token.clone());
        Ok(token)
    }

    pub(crate) fn seen(&self) -> &Lexicon {
        &self.seen
    }

    /// Puts the values back in place of their tokens. Tokens of no value stay as they are.
    #[must_use]
    pub fn restore(&self, masked: &str) -> String {
        self.restored(masked, false)
    }

    /// [`Self::restore`] where the tokens stand within texts of JSON, so that it stays JSON.
    #[must_use]
    pub fn restore_in_json(&self, masked: &str) -> String {
        self.restored(masked, true)
    }

    fn restored(&self, masked: &str, in_json: bool) -> String {
        let mut restored = String::with_capacity(masked.len());
        let mut rest = masked;
        while let Some(open) = rest.find('[') {
            restored.push_str(&rest[..open]);
            rest = &rest[open..];
            let token = rest.find(']').map(|close| &rest[..=close]);
            match token.and_then(|token| self.values.get(token).map(|value| (token, value))) {
                Some((token, value)) if in_json => {
                    let quoted =
                        Zeroizing::new(serde_json::Value::from(value.as_str()).to_string());
                    restored.push_str(quoted.trim_matches('"'));
                    rest = &rest[token.len()..];
                }
                Some((token, value)) => {
                    restored.push_str(value);
                    rest = &rest[token.len()..];
                }
                None => {
                    restored.push('[');
                    rest = &rest[1..];
                }
            }
        }
        restored.push_str(rest);
        restored
    }

    /// [`Self::restore`] for an answer that comes in pieces.
    #[must_use]
    pub fn restorer(&self) -> Restorer<'_> {
        Restorer {
            memory: self,
            held: String::new(),
            in_json: false,
        }
    }

    /// [`Self::restore_in_json`] for an answer that comes in pieces.
    #[must_use]
    pub fn restorer_in_json(&self) -> Restorer<'_> {
        Restorer {
            in_json: true,
            ..self.restorer()
        }
    }
}

/// Puts values back into an answer that comes in pieces. Holds back less than the longest token.
#[derive(Debug)]
pub struct Restorer<'m> {
    memory: &'m Memory,
    held: String,
    in_json: bool,
}

impl Restorer<'_> {
    /// Takes the next piece, and gives what can be shown.
    pub fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        let cut = match self.held.rfind('[') {
            Some(open)
                if !self.held[open..].contains(']') && self.held.len() - open < TOKEN_MAX =>
            {
                open
            }
            _ => self.held.len(),
        };
        let rest = self.held.split_off(cut);
        let shown = self.memory.restored(&self.held, self.in_json);
        self.held = rest;
        shown
    }

    /// Gives what is left.
    #[must_use]
    pub fn finish(self) -> String {
        self.memory.restored(&self.held, self.in_json)
    }
}
