//! Views that an answer proposes: a table, a chart, a checklist, a timeline or a small form.
//!
//! A model writes one as JSON in a fenced block with the info string [`FENCE`]. What it writes is
//! hostile input: it is read by [`parse`] only, and what [`parse`] gives out is text and numbers within
//! the limits below. There is no way from here to HTML, a script, an address or an image. Front ends draw
//! what they get as words; what is not valid stays the block of code that it is.

mod check;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use check::{ShowError, parse};

/// The info string of a fenced block that holds a view.
pub const FENCE: &str = "hai-view";

/// The most bytes of JSON that are read.
///
/// The largest view that fits the other limits with ordinary words; no answer of a model is longer.
pub const SOURCE_BYTES_MAX: usize = 64 * 1024;

/// The most characters of one text: a title, a cell, a label.
///
/// Two or three sentences. What is longer belongs into the answer beside the view.
pub const TEXT_CHARS_MAX: usize = 300;

/// The most columns of a table. More do not fit a reading column, even scrolled.
pub const COLUMNS_MAX: usize = 12;

/// The most rows of a table. More are a document, and slow the page that shows them.
pub const ROWS_MAX: usize = 200;

/// The most points along a chart. More are narrower than a finger and than their own names.
pub const POINTS_MAX: usize = 60;

/// The most series of a chart: more patterns than these are not told apart without colour.
pub const SERIES_MAX: usize = 4;

/// The most items of a checklist, and entries of a timeline.
pub const ITEMS_MAX: usize = 100;

/// The most fields of a form: it is small, or it is a questionnaire.
pub const FIELDS_MAX: usize = 12;

/// The most options of a choice.
pub const OPTIONS_MAX: usize = 30;

/// The largest number, either way. Beyond it a number has more digits than its place, and than an `f64`
/// keeps.
pub const NUMBER_MAX: f64 = 1e15;

/// A view that an answer proposes, within all limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "view", rename_all = "snake_case", deny_unknown_fields)]
pub enum Shown {
    /// Rows and columns.
    Table(Table),
    /// Bars or lines.
    Chart(Chart),
    /// Things to tick.
    Checklist(Checklist),
    /// What happens when.
    Timeline(Timeline),
    /// Questions to the person.
    Form(Form),
}

impl Shown {
    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Table(it) => &it.title,
            Self::Chart(it) => &it.title,
            Self::Checklist(it) => &it.title,
            Self::Timeline(it) => &it.title,
            Self::Form(it) => &it.title,
        }
    }
}

/// Rows and columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What it is called.
    pub title: String,
    /// The names of the columns, 1 to [`COLUMNS_MAX`].
    pub columns: Vec<String>,
    /// The rows, 1 to [`ROWS_MAX`], each with a cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number.
    Number(f64),
}

/// Bars or lines over named points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// What it is called.
    pub title: String,
    /// How it is drawn.
    pub kind: ChartKind,
    /// The names of the points, 1 to [`POINTS_MAX`].
    pub labels: Vec<String>,
    /// What is drawn, 1 to [`SERIES_MAX`].
    pub series: Vec<Series>,
    /// What the numbers count, such as `km`.
    #[serde(default)]
    pub unit: String,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// A bar for each number.
    Bars,
    /// A line through the numbers.
    Line,
}

/// The numbers of one bar colour or one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// A number for each point.
    pub values: Vec<f64>,
}

/// Things to tick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// What it is called.
    pub title: String,
    /// The things, 1 to [`ITEMS_MAX`].
    pub items: Vec<Item>,
}

/// A thing to tick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What to do.
    pub text: String,
    /// Whether it is ticked at first.
    #[serde(default)]
    pub done: bool,
}

/// What happens when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// What it is called.
    pub title: String,
    /// What happens, in its order, 1 to [`ITEMS_MAX`].
    pub entries: Vec<Moment>,
}

/// What happens at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// When, in words: `9:30`, `Tuesday`, `1969`.
    pub when: String,
    /// What.
    pub what: String,
    /// More about it.
    #[serde(default)]
    pub note: String,
}

/// Questions to the person. Their answers are sent as the person's next message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// What it is called.
    pub title: String,
    /// The questions, 1 to [`FIELDS_MAX`], each with a label of its own.
    pub fields: Vec<Field>,
}

/// A question of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The question.
    pub label: String,
    /// What kind of answer it takes.
    pub kind: FieldKind,
    /// What can be chosen, 2 to [`OPTIONS_MAX`]; only for [`FieldKind::Choice`].
    #[serde(default)]
    pub options: Vec<String>,
    /// Whether it must be answered.
    #[serde(default)]
    pub required: bool,
}

/// What kind of answer a question takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Words.
    Text,
    /// A number.
    Number,
    /// One of the options.
    Choice,
    /// A day.
    Date,
}
