//! One page: its operations, as far as they show letters.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document as Pdf, Encoding, Object, ObjectId, Stream};

use super::lines::{Lines, Matrix};
use super::widths::{Widths, number};
use super::{UNPACKED_BYTES_MAX, guard};

/// Forms inside forms that are followed: letterheads have two. One may also contain itself.
const FORMS_DEEP_MAX: usize = 4;

/// Forms that one page shows at most.
const FORMS_MAX: usize = 256;

/// Saved states inside each other that are kept in mind; PDF itself allows 28.
const SAVED_MAX: usize = 64;

/// Letters that are read of one page, in bytes: a newspaper's has fifty thousand.
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// Tokens of one page's operations: a page of words has ten thousand, a map has more than this and no
/// words worth it.
const TOKENS_MAX: usize = 1_000_000;

/// Operations between two looks at the clock.
const OPERATIONS_PER_LOOK: usize = 1024;

/// What a page says.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) text: String,
    pub(super) cut: bool,
}

/// Reads pages of one PDF and keeps what they share.
pub(super) struct Reader<'a> {
    pdf: &'a Pdf,
    until: Instant,
    /// By the place of the font's dictionary in memory, where it stays as long as the PDF does.
    fonts: HashMap<*const Dictionary, Option<Font<'a>>>,
}

struct Font<'a> {
    encoding: Encoding<'a>,
    widths: Widths,
}

/// What a page or a form may use, by name.
#[derive(Default, Clone)]
struct Sheet<'a> {
    fonts: BTreeMap<Vec<u8>, &'a Dictionary>,
    forms: BTreeMap<Vec<u8>, &'a Stream>,
}

/// What the operations have set up to now.
struct State {
    /// From the places of the text to those of the page.
    page: Matrix,
    saved: Vec<Matrix>,
    line: Matrix,
    text: Matrix,
    font: Option<*const Dictionary>,
    size: f64,
    leading: f64,
}

#[derive(Default)]
struct Reading {
    lines: Lines,
    forms: usize,
    cut: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(pdf: &'a Pdf, until: Instant) -> Self {
        Self {
            pdf,
            until,
            fonts: HashMap::new(),
        }
    }

    /// What a page says. Nothing where it is broken.
    pub(super) fn page(&mut self, id: ObjectId) -> Option<Page> {
        let content = self
            .pdf
            .get_page_content_with_limit(id, UNPACKED_BYTES_MAX)
            .ok()?;
        let sheet = self.page_sheet(id);
        let mut reading = Reading::default();
        self.operations(&content, &sheet, Matrix::UNIT, 0, &mut reading);
        Some(Page {
            text: reading.lines.text,
            cut: reading.cut,
        })
    }

    fn page_sheet(&self, id: ObjectId) -> Sheet<'a> {
        let mut sheet = Sheet::default();
        let Ok((own, others)) = self.pdf.get_page_resources(id) else {
            return sheet;
        };
        let others = others
            .into_iter()
            .filter_map(|id| self.pdf.get_dictionary(id).ok());
        for resources in own.into_iter().chain(others) {
            self.add(&mut sheet, resources);
        }
        sheet
    }

    fn add(&self, sheet: &mut Sheet<'a>, resources: &'a Dictionary) {
        let get = |key: &[u8]| {
            let named = resources.get_deref(key, self.pdf).ok();
            named.and_then(|named| named.as_dict().ok())
        };
        for (name, font) in get(b"Font").into_iter().flatten() {
            if let Ok((_, Object::Dictionary(font))) = self.pdf.dereference(font) {
                sheet.fonts.entry(name.clone()).or_insert(font);
            }
        }
        for (name, form) in get(b"XObject").into_iter().flatten() {
            if let Ok((_, Object::Stream(form))) = self.pdf.dereference(form) {
                sheet.forms.entry(name.clone()).or_insert(form);
            }
        }
    }

    fn operations(
        &mut self,
        content: &[u8],
        sheet: &Sheet<'a>,
        page: Matrix,
        deep: usize,
        reading: &mut Reading,
    ) {
        if guard::tokens(content) > TOKENS_MAX {
            reading.cut = true;
            return;
        }
        let mut state = State {
            page,
            saved: Vec::new(),
            line: Matrix::UNIT,
            text: Matrix::UNIT,
            font: None,
            size: 0.0,
            leading: 0.0,
        };
        for (count, operation) in Content::decode_iter(content).enumerate() {
            let late = count % OPERATIONS_PER_LOOK == 0 && Instant::now() >= self.until;
            if late || reading.lines.text.len() > PAGE_BYTES_MAX {
                reading.cut = true;
                return;
            }
            let Ok(operation) = operation else {
                return;
            };
            match operation.operator.as_str() {
                "Tf" => self.take_font(&operation, sheet, &mut state),
                "Tj" | "TJ" | "'" | "\"" => self.show(&operation, &mut state, reading),
                "Do" => self.form(&operation, sheet, state.page, deep, reading),
                _ => state.apply(&operation),
            }
        }
    }

    fn take_font(&mut self, operation: &Operation, sheet: &Sheet<'a>, state: &mut State) {
        let [name, size] = operation.operands.as_slice() else {
            return;
        };
        state.size = number(size).unwrap_or(0.0);
        state.font = None;
        let font = name.as_name().ok().and_then(|name| sheet.fonts.get(name));
        if let Some(font) = font.copied() {
            let place = std::ptr::from_ref(font);
            let pdf = self.pdf;
            self.fonts.entry(place).or_insert_with(|| {
                let encoding = font.get_font_encoding_with_limit(pdf, UNPACKED_BYTES_MAX);
                Some(Font {
                    encoding: encoding.ok()?,
                    widths: Widths::of(font, pdf),
                })
            });
            state.font = Some(place);
        }
    }

    fn show(&self, operation: &Operation, state: &mut State, reading: &mut Reading) {
        if matches!(operation.operator.as_str(), "'" | "\"") {
            state.next_line();
        }
        let font = state.font.and_then(|place| self.fonts.get(&place));
        let Some(Some(font)) = font else {
            return;
        };
        let parts = match operation.operands.last() {
            Some(Object::Array(parts)) => parts.as_slice(),
            Some(string @ Object::String(..)) => std::slice::from_ref(string),
            _ => return,
        };
        for part in parts {
            let wide = match part {
                Object::String(bytes, _) => {
                    let letters = font.encoding.bytes_to_string(bytes).unwrap_or_default();
                    let wide = font.widths.sum(bytes) * state.size;
                    let at = state.text.then(state.page);
                    reading.lines.show(&letters, at, state.size, wide);
                    wide
                }
                // How far the next letters are moved back, in thousandths.
                part => number(part).map_or(0.0, |back| -back / 1000.0 * state.size),
            };
            state.text = Matrix::moved(wide, 0.0).then(state.text);
        }
    }

    fn form(
        &mut self,
        operation: &Operation,
        sheet: &Sheet<'a>,
        page: Matrix,
        deep: usize,
        reading: &mut Reading,
    ) {
        let name = operation
            .operands
            .first()
            .and_then(|name| name.as_name().ok());
        let Some(form) = name.and_then(|name| sheet.forms.get(name)).copied() else {
            return;
        };
        let kind = form.dict.get(b"Subtype").and_then(Object::as_name);
        if kind.is_ok_and(|kind| kind != b"Form") {
            return;
        }
        if deep == FORMS_DEEP_MAX || reading.forms == FORMS_MAX {
            reading.cut = true;
            return;
        }
        reading.forms += 1;
        let Ok(content) = form.get_plain_content_with_limit(UNPACKED_BYTES_MAX) else {
            return;
        };
        let mut inner = Sheet::default();
        match form.dict.get_deref(b"Resources", self.pdf) {
            Ok(Object::Dictionary(resources)) => self.add(&mut inner, resources),
            _ => inner = sheet.clone(),
        }
        let placed = match form.dict.get_deref(b"Matrix", self.pdf) {
            Ok(Object::Array(parts)) => matrix(parts).map_or(page, |own| own.then(page)),
            _ => page,
        };
        self.operations(&content, &inner, placed, deep + 1, reading);
    }
}

impl State {
    /// Operations that only move or set something.
    fn apply(&mut self, operation: &Operation) {
        let operands = operation.operands.as_slice();
        let at = |index: usize| operands.get(index).and_then(number).unwrap_or(0.0);
        match operation.operator.as_str() {
            "q" if self.saved.len() < SAVED_MAX => self.saved.push(self.page),
            "Q" => self.page = self.saved.pop().unwrap_or(self.page),
            "cm" => {
                if let Some(change) = matrix(operands) {
                    self.page = change.then(self.page);
                }
            }
            "BT" => self.place(Matrix::UNIT),
            "TL" => self.leading = at(0),
            "Td" => self.place(Matrix::moved(at(0), at(1)).then(self.line)),
            "TD" => {
                self.leading = -at(1);
                self.place(Matrix::moved(at(0), at(1)).then(self.line));
            }
            "Tm" => {
                if let Some(place) = matrix(operands) {
                    self.place(place);
                }
            }
            "T*" => self.next_line(),
            _ => {}
        }
    }

    fn place(&mut self, line: Matrix) {
        self.line = line;
        self.text = line;
    }

    fn next_line(&mut self) {
        self.place(Matrix::moved(0.0, -self.leading).then(self.line));
    }
}

fn matrix(operands: &[Object]) -> Option<Matrix> {
    let numbers: Vec<f64> = operands.iter().filter_map(number).collect();
    Some(Matrix(numbers.try_into().ok()?))
}
