//! A Python with the packages of a client library, made once in the house's cache.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::hub::Hub;
use crate::{places, shell};

/// Runs a script of `tests/gateway` against a hub with the starter model. `path` is where the client's
/// base address ends, such as `/v1`.
///
/// # Panics
/// A check of the script fails, or Python and its packages cannot be had.
pub fn drive(script: &str, path: &str, cache: &str, packages: &[&str]) {
    let python = with_packages(cache, packages);
    let hub = Hub::fresh();
    let token = hub.home.ask_json(&["token", "create", "--label", "client"]);
    let script = places::repository().join("tests/gateway").join(script);
    let base = format!("http://127.0.0.1:{}{path}", hub.port);
    let output = Command::new(python)
        .arg(script)
        .args(["--base-url", &base])
        .env("HAI_NET_BASE_URL", &base)
        .env("HAI_NET_TOKEN", token["token"].as_str().expect("a token"))
        .env("NO_PROXY", "*")
        .output()
        .expect("python starts");
    let said = String::from_utf8_lossy(&output.stdout);
    crate::tell(&said);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A Python of our own with these packages, whose modules have the same names. A package may be pinned:
/// `name==1.2.3`.
///
/// # Panics
/// It cannot be made: Python is missing, or the packages cannot be fetched.
#[must_use]
pub fn with_packages(cache: &str, packages: &[&str]) -> PathBuf {
    let folder = places::cache().join(cache);
    let python = folder.join("bin/python");
    if !knows(&python, packages) {
        shell::quiet(
            Command::new(places::needed("python3"))
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
        );
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet"]);
        install.arg("--disable-pip-version-check").args(packages);
        shell::quiet(&mut install);
    }
    python
}

fn knows(python: &Path, packages: &[&str]) -> bool {
    let look = packages.iter().map(|package| match package.split_once("==") {
        Some((name, version)) => {
            format!("import {name}, importlib.metadata as m; assert m.version('{name}') == '{version}'")
        }
        None => format!("import {package}"),
    });
    let look = look.collect::<Vec<_>>().join("\n");
    shell::succeeds(Command::new(python).args(["-c", &look]))
}
