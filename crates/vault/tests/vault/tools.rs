//! Programs of others, which the vault has to agree with.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What `agree.py` needs from PyPI.
const PACKAGES: [&str; 3] = ["mnemonic", "argon2-cffi", "cryptography"];

/// Where the scripts lie.
fn scripts() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it");
    Path::new(&here).join("tests/tools")
}

/// The house's cache, which set-up shares.
fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache");
    std::env::var_os("XDG_CACHE_HOME")
        .map_or_else(home, PathBuf::from)
        .join("hai-net")
}

/// A program that must be there.
pub(crate) fn needed(program: &str, package: &str) -> Command {
    let is_there = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    });
    assert!(
        is_there,
        "the program `{program}` is missing: install the Debian package `{package}`"
    );
    Command::new(program)
}

/// What a program prints; it must succeed.
pub(crate) fn said(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("it ends");
    // A program that does not read to the end says so by its status.
    let _ = writer.join();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

pub(crate) fn lines(command: &mut Command, input: &[u8]) -> Vec<String> {
    let text = String::from_utf8(said(command, input)).expect("text");
    text.lines().map(str::to_owned).collect()
}

/// `agree.py`, with the packages that it needs; made once in the cache.
pub(crate) fn agree() -> Command {
    let folder = cache().join("vault-tools");
    let python = folder.join("bin/python");
    let knows_all = || {
        Command::new(&python)
            .args(["-c", "import mnemonic, argon2, cryptography"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    // Tests run side by side: who comes second waits and finds it done.
    let _turn = turn(&folder);
    if !knows_all() {
        said(
            needed("python3", "python3-venv")
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
            b"",
        );
        said(
            Command::new(&python)
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ])
                .args(PACKAGES),
            b"",
        );
    }
    let mut command = Command::new(python);
    command.arg(scripts().join("agree.py"));
    command
}

/// `resolve.mjs`, with the packages that it needs; made once in the cache.
pub(crate) fn resolve() -> Command {
    let folder = cache().join("vault-tools-node");
    let _turn = turn(&folder);
    let lock = "package-lock.json";
    let wanted = std::fs::read(scripts().join(lock)).expect("the lock file");
    let is_done = std::fs::read(folder.join("done")).is_ok_and(|done| done == wanted);
    for name in ["package.json", lock, "resolve.mjs"] {
        std::fs::copy(scripts().join(name), folder.join(name)).expect("copied");
    }
    if !is_done {
        let mut npm = needed("npm", "npm");
        said(
            npm.args(["ci", "--no-audit", "--no-fund"])
                .current_dir(&folder),
            b"",
        );
        std::fs::write(folder.join("done"), wanted).expect("written");
    }
    let mut command = needed("node", "nodejs");
    command.arg("resolve.mjs").current_dir(folder);
    command
}

/// One at a time works at a folder of the cache.
fn turn(folder: &Path) -> std::fs::File {
    std::fs::create_dir_all(folder).expect("a folder in the cache");
    let mut path = folder.as_os_str().to_os_string();
    path.push(".lock");
    let file = std::fs::File::create(path).expect("a lock file");
    file.lock().expect("a lock");
    file
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
