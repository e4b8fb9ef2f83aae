//! `fuzz`: feeds broken files to the model header check until it breaks or the time is over.

use std::{env, process::ExitCode};

use anyhow::{Result, ensure};

use crate::{
    house::{self, House},
    shell,
};

/// Runs one target of `crates/gguf/fuzz`.
pub(crate) fn run(house: &House, target: &str, seconds: u64) -> Result<ExitCode> {
    ensure!(
        house::find_program(house, "cargo-fuzz").is_some(),
        "cargo-fuzz is not installed: `cargo install cargo-fuzz --locked` brings it"
    );
    let mut cargo = shell::cargo(house);
    cargo
        .current_dir(house.root.join("crates/gguf"))
        .env("CARGO_TARGET_DIR", house.cache.join("fuzz-target"))
        .args([
            "fuzz",
            "run",
            target,
            "--",
            &format!("-max_total_time={seconds}"),
        ]);
    if env::var_os("RUSTC_BOOTSTRAP").is_none() {
        // Sanitizers are for nightly compilers; this lets the stable one that builds the house use them.
        cargo.env("RUSTC_BOOTSTRAP", "1");
    }
    shell::show(&mut cargo, "fuzzing")?;
    Ok(ExitCode::SUCCESS)
}
