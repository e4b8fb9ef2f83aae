//! The compiler's standard library for `wasm32-unknown-unknown`, which the UI is built for.
//!
//! `rustup` brings it. Where rustup is absent or cannot reach its servers, the library is built
//! from the sources of the same compiler version that Debian carries.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result};

use crate::{house::House, setup::std_from_source, shell, steps::Outcome};

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Names the compiler and the files that we put into the target's folder: with a copy of `std` from
/// rustup beside ours, or with a newer compiler, nothing would compile, and ours has to go.
pub(crate) const OURS: &str = "hai-net-built-these";

/// Makes the target usable.
pub(crate) fn ensure(house: &House) -> Result<Outcome> {
    let folder = library_folder(house)?;
    let compiler = compiler(house)?;
    if standard_libraries(&folder) > 1 || is_outdated(&folder, &compiler) {
        eprintln!("The library that was built here no longer fits and is removed.");
        remove_ours(&folder)?;
    }
    if standard_libraries(&folder) == 1 {
        return Ok(Outcome::Kept(format!("{TARGET} is installed")));
    }
    let mut rustup = shell::program(house, "rustup");
    rustup.args(["target", "add", TARGET]).stdin(Stdio::null());
    let Err(error) = shell::quiet(&mut rustup, "adding the target with rustup") else {
        return Ok(Outcome::Made("added with rustup".to_owned()));
    };
    eprintln!("{error:#}\nBuilding the target's library from Debian's sources of the compiler.");
    std_from_source::build(house, &folder, &compiler).with_context(|| {
        format!(
            "the UI needs the compiler's library for {TARGET}: connect to the network and run \
             `rustup target add {TARGET}`, then start again"
        )
    })?;
    Ok(Outcome::Made(
        "built from Debian's sources of the compiler".to_owned(),
    ))
}

/// Whether the target can be used as it is.
pub(crate) fn is_ready(house: &House) -> bool {
    let (Ok(folder), Ok(compiler)) = (library_folder(house), compiler(house)) else {
        return false;
    };
    standard_libraries(&folder) == 1 && !is_outdated(&folder, &compiler)
}

/// The compiler as it calls itself, such as `rustc 1.95.0 (59807616e 2026-04-14)`.
fn compiler(house: &House) -> Result<String> {
    let mut rustc = shell::program(house, "rustc");
    shell::capture(rustc.arg("--version"), "asking rustc for its version")
        .map(|line| line.trim().to_owned())
}

/// Whether the library here is ours and was built for another compiler.
fn is_outdated(folder: &Path, compiler: &str) -> bool {
    fs::read_to_string(folder.join(OURS)).is_ok_and(|list| {
        list.lines()
            .next()
            .is_some_and(|built_for| built_for != compiler)
    })
}

/// Where the compiler looks for the target's library.
fn library_folder(house: &House) -> Result<PathBuf> {
    let mut rustc = shell::program(house, "rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    shell::capture(&mut rustc, "asking rustc for its folders").map(|line| line.trim().into())
}

fn standard_libraries(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |entries| {
        entries
            .flatten()
            .filter(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.starts_with("libstd-") && name.ends_with(".rlib")
            })
            .count()
    })
}

fn remove_ours(folder: &Path) -> Result<()> {
    let list = folder.join(OURS);
    let names = fs::read_to_string(&list).with_context(|| {
        format!(
            "{} holds more than one standard library: run `rustup target remove {TARGET}`, \
             empty the folder and start again",
            folder.display()
        )
    })?;
    for name in names
        .lines()
        .skip(1)
        .map(Path::new)
        .filter(|name| name.components().count() == 1)
    {
        let file = folder.join(name);
        fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))?;
    }
    fs::remove_file(&list).with_context(|| format!("removing {}", list.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_rustup_adds_its_copy_later_only_ours_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["libstd-1.rlib", "libstd-2.rlib", "libcore-1.rlib"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::write(
            folder.path().join(OURS),
            "rustc 1\nlibstd-1.rlib\nlibcore-1.rlib\n",
        )
        .unwrap();
        assert_eq!(standard_libraries(folder.path()), 2);
        remove_ours(folder.path()).unwrap();
        assert_eq!(standard_libraries(folder.path()), 1, "rustup's copy stays");
        assert!(!folder.path().join(OURS).exists());
    }

    #[test]
    fn a_newer_compiler_makes_our_copy_outdated_but_never_a_foreign_one() {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            !is_outdated(folder.path(), "rustc 2"),
            "no list: rustup looks after its own copy"
        );
        fs::write(folder.path().join(OURS), "rustc 1\nlibstd-1.rlib\n").unwrap();
        assert!(is_outdated(folder.path(), "rustc 2"));
        assert!(!is_outdated(folder.path(), "rustc 1"));
    }

    #[test]
    fn two_foreign_copies_are_left_alone_and_the_cure_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = remove_ours(folder.path()).unwrap_err();
        assert!(
            error.to_string().contains("rustup target remove"),
            "{error}"
        );
    }
}
