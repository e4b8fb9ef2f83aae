//! `bundle`: packages to install, made by the Tauri CLI from release builds.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, ensure};

use crate::{
    house::{self, House},
    setup::{self, Need},
    shell,
};

/// The Tauri CLI, prebuilt in the JavaScript registry.
const TAURI_CLI: &str = "@tauri-apps/cli@2.12.5";

/// Makes the packages; `rest` goes to `tauri build`, such as `--bundles deb`.
pub(crate) fn run(house: &House, yes: bool, rest: &[String]) -> Result<ExitCode> {
    setup::prepare(
        house,
        yes,
        Need {
            window: true,
            tests: false,
        },
    )?;
    let tauri = tauri_cli(house)?;
    let mut cargo = shell::cargo(house);
    cargo.args([
        "build",
        "--release",
        "--bins",
        "--package",
        "cli",
        "--package",
        "hai-net-llm",
    ]);
    shell::show(&mut cargo, "building the programs for release")?;
    let mut build = shell::program(house, tauri);
    build.env("CARGO_TARGET_DIR", &house.target).arg("build");
    if rest.is_empty() && cfg!(target_os = "linux") {
        // AppImage needs tools from outside; it is made where they are.
        build.args(["--bundles", "deb,rpm"]);
    }
    shell::show(build.args(rest), "making the packages")?;
    eprintln!(
        "The packages are in {}",
        house.target.join("release/bundle").display()
    );
    Ok(ExitCode::SUCCESS)
}

fn tauri_cli(house: &House) -> Result<PathBuf> {
    let place = house.cache.join("npm-tauri");
    let program = place.join("node_modules/.bin/tauri");
    let note = place.join("tauri.installed");
    if !program.is_file() || fs::read_to_string(&note).unwrap_or_default() != TAURI_CLI {
        ensure!(
            house::find_program(house, "npm").is_some(),
            "packages are made by the Tauri CLI, which comes with npm: install npm (Debian: \
             `sudo apt-get install npm`) and start again"
        );
        fs::create_dir_all(&place).with_context(|| format!("making {}", place.display()))?;
        let mut npm = shell::program(house, "npm");
        npm.args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--prefix",
        ])
        .arg(&place)
        .arg(TAURI_CLI);
        shell::quiet(&mut npm, "installing the Tauri CLI with npm")?;
        fs::write(&note, TAURI_CLI).context("noting the version")?;
    }
    Ok(program)
}
