//! `bench`: builds what is measured, then hands over to the bench program.

pub(crate) mod peer;

use std::{env, process::ExitCode};

use anyhow::{Context, Result};

use crate::{
    house::House,
    order,
    setup::{self, Need},
    shell, suite,
};

/// Runs measurements; `rest` goes to the bench program.
pub(crate) fn run(house: &House, yes: bool, rest: &[String]) -> Result<ExitCode> {
    setup::prepare(house, yes, Need::to_run())?;
    // What is measured is what people install.
    order::build(house, &["hai-net", "hai-net-desktop"], || {
        let mut cargo = shell::cargo(house);
        cargo.args(["build", "--release", "--bins"]);
        for package in ["cli", "hai-net-llm", "hai-net-desktop", "bench"] {
            cargo.args(["--package", package]);
        }
        cargo
    })?;
    let programs = house.target.join("release");
    let mut bench = shell::program(house, programs.join("bench"));
    suite::point_to_programs(house, &programs, &mut bench)?;
    bench.env("CARGO_MANIFEST_DIR", house.root.join("benches"));
    let wants_engine = rest.iter().any(|word| word == "engine");
    if wants_engine && env::var_os(peer::VARIABLE).is_none() {
        bench.env(peer::VARIABLE, peer::ensure(house)?);
    }
    let status = bench
        .args(rest)
        .status()
        .context("starting the bench program")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
