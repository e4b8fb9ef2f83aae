//! Programs of the machine that a test needs on the way.

use std::process::Command;

/// Runs a program that must succeed; its output is shown only when it does not.
///
/// # Panics
/// It fails.
pub fn quiet(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Whether a program runs and succeeds; what it says is thrown away.
#[must_use]
pub fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
