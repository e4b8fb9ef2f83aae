//! What the build scripts of the programs tell the linker. They include this file, so that names are said
//! once.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The variable that names the folder of maps and orders. Without it a program is linked as it comes.
pub(crate) const FOLDER: &str = "HAI_NET_LINK_ORDER";

/// Where the linker writes down where it put the functions of a program.
pub(crate) fn map_of(folder: &Path, program: &str) -> PathBuf {
    folder.join(format!("{program}.map"))
}

/// Which functions of a program come first, one symbol in a line.
pub(crate) fn order_of(folder: &Path, program: &str) -> PathBuf {
    folder.join(format!("{program}.order"))
}

/// Lines for cargo that have the linker write down where it put each function of a program, and put those
/// that the order names first. The options are those of `lld`, which Rust brings along.
#[allow(dead_code, reason = "called by build scripts")]
pub(crate) fn instructions(program: &str) -> Vec<String> {
    let mut lines = vec![format!("cargo:rerun-if-env-changed={FOLDER}")];
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else {
        return lines;
    };
    let (map, order) = (map_of(&folder, program), order_of(&folder, program));
    lines.push(format!("cargo:rerun-if-changed={}", order.display()));
    let mut option =
        |option: &str| lines.push(format!("cargo:rustc-link-arg-bin={program}=-Wl,{option}"));
    option(&format!("-Map={}", map.display()));
    option("--no-demangle");
    option(&format!("--symbol-ordering-file={}", order.display()));
    option("--no-warn-symbol-ordering");
    lines
}
