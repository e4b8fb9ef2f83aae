//! Putting letters that stand somewhere on a page into words, lines and paragraphs.

/// How far apart two letters may stand, in heights of the font, before a space is read between them.
const SPACE_FROM: f64 = 0.15;

/// How far down the next letter stands, in heights of the font, when it begins a line.
const LINE_FROM: f64 = 0.5;

/// How far down it stands when it begins a paragraph; lines of one have up to one and a half.
const PARAGRAPH_FROM: f64 = 1.7;

/// A place or a change of places on a page: six numbers as PDF writes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    pub(super) const UNIT: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    pub(super) fn moved(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This change and then the other one.
    pub(super) fn then(self, other: Self) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let [oa, ob, oc, od, oe, of] = other.0;
        Self([
            a * oa + b * oc,
            a * ob + b * od,
            c * oa + d * oc,
            c * ob + d * od,
            e * oa + f * oc + oe,
            e * ob + f * od + of,
        ])
    }

    fn height(self) -> f64 {
        self.0[2].hypot(self.0[3])
    }

    fn width(self) -> f64 {
        self.0[0].hypot(self.0[1])
    }
}

/// The text of a page while it is read.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) text: String,
    end: Option<End>,
}

/// Where the last letters ended.
#[derive(Debug, Clone, Copy)]
struct End {
    x: f64,
    y: f64,
    size: f64,
}

impl Lines {
    /// Adds letters that stand at a place, `size` high and `wide` wide in units of the place.
    pub(super) fn show(&mut self, letters: &str, at: Matrix, size: f64, wide: f64) {
        let (x, y) = (at.0[4], at.0[5]);
        let size = (size * at.height()).abs().max(0.1);
        if !letters.is_empty() {
            if let Some(last) = self.end {
                self.part(last, x, y, size);
            }
            self.text
                .extend(letters.chars().filter(|letter| !letter.is_control()));
        }
        self.end = Some(End {
            x: x + wide * at.width(),
            y,
            size,
        });
    }

    fn part(&mut self, last: End, x: f64, y: f64, size: f64) {
        let size = size.max(last.size);
        let down = (last.y - y).abs() / size;
        let on = (x - last.x) / size;
        if down > PARAGRAPH_FROM {
            self.gap("\n\n");
        } else if down > LINE_FROM {
            self.gap("\n");
        } else if !(-1.0..=SPACE_FROM).contains(&on) {
            self.gap(" ");
        }
    }

    fn gap(&mut self, gap: &str) {
        let kept = self.text.trim_end().len();
        let there = &self.text[kept..];
        if kept == 0 || (there.is_empty() || gap != " ") && !there.contains(gap) {
            self.text.truncate(kept);
            if kept > 0 {
                self.text.push_str(gap);
            }
        }
    }
}
