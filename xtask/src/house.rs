//! Where things are: the clone, and the cache folder that everything is built into.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The places that `cargo xtask` reads and writes.
#[derive(Debug, Clone)]
pub(crate) struct House {
    /// The clone.
    pub(crate) root: PathBuf,
    /// Everything that can be made again: `~/.cache/hai-net`.
    pub(crate) cache: PathBuf,
    /// Cargo's target folder for the workspace.
    pub(crate) target: PathBuf,
    /// The user's model folder, as the hub knows it.
    pub(crate) models: PathBuf,
}

impl House {
    /// Finds the clone and the folders of this user.
    pub(crate) fn find() -> Result<Self> {
        // Cargo tells a program that it runs where its manifest lies. What was compiled in is only
        // for the rare start without cargo: with a shared target folder it may name another clone.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .with_context(|| format!("{} lies in no repository", manifest.display()))?
            .to_path_buf();
        let cache = base_folder("XDG_CACHE_HOME", ".cache")?.join("hai-net");
        let target = named_folder("HAI_NET_TARGET_DIR")
            .or_else(|| named_folder("CARGO_TARGET_DIR"))
            .unwrap_or_else(|| cache.join("target"));
        let models = match named_folder("HAI_NET_MODEL_DIR") {
            Some(folder) => folder,
            None => base_folder("XDG_DATA_HOME", ".local/share")?
                .join("hai-net")
                .join("models"),
        };
        // A relative folder is meant from the clone, since that is where cargo is started.
        Ok(Self {
            target: root.join(target),
            models: root.join(models),
            root,
            cache,
        })
    }

    /// Where `cargo build` leaves the programs.
    pub(crate) fn programs(&self) -> PathBuf {
        self.target.join("debug")
    }

    /// Cargo's target folder for the UI, which is a workspace of its own.
    pub(crate) fn ui_target(&self) -> PathBuf {
        self.cache.join("ui-target")
    }

    /// Where tools are installed that only this project needs.
    pub(crate) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// The UI's sources.
    pub(crate) fn frontend(&self) -> PathBuf {
        self.root.join("frontend")
    }

    /// The built UI, which gateway and window embed.
    pub(crate) fn dist(&self) -> PathBuf {
        self.frontend().join("dist")
    }
}

/// Whether a program with this name is on the search path or among our own tools.
pub(crate) fn find_program(house: &House, name: &str) -> Option<PathBuf> {
    let search = env::var_os("PATH").unwrap_or_default();
    search_path(house, &search)
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|it| it.is_file())
}

/// The folders of a search path, our own tools first.
pub(crate) fn search_path(house: &House, inherited: &OsString) -> Vec<PathBuf> {
    std::iter::once(house.tools().join("bin"))
        .chain(env::split_paths(inherited))
        .collect()
}

/// Whether there is a screen to open a window on.
pub(crate) fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
        || cfg!(not(target_os = "linux"))
}

fn named_folder(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// A base folder of the user: the variable when it is absolute, else a folder below the home.
fn base_folder(variable: &str, below_home: &str) -> Result<PathBuf> {
    if let Some(folder) = named_folder(variable).filter(|folder| folder.is_absolute()) {
        return Ok(folder);
    }
    let home = env::home_dir()
        .filter(|home| home != Path::new(""))
        .context("this user has no home folder: set HOME")?;
    Ok(home.join(below_home))
}
