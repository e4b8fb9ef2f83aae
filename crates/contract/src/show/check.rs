//! Whether what a model wrote is a view within all limits.

use super::{
    COLUMNS_MAX, Cell, Chart, Checklist, FIELDS_MAX, Field, FieldKind, Form, ITEMS_MAX, NUMBER_MAX,
    OPTIONS_MAX, POINTS_MAX, ROWS_MAX, SERIES_MAX, SOURCE_BYTES_MAX, Shown, TEXT_CHARS_MAX, Table,
    Timeline,
};

/// Why something that a model wrote is not a view.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// More was written than is read.
    #[error("a view has at most {SOURCE_BYTES_MAX} bytes")]
    SourceTooLong,
    /// It is not JSON, or has other fields than a view.
    #[error("reading the view")]
    Unreadable(#[source] serde_json::Error),
    /// There is nothing where something has to be.
    #[error("no {what}")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// There is more of something than is shown.
    #[error("more than {max} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// A text is longer than [`TEXT_CHARS_MAX`].
    #[error("{what} has more than {TEXT_CHARS_MAX} characters")]
    TextTooLong {
        /// Which text.
        what: &'static str,
    },
    /// A text holds what no line of text holds, or what turns the direction of the words around it.
    #[error("{what} is not one plain line")]
    NotALine {
        /// Which text.
        what: &'static str,
    },
    /// A number is beyond [`NUMBER_MAX`].
    #[error("a number is beyond ±{NUMBER_MAX:e}")]
    NumberTooLarge,
    /// A row or a series has more or fewer parts than the table or the chart.
    #[error("{what} does not have one part for each name")]
    Uneven {
        /// What does not fit.
        what: &'static str,
    },
    /// Two questions of a form, or two options of a choice, have the same words.
    #[error("two {what} are the same")]
    Repeated {
        /// Of what there are two.
        what: &'static str,
    },
    /// A question that is no choice has options.
    #[error("only a choice has options")]
    StrayOptions,
}

/// Reads a view that an answer proposes.
///
/// # Errors
///
/// When it is not JSON of exactly one view, or beyond a limit: then it stays the text that it is.
pub fn parse(text: &str) -> Result<Shown, ShowError> {
    if text.len() > SOURCE_BYTES_MAX {
        return Err(ShowError::SourceTooLong);
    }
    let shown: Shown = serde_json::from_str(text).map_err(ShowError::Unreadable)?;
    line("the title", shown.title())?;
    match &shown {
        Shown::Table(it) => table(it)?,
        Shown::Chart(it) => chart(it)?,
        Shown::Checklist(it) => checklist(it)?,
        Shown::Timeline(it) => timeline(it)?,
        Shown::Form(it) => form(it)?,
    }
    Ok(shown)
}

fn table(it: &Table) -> Result<(), ShowError> {
    count("columns", it.columns.len(), 1, COLUMNS_MAX)?;
    count("rows", it.rows.len(), 1, ROWS_MAX)?;
    for name in &it.columns {
        line("the name of a column", name)?;
    }
    for row in &it.rows {
        if row.len() != it.columns.len() {
            return Err(ShowError::Uneven { what: "a row" });
        }
        for cell in row {
            match cell {
                Cell::Text(text) => line_or_nothing("a cell", text)?,
                Cell::Number(value) => number(*value)?,
            }
        }
    }
    Ok(())
}

fn chart(it: &Chart) -> Result<(), ShowError> {
    count("points", it.labels.len(), 1, POINTS_MAX)?;
    count("series", it.series.len(), 1, SERIES_MAX)?;
    line_or_nothing("the unit", &it.unit)?;
    for label in &it.labels {
        line("the name of a point", label)?;
    }
    for series in &it.series {
        line("the name of a series", &series.name)?;
        if series.values.len() != it.labels.len() {
            return Err(ShowError::Uneven { what: "a series" });
        }
        for value in &series.values {
            number(*value)?;
        }
    }
    Ok(())
}

fn checklist(it: &Checklist) -> Result<(), ShowError> {
    count("items", it.items.len(), 1, ITEMS_MAX)?;
    it.items
        .iter()
        .try_for_each(|item| line("an item", &item.text))
}

fn timeline(it: &Timeline) -> Result<(), ShowError> {
    count("entries", it.entries.len(), 1, ITEMS_MAX)?;
    for moment in &it.entries {
        line("a time", &moment.when)?;
        line("an entry", &moment.what)?;
        line_or_nothing("a note", &moment.note)?;
    }
    Ok(())
}

fn form(it: &Form) -> Result<(), ShowError> {
    count("fields", it.fields.len(), 1, FIELDS_MAX)?;
    distinct("fields", it.fields.iter().map(|field| &field.label))?;
    it.fields.iter().try_for_each(question)
}

fn question(field: &Field) -> Result<(), ShowError> {
    line("a question", &field.label)?;
    match field.kind {
        FieldKind::Choice => {
            count("options", field.options.len(), 2, OPTIONS_MAX)?;
            distinct("options", field.options.iter())?;
            let mut options = field.options.iter();
            options.try_for_each(|option| line("an option", option))
        }
        FieldKind::Text | FieldKind::Number | FieldKind::Date if field.options.is_empty() => Ok(()),
        FieldKind::Text | FieldKind::Number | FieldKind::Date => Err(ShowError::StrayOptions),
    }
}

fn count(what: &'static str, have: usize, least: usize, max: usize) -> Result<(), ShowError> {
    if have < least {
        Err(ShowError::Missing { what })
    } else if have > max {
        Err(ShowError::TooMany { what, max })
    } else {
        Ok(())
    }
}

fn distinct<'a>(
    what: &'static str,
    texts: impl Iterator<Item = &'a String>,
) -> Result<(), ShowError> {
    let mut seen = std::collections::BTreeSet::new();
    for text in texts {
        if !seen.insert(text.trim()) {
            return Err(ShowError::Repeated { what });
        }
    }
    Ok(())
}

/// A text that says something.
fn line(what: &'static str, text: &str) -> Result<(), ShowError> {
    if text.trim().is_empty() {
        return Err(ShowError::Missing { what });
    }
    line_or_nothing(what, text)
}

fn line_or_nothing(what: &'static str, text: &str) -> Result<(), ShowError> {
    // Signs that turn the direction could make a question read as another one than is sent.
    let turns = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().count() > TEXT_CHARS_MAX {
        Err(ShowError::TextTooLong { what })
    } else if text
        .chars()
        .any(|it| it.is_control() || turns(it) || matches!(it, '\u{2028}' | '\u{2029}'))
    {
        Err(ShowError::NotALine { what })
    } else {
        Ok(())
    }
}

fn number(value: f64) -> Result<(), ShowError> {
    if value.is_finite() && value.abs() <= NUMBER_MAX {
        Ok(())
    } else {
        Err(ShowError::NumberTooLarge)
    }
}
