//! `bundle`: packages to install, made by the Tauri CLI from release builds.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Map, json};

use crate::{
    house::{self, House},
    order,
    setup::{self, Need},
    shell,
};

/// The Tauri CLI, prebuilt in the JavaScript registry.
const TAURI_CLI: &str = "@tauri-apps/cli@2.12.5";

/// Makes the packages; `rest` goes to `tauri bundle`, such as `--bundles deb`.
pub(crate) fn run(house: &House, yes: bool, rest: &[String]) -> Result<ExitCode> {
    setup::prepare(
        house,
        yes,
        Need {
            window: true,
            tests: false,
        },
    )?;
    let tauri = tauri_cli(house)?;
    order::build(house, &["hai-net"], || {
        let mut cargo = shell::cargo(house);
        cargo.args(["build", "--release", "--bins"]);
        cargo.args(["--package", "cli", "--package", "hai-net-llm"]);
        cargo
    })?;
    let with_tauri = |verb| {
        let mut command = shell::program(house, &tauri);
        command.env("CARGO_TARGET_DIR", &house.target).arg(verb);
        command
    };
    order::build(house, &["hai-net-desktop"], || {
        let mut build = with_tauri("build");
        build.arg("--no-bundle");
        build
    })?;
    let mut bundle = with_tauri("bundle");
    bundle
        .arg("--config")
        .arg(companions(&house.target.join("release"), order::glibc())?);
    if rest.is_empty() && cfg!(target_os = "linux") {
        // AppImage needs tools from outside; it is made where they are.
        bundle.args(["--bundles", "deb,rpm"]);
    }
    shell::show(bundle.args(rest), "making the packages")?;
    eprintln!(
        "The packages are in {}",
        house.target.join("release/bundle").display()
    );
    Ok(ExitCode::SUCCESS)
}

/// What is installed beside the window, as a piece of configuration: the program for the terminal,
/// and in a folder of its own the engine worker with its libraries, where the hub looks for it. And what the
/// programs need of the system: the C library with which they were linked, or a newer one.
fn companions(built: &Path, glibc: Option<(u32, u32)>) -> Result<String> {
    let mut files = Map::new();
    let mut install = |at: String, from: PathBuf| files.insert(at, json!(from));
    install("/usr/bin/hai-net".to_owned(), built.join("hai-net"));
    install(
        "/usr/lib/hai-net/hai-net-llm".to_owned(),
        built.join("hai-net-llm"),
    );
    for entry in fs::read_dir(built).with_context(|| format!("reading {}", built.display()))? {
        let path = entry
            .with_context(|| format!("reading {}", built.display()))?
            .path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with("lib") && (name.ends_with(".so") || name.contains(".so.")) {
            install(format!("/usr/lib/hai-net/{name}"), path);
        }
    }
    let glibc = glibc.map(|(major, minor)| format!("{major}.{minor}"));
    let deb_needs = glibc.iter().map(|version| format!("libc6 (>= {version})"));
    let rpm_needs = glibc.iter().map(|version| format!("glibc >= {version}"));
    let linux = json!({
        "deb": { "files": files, "depends": deb_needs.collect::<Vec<_>>() },
        "rpm": { "files": files, "depends": rpm_needs.collect::<Vec<_>>() },
    });
    Ok(json!({ "bundle": { "linux": linux } }).to_string())
}

fn tauri_cli(house: &House) -> Result<PathBuf> {
    let place = house.cache.join("npm-tauri");
    let program = place.join("node_modules/.bin/tauri");
    let note = place.join("tauri.installed");
    if !program.is_file() || fs::read_to_string(&note).unwrap_or_default() != TAURI_CLI {
        ensure!(
            house::find_program(house, "npm").is_some(),
            "packages are made by the Tauri CLI, which comes with npm: install npm (Debian: \
             `sudo apt-get install npm`) and start again"
        );
        fs::create_dir_all(&place).with_context(|| format!("making {}", place.display()))?;
        let mut npm = shell::program(house, "npm");
        npm.args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--prefix",
        ])
        .arg(&place)
        .arg(TAURI_CLI);
        shell::quiet(&mut npm, "installing the Tauri CLI with npm")?;
        fs::write(&note, TAURI_CLI).context("noting the version")?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_is_packed_with_its_libraries_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "hai-net-llm",
            "libllama.so",
            "libggml.so.0",
            "libbase.rlib",
            "hai-net.d",
        ] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let config: serde_json::Value =
            serde_json::from_str(&companions(folder.path(), Some((2, 36))).unwrap()).unwrap();
        let files = config["bundle"]["linux"]["deb"]["files"]
            .as_object()
            .unwrap();
        let places: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(
            places,
            [
                "/usr/bin/hai-net",
                "/usr/lib/hai-net/hai-net-llm",
                "/usr/lib/hai-net/libggml.so.0",
                "/usr/lib/hai-net/libllama.so"
            ]
        );
        let linux = &config["bundle"]["linux"];
        assert_eq!(linux["deb"]["depends"], json!(["libc6 (>= 2.36)"]));
        assert_eq!(linux["rpm"]["depends"], json!(["glibc >= 2.36"]));
    }
}
