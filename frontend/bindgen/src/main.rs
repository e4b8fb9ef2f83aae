//! `bindgen <ui.wasm> <folder>`: writes `ui.js` and `ui_bg.wasm` into the folder.
//!
//! `cargo xtask` calls this after it has compiled the UI. Linking `wasm-bindgen-cli-support` in the
//! version of the lock file means that nobody has to install a matching `wasm-bindgen` program.
//! It never touches anything but the given folder.

use std::{env, path::PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(module), Some(folder), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        bail!("usage: bindgen <compiled UI, a .wasm file> <folder to write into>");
    };
    Bindgen::new()
        .input_path(&module)
        .out_name("ui")
        .web(true)
        .context("choosing the form that a browser loads without a bundler")?
        .typescript(false)
        .keep_debug(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&folder)
        .with_context(|| format!("binding {} to JavaScript", module.display()))
}
