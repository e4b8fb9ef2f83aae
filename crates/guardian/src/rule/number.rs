//! Numbers: where one begins and which groups of digits may belong to it.

use crate::kind::Kind;
use crate::rule::{address, card, date, ids, net, phone, place};
use crate::window::{Found, Window};

/// Groups of digits of one number. A French phone number has six with its country code.
const GROUPS_MAX: usize = 9;

/// Digits of one number that any rule reads: the longest card has 19, CURP-like numbers have letters.
pub(crate) const DIGITS_MAX: usize = 24;

/// Characters between two groups of one number.
const GAP_MAX: usize = 3;

/// Digits with what divides them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Number {
    /// Where each group begins and ends.
    pub(crate) groups: Vec<(usize, usize)>,
}

/// The first groups of a number, as one candidate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) window: Window<'a>,
    pub(crate) groups: &'a [(usize, usize)],
    /// All digits in a row.
    pub(crate) digits: &'a [u8],
}

impl<'a> Candidate<'a> {
    pub(crate) fn start(&self) -> usize {
        self.groups[0].0
    }

    pub(crate) fn end(&self) -> usize {
        self.groups[self.groups.len() - 1].1
    }

    /// Whether the groups have these lengths.
    pub(crate) fn shaped(&self, lengths: &[usize]) -> bool {
        self.groups.len() == lengths.len()
            && self
                .groups
                .iter()
                .zip(lengths)
                .all(|((start, end), length)| end - start == *length)
    }

    /// What stands between a group and the next.
    pub(crate) fn gap(&self, group: usize) -> &'a str {
        &self.window.text[self.groups[group].1..self.groups[group + 1].0]
    }

    /// Whether all gaps are this one.
    pub(crate) fn gaps_are(&self, gap: &str) -> bool {
        (0..self.groups.len() - 1).all(|group| self.gap(group) == gap)
    }

    /// The gap that stands everywhere, if it is the same everywhere; nothing for one group.
    pub(crate) fn even_gap(&self) -> Option<&'a str> {
        if self.groups.len() == 1 {
            return Some("");
        }
        let gap = self.gap(0);
        self.gaps_are(gap).then_some(gap)
    }

    /// Whether the number stands alone: no letters, digits, decimal points or hyphenated words at it.
    pub(crate) fn alone(&self) -> bool {
        self.alone_from(self.start())
    }

    /// [`Self::alone`] where the number begins earlier, with a plus or a bracket.
    pub(crate) fn alone_from(&self, start: usize) -> bool {
        let (window, end) = (self.window, self.end());
        let before = window.byte_before(start);
        let further = window.byte_before(start.saturating_sub(1));
        let left = !crate::window::is_word(before)
            && before != b'_'
            && !(matches!(before, b'.' | b',' | b'-' | b'/' | b'#' | b'$')
                && (crate::window::is_word(further) || matches!(before, b'#' | b'$')))
            && !(before == b' ' && further.is_ascii_digit() && self.start() == start);
        let (after, further) = (window.byte(end), window.byte(end + 1));
        let right = !crate::window::is_word(after)
            && after != b'_'
            && !(matches!(after, b'.' | b',' | b'-' | b'/') && crate::window::is_word(further));
        left && right
    }

    pub(crate) fn found(&self, kind: Kind, rule: &'static str, score: u8) -> Found {
        Found {
            start: self.start(),
            end: self.end(),
            kind,
            rule,
            score,
        }
    }
}

/// Looks at each number that begins in a run of text without blanks.
pub(crate) fn look(window: &Window<'_>, from: usize, to: usize, out: &mut Vec<Found>) {
    let mut at = from;
    let mut digits = Vec::with_capacity(DIGITS_MAX);
    while at < to {
        if !window.byte(at).is_ascii_digit() || window.byte_before(at).is_ascii_digit() {
            at += 1;
            continue;
        }
        if out.iter().any(|found| at < found.end && found.start <= at) {
            at += 1;
            continue;
        }
        let number = gather(window, at);
        match judge(window, &number, &mut digits).or_else(|| address::number_first(window, at)) {
            Some(found) => {
                at = found.end.max(at + 1);
                out.push(found);
            }
            None => at = number.groups[0].1,
        }
    }
}

fn gather(window: &Window<'_>, at: usize) -> Number {
    let bytes = window.bytes();
    let mut number = Number::default();
    let (mut start, mut total) = (at, 0);
    loop {
        let mut end = start;
        while end < bytes.len() && bytes[end].is_ascii_digit() {
            end += 1;
        }
        number.groups.push((start, end));
        total += end - start;
        if number.groups.len() == GROUPS_MAX || total >= DIGITS_MAX {
            return number;
        }
        let mut next = end;
        while next < bytes.len()
            && next - end <= GAP_MAX
            && matches!(bytes[next], b' ' | b'-' | b'.' | b'/' | b'(' | b')')
        {
            next += 1;
        }
        if next == end || next - end > GAP_MAX || !window.byte(next).is_ascii_digit() {
            return number;
        }
        start = next;
    }
}

/// What the number is, looking at as many of its groups as make sense together.
fn judge(window: &Window<'_>, number: &Number, digits: &mut Vec<u8>) -> Option<Found> {
    let at = number.groups[0].0;
    if let Some(found) = net::v4(window, at).or_else(|| place::decimal(window, at)) {
        return Some(found);
    }
    for count in (1..=number.groups.len()).rev() {
        let groups = &number.groups[..count];
        digits.clear();
        for (start, end) in groups {
            digits.extend_from_slice(&window.bytes()[*start..*end]);
        }
        if digits.len() > DIGITS_MAX {
            // A longer run of digits is no number of a person; its parts are not looked at.
            if count == 1 {
                return None;
            }
            continue;
        }
        let candidate = Candidate {
            window: *window,
            groups,
            digits,
        };
        let found = card::look(&candidate)
            .or_else(|| date::look(&candidate))
            .or_else(|| ids::look(&candidate))
            .or_else(|| phone::look(&candidate));
        if found.is_some() {
            return found;
        }
    }
    None
}
