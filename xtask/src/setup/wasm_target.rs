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

/// Names the files that we put into the target's folder, so that a later `rustup target add` and
/// ours never stand side by side: with two copies of `std` nothing compiles.
pub(crate) const OURS: &str = "hai-net-built-these";

/// Makes the target usable.
pub(crate) fn ensure(house: &House) -> Result<Outcome> {
    let folder = library_folder(house)?;
    match standard_libraries(&folder) {
        1 => return Ok(Outcome::Kept(format!("{TARGET} is installed"))),
        0 => {}
        _ => {
            remove_ours(&folder)?;
            return Ok(Outcome::Made(
                "rustup's copy stays, ours is removed".to_owned(),
            ));
        }
    }
    let mut rustup = shell::program(house, "rustup");
    rustup.args(["target", "add", TARGET]).stdin(Stdio::null());
    let Err(error) = shell::quiet(&mut rustup, "adding the target with rustup") else {
        return Ok(Outcome::Made("added with rustup".to_owned()));
    };
    eprintln!("{error:#}\nBuilding the target's library from Debian's sources of the compiler.");
    std_from_source::build(house, &folder).with_context(|| {
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
    library_folder(house).is_ok_and(|folder| standard_libraries(&folder) == 1)
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
        fs::write(folder.path().join(OURS), "libstd-1.rlib\nlibcore-1.rlib\n").unwrap();
        assert_eq!(standard_libraries(folder.path()), 2);
        remove_ours(folder.path()).unwrap();
        assert_eq!(standard_libraries(folder.path()), 1, "rustup's copy stays");
        assert!(!folder.path().join(OURS).exists());
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
