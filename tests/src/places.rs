//! Where things lie: the programs that are tested, the starter model, tools, and what tests leave.

use std::path::PathBuf;

/// The file name of the starter model.
const STARTER_FILE: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";

/// The name under which the hub lists the starter model.
pub const STARTER_NAME: &str = "smollm2-135m-instruct";

/// A program of the house.
///
/// # Panics
/// It was not built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let path = built().join(name);
    assert!(
        path.is_file(),
        "{} is not built: run `cargo xtask test`, or `cargo build -p cli -p hai-net-llm -p hai-net-desktop`",
        path.display()
    );
    path
}

/// The folder of the programs.
fn built() -> PathBuf {
    if let Some(folder) = std::env::var_os("HAI_NET_BIN_DIR") {
        return PathBuf::from(folder);
    }
    let test = std::env::current_exe().expect("a running program has a path");
    // Test programs lie in `deps`, one folder below the programs.
    test.ancestors()
        .nth(2)
        .expect("tests lie in the build folder")
        .to_path_buf()
}

/// The starter model.
///
/// # Panics
/// It was not fetched.
#[must_use]
pub fn starter_model() -> PathBuf {
    let path = std::env::var_os("HAI_NET_STARTER_MODEL").map_or_else(
        || {
            user_folder("XDG_DATA_HOME", ".local/share")
                .join("hai-net/models")
                .join(STARTER_FILE)
        },
        PathBuf::from,
    );
    assert!(
        path.is_file(),
        "the starter model {} is missing: run `cargo xtask test` once, which fetches it",
        path.display()
    );
    path
}

/// Where screenshots and reports of tests are kept.
///
/// # Panics
/// The folder cannot be made.
#[must_use]
pub fn artefacts() -> PathBuf {
    let folder = std::env::var_os("HAI_NET_ARTEFACTS").map_or_else(
        || {
            built()
                .parent()
                .expect("`debug` lies in the build folder")
                .join("artefacts")
        },
        PathBuf::from,
    );
    std::fs::create_dir_all(&folder).expect("the folder for artefacts can be made");
    folder
}

/// The house's own cache folder, which set-up shares: tools and packages.
#[must_use]
pub fn cache() -> PathBuf {
    user_folder("XDG_CACHE_HOME", ".cache").join("hai-net")
}

/// A program of the machine: from the house's tools, else from the path.
#[must_use]
pub fn tool(name: &str) -> Option<PathBuf> {
    let own = cache().join("tools/bin").join(name);
    let cargo = user_folder("CARGO_HOME", ".cargo").join("bin").join(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    [own, cargo]
        .into_iter()
        .chain(std::env::split_paths(&path).map(|folder| folder.join(name)))
        .find(|path| path.is_file())
}

/// As [`tool`], for what a test cannot do without.
///
/// # Panics
/// It is missing.
#[must_use]
pub fn needed(name: &str) -> PathBuf {
    tool(name).unwrap_or_else(|| panic!("{name} is missing: `cargo xtask doctor` tells the cure"))
}

/// The root of the repository, as cargo and nextest name it now: the folder of builds may be shared with
/// another clone, in which the tests were compiled.
#[must_use]
pub fn repository() -> PathBuf {
    let tests = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let tests = tests.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    let root = tests.parent().expect("`tests` lies in the repository");
    root.to_owned()
}

fn user_folder(variable: &str, below_home: &str) -> PathBuf {
    let set = std::env::var_os(variable).filter(|value| !value.is_empty());
    set.map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(below_home),
        PathBuf::from,
    )
}
