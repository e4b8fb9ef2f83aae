//! Views that an answer proposes, in words: what the window draws, a terminal reads.

use std::borrow::Cow;

use contract::show::{Cell, Chart, FENCE, Field, FieldKind, SOURCE_BYTES_MAX, Shown, Table, parse};

use crate::screen::{Screen, tame, text_of};

/// What ends a fenced block.
const CLOSING: &str = "```";

/// A text on its way to a terminal: what steers a terminal is taken out, and views become words.
///
/// A block that may hold a view is held back until it has ended; all else goes through at once.
#[derive(Debug)]
pub(crate) struct InWords {
    screen: Screen,
    /// The line that is being written, as long as it may begin or end a view.
    line: String,
    /// Whether the line begins here: a piece may begin within one.
    at_line_begin: bool,
    /// What a view has held so far, between its fences.
    source: Option<String>,
}

impl InWords {
    pub(crate) fn new(screen: Screen) -> Self {
        Self {
            screen,
            line: String::new(),
            at_line_begin: true,
            source: None,
        }
    }

    /// A whole text in words.
    pub(crate) fn whole(screen: Screen, text: &str) -> String {
        let mut words = Self::new(screen);
        let mut out = words.push(text);
        out += &words.end();
        out
    }

    /// The next piece; gives what can be shown of it.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        let mut out = String::new();
        for part in piece.split_inclusive('\n') {
            self.line.push_str(part);
            if part.ends_with('\n') {
                let line = std::mem::take(&mut self.line);
                self.take(&line, &mut out);
                self.at_line_begin = true;
            } else if !self.is_held() {
                out += &tame(&std::mem::take(&mut self.line));
                self.at_line_begin = false;
            }
        }
        out
    }

    /// What is left when the text has ended. A view that was cut off stays as it was written.
    pub(crate) fn end(&mut self) -> String {
        let mut out = String::new();
        let line = std::mem::take(&mut self.line);
        self.take(&line, &mut out);
        if let Some(source) = self.source.take() {
            out += &as_written(&source, "");
        }
        out
    }

    /// Whether the line that is being written may become part of a view.
    fn is_held(&self) -> bool {
        let opening = || format!("{CLOSING}{FENCE}").starts_with(self.line.trim_end());
        self.source.is_some() || (self.at_line_begin && opening())
    }

    fn take(&mut self, line: &str, out: &mut String) {
        match &mut self.source {
            Some(source) if line.trim_end() == CLOSING => {
                *out += &match in_words(&self.screen, source) {
                    Some(words) => words + "\n",
                    None => as_written(source, line),
                };
                self.source = None;
            }
            Some(source) if source.len() + line.len() <= SOURCE_BYTES_MAX => source.push_str(line),
            Some(source) => {
                *out += &as_written(source, line);
                self.source = None;
            }
            None if self.at_line_begin && line.trim_end() == format!("{CLOSING}{FENCE}") => {
                self.source = Some(String::new());
            }
            None => *out += &tame(line),
        }
    }
}

/// A block that is no view, up to the line behind it.
fn as_written(source: &str, line: &str) -> String {
    format!("{CLOSING}{FENCE}\n{}{}", tame(source), tame(line))
}

/// A view in words; `None` when it is none.
fn in_words(screen: &Screen, source: &str) -> Option<String> {
    let shown = parse(source).ok()?;
    let body = match &shown {
        Shown::Table(table) => rows(screen, table),
        Shown::Chart(chart) => figures(screen, chart),
        Shown::Checklist(list) => {
            let items = list.items.iter();
            lines(
                items.map(|item| format!("[{}] {}", if item.done { "x" } else { " " }, item.text)),
            )
        }
        Shown::Timeline(timeline) => {
            let mut table = screen.table(&["When", "What"]);
            for entry in &timeline.entries {
                let what = match entry.note.as_str() {
                    "" => entry.what.clone(),
                    note => format!("{} ({note})", entry.what),
                };
                table.add_row([entry.when.clone(), what]);
            }
            text_of(&table)
        }
        Shown::Form(form) => {
            let questions = lines(form.fields.iter().map(question));
            format!("{questions}\nAnswer in your next message, in your own words.")
        }
    };
    // Its texts are plain lines: `parse` lets no others through.
    Some(format!("{}\n{body}", shown.title()))
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

fn question(field: &Field) -> String {
    let takes = match field.kind {
        FieldKind::Text => Cow::Borrowed(""),
        FieldKind::Number => Cow::Borrowed("a number"),
        FieldKind::Date => Cow::Borrowed("a day"),
        FieldKind::Choice => Cow::Owned(field.options.join(" / ")),
    };
    let needed = if field.required { "" } else { "if you like" };
    let notes: Vec<&str> = [takes.as_ref(), needed]
        .into_iter()
        .filter(|note| !note.is_empty())
        .collect();
    match notes.is_empty() {
        true => format!("- {}", field.label),
        false => format!("- {} ({})", field.label, notes.join(", ")),
    }
}

fn rows(screen: &Screen, shown: &Table) -> String {
    let heads: Vec<&str> = shown.columns.iter().map(String::as_str).collect();
    let mut table = screen.table(&heads);
    for row in &shown.rows {
        table.add_row(row.iter().map(|cell| match cell {
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.to_string(),
        }));
    }
    text_of(&table)
}

/// The numbers of a chart: a row for each point.
fn figures(screen: &Screen, chart: &Chart) -> String {
    let named = |name: &str| match chart.unit.as_str() {
        "" => name.to_owned(),
        unit => format!("{name} ({unit})"),
    };
    let names: Vec<String> = chart.series.iter().map(|one| named(&one.name)).collect();
    let heads: Vec<&str> = std::iter::once("")
        .chain(names.iter().map(String::as_str))
        .collect();
    let mut table = screen.table(&heads);
    for (place, label) in chart.labels.iter().enumerate() {
        let values = chart.series.iter().map(|one| one.values[place].to_string());
        table.add_row(std::iter::once(label.clone()).chain(values));
    }
    text_of(&table)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "Hello.\n```hai-view\n{\"view\":\"form\",\"title\":\"About you\",\"fields\":[\
        {\"label\":\"Name\",\"kind\":\"text\",\"required\":true},\
        {\"label\":\"Language\",\"kind\":\"choice\",\"options\":[\"English\",\"Deutsch\"]}]}\n```\nBye";

    fn screen() -> Screen {
        Screen::new(false)
    }

    #[test]
    fn form_is_asked_in_words() {
        let words = InWords::whole(screen(), FORM);
        assert_eq!(
            words,
            "Hello.\nAbout you\n- Name\n- Language (English / Deutsch, if you like)\n\
             Answer in your next message, in your own words.\nBye"
        );
    }

    #[test]
    fn text_in_pieces_reads_as_the_whole_text() {
        let whole = InWords::whole(screen(), FORM);
        for length in 1..FORM.len() {
            let mut words = InWords::new(screen());
            let mut out = String::new();
            for piece in FORM.as_bytes().chunks(length) {
                out += &words.push(std::str::from_utf8(piece).unwrap());
            }
            out += &words.end();
            assert_eq!(out, whole, "pieces of {length}");
        }
    }

    #[test]
    fn ordinary_text_is_not_held_back_and_cannot_steer_the_terminal() {
        let mut words = InWords::new(screen());
        assert_eq!(words.push("One"), "One");
        assert_eq!(words.push(" `` two\u{1b}[2J"), " `` two[2J");
        assert_eq!(words.push("\n```rust\nfn"), "\n```rust\nfn");
    }

    #[test]
    fn what_is_no_view_stays_as_it_was_written() {
        for text in [
            "```hai-view\n{\"view\":1}\n```\n",
            "```hai-view\n{\"cut",
            "```hai-vie",
        ] {
            assert_eq!(InWords::whole(screen(), text), text);
        }
    }

    #[test]
    fn every_view_has_words() {
        for (source, words) in [
            (
                r#"{"view":"checklist","title":"Pack","items":[{"text":"Tent","done":true},{"text":"Map"}]}"#,
                "Pack\n[x] Tent\n[ ] Map",
            ),
            (
                r#"{"view":"timeline","title":"Day","entries":[{"when":"9:30","what":"Train","note":"platform 2"}]}"#,
                "Day\nWhen  What\n9:30  Train (platform 2)",
            ),
            (
                r#"{"view":"table","title":"Sizes","columns":["Name","MB"],"rows":[["small",92]]}"#,
                "Sizes\nName   MB\nsmall  92",
            ),
            (
                r#"{"view":"chart","title":"Rain","kind":"bars","unit":"mm","labels":["Mon"],"series":[{"name":"North","values":[2.5]}]}"#,
                "Rain\n     North (mm)\nMon  2.5",
            ),
        ] {
            assert_eq!(in_words(&screen(), source).as_deref(), Some(words));
        }
    }
}
