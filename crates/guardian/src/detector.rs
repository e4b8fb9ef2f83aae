//! The detector: finds what is private in a text.

use crate::error::ScanError;
use crate::finding::Scan;
use crate::kind::{Kind, Policy};
use crate::lexicon::Lexicon;
use crate::limits::TEXT_BYTES_MAX;
use crate::memory::Memory;
use crate::own::OwnWords;
use crate::scan::{Text, Walk};
use crate::window::Found;

/// Finds what is private. The same text, policy and memory always give the same result.
#[derive(Debug, Default)]
pub struct Detector {
    policy: Policy,
    own: OwnWords,
}

impl Detector {
    /// A detector with a policy and the person's own words.
    #[must_use]
    pub fn new(policy: Policy, own: OwnWords) -> Self {
        Self { policy, own }
    }

    /// What is done about which kind.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn own(&self) -> &Lexicon {
        self.own.lexicon()
    }

    /// Scans a whole text. What is found is remembered, and found everywhere from then on.
    ///
    /// # Errors
    /// A bound of [`crate::limits`] was exceeded: the text counts as private as a whole.
    pub fn scan(&self, text: &str, memory: &mut Memory) -> Result<Scan, ScanError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(ScanError::TextTooLong {
                max: TEXT_BYTES_MAX,
            });
        }
        let mut scan = Scan {
            masked: String::with_capacity(text.len()),
            ..Scan::default()
        };
        let whole = Text {
            text,
            base: 0,
            ended: true,
        };
        Walk::default().advance(self, memory, whole, &mut scan)?;
        Ok(scan)
    }

    /// Scans a text that words stand in front of which only explain it. With `secret` the whole text is
    /// one.
    pub(crate) fn scan_in_context(
        &self,
        context: &str,
        text: &str,
        secret: bool,
        memory: &mut Memory,
    ) -> Result<Scan, ScanError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(ScanError::TextTooLong {
                max: TEXT_BYTES_MAX,
            });
        }
        let whole = format!("{context}{text}");
        let mut walk = Walk::behind(context.len());
        if secret && !text.is_empty() {
            walk.expect(Found {
                start: context.len(),
                end: whole.len(),
                kind: Kind::Password,
                rule: "named_secret",
                score: 85,
            });
        }
        let mut scan = Scan::default();
        let whole = Text {
            text: &whole,
            base: 0,
            ended: true,
        };
        walk.advance(self, memory, whole, &mut scan)?;
        Ok(scan)
    }

    /// Scans a text that comes in pieces.
    pub fn stream<'a>(&'a self, memory: &'a mut Memory) -> Stream<'a> {
        Stream {
            detector: self,
            memory,
            walk: Walk::default(),
            held: String::new(),
            base: 0,
            try_at: 0,
            failed: false,
        }
    }
}

/// A scan of a text that comes in pieces. All its results put together are those of [`Detector::scan`],
/// however the text was cut.
///
/// It holds back what is not decided yet, usually about 600 bytes and never more than
/// [`crate::limits::HOLDBACK_BYTES_MAX`] beside the piece that was just given.
#[derive(Debug)]
pub struct Stream<'a> {
    detector: &'a Detector,
    memory: &'a mut Memory,
    walk: Walk,
    held: String,
    /// Where the held text begins in the whole one.
    base: usize,
    /// From which length of the held text on it is worth to look again.
    try_at: usize,
    failed: bool,
}

/// Bytes that are held from which on a stream looks again only when an eighth has come in addition:
/// else a key block that comes letter by letter would be looked at anew for each letter.
const PATIENT_BYTES: usize = 2048;

impl Stream<'_> {
    /// Takes the next piece and gives what is decided now: spans count from the begin of the whole text.
    ///
    /// # Errors
    /// As [`Detector::scan`]; after an error the stream gives errors only.
    pub fn push(&mut self, piece: &str) -> Result<Scan, ScanError> {
        self.held.push_str(piece);
        if self.held.len() < self.try_at {
            return Ok(Scan::default());
        }
        self.advance(false)
    }

    /// Ends the text and gives what is left.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(mut self) -> Result<Scan, ScanError> {
        self.advance(true)
    }

    /// Bytes that are held back at the moment.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.held.len()
    }

    fn advance(&mut self, ended: bool) -> Result<Scan, ScanError> {
        if self.failed {
            return Err(ScanError::FailedBefore);
        }
        if self.base + self.held.len() > TEXT_BYTES_MAX {
            self.failed = true;
            return Err(ScanError::TextTooLong {
                max: TEXT_BYTES_MAX,
            });
        }
        let mut scan = Scan::default();
        let text = Text {
            text: &self.held,
            base: self.base,
            ended,
        };
        let outcome = self
            .walk
            .advance(self.detector, self.memory, text, &mut scan);
        self.failed = outcome.is_err();
        outcome?;
        let needless = self
            .held
            .floor_char_boundary(self.walk.needed_from() - self.base);
        self.held.drain(..needless);
        self.base += needless;
        self.try_at = match self.held.len() {
            few @ 0..PATIENT_BYTES => few,
            many => many + many / 8,
        };
        Ok(scan)
    }
}
