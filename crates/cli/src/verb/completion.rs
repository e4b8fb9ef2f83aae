//! `hai-net completion`: a script that completes commands in a shell.

use clap_complete::Shell;

use crate::args::{self, Scene};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &Args, scene: &Scene) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "hai-net", &mut script);
    let script = String::from_utf8_lossy(&script);
    let view = serde_json::json!({ "shell": args.shell.to_string(), "script": script });
    scene.screen.show(&view, || script.clone().into_owned())
}
