//! What the build scripts of the programs tell the linker. They include this file, so that names are said
//! once.

use std::{env, path::PathBuf};

/// The variable that names the folder of maps (`PROGRAM.map`) and orders (`PROGRAM.order`). Without it a
/// program is linked as it comes.
pub(crate) const FOLDER: &str = "HAI_NET_LINK_ORDER";

/// Lines for cargo that have the linker write down where it put each function of a program, and put those
/// that the order names first. The options are those of `lld`, which Rust brings along.
#[allow(dead_code, reason = "called by build scripts")]
pub(crate) fn instructions(program: &str) -> Vec<String> {
    let mut lines = vec![format!("cargo:rerun-if-env-changed={FOLDER}")];
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else {
        return lines;
    };
    let order = folder.join(format!("{program}.order"));
    lines.push(format!("cargo:rerun-if-changed={}", order.display()));
    let mut option =
        |option: &str| lines.push(format!("cargo:rustc-link-arg-bin={program}=-Wl,{option}"));
    option(&format!("-Map={}/{program}.map", folder.display()));
    option("--no-demangle");
    option(&format!("--symbol-ordering-file={}", order.display()));
    option("--no-warn-symbol-ordering");
    lines
}
