//! What the build scripts of the programs tell the linker. They include this file, so that names are said
//! once.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
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

/// The first glibc that reads addresses to be adjusted in packed form (`DT_RELR`), major and minor number.
/// Unpacked they take 2 MB of the window, which are read at the start and never again.
const READS_PACKED_ADDRESSES: (u32, u32) = (2, 36);

/// The version of this machine's glibc, major and minor number; programs that are linked here need it or a
/// newer one. `None` where there is another C library.
pub(crate) fn glibc() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    version_in(&String::from_utf8(said.ok()?.stdout).ok()?)
}

/// The numbers in what `getconf` says, such as `glibc 2.36`.
fn version_in(said: &str) -> Option<(u32, u32)> {
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    let minor = minor.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Lines for cargo that have the linker write down where it put each function of a program, put those that
/// the order names first, and pack addresses. The options are those of `lld`, which Rust brings along.
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
    if glibc().is_some_and(|version| version >= READS_PACKED_ADDRESSES) {
        option("-z,pack-relative-relocs");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn the_version_of_the_c_library_is_read() {
        assert_eq!(version_in("glibc 2.36\n"), Some((2, 36)));
        assert_eq!(version_in("glibc 2.36.1"), Some((2, 36)));
        assert_eq!(version_in("musl 1.2"), None);
        assert_eq!(version_in(""), None);
        assert!(version_in("glibc 2.9") < version_in("glibc 2.36"));
    }
}
