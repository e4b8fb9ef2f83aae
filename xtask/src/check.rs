//! `check`: everything that can be said about the code without running it.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::{
    docs,
    house::{self, House},
    setup::{tools, wasm_target::TARGET},
    shell, tidy, ui,
};

/// One check: it says what is wrong as its error.
type Check = fn(&House) -> Result<()>;

/// Runs every check, also after one has failed: a person wants the whole list.
pub(crate) fn run(house: &House, install_tools: bool) -> Result<ExitCode> {
    if install_tools {
        tools::ensure(house, &tools::DENY)?;
    }
    // The gateway and the window embed the UI: without it they do not compile.
    ui::build(house)?;
    let checks: [(&str, Check); 7] = [
        ("formatting", format),
        ("formatting of the UI", format_ui),
        ("lints", lint),
        ("lints of the UI", lint_ui),
        ("floors and files", tidy::run),
        ("licences", licences),
        ("generated pages", |house| docs::run(house, true)),
    ];
    let mut failed = Vec::new();
    for (name, check) in checks {
        eprintln!("== {name}");
        if let Err(error) = check(house) {
            eprintln!("{error:#}");
            failed.push(name);
        }
    }
    if failed.is_empty() {
        eprintln!("All checks passed.");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("Not right yet: {}", failed.join(", "));
    Ok(ExitCode::FAILURE)
}

fn format(house: &House) -> Result<()> {
    let mut cargo = shell::cargo(house);
    shell::show(
        cargo.args(["fmt", "--all", "--check"]),
        "comparing formatting",
    )
}

fn format_ui(house: &House) -> Result<()> {
    let mut cargo = shell::cargo_for_ui(house);
    shell::show(
        cargo.args(["fmt", "--all", "--check"]),
        "comparing formatting",
    )
}

fn lint(house: &House) -> Result<()> {
    let mut cargo = shell::cargo(house);
    cargo.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    shell::show(&mut cargo, "looking for mistakes")
}

fn lint_ui(house: &House) -> Result<()> {
    let mut cargo: Command = shell::cargo_for_ui(house);
    cargo.args([
        "clippy",
        "--package",
        "frontend",
        "--target",
        TARGET,
        "--",
        "-D",
        "warnings",
    ]);
    shell::show(&mut cargo, "looking for mistakes")
}

fn licences(house: &House) -> Result<()> {
    if house::find_program(house, tools::DENY.program).is_none() {
        eprintln!(
            "Skipped: cargo-deny is not installed. `cargo xtask check --install-tools` brings it."
        );
        return Ok(());
    }
    for manifest in ["Cargo.toml", "frontend/Cargo.toml"] {
        let manifest = house.root.join(manifest);
        // Licences are read from the sources, also of what is only used on other systems.
        let mut fetch = shell::cargo(house);
        fetch.args(["fetch", "--manifest-path"]).arg(&manifest);
        shell::quiet(&mut fetch, "fetching the sources of dependencies")?;
        let mut deny = shell::cargo(house);
        deny.args(["deny", "--offline", "--manifest-path"])
            .arg(&manifest)
            .arg("--config");
        deny.arg(house.root.join("deny.toml"))
            .args(["check", "bans", "licenses", "sources"]);
        shell::show(&mut deny, "checking licences and sources of dependencies")?;
    }
    Ok(())
}
