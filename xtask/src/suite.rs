//! `test`: set up, then every check and test; nextest's summary is the last thing printed.

use std::{
    env,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result};

use crate::{
    bench::peer,
    house::House,
    setup::{self, Need, model},
    shell, tidy,
};

/// Crates whose documentation carries examples that run in moments.
const WITH_EXAMPLES: &[&str] = &["base", "contract", "domain", "wire", "gguf"];

/// Runs everything; `rest` goes to nextest, such as a filter.
pub(crate) fn run(house: &House, yes: bool, rest: &[String]) -> Result<ExitCode> {
    setup::prepare(house, yes, Need::everything())?;
    tidy::run(house)?;
    build_all(house)?;
    test_examples(house)?;
    test_frontend(house)?;
    let mut nextest = shell::cargo(house);
    nextest
        .args(["nextest", "run", "--workspace"])
        .args(profile())
        .args(rest);
    point_to_programs(house, &house.programs(), &mut nextest)?;
    if env::var_os(peer::VARIABLE).is_none() {
        nextest.env(peer::VARIABLE, peer::ensure(house)?);
    }
    let status = nextest
        .status()
        .context("running the tests: starting cargo nextest")?;
    // Nothing is added to nextest's summary, not even about a failure.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Tells tests and measurements where the programs and the model are.
pub(crate) fn point_to_programs(
    house: &House,
    programs: &Path,
    command: &mut Command,
) -> Result<()> {
    command
        .env("HAI_NET_BIN_DIR", programs)
        .env("HAI_NET_STARTER_MODEL", model::place(house)?);
    Ok(())
}

/// Programs and tests in one go: apart, cargo would choose other features for shared dependencies
/// and build them twice.
fn build_all(house: &House) -> Result<()> {
    let mut cargo = shell::cargo(house);
    cargo.args(["build", "--workspace", "--bins", "--tests"]);
    shell::show(&mut cargo, "building programs and tests")
}

fn test_examples(house: &House) -> Result<()> {
    let mut cargo = shell::cargo(house);
    cargo.args(["test", "--quiet", "--doc"]);
    for package in WITH_EXAMPLES {
        cargo.args(["--package", package]);
    }
    shell::show(&mut cargo, "running the examples of the documentation")
}

fn test_frontend(house: &House) -> Result<()> {
    if !house.frontend().join("Cargo.toml").is_file() {
        return Ok(());
    }
    let mut nextest = shell::cargo_for_ui(house);
    nextest.args([
        "nextest",
        "run",
        "--package",
        "frontend",
        "--no-tests",
        "pass",
    ]);
    // The settings of the workspace name packages that the UI's workspace does not have.
    nextest.arg("--no-fail-fast");
    shell::show(&mut nextest, "testing the UI's own logic")
}

fn profile() -> &'static [&'static str] {
    if env::var("CI").is_ok_and(|value| value == "true") {
        &["--profile", "ci"]
    } else {
        &[]
    }
}
