//! How wide the letters of a font are.

use std::collections::HashMap;

use lopdf::{Dictionary, Document as Pdf, Object};

/// How wide a letter is taken for where the font does not say, in thousandths of its height.
const USUAL: f64 = 500.0;

/// The highest number that a letter has, since it is written in two bytes.
const LETTER_MAX: i64 = 65_535;

/// Widths that are taken from one font, also those that others replace later.
const WIDTHS_MAX: usize = 262_144;

/// The widths of a font's letters, in thousandths of its height.
pub(super) struct Widths {
    /// Bytes of a letter's number.
    bytes: usize,
    usual: f64,
    of: HashMap<i64, f64>,
    taken: usize,
}

impl Widths {
    pub(super) fn of(font: &Dictionary, pdf: &Pdf) -> Self {
        let get = |from: &'_ Dictionary, key: &[u8]| {
            let object = from.get(key).ok()?;
            pdf.dereference(object)
                .ok()
                .map(|(_, object)| object.clone())
        };
        let mut widths = Self {
            bytes: 1,
            usual: USUAL,
            of: HashMap::new(),
            taken: 0,
        };
        if let Some(Object::Array(below)) = get(font, b"DescendantFonts") {
            widths.bytes = 2;
            widths.usual = 1000.0;
            let below = below.first().and_then(|font| pdf.dereference(font).ok());
            if let Some(below) = below.and_then(|(_, font)| font.as_dict().ok()) {
                if let Some(usual) = get(below, b"DW").and_then(|usual| number(&usual)) {
                    widths.usual = usual;
                }
                if let Some(Object::Array(rows)) = get(below, b"W") {
                    widths.rows(&rows, pdf);
                }
            }
        } else if let (Some(first), Some(Object::Array(row))) =
            (get(font, b"FirstChar"), get(font, b"Widths"))
        {
            widths.row(first.as_i64().unwrap_or(0), &row);
        }
        widths
    }

    /// `first [width …]` and `first last width`, one behind the other.
    fn rows(&mut self, rows: &[Object], pdf: &Pdf) {
        let mut at = 0;
        while let Some(first) = rows.get(at).and_then(|first| first.as_i64().ok()) {
            let next = rows.get(at + 1).and_then(|next| pdf.dereference(next).ok());
            match next.map(|(_, next)| next) {
                Some(Object::Array(row)) => {
                    self.row(first, row);
                    at += 2;
                }
                Some(Object::Integer(last)) => {
                    let width = rows.get(at + 2).and_then(number).unwrap_or(self.usual);
                    for letter in first.max(0)..=(*last).min(LETTER_MAX) {
                        self.take(letter, width);
                    }
                    at += 3;
                }
                _ => return,
            }
        }
    }

    fn row(&mut self, first: i64, row: &[Object]) {
        for (letter, width) in (first..).zip(row) {
            if let Some(width) = number(width) {
                self.take(letter, width);
            }
        }
    }

    fn take(&mut self, letter: i64, width: f64) {
        if self.taken < WIDTHS_MAX {
            self.taken += 1;
            self.of.insert(letter, width);
        }
    }

    /// How wide letters are together, in heights of the font.
    pub(super) fn sum(&self, letters: &[u8]) -> f64 {
        let width = |letter: &[u8]| {
            let number = letter
                .iter()
                .fold(0, |number, byte| number * 256 + i64::from(*byte));
            self.of.get(&number).copied().unwrap_or(self.usual)
        };
        letters.chunks(self.bytes).map(width).sum::<f64>() / 1000.0
    }
}

/// A number that is one.
pub(super) fn number(object: &Object) -> Option<f64> {
    let number = match object {
        #[expect(clippy::cast_precision_loss, reason = "widths and places are small")]
        Object::Integer(number) => *number as f64,
        Object::Real(number) => f64::from(*number),
        _ => return None,
    };
    number.is_finite().then_some(number)
}
