//! Builds the compiler's library for WebAssembly from Debian's package of the compiler's sources.
//!
//! Only for machines where `rustup target add` does not work. Nothing is installed system-wide: the
//! package is unpacked into the cache, and the result goes into the compiler's own folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    house::House,
    setup::{
        mirror,
        wasm_target::{OURS, TARGET},
    },
    shell,
};

/// Builds the library and puts it into the folder where the compiler looks for it.
pub(crate) fn build(house: &House, library_folder: &Path, compiler: &str) -> Result<()> {
    let version = version_of(compiler)?;
    let work = house.cache.join("std-from-source");
    renew_folder(&work)?;
    let sources = compiler_folder(house)?.join("lib/rustlib/src/rust");
    let brought = bring_sources(house, version, &work, &sources)?;
    let built = compile(house, &work);
    if brought {
        // They were needed only once, and would stand in the way of `rustup component add rust-src`.
        fs::remove_dir_all(&sources).with_context(|| format!("removing {}", sources.display()))?;
    }
    install(&built?, library_folder, compiler)?;
    fs::remove_dir_all(&work).with_context(|| format!("removing {}", work.display()))
}

/// The version in what the compiler calls itself, such as `1.95.0`.
fn version_of(compiler: &str) -> Result<&str> {
    let version = compiler.split_whitespace().nth(1).unwrap_or_default();
    ensure!(
        !version.is_empty()
            && version
                .chars()
                .all(|sign| sign.is_ascii_digit() || sign == '.'),
        "the compiler calls itself `{compiler}`, and Debian carries sources of stable compilers only"
    );
    Ok(version)
}

fn compiler_folder(house: &House) -> Result<PathBuf> {
    let mut rustc = shell::program(house, "rustc");
    rustc.args(["--print", "sysroot"]);
    shell::capture(&mut rustc, "asking rustc for its folder").map(|line| line.trim().into())
}

/// Puts the library's sources where `-Z build-std` looks; `false` when they were there already.
fn bring_sources(house: &House, version: &str, work: &Path, sources: &Path) -> Result<bool> {
    if sources.join("library/Cargo.lock").is_file() {
        return Ok(false);
    }
    let package = mirror::download(house, "rust-src", version, &work.join("apt"))?;
    let unpacked = work.join("unpacked");
    eprintln!("Unpacking {}", package.display());
    let mut dpkg = shell::program(house, "dpkg-deb");
    shell::quiet(
        dpkg.arg("--extract").args([&package, &unpacked]),
        "unpacking the sources",
    )?;
    let tree = unpacked.join(format!("usr/src/rustc-{version}"));
    let writable = || {
        format!(
            "writing to {}: this user may not change the compiler's folder; start once as its owner",
            sources.display()
        )
    };
    fs::create_dir_all(sources).with_context(writable)?;
    let mut copy = shell::program(house, "cp");
    copy.arg("--recursive")
        .arg(tree.join("library"))
        .arg(tree.join("Cargo.lock"))
        .arg(sources);
    shell::quiet(&mut copy, "copying the sources").with_context(writable)?;
    Ok(true)
}

/// Builds an empty crate together with the standard library; returns the folder of the results.
fn compile(house: &House, work: &Path) -> Result<PathBuf> {
    let empty = work.join("empty");
    fs::create_dir_all(empty.join("src")).context("making an empty crate")?;
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                    [workspace]\n";
    fs::write(empty.join("Cargo.toml"), manifest).context("writing an empty crate")?;
    fs::write(empty.join("src/lib.rs"), "").context("writing an empty crate")?;
    let target = work.join("target");
    let mut cargo = shell::cargo(house);
    cargo
        .current_dir(&empty)
        .env("CARGO_TARGET_DIR", &target)
        // Link-time optimisation reads the bitcode; without it the UI's profile cannot be built.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["build", "--release", "--target", TARGET])
        .args(["-Z", "build-std=std,panic_abort,panic_unwind,proc_macro,test"]);
    shell::show(&mut cargo, "building the compiler's library")?;
    Ok(target.join(TARGET).join("release/deps"))
}

/// Copies the libraries to the compiler; its folder appears only when it is complete.
fn install(built: &Path, library_folder: &Path, compiler: &str) -> Result<()> {
    let place = library_folder
        .parent()
        .context("the compiler names no folder for the target")?;
    let half_done = place.with_extension("half-done");
    renew_folder(&half_done.join("lib"))?;
    let mut list = vec![compiler.to_owned()];
    for entry in fs::read_dir(built).with_context(|| format!("reading {}", built.display()))? {
        let entry = entry.with_context(|| format!("reading {}", built.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(entry.path(), half_done.join("lib").join(&name))
                .with_context(|| format!("copying {name}"))?;
            list.push(name);
        }
    }
    if !list.iter().any(|name| name.starts_with("libstd-")) {
        bail!("the build left no standard library in {}", built.display());
    }
    fs::write(half_done.join("lib").join(OURS), list.join("\n")).context("writing our list")?;
    if place.exists() {
        fs::remove_dir_all(place).with_context(|| format!("removing {}", place.display()))?;
    }
    fs::rename(&half_done, place).with_context(|| format!("filling {}", place.display()))
}

fn renew_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("emptying {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nightly_compiler_is_told_apart_from_a_stable_one() {
        assert_eq!(
            version_of("rustc 1.95.0 (59807616e 2026-04-14)").unwrap(),
            "1.95.0"
        );
        assert!(version_of("rustc 1.97.0-nightly (e50aa6fba 2026-05-19)").is_err());
    }

    #[test]
    fn a_build_without_std_is_not_installed() {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("deps");
        fs::create_dir(&built).unwrap();
        fs::write(built.join("libcore-1.rlib"), "").unwrap();
        let target = folder.path().join("rustlib").join(TARGET).join("lib");
        fs::create_dir_all(target.parent().unwrap().parent().unwrap()).unwrap();
        let error = install(&built, &target, "rustc 1").unwrap_err();
        assert!(error.to_string().contains("no standard library"), "{error}");
        assert!(!target.exists(), "a half-filled folder would look ready");
    }

    #[test]
    fn what_was_built_is_installed_with_a_list_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("deps");
        fs::create_dir(&built).unwrap();
        for name in ["libstd-1.rlib", "libempty-1.rlib", "std-1.d"] {
            fs::write(built.join(name), "").unwrap();
        }
        let target = folder.path().join("rustlib").join(TARGET).join("lib");
        install(&built, &target, "rustc 1").unwrap();
        assert!(target.join("libstd-1.rlib").is_file());
        assert!(!target.join("libempty-1.rlib").exists());
        assert_eq!(
            fs::read_to_string(target.join(OURS)).unwrap(),
            "rustc 1\nlibstd-1.rlib"
        );
    }
}
