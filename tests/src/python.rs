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
    drive_with(&with_packages(cache, packages), script, path);
}

/// As [`drive`], with a Python that is there.
///
/// # Panics
/// A check of the script fails.
pub fn drive_with(python: &Path, script: &str, path: &str) {
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
        "{said}\n{}\n{}",
        String::from_utf8_lossy(&output.stderr),
        hub.warnings()
    );
}

/// A Python of our own with exactly these packages, each named as `NAME==VERSION`.
///
/// # Panics
/// As [`with_packages`].
#[must_use]
pub fn pinned(cache: &str, packages: &[&str]) -> PathBuf {
    let folder = places::cache().join(cache);
    let python = folder.join("bin/python");
    // Written last, so that a set-up that was cut off is begun anew.
    let (mark, wanted) = (folder.join("packages.txt"), packages.join("\n"));
    if std::fs::read_to_string(&mark).is_ok_and(|made| made == wanted) {
        return python;
    }
    install(&folder, packages);
    std::fs::write(&mark, wanted).expect("the cache can be written");
    python
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
        install(&folder, packages);
    }
    python
}

fn install(folder: &Path, packages: &[&str]) {
    let mut venv = Command::new(places::needed("python3"));
    shell::quiet(venv.args(["-m", "venv", "--clear"]).arg(folder));
    let mut install = Command::new(folder.join("bin/python"));
    install.args(["-m", "pip", "install", "--quiet"]);
    install.arg("--disable-pip-version-check").args(packages);
    shell::quiet(&mut install);
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
