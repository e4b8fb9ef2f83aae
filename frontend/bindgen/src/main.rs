//! `bindgen <ui.wasm> <folder>`: writes `ui.js` and `ui_bg.wasm` into the folder, and beside them the parts
//! of the page that are loaded later, with `parts.js`, which loads them.
//!
//! `cargo xtask` calls this after it has compiled the UI. Linking `wasm-bindgen-cli-support` in the
//! version of the lock file means that nobody has to install a matching `wasm-bindgen` program.
//! It never touches anything but the given folder.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(module), Some(folder), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        bail!("usage: bindgen <compiled UI, a .wasm file> <folder to write into>");
    };
    let first = folder.join("first.wasm");
    split(&module, &folder, &first)?;
    Bindgen::new()
        .input_path(&first)
        .out_name("ui")
        .web(true)
        .context("choosing the form that a browser loads without a bundler")?
        .typescript(false)
        .keep_debug(false)
        // What the parts share with the page: memory, the table of functions, the stack's end.
        .keep_lld_exports(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&folder)
        .with_context(|| format!("binding {} to JavaScript", module.display()))?;
    fs::remove_file(&first).with_context(|| format!("removing {}", first.display()))
}

/// Takes the module apart at its split points; `first` is what a page loads at once.
fn split(module: &Path, folder: &Path, first: &Path) -> Result<()> {
    let bytes = fs::read(module).with_context(|| format!("reading {}", module.display()))?;
    let mut options = wasm_split_cli_support::Options::new(&bytes);
    options.output_dir = folder;
    options.main_out_path = first;
    options.link_name = "./parts.js";
    options.main_module = "./ui.js";
    wasm_split_cli_support::transform(options)
        .map_err(|report| anyhow!("{report:?}"))
        .with_context(|| format!("splitting {}", module.display()))?;
    Ok(())
}
