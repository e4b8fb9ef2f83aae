//! `bench`: builds what is measured, then hands over to the bench program.

mod peer;

use std::{env, process::ExitCode};

use anyhow::{Context, Result};

use crate::{
    house::House,
    launch,
    setup::{self, Need},
    shell, suite,
};

/// Runs measurements; `rest` goes to the bench program.
pub(crate) fn run(house: &House, yes: bool, rest: &[String]) -> Result<ExitCode> {
    setup::prepare(house, yes, Need::to_run())?;
    launch::build(house, &["cli", "hai-net-llm", "bench"])?;
    let mut bench = shell::program(house, house.programs().join("bench"));
    suite::point_to_programs(house, &mut bench)?;
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
