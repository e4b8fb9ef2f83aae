//! `cargo xtask`: the one door for building, running, testing and checking HAI-Net.
//!
//! A person who has just cloned the repository needs two commands, `cargo xtask run` and
//! `cargo xtask test`; both do all set-up first. Everything that is built lands in one cache folder
//! outside the clone, so that several clones share the work. This program prints on stderr; stdout
//! belongs to what it starts and to answers for machines (`doctor --json`).

mod arguments;
mod bench;
mod bundle;
mod check;
mod docs;
mod doctor;
mod fuzz;
mod house;
mod launch;
mod order;
mod setup;
mod shell;
mod steps;
mod suite;
mod tidy;
mod ui;

use std::process::ExitCode;

use anyhow::Result;
use arguments::Verb;
use house::House;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let verb = match arguments::parse(&words) {
        Ok(verb) => verb,
        Err(misuse) => {
            eprintln!("{misuse}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    match perform(&verb) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn perform(verb: &Verb) -> Result<ExitCode> {
    let house = House::find()?;
    match verb {
        Verb::Help => {
            eprintln!("{}", arguments::USAGE);
            Ok(ExitCode::SUCCESS)
        }
        Verb::Run { yes, rest } => launch::run(&house, *yes, rest),
        Verb::Test { yes, rest } => suite::run(&house, *yes, rest),
        Verb::Setup { yes } => {
            setup::prepare(&house, *yes, setup::Need::everything())?;
            Ok(ExitCode::SUCCESS)
        }
        Verb::Check { install_tools } => check::run(&house, *install_tools),
        Verb::Tidy => tidy::run(&house).map(|()| ExitCode::SUCCESS),
        Verb::Bench { yes, rest } => bench::run(&house, *yes, rest),
        Verb::Doctor { json } => doctor::run(&house, *json),
        Verb::Docs { check } => docs::run(&house, *check).map(|()| ExitCode::SUCCESS),
        Verb::Bundle { yes, rest } => bundle::run(&house, *yes, rest),
        Verb::Fuzz { target, seconds } => fuzz::run(&house, target, *seconds),
    }
}
