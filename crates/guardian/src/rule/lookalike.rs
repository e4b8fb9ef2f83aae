//! Text that looks like one of our own tokens.
//!
//! Left alone, a stranger could write `[CARD_1]` and have the answer filled with the value that the
//! token stands for. So it becomes a value itself, with a token of its own.

use crate::kind::Kind;
use crate::window::{Found, Window};

/// Letters between the brackets of any token.
const INSIDE_MAX: usize = 32;

/// Looks at the bracket at this place.
pub(crate) fn look(window: &Window<'_>, at: usize) -> Option<Found> {
    let rest = &window.bytes()[at + 1..];
    let close = rest
        .iter()
        .take(INSIDE_MAX)
        .position(|byte| *byte == b']')?;
    let inside = window.text.get(at + 1..at + 1 + close)?;
    let (label, number) = inside.rsplit_once('_').unwrap_or((inside, "1"));
    let known = Kind::ALL
        .iter()
        .any(|kind| kind.label() == label || kind.label() == inside);
    let number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (known && (number || Kind::ALL.iter().any(|kind| kind.label() == inside))).then_some(Found {
        start: at,
        end: at + close + 2,
        kind: Kind::TokenLookalike,
        rule: "token_lookalike",
        score: 100,
    })
}
