//! A Node with packages of the npm registry, fetched once into the house's cache.

use std::path::PathBuf;
use std::process::Command;

use crate::hub::Hub;
use crate::{places, shell};

/// Runs a script of `tests/gateway` against a hub with the starter model.
///
/// # Panics
/// A check of the script fails, or Node and its packages cannot be had.
pub fn drive(script: &str, cache: &str, packages: &[&str]) {
    let modules = with_packages(cache, packages);
    let hub = Hub::fresh();
    let token = hub.home.ask_json(&["token", "create", "--label", "client"]);
    let output = Command::new(places::needed("node"))
        .arg(places::repository().join("tests/gateway").join(script))
        .arg(format!("http://127.0.0.1:{}", hub.port))
        .arg(token["token"].as_str().expect("a token"))
        .env("NODE_PATH", modules)
        .output()
        .expect("node starts");
    let said = String::from_utf8_lossy(&output.stdout);
    crate::tell(&said);
    assert!(
        output.status.success(),
        "{said}\n{}\n{}",
        String::from_utf8_lossy(&output.stderr),
        hub.warnings()
    );
}

/// The folder with these packages, each named with its version as `NAME@VERSION`.
///
/// # Panics
/// It cannot be made: npm is missing, or the packages cannot be fetched.
#[must_use]
pub fn with_packages(cache: &str, packages: &[&str]) -> PathBuf {
    let place = places::cache().join(cache);
    let modules = place.join("node_modules");
    let is_there = packages.iter().all(|package| {
        let (name, version) = package.rsplit_once('@').expect("a package has a version");
        std::fs::read_to_string(modules.join(name).join("package.json"))
            .is_ok_and(|about| about.contains(&format!("\"version\": \"{version}\"")))
    });
    if !is_there {
        std::fs::create_dir_all(&place).expect("the cache can be written");
        let mut npm = Command::new(places::needed("npm"));
        npm.args(["install", "--no-audit", "--no-fund", "--no-save"])
            // What a package would run while it is installed, nobody has read.
            .args(["--ignore-scripts", "--prefix"])
            .arg(&place)
            .args(packages);
        shell::quiet(&mut npm);
    }
    modules
}
