//! Payment cards: length and begin of a known network, and the check digit.

use crate::kind::Kind;
use crate::rule::check::luhn;
use crate::rule::number::Candidate;
use crate::window::Found;

/// How cards are printed: groups of digits.
const SHAPES: [&[usize]; 8] = [
    &[4, 4, 4, 4],
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 1],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 4, 4, 3],
    &[4, 4, 4, 1],
];

/// Words that say that a number is a card.
const CUES: &[&str] = &[
    "card", "karte", "carte", "tarjeta", "carta", "cartão", "kaart", "kort", "kart", "paid",
    "pay ", "bezahl", "maestro",
];

pub(crate) fn look(candidate: &Candidate<'_>) -> Option<Found> {
    let digits = candidate.digits;
    if !(12..=19).contains(&digits.len()) || !luhn(digits) {
        return None;
    }
    let window = candidate.window;
    if window.word_before(candidate.start()) || window.word_after(candidate.end()) {
        return None;
    }
    let named = || window.says_before(candidate.start(), 48, CUES);
    // A number that no known network gives out, or a short one, counts where the text calls it a card.
    let sure = known(digits) && !(digits.len() < 16 && maestro(digits));
    if !sure && !named() {
        return None;
    }
    if candidate.groups.len() == 1 {
        return Some(candidate.found(Kind::Card, "card_luhn", 95));
    }
    let even = matches!(candidate.even_gap(), Some(" " | "-" | "." | "/"));
    let shaped = SHAPES.iter().any(|shape| candidate.shaped(shape));
    (even && (shaped || named())).then(|| candidate.found(Kind::Card, "card_luhn", 99))
}

/// Cards of banks have 12 to 19 digits; the short ones would match too much alone.
fn maestro(digits: &[u8]) -> bool {
    matches!(
        &digits[..2],
        b"50" | b"56" | b"57" | b"58" | b"60" | b"61" | b"63" | b"67"
    )
}

/// Whether a network gives out numbers of this begin and length.
fn known(digits: &[u8]) -> bool {
    let begin = |count: usize| {
        digits[..count]
            .iter()
            .fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    };
    match (digits.len(), begin(1), begin(2), begin(4)) {
        (13 | 16 | 19, 4, ..) | (16, _, 51..=55, _) | (16, _, _, 2221..=2720) => true,
        (15, _, 34 | 37, _) | (15, _, _, 1800 | 2131) | (14..=19, _, 30 | 36 | 38 | 39, _) => true,
        (16..=19, _, 35 | 62 | 65 | 64 | 81, _) | (16..=19, _, _, 6011 | 2200..=2205) => true,
        (16..=19, _, 50 | 56..=61 | 63 | 66..=69, _) => true,
        (12..=15, ..) => maestro(digits),
        _ => false,
    }
}
