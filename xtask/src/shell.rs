//! Starting other programs: with the right folders in their environment, and with an error that
//! says what was being done when they fail.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::Path,
    process::{Command, Output, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::house::{self, House};

/// How many of a failed program's last lines are worth showing.
const LINES_SHOWN_MAX: usize = 25;

/// A program to start in the root of the clone, with our tools on its search path and without what
/// cargo said to us about ourselves.
pub(crate) fn program(house: &House, name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(&house.root);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_about_ourselves) {
            command.env_remove(name);
        }
    }
    // `cargo run` puts its own folders first, among them ./target of the clone: build scripts that
    // look at this variable would see it change between two ways to start.
    if let Some(libraries) = env::var_os("LD_LIBRARY_PATH") {
        match foreign_libraries(house, &libraries) {
            Some(kept) => command.env("LD_LIBRARY_PATH", kept),
            None => command.env_remove("LD_LIBRARY_PATH"),
        };
    }
    let inherited = env::var_os("PATH").unwrap_or_default();
    if let Ok(path) = env::join_paths(house::search_path(house, &inherited)) {
        command.env("PATH", path);
    }
    command
}

/// Cargo, building into the shared target folder.
pub(crate) fn cargo(house: &House) -> Command {
    let mut command = program(
        house,
        env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
    );
    command.env("CARGO_TARGET_DIR", &house.target);
    command
}

/// Cargo in the UI's own workspace. Flags that a person set for programs of this machine do not belong
/// there, and would take the place of those that the UI is built with.
pub(crate) fn cargo_for_ui(house: &House) -> Command {
    let mut command = cargo(house);
    command
        .current_dir(house.frontend())
        .env("CARGO_TARGET_DIR", house.ui_target())
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}

/// Runs a program whose output the person should see.
pub(crate) fn show(command: &mut Command, doing: &str) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{doing}: starting {}", name_of(command)))?;
    if !status.success() {
        bail!(
            "{doing}: {} ended with {status} (see above)",
            name_of(command)
        );
    }
    Ok(())
}

/// Runs a program silently; its last lines are shown only when it fails.
pub(crate) fn quiet(command: &mut Command, doing: &str) -> Result<()> {
    capture(command, doing).map(|_| ())
}

/// Runs a program and returns what it wrote to stdout.
pub(crate) fn capture(command: &mut Command, doing: &str) -> Result<String> {
    let output = output(command, doing)?;
    if !output.status.success() {
        bail!(
            "{doing}: {} ended with {}\n{}",
            name_of(command),
            output.status,
            tail(&output)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn output(command: &mut Command, doing: &str) -> Result<Output> {
    command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{doing}: starting {}", name_of(command)))
}

fn tail(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_SHOWN_MAX)..].join("\n")
}

fn name_of(command: &Command) -> String {
    Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned()
}

/// Variables that cargo sets for the program that it runs, and that would tell a second cargo's
/// build scripts about the wrong package.
fn is_about_ourselves(name: &str) -> bool {
    name.starts_with("CARGO_PKG_")
        || matches!(
            name,
            "CARGO_MANIFEST_DIR" | "CARGO_MANIFEST_PATH" | "CARGO_BIN_NAME"
        )
        || matches!(
            name,
            "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR"
        )
}

fn foreign_libraries(house: &House, libraries: &OsString) -> Option<OsString> {
    let kept: Vec<_> = env::split_paths(libraries)
        .filter(|folder| {
            let ours = folder.starts_with(&house.root) || folder.starts_with(&house.target);
            let toolchain = folder
                .components()
                .any(|part| part.as_os_str() == "toolchains");
            !ours && !toolchain && !folder.ends_with("rustlib") && folder != Path::new("")
        })
        .collect();
    env::join_paths(&kept).ok().filter(|_| !kept.is_empty())
}
