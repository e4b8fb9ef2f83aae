//! The program `hai-net-desktop`.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match desktop::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("HAI-Net cannot open its window: {error:#}");
            ExitCode::FAILURE
        }
    }
}
