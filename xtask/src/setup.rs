//! Set-up: everything that a fresh machine lacks, step by step, each only when something is missing.
//!
//! Called by every verb that builds or runs. It never changes what is right already, so that a
//! second start only looks. A step that fails says what a person can do about it.

pub(crate) mod mirror;
pub(crate) mod model;
pub(crate) mod packages;
pub(crate) mod std_from_source;
pub(crate) mod tools;
pub(crate) mod wasm_target;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::{
    house::{self, House},
    steps::Steps,
    ui,
};

/// What the work at hand needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    /// The desktop window: WebKitGTK and its companions.
    pub(crate) window: bool,
    /// Test runner, browsers, a display without a screen.
    pub(crate) tests: bool,
}

impl Need {
    /// All of it.
    pub(crate) fn everything() -> Self {
        Self {
            window: true,
            tests: true,
        }
    }

    /// What starting the program needs: the window only where there is a screen to show it on.
    pub(crate) fn to_run() -> Self {
        Self {
            window: house::has_display(),
            tests: false,
        }
    }
}

/// Brings the machine to where the house can be built, and builds the UI.
pub(crate) fn prepare(house: &House, yes: bool, need: Need) -> Result<()> {
    let mut steps = Steps::new(if need.tests { 6 } else { 4 });
    steps.take("System packages", || packages::ensure(house, yes, need))?;
    steps.take("WebAssembly target", || wasm_target::ensure(house))?;
    steps.take("Starter model", || model::ensure(house))?;
    if need.tests {
        steps.take("Test runner", || tools::ensure(house, &tools::NEXTEST))?;
        steps.take("Window driver", || {
            tools::ensure(house, &tools::TAURI_DRIVER)
        })?;
    }
    steps.take("User interface", || ui::build(house))?;
    eprintln!("{}", steps.summary());
    Ok(())
}

/// The first file below a folder that is wanted.
pub(crate) fn find(folder: &Path, wanted: impl Fn(&Path) -> bool + Copy) -> Option<PathBuf> {
    let entries: io::Result<Vec<_>> = fs::read_dir(folder).ok()?.collect();
    entries
        .ok()?
        .into_iter()
        .map(|entry| entry.path())
        .find_map(|path| {
            if path.is_dir() {
                find(&path, wanted)
            } else {
                wanted(&path).then_some(path)
            }
        })
}
