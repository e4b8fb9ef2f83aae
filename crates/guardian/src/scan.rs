//! The walk over a text: unit by unit, the same for a whole text and for one that comes in pieces.
//!
//! A unit and the window around it end where the text says so, never where a piece happened to end. What
//! a unit holds is decided only when its whole window is there. That is why a stream finds what a whole
//! text has, however it is cut.

use std::sync::LazyLock;

use crate::detector::Detector;
use crate::disguise::Disguises;
use crate::error::ScanError;
use crate::finding::{Finding, Scan, Span};
use crate::inspect::{self, Inspector};
use crate::kind::{Action, Kind};
use crate::limits::{CONTEXT_BYTES, LOOKAHEAD_BYTES, LOOKBACK_BYTES, RUN_BYTES_MAX, UNIT_BYTES};
use crate::memory::Memory;
use crate::survey::Survey;
use crate::window::{Found, Window};

/// What a key block begins with.
static DASHES: LazyLock<memchr::memmem::Finder<'static>> =
    LazyLock::new(|| memchr::memmem::Finder::new("-----"));

/// Bytes that are searched for [`DASHES`] at once: more than a unit, since most texts have none.
const DASHES_AHEAD: usize = 4096;

/// Bytes that are decided from which on they are given out, where nothing was found. Copying and
/// counting many is quicker than few; these stay near the processor.
const RELEASE_BYTES: usize = 4096;

/// How far a walk has come. Places are bytes from the begin of the whole text.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Everything in front of this is decided.
    frontier: usize,
    /// Everything in front of this is given out.
    released: usize,
    /// [`Self::released`], in code points.
    released_points: usize,
    /// What was found and is not yet given out.
    pending: Vec<Found>,
    survey: Survey,
    disguises: Disguises,
    /// No key block begins between the frontier and this.
    dashless_to: usize,
    /// Nothing is found in front of this: it only explains what follows.
    begin: usize,
}

/// The part of the text that is at hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) text: &'a str,
    /// Where it begins in the whole text.
    pub(crate) base: usize,
    /// Whether nothing follows.
    pub(crate) ended: bool,
}

/// Whether a unit may end in front of this byte: at a blank, or at a letter of a script without blanks.
fn divides(byte: u8) -> bool {
    byte.is_ascii_whitespace() || (0xe3..=0xed).contains(&byte)
}

impl Text<'_> {
    /// The first place from `from` on where a unit may end; nothing while it is not there yet.
    fn division(&self, from: usize) -> Result<Option<usize>, ScanError> {
        let bytes = self.text.as_bytes();
        let last = bytes.len().min(from.saturating_add(RUN_BYTES_MAX));
        let found = bytes
            .get(from..last)
            .and_then(|run| run.iter().position(|byte| divides(*byte)));
        match found {
            Some(place) => Ok(Some(from + place)),
            None if bytes.len() > from.saturating_add(RUN_BYTES_MAX) => {
                Err(ScanError::RunTooLong { max: RUN_BYTES_MAX })
            }
            None => Ok(self.ended.then_some(bytes.len())),
        }
    }
}

impl Walk {
    /// A walk over a text that begins with words that only explain it.
    pub(crate) fn behind(context: usize) -> Self {
        Self {
            frontier: context,
            released: context,
            begin: context,
            ..Self::default()
        }
    }

    /// Adds what the caller knows about the text.
    pub(crate) fn expect(&mut self, found: Found) {
        self.pending.push(found);
    }

    /// Up to where the caller must keep the text: the begin of what is needed still.
    pub(crate) fn needed_from(&self) -> usize {
        self.released.min(
            self.frontier
                .saturating_sub(CONTEXT_BYTES + LOOKBACK_BYTES + 4),
        )
    }

    /// Goes as far as the text at hand allows.
    pub(crate) fn advance(
        &mut self,
        detector: &Detector,
        memory: &mut Memory,
        text: Text<'_>,
        out: &mut Scan,
    ) -> Result<(), ScanError> {
        let mut survey = std::mem::take(&mut self.survey);
        let outcome = self.units(detector, memory, text, &mut survey, out);
        self.survey = survey;
        outcome?;
        let settled = if text.ended {
            text.base + text.text.len()
        } else {
            self.settled(text)
        };
        self.release(detector, memory, text, settled, out)
    }

    /// Up to where nothing can change any more.
    fn settled(&self, text: Text<'_>) -> usize {
        let decided = self.frontier - text.base;
        text.base
            + text
                .text
                .floor_char_boundary(decided.saturating_sub(LOOKBACK_BYTES))
    }

    /// Whether the unit may have the begin of a key block in it.
    fn has_dashes(&mut self, text: Text<'_>, from: usize, to: usize) -> bool {
        if text.base + to <= self.dashless_to {
            return false;
        }
        let bytes = text.text.as_bytes();
        let ahead = to.max(from + DASHES_AHEAD).min(bytes.len());
        if DASHES.find(&bytes[from..ahead]).is_none() {
            self.dashless_to = text.base + ahead;
            return false;
        }
        DASHES.find(&bytes[from..to]).is_some()
    }

    fn units(
        &mut self,
        detector: &Detector,
        memory: &mut Memory,
        text: Text<'_>,
        survey: &mut Survey,
        out: &mut Scan,
    ) -> Result<(), ScanError> {
        let bytes = text.text.as_bytes();
        loop {
            let from = self.frontier - text.base;
            if from >= bytes.len() {
                return Ok(());
            }
            if from + UNIT_BYTES > bytes.len() && !text.ended {
                return Ok(());
            }
            let Some(to) = text.division((from + UNIT_BYTES).min(bytes.len()))? else {
                return Ok(());
            };
            let known = [detector.own(), memory.seen()];
            survey.take(bytes, from, to, known);
            let key_block = self.has_dashes(text, from, to);
            let disguised = self.disguises.any(text.text, text.base, from, to);
            let mut further = to;
            if !survey.is_empty() || key_block || disguised {
                let behind = (to + LOOKAHEAD_BYTES).min(bytes.len());
                if to + LOOKAHEAD_BYTES > bytes.len() && !text.ended {
                    return Ok(());
                }
                let Some(end) = text.division(text.text.floor_char_boundary(behind))? else {
                    return Ok(());
                };
                let mut found = Vec::new();
                if key_block {
                    match key_blocks(text, from, to)? {
                        Some(blocks) => found = blocks,
                        None => return Ok(()),
                    }
                }
                let begin = text
                    .text
                    .floor_char_boundary(from.saturating_sub(CONTEXT_BYTES));
                self.disguises.forget_before(text.base + begin);
                let disguised = self.disguises.any(text.text, text.base, begin, end);
                let inspector = Inspector { known, depth: 0 };
                let window = Window {
                    text: &text.text[begin..end],
                    from: from - begin,
                    to: to - begin,
                };
                let mut inside = Vec::new();
                for run in &mut survey.runs {
                    run.start -= begin;
                    run.end -= begin;
                }
                inspector.look(&window, disguised, Some(survey), &mut inside)?;
                let count = memory.seen().len();
                remember(detector, memory, window, &inside)?;
                if memory.seen().len() > count {
                    // What was learned here may stand here once more, where nothing tells what it is.
                    inspect::look_known(memory.seen(), &window, disguised, &mut inside);
                }
                found.extend(inside.into_iter().map(|found| Found {
                    start: found.start + begin,
                    end: found.end + begin,
                    ..found
                }));
                further = self.take(detector, text, from, to, found);
            }
            self.frontier = text.base + further;
            if !self.pending.is_empty()
                || self.frontier >= self.released + LOOKBACK_BYTES + RELEASE_BYTES
            {
                let settled = self.settled(text);
                self.release(detector, memory, text, settled, out)?;
            }
        }
    }

    /// Takes what was found in a unit, and says where the next one begins.
    fn take(
        &mut self,
        detector: &Detector,
        text: Text<'_>,
        from: usize,
        to: usize,
        mut found: Vec<Found>,
    ) -> usize {
        let earliest = text
            .text
            .floor_char_boundary(from.saturating_sub(LOOKBACK_BYTES));
        let earliest = earliest.max(self.begin.saturating_sub(text.base));
        found.retain(|found| found.start < to && found.end > earliest);
        found.sort_by_key(|found| (found.start, found.kind, found.end, found.rule));
        let mut further = to;
        for mut found in found {
            found.start = found.start.max(earliest);
            let action = detector.policy().action(found.kind);
            if action > Action::Allow {
                further = further.max(found.end);
            }
            found.start += text.base;
            found.end += text.base;
            self.pending.push(found);
        }
        further
    }

    /// Gives out what can no longer change: everything in front of `settled`.
    fn release(
        &mut self,
        detector: &Detector,
        memory: &mut Memory,
        text: Text<'_>,
        settled: usize,
        out: &mut Scan,
    ) -> Result<(), ScanError> {
        self.pending
            .sort_by_key(|found| (found.start, found.kind, found.end, found.rule));
        while let Some(first) = self.pending.first() {
            let (start, mut end, mut count) = (first.start, first.end, 0);
            while let Some(found) = self
                .pending
                .get(count)
                .filter(|found| found.start < end || count == 0)
            {
                end = end.max(found.end);
                count += 1;
            }
            if end > settled {
                self.plain_up_to(text, settled.min(start), out);
                return Ok(());
            }
            self.plain_up_to(text, start.max(self.released), out);
            let cluster: Vec<Found> = self.pending.drain(..count).collect();
            self.give(detector, memory, text, (start, end), &cluster, out)?;
        }
        self.plain_up_to(text, settled, out);
        Ok(())
    }

    fn plain_up_to(&mut self, text: Text<'_>, to: usize, out: &mut Scan) {
        if to > self.released {
            let plain = &text.text[self.released - text.base..to - text.base];
            out.masked.push_str(plain);
            self.released = to;
            self.released_points += points(plain);
        }
    }

    /// Gives out findings that overlap as one span: the strongest action, then the most harmful kind.
    fn give(
        &mut self,
        detector: &Detector,
        memory: &mut Memory,
        text: Text<'_>,
        (start, end): (usize, usize),
        cluster: &[Found],
        out: &mut Scan,
    ) -> Result<(), ScanError> {
        let value = &text.text[start - text.base..end - text.base];
        let begin = self.released_points;
        let action = |found: &Found| detector.policy().action(found.kind);
        let leading = cluster.iter().max_by_key(|found| {
            (
                action(found),
                found.end - found.start,
                std::cmp::Reverse(found.kind),
                found.score,
            )
        });
        let Some(leading) = leading.copied() else {
            return Ok(());
        };
        let span = Span {
            start: begin,
            end: begin + points(value),
            kind: leading.kind,
            action: action(&leading),
            score: cluster
                .iter()
                .filter(|found| found.kind == leading.kind)
                .map(|found| found.score)
                .max()
                .unwrap_or(leading.score),
            rule: leading.rule,
        };
        for found in cluster {
            let place = begin + points(&text.text[start - text.base..found.start - text.base]);
            out.findings.push(Finding {
                start: place,
                end: place + points(&text.text[found.start - text.base..found.end - text.base]),
                kind: found.kind,
                action: action(found),
                score: found.score,
                rule: found.rule,
            });
        }
        match span.action {
            Action::Allow => out.masked.push_str(value),
            Action::Mask => out.masked.push_str(&memory.token(span.kind, value)?),
            Action::Block => {
                out.masked.push('[');
                out.masked.push_str(span.kind.label());
                out.masked.push(']');
            }
        }
        out.spans.push(span);
        self.released = end;
        self.released_points = span.end;
        Ok(())
    }
}

/// Remembers what was found and does not stay as it is.
fn remember(
    detector: &Detector,
    memory: &mut Memory,
    window: Window<'_>,
    found: &[Found],
) -> Result<(), ScanError> {
    for found in found {
        let known = found.kind == Kind::TokenLookalike || found.rule == "seen_before";
        if !known && found.start < window.to && detector.policy().action(found.kind) > Action::Allow
        {
            memory.remember(&window.text[found.start..found.end], found.kind)?;
        }
    }
    Ok(())
}

fn points(text: &str) -> usize {
    text.chars().count()
}

/// Blocks of the form `-----BEGIN … -----END …-----` that begin in the unit; nothing while an end may
/// still come.
fn key_blocks(text: Text<'_>, from: usize, to: usize) -> Result<Option<Vec<Found>>, ScanError> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    const END: &[u8] = b"-----END ";
    // The mark may lie across the end of the unit.
    let bytes = text.text.as_bytes();
    if bytes.len() < to + BEGIN.len() && !text.ended {
        return Ok(None);
    }
    let last = (to + BEGIN.len() - 1).min(bytes.len());
    let mut found = Vec::new();
    for begin in memchr::memmem::find_iter(&bytes[from..last], BEGIN).map(|at| from + at) {
        let rest = &bytes[begin..];
        let within = &rest[..rest.len().min(RUN_BYTES_MAX)];
        let end = match memchr::memmem::find(within, END) {
            Some(end) => {
                let behind = &within[end + END.len()..];
                match memchr::memmem::find(behind, b"-----") {
                    Some(close) => begin + end + END.len() + close + 5,
                    None if rest.len() >= RUN_BYTES_MAX => {
                        return Err(ScanError::KeyBlockTooLong { max: RUN_BYTES_MAX });
                    }
                    None if text.ended => bytes.len(),
                    None => return Ok(None),
                }
            }
            None if rest.len() >= RUN_BYTES_MAX => {
                return Err(ScanError::KeyBlockTooLong { max: RUN_BYTES_MAX });
            }
            // A block that was cut off is as secret as a whole one.
            None if text.ended => bytes.len(),
            None => return Ok(None),
        };
        found.push(Found {
            start: begin,
            end,
            kind: Kind::PrivateKey,
            rule: "pem",
            score: 99,
        });
    }
    Ok(Some(found))
}
