//! Entering lines: with a history that only this user can read.

use std::path::{Path, PathBuf};

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use crate::failure::Failure;

/// Lines that the history keeps. Some weeks of talk; the conversations themselves are kept elsewhere.
const HISTORY_LINES_MAX: usize = 1_000;

const PROMPT: &str = "> ";

/// What came from the keyboard.
pub(super) enum Entered {
    Line(String),
    Interrupted,
    End,
}

/// Reads lines from the terminal.
pub(super) struct LineEditor {
    /// Away while a line is being entered.
    editor: Option<Editor<(), FileHistory>>,
    history: PathBuf,
}

impl LineEditor {
    pub(super) fn open(history: &Path) -> Result<Self, Failure> {
        let config = Config::builder()
            .max_history_size(HISTORY_LINES_MAX)
            .and_then(|config| config.history_ignore_dups(true))
            .map_err(|error| Failure::internal(&error))?
            .history_ignore_space(true)
            .auto_add_history(true)
            .build();
        let mut editor: Editor<(), FileHistory> =
            Editor::with_config(config).map_err(|error| Failure::internal(&error))?;
        match editor.load_history(history) {
            Ok(()) => {}
            Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
            // Without a history one can still talk.
            Err(error) => tracing::warn!(%error, "the history of the chat cannot be read"),
        }
        Ok(Self {
            editor: Some(editor),
            history: history.to_path_buf(),
        })
    }

    /// The next line. Waits on a thread of its own: the hub goes on meanwhile.
    pub(super) async fn line(&mut self) -> Result<Entered, Failure> {
        let Some(mut editor) = self.editor.take() else {
            return Ok(Entered::End);
        };
        let read = tokio::task::spawn_blocking(move || {
            let line = editor.readline(PROMPT);
            (editor, line)
        });
        let (mut editor, line) = read.await.map_err(|error| Failure::internal(&error))?;
        let entered = match line {
            Ok(line) => {
                // Each line at once: a second terminal and a crash lose nothing.
                if let Err(error) = editor.append_history(&self.history) {
                    tracing::warn!(%error, "the history of the chat cannot be written");
                }
                Entered::Line(line)
            }
            Err(ReadlineError::Interrupted) => Entered::Interrupted,
            Err(ReadlineError::Eof) => Entered::End,
            Err(error) => return Err(Failure::internal(&error)),
        };
        self.editor = Some(editor);
        Ok(entered)
    }
}
