//! Days of birth: a date that the text calls one.

use crate::kind::Kind;
use crate::rule::number::Candidate;
use crate::window::{Found, Window};

/// Words that make a date a day of birth, in small letters.
const CUES: &[&str] = &[
    "born",
    "birth",
    "dob",
    "d.o.b",
    "b-day",
    "bday",
    "geb.",
    "geboren",
    "geburt",
    "né le",
    "née le",
    "né(e)",
    "naissance",
    "nacid",
    "nacimiento",
    "nací",
    "nació",
    "nato il",
    "nata il",
    "nato a",
    "nascita",
    "geboorte",
    "urodz",
    "ur. ",
    "nascid",
    "nascimento",
    "nasci ",
    "född",
    "födelse",
    "født",
    "fødsel",
    "syntym",
    "narozen",
    "născut",
    "роди",
    "рожден",
    "生年月日",
    "出生",
    "doğum",
    "γεννή",
];

/// How far in front of a date the word may stand.
const CUE_BYTES: usize = 56;

/// Names of months by their first letters, in the languages of the cues.
const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mär",
    "mai", "okt", "dez", "janv", "fév", "avr", "juin", "juil", "août", "déc", "ene", "abr", "ago",
    "dic", "gen", "mag", "giu", "lug", "set", "ott", "maa", "mei", "sty", "lut", "kwi", "maj",
    "cze", "lip", "sie", "wrz", "paź", "lis", "gru", "fev", "out", "янв", "фев", "мар", "апр",
    "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек",
];

/// A date in digits: `1980-01-31`, `31.01.1980`, `1/31/80`, and the begin of `31 January 1980`.
pub(crate) fn look(candidate: &Candidate<'_>) -> Option<Found> {
    let window = candidate.window;
    let end = match candidate.groups.len() {
        3 if in_digits(candidate) => candidate.end(),
        1 if candidate.digits.len() <= 2 => {
            day_month_year(&window, candidate.start(), candidate.end())?
        }
        1 if candidate.digits.len() == 8 && packed(candidate) => candidate.end(),
        1 if candidate.digits.len() == 4 => chinese(&window, candidate.start(), candidate.end())?,
        _ => return None,
    };
    if window.word_before(candidate.start()) && window.byte_before(candidate.start()) < 0x80 {
        return None;
    }
    let found = Found {
        start: candidate.start(),
        end,
        kind: Kind::BirthDate,
        rule: "birth_date",
        score: 90,
    };
    called_birth(&window, found)
}

/// `January 31, 1980`, from its first letter.
pub(crate) fn month_first(window: &Window<'_>, at: usize) -> Option<Found> {
    let bytes = window.bytes();
    let mut end = at;
    while end < bytes.len() && (bytes[end].is_ascii_alphabetic() || bytes[end] >= 0x80) {
        end += 1;
    }
    let month = end;
    let end = skip(window, end, b". ");
    let day = digits(window, end);
    if !(1..=2).contains(&(day - end)) || !is_month(&window.text[at..month]) {
        return None;
    }
    let mut behind = day;
    for suffix in ["st", "nd", "rd", "th"] {
        if window.text[day..].starts_with(suffix) {
            behind = day + 2;
        }
    }
    let year = skip(window, behind, b", ");
    let end = digits(window, year);
    if end - year != 4 {
        return None;
    }
    let found = Found {
        start: at,
        end,
        kind: Kind::BirthDate,
        rule: "birth_date",
        score: 90,
    };
    called_birth(window, found)
}

fn called_birth(window: &Window<'_>, found: Found) -> Option<Found> {
    let called = window.says_before(found.start, CUE_BYTES, CUES)
        || window.says_after(
            found.end,
            24,
            &[
                "(born",
                "(dob",
                "(date of birth",
                "is my birthday",
                "生まれ",
                "出生",
            ],
        )
        || window.text[..found.start].ends_with("* ");
    called.then_some(found)
}

fn in_digits(candidate: &Candidate<'_>) -> bool {
    let Some(gap) = candidate.even_gap() else {
        return false;
    };
    if !matches!(gap, "-" | "." | "/" | " " | ". ") {
        return false;
    }
    let number = |group: usize| {
        let (start, end) = candidate.groups[group];
        (
            end - start,
            crate::rule::check::number(&candidate.window.bytes()[start..end]),
        )
    };
    let (first, second, third) = (number(0), number(1), number(2));
    let small = |(length, value): (usize, u64)| length <= 2 && (1..=31).contains(&value);
    let year = |(length, value): (usize, u64)| {
        length == 2 || (length == 4 && (1850..2100).contains(&value))
    };
    small(second)
        && ((year(first) && small(third)) || (small(first) && year(third)))
        && (first.1 <= 12 || second.1 <= 12 || third.1 <= 12)
}

fn packed(candidate: &Candidate<'_>) -> bool {
    let part = |from: usize, to: usize| crate::rule::check::number(&candidate.digits[from..to]);
    let year_first =
        (1900..2100).contains(&part(0, 4)) && crate::rule::check::is_day(part(4, 6), part(6, 8));
    let year_last =
        (1900..2100).contains(&part(4, 8)) && crate::rule::check::is_day(part(2, 4), part(0, 2));
    year_first || year_last
}

/// `31 January 1980`, `31. Januar 1980`, `31 de enero de 1980`, `31st of January, 1980`.
fn day_month_year(window: &Window<'_>, day: usize, end: usize) -> Option<usize> {
    let value = crate::rule::check::number(&window.bytes()[day..end]);
    if !(1..=31).contains(&value) {
        return None;
    }
    let mut at = end;
    for suffix in ["st", "nd", "rd", "th", "er", "º", "."] {
        if window.text[at..].starts_with(suffix) {
            at += suffix.len();
            break;
        }
    }
    at = skip(window, at, b" -/");
    for of in ["of ", "de ", "di "] {
        if window.text[at..].starts_with(of) {
            at += of.len();
        }
    }
    let month = at;
    while is_letter(window.byte(at)) {
        at += 1;
    }
    if !is_month(&window.text[month..at]) {
        return None;
    }
    at = skip(window, at, b".,- /");
    for of in ["de ", "del ", "of "] {
        if window.text[at..].starts_with(of) {
            at += of.len();
        }
    }
    let year = at;
    let end = digits(window, year);
    matches!(end - year, 2 | 4).then_some(end)
}

/// `1980年1月31日`.
fn chinese(window: &Window<'_>, _year: usize, end: usize) -> Option<usize> {
    let rest = window.text[end..].strip_prefix('年')?;
    let month = rest.bytes().take_while(u8::is_ascii_digit).count();
    let rest = rest[month..].strip_prefix('月')?;
    let day = rest.bytes().take_while(u8::is_ascii_digit).count();
    let rest = rest[day..].strip_prefix('日')?;
    Some(window.text.len() - rest.len())
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

fn is_month(word: &str) -> bool {
    let small = word.to_lowercase();
    let letters = small.chars().count();
    (3..=12).contains(&letters) && MONTHS.iter().any(|month| small.starts_with(month))
}

fn skip(window: &Window<'_>, mut at: usize, over: &[u8]) -> usize {
    let most = at + 3;
    while at < most && over.contains(&window.byte(at)) {
        at += 1;
    }
    at
}

fn digits(window: &Window<'_>, mut at: usize) -> usize {
    while window.byte(at).is_ascii_digit() {
        at += 1;
    }
    at
}
