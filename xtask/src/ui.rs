//! Builds the UI: compile to WebAssembly, bind to JavaScript, shrink, lay out in `frontend/dist`.
//!
//! Gateway and window embed that folder at compile time, so this comes before `cargo build`. A stamp
//! over everything that goes in lets it be skipped; files that did not change are left untouched,
//! so that nothing is linked again without need.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    house::{self, House},
    setup::{model::hex, wasm_target::TARGET},
    shell,
    steps::Outcome,
};

/// The shrinking program, from the JavaScript registry: Debian's is too old for what the compiler
/// emits today.
const BINARYEN: &str = "binaryen@132.0.0";

/// What the compiler emits beyond the first version of WebAssembly; every browser since 2023 and
/// WebKitGTK 2.40 understand it.
const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Folders below `frontend/` that are made by building.
const MADE: &[&str] = &["dist", "target", "node_modules"];

/// The native program that binds the module needs some speed, but no care: it is not shipped.
const BINDGEN_PROFILE: &[&str] = &[
    "--config",
    "profile.dev.opt-level=1",
    "--config",
    "profile.dev.debug=false",
];

/// Builds the UI unless it is up to date.
pub(crate) fn build(house: &House) -> Result<Outcome> {
    if !house.frontend().join("Cargo.toml").is_file() {
        return Ok(Outcome::Skipped(
            "this clone has no frontend/Cargo.toml".to_owned(),
        ));
    }
    let stamp = stamp(house)?;
    if is_fresh(house, &stamp) {
        return Ok(Outcome::Kept("frontend/dist is up to date".to_owned()));
    }
    let module = compile(house)?;
    let fresh = scratch(house).join("dist");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).with_context(|| format!("emptying {}", fresh.display()))?;
    }
    fs::create_dir_all(&fresh).with_context(|| format!("making {}", fresh.display()))?;
    bind(house, &module, &fresh)?;
    let modules = modules_in(&fresh)?;
    let note = shrink(house, &modules);
    copy_tree(&house.frontend().join("assets"), &fresh)?;
    copy_file(
        &house.frontend().join("index.html"),
        &fresh.join("index.html"),
    )?;
    let first = size(&fresh.join("ui_bg.wasm"))?;
    let all = modules.iter().map(|it| size(it)).sum::<Result<u64>>()?;
    sync(&fresh, &house.dist())?;
    fs::write(stamp_file(house), stamp).context("noting what the UI was built from")?;
    Ok(Outcome::Made(format!(
        "{} kB of WebAssembly and {} kB in {} parts that are loaded later, {note}",
        first / 1000,
        (all - first) / 1000,
        modules.len() - 1
    )))
}

fn size(file: &Path) -> Result<u64> {
    let metadata = fs::metadata(file).with_context(|| format!("measuring {}", file.display()))?;
    Ok(metadata.len())
}

/// The page's module and those of its parts.
fn modules_in(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    list_files(folder, &mut files)?;
    files.retain(|file| file.extension().is_some_and(|it| it == "wasm"));
    Ok(files)
}

/// Whether the built UI belongs to the sources; used by `doctor`, which changes nothing.
pub(crate) fn is_up_to_date(house: &House) -> Result<bool> {
    Ok(is_fresh(house, &stamp(house)?))
}

fn is_fresh(house: &House, stamp: &str) -> bool {
    ["index.html", "ui.js", "parts.js", "ui_bg.wasm"]
        .iter()
        .all(|name| house.dist().join(name).is_file())
        && fs::read_to_string(stamp_file(house)).is_ok_and(|last| last == stamp)
}

fn scratch(house: &House) -> PathBuf {
    house.frontend().join("target")
}

fn stamp_file(house: &House) -> PathBuf {
    scratch(house).join("ui.stamp")
}

/// A digest of all that decides how the UI comes out.
fn stamp(house: &House) -> Result<String> {
    let mut digest = Sha256::new();
    let compiler = shell::capture(shell::program(house, "rustc").arg("-vV"), "asking rustc")?;
    digest.update(compiler);
    digest.update(BINARYEN);
    digest.update([u8::from(house::find_program(house, "npm").is_some())]);
    let mut files = BTreeSet::new();
    for folder in [
        house.frontend(),
        house.root.join("crates/base"),
        house.root.join("crates/contract"),
    ] {
        list_files(&folder, &mut files)?;
    }
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        digest.update(
            file.strip_prefix(&house.root)
                .unwrap_or(&file)
                .as_os_str()
                .as_encoded_bytes(),
        );
        digest.update(bytes.len().to_le_bytes());
        digest.update(bytes);
    }
    Ok(hex(&digest.finalize()))
}

fn list_files(folder: &Path, into: &mut BTreeSet<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("reading {}", folder.display()))?
            .path();
        let name = path.file_name().unwrap_or_default();
        if path.is_file() {
            into.insert(path);
        } else if path.is_dir() && !MADE.iter().any(|made| **made == *name) {
            list_files(&path, into)?;
        }
    }
    Ok(())
}

/// Compiles the package `frontend`; returns the module that cargo reports.
fn compile(house: &House) -> Result<PathBuf> {
    let mut cargo = shell::cargo_for_ui(house);
    cargo
        .args([
            "build",
            "--release",
            "--package",
            "frontend",
            "--target",
            TARGET,
        ])
        .args(["--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = cargo.output().context("compiling the UI: starting cargo")?;
    ensure!(
        output.status.success(),
        "compiling the UI: cargo ended with {} (see above)",
        output.status
    );
    module_of(&String::from_utf8_lossy(&output.stdout))
        .context("cargo compiled the UI but named no .wasm file: frontend needs a bin or a cdylib")
}

/// The `.wasm` file among cargo's messages.
fn module_of(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|name| name.as_str().map(PathBuf::from))
        .rfind(|path| path.extension().is_some_and(|it| it == "wasm"))
}

fn bind(house: &House, module: &Path, into: &Path) -> Result<()> {
    let mut cargo = shell::cargo_for_ui(house);
    cargo
        .args(["build", "--package", "bindgen"])
        .args(BINDGEN_PROFILE);
    shell::show(&mut cargo, "building the program that binds the UI")?;
    let mut bindgen = shell::program(house, house.ui_target().join("debug/bindgen"));
    shell::show(bindgen.args([module, into]), "binding the UI to JavaScript")
}

/// Shrinks the modules in place; says in a few words what came of it. A UI that could not be shrunk
/// works just as well.
fn shrink(house: &House, modules: &BTreeSet<PathBuf>) -> String {
    match try_to_shrink(house, modules) {
        Ok(()) => "shrunk with wasm-opt".to_owned(),
        Err(error) => {
            eprintln!("The UI stays larger than it could be: {error:#}");
            "not shrunk".to_owned()
        }
    }
}

fn try_to_shrink(house: &House, modules: &BTreeSet<PathBuf>) -> Result<()> {
    let place = house.cache.join("npm");
    let program = place.join("node_modules/.bin/wasm-opt");
    let installed = fs::read_to_string(place.join("binaryen.installed")).unwrap_or_default();
    if !program.is_file() || installed != BINARYEN {
        ensure!(
            house::find_program(house, "npm").is_some(),
            "npm is not installed, so there is no wasm-opt"
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
        .arg(BINARYEN);
        shell::quiet(&mut npm, "installing wasm-opt with npm")?;
        fs::write(place.join("binaryen.installed"), BINARYEN).context("noting the version")?;
    }
    for module in modules {
        let small = module.with_extension("small");
        let mut opt = shell::program(house, &program);
        opt.args(["-Oz", "--strip-debug"])
            .args(WASM_FEATURES)
            .arg(module)
            .arg("--output")
            .arg(&small);
        shell::quiet(&mut opt, "shrinking the UI")?;
        fs::rename(&small, module).context("replacing a module by the smaller one")?;
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    let mut files = BTreeSet::new();
    list_files(from, &mut files)?;
    for file in files {
        let below = file.strip_prefix(from).context("listing a folder")?;
        copy_file(&file, &to.join(below))?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let made = to.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::copy(from, to))
        .with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// Makes one folder like the other, touching only what differs.
fn sync(from: &Path, to: &Path) -> Result<()> {
    let (mut wanted, mut found) = (BTreeSet::new(), BTreeSet::new());
    list_files(from, &mut wanted)?;
    if to.exists() {
        list_files(to, &mut found)?;
    }
    let below = |base: &Path, file: &Path| file.strip_prefix(base).map(Path::to_path_buf).ok();
    let wanted: BTreeSet<PathBuf> = wanted.iter().filter_map(|file| below(from, file)).collect();
    for name in found.iter().filter_map(|file| below(to, file)) {
        if !wanted.contains(&name) {
            let file = to.join(name);
            fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))?;
        }
    }
    for name in wanted {
        let (source, goal) = (from.join(&name), to.join(&name));
        if !same(&source, &goal).unwrap_or(false) {
            copy_file(&source, &goal)?;
        }
    }
    Ok(())
}

fn same(one: &Path, other: &Path) -> io::Result<bool> {
    Ok(
        fs::metadata(one)?.len() == fs::metadata(other)?.len()
            && fs::read(one)? == fs::read(other)?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_taken_from_what_cargo_reports() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","filenames":["/t/release/build/x"]}"#,
            "\n",
            r#"{"reason":"compiler-artifact","filenames":["/t/release/frontend.wasm"]}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(
            module_of(messages),
            Some(PathBuf::from("/t/release/frontend.wasm"))
        );
        assert_eq!(module_of("not json"), None);
    }

    #[test]
    fn an_unchanged_file_keeps_its_time_and_a_stray_one_goes() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for (file, text) in [
            ("from/a", "1"),
            ("from/deep/b", "2"),
            ("to/a", "1"),
            ("to/old", "3"),
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let before = fs::metadata(to.join("a")).unwrap().modified().unwrap();
        sync(&from, &to).unwrap();
        assert_eq!(
            fs::metadata(to.join("a")).unwrap().modified().unwrap(),
            before
        );
        assert_eq!(fs::read_to_string(to.join("deep/b")).unwrap(), "2");
        assert!(!to.join("old").exists());
    }
}
