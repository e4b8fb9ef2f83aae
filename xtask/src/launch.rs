//! `run`: set up, build what is needed, and become the program.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::{
    house::House,
    setup::{self, Need},
    shell,
};

/// Starts the window, or the headless hub where there is no display.
pub(crate) fn run(house: &House, yes: bool, rest: &[String]) -> Result<ExitCode> {
    let need = Need::to_run();
    setup::prepare(house, yes, need)?;
    let packages: &[&str] = if need.window {
        &["cli", "hai-net-llm", "hai-net-desktop"]
    } else {
        &["cli", "hai-net-llm"]
    };
    build(house, packages)?;
    let mut program = shell::program(
        house,
        house.programs().join(if need.window {
            "hai-net-desktop"
        } else {
            "hai-net"
        }),
    );
    if !need.window {
        eprintln!("No display here: starting the headless hub. Ctrl-C stops it.");
        program.arg("serve");
    }
    program.args(rest);
    become_program(program)
}

/// Builds packages into the folder that programs are started from.
pub(crate) fn build(house: &House, packages: &[&str]) -> Result<()> {
    let mut cargo = shell::cargo(house);
    cargo.args(["build", "--bins"]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    shell::show(&mut cargo, "building the programs")
}

/// Signals and the exit code then belong to the program itself.
#[cfg(unix)]
fn become_program(mut program: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    let refused = program.exec();
    Err(refused).with_context(|| format!("starting {}", program.get_program().to_string_lossy()))
}

#[cfg(not(unix))]
fn become_program(mut program: Command) -> Result<ExitCode> {
    let status = program
        .status()
        .with_context(|| format!("starting {}", program.get_program().to_string_lossy()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
