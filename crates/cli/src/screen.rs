//! What the person, or the program that called us, gets to see.
//!
//! Results go to standard output, everything else to standard error. With `--json` only JSON goes to
//! standard output: results, and faults as `{"fault": …}`. Colours are for terminals, and not where
//! `NO_COLOR` is set. What a model or a stranger wrote cannot steer the terminal: see [`tame`].

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
use contract::Fault;
use serde::Serialize;
use serde_json::json;

use crate::exit::Exit;
use crate::failure::Failure;

/// Characters of a line below which a table is not pressed together. A serial console says that it has
/// none, and would get one letter a line.
const TABLE_WIDTH_MIN: u16 = 40;

/// Where results and messages go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    json: bool,
    /// Whether a person looks at standard output.
    out_is_terminal: bool,
    out_colour: bool,
    err_colour: bool,
}

/// Colours, by what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Good,
    Bad,
    Careful,
    Quiet,
}

impl Colour {
    fn begin(self) -> &'static str {
        match self {
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[31m",
            Self::Careful => "\x1b[33m",
            Self::Quiet => "\x1b[2m",
        }
    }
}

impl Screen {
    pub(crate) fn new(json: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let out_is_terminal = io::stdout().is_terminal();
        Self {
            json,
            out_is_terminal,
            out_colour: wanted && out_is_terminal,
            err_colour: wanted && io::stderr().is_terminal(),
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    pub(crate) fn is_terminal(&self) -> bool {
        self.out_is_terminal
    }

    /// Shows a result: as JSON, or in words.
    pub(crate) fn show<T: Serialize>(
        &self,
        view: &T,
        words: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            self.json(view)
        } else {
            self.line(&words())
        }
    }

    /// Prints one JSON value on a line of its own.
    pub(crate) fn json<T: Serialize>(&self, view: &T) -> Result<(), Failure> {
        let text = serde_json::to_string(view).map_err(|error| Failure::internal(&error))?;
        self.line(&text)
    }

    /// Prints text and the end of a line.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let end = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        write!(out, "{text}{end}")
            .and_then(|()| out.flush())
            .map_err(|e| Failure::output(&e))
    }

    /// Prints a piece of text as it comes.
    pub(crate) fn piece(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(|e| Failure::output(&e))
    }

    /// Says something beside the result, on standard error. Programs do not need it.
    pub(crate) fn remark(&self, text: &str) {
        if !self.json {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr(), "{}", self.err_paint(Colour::Quiet, text));
        }
    }

    /// Tells a failure and says how the program ends.
    pub(crate) fn failure(&self, failure: Failure) -> Exit {
        match failure {
            Failure::Told(exit) => exit,
            Failure::ReaderGone => Exit::Done,
            Failure::Fault(fault) => {
                self.fault(&fault);
                Exit::of(&fault)
            }
        }
    }

    /// Tells a fault; the program goes on.
    pub(crate) fn fault(&self, fault: &Fault) {
        if self.json {
            // Nobody is left to tell when standard output is closed.
            let _ = self.json(&json!({ "fault": fault }));
            return;
        }
        let mut text = self.err_paint(Colour::Bad, "error:").into_owned();
        text.push_str(&format!(" {}\n", tame(&fault.message)));
        if !fault.advice.is_empty() {
            text.push_str(&format!("  {}\n", tame(&fault.advice)));
        }
        if let Some(details) = &fault.details {
            let details = format!("  details: {}\n", tame(details));
            text.push_str(&self.err_paint(Colour::Quiet, &details));
        }
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// Tells of a fault on standard error, also to programs: the result is still to come.
    pub(crate) fn warning(&self, fault: &Fault) {
        let head = self.err_paint(Colour::Careful, "warning:");
        let text = format!(
            "{head} {}\n  {}\n",
            tame(&fault.message),
            tame(&fault.advice)
        );
        // Nobody is left to tell when standard error is closed.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// Text in a colour, where standard output shows colours.
    pub(crate) fn paint<'a>(&self, colour: Colour, text: &'a str) -> Cow<'a, str> {
        paint(self.out_colour, colour, text)
    }

    /// Text in a colour, where standard error shows colours.
    pub(crate) fn err_paint<'a>(&self, colour: Colour, text: &'a str) -> Cow<'a, str> {
        paint(self.err_colour, colour, text)
    }

    /// A table with these heads. In a terminal it fits the width; else each row is one line, also where
    /// the width is not known.
    pub(crate) fn table(&self, heads: &[&str]) -> Table {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        let fits = table.width().is_some_and(|width| width >= TABLE_WIDTH_MIN);
        if self.out_is_terminal && fits {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        } else {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        if self.out_colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table.set_header(
            heads
                .iter()
                .map(|head| Cell::new(head).add_attribute(Attribute::Bold)),
        );
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table
    }

    /// Names and values, one below the other.
    pub(crate) fn pairs(&self, pairs: &[(&str, String)]) -> String {
        let width = pairs
            .iter()
            .map(|(name, _)| name.chars().count())
            .max()
            .unwrap_or(0)
            + 2;
        let lines = pairs.iter().map(|(name, value)| {
            let name = format!("{name:<width$}");
            format!("{}{}", self.paint(Colour::Quiet, &name), tame(value))
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The table as text, without blanks at the ends of lines.
pub(crate) fn text_of(table: &Table) -> String {
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

fn paint(coloured: bool, colour: Colour, text: &str) -> Cow<'_, str> {
    if coloured {
        Cow::Owned(format!("{}{text}\x1b[0m", colour.begin()))
    } else {
        Cow::Borrowed(text)
    }
}

/// Text without characters that steer a terminal: no escape sequences, no overwriting, no reversed
/// direction. New lines and tabs stay.
pub(crate) fn tame(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_tame) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|letter| is_tame(*letter)).collect())
    }
}

fn is_tame(letter: char) -> bool {
    match letter {
        '\n' | '\t' => true,
        // Marks that turn the direction of writing can make a line read as something else.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        other => !other.is_control(),
    }
}

/// [`tame`] text in one line of at most `chars_max` characters.
pub(crate) fn short(text: &str, chars_max: usize) -> String {
    let line = tame(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= chars_max {
        return line;
    }
    let mut cut: String = line.chars().take(chars_max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_model_cannot_steer_the_terminal() {
        assert_eq!(tame("a\x1b[2Jb\rc\u{9b}31md\u{202e}e"), "a[2Jbc31mde");
        assert_eq!(
            tame("two\n\tlines – ü"),
            "two\n\tlines – ü",
            "plain text stays as it is"
        );
    }

    #[test]
    fn long_title_is_cut_to_one_line() {
        assert_eq!(short("one\ntwo  three", 9), "one two …");
        assert_eq!(short("short", 9), "short");
    }
}
