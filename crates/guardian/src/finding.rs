//! What a scan tells: spans, the findings behind them, and the masked text.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::kind::{Action, Kind};

/// A part of a text and what is done about it. Spans do not overlap and come in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Span {
    /// Where it begins, in Unicode code points.
    pub start: usize,
    /// Where it ends, in Unicode code points.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
    /// What is done about it.
    pub action: Action,
    /// The rule that decided.
    pub rule: &'static str,
    pub(crate) score: u8,
}

/// What one rule found. Findings of different rules may overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Where it begins, in Unicode code points.
    pub start: usize,
    /// Where it ends, in Unicode code points.
    pub end: usize,
    /// What the rule takes it for.
    pub kind: Kind,
    /// What that kind calls for.
    pub action: Action,
    /// The rule.
    pub rule: &'static str,
    pub(crate) score: u8,
}

impl Span {
    /// How sure the rule is, from 0 to 1.
    #[must_use]
    pub fn score(&self) -> f64 {
        f64::from(self.score) / 100.0
    }
}

impl Finding {
    /// How sure the rule is, from 0 to 1.
    #[must_use]
    pub fn score(&self) -> f64 {
        f64::from(self.score) / 100.0
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Span", 5)?;
        out.serialize_field("start", &self.start)?;
        out.serialize_field("end", &self.end)?;
        out.serialize_field("kind", &self.kind)?;
        out.serialize_field("action", &self.action)?;
        out.serialize_field("score", &self.score())?;
        out.end()
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Finding", 6)?;
        out.serialize_field("start", &self.start)?;
        out.serialize_field("end", &self.end)?;
        out.serialize_field("kind", &self.kind)?;
        out.serialize_field("action", &self.action)?;
        out.serialize_field("score", &self.score())?;
        out.serialize_field("rule", self.rule)?;
        out.end()
    }
}

/// What a scan of a text, or of a piece of one, tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Scan {
    /// What is done about which part.
    pub spans: Vec<Span>,
    /// The text with tokens in place of values. Where something is blocked, a word in brackets stands for
    /// it that nothing turns back; such a text does not leave.
    pub masked: String,
    /// What each rule found.
    #[serde(skip)]
    pub findings: Vec<Finding>,
}

impl Scan {
    /// The strongest action of all spans; nothing where nothing was found.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        self.spans.iter().map(|span| span.action).max()
    }

    /// The kinds that were found, each once, the most harmful first.
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self.spans.iter().map(|span| span.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}
