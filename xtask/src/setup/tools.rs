//! Programs from the package registry that only this project needs, installed into its cache.

use std::fs;

use anyhow::{Context, Result};

use crate::{
    house::{self, House},
    shell,
    steps::Outcome,
};

/// A program that cargo can install.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    pub(crate) package: &'static str,
    /// What cargo may choose from.
    pub(crate) version: &'static str,
    pub(crate) program: &'static str,
    /// What it is for, as a person says it.
    pub(crate) purpose: &'static str,
}

/// Runs the tests.
pub(crate) const NEXTEST: Tool = Tool {
    package: "cargo-nextest",
    version: "^0.9.100",
    program: "cargo-nextest",
    purpose: "runs the tests",
};

/// Drives the real window in tests. The next major version is not out of alpha.
pub(crate) const TAURI_DRIVER: Tool = Tool {
    package: "tauri-driver",
    version: "^2.0",
    program: "tauri-driver",
    purpose: "drives the window in tests",
};

/// Checks licences and sources of dependencies.
pub(crate) const DENY: Tool = Tool {
    package: "cargo-deny",
    version: "^0.20",
    program: "cargo-deny",
    purpose: "checks the licences of dependencies",
};

/// Installs a tool unless it is there.
pub(crate) fn ensure(house: &House, tool: &Tool) -> Result<Outcome> {
    if let Some(path) = house::find_program(house, tool.program) {
        return Ok(Outcome::Kept(path.display().to_string()));
    }
    eprintln!(
        "Compiling {} once ({}); this takes minutes.",
        tool.package, tool.purpose
    );
    // Not the shared folder: nothing of a tool is used again.
    let scratch = house.cache.join("tools-target");
    let mut cargo = shell::cargo(house);
    cargo
        .args([
            "install",
            tool.package,
            "--locked",
            "--version",
            tool.version,
            "--root",
        ])
        .arg(house.tools())
        .env("CARGO_TARGET_DIR", &scratch);
    shell::show(&mut cargo, "installing a tool with cargo").with_context(|| cure(tool))?;
    fs::remove_dir_all(&scratch).with_context(|| format!("removing {}", scratch.display()))?;
    Ok(Outcome::Made(format!(
        "{} is in {}",
        tool.program,
        house.tools().display()
    )))
}

/// What a person can do about a missing tool.
pub(crate) fn cure(tool: &Tool) -> String {
    format!(
        "cargo install {} --locked --version '{}'",
        tool.package, tool.version
    )
}
