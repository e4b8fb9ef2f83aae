//! `tidy`: the floors of the design and the shape of the files, checked on what cargo reports and on
//! the files as they are.

mod files;
mod floors;
mod graph;

use anyhow::{Context, Result, bail};

use crate::{
    house::House,
    setup::wasm_target::{self, TARGET},
    shell,
};

/// Crates that front ends on every system share: they must build for the browser too.
const FOR_THE_BROWSER: &[&str] = &["base", "contract", "domain", "guardian"];

/// Checks everything and lists all that is wrong.
pub(crate) fn run(house: &House) -> Result<()> {
    let mut wrong = floors::check(&graph_of(house, "Cargo.toml")?);
    if house.frontend().join("Cargo.toml").is_file() {
        wrong.extend(floors::check_frontend(&graph_of(
            house,
            "frontend/Cargo.toml",
        )?));
    }
    wrong.extend(files::check(&house.root)?);
    if let Err(error) = check_for_the_browser(house) {
        wrong.push(format!("{error:#}"));
    }
    if wrong.is_empty() {
        eprintln!("Tidy: floors and files are as the design wants them.");
        return Ok(());
    }
    for line in &wrong {
        eprintln!("tidy: {line}");
    }
    bail!(
        "the design is broken in {} places, listed above",
        wrong.len()
    );
}

fn graph_of(house: &House, manifest: &str) -> Result<graph::Graph> {
    let mut rustc = shell::program(house, "rustc");
    let about = shell::capture(rustc.arg("-vV"), "asking rustc for its host")?;
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc names no host")?;
    let mut cargo = shell::cargo(house);
    cargo
        .args([
            "metadata",
            "--format-version",
            "1",
            "--filter-platform",
            host,
            "--manifest-path",
        ])
        .arg(house.root.join(manifest));
    let text = shell::capture(&mut cargo, "asking cargo who depends on whom")?;
    graph::Graph::read(&text).context("reading what cargo reports")
}

fn check_for_the_browser(house: &House) -> Result<()> {
    wasm_target::ensure(house)?;
    let mut cargo = shell::cargo(house);
    cargo.args(["check", "--quiet", "--target", TARGET]);
    for package in FOR_THE_BROWSER {
        cargo.args(["--package", package]);
    }
    shell::show(
        &mut cargo,
        "building base, contract, domain and guardian for the browser",
    )
}
