//! Asking a person in the terminal. Questions go to standard error, so that results stay by themselves.

use std::io::{self, IsTerminal, Write};

use crate::failure::Failure;

/// Whether there is a person to ask: one who sees the question and has a keyboard.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Says something, and ends the line.
pub(crate) fn say(text: &str) {
    piece(text);
    piece("\n");
}

/// Says something, and stays in the line.
pub(crate) fn piece(text: &str) {
    let mut stderr = io::stderr();
    // Nobody is left to tell when standard error is closed.
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
}

/// Asks for a line, which is shown as it is entered.
pub(crate) async fn line(question: &str) -> Result<String, Failure> {
    piece(question);
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|bytes| (bytes, line))
    });
    let read = read.await.map_err(|error| Failure::internal(&error))?;
    match read.map_err(|error| Failure::internal(&error))? {
        // Ctrl-D.
        (0, _) => {
            piece("\n");
            Err(Failure::interrupted())
        }
        (_, line) => Ok(line.trim().to_owned()),
    }
}

/// Asks yes or no. Enter alone is the answer that stands in capitals.
pub(crate) async fn yes(question: &str, otherwise: bool) -> Result<bool, Failure> {
    let choice = if otherwise { "[Y/n]" } else { "[y/N]" };
    loop {
        let answer = line(&format!("{question} {choice} ")).await?;
        match answer.to_lowercase().as_str() {
            "" => return Ok(otherwise),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => say("Please answer y or n."),
        }
    }
}
